//! Lists over several profiles, side by side.

use serde_json::{Value, json};

use crate::auth::private_config;
use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Outcome, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

/// A backend of a company with these requests.
fn company(circuits: &[&str]) -> Script {
    let circuits: Vec<Circuit> = circuits.iter().map(|name| Circuit::of(name)).collect();
    let circuits: Vec<&Circuit> = circuits.iter().collect();
    Script::new().on("POST", "/oauth2/token", wire::token_ok()).marketplace_of(&circuits)
}

fn profile(name: &str, script: &Script) -> String {
    let url = script.url();
    format!(
        "[profiles.{name}]\napi_url = \"{url}\"\nclient_id = \"id-{name}\"\nsecret_command = [\"echo\", \"s3cret-{name}\"]\n"
    )
}

fn home_of(profiles: &[(&str, &Script)]) -> Home {
    let home = Home::new();
    let text: Vec<String> = profiles.iter().map(|(name, script)| profile(name, script)).collect();
    private_config(&home, &text.join("\n"));
    for (name, _) in profiles {
        home.holds_secrets(&home.config().join("config.toml"));
        home.keeps_secret(&format!("s3cret-{name}"));
    }
    home
}

/// `[profile, id]` of each record.
fn rows(records: &Value) -> Vec<[Value; 2]> {
    records.as_array().unwrap().iter().map(|row| ["profile", "id"].map(|field| row[field].clone())).collect()
}

fn run(home: &Home, args: &str) -> Outcome {
    home.portgate(args).run()
}

#[test]
fn d08_without_a_default_the_error_lists_the_profiles() {
    let (one, two) = (company(&[]).start(), company(&[]).start());
    let home = home_of(&[("one", &one), ("two", &two)]);
    let list = run(&home, "approvals list");
    list.exits(3).stderr_has(&format!(
        "error: no credentials for production\n  why: no profile is given, and none is the default\n  next: choose one with \
         --profile NAME: one ({}), two ({})\n  next: or make one the default: portgate profile use NAME\n  next: or list all of them with --all-profiles\n",
        one.url(),
        two.url()
    ));
    run(&home, "approvals list --env staging").exits(3).stderr_lacks("--profile NAME");
    assert!(one.requests().is_empty() && two.requests().is_empty());
}

#[test]
fn d08_lists_over_all_profiles_say_which_each_record_is_of() {
    let (one, two) = (company(&["vxc-new"]).start(), company(&["vxc-new", "vxc-speed"]).start());
    let home = home_of(&[("one", &one), ("two", &two)]);
    let listed = run(&home, "approvals list --all-profiles -o json");
    let records = listed.exits(0).json();
    let expected = [[json!("one"), json!(NEW)], [json!("two"), json!(NEW)], [json!("two"), json!(SPEED)]];
    assert_eq!(rows(&records), expected);
    for record in records.as_array().unwrap() {
        assert_eq!(record["company"]["name"], "Example Cloud Connect");
        assert_eq!(record["environment"], "custom");
        let first: Vec<&String> = record.as_object().unwrap().keys().take(3).collect();
        assert_eq!(first, ["profile", "company", "environment"]);
    }
    listed.stderr_has("one: 1 request · ").stderr_has("two: 2 requests · ");
    let table =
        run(&home, "approvals list --profile two,one --sort profile:desc --fields profile,company.name,id");
    let expected = format!(
        "PROFILE  COMPANY.NAME           ID\ntwo      Example Cloud Connect  {NEW}\ntwo      Example Cloud Connect  {SPEED}\n\
         one      Example Cloud Connect  {NEW}\n"
    );
    table.exits(0).stdout_is(&expected);
    // Soonest to expire first, whichever profile it is of.
    let first = run(&home, "approvals list --profile two,one --fields id --limit 1");
    first.exits(0).stderr_has("1 of 3 requests in all profiles").stdout_has(NEW);
    let all = run(&home, "approvals list --profile two,one -o json").exits(0).json();
    assert_eq!(all[2]["id"], SPEED, "it has no date");
    let people = run(&home, "approvals list --all-profiles");
    people.exits(0).stdout_has("PROFILE  COMPANY                ID        TYPE");
    assert_eq!(one.requests()[0].header("authorization"), Some("Basic aWQtb25lOnMzY3JldC1vbmU="));
    // What is sorted and limited is the whole list.
    let sorted =
        run(&home, "approvals list --all-profiles --sort profile:desc --limit 2 -o json").exits(0).json();
    assert_eq!(rows(&sorted), [[json!("two"), json!(NEW)], [json!("two"), json!(SPEED)]]);
    let csv = run(&home, "approvals list --all-profiles -o csv").exits(0).stdout.clone();
    assert!(csv.starts_with("profile,company.uid,company.name,environment,id,"), "{csv}");
    run(&home, "approvals list --all-profiles --exit-pending").exits(20);
}

