//! `POST /oauth2/token`

use std::time::Duration;

use portgate::sandbox;
use serde_json::{Value, json};

use crate::common::{DAY_MS, NEW_YEAR_MS, Sandbox, fixture, plain_http};

async fn ask(sandbox: &Sandbox, query: &str, form: &str, pair: Option<(&str, &str)>) -> (u16, Value) {
    let mut request = plain_http().post(format!("{}/oauth2/token{query}", sandbox.embedded.base_url()));
    if let Some((id, secret)) = pair {
        request = request.basic_auth(id, Some(secret));
    }
    let answer = request.body(form.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn takes_the_grant_type_from_the_body_and_from_the_query_string() {
    let sandbox = Sandbox::start().await;
    let key = sandbox::api_key(&sandbox.db(), "provider", "read-only").unwrap();
    let pair = Some((key.client_id.as_str(), key.client_secret.as_str()));
    for (query, form) in [("?grant_type=client_credentials", ""), ("", "grant_type=client_credentials")] {
        let (status, body) = ask(&sandbox, query, form, pair).await;
        assert_eq!(status, 200, "{body}");
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["access_token", "expires_in", "token_type"]);
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(86400)));
    }
    assert_eq!(ask(&sandbox, "", "", pair).await, (400, json!({"error": "invalid_request"})));
    let other = ask(&sandbox, "?grant_type=password", "", pair).await;
    assert_eq!(other, (400, json!({"error": "unsupported_grant_type"})));
}

#[tokio::test]
async fn refuses_a_wrong_pair_as_the_api_does() {
    let sandbox = Sandbox::start().await;
    let key = sandbox::api_key(&sandbox.db(), "customer", "finance").unwrap();
    let refused = fixture("token-refused.json");
    for pair in [None, Some((key.client_id.as_str(), "wrong")), Some(("unknown", key.client_secret.as_str()))]
    {
        let (status, body) = ask(&sandbox, "?grant_type=client_credentials", "", pair).await;
        assert_eq!((status, &body["error"]), (401, &refused["error"]));
    }
}

#[tokio::test]
async fn a_token_lives_as_long_as_it_was_told() {
    let sandbox = Sandbox::start_with(|options| options.token_life = Some(Duration::from_secs(300))).await;
    let mut client = sandbox.provider().await;
    assert_eq!(client.get("/v2/employment").await.status, 200);
    for (at_ms, status) in [(NEW_YEAR_MS + 299_000, 200), (NEW_YEAR_MS + 300_000, 401)] {
        let later = sandbox.again_at(at_ms).await;
        client.base = later.base_url();
        assert_eq!(client.get("/v2/employment").await.status, status, "at {at_ms}");
    }
    // Another log-in at another time is good for that time.
    let later = sandbox.again_at(NEW_YEAR_MS + DAY_MS).await;
    let renewed =
        crate::common::Client::log_in(&later.base_url(), &sandbox.db(), "provider", "read-only").await;
    assert_eq!(renewed.get("/v2/employment").await.status, 200);
}

#[tokio::test]
async fn without_a_good_token_nothing_is_told() {
    let sandbox = Sandbox::start().await;
    let mut client = sandbox.provider().await;
    client.token = "no such token".to_owned();
    for path in ["/v2/products", "/v2/employment", "/v3/order_approvals", "/v2/product/x"] {
        assert!(client.get(path).await.refused(401).contains("token"), "{path}");
    }
    let answer = plain_http().get(format!("{}/v2/products", client.base)).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}
