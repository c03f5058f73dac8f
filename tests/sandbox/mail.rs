//! E-mail: who gets what, what it says, and that none is lost or doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use portgate::sandbox::{self, Clock, InboxFilter, Mail, Options};
use serde_json::{Value, json};

use crate::common::{Client, DAY_MS, NEW_YEAR_MS, Sandbox, by_vxc, text};

pub(crate) const ORDERING_READERS: [&str; 3] =
    ["casey@examplecloud.example", "priya@examplecloud.example", "tomas@examplecloud.example"];

pub(crate) fn options_at(db: &Path, at_ms: i64) -> Options {
    let mut options = Options::new(db);
    options.clock = Clock::fixed_at(at_ms);
    options
}

/// Every message, the oldest first, after what waits was delivered.
pub(crate) fn mails_at(db: &Path, at_ms: i64) -> Vec<Mail> {
    let filter = InboxFilter { limit: usize::MAX, ..InboxFilter::default() };
    let mut mails = sandbox::inbox(&options_at(db, at_ms), &filter).unwrap().mails;
    mails.reverse();
    mails
}

pub(crate) fn mails(sandbox: &Sandbox) -> Vec<Mail> {
    mails_at(&sandbox.db(), NEW_YEAR_MS)
}

pub(crate) fn to_of(mails: &[Mail], event: &str) -> Vec<String> {
    mails.iter().filter(|mail| mail.event == event).map(|mail| mail.to.clone()).collect()
}

pub(crate) fn only<'m>(mails: &'m [Mail], event: &str, to: &str) -> &'m Mail {
    let mut found = mails.iter().filter(|mail| mail.event == event && mail.to.starts_with(to));
    let mail = found.next().unwrap_or_else(|| panic!("no {event} to {to} in {mails:#?}"));
    assert!(found.next().is_none(), "two {event} to {to}");
    mail
}

pub(crate) fn outbox(db: &Path) -> PathBuf {
    PathBuf::from(format!("{}.outbox", db.display()))
}

