//! Checks whether a key works, and which company it belongs to.

use secrecy::SecretString;

use crate::api::backend::Endpoints;
use crate::api::credential::Credential;
use crate::api::session::Session;
use crate::api::{Client, employment};
use crate::error::Error;
use crate::session::context::Context;

/// What the backend returned for a credential.
pub(super) struct Verified {
    /// The token it issued or accepted.
    pub(super) token: SecretString,
    /// The company's name, if readable.
    pub(super) company_name: Option<String>,
    /// Why it isn't.
    pub(super) unread: Option<Error>,
}

/// Fetches a token and reads the company's name. A key whose role can't read the name is still valid.
pub(super) async fn ask(
    context: &Context,
    endpoints: &Endpoints,
    credential: Credential,
) -> Result<Verified, Error> {
    // Don't use the cache: the key must work now.
    let is_key = matches!(credential, Credential::KeyPair(_));
    let session = Session::new(credential, endpoints.token.clone(), None);
    let client = Client::new(
        endpoints.clone(),
        session,
        context.patience.clone(),
        context.clock,
        context.trace.clone(),
        &context.environment,
    )?;
    let token = client.token().await?;
    let (company_name, unread) = match employment::list(&client).await {
        Ok(users) => (users.into_iter().find_map(|user| user.company_name), None),
        // A given token is checked by this read only.
        Err(error) if !is_key && error.http_status == Some(401) => return Err(error),
        Err(error) => (None, Some(error)),
    };
    Ok(Verified { token, company_name, unread })
}
