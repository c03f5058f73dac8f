//! What `sandbox` prints.

use super::Stage;

#[test]
fn sandbox_plays_the_customer() {
    Stage::new("sandbox")
        .lines(&[
            ("inbox_empty", "sandbox inbox"),
            ("inbox_empty_json", "sandbox inbox -o json"),
            ("request", "sandbox request"),
            ("request_json", "sandbox request --from globex --to MEL2-A --speed 250 --vlan 555 --name 'Globex branch' -o json"),
            ("request_automatic", "sandbox request --to SYD2-A --from initech"),
            ("request_unknown_port", "sandbox request --to NOWHERE"),
            ("request_unknown_company", "sandbox request --from nobody"),
            ("request_too_fast", "sandbox request --speed 999999"),
            ("request_wrong_flag", "sandbox request --rate 5"),
            ("speed_change", "sandbox speed-change"),
            ("speed_change_named", "sandbox speed-change --vxc 'Globex payments' --speed 6000 -o json"),
            ("speed_change_unknown", "sandbox speed-change --vxc nothing"),
            ("port_down", "sandbox port-down"),
            ("port_down_named", "sandbox port-down --port SYD1-A"),
            ("port_down_again", "sandbox port-down --port SYD1-A"),
            ("port_down_json", "sandbox port-down --port MEL2-A -o json"),
            ("port_up_json", "sandbox port-up --port SYD1-A -o json"),
            ("port_down_unknown", "sandbox port-down --port NOWHERE"),
        ])
        .learn("sandbox inbox -o json")
        .lines(&[
            ("inbox_whole", "sandbox inbox"),
            ("inbox", "sandbox inbox --to priya"),
            ("inbox_json", "sandbox inbox --to priya -o json"),
            ("inbox_csv", "sandbox inbox --to priya -o csv"),
            ("inbox_about", "sandbox inbox --about SYD1-A"),
            ("inbox_limit", "sandbox inbox --limit 1"),
            ("inbox_show", "sandbox inbox show random08"),
            ("inbox_show_json", "sandbox inbox show random08 -o json"),
            ("inbox_show_short_id", "sandbox inbox show 1"),
            ("inbox_show_unknown", "sandbox inbox show 999"),
            ("inbox_fields_help", "sandbox inbox --fields help"),
            ("list_after", "approvals list --type connection --customer initech"),
        ])
        .on_terminals(&[
            ("inbox_terminal", "sandbox inbox --to priya"),
            ("inbox_show_terminal", "sandbox inbox show random08"),
        ]);
}

#[test]
fn sandbox_credentials_and_reset() {
    Stage::new("sandbox").lines(&[
        ("reset", "sandbox reset"),
        ("reset_again", "sandbox reset"),
        ("reset_json", "sandbox reset -o json"),
        ("credentials", "sandbox credentials"),
        ("credentials_customer", "sandbox credentials --company customer --role read-only"),
        ("credentials_json", "sandbox credentials -o json"),
        ("credentials_unknown", "sandbox credentials --company nobody"),
        ("reset_sized", "sandbox reset --ports 2 --vxcs 8 --pending 3"),
        ("reset_sized_list", "approvals list"),
        ("reset_sized_ports", "ports list"),
        ("reset_wrong_flag", "sandbox reset --size 5"),
        ("serve_wrong_flag", "sandbox serve --listen nowhere"),
    ]);
}

#[test]
fn sandbox_done_at_80_and_200_columns() {
    Stage::at_both_widths(
        || Stage::new("sandbox"),
        &[
            ("done_request", "sandbox request", &[]),
            ("done_speed_change", "sandbox speed-change", &[]),
            ("done_port_down", "sandbox port-down --port SYD1-A", &[]),
            ("done_port_up", "sandbox port-up --port SYD1-A", &[]),
            ("done_credentials", "sandbox credentials", &[]),
            ("done_reset", "sandbox reset", &[]),
            ("done_serve", "sandbox serve --listen 127.0.0.1:0", &[("Ctrl-C", "\u{3}")]),
        ],
    );
    Stage::new("sandbox").dialogues(&[(
        "serve_json",
        "sandbox serve --listen 127.0.0.1:0 -o json",
        &[("Ctrl-C", "\u{3}")],
    )]);
}
