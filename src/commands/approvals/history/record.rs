//! Decisions as rows of `approvals history`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::api::vlan::Vlan;
use crate::commands::approvals::view;
use crate::commands::ledger::list::account_of;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Account, Approval, Decision, Kind, Source, Status};
use crate::ledger::Attempt;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::text::Uid;
use crate::text::moment::Moments;
use crate::text::tone::Toned;
use crate::text::{Mbps, words};

/// A decision from the ledger, or the current state from the backend. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    origin: &'static str,
    at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    id: Uid,
    decision: Option<Decision>,
    outcome: Option<String>,
    status: Option<Status>,
    by: Option<String>,
    /// The login to a team's ledger.
    login: Option<String>,
    /// Who proposed what was confirmed.
    proposed_by: Option<String>,
    client_id: Option<String>,
    host: Option<String>,
    ci_run: Option<String>,
    source: Option<Source>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    customer: Option<String>,
    vxc_uid: Option<Uid>,
    rate_limit_mbps: Option<Mbps>,
    vlan: Option<Vlan>,
    inner_vlan: Option<Vlan>,
    move_to: Option<Uid>,
    reason: Option<String>,
    ticket: Option<String>,
    rule: Option<String>,
    /// The SHA-256 of the policy file.
    policy: Option<String>,
    error: Option<String>,
    environment: Option<String>,
    company: Option<String>,
    /// The company, where a partner decided on its behalf.
    on_behalf_of: Option<Account>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&Record { on_behalf_of: Some(Account::default()), ..Record::default() })
}

/// A record, with its texts for the table.
struct Row {
    record: Record,
    ended: String,
    speed: Toned,
    why: Option<String>,
}

impl Row {
    /// Who decided, with a login of another name, and who proposed it.
    fn decided_by(&self) -> Option<String> {
        let Record { by, login, proposed_by, .. } = &self.record;
        let mut text = by.clone()?;
        if let Some(login) = login.as_ref().filter(|login| **login != text) {
            text.push_str(&format!(" ({login})"));
        }
        if let Some(proposed_by) = proposed_by {
            text.push_str(&format!(", proposed by {proposed_by}"));
        }
        Some(text)
    }
}

/// The outcome for the table: `accepted`, or the decision and its outcome.
fn outcome_text(attempt: &Attempt) -> String {
    let action = &attempt.sent.object.action;
    match (attempt.outcome(), attempt.sent.decision()) {
        ("done", Some(decision)) => decision.participle().to_owned(),
        ("already", Some(decision)) => format!("already {}", decision.participle()),
        (outcome, _) => format!("{action}: {outcome}"),
    }
}

fn row(attempt: &Attempt) -> Row {
    let on_behalf_of = account_of(&attempt.sent);
    let sent = attempt.sent.clone();
    let (decision, object) = (sent.decision(), sent.object);
    let why = match (&object.reason, &object.rule) {
        (Some(reason), Some(rule)) => Some(format!("{reason} (rule '{rule}')")),
        (None, Some(rule)) => Some(format!("rule '{rule}'")),
        (reason, None) => reason.clone(),
    };
    let request = object.request;
    let added_mbps = request.as_ref().and_then(|request| request.added_mbps);
    let record = Record {
        origin: "ledger",
        at: Some(sent.at),
        answered_at: attempt.answered.as_ref().map(|entry| entry.at),
        id: object.id,
        decision,
        outcome: Some(attempt.outcome().to_owned()),
        status: None,
        by: Some(sent.who.actor),
        login: sent.who.login,
        proposed_by: sent.proposed_by.map(|by| by.actor),
        client_id: sent.who.client_id,
        host: sent.machine.host,
        ci_run: sent.machine.ci_run,
        source: request.as_ref().map(|request| request.source),
        kind: request.as_ref().map(|request| request.kind),
        rate_limit_mbps: request.as_ref().and_then(|request| request.rate_limit_mbps),
        vxc_uid: request.as_ref().and_then(|request| request.vxc_uid.clone()),
        customer: request.and_then(|request| request.customer),
        vlan: object.vlan,
        inner_vlan: object.inner_vlan,
        move_to: object.move_to,
        reason: object.reason,
        ticket: object.ticket,
        rule: object.rule,
        policy: object.policy,
        error: attempt.answered.as_ref().and_then(|entry| entry.error.clone()),
        environment: Some(sent.environment),
        company: Some(sent.company.label().to_owned()),
        on_behalf_of,
    };
    let speed = speed(record.kind, record.rate_limit_mbps, added_mbps);
    Row { ended: outcome_text(attempt), speed, why, record }
}

