//! A sandbox of one's own and a plain client for it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use portgate::sandbox::{self, ApiKey, Clock, Embedded, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::watch::{self, Folder, Printed};

/// 2026-01-01T00:00:00Z, the day of the fixtures.
pub(crate) const NEW_YEAR_MS: i64 = 1_767_225_600_000;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A sandbox in a folder that goes with it.
pub(crate) struct Sandbox {
    pub(crate) dir: Folder,
    pub(crate) embedded: Embedded,
}

impl Sandbox {
    /// The demo on 2026-01-01, where everything accepted is live at once.
    pub(crate) async fn start() -> Sandbox {
        Sandbox::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Sandbox {
        let dir = Folder::new();
        let mut options = Options::new(dir.path().join("sandbox.db"));
        options.clock = Clock::fixed_at(NEW_YEAR_MS);
        options.deploy_time = Duration::ZERO;
        change(&mut options);
        let embedded = sandbox::start_embedded(options).await.unwrap();
        Sandbox { dir, embedded }
    }

    pub(crate) fn db(&self) -> PathBuf {
        self.dir.path().join("sandbox.db")
    }

    /// A second server on the same file, at another time.
    pub(crate) async fn again_at(&self, at_ms: i64) -> Embedded {
        let mut options = Options::new(self.db());
        options.clock = Clock::fixed_at(at_ms);
        options.deploy_time = Duration::ZERO;
        sandbox::start_embedded(options).await.unwrap()
    }

    pub(crate) async fn client(&self, company: &str, role: &str) -> Client {
        Client::log_in(&self.embedded.base_url(), &self.db(), company, role).await
    }

    /// The provider's technical admin.
    pub(crate) async fn provider(&self) -> Client {
        self.client("provider", "technical-admin").await
    }
}

/// Somebody with a token.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) base: String,
    pub(crate) token: String,
    http: reqwest::Client,
}

/// An answer, as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn data(&self) -> &Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        &self.body["data"]
    }

    /// The message of a refusal with this status.
    pub(crate) fn refused(&self, status: u16) -> &str {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert!(self.body.get("data").is_some() && self.body["terms"].is_string(), "{}", self.body);
        self.body["message"].as_str().unwrap()
    }
}

pub(crate) fn plain_http() -> reqwest::Client {
    // reqwest is built without a provider of its own; it wants one even where no https is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Client {
    pub(crate) async fn log_in(base: &str, db: &Path, company: &str, role: &str) -> Client {
        let ApiKey { client_id, client_secret, .. } = sandbox::api_key(db, company, role).unwrap();
        Client::with_key(base, &client_id, &client_secret).await
    }

    pub(crate) async fn with_key(base: &str, client_id: &str, client_secret: &str) -> Client {
        let http = plain_http();
        let answer = http
            .post(format!("{base}/oauth2/token"))
            .basic_auth(client_id, Some(client_secret))
            .form(&[("grant_type", "client_credentials")])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        watch::keep_secret(client_secret);
        let text = answer.text().await.unwrap();
        watch::check("the answer", text.as_bytes());
        let body: Value = serde_json::from_str(&text).unwrap();
        let token = self::text(&body["access_token"]);
        watch::keep_secret(&token);
        Client { base: base.to_owned(), token, http }
    }

    pub(crate) async fn send(
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
        watch::check("the answer", format!("{headers:?}{text}").as_bytes());
        let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Answer { status, headers, body }
    }

    /// Sends a text as it is, and answers what came back so.
    pub(crate) async fn send_text(&self, method: Method, path: &str, body: String) -> (StatusCode, String) {
        let request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        let answer = request.body(body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        watch::check("the answer", text.as_bytes());
        (status, text)
    }

    /// The status of a `PUT`, where one came back.
    pub(crate) async fn try_put(&self, path: &str, body: Value) -> Option<u16> {
        let request = self.http.put(format!("{}{path}", self.base)).bearer_auth(&self.token).json(&body);
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), None).await
    }

    /// All VXCs of the company, once each.
    pub(crate) async fn vxcs(&self) -> Vec<Value> {
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

    pub(crate) async fn vxc(&self, name: &str) -> Value {
        let found = self.vxcs().await.into_iter().find(|vxc| vxc["productName"] == name);
        found.unwrap_or_else(|| panic!("no VXC {name:?}"))
    }

    pub(crate) async fn port_uid(&self, name: &str) -> String {
        let answer = self.get("/v2/products").await;
        let products = answer.data().as_array().unwrap();
        text(&products.iter().find(|product| product["productName"] == name).unwrap()["productUid"])
    }

    pub(crate) async fn accept(&self, vxc: &Value) -> Answer {
        self.put(&by_vxc(vxc), json!({"isApproved": true})).await
    }

    pub(crate) async fn deny(&self, vxc: &Value) -> Answer {
        self.put(&by_vxc(vxc), json!({"isApproved": false})).await
    }
}

pub(crate) fn by_vxc(vxc: &Value) -> String {
    format!("/v3/product/vxc/{}", text(&vxc["productUid"]))
}

pub(crate) fn by_order(vxc: &Value) -> String {
    format!("/v2/order/vxc/{}", text(&vxc["vxcApproval"]["uid"]))
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A fixture written by hand from megaport-api.md.
pub(crate) fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire").join(name);
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// Asserts that every field of a fixture is there, of the same kind wherever neither is null.
pub(crate) fn assert_has_shape_of(found: &Value, fixture: &Value, at: &str) {
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

/// `portgate sandbox serve` as a process; ended with it.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    /// Its stderr. On stdout it shows the keys of its demo on purpose.
    printed: Printed,
}

impl Server {
    pub(crate) fn start(db: &Path, home: &Path) -> Server {
        Server::start_with(db, home, &["--deploy-time", "0s"])
    }

    pub(crate) fn start_with(db: &Path, home: &Path, args: &[&str]) -> Server {
        Server::spawn(Command::new(env!("CARGO_BIN_EXE_portgate")), db, home, args)
    }

    /// One that can make no file larger than so many blocks of 512 bytes: what it writes beyond that fails as it does on
    /// a disk that is full.
    #[cfg(unix)]
    pub(crate) fn start_without_room(db: &Path, home: &Path, blocks: u64) -> Server {
        let mut limited = Command::new("sh");
        // The signal is ignored, or the limit would end the process instead of failing its writes.
        limited.args(["-c", "trap '' XFSZ && ulimit -f \"$0\" && exec \"$@\"", &blocks.to_string()]);
        limited.arg(env!("CARGO_BIN_EXE_portgate"));
        Server::spawn(limited, db, home, &["--deploy-time", "1h"])
    }

    fn spawn(mut command: Command, db: &Path, home: &Path, args: &[&str]) -> Server {
        let mut child = command
            .args(["sandbox", "serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .arg("--db")
            .arg(db)
            .env_clear()
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let printed = Printed::of(child.stderr.take().unwrap());
        Server { child, url: url.trim().to_owned(), printed }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without warning.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.printed.check("stderr");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
