//! `portgate keys activate` and `portgate keys deactivate`

use clap::Args;

use super::batch::{self, Outcome};
use super::choose::{self, GivenKey};
use super::preview::{self, Step, changes_sentence};
use super::{report, view};
use crate::api::service_keys::{KeyTerms, ServiceKey, replace_call};
use crate::commands::approvals::decision::OutcomeKind;
use crate::commands::consent;
use crate::domain::keys::terms::differences;
use crate::domain::keys::{KeyRecord, State, write};
use crate::error::Error;
use crate::exit::Exit;
use crate::render::error::Style;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::text::{sanitize, words};

/// Switch service keys on or off.
///
/// A key that is off refuses orders; connections made with it stay. All else the key has is kept.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys deactivate 3f0c2a91
  portgate keys activate 3f0c2a91 b27d4e05 --yes -o json
  portgate keys list --inactive --query '[].key' | \\
    xargs portgate keys activate --dry-run")]
pub struct SwitchArgs {
    /// Keys, or their first six or more characters
    #[arg(value_name = "KEY", required = true)]
    keys: Vec<GivenKey>,

    /// Don't ask
    #[arg(short, long)]
    yes: bool,

    /// Show the requests that would be sent; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

/// Which way to switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// On.
    Activate,
    /// Off.
    Deactivate,
}

impl Action {
    fn verb(self) -> &'static str {
        match self {
            Action::Activate => "activate",
            Action::Deactivate => "deactivate",
        }
    }

    /// What follows from it.
    fn consequence(self) -> &'static str {
        match self {
            Action::Activate => "Whoever has one of these can order with it again.",
            Action::Deactivate => {
                "Orders with these are refused from then on; connections made with them stay."
            }
        }
    }

    fn question(self, count: usize) -> String {
        let verb = if self == Action::Activate { "Activate" } else { "Deactivate" };
        format!("{verb} {}?", words::count(count, "service key", "service keys"))
    }
}

/// Runs it.
///
/// # Errors
/// For one key its own failure; exit 12 where some of several failed.
pub(super) async fn run(context: &Context, args: SwitchArgs, action: Action) -> anyhow::Result<Exit> {
    let mut connection = connection::open(context).await?;
    let limited = consent::before(consent::check_limits(context, &connection.limits), args.dry_run)?;
    let mut given = args.keys.clone();
    let mut seen = std::collections::HashSet::new();
    given.retain(|key| seen.insert(key.clone()));
    let mut chosen: Vec<(String, Result<ServiceKey, Error>)> = Vec::new();
    for key in &given {
        let read = choose::read_mine(context, &mut connection, key).await;
        // What can't be told apart must not be done in part.
        if let Err(error) = &read
            && !matches!(error.exit, Exit::NotFound | Exit::Forbidden)
        {
            return Err(error.clone().into());
        }
        let shown = read.as_ref().map_or_else(|_| key.shown(), |key| key.handle()).to_owned();
        let whole = |read: &Result<ServiceKey, Error>| read.as_ref().ok().and_then(|key| key.key.clone());
        if whole(&read).is_none() || chosen.iter().all(|(_, other)| whole(other) != whole(&read)) {
            chosen.push((shown, read));
        }
    }
    consent::say_place(context, &connection);
    let on = action == Action::Activate;
    if args.dry_run {
        let shown = dry_run(context, &chosen, on);
        return consent::after_dry_run(context, shown, limited);
    }
    if consent::must_ask(context, &connection.limits, args.yes) {
        let now = connection.clock.now();
        for (shown, read) in &chosen {
            context.terminal.say(&format!("  {}", sanitize::line(&in_question(shown, read, on, now))));
        }
        context.terminal.say(action.consequence());
        consent::confirm(context, &action.question(chosen.len())).await?;
    }
    let alone = chosen.len() == 1;
    let mut outcomes = Vec::new();
    let mut written = Ok(());
    for (shown, read) in chosen {
        let outcome = match read {
            _ if context.interrupt.seen().is_some() => skipped(shown),
            Ok(key) => switch(context, &connection, &key, on).await,
            Err(error) => failed(shown, error),
        };
        // A stdout that takes nothing is no reason to leave the rest as it was.
        let writable = written.is_ok();
        written = written.and(tell(context, action, &outcome, alone, writable));
        outcomes.push(outcome);
    }
    if !context.tells_people() {
        let document = batch::document(action.verb(), &outcomes);
        written = context.write_document(&document, "results").inspect_err(|_| {
            for outcome in &outcomes {
                context.terminal.say(&sanitize::line(&ended(action, outcome)));
            }
        });
    }
    let concluded = consent::conclude(context).and_then(|_| batch::conclusion(&outcomes));
    let named: Vec<&str> = outcomes.iter().map(|outcome| outcome.key.as_str()).collect();
    let see = if alone { "see it" } else { "see each" };
    let look = format!("{see} with: portgate keys show {}", named.first().unwrap_or(&"KEY"));
    report::conclude(context, written.map_err(|error| report::not_written(error, &look)), concluded.err())
}