#[test]
fn d08_every_list_can_be_read_over_all_profiles() {
    let script = || {
        let keys = Answer::ok(json!([wire::fixture("service-key")]));
        company(&["vxc-speed"]).on("GET", "/v2/service/key", keys).start()
    };
    let (one, two) = (script(), script());
    let home = home_of(&[("one", &one), ("two", &two)]);
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"leave\"\n",
    );
    for command in ["approvals list", "speed list", "ports list", "keys list", "policy plan"] {
        let table = run(&home, &format!("{command} --all-profiles"));
        table.exits(0).stdout_has("PROFILE  COMPANY ");
        for name in ["one", "two"] {
            let starts = |line: &&str| line.starts_with(&format!("{name}  "));
            assert!(table.stdout.lines().any(|line| starts(&line)), "{command}: {}", table.stdout);
        }
    }
    let plan = run(&home, "policy plan --all-profiles -o json").exits(0).json();
    assert_eq!(plan["schema"], "portgate.plans/v1");
    assert_eq!(rows(&plan["decisions"]), [[json!("one"), json!(SPEED)], [json!("two"), json!(SPEED)]]);
    assert_eq!(plan["plans"][1]["profile"], "two");
    assert_eq!(plan["plans"][1]["summary"]["leave"], 1);
    assert_eq!(run(&home, "policy plan --all-profiles -o jsonl").exits(0).stdout.lines().count(), 2);
    // Such a plan is of several companies: nothing carries it out.
    home.write("plan.json", plan.to_string());
    run(&home, "approvals apply --from-file plan.json --profile one --yes").exits(2);
    run(&home, "speed list --all-profiles -o json").exits(0).stdout_has("sold_after_percent");
}

#[test]
fn d08_one_that_fails_is_told_and_the_others_are_shown() {
    let good = company(&["vxc-new"]).start();
    let bad = Script::new().on("POST", "/oauth2/token", wire::body(401, "token-refused")).start();
    let hanging = Script::new().on("POST", "/oauth2/token", Answer::silence()).start();
    let home = home_of(&[("bad", &bad), ("good", &good), ("stuck", &hanging)]);
    let one = run(&home, "approvals list --profile bad,good -o json");
    assert_eq!(rows(&one.exits(3).json()), [[json!("good"), json!(NEW)]]);
    let error = one.error();
    assert!(error["message"].as_str().unwrap().starts_with("profile 'bad': "), "{error}");
    let late = run(&home, "approvals list --profile good,stuck --timeout 1s");
    late.exits(11).stdout_has("good ").stderr_has("error: profile 'stuck': ");
    let both = run(&home, "approvals list --all-profiles --timeout 1s");
    both.exits(3)
        .stdout_has("good ")
        .stderr_has("warning: profile 'bad': ")
        .stderr_has("warning: profile 'stuck': ")
        .stderr_has("error: 2 of 3 profiles failed");
    // The example is one that failed.
    let last = run(&home, "approvals list --profile good,bad,stuck --timeout 1s");
    last.exits(3).stderr_has("such as --profile bad\n");
}

