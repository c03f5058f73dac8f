//! The accounts of a partner, and acting for them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::Sandbox;

const PATH: &str = "/v2/managedCompanies";

fn uid_of(sandbox: &Sandbox, company: &str) -> String {
    portgate::sandbox::api_key(&sandbox.db(), company, "read-only").unwrap().company_uid
}

#[tokio::test]
async fn a_partner_lists_makes_and_changes_its_accounts() {
    let sandbox = Sandbox::start().await;
    let reader = sandbox.client("provider", "read-only").await;
    let media = uid_of(&sandbox, "example-media");
    let seeded = reader.get(PATH).await;
    assert_eq!(
        seeded.data(),
        &json!([
            {"accountRef": "ACCT-EXAMPLE-MEDIA", "accountName": "Example Media", "companyUid": media},
            {
                "accountRef": "ACCT-EXAMPLE-RADIO",
                "accountName": "Example Radio",
                "companyUid": uid_of(&sandbox, "example-radio"),
            },
        ])
    );
    assert!(
        reader.post(PATH, json!({"accountName": "Example Press"})).await.refused(403).contains("Read Only")
    );
    let admin = sandbox.client("provider", "company-admin").await;
    let made = admin.post(PATH, json!({"accountName": " Example Press ", "accountRef": "P-1"})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let press = &made.body["data"];
    assert_eq!((&press["accountName"], &press["accountRef"]), (&json!("Example Press"), &json!("P-1")));
    let uid = press["companyUid"].as_str().unwrap();
    let changed =
        admin.put(&format!("{PATH}/{}", uid.to_uppercase()), json!({"accountName": "Example Print"})).await;
    let expected = json!({"accountRef": "P-1", "accountName": "Example Print", "companyUid": uid});
    assert_eq!(changed.data(), &expected);
    assert_eq!(reader.get(PATH).await.data()[2], expected);
    let of_new = admin.send(Method::GET, "/v2/products", None, Some(uid)).await;
    assert_eq!(of_new.data(), &json!([]));
}

#[tokio::test]
async fn what_makes_no_account_is_refused() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    for terms in [
        json!({}),
        json!({"accountName": "  "}),
        json!({"accountName": "a\nb"}),
        json!({"accountName": "x".repeat(256)}),
    ] {
        admin.post(PATH, terms).await.refused(400);
    }
    let media = uid_of(&sandbox, "example-media");
    admin.put(&format!("{PATH}/{media}"), json!({})).await.refused(400);
    let globex = uid_of(&sandbox, "globex");
    admin.put(&format!("{PATH}/{globex}"), json!({"accountName": "Mine"})).await.refused(403);
    admin.put(&format!("{PATH}/nothing"), json!({"accountName": "Mine"})).await.refused(404);
    let account = sandbox.client("example-media", "company-admin").await;
    assert_eq!(account.get(PATH).await.data(), &json!([]));
    account.post(PATH, json!({"accountName": "Below"})).await.refused(403);
    let other = sandbox.client("globex", "company-admin").await;
    assert_eq!(other.get(PATH).await.data(), &json!([]));
    other.put(&format!("{PATH}/{media}"), json!({"accountName": "Mine"})).await.refused(403);
}

/// Whatever is asked on behalf of a company that isn't managed, nothing answers and nothing changes.
#[tokio::test]
async fn no_route_acts_for_another_company() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let other = uid_of(&sandbox, "globex");
    let document = admin.get("/openapi.json").await.body;
    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"] != json!([{"token": []}]) {
                continue;
            }
            let url = path.replace("{personId}", "2001").replace("{action}", "CANCEL_NOW");
            let url = url.replace("{uid}", &other).replace("{companyUid}", &other);
            let method: Method = method.to_uppercase().parse().unwrap();
            let body = (method != Method::GET).then(|| json!({}));
            let answer = admin.send(method.clone(), &url, body, Some(&other)).await;
            let status = answer.status.as_u16();
            assert!(matches!(status, 400 | 403), "{method} {url}: {}", answer.body);
            if method == Method::GET && status != 400 {
                assert!(answer.refused(403).contains("does not manage"), "{url}: {}", answer.body);
            }
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[tokio::test]
async fn a_context_that_names_no_one_company_is_refused() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let media = uid_of(&sandbox, "example-media");
    let url = format!("{}/v2/products", provider.base);
    for contexts in [vec![b"".to_vec()], vec![b"\xff".to_vec()], vec![media.clone().into_bytes(); 2]] {
        let mut request = crate::common::plain_http().get(&url).bearer_auth(&provider.token);
        for context in &contexts {
            request =
                request.header("X-Call-Context", reqwest::header::HeaderValue::from_bytes(context).unwrap());
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 403, "{contexts:?}");
        let body: Value = answer.json().await.unwrap();
        assert!(body["message"].as_str().unwrap().contains("X-Call-Context"), "{body}");
    }
}
