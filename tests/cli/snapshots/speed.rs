//! What `speed` prints and asks.

use super::Stage;

#[test]
fn speed_list_and_show() {
    Stage::new("speed")
        .in_all_forms(&[("list", "speed list"), ("show", "speed show e04b77f2")])
        .lines(&[
            ("list_any", "speed list --waiting-on any"),
            ("list_port", "speed list --port SYD1-A"),
            ("list_nobody", "speed list --customer nobody"),
            ("list_nobody_csv", "speed list --customer nobody -o csv"),
            ("list_fields", "speed list --fields id,change_mbps"),
            ("list_fields_help", "speed list --fields help"),
            ("list_query", "speed list --query [].id"),
            ("list_wrong_flag", "speed list --type connection"),
            ("list_as_read_only", "speed list --as provider:read-only"),
            ("show_raise", "speed show 06b5f74f"),
            ("show_queue", "speed show 9b32c220"),
            ("show_connection", "speed show 7c1e09ab"),
            ("show_not_found", "speed show 00000000"),
            ("show_nothing", "speed show"),
        ])
        .on_terminals(&[
            ("list_terminal", "speed list"),
            ("show_terminal", "speed show e04b77f2"),
            ("show_terminal_queue", "speed show 9b32c220"),
        ]);
}

#[test]
fn speed_decide() {
    Stage::new("speed").lines(&[
        ("accept_dry_run", "speed accept e04b77f2 --dry-run"),
        ("accept_dry_run_json", "speed accept e04b77f2 --dry-run -o json"),
        ("accept_dry_run_several", "speed accept e04b77f2 06b5f74f --dry-run"),
        ("accept", "speed accept e04b77f2"),
        ("accept_again", "speed accept e04b77f2"),
        ("accept_then_deny", "speed deny e04b77f2"),
        ("accept_then_deny_json", "speed deny e04b77f2 -o json"),
        ("accept_connection", "speed accept 7c1e09ab"),
        ("accept_not_found", "speed accept 00000000"),
        ("accept_nothing", "speed accept"),
        ("accept_wrong_flag", "speed accept 06b5f74f --vlan 5"),
        ("accept_all", "speed accept --all --max 50 --yes"),
        ("accept_all_again", "speed accept --all --max 50 --yes"),
    ]);
    Stage::new("speed").lines(&[
        ("deny_dry_run", "speed deny e04b77f2 --reason full --dry-run"),
        ("deny_dry_run_json", "speed deny e04b77f2 --reason full --dry-run -o json"),
        ("deny", "speed deny e04b77f2 --reason 'the port is full until March'"),
        ("deny_again", "speed deny e04b77f2"),
        ("deny_then_accept", "speed accept e04b77f2"),
        ("deny_several_json", "speed deny 06b5f74f 9b32c220 -o json"),
        ("deny_nothing", "speed deny"),
        ("deny_not_found", "speed deny 00000000"),
        ("deny_list_after", "speed list"),
    ]);
    Stage::new("speed").lines(&[
        ("accept_json", "speed accept 06b5f74f -o json"),
        ("accept_several", "speed accept e04b77f2 9b32c220"),
        ("accept_several_yaml", "speed accept e04b77f2 9b32c220 -o yaml"),
    ]);
}

#[test]
fn speed_asks() {
    Stage::new("speed").dialogues(&[
        ("ask_accept_no", "speed accept e04b77f2", &[("[y/N]", "\r")]),
        ("ask_accept_several_no", "speed accept e04b77f2 06b5f74f", &[("[y/N]", "\r")]),
        ("ask_deny_no", "speed deny e04b77f2", &[("[y/N]", "\r")]),
        ("ask_deny_yes", "speed deny e04b77f2", &[("[y/N]", "y\r")]),
        ("ask_accept_yes", "speed accept 06b5f74f", &[("[y/N]", "y\r")]),
    ]);
}

#[test]
fn speed_done_at_80_and_200_columns() {
    Stage::at_both_widths(
        || Stage::new("speed"),
        &[
            ("done_accept", "speed accept 06b5f74f", &[("[y/N]", "y\r")]),
            ("done_deny", "speed deny e04b77f2", &[("[y/N]", "y\r")]),
        ],
    );
}
