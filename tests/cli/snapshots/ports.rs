//! What `ports` prints.

use super::Stage;

#[test]
fn ports_list_and_vlans() {
    Stage::new("ports")
        .in_all_forms(&[
            ("list", "ports list"),
            ("vlans", "ports vlans SYD1-A"),
            ("vlans_free", "ports vlans SYD1-A --free 3"),
        ])
        .lines(&[
            ("list_html", "ports list -o html"),
            ("list_sorted", "ports list --sort speed_mbps:desc --limit 2"),
            ("list_fields", "ports list --fields name,speed_mbps"),
            ("list_fields_help", "ports list --fields help"),
            ("list_query", "ports list --query [].name"),
            ("list_as_customer", "ports list --as globex"),
            ("list_as_read_only", "ports list --as provider:read-only"),
            ("list_wrong_flag", "ports list --port SYD1-A"),
            ("vlans_lag", "ports vlans MEL2-A"),
            ("vlans_lag_member", "ports vlans MEL2-A-2"),
            ("vlans_taken_twice", "ports vlans SIN1-A"),
            ("vlans_not_found", "ports vlans NOWHERE"),
            ("vlans_not_found_json", "ports vlans NOWHERE -o json"),
            ("vlans_ambiguous", "ports vlans MEL2"),
            ("vlans_nothing", "ports vlans"),
            ("vlans_wrong_count", "ports vlans SYD1-A --free many"),
        ])
        .on_terminals(&[
            ("list_terminal", "ports list"),
            ("vlans_terminal", "ports vlans SYD1-A"),
            ("vlans_terminal_free", "ports vlans SYD1-A --free 3"),
        ]);
}
