//! `portgate ledger list`

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::filter::ChangeFilter;
use super::read;
use crate::api::vlan::Vlan;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Account, Company, Kind, Source};
use crate::exit::Exit;
use crate::ledger::{Attempt, Entry, Found, ObjectKind, RequestSeen, SentRequest};
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::amounts::parse_count;
use crate::text::moment::Moments;
use crate::text::words;

/// List all changes in the ledger, oldest first
///
/// Includes changes to requests, service keys, users and notification settings, and requests sent with `portgate api`,
/// of all environments and companies. For decisions with the current status of a request, use `portgate approvals
/// history`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate ledger list --since 7d --by ana
  portgate ledger list --type service-key
  portgate ledger list --outcome unknown --outcome failed
  portgate ledger list -o csv > changes.csv")]
pub(crate) struct ListArgs {
    /// Filter by what was changed
    #[arg(long = "type", value_name = "TYPE", value_enum, ignore_case = true)]
    kind: Vec<ObjectKind>,

    #[command(flatten)]
    filter: ChangeFilter,

    /// Show only the last N changes
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    limit: Option<u64>,
}

/// A change: as it was sent, and how it ended. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    at: Timestamp,
    ended_at: Option<Timestamp>,
    by: String,
    /// Where the name comes from: an option, a variable, or the system.
    by_from: String,
    client_id: Option<String>,
    key_owner: Option<String>,
    /// The login to a team's ledger.
    login: Option<String>,
    /// Who proposed what this change confirms.
    proposed_by: Option<String>,
    host: Option<String>,
    process: Option<u32>,
    ci_run: Option<String>,
    version: Option<String>,
    environment: String,
    backend: String,
    company: Company,
    on_behalf_of: Option<Account>,
    command: String,
    #[serde(rename = "type")]
    kind: ObjectKind,
    id: Uid,
    action: String,
    outcome: String,
    error: Option<String>,
    request: Option<RequestSeen>,
    vlan: Option<Vlan>,
    inner_vlan: Option<Vlan>,
    move_to: Option<Uid>,
    reason: Option<String>,
    ticket: Option<String>,
    rule: Option<String>,
    /// The SHA-256 of the policy file.
    policy: Option<String>,
    method: Option<String>,
    path: Option<String>,
    http_status: Option<u16>,
    trace_id: Option<String>,
    read_back: Option<String>,
    attempt: String,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    let request = RequestSeen::new(Source::Marketplace, Kind::Connection);
    let on_behalf_of = Some(Account::default());
    fields::paths_of(&Record { request: Some(request), on_behalf_of, ..Record::default() })
}

pub(super) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    let now = context.clock.now();
    let keep = |attempt: &Attempt| {
        (args.kind.is_empty() || args.kind.contains(&attempt.sent.object.kind))
            && args.filter.passes(attempt, now)
    };
    let Found { attempts, all, .. } = read::find(context, &args.filter.search(now, args.limit), keep).await?;
    let records: Vec<Record> = attempts.iter().map(Record::from).collect();
    context.write_list(&table(&records, context.moments()))?;
    let shown = match records.len() {
        0 => "no changes in the ledger".to_owned(),
        shown => words::count_shown(shown, all, "change", "changes"),
    };
    context.terminal.say(&format!("{shown} · {}", context.ledger()?.place()));
    Ok(Exit::Done)
}

impl From<&Attempt> for Record {
    fn from(attempt: &Attempt) -> Self {
        let Attempt { sent, answered } = attempt;
        let Entry { who, machine, object, .. } = sent.clone();
        let id = answered.as_ref().map_or(object.id, |entry| entry.object.id.clone());
        let answer = answered.as_ref().and_then(|entry| entry.answer.clone()).unwrap_or_default();
        let (method, path) = match &sent.sent {
            Some(SentRequest { method, path, .. }) => (Some(method.clone()), Some(path.clone())),
            None => (None, None),
        };
        Record {
            at: sent.at,
            ended_at: answered.as_ref().map(|entry| entry.at),
            by: who.actor,
            by_from: who.actor_from,
            client_id: who.client_id,
            key_owner: who.key_owner,
            login: who.login,
            proposed_by: sent.proposed_by.as_ref().map(|by| by.actor.clone()),
            host: machine.host,
            process: machine.process,
            ci_run: machine.ci_run,
            version: machine.version,
            environment: sent.environment.clone(),
            backend: sent.backend.clone(),
            company: sent.partner.clone().unwrap_or_else(|| sent.company.clone()),
            on_behalf_of: account_of(sent),
            command: sent.command.clone(),
            kind: object.kind,
            id,
            action: object.action,
            outcome: attempt.outcome().to_owned(),
            error: answered.as_ref().and_then(|entry| entry.error.clone()),
            request: object.request,
            vlan: object.vlan,
            inner_vlan: object.inner_vlan,
            move_to: object.move_to,
            reason: object.reason,
            ticket: object.ticket,
            rule: object.rule,
            policy: object.policy,
            method,
            path,
            http_status: answer.http_status,
            trace_id: answer.trace_id,
            read_back: answered.as_ref().and_then(|entry| entry.read_back.clone()),
            attempt: sent.attempt.clone(),
        }
    }
}

/// The managed account that a partner made a change for.
pub(in crate::commands) fn account_of(sent: &Entry) -> Option<Account> {
    sent.partner.as_ref()?;
    let Company { uid, name, .. } = sent.company.clone();
    Some(Account { uid: uid?, name, ..Account::default() })
}

fn table<'a>(records: &'a [Record], moments: &Moments) -> ListView<'a> {
    let requests = records.iter().filter(|row| row.kind == ObjectKind::Request);
    let ids = ShortIds::from_ids(requests.map(|row| &row.id));
    let columns = vec![
        Column::new("AT", |row: &Record| moments.format(row.at)),
        Column::text("BY", |row: &Record| row.by.clone()),
        Column::new("OUTCOME", |row: &Record| row.outcome.clone()),
        Column::text("CHANGE", |row: &Record| row.sentence(&ids)),
        Column::text("CUSTOMER", |row: &Record| {
            row.request.as_ref().and_then(|request| request.customer.clone())
        })
        .move_below(),
        Column::text("TICKET", |row: &Record| row.ticket.clone())
            .only_if(records.iter().any(|row| row.ticket.is_some()))
            .move_below(),
        Column::text("WHERE", |row: &Record| {
            let on_behalf_of = row.on_behalf_of.as_ref().map(|account| format!(" for {}", account.label()));
            format!("{} {}{}", row.environment, row.company.label(), on_behalf_of.unwrap_or_default())
        })
        .move_below(),
    ];
    ListView::new(records, columns, |row| json!(row))
}

impl Record {
    /// What was done, in the words of commands.
    fn sentence(&self, ids: &ShortIds) -> String {
        match self.kind {
            ObjectKind::RawRequest => self.id.to_string(),
            ObjectKind::NotificationSettings => format!("{} notification settings: {}", self.action, self.id),
            ObjectKind::Request => format!("{} {}", self.action, ids.shorten(&self.id)),
            ObjectKind::ServiceKey if self.id.begins_with("the ") => format!("{} service key", self.action),
            ObjectKind::ServiceKey => format!("{} service key {}", self.action, self.id),
            ObjectKind::User => format!("{} user {}", self.action, self.id),
        }
    }
}
