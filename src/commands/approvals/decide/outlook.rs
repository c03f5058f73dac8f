//! The combined consequences of several decisions, as a table before confirmation and in a dry run.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::expect::Expected;
use super::row::{Row, as_ordered, vlan_by_order};
use super::task::Task;
use crate::api::vlan::Vlan;
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::list::{reading, records};
use crate::commands::approvals::request::{Decider, Named, Order, expect_vlans};
use crate::commands::approvals::view;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Approval, Decision, Held, Kind, Status};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::ports::book::{Clash, VlanBook};
use crate::domain::ports::room::Rooms;
use crate::domain::ports::scan::{Keep, Port};
use crate::domain::ports::{Ceiling, Excess, read_with_its_lag};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::confirm_hint;
use crate::render::table::{Column, Table};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::fit::wrap_result;
use crate::text::words;

/// Blocked requests that a warning names.
const MOST_NAMED: usize = 5;

/// The requests before anything is decided, with their ports.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    /// One per decision, in order; `None` if it could not be read.
    seen: Vec<Option<Approval>>,
    /// Whether a filter selected all requests that the command's `--all` selects.
    pub(super) is_everything: bool,
    rooms: Rooms,
    ports: Vec<Port>,
    ids: ShortIds,
    /// Positions of requests that somebody else has in work, or must confirm.
    held: HashSet<usize>,
    /// Positions of requests that are not what was expected: they won't be decided.
    unexpected: HashSet<usize>,
    /// The VLANs that are set for the requests (`None` leaves that which was asked for), or why they can't be accepted; by
    /// position, as far as known.
    vlans: HashMap<usize, Result<Option<Vlan>, Clash>>,
}

impl Outlook {
    pub(crate) fn of_list(collected: Collected, chosen: Vec<Approval>, is_everything: bool) -> Self {
        let Collected { approvals, rooms, ports, .. } = collected;
        let ids = ShortIds::from_ids(approvals.iter().map(|approval| &approval.id));
        let seen = chosen.into_iter().map(Some).collect();
        Outlook { seen, is_everything, rooms, ports, ids, ..Outlook::default() }
    }

    /// A request given by ID, read by itself. Errors are reported when it is decided.
    pub(crate) async fn of_one(decider: &Decider<'_>, named: &Named) -> Self {
        let reading = async {
            let mut approval = decider.read(named).await.ok()?.approval;
            approval.customer.is_new = approval.customer.is_new.or(named.lead.is_new_customer);
            let port_uid = approval.my_end().and_then(|end| end.product_uid.clone());
            let Some(port_uid) = port_uid.filter(|_| approval.waits_on_me()) else {
                return Some((approval, Vec::new()));
            };
            let ports = read_with_its_lag(&decider.connection.client, &port_uid, decider.now()).await;
            let ports = ports.unwrap_or_default().ports;
            let is_it = |port: &&Port| port.product.product_uid.as_ref() == Some(&port_uid);
            if let (Some(port), Some(_), Kind::Connection) =
                (ports.iter().find(is_it), approval.my_end().and_then(|end| end.vlan), approval.kind)
            {
                approval.vlan_free = Some(port.taken_vlan_of(&approval).is_none());
            }
            Some((approval, ports))
        };
        let (seen, ports) = decider
            .context
            .with_progress("reading the request", reading)
            .await
            .map_or((None, Vec::new()), |(seen, ports)| (Some(seen), ports));
        let rooms = Rooms::from_ports(&ports);
        Outlook { seen: vec![seen], rooms, ports, ..Outlook::default() }
    }

