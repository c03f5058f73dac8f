//! W4: what public clients of the API were seen to rely on.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::common::{Client, Sandbox, by_order, by_vxc, plain_http, text};

#[tokio::test]
async fn w4_where_the_network_is_needs_no_token() {
    let sandbox = Sandbox::start().await;
    let base = sandbox.embedded.base_url();
    let get = async |path: &str| {
        let answer = plain_http().get(format!("{base}{path}")).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, regions) = get("/v2/networkRegions").await;
    assert_eq!(status, 200);
    assert_eq!(
        regions["data"],
        json!([{"networkRegion": "MP1", "countries": [
            {"siteCount": 2, "code": "AUS", "prefix": "AU", "name": "Australia"},
            {"siteCount": 1, "code": "SIN", "prefix": "SG", "name": "Singapore"},
        ]}])
    );
    let (status, times) = get("/v2/locations/rtt?srcLocation=2&year=26&month=1").await;
    assert_eq!((status, &times["data"]), (200, &json!([])));
    assert_eq!(get("/v2/locations/rtt?srcLocation=2&year=26&month=13").await.0, 400);
    assert_eq!(get("/v3/locations").await.0, 200);
}

#[tokio::test]
async fn w4_who_was_only_invited_is_deleted_and_anybody_else_deactivated() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let person = json!({
        "firstName": "Noor", "lastName": "Example", "email": "noor@examplecloud.example", "phone": "", "active": true,
        "position": "Technical Contact",
    });
    let invited = admin.post("/v2/employment", person.clone()).await;
    assert_eq!(invited.status, StatusCode::CREATED);
    let path = format!("/v2/employee/{}", invited.body["data"]["employeeId"]);
    // She hears of what happens, as every active user does; that goes with her.
    admin.accept(&admin.vxc("Media playout").await).await.data();
    assert!(admin.send(Method::DELETE, &path, None, None).await.data().is_null());
    admin.get(&path).await.refused(404);
    admin.send(Method::DELETE, &path, None, None).await.refused(404);
    assert_eq!(
        admin.post("/v2/employment", person.clone()).await.status,
        StatusCode::CREATED,
        "her address is free"
    );

    let users = admin.get("/v2/employment").await.data().clone();
    let id_of = |role: &str| {
        let found = users.as_array().unwrap().iter().find(|user| user["position"] == role).unwrap();
        found["personId"].to_string()
    };
    let rosa = format!("/v2/employee/{}", id_of("Read Only"));
    let refused = admin.send(Method::DELETE, &rosa, None, None).await;
    assert_eq!(
        refused.refused(400),
        "Rosa Example has accepted the invitation: a user can be deactivated, not deleted"
    );
    let gone = admin.put(&rosa, json!({"active": false})).await;
    assert_eq!(gone.data()["email"], format!("rosa-deactivated-{}@examplecloud.example", id_of("Read Only")));
    // Once.
    let again = admin.put(&rosa, json!({"active": false})).await;
    assert_eq!(again.data()["email"], gone.data()["email"]);
    let admins_own = format!("/v2/employee/{}", id_of("Company Admin"));
    admin.send(Method::DELETE, &admins_own, None, None).await.refused(400);
}

#[tokio::test]
async fn w4_a_decision_in_the_queue_may_have_no_body_or_null() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let queue = provider.get("/v3/order_approvals?status=PENDING").await.data().clone();
    let bodies = ["", "null", "{\"comments\": null, \"other\": {\"a\": [1]}}"];
    for (entry, body) in queue.as_array().unwrap().iter().zip(bodies) {
        let path = format!("/v3/order_approvals/{}/reject", text(&entry["uid"]));
        let (status, answer) = provider.send_text(Method::POST, &path, body.into()).await;
        assert_eq!(status, StatusCode::OK, "{body:?}: {answer}");
    }
}

/// A body with every optional field null, or left out, and one that nobody knows, at each place.
async fn takes(client: &Client, method: Method, path: &str, body: Value) {
    let mut with_more = body.clone();
    add_unknown(&mut with_more);
    for body in [body, with_more] {
        let answer = client.send(method.clone(), path, Some(body.clone()), None).await;
        assert!(answer.status.is_success(), "{method} {path} {body}: {}", answer.body);
    }
}

fn add_unknown(body: &mut Value) {
    match body {
        Value::Array(elements) => elements.iter_mut().for_each(add_unknown),
        Value::Object(fields) => {
            fields.values_mut().for_each(add_unknown);
            fields.insert("portgateNeverHeardOf".into(), json!({"a": [null, 1]}));
        }
        _ => {}
    }
}

