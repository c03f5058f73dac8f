//! Reads response bodies: whole and bounded, or as a stream for a decoder if large.

use futures_util::StreamExt as _;
use reqwest::header::HeaderMap;
use tokio::sync::mpsc;

use crate::api::failure::{decode_problem, network_error};
use crate::api::mend::{Mender, mend_whole};
use crate::api::window::Pieces;
use crate::error::Error;
use crate::exit::Exit;

/// Maximum size of a whole response; only the product list is larger, and it is streamed.
const LARGEST_WHOLE: usize = 64 * 1024 * 1024;
/// Maximum size of a body that is decoded at once, in bytes; larger ones are decoded as they arrive.
const LARGEST_AT_ONCE: usize = 1024 * 1024;
/// Bytes kept from the start of a body, to describe it in errors.
const START: usize = 64;
const PIECES_IN_FLIGHT: usize = 4;

/// The trace ID header (confirmed).
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    headers.get("trace-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

pub(crate) async fn read_whole(answer: reqwest::Response, call: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece.map_err(|error| network_error(call, error))?);
        if body.len() > LARGEST_WHOLE {
            return Err(Error::new(Exit::Api, "the response is too large")
                .reason(format!("{call} sent more than {} MiB", LARGEST_WHOLE >> 20)));
        }
    }
    Ok(mend_whole(body))
}

pub(crate) enum Streamed<T> {
    Decoded(T),
    Network(Error),
    /// Decoding failed; the first bytes are kept for the error.
    NotUnderstood {
        start: Vec<u8>,
        why: String,
    },
}

/// Decodes a body: a small one at once, a larger one as it arrives, on a separate thread. The reader waits for the
/// decoder, so memory use is bounded.
pub(crate) async fn decode<T, F>(answer: reqwest::Response, call: &str, decode: F) -> Streamed<T>
where
    T: Send + 'static,
    F: FnOnce(Pieces<'_>) -> Result<T, serde_json::Error> + Send + 'static,
{
    let mut pieces = answer.bytes_stream();
    let mut first = Vec::new();
    while first.len() <= LARGEST_AT_ONCE {
        match pieces.next().await {
            Some(Ok(piece)) => first.extend_from_slice(&piece),
            Some(Err(error)) => return Streamed::Network(network_error(call, error)),
            None => {
                let whole = mend_whole(first);
                let start = whole[..whole.len().min(START)].to_vec();
                return result_of(decode(&mut std::iter::once(whole)), start);
            }
        }
    }
    let start = first[..START].to_vec();
    let mut mender = Mender::default();
    let first = mender.mend(first, false);
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(PIECES_IN_FLIGHT);
    let decoder = tokio::task::spawn_blocking(move || {
        decode(&mut std::iter::once(first).chain(std::iter::from_fn(|| receiver.blocking_recv())))
    });
    let mut failure = None;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => {
                // A failed decoder drops its receiver; its error is returned below.
                if sender.send(mender.mend(piece.into(), false)).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                failure = Some(network_error(call, error));
                break;
            }
        }
    }
    let _ = sender.send(mender.mend(Vec::new(), true)).await;
    drop(sender);
    let decoded = decoder.await;
    match (failure, decoded) {
        (Some(error), _) => Streamed::Network(error),
        (None, Ok(decoded)) => result_of(decoded, start),
        (None, Err(error)) => Streamed::NotUnderstood { start, why: error.to_string() },
    }
}

fn result_of<T>(decoded: Result<T, serde_json::Error>, start: Vec<u8>) -> Streamed<T> {
    match decoded {
        Ok(value) => Streamed::Decoded(value),
        Err(error) => Streamed::NotUnderstood { start, why: decode_problem(&error) },
    }
}
