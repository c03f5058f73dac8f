//! The plan of a run: all requests in list order, with cumulative room, up to the limits of the policy.

use std::collections::HashMap;

use jiff::Timestamp;

use super::matching::{Facts, Trial};
use super::quota::{Counted, Spent};
use super::stop::{Stop, StopBy};
use super::{Policy, Rule, Verdict};
use crate::api::products::CapacityGroup;
use crate::api::vlan::Vlan;
use crate::domain::approvals::{Approval, Held};
use crate::domain::collect::Collected;
use crate::domain::ports::book::{Clash, Seeker, VlanBook};
use crate::domain::ports::room::{Room, Rooms};
use crate::domain::ports::scan::Port;
use crate::domain::ports::{Ceiling, Excess};
use crate::text::{Mbps, Uid};

/// The schema of the document of `policy plan`, which `approvals apply` takes.
pub(crate) const PLAN_SCHEMA: &str = "portgate.plan/v1";

#[derive(Debug, Clone, Default)]
pub(crate) struct Planned {
    /// The request, with the room after it and those that the run accepts before.
    pub(crate) approval: Approval,
    pub(crate) rule: Option<usize>,
    /// The rule's verdict, or `Leave` if no rule matches or a limit stopped it.
    pub(crate) verdict: Verdict,
    /// Why the rule's verdict is not carried out.
    pub(crate) stopped: Option<Stop>,
    /// The VLAN that it would get, where its rule chooses one and it is known.
    pub(crate) vlan: Option<Vlan>,
    /// Whether it would only be proposed.
    pub(crate) needs_second_person: bool,
    pub(crate) reason: Option<String>,
    pub(crate) trials: Vec<Trial>,
}

impl Planned {
    /// The limit that stopped it; what is only left for people was not stopped.
    pub(crate) fn stopped_by_limit(&self) -> Option<&Stop> {
        self.stopped.as_ref().filter(|stop| stop.is_limit())
    }

    /// Why it is left to people, though a rule would decide it.
    pub(crate) fn left_because(&self) -> Option<&Stop> {
        self.stopped.as_ref().filter(|stop| !stop.is_limit())
    }
}

/// The room on ports, reduced by what this run accepts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Forecast {
    rooms: Rooms,
    places: HashMap<Uid, Vec<String>>,
    added_mbps: HashMap<CapacityGroup, Mbps>,
    ports: Vec<Port>,
    vlans: VlanBook,
}

impl Forecast {
    /// The rooms and places of the ports that were read.
    pub(crate) fn from_collected(collected: &Collected) -> Self {
        let places = collected
            .ports
            .iter()
            .filter_map(|port| {
                let detail = &port.product.location_detail;
                let names = [&detail.name, &detail.city, &detail.metro].into_iter().flatten().cloned();
                Some((port.product.product_uid.clone()?, names.collect()))
            })
            .collect();
        Forecast {
            rooms: collected.rooms.clone(),
            places,
            ports: collected.ports.clone(),
            ..Forecast::default()
        }
    }

    /// The VLAN that a rule sets for a request, or why it can't get one; `None` if that isn't known.
    fn vlan_for(&mut self, seeker: &Seeker<'_>, rule: &Rule) -> Option<Result<Option<Vlan>, Clash>> {
        let is_known = self.vlans.note_listed(&self.ports, seeker.port);
        is_known.then(|| self.vlans.choose(seeker, rule.vlan, &rule.vlan_pool, None))
    }

    /// Why a request is not accepted that can't get a VLAN.
    fn stop_by(&self, clash: &Clash, seeker: &Seeker<'_>, rule: &Rule) -> Stop {
        let is_it = |port: &&Port| port.product.product_uid.as_ref() == Some(seeker.port);
        let port = self.ports.iter().find(is_it).and_then(|port| port.product.product_name.as_deref());
        let port = port.unwrap_or("the port");
        let says = match clash {
            Clash::Taken(other) | Clash::Given(other) => format!("VLAN {} is taken on {port}", other.vlan),
            Clash::NoneFree if rule.vlan_pool.is_all() => format!("no VLAN is free on {port}"),
            Clash::NoneFree => format!("no VLAN in {} is free on {port}", rule.vlan_pool),
        };
        Stop { verdict: Verdict::Accept, by: StopBy::Vlan, says }
    }

    /// The room on a request's port after what this run has accepted. `fresh` is a later reading of the port; the
    /// smaller room of both counts, because either may be incomplete.
    pub(crate) fn room(&self, approval: &Approval, fresh: Option<Room>) -> Option<Room> {
        let port = approval.my_end()?.product_uid.as_ref()?;
        let mut room = self.rooms.of_port(port)?;
        let added = self.rooms.group_of(port).and_then(|group| self.added_mbps.get(group)).copied();
        room.sold_mbps += added.unwrap_or_default();
        if let Some(fresh) = fresh {
            room.sold_mbps = room.sold_mbps.max(fresh.sold_mbps);
            room.speed_mbps = room.speed_mbps.min(fresh.speed_mbps);
        }
        Some(room)
    }

