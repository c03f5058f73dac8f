//! What a batch says once some of it failed: what to send again, what to look at first, and what was not sent.

use serde_json::Value;

use crate::common::wire::Circuit;
use crate::common::{Answer, Home, Script};
use crate::many::{outcomes, requests};

/// Refuses decisions on these circuits.
fn refusing(script: Script, circuits: &[Circuit]) -> Script {
    circuits.iter().fold(script, |script, circuit| {
        script.on("PUT", &circuit.by_vxc(), Answer::refusal(400, "not possible")).on(
            "PUT",
            &circuit.by_order(),
            Answer::refusal(400, "not possible"),
        )
    })
}

#[test]
fn only_what_may_succeed_is_to_be_sent_again() {
    let circuits = requests(4);
    let script = refusing(Script::new(), &circuits[1..2])
        .on("PUT", &circuits[2].by_vxc(), Answer::html(503))
        .on("PUT", &circuits[2].by_order(), Answer::html(503))
        .marketplace_of(&circuits.iter().collect::<Vec<_>>())
        .start();
    let home = Home::new();
    let ids: Vec<String> = circuits.iter().map(Circuit::approval_uid).collect();
    home.approvals(&format!("deny {}", ids[3]), &script).run().exits(0);
    let args = format!("accept {} --max-retries 0 --timeout 2s -o json", ids.join(" "));
    let ended = home.approvals(&args, &script).run();
    let document = ended.exits(12).json();
    assert_eq!(outcomes(&document), ["done", "failed", "unknown", "conflict"], "{ended}");
    let error: Value = serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
    let hint = error["error"]["hint"].as_str().unwrap();
    assert!(hint.contains("check the unknown ones before you do anything else"), "{hint}");
    assert!(hint.contains("ledger list --outcome unknown"), "{hint}");
    assert!(hint.ends_with(&format!("retry only: {}", ids[1])), "{hint}");
    // What was denied can't be accepted any more, whatever is fixed.
    let ended = home.approvals(&format!("accept {} {}", ids[0], ids[3]), &script).run();
    ended.exits(12).stderr_has("already denied").stderr_lacks("retry");
}

#[test]
fn a_policy_or_a_file_is_applied_again_as_it_takes_no_ids() {
    let rule = "[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"accept\"\n";
    for command in ["policy apply --yes", "approvals apply decisions.csv --yes"] {
        let circuits = requests(2);
        let script = refusing(Script::new(), &circuits[1..])
            .marketplace_of(&circuits.iter().collect::<Vec<_>>())
            .start();
        let home = Home::new();
        home.write("portgate-policy.toml", format!("schema = \"portgate.policy/v1\"\n{rule}"));
        let rows = circuits.iter().map(|circuit| format!("{},accept\n", circuit.approval_uid()));
        home.write("decisions.csv", format!("id,decision\n{}", rows.collect::<String>()));
        let ended = home.portgate(command).at(&script).token("scripted-token").run();
        ended
            .exits(12)
            .stderr_has("1 of 2 failed")
            .stderr_has("then run the same command again: nothing is decided twice")
            .stderr_lacks("retry only");
    }
}

#[test]
fn what_is_not_named_is_where_it_was_told() {
    let circuits = requests(12);
    let script =
        refusing(Script::new(), &circuits).marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let accept =
        |args: &str| Home::new().approvals(&format!("accept --port SYD1-A --yes {args}"), &script).run();
    accept("").exits(12).stderr_has(" and 2 more (see the errors above)");
    accept("-o json").exits(12).stderr_has(" and 2 more (see their errors in the result)");
}
