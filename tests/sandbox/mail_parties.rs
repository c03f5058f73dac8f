//! E-mail between two parties: what each side may know of the other, who is asked to do what, and what is taken back.

use portgate::sandbox::Mail;
use serde_json::{Value, json};

use crate::common::{Sandbox, by_order, by_vxc, text};
use crate::mail::{ORDERING_READERS, mails, only, order, to_of};

fn about<'m>(mails: &'m [Mail], event: &str, uid: &str, to: &str) -> &'m Mail {
    let found: Vec<&Mail> = mails
        .iter()
        .filter(|mail| mail.event == event && mail.about == uid && mail.to.starts_with(to))
        .collect();
    assert_eq!(found.len(), 1, "{event} about {uid} to {to}");
    found[0]
}

#[tokio::test]
async fn the_other_side_reads_the_company_and_ones_own_side_the_person() {
    let sandbox = Sandbox::start().await;
    let (finance, customer) =
        (sandbox.client("provider", "finance").await, sandbox.client("customer", "technical-contact").await);
    let message = |vxc: &Value| text(&vxc["vxcApproval"]["message"]);
    let at = "at 2026-01-01T00:00:00Z";
    for (name, verb) in [("Globex trading floor", "accepted"), ("Globex Singapore branch", "denied")] {
        let asked = finance.vxc(name).await;
        finance
            .put(&by_vxc(&asked), json!({"isApproved": verb == "accepted", "bEndVlan": 1_900}))
            .await
            .data();
        assert_eq!(
            message(&customer.vxc(name).await),
            format!("{verb} by Example Cloud Connect {at}"),
            "to the customer"
        );
        assert_eq!(message(&finance.vxc(name).await), format!("{verb} by Fiona Example (Finance) {at}"));
    }
    let told = mails(&sandbox);
    for event in ["request-accepted", "request-denied"] {
        let mail = only(&told, event, "ada@");
        assert!(!mail.text.contains("Fiona") && !mail.html.contains("Fiona"), "{}", mail.text);
        assert!(mail.text.contains("by   "), "{}", mail.text);
    }

    // The other way round.
    let path = by_vxc(&customer.vxc("Globex payments").await);
    customer.put(&path, json!({"rateLimit": 6_000})).await.data();
    let first = finance.vxc("Globex payments").await;
    customer.put(&path, json!({"rateLimit": 4_000})).await.data();
    assert_eq!(message(&finance.vxc("Globex payments").await), format!("superseded by Globex Bank {at}"));
    let own = format!("superseded by Chen Globex (Technical Contact) {at}");
    assert_eq!(message(&customer.vxc("Globex payments").await), own);
    let late = finance.put(&by_order(&first), json!({"isApproved": true})).await;
    assert_eq!(late.refused(409), format!("This request was already superseded by Globex Bank {at}"));
}