#[tokio::test]
async fn w4_unknown_fields_are_ignored_and_null_is_left_out() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let port = admin.port_uid("SYD1-A").await;
    let design = json!([{"productUid": customer.port_uid("Globex Sydney").await, "associatedVxcs": [{
        "productName": "Nulls", "rateLimit": 10, "term": null, "shutdown": null, "serviceKey": null, "costCentre": null,
        "promoCode": null, "aEnd": {"vlan": null, "innerVlan": null}, "bEnd": {"productUid": port, "vlan": null, "innerVlan": null},
    }]}]);
    takes(&customer, Method::POST, "/v3/networkdesign/validate", design.clone()).await;
    let mut no_end = design.clone();
    no_end[0]["associatedVxcs"][0]["aEnd"] = Value::Null;
    takes(&customer, Method::POST, "/v3/networkdesign/buy", no_end.clone()).await;
    takes(
        &customer,
        Method::POST,
        "/v4/networkdesign/buy",
        json!({"networkDesign": design, "discountCodes": null}),
    )
    .await;
    let mut nothing = no_end;
    nothing[0]["associatedVxcs"] = Value::Null;
    let empty = customer.post("/v3/networkdesign/buy", nothing).await;
    assert_eq!(empty.refused(400), "associatedVxcs must not be empty");

    let key = json!({
        "productUid": port, "productId": null, "description": null, "singleUse": null, "maxSpeed": null, "active": null,
        "preApproved": null, "vlan": null, "validFor": null, "promoCode": null,
    });
    takes(&admin, Method::POST, "/v2/service/key", key.clone()).await;
    let mut replaced = key;
    replaced["key"] = admin.get("/v2/service/key").await.data()[0]["key"].clone();
    takes(&admin, Method::PUT, "/v2/service/key", replaced).await;

    let settings = json!({
        "name": "SYD1-A", "costCentre": null, "term": null, "marketplaceVisibility": null, "vxcAutoApproval": null,
    });
    takes(&admin, Method::PUT, &format!("/v2/product/megaport/{port}"), settings).await;
    let tags = json!({"resourceTags": [{"key": "a", "value": "b"}]});
    takes(&admin, Method::PUT, &format!("/v2/product/{port}/tags"), tags).await;
    for version in ["v2", "v3"] {
        let path = format!("/{version}/notificationPreferences");
        takes(&admin, Method::PUT, &path, admin.get(&path).await.data().clone()).await;
    }
    let person = admin.get("/v2/employment").await.data()[5]["personId"].clone();
    let change = json!({
        "firstName": null, "lastName": null, "email": null, "phone": "+61255500000", "position": null, "active": null,
        "notificationEnabled": null, "securityRoles": [], "companyId": 1,
    });
    takes(&admin, Method::PUT, &format!("/v2/employee/{person}"), change).await;

    let change = json!({
        "name": "Payments", "rateLimit": null, "costCentre": null, "term": null, "shutdown": null, "aEndVlan": null,
        "aEndInnerVlan": null, "aEndProductUid": null, "bEndVlan": null, "isApproved": null, "message": null,
    });
    takes(&customer, Method::PUT, &by_vxc(&customer.vxc("Globex payments").await), change).await;
    // A decision happens once: with all of it at once.
    let asked = [admin.vxc("Media playout").await, admin.vxc("Sample customs link").await];
    for (path, mut body) in [
        (
            by_vxc(&asked[0]),
            json!({"isApproved": true, "bEndVlan": null, "rateLimit": null, "message": null}),
        ),
        (by_order(&asked[1]), json!({"isApproved": true, "vlan": null})),
    ] {
        add_unknown(&mut body);
        admin.put(&path, body).await.data();
    }
}

#[tokio::test]
async fn w4_only_the_owner_of_the_b_end_changes_its_vlan() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let vxc = by_vxc(&customer.vxc("Globex payments").await);
    let refused = customer.put(&vxc, json!({"bEndVlan": 700})).await;
    assert_eq!(refused.refused(403), "Only B end owner can change B VLAN");
}

#[tokio::test]
async fn w4_what_is_cancelled_is_decommissioned_at_once() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let vxc = customer.vxc("Globex payments").await;
    let path = format!("/v3/product/{}/action/CANCEL_NOW", text(&vxc["productUid"]));
    customer.post(&path, Value::Null).await.data();
    let after = customer.get(&format!("/v2/product/{}", text(&vxc["productUid"]))).await;
    assert_eq!(after.data()["provisioningStatus"], "DECOMMISSIONED");
}

#[tokio::test]
async fn w4_ones_own_activity_is_for_every_role() {
    let sandbox = Sandbox::start().await;
    let reader = sandbox.client("provider", "read-only").await;
    let users = reader.get("/v2/employment").await.data().clone();
    let own = users.as_array().unwrap().iter().find(|user| user["position"] == "Read Only").unwrap();
    for name in [own["personId"].to_string(), text(&own["personUid"])] {
        let answer = reader.get(&format!("/v3/activity?personIdOrUid={name}")).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &json!([])));
    }
    reader.get("/v3/activity").await.refused(403);
}
