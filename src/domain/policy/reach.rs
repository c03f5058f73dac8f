//! Finds rules that can never match: covered by a rule above, or depending on unknown values.

use super::problem::Problem;
use super::{Condition, Policy, Rule};
use crate::domain::approvals::{Kind, Source};
use crate::text::name::is_same;

pub(super) fn problems(policy: &Policy) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (position, rule) in policy.rules.iter().enumerate() {
        if let Some(above) = policy.rules[..position].iter().find(|above| covers(above, rule)) {
            let message = format!(
                "rule '{}' can never match: rule '{}' on line {} matches everything first",
                rule.name, above.name, above.line
            );
            problems.push(Problem::warning(rule.line, message).hint("put the more specific rule first"));
        }
        if let Some(condition) = rule.conditions.iter().find(|condition| never_known(rule, condition)) {
            let message =
                format!("rule '{}' can never match: {condition} is never known for such requests", rule.name);
            problems.push(Problem::warning(rule.line, message));
        }
    }
    problems
}

/// Whether `above` matches everything that `below` matches.
fn covers(above: &Rule, below: &Rule) -> bool {
    // A reason with an unknown value keeps a rule from matching.
    let always_given = above.reason.as_ref().is_none_or(|reason| !reason.text().contains('{'));
    always_given
        && above.conditions.iter().all(|wide| below.conditions.iter().any(|narrow| implies(narrow, wide)))
}

/// Whether the first condition implies the second.
fn implies(narrow: &Condition, wide: &Condition) -> bool {
    use Condition::{
        Customer, CustomerNew, ExpiresWithin, Location, MaxRate, MaxSold, MinRate, OlderThan, Port,
        RoomAfterMin, SoldOver, Type, VlanSet,
    };
    match (narrow, wide) {
        (Type(narrow), Type(wide)) => narrow.iter().all(|kind| wide.contains(kind)),
        (Condition::Source(narrow), Condition::Source(wide)) => {
            narrow.iter().all(|source| wide.contains(source))
        }
        (Customer(narrow), Customer(wide)) => {
            narrow.iter().all(|one| wide.iter().any(|other| one.is_same(other)))
        }
        (CustomerNew(narrow), CustomerNew(wide)) | (VlanSet(narrow), VlanSet(wide)) => narrow == wide,
        (Port(narrow), Port(wide)) | (Location(narrow), Location(wide)) => narrow.iter().all(|one| {
            wide.iter().any(|other| {
                one == other
                    || is_same(one.text(), other.text())
                    || (one.is_plain() && other.fits(one.text()))
            })
        }),
        (MinRate(narrow), MinRate(wide)) | (RoomAfterMin(narrow), RoomAfterMin(wide)) => narrow >= wide,
        (MaxRate(narrow), MaxRate(wide)) => narrow <= wide,
        (MaxSold(narrow), MaxSold(wide)) => narrow <= wide,
        (SoldOver(narrow), SoldOver(wide)) => narrow >= wide,
        (OlderThan(narrow), OlderThan(wide)) => narrow.duration >= wide.duration,
        (ExpiresWithin(narrow), ExpiresWithin(wide)) => narrow.duration <= wide.duration,
        _ => false,
    }
}

/// Whether a condition's value is unknown for all requests of the rule.
fn never_known(rule: &Rule, condition: &Condition) -> bool {
    let kinds = rule.conditions.iter().find_map(|one| match one {
        Condition::Type(kinds) => Some(kinds.as_slice()),
        _ => None,
    });
    let sources = rule.conditions.iter().find_map(|one| match one {
        Condition::Source(sources) => Some(sources.as_slice()),
        _ => None,
    });
    let only_kinds = |of: &[Kind]| kinds.is_some_and(|kinds| kinds.iter().all(|kind| of.contains(kind)));
    let only_queue = sources == Some(&[Source::Queue]) || only_kinds(&[Kind::TermChange, Kind::Order]);
    let only_marketplace = sources == Some(&[Source::Marketplace]);
    match condition {
        // A speed change of the marketplace has no date; nothing in the queue tells when it expires.
        Condition::OlderThan(_) => only_marketplace && only_kinds(&[Kind::SpeedChange]),
        Condition::ExpiresWithin(_) => only_queue || only_kinds(&[Kind::SpeedChange]),
        Condition::Port(_)
        | Condition::Location(_)
        | Condition::CustomerNew(_)
        | Condition::VlanSet(_)
        | Condition::RoomAfterMin(_)
        | Condition::MaxSold(_)
        | Condition::SoldOver(_) => only_queue,
        _ => false,
    }
}
