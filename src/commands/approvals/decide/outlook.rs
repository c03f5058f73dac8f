//! The combined consequences of several decisions, as a table before confirmation and in a dry run.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::api::vlan::Vlan;
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::decision::{Decider, Order, vlans_ahead};
use crate::commands::approvals::{list, records, view};
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Approval, Decision, Held, Kind, Status};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::ports::room::Rooms;
use crate::domain::ports::scan::{Keep, Port};
use crate::domain::ports::vlan::VlanChoice;
use crate::domain::ports::{Ceiling, Excess};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::render::table::{Column, Table};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::tone::{Tone, Toned};

/// Blocked requests that a warning names.
const MOST_NAMED: usize = 5;

/// The requests before anything is decided, with their ports.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    /// One per decision, in order; `None` if it could not be read.
    seen: Vec<Option<Approval>>,
    /// Whether a filter selected all requests that `--all` selects.
    pub(super) is_everything: bool,
    rooms: Rooms,
    ports: Vec<Port>,
    ids: ShortIds,
    /// Positions of requests that can't be accepted because their VLAN is taken.
    blocked: HashSet<usize>,
    /// Positions of requests that somebody else has in work, or must confirm.
    held: HashSet<usize>,
    /// The free VLANs that the requests would get, as far as known.
    vlans: Vec<Option<Vlan>>,
}

impl Outlook {
    pub(crate) fn of_list(collected: Collected, chosen: Vec<Approval>, by_filter: bool) -> Self {
        let all = collected.approvals.iter().filter(|one| one.is_in_all()).count();
        let is_everything = by_filter && chosen.len() == all;
        let Collected { approvals, rooms, ports, .. } = collected;
        let ids = ShortIds::from_ids(approvals.iter().map(|approval| approval.id.as_str()));
        let seen = chosen.into_iter().map(Some).collect();
        Outlook { seen, is_everything, rooms, ports, ids, ..Outlook::default() }
    }

    /// Requests given by ID. Read errors are reported when each is decided.
    pub(crate) async fn of_named(context: &Context, connection: &mut Connection, chosen: &[Chosen]) -> Self {
        let named = chosen.iter().filter_map(|one| one.named.as_ref().ok());
        let prefixes: Vec<String> = named.map(|named| named.id.clone()).collect();
        if prefixes.is_empty() {
            return Outlook { seen: vec![None; chosen.len()], ..Outlook::default() };
        }
        let wanted = Wanted { keep: Keep::Prefixes(prefixes), vlans: true, only: None };
        let reading = list::read_quietly(connection, &wanted);
        let (approvals, rooms, ports) = match context.during("reading the requests", reading).await {
            Ok(Collected { approvals, rooms, ports, .. }) => (approvals, rooms, ports),
            Err(_) => Default::default(),
        };
        let decider = Decider::new(context, connection);
        let mut seen = Vec::with_capacity(chosen.len());
        for one in chosen {
            let Ok(named) = &one.named else {
                seen.push(None);
                continue;
            };
            let listed = approvals.iter().find(|approval| approval.id.eq_ignore_ascii_case(&named.id));
            seen.push(match listed {
                Some(approval) => Some(approval.clone()),
                // Not listed: already decided, or the list could not be read.
                None => context
                    .during("reading the requests", decider.read(named))
                    .await
                    .ok()
                    .map(|reading| reading.approval),
            });
        }
        let ids = ShortIds::from_ids(seen.iter().flatten().map(|approval| approval.id.as_str()));
        Outlook { seen, rooms, ports, ids, ..Outlook::default() }
    }

