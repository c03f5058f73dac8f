//! The fixtures as answers, with their dates shifted to the day of the run, and a VXC that reacts to decisions.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::script::Handler;
use super::{Answer, Request, Script};

/// In the fixtures it is 2026-01-01T00:00:00Z.
const FIXTURES_NOW: i64 = 1_767_225_600_000;

/// The names of dates on the wire.
const DATES: [&str; 6] = ["createDate", "liveDate", "terminateDate", "lastUsed", "start", "end"];

/// A fixture by its name, its dates shifted.
#[track_caller]
pub fn fixture(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire").join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    shift_dates(&mut value, Timestamp::now().as_millisecond() - FIXTURES_NOW);
    value
}

fn shift_dates(value: &mut Value, by: i64) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| shift_dates(element, by)),
        Value::Object(fields) => {
            for (name, field) in fields {
                if DATES.contains(&name.as_str()) {
                    *field = shifted(field, by);
                } else {
                    shift_dates(field, by);
                }
            }
        }
        _ => {}
    }
}

fn shifted(date: &Value, by: i64) -> Value {
    match date {
        Value::Number(number) => json!(number.as_i64().unwrap() + by),
        Value::String(text) => {
            let date: Timestamp = text.parse().unwrap();
            let shifted = Timestamp::from_millisecond(date.as_millisecond() + by).unwrap();
            json!(shifted.to_string())
        }
        other => other.clone(),
    }
}

/// A moment some days from now, as the wire has it; days may be negative and broken.
pub fn days_from_now(days: f64) -> i64 {
    Timestamp::now().as_millisecond() + (days * 86_400_000.0) as i64
}

/// The value with some fields replaced, objects merged in depth.
pub fn with(mut value: Value, changes: Value) -> Value {
    merge(&mut value, changes);
    value
}

fn merge(value: &mut Value, changes: Value) {
    match (value, changes) {
        (Value::Object(fields), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(fields.entry(name).or_insert(Value::Null), change);
            }
        }
        (value, change) => *value = change,
    }
}

/// A port's fixture with these VXCs under it.
#[track_caller]
pub fn port(name: &str, vxcs: impl IntoIterator<Item = Value>) -> Value {
    with(fixture(name), json!({"associatedVxcs": vxcs.into_iter().collect::<Vec<_>>()}))
}

/// `GET /v2/products` with these ports.
pub fn products(ports: impl IntoIterator<Item = Value>) -> Answer {
    Answer::ok(ports.into_iter().collect::<Vec<_>>())
}

/// `GET /v2/products` with these VXCs, by their fixtures' names, all under SYD1-A.
#[track_caller]
pub fn products_of(vxcs: &[&str]) -> Answer {
    products([port("port-syd1-a", vxcs.iter().map(|name| fixture(name)))])
}

/// A whole body as the fixture has it.
#[track_caller]
pub fn body(status: u16, name: &str) -> Answer {
    Answer::json(status, &fixture(name))
}

/// A token is handed out.
pub fn token_ok() -> Answer {
    body(200, "token")
}

/// A queue without entries.
pub fn empty_queue() -> Answer {
    paged(body(200, "order-approvals-empty"), 0, 1, 1)
}

/// The queue's pages by their fixtures' names, whatever page size is asked for.
pub fn queue(pages: &'static [&'static str]) -> Handler {
    Box::new(move |request, _| {
        let page: usize = request.parameter("pageNumber").and_then(|page| page.parse().ok()).unwrap_or(1);
        match pages.get(page.saturating_sub(1)) {
            Some(name) => {
                let rows = |name: &&str| fixture(name)["data"].as_array().unwrap().len();
                paged(body(200, name), pages.iter().map(rows).sum(), page, pages.len())
            }
            None => empty_queue(),
        }
    })
}

/// The paging headers of the service approval queue.
pub fn paged(answer: Answer, total: usize, page: usize, pages: usize) -> Answer {
    answer
        .header("Pagination-Total-Count", total)
        .header("Pagination-Page", page)
        .header("Pagination-Limit", 2)
        .header("Pagination-Total-Page", pages)
}

/// A VXC that a scripted marketplace holds, and that decisions change.
#[derive(Clone)]
pub struct Circuit {
    vxc: Arc<Mutex<Value>>,
    port: &'static str,
}

impl Circuit {
    /// The VXC of a fixture, under SYD1-A.
    #[track_caller]
    pub fn of(name: &str) -> Self {
        Circuit::under("port-syd1-a", name)
    }

    /// The VXC of a fixture, under that port.
    #[track_caller]
    pub fn under(port: &'static str, name: &str) -> Self {
        Circuit { vxc: Arc::new(Mutex::new(fixture(name))), port }
    }

    /// As it is now.
    pub fn now(&self) -> Value {
        self.vxc.lock().unwrap().clone()
    }

    /// Changes some fields, objects merged in depth.
    pub fn change(&self, changes: Value) {
        merge(&mut self.vxc.lock().unwrap(), changes);
    }

    /// Its VXC's uid; empty where it has none yet.
    pub fn uid(&self) -> String {
        self.now()["productUid"].as_str().unwrap_or_default().to_owned()
    }

    /// Where a decision by VXC goes.
    pub fn by_vxc(&self) -> String {
        format!("/v3/product/vxc/{}", self.uid())
    }

    /// Where a decision by order goes.
    pub fn by_order(&self) -> String {
        format!("/v2/order/vxc/{}", self.approval_uid())
    }