#[test]
fn d08_a_profile_of_another_environment_says_so() {
    let good = company(&["vxc-new"]).start();
    let home = home_of(&[("good", &good)]);
    let mut text = profile("good", &good);
    text.push_str("\n[profiles.practice]\nenvironment = \"sandbox\"\n");
    private_config(&home, &text);
    home.holds_secrets(&home.config().join("config.toml"));
    let all = run(&home, "approvals list --all-profiles -o json").exits(0).json();
    let environment = |name: &str| {
        let found = all.as_array().unwrap().iter().find(|row| row["profile"] == name);
        found.map(|row| row["environment"].clone())
    };
    assert_eq!(
        (environment("good"), environment("practice")),
        (Some(json!("custom")), Some(json!("sandbox")))
    );
    let some = run(&home, "approvals list --all-profiles --env sandbox -o json");
    some.exits(0).stderr_has("note: 1 profile of other environments not included");
    assert!(some.json().as_array().unwrap().iter().all(|row| row["profile"] == "practice"));
    run(&home, "approvals list --profile good,practice --env sandbox").exits(2).stderr_has("disagree");
    run(&home, "approvals list --all-profiles --env staging")
        .exits(2)
        .stderr_has("no profiles of this environment");
}

#[test]
fn d08_a_key_of_the_shell_goes_to_no_profile() {
    let (one, two) = (company(&[]).start(), company(&[]).start());
    let home = home_of(&[("one", &one), ("two", &two)]);
    let run = home.portgate("approvals list --all-profiles").key("shell", "s3cret-of-the-shell").run();
    run.exits(0)
        .stderr_has("MEGAPORT_ACCESS_KEY and MEGAPORT_SECRET_KEY are ignored: each profile uses its own key");
    assert_eq!(two.requests()[0].header("authorization"), Some("Basic aWQtdHdvOnMzY3JldC10d28="));
}

#[test]
fn d08_changes_are_for_one_profile() {
    let one = company(&["vxc-new"]).start();
    let home = home_of(&[("one", &one), ("two", &one)]);
    for command in [
        "approvals accept 7c1e09ab",
        "approvals deny --all --max 50 --yes",
        "policy apply --yes",
        "auth token",
        "api GET /v2/x",
    ] {
        for several in ["--all-profiles", "--profile one,two"] {
            run(&home, &format!("{command} {several}"))
                .exits(2)
                .stderr_has("this command works with one profile at a time");
        }
    }
    run(&home, "approvals list --profile one,").exits(2).stderr_has("empty name");
    run(&home, "approvals list --profile one,three").exits(2).stderr_has("profile 'three' not found");
    run(&home, "approvals list --all-profiles --profile one").exits(2);
    run(&home, "approvals history 7c1e09ab --all-profiles").exits(2);
    run(&home, "approvals history --everywhere --all-profiles").exits(2);
    Home::new().portgate("approvals list --all-profiles").run().exits(2).stderr_has("no profiles yet");
    assert!(one.requests().is_empty());
}

#[test]
fn d08_history_shows_whose_decision_each_is() {
    let home = Home::new();
    let text = "[profiles.a]\nenvironment = \"sandbox\"\ncompany_name = \"Example Cloud Connect\"\n[profiles.b]\nenvironment = \
                \"sandbox\"\ncompany_name = \"Initech\"\n";
    private_config(&home, text);
    let listed = run(&home, "approvals list --profile a -o json").exits(0).json();
    for row in listed.as_array().unwrap().iter().take(2) {
        run(&home, &format!("approvals deny {} --profile a --reason full", row["id"].as_str().unwrap()))
            .exits(0);
    }
    let all = run(&home, "approvals history --all-profiles -o json").exits(0).json();
    let of: Vec<&Value> = all.as_array().unwrap().iter().map(|row| &row["profile"]).collect();
    assert_eq!(of, ["a", "a"]);
    assert_eq!(all[0]["company"], "Example Cloud Connect");
    let last = run(&home, "approvals history --all-profiles --last 1 -o json").exits(0).json();
    assert_eq!(last, json!([all[1]]));
    // A profile that doesn't know its company.
    private_config(
        &home,
        "[profiles.a]\nenvironment = \"sandbox\"\n[profiles.b]\nenvironment = \"sandbox\"\n",
    );
    let table = run(&home, "approvals history --all-profiles --last 1");
    table.exits(0).stdout_has("        -  ").stdout_lacks("unknown company");
}

