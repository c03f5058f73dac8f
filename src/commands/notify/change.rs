//! `portgate notify subscribe` and `unsubscribe`, and what `edit` does with what was picked.

use clap::Args;
use serde_json::json;

use super::settings::{self, Settings};
use crate::api::notification_preferences::{self as preferences, Choice, Preferences};
use crate::api::send_and_read_back;
use crate::commands::consent;
use crate::domain::notifications::{Group, title};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Get e-mail about groups: security, people, company, financial, ordering, service-status, services.
///
/// A group is written in any case, with spaces, hyphens or underscores. These are the caller's own settings; with an API key
/// they are its owner's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify subscribe ordering
  portgate notify subscribe ordering service-status
  portgate notify subscribe SERVICE_STATUS --dry-run")]
pub struct SubscribeArgs {
    #[command(flatten)]
    common: ChangeArgs,
}

/// Get no more e-mail about groups: security, people, company, financial, ordering, service-status, services.
///
/// A group is written in any case, with spaces, hyphens or underscores. These are the caller's own settings; with an API key
/// they are its owner's.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify unsubscribe financial
  portgate notify unsubscribe people company --dry-run")]
pub struct UnsubscribeArgs {
    #[command(flatten)]
    common: ChangeArgs,
}

/// What both take.
#[derive(Debug, Args)]
pub(super) struct ChangeArgs {
    /// The groups
    #[arg(value_name = "GROUP", required = true)]
    groups: Vec<String>,

    /// Show the request that would be sent and what would change; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

/// Runs `subscribe`.
///
/// # Errors
/// A name that is no group (exit 2, before any request), settings that can't be read or changed.
pub(super) async fn subscribe(context: &Context, args: SubscribeArgs) -> anyhow::Result<Exit> {
    run(context, args.common, true).await
}

/// Runs `unsubscribe`.
///
/// # Errors
/// As [`subscribe`].
pub(super) async fn unsubscribe(context: &Context, args: UnsubscribeArgs) -> anyhow::Result<Exit> {
    run(context, args.common, false).await
}

async fn run(context: &Context, args: ChangeArgs, subscribed: bool) -> anyhow::Result<Exit> {
    let groups = args.groups.iter().map(|group| Group::parse(group)).collect::<Result<Vec<_>, _>>()?;
    let settings = settings::read(context).await?;
    settings.say_whose(context);
    let wanted = wanted(&settings.preferences, &groups, subscribed)?;
    apply(context, settings, &wanted, args.dry_run, Asked::WhereTheProfileSays).await
}

/// Whether a person agreed to the very change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Yes.
    Already,
    /// Not yet; only a profile that says so makes it needed.
    WhereTheProfileSays,
}

/// A group as the API spells it, and what it is to be.
pub(super) type Wanted = (String, bool);

/// The groups named, as the API spells them.
fn wanted(preferences: &Preferences, groups: &[Group], subscribed: bool) -> Result<Vec<Wanted>, Error> {
    let choices = preferences.choices();
    let mut wanted: Vec<Wanted> = Vec::new();
    for group in groups {
        let found = choices.iter().find(|choice| group.is(&choice.group)).ok_or_else(|| {
            let offered: Vec<&str> = choices.iter().map(|choice| title(&choice.group)).collect();
            Error::new(Exit::NotFound, format!("the backend offers no group {} here", group.title()))
                .because(format!("it offers {}", offered.join(", ")))
                .about(group.title())
        })?;
        if !wanted.iter().any(|(known, _)| *known == found.group) {
            wanted.push((found.group.clone(), subscribed));
        }
    }
    Ok(wanted)
}

/// Changes the settings, unless they are so already, reads them back and says what they are. Whose they are has been said.
///
/// # Errors
/// A profile that allows no writes (exit 15), a refusal, a change that doesn't show afterwards (exit 13).
pub(super) async fn apply(
    context: &Context,
    settings: Settings,
    wanted: &[Wanted],
    dry_run: bool,
    asked: Asked,
) -> anyhow::Result<Exit> {
    let before = settings.preferences.choices();
    let (already, changing): (Vec<&Wanted>, Vec<&Wanted>) =
        wanted.iter().partition(|wanted| holds(&before, wanted));
    let mut changed = settings.preferences.clone();
    for (group, subscribed) in &changing {
        changed.set(group, *subscribed);
    }
    let mut lines: Vec<String> =
        already.iter().map(|(group, on)| format!("already {} {}", state(*on), title(group))).collect();
    let call = changed.put();
    if dry_run {
        lines.extend(changing.iter().map(|(group, on)| format!("would be {} {}", state(*on), title(group))));
        let calls = if changing.is_empty() { Vec::new() } else { vec![call] };
        consent::show_dry_run(context, &calls, &lines)?;
        let limited = consent::check_limits(context, &settings.connection.limits).err();
        return consent::after_dry_run(context, Ok(Exit::Done), limited.filter(|_| !changing.is_empty()));
    }
    let after = if changing.is_empty() {
        settings.preferences.clone()
    } else {
        let limits = &settings.connection.limits;
        consent::check_limits(context, limits)?;
        // It is the caller's own setting: asked about only where the profile says always.
        if limits.confirm_always && asked == Asked::WhereTheProfileSays {
            let what: Vec<String> =
                changing.iter().map(|(group, on)| format!("{} {}", verb(*on), title(group))).collect();
            consent::confirm(context, &format!("{}?", what.join(", "))).await?;
        }
        let client = &settings.connection.client;
        let version = changed.version;
        let sending = send_and_read_back(
            client,
            &call,
            async || preferences::read_version(client, version).await,
            |read| {
                let choices = read.choices();
                wanted.iter().all(|wanted| holds(&choices, wanted))
            },
        );
        context.interrupt.defer();
        let sent = context.during("sending the settings", sending).await;
        context.interrupt.allow();
        let read = sent.map_err(|error| settings.explain(error))?;
        if !read.as_asked {
            return Err(settings.explain(not_kept(&read.value.choices(), wanted)).into());
        }
        if read.answer_lost {
            context.terminal.say("note: the backend's answer was lost; read back, it took effect");
        }
        lines.extend(changing.iter().map(|(group, on)| format!("{} {}", state(*on), title(group))));
        read.value
    };
    let names = |wanted: &[&Wanted]| wanted.iter().map(|(group, _)| group.clone()).collect::<Vec<_>>();
    let record = json!({
        "owner": settings::owner_record(&settings.owner),
        "changed": names(&changing),
        "already": names(&already),
        "groups": after.choices().iter().map(settings::record).collect::<Vec<_>>(),
    });
    context.write_record(&lines, &record)?;
    settings.warn_if_not_hearing(context, &after);
    Ok(Exit::Done)
}

fn holds(choices: &[Choice], wanted: &Wanted) -> bool {
    choices.iter().any(|choice| choice.group == wanted.0 && choice.subscribed == Some(wanted.1))
}

fn not_kept(read: &[Choice], wanted: &[Wanted]) -> Error {
    let lost: Vec<&str> =
        wanted.iter().filter(|wanted| !holds(read, wanted)).map(|(group, _)| title(group)).collect();
    Error::new(Exit::Conflict, "the backend said yes, but the settings read back are not what was asked for")
        .because(format!("unchanged: {}", lost.join(", ")))
        .hint("somebody else may have changed them in between: look with `portgate notify list`")
}

fn state(on: bool) -> &'static str {
    if on { "subscribed to" } else { "unsubscribed from" }
}

fn verb(on: bool) -> &'static str {
    if on { "Subscribe to" } else { "Unsubscribe from" }
}
