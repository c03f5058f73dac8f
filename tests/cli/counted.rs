//! Selections that somebody has to count: more than 50, and everything that is pending.

use serde_json::json;

use crate::common::wire::Circuit;
use crate::common::{Home, Outcome, Script};
use crate::many::{outcomes, requests, script_of};

#[test]
fn more_than_50_are_counted_by_somebody() {
    let circuits = requests(51);
    circuits.iter().for_each(|circuit| circuit.change(json!({"rateLimit": 10})));
    let script = script_of(&circuits).start();
    let home = Home::new();
    let accept = |args: &str| home.approvals(&format!("accept {args}"), &script).run();
    accept("--all --yes")
        .exits(2)
        .stderr_has("--max is required: 51 requests are selected without a prompt")
        .stderr_has("--max 51");
    let ids: Vec<String> = circuits.iter().map(Circuit::approval_uid).collect();
    home.write("ids.txt", ids.join("\n"));
    accept("--from-file ids.txt --yes").exits(2).stderr_has("--max is required: 51 requests are selected");
    accept("--all --yes --max 50").exits(15).stderr_has("51 requests are selected, but --max is 50");
    accept("--all --dry-run").exits(0);
    assert!(script.writes().is_empty());
    let ask = || home.approvals("accept --all", &script).env("NO_COLOR", "1").in_terminal(100, 30);
    let mut declined = ask();
    declined.expect("Accept all 51 requests? Type 51 to confirm [no]: ");
    declined.send("y\r");
    declined.expect("'y' is not 51: type 51 or no");
    declined.expect("Type 51 to confirm [no]: ");
    declined.send("\r");
    declined.exits(5);
    assert!(script.writes().is_empty());
    let mut confirmed = ask();
    confirmed.expect("Type 51 to confirm [no]: ");
    confirmed.send("51\r");
    confirmed.exits(0);
    assert_eq!(script.writes().len(), 51);
    accept("--all --yes --max 0").exits(2);
}

#[test]
fn everything_that_is_pending_is_counted_by_somebody() {
    let circuits = requests(3);
    let script = script_of(&circuits).start();
    let home = Home::new();
    let ask = |args: &str| {
        let run = home.approvals(&format!("accept {args}"), &script).env("NO_COLOR", "1");
        run.in_terminal(100, 30)
    };
    let mut declined = ask("--all");
    declined.expect("Accept all 3 requests? Type 3 to confirm [no]: ");
    declined.send("y\r");
    declined.expect("'y' is not 3: type 3 or no");
    declined.expect("Type 3 to confirm [no]: ");
    declined.send("no\r");
    declined.exits(5);
    // So is a filter that leaves none out.
    let mut declined = ask("--port SYD1-A");
    declined.expect("Accept all 3 requests? Type 3 to confirm [no]: ");
    declined.send("no\r");
    declined.exits(5);
    assert!(script.writes().is_empty());
    let mut confirmed = ask("--speed-above 1 --where b_end.vlan!=`102`");
    confirmed.expect("Accept 2 requests? [y/N]");
    confirmed.send("y\r");
    confirmed.exits(0);
    let mut last = ask("--all");
    last.expect("Accept this request? [y/N]");
    last.send("y\r");
    last.exits(0);
    assert_eq!(script.writes().len(), 3);
}

#[test]
fn without_a_prompt_all_that_is_pending_requires_its_number() {
    let circuits = requests(3);
    let script = script_of(&circuits).start();
    let home = Home::new();
    for verb in ["accept", "deny"] {
        let ended = home.approvals(&format!("{verb} --all --yes"), &script).run();
        let why = "--max is required: 3 requests are selected by --all without a prompt";
        ended.exits(2).stderr_has(why).stderr_has("add --max 3");
    }
    home.approvals("accept --all --yes --max 2", &script).run().exits(15).stderr_has("but --max is 2");
    home.approvals("accept --all --yes --dry-run", &script).run().exits(0);
    assert!(script.writes().is_empty());
    home.approvals("accept --all --yes --max 10", &script).run().exits(0);
    assert_eq!(script.writes().len(), 3);
    // Nothing is pending: there is nothing to count.
    home.approvals("accept --all --yes", &script).run().exits(0).stderr_has("no matching requests");
}

#[test]
fn one_request_by_all_requires_a_number_too_and_a_filter_does_not() {
    let circuits = requests(1);
    let script = script_of(&circuits).start();
    let home = Home::new();
    let accept = |args: &str| home.approvals(&format!("accept {args}"), &script).run();
    accept("--all --yes").exits(2).stderr_has("1 request is selected by --all").stderr_has("add --max 1");
    assert!(script.writes().is_empty());
    accept("--port SYD1-A --yes").exits(0);
}

