//! The consequences of a decision, shown before confirmation.

use crate::commands::approvals::request::{Decider, Prepared};
use crate::commands::approvals::view;
use crate::domain::approvals::model::Direction;
use crate::domain::approvals::{Approval, Decision, Kind, Source};
use crate::domain::ports::room::Rooms;
use crate::domain::ports::scan::Port;
use crate::domain::ports::{Share, added_mbps, read_with_its_lag};
use crate::ledger::Second;
use crate::text::{Mbps, words};

/// The consequences: customer, speed, port, VLAN, room left, and that the decision is final.
pub(crate) async fn lines(decider: &Decider<'_>, prepared: &Prepared) -> Vec<String> {
    let approval = &prepared.approval;
    let mut lines = Vec::new();
    let mut field = |name: &str, value: String| lines.push(format!("{name:<9} {value}"));
    field("Request", format!("{}, {}", approval.id, approval.noun()));
    let mark = if prepared.named.lead.is_new_customer == Some(true) { view::NEW_CUSTOMER } else { "" };
    field("Customer", format!("{}{mark}", approval.customer_label()));
    if let Some(name) = &approval.name {
        field("Name", name.clone());
    }
    // An entry of the queue may name nothing else of what it is about.
    if let Some(uid) = approval.vxc_uid.as_ref().filter(|_| approval.source == Source::Queue) {
        field("VXC", uid.to_string());
    }
    if view::tells_speed(approval) {
        field(view::speed_title(approval), view::speed_in_words(approval));
    }
    if let Some(term) = view::contract_term(approval) {
        field("Term", term);
    }
    let is_withdrawn = prepared.order.decision == Decision::Withdraw;
    if !is_withdrawn && approval.hides_port() && prepared.fields.move_to.is_none() {
        for (name, value) in view::UNKNOWN_PORT {
            field(name, value.to_owned());
        }
    } else if !is_withdrawn && (approval.source == Source::Marketplace || approval.my_end().is_some()) {
        for (name, value) in my_end_fields(decider, prepared).await {
            field(name, value);
        }
    }
    match prepared.order.decision {
        Decision::Accept if prepared.second(&decider.connection.limits) == Second::Needed => {
            field("Effect", "it is proposed; a second person must confirm it".to_owned());
        }
        Decision::Accept => field("Effect", consequence_of_accepting(approval).to_owned()),
        Decision::Deny => field("Effect", consequence_of_denying(approval).to_owned()),
        Decision::Withdraw => {
            field("Effect", "the request is withdrawn; you can make a new one".to_owned());
        }
    }
    if let Some(reason) = &prepared.order.reason {
        field("Reason", reason.clone());
    }
    lines
}

/// Port, VLAN and room of my end if the request is accepted.
async fn my_end_fields(decider: &Decider<'_>, prepared: &Prepared) -> Vec<(&'static str, String)> {
    let approval = &prepared.approval;
    let moved = prepared.fields.move_to.as_ref();
    let port = moved.or_else(|| approval.my_end()?.product_uid.as_ref());
    let read = match port {
        Some(port) => {
            let reading = read_with_its_lag(&decider.connection.client, port, decider.now());
            decider.context.with_progress("reading the port", reading).await.unwrap_or_default().ports
        }
        None => Vec::new(),
    };
    let of_uid = |read: &&Port| read.product.product_uid.as_ref() == port;
    let product = read.iter().find(of_uid).map(|read| &read.product);
    let name = product.and_then(|product| product.product_name.clone());
    let asked_for = view::port(approval);
    let mut fields = vec![(
        "Port",
        match (moved, name) {
            // To another city is another path, and another price.
            (Some(uid), name) => {
                let at = |port: String, location: Option<&str>| match location {
                    Some(location) => format!("{port} ({location})"),
                    None => port,
                };
                let there = product.and_then(|product| product.location_detail.name.as_deref());
                let here = approval.my_end().and_then(|end| end.location.as_deref());
                let moved_to = at(name.unwrap_or_else(|| uid.to_string()), there);
                format!("{moved_to} instead of {}", at(asked_for, here))
            }
            (None, Some(name)) => name,
            (None, None) => asked_for,
        },
    )];
    // What accepting would do doesn't matter to a denial, except for what speaks against accepting.
    let accepts = prepared.order.decision == Decision::Accept;
    if approval.kind == Kind::Connection {
        let port = read.iter().find(of_uid).filter(|_| prepared.fields.vlan.is_none() && moved.is_none());
        let is_taken = port.is_some_and(|port| port.taken_vlan_of(approval).is_some());
        let requested = || approval.my_end().and_then(|end| end.vlan).map(|vlan| vlan.to_string());
        let vlan = match accepts {
            true => vlan(prepared),
            false => requested().unwrap_or_else(|| "none requested".to_owned()),
        };
        fields.push(("VLAN", format!("{vlan}{}", if is_taken { " TAKEN" } else { "" })));
    } else if let Some(vlan) = approval.my_end().and_then(|end| end.vlan) {
        fields.push(("VLAN", format!("{vlan}, unchanged")));
    }
    let room = port.and_then(|port| Rooms::from_ports(&read).of_port(port)).zip(added_mbps(approval, moved));
    if let Some((room, added)) = room {
        let left = room.left_after(added);
        let after = words::room(Some(left), Some(room.speed_mbps));
        let share = Share::new(room, Mbps(0), added);
        match left {
            // Oversold.
            ..0 if accepts => {
                fields.push(("Room", format!("{after} Mbps: the port would be oversubscribed ({share})")));
            }
            ..0 => fields.push(("Room", format!("{after} Mbps if accepted ({share})"))),
            _ => fields.push(("Room", format!("{after} Mbps left if accepted ({share} sold)"))),
        }
    }
    fields
}

