//! E-mail about the service approval queue: to the partner who decides and to the account that asks.

use portgate::sandbox::Mail;
use serde_json::{Value, json};

use crate::common::{Client, DAY_MS, NEW_YEAR_MS, Sandbox, by_vxc, text};
use crate::mail::{ORDERING_READERS, mails, mails_at, to_of};

const ACCOUNT_READERS: [&str; 3] =
    ["sami@examplemedia.example", "tara@examplemedia.example", "ugo@examplemedia.example"];

fn one<'m>(mails: &'m [Mail], event: &str, uid: &str, to: &str) -> &'m Mail {
    let found: Vec<&Mail> = mails
        .iter()
        .filter(|mail| mail.event == event && mail.about == uid && mail.to.starts_with(to))
        .collect();
    assert_eq!(found.len(), 1, "{event} about {uid} to {to}");
    assert_eq!(found[0].group, "Ordering");
    found[0]
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Orders a VXC as the managed account; answers the entry's uid.
async fn ask(sandbox: &Sandbox, account: &Client, vlan: i64) -> String {
    let vxc = json!({
        "productName": "Studio", "rateLimit": 250, "term": 12, "aEnd": {"vlan": vlan},
        "bEnd": {"productUid": sandbox.provider().await.port_uid("SYD1-A").await},
    });
    let design = json!([{"productUid": account.port_uid("Media Melbourne").await, "associatedVxcs": [vxc]}]);
    text(&account.post("/v3/networkdesign/buy", design).await.data()[0]["orderApprovalUid"])
}

async fn act(client: &Client, uid: &str, verb: &str, comments: Value) {
    client.post(&format!("/v3/order_approvals/{uid}/{verb}"), json!({"comments": comments})).await.data();
}

#[tokio::test]
async fn an_order_that_waits_is_told_to_its_partner_and_its_acceptance_to_both() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.client("example-media", "technical-admin").await;
    let uid = ask(&sandbox, &account, 0).await;
    let told = mails(&sandbox);
    assert_eq!(to_of(&told, "order-received"), ORDERING_READERS);
    assert_eq!(to_of(&told, "order-sent"), ACCOUNT_READERS);
    assert_eq!(told.len(), 6, "and nothing else");
    // In this queue a Technical Contact may decide.
    let received = one(&told, "order-received", &uid, "tomas@");
    assert_eq!(received.subject, "Order from Example Media needs your approval: Studio, 250 Mbps");
    let db = sandbox.db();
    for said in [
        format!("Order         {uid}\n"),
        "Account       Example Media\n".into(),
        "Requested by  Tara Media\n".into(),
        "Requested     Studio, Media Melbourne to SYD1-A: 250 Mbps, 12 months\n".into(),
        "Expires       2026-03-02 00:00 UTC, 60 days left\n".into(),
        format!(
            "\n    portgate approvals accept {uid} --env sandbox --db {} --as provider:technical-contact\n",
            db.display()
        ),
        format!("portgate approvals deny {uid} "),
    ] {
        assert!(received.text.contains(&said), "{said:?} is not in\n{}", received.text);
    }
    let sent = one(&told, "order-sent", &uid, "ugo@");
    assert_eq!(sent.subject, "Your order is waiting for approval by Example Cloud Connect: Studio, 250 Mbps");
    assert!(!sent.text.contains("approvals withdraw"), "who may not order can't take it back\n{}", sent.text);
    let sent = one(&told, "order-sent", &uid, "sami@");
    let withdraw = format!("portgate approvals withdraw {uid} --env sandbox --db {}", db.display());
    assert!(sent.text.contains(&format!("{withdraw} --as example-media:company-admin\n")), "{}", sent.text);

    act(&sandbox.provider().await, &uid, "approve", json!("Fine")).await;
    let told = mails(&sandbox);
    let readers = [ORDERING_READERS, ACCOUNT_READERS].concat();
    assert_eq!(to_of(&told, "order-accepted"), readers);
    let own = one(&told, "order-accepted", &uid, "casey@");
    assert_eq!(own.subject, "Order from Example Media accepted: Studio, 250 Mbps");
    assert!(own.text.contains("Accepted by   Priya Example (Technical Admin)\n"), "{}", own.text);
    let other = one(&told, "order-accepted", &uid, "sami@");
    assert_eq!(other.subject, "Example Cloud Connect accepted your order: Studio, 250 Mbps");
    assert!(other.text.contains("Accepted by   Example Cloud Connect\n"), "{}", other.text);
    assert!(other.text.contains("Comment       Fine\n") && !other.text.contains("Priya"), "{}", other.text);
    assert!(!to_of(&told, "request-received").is_empty(), "now it is the Marketplace's turn");
}

