//! The OpenAPI document against what is really served and against the fixtures written by hand.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::{Sandbox, by_vxc, fixture, plain_http, text};

async fn document(sandbox: &Sandbox) -> Value {
    let answer =
        plain_http().get(format!("{}/openapi.json", sandbox.embedded.base_url())).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    answer.json().await.unwrap()
}

/// Checks a value against a schema, strictly: a field that the schema doesn't know is wrong too.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return check(document, target, value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let found: Vec<_> = choices.iter().map(|choice| check(document, choice, value, at)).collect();
        return match found.iter().filter(|result| result.is_ok()).count() {
            1 => Ok(()),
            count => Err(format!("{at} fits {count} of the choices: {found:?}")),
        };
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(|kind| kind.as_str().unwrap()).collect(),
        _ => return Ok(()),
    };
    let integral = kind == "integer" && allowed.contains(&"number");
    if !integral && !allowed.contains(&kind) {
        return Err(format!("{at} is {kind}, not {allowed:?}: {value}"));
    }
    if let Some(values) = schema["enum"].as_array().filter(|values| !values.contains(value)) {
        return Err(format!("{at} is {value}, none of {values:?}"));
    }
    match value {
        Value::Array(elements) => elements.iter().enumerate().try_for_each(|(place, element)| {
            check(document, &schema["items"], element, &format!("{at}[{place}]"))
        }),
        Value::Object(fields) => {
            for required in schema["required"].as_array().into_iter().flatten() {
                if !fields.contains_key(required.as_str().unwrap()) {
                    return Err(format!("{at} has no {required}"));
                }
            }
            for (name, field) in fields {
                match schema["properties"].get(name) {
                    Some(known) => check(document, known, field, &format!("{at}.{name}"))?,
                    None if schema["additionalProperties"] == json!(true) => {}
                    None => return Err(format!("{at}.{name} is not described")),
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    check(document, schema, value, at).unwrap();
}

fn answer_schema<'d>(document: &'d Value, method: &str, path: &str) -> &'d Value {
    let operation = &document["paths"][path][method];
    let responses = operation["responses"].as_object().unwrap_or_else(|| panic!("no {method} {path}"));
    let (_, success) = responses.iter().find(|(status, _)| status.starts_with('2')).unwrap();
    &success["content"]["application/json"]["schema"]
}

#[tokio::test]
async fn what_is_described_is_served_and_nothing_else() {
    let sandbox = Sandbox::start().await;
    let document = document(&sandbox).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let http = plain_http();
    let mut ids = BTreeSet::new();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let url: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let operation = methods.get(method.as_str().to_lowercase());
            let answer = http
                .request(method.clone(), format!("{}{url}", sandbox.embedded.base_url()))
                .send()
                .await
                .unwrap();
            let status = answer.status();
            let Some(operation) = operation else {
                assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path} is not described");
                continue;
            };
            operations += 1;
            let expected = if operation["security"] == json!([]) {
                StatusCode::OK
            } else if operation["security"] == json!([{"key": []}]) {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::UNAUTHORIZED
            };
            assert_eq!(status, expected, "{method} {path}");
            assert!(ids.insert(text(&operation["operationId"])), "{}", operation["operationId"]);
            assert!(!text(&operation["summary"]).is_empty());
            let declared: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let named: BTreeSet<&str> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(declared, named, "{path}");
        }
    }
    assert!(operations > 30, "{operations}");
}

