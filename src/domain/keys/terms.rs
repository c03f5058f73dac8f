//! Compares the terms of a key: what a change would do, and whether it was done.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::service_keys::KeyTerms;
use crate::api::vlan::Vlan;
use crate::text::Mbps;

/// Two years, the longer of them: a life beyond it counts as none that ends.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(731 * 24);
/// Characters.
pub(crate) const LONGEST_DESCRIPTION: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) field: &'static str,
    pub(crate) from: Value,
    pub(crate) to: Value,
}

impl Difference {
    pub(crate) fn sentence(&self) -> String {
        let (name, unit) = match self.field {
            "max_speed_mbps" => ("speed", " Mbps"),
            "single_use" => ("single use", ""),
            "pre_approved" => ("pre-approved", ""),
            "vlan" => ("VLAN", ""),
            "starts_at" => ("starts", ""),
            "expires_at" => ("expires", ""),
            "promo_code" => ("promo code", ""),
            "product_uid" => ("port", ""),
            other => (other, ""),
        };
        format!("{name} {} → {}{unit}", value_text(&self.from), value_text(&self.to))
    }
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What differs between two sets of terms on a port of that speed. An absent speed is the port's, absent approval is
/// needed, an absent description is an empty one; moments count in seconds.
pub(crate) fn differences(from: &KeyTerms, to: &KeyTerms, port_speed: Option<Mbps>) -> Vec<Difference> {
    let second = |at: Option<Timestamp>| {
        at.and_then(|at| Timestamp::from_second(at.as_second()).ok()).map(|at| at.to_string())
    };
    let fields = |terms: &KeyTerms| {
        [
            ("description", json!(terms.description.as_deref().filter(|text| !text.is_empty()))),
            ("max_speed_mbps", json!(terms.max_speed.or(port_speed))),
            ("single_use", json!(terms.single_use)),
            ("pre_approved", json!(terms.pre_approved.unwrap_or(false))),
            ("vlan", json!(terms.vlan)),
            ("active", json!(terms.active)),
            ("starts_at", json!(second(terms.start))),
            ("expires_at", json!(second(terms.end))),
            ("promo_code", json!(terms.promo_code)),
            ("product_uid", json!(terms.product_uid)),
        ]
    };
    fields(from)
        .into_iter()
        .zip(fields(to))
        .filter(|((_, from), (_, to))| from != to)
        .map(|((field, from), (_, to))| Difference { field, from, to })
        .collect()
}

/// What was asked for and didn't come about. A start that wasn't asked for may be the backend's own, and a speed that
/// wasn't may read as the port's.
pub(crate) fn unmet_differences(
    wanted: &KeyTerms,
    read: &KeyTerms,
    port_speed: Option<Mbps>,
) -> Vec<Difference> {
    differences(wanted, read, port_speed)
        .into_iter()
        .filter(|difference| match difference.field {
            "starts_at" => wanted.start.is_some(),
            "product_uid" => wanted.product_uid.is_some() && read.product_uid.is_some(),
            "max_speed_mbps" => wanted.max_speed.is_some() || port_speed.is_some(),
            _ => true,
        })
        .collect()
}

/// Whether nobody would be asked any more: any number of connections, without approval, for ever or nearly so.
pub(crate) fn opens_wide(terms: &KeyTerms, now: Timestamp) -> bool {
    !terms.single_use && terms.pre_approved == Some(true) && is_long(terms.start, terms.end, now)
}

/// Whether a period that is still to come has no end, or one that lies more than two years off: nobody will think of it
/// when it comes.
fn is_long(start: Option<Timestamp>, end: Option<Timestamp>, now: Timestamp) -> bool {
    let from = start.map_or(now, |start| start.max(now));
    end.is_none_or(|end| end.duration_since(from) > LONGEST_LIFE)
}

/// A problem with the terms of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    VlanOfMultiUse,
    Vlan(Vlan),
    NoSpeed,
    AbovePortSpeed { speed: Mbps, most: Mbps },
    EndsBeforeStart { start: Timestamp, end: Timestamp },
    OverAtOnce,
    LongDescription,
}

