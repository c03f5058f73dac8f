//! Reads a profile's table strictly: a misspelt limit must be an error rather than no limit.

use std::cell::RefCell;

use toml_edit::{Item, TableLike};

use super::keys::{OF_PROFILE, names};
use super::{KeyStore, Limits, Profile, check_name};
use crate::api::backend::{Endpoints, Environment};
use crate::domain::approvals::second_person::SecondPerson;
use crate::error::{Error, Invocation};
use crate::ledger::database::Address;
use crate::text::Uid;
use crate::text::amounts::parse_percent;
use crate::text::suggest::did_you_mean;
use crate::text::words::shell_word;

pub(crate) const KEYS: [&str; OF_PROFILE.len()] = names(&OF_PROFILE);

/// A profile that can't be used, and why.
#[derive(Debug, Clone)]
pub(crate) struct Damaged {
    pub(crate) name: String,
    /// What can be read of it; none if its backend is unknown.
    pub(crate) rest: Option<Box<Profile>>,
    /// Whether it may have a key in a store.
    pub(crate) has_key: bool,
    /// Never empty.
    pub(super) faults: Vec<Error>,
}

impl Damaged {
    pub(crate) fn error(&self) -> Error {
        self.faults[0].clone()
    }

    /// The fault and how to repair it, for a warning.
    pub(crate) fn warning(&self) -> String {
        let error = self.error();
        let hints = error.hints.iter().map(|hint| hint.text(&Invocation::default()));
        std::iter::once(error.to_string()).chain(hints).collect::<Vec<_>>().join("; ")
    }
}

/// Reads a profile, or all that is wrong with it.
pub(super) fn profile(name: &str, item: &Item) -> Result<Profile, Damaged> {
    let wrong = |what: String| Error::usage(format!("profile '{name}': {what}"));
    let mut faults: Vec<Error> = check_name(name).err().into_iter().collect();
    let Some(table) = item.as_table_like() else {
        faults.push(wrong("it must be a table".to_owned()));
        return Err(Damaged { name: name.to_owned(), rest: None, has_key: false, faults });
    };
    for (key, _) in table.iter().filter(|(key, _)| !KEYS.contains(key)) {
        let error = with_known(&KEYS, wrong(format!("unknown setting '{key}'")), key, "available settings");
        faults.push(error.hint(format!(
            "or remove it: portgate profile set {} --unset --profile {name}",
            shell_word(key)
        )));
    }
    let fields = Fields { table, faults: RefCell::default() };
    let place = fields.take(fields.place().map(Some));
    let profile = place.map(|(environment, endpoints)| Profile {
        name: name.to_owned(),
        environment,
        endpoints,
        client_id: fields.take(fields.text("client_id")),
        company_name: fields.take(fields.text("company_name")),
        company_uid: fields.take(fields.text("company_uid")).map(Uid::from),
        managed_account: fields.take(fields.text("managed_account")),
        secret_command: fields.take(fields.command("secret_command")),
        store: fields.take(fields.store()),
        ledger: fields.take(fields.ledger()),
        ledger_secret_command: fields.take(fields.command("ledger_secret_command")),
        ledger_fallback: fields.take(fields.fallback()),
        limits: Limits {
            profile: name.to_owned(),
            read_only: fields.take(fields.switch("read_only")),
            confirm_always: fields.take(fields.confirm()),
            require_reason: fields.take(fields.switch("require_reason")),
            require_ticket: fields.take(fields.switch("require_ticket")),
            second_person: fields.take(fields.parse("second_person", SecondPerson::parse)),
            max_sold_percent: fields.take(fields.parse("max_sold", parse_percent)),
        },
    });
    if table.contains_key("secret_command") && !table.contains_key("client_id") {
        let _: () = fields.take(Err("secret_command requires client_id".to_owned()));
    }
    // What is missing can be added without an editor.
    let key = |what: &str| match what {
        "environment is missing" => Some("environment NAME"),
        "secret_command requires client_id" => Some("client_id ID"),
        _ => None,
    };
    faults.extend(fields.faults.into_inner().into_iter().map(|what| {
        let hint = key(&what).map(|key| format!("set it: portgate profile set {key} --profile {name}"));
        wrong(what).hint_each(hint)
    }));
    let has_key = table.contains_key("client_id") && !table.contains_key("secret_command");
    match profile {
        Some(profile) if faults.is_empty() => Ok(profile),
        rest => Err(Damaged { name: name.to_owned(), rest: rest.map(Box::new), has_key, faults }),
    }
}

