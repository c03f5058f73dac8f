//! Accepting and denying, by VXC and by order.

use std::collections::HashSet;

use serde_json::json;

use crate::common::{NEW_YEAR_MS, Sandbox, by_order, by_vxc, text};

const SIGNED: &str = "by Priya Example (Technical Admin) at 2026-01-01T00:00:00Z";

#[tokio::test]
async fn an_accepted_request_is_deployed_and_keeps_its_uid() {
    let sandbox =
        Sandbox::start_with(|options| options.deploy_time = std::time::Duration::from_secs(2)).await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Sample customs link").await;
    provider.accept(&asked).await.data();
    let accepted = provider.vxc("Sample customs link").await;
    assert_eq!(accepted["provisioningStatus"], "DEPLOYABLE");
    assert_eq!(accepted["bEnd"]["vlan"], 310);
    assert_eq!(accepted["contractTermMonths"], 12);
    assert_eq!(
        accepted["vxcApproval"],
        json!({
            "status": "APPROVED",
            "message": format!("accepted {SIGNED}"),
            "uid": asked["vxcApproval"]["uid"],
            "type": "NEW",
            "newSpeed": null,
        })
    );
    for (after_ms, status) in
        [(999, "DEPLOYABLE"), (1_000, "CONFIGURED"), (1_999, "CONFIGURED"), (2_000, "LIVE")]
    {
        let later = sandbox.again_at(NEW_YEAR_MS + after_ms).await;
        let mut client = provider.clone();
        client.base = later.base_url();
        let vxc = client.vxc("Sample customs link").await;
        assert_eq!(vxc["provisioningStatus"], status, "{after_ms} ms after the acceptance");
    }
    assert_eq!(provider.vxc("Sample customs link").await["liveDate"], NEW_YEAR_MS + 2_000);
}

#[tokio::test]
async fn a_denied_request_has_failed_and_says_why_and_by_whom() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Media playout").await;
    let body = json!({"isApproved": false, "message": "No contract"});
    provider.put(&by_vxc(&asked), body).await.data();
    let denied = provider.vxc("Media playout").await;
    assert_eq!(denied["provisioningStatus"], "FAILED");
    assert_eq!(denied["vxcApproval"]["uid"], asked["vxcApproval"]["uid"]);
    assert_eq!(denied["vxcApproval"]["message"], format!("denied {SIGNED}"));
    let again = provider.accept(&denied).await;
    assert_eq!(again.refused(409), format!("This request was already denied {SIGNED}"));
}

#[tokio::test]
async fn a_speed_change_takes_effect_only_when_accepted() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Initech main").await;
    provider.put(&by_order(&asked), json!({"isApproved": true})).await.data();
    let faster = provider.vxc("Initech main").await;
    assert_eq!((&faster["rateLimit"], &faster["provisioningStatus"]), (&json!(1000), &json!("LIVE")));
    assert_eq!(faster["vxcApproval"]["status"], "APPROVED");
    let asked = provider.vxc("Globex core").await;
    provider.deny(&asked).await.data();
    let same = provider.vxc("Globex core").await;
    assert_eq!((&same["rateLimit"], &same["provisioningStatus"]), (&json!(1000), &json!("LIVE")));
    assert_eq!(same["vxcApproval"]["status"], json!(null));
    assert_eq!(same["vxcApproval"]["message"], format!("denied {SIGNED}"));
    let again = provider.put(&by_order(&asked), json!({"isApproved": true})).await;
    assert!(again.refused(409).contains("already denied"));
}

#[tokio::test]
async fn the_provider_sets_its_own_end() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let by_number = provider.vxc("Globex Singapore branch").await;
    let taken = provider.accept(&by_number).await;
    assert_eq!(taken.refused(400), "VLAN 210 is already in use on SIN1-A; 2 is free");
    assert_eq!(
        provider.vxc("Globex Singapore branch").await["vxcApproval"],
        by_number["vxcApproval"],
        "a refusal decides nothing"
    );
    provider.put(&by_order(&by_number), json!({"isApproved": true, "vlan": 1234})).await.data();
    assert_eq!(provider.vxc("Globex Singapore branch").await["bEnd"]["vlan"], 1234);

    let picked = provider.vxc("Sample Melbourne standby").await;
    assert_eq!(picked["bEnd"]["vlan"], json!(null), "the customer left it open");
    provider.accept(&picked).await.data();
    assert_eq!(provider.vxc("Sample Melbourne standby").await["bEnd"]["vlan"], 2);

    let moved = provider.vxc("Sample customs link").await;
    let syd2 = provider.port_uid("SYD2-A").await;
    let body = json!({"isApproved": true, "bEndProductUid": syd2, "bEndVlan": 77, "bEndInnerVlan": 8, "unknown": [1]});
    provider.put(&by_vxc(&moved), body).await.data();
    let moved = provider.vxc("Sample customs link").await;
    assert_eq!(moved["bEnd"]["productName"], "SYD2-A");
    assert_eq!((&moved["bEnd"]["vlan"], &moved["bEnd"]["innerVlan"]), (&json!(77), &json!(8)));
}

