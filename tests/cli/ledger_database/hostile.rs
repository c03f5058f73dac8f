//! What backends and people write into requests is recorded, whatever it is.

use serde_json::json;

use super::{NEW, Team, requests};
use crate::common::wire::Circuit;
use crate::common::{Postgres, Script};

#[test]
fn what_a_customer_is_called_stops_no_decision() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let random: String = (0..2000).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    for (name, shown) in [
        ("Glo\u{0}bex", "Glo\u{fffd}bex"),
        (
            "\\u0000 $line$ '; DROP TABLE portgate.entry; --",
            "\\u0000 $line$ '; DROP TABLE portgate.entry; --",
        ),
        (&random, &random),
        ("\u{202e}xeb", "\u{202e}xeb"),
    ] {
        let circuit = Circuit::of("vxc-new");
        circuit.change(json!({"aEnd": {"ownerUid": null}, "productName": name}));
        let vxc = circuit
            .now()
            .to_string()
            .replace("Globex Bank", &name.replace('\\', "\\\\").replace('\0', "\\u0000"));
        circuit.change(serde_json::from_str(&vxc).unwrap());
        let script = Script::new().marketplace(&circuit).start();
        let ana = team.desk(postgres, "ana");
        ana.approvals(&format!("accept {NEW}"), &script).run().exits(0);
        let customer = team.lines(postgres).pop().unwrap()["object"]["request"]["customer"].clone();
        // A long name is recorded as far as it is shown.
        assert!(shown.starts_with(customer.as_str().unwrap().trim_end_matches('…')), "{customer}");
        assert!(shown.len() > 200 || customer == *shown, "{customer}");
    }
    team.desk(postgres, "carl").verify().exits(0).stdout_has("intact: 8 entries");
}

#[test]
fn an_id_that_the_database_cannot_take_keeps_no_other_from_being_decided() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let circuits = requests(3);
    let long: String = (0..100).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    circuits[1].change(json!({"vxcApproval": {"uid": long}}));
    let script = Script::new().marketplace_of(&circuits.iter().collect::<Vec<_>>()).start();
    let ana = team.desk(postgres, "ana");
    let accepted = ana.approvals("accept --all --max 50 --yes -o json", &script).run();
    let results = accepted.exits(12).json()["results"].clone();
    let outcome = |row: &serde_json::Value| row["outcome"].as_str().unwrap().to_owned();
    let outcomes: Vec<_> = results.as_array().unwrap().iter().map(outcome).collect();
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "done").count(), 2, "{results:#}");
    let failed = results.as_array().unwrap().iter().find(|row| row["outcome"] == "failed").unwrap();
    assert_eq!(failed["error"]["message"], "could not write the ledger; nothing was sent");
    assert_eq!(failed["error"]["reason"], "the ID is too long");
    assert_eq!(script.writes().len(), 2);
    ana.verify().exits(0).stdout_has("intact: 4 entries");
}

#[test]
fn long_and_odd_words_of_people_are_recorded() {
    let Some(postgres) = Postgres::shared() else { return };
    let team = Team::new(postgres);
    let random = |count: usize| -> String { (0..count).map(|_| uuid::Uuid::new_v4().to_string()).collect() };
    for (reason, ticket, actor) in [
        (random(25), "NET-1".to_owned(), "ana".to_owned()),
        ("full".to_owned(), random(300), "ana".to_owned()),
        ("full".to_owned(), "NET-1".to_owned(), random(300)),
        ("'; DROP TABLE portgate.entry; -- \\".to_owned(), "%_\\".to_owned(), "a\"b'c\\".to_owned()),
    ] {
        let circuit = Circuit::of("vxc-new");
        let script = Script::new().marketplace(&circuit).start();
        let ana = team.desk(postgres, "ana");
        let run = ana.approvals(&format!("deny {NEW}"), &script);
        let run =
            run.arg("--reason").arg(&reason).arg("--ticket").arg(&ticket).arg("--actor").arg(&actor).run();
        if run.code == 2 {
            // Too long for portgate itself.
            assert!(script.writes().is_empty());
            continue;
        }
        run.exits(0);
        let line = team.lines(postgres).pop().unwrap();
        assert_eq!(line["object"]["ticket"], json!(ticket));
        assert_eq!(line["object"]["reason"], format!("[{ticket}] {reason}"));
        let listed =
            ana.portgate("ledger list -o json").arg("--by").arg(&actor).arg("--ticket").arg(&ticket).run();
        assert_eq!(listed.exits(0).json().as_array().unwrap().len(), 1, "{listed}");
    }
    // The name of a change can be long, too.
    let ana = team.desk(postgres, "ana");
    let script = Script::new().on("PUT", "/v2/x", crate::common::Answer::ok(json!({}))).start();
    let long = ana.portgate("api PUT --yes").arg(format!("/v2/x?note={}", random(200)));
    long.at(&script).token("scripted-token").run().exits(0);
    assert_eq!(script.writes().len(), 1);
    ana.verify().exits(0);
}
