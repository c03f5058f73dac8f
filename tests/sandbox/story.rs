//! The story that portgate is built from, sentence by sentence: each is quoted where what it says is seen to happen, over
//! HTTP, in the inbox, and with the commands that the e-mails themselves propose.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use portgate::sandbox::{self, Clock, InboxFilter, Mail, Options};
use serde_json::{Value, json};

use crate::common::{Client, Sandbox, plain_http, text};
use crate::watch;

/// A sandbox in real time, where what is accepted is live at once, and what was posted in it.
struct Story {
    sandbox: Sandbox,
    read: Vec<String>,
}

impl Story {
    async fn begin() -> Story {
        let sandbox = Sandbox::start_with(|options| options.clock = Clock::system()).await;
        Story { sandbox, read: Vec::new() }
    }

    fn options(&self) -> Options {
        let mut options = Options::new(self.sandbox.db());
        options.deploy_time = std::time::Duration::ZERO;
        options
    }

    /// The e-mails that came since the last look, the oldest first.
    fn new_mails(&mut self) -> Vec<Mail> {
        let filter = InboxFilter { limit: usize::MAX, ..InboxFilter::default() };
        let mut mails = sandbox::inbox(&self.options(), &filter).unwrap().mails;
        mails.retain(|mail| !self.read.contains(&mail.id));
        self.read.extend(mails.iter().map(|mail| mail.id.clone()));
        mails.reverse();
        mails
    }

    async fn provider(&self) -> Client {
        self.sandbox.provider().await
    }

    async fn customer(&self) -> Client {
        self.sandbox.client("customer", "technical-admin").await
    }

    /// Orders as the customer; answers the confirmation.
    async fn order(&self, name: &str, end: Value, key: Option<&str>) -> Value {
        let customer = self.customer().await;
        let mut vxc = json!({"productName": name, "rateLimit": 200, "term": 12, "bEnd": end});
        if let Some(key) = key {
            vxc["serviceKey"] = json!(key);
        }
        let design =
            json!([{"productUid": customer.port_uid("Globex Sydney").await, "associatedVxcs": [vxc]}]);
        let answer = customer.post("/v4/networkdesign/buy", json!({"networkDesign": design})).await;
        answer.data()[0].clone()
    }

    /// Runs a command as it stands in an e-mail, in a shell, and answers what it said.
    fn run(&self, command: &str) -> String {
        let binary = PathBuf::from(env!("CARGO_BIN_EXE_portgate"));
        let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
        let output = watch::output(
            Command::new("sh")
                .args(["-c", command])
                .env_clear()
                .env("PATH", path)
                .env("HOME", self.sandbox.dir.path())
                .env("PORTGATE_SANDBOX_DEPLOY_TIME", "0s")
                .stdin(Stdio::null()),
        );
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(output.status.success(), "{command}\n{said}");
        said
    }
}

/// The mails of one kind to one person's first name.
fn to<'m>(mails: &'m [Mail], person: &str, event: &str) -> &'m Mail {
    let start = format!("{person}@");
    let found: Vec<&Mail> =
        mails.iter().filter(|mail| mail.event == event && mail.to.starts_with(&start)).collect();
    match found[..] {
        [one] => one,
        _ => panic!(
            "{} of {event} to {person}: {:#?}",
            found.len(),
            mails.iter().map(|mail| (&mail.to, &mail.subject)).collect::<Vec<_>>()
        ),
    }
}

/// The command in an e-mail that begins so.
fn command(mail: &Mail, beginning: &str) -> String {
    let line = mail.text.lines().map(str::trim).find(|line| line.starts_with(beginning));
    line.unwrap_or_else(|| panic!("no {beginning} in\n{}", mail.text)).to_owned()
}

fn events(mails: &[Mail]) -> Vec<&str> {
    let mut events: Vec<&str> = mails.iter().map(|mail| mail.event.as_str()).collect();
    events.dedup();
    events
}