/// The requested speed, with the old one of a speed change: what it doesn't add. Nothing is added to a higher speed, and all of it
/// to an unknown one.
fn speed(kind: Option<Kind>, new: Option<Mbps>, added: Option<Mbps>) -> Toned {
    match (kind, new, added) {
        (Some(Kind::SpeedChange), Some(new), Some(added)) if Mbps(0) < added && added < new => {
            words::speed(Some(new.saturating_sub(added)), Some(new)).into()
        }
        _ => new.into(),
    }
}

/// The current state as a row.
fn row_of(approval: &Approval, by: Option<String>) -> Row {
    let end = approval.b_end.as_ref();
    let record = Record {
        origin: "backend",
        id: approval.id.clone(),
        decision: approval.decision(),
        status: Some(approval.status),
        by,
        source: Some(approval.source),
        kind: Some(approval.kind),
        customer: approval.customer.name.clone(),
        vxc_uid: approval.vxc_uid.clone(),
        rate_limit_mbps: approval.new_rate_limit_mbps.or(approval.rate_limit_mbps),
        vlan: end.and_then(|end| end.vlan),
        inner_vlan: end.and_then(|end| end.inner_vlan),
        reason: approval.message.clone().filter(|_| approval.status != Status::Pending),
        ..Record::default()
    };
    let ended = approval.status.word().to_owned();
    Row { ended, speed: view::speed(approval).into(), why: None, record }
}

pub(super) fn table(
    attempts: &[Attempt],
    now: Option<(Approval, Option<String>)>,
    everywhere: bool,
    moments: &Moments,
) -> ListView<'static> {
    let ids = ShortIds::from_ids(attempts.iter().map(|attempt| &attempt.sent.object.id));
    let mut rows: Vec<Row> = attempts.iter().map(row).collect();
    rows.extend(now.map(|(approval, by)| row_of(&approval, by)));
    let columns = vec![
        Column::new("AT", |row: &Row| {
            row.record.at.map_or_else(|| "current".to_owned(), |at| moments.format(at))
        }),
        Column::new("ID", |row: &Row| ids.shorten(&row.record.id).to_owned()),
        Column::text("ON BEHALF OF", |row: &Row| row.record.on_behalf_of.as_ref().map(Account::label))
            .only_if(attempts.iter().any(|attempt| attempt.sent.partner.is_some())),
        Column::new("DECISION", |row: &Row| row.ended.clone()),
        Column::new("TYPE", |row: &Row| row.record.kind.map(Kind::short)),
        Column::text("CUSTOMER", |row: &Row| row.record.customer.clone()),
        Column::new("SPEED", |row: &Row| row.speed.clone()),
        Column::text("BY", |row: &Row| row.decided_by()).move_below(),
        Column::text("WHERE", |Row { record, .. }: &Row| {
            [&record.environment, &record.company].map(|part| part.as_deref().unwrap_or_default()).join(" ")
        })
        .only_if(everywhere)
        .move_below(),
        Column::text("REASON", |row: &Row| row.why.clone()).wrap().move_below(),
    ];
    ListView::new(rows, columns, |row| json!(row.record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_change_shows_its_old_speed_only_if_that_is_known() {
        let text = |kind, new, added: Option<u64>| speed(Some(kind), Some(Mbps(new)), added.map(Mbps)).text;
        assert_eq!(text(Kind::SpeedChange, 1000, Some(800)), "200 → 1000");
        assert_eq!(text(Kind::SpeedChange, 250, Some(250)), "250");
        assert_eq!(text(Kind::SpeedChange, 500, Some(0)), "500");
        assert_eq!(text(Kind::SpeedChange, 500, None), "500");
        assert_eq!(text(Kind::Connection, 500, Some(200)), "500");
    }
}
