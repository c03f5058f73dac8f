//! Ordering: the service approval queue, to the partner who decides and to the account that asks.

use super::Said;
use crate::sandbox::domain::role::Action;
use crate::sandbox::mail::letter::{Letter, Step};

type Facts = Vec<(&'static str, String)>;

/// VXCs of one order that are listed.
const LISTED: usize = 10;

/// Speed and term, as far as they are asked for.
fn terms(said: &Said<'_>, at: &str) -> String {
    let speed = said.number(&format!("{at}/rate_limit_mbps")).map(|mbps| format!("{mbps} Mbps"));
    let term = said.number(&format!("{at}/term_months")).map(|months| match months {
        1 => String::from("1 month"),
        _ => format!("{months} months"),
    });
    [speed, term].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The order in a few words: "Studio, 250 Mbps" or "3 VXCs".
fn summary(said: &Said<'_>) -> String {
    let name = said.text("/asked_for/0/vxc");
    match said.count("/asked_for") {
        0 => said.text("/order/type"),
        1 => match said.number("/asked_for/0/rate_limit_mbps") {
            Some(mbps) => format!("{name}, {mbps} Mbps"),
            None => format!("{name}, {}", terms(said, "/asked_for/0")),
        },
        several => format!("{several} VXCs"),
    }
}

fn about(said: &Said<'_>) -> Facts {
    let mut facts = vec![
        ("Order", said.text("/order/uid")),
        ("Account", said.text("/account")),
        ("Partner", said.text("/partner")),
        ("Asked by", said.text("/order/requested_by")),
    ];
    let count = said.count("/asked_for");
    for place in 0..count.min(LISTED) {
        let at = format!("/asked_for/{place}");
        let ends = match (said.maybe(&format!("{at}/from")), said.maybe(&format!("{at}/to"))) {
            (Some(from), Some(to)) => format!(", {from} to {to}"),
            _ => String::new(),
        };
        let name = said.text(&format!("{at}/vxc"));
        facts.push(("Asked for", format!("{name}{ends}: {}", terms(said, &at))));
    }
    if count > LISTED {
        facts.push(("", format!("and {} more", count - LISTED)));
    }
    facts
}

/// The letter about how an order ended; `by` is the label of who ended it.
fn ended(said: &Said<'_>, subject: String, told: Vec<String>, by: &'static str) -> Letter {
    let mut facts = about(said);
    facts.push((by, said.text("/order/decided_by")));
    facts.push(("On", said.when()));
    if let Some(comment) = said.words("/order/comment") {
        facts.push(("Comment", comment));
    }
    Letter { subject, told, facts, commands: Vec::new() }
}

fn to_partner(said: &Said<'_>) -> bool {
    said.is("/to_partner")
}

pub(super) fn received(said: &Said<'_>) -> Letter {
    let (account, uid) = (said.text("/account"), said.text("/order/uid"));
    let mut facts = about(said);
    facts.extend(said.deadline("/order/expires_at").map(|deadline| ("Expires", deadline)));
    Letter {
        subject: format!("Order of {account} waits for you: {}", summary(said)),
        told: vec![format!(
            "{account}, whose orders you approve, placed one. It waits in your service approval queue for you to accept or \
             deny it; if nobody does, it expires."
        )],
        facts,
        commands: vec![
            Step::new("Accept it", format!("approvals accept {uid}"), Action::DecideQueue),
            Step::new("Deny it", format!("approvals deny {uid}"), Action::DecideQueue),
            Step::new("See it", format!("approvals show {uid}"), Action::See),
        ],
    }
}

pub(super) fn sent(said: &Said<'_>) -> Letter {
    let (partner, uid) = (said.text("/partner"), said.text("/order/uid"));
    let mut facts = about(said);
    facts.extend(said.deadline("/order/expires_at").map(|deadline| ("Expires", deadline)));
    let asking = if said.text("/order/type") == "NEW_ORDER" { Action::Order } else { Action::ChangeService };
    Letter {
        subject: format!("Your order waits for {partner}: {}", summary(said)),
        told: vec![format!(
            "Your order is in the service approval queue of {partner}, which was notified and will accept or deny it; you \
             get another e-mail then. Until then nothing is made or changed."
        )],
        facts,
        commands: vec![
            Step::new("See how it stands", format!("approvals show {uid}"), Action::See),
            Step::new("Take it back", format!("approvals withdraw {uid}"), asking),
        ],
    }
}

pub(super) fn accepted(said: &Said<'_>) -> Letter {
    let (account, partner, summary) = (said.text("/account"), said.text("/partner"), summary(said));
    let by = said.text("/order/decided_by");
    let carried_out = "It was carried out; what the other end must agree to is asked there.";
    let (subject, told) = if to_partner(said) {
        (format!("Order of {account} accepted: {summary}"), format!("{by} accepted the order of {account}."))
    } else {
        (format!("{partner} accepted your order: {summary}"), format!("{partner} accepted your order."))
    };
    ended(said, subject, vec![format!("{told} {carried_out}")], "Accepted by")
}

pub(super) fn denied(said: &Said<'_>) -> Letter {
    let (account, partner, summary) = (said.text("/account"), said.text("/partner"), summary(said));
    let because = said.words("/order/comment").map_or_else(|| ".".to_owned(), |text| format!(": {text}"));
    let (subject, told) = if to_partner(said) {
        let by = said.text("/order/decided_by");
        (
            format!("Order of {account} denied: {summary}"),
            format!("{by} denied the order of {account}{because}"),
        )
    } else {
        (format!("{partner} denied your order: {summary}"), format!("{partner} denied your order{because}"))
    };
    ended(said, subject, vec![told, nothing_done()], "Denied by")
}

pub(super) fn withdrawn(said: &Said<'_>) -> Letter {
    let (account, partner, summary) = (said.text("/account"), said.text("/partner"), summary(said));
    let (subject, told) = if to_partner(said) {
        (
            format!("{account} withdrew its order: {summary}"),
            format!("{account} withdrew its order. There is nothing left to decide."),
        )
    } else {
        let by = said.text("/order/decided_by");
        (
            format!("Your order to {partner} was withdrawn: {summary}"),
            format!("{by} withdrew your order before {partner} decided it."),
        )
    };
    ended(said, subject, vec![told, nothing_done()], "Withdrawn by")
}

pub(super) fn failed(said: &Said<'_>) -> Letter {
    let (account, partner, summary) = (said.text("/account"), said.text("/partner"), summary(said));
    let why = said.words("/order/comment").unwrap_or_else(|| "no reason is known".into());
    let (subject, whose) = if to_partner(said) {
        (format!("Order of {account} could not be carried out: {summary}"), format!("the order of {account}"))
    } else {
        (format!("Your order to {partner} could not be carried out: {summary}"), String::from("your order"))
    };
    let told = format!("{partner} accepted {whose}, but it could not be carried out: {why}");
    let mut letter = ended(said, subject, vec![told, nothing_done()], "Accepted by");
    // What stands there is why it failed, and was told.
    letter.facts.retain(|(label, _)| *label != "Comment");
    letter
}

pub(super) fn expired(said: &Said<'_>) -> Letter {
    let (account, partner, summary) = (said.text("/account"), said.text("/partner"), summary(said));
    let (subject, whose) = if to_partner(said) {
        (format!("Order of {account} expired: {summary}"), format!("the order of {account}"))
    } else {
        (format!("Your order to {partner} expired: {summary}"), String::from("your order"))
    };
    let mut facts = about(said);
    facts.push(("Expired on", said.when()));
    Letter {
        subject,
        told: vec![
            format!("Nobody at {partner} decided {whose} for 60 days, so it expired."),
            nothing_done(),
        ],
        facts,
        commands: Vec::new(),
    }
}

fn nothing_done() -> String {
    String::from("Nothing was made or changed, and nothing is charged.")
}