#[test]
fn a_damaged_profile_is_told_and_the_others_are_shown() {
    let one = company(&["vxc-new"]).start();
    let home = home_of(&[("one", &one)]);
    private_config(
        &home,
        &format!("{}\n[profiles.bad]\nenvironment = \"staging\"\nreadonly = true\n", profile("one", &one)),
    );
    let listed = run(&home, "approvals list --all-profiles -o json");
    assert_eq!(rows(&listed.exits(2).json()), [[json!("one"), json!(NEW)]]);
    assert!(
        listed.error()["message"].as_str().unwrap().ends_with("profile 'bad': unknown setting 'readonly'")
    );
    assert!(!listed.stderr.contains("warning"), "{}", listed.stderr);
    run(&home, "approvals list --profile one,bad").exits(2).stderr_has("unknown setting 'readonly'");
    let named = run(&home, "approvals list --profile one");
    assert_eq!(named.exits(0).stderr.matches("readonly").count(), 2, "{}", named.stderr);
    let url = one.url();
    run(&home, &format!("approvals list --all-profiles --api-url {url}")).exits(0);
    let status = run(&home, "auth status --all-profiles");
    status
        .exits(12)
        .stdout_has("bad ")
        .stderr_has("unknown setting 'readonly'")
        .stderr_has("1 of 2 profiles");
    run(&home, "auth logout --all-profiles")
        .exits(2)
        .stdout_has("one ")
        .stderr_has("unknown setting 'readonly'");
    private_config(&home, "[profiles.a]\nenvironment = \"sandbox\"\n[profiles.bad]\nread_only = 3\n");
    let checked = run(&home, "doctor --profile a");
    checked.stdout_has("warning  profiles").stdout_has("profile 'bad': environment is missing");
}

#[test]
fn whoami_shows_a_row_for_each_profile() {
    let home = Home::new();
    let bad = Script::new().on("POST", "/oauth2/token", wire::body(401, "token-refused")).start();
    let sandbox = "[profiles.a]\nenvironment = \"sandbox\"\n[profiles.b]\nenvironment = \"sandbox\"\n";
    private_config(&home, sandbox);
    let both = run(&home, "whoami --all-profiles");
    both.is(
        0,
        "PROFILE  COMPANY                ENVIRONMENT  ROLE\n\
         a        Example Cloud Connect  sandbox      Technical Admin\n\
         b        Example Cloud Connect  sandbox      Technical Admin\n",
        "",
    );
    let records = run(&home, "whoami --profile b -o json").exits(0).json();
    let all = run(&home, "whoami --profile b,a -o json").exits(0).json();
    assert_eq!(all[0], records);
    private_config(&home, &format!("{sandbox}\n{}", profile("bad", &bad)));
    home.holds_secrets(&home.config().join("config.toml"));
    home.keeps_secret("s3cret-bad");
    let failed = run(&home, "whoami --all-profiles -o json");
    let failed = failed.exits(12);
    assert_eq!(failed.json().as_array().unwrap().len(), 2);
    failed.stderr_has("1 of 3 profiles can't be used");
    Home::new().portgate("whoami --all-profiles").run().exits(0).stderr_has("no profiles yet");
    run(&home, "doctor --all-profiles")
        .exits(2)
        .stderr_has("doctor checks one profile at a time")
        .stderr_has("portgate auth status --all-profiles --check");
}

#[test]
fn d08_watch_prints_the_new_ones_of_all_profiles() {
    let (one, two) = (company(&["vxc-new"]).start(), company(&["vxc-speed"]).start());
    let home = home_of(&[("one", &one), ("two", &two)]);
    let watched =
        run(&home, "approvals watch --all-profiles --existing --count 2 -o jsonl").exits(0).stdout.clone();
    let mut profiles: Vec<String> = watched
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["profile"].as_str().unwrap().to_owned())
        .collect();
    profiles.sort();
    assert_eq!(profiles, ["one", "two"]);
    let lines = run(&home, "approvals watch --profile one,two --existing --count 1").exits(0).stdout.clone();
    assert!(lines.starts_with("one: ") || lines.starts_with("two: "), "{lines}");
    assert_eq!(lines.lines().count(), 1);
    let late = run(&home, "approvals watch --all-profiles --existing --count 9 --timeout 1s");
    late.exits(11).stderr_has("2 of 9 requests arrived in time");
}

