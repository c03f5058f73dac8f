//! Security, People and Company: keys, users, and what the company lets others do.

use super::Said;
use crate::sandbox::domain::role::Action;
use crate::sandbox::mail::letter::{Letter, Step};

fn about_key(said: &Said<'_>) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Key", said.text("/key/name")),
        ("Client ID", said.text("/key/client_id")),
        ("Owner", said.text("/owner")),
    ];
    if let Some(role) = said.maybe("/key/role") {
        facts.push(("Role", role));
    }
    facts
}

pub(super) fn key_created(said: &Said<'_>) -> Letter {
    let mut facts = about_key(said);
    facts.push(("Created on", said.when()));
    Letter {
        subject: format!("An API key was created for {}", said.text("/owner")),
        told: vec![format!(
            "The API key {} was created for {}. Whoever holds its secret acts for your company. If nobody among you made \
             it, deactivate it now.",
            said.text("/key/name"),
            said.text("/owner")
        )],
        facts,
        commands: Vec::new(),
    }
}

pub(super) fn login_failed(said: &Said<'_>) -> Letter {
    let failures = said.number("/failures").unwrap_or(1);
    let times = if failures == 1 { String::from("once") } else { format!("{failures} times") };
    let mut facts = about_key(said);
    facts.push(("Failed", times.clone()));
    facts.push(("Last on", said.when()));
    Letter {
        subject: format!("Logging in failed with the API key {}", said.text("/key/name")),
        told: vec![format!(
            "Somebody tried to log in with the API key {} of {} and failed {times} since you were last told. If that \
             wasn't one of you, give the key a new secret. You are told at most once an hour.",
            said.text("/key/name"),
            said.text("/owner")
        )],
        facts,
        commands: Vec::new(),
    }
}

fn about_user(said: &Said<'_>, by: &'static str) -> Vec<(&'static str, String)> {
    vec![
        ("User", said.text("/user/name")),
        ("E-mail", said.text("/user/email")),
        ("Role", said.text("/user/role")),
        (by, said.text("/changed_by")),
        ("On", said.when()),
    ]
}

pub(super) fn user_invited(said: &Said<'_>) -> Letter {
    let (name, role) = (said.text("/user/name"), said.text("/user/role"));
    Letter {
        subject: format!("User invited: {name}, {role}"),
        told: vec![format!("{} invited {name} to your company as {role}.", said.text("/changed_by"))],
        facts: about_user(said, "Invited by"),
        commands: Vec::new(),
    }
}

pub(super) fn user_changed(said: &Said<'_>) -> Letter {
    let (name, changes) = (said.text("/user/name"), said.list("/changes"));
    let mut facts = about_user(said, "Changed by");
    facts.insert(3, ("Changed", changes.clone()));
    Letter {
        subject: format!("User changed: {name} ({changes})"),
        told: vec![format!(
            "{} changed {name}: {changes}. Below is how it is now.",
            said.text("/changed_by")
        )],
        facts,
        commands: Vec::new(),
    }
}

fn about_port(said: &Said<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("Port", said.text("/port/name")),
        ("Location", said.text("/port/location")),
        ("Port uid", said.text("/port/uid")),
        ("Changed by", said.text("/changed_by")),
        ("On", said.when()),
    ]
}

pub(super) fn visibility_changed(said: &Said<'_>) -> Letter {
    let (port, on) = (said.text("/port/name"), said.is("/on"));
    let (subject, told) = if on {
        (
            format!("{port} is now visible on the Marketplace"),
            "Every customer of the Marketplace can see it and ask for a connection.",
        )
    } else {
        (
            format!("{port} is no longer visible on the Marketplace"),
            "Customers no longer see it there. The VXCs that it has stay.",
        )
    };
    Letter {
        told: vec![format!("{} changed your port {port}. {told}", said.text("/changed_by"))],
        subject,
        facts: about_port(said),
        commands: vec![Step::new("See your ports", "ports list", Action::See)],
    }
}

pub(super) fn auto_approval_changed(said: &Said<'_>) -> Letter {
    let (port, on) = (said.text("/port/name"), said.is("/on"));
    let (subject, told) = if on {
        (
            format!("{port} now accepts requests automatically"),
            "Connection requests and speed changes on it are accepted without anybody's decision from now on.",
        )
    } else {
        (
            format!("{port} no longer accepts requests automatically"),
            "Connection requests and speed changes on it wait for somebody's decision from now on.",
        )
    };
    Letter {
        told: vec![format!("{} changed your port {port}. {told}", said.text("/changed_by"))],
        subject,
        facts: about_port(said),
        commands: vec![Step::new("See your ports", "ports list", Action::See)],
    }
}