/// The files of the outbox by name.
pub(crate) fn files(db: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(outbox(db)) else { return BTreeMap::new() };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Orders a connection from Globex Sydney to a port of the provider.
pub(crate) async fn order(sandbox: &Sandbox, name: &str, port: &str) -> Value {
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    let design = json!([{
        "productUid": customer.port_uid("Globex Sydney").await,
        "associatedVxcs": [{
            "productName": name, "rateLimit": 250, "term": 12, "shutdown": false, "costCentre": "CC-7",
            "bEnd": {"productUid": provider.port_uid(port).await, "vlan": 700},
        }],
    }]);
    customer.post("/v3/networkdesign/buy", design).await.data()[0].clone()
}

#[tokio::test]
async fn a_request_is_told_to_both_sides_with_the_command_that_answers_it() {
    let sandbox = Sandbox::start().await;
    order(&sandbox, "Branch", "SYD1-A").await;
    let asked = sandbox.provider().await.vxc("Branch").await;
    let uid = text(&asked["vxcApproval"]["uid"]);
    let mails = mails(&sandbox);
    assert_eq!(to_of(&mails, "request-received"), ORDERING_READERS);
    assert_eq!(
        to_of(&mails, "request-sent"),
        ["ada@globex.example", "bram@globex.example", "chen@globex.example"]
    );
    assert_eq!(mails.len(), 6);
    let received = only(&mails, "request-received", "priya@");
    assert_eq!(received.subject, "Connection request from Globex Bank: 250 Mbps to SYD1-A");
    assert_eq!((received.about.as_str(), received.group.as_str()), (uid.as_str(), "Ordering"));
    let db = sandbox.db();
    for said in [
        "Hello Priya,".to_owned(),
        "Globex Bank requested a 250 Mbps connection to your port SYD1-A.".into(),
        format!("Request       {uid}"),
        "Requested by  Bram Globex".into(),
        "From          Globex Sydney, Example Sydney 1".into(),
        "To            SYD1-A, Example Sydney 1".into(),
        "Speed         250 Mbps".into(),
        "B-End VLAN    700".into(),
        "Expires       2026-03-02 00:00 UTC, 60 days left".into(),
        format!("\n    portgate approvals accept {uid} --env sandbox --db {}\n", db.display()),
        format!("\n    portgate approvals deny {uid} --env sandbox --db {}\n", db.display()),
        "You're receiving this email as a Technical Admin of Example Cloud Connect\nbecause you are subscribed to Ordering.".into(),
    ] {
        assert!(received.text.contains(&said), "{said:?} is not in\n{}", received.text);
    }
    assert!(!received.text.contains("CC-7"), "what the customer books it on is its own");
    assert!(received.html.contains(&format!("portgate approvals accept {uid} --env sandbox")));
    let sent = only(&mails, "request-sent", "ada@");
    assert_eq!(sent.subject, "Your connection request to Example Cloud Connect was sent");
    assert!(sent.text.contains(&format!(
        "portgate approvals show {uid} --env sandbox --db {} --as globex:company-admin\n",
        db.display()
    )));
    for mail in &mails {
        assert_eq!(mail.status, "delivered", "{mail:?}");
        assert!(!mail.text.contains("{}") && mail.text.ends_with('\n') && mail.html.ends_with("</html>\n"));
    }
}

#[tokio::test]
async fn the_customer_hears_of_every_outcome() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    for name in ["Good", "Bad"] {
        // Each takes VLAN 700 of another port.
        order(&sandbox, name, if name == "Good" { "SYD1-A" } else { "MEL2-A" }).await;
    }
    provider
        .put(&by_vxc(&provider.vxc("Good").await), json!({"isApproved": true, "bEndVlan": 701}))
        .await
        .data();
    let no_room = json!({"isApproved": false, "message": "No room before May"});
    provider.put(&by_vxc(&provider.vxc("Bad").await), no_room).await.data();
    let mails = mails(&sandbox);
    let accepted = only(&mails, "request-accepted", "ada@");
    assert_eq!(accepted.subject, "Example Cloud Connect accepted your connection request");
    assert!(accepted.text.contains("B-End VLAN    701\n"), "{}", accepted.text);
    assert!(accepted.text.contains("Accepted by   Example Cloud Connect\n"), "{}", accepted.text);
    let denied = only(&mails, "request-denied", "ada@");
    assert_eq!(denied.subject, "Example Cloud Connect denied your connection request");
    assert!(
        denied.text.contains("denied your request for Bad.\n\nReason: No room before May\n"),
        "{}",
        denied.text
    );
    let available = only(&mails, "vxc-available", "ada@");
    assert_eq!(available.subject, "Your VXC to Example Cloud Connect is available: Good");
    assert!(available.text.contains("layer 2 connection between Globex Sydney and"), "{}", available.text);
    let charge = only(&mails, "charge-started", "ada@");
    assert_eq!(
        (charge.group.as_str(), charge.subject.as_str()),
        ("Financial", "New monthly charge: AUD 75.00 per month for Good")
    );
    assert!(charge.text.contains("Cost centre  CC-7\n"), "{}", charge.text);
    assert!(to_of(&mails, "request-accepted").iter().all(|to| to.ends_with("@globex.example")));
    // What happens with time alone is written as of the time it was due.
    let later = mails_at(&sandbox.db(), NEW_YEAR_MS + 61 * DAY_MS);
    let expired: Vec<&Mail> = later
        .iter()
        .filter(|mail| mail.event == "request-expired" && mail.to == "ada@globex.example")
        .collect();
    assert!(!expired.is_empty());
    for mail in expired {
        assert!(mail.created_at.as_str() < "2026-03-03", "{mail:?}");
        assert!(mail.text.contains("did not accept or deny your request for"), "{}", mail.text);
    }
}

