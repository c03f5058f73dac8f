//! Keys that must not be made twice, and what was written though nothing could be printed.

use serde_json::json;

use crate::common::wire::{self, days_from_now};
use crate::common::{Answer, Home, Request, Script};
use crate::keys_shelf::{MADE, MULTI, SINGLE, Shelf, keys, sent};

fn posts(script: &Script) -> usize {
    sent(script).iter().filter(|(method, _)| method == "POST").count()
}

#[test]
fn a_rotation_that_is_run_again_makes_no_other_key() {
    for key in ["3f0c2a91", "b27d4e05"] {
        let shelf = Shelf::new();
        let script = Script::new().shelf(&shelf).start();
        let home = Home::new();
        let command = format!("rotate {key} --overlap 7d --yes");
        keys(&home, &command, &script).run().exits(0).stdout_has(MADE[0]);

        for again in [&*command, &format!("{command} --dry-run")] {
            let outcome = keys(&home, again, &script).run();
            outcome.exits(13).stderr_has("rotated already").stderr_has("c4d81f3a").stderr_has("--again");
            outcome.stderr_has("no action is needed: the old key expires at").lacks(MADE[0]);
        }
        let error = keys(&home, &format!("{command} -o json"), &script).run().exits(13).error();
        assert_eq!(error["resource"], key);
        assert_eq!(posts(&script), 1);
    }
}

#[test]
fn another_key_is_made_only_where_it_is_asked_for_with_a_life_of_its_own() {
    let shelf = Shelf::new();
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    keys(&home, "rotate 3f0c2a91", &script).run().exits(0);
    // The old key's end was cut: how long the next may be used can't be read off it.
    keys(&home, "rotate 3f0c2a91 --again", &script).run().exits(2).stderr_has("--expires-in");
    keys(&home, "rotate 3f0c2a91 --again --expires-in 90d", &script).run().exits(0).stdout_has(MADE[1]);
    let end = shelf.key(MADE[1])["validFor"]["end"].as_i64().unwrap();
    assert!((end - days_from_now(90.0)).abs() < 600_000, "{end}");
}

#[test]
fn the_successor_can_be_rotated_itself_and_one_switched_off_is_none() {
    let home = Home::new();
    for (rotated, change) in [("c4d81f3a", json!({})), ("3f0c2a91", json!({"active": false}))] {
        let shelf = Shelf::new();
        let script = Script::new().shelf(&shelf).start();
        keys(&home, "rotate 3f0c2a91", &script).run().exits(0);
        shelf.change(MULTI, json!({"createDate": days_from_now(-9.0)}));
        shelf.change(MADE[0], change);
        keys(&home, &format!("rotate {rotated}"), &script).run().exits(0).stdout_has(MADE[1]);
    }
}

#[test]
fn a_rotation_half_done_is_finished_by_ending_the_old_key() {
    let shelf = Shelf::new();
    let failing = Script::new().on("PUT", "/v2/service/key", wire::body(500, "error-forbidden"));
    let script = failing.shelf(&shelf).start();
    let home = Home::new();
    let outcome = keys(&home, "rotate 3f0c2a91 --overlap 7d --yes --timeout 4s", &script).run();
    outcome.exits(4).stdout_has(MADE[0]).stderr_has("keys update 3f0c2a91 --expires-in 7d");
    outcome.stderr_lacks("same command again");

    // The same command once more makes nothing, and names what finishes the job.
    let script = Script::new().shelf(&shelf).start();
    let outcome = keys(&home, "rotate 3f0c2a91 --overlap 7d --yes", &script).run();
    outcome.exits(13).stderr_has("keys update 3f0c2a91 --expires-in 7d");
    assert!(script.writes().is_empty());
    keys(&home, "update 3f0c2a91 --expires-in 7d", &script).run().exits(0);
}

#[test]
fn a_rotation_to_a_key_without_an_end_asks_as_create_does() {
    let shelf = Shelf::new();
    shelf.change(MULTI, json!({"preApproved": true}));
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    keys(&home, "rotate 3f0c2a91 --no-expiry", &script).run().exits(2).stderr_has("--yes");
    assert!(script.writes().is_empty());
    keys(&home, "rotate 3f0c2a91 --no-expiry --yes", &script).run().exits(0);
}

#[test]
fn what_was_written_is_named_where_the_result_cannot_be() {
    let home = Home::new();
    for (args, done, look) in [
        (
            "create --port SYD1-A --expires-in 30d",
            "created service key c4d81f3a",
            "keys show c4d81f3a --reveal",
        ),
        (
            "create --port SYD1-A --expires-in 30d -o json",
            "created service key c4d81f3a",
            "keys show c4d81f3a",
        ),
        ("rotate 3f0c2a91", "created service key c4d81f3a", "keys show c4d81f3a --reveal"),
        ("rotate 3f0c2a91 -o json", "3f0c2a91 expires", "keys show c4d81f3a --reveal"),
        ("update 3f0c2a91 --max-speed 2000", "updated 3f0c2a91: speed 1000", "keys show 3f0c2a91"),
        ("update 3f0c2a91 --max-speed 2000 -o yaml", "updated 3f0c2a91", "keys show 3f0c2a91"),
        ("deactivate 3f0c2a91", "deactivated 3f0c2a91", "see the output above"),
        ("deactivate 3f0c2a91 b27d4e05", "deactivated b27d4e05", "see the output above"),
        ("deactivate 3f0c2a91 b27d4e05 -o json", "deactivated b27d4e05", "it is named above"),
        ("activate 3f0c2a91 --fields id", "3f0c2a91 is already activated", "it is named above"),
    ] {
        let script = Script::new().shelf(&Shelf::new()).start();
        let outcome = keys(&home, args, &script).run_with_full_stdout();
        outcome.exits(1).stderr_has(done).stderr_has(look).stderr_has("the change was made");
        for whole in [MADE[0], MULTI, SINGLE] {
            outcome.stderr_lacks(whole);
        }
    }
}

