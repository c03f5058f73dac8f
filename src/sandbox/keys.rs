//! Finding an API key of the sandbox by company and role.

use std::path::Path;

use anyhow::anyhow;

use super::clock::Clock;
use super::domain::role::Role;
use super::store::companies::{self, Company};
use super::store::{Store, credentials};
use crate::error::Error;
use crate::exit::Exit;

/// A key pair of the sandbox, and whom it acts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// What other tools read as `MEGAPORT_ACCESS_KEY`.
    pub client_id: String,
    /// What other tools read as `MEGAPORT_SECRET_KEY`. Good for this file only.
    pub client_secret: String,
    /// The company it acts for.
    pub company_name: String,
    /// That company's uid.
    pub company_uid: String,
    /// Its role, as the API spells it.
    pub role: String,
    /// Who owns it.
    pub user_name: String,
}

/// Finds a key in the database, which is made with the demo's data where there is none. The company is `provider`,
/// `customer`, or a company's name, short name (`globex-bank`) or uid (a prefix of six or more does); the role is
/// spelled like `technical-admin`.
///
/// # Errors
/// A file that can't be used; a company or role that isn't there (exit 2, with those that are).
pub fn api_key(db: &Path, company: &str, role: &str) -> anyhow::Result<ApiKey> {
    let wanted = Role::parse(role).ok_or_else(|| {
        let roles: Vec<String> = Role::ALL.into_iter().map(Role::slug).collect();
        Error::usage(format!("there is no role {role:?}"))
            .because(format!("the roles are {}", roles.join(", ")))
    })?;
    let store = Store::open(db, Clock::system())?;
    store.read(|connection| -> anyhow::Result<ApiKey> {
        let companies = companies::all(connection)?;
        let found = select(&companies, company)?;
        let keys = credentials::keys_of_company(connection, found.id)?;
        let key = keys.into_iter().find(|key| key.role == wanted && key.active).ok_or_else(|| {
            anyhow!(
                Error::new(
                    Exit::NotFound,
                    format!("{} has no API key with the role {}", found.name, wanted.name())
                )
                .about(found.name.clone())
            )
        })?;
        Ok(ApiKey {
            client_id: key.client_id,
            client_secret: key.client_secret,
            company_name: found.name.clone(),
            company_uid: found.uid.clone(),
            role: key.role.name().to_owned(),
            user_name: key.owner_name,
        })
    })?
}

/// The company a selector means. `provider` is the first company of the file, `customer` the second.
fn select<'a>(companies: &'a [Company], selector: &str) -> Result<&'a Company, Error> {
    let by_place = match selector {
        "provider" => companies.first(),
        "customer" => companies.get(1),
        _ => None,
    };
    if let Some(company) = by_place {
        return Ok(company);
    }
    let lower = selector.to_lowercase();
    let exact = companies.iter().find(|company| {
        company.slug == lower || company.name.to_lowercase() == lower || company.uid == lower
    });
    if let Some(company) = exact {
        return Ok(company);
    }
    let mut by_prefix =
        companies.iter().filter(|company| lower.len() >= 6 && company.uid.starts_with(&lower));
    match (by_prefix.next(), by_prefix.next()) {
        (Some(company), None) => Ok(company),
        _ => {
            let known: Vec<&str> = companies.iter().take(20).map(|company| company.slug.as_str()).collect();
            Err(Error::usage(format!("the sandbox has no company {selector:?}"))
                .because(format!("it has provider, customer, {}", known.join(", "))))
        }
    }
}
