//! Matches rules against requests, condition by condition, with explanations.

use std::cell::OnceCell;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use super::pattern::Pattern;
use super::{Condition, Policy, Rule, Verdict};
use crate::domain::approvals::Approval;
use crate::domain::ports::Share;
use crate::domain::ports::room::Room;
use crate::text::Uid;
use crate::text::name::Name;
use crate::text::{Mbps, words};

#[derive(Debug, Clone)]
pub(crate) struct Facts<'a> {
    pub(crate) approval: &'a Approval,
    /// The room on its port, with its LAG, before it; `None` where it isn't known.
    pub(crate) room: Option<Room>,
    /// Names of the place its port is at, beside the one the request gives.
    pub(crate) places: &'a [String],
    pub(crate) now: Timestamp,
    customer: OnceCell<[Option<Name>; 2]>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(
        approval: &'a Approval,
        room: Option<Room>,
        places: &'a [String],
        now: Timestamp,
    ) -> Self {
        Facts { approval, room, places, now, customer: OnceCell::new() }
    }

    /// The name and the UID of the customer.
    fn customer(&self) -> [Option<&Name>; 2] {
        let customer = &self.approval.customer;
        let names = || {
            [customer.name.as_deref(), customer.uid.as_ref().map(Uid::as_str)].map(|name| name.map(Name::new))
        };
        self.customer.get_or_init(names).each_ref().map(Option::as_ref)
    }

    /// Mbps left on the port after it; negative if oversubscribed.
    pub(crate) fn room_after_mbps(&self) -> Option<i64> {
        Some(self.room?.left_after(self.added_mbps()?))
    }

    /// Mbps it takes of the room; unknown for a speed change without a current speed.
    pub(crate) fn added_mbps(&self) -> Option<Mbps> {
        self.approval.exactly_added_mbps()
    }

    /// What is sold on the port before and after it.
    fn share(&self) -> Option<Share> {
        Some(Share::new(self.room?, Mbps(0), self.added_mbps()?))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "held", content = "because")]
pub(crate) enum Held {
    Yes(String),
    No(String),
    /// The value is unknown, so the condition doesn't hold.
    Unknown(String),
}

impl Held {
    pub(crate) fn reason(&self) -> &str {
        match self {
            Held::Yes(because) | Held::No(because) | Held::Unknown(because) => because,
        }
    }

    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Held::Yes(_) => "yes",
            Held::No(_) => "no",
            Held::Unknown(_) => "unknown",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trial {
    /// The conditions as in the file, with their results.
    pub(crate) conditions: Vec<(String, Held)>,
    /// A placeholder of its reason whose value is unknown.
    pub(crate) blank: Option<&'static str>,
}

impl Trial {
    /// Whether the rule matches: all conditions hold, and its reason can be given.
    pub(crate) fn matches(&self) -> bool {
        self.blank.is_none() && self.conditions.iter().all(|(_, held)| matches!(held, Held::Yes(_)))
    }

