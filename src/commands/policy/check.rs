//! `portgate policy check`

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use serde_json::{Map, Value, json};

use super::explain;
use super::load::{FileArgs, read_file};
use super::view::pool_text;
use crate::api::backend::Environment;
use crate::domain::approvals::ids::GivenId;
use crate::domain::policy::problem::{Problem, Severity};
use crate::domain::policy::{Limits, Policy, Rule, Verdict, quota};
use crate::domain::ports::vlan::VlanChoice;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::text::words;

/// Check a policy file and summarize its rules
///
/// Works offline. With an ID, portgate reads that request and explains why each rule does or doesn't match it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate policy check
  portgate policy check --file night-shift.toml -o json
  portgate policy check 7c1e09ab")]
pub(crate) struct CheckArgs {
    /// Explain the policy for this request: ID, or its first 6 or more characters
    #[arg(value_name = "ID")]
    id: Option<String>,

    #[command(flatten)]
    file: FileArgs,
}

pub(super) async fn run(context: &Context, args: CheckArgs) -> anyhow::Result<Exit> {
    if let Some(id) = &args.id {
        let id = GivenId::parse(id).map_err(|error| match Path::new(id).extension() {
            Some(_) => Error { hints: Vec::new(), ..error }.hint("to check another file, use --file FILE"),
            None => error,
        })?;
        return explain::run(context, &args.file.file, &id).await;
    }
    let file = &args.file.file;
    let read = read_file(file)?;
    let mut lines: Vec<String> = read
        .problems
        .iter()
        .map(|problem| {
            let label = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("{}:{}: {label}: {}{hint}", file.display(), problem.line, problem.message)
        })
        .collect();
    if let Some(policy) = &read.policy {
        lines.extend(policy_lines(policy));
    }
    context.write_record(&lines, &document(file, read.policy.as_ref(), &read.problems))?;
    match read.policy {
        Some(_) => Ok(Exit::Done),
        None => {
            let errors = read.problems.iter().filter(|problem| problem.is_error()).count();
            let errors = words::count(errors, "error", "errors");
            Err(Error::usage(format!("{} has {errors}", file.display()))
                .resource(file.display().to_string())
                .into())
        }
    }
}

fn of_pool(rule: &Rule) -> String {
    pool_text(&rule.vlan_pool).map_or_else(String::new, |pool| format!(" of {pool}"))
}

fn policy_lines(policy: &Policy) -> Vec<String> {
    let mut lines = Vec::new();
    let environment = policy.environment.map(Environment::name);
    for only in environment.into_iter().chain(policy.company.as_deref()) {
        lines.push(format!("only for {only}"));
    }
    for (position, rule) in policy.rules.iter().enumerate() {
        let then = match (rule.verdict, rule.vlan) {
            (Verdict::Leave, _) => "leave for manual review".to_owned(),
            (verdict, None) => verdict.word().to_owned(),
            (verdict, Some(VlanChoice::KeepOrNext)) => {
                format!("{} with the requested VLAN, or the next free one{}", verdict.word(), of_pool(rule))
            }
            (verdict, Some(_)) => format!("{} with the next free VLAN{}", verdict.word(), of_pool(rule)),
        };
        let conditions = conditions_of(rule, position == 0);
        lines.push(format!("{}. '{}' (line {}): {then} {conditions}", position + 1, rule.name, rule.line));
    }
    if policy.rules.iter().all(|rule| !rule.conditions.is_empty()) {
        lines.push("all other requests are left for manual review".to_owned());
    }
    let limits = &policy.limits;
    lines.extend(limits.quotas.iter().map(|quota| format!("at most {}", quota.words())));
    if let Some(window) = &limits.window {
        lines.push(format!("applies only {}", window.in_words()));
    }
    lines
}

fn conditions_of(rule: &Rule, is_first: bool) -> String {
    let conditions: Vec<String> = rule.conditions.iter().map(ToString::to_string).collect();
    match (conditions.is_empty(), is_first) {
        (true, true) => "in all cases".to_owned(),
        (true, false) => "in all other cases".to_owned(),
        (false, _) => format!("if {}", conditions.join(", ")),
    }
}

/// Every maximum of the policy, or null, and when it applies.
fn limits(limits: &Limits) -> Value {
    let most = |key: &str| limits.quotas.iter().find(|quota| quota.key == key).map(|quota| quota.most);
    let mut known: Map<String, Value> =
        quota::KEYS.iter().map(|(key, ..)| ((*key).to_owned(), json!(most(key)))).collect();
    known.insert("window".to_owned(), json!(limits.window.as_ref().map(ToString::to_string)));
    Value::Object(known)
}

fn document(file: &std::path::Path, policy: Option<&Policy>, problems: &[Problem]) -> Value {
    let rules = policy.map(|policy| {
        policy
            .rules
            .iter()
            .map(|rule| {
                json!({
                    "name": rule.name,
                    "line": rule.line,
                    "decision": rule.verdict,
                    "conditions": rule.conditions.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "vlan": rule.vlan.and_then(VlanChoice::word),
                    "vlan_pool": pool_text(&rule.vlan_pool),
                    "reason": rule.reason.as_ref().map(|reason| reason.text()),
                    "limits": rule.quotas.iter().map(|quota| (quota.key, quota.most)).collect::<BTreeMap<_, _>>(),
                    "counted_by": rule.counted_by,
                })
            })
            .collect::<Vec<_>>()
    });
    json!({
        "schema": "portgate.policy-check/v1",
        "file": file.display().to_string(),
        "valid": policy.is_some(),
        "environment": policy.and_then(|policy| policy.environment).map(Environment::name),
        "company": policy.and_then(|policy| policy.company.as_ref()),
        "rules": rules,
        "limits": policy.map(|policy| limits(&policy.limits)),
        "problems": problems,
    })
}