#[tokio::test]
async fn a_speed_change_tells_old_and_new() {
    let sandbox = Sandbox::start().await;
    let (provider, customer) =
        (sandbox.provider().await, sandbox.client("customer", "technical-admin").await);
    for (accepted, event) in [(true, "speed-change-accepted"), (false, "speed-change-denied")] {
        let before = customer.vxc("Globex payments").await;
        let (old, uid) = (before["rateLimit"].as_i64().unwrap(), text(&before["productUid"]));
        customer.put(&format!("/v3/product/vxc/{uid}"), json!({"rateLimit": old + 100})).await.data();
        let asked = mails(&sandbox);
        let request = text(&provider.vxc("Globex payments").await["vxcApproval"]["uid"]);
        let received: Vec<&Mail> =
            asked.iter().filter(|mail| mail.about == request && mail.to.starts_with("priya@")).collect();
        assert_eq!(received.len(), 1);
        let change = format!("{old} to {} Mbps", old + 100);
        assert_eq!(received[0].subject, format!("Speed change request from Globex Bank: {change}"));
        assert!(received[0].text.contains(&format!("portgate approvals accept {request} ")));
        assert!(received[0].text.contains(&format!("Old speed     {old} Mbps\n")));
        provider.put(&format!("/v3/product/vxc/{uid}"), json!({"isApproved": accepted})).await.data();
        let mails = mails(&sandbox);
        let told = mails
            .iter()
            .find(|mail| mail.about == request && mail.event == event && mail.to.starts_with("chen@"))
            .unwrap();
        let now = if accepted { old + 100 } else { old };
        assert!(told.subject.ends_with(&format!("{now} Mbps")), "{}", told.subject);
        assert_eq!(accepted, !told.text.contains(&format!("The VXC keeps running at {old} Mbps.")));
    }
    assert_eq!(to_of(&mails(&sandbox), "charge-changed").len(), 3, "once, when it was accepted");
}

#[tokio::test]
async fn all_seven_groups_really_send() {
    let sandbox = Sandbox::start().await;
    let (admin, customer) = (
        sandbox.client("provider", "company-admin").await,
        sandbox.client("customer", "technical-admin").await,
    );
    // Ordering, Services, Financial.
    order(&sandbox, "Branch", "SYD1-A").await;
    let vxc = admin.vxc("Branch").await;
    admin.accept(&vxc).await.data();
    customer
        .post(&format!("/v3/product/{}/action/CANCEL_NOW", text(&vxc["productUid"])), json!({}))
        .await
        .data();
    // Company.
    let port = format!("/v2/product/megaport/{}", admin.port_uid("SYD1-A").await);
    admin.put(&port, json!({"vxcAutoApproval": true})).await.data();
    admin.put(&port, json!({"marketplaceVisibility": false})).await.data();
    // People.
    let person = json!({"firstName": "Nia", "lastName": "Neu", "email": "nia@examplecloud.example", "position": "Read Only"});
    assert_eq!(admin.post("/v2/employment", person).await.status, 201);
    // Security: many failures, told once.
    let key = sandbox::api_key(&sandbox.db(), "provider", "finance").unwrap();
    for _ in 0..5 {
        let http = crate::common::plain_http();
        let url = format!("{}/oauth2/token?grant_type=client_credentials", admin.base);
        let refused = http.post(url).basic_auth(&key.client_id, Some("wrong")).send().await.unwrap();
        assert_eq!(refused.status(), 401);
    }
    // Service Status is off until somebody wants it.
    let settings =
        json!({"destinations": {"EMAIL": [{"messageGroup": "SERVICE_STATUS", "subscribed": true}]}});
    admin.put("/v2/notificationPreferences", settings).await.data();
    sandbox::set_link(&options_at(&sandbox.db(), NEW_YEAR_MS), Some("SYD1-A"), false).unwrap();
    let mails = mails(&sandbox);
    let groups: BTreeSet<&str> = mails.iter().map(|mail| mail.group.as_str()).collect();
    let all = ["Company", "Financial", "Ordering", "People", "Security", "Service Status", "Services"];
    assert_eq!(groups.into_iter().collect::<Vec<_>>(), all);
    assert_eq!(to_of(&mails, "login-failed"), ORDERING_READERS, "once an hour, however often it fails");
    assert_eq!(to_of(&mails, "port-down"), ["casey@examplecloud.example"]);
    assert_eq!(to_of(&mails, "vxc-cancelled").len(), 6, "both ends are told");
    let failed = only(&mails, "login-failed", "priya@");
    assert!(failed.text.contains(&key.client_id) && !failed.text.contains(&key.client_secret));
    for said in ["now accepts requests automatically", "no longer visible on the Marketplace"] {
        assert!(mails.iter().any(|mail| mail.group == "Company" && mail.subject.contains(said)), "{said}");
    }
    assert_eq!(only(&mails, "user-invited", "priya@").subject, "User invited: Nia Neu, Read Only");
}

