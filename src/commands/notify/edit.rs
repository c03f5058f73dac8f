//! `portgate notify edit`

use clap::Args;

use super::change::{self, Wanted};
use super::settings;
use crate::commands::consent;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::notify::title;
use crate::render::sanitize;
use crate::terminal::pick::Choices;

/// Pick the groups you get e-mail about from a list: tab picks one or drops it, enter ends, escape leaves all as they are.
///
/// It needs a terminal; elsewhere use `portgate notify subscribe` and `unsubscribe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify edit
  portgate notify edit --dry-run")]
pub struct EditArgs {
    /// Show the request that would be sent and what would change; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

/// Runs it.
///
/// # Errors
/// No terminal (exit 2, before any request), settings that can't be read or changed, nothing picked (exit 5).
pub(super) async fn run(context: &Context, args: EditArgs) -> anyhow::Result<Exit> {
    if !context.may_ask() {
        return Err(Error::usage("there is no terminal to pick groups on")
            .hint("name them: portgate notify subscribe GROUP..., or portgate notify unsubscribe GROUP...")
            .into());
    }
    let settings = settings::read(context).await?;
    settings.say_whose(context);
    let choices = settings.preferences.choices();
    let lines: Vec<String> = choices
        .iter()
        .map(|choice| {
            let line = match choice.details.join("; ") {
                details if details.is_empty() => title(&choice.group).to_owned(),
                details => format!("{}: {details}", title(&choice.group)),
            };
            sanitize::line(&line).into_owned()
        })
        .collect();
    let picked = choices.iter().map(|choice| choice.subscribed == Some(true)).collect();
    let offered = Choices { lines, picked, none_is_fine: true };
    let picked = context
        .prompter()
        .pick_among("Which groups do you want e-mail about?", &offered)
        .await?
        .ok_or_else(consent::declined)?;
    let wanted: Vec<Wanted> = choices
        .iter()
        .enumerate()
        .map(|(position, choice)| (choice.group.clone(), picked.contains(&position)))
        .filter(|(group, on)| {
            choices.iter().any(|choice| choice.group == *group && choice.subscribed != Some(*on))
        })
        .collect();
    if wanted.is_empty() {
        context.terminal.say("nothing changed; nothing was sent");
        return Ok(Exit::Done);
    }
    change::apply(context, settings, &wanted, args.dry_run).await
}
