//! Ordering, changing and cancelling as a customer.

use serde_json::{Value, json};

use crate::common::{Answer, Client, DAY_MS, NEW_YEAR_MS, Sandbox, by_vxc, text};

/// An order of one VXC.
async fn design(customer: &Client, port: &str, vxc: Value) -> Value {
    json!([{"productUid": customer.port_uid(port).await, "productType": "MEGAPORT", "associatedVxcs": [vxc]}])
}

async fn buy(customer: &Client, port: &str, vxc: Value) -> Answer {
    let design = design(customer, port, vxc).await;
    customer.post("/v4/networkdesign/buy", json!({"networkDesign": design, "discountCodes": []})).await
}

fn vxc_to(port: &str) -> Value {
    json!({"productName": "New link", "rateLimit": 250, "term": 12, "shutdown": false, "bEnd": {"productUid": port}})
}

fn with(mut value: Value, field: &str, content: Value) -> Value {
    value[field] = content;
    value
}

#[tokio::test]
async fn an_order_waits_for_the_provider() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let port = provider.port_uid("SYD1-A").await;
    let order = json!({
        "productName": "Branch",
        "rateLimit": 250,
        "term": 12,
        "costCentre": "CC-7",
        "promoCode": "",
        "aEnd": {"vlan": 0},
        "bEnd": {"productUid": port, "vlan": 700},
        "unknown": {"ignored": true},
    });
    let answer = buy(&customer, "Globex Sydney", order).await;
    let confirmation = &answer.data()[0];
    for (field, value) in [
        ("serviceName", json!("Branch")),
        ("speed", json!(250)),
        ("orderType", json!("NEW")),
        ("payerCompanyName", json!("Globex Bank")),
        ("nonPayerCompanyName", json!("Example Cloud Connect")),
        ("payerMegaPortName", json!("Globex Sydney")),
        ("nonPayerMegaPortName", json!("SYD1-A")),
        ("payerVlanId", json!(2)),
        ("nonPayerVlanId", json!(700)),
        ("payerStatus", json!("APPROVED")),
        ("nonPayerStatus", json!("PENDING")),
        ("serviceKey", json!(null)),
        ("distanceBand", json!("METRO")),
        ("createDate", json!(NEW_YEAR_MS)),
        ("fullyApproved", json!(false)),
    ] {
        assert_eq!(confirmation[field], value, "{field}");
    }
    assert!(confirmation["vxcOrderId"].is_i64() && confirmation["vxcJTechnicalServiceId"].is_i64());
    let asked = provider.vxc("Branch").await;
    assert_eq!(asked["productUid"], confirmation["vxcJTechnicalServiceUid"]);
    assert_eq!(asked["vxcApproval"]["status"], "PENDING_INTERNAL");
    assert_eq!(asked["costCentre"], json!(null), "what the customer books it on is its own");
    assert_eq!(customer.vxc("Branch").await["costCentre"], "CC-7");
    provider.accept(&asked).await.data();
    assert_eq!(provider.vxc("Branch").await["bEnd"]["vlan"], 700);
}

#[tokio::test]
async fn validating_tells_a_price_and_leaves_nothing() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "finance").await;
    let port = sandbox.provider().await.port_uid("SYD1-A").await;
    let before = customer.vxcs().await;
    let order = design(&customer, "Globex Sydney", vxc_to(&port)).await;
    let answer = customer.post("/v3/networkdesign/validate", order).await;
    assert_eq!(answer.data()[0]["price"]["monthlyRate"], 75.0);
    assert_eq!(customer.vxcs().await, before);
    let refused = design(&customer, "Globex Sydney", with(vxc_to(&port), "term", json!(13))).await;
    customer.post("/v3/networkdesign/validate", refused).await.refused(400);
}

