//! `portgate approvals history`

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{choose, list, view};
use crate::domain::approvals::collect::Wanted;
use crate::domain::approvals::ids::{GivenId, ShortIds};
use crate::domain::approvals::{Approval, Status};
use crate::domain::ports::scan::Keep;
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::{Entry, Journal, Step};
use crate::render::fields::Known;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::amounts::parse_count;
use crate::text::span::parse_span;
use crate::text::words;

/// The fields of a record.
pub(in crate::commands) const FIELDS: Known = &[
    "origin",
    "at",
    "answered_at",
    "id",
    "decision",
    "outcome",
    "status",
    "by",
    "source",
    "type",
    "customer",
    "vxc_uid",
    "rate_limit_mbps",
    "vlan",
    "inner_vlan",
    "move_to",
    "reason",
    "rule",
    "error",
    "environment",
    "company",
];

/// What was decided from this machine, newest last, and for one request what the backend says of it now.
///
/// The journal is read without asking anyone: it knows what was decided from here, by whom, and why. With an id the backend
/// is asked, too, so that what was decided elsewhere shows.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals history --since 7d
  portgate approvals history 7c1e09ab
  portgate approvals history --everywhere --query \"[?outcome!='done']\"")]
pub(crate) struct HistoryArgs {
    /// Only this request: its id or the first six or more characters; asks the backend, too
    #[arg(value_name = "ID", conflicts_with = "id")]
    request: Option<String>,

    /// As ID
    #[arg(long, value_name = "ID", hide = true)]
    id: Option<String>,

    /// Only what was sent within this time, such as 7d
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    since: Option<SignedDuration>,

    /// Of every environment and company, not only of the one in use
    #[arg(long, conflicts_with_all = ["request", "id"])]
    everywhere: bool,

    /// Show only the last so many
    #[arg(long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    last: Option<u64>,
}

/// One decision, with both its lines.
struct Attempt {
    sent: Entry,
    answered: Option<Entry>,
}

pub(super) async fn run(context: &Context, args: HistoryArgs) -> anyhow::Result<Exit> {
    let given = args.request.as_deref().or(args.id.as_deref()).map(GivenId::parse).transpose()?;
    let journal = Journal::at(&context.paths.journal);
    let entries = journal.entries().map_err(|error| {
        Error::new(Exit::Other, format!("the journal {} can't be read", journal.path().display()))
            .because(error.to_string())
            .hint("mend its permissions, or name another with PORTGATE_JOURNAL")
    })?;
    let mut attempts = attempts(entries);
    let mut now = context.clock.now();
    let mut told_by_backend = None;
    if let Some(given) = &given {
        let mut connection = connection::open(context).await?;
        now = connection.clock.now();
        attempts.retain(|attempt| attempt.sent.backend == connection.backend);
        let wanted = Wanted { keep: Keep::Prefixes(vec![given.text().to_owned()]), vlans: false, only: None };
        let collected = list::read(context, &mut connection, &wanted).await?;
        let parts = choose::DeciderParts::of(context, &connection);
        let named = choose::by_list(&connection, &parts, &collected, given)?;
        attempts.retain(|attempt| attempt.sent.id.eq_ignore_ascii_case(&named.id));
        let decider = parts.decider(&connection);
        let approval = match collected.approvals.iter().find(|approval| approval.id == named.id) {
            Some(approval) => approval.clone(),
            None => context.during("reading the request", decider.read(&named)).await?.approval,
        };
        let by = approval.decision().map(|decision| decider.decided_by(&approval, decision));
        told_by_backend = Some((approval, by));
    } else if !args.everywhere {
        let target = context.target()?;
        let backend = connection::backend_name(&context.globals, &context.paths, &target);
        attempts.retain(|attempt| Some(&attempt.sent.backend) == backend.as_ref());
    }
    if let Some(since) = args.since {
        // An age counts from now; a journal may hold lines of a sandbox whose clock was ahead.
        attempts.retain(|attempt| now.duration_since(attempt.sent.at) <= since);
    }
    let found = attempts.len();
    if let Some(last) = args.last {
        let last = usize::try_from(last).unwrap_or(usize::MAX);
        attempts.drain(..found.saturating_sub(last));
    }
    context.write_list(&table(&attempts, told_by_backend.as_ref(), args.everywhere))?;
    let shown = match (attempts.len(), found) {
        (0, _) => "nothing in the journal".to_owned(),
        (shown, found) if shown < found => {
            format!("{shown} of {}", words::count(found, "decision", "decisions"))
        }
        (_, found) => words::count(found, "decision", "decisions"),
    };
    context.terminal.say(&format!("{shown} · {}", journal.path().display()));
    Ok(Exit::Done)
}

/// Puts the two lines of each decision together, in the order they were sent.
fn attempts(entries: Vec<Entry>) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for entry in entries {
        match (entry.step, places.get(&entry.attempt)) {
            (Step::Answered, Some(&place)) => {
                let attempt: &mut Attempt = &mut attempts[place];
                attempt.answered = Some(entry);
            }
            (Step::Sending, _) | (Step::Answered, None) => {
                places.insert(entry.attempt.clone(), attempts.len());
                let answered = (entry.step == Step::Answered).then(|| entry.clone());
                attempts.push(Attempt { sent: entry, answered });
            }
        }
    }
    attempts
}

