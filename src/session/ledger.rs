//! The ledger of this run: the file or database that `PORTGATE_LEDGER` or the profile names, or the file on this machine.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::ledger::database::{Address, ClientSettings, DatabaseLedger};
use crate::ledger::{Ledger, count_kept};
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::session::context::Context;
use crate::session::credentials::{Leash, secret_command};
use crate::session::profiles::{Profile, ProfilesFile};

/// What names the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// `PORTGATE_LEDGER`.
    Variable,
    Profile,
    /// Nothing: it is the file on this machine.
    Default,
}

/// The place of the ledger, a path or an address, and what names it.
///
/// # Errors
/// The variable is not text.
pub(crate) fn choose(
    environment: &ProcessEnvironment,
    paths: &Paths,
    profile: Option<&Profile>,
) -> Result<(String, Source), Error> {
    if let Some(place) = environment.text_or_error("PORTGATE_LEDGER")? {
        return Ok((place.to_owned(), Source::Variable));
    }
    Ok(match profile.and_then(|profile| profile.ledger.clone()) {
        Some(place) => (place, Source::Profile),
        None => (paths.ledger.display().to_string(), Source::Default),
    })
}

/// The place without the user and the password of an address.
pub(crate) fn public_place(place: &str) -> String {
    match Address::parse(place) {
        Ok(address) => address.to_string(),
        Err(_) if Address::is_one(place) => "an address that is not valid".to_owned(),
        Err(_) => place.to_owned(),
    }
}

impl Context {
    /// Where changes are recorded.
    ///
    /// # Errors
    /// Its address is not valid.
    pub(crate) fn ledger(&self) -> Result<Rc<Ledger>, Error> {
        if let Some(ledger) = self.ledger.get() {
            return Ok(Rc::clone(ledger));
        }
        let opened = Rc::new(open(self)?);
        Ok(Rc::clone(self.ledger.get_or_init(|| opened)))
    }
}

/// The ledger of this run. Nothing is opened.
///
/// # Errors
/// Its address is not valid.
fn open(context: &Context) -> Result<Ledger, Error> {
    let profile = profile_of(context)?;
    let (place, source) = choose(&context.environment, &context.paths, profile.as_ref())?;
    let accepts_broken = context.globals.accept_broken_chain.is_some();
    if source == Source::Default {
        return Ok(Ledger::in_file(&context.paths.ledger, accepts_broken));
    }
    if !Address::is_one(&place) {
        return Ok(Ledger::in_file(Path::new(&place), accepts_broken));
    }
    let address = Address::parse(&place)?.with_settings(&client_settings(&context.environment))?;
    let falls_back = profile.as_ref().is_some_and(|profile| profile.ledger_fallback);
    let command = profile.and_then(|profile| Some((profile.name, profile.ledger_secret_command?)));
    let patience = context.patience.clone();
    let limit = patience.timeout;
    let secret = move || -> Result<Option<SecretString>, Error> {
        let Some((profile, command)) = &command else { return Ok(None) };
        secret_command::run(&Leash::new(limit), profile, command).map(Some)
    };
    let kept = context.paths.data.join(kept_name(&address.to_string()));
    let ledger = DatabaseLedger::new(address, Box::new(secret), patience, &kept, falls_back, accepts_broken);
    Ok(Ledger::Database(Box::new(ledger)))
}

const KEPT: &str = "ledger-kept-";
const KEPT_END: &str = ".jsonl";

/// The name of the file with what is kept for a ledger at this address: it is never recorded in another.
fn kept_name(address: &str) -> String {
    let digest = Sha256::digest(address);
    let name: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{KEPT}{name}{KEPT_END}")
}

/// Entries that are kept for another address than that of this run, perhaps another spelling of it.
#[derive(Debug)]
pub(crate) struct KeptElsewhere {
    pub(crate) path: PathBuf,
    pub(crate) entries: usize,
    /// The address, if it is one of a profile or another name of this machine.
    pub(crate) address: Option<String>,
}

/// What is kept for other ledgers than the one of this run.
pub(crate) fn kept_elsewhere(context: &Context) -> Vec<KeptElsewhere> {
    let place = context.ledger().map(|ledger| ledger.place()).unwrap_or_default();
    let own = kept_name(&place);
    let files = fs::read_dir(&context.paths.data).into_iter().flatten().flatten();
    // Files that were set aside have a number behind the name.
    let name = |file: fs::DirEntry| {
        let name = file.file_name().into_string().ok()?;
        let end = name.find(KEPT_END).filter(|_| name.starts_with(KEPT))? + KEPT_END.len();
        Some(name[..end].to_owned())
    };
    let names: BTreeSet<String> = files.filter_map(name).filter(|name| *name != own).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let known = known_addresses(context, &place);
    let kept = |name: String| {
        let path = context.paths.data.join(&name);
        let entries = count_kept(&path).ok()?;
        let address = known.iter().find(|address| kept_name(address) == name).cloned();
        (entries > 0).then_some(KeptElsewhere { path, entries, address })
    };
    names.into_iter().filter_map(kept).collect()
}

/// The addresses of ledgers in profiles, and each of them with other names of this machine.
fn known_addresses(context: &Context, place: &str) -> Vec<String> {
    const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
    let file = ProfilesFile::load(&context.paths.config).ok();
    let of_profiles = file.iter().flat_map(ProfilesFile::profiles).filter_map(|one| one.ledger.as_deref());
    let all = of_profiles.map(public_place).chain([place.to_owned()]);
    all.flat_map(|address| {
        let is_of =
            |name: &&str| address.contains(&format!("//{name}")) || address.contains(&format!("@{name}"));
        let own = NAMES.into_iter().find(is_of);
        let others = own.into_iter().flat_map(|own| NAMES.map(|name| address.replacen(own, name, 1)));
        others.chain([address.clone()]).collect::<Vec<_>>()
    })
    .collect()
}

/// The profile of this run.
///
/// # Errors
/// None can be chosen, and the ledger depends on it.
fn profile_of(context: &Context) -> Result<Option<Profile>, Error> {
    context.target().map(|target| target.profile).or_else(|error| {
        let is_independent = |file: ProfilesFile| {
            file.damaged_profiles().is_empty() && file.profiles().iter().all(|one| one.ledger.is_none())
        };
        let is_named = context.environment.text("PORTGATE_LEDGER").is_some();
        match is_named || ProfilesFile::load(&context.paths.config).is_ok_and(is_independent) {
            true => Ok(None),
            false => Err(error),
        }
    })
}

/// What PostgreSQL's own clients read of the environment.
fn client_settings(environment: &ProcessEnvironment) -> ClientSettings {
    let user = ["PGUSER", "USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| environment.text(name));
    let password = environment.text("PGPASSWORD").map(SecretString::from);
    let home = || environment.path("HOME").map(|home| home.join(".pgpass"));
    ClientSettings {
        user: user.map(str::to_owned),
        password,
        password_file: environment.path("PGPASSFILE").or_else(home),
        root: environment.path("PGSSLROOTCERT"),
    }
}
