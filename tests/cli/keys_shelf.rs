//! A scripted company's service keys, replaced and reset as the API does it.

use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use crate::common::wire::{self, fixture, with};
use crate::common::{Answer, Home, Request, Script};

/// The key of `service-key`: for many connections.
pub const MULTI: &str = "3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14";
/// The key of `service-key-single`: for one.
pub const SINGLE: &str = "b27d4e05-1c8f-4a63-9d70-6e2b5f8a3c47";
/// The keys that are handed out by `POST`, one after the other.
pub const MADE: [&str; 2] = ["c4d81f3a-5e27-4b90-a6c1-0f9d7e2b8a35", "d95e2c7b-8f14-4ab6-b3d0-7a1c4e6f9b28"];
/// The port of all of them.
pub const PORT: &str = "a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11";

/// Some keys, as the backend has them.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<Vec<Value>>>);

impl Shelf {
    /// The two of the fixtures.
    pub fn new() -> Self {
        Shelf::of([fixture("service-key"), fixture("service-key-single")])
    }

    /// These.
    pub fn of(keys: impl IntoIterator<Item = Value>) -> Self {
        Shelf(Arc::new(Mutex::new(keys.into_iter().collect())))
    }

    /// All of them now.
    pub fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }

    /// One of them now.
    #[track_caller]
    pub fn key(&self, key: &str) -> Value {
        self.all().into_iter().find(|one| one["key"] == key).unwrap()
    }

    /// Changes some fields of one.
    pub fn change(&self, key: &str, changes: Value) {
        for one in self.0.lock().unwrap().iter_mut().filter(|one| one["key"] == key) {
            *one = with(one.take(), changes.clone());
        }
    }

    /// `GET /v2/service/key`.
    pub fn read(&self, request: &Request) -> Answer {
        let Some(text) = request.parameter("key") else { return Answer::ok(self.all()) };
        assert!(text.len() >= 8, "the API takes eight characters or more, not {text}");
        match self.all().into_iter().find(|one| one["key"].as_str().unwrap().starts_with(&text)) {
            Some(one) => Answer::ok(one),
            None => wire::body(404, "error-not-found"),
        }
    }

    /// `PUT`: what is left out is reset.
    pub fn replace(&self, request: &Request) -> Answer {
        let body = request.json();
        let Some(key) = body["key"].as_str() else { return Answer::refusal(400, "key is missing") };
        let mut terms = reset();
        take(&mut terms, &body);
        for one in self.0.lock().unwrap().iter_mut().filter(|one| one["key"] == key) {
            one.as_object_mut().unwrap().extend(terms.clone());
        }
        Answer::ok(self.key(key))
    }

    /// `POST`.
    pub fn create(&self, request: &Request) -> Answer {
        let made = self.all().iter().filter(|one| MADE.iter().any(|key| one["key"] == *key)).count();
        let mut terms = reset();
        terms.insert("active".to_owned(), json!(true));
        take(&mut terms, &request.json());
        let mut new = with(
            fixture("service-key"),
            json!({"key": MADE[made], "lastUsed": null, "promoCode": null, "createDate": wire::days_from_now(0.0)}),
        );
        new.as_object_mut().unwrap().extend(terms);
        self.0.lock().unwrap().push(new.clone());
        Answer::ok(new)
    }
}

/// The terms of a body that says nothing.
fn reset() -> Map<String, Value> {
    let terms = json!({"description": null, "vlan": null, "preApproved": null, "maxSpeed": 10000,
        "singleUse": false, "active": false, "validFor": null, "promoCode": null});
    terms.as_object().unwrap().clone()
}

fn take(terms: &mut Map<String, Value>, body: &Value) {
    for (name, value) in terms.iter_mut() {
        if let Some(said) = body.get(name) {
            value.clone_from(said);
        }
    }
}

impl Script {
    /// Adds what a well-behaved backend with these keys answers; rules given before it win.
    pub fn shelf(self, shelf: &Shelf) -> Self {
        let [reading, replacing, creating] = [shelf.clone(), shelf.clone(), shelf.clone()];
        self.on("GET", "/v2/service/key", move |request: &Request, _: usize| reading.read(request))
            .on("PUT", "/v2/service/key", move |request: &Request, _: usize| replacing.replace(request))
            .on("POST", "/v2/service/key", move |request: &Request, _: usize| creating.create(request))
            .on("GET", &format!("/v2/product/{PORT}"), Answer::ok(fixture("port-syd1-a")))
            .on("GET", "/v2/products", wire::products([fixture("port-syd1-a"), fixture("port-mel2-b")]))
    }
}

/// A run of `portgate keys ...` against that backend.
pub fn keys<'h>(home: &'h Home, args: &str, script: &Script) -> crate::common::Portgate<'h> {
    home.portgate(&format!("keys {args}")).at(script).token("scripted-token")
}

/// The bodies sent, each with its method.
pub fn sent(script: &Script) -> Vec<(String, Value)> {
    script.writes().iter().map(|request| (request.method.clone(), request.json())).collect()
}
