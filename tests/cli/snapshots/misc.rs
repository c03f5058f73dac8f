//! What `completions` and `man` print, and what every command says of wrong global options.

use super::Stage;

#[test]
fn completions() {
    Stage::bare("completions").lines(&[
        ("bash", "completions bash"),
        ("zsh", "completions zsh"),
        ("fish", "completions fish"),
        ("powershell", "completions powershell"),
        ("unknown", "completions csh"),
        ("nothing", "completions"),
        ("man", "man"),
        ("man_folder", "man pages"),
    ]);
}

#[test]
fn global_options() {
    Stage::bare("global").on_terminals(&[("version_terminal", "version")]).lines(&[
        ("version", "version"),
        ("version_json", "version -o json"),
        ("unknown_environment", "--env nowhere approvals list"),
        ("unknown_environment_json", "--env nowhere approvals list -o json"),
        ("unknown_format", "--env sandbox approvals list -o xml"),
        ("env_and_api_url", "--env sandbox --api-url https://example.test approvals list"),
        ("plain_http", "--api-url http://example.test approvals list"),
        ("reset_elsewhere", "sandbox reset --env production"),
        ("request_elsewhere", "sandbox request --api-url http://127.0.0.1:9"),
        ("db_at_api_url", "approvals list --db x.db --api-url http://127.0.0.1:9"),
        ("as_elsewhere", "--as globex --env staging approvals list"),
        ("db_elsewhere", "--db some.db --env staging approvals list"),
        ("wrong_timeout", "--env sandbox --timeout soon approvals list"),
        ("wrong_retries", "--env sandbox --max-retries many approvals list"),
        ("fields_and_query", "--env sandbox approvals list --fields id --query [].id"),
        ("fields_of_a_document", "--env sandbox auth status --fields name"),
        ("db_of_its_own", "--env sandbox --db own.db approvals list --limit 1"),
        ("options_only", "--env sandbox"),
        ("noun_only", "approvals"),
    ]);
}

#[test]
fn doctor() {
    Stage::new("global").in_all_forms(&[("doctor", "doctor")]).on_terminals(&[("doctor_terminal", "doctor")]);
}
