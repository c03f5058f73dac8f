//! The service approval queue: a partner decides for its managed accounts (confirmed: megaport-api.md).

use std::collections::HashMap;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::call::{Call, Method};
use crate::api::client::{Client, LARGEST_LIST};
use crate::api::failure::timeout_error;
use crate::api::vxc::path_segment;
use crate::api::wire::wire;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;

const PAGE_SIZE: usize = 100;
/// Maximum number of pages, in case a backend pages in a circle.
const MOST_PAGES: usize = 10_000;

wire! {
    pub(crate) struct OrderApproval {
        pub(crate) uid: Option<Uid>,
        /// `PENDING`, `APPROVED`, `REJECTED`, `FAILED`, `WITHDRAWN`, `EXPIRED`.
        pub(crate) status: Option<String>,
        /// `NEW_ORDER`, `TERM_CHANGE`, `SPEED_CHANGE`.
        #[serde(rename = "type")]
        pub(crate) kind: Option<String>,
        /// The managed account's name.
        pub(crate) acct_name: Option<String>,
        /// The partner's reference for it.
        pub(crate) acct_ref: Option<String>,
        /// The number of the company that decides.
        pub(crate) approver_company_id: Option<i64>,
        /// The number of the company that requests.
        pub(crate) requester_company_id: Option<i64>,
        pub(crate) service_id: Option<i64>,
        pub(crate) comment: Option<String>,
        pub(crate) create_date: Option<Timestamp>,
        /// Free-form JSON of the order.
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
    /// Only entries of this status, as spelled by the API.
    pub(crate) status: Option<&'static str>,
    pub(crate) service_id: Option<i64>,
}

/// The queue, possibly incomplete.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) entries: Vec<OrderApprovalRead>,
    /// Why it is incomplete, if it is.
    pub(crate) gap: Option<Error>,
}

/// How often the queue is read anew because entries left it meanwhile.
const MOST_READINGS: u32 = 3;

/// Reads the queue, all of it within the time of one operation. An entry that leaves while pages are read moves another one
/// to a page that was read before: then it is read anew.
pub(crate) async fn list(client: &Client, filter: &Filter) -> Result<Entries, Error> {
    let until = Instant::now() + client.patience.time_left();
    for _ in 1..MOST_READINGS {
        if let Some(entries) = read_pages(client, filter, until, true).await? {
            return Ok(entries);
        }
    }
    let last = read_pages(client, filter, until, false).await?;
    last.ok_or_else(|| timeout_error("GET /v3/order_approvals", client.patience.timeout))
}

/// Reads page by page until one is empty or has nothing new (paging is described by `Pagination-*` headers, confirmed; if
/// they don't help, the pages themselves do). `None` if it became shorter and is to be read anew.
async fn read_pages(
    client: &Client,
    filter: &Filter,
    until: Instant,
    anew: bool,
) -> Result<Option<Entries>, Error> {
    let mut entries: Vec<OrderApprovalRead> = Vec::new();
    // Where each UID was first read: its page, and its place in the entries.
    let mut known: HashMap<Uid, (usize, usize)> = HashMap::new();
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
        if Instant::now() >= until {
            return Err(timeout_error(&call.name(), client.patience.timeout));
        }
        let answer = client.read_answer(&call).await?;
        kept += answer.body.len();
        if kept > LARGEST_LIST {
            return Err(Error::new(Exit::Api, "the service approval queue is too large")
                .reason(format!("the first {page} pages exceed 100 MiB")));
        }
        let rows: Vec<Value> = crate::api::client::unwrap_envelope(&call.name(), &answer.body)?;
        let header =
            |name: &str| -> Option<usize> { answer.headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let total = header("pagination-total-count");
        if anew && expected.is_some_and(|before| total.is_some_and(|total| total < before)) {
            return Ok(None);
        }
        expected = total.max(expected);
        let before = entries.len();
        for row in rows {
            let Some((uid, read)) = read_row(row) else {
                unread += 1;
                continue;
            };
            // A new entry can move another one to the next page while pages are read. On one page, two entries with the
            // same UID are two.
            match known.get(&uid) {
                Some((seen_on, at)) if *seen_on < page || entries[*at].raw == read.raw => {}
                _ => {
                    known.insert(uid, (page, entries.len()));
                    entries.push(read);
                }
            }
        }
        // Headers that say less than there is don't say where it ends.
        let is_less = expected.is_some_and(|expected| entries.len() > expected);
        let is_last = expected == Some(entries.len())
            || header("pagination-total-page").is_some_and(|pages| pages > 0 && page >= pages);
        if (is_last && !is_less) || entries.len() == before {
            let gap = gap(unread, entries.len(), expected);
            return Ok(Some(Entries { entries, gap }));
        }
    }
    Err(Error::new(Exit::Api, "the service approval queue has too many pages")
        .reason(format!("it has more than {MOST_PAGES} pages")))
}

/// An entry and its UID; `None` for anything else.
pub(crate) fn read_row(row: Value) -> Option<(Uid, OrderApprovalRead)> {
    let Value::Object(raw) = row else { return None };
    let entry: OrderApproval = serde_json::from_value(Value::Object(raw.clone())).unwrap_or_default();
    Some((entry.uid.clone()?, OrderApprovalRead { entry, raw }))
}

/// Why the entries are incomplete.
fn gap(unread: usize, read: usize, expected: Option<usize>) -> Option<Error> {
    let why = match expected.filter(|expected| *expected > read + unread) {
        Some(expected) => format!("it has {expected} entries, but {read} were received"),
        None if unread > 0 => format!("{unread} of its entries could not be parsed"),
        None => return None,
    };
    Some(Error::new(Exit::Api, "could not read the whole service approval queue").reason(why).retryable())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approve,
    Reject,
    Withdraw,
}

/// The request that decides an entry: `POST /v3/order_approvals/{uid}/approve|reject|withdraw` with `comments`.
pub(crate) fn decision_call(uid: &Uid, verdict: Verdict, comments: Option<&str>) -> Call {
    let verb = match verdict {
        Verdict::Approve => "approve",
        Verdict::Reject => "reject",
        Verdict::Withdraw => "withdraw",
    };
    let path = format!("/v3/order_approvals/{}/{verb}", path_segment(uid.as_str()));
    Call::with_body(Method::POST, path, json!({ "comments": comments.unwrap_or_default() }))
}
