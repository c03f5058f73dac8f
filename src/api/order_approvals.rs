//! The service approval queue: a partner decides for its managed accounts (confirmed: megaport-api.md).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::client::{Call, Client, Method};
use crate::api::lenient;
use crate::api::vxc::path_segment;
use crate::error::Error;
use crate::exit::Exit;

const PAGE_SIZE: usize = 100;
/// Pages read at most: more would be a backend that pages in a circle.
const MOST_PAGES: usize = 10_000;

lenient::wire! {
    pub(crate) struct OrderApproval {
        pub(crate) uid: Option<String>,
        /// `PENDING`, `APPROVED`, `REJECTED`, `FAILED`, `WITHDRAWN`, `EXPIRED`.
        pub(crate) status: Option<String>,
        /// `NEW_ORDER`, `TERM_CHANGE`, `SPEED_CHANGE`.
        #[serde(rename = "type")]
        pub(crate) kind: Option<String>,
        /// The managed account's name.
        pub(crate) acct_name: Option<String>,
        /// The partner's reference for it.
        pub(crate) acct_ref: Option<String>,
        /// The company that decides, by number.
        pub(crate) approver_company_id: Option<i64>,
        /// The company that asks, by number.
        pub(crate) requester_company_id: Option<i64>,
        pub(crate) service_id: Option<i64>,
        pub(crate) comment: Option<String>,
        pub(crate) create_date: Option<Timestamp>,
        /// Free JSON: what was ordered.
        pub(crate) detail: Value,
    }
}

#[derive(Debug, Clone)]
pub(crate) struct OrderApprovalRead {
    pub(crate) entry: OrderApproval,
    pub(crate) raw: Map<String, Value>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Only those of this status, as the API spells it.
    pub(crate) status: Option<&'static str>,
    pub(crate) service_id: Option<i64>,
}

/// Reads the queue, page after page (paging stands in the `Pagination-*` headers, confirmed).
pub(crate) async fn list(client: &Client, filter: &Filter) -> Result<Vec<OrderApprovalRead>, Error> {
    let mut entries: Vec<OrderApprovalRead> = Vec::new();
    for page in 1..=MOST_PAGES {
        let mut call = Call::get("/v3/order_approvals")
            .query("pageNumber", page)
            .query("pageSize", PAGE_SIZE)
            .query("sort", "createDate")
            .query("direction", "ASC");
        if let Some(status) = filter.status {
            call = call.query("status", status);
        }
        if let Some(service_id) = filter.service_id {
            call = call.query("serviceIds", service_id);
        }
        let answer = client.read_answer(&call).await?;
        let rows: Option<Vec<Value>> = crate::api::client::unwrap_envelope(&call.name(), &answer.body)?;
        let rows = rows.unwrap_or_default();
        let count = rows.len();
        for row in rows {
            let Value::Object(raw) = row else { continue };
            let entry: OrderApproval = serde_json::from_value(Value::Object(raw.clone())).unwrap_or_default();
            // An entry that arrives while pages are read may push another onto the next page.
            if entries.iter().rev().take(PAGE_SIZE * 2).all(|known| known.entry.uid != entry.uid) {
                entries.push(OrderApprovalRead { entry, raw });
            }
        }
        let header =
            |name: &str| -> Option<usize> { answer.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let done = match (header("pagination-total-page"), header("pagination-total-count")) {
            (Some(pages), _) => page >= pages,
            (None, Some(total)) => entries.len() >= total || count == 0,
            (None, None) => count < PAGE_SIZE,
        };
        if done {
            return Ok(entries);
        }
        if count == 0 {
            return Err(Error::new(Exit::Api, "the service approval queue could not be read to its end")
                .because(format!("page {page} is empty, though its headers promise more"))
                .retryable());
        }
    }
    Err(Error::new(Exit::Api, "the service approval queue never ends")
        .because("its headers promise ever more pages"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approve,
    Reject,
    Withdraw,
}

/// The request that decides an entry: `POST /v3/order_approvals/{uid}/approve|reject|withdraw` with `comments`.
pub(crate) fn decision_call(uid: &str, verdict: Verdict, comments: Option<&str>) -> Call {
    let verb = match verdict {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
        Verdict::Withdraw => "withdraw",
    };
    let path = format!("/v3/order_approvals/{}/{verb}", path_segment(uid));
    Call::with_body(Method::POST, path, json!({ "comments": comments.unwrap_or_default() }))
}