/// The VLAN on my end, with the requested one if different.
fn vlan(prepared: &Prepared) -> String {
    let asked = prepared.approval.b_end.as_ref().and_then(|end| end.vlan);
    let mut text = match (prepared.fields.vlan, asked) {
        (Some(vlan), Some(asked)) if vlan != asked => format!("{vlan} instead of {asked}"),
        (Some(vlan), _) => vlan.to_string(),
        (None, Some(asked)) => format!("{asked}, as requested"),
        (None, None) => "none requested; Megaport chooses one".to_owned(),
    };
    if let Some(inner) = prepared.fields.inner_vlan {
        text.push_str(&format!(", inner VLAN {inner}"));
    }
    text
}

/// What holds for several decisions together; `accepted` are those that are accepted, if they could be read.
pub(super) fn of_several(accepted: &[Option<&Approval>]) -> Vec<String> {
    if accepted.is_empty() {
        return vec!["This can't be undone, but customers can make new requests.".to_owned()];
    }
    let known: Vec<Mbps> =
        accepted.iter().filter_map(|one| one.and_then(Approval::exactly_added_mbps)).collect();
    let total = known.iter().fold(Mbps(0), |sum, &added| sum + added);
    let others = match accepted.len() - known.len() {
        0 => String::new(),
        others => format!(
            ", without {}",
            words::count(others, "request whose increase is unknown", "requests whose increase is unknown")
        ),
    };
    let adds = match known.is_empty() {
        true => "It isn't known how much speed is added.".to_owned(),
        false => format!("Adds {total} Mbps in total{others}."),
    };
    vec![adds, "Accepting starts billing and can't be undone.".to_owned()]
}

/// What accepting a request leads to.
pub(in crate::commands::approvals) fn consequence_of_accepting(approval: &Approval) -> &'static str {
    match approval.kind {
        Kind::Connection if approval.direction == Some(Direction::Internal) => {
            "the connection is deployed and your company is billed; this can't be undone"
        }
        Kind::Connection => "the connection is deployed and the customer is billed; this can't be undone",
        Kind::SpeedChange => "the new speed applies and is billed; this can't be undone",
        Kind::TermChange => "the new term applies, and the customer is billed for it; this can't be undone",
        Kind::Order if approval.my_end().is_some() => {
            "the order is placed and the account is billed; this can't be undone. A connection to your port then \
             waits for your approval as a request of its own"
        }
        Kind::Order => "the order is placed and the account is billed; this can't be undone",
        Kind::Other => "unknown to portgate; check the request in the portal first",
    }
}

fn consequence_of_denying(approval: &Approval) -> &'static str {
    match approval.kind {
        Kind::SpeedChange => {
            "the VXC keeps its current speed; this can't be undone, but the customer can make a new request"
        }
        Kind::TermChange => {
            "the VXC keeps its current term; this can't be undone, but the customer can make a new request"
        }
        Kind::Order => {
            "the order is not placed; this can't be undone, but the customer can make a new request"
        }
        _ => "nothing is deployed; this can't be undone, but the customer can make a new request",
    }
}
