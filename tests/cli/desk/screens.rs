//! Screens: what is seen before a decision, and what may follow from it.

use crate::common::{Home, PseudoTerminal};

/// A terminal of that width, at the demo of the sandbox.
fn at_demo(home: &Home, columns: u16, args: &str) -> PseudoTerminal {
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
        let screen = terminal.expect("[y/N]");
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
        terminal.send("\u{1b}");
        if !accessible.is_empty() {
            terminal.send("\r");
        }
        terminal.exits(5);
    }
}

#[test]
fn d01_a_denial_of_one_shows_what_is_wrong_with_it() {
    let home = Home::new();
    for (id, seen) in [("afce3a24", "210, as requested: TAKEN"), ("e04b77f2", "OVER by 400")] {
        let mut terminal = at_demo(&home, 80, &format!("approvals deny {id}"));
        let screen = terminal.expect("[y/N]");
        for seen in ["Port", "Speed", "Room", seen] {
            assert!(screen.contains(seen), "{seen}: {screen}");
        }
        terminal.send("n\r");
        terminal.exits(5);
    }
}
