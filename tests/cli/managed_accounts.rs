//! Acting for an account that the key's company manages: `--on-behalf-of`, and `approvals list --managed`.

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Outcome, Request, Script};

const MEDIA: &str = "Example Media";
const MEDIA_UID: &str = "0f1c2d3e-0000-4000-8000-00000000aaaa";
const RADIO_UID: &str = "0f1c2d3e-0000-4000-8000-00000000bbbb";
const ACCOUNTS: &str = "/v2/managedCompanies";

fn media_uid(home: &Home) -> String {
    let run = home.portgate("api GET /v2/managedCompanies --env sandbox --query data[0].companyUid").run();
    run.exits(0).stdout.trim().to_owned()
}

/// What waits for Example Media in the sandbox.
fn waiting_for_media(home: &Home) -> String {
    let run = home.portgate("approvals list --env sandbox --query [0].id --on-behalf-of").arg(MEDIA).run();
    run.exits(0).stdout.trim().to_owned()
}

#[test]
fn w3_a_decision_on_behalf_of_an_account_is_that_accounts() {
    let home = Home::new();
    let id = waiting_for_media(&home);
    let short = &id[..8];
    // By whoever doesn't say for which account it can't be decided.
    let unnamed = home.portgate(&format!("approvals accept {id} --env sandbox")).run();
    let uid = media_uid(&home);
    unnamed.exits(8).stderr_has(&format!("it belongs to Example Media: use --on-behalf-of {uid}"));
    assert!(home.ledger().is_empty());
    let preview = home
        .portgate(&format!("approvals accept {short} --dry-run --env sandbox --on-behalf-of {uid}"))
        .run();
    preview.exits(0).stdout_has(&format!("{{\"isApproved\":true}} with X-Call-Context: {uid}\n"));
    let previewed = home
        .portgate(&format!("approvals accept {short} --dry-run -o json --env sandbox --on-behalf-of {uid}"));
    let document = previewed.run().exits(0).json();
    let account = json!({"uid": uid, "name": MEDIA});
    assert_eq!((&document["on_behalf_of"], &document["would_send"][0]["on_behalf_of"]), (&account, &account));

    let place = "sandbox · Example Cloud Connect on behalf of Example Media\n";
    let accepted = home
        .portgate(&format!("approvals accept {short} --env sandbox --on-behalf-of"))
        .arg("EXAMPLE media")
        .run();
    accepted.is(
        0,
        &format!(
            "accepted {id}: connection request from Sample Logistics, 200 Mbps on Media Melbourne, VLAN 61\n"
        ),
        &format!("{place}next: portgate --env sandbox --on-behalf-of 'EXAMPLE media' approvals show {id}\n"),
    );
    let ledger = home.ledger();
    assert_eq!(ledger.len(), 2);
    for line in &ledger {
        assert_eq!((&line["company"]["uid"], &line["company"]["name"]), (&json!(uid), &json!(MEDIA)));
        assert_eq!(line["partner"]["name"], "Example Cloud Connect");
    }
    // The account's own people see it, and the partner's own list doesn't change.
    let theirs = home
        .portgate("approvals list --status approved --env sandbox --query [].id --as example-media")
        .run();
    theirs.exits(0).stdout_has(&id);
    let again =
        home.portgate(&format!("approvals accept {short} -o json --env sandbox --on-behalf-of {uid}")).run();
    let again = again.exits(0).json();
    assert_eq!((&again["results"][0]["outcome"], &again["on_behalf_of"]), (&json!("already"), &account));

    let history = home.portgate("approvals history -o json --env sandbox").run().exits(0).json();
    assert_eq!(history[0]["on_behalf_of"], account);
    let shown = home.portgate("approvals history --env sandbox --on-behalf-of").arg("example media").run();
    assert!(shown.exits(0).row(short).contains("Example Media"), "{shown}");
    let other = home.portgate("approvals history --env sandbox --on-behalf-of").arg("Example Radio").run();
    other.is(0, "", &format!("no decisions in the ledger · {}\n", home.ledger_path().display()));
}

