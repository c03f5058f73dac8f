//! `portgate keys activate` and `portgate keys deactivate`

use clap::Args;

use super::choose::{self, GivenKey};
use super::preview::{changes_sentence, planned};
use super::view;
use super::write::KeyReplacement;
use crate::api::service_keys::{KeyTerms, ServiceKey, replace_call};
use crate::change::OutcomeKind;
use crate::change::report::interruption;
use crate::change::{Action, Outcome, Sender, conclusion, consent, preview, report};
use crate::domain::keys::terms::differences;
use crate::domain::keys::{KeyRecord, State};
use crate::error::Error;
use crate::exit::Exit;
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
pub(super) enum Switch {
    /// On.
    Activate,
    /// Off.
    Deactivate,
}

impl Switch {
    fn words(self) -> Action {
        match self {
            Switch::Activate => Action { verb: "activate", participle: "activated" },
            Switch::Deactivate => Action { verb: "deactivate", participle: "deactivated" },
        }
    }

    /// What follows from it.
    fn consequence(self) -> &'static str {
        match self {
            Switch::Activate => "Whoever has one of these can order with it again.",
            Switch::Deactivate => {
                "Orders with these are refused from then on; connections made with them stay."
            }
        }
    }

    fn question(self, count: usize) -> String {
        let verb = if self == Switch::Activate { "Activate" } else { "Deactivate" };
        format!("{verb} {}?", words::count(count, "service key", "service keys"))
    }
}

/// Runs it.
///
/// # Errors
/// For one key its own failure; exit 12 where some of several failed.
pub(super) async fn run(context: &Context, args: SwitchArgs, action: Switch) -> anyhow::Result<Exit> {
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
    let on = action == Switch::Activate;
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
    // A stdout that takes nothing is no reason to leave the rest as it was.
    let mut unwritten = None;
    for (shown, read) in chosen {
        let outcome = match (read, context.interrupt.seen()) {
            (_, Some(exit)) => Outcome::new(&shown, action.words(), OutcomeKind::Skipped)
                .error(Error::new(exit, format!("{shown} was not sent: interrupted")).about(&shown)),
            (Ok(key), None) => switch(context, &connection, &key, action).await,
            (Err(error), None) => Outcome::failure(shown, action.words(), error),
        };
        if context.tells_people() {
            let told = report::tell(context, &outcome, alone);
            unwritten = unwritten.or(told.err());
        }
        outcomes.push(outcome);
    }
    if !context.tells_people() {
        unwritten = report::write(context, &outcomes, 0).err();
    }
    if let Some(exit) = context.interrupt.seen() {
        return Err(interruption(exit, &outcomes).into());
    }
    let exit = conclusion(&outcomes, outcomes.len())?;
    unwritten.map_or(Ok(exit), Err)
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
            steps.push(planned(call, &changes, changes_sentence(shown, &changes)));
        }
    }
    preview::write(context, &steps, &[])?;
    Ok(Exit::Done)
}

/// Switches one key, unless it is so already. It is read anew: a question may have stood for hours.
async fn switch(
    context: &Context,
    connection: &Connection,
    shown: &ServiceKey,
    action: Switch,
) -> Outcome<KeyRecord> {
    let on = action == Switch::Activate;
    let client = &connection.client;
    let reading = crate::api::service_keys::read(client, shown.key.as_deref().unwrap_or_default());
    let ended = match context.during("reading the service key", reading).await {
        Err(error) => Outcome::failure(shown.handle(), action.words(), error),
        Ok(key) if key.active == Some(on) => {
            Outcome::new(shown.handle(), action.words(), OutcomeKind::Already).seen(key)
        }
        Ok(key) => {
            let wanted = switched(&key, on);
            let replacement = KeyReplacement::new(client, &key, &wanted, action.words());
            let _held = context.interrupt.hold();
            let sender = Sender { client, interrupt: &context.interrupt };
            context.during("switching the service key", sender.send(&replacement)).await.0
        }
    };
    let mut ended = ended.map(|key| KeyRecord::of(&key, connection.clock.now(), false));
    let works_not = ended.seen.as_ref().filter(|seen| on && seen.state != State::Inactive);
    if let Some(obstacle) = works_not.and_then(|seen| seen.state.obstacle()).filter(|_| ended.kind.is_ok()) {
        ended.notes.push(format!("it still does not work: {obstacle}"));
    }
    if let Some(error) = &mut ended.error {
        error.call_as(&context.invocation());
    }
    ended
}
