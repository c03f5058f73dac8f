//! Which acceptances a second person must confirm.

use std::fmt;

use crate::domain::approvals::{Approval, Decision, Kind};
use crate::text::Mbps;
use crate::text::word::Word as _;

/// What a profile requires a second person for: `always`, or any of several conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecondPerson {
    /// As written.
    text: String,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Always,
    /// The requested speed is at least this.
    FasterThan(Mbps),
    Type(Kind),
}

impl SecondPerson {
    /// Parses `always`, or conditions such as `speed >= 10 Gbps` and `type = speed-change`, joined by `or`.
    ///
    /// # Errors
    /// It is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let conditions = text.split(" or ").map(condition).collect::<Result<_, String>>()?;
        Ok(SecondPerson { text: text.trim().to_owned(), conditions })
    }

    /// Whether this decision on the request requires a second person. What isn't known does.
    pub(crate) fn is_required(&self, decision: Decision, approval: &Approval) -> bool {
        decision == Decision::Accept
            && self.conditions.iter().any(|condition| match condition {
                Condition::Always => true,
                Condition::FasterThan(least) => approval.asked_mbps().is_none_or(|asked| asked >= *least),
                Condition::Type(kind) => approval.kind == *kind,
            })
    }
}

impl fmt::Display for SecondPerson {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str(&self.text)
    }
}

fn condition(text: &str) -> Result<Condition, String> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("always") {
        return Ok(Condition::Always);
    }
    if let Some((name, speed)) = text.split_once(">=")
        && name.trim().eq_ignore_ascii_case("speed")
    {
        return speed.trim().parse().map(Condition::FasterThan);
    }
    if let Some((name, kind)) = text.split_once('=')
        && name.trim().eq_ignore_ascii_case("type")
    {
        let kind = Kind::from_word(&kind.trim().to_ascii_lowercase());
        return kind.map(Condition::Type).ok_or_else(|| format!("unknown type in '{text}'"));
    }
    Err(format!("'{text}' is not a condition: use always, 'speed >= 10 Gbps' or 'type = speed-change'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requires(text: &str, approval: &Approval) -> bool {
        SecondPerson::parse(text).unwrap().is_required(Decision::Accept, approval)
    }

    #[test]
    fn a_second_person_confirms_what_meets_any_condition() {
        let fast =
            Approval { kind: Kind::Connection, rate_limit_mbps: Some(Mbps(10_000)), ..Approval::default() };
        let slow = Approval { rate_limit_mbps: Some(Mbps(9_999)), ..fast.clone() };
        let change =
            Approval { kind: Kind::SpeedChange, new_rate_limit_mbps: Some(Mbps(100)), ..Approval::default() };
        assert!(requires("always", &slow) && requires("speed >= 10000 Mbps", &fast));
        assert!(requires("Speed>=10Gbps", &fast) && !requires("speed >= 10 Gbps", &slow));
        assert!(requires("type = speed-change", &change) && !requires("type = speed-change", &slow));
        assert!(requires("speed >= 10 Gbps or type = speed-change", &change));
        let unknown = Approval { rate_limit_mbps: None, ..fast.clone() };
        assert!(requires("speed >= 10 Gbps", &unknown), "what isn't known");
        let always = SecondPerson::parse("always").unwrap();
        assert!(!always.is_required(Decision::Deny, &fast));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in ["", "never", "speed > 100", "speed >= fast", "type = gift", "always or", "speed"] {
            assert!(SecondPerson::parse(text).is_err(), "{text}");
        }
    }
}
