//! What happens with time alone: deployments that end, requests that expire, old VXCs that go.
//!
//! Applied when the file is opened and before each read and write, so that a process that runs for a moment and
//! a server that runs for days tell the same story. With nothing due it costs two look-ups in small indexes.

use rusqlite::{Connection, TransactionBehavior};

use crate::sandbox::domain::{lifecycle, partner};
use crate::sandbox::store::{queue, vxcs};

/// VXCs, or entries of the queue, taken at a time.
const BATCH: i64 = 500;

/// Applies everything due by now, in one transaction. Doing it again changes nothing.
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
