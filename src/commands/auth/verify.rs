//! Asks the backend whether a key works, and whose it is.

use secrecy::SecretString;

use crate::api::backend::Endpoints;
use crate::api::credential::Credential;
use crate::api::session::Session;
use crate::api::{Client, employment};
use crate::error::Error;
use crate::session::context::Context;

/// What the backend said of a credential.
pub(super) struct Verified {
    /// The token it gave, or took.
    pub(super) token: SecretString,
    /// The company's name, if it could be read.
    pub(super) company_name: Option<String>,
    /// Why it could not.
    pub(super) unread: Option<Error>,
}

/// Fetches a token and reads the company's name. A key whose role may not read it is a good key all the same.
pub(super) async fn ask(
    context: &Context,
    endpoints: &Endpoints,
    credential: Credential,
) -> Result<Verified, Error> {
    // No cache: whether the key works now is the question.
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
        // A token that was only given is checked by nothing but this.
        Err(error) if !is_key && error.http_status == Some(401) => return Err(error),
        Err(error) => (None, Some(error)),
    };
    Ok(Verified { token, company_name, unread })
}