#[test]
fn all_speed_changes_are_everything_to_speed() {
    let circuits = [Circuit::under("port-mel2-b", "vxc-speed"), Circuit::under("port-mel2-b", "vxc-speed")];
    circuits[1].change(json!({
        "productUid": "6df42193-b5ea-4c80-97f3-20919cbd3e33",
        "vxcApproval": {"uid": "f04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13", "newSpeed": 300},
    }));
    let new = Circuit::of("vxc-new");
    let script = Script::new().marketplace_of(&[&circuits[0], &circuits[1], &new]).start();
    let home = Home::new();
    let speed = |args: &str| home.portgate(&format!("speed {args}")).at(&script).token("scripted-token");
    for verb in ["accept", "deny"] {
        let ended = speed(&format!("{verb} --all --yes")).run();
        ended.exits(2).stderr_has("2 requests are selected by --all").stderr_has("add --max 2");
        let mut declined = speed(&format!("{verb} --all")).env("NO_COLOR", "1").in_terminal(100, 30);
        declined.expect("all 2 requests");
        declined.expect("Type 2 to confirm [no]: ");
        declined.send("y\r");
        declined.expect("'y' is not 2: type 2 or no");
        declined.expect("Type 2 to confirm [no]: ");
        declined.send("\r");
        declined.exits(5);
    }
    // To approvals they aren't: a connection request is pending, too.
    let some = home.approvals("accept --type speed-change", &script).env("NO_COLOR", "1");
    let mut some = some.in_terminal(100, 30);
    some.expect("[y/N]");
    some.send("n\r");
    some.exits(5);
    assert!(script.writes().is_empty());
    speed("deny --all --max 2 --yes").run().exits(0);
    assert_eq!(script.writes().len(), 2);
}

/// A file that accepts each of these, and a policy that does.
fn file_and_policy(home: &Home, circuits: &[Circuit]) {
    let rows = circuits.iter().map(|circuit| format!("{},accept\n", circuit.approval_uid()));
    home.write("decisions.csv", format!("id,decision\n{}", rows.collect::<String>()));
    let rule = "[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"accept\"\n";
    home.write("portgate-policy.toml", format!("schema = \"portgate.policy/v1\"\n{rule}"));
}

#[test]
fn more_than_50_of_a_file_or_a_policy_are_counted_where_somebody_is_asked() {
    for command in ["approvals apply decisions.csv", "policy apply"] {
        let circuits = requests(51);
        circuits.iter().for_each(|circuit| circuit.change(json!({"rateLimit": 10})));
        let script = script_of(&circuits).start();
        let home = Home::new();
        file_and_policy(&home, &circuits);
        let portgate = |args: &str| {
            home.portgate(&format!("{command} {args}"))
                .at(&script)
                .token("scripted-token")
                .env("NO_COLOR", "1")
        };
        let apply = |args: &str| -> Outcome { portgate(args).run() };
        apply("--yes --max 50").exits(15).stderr_has("51 requests are selected, but --max is 50");
        apply("--dry-run").exits(0);
        apply("--yes --max 0").exits(2);
        let mut declined = portgate("").in_terminal(100, 30);
        declined.expect("Accept 51 requests? Type 51 to confirm [no]: ");
        declined.send("y\r");
        declined.expect("'y' is not 51: type 51 or no");
        declined.expect("Type 51 to confirm [no]: ");
        declined.send("\r");
        declined.exits(5);
        assert!(script.writes().is_empty());
        let done = apply("--yes -o json");
        done.exits(0);
        assert_eq!(outcomes(&done.json()), vec!["done"; 51]);
    }
}

#[test]
fn a_file_or_a_policy_decides_no_more_than_max() {
    for command in ["approvals apply decisions.csv", "policy apply"] {
        let circuits = requests(2);
        let script = script_of(&circuits).start();
        let home = Home::new();
        file_and_policy(&home, &circuits);
        let apply = |args: &str| {
            home.portgate(&format!("{command} {args}")).at(&script).token("scripted-token").run()
        };
        apply("--yes --max 1").exits(15).stderr_has("2 requests are selected, but --max is 1");
        assert!(script.writes().is_empty());
        apply("--yes").exits(0);
        assert_eq!(script.writes().len(), 2);
    }
}
