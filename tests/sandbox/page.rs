//! The page of `sandbox serve`: for this machine's browser alone, and only to look at.

use portgate::sandbox;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::common::{Client, Server, plain_http};
use crate::watch::Folder;

#[tokio::test]
async fn it_shows_requests_and_mail_to_this_machine_alone() {
    let dir = Folder::new();
    let db = dir.path().join("sandbox.db");
    let server = Server::start(&db, dir.path());
    let client = Client::log_in(&server.url, &db, "provider", "technical-admin").await;
    client.deny(&client.vxc("Media playout").await).await.data();
    let http = plain_http();
    let page = http.get(&server.url).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let nonce = policy.split("script-src 'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let html = page.text().await.unwrap();
    assert!(
        html.contains(&format!("<script nonce=\"{nonce}\">"))
            && html.contains(&format!("<style nonce=\"{nonce}\">"))
    );
    let again = http.get(&server.url).send().await.unwrap();
    assert_ne!(again.headers()["content-security-policy"], policy.as_str(), "a number is used once");

    let data = format!("{}/sandbox/overview", server.url);
    let answer = http.get(&data).send().await.unwrap();
    assert_eq!(answer.headers()["cross-origin-resource-policy"], "same-origin");
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    let found: Value = answer.json().await.unwrap();
    assert!(found["waiting"]["total"].as_u64().unwrap() > 5);
    assert_eq!(found["decided"][0]["status"], "denied");
    assert_eq!(found["inbox"]["total"], 3);
    assert!(found["inbox"]["mails"][0]["text"].as_str().unwrap().contains("denied your request"));
    // Orders of the service approval queue wait as well, the one that expires first in front.
    let queue = &found["queue"];
    assert_eq!((&queue["total"], queue["orders"].as_array().map(Vec::len)), (&json!(3), Some(3)));
    let order = &queue["orders"][0];
    for (field, value) in [
        ("type", json!("TERM_CHANGE")),
        ("account", json!("Example Media")),
        ("partner", json!("Example Cloud Connect")),
        ("asked_for", json!(["Media to Sample, 24 months"])),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    assert_eq!(order["id"].as_str().map(str::len), Some(36));
    assert!(order["expires_at"].is_string() && order["created_at"].is_string());
    assert_eq!(queue["orders"][1]["asked_for"], json!(["Media studio link, 400 Mbps, 12 months"]));
    assert!(html.contains("id=\"queue\""), "and the page has a place for them");
    let key = sandbox::api_key(&db, "provider", "technical-admin").unwrap();
    assert!(!found.to_string().contains(&key.client_secret), "no secrets");

    for url in [&server.url, &data] {
        for host in ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8400"] {
            let refused = http.get(url).header("Host", host).send().await.unwrap();
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{host}");
        }
        for site in ["cross-site", "same-site"] {
            let refused =
                http.get(url).header("Sec-Fetch-Site", site).header("Sec-Fetch-Mode", "cors").send().await;
            assert_eq!(refused.unwrap().status(), StatusCode::FORBIDDEN, "{site}");
        }
        let posted = http.post(url).body("{}").send().await.unwrap();
        assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED, "it only looks");
    }
}

#[tokio::test]
async fn a_sandbox_inside_a_command_has_no_page() {
    let sandbox = crate::common::Sandbox::start().await;
    for path in ["/", "/sandbox/overview"] {
        let answer = plain_http().get(format!("{}{path}", sandbox.embedded.base_url())).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
