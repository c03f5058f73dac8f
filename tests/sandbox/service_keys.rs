//! Service keys: made, replaced, looked up, used.

use serde_json::{Value, json};

use crate::common::{Answer, Client, DAY_MS, NEW_YEAR_MS, Sandbox, by_vxc, text};

async fn make(provider: &Client, port: &str, mut body: Value) -> Value {
    body["productUid"] = json!(provider.port_uid(port).await);
    provider.post("/v2/service/key", body).await.data().clone()
}

async fn order(customer: &Client, name: &str, rate_limit: i64, key: &Value) -> Answer {
    let design = json!([{
        "productUid": customer.port_uid("Globex Sydney").await,
        "associatedVxcs": [{"productName": name, "rateLimit": rate_limit, "term": 1, "serviceKey": key["key"]}],
    }]);
    customer.post("/v3/networkdesign/buy", design).await
}

#[tokio::test]
async fn a_new_key_has_every_field_and_is_active() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let key = make(&provider, "SYD1-A", json!({"description": "For Globex"})).await;
    for (field, value) in [
        ("createDate", json!(NEW_YEAR_MS)),
        ("companyName", json!("Example Cloud Connect")),
        ("description", json!("For Globex")),
        ("productName", json!("SYD1-A")),
        ("vlan", json!(null)),
        ("maxSpeed", json!(10_000)),
        ("preApproved", json!(null)),
        ("singleUse", json!(false)),
        ("lastUsed", json!(null)),
        ("active", json!(true)),
        ("validFor", json!({"start": null, "end": null})),
        ("expired", json!(false)),
        ("valid", json!(true)),
        ("promoCode", json!(null)),
    ] {
        assert_eq!(key[field], value, "{field}");
    }
    assert_eq!(text(&key["key"]).len(), 36);
    assert!(key["productId"].is_i64() && key["companyId"].is_i64());
    assert_eq!(key["productDto"]["productUid"], key["productUid"]);
}

#[tokio::test]
async fn put_replaces_everything() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let body = json!({
        "description": "Once", "singleUse": true, "maxSpeed": "500", "preApproved": true, "vlan": 33,
        "validFor": {"start": NEW_YEAR_MS, "end": NEW_YEAR_MS + DAY_MS},
    });
    let key = make(&provider, "SYD1-A", body).await;
    assert_eq!((&key["maxSpeed"], &key["vlan"]), (&json!(500), &json!(33)));
    let replaced = provider.put("/v2/service/key", json!({"key": key["key"]})).await;
    for (field, value) in [
        ("description", json!(null)),
        ("vlan", json!(null)),
        ("preApproved", json!(null)),
        ("maxSpeed", json!(10_000)),
        ("singleUse", json!(false)),
        ("active", json!(false)),
        ("valid", json!(false)),
    ] {
        assert_eq!(replaced.data()[field], value, "{field}");
    }
}

#[tokio::test]
async fn wrong_terms_are_refused() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let port = provider.port_uid("SIN1-A").await;
    for wrong in [
        json!({}),
        json!({"productUid": "nowhere"}),
        json!({"productUid": port, "maxSpeed": 1_001}),
        json!({"productUid": port, "maxSpeed": "fast"}),
        json!({"productUid": port, "vlan": 33}),
        json!({"productUid": port, "singleUse": true, "vlan": 4_094}),
        json!({"productUid": port, "validFor": {"start": 5, "end": 5}}),
    ] {
        let answer = provider.post("/v2/service/key", wrong.clone()).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{wrong}: {}", answer.body);
    }
    let foreign = sandbox.client("initech", "technical-admin").await.port_uid("Initech Melbourne").await;
    provider.post("/v2/service/key", json!({"productUid": foreign})).await.refused(403);
    for role in ["technical-contact", "financial-contact", "read-only"] {
        let client = sandbox.client("provider", role).await;
        client.post("/v2/service/key", json!({"productUid": port})).await.refused(403);
        client.get("/v2/service/key").await.refused(403);
    }
}