#[tokio::test]
async fn a_request_is_accepted() {
    let mut story = Story::begin().await;
    let (provider, customer) = (story.provider().await, story.customer().await);

    // "With a Marketplace profile, service providers can receive connection requests."
    let open = customer.get("/v2/dropdowns/partner/megaports").await;
    let port = open.data().as_array().unwrap().iter().find(|port| port["title"] == "SYD1-A").unwrap();
    assert_eq!(port["companyName"], "Example Cloud Connect");

    // "For an end user to connect to a service provider, they need: Access to the Megaport ONE Portal"
    let url = format!("{}/oauth2/token?grant_type=client_credentials", customer.base);
    let stranger = plain_http().post(&url).basic_auth("nobody", Some("nothing")).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    // "A service on the Megaport network"
    let design = |own: &str, vlan: i64| {
        let vxc = json!({"productName": "Head office", "rateLimit": 200, "term": 12, "bEnd": {"productUid": port["productUid"], "vlan": vlan}});
        json!([{"productUid": own, "associatedVxcs": [vxc]}])
    };
    let foreign = sandbox_port(&story, "initech", "Initech Melbourne").await;
    let refused = customer.post("/v3/networkdesign/validate", design(&foreign, 710)).await;
    assert!(refused.status.is_client_error(), "one's own port or cloud router is needed");
    // "Support for Layer 2/Layer 3"
    let own = customer.port_uid("Globex Sydney").await;
    customer.post("/v3/networkdesign/validate", design(&own, 5000)).await.refused(400);
    customer.post("/v3/networkdesign/validate", design(&own, 710)).await.data();
    assert!(story.new_mails().is_empty(), "asking what it would cost is no request");

    // "When a customer initiates the connection request, the service provider is notified of the request by email and the
    // service provider can accept or deny the request."
    let ordered =
        story.order("Head office", json!({"productUid": port["productUid"], "vlan": 710}), None).await;
    assert_eq!(ordered["fullyApproved"], false);
    let mails = story.new_mails();
    // "After the customer makes the connection request, Megaport sends email notifications to both the service provider and
    // the customer."
    assert_eq!(events(&mails), ["request-received", "request-sent"]);
    // "Notification to Service Provider"
    let received = to(&mails, "priya", "request-received");
    assert_eq!(received.subject, "Connection request from Globex Bank: 200 Mbps to SYD1-A");
    // "Notification to Customer"
    let sent = to(&mails, "ada", "request-sent");
    assert_eq!(sent.subject, "Your connection request to Example Cloud Connect was sent");
    assert_eq!(sent.about, received.about);

    // "After receiving the email notification of the connection request, the service provider needs to log in to the Megaport
    // ONE Portal, navigate to the approvals section, and select Accept Request or Deny Request."
    let accept = command(received, "portgate approvals accept");
    let list = accept.replace(&format!("accept {}", received.about), "list");
    assert!(story.run(&list).contains(&received.about[..8]), "it is in the list of approvals");
    story.run(&accept);
    assert!(!story.run(&list).contains(&received.about[..8]), "and then no more");

    // "When the service provider accepts or denies the request, Megaport sends a second notification to the customer with
    // details."
    let mails = story.new_mails();
    let accepted = to(&mails, "ada", "request-accepted");
    assert_eq!(accepted.subject, "Example Cloud Connect accepted your connection request");
    for detail in ["Head office", "200 Mbps", "SYD1-A", "710", "Example Cloud Connect", &received.about] {
        assert!(accepted.text.contains(detail), "{detail} is not in\n{}", accepted.text);
    }
    // "Service provider response"
    assert!(accepted.to.ends_with("@globex.example"));

    // "Megaport sends another email to the customer when the VXC is available."
    let available = to(&mails, "ada", "vxc-available");
    assert_eq!(available.subject, "Your VXC to Example Cloud Connect is available: Head office");
    assert!(available.created_at >= accepted.created_at);

    // "This establishes the Layer 2 connection from the customer to the service provider."
    for client in [&customer, &provider] {
        let vxc = client.vxc("Head office").await;
        assert_eq!((&vxc["provisioningStatus"], &vxc["resources"]["vll"]["up"]), (&json!("LIVE"), &json!(1)));
        assert_eq!(vxc["bEnd"]["vlan"], 710);
        assert!(vxc["aEnd"]["vlan"].is_i64());
    }

    // "For connectivity to multiple destination ports, repeat the creation and approval process for each new connection."
    let other = provider.port_uid("MEL2-A").await;
    story.order("Second site", json!({"productUid": other}), None).await;
    let mails = story.new_mails();
    let second = to(&mails, "priya", "request-received");
    assert_ne!(second.about, received.about);
    assert_eq!(customer.vxc("Second site").await["provisioningStatus"], "DEPLOYABLE", "it waits by itself");
    assert_eq!(customer.vxc("Head office").await["provisioningStatus"], "LIVE");
}