#[tokio::test]
async fn only_who_may_and_wants_hears_of_it() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let people = admin.get("/v2/employment").await;
    let id = |name: &str| {
        let found = people.data().as_array().unwrap().iter().find(|person| person["firstName"] == name);
        found.unwrap()["personId"].as_i64().unwrap()
    };
    // One does not want Ordering, one has email off, one is gone; the rest may not subscribe.
    let off = json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": false}]}});
    sandbox.provider().await.put("/v2/notificationPreferences", off).await.data();
    admin.put(&format!("/v2/employee/{}", id("Tomas")), json!({"notificationEnabled": false})).await.data();
    order(&sandbox, "Branch", "SYD1-A").await;
    assert_eq!(to_of(&mails(&sandbox), "request-received"), ["casey@examplecloud.example"]);
    admin
        .put(&format!("/v2/employee/{}", id("Tomas")), json!({"notificationEnabled": true, "active": false}))
        .await
        .data();
    let off = json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": false}]}});
    admin.put("/v2/notificationPreferences", off).await.data();
    let before = to_of(&mails(&sandbox), "request-received").len();
    order(&sandbox, "Another", "MEL2-A").await;
    let asked = sandbox.provider().await.vxc("Another").await;
    let after = mails(&sandbox);
    assert_eq!(to_of(&after, "request-received").len(), before, "nobody is left to tell");
    assert!(sandbox.provider().await.accept(&asked).await.status.is_success(), "it happened all the same");
}

#[tokio::test]
async fn names_stay_names() {
    let sandbox = Sandbox::start().await;
    order(&sandbox, "Zürich\u{202e} <b>bold</b> & 東京 = x", "SYD1-A").await;
    let provider = sandbox.provider().await;
    let vxc =
        provider.vxcs().await.into_iter().find(|vxc| text(&vxc["productName"]).contains("bold")).unwrap();
    provider.accept(&vxc).await.data();
    let mails = mails(&sandbox);
    let available = only(&mails, "vxc-available", "ada@");
    assert!(available.subject.ends_with(r"Zürich\u{202e} <b>bold</b> & 東京 = x"), "{}", available.subject);
    assert!(available.html.contains("&lt;b&gt;bold&lt;/b&gt; &amp; 東京"), "{}", available.html);
    assert!(!available.html.contains("<b>"));
    let files = files(&sandbox.db());
    let file = files.values().find(|file| file.contains("X-Megaport-Event: vxc-available")).unwrap();
    assert!(file.is_ascii(), "all else is encoded");
    assert!(file.lines().find(|line| line.starts_with("Subject:")).unwrap().contains("=?utf-8?"), "{file}");
}

