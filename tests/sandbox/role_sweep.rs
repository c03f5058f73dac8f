//! Who may do what: every operation of `/openapi.json`, by every role, on its own company's things and on others'.

use std::collections::{BTreeSet, HashMap};

use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::Value;

use crate::common::{Client, Sandbox, plain_http};

/// One thing that can be asked for, and by whom.
struct Row {
    /// As the document has it.
    operation: &'static str,
    /// The request's path and body. `<...>` stands for the uid, key or number of what is called so; `<me>` is the caller.
    path: &'static str,
    body: &'static str,
    /// Whose it is, who else has to do with it, and who has not.
    whose: &'static str,
    /// Whether each role of three companies may: see [`ROLES`] and [`COMPANIES`]. At the end of the first, a key with the
    /// role Read Only that belongs to the Company Admin.
    may: [&'static str; 3],
}

const ROLES: [&str; 6] =
    ["company-admin", "technical-admin", "technical-contact", "finance", "financial-contact", "read-only"];

/// Whom the letters of [`Row::whose`] stand for.
const COMPANIES: [(char, &str); 4] =
    [('P', "example-cloud-connect"), ('G', "globex"), ('I', "initech"), ('M', "example-media")];

/// What needs no token.
const OPEN: [&str; 4] =
    ["get /openapi.json", "get /v3/locations", "get /v2/networkRegions", "get /v2/locations/rtt"];

/// What takes a key pair instead of a token.
const BY_KEY: &str = "post /oauth2/token";

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Operation and path                                                                     Whose     ATCFfR and a key
    row("get /v2/products", "/v2/products", "",                                                "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("get /v2/product/{uid}", "/v2/product/<MEL2-A-2>", "",                                 "PGI", ["yyyyyyy", "------", "------"]),
    row("get /v2/product/{uid}", "/v2/product/<Media playout>", "",                            "PMI", ["yyyyyyy", "yyyyyy", "------"]),
    // A port of the Marketplace is public, and with it which VLANs are free there.
    row("get /v2/product/port/{uid}/vlan", "/v2/product/port/<SYD1-A>/vlan?vlan=2", "",        "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("get /v2/product/port/{uid}/vlan", "/v2/product/port/<MEL2-A-2>/vlan?vlan=2", "",      "PGI", ["yyyyyyy", "------", "------"]),
    row("put /v2/product/megaport/{uid}", "/v2/product/megaport/<SYD1-A>",
        r#"{"marketplaceVisibility": false}"#,                                                 "PGI", ["y------", "------", "------"]),
    row("put /v2/product/megaport/{uid}", "/v2/product/megaport/<SYD1-A>",
        r#"{"vxcAutoApproval": true}"#,                                                        "PGI", ["y------", "------", "------"]),
    row("put /v2/product/megaport/{uid}", "/v2/product/megaport/<SYD1-A>",
        r#"{"name": "SYD1-X", "costCentre": "CC", "term": 24}"#,                               "PGI", ["yyy----", "------", "------"]),
    row("put /v2/product/megaport/{uid}", "/v2/product/megaport/<SYD1-A>",
        r#"{"name": "SYD1-X", "vxcAutoApproval": true}"#,                                      "PGI", ["y------", "------", "------"]),
    row("get /v2/product/{uid}/tags", "/v2/product/<SYD1-A>/tags", "",                         "PGI", ["yyyyyyy", "------", "------"]),
    row("get /v2/product/{uid}/tags", "/v2/product/<Globex payments>/tags", "",                "GPI", ["yyyyyyy", "------", "------"]),
    row("put /v2/product/{uid}/tags", "/v2/product/<SYD1-A>/tags",
        r#"{"resourceTags": [{"key": "a", "value": "1"}]}"#,                                   "PGI", ["yyy----", "------", "------"]),
    row("put /v2/product/{uid}/tags", "/v2/product/<Globex payments>/tags",
        r#"{"resourceTags": [{"key": "a", "value": "1"}]}"#,                                   "GPI", ["yyy----", "------", "------"]),
    // The B-End's owner decides; each owner changes its own end, the A-End's what it pays for.
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Globex trading floor>",
        r#"{"isApproved": true}"#,                                                             "PGI", ["yy-y---", "------", "------"]),
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Initech main>",
        r#"{"isApproved": false}"#,                                                            "PIG", ["yy-y---", "------", "------"]),
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Globex payments>", r#"{"bEndVlan": 700}"#, "PGI", ["yyy----", "------", "------"]),
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Globex payments>", r#"{"aEndVlan": 700}"#, "GPI", ["yyy----", "------", "------"]),
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Globex payments>", r#"{"rateLimit": 9}"#,  "GPI", ["yyy----", "------", "------"]),
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Globex payments>", r#"{"rateLimit": 5100}"#, "GPI", ["yyy----", "------", "------"]),
    row("put /v3/product/vxc/{uid}", "/v3/product/vxc/<Globex payments>", r#"{"name": "x"}"#,     "GPI", ["yyy----", "------", "------"]),
    row("put /v2/order/vxc/{uid}", "/v2/order/vxc/<order of Globex trading floor>",
        r#"{"isApproved": true, "vlan": 700}"#,                                                "PGI", ["yy-y---", "------", "------"]),
    row("put /v2/order/vxc/{uid}", "/v2/order/vxc/<order of Initech main>",
        r#"{"isApproved": false}"#,                                                            "PIG", ["yy-y---", "------", "------"]),
    row("post /v3/product/{uid}/action/{action}", "/v3/product/<Globex payments>/action/CANCEL_NOW", "", "GPI", ["yy-y---", "------", "------"]),
    row("post /v3/product/{uid}/action/{action}", "/v3/product/<Globex payments>/action/CANCEL", "",     "GPI", ["yy-y---", "------", "------"]),
    row("get /v3/order_approvals", "/v3/order_approvals", "",                                  "PMI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("post /v3/order_approvals/{uid}/approve", "/v3/order_approvals/<NEW_ORDER>/approve", "",  "PMI", ["yyy----", "------", "------"]),
    row("post /v3/order_approvals/{uid}/approve", "/v3/order_approvals/<TERM_CHANGE>/approve", "null", "PMI", ["yyy----", "------", "------"]),
    row("post /v3/order_approvals/{uid}/reject", "/v3/order_approvals/<SPEED_CHANGE>/reject", "{}", "PMI", ["yyy----", "------", "------"]),
    row("post /v3/order_approvals/{uid}/withdraw", "/v3/order_approvals/<NEW_ORDER>/withdraw", "",    "MPI", ["yy-y---", "------", "------"]),
    row("post /v3/order_approvals/{uid}/withdraw", "/v3/order_approvals/<TERM_CHANGE>/withdraw", "",  "MPI", ["yy-y---", "------", "------"]),
    row("post /v3/order_approvals/{uid}/withdraw", "/v3/order_approvals/<SPEED_CHANGE>/withdraw", "", "MPI", ["yy-y---", "------", "------"]),
    row("post /v3/networkdesign/validate", "/v3/networkdesign/validate", ORDER,                "GPI", ["yy-y---", "------", "------"]),
    row("post /v3/networkdesign/buy", "/v3/networkdesign/buy", ORDER,                          "GPI", ["yy-y---", "------", "------"]),
    row("post /v4/networkdesign/buy", "/v4/networkdesign/buy", DESIGN,                         "GPI", ["yy-y---", "------", "------"]),
    row("get /v2/dropdowns/partner/megaports", "/v2/dropdowns/partner/megaports", "",          "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("get /v2/service/key", "/v2/service/key", "",                                          "PGI", ["yy-y---", "yy-y--", "yy-y--"]),
    row("get /v2/service/key", "/v2/service/key?productIdOrUid=<SYD1-A>", "",                  "PGI", ["yy-y---", "------", "------"]),
    row("get /v2/service/key", "/v2/service/key?companyIdOrUid=<example-cloud-connect>", "",   "PGI", ["yy-y---", "------", "------"]),
    // A key is known to whoever holds its code.
    row("get /v2/service/key", "/v2/service/key?key=<Globex projects>", "",                    "PGI", ["yy-y---", "yyyyyy", "yyyyyy"]),
    row("get /v2/service/key", "/v2/service/key%3Fkey=<Globex projects>", "",                  "PGI", ["yy-y---", "yyyyyy", "yyyyyy"]),
    row("get /v2/service/key/validate", "/v2/service/key/validate?key=<Globex projects>", "",  "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("post /v2/service/key", "/v2/service/key", r#"{"productUid": "<SYD1-A>"}"#,            "PGI", ["yy-y---", "------", "------"]),
    row("put /v2/service/key", "/v2/service/key",
        r#"{"key": "<Globex projects>", "active": false}"#,                                    "PGI", ["yy-y---", "------", "------"]),
    // The settings are the caller's own, and a key's owner is whose they are.
    row("get /v2/notificationPreferences", "/v2/notificationPreferences", "",                  "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("get /v3/notificationPreferences", "/v3/notificationPreferences", "",                  "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("put /v2/notificationPreferences", "/v2/notificationPreferences", PREFERENCES,         "PGI", ["yyy---y", "yyy---", "yyy---"]),
    row("put /v3/notificationPreferences", "/v3/notificationPreferences", PREFERENCES,         "PGI", ["yyy---y", "yyy---", "yyy---"]),
    row("get /v2/employment", "/v2/employment", "",                                            "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("post /v2/employment", "/v2/employment",
        r#"{"firstName": "Noor", "lastName": "Example", "email": "noor@new.example", "position": "Finance"}"#,
                                                                                               "PGI", ["y------", "y-----", "y-----"]),
    row("get /v2/employee/{personId}", "/v2/employee/<rosa@examplecloud.example>", "",         "PGI", ["yyyyyyy", "------", "------"]),
    row("put /v2/employee/{personId}", "/v2/employee/<rosa@examplecloud.example>",
        r#"{"position": "Finance"}"#,                                                          "PGI", ["y------", "------", "------"]),
    row("put /v2/employee/{personId}", "/v2/employee/<rosa@examplecloud.example>",
        r#"{"notificationEnabled": false}"#,                                                   "PGI", ["y------", "------", "------"]),
    row("put /v2/employee/{personId}", "/v2/employee/<me>", r#"{"notificationEnabled": false}"#, "PGI", ["yyy----", "yyy---", "yyy---"]),
    row("put /v2/employee/{personId}", "/v2/employee/<me>", r#"{"phone": "+61255500000"}"#,    "PGI", ["y------", "y-----", "y-----"]),
    row("delete /v2/employee/{personId}", "/v2/employee/<invited@examplecloud.example>", "",   "PGI", ["y------", "------", "------"]),
    // A company that isn't managed itself may manage accounts; no other company's.
    row("get /v2/managedCompanies", "/v2/managedCompanies", "",                                "PGM", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("post /v2/managedCompanies", "/v2/managedCompanies",
        r#"{"accountName": "Example Film"}"#,                                                  "PGM", ["y------", "y-----", "------"]),
    row("put /v2/managedCompanies/{companyUid}", "/v2/managedCompanies/<example-media>",
        r#"{"accountName": "Example Film"}"#,                                                  "PGM", ["y------", "------", "------"]),
    row("get /v3/activity", "/v3/activity", "",                                                "PGI", ["y------", "y-----", "y-----"]),
    row("get /v3/activity", "/v3/activity?personIdOrUid=<me>", "",                             "PGI", ["yyyyyyy", "yyyyyy", "yyyyyy"]),
    row("get /v3/activity", "/v3/activity?personIdOrUid=<tomas@examplecloud.example>", "",     "PGI", ["y-y----", "------", "------"]),
    row("get /v3/activity", "/v3/activity?companyIdOrUid=<example-cloud-connect>", "",         "PGI", ["y------", "------", "------"]),
];

const ORDER: &str = r#"[{"productUid": "<Globex Sydney>", "associatedVxcs": [
    {"productName": "Swept", "rateLimit": 10, "term": 1, "bEnd": {"productUid": "<SYD1-A>"}}]}]"#;

const DESIGN: &str = r#"{"networkDesign": [{"productUid": "<Globex Sydney>", "associatedVxcs": [
    {"productName": "Swept", "rateLimit": 10, "term": 1, "bEnd": {"productUid": "<SYD1-A>"}}]}], "discountCodes": []}"#;

const PREFERENCES: &str =
    r#"{"destinations": {"EMAIL": [{"messageGroup": "SERVICE_STATUS", "subscribed": true, "details": []}]}}"#;

const fn row(
    operation: &'static str,
    path: &'static str,
    body: &'static str,
    whose: &'static str,
    may: [&'static str; 3],
) -> Row {
    Row { operation, path, body, whose, may }
}

/// What only the provider and who has to do with it may learn of.
const SECRETS: [&str; 6] =
    ["examplecloud.example", "Withdrawn", "Trade fair", "MEL2-A-2", "Media playout", "Media Melbourne"];

#[tokio::test]
async fn every_operation_is_for_those_the_table_names_and_no_one_else() {
    let sandbox = Sandbox::start().await;
    let admin = sandbox.client("provider", "company-admin").await;
    let invited = serde_json::json!({
        "firstName": "Ina", "lastName": "Example", "email": "invited@examplecloud.example", "position": "Finance",
    });
    assert_eq!(admin.post("/v2/employment", invited).await.status, 201);
    let callers = callers(&sandbox).await;
    until_delivered(&sandbox).await;
    let file = File::open(&sandbox);
    let names = file.names();
    let http = plain_http();
    let mut wrong = Vec::new();
    for row in TABLE {
        let (method, _) = row.operation.split_once(' ').unwrap();
        let method: Method = method.to_uppercase().parse().unwrap();
        let mut anybody = names.clone();
        anybody.insert("me".into(), "1".into());
        let changes = method != Method::GET && !row.path.ends_with("/validate");
        for token in [None, Some("unknown")] {
            let mut request =
                http.request(method.clone(), format!("{}{}", admin.base, fill(row.path, &anybody)));
            request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
            let answer = request.body(fill(row.body, &anybody)).send().await.unwrap();
            let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
            if status != StatusCode::UNAUTHORIZED || !is_envelope(&body) || file.has_changed() {
                wrong.push(format!(
                    "{} {} with the token {token:?}: {status} {body}",
                    row.operation, row.path
                ));
            }
        }
        for (letter, may) in row.whose.chars().zip(row.may) {
            let of_company = callers.iter().filter(|caller| caller.letter == letter);
            for (caller, expected) in of_company.zip(may.chars()) {
                let mut names = names.clone();
                names.insert("me".into(), names[&caller.email].clone());
                let (path, body) = (fill(row.path, &names), fill(row.body, &names));
                let (status, text) = caller.client.send_text(method.clone(), &path, body).await;
                let changed = file.has_changed();
                let answer: Value = serde_json::from_str(&text).unwrap();
                let told = SECRETS.iter().find(|secret| {
                    !"PM".contains(letter) && text.contains(*secret) && !row.path.contains(*secret)
                });
                let right = match expected {
                    'y' => status.is_success() && changed == changes && told.is_none(),
                    _ => status == StatusCode::FORBIDDEN && is_envelope(&answer) && !changed,
                };
                if !right {
                    wrong.push(format!(
                        "{} {} {} by {letter} {}: {status}, {}changed{}: {answer:.200}",
                        row.operation,
                        row.path,
                        row.body,
                        caller.role,
                        if changed { "" } else { "un" },
                        told.map_or_else(String::new, |told| format!(", tells {told:?}")),
                    ));
                }
                if changed {
                    file.restore();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn no_operation_is_left_out_of_the_table() {
    let sandbox = Sandbox::start().await;
    let base = sandbox.embedded.base_url();
    let http = plain_http();
    let document: Value =
        http.get(format!("{base}/openapi.json")).send().await.unwrap().json().await.unwrap();
    let paths = document["paths"].as_object().unwrap();
    let served: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        })
        .collect();
    let swept: BTreeSet<String> =
        TABLE.iter().map(|row| row.operation).chain(OPEN).chain([BY_KEY]).map(str::to_owned).collect();
    assert_eq!(swept, served);
    // What is open answers everybody alike, and a token is no key pair.
    let readers: Vec<Client> =
        vec![sandbox.client("provider", "company-admin").await, sandbox.client("initech", "read-only").await];
    for operation in OPEN {
        let (_, path) = operation.split_once(' ').unwrap();
        let plain: Value = http.get(format!("{base}{path}")).send().await.unwrap().json().await.unwrap();
        for reader in &readers {
            let answer = reader.get(path).await;
            assert_eq!((answer.status, &answer.body), (StatusCode::OK, &plain), "{path}");
        }
    }
    for reader in &readers {
        let answer = reader.post("/oauth2/token?grant_type=client_credentials", Value::Null).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.body, serde_json::json!({"error": "invalid_client"}));
    }
}

fn is_envelope(body: &Value) -> bool {
    body["message"].is_string() && body["terms"].is_string() && body.get("data").is_some()
}

/// Waits until no email waits for its delivery, which changes the file as well.
async fn until_delivered(sandbox: &Sandbox) {
    let connection = Connection::open(sandbox.db()).unwrap();
    let is_waiting = "SELECT EXISTS (SELECT * FROM messages WHERE status = 'WAITING')";
    while connection.query_row(is_waiting, [], |row| row.get(0)).unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Somebody with a token, in the order of a row's columns.
struct Caller {
    letter: char,
    role: &'static str,
    email: String,
    client: Client,
}

async fn callers(sandbox: &Sandbox) -> Vec<Caller> {
    let mut callers = Vec::new();
    let connection = Connection::open(sandbox.db()).unwrap();
    for (letter, company) in COMPANIES {
        for role in ROLES {
            callers.push(Caller {
                letter,
                role,
                email: email(&connection, company, role),
                client: sandbox.client(company, role).await,
            });
        }
        // The Company Admin's key, which reads only.
        let admin = email(&connection, company, ROLES[0]);
        connection
            .execute(
                "INSERT INTO api_keys (client_id, client_secret, name, user_id, role, token_life_s, created_at) \
                 SELECT 'reads-' || id, 'secret', 'reads', id, 'Read Only', 3600, 0 FROM users WHERE email = ?1",
                [&admin],
            )
            .unwrap();
        let client_id: String = connection
            .query_row("SELECT 'reads-' || id FROM users WHERE email = ?1", [&admin], |row| row.get(0))
            .unwrap();
        let client = Client::with_key(&sandbox.embedded.base_url(), &client_id, "secret").await;
        callers.push(Caller { letter, role: "company-admin's key that reads", email: admin, client });
    }
    callers
}

fn email(connection: &Connection, company: &str, role: &str) -> String {
    connection
        .query_row(
            "SELECT u.email FROM users u JOIN companies c ON c.id = u.company_id \
             WHERE c.slug = ?1 AND replace(lower(u.role), ' ', '-') = ?2 ORDER BY u.id",
            [company, role],
            |row| row.get(0),
        )
        .unwrap()
}

/// Puts what a text names in `<...>` in its place.
fn fill(text: &str, names: &HashMap<String, String>) -> String {
    let mut parts = text.split('<');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('>').unwrap();
        filled += names.get(name).unwrap_or_else(|| panic!("nothing is called {name:?}"));
        filled += rest;
    }
    filled
}

/// The sandbox's file, looked at from beside it: what is in it, and as it was at first.
struct File {
    connection: Connection,
    tables: Vec<String>,
}

impl File {
    fn open(sandbox: &Sandbox) -> File {
        let connection = Connection::open(sandbox.db()).unwrap();
        let copy = sandbox.dir.path().join("copy.db");
        connection.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        connection.execute("ATTACH ?1 AS first", [copy.to_str().unwrap()]).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        let mut statement =
            connection.prepare("SELECT name FROM main.sqlite_master WHERE type = 'table'").unwrap();
        let tables: Vec<String> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        drop(statement);
        File { connection, tables }
    }

    /// What uid, key or number belongs to what is called so.
    fn names(&self) -> HashMap<String, String> {
        let sql = "SELECT name, uid FROM products UNION ALL SELECT name, uid FROM vxcs UNION ALL SELECT slug, uid FROM companies \
            UNION ALL SELECT 'order of ' || v.name, o.uid FROM orders o JOIN vxcs v ON v.order_id = o.id \
            UNION ALL SELECT description, key FROM service_keys UNION ALL SELECT email, CAST(id AS TEXT) FROM users \
            UNION ALL SELECT type, uid FROM order_approvals WHERE status = 'PENDING'";
        let mut statement = self.connection.prepare(sql).unwrap();
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        found.map(Result::unwrap).collect()
    }

    fn has_changed(&self) -> bool {
        self.tables.iter().any(|table| {
            let differs = format!(
                "SELECT EXISTS (SELECT * FROM main.{table} EXCEPT SELECT * FROM first.{table}) \
                 OR EXISTS (SELECT * FROM first.{table} EXCEPT SELECT * FROM main.{table})"
            );
            self.connection.query_row(&differs, [], |row| row.get(0)).unwrap()
        })
    }

    fn restore(&self) {
        let all: Vec<String> = self
            .tables
            .iter()
            .map(|table| {
                format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM first.{table};")
            })
            .collect();
        self.connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT;", all.concat())).unwrap();
    }
}
