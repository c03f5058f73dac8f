//! How much a policy may decide: in a run, and in an hour, a day or a week whatever the runs.

use jiff::{SignedDuration, Timestamp};

use super::stop::{Stop, StopBy};
use super::{Policy, Rule, Verdict};
use crate::domain::approvals::{Approval, Decision};
use crate::text::name::is_same;
use crate::text::word::words;
use crate::text::{Mbps, Uid};

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Decisions,
    Denies,
    /// Mbps accepted; for a speed change, the Mbps added.
    AcceptedMbps,
}

/// The time that a quota covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Run,
    Hour,
    Day,
    Week,
}

impl Period {
    /// How far it reaches back; `None` for a run.
    fn length(self) -> Option<SignedDuration> {
        let hours = match self {
            Period::Run => return None,
            Period::Hour => 1,
            Period::Day => 24,
            Period::Week => 7 * 24,
        };
        Some(SignedDuration::from_hours(hours))
    }

    const fn word(self) -> &'static str {
        match self {
            Period::Run => "run",
            Period::Hour => "hour",
            Period::Day => "day",
            Period::Week => "week",
        }
    }
}

/// A maximum of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// As in the file: `decisions_per_day`.
    pub(crate) key: &'static str,
    pub(crate) measure: Measure,
    pub(crate) period: Period,
    pub(crate) most: u64,
}

/// The keys of the policy's maximums.
pub(crate) const KEYS: [(&str, Measure, Period); 12] = [
    ("decisions_per_run", Measure::Decisions, Period::Run),
    ("denies_per_run", Measure::Denies, Period::Run),
    ("accepted_mbps_per_run", Measure::AcceptedMbps, Period::Run),
    ("decisions_per_hour", Measure::Decisions, Period::Hour),
    ("denies_per_hour", Measure::Denies, Period::Hour),
    ("accepted_mbps_per_hour", Measure::AcceptedMbps, Period::Hour),
    ("decisions_per_day", Measure::Decisions, Period::Day),
    ("denies_per_day", Measure::Denies, Period::Day),
    ("accepted_mbps_per_day", Measure::AcceptedMbps, Period::Day),
    ("decisions_per_week", Measure::Decisions, Period::Week),
    ("denies_per_week", Measure::Denies, Period::Week),
    ("accepted_mbps_per_week", Measure::AcceptedMbps, Period::Week),
];

/// The keys of a rule's maximums, which count its decisions.
pub(crate) const RULE_KEYS: [(&str, Period); 4] = [
    ("per_run", Period::Run),
    ("per_hour", Period::Hour),
    ("per_day", Period::Day),
    ("per_week", Period::Week),
];

words! {
    /// Which decisions of a rule are counted together.
    #[derive(Default)]
    pub(crate) enum CountedBy {
        /// All of the rule.
        #[default]
        Rule = "rule",
        /// Those for one customer.
        Customer = "customer",
        /// Those on one port.
        Port = "port",
    }
}

impl Quota {
    /// What it allows: "20 decisions per day".
    pub(crate) fn words(&self) -> String {
        let Quota { most, .. } = self;
        let what = match (self.measure, most) {
            (Measure::Decisions, 1) => "decision",
            (Measure::Decisions, _) => "decisions",
            (Measure::Denies, 1) => "denial",
            (Measure::Denies, _) => "denials",
            (Measure::AcceptedMbps, _) => "Mbps accepted",
        };
        format!("{most} {what} per {}", self.period.word())
    }
}

/// A decision of a policy, now or earlier, as quotas count it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) at: Timestamp,
    pub(crate) decision: Decision,
    pub(crate) rule: String,
    pub(crate) customer: Option<String>,
    pub(crate) port: Option<Uid>,
    /// Mbps added, if known.
    pub(crate) added_mbps: Option<Mbps>,
}

