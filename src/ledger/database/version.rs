//! The version of the tables in the database.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::DatabaseLedger;
use super::failure::Failure;
use crate::exit::Exit;
use crate::ledger::unusable_error;

/// The table of the migrations that were applied.
pub(super) const TABLE: &str = "portgate.migrations";
/// The newest version of the tables that this portgate knows.
pub(super) const VERSION: i32 = 3;

/// Checks that the tables have the version of this portgate.
///
/// # Errors
/// They have another one, or there are none.
pub(super) async fn check_version(ledger: &DatabaseLedger, client: &Client) -> Result<(), Failure> {
    let version = version_of(client).await.map_err(|error| ledger.failure(&error))?;
    let error = || unusable_error(Exit::Network, &ledger.address);
    let unusable = |why: String, hint: &str| Err(Failure::Final(error().reason(why).hint(hint)));
    match version {
        Some(VERSION) => Ok(()),
        Some(newer) if newer > VERSION => Err(Failure::Final(error().of_newer(newer, VERSION))),
        Some(older) => unusable(
            format!("its tables have version {older}, but this portgate needs version {VERSION}"),
            "migrate it: portgate ledger migrate",
        ),
        None => unusable("there is no ledger in this database".to_owned(), "create it: portgate ledger init"),
    }
}

/// The version of the tables; `None` if there are none.
pub(super) async fn version_of(client: &Client) -> Result<Option<i32>, tokio_postgres::Error> {
    let asking = format!("SELECT max(version)::int AS version FROM {TABLE}");
    match client.query_one(&asking, &[]).await {
        Ok(row) => row.try_get("version"),
        Err(error) => match error.code() {
            Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME) => Ok(None),
            _ => Err(error),
        },
    }
}