#[tokio::test]
async fn who_may_decide_gets_the_command_of_its_own_role_and_others_a_hint() {
    let sandbox = Sandbox::start().await;
    order(&sandbox, "Branch", "SYD1-A").await;
    let told = mails(&sandbox);
    let uid = only(&told, "request-received", "priya@").about.clone();
    let command = |verb: &str, as_whom: &str| {
        format!(
            "\n    portgate approvals {verb} {uid} --env sandbox --db {}{as_whom}\n",
            sandbox.db().display()
        )
    };
    for (reader, as_whom) in [("priya@", ""), ("casey@", " --as provider:company-admin")] {
        let mail = only(&told, "request-received", reader);
        for verb in ["accept", "deny", "show"] {
            assert!(mail.text.contains(&command(verb, as_whom)), "{reader}\n{}", mail.text);
        }
        assert!(!mail.text.contains("may not"), "{}", mail.text);
    }
    let contact = only(&told, "request-received", "tomas@");
    assert!(contact.text.contains(&command("show", " --as provider:technical-contact")), "{}", contact.text);
    for body in [&contact.text, &contact.html] {
        assert!(!body.contains("approvals accept") && !body.contains("approvals deny"), "{body}");
        let flat = body.split_whitespace().collect::<Vec<_>>().join(" ").replace("&#39;", "'");
        assert!(
            flat.contains(
                "The Technical Contact role can't accept or deny Marketplace requests. Ask a colleague with the role \
                 Company Admin, Technical Admin or Finance."
            ),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_speed_change_that_gives_way_is_told_to_who_had_to_decide_it() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "technical-contact").await;
    let provider = sandbox.provider().await;
    let path = by_vxc(&customer.vxc("Globex payments").await);
    let asked = || async { text(&provider.vxc("Globex payments").await["vxcApproval"]["uid"]) };
    customer.put(&path, json!({"rateLimit": 6_000})).await.data();
    let first = asked().await;
    customer.put(&path, json!({"rateLimit": 7_000})).await.data();
    let second = asked().await;
    customer.put(&path, json!({"rateLimit": 4_000})).await.data();
    let told = mails(&sandbox);
    assert_eq!(to_of(&told, "speed-change-withdrawn"), [ORDERING_READERS, ORDERING_READERS].concat());
    let replaced = about(&told, "speed-change-withdrawn", &first, "casey@");
    assert_eq!(replaced.group, "Ordering");
    assert_eq!(replaced.subject, "Globex Bank withdrew its speed change: 5000 to 6000 Mbps");
    assert!(replaced.text.contains("A new request for 7000 Mbps replaces it"), "{}", replaced.text);
    assert!(!replaced.text.contains("Chen") || replaced.text.contains("Requested by"), "{}", replaced.text);
    let lowered = about(&told, "speed-change-withdrawn", &second, "priya@");
    assert!(lowered.text.contains("speed was lowered to 4000 Mbps instead"), "{}", lowered.text);
    assert!(!lowered.text.contains("approvals accept"), "{}", lowered.text);
    // What is charged now is the lower speed, which nobody had to grant.
    let charge = only(&told, "charge-changed", "ada@");
    for request in [&first, &second] {
        assert!(!charge.text.contains(request.as_str()) && charge.about != **request, "{}", charge.text);
    }
    assert_eq!(charge.about, text(&customer.vxc("Globex payments").await["productUid"]));
    // Taken back altogether.
    customer.put(&path, json!({"rateLimit": 6_000})).await.data();
    let third = asked().await;
    customer.put(&path, json!({"rateLimit": 4_000})).await.data();
    let told = mails(&sandbox);
    let kept = about(&told, "speed-change-withdrawn", &third, "priya@");
    assert!(kept.text.contains("keeps its speed of 4000 Mbps"), "{}", kept.text);
}

#[tokio::test]
async fn a_word_with_an_acceptance_reaches_the_customer() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    order(&sandbox, "Branch", "SYD1-A").await;
    let long = format!("Patch panel 12. {} The end.", "Mind the gap. ".repeat(20));
    let path = by_vxc(&provider.vxc("Branch").await);
    provider.put(&path, json!({"isApproved": true, "message": long})).await.data();
    let path = by_vxc(&provider.vxc("Globex core").await);
    provider.put(&path, json!({"isApproved": true, "message": "Until May\nonly"})).await.data();
    let told = mails(&sandbox);
    let accepted = only(&told, "request-accepted", "ada@");
    let flat = accepted.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in ["Note from Example Cloud Connect: Patch panel 12.", "The end."] {
        assert_eq!(flat.matches(said).count(), 1, "{said} once in\n{}", accepted.text);
    }
    let faster = only(&told, "speed-change-accepted", "bram@");
    assert!(faster.text.contains("Note from Example Cloud Connect: Until May only\n"), "{}", faster.text);
}

#[tokio::test]
async fn a_cancellation_says_whose_it_was_and_takes_back_what_waited() {
    let sandbox = Sandbox::start().await;
    let customer = sandbox.client("customer", "technical-admin").await;
    let provider = sandbox.provider().await;
    let waiting = [
        (
            "Globex trading floor",
            "request-withdrawn",
            "Globex Bank withdrew its connection request: 500 Mbps to",
        ),
        ("Globex core", "speed-change-withdrawn", "Globex Bank withdrew its speed change: 1000 to"),
    ];
    for (name, event, subject) in waiting {
        let vxc = provider.vxc(name).await;
        let path = format!("/v3/product/{}/action/CANCEL_NOW", text(&vxc["productUid"]));
        customer.post(&path, json!({})).await.data();
        let told = mails(&sandbox);
        let uid = text(&vxc["vxcApproval"]["uid"]);
        let withdrawn = about(&told, event, &uid, "tomas@");
        assert_eq!(withdrawn.group, "Ordering");
        assert!(withdrawn.subject.starts_with(subject), "{}", withdrawn.subject);
        assert!(!withdrawn.text.contains("approvals accept"), "{}", withdrawn.text);
        assert_eq!(to_of(&told, event), ORDERING_READERS, "{event}");
        let cancelled = about(&told, "vxc-cancelled", &uid, "priya@");
        assert!(cancelled.text.contains("Cancelled by  Globex Bank\n"), "{}", cancelled.text);
        assert!(cancelled.subject.starts_with("Globex Bank cancelled its VXC"), "{}", cancelled.subject);
    }
}