    pub(crate) fn facts<'a>(
        &'a self,
        approval: &'a Approval,
        fresh: Option<Room>,
        now: Timestamp,
    ) -> Facts<'a> {
        let port = approval.my_end().and_then(|end| end.product_uid.as_ref());
        let places = port.and_then(|port| self.places.get(port)).map_or(&[][..], Vec::as_slice);
        Facts::new(approval, self.room(approval, fresh), places, now)
    }

    pub(crate) fn accept(&mut self, approval: &Approval) {
        let Some(added) = approval.added_mbps() else { return };
        for group in approval.ports_taken().iter().filter_map(|port| self.rooms.group_of(port)) {
            *self.added_mbps.entry(group.clone()).or_default() += added;
        }
    }

    /// Takes back [`Forecast::accept`]: it was not accepted.
    pub(crate) fn release(&mut self, approval: &Approval) {
        let Some(added) = approval.added_mbps() else { return };
        for group in approval.ports_taken().iter().filter_map(|port| self.rooms.group_of(port)) {
            if let Some(sum) = self.added_mbps.get_mut(group) {
                *sum = sum.saturating_sub(added);
            }
        }
    }
}

pub(crate) fn plan(
    policy: &Policy,
    approvals: &[Approval],
    mut forecast: Forecast,
    past: &[Counted],
    ceiling: Option<Ceiling>,
    now: Timestamp,
) -> Vec<Planned> {
    let mut spent = Spent::new(past, now);
    forecast.vlans.expect(approvals.iter().map(|_| policy.rules.iter().any(|rule| rule.vlan.is_some())));
    let mut planned = Vec::with_capacity(approvals.len());
    for approval in approvals {
        let facts = forecast.facts(approval, None, now);
        let judgement = policy.judge(&facts);
        let room_after_mbps = facts.room_after_mbps();
        let port_speed_mbps = facts.room.map(|room| room.speed_mbps);
        let mut one = Planned {
            approval: Approval { room_after_mbps, port_speed_mbps, ..approval.clone() },
            rule: judgement.rule,
            trials: judgement.trials,
            ..Planned::default()
        };
        if let Some(rule) = judgement.rule.map(|rule| &policy.rules[rule]) {
            one.reason = rule
                .reason
                .as_ref()
                .and_then(|reason| reason.fill(approval, &rule.name, room_after_mbps).ok());
            let seeker =
                Seeker::from_approval(approval, None, None).filter(|_| rule.verdict == Verdict::Accept);
            let vlan = seeker.as_ref().and_then(|seeker| forecast.vlan_for(seeker, rule));
            one.stopped = stop_for_hold(approval, rule.verdict)
                .or_else(|| {
                    let clash = vlan.as_ref()?.as_ref().err()?;
                    if *clash != Clash::NoneFree {
                        one.approval.vlan_free = Some(false);
                    }
                    Some(forecast.stop_by(clash, seeker.as_ref()?, rule))
                })
                .or_else(|| oversells(&one.approval, rule.verdict, ceiling))
                .or_else(|| spent.stops(policy, rule, approval));
            if one.stopped.is_none() {
                one.verdict = rule.verdict;
                spent.spend(rule, approval);
                if rule.verdict == Verdict::Accept {
                    forecast.accept(approval);
                }
                if let (Some(seeker), Some(Ok(set))) = (seeker, vlan) {
                    one.vlan = set;
                    forecast.vlans.give(&seeker, set, approval);
                }
            }
        }
        planned.push(one);
    }
    planned
}

/// Why nobody here may decide it now; what is left alone isn't stopped.
fn stop_for_hold(approval: &Approval, verdict: Verdict) -> Option<Stop> {
    verdict.decision()?;
    let by = match approval.held? {
        Held::Claimed => StopBy::Claimed,
        Held::Proposed => StopBy::Proposed,
    };
    Some(Stop { verdict, by, says: approval.held_by()? })
}

/// Why accepting it is above the oversubscription limit, on top of what the run accepts before.
fn oversells(approval: &Approval, verdict: Verdict, ceiling: Option<Ceiling>) -> Option<Stop> {
    let ceiling = ceiling.filter(|ceiling| verdict == Verdict::Accept && ceiling.is_limit())?;
    let excess = Excess::find(approval, ceiling)?;
    Some(Stop { verdict, by: StopBy::MaxSold, says: excess.sentence() })
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
