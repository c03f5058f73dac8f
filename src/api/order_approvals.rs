//! The service approval queue: a partner decides for its managed accounts (confirmed: megaport-api.md).

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::client::{Call, Client, Method};
use crate::api::lenient;
use crate::api::products::LARGEST_KEPT;
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

/// The queue, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<OrderApprovalRead>,
    /// Why that is not all, if it isn't.
    pub(crate) gap: Option<Error>,
}

/// Reads the queue, page after page, until one is empty or tells nothing new (paging stands in the `Pagination-*` headers,
/// confirmed; where they don't help, the pages do).
pub(crate) async fn list(client: &Client, filter: &Filter) -> Result<Entries, Error> {
    let mut entries: Vec<OrderApprovalRead> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let (mut unread, mut expected, mut kept) = (0, None, 0);
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
        kept += answer.body.len();
        if kept > LARGEST_KEPT {
            return Err(Error::new(Exit::Api, "the service approval queue is larger than it can be")
                .because(format!("after {page} pages it measures more than 100 MiB")));
        }
        let rows: Vec<Value> = crate::api::client::unwrap_envelope(&call.name(), &answer.body)?;
        let header =
            |name: &str| -> Option<usize> { answer.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        expected = header("pagination-total-count").or(expected);
        let before = known.len();
        for row in rows {
            let Some((uid, read)) = read_row(row) else {
                unread += 1;
                continue;
            };
            // An entry that arrives while pages are read may push another onto the next page.
            if known.insert(uid) {
                entries.push(read);
            }
        }
        let is_last = header("pagination-total-page").is_some_and(|pages| page >= pages)
            || expected.is_some_and(|expected| known.len() >= expected);
        if is_last || known.len() == before {
            let gap = gap(unread, known.len(), expected);
            return Ok(Entries { entries, gap });
        }
    }
    Err(Error::new(Exit::Api, "the service approval queue never ends")
        .because(format!("after {MOST_PAGES} pages there are ever more")))
}

/// An entry and its uid; `None` for what is no entry or has no uid.
pub(crate) fn read_row(row: Value) -> Option<(String, OrderApprovalRead)> {
    let Value::Object(raw) = row else { return None };
    let entry: OrderApproval = serde_json::from_value(Value::Object(raw.clone())).unwrap_or_default();
    Some((entry.uid.clone()?, OrderApprovalRead { entry, raw }))
}

/// Why the entries read are not all.
fn gap(unread: usize, read: usize, expected: Option<usize>) -> Option<Error> {
    let why = match expected.filter(|expected| *expected > read + unread) {
        Some(expected) => format!("it has {expected} entries, and {read} came"),
        None if unread > 0 => format!("{unread} of its entries can't be understood"),
        None => return None,
    };
    Some(Error::new(Exit::Api, "the service approval queue could not be read whole").because(why).retryable())
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