#[test]
fn an_update_that_changed_nothing_is_not_called_one() {
    let deaf = |shelf: &Shelf| {
        let shelf = shelf.clone();
        move |_: &Request, _: usize| Answer::ok(shelf.key(MULTI))
    };
    let shelf = Shelf::new();
    let script = Script::new().on("PUT", "/v2/service/key", deaf(&shelf)).shelf(&shelf).start();
    let home = Home::new();
    let outcome = keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s", &script).run();
    outcome.exits(14).stdout_is("").stderr_has("3f0c2a91 is unchanged");
    let outcome = keys(&home, "update 3f0c2a91 --max-speed 2000 --timeout 4s -o json", &script).run();
    assert_eq!(outcome.exits(14).json()["max_speed_mbps"], 1000);
}

#[test]
fn a_life_of_more_than_two_years_counts_as_none_that_ends() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    let wide = "create --port SYD1-A --multi-use --pre-approved";
    for life in ["--expires-in 26000d", "--expires-in 733d", "--expires-in 2099-01-01", "--no-expiry"] {
        keys(&home, &format!("{wide} {life}"), &script).run().exits(2).stderr_has("--yes");
    }
    keys(&home, "update 3f0c2a91 --pre-approved --expires-in 9999d", &script)
        .run()
        .exits(2)
        .stderr_has("--yes");
    assert!(script.writes().is_empty());
    keys(&home, &format!("{wide} --expires-in 730d"), &script).run().exits(0);
    let outcome = keys(&home, &format!("{wide} --expires-in 26000d --yes"), &script).run();
    outcome.exits(0).stderr_has("without approval");
    assert_eq!(posts(&script), 2);
}

#[test]
fn a_file_that_is_no_key_is_told_in_words() {
    let script = Script::new().start();
    let home = Home::new();
    for (text, said) in [
        (
            r#"["SYD1-A", null, 500, true, true, true, null, null, null, "30d", null, null]"#,
            "expected an object",
        ),
        (r#"{"port": "SYD1-A", "maxSpeed": "500"}"#, "field maxSpeed: expected a number of Mbps"),
    ] {
        let outcome = keys(&home, "create --from-file -", &script).stdin(text).run();
        outcome.exits(2).stderr_has(said).stderr_lacks("u64").stderr_lacks("Document");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn switching_several_keys_shows_each_and_what_follows() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    let mut terminal =
        keys(&home, "deactivate 3f0c2a91 b27d4e05", &script).env("NO_COLOR", "1").in_terminal(140, 30);
    let before = terminal.expect("Deactivate 2 service keys?");
    for said in [
        "SYD1-A",
        "any number of connections",
        "one connection",
        "rejected",
        "existing connections are not affected",
    ] {
        assert!(before.contains(said), "{said}: {before}");
    }
    terminal.send_line("n");
    terminal.exits(5);
}

#[test]
fn a_batch_that_failed_in_part_does_not_name_what_is_not_there_to_be_sent_again() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let outcome = keys(&Home::new(), "deactivate 3f0c2a91 ffffffff", &script).run();
    outcome
        .exits(12)
        .stderr_has("service key ffffffff not found")
        .stderr_lacks("retry")
        .stderr_lacks("again");
}

#[test]
fn what_cannot_be_deleted_is_told_with_the_key_alone() {
    let home = Home::new();
    for args in
        ["remove 8ea6f3bf -o json", "delete -o json 8ea6f3bf --yes", "rm 8ea6f3bf --force --env sandbox"]
    {
        let outcome = home.portgate(&format!("keys {args}")).run();
        outcome.exits(2).stderr_has("keys deactivate 8ea6f3bf");
        outcome.stderr_lacks("8ea6f3bf json").stderr_lacks("8ea6f3bf sandbox");
    }
}

#[test]
fn a_key_is_found_without_its_dashes_and_one_that_goes_on_otherwise_is_said_so() {
    let shelf = Shelf::new();
    let script = Script::new().shelf(&shelf).start();
    let home = Home::new();
    for given in ["3f0c2a917b54", "3f0c2a917b544d1e8c369a5e0f7d2b14", "3F0C2A91-7b54"] {
        for verb in ["show", "activate"] {
            keys(&home, &format!("{verb} {given}"), &script).run().exits(0).stdout_has("3f0c2a91");
        }
    }
    for verb in ["show", "activate"] {
        let outcome = keys(&home, &format!("{verb} 3f0c2a91ffff"), &script).run();
        outcome
            .exits(8)
            .stderr_has("a key starts with these characters, but the rest doesn't match")
            .lacks("ffff");
    }
}

#[test]
fn a_key_that_is_not_there_is_named_as_given_unless_it_could_be_one() {
    let script = Script::new().shelf(&Shelf::new()).start();
    let home = Home::new();
    for verb in ["deactivate", "activate", "show", "update --description x"] {
        let run = |key: &str| keys(&home, &format!("{verb} {key}"), &script).run();
        let missing = run("nosuchkey");
        missing.exits(8).stderr_has("service key nosuchkey not found").stderr_lacks("starts with these");
        let other = run("00000000abcdef");
        other.exits(8).stderr_has("service key 00000000 not found").lacks("abcdef");
        other.stderr_lacks("starts with these");
        // With a typing error it is still as good as the key.
        let mistyped = run("3f0c2a91-1234-4b1c-9d2e-0123456789aO");
        mistyped.exits(8).lacks("4b1c");
    }
}
