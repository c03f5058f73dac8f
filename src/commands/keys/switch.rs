//! `portgate keys activate` and `portgate keys deactivate`

use clap::Args;

use super::batch::{self, Outcome};
use super::choose::{self, GivenKey};
use super::preview::{self, Step, changes_sentence};
use crate::api::service_keys::{KeyTerms, ServiceKey, replace_call};
use crate::approvals::decide::OutcomeKind;
use crate::commands::consent;
use crate::connection::{self, Connection};
use crate::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::keys::terms::differences;
use crate::keys::{KeyRecord, State, write};
use crate::render::error::Style;
use crate::render::{sanitize, words};

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
    if !args.dry_run {
        consent::check_limits(context, &connection.limits)?;
    }
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
        return dry_run(context, &chosen, on);
    }
    if consent::must_ask(context, &connection.limits, args.yes) {
        for (shown, read) in &chosen {
            let what = read.as_ref().ok().and_then(|key| key.description.as_deref()).unwrap_or("-");
            context.terminal.say(&format!("  {}  {}", sanitize::line(shown), sanitize::line(what)));
        }
        consent::confirm(context, &action.question(chosen.len())).await?;
    }
    let alone = chosen.len() == 1;
    let mut outcomes = Vec::new();
    for (shown, read) in chosen {
        let outcome = match read {
            _ if context.interrupt.seen().is_some() => skipped(shown),
            Ok(key) => switch(context, &connection, &key, on).await,
            Err(error) => failed(shown, error),
        };
        tell(context, action, &outcome, alone)?;
        outcomes.push(outcome);
    }
    if !context.output.is_for_people() {
        context.write_document(&batch::document(action.verb(), &outcomes), "results")?;
    }
    context.terminal.flush()?;
    consent::conclude(context)?;
    Ok(batch::conclusion(&outcomes)?)
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

/// Tells how one ended, where people read.
fn tell(context: &Context, action: Action, outcome: &Outcome, alone: bool) -> anyhow::Result<()> {
    if !context.output.is_for_people() {
        return Ok(());
    }
    if outcome.kind.is_ok() {
        let already = if outcome.kind == OutcomeKind::Already { "already " } else { "" };
        let what = outcome
            .seen
            .as_ref()
            .map(|seen| {
                format!(": {} on {}", seen.description.as_deref().unwrap_or("no description"), seen.port())
            })
            .unwrap_or_default();
        let line = format!("{already}{}d {}{what}", action.verb(), outcome.key);
        context.terminal.result_line(&sanitize::line(&line))?;
        context.terminal.flush()?;
    } else if let Some(error) = outcome.error.as_ref().filter(|_| !alone) {
        crate::render::error::print(&context.terminal, Style::Text, &error.clone().into());
    }
    for note in &outcome.notes {
        context.terminal.say(&format!("note: {}", sanitize::line(note)));
    }
    Ok(())
}
