//! Screens: what is seen before a decision, and what may follow from it.

use serde_json::{Value, json};

use super::limits::OF_GLOBEX;
use crate::common::wire::Circuit;
use crate::common::{Home, PseudoTerminal, Script, without_paste_marks};

/// A terminal of that width, at the demo of the sandbox.
pub(super) fn at_demo(home: &Home, columns: u16, args: &str) -> PseudoTerminal {
    let run = home.portgate(&format!("--env sandbox {args}")).env("NO_COLOR", "1");
    run.in_terminal(columns, 60)
}

/// Of each request: its id, and what must be seen of it before it is decided: port, speed, VLAN, room.
const SEEN: [(&str, [&str; 4]); 4] = [
    ("7c1e09ab", ["SYD1-A", "500", "1201", "1300 of 10000"]),
    ("afce3a24", ["SIN1-A", "200", "210 TAKEN", "300 of 1000"]),
    ("06b5f74f", ["SYD1-A", "1000 → 2000", "101", "250 of 10000"]),
    ("e04b77f2", ["MEL2-B", "200 → 1000", "340", "OVER by 400"]),
];

#[test]
fn d01_port_speed_vlan_and_room_are_seen_before_every_decision_at_80_columns() {
    let home = Home::new();
    home.write("all.csv", "id,decision\n7c1e09ab,accept\n06b5f74f,deny\nafce3a24,deny\ne04b77f2,accept\n");
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"a rule with a name as long as this one is\"\n\
         match = \"all\"\ndecision = \"deny\"\nreason = \"no\"\n",
    );
    for args in ["approvals accept --all", "approvals deny --all", "approvals apply all.csv", "policy apply"]
    {
        let mut terminal = at_demo(&home, 80, args);
        let screen = terminal.expect(if args.ends_with("--all") { "[no]" } else { "[y/N]" });
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{screen}");
        for (id, [port, speed, vlan, room]) in SEEN {
            let at = lines.iter().position(|line| line.starts_with(id)).unwrap_or_else(|| panic!("{screen}"));
            let of_it = lines[at..=at + 1].join(" ");
            // Of those not accepted above it nothing is taken.
            let rooms = if args.contains("accept --all") { room } else { room.split(' ').next().unwrap() };
            for seen in [port, speed, vlan] {
                assert!(of_it.contains(seen), "{args}: {seen} of {id}: {screen}");
            }
            assert!(of_it.contains(rooms) || of_it.contains(" of "), "{args}: {rooms} of {id}: {screen}");
        }
        assert!(screen.contains("OVER by 400"), "{screen}");
        terminal.send("n\r");
        terminal.exits(5);
    }
}

#[test]
fn d01_the_picker_shows_port_speed_vlan_and_room_at_80_columns() {
    for accessible in ["", "--accessible"] {
        let home = Home::new();
        let mut terminal = at_demo(&home, 80, &format!("approvals accept {accessible}"));
        let screen = terminal.expect(if accessible.is_empty() { "filter: " } else { "cancel: " });
        for (id, seen) in SEEN {
            assert!(screen.contains(id), "{id}: {screen}");
            for seen in seen {
                assert!(screen.contains(seen), "{seen} of {id}: {screen}");
            }
        }
        assert!(screen.contains("Example Media (new)"), "{screen}");
        terminal.send(if accessible.is_empty() { "\u{1b}" } else { "\r" });
        terminal.exits(5);
    }
}

#[test]
fn d01_a_denial_of_one_shows_its_vlan_and_room() {
    let home = Home::new();
    for (id, vlan, room) in [
        ("afce3a24", "210 TAKEN", "400 of 1000 Mbps left if accepted"),
        ("e04b77f2", "340, unchanged", "OVER by 400 Mbps if accepted"),
        ("7c1e09ab", "1201", "1300 of 10000 Mbps left if accepted"),
        ("274d69b0", "400 Mbps", "19600 of 20000 Mbps left if accepted"),
        ("5d3f34d2", "24 months", "the VXC keeps its current term"),
    ] {
        let mut terminal = at_demo(&home, 80, &format!("approvals deny {id}"));
        let screen = terminal.expect("[y/N]");
        for seen in [vlan, room] {
            assert!(screen.contains(seen), "{seen}: {screen}");
        }
        // What only accepting would do.
        assert!(!screen.contains("as requested"), "{screen}");
        terminal.send("n\r");
        terminal.exits(5);
    }
}

