//! `config.toml`: edited in place, so that comments are kept.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::keys::{OF_FILE, names};
use super::read::Damaged;
use super::{KeyStore, Profile, read};
use crate::api::backend::Environment;
use crate::error::{Error, Hint, newer_version};
use crate::exit::Exit;
use crate::files::{
    LARGEST, check_own, create_private_dir, private_file_options, read_regular_text, replace_private_file,
};
use crate::text::Uid;

pub(crate) const SCHEMA: &str = "portgate.config/v1";
const VERSION: u64 = 1;

/// How long to wait for the lock of another process, which only reads and writes a small file.
const LOCKED_AT_MOST: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Keys of the file outside profiles.
const KEYS: [&str; OF_FILE.len()] = names(&OF_FILE);

#[derive(Debug)]
pub(crate) struct ProfilesFile {
    path: PathBuf,
    document: DocumentMut,
    profiles: Vec<Profile>,
    /// Those that can't be used. They don't keep others from being used.
    damaged: Vec<Damaged>,
    default: Option<String>,
    warnings: Vec<String>,
}

impl ProfilesFile {
    /// Reads `config.toml` in the settings directory; without the file there are no profiles. A file that is damaged,
    /// has a newer schema or can be written by others (it names programs to run) is exit 2.
    pub(crate) fn load(folder: &Path) -> Result<Self, Error> {
        let (path, text, warnings) = read_text(folder)?;
        let mut file = ProfilesFile::from_text(path.clone(), &text).map_err(|error| of_file(&path, error))?;
        for fault in file.damaged.iter_mut().flat_map(|one| &mut one.faults) {
            *fault = of_file(&path, fault.clone());
        }
        Ok(ProfilesFile { warnings, ..file })
    }

