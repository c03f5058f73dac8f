//! What happens with time alone.

use portgate::sandbox::{self, Clock, Options};
use serde_json::json;

use crate::common::{Client, DAY_MS, NEW_YEAR_MS, Sandbox};
use crate::watch::Folder;

#[tokio::test]
async fn sixty_days_later_nobody_can_accept_any_more() {
    let sandbox = Sandbox::start().await;
    let asked = sandbox.provider().await.vxc("Globex Singapore branch").await;
    let later = sandbox.again_at(NEW_YEAR_MS + 61 * DAY_MS).await;
    let provider = Client::log_in(&later.base_url(), &sandbox.db(), "provider", "technical-admin").await;
    let expired = provider.vxc("Globex Singapore branch").await;
    assert_eq!(expired["provisioningStatus"], "FAILED");
    let when = "expired at 2026-03-01T21:00:00Z: nobody decided for 60 days";
    assert_eq!(expired["vxcApproval"]["message"], when);
    assert_eq!(expired["vxcApproval"]["uid"], asked["vxcApproval"]["uid"]);
    assert_eq!(provider.accept(&asked).await.refused(409), format!("This request was already {when}"));
    // Older ones are not only expired, but gone.
    assert_eq!(provider.vxc("Initech lab Singapore").await["provisioningStatus"], "DECOMMISSIONED");
    // A speed change has no date.
    assert_eq!(provider.vxc("Initech main").await["vxcApproval"]["status"], "PENDING_INTERNAL");
    // The queue's entries run out as well.
    let waiting = provider.get("/v3/order_approvals?status=PENDING").await;
    assert_eq!(waiting.data(), &json!([]));
    assert_eq!(provider.get("/v3/order_approvals?status=EXPIRED").await.data().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_request_holds_until_its_very_last_moment() {
    let sandbox = Sandbox::start().await;
    // Made 59 days and 18 hours ago.
    for (after_ms, status) in [(6 * 3_600_000 - 1, "DEPLOYABLE"), (6 * 3_600_000, "FAILED")] {
        let later = sandbox.again_at(NEW_YEAR_MS + after_ms).await;
        let provider = Client::log_in(&later.base_url(), &sandbox.db(), "provider", "read-only").await;
        assert_eq!(provider.vxc("Initech lab Singapore").await["provisioningStatus"], status);
    }
}

#[tokio::test]
async fn a_reset_is_seen_by_a_server_that_runs() {
    let sandbox = Sandbox::start().await;
    let before = sandbox.provider().await;
    before.accept(&before.vxc("Media playout").await).await.data();
    sandbox::reset(&sandbox.db(), Clock::fixed_at(NEW_YEAR_MS)).unwrap();
    before.get("/v2/products").await.refused(401);
    let after = sandbox.provider().await;
    let again = after.vxc("Media playout").await;
    assert_eq!(again["vxcApproval"]["status"], "PENDING_INTERNAL");
    assert_eq!(again["productId"].as_i64(), Some(1_000_010), "numbers begin again");
}

#[tokio::test]
async fn several_may_open_a_new_file_at_once() {
    let dir = Folder::new();
    let db = dir.path().join("new/folder/sandbox.db");
    let mut running = Vec::new();
    for _ in 0..8 {
        let db = db.clone();
        running.push(tokio::spawn(async move { sandbox::start_embedded(Options::new(db)).await }));
    }
    let mut servers = Vec::new();
    for task in running {
        servers.push(task.await.unwrap().unwrap());
    }
    for server in &servers {
        let client = Client::log_in(&server.base_url(), &db, "provider", "read-only").await;
        assert_eq!(client.vxcs().await.len(), 23);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&db), mode(db.parent().unwrap())), (0o600, 0o700));
        assert_eq!(mode(&dir.path().join("new/folder/sandbox.db-wal")), 0o600);
    }
}
