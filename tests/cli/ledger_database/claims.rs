//! A decision is claimed before it is sent: of two at once, one sends, and the other is told who has it.

use std::io::{BufRead, BufReader, Read};

use rustix::process::{Pid, Signal, kill_process};

use super::{NEW, Team, ended, kill_while_sending, sends_nothing_at_first, slow};
use crate::common::wire::Circuit;
use crate::common::{Postgres, Script};

#[test]
fn the_second_is_told_at_once_who_is_deciding_it() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (script, asked, gate) = slow(&Circuit::of("vxc-new"));
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    let first = ana.approvals(&format!("accept {NEW}"), &script).spawn();
    asked.wait_open();
    for args in [
        format!("accept {NEW}"),
        format!("deny {NEW} --reason full"),
        "accept --all --max 50 --yes".to_owned(),
    ] {
        let second = ben.approvals(&args, &script).run();
        second.exits(13).stdout_is("");
        second.stderr_has(&format!(
            "error: ana is deciding {NEW}; nothing was sent\n  why: ana started to accept it "
        ));
        second.stderr_has("  next: run the command again to see the result\n");
    }
    // Under the same login on another machine, too.
    let other = team.desk(postgres, "ana");
    let second = other.approvals(&format!("accept {NEW}"), &script).run();
    second.exits(13).stderr_has(&format!("ana is deciding {NEW}; nothing was sent"));
    assert_eq!(script.writes().len(), 1);
    gate.open();
    ended(first).exits(0);

    let late = ben.approvals(&format!("accept {NEW}"), &script).run();
    late.exits(0).stdout_has("is already accepted: ").stderr_has("by ana");
    let opposite = ben.approvals(&format!("deny {NEW} --reason full"), &script).run();
    opposite.exits(13).stderr_has("this connection request was already accepted").stderr_has("by ana");
    assert_eq!(script.writes().len(), 1);
    assert_eq!(team.steps(postgres), [["ana", "sending", ""], ["ana", "answered", "done"]]);
}

#[test]
fn what_was_decided_since_it_was_read_is_read_again() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    for (args, code) in [("accept", 0), ("deny --reason full", 13)] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
        // Ben answers the question only after ana has decided.
        let mut asked = ben.approvals(&format!("{args} {NEW}"), &script).in_terminal(100, 30);
        asked.expect("this request?");
        ana.approvals(&format!("accept {NEW}"), &script).run().exits(0);
        asked.send("y\r");
        asked.exits(code);
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn the_claim_of_a_killed_run_ends() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuit = Circuit::of("vxc-new");
    let (script, asked, gate) = slow(&circuit);
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    let mut first = ana.approvals(&format!("accept {NEW}"), &script).spawn();
    asked.wait_open();
    first.kill().unwrap();
    first.wait().unwrap();
    let held = ben.approvals(&format!("accept {NEW}"), &script).run();
    held.exits(13).stderr_has("ana is deciding");
    // As if her time had passed.
    team.tamper(postgres, "UPDATE portgate.entry SET recorded_at = recorded_at - interval '1 hour'");
    gate.open();
    while circuit.now()["vxcApproval"]["status"] == "PENDING_INTERNAL" {
        std::thread::yield_now();
    }
    // What became of it is found out, and recorded.
    let late = ben.approvals(&format!("accept {NEW}"), &script).run();
    late.exits(0).stdout_has("is already accepted: ").stderr_has("ana");
    assert_eq!(script.writes().len(), 1);
    assert_eq!(team.steps(postgres), [["ana", "sending", ""], ["ben", "closed", "done"]]);
    // Whoever found that out didn't decide it.
    let shown = ben.approvals(&format!("show {NEW} -o json"), &script).run().exits(0).json();
    let sent_at = &team.lines(postgres)[0]["at"];
    assert_eq!((&shown["decided_by"], &shown["decided_at"]), (&"ana".into(), sent_at));
    ben.approvals(&format!("history {NEW}"), &script).run().exits(0).stdout_lacks("ben");
}

