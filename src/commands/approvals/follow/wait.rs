//! `portgate approvals wait`

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::commands::approvals::choose;
use crate::commands::approvals::follow::poll::{self, Pace};
use crate::commands::approvals::request::{Decider, Reading, no_such_request};
use crate::commands::approvals::view;
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::stage::Stage;
use crate::domain::approvals::standing::Standing;
use crate::domain::approvals::{Approval, Decision, Kind, Source, Status};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;
use crate::session::place;

/// Wait until a request is decided or its VXC is live
///
/// Exits with code 0 when the request is accepted (and up, with --until live), 13 if it is denied, withdrawn, expired or
/// failed, and 11 if --timeout is reached first. Without --timeout, it waits indefinitely. Temporary failures are reported and
/// retried.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals wait 7c1e09ab --timeout 30m
  portgate approvals accept 7c1e09ab && \\
    portgate approvals wait 7c1e09ab --until live --timeout 10m
  portgate approvals wait 7c1e09ab -o json | jq -r .status")]
pub(crate) struct WaitArgs {
    /// Request ID or its first 6 or more characters, or the UID of its VXC
    #[arg(value_name = "ID")]
    id: String,

    /// Result to wait for
    #[arg(long, value_name = "WHAT", value_enum, default_value_t, ignore_case = true)]
    until: Until,

    /// Time between checks
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = poll::parse_interval, allow_hyphen_values = true)]
    interval: Duration,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Until {
    /// The request is decided
    #[default]
    Decided,
    /// The VXC is up: its status is CONFIGURED or LIVE (for a speed change, at the new speed). For a queue entry, accepted is enough
    Live,
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Waits,
    /// The result waited for.
    There,
    /// It can no longer happen.
    Never,
}

impl Found {
    fn from_reading(reading: &Reading, until: Until) -> Self {
        match reading.standing {
            Standing::Pending => Found::Waits,
            // What its status means isn't known: it may be pending.
            Standing::Over(_) if reading.approval.wire_status.is_some() => Found::Waits,
            // An inferred denial may still change: check again.
            Standing::Decided { decision: Decision::Accept, .. } => match until {
                Until::Decided => Found::There,
                Until::Live if is_up(&reading.approval) => Found::There,
                Until::Live => Found::Waits,
            },
            Standing::Decided { .. } | Standing::Over(_) | Standing::Changed => Found::Never,
        }
    }
}

pub(in crate::commands::approvals) async fn run(context: &Context, args: WaitArgs) -> anyhow::Result<Exit> {
    let given = GivenId::parse(&args.id)?;
    let until = poll::deadline(context.globals.timeout);
    let mut connection = connection::open(context).await?;
    let chosen = choose::by_ids(context, &mut connection, std::slice::from_ref(&given)).await?;
    let Some(named) = chosen.into_iter().next().map(|one| one.named).transpose()? else {
        return Err(no_such_request(given.text()).into());
    };
    let decider = Decider::new(context, &connection);
    place::say_place(context, &connection);
    context.interrupt.leave_to_command();
    let what = match args.until {
        Until::Decided => "waiting for a decision",
        Until::Live => "waiting for the VXC to be live",
    };
    let mut last: Option<Box<Approval>> = None;
    let waiting = async {
        let mut pace = Pace::every(args.interval);
        loop {
            let started = Instant::now();
            let pause = match decider.read(&named).await {
                Ok(reading) => match Found::from_reading(&reading, args.until) {
                    Found::Waits => {
                        last = Some(Box::new(reading.approval));
                        pace.pause_after(started.elapsed())
                    }
                    found => return Ok(Some((found, reading))),
                },
                Err(error) => pace.ride_out(context, error)?,
            };
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            tokio::time::sleep(pause.min(left)).await;
            if left <= pause {
                // No extra check after the deadline.
                return Ok::<_, Error>(None);
            }
        }
    };
    let waited = match context.interrupt.until_signal(context.with_progress(what, waiting)).await {
        Ok(waited) => waited?,
        Err(exit) => return Ok(exit),
    };
    if let Some((found, reading)) = waited {
        return conclude(context, &decider, found, reading).await;
    }
    let stands =
        last.map_or("the request could not be read".to_owned(), |approval| standing_sentence(&approval));
    Err(Error::new(Exit::Timeout, format!("timed out {what}"))
        .reason(stands)
        .hint("use a longer --timeout, such as 1h")
        .resource(named.id)
        .retryable()
        .into())
}

/// Whether the VXC of an accepted request is up. Both `CONFIGURED` and `LIVE` are (confirmed: official clients wait for
/// either). Accepted queue entries count as up.
fn is_up(approval: &Approval) -> bool {
    let status = approval.extra.get("provisioningStatus");
    approval.source == Source::Queue
        || approval.kind == Kind::SpeedChange
        || Stage::from_status(status.as_ref().and_then(Value::as_str)) == Stage::Up
}

async fn conclude(
    context: &Context,
    decider: &Decider<'_>,
    found: Found,
    mut reading: Reading,
) -> anyhow::Result<Exit> {
    reading.approval.account = context.account().cloned();
    let approval = &reading.approval;
    let up = if is_up(approval) && approval.source == Source::Marketplace { " and live" } else { "" };
    let is = approval.decision().map_or(approval.status.word(), Decision::participle);
    let line = format!("{} is {is}{up}: {}", approval.id, view::sentence(approval));
    if found == Found::There {
        context.write_record(&[line], &serde_json::to_value(approval)?)?;
        return Ok(Exit::Done);
    }
    if !context.output.is_for_people() {
        context.write_record(&[], &serde_json::to_value(approval)?)?;
    }
    let message = match reading.standing {
        Standing::Changed => "the request was replaced by another one".to_owned(),
        _ => standing_sentence(approval),
    };
    let mut error = Error::new(Exit::Conflict, message).resource(approval.id.clone());
    if let Some(decision) = approval.decision() {
        error = error.reason(decider.decided_by(approval, decision).await);
    }
    Err(error.into())
}

fn standing_sentence(approval: &Approval) -> String {
    let status = match (approval.status, approval.decision()) {
        _ if approval.wire_status.is_some() => {
            format!("may be pending: its status is {}", approval.status_label())
        }
        (Status::Pending, _) => "is still pending".to_owned(),
        (_, Some(Decision::Accept)) => "was accepted but is not live yet".to_owned(),
        (_, Some(decision)) => format!("was {}", decision.participle()),
        (Status::Unknown, None) => "is no longer pending; the API doesn't say why".to_owned(),
        (status, None) => format!("is no longer pending: {}", status.word()),
    };
    format!("the {} from {} {status}", approval.noun(), approval.customer_label())
}
