//! What commands print that need a ledger in a database: claims, proposals, and the ledger's own.

use super::Stage;
use super::stage::Dialogue;
use crate::common::Postgres;

const SUPERUSER: &str = "postgres";

/// A server of the test's own: the roles of a ledger are those of a whole server.
fn server() -> Option<Postgres> {
    let postgres = Postgres::start()?;
    for login in ["ana", "ben"] {
        postgres.login(login);
    }
    Some(postgres)
}

/// An empty database, and a stage whose commands use it as its owner.
fn with_database(noun: &'static str, postgres: &Postgres, database: &str) -> Stage {
    postgres.sql(SUPERUSER, &format!("CREATE DATABASE {database}"));
    Stage::bare(noun).operator("owner", postgres, SUPERUSER, database)
}

/// A database with a ledger, a sandbox where each accepted request needs a second person, and ana.
fn team(postgres: &Postgres, database: &str) -> Stage {
    let stage = with_database("approvals", postgres, database);
    stage
        .prepare("ledger init --writer ana --writer ben")
        .limits("second_person = \"always\"")
        .operator("ana", postgres, "ana", database)
}

#[test]
fn claims_and_proposals() {
    let Some(postgres) = server() else { return };
    let propose = "approvals accept 7c1e09ab 33eccbef --concurrency 1 --yes";
    team(&postgres, "forms")
        .lines(&[
            ("claim", "approvals claim 7c1e09ab"),
            ("claim_json", "approvals claim 7c1e09ab 33eccbef --for 90m -o json"),
            ("claim_wrong_time", "approvals claim 7c1e09ab --for 30d"),
            ("claimed_list", "approvals list"),
            ("release", "approvals release 7c1e09ab"),
            ("release_again", "approvals release 7c1e09ab"),
            ("release_json", "approvals release 33eccbef -o json"),
            ("propose", propose),
            ("propose_again", propose),
            ("propose_confirm", "approvals confirm 7c1e09ab --yes"),
            ("proposals_csv", "approvals proposals -o csv"),
        ])
        .operator("ben", &postgres, "ben", "forms")
        .lines(&[
            ("proposals", "approvals proposals"),
            ("proposals_json", "approvals proposals -o json"),
            ("proposed_deny", "approvals deny 7c1e09ab"),
            ("confirm_dry_run", "approvals confirm 7c1e09ab --dry-run"),
            ("confirm_json", "approvals confirm 7c1e09ab --yes -o json"),
            ("confirm_again", "approvals confirm 7c1e09ab --yes"),
            ("drop_json", "approvals drop 33eccbef --reason 'not now' -o json"),
            ("proposals_none", "approvals proposals"),
        ]);
    for (columns, database) in [(80, "narrow"), (200, "wide")] {
        let show = |stage: Stage, dialogues: &[Dialogue<'_>]| stage.at_width(columns, dialogues);
        let stage = show(
            team(&postgres, database),
            &[
                ("done_claim", "approvals claim 7c1e09ab 33eccbef", &[]),
                ("done_claimed_list", "approvals list", &[]),
                ("done_release", "approvals release 7c1e09ab 33eccbef", &[]),
                ("done_propose", "approvals accept 7c1e09ab 33eccbef --concurrency 1", &[("[y/N]", "y\r")]),
            ],
        );
        show(
            stage.operator("ben", &postgres, "ben", database),
            &[
                ("done_proposals", "approvals proposals", &[]),
                ("question_confirm", "approvals confirm 7c1e09ab", &[("[y/N]", "\r")]),
                ("done_confirm", "approvals confirm 7c1e09ab", &[("[y/N]", "y\r")]),
                ("done_drop", "approvals drop 33eccbef --reason 'not now'", &[]),
            ],
        );
    }
}

#[test]
fn the_ledger_of_a_team() {
    let Some(postgres) = server() else { return };
    let init = "ledger init --writer ana --writer ben";
    with_database("ledger", &postgres, "forms").lines(&[
        ("team_not_there", "ledger status"),
        ("init", init),
        ("init_again", init),
        ("init_json", &format!("{init} -o json")),
        ("migrate", "ledger migrate"),
        ("migrate_json", "ledger migrate -o json"),
        ("sync", "ledger sync"),
        ("sync_json", "ledger sync -o json"),
        ("team_status", "ledger status"),
    ]);
    for (columns, database) in [(80, "narrow"), (200, "wide")] {
        with_database("ledger", &postgres, database).at_width(
            columns,
            &[
                ("done_init", init, &[]),
                ("done_migrate", "ledger migrate", &[]),
                ("done_sync", "ledger sync", &[]),
                ("done_team_status", "ledger status", &[]),
            ],
        );
    }
}