#[test]
fn what_a_killed_run_never_sent_is_not_credited_to_it() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (_, script) = sends_nothing_at_first();
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    kill_while_sending(ana.approvals(&format!("accept {NEW} --ticket OPS-1"), &script), &script);
    // As if her time had passed.
    team.tamper(postgres, "UPDATE portgate.entry SET recorded_at = recorded_at - interval '1 hour'");
    ben.approvals(&format!("accept {NEW} --ticket OPS-2"), &script).run().exits(0).stdout_has("accepted");
    for desk in [&ana, &ben] {
        desk.approvals(&format!("history {NEW}"), &script).run().exits(0);
        let shown = desk.approvals(&format!("show {NEW} -o json"), &script).run();
        assert_eq!(shown.exits(0).json()["decided_by"], "ben");
    }
    let steps = [
        ["ana", "sending", ""],
        ["ben", "closed", "failed"],
        ["ben", "sending", ""],
        ["ben", "answered", "done"],
    ];
    assert_eq!(team.steps(postgres), steps);
    let late = ana.approvals(&format!("accept {NEW}"), &script).run();
    late.exits(0).stderr_has("accepted by ben").stderr_has("OPS-2").stderr_lacks("OPS-1");
}

#[test]
fn an_attempt_is_not_credited_with_what_somebody_else_did() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (_, script) = sends_nothing_at_first();
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    kill_while_sending(ana.approvals(&format!("accept {NEW}"), &script), &script);
    let aged = "UPDATE portgate.entry SET recorded_at = recorded_at - interval '1 hour'";
    team.tamper(postgres, aged);
    ben.approvals(&format!("accept {NEW}"), &script).run().exits(0);
    // As if ben could not close it, and the lines that tell it were lost.
    team.tamper(postgres, "DELETE FROM portgate.entry WHERE step = 'closed'");
    ana.approvals(&format!("history {NEW}"), &script).run().exits(0);
    let closed = team.lines(postgres).pop().unwrap();
    assert_eq!((&closed["step"], &closed["outcome"]), (&"closed".into(), &"conflict".into()), "{closed:#}");
    assert_eq!(closed["error"], "no response was received; already accepted by ben");
}

/// The request that is sent for a proposal is like any other ([`crate::fault_matrix`]).
#[test]
fn a_signal_while_a_proposal_is_confirmed_lets_it_end_and_says_what_became_of_it() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let (script, asked, gate) = slow(&Circuit::of("vxc-new"));
    let [ana, ben] = ["ana", "ben"].map(|login| team.desk(postgres, login));
    ana.home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\nsecond_person = \"always\"\n[[rule]]\nname = \"all new\"\n\
         type = \"connection\"\ndecision = \"accept\"\n",
    );
    ana.portgate("policy apply --yes").at(&script).token("scripted-token").run().exits(16);
    assert!(script.writes().is_empty());
    let mut confirming = ben.approvals(&format!("confirm {NEW} --yes"), &script).spawn();
    asked.wait_open();
    kill_process(Pid::from_child(&confirming), Signal::INT).unwrap();
    let mut stderr = BufReader::new(confirming.stderr.take().unwrap());
    let mut told = String::new();
    while !told.contains("finishing the change in progress") {
        assert!(stderr.read_line(&mut told).unwrap() > 0, "it never said that it was interrupted");
    }
    gate.open();
    stderr.read_to_string(&mut told).unwrap();
    let confirmed = ended(confirming);
    confirmed.exits(130).stdout_has(&format!("accepted {NEW}"));
    assert!(told.contains("interrupted; the change in progress was completed: accepted "), "{told}");
    assert_eq!(script.writes().len(), 1);
    let steps = team.steps(postgres);
    assert_eq!(steps.last().unwrap(), &["ben", "answered", "done"]);
}
