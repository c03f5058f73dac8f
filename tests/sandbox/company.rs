//! Ports, tags, locations, users, activity.

use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{Client, Sandbox, plain_http, text};

#[tokio::test]
async fn a_port_is_changed_by_who_may() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let path = format!("/v2/product/megaport/{}", admin.port_uid("SYD1-A").await);
    let body = json!({"name": "SYD1-X", "costCentre": "CC", "term": 24, "vxcAutoApproval": true, "marketplaceVisibility": false});
    let changed = admin.put(&path, body).await;
    for (field, value) in [
        ("productName", json!("SYD1-X")),
        ("costCentre", json!("CC")),
        ("contractTermMonths", json!(24)),
        ("vxcAutoApproval", json!(true)),
        ("marketplaceVisibility", json!(false)),
    ] {
        assert_eq!(changed.data()[field], value, "{field}");
    }
    let technical = sandbox.provider().await;
    technical.put(&path, json!({"name": "SYD1-A"})).await.data();
    technical.put(&path, json!({"vxcAutoApproval": false})).await.refused(403);
    sandbox.client("provider", "finance").await.put(&path, json!({"name": "x"})).await.refused(403);
    sandbox.client("customer", "company-admin").await.put(&path, json!({"name": "x"})).await.refused(403);
    for wrong in [json!({"name": ""}), json!({"term": 2}), json!({"vxcAutoApproval": "yes"})] {
        admin.put(&path, wrong).await.refused(400);
    }
}

#[tokio::test]
async fn open_ports_and_locations_are_public() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "read-only").await;
    let ports = customer.get("/v2/dropdowns/partner/megaports").await;
    let titles: Vec<&str> =
        ports.data().as_array().unwrap().iter().map(|port| port["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["SYD1-A", "SYD2-A", "MEL2-A", "MEL2-B", "SIN1-A", "Sample Sydney"]);
    let port = &ports.data()[0];
    assert_eq!(
        (&port["connectType"], &port["speed"], &port["rank"]),
        (&json!("DEFAULT"), &json!(10_000), &json!(1))
    );
    assert!(
        port["vxcPermitted"].is_boolean()
            && port["companyUid"].is_string()
            && port["diversityZone"].is_string()
    );
    let answer = plain_http().get(format!("{}/v3/locations", customer.base)).send().await.unwrap();
    assert_eq!(answer.status(), 200, "without a token");
    let locations = customer.get("/v3/locations").await;
    assert_eq!(locations.data().as_array().unwrap().len(), 3);
    let known: Vec<&Value> = locations.data().as_array().unwrap().iter().map(|place| &place["id"]).collect();
    assert!(known.contains(&&port["locationId"]));
    assert!(
        locations.data()[0]["address"]["city"].is_string()
            && locations.data()[0]["dataCentre"]["id"].is_i64()
    );
}

#[tokio::test]
async fn tags_are_replaced_as_a_whole() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let path = format!("/v2/product/{}/tags", provider.port_uid("SYD1-A").await);
    let first = json!({"resourceTags": [{"key": "environment", "value": "production"}]});
    assert_eq!(provider.get(&path).await.data(), &first);
    let second = json!({"resourceTags": [{"key": "a", "value": "1"}, {"key": "b", "value": ""}]});
    provider.put(&path, second.clone()).await.data();
    assert_eq!(provider.get(&path).await.data(), &second);
    provider.put(&path, json!({"resourceTags": [{"key": " ", "value": "1"}]})).await.refused(400);
    sandbox.client("provider", "read-only").await.put(&path, first.clone()).await.refused(403);
    sandbox.client("customer", "company-admin").await.get(&path).await.refused(403);
    let vxc = provider.vxc("Globex payments").await;
    let of_vxc = format!("/v2/product/{}/tags", text(&vxc["productUid"]));
    provider.get(&of_vxc).await.refused(403);
    assert_eq!(
        sandbox.client("customer", "read-only").await.get(&of_vxc).await.data(),
        &json!({"resourceTags": []})
    );
}

async fn user(client: &Client, role: &str) -> Value {
    let users = client.get("/v2/employment").await;
    users.data().as_array().unwrap().iter().find(|user| user["position"] == role).unwrap().clone()
}

