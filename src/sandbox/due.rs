//! Events caused by time: completed deployments, expired requests, removed VXCs.
//!
//! They are applied when the file is opened and before each read and write, so that short commands and
//! long-running servers show the same state. If nothing is due, this costs two lookups in small indexes.

use rusqlite::{Connection, TransactionBehavior};

use crate::sandbox::domain::{lifecycle, partner};
use crate::sandbox::store::{queue, vxcs};

/// The batch size, in VXCs or queue entries.
const BATCH: i64 = 500;

/// Applies all due events in one transaction. Idempotent.
pub(crate) fn apply(connection: &mut Connection, now_ms: i64) -> rusqlite::Result<()> {
    if !vxcs::any_due(connection, now_ms)? && !queue::any_due(connection, now_ms)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    loop {
        let due = vxcs::due(&transaction, now_ms, BATCH)?;
        if due.is_empty() {
            break;
        }
        for vxc in &due {
            lifecycle::step(&transaction, vxc, vxc.due_at.unwrap_or(now_ms))?;
        }
    }
    loop {
        let due = queue::due(&transaction, now_ms, BATCH)?;
        if due.is_empty() {
            break;
        }
        for entry in &due {
            partner::expire(&transaction, entry, entry.due_at.unwrap_or(now_ms))?;
        }
    }
    transaction.commit()
}
