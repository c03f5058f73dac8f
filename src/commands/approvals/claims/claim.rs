//! `portgate approvals claim` and `release`

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::change::consent;
use crate::commands::approvals::choose;
use crate::commands::approvals::request::{Decider, Named, Reading, request_seen};
use crate::domain::approvals::Approval;
use crate::domain::approvals::ids::{GivenId, ShortIds};
use crate::domain::approvals::standing::Standing;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Claimed, Entry, Object, ObjectKind, Step, Terms};
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::span::parse_limit;

const LONGEST: Duration = Duration::from_hours(7 * 24);

/// Claim requests so that no one else decides them while you work on them
///
/// Until the claim ends, the request is decided, or you release it, no one else who uses the same ledger can decide it with
/// portgate (exit code 13). `approvals list` shows who claimed it. Requires a ledger in a database (see `portgate ledger
/// init`). To extend a claim, claim the request again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals claim 7c1e09ab
  portgate approvals claim 7c1e09ab --for 1d --reason 'asking the customer'")]
pub(crate) struct ClaimArgs {
    /// Request IDs, or their first 6 or more characters
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// How long to claim them, at most 7d
    #[arg(long = "for", value_name = "TIME", value_parser = parse_lease, default_value = "2h", allow_hyphen_values = true)]
    lease: Duration,

    /// Reason, recorded in the ledger
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Release requests that you claimed
///
/// `--force` also releases those that others claimed. The ledger records who released them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals release 7c1e09ab
  portgate approvals release 7c1e09ab --force --reason 'ben is on leave'")]
pub(crate) struct ReleaseArgs {
    /// Request IDs, or their first 6 or more characters
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Release them even if someone else claimed them
    #[arg(long)]
    force: bool,

    /// Reason, recorded in the ledger
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// A request that was claimed or released. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Record {
    id: Uid,
    claimed_by: Option<String>,
    claimed_until: Option<Timestamp>,
    customer: Option<String>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&Record::default())
}

fn parse_lease(text: &str) -> Result<Duration, String> {
    match parse_limit(text)? {
        lease if lease > LONGEST => Err("a claim lasts at most 7d".to_owned()),
        lease => Ok(lease),
    }
}

pub(in crate::commands::approvals) async fn claim(
    context: &Context,
    args: ClaimArgs,
) -> anyhow::Result<Exit> {
    let ClaimArgs { ids, lease, reason } = args;
    for_each(context, &ids, async |connection, approval| {
        let mut line = entry(connection, approval, Step::Claimed, "claim", reason.clone());
        // Claiming it again never shortens a claim.
        let lease = match Box::pin(connection.ledger.claim_on(&line)).await? {
            Some(holder) if holder.is_own => lease.max(holder.left),
            _ => lease,
        };
        line.lease_s = Some(lease.as_secs());
        match connection.ledger.claim(&line, Terms::NONE, connection.client.patience.time_left()).await? {
            Claimed::Granted => {}
            Claimed::Stale(error) | Claimed::Proposed(error) => return Err(error),
        }
        let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
        Ok((Some(line.who.actor), line.at.checked_add(lease).ok()))
    })
    .await
}

pub(in crate::commands::approvals) async fn release(
    context: &Context,
    args: ReleaseArgs,
) -> anyhow::Result<Exit> {
    let ReleaseArgs { ids, force, reason } = args;
    for_each(context, &ids, async |connection, approval| {
        let line = entry(connection, approval, Step::Released, "release", reason.clone());
        connection.ledger.release(&line, force, connection.client.patience.time_left()).await?;
        Ok((None, None))
    })
    .await
}

fn entry(
    connection: &Connection,
    approval: &Approval,
    step: Step,
    action: &str,
    reason: Option<String>,
) -> Entry {
    let request = Some(request_seen(approval));
    let object = Object { request, reason, ..Object::new(ObjectKind::Request, approval.id.clone(), action) };
    let attempt = Uuid::new_v4().to_string();
    Entry { outcome: Some("done".to_owned()), ..connection.entry(step, attempt, object) }
}

/// Does it for each request, which must be pending; one that fails doesn't keep the others from it.
async fn for_each(
    context: &Context,
    ids: &[String],
    act: impl AsyncFn(&Connection, &Approval) -> Result<(Option<String>, Option<Timestamp>), Error>,
) -> anyhow::Result<Exit> {
    let given: Vec<GivenId> = ids.iter().map(|id| GivenId::parse(id)).collect::<Result<_, Error>>()?;
    let mut connection = consent::open_ledger(context).await?;
    if !connection.ledger.is_shared() {
        return Err(Error::usage("claims require a ledger in a database")
            .reason(format!("this run uses the ledger file {}", connection.ledger.place()))
            .hint("set PORTGATE_LEDGER to an address such as postgres://ana@db.example.net/portgate")
            .into());
    }
    let chosen = choose::by_ids(context, &mut connection, &given).await?;
    choose::check_all_there(&chosen)?;
    let decider = Decider::new(context, &connection);
    let (mut records, mut failures) = (Vec::new(), Vec::new());
    for one in chosen {
        let acting = async {
            let named = one.named?;
            let approval = pending(&decider, &named).await?;
            let (claimed_by, claimed_until) = act(&connection, &approval).await?;
            let customer = approval.customer.name.clone();
            Ok(Record { id: approval.id, claimed_by, claimed_until, customer })
        };
        match context.with_progress("recording", Box::pin(acting)).await {
            Ok(record) => records.push(record),
            Err(error) => failures.push(error),
        }
    }
    let short = ShortIds::from_ids(records.iter().map(|row| &row.id));
    let columns = vec![
        Column::new("ID", |row: &Record| short.shorten(&row.id).to_owned()),
        Column::text("CUSTOMER", |row: &Record| row.customer.clone()),
        Column::text("CLAIMED BY", |row: &Record| row.claimed_by.clone()),
        Column::new("UNTIL", |row: &Record| row.claimed_until.map(|at| context.moments().format(at))),
    ];
    context.write_list(&ListView::new(&records, columns, |row| json!(row)))?;
    let all = records.len() + failures.len();
    match failures.len() {
        0 => Ok(Exit::Done),
        failed if all > 1 => {
            failures.iter().for_each(|error: &Error| context.terminal.warn(&error.to_string()));
            Err(Error::new(Exit::Partial, format!("{failed} of {all} failed")).into())
        }
        _ => Err(failures.remove(0).into()),
    }
}

/// The request as it is now, if it is pending.
async fn pending(decider: &Decider<'_>, named: &Named) -> Result<Approval, Error> {
    let Reading { standing, approval, .. } = decider.read(named).await?;
    match standing {
        Standing::Pending => Ok(approval),
        Standing::Decided { .. } | Standing::Over(_) | Standing::Changed => {
            let mut error =
                Error::new(Exit::Conflict, format!("{} is not pending", approval.id)).resource(&approval.id);
            if let Some(decision) = approval.decision() {
                error = error.reason(decider.decided_by(&approval, decision).await);
            }
            Err(error.hint(Hint::call("see its status: ", format!("approvals show {}", approval.id))))
        }
    }
}