impl Attempt {
    /// How it ended; without a second line the run was stopped in between, and nobody knows.
    fn outcome(&self) -> &str {
        self.answered.as_ref().and_then(|entry| entry.outcome.as_deref()).unwrap_or("unknown")
    }

    /// In a word or two: `accepted`, or what was tried and how it ended.
    fn ended(&self) -> String {
        let decision = self.sent.decision;
        match self.outcome() {
            "done" => decision.participle().to_owned(),
            "already" => format!("already {}", decision.participle()),
            other => format!("{}: {other}", decision.word()),
        }
    }

    fn record(&self) -> Value {
        let Entry { at, id, decision, by, source, kind, customer, vxc_uid, rate_limit_mbps, .. } = &self.sent;
        json!({
            "origin": "journal",
            "at": at,
            "answered_at": self.answered.as_ref().map(|entry| entry.at),
            "id": id,
            "decision": decision,
            "outcome": self.outcome(),
            "status": null,
            "by": by,
            "source": source,
            "type": kind,
            "customer": customer,
            "vxc_uid": vxc_uid,
            "rate_limit_mbps": rate_limit_mbps,
            "vlan": self.sent.vlan,
            "inner_vlan": self.sent.inner_vlan,
            "move_to": self.sent.move_to,
            "reason": self.sent.reason,
            "rule": self.sent.rule,
            "error": self.answered.as_ref().and_then(|entry| entry.error.clone()),
            "environment": self.sent.environment,
            "company": self.sent.company.label(),
        })
    }
}

/// What the backend says now, as one more record. It tells no time of its own but in words.
fn record_of(approval: &Approval, by: Option<&str>) -> Value {
    json!({
        "origin": "backend",
        "at": null,
        "answered_at": null,
        "id": approval.id,
        "decision": approval.decision(),
        "outcome": null,
        "status": approval.status,
        "by": by,
        "source": approval.source,
        "type": approval.kind,
        "customer": approval.customer.name,
        "vxc_uid": approval.vxc_uid,
        "rate_limit_mbps": approval.new_rate_limit_mbps.or(approval.rate_limit_mbps),
        "vlan": approval.b_end.as_ref().and_then(|end| end.vlan),
        "inner_vlan": approval.b_end.as_ref().and_then(|end| end.inner_vlan),
        "move_to": null,
        "reason": approval.message.as_ref().filter(|_| approval.status != Status::Pending),
        "rule": null,
        "error": null,
        "environment": null,
        "company": null,
    })
}

fn table(attempts: &[Attempt], backend: Option<&(Approval, Option<String>)>, everywhere: bool) -> ListView {
    let ids = ShortIds::among(attempts.iter().map(|attempt| attempt.sent.id.as_str()));
    let mut columns = vec![Column::fixed("AT").drop_at(1), Column::fixed("ID"), Column::fixed("DECISION")];
    columns.extend([Column::fixed("TYPE").drop_at(6), Column::text("CUSTOMER").drop_at(3)]);
    columns.extend([Column::fixed("SPEED").drop_at(7), Column::text("BY").drop_at(4)]);
    if everywhere {
        columns.push(Column::text("WHERE").drop_at(2));
    }
    columns.push(Column::text("REASON").drop_at(5));
    let cell = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let mut rows: Vec<Vec<String>> = attempts
        .iter()
        .map(|attempt| {
            let sent = &attempt.sent;
            let mut row = vec![
                moment(sent.at),
                ids.of(&sent.id).to_owned(),
                attempt.ended(),
                sent.kind.short().to_owned(),
                cell(sent.customer.as_deref()),
                sent.rate_limit_mbps.map_or_else(|| "-".to_owned(), |mbps| mbps.to_string()),
                sent.by.clone(),
            ];
            if everywhere {
                row.push(format!("{} {}", sent.environment, sent.company.label()));
            }
            row.push(match (&sent.reason, &sent.rule) {
                (Some(reason), Some(rule)) => format!("{reason} (rule '{rule}')"),
                (None, Some(rule)) => format!("rule '{rule}'"),
                (reason, None) => cell(reason.as_deref()),
            });
            row
        })
        .collect();
    let mut records: Vec<Value> = attempts.iter().map(Attempt::record).collect();
    if let Some((approval, by)) = backend {
        rows.push(vec![
            "now".to_owned(),
            ids.of(&approval.id).to_owned(),
            format!("is {}", approval.status.word()),
            approval.kind.short().to_owned(),
            approval.customer_label().to_owned(),
            view::speed(approval),
            cell(by.as_deref()),
            "-".to_owned(),
        ]);
        records.push(record_of(approval, by.as_deref()));
    }
    ListView { columns, rows, records }
}

/// A moment to the second, as in the messages.
fn moment(at: Timestamp) -> String {
    format!("{at:.0}")
}
