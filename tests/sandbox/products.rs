//! `GET /v2/products`, one product, the VLAN check, the company's users.

use serde_json::json;

use crate::common::{DAY_MS, NEW_YEAR_MS, Sandbox, assert_has_shape_of, fixture, text};

#[tokio::test]
async fn the_list_has_every_field_of_the_fixtures() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let answer = provider.get("/v2/products").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    let products = answer.data().as_array().unwrap();
    assert_eq!(products.len(), 6);
    let (port, vxc) = (fixture("port-syd1-a.json"), fixture("vxc-new.json"));
    for product in products {
        assert_has_shape_of(product, &port, "port");
        for found in product["associatedVxcs"].as_array().unwrap() {
            assert_has_shape_of(found, &vxc, "vxc");
        }
    }
    let order_view = fixture("order-view.json");
    let accepted = provider.accept(&provider.vxc("Media playout").await).await;
    assert_has_shape_of(accepted.data(), &order_view["data"], "order view");
    assert!(accepted.data().get("vxcApproval").is_none() && accepted.data().get("bEnd").is_none());
}

#[tokio::test]
async fn each_side_sees_its_own_vxcs_and_whom_they_wait_for() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) = (sandbox.provider().await, sandbox.client("customer", "read-only").await);
    let asked = provider.vxc("Globex trading floor").await;
    assert_eq!(
        asked["vxcApproval"],
        json!({
            "status": "PENDING_INTERNAL",
            "message": "Example Cloud Connect",
            "uid": "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70",
            "type": "NEW",
            "newSpeed": null,
        })
    );
    assert_eq!(asked["contractTermMonths"], 1, "while it is pending");
    assert_eq!(asked["aEnd"]["productName"], "Globex Sydney");
    assert_eq!(asked["companyName"], "Globex Bank");
    let mine = customer.vxc("Globex trading floor").await;
    assert_eq!(mine["vxcApproval"]["status"], "PENDING_EXTERNAL");
    assert_eq!(mine["productUid"], asked["productUid"]);
    let speed = provider.vxc("Initech main").await;
    assert_eq!(
        speed["vxcApproval"],
        json!({
            "status": "PENDING_INTERNAL",
            "message": null,
            "uid": "e04b77f2-8a19-5f63-b2d7-0c9e6a1f5d38",
            "type": "SPEED_CHANGE",
            "newSpeed": 1000,
        })
    );
    let quiet = provider.vxc("Globex payments").await;
    assert_eq!(
        quiet["vxcApproval"],
        json!({"status": null, "message": null, "uid": null, "type": null, "newSpeed": null})
    );
    assert_eq!(provider.vxc("Provider to Sample").await["vxcApproval"]["status"], "PENDING_EXTERNAL");
    for name in ["Initech core Sydney", "Media to Sample"] {
        assert!(customer.vxcs().await.iter().all(|vxc| vxc["productName"] != name), "{name} is not Globex's");
    }
}

#[tokio::test]
async fn the_demo_has_every_kind_and_age() {
    let sandbox = Sandbox::start().await;
    let vxcs = sandbox.provider().await.vxcs().await;
    let count = |status: &str, kind: &str, state: &str| {
        vxcs.iter()
            .filter(|vxc| {
                vxc["vxcApproval"]["status"] == status
                    && vxc["vxcApproval"]["type"] == kind
                    && vxc["provisioningStatus"] == state
            })
            .count()
    };
    assert_eq!(count("PENDING_INTERNAL", "NEW", "DEPLOYABLE"), 7);
    assert_eq!(count("PENDING_EXTERNAL", "NEW", "DEPLOYABLE"), 1);
    assert_eq!(count("PENDING_INTERNAL", "NEW", "LIVE"), 1, "a stale marker");
    assert_eq!(count("PENDING_INTERNAL", "NEW", "FAILED"), 1, "a stale marker");
    assert_eq!(count("PENDING_INTERNAL", "SPEED_CHANGE", "LIVE"), 3, "one of them stale");
    assert_eq!(count("APPROVED", "NEW", "LIVE"), 1);
    assert_eq!(count("FAILED", "NEW", "FAILED"), 2);
    let ages: Vec<i64> = vxcs
        .iter()
        .filter(|vxc| vxc["provisioningStatus"] == "DEPLOYABLE")
        .map(|vxc| (NEW_YEAR_MS - vxc["createDate"].as_i64().unwrap()) / DAY_MS)
        .collect();
    assert!(ages.contains(&0) && ages.contains(&51) && ages.contains(&59), "{ages:?}");
    let sold = |port: &str| -> i64 {
        vxcs.iter()
            .filter(|vxc| vxc["bEnd"]["productName"] == port && vxc["provisioningStatus"] == "LIVE")
            .map(|vxc| vxc["rateLimit"].as_i64().unwrap())
            .sum()
    };
    assert_eq!((sold("SYD1-A"), sold("MEL2-B")), (8_200, 9_600));
}