    pub(crate) fn from_text(path: PathBuf, text: &str) -> Result<Self, Error> {
        let document = parse(text)?;
        let ((profiles, damaged), default) = (profiles_of(&document)?, default_of(&document)?);
        Ok(ProfilesFile { path, document, profiles, damaged, default, warnings: Vec::new() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    pub(crate) fn default_name(&self) -> Option<&str> {
        self.default.as_deref()
    }

    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The profiles that can't be used.
    pub(crate) fn damaged_profiles(&self) -> &[Damaged] {
        &self.damaged
    }

    pub(crate) fn find_damaged(&self, name: &str) -> Option<&Damaged> {
        self.damaged.iter().find(|one| one.name == name)
    }

    /// What is wrong with profiles other than this one.
    pub(crate) fn faults_beside(&self, name: Option<&str>) -> Vec<String> {
        let others = self.damaged.iter().filter(|one| name != Some(&one.name));
        others.map(Damaged::warning).collect()
    }

    /// Also of those that can't be used, which come last.
    pub(crate) fn names(&self) -> Vec<&str> {
        let profiles = self.profiles.iter().map(|profile| profile.name.as_str());
        profiles.chain(self.damaged.iter().map(|one| one.name.as_str())).collect()
    }

    /// The usable profile of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// The profile of that name, if there is one.
    ///
    /// # Errors
    /// It can't be used.
    pub(crate) fn find_usable(&self, name: &str) -> Result<Option<&Profile>, Error> {
        match self.find_damaged(name) {
            Some(damaged) => Err(damaged.error().resource(name)),
            None => Ok(self.find(name)),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Profile, Error> {
        self.find_usable(name)?.ok_or_else(|| self.not_found(name))
    }

    pub(crate) fn not_found(&self, name: &str) -> Error {
        let error = Error::usage(format!("profile '{name}' not found")).resource(name);
        let known = self.names();
        if known.is_empty() {
            error.hint(Hint::login("create it: ", &format!("--profile {name}")))
        } else {
            error.hint(format!("available profiles: {}", known.join(", ")))
        }
    }

    /// Stores the results of a login in a profile; its limits and comments are kept.
    pub(crate) fn put(&mut self, profile: &Profile) {
        let profiles = self.document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let Some(profiles) = profiles.as_table_like_mut() else { return };
        let entry = profiles.entry(&profile.name).or_insert_with(|| Item::Table(Table::new()));
        let Some(table) = entry.as_table_like_mut() else { return };
        let mut set = |key: &str, text: Option<&str>| match text {
            // Keep the spelling and comment of an unchanged value.
            Some(text) if table.get(key).and_then(Item::as_str) == Some(text) => {}
            Some(text) => {
                table.insert(key, value(text));
            }
            None => {
                table.remove(key);
            }
        };
        let custom = profile.endpoints.as_ref().filter(|_| profile.environment == Environment::Custom);
        set("environment", Some(profile.environment.name()));
        set("api_url", custom.map(|endpoints| endpoints.api_base()));
        set("token_url", custom.map(|endpoints| endpoints.token.as_str()));
        set("client_id", profile.client_id.as_deref());
        set("company_name", profile.company_name.as_deref());
        set("company_uid", profile.company_uid.as_ref().map(Uid::as_str));
        set("store", Some(profile.store.word()).filter(|_| profile.store != KeyStore::Keyring));
        let command = table.get("secret_command").and_then(Item::as_array);
        let is_kept = |words: &Vec<String>| {
            command.is_some_and(|kept| {
                kept.iter().map(|word| word.as_str()).eq(words.iter().map(|word| Some(word.as_str())))
            })
        };
        match profile.secret_command.as_ref() {
            Some(words) if is_kept(words) => {}
            Some(words) => {
                table.insert("secret_command", value(words.iter().collect::<Array>()));
            }
            None => {
                table.remove("secret_command");
            }
        }
        match self.profiles.iter_mut().find(|known| known.name == profile.name) {
            Some(known) => *known = profile.clone(),
            None => self.profiles.push(profile.clone()),
        }
    }

    /// Removes a profile, and the default if it names this profile; returns whether it existed.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let table = self.document.get_mut("profiles").and_then(Item::as_table_like_mut);
        let removed = table.and_then(|profiles| profiles.remove(name)).is_some();
        self.profiles.retain(|profile| profile.name != name);
        self.damaged.retain(|profile| profile.name != name);
        if self.default.as_deref() == Some(name) {
            self.document.remove("default");
            self.default = None;
        }
        removed
    }

    pub(crate) fn set_default(&mut self, name: &str) {
        self.document["default"] = value(name);
        self.default = Some(name.to_owned());
    }

    pub(crate) fn text(&self) -> String {
        self.document.to_string()
    }

    fn save(&mut self) -> Result<(), Error> {
        // Follow a symbolic link to the actual file.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        replace_private_file(&path, self.text().as_bytes()).map_err(|error| {
            Error::new(Exit::Other, format!("could not write {}", path.display())).reason(error.to_string())
        })
    }
}

/// Changes the file: reads, changes and replaces it, one process at a time.
pub(crate) fn edit<T>(
    folder: &Path,
    change: impl FnOnce(&mut ProfilesFile) -> Result<T, Error>,
) -> Result<T, Error> {
    let _lock = lock(folder)?;
    let mut file = ProfilesFile::load(folder)?;
    if file.document.get("schema").is_none() {
        file.document.insert("schema", value(SCHEMA));
    }
    let answer = change(&mut file)?;
    file.save()?;
    Ok(answer)
}

/// Changes the text of the file as long as it can be read as TOML; the result must be a valid file, except for damaged
/// profiles.
pub(super) fn edit_document<T>(
    folder: &Path,
    change: impl FnOnce(&mut DocumentMut) -> Result<T, Error>,
) -> Result<(ProfilesFile, T), Error> {
    let _lock = lock(folder)?;
    let (path, text, warnings) = read_text(folder)?;
    let mut document = parse(&text).map_err(|error| of_file(&path, error))?;
    let answer = change(&mut document)?;
    let changed = ProfilesFile::from_text(path, &document.to_string())?;
    let mut file = ProfilesFile { warnings, ..changed };
    file.save()?;
    Ok((file, answer))
}

/// Locks the settings for a change, until the answer is dropped.
pub(crate) fn lock(folder: &Path) -> Result<fs::File, Error> {
    let refused = |error: io::Error| {
        Error::new(Exit::Other, format!("could not write {}", folder.display())).reason(error.to_string())
    };
    create_private_dir(folder).map_err(refused)?;
    let mut options = private_file_options();
    options.create(true).truncate(false).write(true);
    let lock = options.open(folder.join(".config.lock")).map_err(refused)?;
    let until = Instant::now() + LOCKED_AT_MOST;
    // Write without a lock if the file system has none.
    while let Err(TryLockError::WouldBlock) = lock.try_lock() {
        if Instant::now() >= until {
            let error = Error::new(Exit::Timeout, format!("could not write {}", folder.display()));
            return Err(error.reason("the settings are locked by another process"));
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    Ok(lock)
}

/// The text of the file, empty without one, and warnings about it.
fn read_text(folder: &Path) -> Result<(PathBuf, String, Vec<String>), Error> {
    let path = folder.join("config.toml");
    let mut warnings = Vec::new();
    let text = match read_regular_text(&path, LARGEST) {
        Ok((text, about)) => {
            check_permissions(&path, &about, &mut warnings)?;
            text
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Error::usage(format!("could not read {}", path.display()))
                .reason(error.to_string())
                .hint("fix it, or set PORTGATE_CONFIG_DIR to another directory"));
        }
    };
    Ok((path, text, warnings))
}

fn of_file(path: &Path, error: Error) -> Error {
    Error { message: format!("{}: {}", path.display(), error.message), ..error }
}

/// Parses the document. The error doesn't quote it: it may contain a misplaced secret.
fn parse(text: &str) -> Result<DocumentMut, Error> {
    let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let line =
            error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count()) + 1;
        Error::usage(format!("line {line} is not valid TOML"))
            .reason(error.message().to_owned())
            .hint(Hint::login("fix this line, or move the file away and log in again: ", ""))
    })?;
    match document.get("schema").map(Item::as_str) {
        // A misspelt limit or default must be an error rather than be ignored.
        None | Some(Some(SCHEMA)) => {
            let unknown = document.iter().map(|(key, _)| key).find(|key| !KEYS.contains(key));
            unknown.map(unknown_key).map_or(Ok(()), Err)?;
            Ok(document)
        }
        Some(Some(other)) if let Some(version) = newer_version(other, SCHEMA) => {
            Err(Error::usage(format!("unsupported schema '{other}'"))
                .of_newer(version, VERSION)
                .hint("or set PORTGATE_CONFIG_DIR to another directory"))
        }
        Some(_) => Err(Error::usage(format!("the schema is not '{SCHEMA}'"))
            .hint("check whether the file belongs to another program")),
    }
}

