//! Finds an API key of the sandbox by company and role.

use std::path::Path;

use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::exit::Exit;
use crate::sandbox::clock::{Clock, rfc3339};
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::options::Options;
use crate::sandbox::role::Role;
use crate::sandbox::store::companies::{self, Company};
use crate::sandbox::store::credentials::{self, Key};
use crate::sandbox::store::{LOCK_WAIT, activity};
use crate::sandbox::{events, seed};
use crate::text::id::names_id;
use crate::text::name::{first_found, is_same, only_one};
use crate::text::words;

/// An API key of the sandbox, and its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The value of `MEGAPORT_ACCESS_KEY`.
    pub client_id: String,
    /// The value of `MEGAPORT_SECRET_KEY`. Valid for this database only.
    pub client_secret: String,
    pub company_name: String,
    pub company_uid: String,
    pub role: String,
    pub user_name: String,
}

/// Finds a key in the database, and creates the database with the demo data if it doesn't exist. The company is `provider`,
/// `customer`, or a company's name, short name (`globex-bank`), UID or UID prefix of at least 6 characters; the role is
/// written like `technical-admin`.
pub fn api_key(db: &Path, company: &str, role: &str) -> anyhow::Result<ApiKey> {
    let wanted = parse_role(role)?;
    let store = seed::open(db, Clock::system(), LOCK_WAIT)?;
    store.read(|connection| -> anyhow::Result<ApiKey> {
        let companies = companies::list(connection)?;
        let found = select(&companies, company)?;
        let keys = credentials::keys_of_company(connection, found.id)?;
        let key = keys.into_iter().find(|key| key.role == wanted && key.active).ok_or_else(|| {
            Error::new(
                Exit::NotFound,
                format!("{} has no API key with the {} role", found.name, wanted.name()),
            )
            .resource(found.name.clone())
        })?;
        Ok(to_api_key(key, found))
    })?
}

/// Creates another key for the first user with the role. The company is notified by email.
pub fn new_api_key(options: &Options, company: &str, role: &str, name: &str) -> anyhow::Result<ApiKey> {
    let wanted = parse_role(role)?;
    if name.trim().is_empty() || name.chars().any(char::is_control) {
        return Err(Error::usage("the key name must be a single non-empty line").into());
    }
    options.change(|connection, now_ms| {
        let companies = companies::list(connection)?;
        let found = select(&companies, company)?;
        let user = companies::user_with_role(connection, found.id, wanted)?.ok_or_else(|| {
            Error::new(Exit::NotFound, format!("{} has no user with the {} role", found.name, wanted.name()))
        })?;
        let client_id = Uuid::new_v4().simple().to_string()[..26].to_owned();
        credentials::add_key(connection, user.id, &client_id, name, wanted, now_ms)?;
        let payload = json!({
            "key": {"client_id": client_id, "name": name, "role": wanted.name()},
            "owner": user.full_name(),
            "at": rfc3339(now_ms),
        });
        let event = Event {
            kind: Kind::ApiKeyCreated,
            company_id: found.id,
            subject_uid: &client_id,
            payload,
            at_ms: now_ms,
        };
        events::record(connection, &event)?;
        activity::note(connection, found.id, user.id, "API key created", name, now_ms)?;
        let key = credentials::key_by_client_id(connection, &client_id)?
            .ok_or_else(|| Error::new(Exit::Other, "the new key was not found"))?;
        Ok(to_api_key(key, found))
    })
}

fn parse_role(role: &str) -> Result<Role, Error> {
    Role::parse(role).ok_or_else(|| {
        let roles: Vec<String> = Role::ALL.into_iter().map(Role::slug).collect();
        Error::usage(format!("unknown role '{role}'")).hint(format!("use {}", words::alternatives(&roles)))
    })
}

fn to_api_key(key: Key, company: &Company) -> ApiKey {
    ApiKey {
        client_id: key.client_id,
        client_secret: key.client_secret,
        company_name: company.name.clone(),
        company_uid: company.uid.clone(),
        role: key.role.name().to_owned(),
        user_name: key.owner_name,
    }
}

/// Finds a company. `provider` is the first company of the file, `customer` the second.
pub(crate) fn select<'a>(companies: &'a [Company], selector: &str) -> Result<&'a Company, Error> {
    let by_place = match selector {
        "provider" => companies.first(),
        "customer" => companies.get(1),
        _ => None,
    };
    if let Some(company) = by_place {
        return Ok(company);
    }
    let exact = |company: &Company| {
        [&company.slug, &company.name, &company.uid].into_iter().any(|own| is_same(own, selector))
    };
    let found = first_found(companies, &[&exact, &|company| names_id(selector, &company.uid)]);
    only_one(found, selector, "companies of the sandbox", |company| {
        format!("{}  {}", company.uid, company.slug)
    })?
    .ok_or_else(|| {
        let known: Vec<&str> = companies.iter().take(20).map(|company| company.slug.as_str()).collect();
        Error::usage(format!("unknown sandbox company '{selector}'"))
            .hint(format!("use provider, customer, {}", words::alternatives(&known)))
    })
}
