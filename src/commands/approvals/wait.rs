//! `portgate approvals wait`

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::poll::{self, Pace};
use super::{choose, view};
use crate::commands::approvals::decision::{Decider, Reading};
use crate::domain::approvals::ids::GivenId;
use crate::domain::approvals::marketplace::Stage;
use crate::domain::approvals::standing::Standing;
use crate::domain::approvals::{Approval, Decision, Kind, Source, Status};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;

/// Wait until a request is decided, or its VXC is up.
///
/// Ends with 0 once it is accepted (and up, with --until live), 13 if it was denied, withdrawn, has expired or failed, 11 when
/// the time given with --timeout is over before that. Without --timeout it waits as long as it takes. Failures that pass are
/// warned of and waited out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate approvals wait 7c1e09ab --timeout 30m
  portgate approvals accept 7c1e09ab && \\
    portgate approvals wait 7c1e09ab --until live --timeout 10m
  portgate approvals wait 7c1e09ab -o json | jq -r .status")]
pub(crate) struct WaitArgs {
    /// Id from `approvals list`, or its first six or more characters; a VXC's uid works too
    #[arg(value_name = "ID")]
    id: String,

    /// What to wait for
    #[arg(long, value_name = "WHAT", value_enum, default_value_t)]
    until: Until,

    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = poll::parse_interval)]
    interval: Duration,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Until {
    /// Somebody has answered.
    #[default]
    Decided,
    /// The VXC is up (a speed change: runs at the new speed). An entry of the queue has no VXC to look at: accepted is enough
    Live,
}

impl Until {
    /// As what a request is spoken of that has come so far.
    fn reached(self) -> &'static str {
        match self {
            Until::Decided => "decided",
            Until::Live => "up",
        }
    }
}

/// What a look found.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Not yet.
    Waits,
    /// As wished.
    There,
    /// It never will be.
    Never,
}

pub(super) async fn run(context: &Context, args: WaitArgs) -> anyhow::Result<Exit> {
    let given = GivenId::parse(&args.id)?;
    let until = poll::deadline(context.globals.timeout);
    let mut connection = connection::open(context).await?;
    let chosen = choose::by_ids(context, &mut connection, std::slice::from_ref(&given)).await?;
    let Some(named) = chosen.into_iter().next().map(|one| one.named).transpose()? else {
        return Err(crate::commands::approvals::decision::not_there(given.text()).into());
    };
    let decider = Decider::new(context, &connection);
    crate::change::consent::say_place(context, &connection);
    context.interrupt.leave_to_command();
    let what = match args.until {
        Until::Decided => "waiting for a decision",
        Until::Live => "waiting until it is up",
    };
    let waiting = async {
        let mut pace = Pace::of(args.interval);
        let mut last: Option<Box<Approval>> = None;
        loop {
            let started = Instant::now();
            let pause = match decider.read(&named).await {
                Ok(reading) => match found(&reading, args.until) {
                    Found::Waits => {
                        last = Some(Box::new(reading.approval));
                        pace.after(started.elapsed())
                    }
                    found => return Ok((found, reading)),
                },
                Err(error) if poll::may_pass(&error) => {
                    let failed_before = pace.has_failed();
                    let pause = pace.after_failure(&error);
                    if !failed_before {
                        poll::warn(context, &error, pause);
                    }
                    pause
                }
                Err(error) => return Err(Ended::Failed(error)),
            };
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left <= pause) {
                // A last look at the very end would be one too many for what asked to be left alone.
                poll::sleep(context, left.unwrap_or_default()).await.map_err(Ended::Signal)?;
                return Err(Ended::Late(last));
            }
            poll::sleep(context, pause).await.map_err(Ended::Signal)?;
        }
    };
    let ended = tokio::select! {
        ended = context.during(what, waiting) => ended,
        exit = context.interrupt.wait() => Err(Ended::Signal(exit)),
    };
    match ended {
        Ok((found, reading)) => conclude(context, &decider, found, reading),
        Err(Ended::Signal(exit)) => Ok(exit),
        Err(Ended::Failed(error)) => Err(error.into()),
        Err(Ended::Late(last)) => {
            let stands = last.map_or("it could not be read".to_owned(), |approval| stands(&approval));
            Err(Error::new(Exit::Timeout, format!("{} is not {} yet", named.id, args.until.reached()))
                .because(stands)
                .hint("wait longer with --timeout, such as --timeout 1h")
                .about(named.id)
                .retryable()
                .into())
        }
    }
}

/// Why the waiting ended without an answer.
enum Ended {
    Signal(Exit),
    Late(Option<Box<Approval>>),
    Failed(Error),
}

fn found(reading: &Reading, until: Until) -> Found {
    match reading.standing {
        Standing::Pending => Found::Waits,
        // What is only inferred from what is missing may still turn out otherwise: it is looked at once more.
        Standing::Decided { decision: Decision::Accept, .. } => match until {
            Until::Decided => Found::There,
            Until::Live if is_up(&reading.approval) => Found::There,
            Until::Live => Found::Waits,
        },
        Standing::Decided { .. } | Standing::Over(_) | Standing::Changed => Found::Never,
    }
}

/// Whether the VXC of an accepted request is up. Of an entry of the queue nothing more is known than that.
fn is_up(approval: &Approval) -> bool {
    let status = approval.extra.get("provisioningStatus").and_then(Value::as_str);
    approval.source == Source::Queue
        || approval.kind == Kind::SpeedChange
        || Stage::from_status(status) == Stage::Up
}

fn conclude(
    context: &Context,
    decider: &crate::commands::approvals::decision::Decider<'_>,
    found: Found,
    reading: Reading,
) -> anyhow::Result<Exit> {
    let approval = &reading.approval;
    let up = if is_up(approval) && approval.source == Source::Marketplace { ", up" } else { "" };
    let line = match approval.decision() {
        Some(decision) => {
            format!("{}{up} {}: {}", decision.participle(), approval.id, view::sentence(approval))
        }
        None => format!("{} {}: {}", approval.status.word(), approval.id, view::sentence(approval)),
    };
    if found == Found::There {
        context.write_record(&[line], &serde_json::to_value(approval)?)?;
        return Ok(Exit::Done);
    }
    if !context.output.is_for_people() {
        context.write_record(&[], &serde_json::to_value(approval)?)?;
    }
    let message = match reading.standing {
        Standing::Changed => "another request waits in its place".to_owned(),
        _ => stands(approval),
    };
    let mut error = Error::new(Exit::Conflict, message).about(approval.id.clone());
    if let Some(decision) = approval.decision() {
        error = error.because(decider.decided_by(approval, decision));
    }
    Err(error.into())
}

/// Where a request stands, in a sentence.
fn stands(approval: &Approval) -> String {
    let status = match (approval.status, approval.decision()) {
        (Status::Pending, _) => "still waits".to_owned(),
        (_, Some(Decision::Accept)) => "was accepted and is not up yet".to_owned(),
        (_, Some(decision)) => format!("was {}", decision.participle()),
        (Status::Unknown, None) => "no longer waits, and the API doesn't say why".to_owned(),
        (status, None) => format!("no longer waits: it is {}", status.word()),
    };
    format!("the {} of {} {status}", approval.kind.noun(), approval.customer_label())
}