#[tokio::test]
async fn what_can_not_be_ordered_is_refused_with_the_reason() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let port = provider.port_uid("SYD1-A").await;
    let hidden = sandbox.client("initech", "read-only").await.port_uid("Initech Melbourne").await;
    let base = vxc_to(&port);
    let b_end = |vlan: i64| with(base.clone(), "bEnd", json!({"productUid": port, "vlan": vlan}));
    let cases = [
        (with(base.clone(), "productName", json!("")), "1 to 64"),
        (with(base.clone(), "productName", json!("x".repeat(65))), "1 to 64"),
        (with(base.clone(), "rateLimit", json!(0)), "at least 1"),
        (with(base.clone(), "rateLimit", json!(10_001)), "more than the 10000 Mbps"),
        (with(base.clone(), "term", json!(6)), "1, 12, 24"),
        (with(base.clone(), "costCentre", json!("x".repeat(256))), "255"),
        (with(base.clone(), "aEnd", json!({"vlan": 4094})), "is not a valid VLAN"),
        (with(base.clone(), "aEnd", json!({"vlan": 301})), "already in use on Globex Sydney"),
        (b_end(102), "already in use on SYD1-A"),
        (b_end(1), "is not a valid VLAN"),
        (with(base.clone(), "bEnd", json!({})), "missing"),
        (with(base.clone(), "bEnd", json!({"productUid": "nowhere"})), "unknown"),
        (with(base.clone(), "serviceKey", json!("00000000-0000-4000-8000-000000000000")), "key is unknown"),
    ];
    for (order, why) in cases {
        let answer = buy(&customer, "Globex Sydney", order).await;
        assert!(answer.refused(400).contains(why), "{why}: {}", answer.body);
    }
    let closed = with(base.clone(), "bEnd", json!({"productUid": hidden}));
    assert!(buy(&customer, "Globex Sydney", closed).await.refused(403).contains("not open"));
    let foreign = json!([{"productUid": hidden, "associatedVxcs": [base.clone()]}]);
    customer.post("/v3/networkdesign/buy", foreign).await.refused(403);
    customer.post("/v3/networkdesign/buy", json!([])).await.refused(400);
    customer.post("/v4/networkdesign/buy", json!([])).await.refused(400);
    for role in ["technical-contact", "financial-contact", "read-only"] {
        let client = sandbox.client("customer", role).await;
        assert!(
            buy(&client, "Globex Sydney", base.clone()).await.refused(403).contains("can't order"),
            "{role}"
        );
    }
    // All of an order or nothing: the second VXC of this one can't be.
    let mut both = design(&customer, "Globex Sydney", base.clone()).await;
    both[0]["associatedVxcs"].as_array_mut().unwrap().push(with(base, "term", json!(7)));
    customer.post("/v3/networkdesign/buy", both).await.refused(400);
    assert!(customer.vxcs().await.iter().all(|vxc| vxc["productName"] != "New link"));
}

#[tokio::test]
async fn a_port_with_automatic_approval_needs_nobody() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "company-admin").await;
    let port = sandbox.provider().await.port_uid("SYD2-A").await;
    let answer = buy(&customer, "Globex Sydney", vxc_to(&port)).await;
    assert_eq!(
        (&answer.data()[0]["nonPayerStatus"], &answer.data()[0]["fullyApproved"]),
        (&json!("APPROVED"), &json!(true))
    );
    let vxc = customer.vxc("New link").await;
    assert_eq!(vxc["provisioningStatus"], "LIVE");
    let message = text(&vxc["vxcApproval"]["message"]);
    assert!(message.starts_with("accepted by automatic approval on SYD2-A at 2026-01-01"), "{message}");
    // More speed needs nobody either.
    customer.put(&by_vxc(&vxc), json!({"rateLimit": 900})).await.data();
    assert_eq!(customer.vxc("New link").await["rateLimit"], 900);
}

