//! `portgate auth import`: the official CLI's keys, moved from its plain file to the keyring.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::official::{self, Foreign};
use crate::context::Context;
use crate::credentials::{KeyPair, Origin, Store, check_client_id, clean, save_key};
use crate::error::Error;
use crate::exit::Exit;
use crate::profiles::{self, Profile, ProfilesFile};
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::settings::Environment;

/// Options of `auth import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate auth import
  portgate auth import --from ~/backup/config.json -o json")]
pub struct ImportArgs {
    /// The file to read [default: ~/.megaport/config.json]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Replace the keys of profiles that are there already
    #[arg(short, long)]
    yes: bool,
}

/// What became of one profile.
#[derive(Debug, Serialize)]
struct Row {
    profile: String,
    imported_from: String,
    environment: String,
    outcome: &'static str,
    reason: Option<String>,
}

/// Runs it.
///
/// # Errors
/// A file that isn't there or isn't one of these, no keyring; exit 12 when some profiles were left out.
pub(super) fn run(context: &Context, args: ImportArgs) -> anyhow::Result<Exit> {
    let path = match args.from {
        Some(path) => path,
        None => official::default_path(&context.environment)?,
    };
    let foreign = official::read(&path)?;
    let known = ProfilesFile::load(&context.paths.config)?;
    let store = Store::of(&context.environment, context.may_ask())?;
    if !foreign.is_empty() {
        store.check()?;
    }
    let mut rows = Vec::new();
    for profile in &foreign {
        let name = official::own_name(&profile.name);
        let taken = rows.iter().any(|row: &Row| row.profile == name);
        let outcome = if taken {
            Err("another of these profiles took that name".to_owned())
        } else {
            wanted(&known, &name, profile, args.yes)
        };
        let outcome = match outcome {
            // A keyring that fails for one fails for all: its error ends the command.
            Ok((own, key)) => keep(context, &store, &own, &key, profile.active).map(|()| Ok("imported"))?,
            Err(reason) => Err(reason),
        };
        let (outcome, reason) = match outcome {
            Ok(outcome) => (outcome, None),
            Err(reason) => ("skipped", Some(reason)),
        };
        rows.push(Row {
            profile: name,
            imported_from: profile.name.clone(),
            environment: profile.environment.clone(),
            outcome,
            reason,
        });
    }
    context.write_list(&view(&rows))?;
    if rows.is_empty() {
        context.terminal.say("There are no profiles in that file.");
    }
    if rows.iter().any(|row| row.outcome == "imported") {
        context.terminal.warn(&format!(
            "{} still holds these secrets in plain text; delete it when the official CLI no longer needs it",
            path.display()
        ));
        context.terminal.say("next: portgate auth status --all --check");
    }
    let left_out = rows.iter().filter(|row| row.outcome != "imported").count();
    if left_out == 0 {
        return Ok(Exit::Done);
    }
    let exit = if left_out == rows.len() { Exit::Other } else { Exit::Partial };
    Err(Error::new(exit, format!("{left_out} of {} profiles were not imported", rows.len())).into())
}

/// The profile and key to keep, or why not.
fn wanted(
    known: &ProfilesFile,
    name: &str,
    foreign: &Foreign,
    replace: bool,
) -> Result<(Profile, KeyPair), String> {
    let environment = Environment::parse(&foreign.environment).map_err(|error| error.message)?;
    let endpoints = environment.known_endpoints().ok_or("the sandbox needs no key")?;
    let (Some(access_key), Some(secret_key)) = (&foreign.access_key, &foreign.secret_key) else {
        return Err("one half of its key is missing".to_owned());
    };
    let client_id = check_client_id("its access_key", access_key).map_err(|error| error.message)?;
    let client_secret = clean("its secret_key", &secret_key.0).map_err(|error| error.message)?;
    let mut own = match known.find(name) {
        None => Profile::new(name, environment, Some(endpoints)),
        Some(profile) if profile.environment != environment => {
            return Err(format!("profile '{name}' is there already and belongs to {}", profile.environment));
        }
        Some(profile) if profile.secret_command.is_some() => {
            return Err(format!("profile '{name}' is there already, with a secret_command"));
        }
        Some(profile) => {
            let same = profile.client_id.as_ref().is_none_or(|known| *known == client_id);
            if !same && !replace {
                return Err(format!("profile '{name}' is there already with another key; --yes replaces it"));
            }
            let mut own = profile.clone();
            if !same {
                (own.company_name, own.company_uid) = (None, None);
            }
            own
        }
    };
    own.client_id = Some(client_id.clone());
    Ok((own, KeyPair { client_id, client_secret, origin: Origin::Given }))
}

fn keep(
    context: &Context,
    store: &Store,
    profile: &Profile,
    key: &KeyPair,
    active: bool,
) -> Result<(), Error> {
    save_key(store, profile, key)?;
    profiles::edit(&context.paths.config, |file| {
        file.put(profile);
        if active && file.default_name().is_none() {
            file.set_default(&profile.name);
        }
        Ok(())
    })
}

fn view(rows: &[Row]) -> ListView {
    let cells = |row: &Row| {
        let why = row.reason.clone().unwrap_or_default();
        vec![row.profile.clone(), row.environment.clone(), row.outcome.to_owned(), why]
    };
    let columns = ["PROFILE", "ENVIRONMENT", "OUTCOME"].map(Column::fixed);
    ListView {
        columns: columns.into_iter().chain([Column::text("WHY")]).collect(),
        rows: rows.iter().map(cells).collect(),
        records: rows.iter().map(|row| json!(row)).collect(),
    }
}
