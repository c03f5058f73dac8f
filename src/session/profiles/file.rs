//! `config.toml`: read as a whole, changed in place. Comments stay as they are.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use toml_edit::{DocumentMut, Item, Table, value};

use super::{Profile, read};
use crate::api::backend::Environment;
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{
    LARGEST, check_own, create_private_dir, private_file_options, read_regular_text, replace_private_file,
};

pub(crate) const SCHEMA: &str = "portgate.config/v1";

/// How long another process may keep the settings locked: it reads and writes one small file.
const LOCKED_AT_MOST: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Every key the file may have, beside what its profiles have.
const KEYS: [&str; 3] = ["schema", "default", "profiles"];

#[derive(Debug)]
pub(crate) struct ProfilesFile {
    path: PathBuf,
    document: DocumentMut,
    profiles: Vec<Profile>,
    default: Option<String>,
    warnings: Vec<String>,
}

impl ProfilesFile {
    /// Reads `config.toml` of the settings folder; no file is no profiles. One that others may write (it names programs
    /// to run), that is damaged or of a newer schema is exit 2.
    pub(crate) fn load(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("config.toml");
        let mut warnings = Vec::new();
        let text = match read_regular_text(&path, LARGEST) {
            Ok((text, about)) => {
                check_permissions(&path, &about, &mut warnings)?;
                text
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(Error::usage(format!("{} can't be read", path.display()))
                    .because(error.to_string())
                    .hint("mend it, or name another folder in PORTGATE_CONFIG_DIR"));
            }
        };
        let file = ProfilesFile::from_text(path.clone(), &text).map_err(|mut error| {
            error.message = format!("{}: {}", path.display(), error.message);
            error
        })?;
        Ok(ProfilesFile { warnings, ..file })
    }

    pub(crate) fn from_text(path: PathBuf, text: &str) -> Result<Self, Error> {
        let document = parse(text)?;
        let (profiles, default) = (profiles_of(&document)?, default_of(&document)?);
        Ok(ProfilesFile { path, document, profiles, default, warnings: Vec::new() })
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

    pub(crate) fn find(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Profile, Error> {
        self.find(name).ok_or_else(|| {
            let error = Error::usage(format!("there is no profile '{name}'")).about(name);
            let known: Vec<&str> = self.profiles.iter().map(|profile| profile.name.as_str()).collect();
            if known.is_empty() {
                error.hint("make one with: portgate auth login --profile NAME")
            } else {
                error.hint(format!("there are: {}", known.join(", ")))
            }
        })
    }

    /// Writes what was found at login into a profile, new or not; its limits and comments stay.
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
            // An unchanged value keeps its spelling and the comment behind it.
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
        set("company_uid", profile.company_uid.as_deref());
        match self.profiles.iter_mut().find(|known| known.name == profile.name) {
            Some(known) => *known = profile.clone(),
            None => self.profiles.push(profile.clone()),
        }
    }

    /// Removes a profile, and the mark that it is the default; answers whether it was there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let table = self.document.get_mut("profiles").and_then(Item::as_table_like_mut);
        let removed = table.and_then(|profiles| profiles.remove(name)).is_some();
        self.profiles.retain(|profile| profile.name != name);
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
        // Through a link (people keep such files elsewhere) to the file it means.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        replace_private_file(&path, self.text().as_bytes()).map_err(|error| {
            Error::new(Exit::Other, format!("{} can't be written", path.display())).because(error.to_string())
        })
    }
}

