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
use crate::terminal::prompt::declined_error;

/// Choose your notification groups from a list
///
/// Press Tab to select or clear a group, Enter to save or Esc to cancel. With --accessible, enter the numbers of
/// all groups you want. You are asked to confirm the changes before they are sent.
///
/// This command requires a terminal; otherwise use `portgate notify subscribe` and `unsubscribe`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate notify edit
  portgate notify edit --dry-run")]
pub(crate) struct EditArgs {
    /// Show what would be sent and changed, without sending anything
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &Context, args: EditArgs) -> anyhow::Result<Exit> {
    if let Some(why) = context.why_not_ask() {
        return Err(Error::usage("notify edit requires a terminal")
            .reason(why)
            .hint(
                Hint::call("name the groups: ", "notify subscribe GROUP...")
                    .and(", or notify unsubscribe GROUP..."),
            )
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
    // Typed numbers replace the subscribed groups, which is not visible without the list.
    let question = match context.accessible() || !context.terminal.facts.redraws {
        true => {
            "Which notification groups do you want to receive email for? Enter the numbers of all of them: groups you leave out are unsubscribed."
        }
        false => "Which notification groups do you want to receive email for?",
    };
    let offered = Choices { lines, picked, none_is_fine: true, ..Choices::default() };
    let picked = context.prompter().pick_among(question, &offered).await?.ok_or_else(declined_error)?;
    let wanted: Vec<Wanted> = choices
        .iter()
        .enumerate()
        .map(|(position, choice)| (choice, picked.contains(&position)))
        .filter(|(choice, on)| choice.subscribed != Some(*on))
        .map(|(choice, on)| (choice.group.clone(), on))
        .collect();
    // The settings may have changed since the list was shown.
    change::apply(context, permit, &settings, &wanted, None).await
}