/// Why deciding a request by this rule would exceed a maximum of the policy, after these decisions.
pub(crate) fn stop(
    policy: &Policy,
    rule: &Rule,
    approval: &Approval,
    past: &[Counted],
    now: Timestamp,
) -> Option<Stop> {
    Spent::new(past, now).stops(policy, rule, approval)
}

/// What was decided earlier, and what this run would have decided so far.
#[derive(Debug)]
pub(super) struct Spent<'a> {
    past: &'a [Counted],
    now: Timestamp,
    run: Vec<Counted>,
    /// The maximums of Mbps that are reached: then smaller requests are stopped too.
    full: Vec<&'static str>,
}

impl<'a> Spent<'a> {
    pub(super) fn new(past: &'a [Counted], now: Timestamp) -> Self {
        Spent { past, now, run: Vec::new(), full: Vec::new() }
    }

    /// Why the verdict of this rule is not carried out.
    pub(super) fn stops(&mut self, policy: &Policy, rule: &Rule, approval: &Approval) -> Option<Stop> {
        let next = Counted::for_rule(rule, approval, self.now)?;
        let stop = |key, says| Some(Stop { verdict: rule.verdict, by: StopBy::Quota(key), says });
        for quota in &policy.limits.quotas {
            if let Some(says) = self.excess_of(quota, &next) {
                return stop(quota.key, says);
            }
        }
        for quota in &rule.quotas {
            let counted = |one: &&Counted| one.rule == next.rule && one.shares(&next, rule.counted_by);
            let made = self.decisions_within(quota.period).filter(counted).count() as u64;
            if made >= quota.most {
                let of = match rule.counted_by {
                    CountedBy::Rule => "by this rule",
                    CountedBy::Customer => "by this rule for this customer",
                    CountedBy::Port => "by this rule on this port",
                };
                return stop(quota.key, format!("at most {} {of}", quota.words()));
            }
        }
        None
    }

    /// Counts a decision of this run.
    pub(super) fn spend(&mut self, rule: &Rule, approval: &Approval) {
        self.run.extend(Counted::for_rule(rule, approval, self.now));
    }

    fn decisions_within(&self, period: Period) -> impl Iterator<Item = &Counted> {
        let start = period.length().map(|length| self.now.saturating_sub(length));
        let earlier = self.past.iter().filter(move |one| {
            start.as_ref().is_some_and(|start| start.as_ref().is_ok_and(|start| one.at > *start))
        });
        earlier.chain(&self.run)
    }

    fn excess_of(&mut self, quota: &Quota, next: &Counted) -> Option<String> {
        let most = format!("at most {}", quota.words());
        match (quota.measure, next.decision) {
            (Measure::Decisions, _) => {
                (self.decisions_within(quota.period).count() as u64 >= quota.most).then_some(most)
            }
            (Measure::Denies, Decision::Deny) => {
                let denied = self.decisions_within(quota.period).filter(|one| one.decision == Decision::Deny);
                (denied.count() as u64 >= quota.most).then_some(most)
            }
            (Measure::AcceptedMbps, Decision::Accept) => {
                let Some(added) = next.added_mbps else {
                    return Some(format!("{most}, and the Mbps this request adds are unknown"));
                };
                let accepted =
                    self.decisions_within(quota.period).filter(|one| one.decision == Decision::Accept);
                let accepted: Option<Vec<Mbps>> = accepted.map(|one| one.added_mbps).collect();
                let Some(accepted) = accepted else {
                    return Some(format!("{most}, and the Mbps of an earlier decision are unknown"));
                };
                let sum = accepted.into_iter().fold(added, |sum, one| sum + one);
                if sum > Mbps(quota.most) && !self.full.contains(&quota.key) {
                    self.full.push(quota.key);
                }
                self.full.contains(&quota.key).then_some(most)
            }
            _ => None,
        }
    }
}

