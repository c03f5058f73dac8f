//! `portgate auth import`: copies keys of the official CLI from its plain-text file to a store.

use std::path::PathBuf;

use clap::Args;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::json;

use super::official::{self, Foreign};
use crate::api::backend::Environment;
use crate::api::credential::{KeyPair, Origin};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::session::credentials::{Store, check_client_id, clean, load_key, save_key};
use crate::session::profiles::{self, KeyStore, Profile, ProfilesFile};
use crate::session::unlock::{self, Use};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate auth import
  portgate auth import --from ~/backup/config.json -o json")]
pub(crate) struct ImportArgs {
    /// File to read [default: ~/.megaport/config.json]
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    /// Where to store the keys [default: that of each profile, or keyring]
    #[arg(long, value_name = "STORE", value_enum)]
    store: Option<KeyStore>,

    /// Replace different keys and secrets of existing profiles without asking
    #[arg(short, long)]
    yes: bool,
}

/// The outcome of one profile.
#[derive(Debug, Serialize)]
struct Row {
    profile: String,
    imported_from: String,
    environment: String,
    outcome: &'static str,
    reason: Option<String>,
}

/// What would be stored for one profile.
struct Wanted {
    own: Profile,
    key: KeyPair,
    /// The different key or secret it would replace.
    replaces: Option<&'static str>,
}

pub(super) async fn run(context: &Context, args: ImportArgs) -> anyhow::Result<Exit> {
    let path = match args.from {
        Some(path) => path,
        None => official::default_path(&context.environment)?,
    };
    let foreign = official::read(&path)?;
    let known = ProfilesFile::load(&context.paths.config)?;
    let names = names(&foreign);
    if foreign.is_empty() {
        context.credential_store()?;
    }
    // All prompts come before anything is stored.
    let mut stores = Stores { given: args.store, open: Vec::new() };
    for profile in names.iter().flatten().map(|name| known.find(name)) {
        // One with a secret_command keeps it.
        if profile.is_none_or(|profile| profile.secret_command.is_none()) {
            stores.open_for(context, profile).await?;
        }
    }
    let mut decided = Vec::new();
    for (profile, name) in foreign.iter().zip(names) {
        let (name, wanted) = match name {
            Err(name) => (name, Err("another profile in the file has the same name".to_owned())),
            Ok(name) => match find_wanted(&known, &stores, &name, profile) {
                Ok(wanted) => (name.clone(), ask_to_replace(context, &name, wanted, args.yes).await?),
                Err(reason) => (name, Err(reason)),
            },
        };
        decided.push((profile, name, wanted));
    }
    let mut rows = Vec::new();
    for (theirs, profile, wanted) in decided {
        let (outcome, reason) = match wanted {
            Ok(wanted) => {
                // A keyring that fails for one profile fails for all, so its error ends the command.
                keep(context, stores.get(wanted.own.store), &wanted.own, &wanted.key, theirs.active)?;
                ("imported", None)
            }
            Err(reason) => ("skipped", Some(reason)),
        };
        let (imported_from, environment) = (theirs.name.clone(), theirs.environment.clone());
        rows.push(Row { profile, imported_from, environment, outcome, reason });
    }
    context.write_list(&view(&rows))?;
    if rows.is_empty() {
        context.terminal.say("no profiles found in the file");
    }
    if rows.iter().any(|row| row.outcome == "imported") {
        context.terminal.warn(&format!(
            "{} still holds these secrets in plain text; delete it when the official CLI no longer needs it",
            path.display()
        ));
        context.say_next(&Hint::command("", "portgate auth status --all-profiles --check"));
    }
    let left_out = rows.iter().filter(|row| row.outcome != "imported").count();
    if left_out == 0 {
        return Ok(Exit::Done);
    }
    let exit = if left_out == rows.len() { Exit::Other } else { Exit::Partial };
    Err(Error::new(exit, format!("{left_out} of {} profiles were not imported", rows.len())).into())
}

/// Where the keys are stored: as was asked, or else where each profile has its own.
struct Stores {
    given: Option<KeyStore>,
    open: Vec<(KeyStore, Store)>,
}

impl Stores {
    fn kind_for(&self, profile: Option<&Profile>) -> KeyStore {
        self.given.or(profile.map(|profile| profile.store)).unwrap_or_default()
    }

    async fn open_for(&mut self, context: &Context, profile: Option<&Profile>) -> Result<(), Error> {
        let kind = self.kind_for(profile);
        if self.open.iter().all(|(open, _)| *open != kind) {
            let store = unlock::open(context, kind, Use::Store).await?;
            store.check()?;
            self.open.push((kind, store));
        }
        Ok(())
    }

    fn get(&self, kind: KeyStore) -> &Store {
        let store = self.open.iter().find(|(open, _)| *open == kind);
        &store.expect("the stores of all profiles are open").1
    }
}

/// The names of the profiles in portgate; `Err` if taken by another. A name that stays the same has priority over one
/// that had to be changed, wherever they are in the file: a key must never get the name of another profile.
fn names(foreign: &[Foreign]) -> Vec<Result<String, String>> {
    let own: Vec<String> = foreign.iter().map(|profile| official::own_name(&profile.name)).collect();
    let is_whole = |index: usize| foreign[index].name == own[index];
    (0..own.len())
        .map(|index| {
            let others = (0..own.len()).filter(|&other| other != index && own[other] == own[index]);
            let taken =
                others.into_iter().any(|other| !is_whole(index) && (is_whole(other) || other < index));
            if taken { Err(own[index].clone()) } else { Ok(own[index].clone()) }
        })
        .collect()
}

