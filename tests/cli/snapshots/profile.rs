//! What `profile` prints, with two profiles and with none.

use super::Stage;

const TWO: &str = "schema = \"portgate.config/v1\"\ndefault = \"prod\"\n\n[profiles.prod]\nenvironment = \"production\"\n\
                   client_id = \"p\"\ncompany_name = \"Example Cloud Connect\"\nread_only = true\nmax_sold = \"120%\"\n\n\
                   [profiles.lab]\nenvironment = \"sandbox\"\nconfirm = \"always\"\n";

#[test]
fn profile_commands() {
    Stage::bare("profile")
        .env("PORTGATE_CREDENTIAL_STORE", "none")
        .settings(TWO)
        .in_all_forms(&[("list", "profile list")])
        .on_terminals(&[("list_terminal", "profile list")])
        .dialogues(&[
            ("ask_remove_no", "profile remove lab", &[("[y/N]", "\r")]),
            ("ask_use", "profile use prod", &[]),
        ])
        .lines(&[
            ("list_fields_help", "profile list --fields help"),
            ("use", "profile use lab"),
            ("use_again", "profile use lab"),
            ("use_json", "profile use prod -o json"),
            ("use_unknown", "profile use lob"),
            ("use_unknown_json", "profile use lob -o json"),
            ("use_nothing", "profile use"),
            ("status_of_lab", "auth status --profile lab"),
            ("status_of_unknown", "auth status --profile lob"),
            ("disagrees", "auth status --profile lab --env production"),
            ("remove", "profile remove lab --yes"),
            ("remove_again", "profile remove lab --yes"),
            ("remove_without_yes", "profile remove prod"),
            ("remove_wrong_flag", "profile remove prod --force"),
            ("remove_json", "profile remove prod --yes -o json"),
            ("list_after", "profile list"),
        ]);
    Stage::bare("profile")
        .env("PORTGATE_CREDENTIAL_STORE", "none")
        .settings("profiles = [oops\n")
        .lines(&[("broken_list", "profile list"), ("broken_list_json", "profile list -o json")]);
}

#[test]
fn profile_none() {
    Stage::bare("profile")
        .in_all_forms(&[("none_list", "profile list")])
        .lines(&[("none_use", "profile use lab"), ("none_remove", "profile remove lab --yes")]);
}

#[test]
fn profile_add_set_and_show() {
    let stage = || Stage::bare("profile").env("PORTGATE_CREDENTIAL_STORE", "none");
    let add = "profile add practice --env sandbox";
    let live =
        "profile add live --env production --client-id 4mqk8rv2x --secret-command 'pass show megaport'";
    stage().lines(&[
        ("add", add),
        ("add_again", add),
        ("add_json", &format!("{live} -o json")),
        ("add_wrong_name", "profile add 'no name' --env sandbox"),
        ("set", "profile set max_sold 120% --profile live"),
        ("set_again", "profile set max_sold 120% --profile live"),
        ("set_json", "profile set require_reason true --profile live -o json"),
        ("set_unknown", "profile set max_solt 120% --profile live"),
        ("set_wrong_value", "profile set max_sold lots --profile live"),
        ("show", "profile show --profile live"),
        ("show_json", "profile show --profile live -o json"),
        ("show_unknown", "profile show --profile lob"),
        ("show_default", "profile show"),
    ]);
    Stage::at_both_widths(
        stage,
        &[
            ("done_add", live, &[]),
            ("done_add_practice", add, &[]),
            ("done_set", "profile set max_sold 120% --profile live", &[]),
            ("done_show", "profile show --profile live", &[]),
            ("done_use", "profile use practice", &[]),
            ("done_remove", "profile remove live", &[("[y/N]", "y\r")]),
        ],
    );
}
