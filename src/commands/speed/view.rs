//! Output of speed changes: an approval, with the utilization of its port.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::api::products::CapacityGroup;
use crate::commands::approvals::view;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Approval, Status};
use crate::domain::ports::Share;
use crate::domain::ports::room::Rooms;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::text::Mbps;
use crate::text::tone::{Tone, Toned};

/// A speed change in JSON: an approval with these fields. The names are stable.
#[derive(Debug, Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    approval: &'a Approval,
    /// Mbps more than now.
    change_mbps: Option<Mbps>,
    sold_before_mbps: Option<Mbps>,
    sold_after_mbps: Option<Mbps>,
    sold_before_percent: Option<u64>,
    sold_after_percent: Option<u64>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&record(&view::whole(), None))
}

/// The rows of `speed list`: those that share a port count one on top of the other.
pub(super) fn list<'a>(
    approvals: &'a [Approval],
    ids: &ShortIds,
    _now: Timestamp,
    rooms: &Rooms,
) -> ListView<'a> {
    type Row<'a> = (&'a Approval, Option<Share>);
    let mut added: HashMap<CapacityGroup, Mbps> = HashMap::new();
    let rows: Vec<Row<'_>> =
        approvals.iter().map(|approval| (approval, share_of(approval, rooms, &mut added))).collect();
    let columns = vec![
        Column::new("ID", |(one, _): &Row<'_>| ids.shorten(&one.id).to_owned()),
        Column::text("ACCOUNT", |(one, _): &Row<'_>| view::account(one))
            .only_if(approvals.iter().any(|one| one.account.is_some())),
        Column::text("CUSTOMER", |(one, _): &Row<'_>| view::customer(one)).with_mark(view::NEW_CUSTOMER),
        Column::new("CURRENT", |(one, _): &Row<'_>| {
            one.rate_limit_mbps.map_or_else(|| "?".to_owned(), |mbps| mbps.to_string())
        })
        .right()
        .drop_at(2),
        Column::new("REQUESTED", |(one, _): &Row<'_>| one.new_rate_limit_mbps).right().drop_at(0),
        Column::new("CHANGE", |(one, _): &Row<'_>| {
            // Decided requests no longer change the port.
            let change = one.change_mbps().filter(|_| one.status == Status::Pending);
            change.map(|change| format!("+{change}"))
        })
        .right()
        .drop_at(3),
        Column::text("PORT", |(one, _): &Row<'_>| view::port(one)).drop_at(4),
        Column::new("PORT SOLD", |(_, share): &Row<'_>| match share {
            Some(share) if share.is_above(100) => Toned::new(Tone::Bad, share.to_string()),
            share => share.map(|share| share.to_string()).into(),
        })
        .drop_at(1),
        Column::new("STATUS", |(one, _): &Row<'_>| one.status.word())
            .only_if(approvals.iter().any(|one| one.status != Status::Pending))
            .drop_at(5),
        view::claimed_by(approvals).for_part(|(one, _): &Row<'_>| *one),
        view::proposed_by(approvals).for_part(|(one, _): &Row<'_>| *one),
    ];
    ListView::new(rows, columns, |&(approval, share)| record(approval, share))
}

fn record(approval: &Approval, share: Option<Share>) -> Record<'_> {
    Record {
        approval,
        change_mbps: approval.change_mbps(),
        sold_before_mbps: share.map(|share| share.before_mbps),
        sold_after_mbps: share.map(|share| share.after_mbps),
        sold_before_percent: share.and_then(Share::before_percent),
        sold_after_percent: share.and_then(Share::after_percent),
    }
}

/// What the port has sold before and after, with those above it in the list accepted.
fn share_of(approval: &Approval, rooms: &Rooms, added: &mut HashMap<CapacityGroup, Mbps>) -> Option<Share> {
    if approval.status != Status::Pending {
        return None;
    }
    let port = approval.my_end()?.product_uid.as_ref()?;
    let change = approval.added_mbps()?;
    let room = rooms.of_port(port)?;
    let already = added.entry(rooms.group_of(port)?.clone()).or_default();
    let share = Share::new(room, *already, change);
    *already += change;
    Some(share)
}
