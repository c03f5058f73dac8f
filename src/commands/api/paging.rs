//! Reads all pages of a list: paging is described by `Pagination-*` headers (confirmed).

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::api::failure::unreadable_answer_error;
use crate::api::{Call, Client, LARGEST_LIST};
use crate::error::Error;
use crate::exit::Exit;

/// Maximum number of pages, in case a backend pages in a circle.
const MOST_PAGES: usize = 10_000;
/// The parameter for the page number (confirmed).
const PARAMETER: &str = "pageNumber";

/// Reads all pages, starting at the requested one, and combines their `data` in the envelope of the first. A response
/// without paging is the only page.
pub(super) async fn read_all(client: &Client, call: &Call) -> Result<Value, Error> {
    let mut call = call.clone();
    let asked = call.query.iter().position(|(name, _)| name == PARAMETER).map(|at| call.query.remove(at).1);
    let first: usize = match asked {
        Some(text) => text
            .parse()
            .map_err(|_| Error::usage(format!("invalid {PARAMETER} '{text}'")).hint("use a whole number"))?,
        None => 1,
    };
    let (mut whole, mut kept) = (Value::Null, 0);
    for page in first..first.saturating_add(MOST_PAGES) {
        let answer = client.read_answer(&call.clone().query(PARAMETER, page)).await?;
        kept += answer.body.len();
        if kept > LARGEST_LIST {
            return Err(Error::new(Exit::Api, "the list is too large")
                .reason(format!("the first {page} pages exceed 100 MiB")));
        }
        let mut envelope: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| unreadable_answer_error(&call.name(), &answer.body, &error.to_string()))?;
        let pages = pages(&answer.headers);
        let last = pages.is_none_or(|pages| page >= pages);
        if page == first && last {
            return Ok(envelope);
        }
        let Some(Value::Array(rows)) = envelope.get_mut("data").map(Value::take) else {
            return Err(Error::new(Exit::Api, "could not combine the pages")
                .reason(format!("`data` of page {page} is not a list")));
        };
        if rows.is_empty() && !last {
            return Err(Error::new(Exit::Api, "could not read the whole list")
                .reason(format!("page {page} is empty, although its headers announce more"))
                .retryable());
        }
        if page == first {
            whole = envelope;
            whole["data"] = Value::Array(rows);
        } else if let Some(Value::Array(all)) = whole.get_mut("data") {
            all.extend(rows);
        }
        if last {
            return Ok(whole);
        }
    }
    Err(Error::new(Exit::Api, "the list has too many pages").reason("its headers keep announcing more"))
}

/// The number of pages, if given by the headers.
fn pages(headers: &HeaderMap) -> Option<usize> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<usize>().ok();
    number("pagination-total-page").or_else(|| {
        let limit = number("pagination-limit").filter(|&limit| limit > 0)?;
        Some(number("pagination-total-count")?.div_ceil(limit))
    })
}
