//! The users of the caller's company: `GET /v2/employment` (confirmed).

use serde::Deserialize;

use crate::api::client::{Call, Client};
use crate::api::lenient;
use crate::error::Error;

/// One user of the company.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Employment {
    /// The company's number: what the service approval queue calls a company by.
    #[serde(deserialize_with = "lenient::integer")]
    pub company_id: Option<i64>,
    /// The company's name.
    #[serde(deserialize_with = "lenient::text")]
    pub company_name: Option<String>,
}

/// Reads the company's users.
///
/// # Errors
/// As [`Client::read`].
pub async fn list(client: &Client) -> Result<Vec<Employment>, Error> {
    client.read(&Call::get("/v2/employment")).await
}
