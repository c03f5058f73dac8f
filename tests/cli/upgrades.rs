//! Files of an older version are read and keep their data; those of a newer one are refused with one sentence and stay as
//! they are, byte for byte (`docs/stability.md`). The sandbox's database and entries in keyrings are tested with their code,
//! and the ledger in a database in `ledger_database/setup.rs`.

use std::fs;
use std::path::Path;

use crate::common::wire::Circuit;
use crate::common::{Home, Outcome, Script};

const NEWER: &str = "it was written by a newer version of portgate: its format is version 2, and this one knows versions up to 1";

/// Checks that each command line is refused, and the file is as before.
fn refuses(file: &Path, code: i32, lines: &[&str], run: impl Fn(&str) -> Outcome) {
    let before = fs::read(file).unwrap();
    for line in lines {
        let refused = run(line);
        refused.exits(code).stderr_has(NEWER).stderr_has("update portgate");
        assert_eq!(refused.stderr.matches("error: ").count(), 1, "{}", refused.stderr);
        assert!(fs::read(file).unwrap() == before, "{line} changed {}", file.display());
    }
}

#[test]
fn newer_settings_are_refused_and_stay() {
    let home = Home::new();
    let text = "# mine\nschema = \"portgate.config/v2\"\nwhatever = [1]\n[profiles.lab]\nenvironment = { is = \"new\" }\n";
    let file = home.write("config/portgate/config.toml", text);
    let lines = [
        "profile list",
        "profile set read_only true --profile lab",
        "profile use lab",
        "profile add other --env sandbox",
        "profile remove lab --yes",
        "approvals list --profile lab",
    ];
    refuses(&file, 2, &lines, |line| home.portgate(line).run());
}

#[test]
fn settings_without_a_version_keep_everything_and_get_one() {
    let home = Home::new();
    let text = "# mine\ndefault = \"lab\"\n\n[profiles.lab] # practice\nenvironment = \"sandbox\"\nmax_sold = \"90%\"\n";
    let file = home.write("config/portgate/config.toml", text);
    home.portgate("profile set require_reason true").run().exits(0);
    home.portgate("profile use lab").run().exits(0);
    let after = fs::read_to_string(file).unwrap();
    assert!(after.contains("schema = \"portgate.config/v1\"\n"), "{after}");
    for kept in text.lines().filter(|line| !line.is_empty()) {
        assert!(after.contains(kept), "{kept} is missing: {after}");
    }
}

#[test]
fn a_newer_policy_is_refused_and_stays() {
    let home = Home::new();
    let text = "schema = \"portgate.policy/v2\"\nmood = \"good\"\n[[rule]]\nnew = 1\n[limits]\nother = 2\n";
    let file = home.write("portgate-policy.toml", text);
    for line in ["plan", "apply --yes"] {
        refuses(&file, 2, &[line], |line| home.portgate(&format!("--env sandbox policy {line}")).run());
    }
    let checked = home.portgate("policy check").run();
    checked.exits(2).stdout_has(&format!("portgate-policy.toml:1: error: {NEWER}; update portgate"));
    assert_eq!(checked.stdout.lines().count(), 1, "{}", checked.stdout);
}

#[test]
fn a_newer_ledger_is_refused_and_stays_and_nothing_is_sent() {
    let home = Home::new();
    let script = Script::new().marketplace_of(&[&Circuit::of("vxc-new")]).start();
    home.approvals("deny 7c1e09ab --reason no --yes", &script).run().exits(0);
    // Somewhere else, where this request is still pending.
    let script = Script::new().marketplace_of(&[&Circuit::of("vxc-new")]).start();
    let lines = fs::read_to_string(home.ledger_path()).unwrap();
    let newer = lines.lines().next().unwrap().replace("portgate.ledger/v1", "portgate.ledger/v2");
    fs::write(home.ledger_path(), format!("{lines}{newer}\n")).unwrap();
    let commands = [
        "accept 7c1e09ab --yes",
        "deny 7c1e09ab --reason no --yes",
        "accept 7c1e09ab --yes --accept-broken-chain newer",
    ];
    refuses(&home.ledger_path(), 1, &commands, |line| home.approvals(line, &script).run());
    assert!(script.writes().is_empty());
}

#[test]
fn a_newer_list_of_ids_is_not_used_and_stays() {
    let home = Home::new();
    let newer = "{\"schema\":\"portgate.ids/v2\",\"places\":[]}";
    let file = home.write("cache/portgate/approval-ids.json", newer);
    home.portgate("--env sandbox approvals list").run().exits(0).stderr_lacks("warning");
    home.portgate("--env sandbox approvals accept 7c1e09ab --yes").run().exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), newer);
    // What no portgate wrote is replaced.
    fs::write(&file, "{\"schema\":\"portgate.ids/v0\"}").unwrap();
    home.portgate("--env sandbox approvals list").run().exits(0);
    assert!(fs::read_to_string(&file).unwrap().contains("portgate.ids/v1"));
}