#[test]
fn d01_numbers_are_not_torn_apart_and_an_answer_is_on_one_line_at_80_columns() {
    let home = Home::new();
    for (args, question) in [
        ("approvals review --customer globex", "[s]: "),
        ("approvals accept 7c1e09ab", "[y/N]"),
        ("approvals deny 7c1e09ab", "[y/N]"),
    ] {
        let mut terminal = at_demo(&home, 80, args);
        let screen = terminal.expect(question);
        for line in without_paste_marks(&screen).lines() {
            assert!(line.trim_end().chars().count() <= 80, "{args}: {line}");
        }
        let flat = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        if !args.contains("deny") {
            assert!(flat.contains("1300"), "{args}: {screen}");
        }
        terminal.send("\u{1b}");
        terminal.ends();
    }
    let shown = at_demo(&home, 80, "approvals show 7c1e09ab").exits(0);
    let lines: Vec<&str> = shown.lines().filter(|line| !line.contains("portgate ")).collect();
    assert!(lines.iter().all(|line| line.trim_end().chars().count() <= 80), "{shown}");
}

#[test]
fn d09_list_marks_what_is_taken_oversold_new_and_about_to_expire() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    let list = run("approvals list");
    for (id, mark) in [
        ("afce3a24", "210 TAKEN"),
        ("e04b77f2", "OVER by 400"),
        ("33eccbef", "Example Media (new)"),
        ("424e4529", "in 6h"),
    ] {
        assert!(list.row(id).contains(mark), "{mark}: {list}");
    }
    // In a terminal of 80 columns as well, and in the same words.
    let seen = at_demo(&home, 80, "approvals list").exits(0);
    for mark in ["210 TAKEN", "OVER by 400", "Example Media (new)", "in 6h"] {
        assert!(seen.contains(mark), "{mark}: {seen}");
    }
}

#[test]
fn d09_json_says_whether_a_vlan_is_free() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args} -o json")).run();
    let list = run("approvals list --waiting-on any").json();
    let of = |id: &str| {
        let listed = list.as_array().unwrap().iter().find(|one| one["id"].as_str().unwrap().starts_with(id));
        listed.unwrap_or_else(|| panic!("{id}: {list:#}"))["vlan_free"].clone()
    };
    // Free, taken, none requested, a speed change, a queue entry, one that waits for somebody else.
    for (id, free) in [
        ("7c1e09ab", json!(true)),
        ("afce3a24", json!(false)),
        ("9e4e7a73", Value::Null),
        ("e04b77f2", Value::Null),
        ("274d69b0", Value::Null),
        ("abcd112d", Value::Null),
    ] {
        assert_eq!(of(id), free, "{id}");
        let shown = run(&format!("approvals show {id}")).json();
        assert_eq!(shown["vlan_free"], free, "{id}: {shown:#}");
    }
}

#[test]
fn d09_inner_vlans_share_an_outer_one() {
    let inner = |vlan: u64| json!({"bEnd": {"vlan": 1201, "innerVlan": vlan}});
    for (live, asked, free) in [
        (inner(7), inner(8), true),
        (inner(7), inner(7), false),
        (json!({"bEnd": {"vlan": 1201}}), inner(7), false),
        (inner(7), json!({}), false),
        (json!({"bEnd": {"vlan": -1}}), json!({"bEnd": {"vlan": -1}}), false),
    ] {
        let (new, holder) = (Circuit::of("vxc-new"), Circuit::of("vxc-live"));
        new.change(asked.clone());
        holder.change(live.clone());
        let script = Script::new().marketplace_of(&[&new, &holder]).start();
        let list = Home::new().approvals("list -o json", &script).run().json();
        assert_eq!(list[0]["vlan_free"], free, "{live} {asked}");
    }
}

