//! What the API refuses, and that it says why in its own terms.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::common::{Client, Sandbox, by_order, by_vxc, plain_http, text};

async fn key(provider: &Client, port: &str, mut terms: Value) -> Value {
    terms["productUid"] = json!(provider.port_uid(port).await);
    provider.post("/v2/service/key", terms).await.data().clone()
}

async fn design(customer: &Client, vxc: Value) -> Value {
    json!([{"productUid": customer.port_uid("Globex Sydney").await, "associatedVxcs": [vxc]}])
}

#[tokio::test]
async fn an_order_can_not_ask_for_another_vlan_than_its_key() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let key = key(&provider, "SYD1-A", json!({"singleUse": true, "vlan": 1_300})).await;
    let ask = |vlan: i64| json!({"productName": "Keyed", "rateLimit": 100, "term": 1, "serviceKey": key["key"], "bEnd": {"vlan": vlan}});
    for path in ["/v3/networkdesign/validate", "/v3/networkdesign/buy"] {
        let answer = customer.post(path, design(&customer, ask(1_400)).await).await;
        assert_eq!(
            answer.refused(400),
            "The service key is for VLAN 1300, not for bEnd.vlan 1400; omit bEnd.vlan or use 1300"
        );
        let untagged = customer.post(path, design(&customer, ask(-1)).await).await;
        assert!(untagged.refused(400).contains("for VLAN 1300, not for bEnd.vlan -1"));
    }
    // The same, or any, is no contradiction.
    customer.post("/v3/networkdesign/validate", design(&customer, ask(0)).await).await.data();
    customer.post("/v3/networkdesign/buy", design(&customer, ask(1_300)).await).await.data();
    assert_eq!(provider.vxc("Keyed").await["bEnd"]["vlan"], 1_300);
}

#[tokio::test]
async fn a_key_can_not_promise_a_vlan_that_is_in_use() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let port = provider.port_uid("SYD1-A").await;
    let taken =
        provider.post("/v2/service/key", json!({"productUid": port, "singleUse": true, "vlan": 102})).await;
    assert_eq!(taken.refused(400), "VLAN 102 is already in use on SYD1-A; 2 is free");
    let key = key(&provider, "SYD1-A", json!({"singleUse": true, "vlan": 1_300, "preApproved": true})).await;
    let replaced = |vlan: i64| json!({"key": key["key"], "singleUse": true, "vlan": vlan, "active": false});
    assert!(provider.put("/v2/service/key", replaced(102)).await.refused(400).contains("already in use"));
    let vxc = json!({"productName": "Keyed", "rateLimit": 100, "term": 1, "serviceKey": key["key"]});
    customer.post("/v3/networkdesign/buy", design(&customer, vxc).await).await.data();
    // The VXC that was made with it has its VLAN: it can be switched off all the same.
    provider.put("/v2/service/key", replaced(1_300)).await.data();
}

#[tokio::test]
async fn an_empty_key_is_no_order_without_one() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let port = sandbox.provider().await.port_uid("SYD1-A").await;
    for key in ["", "  "] {
        let vxc = json!({"productName": "Keyed", "rateLimit": 100, "serviceKey": key, "bEnd": {"productUid": port}});
        let answer = customer.post("/v3/networkdesign/buy", design(&customer, vxc).await).await;
        assert_eq!(answer.refused(400), "serviceKey is empty; omit it to order without a service key");
    }
}

#[tokio::test]
async fn while_a_request_is_pending_only_name_and_cost_centre_change() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let pending = by_vxc(&customer.vxc("Globex trading floor").await);
    for change in [json!({"term": 24}), json!({"rateLimit": 100}), json!({"name": "x", "term": 1})] {
        assert_eq!(
            customer.put(&pending, change.clone()).await.refused(400),
            "While its approval is pending, only a VXC's name and cost centre can change",
            "{change}"
        );
    }
    customer.put(&pending, json!({"name": "Trading", "costCentre": "CC-9"})).await.data();
}

#[tokio::test]
async fn what_people_write_has_no_control_characters() {
    let sandbox = Sandbox::start().await;
    let (admin, customer) = (
        sandbox.client("provider", "company-admin").await,
        sandbox.client("customer", "technical-admin").await,
    );
    let port_uid = admin.port_uid("SYD1-A").await;
    let port = format!("/v2/product/megaport/{port_uid}");
    let tags = format!("/v2/product/{port_uid}/tags");
    let vxc = by_vxc(&customer.vxc("Globex payments").await);
    let people = admin.get("/v2/employment").await;
    let person = format!("/v2/employee/{}", people.data()[2]["personId"]);
    for bad in ["a\nb", "a\rb", "a\u{1b}[31mb", "a\u{0}b", "a\u{85}b"] {
        let order = json!({"productName": bad, "rateLimit": 100, "bEnd": {"productUid": port_uid}});
        let booked = json!({"productName": "x", "costCentre": bad, "rateLimit": 100, "bEnd": {"productUid": port_uid}});
        let promoted =
            json!({"productName": "x", "promoCode": bad, "rateLimit": 100, "bEnd": {"productUid": port_uid}});
        let mut answers = Vec::new();
        for vxc in [order, booked, promoted] {
            answers.push(customer.post("/v3/networkdesign/buy", design(&customer, vxc).await).await);
        }
        answers.push(customer.put(&vxc, json!({"name": bad})).await);
        answers.push(customer.put(&vxc, json!({"costCentre": bad})).await);
        answers.push(admin.put(&port, json!({"name": bad})).await);
        answers.push(admin.put(&port, json!({"costCentre": bad})).await);
        answers.push(admin.put(&tags, json!({"resourceTags": [{"key": bad, "value": "x"}]})).await);
        answers.push(admin.put(&tags, json!({"resourceTags": [{"key": "x", "value": bad}]})).await);
        answers
            .push(admin.post("/v2/service/key", json!({"productUid": port_uid, "description": bad})).await);
        answers.push(admin.post("/v2/service/key", json!({"productUid": port_uid, "promoCode": bad})).await);
        answers.push(admin.put(&person, json!({"phone": bad})).await);
        answers.push(admin.put(&person, json!({"firstName": bad})).await);
        for (place, answer) in answers.iter().enumerate() {
            assert!(answer.refused(400).contains("control character"), "{place}: {}", answer.body);
        }
    }
    // Letters of every script are none.
    customer.put(&vxc, json!({"name": "Zürich 東京 🙂"})).await.data();
}

