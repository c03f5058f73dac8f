//! How speed changes look: an approval, with what it makes of its port.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::commands::approvals::view;
use crate::domain::approvals::Approval;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::ports::Share;
use crate::domain::ports::room::Rooms;
use crate::render::fields::Known;
use crate::render::output::ListView;
use crate::render::table::Column;

/// What a speed change has beside the fields of an approval.
pub(in crate::commands) const FIELDS: Known =
    &["change_mbps", "sold_before_mbps", "sold_after_mbps", "sold_before_percent", "sold_after_percent"];

/// A speed change as a program reads it: an approval and these. The names are a promise.
#[derive(Debug, Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    approval: &'a Approval,
    /// Mbps more than now.
    change_mbps: Option<u64>,
    sold_before_mbps: Option<u64>,
    sold_after_mbps: Option<u64>,
    sold_before_percent: Option<u64>,
    sold_after_percent: Option<u64>,
}

/// The rows of `speed list`: those that share a port count one on top of the other.
pub(super) fn list(
    approvals: &[Approval],
    ids: &ShortIds,
    _now: Timestamp,
    rooms: &Rooms,
) -> anyhow::Result<ListView> {
    let pending = approvals.iter().all(|one| one.status == crate::domain::approvals::Status::Pending);
    let mut columns = vec![
        Column::fixed("ID"),
        Column::text("CUSTOMER"),
        Column::fixed("NOW").right().drop_at(2),
        Column::fixed("ASKED").right().drop_at(0),
        Column::fixed("CHANGE").right().drop_at(3),
        Column::text("PORT").drop_at(4),
        Column::fixed("PORT SOLD").drop_at(1).tinted(crate::render::tint::room_tint),
    ];
    if !pending {
        columns.push(Column::fixed("STATUS").drop_at(5));
    }
    let mut added: HashMap<String, u64> = HashMap::new();
    let mut rows = Vec::with_capacity(approvals.len());
    let mut records = Vec::with_capacity(approvals.len());
    for approval in approvals {
        let change = approval.change_mbps();
        let share = share_of(approval, rooms, &mut added);
        let number = |mbps: Option<u64>| mbps.map_or_else(|| "-".to_owned(), |mbps| mbps.to_string());
        // What is decided changes nothing any more.
        let shown = change.filter(|_| approval.status == crate::domain::approvals::Status::Pending);
        let mut row = vec![
            ids.of(&approval.id).to_owned(),
            approval.customer_label().to_owned(),
            approval.rate_limit_mbps.map_or_else(|| "?".to_owned(), |mbps| mbps.to_string()),
            number(approval.new_rate_limit_mbps),
            shown.map_or_else(|| "-".to_owned(), |change| format!("+{change}")),
            view::port(approval),
            share.map_or_else(|| "-".to_owned(), |share| share.to_string()),
        ];
        if !pending {
            row.push(approval.status.word().to_owned());
        }
        rows.push(row);
        records.push(serde_json::to_value(Record {
            approval,
            change_mbps: change,
            sold_before_mbps: share.map(|share| share.before_mbps),
            sold_after_mbps: share.map(|share| share.after_mbps),
            sold_before_percent: share.and_then(Share::before_percent),
            sold_after_percent: share.and_then(Share::after_percent),
        })?);
    }
    Ok(ListView { columns, rows, records })
}

/// What the port has sold before and after, with those above it in the list accepted.
fn share_of(approval: &Approval, rooms: &Rooms, added: &mut HashMap<String, u64>) -> Option<Share> {
    if approval.status != crate::domain::approvals::Status::Pending {
        return None;
    }
    let port = approval.my_end()?.product_uid.as_deref()?;
    let change = approval.added_mbps()?;
    let room = rooms.of_port(port)?;
    let already = added.entry(rooms.group_of(port)?.to_owned()).or_default();
    let share = Share::of(room, *already, change);
    *already += change;
    Some(share)
}