#[tokio::test]
async fn more_speed_is_asked_for_and_less_is_given() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-contact").await);
    let vxc = customer.vxc("Globex payments").await;
    let change = |body: Value| {
        let (customer, path) = (customer.clone(), by_vxc(&vxc));
        async move { customer.put(&path, body).await }
    };
    change(json!({"rateLimit": 4_000})).await.data();
    assert_eq!(customer.vxc("Globex payments").await["rateLimit"], 4_000);
    change(json!({"rateLimit": 6_000})).await.data();
    let asked = provider.vxc("Globex payments").await;
    assert_eq!((&asked["rateLimit"], &asked["vxcApproval"]["newSpeed"]), (&json!(4_000), &json!(6_000)));
    assert_eq!(asked["vxcApproval"]["type"], "SPEED_CHANGE");
    // Another wish takes its place.
    change(json!({"rateLimit": 7_000})).await.data();
    let again = provider.vxc("Globex payments").await;
    assert_ne!(again["vxcApproval"]["uid"], asked["vxcApproval"]["uid"]);
    let late = provider.put(&crate::common::by_order(&asked), json!({"isApproved": true})).await;
    assert!(late.refused(409).contains("superseded by Globex Bank at "));
    provider.accept(&again).await.data();
    assert_eq!(customer.vxc("Globex payments").await["rateLimit"], 7_000);
    assert!(change(json!({"rateLimit": 10_001})).await.refused(400).contains("more than"));
    for wrong in
        [json!({"rateLimit": 0}), json!({"term": 5}), json!({"name": ""}), json!({}), json!({"other": 1})]
    {
        change(wrong.clone()).await.refused(400);
    }
}

#[tokio::test]
async fn each_side_changes_its_own() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let vxc = customer.vxc("Globex payments").await;
    let path = by_vxc(&vxc);
    let body =
        json!({"name": "Payments", "costCentre": "CC-1", "term": 24, "shutdown": true, "aEndVlan": 777});
    customer.put(&path, body).await.data();
    let changed = customer.vxc("Payments").await;
    assert_eq!((&changed["costCentre"], &changed["contractTermMonths"]), (&json!("CC-1"), &json!(24)));
    assert_eq!((&changed["shutdown"], &changed["aEnd"]["vlan"]), (&json!(true), &json!(777)));
    customer.put(&path, json!({"bEndVlan": 5})).await.refused(403);
    provider.put(&path, json!({"rateLimit": 100})).await.refused(403);
    provider.put(&path, json!({"bEndVlan": 340})).await.refused(400);
    let syd1 = provider.port_uid("SYD1-A").await;
    provider.put(&path, json!({"bEndProductUid": syd1, "bEndVlan": 888})).await.data();
    let moved = customer.vxc("Payments").await;
    assert_eq!((&moved["bEnd"]["productName"], &moved["bEnd"]["vlan"]), (&json!("SYD1-A"), &json!(888)));
    let stranger = sandbox.client("initech", "company-admin").await;
    stranger.put(&path, json!({"name": "Mine"})).await.refused(403);
    let reader = sandbox.client("customer", "finance").await;
    reader.put(&path, json!({"name": "Mine"})).await.refused(403);
    // Confirmed: while NEW is pending, network attributes stay.
    let pending = by_vxc(&customer.vxc("Globex trading floor").await);
    assert!(customer.put(&pending, json!({"rateLimit": 100})).await.refused(400).contains("pending"));
    customer.put(&pending, json!({"name": "Trading"})).await.data();
}

#[tokio::test]
async fn a_customer_cancels_its_vxc() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let pending = customer.vxc("Globex trading floor").await;
    let act = |vxc: &Value, action: &str| format!("/v3/product/{}/action/{action}", text(&vxc["productUid"]));
    provider.post(&act(&pending, "CANCEL_NOW"), json!({})).await.refused(403);
    customer.post(&act(&pending, "CANCEL_NOW"), json!({})).await.data();
    let gone = provider.vxc("Globex trading floor").await;
    assert_eq!(gone["provisioningStatus"], "DECOMMISSIONED");
    assert!(provider.accept(&gone).await.refused(409).contains("already withdrawn by Globex Bank"));
    customer.post(&act(&pending, "CANCEL_NOW"), json!({})).await.refused(400);
    customer.post(&act(&pending, "EXPLODE"), json!({})).await.refused(400);
    // To the end of the month that is paid for.
    let live = customer.vxc("Globex payments").await;
    customer.post(&act(&live, "CANCEL"), json!({})).await.data();
    let running = customer.vxc("Globex payments").await;
    assert_eq!(running["provisioningStatus"], "LIVE");
    let ends = running["terminateDate"].as_i64().unwrap();
    assert!(ends > NEW_YEAR_MS && ends <= NEW_YEAR_MS + 30 * DAY_MS);
    let later = sandbox.again_at(ends).await;
    let customer = Client::log_in(&later.base_url(), &sandbox.db(), "customer", "read-only").await;
    assert_eq!(customer.vxc("Globex payments").await["provisioningStatus"], "DECOMMISSIONED");
}