#[test]
fn d13_what_the_picker_and_all_leave_out_is_counted_and_said() {
    const SAID: &str = "note: 1 internal request isn't included; to decide it, use its ID: 41879dc0";
    let home = Home::new();
    for (args, question) in
        [("approvals accept", "filter: "), ("approvals deny --all", "[no]"), ("approvals review", "to do?")]
    {
        let mut terminal = at_demo(&home, 120, args);
        let screen = terminal.expect(question);
        assert!(screen.contains(SAID), "{args}: {screen}");
        terminal.send(if question == "[no]" { "n\r" } else { "\u{1b}" });
        terminal.ends();
    }
    home.write("portgate-policy.toml", OF_GLOBEX);
    home.portgate("--env sandbox policy plan").run().exits(0).stderr_has(SAID);
    // One that a filter leaves out anyway is none of it.
    home.portgate("--env sandbox approvals deny --port SIN1-A --dry-run").run().stderr_lacks("internal");
}

#[test]
fn d12_a_review_says_where_it_is_asks_before_a_denial_and_goes_back() {
    let home = Home::new();
    let mut terminal = at_demo(&home, 120, "approvals review --customer globex --max-speed 5000");
    let first = terminal.expect("to do?");
    assert!(first.contains("1 of 3 · --customer globex · --max-speed 5000"), "{first}");
    // There is nothing to go back to yet.
    terminal.send("b\r");
    let offered = terminal.expect("to do?");
    assert!(offered.contains("'b' is not a valid answer") && !offered.contains("back (b)"), "{offered}");
    terminal.send("s\r");
    let second = terminal.expect("to do?");
    assert!(second.contains("2 of 3") && second.contains("afce3a24"), "{second}");
    terminal.send("b\r");
    let back = terminal.expect("to do?");
    assert!(back.contains("1 of 3") && back.contains("7c1e09ab"), "{back}");
    // A denial is asked about, and a no denies nothing.
    for answer in ["\r", "y\r"] {
        terminal.send("d\r");
        terminal.expect("Reason (optional)");
        terminal.send("full\r");
        terminal.expect("Deny this connection request from Globex Bank? [y/N]");
        terminal.send(answer);
        if answer == "\r" {
            terminal.expect("to do?");
        }
    }
    terminal.expect("denied 7c1e09ab");
    let second = terminal.expect("to do?");
    // A decision is final: there is no way back to it.
    assert!(second.contains("2 of 3") && !second.contains("back (b)"), "{second}");
    terminal.send("s\r");
    terminal.expect("3 of 3");
    terminal.expect("to do?");
    terminal.send("s\r");
    let end = terminal.expect("to do?");
    assert!(end.contains("no more requests; 2 skipped"), "{end}");
    for place in ["3 of 3", "2 of 3"] {
        terminal.send("u\r");
        terminal.expect(place);
        terminal.expect("to do?");
    }
    terminal.send("q\r");
    let seen = terminal.exits(0);
    assert!(seen.contains("review: 1 denied, 2 left"), "{seen}");
    assert_eq!(home.ledger().len(), 2);
}

#[test]
fn d12_details_replace_the_screen_or_add_what_it_lacks() {
    let home = Home::new();
    for accessible in [false, true] {
        let flag = if accessible { "--accessible" } else { "" };
        let args = format!("approvals review --customer initech --type connection {flag}");
        let mut terminal = at_demo(&home, 120, &args);
        let screen = terminal.expect("to do?");
        terminal.send("t\r");
        let details = terminal.expect("to do?");
        assert!(
            details.contains("Other fields from the API:") && details.contains("provisioningStatus"),
            "{details}"
        );
        // The screen is drawn again over itself, with as many lines as it had, the question included; or not at all.
        let rows = screen[screen.find("1 of 1").unwrap()..].matches('\n').count() + 2;
        assert_eq!(
            details.contains(&format!("\u{1b}[{rows}A\u{1b}[J")),
            !accessible,
            "{rows} rows: {details:?}"
        );
        assert_eq!(details.contains("Customer"), !accessible, "{details}");
        terminal.send("t\r");
        let again = terminal.expect("to do?");
        assert_eq!(again.contains("Other fields"), accessible, "{again}");
        terminal.send("q\r");
        terminal.exits(0);
    }
}

