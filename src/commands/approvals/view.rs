//! Approvals as table rows and sentences.

use jiff::Timestamp;
use serde_json::Value;

use crate::api::vlan::Vlan;
use crate::domain::approvals::ids::{self, ShortIds};
use crate::domain::approvals::model::{End, WaitingOn};
use crate::domain::approvals::{Account, Approval, Kind, Source, Status};
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::render::{cell, fields};
use crate::text::fit::cut;
use crate::text::tone::{Tone, Toned};
use crate::text::words;

/// An approval with all optional parts, for the names of its fields.
pub(in crate::commands) fn whole() -> Approval {
    let extra = serde_json::Map::from_iter([("*".to_owned(), Value::Null)]).into();
    let (account, end) = (Some(Account::default()), Some(End::default()));
    Approval { account, a_end: end.clone(), b_end: end, extra, ..Approval::default() }
}

/// Whether this is a field of an approval.
pub(super) fn is_field(path: &str) -> bool {
    fields::check("", path, &fields::paths_of(&whole())).is_ok()
}

/// The approvals, in the order given.
pub(super) fn list<'a>(approvals: &'a [Approval], ids: &ShortIds, now: Timestamp) -> ListView<'a> {
    ListView::new(approvals, columns(approvals, ids, now), Approval::clone)
}

/// The fields whose columns other tables of approvals change or leave out.
pub(in crate::commands) const VLAN: &str = "b_end.vlan";
pub(in crate::commands) const ROOM: &str = "room_after_mbps";
pub(in crate::commands) const SOURCE: &str = "source";
pub(in crate::commands) const CREATED: &str = "created_at";
pub(in crate::commands) const EXPIRES: &str = "expires_at";

/// The columns of a table of these approvals. What a decision depends on is never dropped: it moves to a second line.
pub(in crate::commands) fn columns<'a>(
    approvals: &[Approval],
    ids: &'a ShortIds,
    now: Timestamp,
) -> Vec<Column<'a, Approval>> {
    let any = |holds: &dyn Fn(&Approval) -> bool| approvals.iter().any(holds);
    vec![
        Column::new("ID", |one: &Approval| ids.shorten(&one.id).to_owned()),
        Column::text("ACCOUNT", account).only_if(any(&|one| one.account.is_some())),
        Column::new("SOURCE", |one: &Approval| one.source.word())
            .of_field(SOURCE)
            .only_if(any(&|one| one.source != approvals[0].source))
            .drop_at(7),
        Column::new("TYPE", Approval::type_label),
        Column::text("CUSTOMER", customer).with_mark(NEW_CUSTOMER),
        Column::new("SPEED", speed).move_below(),
        Column::text("PORT", port).move_below(),
        Column::new("VLAN", vlan).of_field(VLAN).move_below(),
        Column::new("ROOM AFTER", room).of_field(ROOM).move_below(),
        Column::new("STATUS", |one: &Approval| one.status_label().to_owned())
            .only_if(any(&|one| one.status != Status::Pending))
            .drop_at(3),
        Column::new("WAITING ON", waiting_on)
            .only_if(any(&|one| one.waiting_on != Some(WaitingOn::Me)))
            .drop_at(6),
        claimed_by(approvals),
        proposed_by(approvals),
        Column::text("DECIDED BY", |one: &Approval| one.decided_by.clone())
            .only_if(any(&|one| one.decided_by.is_some()))
            .drop_at(4),
        Column::new("AGE", move |one: &Approval| words::age(one.created_at, now))
            .of_field(CREATED)
            .drop_at(9),
        Column::new("EXPIRES", move |one: &Approval| {
            cell::expiry(one.expires_at.filter(|_| one.waiting_on.is_some()), now)
        })
        .of_field(EXPIRES)
        .drop_at(2),
    ]
}

pub(in crate::commands) fn claimed_by<'a>(approvals: &[Approval]) -> Column<'a, Approval> {
    Column::text("CLAIMED BY", |one: &Approval| one.claimed_by.clone())
        .only_if(approvals.iter().any(|one| one.claimed_by.is_some()))
        .drop_at(5)
}