#[tokio::test]
async fn a_managed_accounts_orders_wait_for_its_partner() {
    let sandbox = Sandbox::start().await;
    let (partner, account) =
        (sandbox.provider().await, sandbox.client("example-media", "company-admin").await);
    let port = partner.port_uid("SYD1-A").await;
    let answer = buy(&account, "Media Melbourne", vxc_to(&port)).await;
    let entry_uid = text(&answer.data()[0]["orderApprovalUid"]);
    assert_eq!(answer.data()[0]["vxcJTechnicalServiceUid"], json!(null));
    assert!(account.vxcs().await.iter().all(|vxc| vxc["productName"] != "New link"), "nothing is made yet");
    let queue = partner.get("/v3/order_approvals?status=PENDING&sort=createDate&direction=DESC").await;
    let entry =
        queue.data().as_array().unwrap().iter().find(|entry| entry["uid"] == entry_uid).unwrap().clone();
    assert_eq!((&entry["type"], &entry["acctName"]), (&json!("NEW_ORDER"), &json!("Example Media")));
    assert_eq!(entry["detail"]["productRequest"][0]["associatedVxcs"][0]["productName"], "New link");
    let path = format!("/v3/order_approvals/{entry_uid}/approve");
    let done = partner.post(&path, json!({"comments": "Fine"})).await;
    assert_eq!(done.data(), "The order has been approved.");
    let ordered = account.vxc("New link").await;
    assert_eq!(ordered["vxcApproval"]["status"], "PENDING_EXTERNAL", "now it is the Marketplace's turn");
    partner.accept(&partner.vxc("New link").await).await.data();
    // More speed or another term goes the same way; a name doesn't.
    let vxc = account.vxc("New link").await;
    account.put(&by_vxc(&vxc), json!({"rateLimit": 500})).await.data();
    account.put(&by_vxc(&vxc), json!({"term": 36})).await.data();
    account.put(&by_vxc(&vxc), json!({"name": "Renamed"})).await.data();
    let vxc = account.vxc("Renamed").await;
    assert_eq!((&vxc["rateLimit"], &vxc["contractTermMonths"]), (&json!(250), &json!(12)));
    let waiting =
        partner.get(&format!("/v3/order_approvals?status=PENDING&serviceIds={}", vxc["productId"])).await;
    let waiting = waiting.data().as_array().unwrap().clone();
    assert_eq!(waiting.len(), 2);
    for entry in &waiting {
        partner.post(&format!("/v3/order_approvals/{}/approve", text(&entry["uid"])), json!({})).await.data();
    }
    let vxc = account.vxc("Renamed").await;
    assert_eq!((&vxc["contractTermMonths"], &vxc["vxcApproval"]["newSpeed"]), (&json!(36), &json!(500)));
}

#[tokio::test]
async fn what_can_not_be_carried_out_any_more_has_failed() {
    let sandbox = Sandbox::start().await;
    let (partner, account) =
        (sandbox.provider().await, sandbox.client("example-media", "company-admin").await);
    let port = partner.port_uid("SYD1-A").await;
    let answer = buy(&account, "Media Melbourne", with(vxc_to(&port), "aEnd", json!({"vlan": 2_000}))).await;
    let first = text(&answer.data()[0]["orderApprovalUid"]);
    let answer = buy(&account, "Media Melbourne", with(vxc_to(&port), "aEnd", json!({"vlan": 2_000}))).await;
    let second = text(&answer.data()[0]["orderApprovalUid"]);
    partner.post(&format!("/v3/order_approvals/{first}/approve"), json!({})).await.data();
    let answer = partner.post(&format!("/v3/order_approvals/{second}/approve"), json!({})).await;
    assert!(text(answer.data()).contains("VLAN 2000 is already in use"));
    let failed = partner.get("/v3/order_approvals?status=FAILED").await;
    assert_eq!(failed.data()[0]["uid"], second);
    assert_eq!(account.vxcs().await.iter().filter(|vxc| vxc["productName"] == "New link").count(), 1);
}