#[tokio::test]
async fn a_denied_a_withdrawn_a_failed_and_an_expired_order_are_told_to_both() {
    let sandbox = Sandbox::start().await;
    let (partner, account) =
        (sandbox.provider().await, sandbox.client("example-media", "technical-admin").await);
    let readers = [ORDERING_READERS, ACCOUNT_READERS].concat();

    account.put(&by_vxc(&account.vxc("Media to Sample").await), json!({"term": 36})).await.data();
    let told = mails(&sandbox);
    let uid = told.iter().find(|mail| mail.event == "order-received").unwrap().about.clone();
    let received = one(&told, "order-received", &uid, "priya@");
    assert_eq!(received.subject, "Order from Example Media needs your approval: Media to Sample, 36 months");
    act(&partner, &uid, "reject", json!("Not this year")).await;
    let told = mails(&sandbox);
    assert_eq!(to_of(&told, "order-denied"), readers);
    let denied = one(&told, "order-denied", &uid, "sami@");
    assert_eq!(denied.subject, "Example Cloud Connect denied your order: Media to Sample, 36 months");
    assert!(flat(&denied.text).contains("denied your order. Reason: Not this year"), "{}", denied.text);
    assert!(!denied.text.contains("Priya"), "{}", denied.text);

    let uid = ask(&sandbox, &account, 0).await;
    act(&account, &uid, "withdraw", json!("No need")).await;
    let told = mails(&sandbox);
    assert_eq!(to_of(&told, "order-withdrawn"), readers);
    let withdrawn = one(&told, "order-withdrawn", &uid, "casey@");
    assert_eq!(withdrawn.subject, "Example Media withdrew its order: Studio, 250 Mbps");
    assert!(withdrawn.text.contains("Withdrawn by  Example Media\n"), "{}", withdrawn.text);
    let own = one(&told, "order-withdrawn", &uid, "sami@");
    assert!(own.text.contains("Withdrawn by  Tara Media (Technical Admin)\n"), "{}", own.text);

    // Of two with the same VLAN the second can't be carried out.
    let (first, second) = (ask(&sandbox, &account, 2_000).await, ask(&sandbox, &account, 2_000).await);
    act(&partner, &first, "approve", json!(null)).await;
    act(&partner, &second, "approve", json!(null)).await;
    let told = mails(&sandbox);
    assert_eq!(to_of(&told, "order-failed"), readers);
    let failed = one(&told, "order-failed", &second, "sami@");
    assert!(failed.text.contains("VLAN 2000 is already in use"), "{}", failed.text);

    let uid = ask(&sandbox, &account, 0).await;
    let told = mails_at(&sandbox.db(), NEW_YEAR_MS + 61 * DAY_MS);
    let expired = one(&told, "order-expired", &uid, "tara@");
    assert_eq!(expired.created_at, "2026-03-02T00:00:00Z");
    assert_eq!(expired.subject, "Your order to Example Cloud Connect expired: Studio, 250 Mbps");
    one(&told, "order-expired", &uid, "casey@");
}

#[tokio::test]
async fn nobody_unsubscribed_hears_of_the_queue() {
    let sandbox = Sandbox::start().await;
    let account = sandbox.client("example-media", "technical-admin").await;
    let off = json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": false}]}});
    sandbox.provider().await.put("/v2/notificationPreferences", off).await.data();
    ask(&sandbox, &account, 0).await;
    let told = mails(&sandbox);
    assert_eq!(to_of(&told, "order-received"), ["casey@examplecloud.example", "tomas@examplecloud.example"]);
}