#[test]
fn d08_the_company_is_seen_at_80_columns() {
    let home = Home::new();
    let text = "[profiles.a]\nenvironment = \"sandbox\"\n[profiles.b]\nenvironment = \"sandbox\"\n";
    private_config(&home, text);
    for list in ["approvals list", "ports list", "speed list", "keys list"] {
        let run = home.portgate(&format!("{list} --profile a,b")).env("NO_COLOR", "1");
        let screen = run.in_terminal(80, 60).exits(0);
        assert!(screen.contains("COMPANY") && screen.contains("Example Cloud Connect"), "{list}: {screen}");
        assert!(
            screen
                .lines()
                .filter(|line| !line.contains(" · "))
                .all(|line| line.trim_end().chars().count() <= 80),
            "{list}: {screen}"
        );
    }
}

#[test]
fn d22_all_profiles_is_one_word_for_status_and_logout_too() {
    let home = Home::new();
    let text = "[profiles.a]\nenvironment = \"sandbox\"\n[profiles.b]\nenvironment = \"staging\"\nclient_id = \"i\"\n\
                secret_command = [\"false\"]\n[profiles.c]\nenvironment = \"sandbox\"\n";
    private_config(&home, text);
    let names = |args: &str| {
        let rows = run(&home, &format!("{args} -o json")).exits(0).json();
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["profile"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("auth status --all-profiles"), ["a", "b", "c"]);
    assert_eq!(names("auth status --all"), ["a", "b", "c"]);
    assert_eq!(names("auth status --profile c,b"), ["c", "b"]);
    assert_eq!(names("auth status --all-profiles --env sandbox"), ["a", "c"]);
    assert_eq!(names("auth logout --all-profiles"), ["a", "b", "c"]);
    run(&home, "auth status --help").exits(0).stdout_lacks("--all ").stdout_has("auth status --all-profiles");
}

#[test]
fn several_name_what_is_awaited_tell_a_failure_at_once_and_show_what_was_read_after_control_c() {
    let refused = Script::new()
        .on("POST", "/oauth2/token", wire::token_ok())
        .on("GET", "/v2/products", wire::body(403, "error-forbidden"))
        .on("GET", "/v3/order_approvals", wire::body(403, "error-forbidden"))
        .on("GET", "/v2/employment", wire::body(403, "error-forbidden"))
        .start();
    let hanging = Script::new().on("POST", "/oauth2/token", Answer::silence()).start();
    let one = company(&["vxc-new"]).start();
    let home = home_of(&[("one", &one), ("refused", &refused), ("hanging", &hanging)]);
    let run = home.portgate("approvals list --all-profiles").env("NO_COLOR", "1");
    let mut terminal = run.in_terminal(160, 40);
    terminal.expect("profile 'refused': ");
    terminal.expect("reading hanging");
    terminal.send("\u{3}");
    terminal.expect("7c1e09ab");
    terminal.expect("interrupted before everything was read; not read: hanging");
    terminal.exits(130);
}

#[test]
fn d08_the_history_of_a_profile_is_that_of_its_company() {
    let one = company(&["vxc-new"]).start();
    let home = Home::new();
    let of = |name: &str, script: &Script, uid: &str| {
        format!("{}company_uid = \"{uid}\"\n", profile(name, script))
    };
    let uid = wire::fixture("port-syd1-a")["companyUid"].as_str().unwrap().to_owned();
    private_config(
        &home,
        &format!("{}\n{}", of("one", &one, &uid), of("two", &one, "00000000-0000-4000-8000-000000000002")),
    );
    for name in ["one", "two"] {
        home.keeps_secret(&format!("s3cret-{name}"));
    }
    home.holds_secrets(&home.config().join("config.toml"));
    run(&home, &format!("approvals accept {NEW} --profile one")).exits(0);
    run(&home, "approvals history --profile one").exits(0).stdout_has("accepted");
    run(&home, "approvals history --profile two").exits(0).stdout_is("");
    run(&home, "approvals history --profile two --everywhere").exits(0).stdout_has("accepted");
    let sandbox = |args: &str| home.portgate(&format!("--env sandbox {args}")).run();
    sandbox("approvals accept 7c1e09ab").exits(0);
    sandbox("approvals history").exits(0).stdout_has("7c1e09ab");
    sandbox("--as initech approvals history").exits(0).stdout_is("");
}
