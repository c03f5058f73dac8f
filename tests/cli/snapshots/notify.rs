//! What `notify` prints and asks.

use super::Stage;

#[test]
fn notify_list() {
    Stage::new("notify")
        .in_all_forms(&[("list", "notify list")])
        .lines(&[
            ("list_fields", "notify list --fields name,subscribed"),
            ("list_fields_help", "notify list --fields help"),
            ("list_query", "notify list --query [?subscribed].name"),
            ("list_as_finance", "notify list --as provider:finance"),
            ("list_as_read_only", "notify list --as provider:read-only"),
            ("list_wrong_flag", "notify list --al"),
        ])
        .on_terminals(&[("list_terminal", "notify list")]);
}

#[test]
fn notify_change() {
    Stage::new("notify").lines(&[
        ("subscribe_dry_run", "notify subscribe service-status --dry-run"),
        ("subscribe_dry_run_json", "notify subscribe service-status --dry-run -o json"),
        ("subscribe", "notify subscribe service-status"),
        ("subscribe_again", "notify subscribe service-status"),
        ("subscribe_again_json", "notify subscribe service-status -o json"),
        ("subscribe_unknown", "notify subscribe orderings"),
        ("subscribe_unknown_json", "notify subscribe orderings -o json"),
        ("subscribe_nothing", "notify subscribe"),
        ("subscribe_as_finance", "notify subscribe service-status --as provider:finance"),
        ("unsubscribe_dry_run", "notify unsubscribe ordering --dry-run"),
        ("unsubscribe_dry_run_json", "notify unsubscribe ordering --dry-run -o json"),
        ("unsubscribe", "notify unsubscribe ordering"),
        ("unsubscribe_again", "notify unsubscribe ordering"),
        ("unsubscribe_several", "notify unsubscribe security people ordering"),
        ("unsubscribe_json", "notify unsubscribe financial -o json"),
        ("subscribe_several_json", "notify subscribe ordering people company -o json"),
        ("subscribe_yaml", "notify subscribe financial -o yaml"),
        ("unsubscribe_one_unknown", "notify unsubscribe company nothing"),
        ("edit_off_terminal", "notify edit"),
        ("list_after", "notify list"),
    ]);
}

#[test]
fn notify_asks() {
    Stage::new("notify").dialogues(&[
        ("ask_unsubscribe", "notify unsubscribe company", &[]),
        ("ask_edit_nothing", "notify edit", &[("filter: ", "\u{1b}")]),
        ("ask_edit_no", "notify edit", &[("filter: ", "\t\r"), ("[y/N]", "\r")]),
        ("ask_edit_yes", "notify edit", &[("filter: ", "\t\r"), ("[y/N]", "y\r")]),
        ("ask_edit_dry_run", "notify edit --dry-run", &[("filter: ", "\t\r")]),
    ]);
    Stage::new("notify").limits("confirm = \"always\"").dialogues(&[
        ("ask_subscribe_confirm_no", "notify subscribe service-status", &[("[y/N]", "\r")]),
        ("ask_subscribe_confirm_yes", "notify subscribe service-status", &[("[y/N]", "y\r")]),
        ("ask_unsubscribe_confirm_no", "notify unsubscribe ordering", &[("[y/N]", "\r")]),
        ("ask_unsubscribe_confirm_yes", "notify unsubscribe ordering", &[("[y/N]", "y\r")]),
    ]);
}

#[test]
fn notify_done_at_80_and_200_columns() {
    let stage = || Stage::new("notify").limits("confirm = \"always\"");
    let chosen = [("filter: ", "\t\r"), ("[y/N]", "y\r")];
    Stage::at_both_widths(
        stage,
        &[
            ("done_subscribe", "notify subscribe service-status", &[("[y/N]", "y\r")]),
            ("done_unsubscribe", "notify unsubscribe ordering people", &[("[y/N]", "y\r")]),
            ("done_edit", "notify edit", &chosen),
        ],
    );
    stage().dialogues(&[("ask_edit_json", "notify edit -o json", &chosen)]);
}
