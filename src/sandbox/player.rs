//! Injects faults in a layer around the server.

use std::future::pending;
use std::io;
use std::sync::{Arc, OnceLock};

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::response::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::json;
use tokio::sync::mpsc;

use crate::sandbox::connections::Ending;
use crate::sandbox::fault::{Fault, Kind, Side};
use crate::sandbox::not_found::unknown_uid;
use crate::sandbox::refusal::Refusal;
use crate::text::span::parse_span;

/// The maximum size of a modified response and of a request, in bytes.
const LONGEST: usize = 100 * 1024 * 1024;

/// The target of redirects, where no server listens.
const ELSEWHERE: &str = "http://127.0.0.1:9/elsewhere";

const PAGE: &str = "<!DOCTYPE html><html><body><h1>A page of a gateway</h1></body></html>\n";

/// The faults of a server.
#[derive(Clone)]
pub(crate) struct Faults(Arc<Shared>);

struct Shared {
    faults: Vec<Arc<Fault>>,
    /// The fault of every later GET.
    reads: OnceLock<Kind>,
    /// Receives a message for each injected fault.
    told: mpsc::Sender<String>,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Arc<Fault>>, told: mpsc::Sender<String>) -> Self {
        Faults(Arc::new(Shared { faults, reads: OnceLock::new(), told }))
    }

    async fn spoil(&self, kind: Kind, mut head: Parts, body: Bytes) -> Response {
        match kind {
            Kind::Cut => return cut(head, &body),
            Kind::Truncated => {
                head.headers.remove(header::CONTENT_LENGTH);
                return Response::from_parts(head, Body::from(body.slice(..body.len() / 2)));
            }
            Kind::Slow(Some(time)) => tokio::time::sleep(time).await,
            Kind::Slow(None) => pending().await,
            // The first fault remains in effect.
            kind => drop(self.0.reads.set(kind)),
        }
        Response::from_parts(head, Body::from(body))
    }

    async fn tell(&self, what: &str, method: &Method, path: &str) {
        // The receiver may be gone.
        let _ = self.0.told.send(format!("fault: {what} · {method} {path}")).await;
    }
}

pub(crate) async fn play(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    if method == Method::GET
        && let Some(kind) = faults.0.reads.get()
    {
        faults
            .tell(if *kind == Kind::ReadsPage { "reads-page" } else { "reads-closed" }, &method, &path)
            .await;
        return if *kind == Kind::ReadsPage { page(StatusCode::OK) } else { Ending::Closed.into_response() };
    }
    let Some(fault) = faults.0.faults.iter().find(|fault| fault.is_for(&method, &path)) else {
        return next.run(request).await;
    };
    faults.tell(&fault.text, &method, &path).await;
    // Read the whole body in either case: closing a connection with unread bytes resets it.
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST).await else { return Ending::Closed.into_response() };
    let answer = match fault.side {
        Side::Before => None,
        Side::After => {
            let (head, body) = next.run(Request::from_parts(head, Body::from(body))).await.into_parts();
            let Ok(body) = to_bytes(body, LONGEST).await else { return Ending::Closed.into_response() };
            Some((head, body))
        }
    };
    let spoiled = replacement(fault, &path);
    match (spoiled, answer) {
        (Some(spoiled), _) => spoiled,
        (None, Some((head, body))) => faults.spoil(fault.kind, head, body).await,
        (None, None) => unreachable!("what spoils an answer is played after the effect"),
    }
}

/// The response of a fault that replaces the real one.
fn replacement(fault: &Fault, path: &str) -> Option<Response> {
    Some(match fault.kind {
        Kind::Closed => Ending::Closed.into_response(),
        Kind::Reset => Ending::Reset.into_response(),
        Kind::Status(status) => {
            let mut response =
                Refusal::new(status, format!("Injected fault: {}", fault.text)).into_response();
            if let Some(value) = fault.retry_after.as_deref().and_then(retry_after) {
                response.headers_mut().insert(header::RETRY_AFTER, value);
            }
            response
        }
        Kind::UnknownUid => unknown_uid(path).into_response(),
        Kind::Page(status) => page(status),
        Kind::Redirect => (StatusCode::FOUND, [(header::LOCATION, ELSEWHERE)]).into_response(),
        Kind::Yes => Json(json!({"message": "Done", "terms": "Injected fault", "data": {}})).into_response(),
        Kind::Empty => ().into_response(),
        Kind::Cut | Kind::Truncated | Kind::Slow(_) | Kind::ReadsClosed | Kind::ReadsPage => return None,
    })
}

fn page(status: StatusCode) -> Response {
    (status, Html(PAGE)).into_response()
}

/// A header value; `+TIME` is a date that far in the future.
fn retry_after(value: &str) -> Option<HeaderValue> {
    let date = value.strip_prefix('+').and_then(|time| parse_span(time).ok()).and_then(|time| {
        let at = Timestamp::now().checked_add(time).ok()?;
        DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()
    });
    HeaderValue::from_str(date.as_deref().unwrap_or(value)).ok()
}

/// Half of a body with the length of the whole body, then an error.
fn cut(mut head: Parts, body: &Bytes) -> Response {
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    let end = stream::once(async {
        // The first half is sent first.
        tokio::task::yield_now().await;
        Err(io::Error::other("cut off by a fault"))
    });
    Response::from_parts(head, Body::from_stream(stream::iter([Ok(half)]).chain(end)))
}