    /// Requests given by ID. Read errors are reported when each is decided.
    pub(crate) async fn of_named(context: &Context, connection: &mut Connection, chosen: &[Chosen]) -> Self {
        let named = chosen.iter().filter_map(|one| one.named.as_ref().ok());
        let prefixes: Vec<String> = named.map(|named| named.id.to_string()).collect();
        if prefixes.is_empty() {
            return Outlook { seen: vec![None; chosen.len()], ..Outlook::default() };
        }
        let wanted = Wanted { keep: Keep::Prefixes(prefixes), vlans: true, only: None };
        let reading = reading::read_quietly(connection, &wanted);
        let (approvals, rooms, ports) = match context.with_progress("reading the requests", reading).await {
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
            let listed = approvals.iter().find(|approval| approval.id == named.id);
            seen.push(match listed {
                Some(approval) => Some(approval.clone()),
                // Not listed: already decided, or the list could not be read.
                None => context
                    .with_progress("reading the requests", decider.read(named))
                    .await
                    .ok()
                    .map(|reading| reading.approval),
            });
        }
        let ids = ShortIds::from_ids(seen.iter().flatten().map(|approval| &approval.id));
        Outlook { seen, rooms, ports, ids, ..Outlook::default() }
    }

    /// Adds who has the requests in work, or has proposed them.
    pub(crate) async fn look_for_holders(
        &mut self,
        context: &Context,
        connection: &Connection,
        orders: &[Order],
    ) {
        let mut approvals: Vec<Approval> = self.seen.iter().flatten().cloned().collect();
        records::complete(context, connection, &mut approvals).await;
        self.seen.iter_mut().flatten().zip(approvals).for_each(|(seen, complete)| *seen = complete);
        let is_held = |(seen, order): (&Option<Approval>, &Order)| match seen.as_ref()?.held? {
            Held::Proposed if order.is_confirmation() => None,
            held => Some(held),
        };
        let held = self.seen.iter().zip(orders).map(is_held).enumerate();
        self.held = held.filter_map(|(position, held)| held.map(|_| position)).collect();
    }

