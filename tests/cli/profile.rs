//! Profiles: the file, its strictness, and which one is in use.

use std::fs;

use serde_json::json;

use crate::auth::private_config;
use crate::common::{Home, Script, wire};

const TWO: &str = r#"# kept
schema = "portgate.config/v1"
default = "prod"

[profiles.prod]
environment = "production"
client_id = "p"
company_name = "Example Cloud Connect"
read_only = true
max_sold = "120%"

[profiles.lab]
environment = "staging" # ours too
"#;

#[test]
fn the_list_shows_place_key_and_limits_without_asking_anyone() {
    let home = Home::new();
    private_config(&home, TWO);
    let outcome = home.portgate("profile list").run();
    outcome.is(
        0,
        "NAME  DEFAULT  ENVIRONMENT  COMPANY                KEY      LIMITS\n\
         prod  yes      production   Example Cloud Connect  keyring  read_only, max_sold 120%\n\
         lab            staging      -                      -        -\n",
        "",
    );
    let rows = home.portgate("profile list -o json").run().exits(0).json();
    assert_eq!(
        rows[0]["limits"],
        json!({"read_only": true, "confirm": null, "require_reason": false, "require_ticket": false, "max_sold_percent": 120})
    );
    assert_eq!(rows[1]["key"], json!(null));
    assert_eq!(rows[0]["default"], true);
}

#[test]
fn use_changes_the_default_and_nothing_else() {
    let home = Home::new();
    private_config(&home, TWO);
    home.portgate("profile use lab").run().is(0, "profile 'lab' (staging) is now the default\n", "");
    let text = fs::read_to_string(home.config().join("config.toml")).unwrap();
    assert_eq!(text, TWO.replace("default = \"prod\"", "default = \"lab\""));
}

#[test]
fn remove_takes_the_profile_and_its_default_away() {
    let home = Home::new();
    private_config(&home, TWO);
    // It never had a key, so no keyring is needed.
    home.portgate("profile remove lab --yes").run().is(0, "removed profile 'lab' (staging)\n", "");
    let text = fs::read_to_string(home.config().join("config.toml")).unwrap();
    assert!(!text.contains("lab") && text.contains("# kept"), "{text}");
}

#[test]
fn without_a_keyring_remove_says_that_no_key_was_looked_for() {
    let home = Home::new();
    let half = "[profiles.half]\nclient_id = \"h\"\n";
    private_config(&home, &format!("{TWO}{half}"));
    home.portgate("profile remove prod --yes").run().exits(0);
    let removed = home.portgate("profile remove half --yes").run();
    removed.is(
        0,
        "removed profile 'half'\n",
        "warning: could not check whether a key of this profile is stored: its environment is unknown\n",
    );
    let text = fs::read_to_string(home.config().join("config.toml")).unwrap();
    assert!(!text.contains("[profiles.prod]") && !text.contains("half") && text.contains("lab"), "{text}");
}

#[test]
fn removing_asks_on_a_terminal_and_no_is_no() {
    let home = Home::new();
    private_config(&home, TWO);
    let mut terminal = home.portgate("profile remove lab --accessible").in_terminal(100, 24);
    terminal.expect("staging: remove profile 'lab'");
    terminal.send_line("n");
    terminal.exits(5);
    assert_eq!(fs::read_to_string(home.config().join("config.toml")).unwrap(), TWO);
}

#[test]
fn a_misspelt_limit_stops_everything_that_would_have_been_limited() {
    let home = Home::new();
    private_config(&home, &TWO.replace("read_only", "readonly"));
    for command in ["profile show", "auth status", "auth token"] {
        home.portgate(command).key("id", "s3cret").run().exits(2);
    }
    home.portgate("auth status --env sandbox").run().exits(0);
    // It is no fault of other profiles.
    home.portgate("profile show --profile lab").run().exits(0);
}