#[tokio::test]
async fn the_holder_of_a_code_may_look_it_up_and_nothing_more() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) = (sandbox.provider().await, sandbox.client("customer", "read-only").await);
    let all = provider.get("/v2/service/key").await;
    assert_eq!(all.data().as_array().unwrap().len(), 4);
    let port = provider.port_uid("SYD1-A").await;
    let of_port = provider.get(&format!("/v2/service/key?productIdOrUid={port}")).await;
    assert_eq!(of_port.data().as_array().unwrap().len(), 2);
    let code = text(&all.data()[0]["key"]);
    let own = provider.get(&format!("/v2/service/key?key={}", &code[..8])).await;
    assert_eq!(own.data(), &all.data()[0]);
    let found = customer.get(&format!("/v2/service/key?key={}", code[..8].to_uppercase())).await;
    assert_eq!(found.data()["key"], code);
    assert_eq!(
        (&own.data()["description"], &found.data()["description"]),
        (&json!("Globex projects"), &Value::Null)
    );
    let escaped = customer.get(&format!("/v2/service/key%3Fkey={code}")).await;
    assert_eq!(escaped.data(), found.data());
    assert_eq!(found.data()["productDto"]["productName"], "SYD1-A");
    assert!(found.data()["productDto"].get("associatedVxcs").is_none());
    assert!(found.data()["productDto"].get("costCentre").is_none());
    customer.get("/v2/service/key?key=1234567").await.refused(400);
    customer.get("/v2/service/key?key=00000000").await.refused(404);
    customer.get("/v2/service/key?key=%25%25%25%25%25%25%25%25").await.refused(404);
    let admin = sandbox.client("customer", "company-admin").await;
    assert_eq!(admin.get("/v2/service/key").await.data(), &json!([]));
    admin.put("/v2/service/key", json!({"key": code})).await.refused(403);
    let valid = |key: &Value| format!("/v2/service/key/validate?key={}", text(&key["key"]));
    let truth: Vec<Value> = {
        let mut truth = Vec::new();
        for key in all.data().as_array().unwrap() {
            truth.push(customer.get(&valid(key)).await.data().clone());
        }
        truth
    };
    assert_eq!(truth, [json!(true), json!(true), json!(false), json!(false)]);
    assert_eq!(customer.get("/v2/service/key/validate?key=x").await.data(), &json!(false));
}

#[tokio::test]
async fn a_key_that_can_not_be_used_says_why() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let cases = [
        (json!({"active": false}), "is not active"),
        (json!({"validFor": {"start": 1, "end": NEW_YEAR_MS}}), "has expired"),
        (json!({"validFor": {"start": NEW_YEAR_MS + 1, "end": NEW_YEAR_MS + 2}}), "not valid yet"),
        (json!({"maxSpeed": 100}), "maximum of 100 Mbps"),
    ];
    for (terms, why) in cases {
        let key = make(&provider, "SYD1-A", terms).await;
        let answer = order(&customer, "Keyed", 200, &key).await;
        assert!(answer.refused(400).contains(why), "{why}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_pre_approved_key_needs_nobody_and_brings_its_vlan() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let terms = json!({"preApproved": true, "singleUse": true, "vlan": 1_300, "maxSpeed": 500});
    let key = make(&provider, "SYD1-A", terms).await;
    let answer = order(&customer, "Keyed", 500, &key).await;
    assert_eq!(
        (&answer.data()[0]["fullyApproved"], &answer.data()[0]["serviceKey"]),
        (&json!(true), &key["key"])
    );
    let vxc = customer.vxc("Keyed").await;
    assert_eq!((&vxc["provisioningStatus"], &vxc["bEnd"]["vlan"]), (&json!("LIVE"), &json!(1_300)));
    assert!(text(&vxc["vxcApproval"]["message"]).contains("pre-approved service key"));
    assert!(order(&customer, "Again", 100, &key).await.refused(400).contains("already used"));
}

#[tokio::test]
async fn a_single_use_key_is_freed_by_an_order_that_ends_unaccepted() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let key = make(&provider, "SYD1-A", json!({"singleUse": true})).await;
    order(&customer, "First", 100, &key).await.data();
    order(&customer, "Second", 100, &key).await.refused(400);
    provider.deny(&provider.vxc("First").await).await.data();
    order(&customer, "Second", 100, &key).await.data();
    let vxc = customer.vxc("Second").await;
    customer
        .post(&format!("/v3/product/{}/action/CANCEL_NOW", text(&vxc["productUid"])), json!({}))
        .await
        .data();
    order(&customer, "Third", 100, &key).await.data();
    let later = sandbox.again_at(NEW_YEAR_MS + 60 * DAY_MS).await;
    let customer = Client::log_in(&later.base_url(), &sandbox.db(), "customer", "technical-admin").await;
    order(&customer, "Fourth", 100, &key).await.data();
    let provider = Client::log_in(&later.base_url(), &sandbox.db(), "provider", "technical-admin").await;
    let fourth = provider.vxc("Fourth").await;
    provider.put(&by_vxc(&fourth), json!({"isApproved": true})).await.data();
    customer
        .post(&format!("/v3/product/{}/action/CANCEL_NOW", text(&fourth["productUid"])), json!({}))
        .await
        .data();
    assert!(
        order(&customer, "Fifth", 100, &key).await.refused(400).contains("already used"),
        "it was accepted once"
    );
}