impl Counted {
    /// A decision of this run; `None` for `leave`.
    fn for_rule(rule: &Rule, approval: &Approval, now: Timestamp) -> Option<Self> {
        let customer = &approval.customer;
        Some(Counted {
            at: now,
            decision: Verdict::decision(rule.verdict)?,
            rule: rule.name.clone(),
            customer: customer.uid.clone().map(String::from).or_else(|| customer.name.clone()),
            port: approval.my_end().and_then(|end| end.product_uid.clone()),
            added_mbps: approval.added_mbps(),
        })
    }

    /// Whether a rule counts it together with another one. What isn't known is counted together with everything.
    fn shares(&self, other: &Counted, by: CountedBy) -> bool {
        match by {
            CountedBy::Rule => true,
            CountedBy::Customer => match (&self.customer, &other.customer) {
                (Some(one), Some(other)) => is_same(one, other),
                _ => true,
            },
            CountedBy::Port => self.port.is_none() || other.port.is_none() || self.port == other.port,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approvals::Kind;
    use crate::domain::approvals::model::example::{NOW, request};
    use crate::domain::ports::vlan::VlanPool;

    fn limit(key: &str, most: u64) -> Quota {
        let rules = RULE_KEYS.map(|(key, period)| (key, Measure::Decisions, period));
        let found = KEYS.into_iter().chain(rules).find(|known| known.0 == key);
        let (key, measure, period) = found.unwrap_or_else(|| panic!("{key}"));
        Quota { key, measure, period, most }
    }

    fn policy(quotas: Vec<Quota>) -> Policy {
        let mut policy = Policy::default();
        policy.limits.quotas = quotas;
        policy
    }

    fn rule(verdict: Verdict, quotas: Vec<Quota>, counted_by: CountedBy) -> Rule {
        let (conditions, vlan_pool) = (Vec::new(), VlanPool::default());
        let name = "ours".to_owned();
        Rule { name, line: 1, verdict, conditions, vlan: None, vlan_pool, reason: None, quotas, counted_by }
    }

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    /// An acceptance of 400 Mbps by the rule, an hour ago.
    fn past() -> Counted {
        Counted {
            at: now() - SignedDuration::from_mins(59),
            decision: Decision::Accept,
            rule: "ours".to_owned(),
            customer: Some("Initech".to_owned()),
            port: Some("other".into()),
            added_mbps: Some(Mbps(400)),
        }
    }

    /// What stops an acceptance of this many Mbps on port `p`.
    fn stop_accept(policy: &Policy, mbps: Option<u64>, past: &[Counted]) -> Option<String> {
        let rule = rule(Verdict::Accept, Vec::new(), CountedBy::Rule);
        stop(policy, &rule, &request("p", mbps), past, now()).map(|stop| stop.says)
    }

    #[test]
    fn a_decision_counts_until_its_period_is_over_and_never_for_a_run() {
        for (key, hours) in
            [("decisions_per_hour", 1), ("decisions_per_day", 24), ("decisions_per_week", 168)]
        {
            let start = now() - SignedDuration::from_hours(hours);
            let policy = policy(vec![limit(key, 1)]);
            let is_stopped = |at| stop_accept(&policy, Some(1), &[Counted { at, ..past() }]).is_some();
            assert!(is_stopped(start + SignedDuration::from_secs(1)), "{key}");
            assert!(!is_stopped(start), "{key}");
        }
        assert_eq!(stop_accept(&policy(vec![limit("decisions_per_run", 1)]), Some(1), &[past()]), None);
        assert!(stop_accept(&policy(vec![limit("decisions_per_run", 0)]), Some(1), &[]).is_some());
    }

    #[test]
    fn mbps_may_reach_the_limit_and_not_exceed_it() {
        let of = |most, mbps, past: &[Counted]| {
            stop_accept(&policy(vec![limit("accepted_mbps_per_day", most)]), mbps, past)
        };
        assert_eq!(of(900, Some(500), &[past()]), None);
        assert_eq!(of(899, Some(500), &[past()]).as_deref(), Some("at most 899 Mbps accepted per day"));
        assert_eq!(of(500, Some(500), &[Counted { decision: Decision::Deny, ..past() }]), None);
        let unknown = of(900, Some(500), &[Counted { added_mbps: None, ..past() }]).unwrap();
        assert!(unknown.ends_with("the Mbps of an earlier decision are unknown"), "{unknown}");
        let unknown = of(900, None, &[]).unwrap();
        assert!(unknown.ends_with("the Mbps this request adds are unknown"), "{unknown}");
        let (rule, policy) = (
            rule(Verdict::Accept, Vec::new(), CountedBy::Rule),
            policy(vec![limit("accepted_mbps_per_run", 300)]),
        );
        let change = |to| Approval {
            kind: Kind::SpeedChange,
            new_rate_limit_mbps: Some(Mbps(to)),
            ..request("p", Some(500))
        };
        assert_eq!(stop(&policy, &rule, &change(800), &[], now()), None);
        assert!(stop(&policy, &rule, &change(801), &[], now()).is_some());
    }

    #[test]
    fn a_limit_on_denials_or_mbps_stops_nothing_else_and_no_limit_stops_what_is_left() {
        let all = policy(KEYS.map(|(key, ..)| limit(key, 0)).to_vec());
        for (verdict, key) in [
            (Verdict::Deny, Some("denies_per_run")),
            (Verdict::Accept, Some("accepted_mbps_per_run")),
            (Verdict::Leave, None),
        ] {
            let others = policy(vec![limit("denies_per_run", 0), limit("accepted_mbps_per_run", 0)]);
            let rule = rule(verdict, vec![limit("per_run", 9)], CountedBy::Rule);
            let stopped =
                |policy| stop(policy, &rule, &request("p", Some(1)), &[], now()).map(|stop| stop.by.word());
            assert_eq!(stopped(&others), key);
            assert_eq!(stopped(&all), key.map(|_| "decisions_per_run"), "the first of the file");
        }
    }

    #[test]
    fn a_rule_counts_its_own_and_what_is_not_known_with_everything() {
        let globex = "91B7D3E2-5A4C-4E1F-8F70-1B2C3D4E5F02";
        for (counted_by, past, of) in [
            (CountedBy::Rule, past(), Some("by this rule")),
            (CountedBy::Rule, Counted { rule: "another".to_owned(), ..past() }, None),
            (CountedBy::Customer, past(), None),
            (
                CountedBy::Customer,
                Counted { customer: Some(globex.to_owned()), ..past() },
                Some("by this rule for this customer"),
            ),
            (
                CountedBy::Customer,
                Counted { customer: None, ..past() },
                Some("by this rule for this customer"),
            ),
            (CountedBy::Port, past(), None),
            (
                CountedBy::Port,
                Counted { port: Some("P".into()), ..past() },
                Some("by this rule on this port"),
            ),
            (CountedBy::Port, Counted { port: None, ..past() }, Some("by this rule on this port")),
        ] {
            let rule = rule(Verdict::Accept, vec![limit("per_day", 1)], counted_by);
            let stopped = stop(&Policy::default(), &rule, &request("p", Some(1)), &[past], now());
            let expected = of.map(|of| format!("at most 1 decision per day {of}"));
            assert_eq!(stopped.map(|stop| stop.says), expected, "{counted_by:?}");
        }
    }

    #[test]
    fn a_limit_is_told_in_words() {
        for (key, most, words) in [
            ("decisions_per_run", 1, "1 decision per run"),
            ("decisions_per_day", 20, "20 decisions per day"),
            ("denies_per_hour", 1, "1 denial per hour"),
            ("denies_per_week", 0, "0 denials per week"),
            ("accepted_mbps_per_day", 1, "1 Mbps accepted per day"),
        ] {
            assert_eq!(limit(key, most).words(), words);
        }
    }
}
