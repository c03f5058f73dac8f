//! Words and values that are taken.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;

use crate::common::Home;

#[test]
fn d19_a_default_can_be_said() {
    let home = Home::new();
    let create = "--env sandbox keys create --port SYD1-A --expires-in 30d --dry-run -o json";
    let usual = home.portgate(create).run().exits(0).json();
    for default in ["--single-use", "--approval-needed", "--active", "--no-vlan"] {
        let said = home.portgate(&format!("{create} {default}")).run().exits(0).json();
        let body = |document: &serde_json::Value| {
            let mut body = document["would_send"][0]["body"].clone();
            assert!(body.is_object(), "{document}");
            body["validFor"] = serde_json::Value::Null;
            body
        };
        assert_eq!(body(&said), body(&usual), "{default}");
    }
    for (one, other) in
        [("--single-use", "--multi-use"), ("--pre-approved", "--approval-needed"), ("--active", "--inactive")]
    {
        home.portgate(&format!("{create} {one} {other}")).run().exits(2);
    }
    let file = home.write("key.json", r#"{"port": "SYD1-A", "no_expiry": true, "vlan": 7}"#);
    let from = format!("--env sandbox keys create --from-file {} --no-vlan --dry-run", file.display());
    let shown = home.portgate(&from).run();
    assert!(!shown.exits(0).stdout.contains("\"vlan\": 7"), "{shown}");
}

#[test]
fn d23_the_sandbox_listens_elsewhere_if_it_is_allowed_to() {
    let home = Home::new();
    let refused = home.portgate("sandbox serve --listen 0.0.0.0:0").run();
    refused.exits(2).stderr_has("--allow-remote");
    let mut server = home.portgate("sandbox serve --listen 0.0.0.0:0 --allow-remote").spawn();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let port = url.trim().strip_prefix("http://0.0.0.0:").unwrap_or_else(|| panic!("{url}"));
    TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
}
