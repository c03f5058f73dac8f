//! `portgate approvals history`

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;

use super::{choose, list, view};
use crate::api::vlan::Vlan;
use crate::commands::approvals::decision::Decider;
use crate::domain::approvals::ids::{GivenId, ShortIds};
use crate::domain::approvals::{Account, Approval, Decision, Kind, Source, Status};
use crate::domain::collect::Wanted;
use crate::domain::ports::scan::Keep;
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{Entry, Ledger, Step};
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::account::AccountChoice;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::session::profiles::Profile;
use crate::text::amounts::parse_count;
use crate::text::moment::Moments;
use crate::text::name::is_same;
use crate::text::span::parse_span;
use crate::text::tone::Toned;
use crate::text::{Mbps, words};

/// Show the decisions made from this machine, oldest first
///
/// Reads the local ledger, which records each decision with its reason and the user who made it. With an ID, portgate
/// also reads the request's current status, including decisions made elsewhere. With `--on-behalf-of`, only decisions for
/// that account are shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals history --since 7d
  portgate approvals history 7c1e09ab
  portgate approvals history --everywhere --query \"[?outcome!='done']\"")]
pub(crate) struct HistoryArgs {
    /// Show one request, with its current status: full ID, or its first 6 or more characters
    #[arg(value_name = "ID", conflicts_with = "id")]
    request: Option<String>,

    /// As ID
    #[arg(long, value_name = "ID", hide = true)]
    id: Option<String>,

    /// Show only decisions made within this period, such as 7d
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    since: Option<SignedDuration>,

    /// Include all environments and companies
    #[arg(long, conflicts_with_all = ["request", "id"])]
    pub(in crate::commands) everywhere: bool,

    /// Show only the last N decisions
    #[arg(long, alias = "last", value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(in crate::commands) limit: Option<u64>,
}

impl HistoryArgs {
    pub(in crate::commands) fn names_one(&self) -> bool {
        self.request.is_some() || self.id.is_some()
    }
}

/// A decision from the ledger, or the current state from the backend. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    origin: &'static str,
    at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
    id: String,
    decision: Option<Decision>,
    outcome: Option<String>,
    status: Option<Status>,
    by: Option<String>,
    client_id: Option<String>,
    host: Option<String>,
    ci_run: Option<String>,
    source: Option<Source>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    customer: Option<String>,
    vxc_uid: Option<String>,
    rate_limit_mbps: Option<Mbps>,
    vlan: Option<Vlan>,
    inner_vlan: Option<Vlan>,
    move_to: Option<String>,
    reason: Option<String>,
    ticket: Option<String>,
    rule: Option<String>,
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

/// One decision with its ledger lines.
struct Attempt {
    sent: Entry,
    answered: Option<Entry>,
}

pub(super) async fn run(context: &Context, args: HistoryArgs) -> anyhow::Result<Exit> {
    let given = args.request.as_deref().or(args.id.as_deref()).map(GivenId::parse).transpose()?;
    let ledger = Ledger::new(&context.paths.ledger);
    let now = match &given {
        Some(given) => Some(read_now(context, given).await?),
        None => None,
    };
    let mut attempts = attempts(read_ledger(context, &ledger)?);
    attempts.retain(|attempt| attempt.sent.decision().is_some());
    if let Some(now) = &now {
        let Connection { backend, company, partner, .. } = &now.connection;
        attempts.retain(|Attempt { sent, .. }| {
            sent.is_of(backend, company, partner.is_some()) && sent.is_about(&now.approval.id)
        });
    } else if !args.everywhere {
        let target = context.target()?;
        let backend = connection::backend_name(&context.globals, &context.paths, &target);
        let profile = target.profile.as_ref();
        let account = AccountChoice::resolve(&context.globals, &context.environment, profile)?;
        attempts.retain(|attempt| {
            Some(&attempt.sent.backend) == backend.as_ref()
                && account.as_ref().is_none_or(|account| attempt.is_on_behalf_of(account))
        });
        if let Some(profile) = profile.filter(|_| context.is_beside()) {
            attempts.retain(|attempt| attempt.may_be_of(profile));
        }
    }
    if let Some(since) = args.since {
        // A sandbox's clock may be ahead of this machine's.
        let at = now.as_ref().map_or_else(|| context.clock.now(), |now| now.connection.clock.now());
        attempts.retain(|attempt| at.duration_since(attempt.sent.at) <= since);
    }
    let found = attempts.len();
    if let Some(last) = args.limit {
        let last = usize::try_from(last).unwrap_or(usize::MAX);
        attempts.drain(..found.saturating_sub(last));
    }
    context.write_list(&table(&attempts, now, args.everywhere, context.moments()))?;
    let shown = match attempts.len() {
        0 => "no decisions in the ledger".to_owned(),
        shown => words::count_shown(shown, found, "decision", "decisions"),
    };
    context.terminal.say(&format!("{shown} · {}", ledger.path.display()));
    Ok(Exit::Done)
}