#[test]
fn w3_the_requests_of_all_accounts_are_listed_with_their_account() {
    let home = Home::new();
    let uid = media_uid(&home);
    let id = waiting_for_media(&home);
    let list = home.portgate("approvals list --managed --env sandbox").run();
    list.exits(0);
    let heading: Vec<&str> = list.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(&heading[..3], ["ID", "ACCOUNT", "TYPE"]);
    assert!(list.row(&id[..8]).contains("Example Media  "), "{list}");
    assert!(list.row("100 ").contains("Example Radio"), "{list}");
    list.stderr_has("sandbox · Example Cloud Connect · 2 managed accounts");
    list.stderr_has(
        "to show, accept or deny a request, name its account: portgate --env sandbox --on-behalf-of ",
    );
    let rows = home.portgate("approvals list --managed -o json --env sandbox").run().exits(0).json();
    let of_media = rows.as_array().unwrap().iter().find(|row| row["id"] == json!(id)).unwrap();
    assert_eq!(of_media["account"], json!({"uid": uid, "name": MEDIA}));
    let csv = home
        .portgate("approvals list --managed -o csv --fields id,account.uid,account.name --env sandbox")
        .run();
    csv.exits(0).stdout_has(&format!("{id},{uid},Example Media\n"));
    let both = home.portgate("approvals list --managed --env sandbox --on-behalf-of x").run();
    both.exits(2).stderr_has("cannot be used with");
    // The flag of the list is stronger than the variable.
    let wide = home
        .portgate("approvals list --managed --query [].account.name --env sandbox")
        .env("MEGAPORT_MANAGED_ACCOUNT_UID", &uid)
        .run();
    wide.exits(0).stdout_has("Example Radio");
    let speed = home.portgate("speed list --managed --env sandbox").run();
    speed.exits(0).stderr_has("2 managed accounts");
}

/// What each account has kept stays its own: prefixes, completions and ledger lines.
#[test]
fn two_accounts_share_nothing_that_is_kept() {
    let home = Home::new();
    let id = waiting_for_media(&home);
    home.portgate("approvals list --managed --env sandbox").run().exits(0);
    let kept: Value = serde_json::from_slice(&std::fs::read(home.id_map_path()).unwrap()).unwrap();
    let having: Vec<&String> = kept["backends"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, known)| known["ids"].get(&id).is_some())
        .map(|(key, _)| key)
        .collect();
    let uid = media_uid(&home);
    assert!(having.len() == 1 && having[0].ends_with(&format!(" for {uid}")), "{having:?}");
    let complete = |line: &[&str]| {
        let run = line.iter().fold(home.portgate("--"), |run, word| run.arg(*word));
        let index = (line.len() - 1).to_string();
        let run = run.env("PORTGATE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", index);
        run.env("_CLAP_IFS", "\n").run().exits(0).stdout.clone()
    };
    for (account, is_offered) in [("Example Media", true), ("Example Radio", false), ("none", false)] {
        let offered = complete(&[
            "portgate",
            "--env",
            "sandbox",
            "--on-behalf-of",
            account,
            "approvals",
            "accept",
            &id[..2],
        ]);
        assert_eq!(offered.contains(&id[..6]), is_offered, "{account}\n{offered}");
    }
    assert!(complete(&["portgate", "--env", "sandbox", "--on-behalf-of", &uid[..4]]).contains(&uid));
}

fn listed(accounts: &[(&str, &str)]) -> Answer {
    let account =
        |(uid, name): &(&str, &str)| json!({"accountRef": null, "accountName": name, "companyUid": uid});
    Answer::ok(Value::from(accounts.iter().map(account).collect::<Vec<_>>()))
}

fn two_accounts() -> Answer {
    listed(&[(MEDIA_UID, MEDIA), (RADIO_UID, "Example Radio")])
}

