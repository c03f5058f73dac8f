//! The caller of a request, its company, transaction and time.

use rusqlite::Connection;

use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::{Action, Role, may};
use crate::sandbox::store::activity;
use crate::sandbox::store::companies::{Company, User};
use crate::sandbox::store::credentials::Holder;

/// The holder of a token, acting for its own company or for one it manages (`X-Call-Context`).
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) holder: Holder,
    pub(crate) company_id: i64,
    pub(crate) company_uid: String,
}

impl Caller {
    pub(crate) fn for_own_company(holder: Holder) -> Self {
        Caller { company_id: holder.company_id, company_uid: holder.company_uid.clone(), holder }
    }

    /// A user of a company, without a key.
    pub(crate) fn from_user(user: User, company: &Company) -> Self {
        Caller::for_own_company(Holder {
            user_id: user.id,
            user_name: user.full_name(),
            email: user.email,
            role: user.role,
            company_id: company.id,
            company_uid: company.uid.clone(),
            company_name: company.name.clone(),
        })
    }

    /// The same user acting for a managed account.
    pub(crate) fn for_account(holder: Holder, account: Company) -> Answer<Self> {
        if account.id != holder.company_id && account.managed_by != Some(holder.company_id) {
            return Err(Refusal::forbidden(format!("{} does not manage this account", holder.company_name)));
        }
        Ok(Caller { holder, company_id: account.id, company_uid: account.uid })
    }

    /// Refuses an action that the role may not take.
    pub(crate) fn require(&self, action: Action) -> Answer<()> {
        check_role(self.holder.role, action)
    }

    /// The name in decisions: "Priya Example (Technical Admin)".
    pub(crate) fn signature(&self) -> String {
        format!("{} ({})", self.holder.user_name, self.holder.role.name())
    }

    /// Refuses a company other than the caller's, given by number or UID.
    pub(crate) fn check_own_company(&self, id_or_uid: Option<&str>) -> Answer<()> {
        match id_or_uid {
            Some(other) if other != self.company_uid && other != self.company_id.to_string() => {
                Err(Refusal::forbidden("This company is not yours"))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn check_role(role: Role, action: Action) -> Answer<()> {
    if may(role, action) {
        return Ok(());
    }
    Err(Refusal::forbidden(format!("The {} role can't {}", role.name(), action.verb())))
}

/// The database session of a request: one transaction, one time.
pub(crate) struct Session<'c> {
    pub(crate) transaction: &'c Connection,
    pub(crate) caller: Caller,
    pub(crate) now_ms: i64,
    /// Time from the acceptance of a VXC until it is live.
    pub(crate) deploy_ms: i64,
}

impl Session<'_> {
    /// The same session for another caller.
    pub(crate) fn acting_as(&self, caller: Caller) -> Session<'_> {
        Session { caller, ..*self }
    }

    /// Records an activity of the caller.
    pub(crate) fn note(&self, name: &str, description: &str) -> rusqlite::Result<()> {
        let Caller { holder, company_id, .. } = &self.caller;
        activity::note(self.transaction, *company_id, holder.user_id, name, description, self.now_ms)
    }
}