/// The current state of a request.
struct Now {
    approval: Approval,
    by: Option<String>,
    connection: Connection,
}

/// Reads the request, which also closes interrupted attempts in the ledger.
async fn read_now(context: &Context, given: &GivenId) -> anyhow::Result<Now> {
    let mut connection = connection::open(context).await?;
    let wanted = Wanted { keep: Keep::Prefixes(vec![given.text().to_owned()]), vlans: false, only: None };
    let collected = list::read(context, &mut connection, &wanted).await?;
    let named = choose::by_list(&connection, &collected, given)?;
    let decider = Decider::new(context, &connection);
    let listed = collected.approvals.iter().find(|listed| listed.id == named.id);
    let reading = decider.listed_or_read(&named, listed);
    let approval = context.during("reading the request", reading).await?;
    let by = approval.decision().map(|decision| decider.decided_by(&approval, decision));
    Ok(Now { approval, by, connection })
}

/// Reads all valid lines; warns about the others.
fn read_ledger(context: &Context, ledger: &Ledger) -> Result<Vec<Entry>, Error> {
    let (entries, unread) = ledger.entries().map_err(|error| {
        Error::new(Exit::Other, format!("could not read ledger {}", ledger.path.display()))
            .because(error.to_string())
            .hint("check the file's permissions, or set PORTGATE_LEDGER to another file")
    })?;
    if unread > 0 {
        let lines = words::count(unread, "line", "lines");
        let path = ledger.path.display();
        context.terminal.warn(&format!("skipped {lines} of {path} that could not be read"));
    }
    Ok(entries)
}

/// Joins the lines of each decision, in the order they were sent.
fn attempts(entries: Vec<Entry>) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for entry in entries {
        match (entry.step, places.get(&entry.attempt)) {
            (Step::Answered | Step::Closed, Some(&place)) => {
                let attempt: &mut Attempt = &mut attempts[place];
                // The sender's own result takes precedence over a later read.
                let answered = attempt.answered.take();
                attempt.answered = answered
                    .filter(|known| known.is_conclusive() && entry.step == Step::Closed)
                    .or(Some(entry));
            }
            // Another form of the same request.
            (Step::Sending, Some(_)) => {}
            (_, None) => {
                places.insert(entry.attempt.clone(), attempts.len());
                let answered = (entry.step != Step::Sending).then(|| entry.clone());
                attempts.push(Attempt { sent: entry, answered });
            }
        }
    }
    attempts
}

impl Attempt {
    /// The outcome; unknown if the run was interrupted before the second line.
    fn outcome(&self) -> &str {
        self.answered.as_ref().and_then(|entry| entry.outcome.as_deref()).unwrap_or("unknown")
    }

    fn is_on_behalf_of(&self, account: &AccountChoice) -> bool {
        let Entry { partner, company, .. } = &self.sent;
        partner.is_some() && account.names(company.uid.as_deref(), company.name.as_deref())
    }