pub(in crate::commands) fn proposed_by<'a>(approvals: &[Approval]) -> Column<'a, Approval> {
    Column::text("PROPOSED BY", |one: &Approval| one.proposed_by.clone())
        .only_if(approvals.iter().any(|one| one.proposed_by.is_some()))
        .drop_at(5)
}

/// The managed account that a request belongs to.
pub(in crate::commands) fn account(approval: &Approval) -> Option<String> {
    approval.account.as_ref().map(Account::label)
}

/// Columns of a port's name among those of a request.
const LONGEST_PORT: usize = 20;

/// Marks a customer without VXCs with us.
pub(in crate::commands) const NEW_CUSTOMER: &str = " (new)";

/// The customer's name, marked if it has no VXCs with us yet.
pub(in crate::commands) fn customer(approval: &Approval) -> String {
    let label = approval.customer_label();
    if approval.customer.is_new == Some(true) { format!("{label}{NEW_CUSTOMER}") } else { label.to_owned() }
}

/// The requested speed in Mbps; for a term change, the term.
pub(in crate::commands) fn speed(approval: &Approval) -> String {
    if approval.kind == Kind::TermChange {
        return term(approval).unwrap_or_else(|| "-".to_owned());
    }
    words::speed(approval.rate_limit_mbps, approval.new_rate_limit_mbps)
}

/// The label for [`speed_in_words`].
pub(super) fn speed_title(approval: &Approval) -> &'static str {
    if approval.kind == Kind::TermChange { "Term" } else { "Speed" }
}

/// The requested speed with its unit; for a term change, the term.
pub(super) fn speed_in_words(approval: &Approval) -> String {
    match (approval.kind, approval.rate_limit_mbps, approval.new_rate_limit_mbps) {
        (Kind::TermChange, ..) => term(approval).unwrap_or_else(|| "unknown term".to_owned()),
        (Kind::SpeedChange, _, Some(_)) | (_, Some(_), _) => format!("{} Mbps", speed(approval)),
        _ => "unknown speed".to_owned(),
    }
}

/// The requested term, with the current one for a term change.
pub(super) fn term(approval: &Approval) -> Option<String> {
    words::term(approval.term_months, approval.new_term_months)
}

/// The contract term of what is connected: what an order asks for, or what the Marketplace tells of the VXC.
pub(super) fn contract_term(approval: &Approval) -> Option<String> {
    match approval.kind {
        Kind::Order => term(approval),
        Kind::Connection => words::term(approval.extra.get("contractTermMonths")?.as_u64(), None),
        _ => None,
    }
}

/// The port's name or UID.
pub(in crate::commands) fn port(approval: &Approval) -> String {
    approval
        .my_end()
        .and_then(|end| end.product_name.clone().or_else(|| end.product_uid.clone().map(String::from)))
        .unwrap_or_else(|| "-".to_owned())
}

/// What stands for the port and its room where they aren't known.
pub(super) const UNKNOWN_PORT: [(&str, &str); 2] =
    [("Port", "unknown"), ("Room", "unknown: oversubscription can't be checked")];

fn waiting_on(approval: &Approval) -> Option<&'static str> {
    approval.waiting_on.map(|on| match on {
        WaitingOn::Me => "me",
        WaitingOn::Them => "them",
    })
}

/// Whether to show a speed: not for orders without one. In the Marketplace, a missing speed is shown as unknown.
pub(super) fn tells_speed(approval: &Approval) -> bool {
    approval.rate_limit_mbps.or(approval.new_rate_limit_mbps).is_some()
        || approval.kind == Kind::TermChange
        || approval.source == Source::Marketplace
}

