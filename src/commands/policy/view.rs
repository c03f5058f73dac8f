//! Output of a plan: table, summary and document.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::survey::Survey;
use crate::api::backend::Environment;
use crate::commands::approvals::view;
use crate::domain::approvals::{Approval, Decision};
use crate::domain::policy::Rule;
use crate::domain::policy::plan::{PLAN_SCHEMA, Planned};
use crate::domain::policy::record::{PassedOver, PlannedRecord};
use crate::domain::policy::stop::Stop;
use crate::domain::policy::{Policy, Verdict};
use crate::domain::ports::vlan::{VlanChoice, VlanPool};
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection::Connection;
use crate::text::{Mbps, Uid};

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&PlannedRecord::whole())
}

/// How many of each there are.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(crate) accept: usize,
    pub(crate) deny: usize,
    /// Left for manual review, excluding those stopped by a limit.
    pub(crate) leave: usize,
    /// Stopped by a limit of the policy, or the oversubscription limit.
    pub(crate) stopped: usize,
    /// Mbps that those to be accepted add, as far as known.
    pub(crate) accepted_mbps: Mbps,
    /// Those to be accepted that leave less than nothing on their port.
    pub(crate) oversubscribed: usize,
    /// Those to be accepted that are only proposed.
    pub(crate) needs_second_person: usize,
}

impl Tally {
    pub(super) fn count(planned: &[Planned]) -> Self {
        let mut tally = Tally::default();
        for one in planned {
            match (one.verdict, one.stopped_by_limit()) {
                (_, Some(_)) => tally.stopped += 1,
                (Verdict::Accept, None) => {
                    tally.accept += 1;
                    tally.needs_second_person += usize::from(one.needs_second_person);
                    tally.accepted_mbps += one.approval.exactly_added_mbps().unwrap_or_default();
                    tally.oversubscribed +=
                        usize::from(one.approval.room_after_mbps.is_some_and(|left| left < 0));
                }
                (Verdict::Deny, None) => tally.deny += 1,
                (Verdict::Leave, None) => tally.leave += 1,
            }
        }
        tally
    }

    /// "2 to accept (700 Mbps), 1 to deny, 9 left for manual review"
    pub(super) fn sentence(self) -> String {
        let mut parts = Vec::new();
        if self.accept > 0 {
            let proposed = match self.needs_second_person {
                0 => String::new(),
                all if all == self.accept => "; a second person must confirm".to_owned(),
                some => format!("; a second person must confirm {some}"),
            };
            let over = match self.oversubscribed {
                0 => String::new(),
                all if all == self.accept => "; would oversubscribe the port".to_owned(),
                some => format!("; {some} would oversubscribe the port"),
            };
            parts.push(format!("{} to accept ({} Mbps{over}{proposed})", self.accept, self.accepted_mbps));
        }
        if self.deny > 0 {
            parts.push(format!("{} to deny", self.deny));
        }
        if self.stopped > 0 {
            parts.push(format!("{} stopped", self.stopped));
        }
        parts.push(format!("{} left for manual review", self.leave));
        parts.join(", ")
    }
}

/// The plan as a table and as records.
pub(super) fn list<'a>(policy: &'a Policy, survey: &'a Survey, now: Timestamp) -> ListView<'a> {
    let approvals: Vec<Approval> = survey.planned.iter().map(|one| one.approval.clone()).collect();
    let mut columns: Vec<Column<'_, Planned>> = Vec::new();
    for column in view::columns(&approvals, &survey.ids, now) {
        let field = column.field();
        let column = column.for_part(|one: &Planned| &one.approval);
        match field {
            // Rules and reasons need the room more.
            Some(view::SOURCE | view::CREATED | view::EXPIRES) => {}
            Some(view::VLAN) => {
                columns.push(column.with_override(|one| vlan_cell(policy, one).map(Into::into)))
            }
            _ => columns.push(column),
        }
    }
    columns.insert(
        1,
        Column::new("DECISION", |one: &Planned| match one.stopped_by_limit() {
            Some(_) => "stopped",
            None if one.needs_second_person => "propose",
            None => one.verdict.word(),
        }),
    );
    columns.push(Column::text("RULE", |one: &Planned| rule(policy, one).map(str::to_owned)).drop_at(0));
    columns.push(Column::text("WHY", |one: &Planned| explanation(policy, one)).wrap().drop_at(1));
    // It goes to the customer.
    let reason = Column::text("REASON", |one: &Planned| one.reason.clone());
    columns.push(reason.wrap().move_below().only_if(survey.planned.iter().any(|one| one.reason.is_some())));
    ListView::new(&survey.planned, columns, move |one| record(policy, one))
}