fn run(script: &Script, args: &str, account: &str) -> Outcome {
    Home::new().approvals(args, script).arg("--on-behalf-of").arg(account).run()
}

/// Nothing but the accounts is asked where it isn't certain which is meant, whatever the command.
#[test]
fn an_account_that_is_not_certain_is_acted_for_by_nobody() {
    let stranger = "0f1c2d3e-0000-4000-8000-00000000cccc";
    let cases: &[(Answer, &str, i32, &str)] = &[
        (
            two_accounts(),
            stranger,
            8,
            "use one of the accounts it manages: Example Media (0f1c2d3e-0000-4000-8000-00000000aaaa), Example Radio",
        ),
        (two_accounts(), "Example", 8, "your company doesn't manage an account named 'Example'"),
        (two_accounts(), "0f1c2d3e", 8, "your company doesn't manage an account named '0f1c2d3e'"),
        (listed(&[]), MEDIA, 8, "only a partner's key can act on behalf of others"),
        (
            listed(&[(MEDIA_UID, MEDIA), (RADIO_UID, "example  MEDIA")]),
            MEDIA,
            2,
            "matches 2 managed accounts",
        ),
        (
            listed(&[("", "nameless"), (MEDIA_UID, MEDIA)]),
            MEDIA,
            4,
            "1 of the managed accounts can't be read",
        ),
        (Answer::refusal(403, "Not a partner"), MEDIA_UID, 7, "Not a partner"),
        (Answer::refusal(404, "Nothing here"), MEDIA_UID, 8, "Nothing here"),
        (Answer::ok(Value::Null), MEDIA_UID, 4, "could not parse the response"),
        (Answer::html(200), MEDIA_UID, 4, "web page"),
    ];
    for (answer, account, code, told) in cases {
        for args in ["list", "accept 7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70 --yes", "deny --all --max 50 --yes"]
        {
            let script = Script::new().on("GET", ACCOUNTS, answer.clone()).start();
            let outcome = run(&script, &format!("{args} --max-retries 0"), account);
            outcome.exits(*code).stderr_has(told);
            assert_eq!(script.lines(), ["GET /v2/managedCompanies"], "{args} {account}");
            assert_eq!(script.only("GET", ACCOUNTS).header("x-call-context"), None);
        }
    }
    let script = Script::new().start();
    for empty in ["", "  "] {
        run(&script, "list", empty).exits(2).stderr_has("--on-behalf-of is empty");
    }
    assert_eq!(script.lines(), Vec::<String>::new());
}

/// A marketplace in which one request waits for the account.
fn marketplace_of(owner: &str) -> Circuit {
    let circuit = Circuit::of("vxc-new");
    let mut end = circuit.now()["bEnd"].clone();
    end["ownerUid"] = json!(owner);
    circuit.change(json!({"bEnd": end}));
    circuit
}