/// A time zone that needs no files of the system: ten hours ahead of UTC, eleven in summer.
const SYDNEY: &str = "AEST-10AEDT,M10.1.0,M4.1.0/3";

#[test]
fn d17_times_for_people_are_local_and_those_for_programs_are_utc() {
    let home = Home::new();
    let run = |args: &str, zone: &str| home.portgate(&format!("--env sandbox {args}")).env("TZ", zone).run();
    run("approvals accept 7c1e09ab --yes", SYDNEY).exits(0);
    let local = |text: &str| text.contains("+10:00") || text.contains("+11:00");
    for args in ["approvals show 33eccbef", "approvals show 7c1e09ab", "approvals history", "sandbox inbox"] {
        let shown = run(args, SYDNEY);
        assert!(local(&shown.exits(0).stdout), "{args}: {shown}");
        for utc in [run(&format!("{args} --utc"), SYDNEY), run(args, "UTC")] {
            assert!(!local(&utc.exits(0).stdout) && utc.stdout.contains("Z"), "{args}: {utc}");
        }
        for form in ["json", "csv", "yaml"] {
            let record = run(&format!("{args} -o {form}"), SYDNEY);
            assert!(!local(&record.exits(0).stdout), "{args} {form}: {record}");
        }
    }
    // The same moment, with the offset of its season.
    let created = |text: &str| -> jiff::Timestamp {
        let line = text.lines().find(|line| line.starts_with("Created")).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let args = "approvals show 33eccbef";
    assert_eq!(created(&run(args, SYDNEY).stdout), created(&run(args, "UTC").stdout));
}

#[test]
fn d17_a_time_zone_that_is_not_known_is_utc_and_marked_as_that() {
    let home = Home::new();
    let run = |zone: &str| home.portgate("--env sandbox approvals show 33eccbef").env("TZ", zone).run();
    for zone in ["Nowhere/Atlantis", ":/no/such/file", "12:00"] {
        let shown = run(zone);
        let line = shown.exits(0).stdout.lines().find(|line| line.starts_with("Created")).unwrap().to_owned();
        assert!(line.split_whitespace().nth(1).unwrap().ends_with('Z'), "{zone}: {line}");
    }
}

#[test]
fn d01_the_reason_that_the_customer_reads_is_seen_before_a_decision() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"full\"\ntype = \"speed-change\"\ndecision = \"deny\"\nreason = \"full: {port}\"\n",
    );
    home.write("some.csv", "id,decision,reason\n7c1e09ab,accept,\ne04b77f2,deny,no room\n");
    for (args, reason) in [
        ("policy apply", "full: MEL2-B"),
        ("approvals apply some.csv", "no room"),
        ("policy plan", "full: MEL2-B"),
    ] {
        let mut terminal = at_demo(&home, 80, args);
        let screen = terminal.expect(if args == "policy plan" { "left for manual review" } else { "[y/N]" });
        let lines: Vec<&str> = screen.lines().map(str::trim_end).collect();
        let at = lines.iter().position(|line| line.starts_with("e04b77f2")).unwrap();
        assert!(lines[at..=at + 2].join(" ").contains(reason), "{args}: {screen}");
        if args != "policy plan" {
            terminal.send("n\r");
            terminal.exits(5);
        }
    }
}

#[test]
fn lists_of_keys_and_users_show_all_that_matters_at_80_columns() {
    let home = Home::new();
    let screen = |args: &str| {
        let run = home.portgate(&format!("--env sandbox {args}")).env("NO_COLOR", "1");
        run.in_terminal(80, 60).exits(0)
    };
    let keys = screen("keys list");
    for title in ["SPEED", "VLAN", "APPROVAL", "EXPIRES", "DESCRIPTION"] {
        assert!(keys.contains(title), "{title}: {keys}");
    }
    let users = screen("users list");
    for whole in ["priya@examplecloud.example", "Technical Contact", "APPROVAL EMAILS", "active"] {
        assert!(users.contains(whole), "{whole}: {users}");
    }
    for list in [keys, users] {
        assert!(!list.contains('…'), "{list}");
        assert!(list.lines().all(|line| line.trim_end().chars().count() <= 80), "{list}");
    }
}