pub(super) fn document(file: &Path, policy: &Policy, survey: &Survey, connection: &Connection) -> Value {
    let tally = Tally::count(&survey.planned);
    let decisions: Vec<PlannedRecord> = survey.planned.iter().map(|one| record(policy, one)).collect();
    json!({
        "schema": PLAN_SCHEMA,
        "policy": file.display().to_string(),
        "environment": connection.environment.name(),
        "api_url": (connection.environment == Environment::Custom).then_some(&connection.backend),
        "company": { "uid": connection.company.uid, "name": connection.company.name },
        "made_at": connection.clock.now(),
        "summary": {
            "accept": tally.accept,
            "deny": tally.deny,
            "leave": tally.leave,
            "stopped": tally.stopped,
            "accepted_mbps": tally.accepted_mbps,
            "needs_second_person": tally.needs_second_person,
        },
        "decisions": decisions,
    })
}

fn record(policy: &Policy, one: &Planned) -> PlannedRecord {
    let approval = &one.approval;
    let end = approval.my_end();
    let port = end.and_then(|end| end.product_uid.as_ref().map(Uid::as_str).or(end.product_name.as_deref()));
    PlannedRecord {
        id: approval.id.clone(),
        decision: one.verdict,
        rule: rule(policy, one).map(str::to_owned),
        vlan: vlan_word(policy, one),
        vlan_pool: vlan_rule(policy, one).and_then(|rule| pool_text(&rule.vlan_pool)),
        reason: one.reason.clone(),
        stopped_by: one.stopped.as_ref().map(|stop| stop.by.word()),
        needs_second_person: one.needs_second_person,
        claimed_by: approval.claimed_by.clone(),
        claimed_until: approval.claimed_until,
        proposed_by: approval.proposed_by.clone(),
        passed_over: passed_over(policy, one)
            .map(|(rule, because)| PassedOver { rule: rule.to_owned(), because })
            .collect(),
        source: approval.source,
        kind: approval.kind,
        name: approval.name.clone(),
        rate: approval.asked_mbps(),
        customer: approval.customer.clone(),
        port: port.map(str::to_owned),
        b_end: approval.b_end.clone(),
        rate_limit_mbps: approval.rate_limit_mbps,
        new_rate_limit_mbps: approval.new_rate_limit_mbps,
        room_after_mbps: approval.room_after_mbps,
        created_at: approval.created_at,
        expires_at: approval.expires_at,
    }
}

pub(super) fn rule<'a>(policy: &'a Policy, one: &Planned) -> Option<&'a str> {
    one.rule.map(|rule| policy.rules[rule].name.as_str())
}

/// The rule that accepts it and chooses its VLAN.
fn vlan_rule<'a>(policy: &'a Policy, one: &Planned) -> Option<&'a Rule> {
    let rule = one.rule.map(|rule| &policy.rules[rule])?;
    (one.verdict == Verdict::Accept && rule.vlan.is_some()).then_some(rule)
}

/// The word of its rule about its VLAN.
pub(super) fn vlan_word(policy: &Policy, one: &Planned) -> Option<&'static str> {
    vlan_rule(policy, one)?.vlan?.word()
}

/// The VLAN cell, if it gets a free one.
fn vlan_cell(policy: &Policy, one: &Planned) -> Option<String> {
    let choice = vlan_rule(policy, one)?.vlan;
    let is_asked = one.approval.my_end().is_some_and(|end| end.vlan.is_some());
    match (choice, one.vlan) {
        (Some(VlanChoice::KeepOrNext), None) if is_asked => None,
        (_, found) => Some(view::free_vlan(&one.approval, found)),
    }
}

pub(super) fn pool_text(pool: &VlanPool) -> Option<String> {
    (!pool.is_all()).then(|| pool.to_string())
}

/// Rules above that were skipped because of an unknown value.
fn passed_over<'a>(policy: &'a Policy, one: &'a Planned) -> impl Iterator<Item = (&'a str, String)> {
    policy
        .rules
        .iter()
        .zip(&one.trials)
        .filter_map(|(rule, trial)| trial.unknown_value().map(|because| (rule.name.as_str(), because)))
}

/// Why a rule's verdict is not carried out.
pub(super) fn not_carried_out(stop: &Stop) -> String {
    format!("not {}: {}", stop.verdict.decision().map_or("decided", Decision::participle), stop.says)
}

/// Additional explanations.
fn explanation(policy: &Policy, one: &Planned) -> String {
    let mut parts = Vec::new();
    if let Some(stop) = &one.stopped {
        parts.push(not_carried_out(stop));
    } else if one.rule.is_none() {
        parts.push("no rule matches".to_owned());
    }
    if let Some((rule, because)) = passed_over(policy, one).next() {
        parts.push(format!("'{rule}' skipped: {because}"));
    }
    if parts.is_empty() { "-".to_owned() } else { parts.join("; ") }
}
