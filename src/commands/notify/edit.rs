//! `portgate notify edit`

use clap::Args;

use super::change::{self, Wanted};
use super::settings;
use crate::change::consent;
use crate::domain::notifications::title;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::context::Context;
use crate::terminal::pick::Choices;
use crate::terminal::prompt::declined;

/// Pick the groups you get e-mail about from a list: tab picks one or drops it, enter ends, escape leaves all as they are.
///
/// With --accessible the numbers of all groups you want are typed, not of those to change. What would change is shown and
/// asked about before it is sent.
///
/// It needs a terminal; elsewhere use `portgate notify subscribe` and `unsubscribe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify edit
  portgate notify edit --dry-run")]
pub(crate) struct EditArgs {
    /// Show the request that would be sent and what would change; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &Context, args: EditArgs) -> anyhow::Result<Exit> {
    if let Some(why) = context.why_not_ask() {
        return Err(Error::usage(format!("the groups are picked from a list, and {why}"))
            .hint(Hint::call("name them: ", "notify subscribe GROUP...").and(", or unsubscribe GROUP..."))
            .into());
    }
    let consent = ConsentArgs { yes: false, dry_run: args.dry_run };
    let (connection, permit) = consent::open(context, consent).await?;
    let settings = settings::read(context, connection).await?;
    settings.say_whose(context);
    let choices = settings.preferences.choices();
    let lines: Vec<String> = choices
        .iter()
        .map(|choice| match choice.details.join("; ") {
            details if details.is_empty() => title(&choice.group).to_owned(),
            details => format!("{}: {details}", title(&choice.group)),
        })
        .collect();
    let picked = choices.iter().map(|choice| choice.subscribed == Some(true)).collect();
    // Typed numbers don't add to what is subscribed; in the list one sees it.
    let question = match context.accessible() || !context.terminal.facts.redraws {
        true => {
            "Which groups do you want e-mail about? The numbers are the whole new set: what you leave out is unsubscribed."
        }
        false => "Which groups do you want e-mail about?",
    };
    let offered = Choices { lines, picked, none_is_fine: true };
    let picked = context.prompter().pick_among(question, &offered).await?.ok_or_else(declined)?;
    let wanted: Vec<Wanted> = choices
        .iter()
        .enumerate()
        .map(|(position, choice)| (choice, picked.contains(&position)))
        .filter(|(choice, on)| choice.subscribed != Some(*on))
        .map(|(choice, on)| (choice.group.clone(), on))
        .collect();
    if wanted.is_empty() {
        context.terminal.say("nothing changed; nothing was sent");
        return Ok(Exit::Done);
    }
    // The list may have stood there for hours.
    change::apply(context, permit, &settings, &wanted, None).await
}
