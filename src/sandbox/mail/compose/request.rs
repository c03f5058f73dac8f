//! Ordering: connection requests and speed changes, to the provider and to the customer.

use super::Said;
use crate::sandbox::domain::role::Action;
use crate::sandbox::mail::letter::{Letter, Step};

type Facts = Vec<(&'static str, String)>;

/// The particulars of a connection request, as both parties may know them.
fn about_connection(said: &Said<'_>, vlan_unset: &str) -> Facts {
    vec![
        ("Request", said.text("/request/uid")),
        ("VXC", said.text("/vxc/name")),
        ("Customer", said.text("/customer/name")),
        ("Asked by", said.text("/request/requested_by")),
        ("From", said.end("/a_end")),
        ("To", said.end("/b_end")),
        ("Speed", said.speed("/rate_limit_mbps")),
        ("VLAN at A-End", said.vlan("/a_end", "not chosen yet")),
        ("VLAN at B-End", said.vlan("/b_end", vlan_unset)),
    ]
}

/// The particulars of a speed change; a new speed that was denied is none.
fn about_speed(said: &Said<'_>, new_speed: &'static str) -> Facts {
    vec![
        ("Request", said.text("/request/uid")),
        ("VXC", said.text("/vxc/name")),
        ("Customer", said.text("/customer/name")),
        ("Asked by", said.text("/request/requested_by")),
        ("From", said.end("/a_end")),
        ("To", said.end("/b_end")),
        ("Old speed", said.speed("/request/old_rate_limit_mbps")),
        (new_speed, said.speed("/request/new_rate_limit_mbps")),
        ("VLAN at A-End", said.vlan("/a_end", "-")),
        ("VLAN at B-End", said.vlan("/b_end", "-")),
    ]
}

fn decided(said: &Said<'_>, facts: &mut Facts, verb: &'static str) {
    facts.push((verb, said.text("/request/decided_by")));
    if let Some(at) = said.time("/request/decided_at") {
        facts.push(("On", at));
    }
    if let Some(reason) = said.words("/request/reason") {
        facts.push((if verb == "Accepted by" { "Note" } else { "Reason" }, reason));
    }
}

/// What answers a request.
fn answers(said: &Said<'_>) -> Vec<Step> {
    let uid = said.text("/request/uid");
    vec![
        Step::new("Accept it", format!("approvals accept {uid}"), Action::DecideMarketplace),
        Step::new("Deny it", format!("approvals deny {uid}"), Action::DecideMarketplace),
        Step::new("See it with your port's room", format!("approvals show {uid}"), Action::See),
    ]
}

fn is_pending(said: &Said<'_>) -> bool {
    said.text("/request/status") == "pending"
}

pub(super) fn received(said: &Said<'_>) -> Letter {
    let (customer, speed) = (said.text("/customer/name"), said.speed("/rate_limit_mbps"));
    let port = said.text("/b_end/product_name");
    if !is_pending(said) {
        let mut facts = about_connection(said, "picked when it is deployed");
        decided(said, &mut facts, "Accepted by");
        return Letter {
            subject: format!("Connected without a decision: {customer}, {speed} to {port}"),
            told: vec![format!(
                "{customer} asked for a connection to your port {port}. {} accepted it, so there is nothing for you to decide.",
                first_upper(&said.text("/request/decided_by"))
            )],
            facts,
            commands: Vec::new(),
        };
    }
    let mut facts = about_connection(said, "none asked for: yours to choose");
    if let Some(deadline) = said.deadline("/request/expires_at") {
        facts.push(("Expires", deadline));
    }
    Letter {
        subject: format!("Connection request from {customer}: {speed} to {port}"),
        told: vec![format!(
            "{customer} asks for a connection of {speed} to your port {port}. It waits for you to accept or deny it; \
             if nobody does, it expires."
        )],
        facts,
        commands: answers(said),
    }
}

pub(super) fn sent(said: &Said<'_>) -> Letter {
    let (provider, port) = (said.text("/provider/name"), said.text("/b_end/product_name"));
    let mut facts = about_connection(said, "the provider's to choose");
    let uid = said.text("/request/uid");
    if !is_pending(said) {
        decided(said, &mut facts, "Accepted by");
        return Letter {
            subject: format!("Your connection request to {provider} needs no decision"),
            told: vec![format!(
                "Your request for a connection to {provider}, port {port}, was sent. {} accepted it at once.",
                first_upper(&said.text("/request/decided_by"))
            )],
            facts,
            commands: Vec::new(),
        };
    }
    if let Some(deadline) = said.deadline("/request/expires_at") {
        facts.push(("Expires", deadline));
    }
    Letter {
        subject: format!("Your connection request to {provider} was sent"),
        told: vec![format!(
            "Your request for a connection to {provider}, port {port}, was sent. {provider} was notified and will accept \
             or deny it; you get another e-mail then."
        )],
        facts,
        commands: vec![Step::new("See how it stands", format!("approvals show {uid}"), Action::See)],
    }
}

pub(super) fn accepted(said: &Said<'_>) -> Letter {
    let provider = said.text("/provider/name");
    let mut facts = about_connection(said, "-");
    decided(said, &mut facts, "Accepted by");
    Letter {
        subject: format!("{provider} accepted your connection request"),
        told: with_note(
            said,
            format!(
                "{provider} accepted your request for {}. The VXC is being deployed; you get another e-mail when it is \
                 available.",
                said.text("/vxc/name")
            ),
        ),
        facts,
        commands: Vec::new(),
    }
}

/// What the provider said when it accepted comes after what it did.
fn with_note(said: &Said<'_>, happened: String) -> Vec<String> {
    let note = said.words("/request/reason");
    let note = note.map(|note| format!("{} says with it: {note}", said.text("/provider/name")));
    [happened].into_iter().chain(note).collect()
}

pub(super) fn withdrawn(said: &Said<'_>) -> Letter {
    let (customer, speed) = (said.text("/customer/name"), said.speed("/rate_limit_mbps"));
    let port = said.text("/b_end/product_name");
    let mut facts = about_connection(said, "-");
    facts.push(("Withdrawn on", said.when()));
    Letter {
        subject: format!("{customer} withdrew its connection request: {speed} to {port}"),
        told: vec![format!(
            "{customer} cancelled {}, which it had asked you to connect to your port {port}. There is nothing left to \
             decide.",
            said.text("/vxc/name")
        )],
        facts,
        commands: Vec::new(),
    }
}

pub(super) fn denied(said: &Said<'_>) -> Letter {
    let provider = said.text("/provider/name");
    let mut facts = about_connection(said, "-");
    decided(said, &mut facts, "Denied by");
    let told = match said.words("/request/reason") {
        Some(reason) => format!("{provider} denied your request for {}: {reason}", said.text("/vxc/name")),
        None => format!("{provider} denied your request for {} and gave no reason.", said.text("/vxc/name")),
    };
    Letter {
        subject: format!("{provider} denied your connection request"),
        told: vec![told, "Nothing was deployed, and nothing is charged.".into()],
        facts,
        commands: Vec::new(),
    }
}

pub(super) fn expired(said: &Said<'_>) -> Letter {
    let provider = said.text("/provider/name");
    let mut facts = about_connection(said, "-");
    if let Some(asked) = said.time("/request/created_at") {
        facts.push(("Asked on", asked));
    }
    facts.push(("Expired on", said.when()));
    Letter {
        subject: format!("Your connection request to {provider} expired"),
        told: vec![
            format!(
                "Nobody at {provider} decided your request for {} for 60 days, so it expired.",
                said.text("/vxc/name")
            ),
            "Nothing was deployed, and nothing is charged. You may order it again.".into(),
        ],
        facts,
        commands: Vec::new(),
    }
}

fn change(said: &Said<'_>) -> String {
    format!(
        "from {} to {}",
        said.speed("/request/old_rate_limit_mbps"),
        said.speed("/request/new_rate_limit_mbps")
    )
}

pub(super) fn speed_asked(said: &Said<'_>) -> Letter {
    let (customer, vxc) = (said.text("/customer/name"), said.text("/vxc/name"));
    let mut facts = about_speed(said, "New speed");
    if !is_pending(said) {
        decided(said, &mut facts, "Accepted by");
        return Letter {
            subject: format!("Speed changed without a decision: {customer}, {}", change(said)),
            told: vec![format!(
                "{customer} asked for a higher speed of {vxc}, {}. {} accepted it, so there is nothing for you to decide.",
                change(said),
                first_upper(&said.text("/request/decided_by"))
            )],
            facts,
            commands: Vec::new(),
        };
    }
    facts.push(("Expires", "never: a speed change waits until it is decided".into()));
    Letter {
        subject: format!("Speed change asked by {customer}: {}", change(said)),
        told: vec![format!(
            "{customer} asks for a higher speed of {vxc}, {}. It waits for you to accept or deny it; until then the old \
             speed stays.",
            change(said)
        )],
        facts,
        commands: answers(said),
    }
}

pub(super) fn speed_accepted(said: &Said<'_>) -> Letter {
    let provider = said.text("/provider/name");
    let mut facts = about_speed(said, "New speed");
    decided(said, &mut facts, "Accepted by");
    Letter {
        subject: format!("{provider} accepted your speed change: now {}", said.speed("/rate_limit_mbps")),
        told: with_note(
            said,
            format!(
                "{provider} accepted the speed change of {}, {}. The new speed holds from now on.",
                said.text("/vxc/name"),
                change(said)
            ),
        ),
        facts,
        commands: Vec::new(),
    }
}

pub(super) fn speed_denied(said: &Said<'_>) -> Letter {
    let (provider, vxc) = (said.text("/provider/name"), said.text("/vxc/name"));
    let mut facts = about_speed(said, "Speed asked for");
    decided(said, &mut facts, "Denied by");
    let because = said.words("/request/reason").map_or_else(String::new, |reason| format!(": {reason}"));
    Letter {
        subject: format!("{provider} denied your speed change: still {}", said.speed("/rate_limit_mbps")),
        told: vec![
            format!("{provider} denied the speed change of {vxc}, {}{because}", change(said)),
            format!("The old speed of {} stays, and the VXC keeps running.", said.speed("/rate_limit_mbps")),
        ],
        facts,
        commands: Vec::new(),
    }
}

pub(super) fn speed_withdrawn(said: &Said<'_>) -> Letter {
    let (customer, vxc) = (said.text("/customer/name"), said.text("/vxc/name"));
    let now = said.number("/rate_limit_mbps").unwrap_or_default();
    let instead = match said.number("/instead_mbps") {
        None => String::from("It cancelled the VXC"),
        Some(other) if other > now => {
            format!("It asks for {other} Mbps instead, which is a request of its own")
        }
        Some(other) if other < now => {
            format!("It lowered the speed to {other} Mbps instead, which needs no approval")
        }
        Some(_) => format!("The VXC keeps its {now} Mbps"),
    };
    let mut facts = about_speed(said, "Speed asked for");
    facts.push(("Withdrawn on", said.when()));
    Letter {
        subject: format!("{customer} withdrew its speed change: {}", change(said)),
        told: vec![format!(
            "{customer} no longer asks you for a higher speed of {vxc}, {}. {instead}. There is nothing left to decide on \
             this request.",
            change(said)
        )],
        facts,
        commands: Vec::new(),
    }
}

/// A sentence may begin with it.
fn first_upper(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