    /// Where it is read alone.
    pub fn alone(&self) -> String {
        format!("/v2/product/{}", self.uid())
    }

    /// The request's uid, from the fixture: it is known after the decision, too.
    pub fn approval_uid(&self) -> String {
        let now = self.now();
        let uid = now["vxcApproval"]["uid"].as_str().or_else(|| now["decidedRequest"].as_str());
        uid.unwrap_or_default().to_owned()
    }

    /// The other side of it takes effect: accepted, as the backend shows it afterwards.
    pub fn accept(&self) {
        let now = self.now();
        let new_speed = &now["vxcApproval"]["newSpeed"];
        let speed = new_speed.as_i64().or_else(|| new_speed.as_str().and_then(|text| text.parse().ok()));
        if let Some(speed) = speed {
            self.change(json!({"rateLimit": speed}));
        }
        self.clear();
    }

    /// Denied: a connection has failed, a speed change leaves the old speed.
    pub fn deny(&self) {
        if self.now()["vxcApproval"]["type"] == "NEW" {
            self.change(json!({"provisioningStatus": "FAILED"}));
        }
        self.clear();
    }

    fn clear(&self) {
        let uid = self.approval_uid();
        let nothing = json!({"status": null, "message": null, "uid": null, "type": null, "newSpeed": null});
        self.change(json!({"vxcApproval": nothing, "decidedRequest": uid}));
    }

    /// Does what a decision asks for, and answers with an order view.
    pub fn decide(&self, request: &Request) -> Answer {
        let asked = request.json();
        match asked["isApproved"].as_bool() {
            Some(true) => self.accept(),
            Some(false) => self.deny(),
            None => return Answer::refusal(400, "isApproved is missing"),
        }
        let mut end = Map::new();
        let wanted = [
            ("vlan", "vlan"),
            ("bEndVlan", "vlan"),
            ("bEndInnerVlan", "innerVlan"),
            ("bEndProductUid", "productUid"),
        ];
        for (asked_as, field) in wanted {
            if let Some(value) = asked.get(asked_as).filter(|value| !value.is_null()) {
                end.insert(field.to_owned(), value.clone());
            }
        }
        self.change(json!({"bEnd": end}));
        body(200, "order-view")
    }

    /// `GET /v2/products` with it, as it is then.
    pub fn listed(&self) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
        let circuit = self.clone();
        move |_, _| products([port(circuit.port, [circuit.visible()])])
    }

    /// `GET /v2/product/{uid}`, as it is then.
    pub fn read(&self) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
        let circuit = self.clone();
        move |_, _| Answer::ok(circuit.visible())
    }

    /// A decision that takes effect.
    pub fn decided(&self) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
        let circuit = self.clone();
        move |request, _| circuit.decide(request)
    }

    /// A decision whose first answer is lost before it took effect.
    pub fn decide_after_loss(&self) -> impl Fn(&Request, usize) -> Answer + Send + Sync + 'static {
        let circuit = self.clone();
        move |request, nth| if nth == 0 { Answer::lost() } else { circuit.decide(request) }
    }

    fn visible(&self) -> Value {
        let mut now = self.now();
        now.as_object_mut().unwrap().remove("decidedRequest");
        now
    }
}

impl Script {
    /// Adds what a well-behaved marketplace with this one VXC answers; rules given before it win.
    pub fn marketplace(self, circuit: &Circuit) -> Self {
        self.marketplace_of(&[circuit])
    }

    /// As [`Script::marketplace`], with several VXCs; those of one port stand under it together.
    pub fn marketplace_of(self, circuits: &[&Circuit]) -> Self {
        let circuits: Vec<Circuit> = circuits.iter().map(|&circuit| circuit.clone()).collect();
        let mut script = self;
        for circuit in &circuits {
            if !circuit.uid().is_empty() {
                script = script.on("GET", &circuit.alone(), circuit.read()).on(
                    "PUT",
                    &circuit.by_vxc(),
                    circuit.decided(),
                );
            }
            script = script.on("PUT", &circuit.by_order(), circuit.decided());
        }
        let mut ports: Vec<&'static str> = circuits.iter().map(|circuit| circuit.port).collect();
        ports.sort_unstable();
        ports.dedup();
        for name in &ports {
            let (name, held) = (*name, circuits.clone());
            let path = format!("/v2/product/{}", fixture(name)["productUid"].as_str().unwrap());
            script = script.on("GET", &path, move |_: &Request, _: usize| Answer::ok(port_of(name, &held)));
        }
        script
            .on("GET", "/v2/products", move |_: &Request, _: usize| {
                products(ports.iter().map(|name| port_of(name, &circuits)))
            })
            .on("GET", "/v3/order_approvals", empty_queue())
            .on("GET", "/v2/employment", body(200, "employment"))
            .on("GET", "/v2/product/port/*/vlan", vlan_is_free)
    }
}

/// A port with those of the VXCs that belong under it.
fn port_of(name: &'static str, circuits: &[Circuit]) -> Value {
    port(name, circuits.iter().filter(|circuit| circuit.port == name).map(Circuit::visible))
}

/// `GET /v2/product/port/{uid}/vlan?vlan=N`: it is.
pub fn vlan_is_free(request: &Request, _: usize) -> Answer {
    let vlan: i64 = request.parameter("vlan").and_then(|vlan| vlan.parse().ok()).unwrap_or_default();
    Answer::ok(json!([vlan]))
}