#[test]
fn a_variable_and_a_profile_name_the_account_and_a_flag_another_or_none() {
    let script = || {
        let contexts = |request: &Request, _: usize| match request.header("x-call-context") {
            Some(MEDIA_UID) => wire::body(200, "employment"),
            None => Answer::refusal(403, "of the partner itself"),
            Some(_) => Answer::refusal(403, "of another"),
        };
        Script::new().on("GET", ACCOUNTS, two_accounts()).on("GET", "/v2/employment", contexts).start()
    };
    let profile = |url: &str| {
        format!(
            "schema = \"portgate.config/v1\"\ndefault = \"p\"\n[profiles.p]\nenvironment = \"custom\"\napi_url = \"{url}\"\nmanaged_account = \"example media\"\n"
        )
    };
    let variable = "MEGAPORT_MANAGED_ACCOUNT_UID";
    for (flag, in_variable, in_profile, told) in [
        (None, MEDIA_UID, false, Ok("on behalf of Example Media")),
        (None, "", true, Ok("on behalf of Example Media")),
        (Some("Example Media"), RADIO_UID, true, Ok("on behalf of Example Media")),
        (None, RADIO_UID, true, Err("of another")),
        (Some("none"), MEDIA_UID, true, Err("of the partner itself")),
        (None, "none", true, Err("of the partner itself")),
        (None, "   ", true, Err("MEGAPORT_MANAGED_ACCOUNT_UID is empty")),
    ] {
        let (home, script) = (Home::new(), script());
        if in_profile {
            home.write("config/portgate/config.toml", profile(&script.url()));
            use std::os::unix::fs::PermissionsExt as _;
            let path = home.path().join("config/portgate/config.toml");
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        let mut run =
            home.portgate("users list").at(&script).token("scripted-token").env(variable, in_variable);
        if let Some(flag) = flag {
            run = run.arg("--on-behalf-of").arg(flag);
        }
        let outcome = run.run();
        match told {
            Ok(told) => outcome.exits(0).stderr_has(told),
            Err(told) => outcome.stderr_has(told),
        };
    }
}

#[test]
fn what_is_refused_on_behalf_of_an_account_is_told_so() {
    let script = Script::new()
        .on("GET", ACCOUNTS, two_accounts())
        .on("GET", "/v2/employment", Answer::refusal(403, "You no longer manage this account"))
        .start();
    let outcome = Home::new()
        .portgate("users list -o json")
        .at(&script)
        .token("t")
        .arg("--on-behalf-of")
        .arg(MEDIA)
        .run();
    outcome.exits(7);
    let error = outcome.error();
    assert_eq!(error["message"], format!("this key isn't allowed to do this on behalf of {MEDIA_UID} (403)"));
    assert_eq!(error["reason"], "You no longer manage this account");
}

/// A backend that doesn't know the header answers for the partner: nothing of it is taken for the account's.
#[test]
fn a_backend_that_answers_for_another_company_is_not_believed() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().on("GET", ACCOUNTS, two_accounts()).marketplace(&circuit).start();
    for args in ["list", "deny --all --max 50 --yes", "accept 7c1e09 --yes"] {
        run(&script, args, MEDIA)
            .exits(4)
            .stderr_has("the API responded for another company than Example Media");
    }
    assert!(script.writes().is_empty());
    let keys = json!([wire::fixture("service-key")]);
    let script = Script::new()
        .on("GET", ACCOUNTS, two_accounts())
        .on("GET", "/v2/service/key", Answer::json(200, &json!({"message": "ok", "terms": "", "data": keys})))
        .start();
    let home = Home::new();
    let listed = home.portgate("keys list").at(&script).token("scripted-token");
    listed
        .env("MEGAPORT_MANAGED_ACCOUNT_UID", MEDIA_UID)
        .run()
        .exits(4)
        .stderr_has("the API responded for another company than Example Media");
}

#[test]
fn an_account_that_can_not_be_read_is_told_and_the_others_are_shown() {
    let circuit = marketplace_of(MEDIA_UID);
    let mut port = wire::port("port-syd1-a", [circuit.now()]);
    port["companyUid"] = json!(MEDIA_UID);
    let products = move |request: &Request, _: usize| match request.header("x-call-context") {
        Some(MEDIA_UID) => wire::products([port.clone()]),
        _ => Answer::refusal(403, "You no longer manage this account"),
    };
    let queue = |request: &Request, nth: usize| match request.header("x-call-context") {
        Some(MEDIA_UID) => wire::queue(&["order-approvals-empty"])(request, nth),
        _ => Answer::refusal(403, "You no longer manage this account"),
    };
    let script = Script::new()
        .on("GET", ACCOUNTS, two_accounts())
        .on("GET", "/v2/products", products)
        .on("GET", "/v3/order_approvals", queue)
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let outcome = Home::new().approvals("list --managed", &script).run();
    outcome.exits(7);
    assert!(outcome.row("7c1e09ab").contains("Example Media"), "{outcome}");
    outcome.stderr_has("Example Radio: its requests are missing here");
    outcome.stderr_has(
        "error: Example Radio: this key has access to neither the Marketplace nor the service approval queue",
    );
    assert!(
        script
            .requests()
            .iter()
            .all(|request| request.path == ACCOUNTS || request.header("x-call-context").is_some())
    );
}