/// The profile and key to store, or why not.
fn find_wanted(
    known: &ProfilesFile,
    stores: &Stores,
    name: &str,
    foreign: &Foreign,
) -> Result<Wanted, String> {
    let environment = Environment::parse(&foreign.environment).map_err(|error| error.message)?;
    let endpoints = environment.known_endpoints().ok_or("the sandbox doesn't require a key")?;
    let (Some(access_key), Some(secret_key)) = (&foreign.access_key, &foreign.secret_key) else {
        return Err("its key is incomplete".to_owned());
    };
    let client_id = check_client_id("its access_key", access_key).map_err(|error| error.message)?;
    let client_secret = clean("its secret_key", secret_key).map_err(|error| error.message)?;
    let key = KeyPair { client_id, client_secret, origin: Origin::Given };
    let mut replaces = None;
    let kind = stores.kind_for(known.find(name));
    let mut own = match known.find_usable(name).map_err(|error| error.to_string())? {
        None => Profile::new(name, environment, Some(endpoints)),
        Some(profile) if profile.environment != environment => {
            return Err(format!("profile '{name}' already exists and belongs to {}", profile.environment));
        }
        Some(profile) if profile.secret_command.is_some() => {
            return Err(format!("profile '{name}' already exists with a secret_command"));
        }
        Some(profile) if profile.store != kind && profile.client_id.is_some() => {
            return Err(format!("profile '{name}' already exists with a key in {}", profile.store.label()));
        }
        Some(profile) => {
            replaces = find_replaced(stores.get(kind), profile, &key);
            let mut own = profile.clone();
            if profile.client_id.as_ref().is_some_and(|known| *known != key.client_id) {
                (own.company_name, own.company_uid) = (None, None);
            }
            own
        }
    };
    own.client_id = Some(key.client_id.clone());
    own.store = kind;
    Ok(Wanted { own, key, replaces })
}

/// What a key would replace; `None` if that is the same key, or none.
fn find_replaced(store: &Store, profile: &Profile, key: &KeyPair) -> Option<&'static str> {
    match &profile.client_id {
        None => None,
        Some(known) if *known != key.client_id => Some("another key"),
        Some(_) => match load_key(store, profile) {
            Ok(None) => None,
            Ok(Some(kept)) if kept.client_secret.expose_secret() == key.client_secret.expose_secret() => None,
            Ok(Some(_)) => Some("another secret"),
            Err(_) => Some("a key that can't be read"),
        },
    }
}

/// Whether an existing key may be replaced, as allowed by `--yes` or at a prompt.
async fn ask_to_replace(
    context: &Context,
    name: &str,
    wanted: Wanted,
    yes: bool,
) -> Result<Result<Wanted, String>, Error> {
    let Some(what) = wanted.replaces.filter(|_| !yes) else { return Ok(Ok(wanted)) };
    let there = format!("profile '{name}' already exists with {what}");
    if !context.may_ask() {
        return Ok(Err(format!("{there}; use --yes to replace it")));
    }
    let question = format!("Profile '{name}' already exists with {what}. Replace it?");
    match context.prompter().confirm(&question).await? {
        true => Ok(Ok(wanted)),
        false => Ok(Err(format!("{there}, which was kept"))),
    }
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

fn view(rows: &[Row]) -> ListView<'_> {
    let columns = vec![
        Column::new("PROFILE", |row: &Row| row.profile.clone()),
        Column::new("IMPORTED FROM", |row: &Row| row.imported_from.clone())
            .only_if(rows.iter().any(|row| row.profile != row.imported_from)),
        Column::new("ENVIRONMENT", |row: &Row| row.environment.clone()),
        Column::new("OUTCOME", |row: &Row| row.outcome),
        Column::text("WHY", |row: &Row| row.reason.clone()).wrap(),
    ];
    ListView::new(rows, columns, |row| json!(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::credentials::save_key;

    fn foreign(name: &str) -> Foreign {
        Foreign {
            name: name.to_owned(),
            environment: "staging".to_owned(),
            access_key: Some("id".to_owned()),
            secret_key: None,
            active: false,
        }
    }

    #[test]
    fn a_name_that_can_be_kept_stands_before_one_that_had_to_be_changed() {
        let of = |theirs: &[&str]| {
            let profiles: Vec<Foreign> = theirs.iter().map(|name| foreign(name)).collect();
            names(&profiles).into_iter().map(|name| name.is_ok()).collect::<Vec<_>>()
        };
        assert_eq!(of(&["a b", "a-b"]), [false, true]);
        assert_eq!(of(&["a-b", "a b", "a/b"]), [true, false, false]);
        assert_eq!(of(&["a b", "a/b", "c"]), [true, false, true]);
    }

    #[test]
    fn only_what_is_another_key_or_secret_is_replaced() {
        let store = Store::memory();
        let environment = Environment::Staging;
        let mut profile = Profile::new("lab", environment, environment.known_endpoints());
        let key = |id: &str, secret: &str| KeyPair {
            client_id: id.to_owned(),
            client_secret: secret.to_owned().into(),
            origin: Origin::Given,
        };
        assert_eq!(find_replaced(&store, &profile, &key("id", "a")), None);
        profile.client_id = Some("id".to_owned());
        assert_eq!(find_replaced(&store, &profile, &key("id", "a")), None, "the keyring holds none");
        save_key(&store, &profile, &key("id", "a")).unwrap();
        assert_eq!(find_replaced(&store, &profile, &key("id", "a")), None);
        assert_eq!(find_replaced(&store, &profile, &key("id", "b")), Some("another secret"));
        assert_eq!(find_replaced(&store, &profile, &key("other", "a")), Some("another key"));
    }
}
