//! Decision files.
//!
//! Files are checked as a whole: with one invalid line, nothing is carried out.

mod forms;

use std::collections::HashMap;

use serde_json::Value;

use self::forms::{Record, records};
use crate::commands::approvals::decide::expect::Expected;
use crate::commands::approvals::view;
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::{Decision, Kind};
use crate::domain::policy::record::PlannedRecord;
use crate::domain::policy::template::LONGEST;
use crate::domain::ports::vlan::{VlanChoice, VlanPool, VlanWish};
use crate::error::Error;
use crate::render::fields;
use crate::text::Uid;
use crate::text::suggest::did_you_mean;
use crate::text::word::Word;

/// Maximum number of problems listed.
const MOST_TOLD: usize = 10;

/// Columns of a row.
const KEYS: [&str; 10] =
    ["id", "decision", "vlan", "vlan_pool", "reason", "rule", "speed", "customer", "port", "type"];
/// What `approvals list` and `policy plan` write: expectations, or ignored.
fn listed() -> Vec<String> {
    let mut listed = fields::paths_of(&view::whole());
    listed.extend(fields::paths_of(&PlannedRecord::whole()));
    listed
}

#[derive(Debug, Default)]
pub(crate) struct DecisionFile {
    /// Decisions in file order.
    pub(crate) rows: Vec<Row>,
    /// The rows with 'leave': the place in the file, and the ID.
    pub(crate) left: Vec<(String, GivenId)>,
    /// The environment of the plan.
    pub(crate) environment: Option<String>,
    /// The backend of the plan, if its environment doesn't say which.
    pub(crate) api_url: Option<String>,
    /// The company of the plan.
    pub(crate) company_uid: Option<Uid>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// The place in the file: `line 4`, `entry 2`.
    pub(crate) place: String,
    pub(crate) id: GivenId,
    pub(crate) decision: Decision,
    pub(crate) vlan: Option<VlanChoice>,
    pub(crate) pool: VlanPool,
    pub(crate) reason: Option<String>,
    /// The rule of the plan.
    pub(crate) rule: Option<String>,
    pub(in crate::commands) expected: Expected,
}

/// Reads the text of a file.
pub(crate) fn read(text: &str) -> Result<DecisionFile, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let mut file = DecisionFile::default();
    let mut problems = Vec::new();
    let records = records(text, &mut file, &mut problems);
    let listed = listed();
    let mut places: HashMap<GivenId, (String, Option<Decision>)> = HashMap::new();
    for (place, record) in records {
        let read = match read_row(&place, &record, &listed) {
            Ok(read) => read,
            Err(wrong) => {
                problems.extend(wrong.into_iter().map(|problem| format!("{place}: {problem}")));
                continue;
            }
        };
        let (id, decision) = match &read {
            Some(row) => (row.id.clone(), Some(row.decision)),
            None => match record.get("id").and_then(text_of).and_then(|id| GivenId::parse(&id).ok()) {
                Some(id) => (id, None),
                None => continue,
            },
        };
        if let Some((before, other)) = places.get(&id) {
            let what = if *other == decision { "is already on" } else { "has a different decision on" };
            problems.push(format!("{place}: {} {what} {before}", id.text()));
            continue;
        }
        places.insert(id.clone(), (place.clone(), decision));
        match read {
            Some(row) => file.rows.push(row),
            None => file.left.push((place, id)),
        }
    }
    if problems.is_empty() && file.rows.is_empty() && file.left.is_empty() {
        problems.push("the file contains no decisions".to_owned());
    }
    if problems.is_empty() { Ok(file) } else { Err(unusable_error(&problems)) }
}

/// The error for an invalid file.
pub(super) fn unusable_error(problems: &[String]) -> Error {
    let mut told = problems.iter().take(MOST_TOLD).cloned().collect::<Vec<_>>().join("; ");
    if problems.len() > MOST_TOLD {
        told.push_str(&format!("; and {} more", problems.len() - MOST_TOLD));
    }
    Error::usage("invalid decision file; nothing was sent")
        .reason(told)
        .hint("each row requires id and decision (accept, deny or leave); vlan, vlan_pool, reason, speed, customer, port and type are optional")
}

