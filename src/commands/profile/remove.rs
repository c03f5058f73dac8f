//! `portgate profile remove`.

use clap::Args;
use serde_json::json;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::forget_key;
use crate::session::profiles::{self, ProfilesFile};
use crate::session::unlock;
use crate::terminal::prompt::cancelled;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile remove lab
  portgate profile remove lab --yes")]
pub(crate) struct RemoveArgs {
    /// Name of the profile
    #[arg(value_name = "NAME")]
    name: String,

    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(context: &Context, args: RemoveArgs) -> anyhow::Result<Exit> {
    let file = ProfilesFile::load(&context.paths.config)?;
    let profile = file.get(&args.name)?.clone();
    let place = profile.place();
    if !args.yes {
        if let Some(why) = context.why_not_ask() {
            return Err(Error::usage(format!("--yes is required to remove a profile ({why})"))
                .about(&profile.name)
                .hint("add --yes")
                .into());
        }
        let company = profile.company_name.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
        let question =
            format!("{place}{company}: remove profile '{}', its limits and its key?", profile.name);
        if !context.prompter().confirm(&question).await? {
            return Err(cancelled("nothing was removed").into());
        }
    }
    // The key goes first: a profile without a key can be repaired, but a key without a profile would never be found.
    let has_key = profile.client_id.is_some() && profile.secret_command.is_none();
    let key_removed =
        if has_key { forget_key(&unlock::store_of(context, &profile).await?, &profile)? } else { false };
    profiles::edit(&context.paths.config, |file| Ok(file.remove(&profile.name)))?;
    let key = if key_removed { format!(" and its key in {}", profile.store.label()) } else { String::new() };
    let line = format!("removed profile '{}' ({place}){key}", profile.name);
    context.write_record(&[line], &json!({"profile": profile.name, "key_removed": key_removed}))?;
    if file.default_name() == Some(&profile.name) && file.profiles().len() > 1 {
        context.terminal.say("next: choose a new default profile: portgate profile use NAME");
    }
    Ok(Exit::Done)
}