pub(super) fn with_known(known: &[&str], error: Error, key: &str, what: &str) -> Error {
    error.hint(did_you_mean(key, known).unwrap_or_else(|| format!("{what}: {}", known.join(", "))))
}

struct Fields<'a> {
    table: &'a dyn TableLike,
    /// What is wrong with those that were taken.
    faults: RefCell<Vec<String>>,
}

impl Fields<'_> {
    /// A value, or what holds without it if it is wrong.
    fn take<T: Default>(&self, read: Result<T, String>) -> T {
        read.unwrap_or_else(|fault| {
            self.faults.borrow_mut().push(fault);
            T::default()
        })
    }

    fn parse<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
        self.text(key)?.as_deref().map(parse).transpose()
    }

    fn text(&self, key: &str) -> Result<Option<String>, String> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        match item.as_str().map(str::trim) {
            None | Some("") => Err(format!("{key} must be a non-empty string")),
            Some(text) => Ok(Some(text.to_owned())),
        }
    }

    fn switch(&self, key: &str) -> Result<bool, String> {
        match self.table.get(key) {
            None => Ok(false),
            Some(item) => item.as_bool().ok_or_else(|| format!("{key} must be true or false")),
        }
    }

    fn store(&self) -> Result<KeyStore, String> {
        match self.text("store")?.as_deref() {
            None | Some("keyring") => Ok(KeyStore::Keyring),
            Some("file") => Ok(KeyStore::File),
            Some(other) => Err(format!("invalid value '{other}' for store: use \"keyring\" or \"file\"")),
        }
    }

    /// A path, or an address, which must not have a password: the file is read by many eyes.
    fn ledger(&self) -> Result<Option<String>, String> {
        let Some(place) = self.text("ledger")? else { return Ok(None) };
        if Address::is_one(&place) {
            let address = Address::parse(&place).map_err(|error| match error.reason {
                Some(why) => format!("ledger is not a valid address: {why}"),
                None => error.message,
            })?;
            if address.has_password() {
                return Err("ledger must not contain a password: set PGPASSWORD or ledger_secret_command, \
                    or use ~/.pgpass"
                    .to_owned());
            }
        }
        Ok(Some(place))
    }

    fn fallback(&self) -> Result<bool, String> {
        match self.text("ledger_fallback")?.as_deref() {
            None => Ok(false),
            Some("file") => Ok(true),
            Some(other) => Err(format!("invalid value '{other}' for ledger_fallback: use \"file\"")),
        }
    }

    fn confirm(&self) -> Result<bool, String> {
        match self.text("confirm")?.as_deref() {
            None => Ok(false),
            Some("always") => Ok(true),
            Some(other) => Err(format!("invalid value '{other}' for confirm: use \"always\"")),
        }
    }

    /// A program with its arguments, which is run without a shell.
    fn command(&self, key: &str) -> Result<Option<Vec<String>>, String> {
        let Some(item) = self.table.get(key) else { return Ok(None) };
        let words: Option<Vec<String>> = item
            .as_array()
            .and_then(|array| array.iter().map(|word| word.as_str().map(str::to_owned)).collect());
        match words {
            Some(words) if words.first().is_some_and(|program| !program.is_empty()) => Ok(Some(words)),
            _ => Err(format!(
                "{key} must be an array of strings, program first, for example [\"pass\", \"show\", \"megaport\"]; \
                 it runs without a shell"
            )),
        }
    }

    fn place(&self) -> Result<(Environment, Option<Endpoints>), String> {
        let (api_url, token_url) = (self.text("api_url")?, self.text("token_url")?);
        let name = self.text("environment")?;
        if let Some(api_url) = api_url {
            if name.as_deref().is_some_and(|name| name != "custom") {
                return Err("api_url requires environment = \"custom\"".to_owned());
            }
            let endpoints =
                Endpoints::from_settings(("api_url", &api_url), ("token_url", token_url.as_deref()));
            return Ok((Environment::Custom, Some(endpoints.map_err(|error| error.to_string())?)));
        }
        match name.as_deref() {
            _ if token_url.is_some() => Err("token_url requires api_url".to_owned()),
            Some("custom") => Err("environment = \"custom\" requires api_url".to_owned()),
            None => Err("environment is missing".to_owned()),
            Some(name) => {
                let environment = Environment::parse(name).map_err(|error| {
                    format!("{}: use one of {}", error.message, Environment::NAMES.join(", "))
                })?;
                Ok((environment, environment.known_endpoints()))
            }
        }
    }
}
