//! Finds the key named on the command line.

use crate::api::Client;
use crate::api::products::Product;
use crate::api::service_keys::{self, HANDLE, KeyCode, ServiceKey, missing_key_error};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::guard::unguard;
use crate::text::id::{SHORTEST, WHOLE, begins_with};
use crate::text::name::only_one;

/// What is longer may be a key with a typing error.
const LONGEST_NAME: usize = 16;

/// A key as given: in full, or its first 6 or more characters, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct GivenKey(KeyCode);

impl std::str::FromStr for GivenKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let key = unguard(text.trim()).to_ascii_lowercase();
        let fits = key.chars().all(|character| character.is_ascii_alphanumeric() || character == '-');
        if !fits || key.len() > WHOLE || key.starts_with('-') {
            return Err(Error::usage(format!("'{text}' is not a valid service key")));
        }
        if key.len() < SHORTEST {
            return Err(Error::usage(format!(
                "'{text}' is too short for a service key: enter at least its first {SHORTEST} characters"
            )));
        }
        Ok(GivenKey(KeyCode::from(key)))
    }
}

impl GivenKey {
    /// The part that may be shown.
    pub(super) fn handle(&self) -> &str {
        self.0.handle()
    }

    /// The full key, if given.
    pub(super) fn whole(&self) -> Option<&KeyCode> {
        (self.0.whole().len() == WHOLE).then_some(&self.0)
    }

    /// Whether it is this key or the start of it; dashes are ignored.
    fn names(&self, key: &ServiceKey) -> bool {
        let plain = |key: &KeyCode| key.whole().replace('-', "");
        begins_with(&plain(&key.key), &plain(&self.0))
    }

    /// As an error names it: no more of what may be a key, mistyped or not, than of any other key.
    pub(super) fn shown_name(&self) -> &str {
        let whole = self.0.whole();
        let is_key = whole.chars().all(|character| character.is_ascii_hexdigit() || character == '-');
        if is_key || whole.len() > LONGEST_NAME { self.handle() } else { whole }
    }

    /// The error for a key that doesn't exist.
    fn missing_error(&self) -> Error {
        missing_key_error(self.shown_name())
    }

    /// The error of a request, with the name of the key that isn't there.
    fn named_in(&self, error: Error) -> Error {
        match error.exit {
            Exit::NotFound => {
                Error { message: self.missing_error().message, ..error }.resource(self.shown_name())
            }
            _ => error,
        }
    }

    /// The error for a key that doesn't exist, where another key starts with the characters that the error names.
    fn mismatch_error(&self) -> Error {
        self.missing_error().reason("a key starts with these characters, but the rest doesn't match")
    }
}

/// Reads the key of any company: the API finds it by its first eight characters.
pub(super) async fn read(client: &Client, given: &GivenKey) -> Result<ServiceKey, Error> {
    if given.0.whole().len() < HANDLE {
        return by_list(client, given).await;
    }
    let asked = given.whole().cloned().unwrap_or_else(|| KeyCode::from(given.handle().to_owned()));
    let key = service_keys::read(client, &asked).await.map_err(|error| given.named_in(error))?;
    if given.names(&key) { Ok(key) } else { Err(given.mismatch_error()) }
}

/// Reads a key to change: a full key directly; a prefix must be unique among the company's keys.
pub(super) async fn read_mine(
    context: &Context,
    connection: &mut Connection,
    given: &GivenKey,
) -> Result<ServiceKey, Error> {
    let client = &connection.client;
    let reading = async {
        let whole = match given.whole() {
            Some(whole) => whole.clone(),
            None => by_list(client, given).await?.key,
        };
        service_keys::read(client, &whole).await.map_err(|error| given.named_in(error))
    };
    let key = context.with_progress("reading the service key", reading).await?;
    checked_as_mine(connection, key)
}

/// Reads several keys to change, from one list. One that isn't in it is read by itself.
pub(super) async fn read_several_of_mine(
    context: &Context,
    connection: &mut Connection,
    given: &[GivenKey],
) -> Result<Vec<Result<ServiceKey, Error>>, Error> {
    let listed = match given {
        [_, _, ..] => {
            let reading = service_keys::list(&connection.client, None);
            context.with_progress("reading the service keys", reading).await?
        }
        _ => Vec::new(),
    };
    let mut read = Vec::with_capacity(given.len());
    for one in given {
        let found = one.whole().and_then(|whole| listed.iter().find(|key| key.key == *whole));
        read.push(match (found, one.whole()) {
            (Some(key), _) => checked_as_mine(connection, key.clone()),
            (None, None) if given.len() > 1 => {
                find(&listed, one).and_then(|key| checked_as_mine(connection, key.clone()))
            }
            (None, _) => read_mine(context, connection, one).await,
        });
    }
    Ok(read)
}

fn checked_as_mine(connection: &mut Connection, key: ServiceKey) -> Result<ServiceKey, Error> {
    let (company, name) = (key.company_uid.as_ref(), key.company_name.as_deref());
    let message = format!("service key {} is not yours", key.handle());
    check_mine(connection, company, name, message).map_err(|error| error.resource(key.handle()))?;
    learn(connection, company, name);
    Ok(key)
}

/// Refuses what belongs to another company, if both are known.
fn check_mine(
    connection: &Connection,
    owner: Option<&Uid>,
    owner_name: Option<&str>,
    message: String,
) -> Result<(), Error> {
    match (connection.company.uid.as_ref(), owner) {
        (Some(mine), Some(owner)) if mine != owner => Err(Error::new(Exit::Forbidden, message)
            .reason(format!("it belongs to {}", owner_name.unwrap_or(owner.as_str())))),
        _ => Ok(()),
    }
}

async fn by_list(client: &Client, given: &GivenKey) -> Result<ServiceKey, Error> {
    find(&service_keys::list(client, None).await?, given).cloned()
}

/// The only key of a list with this name.
fn find<'a>(keys: &'a [ServiceKey], given: &GivenKey) -> Result<&'a ServiceKey, Error> {
    let is_begun =
        given.0.whole().len() > HANDLE && keys.iter().any(|key| begins_with(key.key.whole(), given.handle()));
    let fitting: Vec<&ServiceKey> = keys.iter().filter(|key| given.names(key)).collect();
    only_one(fitting, given.handle(), "service keys", |key| {
        // Show just enough of the key to tell it from the others.
        let whole = key.key.whole();
        let enough = whole.get(..(given.0.whole().len() + 4).max(HANDLE)).unwrap_or(whole);
        format!("{enough}  {}", key.description.as_deref().unwrap_or("-"))
    })
    .map_err(|error| error.hint("enter more characters of the key"))?
    .ok_or_else(|| if is_begun { given.mismatch_error() } else { given.missing_error() })
}

/// Completes the company with its UID and name from one of its ports or keys.
pub(super) fn learn(connection: &mut Connection, uid: Option<&Uid>, name: Option<&str>) {
    let company = &mut connection.company;
    if company.uid.is_none() {
        company.uid = uid.cloned();
    }
    if company.name.is_none() && company.uid.as_ref() == uid {
        company.name = name.map(str::to_owned);
    }
}

/// Refuses a port of another company, if both are known.
pub(super) fn check_port(connection: &Connection, port: &Product) -> Result<(), Error> {
    let message = format!("{} is not your port", port.product_name.as_deref().unwrap_or("the port"));
    check_mine(connection, port.company_uid.as_ref(), port.company_name.as_deref(), message)
        .map_err(|error| error.hint("service keys can only be created for your own ports"))
}
