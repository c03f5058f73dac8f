//! A request given by ID, before it is read.

use crate::api::order_approvals::OrderApprovalRead;
use crate::domain::approvals::model::{Approval, Kind};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{Entry, RequestSeen};
use crate::session::id_map::Lead;
use crate::text::Uid;

/// A request given by ID, and how to find it again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) id: Uid,
    /// Where it is, and what it requests.
    pub(crate) lead: Lead,
}

impl Named {
    pub(crate) fn from_approval(approval: &Approval) -> Self {
        Named { id: approval.id.clone(), lead: Lead::from_approval(approval) }
    }

    /// The request of a ledger line; `None` if it is about something else.
    pub(crate) fn of_entry(entry: &Entry) -> Option<Self> {
        let RequestSeen { source, kind, vxc_uid, rate_limit_mbps, .. } = entry.object.request.clone()?;
        let new_rate_limit_mbps = (kind == Kind::SpeedChange).then_some(rate_limit_mbps).flatten();
        let lead =
            Lead { source, vxc_uid, kind, new_rate_limit_mbps, service_id: None, is_new_customer: None };
        Some(Named { id: entry.object.id.clone(), lead })
    }
}

/// The entry with this ID, if there is one.
///
/// # Errors
/// There are several.
pub(super) fn entry_in(entries: &[OrderApprovalRead], id: &Uid) -> Result<Option<OrderApprovalRead>, Error> {
    let mut found = entries.iter().filter(|read| read.entry.uid.as_ref() == Some(id));
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(Error::new(Exit::Api, "the queue has several entries with this ID")
            .hint("decide it in the portal")
            .resource(id)),
        (found, _) => Ok(found.cloned()),
    }
}
