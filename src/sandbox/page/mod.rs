//! The page at `/` of `sandbox serve`: an overview of requests and emails.
//!
//! It needs no token, so it is read-only and available only to a browser on this machine: the server listens on loopback,
//! the Host header must name loopback (which prevents DNS rebinding), requests from other sites are refused, and no CORS
//! header lets them read a response.

use std::net::IpAddr;
use std::path::PathBuf;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::app::App;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::domain::partner;
use crate::sandbox::due;
use crate::sandbox::inbox::{self, InboxFilter, Mail};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::orders::{self, Glance};
use crate::sandbox::store::queue::{self, Entry};

const PAGE: &str = include_str!("page.html");

/// The placeholder for the nonce.
const NONCE: &str = "{{nonce}}";

const WAITING_SHOWN: i64 = 100;
const DECIDED_SHOWN: i64 = 15;
const MAILS_SHOWN: usize = 100;

#[derive(Clone)]
struct Page {
    app: App,
    db: PathBuf,
}

pub(crate) fn router(app: App, db: PathBuf) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/sandbox/overview", get(overview))
        .layer(middleware::from_fn(guard))
        .with_state(Page { app, db })
}

async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refusal(request.headers()) {
        Some(reason) => Refusal::forbidden(reason).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why a request does not come from this page in a browser on this machine.
fn refusal(headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if !text("host").is_some_and(is_loopback) {
        return Some("This page is only available on this machine: open http://127.0.0.1:PORT/");
    }
    match text("sec-fetch-site") {
        None | Some("none" | "same-origin") => None,
        // Another site may link here, but its scripts may not read the page.
        Some(_) if text("sec-fetch-mode") == Some("navigate") => None,
        Some(_) => Some("Other sites may not read this page"),
    }
}

/// Whether a Host, with or without a port, is a loopback address or `localhost`.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn page() -> Response {
    let nonce = Uuid::new_v4().simple().to_string();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let mut response = PAGE.replace(NONCE, &nonce).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

async fn overview(State(page): State<Page>) -> Answer<axum::Json<Value>> {
    let app = page.app.clone();
    app.in_reader_turn(move || read_overview(&page)).await.map(axum::Json)
}

fn read_overview(page: &Page) -> Answer<Value> {
    let app = &page.app;
    let (now_ms, total, waiting, decided, queued, queue) =
        app.store.read(|connection| -> rusqlite::Result<_> {
            let now_ms = app.now_ms(connection)?;
            due::apply(connection, now_ms)?;
            let (total, waiting) = orders::list_waiting(connection, WAITING_SHOWN)?;
            let decided = orders::list_decided(connection, DECIDED_SHOWN)?;
            let (queued, entries) = queue::list_waiting(connection, WAITING_SHOWN)?;
            let queue =
                entries.iter().map(|entry| entry_view(connection, entry)).collect::<Result<Vec<_>, _>>()?;
            Ok((now_ms, total, waiting, decided, queued, queue))
        })??;
    let filter = InboxFilter { limit: MAILS_SHOWN, ..InboxFilter::default() };
    let inbox = inbox::list(app, &page.db, &filter)?;
    Ok(json!({
        "now": rfc3339(now_ms),
        "db": page.db.display().to_string(),
        "waiting": {"total": total, "requests": waiting.iter().map(request_view).collect::<Vec<_>>()},
        "queue": {"total": queued, "orders": queue},
        "decided": decided.iter().map(request_view).collect::<Vec<_>>(),
        "inbox": {"total": inbox.total, "mails": inbox.mails.iter().map(mail_view).collect::<Vec<_>>()},
    }))
}

fn request_view(request: &Glance) -> Value {
    json!({
        "id": request.uid,
        "type": request.kind.name(),
        "status": request.status.verb(),
        "vxc": request.vxc_name,
        "customer": request.customer,
        "provider": request.provider,
        "port": request.port,
        "vlan": request.vlan,
        "rate_limit_mbps": request.rate_limit_mbps,
        "new_rate_limit_mbps": request.new_rate_limit_mbps,
        "created_at": rfc3339(request.created_at),
        "expires_at": request.expires_at.map(rfc3339),
        "decided_at": request.decided_at.map(rfc3339),
        "decided_by": request.decided_by,
    })
}

/// An order of the service approval queue.
fn entry_view(connection: &Connection, entry: &Entry) -> rusqlite::Result<Value> {
    let asked_for = partner::asked_for(connection, entry)?;
    let asked_for: Vec<String> = asked_for
        .iter()
        .map(|vxc| {
            let name = vxc["vxc"].as_str().map(str::to_owned);
            let speed = vxc["rate_limit_mbps"].as_i64().map(|mbps| format!("{mbps} Mbps"));
            let term = vxc["term_months"]
                .as_i64()
                .map(|months| if months == 1 { "1 month".into() } else { format!("{months} months") });
            [name, speed, term].into_iter().flatten().collect::<Vec<_>>().join(", ")
        })
        .collect();
    Ok(json!({
        "id": entry.uid,
        "type": entry.kind,
        "account": entry.account_name,
        "partner": entry.approver_name,
        "asked_for": asked_for,
        "created_at": rfc3339(entry.created_at),
        "expires_at": entry.due_at.map(rfc3339),
    }))
}

fn mail_view(mail: &Mail) -> Value {
    json!({
        "id": mail.id,
        "to": mail.to,
        "to_name": mail.to_name,
        "company": mail.company,
        "group": mail.group,
        "about": mail.about,
        "subject": mail.subject,
        "text": mail.text,
        "status": mail.status,
        "last_error": mail.last_error,
        "created_at": mail.created_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_a_host() {
        for host in
            ["127.0.0.1:8400", "127.0.0.1", "localhost:80", "LOCALHOST", "[::1]:8400", "[::1]", "127.9.9.9:1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8400",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "10.0.0.1:80",
            "",
            ":8400",
            "[::2]:80",
            "0.0.0.0:8400",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_page_loads_nothing_and_writes_no_markup_of_others() {
        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "http://",
            "https://",
            " onclick=",
            "eval(",
        ] {
            assert!(!PAGE.contains(forbidden), "{forbidden}");
        }
        assert_eq!(PAGE.matches(NONCE).count(), 2, "one style, one script");
    }
}
