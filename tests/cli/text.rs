//! Names of every kind in tables of every width: the table stays a table, ids stay whole, colour means nothing alone.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::common::wire::{self, fixture, port, products, with};
use crate::common::{Home, Portgate, Script};

/// Names as companies might have them.
const NAMES: [&str; 8] = [
    "شركة المثال للاتصالات",
    "サンプル物流株式会社",
    "👩‍👩‍👧‍👦 Family 🇦🇺 ✈️ Media",
    "Evil\u{1b}]0;owned\u{7}\u{1b}[2JCorp",
    "Two\r\nlines\tand a tab",
    "\u{202e}kcab\u{202c} \u{2066}isolate\u{2069}",
    "e\u{301}a\u{308} combining ﷺ",
    "A name that is very much longer than any table would like a name of a company to be, and then some more",
];

fn script() -> Script {
    let vxcs = NAMES.iter().enumerate().map(|(number, name)| {
        let uid = |first: &str| format!("{first}{number:07}-0000-4000-8000-00000000000{number}");
        with(
            fixture("vxc-new"),
            json!({
                "productUid": uid("a"),
                "companyName": name,
                "productName": name,
                "rateLimit": 3000,
                "vxcApproval": {"uid": uid("b")},
            }),
        )
    });
    Script::new()
        .on("GET", "/v2/products", products([port("port-syd1-a", vxcs.collect::<Vec<Value>>())]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start()
}

#[test]
fn the_table_stays_a_table_at_every_width() {
    let script = script();
    let home = Home::new();
    for width in [20_u16, 40, 80, 200, 300] {
        let screen = home.approvals("list", &script).env("NO_COLOR", "1").in_terminal(width, 50).exits(0);
        let rows: Vec<&str> =
            screen.lines().map(str::trim_end).filter(|line| line.starts_with('b')).collect();
        assert_eq!(rows.len(), NAMES.len(), "{width}: {screen}");
        for (number, row) in rows.iter().enumerate() {
            assert!(row.starts_with(&format!("b{number:07}")), "the id is whole: {row}");
            assert!(row.width() <= usize::from(width), "{width}: {} columns: {row}", row.width());
        }
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
    }
}

#[test]
fn columns_stand_below_each_other_whatever_the_writing() {
    let outcome = Home::new().approvals("list", &script()).run();
    let lines: Vec<&str> = outcome.exits(0).stdout.lines().collect();
    let column = |line: &str, text: &str| line.find(text).map(|at| line[..at].width());
    let speed = column(lines[0], "SPEED");
    assert!(speed.is_some());
    for line in &lines[1..] {
        assert_eq!(column(line, "3000  "), speed, "{outcome}");
    }
    for name in [NAMES[0], NAMES[1], NAMES[2], NAMES[6], NAMES[7]] {
        outcome.stdout_has(name);
    }
    outcome.stdout_has(r"Two\r\nlines\tand a tab").stdout_has(r"\u{202e}kcab");
}

#[test]
fn f16_every_form_is_harmless_on_a_terminal_and_true_or_harmless_in_a_pipe() {
    let script = script();
    let home = Home::new();
    for form in ["json", "jsonl", "csv", "yaml"] {
        let screen = home.approvals(&format!("list -o {form}"), &script).in_terminal(300, 50).exits(0);
        for sequence in ["\u{1b}[2J", "\u{1b}]0;", "\u{7}", "\u{202e}", "\u{2066}"] {
            assert!(!screen.contains(sequence), "{form}: {screen:?}");
        }
    }
    // What a spreadsheet opens obeys nothing in a pipe either.
    let drives = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    for form in ["table", "csv"] {
        let piped = home.approvals(&format!("list -o {form}"), &script).run();
        assert!(!piped.exits(0).stdout.contains(drives), "{piped}");
    }
    let piped = home.approvals("list -o json", &script).arg("--sort").arg("id").run();
    for (number, name) in NAMES.iter().enumerate() {
        assert_eq!(piped.json()[number]["customer"]["name"], *name);
    }
    let plain = home.approvals("list --sort id", &script).arg("--query").arg("[4].name").run();
    plain.exits(0).stdout_is(&format!("{}\n", NAMES[4]));
}

#[test]
fn colour_is_for_terminals_and_never_alone() {
    let script = script();
    let home = Home::new();
    let (red, yellow) = ("\u{1b}[31mOVER by ", "\u{1b}[33min ");
    let soon = || {
        let soon = with(fixture("vxc-new"), json!({"createDate": wire::days_from_now(-58.0)}));
        Script::new()
            .on("GET", "/v2/products", products([port("port-syd1-a", [soon])]))
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start()
    };
    assert!(home.approvals("list", &script).in_terminal(200, 50).exits(0).contains(red));
    assert!(home.approvals("list", &soon()).in_terminal(200, 50).exits(0).contains(yellow));
    home.approvals("list", &script).run().exits(0).stdout_has("OVER by ").lacks("\u{1b}");
    home.approvals("list", &script).env("CLICOLOR_FORCE", "1").run().exits(0).stdout_has(red);
    let both = home.approvals("list", &script).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").run();
    both.exits(0).lacks("\u{1b}");
    let forced_json = home.approvals("list -o json", &script).env("CLICOLOR_FORCE", "1").run();
    assert!(forced_json.exits(0).json().is_array());
}

#[test]
fn a_closed_pipe_is_silent_in_every_form() {
    let script = script();
    let home = Home::new();
    for form in ["table", "json", "jsonl", "csv", "yaml"] {
        let outcome = home.approvals(&format!("list -o {form}"), &script).run_with_closed_stdout();
        outcome.exits(0).stderr_lacks("error").stderr_lacks("panicked").stderr_lacks("pipe");
    }
    home.portgate("--help").run_with_closed_stdout().exits(0).stderr_is("");
}

#[test]
fn every_list_stays_a_table_on_a_narrow_terminal() {
    let home = Home::new();
    let sandbox = |args: &str| home.portgate(&format!("--env sandbox {args}"));
    sandbox("approvals accept 7c1e09ab").run().exits(0);
    sandbox("policy init").run().exits(0);
    for (list, first) in [
        ("approvals list", "ID"),
        ("approvals history", "AT"),
        ("speed list", "ID"),
        ("ports list", "PORT"),
        ("ports vlans SYD1-A", "VLAN"),
        ("keys list", "KEY"),
        ("users list", "NAME"),
        ("notify list", "GROUP"),
        ("policy plan", "ID"),
    ] {
        for width in [20_u16, 30] {
            let screen = sandbox(list).env("NO_COLOR", "1").in_terminal(width, 50).exits(0);
            let rows = screen.lines().map(str::trim_end).skip_while(|line| !line.starts_with(first));
            // What is said on stderr stands below it, and is wrapped by the terminal.
            let rows: Vec<&str> = rows.take_while(|line| !line.contains(" ·")).collect();
            assert!(rows.len() > 1, "{list} at {width}: {screen}");
            for row in rows {
                assert!(row.width() <= usize::from(width), "{list} at {width}: {row}");
            }
        }
    }
}

#[test]
fn what_is_named_on_this_machine_cannot_drive_the_terminal_either() {
    const ODD: &str = "x\u{1b}[2J\u{202e}\nerror: forged\u{7}";
    let home = Home::new();
    let path = home.path().join(ODD);
    let path = path.to_str().unwrap();
    for (args, given) in [
        ("approvals", vec![ODD]),
        ("approvals list --status", vec![ODD]),
        ("approvals list -o json --status", vec![ODD]),
        ("approvals list --profile", vec![ODD]),
        ("approvals list --fields", vec![ODD]),
        ("--env sandbox approvals history", vec![]),
        ("--env sandbox approvals show", vec![ODD]),
        ("--env sandbox ports vlans", vec![ODD]),
        ("sandbox reset --db", vec![path]),
        ("sandbox inbox --db", vec![path]),
        ("sandbox port-down SYD1-A --db", vec![path]),
        ("sandbox request --to SYD1-A --db", vec![path]),
        ("policy init --file", vec![path]),
        ("policy check --file", vec![path]),
        ("man", vec![path]),
    ] {
        let command = given.into_iter().fold(home.portgate(args), Portgate::arg);
        let outcome = command.env("CLICOLOR_FORCE", "1").env("PORTGATE_LEDGER", path).run();
        outcome.lacks("\u{1b}[2J").lacks("\u{202e}").lacks("\u{7}").lacks("\nerror: forged");
    }
}