async fn sandbox_port(story: &Story, company: &str, name: &str) -> String {
    story.sandbox.client(company, "read-only").await.port_uid(name).await
}

#[tokio::test]
async fn a_request_is_denied() {
    let mut story = Story::begin().await;
    let port = story.provider().await.port_uid("SYD1-A").await;
    story.order("Unwanted", json!({"productUid": port}), None).await;
    let mails = story.new_mails();
    // "... and select Accept Request or Deny Request."
    let deny = command(to(&mails, "casey", "request-received"), "portgate approvals deny");
    story.run(&format!("{deny} --reason 'No contract yet'"));
    // "When the service provider accepts or denies the request, Megaport sends a second notification to the customer with
    // details."
    let mails = story.new_mails();
    assert_eq!(events(&mails), ["request-denied"], "and nothing is deployed or charged");
    let denied = to(&mails, "chen", "request-denied");
    assert!(denied.text.contains("denied your request for Unwanted"), "{}", denied.text);
    assert!(matches!(
        text(&story.customer().await.vxc("Unwanted").await["provisioningStatus"]).as_str(),
        "FAILED"
    ));
}

#[tokio::test]
async fn a_request_that_nobody_decides_expires() {
    let mut story = Story::begin().await;
    let port = story.provider().await.port_uid("SYD1-A").await;
    story.order("Forgotten", json!({"productUid": port}), None).await;
    let mails = story.new_mails();
    // "... the service provider can accept or deny the request": for 60 days, as the e-mail says.
    assert!(to(&mails, "priya", "request-received").text.contains(", 60 days left"), "{}", mails[0].text);
    let mut later = story.options();
    later.clock = Clock::system().with_offset(jiff::SignedDuration::from_hours(61 * 24));
    let filter = InboxFilter { about: Some("Forgotten".into()), limit: 100, ..InboxFilter::default() };
    let mails = sandbox::inbox(&later, &filter).unwrap().mails;
    let expired: Vec<&Mail> = mails.iter().filter(|mail| mail.event == "request-expired").collect();
    assert_eq!(expired.len(), 3, "the customer is told");
    assert!(
        expired.iter().all(|mail| mail.to.ends_with("@globex.example") && mail.subject.ends_with("expired"))
    );
    assert!(mails.iter().all(|mail| mail.event != "vxc-available"));
}

