//! Who is calling, and for which company.

use super::role::{Action, may};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::companies::Company;
use crate::sandbox::store::credentials::Holder;

/// The holder of a token, acting for its own company or for one it manages (`X-Call-Context`).
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) holder: Holder,
    pub(crate) company_id: i64,
    pub(crate) company_uid: String,
}

impl Caller {
    pub(crate) fn of_own_company(holder: Holder) -> Self {
        Caller { company_id: holder.company_id, company_uid: holder.company_uid.clone(), holder }
    }

    /// The same person acting for a managed account.
    pub(crate) fn for_account(holder: Holder, account: Company) -> Answer<Self> {
        if account.id != holder.company_id && account.managed_by != Some(holder.company_id) {
            return Err(Refusal::forbidden(format!("{} does not manage this account", holder.company_name)));
        }
        Ok(Caller { holder, company_id: account.id, company_uid: account.uid })
    }

    /// Refuses what the role may not do.
    pub(crate) fn must(&self, action: Action) -> Answer<()> {
        if may(self.holder.role, action) {
            return Ok(());
        }
        Err(Refusal::forbidden(format!("The role {} may not {}", self.holder.role.name(), action.verb())))
    }

    /// As a decision is signed: "Priya Example (Technical Admin)".
    pub(crate) fn signature(&self) -> String {
        format!("{} ({})", self.holder.user_name, self.holder.role.name())
    }
}
