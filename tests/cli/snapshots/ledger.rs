//! What `ledger` prints.

use super::Stage;

#[test]
fn ledger_list_status_and_verify() {
    Stage::new("ledger")
        .prepare("approvals accept 7c1e09ab --ticket NET-1 --actor ana")
        .prepare("approvals deny 6ac56e45 --reason full --actor ben")
        .prepare("keys deactivate f9f3c9ad --yes --actor ana")
        .prepare("users update priya@examplecloud.example --email off --yes --actor ana")
        .prepare("notify subscribe service-status --actor ben")
        .prepare("api PUT /v2/employee/2002 -F notificationEnabled=true --actor ben")
        .lines(&[
            ("list", "ledger list"),
            ("list_filters", "ledger list --by ana --type request --type user"),
            ("list_ticket", "ledger list --ticket net-1"),
            ("list_outcome", "ledger list --outcome failed"),
            ("list_limit", "ledger list --limit 2"),
            ("list_fields", "ledger list --fields by,command,id,action,outcome,read_back,method,path"),
            ("list_fields_help", "ledger list --fields help"),
            ("list_wrong_since", "ledger list --since yesterday"),
            ("list_wrong_outcome", "ledger list --outcome good"),
            ("status", "ledger status"),
            ("status_json", "ledger status -o json"),
            ("verify", "ledger verify"),
            ("verify_json", "ledger verify -o json"),
            ("verify_wrong_head", "ledger verify --head 0123456789abcdef"),
            ("verify_head_too_short", "ledger verify --head 0123"),
            ("list_json", "ledger list -o json"),
            ("export_csv", "ledger export -o csv"),
            ("export", "ledger export"),
            ("import_nothing", "ledger import"),
            ("import_not_found", "ledger import no-such-file.jsonl"),
            ("history_by", "approvals history --by ben"),
            ("history_customer", "approvals history --customer globex"),
        ])
        .on_terminals(&[
            ("list_terminal", "ledger list"),
            ("status_terminal", "ledger status"),
            ("verify_terminal", "ledger verify"),
        ]);
}

#[test]
fn ledger_empty() {
    Stage::new("ledger").lines(&[
        ("empty_list", "ledger list"),
        ("empty_status", "ledger status"),
        ("empty_verify", "ledger verify"),
        ("empty_export", "ledger export"),
    ]);
}

#[test]
fn ledger_import() {
    let runner = Stage::new("ledger")
        .prepare("approvals accept 7c1e09ab --actor ana")
        .prepare("approvals deny 6ac56e45 --actor ben");
    let exported = runner.printed("ledger export");
    let stage = || Stage::bare("ledger").file("exported.jsonl", &exported);
    let import = "ledger import exported.jsonl";
    stage().lines(&[("import_json", &format!("{import} -o json")), ("import_again", import)]);
    Stage::at_both_widths(stage, &[("done_import", import, &[])]);
}
