//! Resolves IDs and filters of the command line to requests.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::list;
use super::list::filter::FilterArgs;
use super::list::reading;
use crate::commands::approvals::request::{Decider, Named, no_such_request};
use crate::domain::approvals::ids::{GivenId, ShortIds};
use crate::domain::approvals::standing::Standing;
use crate::domain::approvals::{Approval, Kind, Source, Status};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::ports::scan::Keep;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::name::only_one;
use crate::text::words;

/// Maximum number of missing IDs listed in an error.
const MOST_NAMED: usize = 10;

/// An ID as given, and the request it refers to, or why there is none.
#[derive(Debug)]
pub(in crate::commands) struct Chosen {
    pub(crate) given: String,
    pub(crate) named: Result<Named, Error>,
}

impl Chosen {
    pub(in crate::commands) fn from_approval(approval: &Approval) -> Self {
        Chosen { given: approval.id.to_string(), named: Ok(Named::from_approval(approval)) }
    }
}

/// Finds requests by ID. A full ID is looked up in the cached list and the ledger first, also as the UID of a VXC, and
/// in the full list only if both fail. A prefix always requires the full list, because it must be unique.
pub(super) async fn by_ids(
    context: &Context,
    connection: &mut Connection,
    given: &[GivenId],
) -> anyhow::Result<Vec<Chosen>> {
    let mut chosen: Vec<Chosen> = Vec::with_capacity(given.len());
    for one in each_id(context, connection, given).await? {
        // An ID, its prefix and its VXC's UID are the same request.
        let twice =
            |other: &Chosen| matches!((&other.named, &one.named), (Ok(other), Ok(one)) if other.id == one.id);
        if !chosen.iter().any(twice) {
            chosen.push(one);
        }
    }
    Ok(chosen)
}

/// Like [`by_ids`], but with one result per ID, in order, even if two IDs refer to the same request.
pub(super) async fn each_id(
    context: &Context,
    connection: &mut Connection,
    given: &[GivenId],
) -> anyhow::Result<Vec<Chosen>> {
    let mut found: Vec<Option<Result<Named, Error>>> = Vec::with_capacity(given.len());
    for id in given {
        // A request that can't be read fails alone.
        found.push(if id.is_whole() { by_lead(context, connection, id).await.transpose() } else { None });
    }
    let missing = given.iter().zip(&found).filter(|(_, found)| found.is_none());
    let prefixes: Vec<String> = missing.map(|(id, _)| id.text().to_owned()).collect();
    let mut collected = None;
    if !prefixes.is_empty() {
        let wanted = Wanted { keep: Keep::Prefixes(prefixes), vlans: false, only: None };
        collected = Some(reading::read(context, connection, &wanted).await?);
    }
    let mut chosen = Vec::with_capacity(given.len());
    for (id, found) in given.iter().zip(found) {
        let named = match (found, &collected) {
            (Some(named), _) => named,
            (None, Some(collected)) => by_list(connection, collected, id).await,
            (None, None) => Err(no_such_request(id.text())),
        };
        // An ambiguous prefix fails the whole command before anything is sent.
        if let Err(error) = &named
            && !id.is_whole()
            && error.exit != Exit::NotFound
        {
            return Err(error.clone().into());
        }
        chosen.push(Chosen { given: id.text().to_owned(), named });
    }
    Ok(chosen)
}

/// Fails before anything is sent if one of several IDs doesn't exist (exit 8).
pub(super) fn check_all_there(chosen: &[Chosen]) -> Result<(), Error> {
    if chosen.len() < 2 {
        return Ok(());
    }
    let absent: Vec<(&str, &Error)> = chosen
        .iter()
        .filter_map(|one| Some((one.given.as_str(), one.named.as_ref().err()?)))
        .filter(|(_, error)| error.exit == Exit::NotFound)
        .collect();
    let Some(&(_, first)) = absent.first() else { return Ok(()) };
    if absent.len() == 1 {
        return Err(Error { message: format!("{}; nothing was sent", first.message), ..first.clone() });
    }
    let named: Vec<&str> = absent.iter().take(MOST_NAMED).map(|(given, _)| *given).collect();
    let more = match absent.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("{} request IDs were not found; nothing was sent", absent.len());
    Err(Error { message, ..first.clone() }.reason(format!("not found: {}{more}", named.join(", "))))
}

