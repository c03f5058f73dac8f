//! `portgate auth logout`: removes stored keys. Profiles and their limits are kept.

use clap::Args;
use serde_json::{Value, json};

use crate::api::backend::Environment;
use crate::commands::several;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::session::credentials::{forget_key, names_set_with_verb};
use crate::session::profiles::{self, Profile, ProfilesFile};
use crate::session::target::{Choice, chosen_profile};
use crate::session::unlock;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate auth logout
  portgate auth logout --profile lab
  portgate auth logout --all-profiles")]
pub(crate) struct LogoutArgs {
    /// The former name of --all-profiles
    #[arg(long, hide = true, conflicts_with_all = ["profile", "env", "api_url"])]
    all: bool,
}

pub(super) async fn run(context: &Context, args: LogoutArgs) -> anyhow::Result<Exit> {
    let file = ProfilesFile::load(&context.paths.config)?;
    let is_list = args.all || context.globals.names_several();
    let mut damaged = Vec::new();
    let profiles: Vec<&Profile> = if is_list {
        let chosen = several::chosen_or_none(context, &file)?;
        damaged = chosen.damaged;
        chosen.profiles
    } else {
        context.warn_all(&file.faults_beside(None));
        let asked = Choice::from_settings(&context.globals, &context.environment)?;
        let chosen = chosen_profile(&context.globals, &context.environment, &file, asked.as_ref())?;
        chosen.map(|(profile, _)| profile).into_iter().collect()
    };
    let mut outcomes = Vec::new();
    for profile in profiles {
        outcomes.push((profile, forget(context, profile).await?));
    }
    if is_list {
        context.write_list(&view(&outcomes))?;
    } else {
        let (sentence, record) = match outcomes.first() {
            Some((profile, outcome)) => (sentence(profile, outcome), record(profile, outcome)),
            None => (
                "not logged in: no profile found".to_owned(),
                json!({"profile": null, "environment": null, "outcome": "not_there"}),
            ),
        };
        context.write_record(&[sentence], &record)?;
    }
    if let Some(set) = names_set_with_verb(&context.environment) {
        context.terminal.warn(&format!("{set} still set in this environment"));
    }
    // Its key may still be there.
    match &damaged[..] {
        [] => Ok(Exit::Done),
        [.., last] => {
            for other in &damaged[..damaged.len() - 1] {
                context.terminal.warn(&other.warning());
            }
            Err(last.error().into())
        }
    }
}

fn view<'a>(outcomes: &'a [(&Profile, &'static str)]) -> ListView<'a> {
    type Row<'a> = (&'a Profile, &'static str);
    let columns = vec![
        Column::new("PROFILE", |(profile, _): &Row<'_>| profile.name.clone()),
        Column::text("ENVIRONMENT", |(profile, _): &Row<'_>| profile.place()),
        Column::text("KEY", |(profile, outcome): &Row<'_>| in_words(profile, outcome)),
    ];
    ListView::new(outcomes, columns, |(profile, outcome)| record(profile, outcome))
}

fn record(profile: &Profile, outcome: &str) -> Value {
    json!({"profile": profile.name, "environment": profile.environment.name(), "outcome": outcome})
}

fn in_words(profile: &Profile, outcome: &str) -> String {
    match outcome {
        "removed" => format!("removed from {}", profile.store.label()),
        "not_there" => format!("not found in {}", profile.store.label()),
        _ => "none stored".to_owned(),
    }
}

async fn forget(context: &Context, profile: &Profile) -> Result<&'static str, Error> {
    if profile.environment == Environment::Sandbox || profile.secret_command.is_some() {
        return Ok("nothing_kept");
    }
    let removed = forget_key(&unlock::store_of(context, profile).await?, profile)?;
    profiles::edit(&context.paths.config, |file| {
        if let Some(known) = file.find(&profile.name) {
            let without_key = Profile { client_id: None, ..known.clone() };
            file.put(&without_key);
        }
        Ok(())
    })?;
    Ok(if removed { "removed" } else { "not_there" })
}

fn sentence(profile: &Profile, outcome: &str) -> String {
    let named = format!("profile '{}' ({})", profile.name, profile.place());
    match outcome {
        "removed" => format!("removed the key of {named} from {}", profile.store.label()),
        "not_there" => format!("{} has no key for {named}", profile.store.label()),
        _ => format!("{named} has no stored key"),
    }
}