fn unknown_key(key: &str) -> Error {
    let error = Error::usage(format!("unknown setting '{key}'"));
    if read::KEYS.contains(&key) {
        return error.hint(format!("'{key}' belongs to a profile: move it below [profiles.NAME]"));
    }
    read::with_known(&KEYS, error, key, "available settings")
}

/// The profiles, and those that can't be used.
fn profiles_of(document: &DocumentMut) -> Result<(Vec<Profile>, Vec<Damaged>), Error> {
    let (mut profiles, mut damaged) = (Vec::new(), Vec::new());
    let Some(item) = document.get("profiles") else { return Ok((profiles, damaged)) };
    let table = item.as_table_like().ok_or_else(|| Error::usage("'profiles' must be a table"))?;
    for (name, item) in table.iter() {
        match read::profile(name, item) {
            Ok(profile) => profiles.push(profile),
            Err(one) => damaged.push(one),
        }
    }
    Ok((profiles, damaged))
}

fn default_of(document: &DocumentMut) -> Result<Option<String>, Error> {
    let Some(item) = document.get("default") else { return Ok(None) };
    let name = item.as_str().ok_or_else(|| Error::usage("'default' must be a profile name"))?;
    Ok(Some(name.to_owned()))
}

/// Checks who else can read or write the file. Write access is refused: the file names limits and programs to run.
#[cfg(unix)]
fn check_permissions(path: &Path, about: &fs::Metadata, warnings: &mut Vec<String>) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode();
    let fix = format!("chmod 600 {}", path.display());
    if mode & 0o022 != 0 {
        return Err(Error::usage(format!("{} is writable by other users", path.display()))
            .reason("anyone who can write it can change limits and make portgate run programs")
            .hint(format!("run: {fix}")));
    }
    check_own(about, 0).map_err(|error| {
        Error::usage(format!("{} belongs to another user", path.display())).reason(error.to_string()).hint(
            "its owner can make portgate run programs: change its owner, or set PORTGATE_CONFIG_DIR to another \
             directory",
        )
    })?;
    if mode & 0o044 != 0 {
        warnings.push(format!("{} is readable by other users; run: {fix}", path.display()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_permissions(_: &Path, _: &fs::Metadata, _: &mut Vec<String>) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
mod tests;