#[tokio::test]
async fn speed_changes_are_accepted_and_denied() {
    let mut story = Story::begin().await;
    let customer = story.customer().await;
    let before = customer.vxc("Globex payments").await;
    let (uid, old) = (text(&before["productUid"]), before["rateLimit"].as_i64().unwrap());
    // "If a customer requests a speed change to a higher bandwidth after deployment, Megaport notifies the service provider
    // and they can accept or reject the change."
    assert_eq!(before["provisioningStatus"], "LIVE");
    for (verb, event, wish, holds) in [
        ("deny", "speed-change-denied", old + 100, old),
        ("accept", "speed-change-accepted", old + 200, old + 200),
    ] {
        customer.put(&format!("/v3/product/vxc/{uid}"), json!({"rateLimit": wish})).await.data();
        let mails = story.new_mails();
        assert_eq!(events(&mails), ["speed-change-asked"]);
        // "Speed change"
        let asked = to(&mails, "casey", "speed-change-asked");
        assert_eq!(asked.subject, format!("Speed change request from Globex Bank: {old} to {wish} Mbps"));
        assert_eq!(customer.vxc("Globex payments").await["rateLimit"], old, "until then the old speed stays");
        story.run(&command(asked, &format!("portgate approvals {verb}")));
        let after = customer.vxc("Globex payments").await;
        assert_eq!((&after["rateLimit"], &after["provisioningStatus"]), (&json!(holds), &json!("LIVE")));
        let mails = story.new_mails();
        let told = to(&mails, "bram", event);
        let wished = if holds == wish { "New speed" } else { "Requested speed" };
        let width = wished.len().max("Requested by".len());
        for (label, speed) in [("Old speed", old), (wished, wish)] {
            assert!(told.text.contains(&format!("{label:width$}  {speed} Mbps\n")), "{}", told.text);
        }
    }
    // Less speed needs nobody's answer.
    customer.put(&format!("/v3/product/vxc/{uid}"), json!({"rateLimit": old})).await.data();
    assert_eq!(customer.vxc("Globex payments").await["rateLimit"], old);
    assert_eq!(events(&story.new_mails()), ["charge-changed"]);
}

#[tokio::test]
async fn a_service_key_opens_the_door() {
    let mut story = Story::begin().await;
    let provider = story.provider().await;
    let port = provider.port_uid("SYD1-A").await;
    // "Service providers can also use service keys to control customer access to their ports."
    let terms = json!({"productUid": port, "description": "Globex", "singleUse": false, "maxSpeed": 500, "active": true, "preApproved": true});
    let key = provider.post("/v2/service/key", terms).await;
    let key = text(&key.body["data"]["key"]);
    let ordered = story.order("Invited", json!({}), Some(&key)).await;
    assert_eq!(ordered["fullyApproved"], true);
    let mails = story.new_mails();
    assert_eq!(
        events(&mails),
        ["request-received", "request-sent", "request-accepted", "vxc-available", "charge-started"],
        "nobody has to decide, and everybody is told all the same"
    );
    let received = to(&mails, "priya", "request-received");
    assert!(received.text.contains("You don't need to do"), "{}", received.text);
    assert!(received.text.contains(&format!("pre-approved service key {}", &key[..8])), "{}", received.text);
    assert!(!received.text.contains(&key), "the whole key is nobody's to read in an e-mail");
    assert_eq!(story.customer().await.vxc("Invited").await["provisioningStatus"], "LIVE");
    // A key that is switched off keeps the door shut.
    let replaced =
        json!({"key": key, "productUid": port, "active": false, "preApproved": true, "maxSpeed": 500});
    provider.put("/v2/service/key", replaced).await.data();
    let customer = story.customer().await;
    let vxc =
        json!({"productName": "Uninvited", "rateLimit": 200, "term": 12, "serviceKey": key, "bEnd": {}});
    let design = json!([{"productUid": customer.port_uid("Globex Sydney").await, "associatedVxcs": [vxc]}]);
    customer.post("/v3/networkdesign/buy", design).await.refused(400);
    assert!(story.new_mails().is_empty());
}