/// Changes the file: read, changed and replaced as a whole, one process at a time.
pub(crate) fn edit<T>(
    folder: &Path,
    change: impl FnOnce(&mut ProfilesFile) -> Result<T, Error>,
) -> Result<T, Error> {
    let refused = |error: io::Error| {
        Error::new(Exit::Other, format!("{} can't be written", folder.display())).because(error.to_string())
    };
    create_private_dir(folder).map_err(refused)?;
    let mut options = private_file_options();
    options.create(true).truncate(false).write(true);
    let lock = options.open(folder.join(".config.lock")).map_err(refused)?;
    let until = Instant::now() + LOCKED_AT_MOST;
    // A file system that has no locks is no reason not to write.
    while let Err(TryLockError::WouldBlock) = lock.try_lock() {
        if Instant::now() >= until {
            let error = Error::new(Exit::Timeout, format!("{} can't be written", folder.display()));
            return Err(error.because("another process holds its settings locked"));
        }
        std::thread::sleep(LOCK_PAUSE);
    }
    let mut file = ProfilesFile::load(folder)?;
    if file.document.get("schema").is_none() {
        file.document.insert("schema", value(SCHEMA));
    }
    let answer = change(&mut file)?;
    file.save()?;
    Ok(answer)
}

/// Reads the document. The text around the error is not shown: it may be a secret in the wrong place.
fn parse(text: &str) -> Result<DocumentMut, Error> {
    let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let line =
            error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count()) + 1;
        Error::usage(format!("line {line} is not valid TOML"))
            .because(error.message().to_owned())
            .hint("mend that line, or move the file away and run: portgate auth login")
    })?;
    match document.get("schema").map(Item::as_str) {
        // A limit or a default that is misspelt must be an error, never one that isn't there.
        None | Some(Some(SCHEMA)) => {
            let unknown = document.iter().map(|(key, _)| key).find(|key| !KEYS.contains(key));
            unknown.map(unknown_key).map_or(Ok(()), Err)?;
            Ok(document)
        }
        Some(Some(other)) if other.starts_with("portgate.config/v") => {
            Err(Error::usage(format!("it has the schema '{other}'"))
                .because(format!("this portgate reads '{SCHEMA}'"))
                .hint("update portgate, or name another folder in PORTGATE_CONFIG_DIR"))
        }
        Some(_) => {
            Err(Error::usage(format!("its schema is not '{SCHEMA}'"))
                .hint("is it a file of another program?"))
        }
    }
}

fn unknown_key(key: &str) -> Error {
    let error = Error::usage(format!("unknown key '{key}'"));
    if read::KEYS.contains(&key) {
        return error.hint(format!("'{key}' belongs to a profile: put it below [profiles.NAME]"));
    }
    read::with_known(&KEYS, error, key, "the file has")
}

fn profiles_of(document: &DocumentMut) -> Result<Vec<Profile>, Error> {
    let Some(item) = document.get("profiles") else { return Ok(Vec::new()) };
    let table = item.as_table_like().ok_or_else(|| Error::usage("'profiles' must be a table"))?;
    table.iter().map(|(name, item)| read::profile(name, item)).collect()
}

fn default_of(document: &DocumentMut) -> Result<Option<String>, Error> {
    let Some(item) = document.get("default") else { return Ok(None) };
    let name = item.as_str().ok_or_else(|| Error::usage("'default' must be the name of a profile"))?;
    Ok(Some(name.to_owned()))
}

/// Who else may read or write it. Writing is refused: the file names programs that portgate runs, and limits.
#[cfg(unix)]
fn check_permissions(path: &Path, about: &fs::Metadata, warnings: &mut Vec<String>) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode();
    let mend = format!("chmod 600 {}", path.display());
    if mode & 0o022 != 0 {
        return Err(Error::usage(format!("{} may be written by others", path.display()))
            .because("whoever writes it decides which programs portgate runs and what its limits are")
            .hint(mend));
    }
    check_own(about, 0).map_err(|error| {
        Error::usage(format!("{} is not yours", path.display())).because(error.to_string()).hint(
            "whoever owns it decides which programs portgate runs: chown it, or name another folder in \
             PORTGATE_CONFIG_DIR",
        )
    })?;
    if mode & 0o044 != 0 {
        warnings.push(format!("{} may be read by others; to keep it yours: {mend}", path.display()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_permissions(_: &Path, _: &fs::Metadata, _: &mut Vec<String>) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
mod tests;