    /// Leaves out those that are not what was expected, each by its position.
    pub(crate) fn leave_out<'a>(&mut self, expected: impl Iterator<Item = &'a Expected>) {
        let is_other = |(seen, expected): (&Option<Approval>, &Expected)| {
            seen.as_ref().is_some_and(|seen| expected.refusal(seen).is_some())
        };
        let others = self.seen.iter().zip(expected).map(is_other).enumerate();
        self.unexpected = others.filter_map(|(position, is_other)| is_other.then_some(position)).collect();
    }

    /// Finds the VLAN of each request, and the room after it, cumulatively over those accepted. A request that can't get its
    /// VLAN is not.
    pub(crate) fn look_ahead(&mut self, orders: &[Order]) {
        self.book_vlans(orders);
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

    fn book_vlans(&mut self, orders: &[Order]) {
        let mut accepted = Vec::new();
        for (position, (seen, order)) in self.seen.iter().zip(orders).enumerate() {
            let pending = seen.as_ref().filter(|one| one.status == Status::Pending);
            let free = pending.filter(|_| !self.is_left_out(position));
            accepted.extend(
                free.filter(|_| order.decision == Decision::Accept).map(|one| (position, one, order)),
            );
        }
        let mut book = VlanBook::default();
        accepted.retain(|(_, approval, order)| order.seeker(approval).is_some());
        expect_vlans(&mut book, accepted.iter().map(|(_, approval, order)| (*order, Some(*approval))));
        for (position, approval, order) in accepted {
            let Some(seeker) = order.seeker(approval) else { continue };
            if !book.note_listed(&self.ports, seeker.port) {
                continue;
            }
            let chosen = book.choose(&seeker, order.vlan, &order.pool, None);
            if let Ok(set) = chosen {
                book.give(&seeker, set, approval);
            }
            self.vlans.insert(position, chosen);
        }
    }

    /// What each accepted request exceeds, on top of those before it.
    pub(super) fn excesses(&self, tasks: &[Task], ceiling: Option<Ceiling>) -> Vec<Option<Excess>> {
        let excess = |(position, (seen, Task { order, .. })): (usize, (&Option<Approval>, &Task))| {
            let seen = seen.as_ref().filter(|_| self.is_free(position));
            let seen = seen.filter(|one| one.status == Status::Pending)?;
            let accepted = (order.decision == Decision::Accept).then(|| as_ordered(seen, order, &self.ports));
            Excess::find(&accepted?, ceiling?)
        };
        self.seen.iter().zip(tasks).enumerate().map(excess).collect()
    }

    pub(crate) fn seen_approval(&self, position: usize) -> Option<&Approval> {
        self.seen.get(position)?.as_ref()
    }

    /// The VLAN that the request would be accepted with, if known.
    pub(super) fn shown_vlan(&self, position: usize) -> Option<Vlan> {
        let set = *self.vlans.get(&position)?.as_ref().ok()?;
        set.or_else(|| self.seen_approval(position)?.my_end()?.vlan)
    }

    /// Sentences about the requests that can't get their VLAN, if there are any, with what helps.
    pub(super) fn clash_sentences(&self, tasks: &[Task]) -> Vec<(String, Option<&'static str>)> {
        let (none_free, taken): (Vec<usize>, Vec<usize>) = self
            .undecided_positions()
            .filter(|position| matches!(self.vlans.get(position), Some(Err(_))))
            .partition(|position| self.vlans.get(position) == Some(&Err(Clash::NoneFree)));
        let whose = if taken.len() == 1 { "its VLAN is taken" } else { "their VLANs are taken" };
        let mut pools = none_free.iter().map(|&position| &tasks[position].order.pool);
        let pool = pools.next().filter(|first| !first.is_all() && pools.all(|pool| pool == *first));
        let within = pool.map(|pool| format!(" in {pool}")).unwrap_or_default();
        let free_for = if none_free.len() == 1 { "it" } else { "them" };
        let sentences = [
            (
                self.names(&taken),
                whose.to_owned(),
                Some("to assign free VLANs, use --vlan keep-or-next, or in a file, the vlan keep-or-next"),
            ),
            (self.names(&none_free), format!("no VLAN{within} is free for {free_for}"), None),
        ];
        let sentence = |(names, why, next): (Option<(String, String)>, String, _)| {
            let (count, ids) = names?;
            Some((format!("{count} can't be accepted because {why}: {ids}"), next))
        };
        sentences.into_iter().filter_map(sentence).collect()
    }

    /// The number of these requests, and the IDs of the first; `None` for no request.
    fn names(&self, positions: &[usize]) -> Option<(String, String)> {
        let id = |&position: &usize| Some(self.ids.shorten(&self.seen_approval(position)?.id));
        let ids: Vec<&str> = positions.iter().take(MOST_NAMED).filter_map(id).collect();
        let ids = ids.join(", ");
        let more = match positions.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let count = words::count(positions.len(), "request", "requests");
        (!positions.is_empty()).then(|| (count, format!("{ids}{more}")))
    }

    /// A sentence about the requests that are not what was expected, if there are any.
    pub(super) fn unexpected_sentence(&self) -> Option<String> {
        let others: Vec<usize> =
            self.undecided_positions().filter(|position| self.unexpected.contains(position)).collect();
        let (count, ids) = self.names(&others)?;
        let verb = if others.len() == 1 { "is" } else { "are" };
        Some(format!("{count} {verb} not what you expected and won't be decided: {ids}"))
    }

    /// A sentence about the requests that others have claimed or proposed, if there are any.
    pub(crate) fn held_sentence(&self) -> Option<String> {
        match self.held.len() {
            0 => None,
            1 => {
                let by = self.held.iter().find_map(|&position| self.seen_approval(position)?.held_by())?;
                Some(format!("1 request can't be decided: it is {by}"))
            }
            several => Some(format!("{several} requests can't be decided: they are claimed or proposed")),
        }
    }

    /// Why this one is no part of the question: it isn't sent, even if it is free by then.
    pub(crate) fn held_error(&self, position: usize) -> Option<Error> {
        let approval = self.seen_approval(position).filter(|_| self.held.contains(&position))?;
        let Approval { id, .. } = approval;
        let hint = match approval.held? {
            Held::Claimed => Hint::from("wait until the claim ends, or ask for it to be released"),
            Held::Proposed => confirm_hint(id),
        };
        let message = format!("{id} is {}; nothing was sent", approval.held_by()?);
        Some(Error::new(Exit::Conflict, message).hint(hint).resource(id))
    }

    /// Positions of requests that can be decided: pending or unknown, and neither blocked nor held.
    pub(crate) fn decidable(&self) -> impl Iterator<Item = usize> {
        self.undecided_positions().filter(|&position| self.is_free(position))
    }

    fn is_left_out(&self, position: usize) -> bool {
        self.held.contains(&position) || self.unexpected.contains(&position)
    }

    fn is_free(&self, position: usize) -> bool {
        !matches!(self.vlans.get(&position), Some(Err(_))) && !self.is_left_out(position)
    }

    /// Positions of requests that are pending or unknown.
    fn undecided_positions(&self) -> impl Iterator<Item = usize> {
        let decided = |approval: &Approval| approval.status != Status::Pending;
        self.seen
            .iter()
            .enumerate()
            .filter(move |(_, seen)| !seen.as_ref().is_some_and(decided))
            .map(|(position, _)| position)
    }

    /// The consequences as lines that fit: a table, then the requests already decided.
    pub(super) fn lines(&self, tasks: &[Task], now: Timestamp, width: Option<usize>) -> Vec<String> {
        let mut lines = Vec::new();
        let pending: Vec<usize> =
            self.undecided_positions().filter(|&position| self.seen_approval(position).is_some()).collect();
        if !pending.is_empty() {
            lines = self.table(&pending, tasks, now, width);
        }
        for (position, task) in tasks.iter().enumerate() {
            match self.seen_approval(position) {
                None => lines.push(format!("{}  could not be read", task.chosen.given)),
                Some(approval) if approval.status != Status::Pending => {
                    let (id, status) = (self.ids.shorten(&approval.id), approval.status.word());
                    let how = match approval.decision() == Some(task.order.decision) {
                        true => "skipped, already",
                        false => "can't be decided, already",
                    };
                    let text = format!("{how} {status}: {id}  {}", view::sentence(approval));
                    lines.extend(wrap_result(&text, width.unwrap_or(usize::MAX)));
                }
                Some(_) => {}
            }
        }
        lines
    }

    fn table(
        &self,
        positions: &[usize],
        tasks: &[Task],
        now: Timestamp,
        width: Option<usize>,
    ) -> Vec<String> {
        let mut rows = Vec::new();
        for &position in positions {
            let (Some(approval), Some(Task { order, .. })) =
                (self.seen_approval(position), tasks.get(position))
            else {
                continue;
            };
            let vlan = vlan_by_order(approval, order, self.vlans.get(&position));
            rows.push(Row { shown: as_ordered(approval, order, &self.ports), order, vlan });
        }
        let shown: Vec<Approval> = rows.iter().map(|row| row.shown.clone()).collect();
        let accepts = rows.iter().filter(|row| row.order.decision == Decision::Accept).count();
        let mut columns: Vec<Column<'_, Row<'_>>> = Vec::new();
        for column in view::columns(&shown, &self.ids, now) {
            let column = column.for_part(|row: &Row<'_>| &row.shown);
            columns.push(match column.field() {
                Some(view::VLAN) => column.with_override(|row| row.vlan.clone()),
                // Nothing takes room then.
                Some(view::ROOM) if accepts == 0 => column.with_title("ROOM IF ACCEPTED"),
                _ => column,
            });
        }
        let decision = Column::new("DECISION", |row: &Row<'_>| row.order.decision.word());
        columns.insert(1, decision.only_if(accepts != 0 && accepts != rows.len()));
        columns.push(
            Column::text("REASON", |row: &Row<'_>| row.order.reason.clone())
                .only_if(rows.iter().any(|row| row.order.reason.is_some()))
                .move_below(),
        );
        Table::new(&rows, columns).lines(width, false)
    }
}