#[tokio::test]
async fn everybody_hears_of_what_they_chose() {
    let mut story = Story::begin().await;
    let provider = story.provider().await;
    let port = provider.port_uid("SYD1-A").await;

    // "Each user in the Megaport ONE Portal is assigned a user role that includes privilege levels."
    let people = provider.get("/v2/employment").await;
    let roles: Vec<&str> =
        people.data().as_array().unwrap().iter().map(|person| person["position"].as_str().unwrap()).collect();
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
    let reader = story.sandbox.client("provider", "read-only").await;
    reader.accept(&reader.vxc("Media playout").await).await.refused(403);

    // "Users configured for Company Admin, Technical Contact, and Technical Admin can subscribe to notifications."
    for (role, may) in [
        ("company-admin", true),
        ("technical-contact", true),
        ("technical-admin", true),
        ("finance", false),
        ("financial-contact", false),
        ("read-only", false),
    ] {
        let client = story.sandbox.client("provider", role).await;
        let all = client.get("/v2/notificationPreferences").await.data().clone();
        let answer = client.put("/v2/notificationPreferences", all).await;
        assert_eq!(answer.status.is_success(), may, "{role}");
    }

    // "Users can choose to receive email notifications from each of these groups: Security, People, Company, Financial,
    // Ordering, Service Status, and Services."
    let settings = provider.get("/v2/notificationPreferences").await.data().clone();
    let groups: Vec<&str> = settings["destinations"]["EMAIL"]
        .as_array()
        .unwrap()
        .iter()
        .map(|setting| setting["messageGroup"].as_str().unwrap())
        .collect();
    assert_eq!(
        groups,
        ["SECURITY", "PEOPLE", "COMPANY", "FINANCIAL", "ORDERING", "SERVICE_STATUS", "SERVICES"]
    );

    // "How to configure email notification groups so Megaport ONE Portal users receive only email updates relevant to their
    // position": one leaves Ordering, and then gets nothing of it.
    let ordering = |subscribed: bool| {
        let mut changed = settings.clone();
        changed["destinations"]["EMAIL"][4]["subscribed"] = json!(subscribed);
        changed
    };
    provider.put("/v2/notificationPreferences", ordering(false)).await.data();
    story.order("Unheard", json!({"productUid": port}), None).await;
    let mails = story.new_mails();
    assert!(mails.iter().all(|mail| !mail.to.starts_with("priya@")), "{mails:#?}");
    to(&mails, "casey", "request-received");
    to(&mails, "tomas", "request-received");
    assert_eq!(
        provider.vxc("Unheard").await["vxcApproval"]["status"],
        "PENDING_INTERNAL",
        "it waits all the same"
    );

    // "For VXC approvals, enable notifications for the Ordering group."
    provider.put("/v2/notificationPreferences", ordering(true)).await.data();
    story.order("Heard", json!({"productUid": port}), None).await;
    let mails = story.new_mails();
    let heard = to(&mails, "priya", "request-received");
    assert_eq!(heard.group, "Ordering");
    assert!(
        command(heard, "portgate notify unsubscribe").starts_with("portgate notify unsubscribe ordering ")
    );
}

/// Where the story's text lies beside the checkout, every sentence of it is quoted here.
#[test]
fn no_sentence_is_left_out() {
    let told = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/seed-marketplace-notifications.txt");
    let Ok(told) = std::fs::read_to_string(told) else { return };
    let here = include_str!("story.rs").replace("\n    // ", " ").replace("\n        // ", " ");
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let here = flat(&here);
    // Captions, headings, navigation and what points elsewhere tell nothing that could happen.
    let tells_nothing = |line: &str| {
        ["Skip to", "This topic", "Last update", "For more information"]
            .iter()
            .any(|start| line.starts_with(start))
            || !line.ends_with('.')
    };
    let mut sentences = 0;
    for line in told.lines().map(|line| line.trim_start_matches([' ', '•'])) {
        for sentence in line.split_inclusive(". ").map(str::trim) {
            if !sentence.is_empty() && !tells_nothing(sentence) {
                assert!(here.contains(&flat(sentence)), "not told: {sentence}");
                sentences += 1;
            }
        }
    }
    assert!(sentences > 8, "{sentences}");
}
