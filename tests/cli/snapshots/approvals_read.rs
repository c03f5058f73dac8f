//! What `approvals list`, `show` and `history` print.

use super::Stage;

#[test]
fn approvals_list() {
    Stage::new("approvals").in_all_forms(&[("list", "approvals list")]).lines(&[
        ("list_any", "approvals list --waiting-on any"),
        ("list_them", "approvals list --waiting-on them"),
        ("list_any_csv", "approvals list --waiting-on any -o csv"),
        ("list_status_any", "approvals list --status any"),
        ("list_html", "approvals list -o html"),
        ("list_html_fields", "approvals list -o html --fields id,customer.name"),
        ("list_status_any_json", "approvals list --status any -o json"),
        ("list_approved", "approvals list --status approved"),
        ("list_rejected", "approvals list --status rejected"),
        ("list_outgoing", "approvals list --direction outgoing --waiting-on any"),
        ("list_internal", "approvals list --direction internal --waiting-on any"),
        ("list_connections", "approvals list --type connection"),
        ("list_speed_changes", "approvals list --type speed-change"),
        ("list_term_changes", "approvals list --type term-change"),
        ("list_customer", "approvals list --customer globex"),
        ("list_port", "approvals list --port SYD1-A"),
        ("list_queue", "approvals list --source queue"),
        ("list_queue_json", "approvals list --source queue -o json"),
        ("list_max_rate", "approvals list --max-rate 200"),
        ("list_older", "approvals list --older-than 30d"),
        ("list_expiring", "approvals list --expires-within 14d"),
        ("list_sorted", "approvals list --sort customer.name:desc"),
        ("list_limited", "approvals list --limit 2"),
        ("list_exit_pending", "approvals list --exit-pending"),
        ("list_nobody", "approvals list --customer nobody"),
        ("list_nobody_json", "approvals list --customer nobody -o json"),
        ("list_nobody_csv", "approvals list --customer nobody -o csv"),
        ("list_fields", "approvals list --fields id,customer.name,b_end.vlan"),
        ("list_fields_csv", "approvals list --fields id,customer.name,b_end.vlan -o csv"),
        ("list_fields_help", "approvals list --fields help"),
        ("list_fields_unknown", "approvals list --fields id,customr"),
        ("list_query", "approvals list --query [].id"),
        (
            "list_query_json",
            "approvals list --query '[?rate_limit_mbps > `400`].{id: id, name: name}' -o json",
        ),
        ("list_query_broken", "approvals list --query [?"),
        ("list_as_customer", "approvals list --as globex --waiting-on any"),
        ("list_as_read_only", "approvals list --as provider:read-only"),
        ("list_wrong_flag", "approvals list --stat pending"),
        ("list_wrong_flag_json", "approvals list --stat pending -o json"),
        ("list_wrong_value", "approvals list --type connections"),
        ("list_wrong_sort", "approvals list --sort custumer"),
        ("list_wrong_time", "approvals list --older-than soon"),
        ("list_unknown_port", "approvals list --port NOWHERE"),
        ("list_as_nobody", "approvals list --as nobody"),
    ]);
}

#[test]
fn approvals_list_on_a_terminal() {
    Stage::new("approvals").on_terminals(&[
        ("list_terminal", "approvals list"),
        ("list_terminal_any", "approvals list --waiting-on any"),
        ("list_terminal_status_any", "approvals list --status any"),
        ("list_terminal_json", "approvals list --limit 1 -o json"),
        ("list_terminal_nobody", "approvals list --customer nobody"),
        ("list_terminal_wrong_flag", "approvals list --stat pending"),
    ]);
}

#[test]
fn approvals_show() {
    Stage::new("approvals")
        .in_all_forms(&[
            ("show", "approvals show 7c1e09ab"),
            ("show_speed_change", "approvals show e04b77f2"),
            ("show_queue_entry", "approvals show 274d69b0"),
        ])
        .lines(&[
            ("show_expiring", "approvals show 424e4529"),
            ("show_new_customer", "approvals show 33eccbef"),
            ("show_internal", "approvals show 41879dc0"),
            ("show_no_vlan", "approvals show 9e4e7a73"),
            ("show_vlan_taken", "approvals show afce3a24"),
            ("show_vlan_taken_json", "approvals show afce3a24 -o json"),
            ("show_queue_term", "approvals show 5d3f34d2"),
            ("show_queue_speed", "approvals show 9b32c220"),
            ("show_raise", "approvals show 06b5f74f"),
            ("show_as_customer", "approvals show 7c1e09ab --as globex"),
            ("show_fields", "approvals show 7c1e09ab --fields id,name,room_after_mbps"),
            ("show_query", "approvals show 7c1e09ab --query customer.name"),
            ("show_not_found", "approvals show 00000000"),
            ("show_not_found_json", "approvals show 00000000 -o json"),
            ("show_short_id", "approvals show 7c1"),
            ("show_nothing", "approvals show"),
        ]);
}

#[test]
fn approvals_show_on_a_terminal() {
    Stage::new("approvals").on_terminals(&[
        ("show_terminal", "approvals show 7c1e09ab"),
        ("show_terminal_speed_change", "approvals show e04b77f2"),
        ("show_terminal_queue_entry", "approvals show 274d69b0"),
        ("show_terminal_vlan_taken", "approvals show afce3a24"),
        ("show_terminal_not_found", "approvals show 00000000"),
    ]);
}

#[test]
fn approvals_history() {
    Stage::new("approvals")
        .lines(&[("history_empty", "approvals history"), ("history_empty_json", "approvals history -o json")])
        .prepare("approvals accept 7c1e09ab --reason 'room enough' --ticket NET-1")
        .prepare("approvals deny 6ac56e45 --reason 'the port is full'")
        .prepare("approvals deny 5d3f34d2")
        .in_all_forms(&[("history", "approvals history"), ("history_one", "approvals history 7c1e09ab")])
        .lines(&[
            ("history_last", "approvals history --last 1"),
            ("history_since", "approvals history --since 7d"),
            ("history_everywhere", "approvals history --everywhere"),
            ("history_undecided", "approvals history e04b77f2"),
            ("history_not_found", "approvals history 00000000"),
            ("history_fields", "approvals history --fields id,decision"),
            ("history_fields_help", "approvals history --fields help"),
            ("history_wrong_flag", "approvals history --last none"),
        ])
        .on_terminals(&[
            ("history_terminal", "approvals history"),
            ("history_terminal_one", "approvals history 7c1e09ab"),
        ]);
}
