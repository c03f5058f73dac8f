//! How approvals look in a table and in a sentence.

use jiff::Timestamp;

use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::model::WaitingOn;
use crate::domain::approvals::{Approval, Kind, Source};
use crate::render::fields::{self, Known};
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::text::words;

/// The fields of an approval, as `--fields` and CSV have them.
pub(in crate::commands) const FIELDS: Known = &[
    "id",
    "source",
    "type",
    "direction",
    "status",
    "waiting_on",
    "name",
    "vxc_uid",
    "customer.uid",
    "customer.name",
    "customer.is_new",
    "a_end.product_uid",
    "a_end.product_name",
    "a_end.location",
    "a_end.vlan",
    "a_end.inner_vlan",
    "b_end.product_uid",
    "b_end.product_name",
    "b_end.location",
    "b_end.vlan",
    "b_end.inner_vlan",
    "rate_limit_mbps",
    "new_rate_limit_mbps",
    "term_months",
    "new_term_months",
    "room_after_mbps",
    "port_speed_mbps",
    "created_at",
    "expires_at",
    "message",
    "decided_message",
    "extra.*",
];

/// Which columns appear beside those that always do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extras {
    /// SOURCE: only when both occur.
    pub(crate) source: bool,
    /// STATUS: only when not all are pending.
    pub(crate) status: bool,
    /// WAITS ON: only when not all wait on me.
    pub(crate) waiting_on: bool,
}

impl Extras {
    pub(super) fn for_rows(approvals: &[Approval]) -> Self {
        let differ = |differs: &dyn Fn(&Approval) -> bool| approvals.iter().any(differs);
        Extras {
            source: approvals.first().is_some_and(|first| differ(&|one| one.source != first.source)),
            status: differ(&|one| one.status != crate::domain::approvals::Status::Pending),
            waiting_on: differ(&|one| one.waiting_on != Some(WaitingOn::Me)),
        }
    }
}

/// Whether it is a field of an approval itself.
pub(super) fn is_field(path: &str) -> bool {
    fields::check("", path, FIELDS).is_ok()
}

/// The approvals, in the order given, as a table and as records.
pub(super) fn list(
    approvals: &[Approval],
    ids: &ShortIds,
    now: Timestamp,
) -> Result<ListView, serde_json::Error> {
    let (columns, rows) = cells(approvals, ids, now);
    let records = approvals.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    Ok(ListView { columns, rows, records })
}

/// The columns and cells of a table of approvals, in the order given.
pub(super) fn cells(
    approvals: &[Approval],
    ids: &ShortIds,
    now: Timestamp,
) -> (Vec<Column>, Vec<Vec<String>>) {
    let extras = Extras::for_rows(approvals);
    let mut columns = vec![Column::fixed("ID")];
    if extras.source {
        columns.push(Column::fixed("SOURCE").drop_at(7));
    }
    columns.extend([
        Column::fixed("TYPE").drop_at(1),
        Column::text("CUSTOMER").marked(NEW_CUSTOMER),
        Column::fixed("SPEED").drop_at(2),
    ]);
    columns.extend([Column::text("PORT").drop_at(4), Column::fixed("VLAN").drop_at(8)]);
    columns.push(Column::fixed("ROOM AFTER").drop_at(5).tinted(crate::render::tint::room_tint));
    if extras.status {
        columns.push(Column::fixed("STATUS").drop_at(3));
    }
    if extras.waiting_on {
        columns.push(Column::fixed("WAITS ON").drop_at(6));
    }
    columns.extend([
        Column::fixed("AGE").drop_at(9),
        Column::fixed("EXPIRES").drop_at(3).tinted(crate::render::tint::expiry_tint),
    ]);
    let rows: Vec<Vec<String>> = approvals
        .iter()
        .map(|approval| {
            let mut row = vec![ids.of(&approval.id).to_owned()];
            if extras.source {
                row.push(source(approval).to_owned());
            }
            row.extend([approval.kind.short().to_owned(), customer(approval), speed(approval)]);
            row.extend([port(approval), vlan(approval)]);
            row.push(words::room(
                approval.room_after_mbps,
                approval.port_speed_mbps.filter(|_| approval.room_after_mbps.is_some()),
            ));
            if extras.status {
                row.push(approval.status.word().to_owned());
            }
            if extras.waiting_on {
                row.push(waiting_on(approval).to_owned());
            }
            row.extend([
                words::age(approval.created_at, now),
                words::expiry(approval.expires_at.filter(|_| approval.waiting_on.is_some()), now),
            ]);
            row
        })
        .collect();
    (columns, rows)
}