    /// Adds who has the requests in work, or has proposed them.
    pub(crate) async fn look_for_holders(
        &mut self,
        context: &Context,
        connection: &Connection,
        orders: &[&Order],
    ) {
        let mut approvals: Vec<Approval> = self.seen.iter().flatten().cloned().collect();
        records::complete(context, connection, &mut approvals).await;
        self.seen.iter_mut().flatten().zip(approvals).for_each(|(seen, complete)| *seen = complete);
        let is_held = |(seen, order): (&Option<Approval>, &&Order)| match seen.as_ref()?.held? {
            Held::Proposed if order.is_confirmation => None,
            held => Some(held),
        };
        let held = self.seen.iter().zip(orders).map(is_held).enumerate();
        self.held = held.filter_map(|(position, held)| held.map(|_| position)).collect();
    }

    /// Updates the room after each request, cumulatively over those accepted. A request whose VLAN is taken is not.
    pub(crate) fn count_down_room(&mut self, orders: &[&Order]) {
        let mut given = HashSet::new();
        let mut blocked = HashSet::new();
        for (position, (seen, order)) in self.seen.iter().zip(orders).enumerate() {
            let Some(approval) = seen.as_ref().filter(|one| one.status == Status::Pending) else { continue };
            let keeps_vlan = order.vlan.is_none() && order.move_to.is_none();
            let is_taken =
                approval.vlan_free == Some(false) || vlan_given_twice(approval, order, &mut given).is_some();
            if keeps_vlan && is_taken && order.decision == Decision::Accept {
                blocked.insert(position);
            }
        }
        self.blocked = blocked;
        let mut pending: Vec<(usize, Approval)> = Vec::new();
        for (position, (seen, order)) in self.seen.iter_mut().zip(orders).enumerate() {
            let Some(approval) = seen else { continue };
            approval.room_after_mbps = None;
            if approval.status == Status::Pending {
                pending.push((position, as_ordered(approval, order, &self.ports)));
            }
        }
        let is_accepted =
            |position: usize| orders[position].decision == Decision::Accept && self.is_free(position);
        let counted = pending.iter_mut().map(|(position, approval)| (approval, is_accepted(*position)));
        self.rooms.assign_if_accepted(counted);
        for (position, counted) in pending {
            if let Some(Some(approval)) = self.seen.get_mut(position) {
                approval.room_after_mbps = counted.room_after_mbps;
                approval.port_speed_mbps = counted.port_speed_mbps;
            }
        }
    }

    /// Looks for the free VLANs that the orders ask for.
    pub(crate) async fn look_for_vlans(&mut self, decider: &Decider<'_>, orders: &[&Order]) {
        if !orders.iter().any(|order| order.vlan.is_some_and(VlanChoice::may_look)) {
            return;
        }
        let is_pending = |one: &&Approval| one.status == Status::Pending;
        let decisions = self.seen.iter().zip(orders);
        let decisions = decisions.map(|(seen, order)| Some((seen.as_ref().filter(is_pending)?, *order)));
        let looking = vlans_ahead(decider, decisions);
        self.vlans = decider.context.during("reading the ports", looking).await;
    }

    /// What each accepted request exceeds, on top of those before it.
    pub(crate) fn excesses(&self, orders: &[&Order], ceiling: Option<Ceiling>) -> Vec<Option<Excess>> {
        let excess = |(position, (seen, order)): (usize, (&Option<Approval>, &&Order))| {
            let seen = seen.as_ref().filter(|_| self.is_free(position));
            let seen = seen.filter(|one| one.status == Status::Pending)?;
            let accepted = (order.decision == Decision::Accept).then(|| as_ordered(seen, order, &self.ports));
            Excess::of(&accepted?, ceiling?)
        };
        self.seen.iter().zip(orders).enumerate().map(excess).collect()
    }

    pub(crate) fn seen(&self, position: usize) -> Option<&Approval> {
        self.seen.get(position)?.as_ref()
    }

