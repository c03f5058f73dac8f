//! Comparing the terms of a key: what a change would do, and whether it was done.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::service_keys::KeyTerms;
use crate::error::Error;
use crate::text::Mbps;

/// Two years, the longer of them: a life beyond it counts as none that ends.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(731 * 24);
const LONGEST_DESCRIPTION: usize = 255;

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

/// Checks terms against the rules that hold for every key, before anything is sent. What is wrong with them is exit 2.
pub(crate) fn check(terms: &KeyTerms, port_speed: Option<Mbps>, port: &str) -> Result<(), Error> {
    if terms.vlan.is_some() && !terms.single_use {
        return Err(Error::usage("only a single-use key can fix a VLAN")
            .hint("leave out --multi-use, or leave the VLAN out (--no-vlan takes it off an existing key)"));
    }
    if let Some(vlan) = terms.vlan.filter(|vlan| !vlan.exists()) {
        return Err(Error::usage(format!("VLAN {vlan} can't be had")).hint("give 2 to 4093, or 'untagged'"));
    }
    match (terms.max_speed, port_speed) {
        (Some(Mbps(0)), _) => return Err(Error::usage("--max-speed must be at least 1 Mbps")),
        (Some(speed), Some(most)) if speed > most => {
            return Err(Error::usage(format!("--max-speed {speed} is more than the port has"))
                .because(format!("{port} has {most} Mbps"))
                .hint(format!("give at most {most}, or leave it out for all of it")));
        }
        _ => {}
    }
    if let (Some(start), Some(end)) = (terms.start, terms.end)
        && end <= start
    {
        return Err(Error::usage(format!("it would end ({end:.0}) before it starts ({start:.0})"))
            .hint("choose a later --expires-in, or an earlier --starts"));
    }
    if terms.description.as_ref().is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        return Err(Error::usage(format!("--description is longer than {LONGEST_DESCRIPTION} characters")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vlan::Vlan;

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
        let wrong = |change: fn(&mut KeyTerms)| {
            let mut terms = terms();
            change(&mut terms);
            check(&terms, Some(Mbps(1_000)), "SYD1-A").unwrap_err().exit
        };
        let changes: [fn(&mut KeyTerms); 6] = [
            |terms| (terms.single_use, terms.vlan) = (false, Some(Vlan::Number(7))),
            |terms| terms.vlan = Some(Vlan::Number(4094)),
            |terms| terms.max_speed = Some(Mbps(1_001)),
            |terms| terms.max_speed = Some(Mbps(0)),
            |terms| {
                (terms.start, terms.end) = (Timestamp::from_second(9).ok(), Timestamp::from_second(9).ok())
            },
            |terms| terms.description = Some("x".repeat(256)),
        ];
        assert!(changes.into_iter().all(|change| wrong(change) == crate::Exit::Usage));
        check(&terms(), Some(Mbps(1_000)), "SYD1-A").unwrap();
    }
}
