//! The guide to a team's ledger: its commands run against a database of the test's own.

use super::shown::{Machine, check};
use crate::common::{Home, Postgres};

/// The page.
pub(super) const PAGE: &str = "docs/src/guides/team-ledger.md";
/// The database as the page names it.
const DATABASE: &str = "db.example.net/desk";

/// A server with the page's database.
struct Server {
    postgres: Postgres,
    name: String,
}

impl Machine for Server {
    fn as_tested(&self, text: &str) -> String {
        ["ana", "ben"].iter().fold(text.to_owned(), |text, login| {
            let address = self.postgres.address(login, &self.name);
            text.replace(&format!("postgres://{login}@{DATABASE}"), &address)
        })
    }

    fn as_shown(&self, text: &str) -> String {
        text.replace(&format!("127.0.0.1:{}/{}", self.postgres.port(), self.name), DATABASE)
    }
}

#[test]
fn a_team_ledger_is_shown_as_in_the_readme() {
    let Some(postgres) = Postgres::start() else { return };
    for login in ["ana", "ben"] {
        postgres.login(login);
    }
    let name = postgres.database().name;
    let home = Home::new();
    let init = home.portgate("ledger init --writer ana --writer ben");
    init.env("PORTGATE_LEDGER", postgres.address("postgres", &name)).run().exits(0);
    check(PAGE, &Server { postgres, name });
}