#[tokio::test]
async fn users_are_invited_and_changed() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let body = json!({
        "firstName": "Noor", "lastName": "Example", "email": "noor@examplecloud.example", "position": "Technical Contact",
    });
    let created = admin.post("/v2/employment", body.clone()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["data"]["employeeId"].as_i64().unwrap();
    assert!(created.body["data"]["companyId"].is_i64() && created.body["data"]["employmentId"].is_i64());
    assert!(admin.post("/v2/employment", body).await.refused(400).contains("already"));
    let path = format!("/v2/employee/{id}");
    let found = admin.get(&path).await;
    assert_eq!((&found.data()["partyId"], &found.data()["invitationPending"]), (&json!(id), &json!(true)));
    assert!(found.data()["uid"].is_string() && found.data().get("personId").is_none());
    // Whoever has not come yet can't be changed.
    let refused = admin.put(&path, json!({"position": "read only"})).await;
    assert_eq!(refused.refused(400), "Noor Example has not accepted the invitation yet");
    let path = format!("/v2/employee/{}", user(&admin, "Finance").await["personId"]);
    // As an object and as a one-element array.
    admin.put(&path, json!({"position": "read only"})).await.data();
    let changed = admin.put(&path, json!([{"notificationEnabled": false, "phone": "+61 2 5550 0000"}])).await;
    assert_eq!(
        (&changed.data()["position"], &changed.data()["notificationEnabled"]),
        (&json!("Read Only"), &json!(false))
    );
    for wrong in [
        json!({"position": "Boss"}),
        json!({"email": "nowhere"}),
        json!({"firstName": "Ann\r\nBcc: x"}),
        json!({"email": "casey@examplecloud.example"}),
        json!("text"),
    ] {
        admin.put(&path, wrong.clone()).await.refused(400);
    }
    sandbox.client("customer", "company-admin").await.get(&path).await.refused(403);
    admin.get("/v2/employee/1").await.refused(404);
    admin.get("/v2/employee/abc").await.refused(404);
}

#[tokio::test]
async fn others_than_admins_change_only_their_own_email_switch() {
    let sandbox = Sandbox::start().await;
    let technical = sandbox.provider().await;
    let me = format!("/v2/employee/{}", user(&technical, "Technical Admin").await["personId"]);
    let other = format!("/v2/employee/{}", user(&technical, "Read Only").await["personId"]);
    technical.put(&me, json!({"notificationEnabled": false})).await.data();
    technical.put(&me, json!({"position": "Company Admin"})).await.refused(403);
    technical.put(&other, json!({"notificationEnabled": false})).await.refused(403);
    sandbox
        .client("provider", "read-only")
        .await
        .put(&other, json!({"notificationEnabled": false}))
        .await
        .refused(403);
    let admin = sandbox.client("provider", "company-admin").await;
    let myself = format!("/v2/employee/{}", user(&admin, "Company Admin").await["personId"]);
    for gone in [json!({"active": false}), json!({"position": "Finance"})] {
        assert!(admin.put(&myself, gone).await.refused(400).contains("at least one"));
    }
    // Somebody who left has no say any more.
    admin.put(&me, json!({"active": false})).await.data();
    technical.get("/v2/employment").await.refused(401);
}

#[tokio::test]
async fn the_company_admin_sees_who_did_what() {
    let sandbox = Sandbox::start().await;
    let technical = sandbox.provider().await;
    let person = user(&technical, "Technical Admin").await["personId"].clone();
    technical.accept(&technical.vxc("Media playout").await).await.data();
    let admin = sandbox.client("provider", "company-admin").await;
    let answer = admin.get(&format!("/v3/activity?personIdOrUid={person}")).await;
    assert_eq!(
        answer.body,
        json!([{
            "loginName": "priya@examplecloud.example",
            "personId": person,
            "name": "Request accepted",
            "description": "Media playout",
            "createDate": crate::common::NEW_YEAR_MS,
            "userType": "Technical Admin",
        }])
    );
    technical.get("/v3/activity").await.refused(403);
    admin.get("/v3/activity?companyIdOrUid=1").await.refused(403);
    admin.get("/v3/activity?personIdOrUid=nobody").await.refused(404);
    admin.send(Method::POST, "/v3/activity", None, None).await.refused(405);
}
