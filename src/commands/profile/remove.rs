//! `portgate profile remove`.

use clap::Args;
use serde_json::json;

use crate::api::backend::Environment;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::{Store, forget_key};
use crate::session::profiles::{self, Profile, ProfilesFile};
use crate::session::unlock;
use crate::terminal::prompt::cancelled_error;

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
    let name = &args.name;
    let damaged = file.find_damaged(name);
    let profile = damaged.map_or_else(|| file.find(name), |damaged| damaged.rest.as_deref());
    if profile.is_none() && damaged.is_none() {
        return Err(file.not_found(name).into());
    }
    context.warn_all(&file.faults_beside(Some(name)));
    let place = profile.map(Profile::place);
    if !args.yes {
        if let Some(why) = context.why_not_ask() {
            return Err(Error::usage(format!("--yes is required to remove a profile ({why})"))
                .resource(name)
                .hint("add --yes")
                .into());
        }
        let company = profile.and_then(|profile| profile.company_name.as_deref());
        let company = company.map(|company| format!(", {company}")).unwrap_or_default();
        let place = place.as_deref().unwrap_or("unknown environment");
        let question = format!("{place}{company}: remove profile '{name}', its limits and its key?");
        if !context.prompter().confirm(&question).await? {
            return Err(cancelled_error("nothing was removed").into());
        }
    }
    // The key goes first: a profile without a key can be repaired, but a key without a profile would never be found.
    let key = match profile {
        Some(profile) => forget(context, profile).await?,
        None if damaged.is_some_and(|damaged| damaged.has_key) => {
            Key::Unchecked("its environment is unknown".to_owned())
        }
        None => Key::None,
    };
    profiles::edit(&context.paths.config, |file| Ok(file.remove(name)))?;
    let (place, stored) = (place.map(|place| format!(" ({place})")), profile.map(|profile| profile.store));
    let mut line = format!("removed profile '{name}'{}", place.unwrap_or_default());
    if matches!(key, Key::Removed) {
        line.push_str(&format!(" and its key in {}", stored.unwrap_or_default().label()));
    }
    let record = json!({"profile": name, "key_removed": matches!(key, Key::Removed)});
    context.write_record(&[line], &record)?;
    if let Key::Unchecked(why) = key {
        context.terminal.warn(&format!("could not check whether a key of this profile is stored: {why}"));
    }
    if file.default_name() == Some(name) && file.names().len() > 1 {
        context.say_next(&Hint::command("choose a new default profile: ", "portgate profile use NAME"));
    }
    Ok(Exit::Done)
}

/// What became of a profile's key.
enum Key {
    None,
    Removed,
    /// There may be one.
    Unchecked(String),
}

/// Removes the key from its store. Without a keyring, there is none that could be removed from here.
async fn forget(context: &Context, profile: &Profile) -> Result<Key, Error> {
    let is_stored = profile.environment != Environment::Sandbox
        && profile.client_id.is_some()
        && profile.secret_command.is_none();
    if !is_stored {
        return Ok(Key::None);
    }
    let store = unlock::store_of(context, profile).await?;
    let profile = profile.clone();
    // On its own thread: a locked keyring may wait for its password.
    let forgetting = tokio::task::spawn_blocking(move || forget_key(&store, &profile));
    match forgetting.await.map_err(|error| Error::new(Exit::Other, error.to_string()))? {
        Ok(true) => Ok(Key::Removed),
        Ok(false) => Ok(Key::None),
        Err(error) if Store::is_absent(&error) => Ok(Key::Unchecked(error.to_string())),
        Err(error) => Err(error),
    }
}