/// The VLAN on my end, marked if another VXC has it.
pub(in crate::commands) fn vlan(approval: &Approval) -> Toned {
    let vlan = words::or_dash(approval.my_end().and_then(|end| end.vlan));
    match approval.vlan_free {
        Some(false) => Toned::new(Tone::Bad, format!("{vlan} TAKEN")),
        _ => vlan.into(),
    }
}

/// The cell of a free VLAN that replaces the requested one, if any: "210 → 2", or "next" if it isn't known.
pub(in crate::commands) fn free_vlan(approval: &Approval, found: Option<Vlan>) -> String {
    let asked = approval.my_end().and_then(|end| end.vlan);
    match (asked, found) {
        (_, None) => "next".to_owned(),
        (Some(asked), Some(found)) if asked != found => format!("{asked} → {found}"),
        (_, Some(found)) => found.to_string(),
    }
}

/// What the port has left after it, marked if that is less than nothing.
pub(in crate::commands) fn room(approval: &Approval) -> Toned {
    cell::room(approval.room_after_mbps, approval.port_speed_mbps)
}

/// The request in two lines, for a choice: who asks for what, and where. Both fit 80 columns behind a mark, with what is
/// wrong with the request.
pub(in crate::commands) fn choice(approval: &Approval, id: &str, now: Timestamp) -> [String; 2] {
    let mut who = format!("{id}  {} from {}", approval.noun(), customer(approval));
    if cell::is_due_soon(approval.expires_at, now) {
        who.push_str(&format!(", expires {}", words::expiry(approval.expires_at, now)));
    }
    let mut parts = Vec::new();
    if tells_speed(approval) {
        parts.push(speed_in_words(approval));
    }
    if let Some(term) = term(approval).filter(|_| approval.kind == Kind::Order) {
        parts.push(term);
    }
    if approval.my_end().is_some() {
        parts.push(cut(&port(approval), LONGEST_PORT));
        parts.push(format!("VLAN {}", vlan(approval).text));
        parts.push(format!("room {}", room(approval).text));
    }
    [who, parts.join(" · ")]
}

/// One-line summary: type, customer, speed, port, VLANs.
pub(in crate::commands) fn sentence(approval: &Approval) -> String {
    sentence_with(approval, approval.customer_label(), "")
}

/// The summary with the marks of a list: a new customer, a VLAN that is taken, and a port that would be oversubscribed.
pub(super) fn marked_sentence(approval: &Approval) -> String {
    let taken = if approval.vlan_free == Some(false) { " TAKEN" } else { "" };
    let mut text = sentence_with(approval, &customer(approval), taken);
    if approval.room_after_mbps.is_some_and(|left| left < 0) {
        text.push_str(&format!(", {}", room(approval).text));
    }
    text
}

fn sentence_with(approval: &Approval, customer: &str, vlan_mark: &str) -> String {
    let mut text = format!("{} from {customer}", approval.noun());
    if tells_speed(approval) {
        text.push_str(&format!(", {}", speed_in_words(approval)));
    }
    if let Some(term) = term(approval).filter(|_| approval.kind == Kind::Order) {
        text.push_str(&format!(" for {term}"));
    }
    if let Some(end) = approval.my_end() {
        let unnamed = end.product_uid.as_ref().filter(|_| end.product_name.is_none());
        let port = unnamed.map_or_else(|| port(approval), |uid| format!("port {}", ids::short(uid)));
        text.push_str(&format!(" on {port}"));
        if let Some(vlan) = end.vlan {
            text.push_str(&format!(", VLAN {vlan}{vlan_mark}"));
        }
        if let Some(inner) = end.inner_vlan {
            text.push_str(&format!(", inner VLAN {inner}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_a_field_names_one_that_there_is() {
        let (approvals, ids) = ([whole()], ShortIds::default());
        let columns = columns(&approvals, &ids, Timestamp::UNIX_EPOCH);
        let named: Vec<&str> = columns.iter().filter_map(Column::field).collect();
        assert_eq!(named, [SOURCE, VLAN, ROOM, CREATED, EXPIRES]);
        assert!(named.into_iter().all(is_field));
    }
}
