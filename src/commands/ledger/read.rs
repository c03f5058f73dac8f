//! Reads the ledger.

use crate::error::Error;
use crate::ledger::{Attempt, Found, Search};
use crate::session::context::Context;
use crate::text::words;

/// The changes that are looked for, and that `keep` keeps; warns about lines that can't be read.
pub(in crate::commands) async fn find(
    context: &Context,
    search: &Search,
    keep: impl Fn(&Attempt) -> bool,
) -> Result<Found, Error> {
    let ledger = context.ledger()?;
    let found = context.with_progress("reading the ledger", ledger.find(search, keep)).await?;
    if found.unread > 0 {
        let lines = words::count(found.unread, "line", "lines");
        let place = ledger.place();
        context.terminal.warn(&format!("skipped {lines} of {place} that could not be read"));
    }
    Ok(found)
}