#[tokio::test]
async fn a_vxc_between_two_own_ports_is_under_both() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let answer = provider.get("/v2/products").await;
    let under: Vec<String> = answer
        .data()
        .as_array()
        .unwrap()
        .iter()
        .filter(|product| {
            let vxcs = product["associatedVxcs"].as_array().unwrap();
            vxcs.iter().any(|vxc| vxc["productName"] == "Internal Melbourne to Sydney")
        })
        .map(|product| text(&product["productName"]))
        .collect();
    assert_eq!(under, ["SYD2-A", "MEL2-A"]);
}

#[tokio::test]
async fn one_product_is_the_same_as_in_the_list() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let list = provider.get("/v2/products").await;
    for product in list.data().as_array().unwrap() {
        let alone = provider.get(&format!("/v2/product/{}", text(&product["productUid"]))).await;
        assert_eq!(alone.data(), product);
        for vxc in product["associatedVxcs"].as_array().unwrap() {
            let alone = provider.get(&format!("/v2/product/{}", text(&vxc["productUid"]))).await;
            assert_eq!(alone.data(), vxc);
        }
    }
}

#[tokio::test]
async fn what_is_another_companys_stays_so() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) = (sandbox.provider().await, sandbox.client("customer", "company-admin").await);
    let foreign = provider.vxc("Initech core Sydney").await;
    let vxc = format!("/v2/product/{}", text(&foreign["productUid"]));
    assert!(customer.get(&vxc).await.refused(403).contains("not yours"));
    let port = format!("/v2/product/{}", provider.port_uid("SYD1-A").await);
    assert!(customer.get(&port).await.refused(403).contains("not yours"));
    let unknown = "/v2/product/00000000-0000-4000-8000-000000000000";
    assert!(customer.get(unknown).await.refused(404).contains("no product"));
}

#[tokio::test]
async fn the_vlan_check_tells_free_from_taken() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let port = provider.port_uid("SIN1-A").await;
    let cases = [
        (210, json!([]), "a live VXC has it"),
        (77, json!([77]), "a request has only asked for it"),
        (620, json!([]), "an own order holds its A-End's VLAN"),
        (0, json!([2]), "the lowest"),
    ];
    for (vlan, free, why) in cases {
        let answer = provider.get(&format!("/v2/product/port/{port}/vlan?vlan={vlan}")).await;
        assert_eq!(answer.data(), &free, "{why}");
    }
    for wrong in ["1", "4094", "abc", ""] {
        let answer = provider.get(&format!("/v2/product/port/{port}/vlan?vlan={wrong}")).await;
        answer.refused(400);
    }
}

#[tokio::test]
async fn the_users_have_every_role() {
    let sandbox = Sandbox::start().await;
    let users = sandbox.provider().await.get("/v2/employment").await;
    let roles: Vec<&str> =
        users.data().as_array().unwrap().iter().map(|user| user["position"].as_str().unwrap()).collect();
    assert_eq!(
        roles,
        [
            "Company Admin",
            "Technical Admin",
            "Technical Contact",
            "Finance",
            "Financial Contact",
            "Read Only"
        ]
    );
    for user in users.data().as_array().unwrap() {
        assert!(text(&user["email"]).ends_with("@examplecloud.example"), "{user}");
        for field in ["personId", "employmentId", "companyId", "createDate"] {
            assert!(user[field].is_i64(), "{field}");
        }
    }
}
