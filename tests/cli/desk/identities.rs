//! Profiles that are made and changed by commands, and keys on machines without a keyring.

use std::fs;

use serde_json::{Value, json};

use crate::auth::private_config;
use crate::common::wire::{self, Circuit};
use crate::common::{Home, Script};

/// Two profiles, with comments.
const TWO: &str = r#"# ours
schema = "portgate.config/v1"
default = "prod"

[profiles.prod] # the provider
environment = "production"
client_id = "p" # from the portal
company_name = "Example Cloud Connect"
read_only = true # until May

[profiles.lab]
environment = "staging"
"#;

fn text_of(home: &Home) -> String {
    fs::read_to_string(home.config().join("config.toml")).unwrap()
}

#[test]
fn d07_a_profile_is_made_by_a_command() {
    let home = Home::new();
    home.portgate("profile add lab").run().exits(2).stderr_has("no environment given");
    let made = home
        .portgate("profile add lab --env staging --client-id id9 --secret-command")
        .arg("pass show 'my lab'");
    made.run().is(
        0,
        "created profile 'lab' (staging, default)\n",
        "next: check its key: portgate auth status --check --profile lab\n",
    );
    assert_eq!(
        text_of(&home),
        "schema = \"portgate.config/v1\"\ndefault = \"lab\"\n\n[profiles.lab]\nenvironment = \"staging\"\n\
         client_id = \"id9\"\nsecret_command = [\"pass\", \"show\", \"my lab\"]\n"
    );
    home.portgate("profile add lab --env staging").run().exits(2).stderr_has("profile 'lab' already exists");
    let second = home.portgate("profile add own --api-url http://127.0.0.1:9 -o json").run();
    assert_eq!(second.exits(0).json(), json!({"profile": "own", "default": false, "environment": "custom"}));
    home.portgate("profile add x --env sandbox --client-id i")
        .run()
        .exits(2)
        .stderr_has("the sandbox doesn't require a key");
    home.portgate("profile add x --env stagign").run().exits(2).stderr_has("did you mean 'staging'");
    home.portgate("profile add a/b --env staging").run().exits(2).stderr_has("invalid profile name");
    home.portgate("profile add x --env staging --client-id i --secret-command")
        .arg("pass 'x")
        .run()
        .exits(2)
        .stderr_has("quote");
}

#[test]
fn d07_set_changes_one_line_and_keeps_the_rest() {
    let home = Home::new();
    private_config(&home, TWO);
    let set = |args: &str| home.portgate(&format!("profile set {args}")).run();
    set("max_sold 120%").is(0, "set max_sold to 120% in profile 'prod' (production)\n", "");
    set("read_only false").exits(0);
    set("managed_account Media --profile lab").exits(0);
    let expected = TWO
        .replace("read_only = true # until May\n", "read_only = false # until May\nmax_sold = \"120%\"\n")
        .replace("\"staging\"\n", "\"staging\"\nmanaged_account = \"Media\"\n");
    assert_eq!(text_of(&home), expected);
    set("managed_account --unset --profile lab").is(
        0,
        "removed managed_account from profile 'lab' (staging)\n",
        "",
    );
    set("max_sold --unset").exits(0);
    assert_eq!(text_of(&home), TWO.replace("read_only = true", "read_only = false"));
}

#[test]
fn d07_set_takes_what_the_file_may_say_and_nothing_else() {
    let home = Home::new();
    private_config(&home, TWO);
    for (args, said) in [
        ("max_sold 120", "not a valid percentage"),
        ("read_only yes", "read_only must be true or false"),
        ("confirm sometimes", "use \"always\""),
        ("environment stagign", "stagign"),
        ("api_url http://api.example", "http"),
        ("token_url https://auth.example/t", "token_url requires api_url"),
        ("store vault", "use \"keyring\" or \"file\""),
        ("read_onyl true", "did you mean 'read_only'"),
        ("default lab", "portgate profile use prod"),
        ("environment --unset", "environment is missing"),
        ("read_only", "VALUE"),
        ("read_only true --profile lob", "profile 'lob' not found"),
    ] {
        home.portgate(&format!("profile set {args}")).run().exits(2).stderr_has(said);
        assert_eq!(text_of(&home), TWO, "{args}");
    }
    // A backend is either named or given by its URLs.
    home.portgate("profile set api_url http://127.0.0.1:9 --profile lab").run().exits(0);
    assert!(text_of(&home).contains("environment = \"custom\"\napi_url = \"http://127.0.0.1:9\"\n"));
    home.portgate("profile set environment staging --profile lab").run().exits(0);
    assert_eq!(text_of(&home), TWO);
}

#[test]
fn d07_a_profile_that_is_half_there_is_told_and_completed() {
    let home = Home::new();
    private_config(&home, "[profiles.half]\nsecret_command = [\"pass\"]\n");
    let told = home.portgate("profile show half").run();
    told.exits(2)
        .stderr_has("config.toml: profile 'half': environment is missing")
        .stderr_has("portgate profile set environment NAME --profile half");
    // Another one is missing after this, which a warning says.
    let first = home.portgate("profile set environment staging --profile half").run();
    first
        .exits(0)
        .stderr_has("warning: ")
        .stderr_has("secret_command requires client_id")
        .stderr_has("profile set client_id ID --profile half");
    home.portgate("profile set client_id id9 --profile half").run().exits(0);
    home.portgate("profile show half").run().exits(0).stdout_has("id9");
}