/// Reads a row; `None` for 'leave'.
fn read_row(place: &str, record: &Record, listed: &[String]) -> Result<Option<Row>, Vec<String>> {
    let mut problems: Vec<String> = record.keys().filter_map(|key| unknown_key(key, listed)).collect();
    let text = |key: &str| record.get(key).and_then(text_of).filter(|text| !text.is_empty());
    let id = match text("id") {
        None => Err("missing id".to_owned()),
        Some(id) => GivenId::parse(&id).map_err(|error| error.message),
    };
    let decision = match text("decision").map(|word| word.to_lowercase()).as_deref() {
        Some("accept" | "approve") => Ok(Some(Decision::Accept)),
        Some("deny" | "reject") => Ok(Some(Decision::Deny)),
        Some("leave") => Ok(None),
        Some(other) => Err(format!("invalid decision '{other}': use accept, deny or leave")),
        None => Err("missing decision: use accept, deny or leave".to_owned()),
    };
    let vlan = match text("vlan") {
        None => Ok(None),
        Some(_) if matches!(decision, Ok(Some(Decision::Deny))) => {
            Err("a VLAN can't be set when denying".to_owned())
        }
        Some(vlan) => vlan.parse::<VlanWish>().map(|VlanWish(choice)| choice).map_err(|error| error.message),
    };
    let pool = match text("vlan_pool") {
        None => Ok(VlanPool::default()),
        Some(pool) => pool.parse().map_err(|error: Error| error.message),
    };
    if let (Ok(choice), Some(_)) = (&vlan, text("vlan_pool"))
        && !choice.is_some_and(VlanChoice::may_look)
    {
        problems.push("vlan_pool requires vlan next or keep-or-next".to_owned());
    }
    let reason = match text("reason") {
        Some(reason) if reason.chars().count() > LONGEST => {
            Err(format!("reason is longer than {LONGEST} characters"))
        }
        reason => Ok(reason),
    };
    // A speed change's current speed is not the requested one.
    let rates: &[&str] = match text("type").and_then(|kind| Kind::from_word(&kind)) {
        Some(Kind::SpeedChange) => &["speed", "rate", "new_rate_limit_mbps"],
        _ => &["speed", "rate", "new_rate_limit_mbps", "rate_limit_mbps"],
    };
    let rate = match rates.iter().find_map(|key| text(key)) {
        None => Ok(None),
        Some(rate) => rate.parse().map(Some),
    };
    let kind = match text("type") {
        None => Ok(None),
        Some(kind) => Kind::from_word(&kind).map(Some).ok_or_else(|| {
            format!("invalid type '{kind}': use connection, speed-change, term-change or order")
        }),
    };
    let first = |keys: [&str; 3]| keys.into_iter().find_map(text);
    let (customer, port) = (
        first(["customer", "customer.uid", "customer.name"]),
        first(["port", "b_end.product_uid", "b_end.product_name"]),
    );
    let read = (
        note_problem(&mut problems, id),
        note_problem(&mut problems, decision),
        note_problem(&mut problems, vlan),
        note_problem(&mut problems, pool),
        note_problem(&mut problems, reason),
        note_problem(&mut problems, rate),
        note_problem(&mut problems, kind),
    );
    let (Some(id), Some(decision), Some(vlan), Some(pool), Some(reason), Some(rate_mbps), Some(kind)) = read
    else {
        return Err(problems);
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(decision.map(|decision| Row {
        place: place.to_owned(),
        id,
        decision,
        vlan,
        pool,
        reason,
        rule: text("rule"),
        expected: Expected { by: Some(place.to_owned()), rate_mbps, customer, port, kind },
    }))
}

/// The value, or `None` after adding the problem.
fn note_problem<T>(problems: &mut Vec<String>, read: Result<T, String>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

/// The problem with an unknown column.
fn unknown_key(key: &str, listed: &[String]) -> Option<String> {
    let is_below =
        |open: &str| key.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let is_listed = listed.iter().any(|known| known.strip_suffix(".*").map_or(key == known, is_below));
    if is_listed || KEYS.contains(&key) {
        return None;
    }
    let meant = did_you_mean(key, KEYS).map(|meant| format!("; {meant}"));
    Some(format!("unknown column '{key}'{}", meant.unwrap_or_default()))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