#[tokio::test]
async fn pages_count_from_one() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    for wrong in ["0", "-1"] {
        let answer = provider.get(&format!("/v3/order_approvals?pageNumber={wrong}")).await;
        assert_eq!(answer.refused(400), format!("pageNumber must be at least 1, not {wrong}"));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_in_the_apis_terms() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let vxc = by_vxc(&provider.vxc("Media playout").await);
    let order = by_order(&provider.vxc("Media playout").await);
    let cases = [
        ("put", vxc.as_str(), json!([]), "expected an object, not an array"),
        (
            "put",
            vxc.as_str(),
            json!({"rateLimit": "fast"}),
            "rateLimit: expected a whole number, not the text \"fast\"",
        ),
        (
            "put",
            vxc.as_str(),
            json!({"isApproved": "yes"}),
            "isApproved: expected true or false, not the text \"yes\"",
        ),
        (
            "put",
            order.as_str(),
            json!({"isApproved": true, "vlan": 1.5}),
            "vlan: expected a whole number, not 1.5",
        ),
        (
            "post",
            "/v3/networkdesign/buy",
            json!([{"productUid": "x", "associatedVxcs": [{"productName": "x", "rateLimit": 1}, {"productName": 7, "rateLimit": 1}]}]),
            "[0].associatedVxcs[1].productName: expected text, not 7",
        ),
        ("post", "/v3/networkdesign/buy", json!([{"associatedVxcs": []}]), "productUid is missing"),
        ("post", "/v3/networkdesign/buy", json!([7]), "[0]: expected an object, not 7"),
        (
            "post",
            "/v2/service/key",
            json!({"productUid": "x", "validFor": 5}),
            "validFor: expected an object, not 5",
        ),
        (
            "put",
            "/v2/notificationPreferences",
            json!({"destinations": {"EMAIL": {}}}),
            "destinations.EMAIL: expected an array, not an object",
        ),
    ];
    for (method, path, body, why) in cases {
        let answer = match method {
            "put" => provider.put(path, body.clone()).await,
            _ => provider.post(path, body.clone()).await,
        };
        answer.refused(400);
        let detail = text(&answer.body["data"]);
        assert!(detail.contains(why), "{body}: {detail}");
        for of_rust in ["struct", "ByVxc", "i64", "sequence", "map", "Option"] {
            assert!(!detail.contains(of_rust), "{body}: {detail}");
        }
    }
    let torn = plain_http()
        .put(format!("{}{vxc}", provider.base))
        .bearer_auth(&provider.token)
        .body("{\"isApproved\": tru")
        .send()
        .await
        .unwrap();
    assert_eq!(torn.status(), StatusCode::BAD_REQUEST);
    let body: Value = torn.json().await.unwrap();
    assert_eq!(body["message"], "The body is not JSON");
}

#[tokio::test]
async fn nothing_to_change_is_refused_everywhere_alike() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let port = format!("/v2/product/megaport/{}", admin.port_uid("SYD1-A").await);
    let vxc = by_vxc(&admin.vxc("Globex payments").await);
    let people = admin.get("/v2/employment").await;
    let person = format!("/v2/employee/{}", people.data()[2]["personId"]);
    for path in [&port, &vxc, &person] {
        for body in [json!({}), json!({"other": 1})] {
            assert_eq!(admin.put(path, body).await.refused(400), "The request contains no changes", "{path}");
        }
    }
    admin.put(&person, json!([{}])).await.refused(400);
}

#[tokio::test]
async fn a_decision_goes_alone() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Media playout").await;
    for (accepted, field, value) in
        [(true, "rateLimit", json!(5)), (false, "name", json!("x")), (true, "aEndVlan", json!(5))]
    {
        let answer = provider.put(&by_vxc(&asked), json!({"isApproved": accepted, field: value})).await;
        assert_eq!(answer.refused(400), format!("A decision can only change the B-End, not {field}"));
        assert_eq!(provider.vxc("Media playout").await, asked, "it still waits");
    }
}

#[tokio::test]
async fn a_tag_is_given_once() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let path = format!("/v2/product/{}/tags", provider.port_uid("SYD1-A").await);
    let before = provider.get(&path).await.data().clone();
    let twice = json!({"resourceTags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}, {"key": "a", "value": "2"}]});
    assert_eq!(provider.put(&path, twice).await.refused(400), "The tag a is given twice");
    assert_eq!(provider.get(&path).await.data(), &before);
}

#[tokio::test]
async fn f18_a_path_that_is_no_text_is_refused_in_the_envelope() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    for path in ["/v2/product/%ff", "/v2/employee/%ff", "/v2/product/port/%ff/vlan?vlan=2"] {
        assert_eq!(provider.get(path).await.refused(400), "The path can't be read", "{path}");
    }
    let act = provider.post("/v3/product/%ff/action/CANCEL", json!({})).await;
    assert_eq!(act.refused(400), "The path can't be read");
}