#[test]
fn a_redirect_on_the_same_host_keeps_the_account_and_no_other_host_hears_of_it() {
    let elsewhere = Script::new().start();
    let away = format!("{}/v2/employment", elsewhere.url());
    let script = Script::new()
        .on("GET", ACCOUNTS, two_accounts())
        .on("GET", "/v2/employment", [Answer::redirect(307, "/moved"), Answer::redirect(307, &away)])
        .on("GET", "/moved", wire::body(200, "employment"))
        .start();
    let list = |code| {
        let run =
            Home::new().portgate("users list").at(&script).token("t").arg("--on-behalf-of").arg(MEDIA).run();
        run.exits(code);
    };
    list(0);
    assert_eq!(script.only("GET", "/moved").header("x-call-context"), Some(MEDIA_UID));
    list(4);
    assert_eq!(elsewhere.lines(), Vec::<String>::new());
}

#[test]
fn a_plan_made_for_an_account_is_carried_out_for_no_other_company() {
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"small\"\nmax_rate_mbps = 300\ndecision = \"accept\"\n",
    );
    let plan = home.portgate("policy plan -o json --env sandbox --on-behalf-of").arg(MEDIA).run();
    let document = plan.exits(0).json();
    assert_eq!(document["on_behalf_of"], json!({"uid": media_uid(&home), "name": MEDIA}));
    assert_eq!(document["company"], document["on_behalf_of"]);
    // One spelling of an ID is as good as another.
    let uid = media_uid(&home);
    home.write("plan.json", plan.stdout.replace(&uid, &uid.to_uppercase()));
    let apply = |account: Option<&str>| {
        let run = home.portgate("approvals apply plan.json --yes --env sandbox");
        match account {
            Some(account) => run.arg("--on-behalf-of").arg(account).run(),
            None => run.run(),
        }
    };
    for account in [None, Some("Example Radio")] {
        apply(account).stderr_has("the plan was made for another company");
    }
    assert!(home.ledger().is_empty());
    apply(Some(MEDIA))
        .exits(0)
        .stdout_has("connection request from Sample Logistics, 200 Mbps on Media Melbourne");
}

#[test]
fn the_account_is_told_where_it_is_told_as_whom_portgate_acts() {
    let home = Home::new();
    let uid = media_uid(&home);
    let status = |args: &str| {
        let run = home.portgate(&format!("auth status {args} --env sandbox"));
        run.env("MEGAPORT_MANAGED_ACCOUNT_UID", &uid).run()
    };
    let known = |account: &Value| ["given", "from", "uid", "name"].map(|field| account[field].clone());
    let from = "MEGAPORT_MANAGED_ACCOUNT_UID";
    let asked = status("-o json").exits(0).json();
    assert_eq!(known(&asked["on_behalf_of"]), [json!(uid), json!(from), Value::Null, Value::Null]);
    let checked = status("--check -o json").exits(0).json();
    assert_eq!(known(&checked["on_behalf_of"]), [json!(uid), json!(from), json!(uid), json!(MEDIA)]);
    status("--check").exits(0).stdout_has(&format!("On behalf of Example Media ({uid}), from {from}\n"));
    let unknown = home.portgate("auth status --check --env sandbox --on-behalf-of nobody").run();
    unknown.exits(8).stderr_has("your company doesn't manage an account named 'nobody'");
    let login = home.portgate("auth login --env staging --on-behalf-of nobody").run();
    login.exits(2).stderr_has("portgate profile set managed_account NAME");
}
