//! What `keys create`, `update`, `rotate`, `activate` and `deactivate` ask on a terminal.

use super::Stage;

#[test]
fn keys_ask() {
    Stage::new("keys").dialogues(&[
        ("ask_create_no", "keys create --port SYD1-A --max-speed 500 --expires-in 30d", &[("[y/N]", "\r")]),
        ("ask_create_yes", "keys create --port SYD1-A --max-speed 500 --expires-in 30d", &[("[y/N]", "y\r")]),
        (
            "ask_create_for_ever_no",
            "keys create --port SYD1-A --multi-use --pre-approved --no-expiry",
            &[("[y/N]", "\r")],
        ),
        (
            "ask_create_for_ever_yes",
            "keys create --port SYD1-A --multi-use --pre-approved --no-expiry",
            &[("[y/N]", "y\r")],
        ),
        ("ask_update_no", "keys update 8ea6f3bf --max-speed 800", &[("[y/N]", "\r")]),
        ("ask_update_yes", "keys update 8ea6f3bf --max-speed 800", &[("[y/N]", "y\r")]),
        ("ask_rotate_no", "keys rotate 8ea6f3bf", &[("[y/N]", "\r")]),
        ("ask_rotate_yes", "keys rotate 8ea6f3bf", &[("[y/N]", "y\r")]),
        ("ask_deactivate_no", "keys deactivate f9f3c9ad", &[("[y/N]", "\r")]),
        ("ask_deactivate_yes", "keys deactivate f9f3c9ad", &[("[y/N]", "y\r")]),
        ("ask_deactivate_yes_flag", "keys deactivate 8ea6f3bf --yes", &[]),
        ("ask_activate_several_no", "keys activate f9f3c9ad c5774c58", &[("[y/N]", "\r")]),
        ("ask_activate_several_yes", "keys activate f9f3c9ad c5774c58", &[("[y/N]", "y\r")]),
        ("ask_activate_already", "keys activate c5774c58", &[]),
        ("ask_deactivate_several_no", "keys deactivate f9f3c9ad c5774c58", &[("[y/N]", "\r")]),
        ("ask_deactivate_several_yes", "keys deactivate f9f3c9ad c5774c58", &[("[y/N]", "y\r")]),
    ]);
}

#[test]
fn keys_done_at_80_and_200_columns() {
    Stage::at_both_widths(
        || Stage::new("keys"),
        &[
            ("done_validate", "keys validate f9f3c9ad", &[]),
            (
                "done_create",
                "keys create --port SYD1-A --multi-use --pre-approved --no-expiry",
                &[("[y/N]", "y\r")],
            ),
            ("done_update", "keys update 8ea6f3bf --max-speed 800", &[("[y/N]", "y\r")]),
            ("done_rotate", "keys rotate 8ea6f3bf", &[("[y/N]", "y\r")]),
            ("done_activate", "keys activate f9f3c9ad c5774c58", &[("[y/N]", "y\r")]),
            ("done_deactivate", "keys deactivate f9f3c9ad c5774c58", &[("[y/N]", "y\r")]),
        ],
    );
}
