//! A sandbox of one's own and a plain client for it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use portgate::sandbox::{self, ApiKey, Clock, Embedded, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2026-01-01T00:00:00Z, the day of the fixtures.
pub const NEW_YEAR_MS: i64 = 1_767_225_600_000;
pub const DAY_MS: i64 = 86_400_000;

/// A sandbox in a folder that goes with it.
pub struct Sandbox {
    pub dir: TempDir,
    pub embedded: Embedded,
}

impl Sandbox {
    /// The demo on 2026-01-01, where everything accepted is live at once.
    pub async fn start() -> Sandbox {
        Sandbox::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let dir = TempDir::new().unwrap();
        let mut options = Options::new(dir.path().join("sandbox.db"));
        options.clock = Clock::fixed(NEW_YEAR_MS);
        options.deploy_time = Duration::ZERO;
        change(&mut options);
        let embedded = sandbox::start_embedded(options).await.unwrap();
        Sandbox { dir, embedded }
    }

    pub fn db(&self) -> PathBuf {
        self.dir.path().join("sandbox.db")
    }

    /// A second server on the same file, at another time.
    pub async fn again_at(&self, at_ms: i64) -> Embedded {
        let mut options = Options::new(self.db());
        options.clock = Clock::fixed(at_ms);
        options.deploy_time = Duration::ZERO;
        sandbox::start_embedded(options).await.unwrap()
    }

    pub async fn client(&self, company: &str, role: &str) -> Client {
        Client::log_in(&self.embedded.base_url(), &self.db(), company, role).await
    }

    /// The provider's technical admin.
    pub async fn provider(&self) -> Client {
        self.client("provider", "technical-admin").await
    }
}

/// Somebody with a token.
#[derive(Clone)]
pub struct Client {
    pub base: String,
    pub token: String,
    http: reqwest::Client,
}

/// An answer, as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn data(&self) -> &Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        &self.body["data"]
    }

    /// The message of a refusal with this status.
    pub fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert!(self.body.get("data").is_some() && self.body["terms"].is_string(), "{}", self.body);
        self.body["message"].as_str().unwrap()
    }
}

pub fn plain_http() -> reqwest::Client {
    // reqwest is built without a provider of its own; it wants one even where no https is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Client {
    pub async fn log_in(base: &str, db: &Path, company: &str, role: &str) -> Client {
        let ApiKey { client_id, client_secret, .. } = sandbox::api_key(db, company, role).unwrap();
        let http = plain_http();
        let answer = http
            .post(format!("{base}/oauth2/token"))
            .basic_auth(client_id, Some(client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body: Value = answer.json().await.unwrap();
        Client { base: base.to_owned(), token: body["access_token"].as_str().unwrap().to_owned(), http }
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        context: Option<&str>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        if let Some(context) = context {
            request = request.header("X-Call-Context", context);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        assert!(headers.contains_key("trace-id"), "every answer has a Trace-Id");
        let text = answer.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Answer { status, headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), None).await
    }

    /// All VXCs of the company, once each.
    pub async fn vxcs(&self) -> Vec<Value> {
        let answer = self.get("/v2/products").await;
        let mut found: Vec<Value> = Vec::new();
        for product in answer.data().as_array().unwrap() {
            for vxc in product["associatedVxcs"].as_array().unwrap() {
                if !found.iter().any(|other| other["productUid"] == vxc["productUid"]) {
                    found.push(vxc.clone());
                }
            }
        }
        found
    }

    pub async fn vxc(&self, name: &str) -> Value {
        let found = self.vxcs().await.into_iter().find(|vxc| vxc["productName"] == name);
        found.unwrap_or_else(|| panic!("no VXC {name:?}"))
    }

    pub async fn port_uid(&self, name: &str) -> String {
        let answer = self.get("/v2/products").await;
        let products = answer.data().as_array().unwrap();
        text(&products.iter().find(|product| product["productName"] == name).unwrap()["productUid"])
    }

    pub async fn accept(&self, vxc: &Value) -> Answer {
        self.put(&by_vxc(vxc), json!({"isApproved": true})).await
    }

    pub async fn deny(&self, vxc: &Value) -> Answer {
        self.put(&by_vxc(vxc), json!({"isApproved": false})).await
    }
}

pub fn by_vxc(vxc: &Value) -> String {
    format!("/v3/product/vxc/{}", text(&vxc["productUid"]))
}

pub fn by_order(vxc: &Value) -> String {
    format!("/v2/order/vxc/{}", text(&vxc["vxcApproval"]["uid"]))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A fixture written by hand from megaport-api.md.
pub fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire").join(name);
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// Asserts that every field of a fixture is there, of the same kind wherever neither is null.
pub fn assert_has_shape_of(found: &Value, fixture: &Value, at: &str) {
    match (found, fixture) {
        (Value::Object(found), Value::Object(fixture)) => {
            for (key, expected) in fixture {
                let value = found.get(key).unwrap_or_else(|| panic!("{at}.{key} is missing"));
                assert_has_shape_of(value, expected, &format!("{at}.{key}"));
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (found, fixture) => assert_eq!(
            std::mem::discriminant(found),
            std::mem::discriminant(fixture),
            "{at} is {found}, the fixture has {fixture}"
        ),
    }
}
