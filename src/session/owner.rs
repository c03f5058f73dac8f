//! Whether the key belongs to the company of the profile, as far as its token names one.

use secrecy::ExposeSecret as _;

use crate::error::Error;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::session::credentials::claims;
use crate::session::target::Target;
use crate::text::Uid;

/// Opens the session, and checks its key.
pub(crate) async fn open(context: &Context) -> anyhow::Result<Connection> {
    let connection = connection::open(context).await?;
    check_key(context, &connection).await?;
    Ok(connection)
}

/// Checks that the key belongs to the company that the profile names, if it names one.
///
/// # Errors
/// Its token names another company (exit 15).
pub(crate) async fn check_key(context: &Context, connection: &Connection) -> Result<(), Error> {
    let target = context.target()?;
    if target.profile.as_ref().is_none_or(|profile| profile.company_uid.is_none()) {
        return Ok(());
    }
    let token = context.with_progress("checking the key", connection.client.token()).await?;
    check_company(&target, claims::read(token.expose_secret()).company_uid.as_ref())
}

/// Checks the company that a key belongs to, where it is known.
pub(crate) fn check_company(target: &Target, owner: Option<&Uid>) -> Result<(), Error> {
    let only = target.profile.as_ref().and_then(|profile| profile.company_uid.as_ref());
    let (Some(only), Some(owner)) = (only, owner.filter(|owner| **owner != "")) else { return Ok(()) };
    if only == owner {
        return Ok(());
    }
    Err(target
        .limits()
        .refused_error("is for another company")
        .reason(format!("its company_uid is {only}, but the key belongs to company {owner}"))
        .hint("use another profile or key, or change company_uid"))
}
