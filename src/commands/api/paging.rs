//! Reading page after page: paging stands in the `Pagination-*` headers (confirmed).

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::api::products::LARGEST_KEPT;
use crate::api::{Call, Client};
use crate::error::Error;
use crate::exit::Exit;

/// Pages read at most: more would be a backend that pages in a circle.
const MOST_PAGES: usize = 10_000;
/// The parameter that names a page (confirmed).
const PARAMETER: &str = "pageNumber";

/// Reads all pages, from the one asked for on, and puts their `data` into the first one's envelope. An answer without
/// paging is the only page.
pub(super) async fn read_all(client: &Client, call: &Call) -> Result<Value, Error> {
    let mut call = call.clone();
    let asked = call.query.iter().position(|(name, _)| name == PARAMETER).map(|at| call.query.remove(at).1);
    let first: usize = match asked {
        Some(text) => text
            .parse()
            .map_err(|_| Error::usage(format!("{PARAMETER} is '{text}'")).hint("give a whole number"))?,
        None => 1,
    };
    let (mut whole, mut kept) = (Value::Null, 0);
    for page in first..first.saturating_add(MOST_PAGES) {
        let answer = client.read_answer(&call.clone().query(PARAMETER, page)).await?;
        kept += answer.body.len();
        if kept > LARGEST_KEPT {
            return Err(Error::new(Exit::Api, "the list is larger than can be put together")
                .because(format!("after {page} pages it measures more than 100 MiB")));
        }
        let mut envelope: Value = serde_json::from_slice(&answer.body).map_err(|error| {
            Error::new(Exit::Api, "the backend's answer could not be read")
                .because(format!("{}: {error}", call.name()))
        })?;
        let pages = pages(&answer.headers);
        let last = pages.is_none_or(|pages| page >= pages);
        if page == first && last {
            return Ok(envelope);
        }
        let Some(Value::Array(rows)) = envelope.get_mut("data").map(Value::take) else {
            return Err(Error::new(Exit::Api, "the pages can't be put together")
                .because(format!("`data` of page {page} is no list")));
        };
        if rows.is_empty() && !last {
            return Err(Error::new(Exit::Api, "the list could not be read to its end")
                .because(format!("page {page} is empty, though its headers promise more"))
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
    Err(Error::new(Exit::Api, "the list never ends").because("its headers promise ever more pages"))
}

/// How many pages there are, as far as the headers tell.
fn pages(headers: &HeaderMap) -> Option<usize> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<usize>().ok();
    number("pagination-total-page").or_else(|| {
        let limit = number("pagination-limit").filter(|&limit| limit > 0)?;
        Some(number("pagination-total-count")?.div_ceil(limit))
    })
}
