//! Services, Service Status and Financial: VXCs and ports in use, and what they cost.

use super::Said;
use crate::sandbox::domain::role::Action;
use crate::sandbox::mail::letter::{Letter, Step};

fn about_vxc(said: &Said<'_>) -> Vec<(&'static str, String)> {
    let mut facts = vec![("VXC", said.text("/vxc/name")), ("VXC uid", said.text("/vxc/uid"))];
    if let Some(request) = said.maybe("/request/uid") {
        facts.push(("Request", request));
    }
    facts.extend([
        ("Customer", said.text("/customer/name")),
        ("Provider", said.text("/provider/name")),
        ("From", said.end("/a_end")),
        ("To", said.end("/b_end")),
        ("Speed", said.speed("/rate_limit_mbps")),
        ("VLAN at A-End", said.vlan("/a_end", "-")),
        ("VLAN at B-End", said.vlan("/b_end", "-")),
    ]);
    facts
}

pub(super) fn available(said: &Said<'_>) -> Letter {
    let (vxc, provider) = (said.text("/vxc/name"), said.text("/provider/name"));
    let mut facts = about_vxc(said);
    if let Some(by) = said.maybe("/request/requested_by") {
        facts.push(("Ordered by", by));
    }
    Letter {
        subject: format!("Your VXC to {provider} is available: {vxc}"),
        told: vec![format!(
            "{vxc} is up. The layer-2 connection between {} and {provider}'s {} stands at {}.",
            said.text("/a_end/product_name"),
            said.text("/b_end/product_name"),
            said.speed("/rate_limit_mbps")
        )],
        facts,
        commands: Vec::new(),
    }
}

pub(super) fn cancelled(said: &Said<'_>) -> Letter {
    let (vxc, customer) = (said.text("/vxc/name"), said.text("/customer/name"));
    let mut facts = about_vxc(said);
    // Only who pays for it may.
    facts.push(("Cancelled by", customer.clone()));
    facts.push(("Cancelled on", said.when()));
    let mut told = vec![format!(
        "{customer} cancelled its VXC {vxc} to {}. Its VLANs are free again.",
        said.text("/provider/name")
    )];
    if said.text("/request/status") == "withdrawn" {
        told.push(
            "The request that still waited on it was withdrawn; there is nothing left to decide.".into(),
        );
    }
    Letter { subject: format!("{customer} cancelled its VXC {vxc}"), told, facts, commands: Vec::new() }
}

fn about_charge(said: &Said<'_>) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Charge", said.charge())];
    facts.extend(about_vxc(said));
    if let Some(cost_centre) = said.maybe("/cost_centre") {
        facts.push(("Cost centre", cost_centre));
    }
    if let Some(months) = said.number("/contract_term_months") {
        facts.push(("Term", if months == 1 { "1 month".into() } else { format!("{months} months") }));
    }
    if let Some(by) = said.maybe("/request/requested_by") {
        facts.push(("Ordered by", by));
    }
    facts.push(("Since", said.when()));
    facts
}

pub(super) fn charge_started(said: &Said<'_>) -> Letter {
    let vxc = said.text("/vxc/name");
    Letter {
        subject: format!("A monthly charge starts: {} for {vxc}", said.charge()),
        told: vec![format!("{vxc} is available and is charged from now on: {}.", said.charge())],
        facts: about_charge(said),
        commands: Vec::new(),
    }
}

pub(super) fn charge_changed(said: &Said<'_>) -> Letter {
    let vxc = said.text("/vxc/name");
    Letter {
        subject: format!("A monthly charge changed: now {} for {vxc}", said.charge()),
        told: vec![format!(
            "The speed of {vxc} is now {}, and it is charged accordingly: {}.",
            said.speed("/rate_limit_mbps"),
            said.charge()
        )],
        facts: about_charge(said),
        commands: Vec::new(),
    }
}

fn about_port(said: &Said<'_>, time: &'static str) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Port", said.text("/port/name")),
        ("Location", said.text("/port/location")),
        ("Port uid", said.text("/port/uid")),
    ];
    if let Some(vxcs) = said.number("/vxcs") {
        facts.push(("VXCs on it", vxcs.to_string()));
    }
    facts.push((time, said.when()));
    facts
}

pub(super) fn port_down(said: &Said<'_>) -> Letter {
    let port = said.text("/port/name");
    Letter {
        subject: format!("Port down: {port}"),
        told: vec![format!(
            "Your port {port} at {} is down. Its VXCs carry no traffic until it is up again; you get another e-mail then.",
            said.text("/port/location")
        )],
        facts: about_port(said, "Down since"),
        commands: vec![Step::new("See your ports", "ports list", Action::See)],
    }
}

pub(super) fn port_up(said: &Said<'_>) -> Letter {
    let port = said.text("/port/name");
    Letter {
        subject: format!("Port up again: {port}"),
        told: vec![format!(
            "Your port {port} at {} is up again, and its VXCs carry traffic.",
            said.text("/port/location")
        )],
        facts: about_port(said, "Up since"),
        commands: Vec::new(),
    }
}
