//! Reads the maximums of a policy and of its rules.

use toml_edit::Table;

use super::values::Reader;
use crate::domain::policy::Verdict;
use crate::domain::policy::quota::{self, CountedBy, Measure, Quota};
use crate::text::word::Word as _;

impl Reader<'_> {
    /// The maximums of the policy.
    pub(super) fn quotas(&mut self, table: &Table) -> Vec<Quota> {
        let quota = |reader: &mut Self, (key, measure, period)| {
            let most = match measure {
                Measure::AcceptedMbps => reader.speed(table, &[key])?.0,
                Measure::Decisions | Measure::Denies => reader.number(table, key)?,
            };
            Some(Quota { key, measure, period, most })
        };
        quota::KEYS.into_iter().filter_map(|key| quota(self, key)).collect()
    }

    /// The maximums of a rule.
    pub(super) fn rule_quotas(&mut self, table: &Table, verdict: Verdict) -> Vec<Quota> {
        let mut quotas = Vec::new();
        for (key, period) in quota::RULE_KEYS {
            let Some(most) = self.number(table, key) else { continue };
            if verdict == Verdict::Leave {
                self.note_problem(table, key, format!("{key} requires decision = \"accept\" or \"deny\""));
            }
            quotas.push(Quota { key, measure: Measure::Decisions, period, most });
        }
        quotas
    }

    pub(super) fn counted_by(&mut self, table: &Table, quotas: &[Quota]) -> CountedBy {
        let Some(word) = self.text(table, "counted_by") else { return CountedBy::default() };
        if quotas.is_empty() {
            self.note_problem(
                table,
                "counted_by",
                "counted_by requires per_run, per_hour, per_day or per_week",
            );
        }
        CountedBy::from_word(&word).unwrap_or_else(|| {
            let message = format!("invalid counted_by '{word}': use rule, customer or port");
            self.note_problem(table, "counted_by", message);
            CountedBy::default()
        })
    }
}
