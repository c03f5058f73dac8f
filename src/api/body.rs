//! Reading an answer's body: whole and bounded, or as a stream that a decoder pulls from.

use std::io::Read;

use futures_util::StreamExt as _;
use reqwest::header::HeaderMap;
use tokio::sync::mpsc;

use crate::api::failure::network;
use crate::error::Error;
use crate::exit::Exit;

/// The most a whole answer may measure; only the product list is larger, and it is streamed.
const LARGEST_WHOLE: usize = 64 * 1024 * 1024;
/// Pieces that wait for the decoder.
const PIECES_IN_FLIGHT: usize = 4;

/// The trace id header (confirmed).
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    headers.get("trace-id").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Reads a body to its end.
pub(crate) async fn read_whole(answer: reqwest::Response, call: &str) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece.map_err(|error| network(call, &error))?);
        if body.len() > LARGEST_WHOLE {
            return Err(Error::new(Exit::Api, "the backend's answer is larger than it can be")
                .because(format!("{call} sent more than {} MiB", LARGEST_WHOLE >> 20)));
        }
    }
    Ok(body)
}

/// What a streamed body ended with.
pub(crate) enum Streamed<T> {
    /// Decoded to its end.
    Decoded(T),
    /// The connection failed first.
    Network(Error),
    /// The decoder could not make sense of it; the first bytes are there to say why.
    NotUnderstood {
        /// The first bytes of the body.
        start: Vec<u8>,
        /// What the decoder said.
        why: String,
    },
}

/// Feeds a body, piece by piece, to a decoder on a thread of its own. Memory stays flat: the decoder is waited for.
pub(crate) async fn stream<T, F>(answer: reqwest::Response, call: &str, decode: F) -> Streamed<T>
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Read) -> Result<T, serde_json::Error> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel::<Vec<u8>>(PIECES_IN_FLIGHT);
    let decoder = tokio::task::spawn_blocking(move || {
        let mut reader = std::io::BufReader::with_capacity(
            64 * 1024,
            PieceReader { receiver, piece: Vec::new(), read: 0 },
        );
        decode(&mut reader)
    });
    let mut pieces = answer.bytes_stream();
    let mut start: Vec<u8> = Vec::new();
    let mut failure = None;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => {
                if start.len() < 64 {
                    start.extend_from_slice(&piece[..piece.len().min(64)]);
                }
                // A decoder that has failed hangs up; its verdict comes below.
                if sender.send(piece.to_vec()).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                failure = Some(network(call, &error));
                break;
            }
        }
    }
    drop(sender);
    let decoded = decoder.await;
    match (failure, decoded) {
        (Some(error), _) => Streamed::Network(error),
        (None, Ok(Ok(value))) => Streamed::Decoded(value),
        (None, Ok(Err(error))) => Streamed::NotUnderstood { start, why: error.to_string() },
        (None, Err(error)) => Streamed::NotUnderstood { start, why: error.to_string() },
    }
}

/// A reader over the pieces that arrive.
struct PieceReader {
    receiver: mpsc::Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.read == self.piece.len() {
            match self.receiver.blocking_recv() {
                Some(piece) => {
                    self.piece = piece;
                    self.read = 0;
                }
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len() - self.read);
        buffer[..count].copy_from_slice(&self.piece[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}