/// A key as it is asked about: what it is for, where it leads, how often, and whether the switch is there already.
fn in_question(shown: &str, read: &Result<ServiceKey, Error>, on: bool, now: jiff::Timestamp) -> String {
    let key = match read {
        Err(error) => return format!("{shown}  {}", error.message),
        Ok(key) => key,
    };
    let record = KeyRecord::of(key, now, false);
    let mut parts = vec![
        record.description.as_deref().unwrap_or("no description").to_owned(),
        record.port().to_owned(),
        view::usage(record.single_use).to_owned(),
    ];
    if record.pre_approved {
        parts.push("pre-approved".to_owned());
    }
    parts.push(match record.last_used_at {
        Some(used) => format!("last used {} ago", words::age(Some(used), now)),
        None => "never used".to_owned(),
    });
    if record.active == Some(on) {
        parts.push(format!("already {}", if on { "on" } else { "off" }));
    }
    format!("{shown}  {}", parts.join(", "))
}

/// The key's terms with the switch in that position.
fn switched(key: &ServiceKey, on: bool) -> KeyTerms {
    KeyTerms { active: on, ..KeyTerms::of(key) }
}

fn dry_run(
    context: &Context,
    chosen: &[(String, Result<ServiceKey, Error>)],
    on: bool,
) -> anyhow::Result<Exit> {
    let mut steps = Vec::new();
    for (shown, read) in chosen {
        let key = read.as_ref().map_err(Clone::clone)?;
        let wanted = switched(key, on);
        let changes = differences(&KeyTerms::of(key), &wanted, key.product_dto.port_speed);
        if !changes.is_empty() {
            let call = replace_call(key.key.as_deref().unwrap_or_default(), &wanted);
            steps.push(Step { call, sentence: changes_sentence(shown, &changes), changes });
        }
    }
    preview::write(context, &steps)?;
    Ok(Exit::Done)
}

/// Switches one key, unless it is so already. It is read anew: a question may have stood for hours.
async fn switch(context: &Context, connection: &Connection, shown: &ServiceKey, on: bool) -> Outcome {
    let handle = shown.handle().to_owned();
    let whole = shown.key.as_deref().unwrap_or_default();
    let client = &connection.client;
    let work = async {
        let key = crate::api::service_keys::read(client, whole).await?;
        if key.active == Some(on) {
            return Ok((OutcomeKind::Already, key, Vec::new(), None));
        }
        let written = write::replace(client, &key, &switched(&key, on)).await?;
        let kind = if written.differs.is_some() { OutcomeKind::Conflict } else { OutcomeKind::Done };
        Ok((kind, written.key, written.notes, written.differs))
    };
    match consent::undisturbed(context, "switching the service key", work).await {
        Err(error) => failed(handle, error),
        Ok((kind, key, mut notes, error)) => {
            let seen = KeyRecord::of(&key, connection.clock.now(), false);
            if on && let Some(obstacle) = seen.state.obstacle().filter(|_| seen.state != State::Inactive) {
                notes.push(format!("it still does not work: {obstacle}"));
            }
            Outcome { key: handle, kind, error, seen: Some(seen), notes }
        }
    }
}

/// Not tried: a signal came before its turn.
fn skipped(key: String) -> Outcome {
    Outcome { key, kind: OutcomeKind::Skipped, error: None, seen: None, notes: Vec::new() }
}

fn failed(key: String, error: Error) -> Outcome {
    let kind = match error.exit {
        Exit::Unknown => OutcomeKind::Unknown,
        Exit::Conflict => OutcomeKind::Conflict,
        Exit::Forbidden | Exit::Refused => OutcomeKind::Refused,
        _ => OutcomeKind::Failed,
    };
    Outcome { key, kind, error: Some(error), seen: None, notes: Vec::new() }
}

/// Tells how one ended, where people read: on stderr where stdout is not writable.
fn tell(
    context: &Context,
    action: Action,
    outcome: &Outcome,
    alone: bool,
    writable: bool,
) -> anyhow::Result<()> {
    if !context.tells_people() {
        return Ok(());
    }
    let mut written = Ok(());
    if outcome.kind.is_ok() {
        let line = sanitize::line(&ended(action, outcome)).into_owned();
        if writable {
            written = context.terminal.result_line(&line).and_then(|()| context.terminal.flush());
        }
        if !writable || written.is_err() {
            context.terminal.say(&line);
        }
    } else if let Some(error) = outcome.error.as_ref().filter(|_| !alone) {
        crate::render::error::print(&context.terminal, Style::Text, &error.clone().into());
    }
    for note in &outcome.notes {
        context.terminal.say(&format!("note: {}", sanitize::line(note)));
    }
    Ok(written?)
}

/// How one ended, in a line.
fn ended(action: Action, outcome: &Outcome) -> String {
    if let Some(error) = &outcome.error {
        return format!("{}: {}: {error}", outcome.key, outcome.kind.name());
    }
    if !outcome.kind.is_ok() {
        return format!("{}: {}", outcome.key, outcome.kind.name());
    }
    let already = if outcome.kind == OutcomeKind::Already { "already " } else { "" };
    let what = outcome
        .seen
        .as_ref()
        .map(|seen| {
            format!(": {} on {}", seen.description.as_deref().unwrap_or("no description"), seen.port())
        })
        .unwrap_or_default();
    format!("{already}{}d {}{what}", action.verb(), outcome.key)
}