#[tokio::test]
async fn an_end_that_can_not_be_is_refused() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Globex trading floor").await;
    let foreign = sandbox.client("initech", "read-only").await.port_uid("Initech Melbourne").await;
    let cases = [
        (json!({"isApproved": true, "bEndVlan": 4094}), 400),
        (json!({"isApproved": true, "bEndVlan": 1}), 400),
        (json!({"isApproved": true, "bEndInnerVlan": 9999}), 400),
        (json!({"isApproved": true, "bEndVlan": -1, "bEndInnerVlan": 5}), 400),
        (json!({"isApproved": true, "bEndVlan": "1201"}), 400),
        (json!({"isApproved": "yes"}), 400),
        (json!({}), 400),
        (json!({"isApproved": true, "bEndProductUid": foreign}), 403),
        (json!({"isApproved": true, "bEndProductUid": "nothing"}), 400),
    ];
    for (body, status) in cases {
        provider.put(&by_vxc(&asked), body.clone()).await.refused(status);
    }
    assert_eq!(provider.vxc("Globex trading floor").await, asked, "nothing half done");
    let speed = provider.vxc("Initech main").await;
    let body = json!({"isApproved": true, "vlan": 999});
    assert!(provider.put(&by_order(&speed), body).await.refused(400).contains("speed change"));
}

#[tokio::test]
async fn only_the_provider_decides_and_only_in_some_roles() {
    let sandbox = Sandbox::start().await;
    let asked = sandbox.provider().await.vxc("Globex trading floor").await;
    let roles = [
        ("technical-contact", false),
        ("financial-contact", false),
        ("read-only", false),
        ("company-admin", true),
        ("finance", true),
    ];
    let customer = sandbox.client("customer", "company-admin").await;
    let why = customer.accept(&asked).await;
    assert_eq!(why.refused(403), "Only Example Cloud Connect can decide this request");
    let stranger = sandbox.client("initech", "company-admin").await;
    assert!(stranger.accept(&asked).await.refused(403).contains("not yours"));
    assert!(
        stranger.put(&by_order(&asked), json!({"isApproved": true})).await.refused(403).contains("not yours")
    );
    let mut waiting = ["Globex trading floor", "Media playout"].into_iter();
    for (role, may) in roles {
        let client = sandbox.client("provider", role).await;
        if may {
            let vxc = client.vxc(waiting.next().unwrap()).await;
            client.accept(&vxc).await.data();
        } else {
            assert!(client.accept(&asked).await.refused(403).contains("can't accept or deny"), "{role}");
        }
    }
}

#[tokio::test]
async fn unknown_ids_and_undecidable_vxcs_are_told_apart() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    let yes = json!({"isApproved": true});
    provider.put(&format!("/v3/product/vxc/{nobody}"), yes.clone()).await.refused(404);
    provider.put(&format!("/v2/order/vxc/{nobody}"), yes.clone()).await.refused(404);
    let quiet = provider.vxc("Globex payments").await;
    assert!(provider.put(&by_vxc(&quiet), yes.clone()).await.refused(400).contains("No request is pending"));
    // A stale marker says "pending" of what was decided long ago.
    let stale = provider.vxc("Globex market data").await;
    assert_eq!(stale["vxcApproval"]["status"], "PENDING_INTERNAL");
    assert!(provider.put(&by_order(&stale), yes).await.refused(409).contains("already accepted"));
}

#[tokio::test]
async fn of_many_who_decide_at_once_one_wins() {
    let sandbox = Sandbox::start().await;
    // Two servers, as two processes have them, and both forms of deciding.
    let other = sandbox.again_at(NEW_YEAR_MS).await;
    let first = sandbox.provider().await;
    let mut second = sandbox.client("provider", "company-admin").await;
    second.base = other.base_url();
    for name in ["Globex trading floor", "Media playout", "Initech main", "Globex core"] {
        let asked = first.vxc(name).await;
        let mut running = Vec::new();
        for number in 0..12 {
            let client = if number % 2 == 0 { first.clone() } else { second.clone() };
            let path = if number % 3 == 0 { by_vxc(&asked) } else { by_order(&asked) };
            running.push(tokio::spawn(async move {
                client.put(&path, json!({"isApproved": number % 4 < 2})).await
            }));
        }
        let mut winners = Vec::new();
        let mut told = HashSet::new();
        for (number, task) in running.into_iter().enumerate() {
            let answer = task.await.unwrap();
            if answer.status == 200 {
                winners.push(number % 4 < 2);
            } else {
                told.insert(answer.refused(409).to_owned());
            }
        }
        assert_eq!(winners.len(), 1, "{name}");
        let verb = if winners[0] { "already accepted by" } else { "already denied by" };
        assert!(told.iter().all(|message| message.contains(verb)), "{told:?}");
    }
}

#[tokio::test]
async fn one_vlan_is_never_given_twice() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let mut running = Vec::new();
    for name in ["Media playout", "Sample Melbourne standby"] {
        let (client, asked) = (provider.clone(), provider.vxc(name).await);
        running.push(tokio::spawn(async move {
            client.put(&by_order(&asked), json!({"isApproved": true, "vlan": 555})).await.status.as_u16()
        }));
    }
    let mut statuses = Vec::new();
    for task in running {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

#[tokio::test]
async fn an_uppercase_uid_is_the_same_uid() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let asked = provider.vxc("Globex trading floor").await;
    let path = format!("/v2/order/vxc/{}", text(&asked["vxcApproval"]["uid"]).to_uppercase());
    provider.put(&path, json!({"isApproved": true})).await.data();
}
