//! Reads response bodies: whole and bounded, or as a stream for a decoder if large.

use std::collections::VecDeque;
use std::io::Read;

use futures_util::StreamExt as _;
use reqwest::header::HeaderMap;
use tokio::sync::mpsc;

use crate::api::failure::{network_error, why};
use crate::api::mend::{Mender, mend_whole};
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
                .because(format!("{call} sent more than {} MiB", LARGEST_WHOLE >> 20)));
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

pub(crate) enum Body<'a> {
    Whole(&'a [u8]),
    Streaming(&'a mut dyn Read),
}

/// Decodes a body: a small one at once, a larger one as it arrives, on a separate thread. The reader waits for the
/// decoder, so memory use is bounded.
pub(crate) async fn decode<T, F>(answer: reqwest::Response, call: &str, decode: F) -> Streamed<T>
where
    T: Send + 'static,
    F: FnOnce(Body<'_>) -> Result<T, serde_json::Error> + Send + 'static,
{
    let mut pieces = answer.bytes_stream();
    let mut first = Vec::new();
    while first.len() <= LARGEST_AT_ONCE {
        match pieces.next().await {
            Some(Ok(piece)) => first.extend_from_slice(&piece),
            Some(Err(error)) => return Streamed::Network(network_error(call, error)),
            None => {
                let whole = mend_whole(first);
                return streamed(decode(Body::Whole(&whole)), &whole);
            }
        }
    }
    let start = first[..START].to_vec();
    let mut mender = Mender::default();
    let first = mender.mend(first, false);
    let (sender, receiver) = mpsc::channel::<Vec<u8>>(PIECES_IN_FLIGHT);
    let decoder = tokio::task::spawn_blocking(move || {
        let mut reader =
            std::io::BufReader::with_capacity(64 * 1024, PieceReader { receiver, piece: first.into() });
        decode(Body::Streaming(&mut reader))
    });
    let mut failure = None;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => {
                // A failed decoder drops its receiver; its error is returned below.
                if sender.send(mender.mend(piece.to_vec(), false)).await.is_err() {
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
        (None, Ok(decoded)) => streamed(decoded, &start),
        (None, Err(error)) => Streamed::NotUnderstood { start, why: error.to_string() },
    }
}

fn streamed<T>(decoded: Result<T, serde_json::Error>, body: &[u8]) -> Streamed<T> {
    match decoded {
        Ok(value) => Streamed::Decoded(value),
        Err(error) => {
            Streamed::NotUnderstood { start: body[..body.len().min(START)].to_vec(), why: why(&error) }
        }
    }
}

struct PieceReader {
    receiver: mpsc::Receiver<Vec<u8>>,
    piece: VecDeque<u8>,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.piece.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.piece = piece.into(),
                None => break,
            }
        }
        self.piece.read(buffer)
    }
}