/// The error for a request of another type than the command handles (exit 2).
pub(super) fn other_kind_error(named: &Named, kind: Kind, verb: &str) -> Error {
    let is = named.lead.kind.noun_with_article();
    Error::usage(format!("{} is {is}, not {}", named.id, kind.noun_with_article()))
        .hint(Hint::call("use: ", format!("approvals {verb} {}", named.id)))
        .resource(named.id.clone())
}

/// Finds a full ID through a cached lead, checked against the VXC; `None` if the VXC doesn't confirm it.
async fn by_lead(context: &Context, connection: &Connection, id: &GivenId) -> Result<Option<Named>, Error> {
    // Without the company, it is unknown which end is mine.
    if connection.company.uid.is_none() {
        return Ok(None);
    }
    let from_list = kept_by_list(connection, id);
    let kept = from_list.is_some();
    let named = match from_list {
        Some(named) => Some(named),
        None => connection.entries_about(id.text()).await.last().and_then(Named::of_entry),
    };
    let Some(named) = named else { return Ok(None) };
    if named.lead.source == Source::Marketplace && named.lead.vxc_uid.is_none() {
        return Ok(None);
    }
    let decider = Decider::new(context, connection);
    match context.with_progress("reading the request", decider.read(&named)).await {
        Ok(reading) => Ok(match reading.standing {
            // Another request is pending on that VXC: the lead is wrong or outdated.
            Standing::Changed => None,
            // A VXC without the request's ID confirms it only if it was decided from here.
            _ if kept && !reading.named => None,
            _ => Some(named),
        }),
        Err(error) if matches!(error.exit, Exit::NotFound | Exit::Forbidden) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The request as read, completed from the cached lead.
fn named_as_seen(connection: &Connection, approval: &Approval) -> Named {
    let mut named = Named::from_approval(approval);
    if named.lead.new_rate_limit_mbps.is_none()
        && let Some((_, before)) = connection.ids.lead(&approval.id)
    {
        named.lead.kind = before.kind;
        named.lead.new_rate_limit_mbps = before.new_rate_limit_mbps;
    }
    named
}

/// The cached lead of a full ID, or of the only request that waits on the VXC of this UID.
fn kept_by_list(connection: &Connection, id: &GivenId) -> Option<Named> {
    let id = id.text().into();
    let (id, lead) = connection.ids.lead(&id).or_else(|| connection.ids.waiting_on(&id))?;
    Some(Named { id: id.clone(), lead: lead.clone() })
}

/// The error for an ID used by several VXCs (exit 2).
fn shared_id_error(id: &Uid, namesakes: Vec<&Approval>) -> Error {
    let of_each = |approval: &Approval| {
        let vxc = approval.vxc_uid.as_ref().map(Uid::as_str).unwrap_or("a VXC without a UID");
        format!("{vxc}  {}", super::view::sentence(approval))
    };
    Error::usage(format!("ID {id} appears on several VXCs; nothing was sent"))
        .reason("request IDs should be unique")
        .hint_each(namesakes.into_iter().map(of_each))
        .resource(id)
}

/// Finds an ID or prefix in both sources and the ledger.
pub(super) async fn by_list(
    connection: &Connection,
    collected: &Collected,
    id: &GivenId,
) -> Result<Named, Error> {
    // Each with a label, for the error if several match.
    let mut by_id: BTreeMap<Uid, (Named, String)> = BTreeMap::new();
    for approval in collected.approvals.iter().filter(|approval| id.names(&approval.id)) {
        let label = super::view::sentence(approval);
        let namesakes = collected.namesakes(&approval.id);
        if !namesakes.is_empty() {
            return Err(shared_id_error(&approval.id, namesakes));
        }
        by_id.insert(approval.id.clone(), (named_as_seen(connection, approval), label));
    }
    for entry in &connection.entries_about(id.text()).await {
        let (Some(noted), Some(decision)) = (Named::of_entry(entry), entry.decision()) else { continue };
        match by_id.get_mut(&noted.id) {
            // A decided request may no longer have the requested speed; the ledger does.
            Some((named, _)) if named.lead.new_rate_limit_mbps.is_none() => {
                named.lead.kind = noted.lead.kind;
                named.lead.new_rate_limit_mbps = noted.lead.new_rate_limit_mbps;
            }
            Some(_) => {}
            None => {
                let label = format!("{} in the ledger", decision.participle());
                by_id.insert(noted.id.clone(), (noted, label));
            }
        }
    }
    if let Some((source, error)) = collected.failure()
        && (!id.is_whole() || by_id.is_empty())
    {
        if id.is_whole() {
            return Err(error.clone());
        }
        let place = match source {
            Source::Marketplace => "the Marketplace",
            Source::Queue => "the service approval queue",
        };
        let mut refused = error.clone();
        refused.message = format!("could not look up the prefix '{}'", id.text());
        refused.reason = Some(format!(
            "{place} could not be read ({error}), so the prefix may match another request there"
        ));
        refused.hints.push("or use the full ID".into());
        return Err(refused);
    }
    if by_id.is_empty() {
        let on_vxc = |approval: &&Approval| approval.vxc_uid.as_ref().is_some_and(|uid| id.names(uid));
        let (pending, decided): (Vec<&Approval>, Vec<&Approval>) = collected
            .approvals
            .iter()
            .filter(on_vxc)
            .partition(|approval| approval.status == Status::Pending);
        for approval in if pending.is_empty() { decided } else { pending } {
            by_id.insert(
                approval.id.clone(),
                (Named::from_approval(approval), super::view::sentence(approval)),
            );
        }
    }
    let label = |(named, label): &(Named, String)| format!("{}  {label}", named.id);
    only_one(by_id.into_values().collect(), id.text(), "requests", label)
        .map_err(|error| match id.is_whole() {
            true => error.hint("this is a VXC UID; use the request's own ID"),
            false => error.hint("enter more characters"),
        })?
        .map(|(named, _)| named)
        // No longer listed: read it where it was last seen.
        .or_else(|| kept_by_list(connection, id))
        .ok_or_else(|| {
            let error = no_such_request(id.text());
            let account = connection.ids.account_of(|known| id.names(known));
            error.hint_each(account.and_then(|account| {
                let uid = account.uid.as_ref()?;
                Some(format!("it belongs to {}: use --on-behalf-of {uid}", account.label()))
            }))
        })
}

/// Requests waiting for me that match the filters, soonest to expire first.
pub(in crate::commands) fn by_filter(
    collected: &Collected,
    filters: &FilterArgs,
    now: Timestamp,
) -> Vec<Approval> {
    chosen_by(collected, |one| one.is_in_all() && filters.passes(one, now))
}

/// As [`by_filter`], with those of which it isn't known for whom they wait, or whether they do.
pub(super) fn that_may_wait(collected: &Collected, filters: &FilterArgs, now: Timestamp) -> Vec<Approval> {
    chosen_by(collected, |one| one.may_wait_on_me() && filters.passes(one, now))
}

fn chosen_by(collected: &Collected, is_chosen: impl Fn(&Approval) -> bool) -> Vec<Approval> {
    let mut chosen: Vec<Approval> =
        collected.approvals.iter().filter(|one| is_chosen(one)).cloned().collect();
    list::sort(&mut chosen);
    collected.rooms.assign(&mut chosen);
    chosen
}

/// Says how many requests a list shows as waiting for me, but that are only decided by ID: those between my own ports.
pub(in crate::commands) fn say_left_out(
    context: &Context,
    collected: &Collected,
    filters: &FilterArgs,
    now: Timestamp,
) {
    let left_out: Vec<&Approval> = collected
        .approvals
        .iter()
        .filter(|one| one.waits_on_me() && !one.is_in_all() && filters.passes(one, now))
        .collect();
    if left_out.is_empty() {
        return;
    }
    let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| &approval.id));
    let named: Vec<&str> = left_out.iter().take(MOST_NAMED).map(|one| ids.shorten(&one.id)).collect();
    let more = match left_out.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = words::count(left_out.len(), "internal request", "internal requests");
    let (is, it) =
        if left_out.len() == 1 { ("isn't", "it, use its ID") } else { ("aren't", "them, use their IDs") };
    context.terminal.say(&format!("note: {count} {is} included; to decide {it}: {}{more}", named.join(" ")));
}

/// Removes requests that portgate doesn't support or can't tell apart, with a warning.
pub(super) fn keep_understood(
    context: &Context,
    collected: &Collected,
    waiting: Vec<Approval>,
) -> Vec<Approval> {
    let (understood, others): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|one| one.is_understood() && collected.namesakes(&one.id).is_empty());
    if !others.is_empty() {
        let ids: Vec<&str> = others.iter().map(|one| one.id.as_str()).collect();
        let count = words::count(others.len(), "request", "requests");
        let message = format!("skipped {count} that portgate doesn't support: {}", ids.join(" "));
        context.terminal.warn(&message);
    }
    understood
}