    /// The unknown value that keeps the rule from matching, if nothing else does.
    pub(crate) fn unknown_value(&self) -> Option<String> {
        if self.matches() || self.conditions.iter().any(|(_, held)| matches!(held, Held::No(_))) {
            return None;
        }
        let unknown = self.conditions.iter().find(|(_, held)| matches!(held, Held::Unknown(_)));
        unknown
            .map(|(_, held)| held.reason().to_owned())
            .or_else(|| self.blank.map(|blank| format!("its reason uses {{{blank}}}, which is unknown")))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) trials: Vec<Trial>,
    pub(crate) rule: Option<usize>,
}

impl Policy {
    /// Tries the rules in order; the first that matches decides. So does one that leaves a request to people where nothing
    /// but something unknown speaks against it: no later rule may decide what it was to keep.
    pub(crate) fn judge(&self, facts: &Facts<'_>) -> Judgement {
        let mut trials = Vec::new();
        // Unsupported requests match no rule.
        if !facts.approval.is_understood() {
            return Judgement { trials, rule: None };
        }
        for (position, rule) in self.rules.iter().enumerate() {
            let trial = rule.trial(facts);
            let matches =
                trial.matches() || (rule.verdict == Verdict::Leave && trial.unknown_value().is_some());
            trials.push(trial);
            if matches {
                return Judgement { trials, rule: Some(position) };
            }
        }
        Judgement { trials, rule: None }
    }
}

impl Rule {
    pub(crate) fn trial(&self, facts: &Facts<'_>) -> Trial {
        let conditions =
            self.conditions.iter().map(|condition| (condition.to_string(), condition.holds(facts))).collect();
        let blank = self
            .reason
            .as_ref()
            .and_then(|reason| reason.fill(facts.approval, &self.name, facts.room_after_mbps()).err());
        Trial { conditions, blank }
    }
}

impl Condition {
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Held {
        let approval = facts.approval;
        match self {
            Condition::Type(kinds) => yes_or_no(
                kinds.contains(&approval.kind),
                format!("it is {}", approval.kind.noun_with_article()),
            ),
            Condition::Source(sources) => yes_or_no(
                sources.contains(&approval.source),
                format!("it comes from the {}", approval.source.word()),
            ),
            Condition::Customer(wanted) => {
                let [name, uid] = facts.customer();
                let is_wanted = |known: &Name| wanted.iter().any(|wanted| wanted.is_same(known));
                let [one, other] = [name, uid].map(|known| Some((known?.text(), is_wanted(known?))));
                let held = judge_any(one, other, "the customer");
                let like = wanted.iter().find(|wanted| name.is_some_and(|name| name.only_looks_like(wanted)));
                match (held, like, name) {
                    // A lookalike name must neither match a rule nor fall through to the next one.
                    (Held::No(_) | Held::Unknown(_), Some(wanted), Some(name)) => {
                        let (name, wanted) = (name.text(), wanted.text());
                        Held::Unknown(format!("the customer's name {name} only looks like {wanted}"))
                    }
                    (held, ..) => held,
                }
            }
            Condition::CustomerNew(wanted) => match approval.customer.is_new {
                None => unknown_held("whether the customer is new"),
                Some(new) => yes_or_no(
                    new == *wanted,
                    if new {
                        "the customer has no live VXCs with you"
                    } else {
                        "the customer has live VXCs with you"
                    },
                ),
            },
            Condition::Port(patterns) => {
                let end = approval.my_end();
                let (name, uid) = (
                    end.and_then(|end| end.product_name.as_deref()),
                    end.and_then(|end| end.product_uid.as_ref().map(Uid::as_str)),
                );
                let [one, other] = [name, uid].map(|known| Some((known?, fits(patterns, known?))));
                judge_any(one, other, "the port")
            }
            Condition::Location(patterns) => {
                let own = approval.my_end().and_then(|end| end.location.as_ref());
                let known: Vec<&String> = own.into_iter().chain(facts.places).collect();
                match known.first() {
                    None => unknown_held("the location"),
                    Some(first) => yes_or_no(
                        known.iter().any(|known| fits(patterns, known)),
                        format!("its port is at {first}"),
                    ),
                }
            }
            Condition::MinRate(least) => number(approval.asked_mbps(), "the speed", |asked| {
                (asked >= *least, format!("it asks for {asked} Mbps"))
            }),
            Condition::MaxRate(most) => number(approval.asked_mbps(), "the speed", |asked| {
                (asked <= *most, format!("it asks for {asked} Mbps"))
            }),
            Condition::RoomAfterMin(least) => {
                let least = i64::try_from(least.0).unwrap_or(i64::MAX);
                number(facts.room_after_mbps(), "the room on the port", |left| {
                    let of = facts.room.map(|room| room.speed_mbps);
                    (left >= least, format!("room after it: {} Mbps", words::room(Some(left), of)))
                })
            }
            Condition::MaxSold(most) => share(facts, |share| !share.is_above(*most)),
            Condition::SoldOver(over) => share(facts, |share| share.is_above(*over)),
            Condition::VlanSet(wanted) => match approval.my_end() {
                None => unknown_held("its VLAN"),
                Some(end) => {
                    let because = match end.vlan {
                        None => "no VLAN is requested".to_owned(),
                        Some(vlan) => format!("its VLAN is {vlan}"),
                    };
                    yes_or_no(end.vlan.is_some() == *wanted, because)
                }
            },
            Condition::OlderThan(age) => number(approval.created_at, "its age", |created| {
                let old = facts.now.duration_since(created);
                (old > age.duration, format!("it is {} old", words::span(old)))
            }),
            Condition::ExpiresWithin(time) => number(approval.expires_at, "when it expires", |expires| {
                let left = expires.duration_since(facts.now);
                (left <= time.duration, format!("it has {} left", words::span(left)))
            }),
        }
    }
}

fn yes_or_no(holds: bool, because: impl Into<String>) -> Held {
    if holds { Held::Yes(because.into()) } else { Held::No(because.into()) }
}

fn unknown_held(what: &str) -> Held {
    Held::Unknown(format!("{what} is unknown"))
}

fn number<T>(value: Option<T>, what: &str, test: impl FnOnce(T) -> (bool, String)) -> Held {
    match value {
        None => unknown_held(what),
        Some(value) => {
            let (holds, because) = test(value);
            yes_or_no(holds, because)
        }
    }
}

/// Something with a name and a uid, each with whether it fits: it is ruled out only where both are known.
fn judge_any(one: Option<(&str, bool)>, other: Option<(&str, bool)>, what: &str) -> Held {
    let fitting = [one, other].into_iter().flatten().find(|(_, fits)| *fits);
    match (fitting, one, other) {
        (Some((known, _)), ..) => Held::Yes(format!("{what} is {known}")),
        (None, Some((known, _)), Some(_)) => Held::No(format!("{what} is {known}")),
        _ => unknown_held(what),
    }
}

fn share(facts: &Facts<'_>, test: impl FnOnce(Share) -> bool) -> Held {
    number(facts.share(), "what is sold on the port", |share| {
        let Share { after_mbps, speed_mbps, .. } = share;
        (test(share), format!("{after_mbps} of {speed_mbps} Mbps of the port would be sold"))
    })
}

fn fits(patterns: &[Pattern], name: &str) -> bool {
    patterns.iter().any(|pattern| pattern.fits(name))
}

impl fmt::Display for Condition {
    /// As it stands in the file: `max_speed = "1000 Mbps"`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = |texts: Vec<String>| match texts.as_slice() {
            [one] => format!("{one:?}"),
            several => format!("{several:?}"),
        };
        let patterns = |patterns: &[Pattern]| texts(patterns.iter().map(Pattern::to_string).collect());
        let (key, value) = match self {
            Condition::Type(kinds) => {
                ("type", texts(kinds.iter().map(|kind| kind.word().to_owned()).collect()))
            }
            Condition::Source(sources) => {
                ("source", texts(sources.iter().map(|source| source.word().to_owned()).collect()))
            }
            Condition::Customer(customers) => {
                ("customer", texts(customers.iter().map(|name| name.text().to_owned()).collect()))
            }
            Condition::CustomerNew(new) => ("customer_new", new.to_string()),
            Condition::Port(ports) => ("port", patterns(ports)),
            Condition::Location(places) => ("location", patterns(places)),
            Condition::MinRate(mbps) => ("min_speed", format!("\"{}\"", words::mbps(*mbps))),
            Condition::MaxRate(mbps) => ("max_speed", format!("\"{}\"", words::mbps(*mbps))),
            Condition::RoomAfterMin(mbps) => ("room_after_min_mbps", mbps.to_string()),
            Condition::MaxSold(percent) => ("max_sold", format!("\"{percent}%\"")),
            Condition::SoldOver(percent) => ("sold_over", format!("\"{percent}%\"")),
            Condition::VlanSet(set) => ("vlan_set", set.to_string()),
            Condition::OlderThan(age) => ("older_than", format!("{:?}", age.text)),
            Condition::ExpiresWithin(time) => ("expires_within", format!("{:?}", time.text)),
        };
        write!(formatter, "{key} = {value}")
    }
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
