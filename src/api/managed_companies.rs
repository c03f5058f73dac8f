//! The accounts that the caller's company manages as a partner: `GET /v2/managedCompanies` (confirmed).

use crate::api::call::Call;
use crate::api::client::Client;
use crate::api::wire::wire;
use crate::error::Error;
use crate::text::Uid;

wire! {
    pub(crate) struct ManagedCompany {
        pub(crate) company_uid: Option<Uid>,
        pub(crate) account_name: Option<String>,
    }
}

/// The managed accounts, as the partner itself sees them.
pub(crate) async fn list(client: &Client) -> Result<Vec<ManagedCompany>, Error> {
    client.read(&Call::get("/v2/managedCompanies")).await
}