    /// A sentence about the requests that can't be accepted because their VLAN is taken, if there are any.
    pub(crate) fn blocked_sentence(&self) -> Option<String> {
        let mut blocked: Vec<usize> = self.blocked.iter().copied().collect();
        blocked.sort_unstable();
        let id = |&position: &usize| Some(self.ids.shorten(&self.seen(position)?.id));
        let ids: Vec<&str> = blocked.iter().take(MOST_NAMED).filter_map(id).collect();
        let ids = ids.join(", ");
        match blocked.len() {
            0 => None,
            1 => Some(format!("1 request can't be accepted because its VLAN is taken: {ids}")),
            several => {
                let more = several.saturating_sub(MOST_NAMED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                Some(format!(
                    "{several} requests can't be accepted because their VLANs are taken: {ids}{more}"
                ))
            }
        }
    }

    /// A sentence about the requests that others have claimed or proposed, if there are any.
    pub(crate) fn held_sentence(&self) -> Option<String> {
        match self.held.len() {
            0 => None,
            1 => {
                let by = self.held.iter().find_map(|&position| self.seen(position)?.held_by())?;
                Some(format!("1 request can't be decided: it is {by}"))
            }
            several => Some(format!("{several} requests can't be decided: they are claimed or proposed")),
        }
    }

    /// Why this one is no part of the question: it isn't sent, even if it is free by then.
    pub(crate) fn held_error(&self, position: usize) -> Option<Error> {
        let approval = self.seen(position).filter(|_| self.held.contains(&position))?;
        let Approval { id, .. } = approval;
        let hint = match approval.held? {
            Held::Claimed => Hint::from("wait until the claim ends, or ask for it to be released"),
            Held::Proposed => {
                Hint::call("another person confirms it with: ", format!("approvals confirm {id}"))
            }
        };
        let message = format!("{id} is {}; nothing was sent", approval.held_by()?);
        Some(Error::new(Exit::Conflict, message).hint(hint).about(id))
    }

    /// Positions of requests that can be decided: pending or unknown, and neither blocked nor held.
    pub(crate) fn decidable(&self) -> impl Iterator<Item = usize> {
        self.undecided().filter(|&position| self.is_free(position))
    }

    fn is_free(&self, position: usize) -> bool {
        !self.blocked.contains(&position) && !self.held.contains(&position)
    }

    /// Positions of requests that are pending or unknown.
    fn undecided(&self) -> impl Iterator<Item = usize> {
        let decided = |approval: &Approval| approval.status != Status::Pending;
        self.seen
            .iter()
            .enumerate()
            .filter(move |(_, seen)| !seen.as_ref().is_some_and(decided))
            .map(|(position, _)| position)
    }

    /// The consequences as sanitized lines: a table, then the requests already decided.
    pub(crate) fn lines(
        &self,
        chosen: &[Chosen],
        orders: &[&Order],
        now: Timestamp,
        width: Option<usize>,
    ) -> Vec<String> {
        let mut lines = Vec::new();
        let pending: Vec<usize> =
            self.undecided().filter(|&position| self.seen(position).is_some()).collect();
        if !pending.is_empty() {
            lines = self.table(&pending, orders, now, width);
        }
        for (position, one) in chosen.iter().enumerate() {
            match self.seen(position) {
                None => lines.push(format!("{}  could not be read", one.given)),
                Some(approval) if approval.status != Status::Pending => {
                    let (id, status) = (self.ids.shorten(&approval.id), approval.status.word());
                    let text = format!("skipped, already {status}: {id}  {}", view::sentence(approval));
                    lines.push(text);
                }
                Some(_) => {}
            }
        }
        lines
    }

    fn table(
        &self,
        positions: &[usize],
        orders: &[&Order],
        now: Timestamp,
        width: Option<usize>,
    ) -> Vec<String> {
        let mut given = HashSet::new();
        let mut rows = Vec::new();
        for &position in positions {
            let (Some(approval), Some(&order)) = (self.seen(position), orders.get(position)) else {
                continue;
            };
            let found = self.vlans.get(position).copied().flatten();
            let vlan = vlan_by_order(approval, order, found, &mut given);
            rows.push(Row { shown: as_ordered(approval, order, &self.ports), order, vlan });
        }
        let shown: Vec<Approval> = rows.iter().map(|row| row.shown.clone()).collect();
        let accepts = rows.iter().filter(|row| row.order.decision == Decision::Accept).count();
        let mut columns: Vec<Column<'_, Row<'_>>> = Vec::new();
        for column in view::columns(&shown, &self.ids, now) {
            let title = column.title().to_owned();
            let column = column.within(|row: &Row<'_>| &row.shown);
            columns.push(match title.as_str() {
                "VLAN" => column.unless(|row| row.vlan.clone()),
                // Nothing takes room then.
                "ROOM AFTER" if accepts == 0 => column.titled("ROOM IF ACCEPTED"),
                _ => column,
            });
        }
        let decision = Column::fixed("DECISION", |row: &Row<'_>| row.order.decision.word());
        columns.insert(1, decision.only_if(accepts != 0 && accepts != rows.len()));
        columns.push(
            Column::text("REASON", |row: &Row<'_>| row.order.reason.clone())
                .only_if(rows.iter().any(|row| row.order.reason.is_some()))
                .below(),
        );
        Table::new(&rows, columns).lines(width, false)
    }
}

/// The VLAN cell where it isn't the requested or given VLAN: a free one, if known by its number, or one that a request
/// above gets on the same port.
fn vlan_by_order<'a>(
    approval: &'a Approval,
    order: &Order,
    found: Option<Vlan>,
    given: &mut HashSet<(&'a str, Vlan)>,
) -> Option<Toned> {
    let free = || view::free_vlan(approval, found).into();
    match order.vlan {
        Some(VlanChoice::Next) => Some(free()),
        Some(VlanChoice::KeepOrNext) => {
            let has_none = approval.my_end().is_none_or(|end| end.vlan.is_none());
            let is_taken = approval.vlan_free == Some(false);
            let is_given = vlan_given_twice(approval, order, given).is_some();
            (has_none || is_taken || is_given).then(free)
        }
        _ => vlan_given_twice(approval, order, given),
    }
}

/// A request as it will be after its order.
struct Row<'a> {
    shown: Approval,
    order: &'a Order,
    /// Replaces the VLAN cell; with a tone if the VLAN is not available.
    vlan: Option<Toned>,
}

/// The VLAN cell if a request above gets the same VLAN on the same port.
fn vlan_given_twice<'a>(
    approval: &'a Approval,
    order: &Order,
    given: &mut HashSet<(&'a str, Vlan)>,
) -> Option<Toned> {
    let is_kept = matches!(order.vlan, None | Some(VlanChoice::KeepOrNext));
    let as_asked = order.decision == Decision::Accept && is_kept && order.move_to.is_none();
    let end = approval.my_end().filter(|end| as_asked && end.inner_vlan.is_none())?;
    let vlan = end.vlan.filter(|_| approval.kind == Kind::Connection)?;
    let is_first = given.insert((end.product_uid.as_deref()?, vlan));
    (!is_first).then(|| Toned::new(Tone::Bad, format!("{vlan} TWICE")))
}

/// The request with the order applied to my end.
fn as_ordered(approval: &Approval, order: &Order, ports: &[Port]) -> Approval {
    let mut approval = approval.clone();
    if order.vlan.is_some() || order.move_to.is_some() {
        approval.vlan_free = None;
    }
    if let Some(end) = approval.b_end.as_mut() {
        end.vlan = match order.vlan {
            Some(VlanChoice::Exactly(vlan)) => Some(vlan),
            Some(VlanChoice::Next | VlanChoice::KeepOrNext) | None => end.vlan,
        };
        if let Some(uid) = &order.move_to {
            let port = ports.iter().find(|port| port.product.product_uid.as_ref() == Some(uid));
            end.product_name = port.and_then(|port| port.product.product_name.clone());
            end.product_uid = Some(uid.clone());
        }
    }
    approval
}