/// What marks a customer without a VXC with us.
pub(in crate::commands) const NEW_CUSTOMER: &str = " (new)";

/// The customer's name, marked where it has no VXC with us yet.
pub(in crate::commands) fn customer(approval: &Approval) -> String {
    let label = approval.customer_label();
    if approval.customer.is_new == Some(true) { format!("{label}{NEW_CUSTOMER}") } else { label.to_owned() }
}

/// What is asked for: a speed in Mbps, of a term change the term.
pub(in crate::commands) fn speed(approval: &Approval) -> String {
    if approval.kind == Kind::TermChange {
        return term(approval).unwrap_or_else(|| "-".to_owned());
    }
    words::speed(approval.rate_limit_mbps, approval.new_rate_limit_mbps)
}

/// What [`speed_spoken`] is the value of.
pub(super) fn speed_title(approval: &Approval) -> &'static str {
    if approval.kind == Kind::TermChange { "Term" } else { "Speed" }
}

/// The speed asked for, in a sentence; of a term change the term.
pub(super) fn speed_spoken(approval: &Approval) -> String {
    match (approval.kind, approval.rate_limit_mbps, approval.new_rate_limit_mbps) {
        (Kind::TermChange, ..) => term(approval).unwrap_or_else(|| "a term it doesn't tell".to_owned()),
        (Kind::SpeedChange, _, Some(_)) | (_, Some(_), _) => format!("{} Mbps", speed(approval)),
        _ => "a speed it doesn't tell".to_owned(),
    }
}

/// The term it is for, and of a term change the present one too, where they are told.
pub(super) fn term(approval: &Approval) -> Option<String> {
    words::term(approval.term_months, approval.new_term_months)
}

/// The port's name, or else its uid.
pub(in crate::commands) fn port(approval: &Approval) -> String {
    approval
        .my_end()
        .and_then(|end| end.product_name.clone().or_else(|| end.product_uid.clone()))
        .unwrap_or_else(|| "-".to_owned())
}

fn source(approval: &Approval) -> &'static str {
    match approval.source {
        crate::domain::approvals::Source::Marketplace => "marketplace",
        crate::domain::approvals::Source::Queue => "queue",
    }
}

fn waiting_on(approval: &Approval) -> &'static str {
    match approval.waiting_on {
        Some(WaitingOn::Me) => "me",
        Some(WaitingOn::Them) => "them",
        None => "-",
    }
}

/// Whether there is a speed to speak of. A term change, or an order of something without one, is a whole request all the
/// same; in the Marketplace a missing speed is worth a word.
pub(super) fn tells_speed(approval: &Approval) -> bool {
    approval.rate_limit_mbps.or(approval.new_rate_limit_mbps).is_some()
        || approval.kind == Kind::TermChange
        || approval.source == Source::Marketplace
}

/// One request in a sentence: type, customer, speed, port, VLAN.
pub(in crate::commands) fn vlan(approval: &Approval) -> String {
    words::or_dash(approval.my_end().and_then(|end| end.vlan))
}

pub(in crate::commands) fn sentence(approval: &Approval) -> String {
    let mut text = format!("{} of {}", approval.kind.noun(), approval.customer_label());
    if tells_speed(approval) {
        text.push_str(&format!(": {}", speed_spoken(approval)));
    }
    if let Some(term) = term(approval).filter(|_| approval.kind == Kind::Order) {
        text.push_str(&format!(" for {term}"));
    }
    if approval.my_end().is_some() {
        text.push_str(&format!(" on {}", port(approval)));
        if let Some(vlan) = approval.my_end().and_then(|end| end.vlan) {
            text.push_str(&format!(", VLAN {}", vlan));
        }
    }
    text
}
