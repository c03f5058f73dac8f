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
fn profile_warnings() {
    Stage::bare("profile").settings(TWO).lines(&[("remove_without_keyring", "profile remove prod --yes")]);
    Stage::bare("profile")
        .env("PORTGATE_PROFILE", "lab")
        .env("PORTGATE_CREDENTIAL_STORE", "none")
        .settings(TWO)
        .lines(&[
            ("use_beside_variable", "profile use prod"),
            ("disagrees_with_variable", "auth status --env production"),
            ("unknown_environment", "auth status --env stagign"),
            ("remove_keyring_disabled", "profile remove prod --yes"),
        ]);
    Stage::bare("profile")
        .settings("schema = \"portgate.config/v9\"\n")
        .lines(&[("newer_list", "profile list")]);
    let readable = Stage::bare("profile").settings(TWO).mode(0o644);
    readable
        .lines(&[("readable_list", "profile list")])
        .mode(0o666)
        .lines(&[("writable_list", "profile list")]);
}

#[test]
fn profile_with_unknown_settings() {
    let damaged = TWO.replace("read_only = true", "readonly = true\ncolour = 3");
    Stage::bare("profile").env("PORTGATE_CREDENTIAL_STORE", "none").settings(&damaged).lines(&[
        ("damaged_list", "profile list"),
        ("damaged_show", "profile show"),
        ("damaged_status", "auth status"),
        ("damaged_token", "auth token"),
        ("damaged_show_other", "profile show --profile lab"),
        ("damaged_use", "profile use prod"),
        ("damaged_use_other", "profile use lab"),
        ("damaged_add", "profile add own --env staging"),
        ("damaged_add_again", "profile add prod --env staging"),
        ("damaged_set_other", "profile set max_sold 120% --profile lab"),
        ("damaged_unset", "profile set colour --unset --profile prod"),
        ("damaged_unset_again", "profile set colour --unset --profile prod"),
        ("damaged_unset_not_set", "profile set second_person --unset --profile prod"),
        ("damaged_set_wrong", "profile set max_sold 120 --profile prod"),
        ("damaged_unset_last", "profile set readonly --unset --profile prod"),
        ("damaged_none_left", "profile list"),
    ]);
    Stage::bare("profile")
        .env("PORTGATE_CREDENTIAL_STORE", "none")
        .settings(&damaged)
        .lines(&[("damaged_remove", "profile remove prod --yes")]);
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