/// Checks terms against the rules that hold for every key, before anything is sent.
pub(crate) fn check(terms: &KeyTerms, port_speed: Option<Mbps>) -> Result<(), Wrong> {
    let long = |text: &String| text.chars().count() > LONGEST_DESCRIPTION;
    Err(match (terms.vlan, terms.max_speed, port_speed, terms.start, terms.end) {
        (Some(_), ..) if !terms.single_use => Wrong::VlanOfMultiUse,
        (Some(vlan), ..) if !vlan.exists() => Wrong::Vlan(vlan),
        (_, Some(Mbps(0)), ..) => Wrong::NoSpeed,
        (_, Some(speed), Some(most), ..) if speed > most => Wrong::AbovePortSpeed { speed, most },
        (.., Some(start), Some(end)) if end <= start => Wrong::EndsBeforeStart { start, end },
        _ if terms.description.as_ref().is_some_and(long) => Wrong::LongDescription,
        _ => return Ok(()),
    })
}

/// As [`check`], for a key that is to be made.
pub(crate) fn check_new(terms: &KeyTerms, port_speed: Option<Mbps>, now: Timestamp) -> Result<(), Wrong> {
    check(terms, port_speed)?;
    if terms.end.is_some_and(|end| end <= now) { Err(Wrong::OverAtOnce) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> KeyTerms {
        KeyTerms { product_uid: Some("p".into()), single_use: true, active: true, ..KeyTerms::default() }
    }

    #[test]
    fn a_speed_that_reads_as_the_port_s_may_not_be_set_at_all() {
        let all = KeyTerms { max_speed: Some(Mbps(10_000)), ..terms() };
        assert!(differences(&terms(), &all, Some(Mbps(10_000))).is_empty());
        let less = KeyTerms { max_speed: Some(Mbps(500)), ..terms() };
        assert_eq!(differences(&less, &terms(), Some(Mbps(10_000)))[0].sentence(), "speed 500 → 10000 Mbps");
        assert!(unmet_differences(&terms(), &all, None).is_empty());
    }

    #[test]
    fn null_approval_is_approval_needed_and_a_start_not_asked_for_is_no_difference() {
        let read = KeyTerms {
            pre_approved: Some(false),
            start: Timestamp::from_second(5).ok(),
            description: Some(String::new()),
            ..terms()
        };
        assert!(unmet_differences(&terms(), &read, None).is_empty());
        let ends = KeyTerms { end: Timestamp::from_second(9).ok(), ..terms() };
        assert_eq!(unmet_differences(&terms(), &ends, None)[0].field, "expires_at");
    }

    #[test]
    fn the_rules_hold_before_anything_is_sent() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let vlan = |number| Some(Vlan::Number(number));
        let above = Wrong::AbovePortSpeed { speed: Mbps(1_001), most: Mbps(1_000) };
        let backwards = Wrong::EndsBeforeStart { start: at(9), end: at(9) };
        for (terms, wrong) in [
            (terms(), None),
            (KeyTerms { single_use: false, vlan: vlan(7), ..terms() }, Some(Wrong::VlanOfMultiUse)),
            (KeyTerms { vlan: vlan(4094), ..terms() }, Some(Wrong::Vlan(Vlan::Number(4094)))),
            (KeyTerms { max_speed: Some(Mbps(1_001)), ..terms() }, Some(above)),
            (KeyTerms { max_speed: Some(Mbps(0)), ..terms() }, Some(Wrong::NoSpeed)),
            (KeyTerms { start: Some(at(9)), end: Some(at(9)), ..terms() }, Some(backwards)),
            (KeyTerms { end: Some(at(9)), ..terms() }, Some(Wrong::OverAtOnce)),
            (KeyTerms { description: Some("x".repeat(256)), ..terms() }, Some(Wrong::LongDescription)),
        ] {
            assert_eq!(check_new(&terms, Some(Mbps(1_000)), at(9)).err(), wrong);
        }
    }
}
