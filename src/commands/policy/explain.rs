//! `portgate policy check ID`: why a request matches a rule or not.

use std::path::Path;

use serde_json::{Value, json};

use super::load::{check_environment, load};
use super::survey::survey_quietly;
use super::view;
use crate::commands::approvals::decide::sold::SoldArgs;
use crate::commands::approvals::request::no_such_request;
use crate::commands::approvals::view::sentence;
use crate::domain::approvals::Approval;
use crate::domain::approvals::ids::GivenId;
use crate::domain::policy::Policy;
use crate::domain::policy::plan::Planned;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::name::only_one;

pub(super) async fn run(context: &Context, file: &Path, id: &GivenId) -> anyhow::Result<Exit> {
    let policy = load(context, file)?;
    check_environment(context, &policy)?;
    let mut connection = connection::open(context).await?;
    let ceiling = SoldArgs::default().ceiling(context, &connection.limits)?;
    let survey = survey_quietly(context, &mut connection, &policy, ceiling).await?;
    let found: Vec<&Approval> = survey
        .collected
        .approvals
        .iter()
        .filter(|approval| {
            id.names(&approval.id) || approval.vxc_uid.as_ref().is_some_and(|uid| id.names(uid))
        })
        .collect();
    if let Some((_, error)) = survey.collected.failure().filter(|_| found.len() != 1 || !id.is_whole()) {
        return Err(error.clone().into());
    }
    let approval = only_one(found, id.text(), "requests", |one| format!("{}  {}", one.id, sentence(one)))?
        .ok_or_else(|| no_such_request(id.text()).hint("only pending requests can be explained"))?;
    let planned = survey.planned.iter().find(|one| one.approval.id == approval.id);
    let (lines, record) = match planned {
        Some(planned) => (explanation_lines(&policy, planned), document(&policy, planned)),
        None => (
            vec![
                format!("{}  {}", approval.id, sentence(approval)),
                match approval.waits_on_me() {
                    true => "no rule applies: internal requests are only decided by ID".to_owned(),
                    false => "no rule applies: this request is not waiting for you".to_owned(),
                },
            ],
            json!({ "id": approval.id, "decision": "leave", "rule": null, "considered": false, "trials": [] }),
        ),
    };
    context.write_record(&lines, &record)?;
    Ok(Exit::Done)
}

fn explanation_lines(policy: &Policy, one: &Planned) -> Vec<String> {
    let mut lines = vec![format!("{}  {}", one.approval.id, sentence(&one.approval))];
    for (rule, trial) in policy.rules.iter().zip(&one.trials) {
        let ended = if trial.matches() {
            "matches".to_owned()
        } else if let Some(because) = trial.unknown_value() {
            format!("skipped: {because}")
        } else {
            "doesn't match".to_owned()
        };
        lines.push(format!("rule '{}' (line {}) {ended}", rule.name, rule.line));
        for (condition, held) in &trial.conditions {
            lines.push(format!("  {:<8} {condition}: {}", held.word(), held.reason()));
        }
    }
    let mut so = match view::rule(policy, one) {
        Some(_) => format!("result: {}", one.verdict.word()),
        None => "result: leave; no rule matches".to_owned(),
    };
    if let Some(stop) = &one.stopped {
        so.push_str(&format!("; {}", view::not_carried_out(stop)));
    }
    if let Some(vlan) = view::vlan_word(policy, one) {
        so.push_str(&format!(", VLAN {vlan}"));
    }
    if let Some(reason) = &one.reason {
        so.push_str(&format!(", reason: {reason}"));
    }
    lines.push(so);
    lines
}

fn document(policy: &Policy, one: &Planned) -> Value {
    let trials: Vec<Value> = policy
        .rules
        .iter()
        .zip(&one.trials)
        .map(|(rule, trial)| {
            let conditions: Vec<Value> = trial
                .conditions
                .iter()
                .map(|(condition, held)| {
                    json!({ "condition": condition, "held": held.word(), "because": held.reason() })
                })
                .collect();
            json!({ "rule": rule.name, "line": rule.line, "matches": trial.matches(), "conditions": conditions })
        })
        .collect();
    json!({
        "id": one.approval.id,
        "decision": one.verdict,
        "rule": view::rule(policy, one),
        "considered": true,
        "stopped_by": one.stopped.as_ref().map(|stop| stop.by.word()),
        "vlan": view::vlan_word(policy, one),
        "reason": one.reason,
        "trials": trials,
    })
}