#[tokio::test]
async fn the_outbox_holds_each_message_once() {
    let sandbox = Sandbox::start().await;
    order(&sandbox, "Branch", "SYD1-A").await;
    let mails = mails(&sandbox);
    let files = files(&sandbox.db());
    assert_eq!(files.len(), mails.len());
    for mail in &mails {
        let path = mail.file.as_ref().unwrap();
        let content = &files[path.file_name().unwrap().to_str().unwrap()];
        assert!(content.contains(&format!("Message-ID: <{}>\r\n", mail.message_id)), "{content}");
        assert!(content.contains(&format!("To: \"{}\" <{}>\r\n", mail.to_name, mail.to)), "{content}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&outbox(&sandbox.db())), 0o700);
        assert_eq!(mode(mails[0].file.as_ref().unwrap()), 0o600);
    }
    // One message by its id; a reset takes them all along, and leaves other files alone.
    let options = options_at(&sandbox.db(), NEW_YEAR_MS);
    assert_eq!(sandbox::mail(&options, &mails[0].id[..8]).unwrap(), mails[0]);
    assert_eq!(sandbox::mail(&options, &format!("<{}>", mails[0].message_id)).unwrap(), mails[0]);
    let why = |id: &str| portgate::Error::in_chain(&sandbox::mail(&options, id).unwrap_err()).unwrap().exit;
    assert_eq!((why("ffffffff-ffff"), why("ff")), (portgate::Exit::NotFound, portgate::Exit::Usage));
    fs::write(outbox(&sandbox.db()).join("notes.txt"), "mine").unwrap();
    sandbox::reset(&sandbox.db(), Clock::fixed_at(NEW_YEAR_MS)).unwrap();
    assert_eq!(fs::read_dir(outbox(&sandbox.db())).unwrap().count(), 1);
    assert!(crate::mail::mails(&sandbox).is_empty());
}

#[tokio::test]
async fn what_can_not_be_written_now_is_tried_again() {
    let sandbox = Sandbox::start().await;
    // Where the folder should be there is a file.
    fs::write(outbox(&sandbox.db()), "in the way").unwrap();
    order(&sandbox, "Branch", "SYD1-A").await;
    let waiting = mails(&sandbox);
    assert_eq!(waiting.len(), 6);
    for mail in &waiting {
        assert_eq!((mail.status.as_str(), mail.file.as_ref()), ("waiting", None));
        assert!(mail.last_error.as_ref().unwrap().contains(".outbox"), "{mail:?}");
    }
    fs::remove_file(outbox(&sandbox.db())).unwrap();
    // Its time comes in five seconds; nobody waits for that here.
    let connection = rusqlite::Connection::open(sandbox.db()).unwrap();
    connection.execute("UPDATE messages SET next_attempt_at = 0", []).unwrap();
    let delivered = mails(&sandbox);
    assert!(delivered.iter().all(|mail| mail.status == "delivered" && mail.attempts >= 2), "{delivered:#?}");
    assert_eq!(files(&sandbox.db()).len(), 6);
}

#[tokio::test]
async fn the_inbox_finds_by_recipient_and_by_what_it_is_about() {
    let sandbox = Sandbox::start().await;
    order(&sandbox, "Branch", "SYD1-A").await;
    order(&sandbox, "Depot", "MEL2-A").await;
    let vxc = sandbox.provider().await.vxc("Depot").await;
    let count = |to: Option<&str>, about: Option<&str>| {
        let filter = InboxFilter { to: to.map(Into::into), about: about.map(Into::into), limit: 2 };
        let inbox = sandbox::inbox(&options_at(&sandbox.db(), NEW_YEAR_MS), &filter).unwrap();
        assert_eq!(inbox.mails.len(), inbox.total.min(2));
        inbox.total
    };
    assert_eq!(count(None, None), 12);
    assert_eq!(count(Some("PRIYA@"), None), 2);
    assert_eq!(count(Some("globex bank"), None), 6);
    assert_eq!(count(Some("nobody"), None), 0);
    let request = text(&vxc["vxcApproval"]["uid"]);
    assert_eq!(count(None, Some(&request)), 6);
    assert_eq!(count(None, Some(&request[..8].to_uppercase())), 6);
    assert_eq!(count(None, Some(&text(&vxc["productUid"]))), 6);
    assert_eq!(count(Some("ada"), Some("DEPOT")), 1);
    assert_eq!(count(None, Some("%")), 0, "no pattern, just text");
}

#[tokio::test]
async fn a_client_that_shares_nothing_reads_the_settings() {
    let sandbox = Sandbox::start().await;
    let provider = sandbox.provider().await;
    let fixture = crate::common::fixture("notification-preferences-plain.json");
    let answer = provider.get("/v2/notificationPreferences").await;
    crate::common::assert_has_shape_of(&answer.body, &fixture, "preferences");
    let settings = answer.data()["destinations"]["EMAIL"].as_array().unwrap().clone();
    let groups: Vec<(&str, bool)> = settings
        .iter()
        .map(|setting| (setting["messageGroup"].as_str().unwrap(), setting["subscribed"].as_bool().unwrap()))
        .collect();
    let expected = [
        ("SECURITY", true),
        ("PEOPLE", true),
        ("COMPANY", true),
        ("FINANCIAL", true),
        ("ORDERING", true),
        ("SERVICE_STATUS", false),
        ("SERVICES", true),
    ];
    assert_eq!(groups, expected);
    // The whole object goes back, changed; it is the owner's alone.
    let mut changed = answer.data().clone();
    changed["destinations"]["EMAIL"][4]["subscribed"] = json!(false);
    assert_eq!(provider.put("/v2/notificationPreferences", changed.clone()).await.data(), &changed);
    assert_eq!(provider.get("/v3/notificationPreferences").await.data(), &changed);
    let colleague = sandbox.client("provider", "company-admin").await;
    assert_eq!(colleague.get("/v2/notificationPreferences").await.data(), answer.data());
    // It stays the owner's where the key acts for a managed account.
    let media = text(
        &sandbox.client("example-media", "read-only").await.get("/v2/products").await.data()[0]["companyUid"],
    );
    let context =
        provider.send(reqwest::Method::GET, "/v2/notificationPreferences", None, Some(&media)).await;
    assert_eq!(context.data(), &changed);
    for wrong in [
        json!({}),
        json!({"destinations": {}}),
        json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING"}]}}),
        json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": "yes"}]}}),
        json!({"destinations": {"EMAIL": [{"messageGroup": "WEATHER", "subscribed": true}]}}),
        json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": true}, {"messageGroup": "ORDERING", "subscribed": false}]}}),
    ] {
        provider.put("/v2/notificationPreferences", wrong.clone()).await.refused(400);
        assert_eq!(provider.get("/v2/notificationPreferences").await.data(), &changed, "{wrong}");
    }
}

#[tokio::test]
async fn roles_that_may_not_subscribe_are_told_so() {
    let sandbox = Sandbox::start().await;
    let body = json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": true}]}});
    for (role, may) in [
        ("company-admin", true),
        ("technical-admin", true),
        ("technical-contact", true),
        ("finance", false),
        ("financial-contact", false),
        ("read-only", false),
    ] {
        let client = sandbox.client("provider", role).await;
        let shown = client.get("/v2/notificationPreferences").await;
        let ordering = &shown.data()["destinations"]["EMAIL"][4];
        assert_eq!(
            (&ordering["messageGroup"], &ordering["subscribed"]),
            (&json!("ORDERING"), &json!(may)),
            "{role}"
        );
        let answer = client.put("/v2/notificationPreferences", body.clone()).await;
        if may {
            answer.data();
        } else {
            assert!(answer.refused(403).contains("can't subscribe to notifications"), "{role}");
        }
    }
}

#[tokio::test]
async fn the_third_version_may_be_anything() {
    use portgate::sandbox::PreferencesV3;
    for shape in [PreferencesV3::Other, PreferencesV3::Absent] {
        let sandbox = Sandbox::start_with(|options| options.preferences_v3 = shape).await;
        let provider = sandbox.provider().await;
        let known = provider.get("/v2/notificationPreferences").await.data().clone();
        let v3 = provider.get("/v3/notificationPreferences").await;
        let put = provider.put("/v3/notificationPreferences", known).await;
        match shape {
            PreferencesV3::Absent => {
                v3.refused(404);
                put.refused(404);
            }
            _ => {
                assert!(v3.data().get("destinations").is_none() && v3.data()["notifications"].is_array());
                put.refused(400);
            }
        }
    }
}

#[tokio::test]
async fn a_new_key_is_told() {
    let sandbox = Sandbox::start().await;
    let options = options_at(&sandbox.db(), NEW_YEAR_MS);
    let key = sandbox::new_api_key(&options, "provider", "finance", "pipeline").unwrap();
    let created = mails(&sandbox);
    let mail = only(&created, "api-key-created", "casey@");
    assert_eq!(mail.subject, "An API key was created for Fiona Example");
    assert!(mail.text.contains(&key.client_id) && mail.text.contains("pipeline"));
    assert!(!mail.text.contains(&key.client_secret) && !mail.html.contains(&key.client_secret));
    let client = Client::log_in(&sandbox.embedded.base_url(), &sandbox.db(), "provider", "finance").await;
    client.get("/v2/employment").await.data();
}