    /// Whether the profile's company decided it, as far as that is known: several profiles share a ledger.
    fn may_be_of(&self, profile: &Profile) -> bool {
        let own = self.sent.partner.as_ref().unwrap_or(&self.sent.company);
        match (&own.uid, &profile.company_uid, &own.name, &profile.company_name) {
            (Some(uid), Some(of_profile), ..) => uid.eq_ignore_ascii_case(of_profile),
            (_, _, Some(name), Some(of_profile)) => is_same(name, of_profile),
            _ => true,
        }
    }

    /// The outcome for the table: `accepted`, or the decision and its outcome.
    fn ended(&self) -> String {
        let action = &self.sent.object.action;
        match (self.outcome(), self.sent.decision()) {
            ("done", Some(decision)) => decision.participle().to_owned(),
            ("already", Some(decision)) => format!("already {}", decision.participle()),
            (outcome, _) => format!("{action}: {outcome}"),
        }
    }

    fn row(&self) -> Row {
        let sent = self.sent.clone();
        let (decision, object) = (sent.decision(), sent.object);
        let why = match (&object.reason, &object.rule) {
            (Some(reason), Some(rule)) => Some(format!("{reason} (rule '{rule}')")),
            (None, Some(rule)) => Some(format!("rule '{rule}'")),
            (reason, None) => reason.clone(),
        };
        let request = object.request;
        let record = Record {
            origin: "ledger",
            at: Some(sent.at),
            answered_at: self.answered.as_ref().map(|entry| entry.at),
            id: object.id,
            decision,
            outcome: Some(self.outcome().to_owned()),
            status: None,
            by: Some(sent.who.actor),
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
            error: self.answered.as_ref().and_then(|entry| entry.error.clone()),
            environment: Some(sent.environment),
            company: Some(sent.company.label().to_owned()),
            on_behalf_of: sent.partner.and(sent.company.uid).map(|uid| Account {
                uid,
                name: sent.company.name,
                ..Account::default()
            }),
        };
        Row { ended: self.ended(), speed: record.rate_limit_mbps.into(), why, record }
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
    let ended = format!("now {}", approval.status.word());
    Row { ended, speed: view::speed(approval).into(), why: None, record }
}

fn table(attempts: &[Attempt], backend: Option<Now>, everywhere: bool, moments: &Moments) -> ListView {
    let ids = ShortIds::from_ids(attempts.iter().map(|attempt| attempt.sent.object.id.as_str()));
    let mut rows: Vec<Row> = attempts.iter().map(Attempt::row).collect();
    rows.extend(backend.map(|now| row_of(&now.approval, now.by)));
    let columns = vec![
        Column::fixed("AT", |row: &Row| row.record.at.map_or_else(|| "now".to_owned(), |at| moments.at(at)))
            .drop_at(1),
        Column::fixed("ID", |row: &Row| ids.shorten(&row.record.id).to_owned()),
        Column::text("ON BEHALF OF", |row: &Row| row.record.on_behalf_of.as_ref().map(Account::label))
            .only_if(attempts.iter().any(|attempt| attempt.sent.partner.is_some())),
        Column::fixed("DECISION", |row: &Row| row.ended.clone()),
        Column::fixed("TYPE", |row: &Row| row.record.kind.map(Kind::short)).drop_at(6),
        Column::text("CUSTOMER", |row: &Row| row.record.customer.clone()).drop_at(3),
        Column::fixed("SPEED", |row: &Row| row.speed.clone()).drop_at(7),
        Column::text("BY", |row: &Row| row.record.by.clone()).drop_at(4),
        Column::text("WHERE", |Row { record, .. }: &Row| {
            [&record.environment, &record.company].map(|part| part.as_deref().unwrap_or_default()).join(" ")
        })
        .only_if(everywhere)
        .drop_at(2),
        Column::text("REASON", |row: &Row| row.why.clone()).drop_at(5),
    ];
    ListView::new(&rows, columns, |row| json!(row.record))
}
