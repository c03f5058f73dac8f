//! The service approval queue.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Answer, Client, Sandbox, assert_has_shape_of, by_vxc, fixture, text};
use crate::mail::mails;

async fn entries(client: &Client, query: &str) -> Vec<Value> {
    client.get(&format!("/v3/order_approvals{query}")).await.data().as_array().unwrap().clone()
}

async fn pending(client: &Client, kind: &str) -> Value {
    let all = entries(client, "?status=PENDING").await;
    all.into_iter().find(|entry| entry["type"] == kind).unwrap()
}

async fn act(client: &Client, entry: &Value, verb: &str, body: Value) -> Answer {
    client.post(&format!("/v3/order_approvals/{}/{verb}", text(&entry["uid"])), body).await
}

#[tokio::test]
async fn pages_sorts_and_filters() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let all = entries(&provider, "").await;
    assert_eq!(all.len(), 5);
    let page = fixture("order-approvals-page-1.json");
    for entry in &all {
        assert_has_shape_of(entry, &page["data"][0], "entry");
    }
    let mut seen = Vec::new();
    for number in 1..=3 {
        let answer = provider.get(&format!("/v3/order_approvals?pageNumber={number}&pageSize=2")).await;
        for (header, value) in [
            ("total-count", "5".into()),
            ("page", number.to_string()),
            ("limit", "2".into()),
            ("total-page", "3".into()),
        ] {
            assert_eq!(answer.headers[format!("pagination-{header}")], value, "{header}");
        }
        seen.extend(answer.data().as_array().unwrap().clone());
    }
    assert_eq!(seen, all);
    assert!(entries(&provider, "?pageNumber=4&pageSize=2").await.is_empty());

    let dates =
        |list: &[Value]| list.iter().map(|entry| entry["createDate"].as_i64().unwrap()).collect::<Vec<_>>();
    assert!(dates(&all).is_sorted());
    let backwards = entries(&provider, "?sort=createDate&direction=DESC").await;
    assert!(dates(&backwards).iter().rev().is_sorted());
    assert_eq!(entries(&provider, "?status=PENDING,REJECTED").await.len(), 4);
    let service = pending(&provider, "TERM_CHANGE").await["serviceId"].clone();
    assert_eq!(entries(&provider, &format!("?serviceIds={service},1")).await.len(), 3);
    for wrong in ["status=OPEN", "sort=colour", "direction=UP", "pageSize=0", "pageSize=x", "serviceIds=a"] {
        provider.get(&format!("/v3/order_approvals?{wrong}")).await.refused(400);
    }
}

#[tokio::test]
async fn is_decided_once() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let entry = pending(&provider, "TERM_CHANGE").await;
    let done = act(&provider, &entry, "reject", json!({"comments": "Not this year"})).await;
    assert_eq!(done.data(), "The order has been rejected.");
    let again = act(&provider, &entry, "approve", json!({})).await;
    assert_eq!(
        again.refused(409),
        "This order was already rejected by Priya Example (Technical Admin) at 2026-01-01T00:00:00Z"
    );
    let after = entries(&provider, "?status=REJECTED").await;
    let found = after.iter().find(|other| other["uid"] == entry["uid"]).unwrap();
    assert_eq!((&found["comment"], &found["active"]), (&json!("Not this year"), &json!(false)));
}

#[tokio::test]
async fn the_partner_decides_and_the_account_withdraws() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let account = sandbox.client("example-media", "technical-admin").await;
    let entry = pending(&provider, "SPEED_CHANGE").await;
    assert_eq!(entries(&account, "").await.len(), 5);
    act(&account, &entry, "approve", json!({})).await.refused(403);
    act(&provider, &entry, "withdraw", json!({})).await.refused(403);
    let stranger = sandbox.client("customer", "company-admin").await;
    assert!(entries(&stranger, "").await.is_empty());
    act(&stranger, &entry, "approve", json!({})).await.refused(403);
    for (role, status) in [("finance", 403), ("read-only", 403)] {
        let client = sandbox.client("provider", role).await;
        act(&client, &entry, "approve", json!({})).await.refused(status);
    }
    // A body may be missing.
    let path = format!("/v3/order_approvals/{}/withdraw", text(&entry["uid"]));
    account.send(Method::POST, &path, None, None).await.data();
    let told = act(&provider, &entry, "approve", json!({})).await;
    assert!(told.refused(409).contains("already withdrawn by Example Media at "));
    act(&provider, &json!({"uid": "nothing"}), "approve", json!({})).await.refused(404);
}

#[tokio::test]
async fn what_the_partner_approves_was_asked_for_by_the_account() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let entry = pending(&provider, "NEW_ORDER").await;
    act(&provider, &entry, "approve", json!({})).await.data();
    let told = mails(&sandbox);
    let received = told.iter().find(|mail| mail.event == "request-received").unwrap();
    assert!(received.text.contains("Requested by  Tara Media\n"), "{}", received.text);
    // A Technical Contact asks for changes, but withdraws nothing; who orders withdraws all.
    let contact = sandbox.client("example-media", "technical-contact").await;
    let asked = json!({"rateLimit": 150});
    contact.put(&by_vxc(&contact.vxc("Media to Sample").await), asked).await.data();
    let finance = sandbox.client("example-media", "finance").await;
    for entry in entries(&contact, "?status=PENDING").await {
        let told = act(&contact, &entry, "withdraw", json!({})).await;
        assert!(told.refused(403).contains("can't withdraw"));
        act(&finance, &entry, "withdraw", json!({})).await.data();
    }
}

#[tokio::test]
async fn a_partner_acts_for_its_account_only() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let uid_of =
        |company: &str| portgate::sandbox::api_key(&sandbox.db(), company, "read-only").unwrap().company_uid;
    let for_account = provider.send(Method::GET, "/v2/products", None, Some(&uid_of("example-media"))).await;
    assert_eq!(for_account.data()[0]["productName"], "Media Melbourne");
    for (context, why) in [(uid_of("globex"), "does not manage"), ("nothing".to_owned(), "no company")] {
        let answer = provider.send(Method::GET, "/v2/products", None, Some(&context)).await;
        assert!(answer.refused(403).contains(why), "{context}");
    }
}