#[test]
fn a_damaged_profile_can_be_repaired_and_removed() {
    let home = Home::new();
    let path = home.config().join("config.toml");
    let damaged = TWO.replace("read_only = true", "readonly = true\ncolour = 3");
    private_config(&home, &damaged);
    let set = |args: &str| home.portgate(&format!("profile set {args}")).run();
    set("colour --unset --profile prod").exits(0);
    // What is wrong already doesn't hide what would be.
    set("max_sold 120 --profile prod").exits(2);
    set("max_sold 130% --profile prod").exits(0);
    set("readonly --unset").is(0, "removed readonly from profile 'prod' (production)\n", "");
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text, TWO.replace("read_only = true\n", "").replace("120%", "130%"));
    private_config(&home, &damaged);
    home.portgate("profile remove prod --yes").run().exits(0);
    assert!(!fs::read_to_string(&path).unwrap().contains("prod"));
}

#[test]
fn only_a_key_that_is_stored_no_longer_matches() {
    let home = Home::new();
    private_config(&home, TWO);
    home.portgate("profile set environment staging --profile prod").run().exits(0).stderr_is("");
    home.portgate("profile set client_id other --profile prod").run().exits(0).stderr_is("");
    home.portgate("profile set store file --profile prod").run().exits(0).stderr_is("");
    home.portgate("profile set client_id third --profile prod").run().exits(0).stderr_is("");
    // A file may have a key.
    home.write("config/portgate/credentials.age", "age");
    home.portgate("profile set client_id other --profile prod")
        .run()
        .exits(0)
        .stderr_has("portgate auth login --profile prod");
    home.portgate("profile set client_id other --profile prod").run().exits(0).stderr_is("");
}

#[test]
fn a_profile_and_an_environment_that_disagree_are_refused() {
    let home = Home::new();
    private_config(&home, TWO);
    home.portgate("auth status --env staging").env("PORTGATE_PROFILE", "prod").run().exits(2);
    // The sandbox ignores what is meant for elsewhere.
    let sandbox = home.portgate("auth status --env sandbox -o json").env("PORTGATE_PROFILE", "prod").run();
    assert_eq!(sandbox.exits(0).json()["profile"], json!(null));
}

#[test]
fn what_answers_a_played_request_can_be_copied() {
    let home = Home::new();
    let db = home.path().join("own.db");
    let request = |args: &[&str]| {
        let run = home.portgate("sandbox request --db").arg(&db);
        args.iter().fold(run, |run, arg| run.arg(*arg)).run()
    };
    let placed = request(&["-o", "json"]);
    let id = placed.exits(0).json()["id"].as_str().unwrap()[..8].to_owned();
    placed.stderr_has(&format!("portgate --env sandbox --db {} approvals accept {id}", db.display()));
    home.portgate(&format!("--env sandbox approvals accept {id} --db")).arg(&db).run().exits(0);
    let other = request(&["--from", "provider", "--from-port", "SIN1-A", "--to", "Sample Sydney"]);
    other.exits(0).stderr_has("--as sample-logistics");
}

#[test]
fn what_others_call_their_things_is_not_taken_for_portgate_s_own_words() {
    let home = Home::new();
    let config =
        "schema = \"portgate.config/v1\"\n\n[profiles.desk]\nenvironment = \"sandbox\"\nread_only = true\n";
    private_config(&home, config);
    home.portgate("--profile desk ports vlans").arg("the profile in use").run().is(
        8,
        "",
        "error: no port found with name or UID 'the profile in use'\n  \
         next: list your ports: portgate --profile desk ports list\n",
    );
    let ports = ["port-syd1-a", "port-mel2-b"].map(|one| {
        let mut port = wire::port(one, []);
        port["productName"] = json!("use portgate keys list here");
        port
    });
    let script = Script::new().on("GET", "/v2/products", wire::products(ports)).start();
    let twice = Home::new().portgate("ports vlans use").at(&script).token("t").run();
    twice.exits(2).stderr_has("  use portgate keys list here\n");
}