#[tokio::test]
async fn real_answers_are_as_described() {
    let sandbox = Sandbox::start().await;
    let document = document(&sandbox).await;
    let admin = sandbox.client("provider", "company-admin").await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let port = admin.port_uid("SYD1-A").await;
    let vxc = admin.vxc("Globex payments").await;
    let person = admin.get("/v2/employment").await.data()[0]["personId"].to_string();
    let key = text(&admin.get("/v2/service/key").await.data()[0]["key"]);
    let uid = text(&vxc["productUid"]);
    let reads: Vec<(&str, String)> = vec![
        ("/v2/products", "/v2/products".into()),
        ("/v2/product/{uid}", format!("/v2/product/{port}")),
        ("/v2/product/{uid}", format!("/v2/product/{uid}")),
        ("/v2/product/port/{uid}/vlan", format!("/v2/product/port/{port}/vlan?vlan=0")),
        ("/v2/product/{uid}/tags", format!("/v2/product/{port}/tags")),
        ("/v3/order_approvals", "/v3/order_approvals".into()),
        ("/v2/dropdowns/partner/megaports", "/v2/dropdowns/partner/megaports".into()),
        ("/v3/locations", "/v3/locations".into()),
        ("/v2/service/key", "/v2/service/key".into()),
        ("/v2/service/key", format!("/v2/service/key?key={}", &key[..8])),
        ("/v2/service/key/validate", format!("/v2/service/key/validate?key={key}")),
        ("/v2/notificationPreferences", "/v2/notificationPreferences".into()),
        ("/v3/notificationPreferences", "/v3/notificationPreferences".into()),
        ("/v2/employment", "/v2/employment".into()),
        ("/v2/employee/{personId}", format!("/v2/employee/{person}")),
    ];
    for (path, url) in &reads {
        let answer = admin.get(url).await;
        assert_eq!(answer.status, StatusCode::OK, "{url}: {}", answer.body);
        fits(&document, answer_schema(&document, "get", path), &answer.body, url);
    }
    for url in ["/v2/products", "/v2/service/key"] {
        fits(&document, answer_schema(&document, "get", url), &customer.get(url).await.body, url);
    }
    let own = admin.get(&format!("/v2/employee/{person}")).await.data()["lastName"].clone();
    let changed = admin.put(&format!("/v2/employee/{person}"), json!({"lastName": own, "phone": "1"})).await;
    fits(&document, answer_schema(&document, "put", "/v2/employee/{personId}"), &changed.body, "employee");
    fits(
        &document,
        answer_schema(&document, "get", "/v3/activity"),
        &admin.get("/v3/activity").await.body,
        "activity",
    );
    let order = json!([{"productUid": customer.port_uid("Globex Sydney").await,
        "associatedVxcs": [{"productName": "Described", "rateLimit": 10, "term": 1, "bEnd": {"productUid": port}}]}]);
    fits(&document, &json!({"$ref": "#/components/schemas/NetworkDesign"}), &order, "order");
    for (path, body) in [
        ("/v3/networkdesign/validate", order.clone()),
        ("/v3/networkdesign/buy", order.clone()),
        ("/v4/networkdesign/buy", json!({"networkDesign": order, "discountCodes": []})),
    ] {
        let answer = customer.post(path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        fits(&document, answer_schema(&document, "post", path), &answer.body, path);
    }
    let decided = admin.accept(&admin.vxc("Media playout").await).await;
    fits(&document, answer_schema(&document, "put", "/v3/product/vxc/{uid}"), &decided.body, "decision");
    let refusal = json!({"$ref": "#/components/schemas/Refusal"});
    let refused = customer.put(&by_vxc(&admin.vxc("Initech main").await), json!({"isApproved": true})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    fits(&document, &refusal, &refused.body, "refusal");
}

#[tokio::test]
async fn the_fixtures_are_as_described() {
    let sandbox = Sandbox::start().await;
    let document = document(&sandbox).await;
    let component = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let of = |method: &str, path: &str| answer_schema(&document, method, path).clone();
    // Left out: what is deliberately not as described (unknown fields, ISO times, numbers as text, no envelope).
    let deliberately_other = [
        "vxc-new-hostile",
        "vxc-new-iso",
        "error-not-enveloped",
        "notification-preferences",
        "order-approvals-page-2",
        "employment-many",
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/wire");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        if deliberately_other.contains(&name.as_str()) {
            continue;
        }
        let (group, schema) = match name.as_str() {
            "token" => ("token", of("post", "/oauth2/token")),
            "token-refused" => ("token-refused", component("TokenError")),
            "order-view" => ("order-view", of("put", "/v3/product/vxc/{uid}")),
            "order-approval-done" => ("done", of("post", "/v3/order_approvals/{uid}/approve")),
            "employee" => ("employee", of("get", "/v2/employee/{personId}")),
            "employment" => ("employment", of("get", "/v2/employment")),
            "notification-preferences-plain" => ("preferences", of("get", "/v2/notificationPreferences")),
            _ if name.starts_with("vxc-") => ("vxc", component("Vxc")),
            _ if name.starts_with("port-") => ("port", component("Product")),
            _ if name.starts_with("service-key") => ("service-key", component("ServiceKey")),
            _ if name.starts_with("vlan-") => ("vlan", of("get", "/v2/product/port/{uid}/vlan")),
            _ if name.starts_with("order-approvals-") => ("queue", of("get", "/v3/order_approvals")),
            _ if name.starts_with("error-") => ("error", component("Refusal")),
            _ => panic!("{name} is a new fixture: say here what describes it"),
        };
        *seen.entry(group.to_owned()).or_default() += 1;
        fits(&document, &schema, &fixture(&format!("{name}.json")), &name);
    }
    assert_eq!(seen.len(), 13, "{seen:?}");
    assert!(seen["vxc"] > 10 && seen["error"] > 3, "{seen:?}");
}