#[test]
fn d07_show_says_what_is_in_effect_and_from_where() {
    let home = Home::new();
    private_config(&home, TWO);
    let shown = home
        .portgate("profile show --timeout 5s -o json")
        .env("MEGAPORT_MANAGED_ACCOUNT_UID", "media")
        .env("PORTGATE_MAX_RETRIES", "1")
        .run()
        .exits(0)
        .json();
    let of = |setting: &str| {
        let rows = shown.as_array().unwrap();
        let row = rows.iter().find(|row| row["setting"] == setting).unwrap_or_else(|| panic!("{setting}"));
        [row["value"].clone(), row["source"].clone()]
    };
    let is =
        |setting: &str, value: Value, source: Value| assert_eq!(of(setting), [value, source], "{setting}");
    is("profile", json!("prod"), json!("default profile"));
    is("environment", json!("production"), json!("config.toml"));
    is("api_url", json!("https://api.megaport.com"), json!("environment"));
    is("managed_account", json!("media"), json!("MEGAPORT_MANAGED_ACCOUNT_UID"));
    is("client_id", json!("p"), json!("config.toml"));
    is("key", json!("keyring"), json!("config.toml"));
    is("read_only", json!("true"), json!("config.toml"));
    is("require_ticket", json!("false"), json!("default"));
    is("max_sold", Value::Null, Value::Null);
    is("timeout", json!("5 s"), json!("--timeout"));
    is("max_retries", json!("1"), json!("PORTGATE_MAX_RETRIES"));
    let other = home.portgate("profile show").env("PORTGATE_PROFILE", "lab").run();
    other.exits(0).stdout_has("profile          lab").stdout_has("PORTGATE_PROFILE");
    let secret = home.portgate("profile show").key("id", "s3cret-of-a-test").run();
    secret.exits(0).stdout_has("MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY").lacks("s3cret-of-a-test");
    home.portgate("profile show lob").run().exits(2).stderr_has("prod, lab");
    home.portgate("profile show --env sandbox").run().exits(0).stdout_has("not required");
}

#[test]
fn d08_a_policy_names_its_company_and_is_refused_elsewhere() {
    let policy = |company: &str| {
        format!(
            "schema = \"portgate.policy/v1\"\ncompany = \"{company}\"\n[[rule]]\nname = \"all\"\ntype = \"connection\"\n\
             decision = \"accept\"\n"
        )
    };
    let home = Home::new();
    let script = Script::new().marketplace_of(&[&wire::Circuit::of("vxc-new")]).start();
    let run = |args: &str| home.portgate(&format!("policy {args}")).at(&script).token("scripted-token").run();
    home.write("portgate-policy.toml", policy("Initech"));
    for command in ["plan", "apply --yes", "apply --dry-run"] {
        run(command)
            .exits(2)
            .stderr_has("the policy is for Initech, but this company is Example Cloud Connect");
    }
    assert!(script.writes().is_empty());
    home.write("portgate-policy.toml", policy("example cloud connect"));
    run("plan").exits(0);
    home.portgate("policy check").run().exits(0).stdout_has("only for example cloud connect");
    let checked = home.portgate("policy check -o json").run().exits(0).json();
    assert_eq!(checked["company"], "example cloud connect");
    home.write("portgate-policy.toml", policy(""));
    home.portgate("policy check").run().exits(2).stdout_has("company must be a non-empty string");
}

#[test]
fn d07_a_profile_of_a_company_refuses_a_key_of_another() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let url = script.url();
    private_config(
        &home,
        &format!(
            "[profiles.lab]\nenvironment = \"custom\"\napi_url = \"{url}\"\ncompany_uid = \"somebody-else\"\n"
        ),
    );
    let run = |args: &str| {
        home.portgate(&format!("{args} --profile lab"))
            .token("scripted-token")
            .env("MEGAPORT_API_URL", &url)
            .run()
    };
    for args in
        ["approvals list", "approvals deny 7c1e09ab", "approvals accept --all --max 50 --yes", "ports list"]
    {
        run(args).exits(15).stderr_has("profile 'lab' is for another company");
    }
    assert!(script.writes().is_empty());
}

#[test]
fn d07_a_profile_of_a_company_refuses_a_key_of_another_whatever_is_read() {
    let home = Home::new();
    private_config(
        &home,
        "default = \"lab\"\n[profiles.lab]\nenvironment = \"sandbox\"\ncompany_uid = \"somebody-else\"\n",
    );
    for args in [
        "whoami",
        "auth status",
        "auth token",
        "users list",
        "users show dana@examplecloud.example",
        "users update dana@examplecloud.example --email off --yes",
        "keys list",
        "keys create --port SYD1-A --expires-in 1d --yes",
        "keys deactivate 8ea6f3bf --yes",
        "keys update 8ea6f3bf --description other --yes",
        "keys rotate 8ea6f3bf --yes",
        "notify list",
        "notify unsubscribe ordering",
        "ports vlans SYD1-A",
        "api /v2/products",
        "api PUT /v2/product/vxc/x -f name=y --yes",
    ] {
        let run = home.portgate(&format!("--env sandbox {args}")).run();
        run.exits(15).stderr_has("profile 'lab' is for another company");
        run.stderr_has("but the key belongs to company 2c34225a-1d6b-596c-9d75-5d96b6727481");
    }
    let own = home.portgate("--env sandbox whoami -o json --as initech").run();
    own.exits(15);
}
