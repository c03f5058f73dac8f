//! `--verbose` and `--log-file`: each request is shown, without its secrets.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::common::wire::{Circuit, token_ok};
use crate::common::{Answer, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

/// The lines that show a request or a part of one, with its time left out.
fn requests(text: &str) -> Vec<String> {
    let is_request =
        |line: &&str| ["GET ", "PUT ", "POST ", "> ", "< "].iter().any(|start| line.starts_with(start));
    let without_time = |line: &str| {
        let parts = line.split(", ");
        parts.filter(|part| !part.ends_with(" ms")).collect::<Vec<_>>().join(", ")
    };
    text.lines().filter(is_request).map(without_time).collect()
}

fn answered_late(circuit: &Circuit) -> Script {
    let busy = Answer::refusal(503, "Soon.").header("Retry-After", 0).header("Trace-Id", "trace-1");
    let read = Answer::ok(circuit.now()).header("Trace-Id", "trace-2");
    Script::new().on("POST", "/oauth2/token", token_ok()).on("GET", &circuit.alone(), [busy, read])
}

#[test]
fn d11_a_line_is_shown_for_each_request() {
    let circuit = Circuit::of("vxc-new");
    let script = answered_late(&circuit).start();
    let home = Home::new();
    let path = circuit.alone();
    let outcome = home.portgate(&format!("api GET -v {path}")).at(&script).key("someone", "s3cret").run();
    outcome.exits(0);
    let expected = [
        "POST /oauth2/token: 200".to_owned(),
        format!("GET {path}: 503, trace ID trace-1"),
        format!("GET {path}: 200, trace ID trace-2, attempt 2"),
    ];
    assert_eq!(requests(&outcome.stderr), expected, "{outcome}");
    let quiet = home.portgate(&format!("api GET {path}")).at(&script).key("someone", "s3cret").run();
    assert!(requests(&quiet.exits(0).stderr).is_empty(), "{quiet}");
}

#[test]
fn a_request_without_an_answer_is_shown_too() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().on("PUT", &circuit.by_vxc(), [Answer::lost()]).marketplace(&circuit).start();
    let outcome = Home::new().approvals(&format!("accept {NEW} -v --timeout 4s"), &script).run();
    let put = format!("PUT {}: no response (", circuit.by_vxc());
    assert!(requests(&outcome.stderr).iter().any(|line| line.starts_with(&put)), "{outcome}");
}

#[test]
fn d11_headers_and_bodies_have_no_secrets() {
    let key = "3f0c2a91-7b64-4d58-9e21-5c8d0a7f6b33";
    let keys = json!([{"key": key, "description": "desk"}]);
    let script = Script::new()
        .on("POST", "/oauth2/token", token_ok())
        .on("POST", "/v2/things", Answer::ok(keys).header("Set-Cookie", "session=s3cret"))
        .start();
    let home = Home::new();
    let call = format!("api POST /v2/things -vv -F password=s3cret -F key={key}");
    let outcome = home.portgate(&call).at(&script).key("someone", "s3cret").run();
    outcome.exits(0).stderr_lacks("s3cret").stderr_lacks(key).stderr_lacks("Bearer");
    let shown = requests(&outcome.stderr);
    for line in [
        "> authorization: [left out]",
        "> {\"password\":\"[left out]\",\"key\":\"3f0c2a91...\"}",
        "POST /v2/things: 200",
        "< set-cookie: [left out]",
        "< {\"message\":\"OK\"",
    ] {
        assert!(shown.iter().any(|seen| seen.starts_with(line)), "{line}\n{outcome}");
    }
}

#[test]
fn a_log_file_takes_the_lines_and_is_its_owner_s_only() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let log = home.path().join("requests.log");
    let run = || home.approvals(&format!("list --log-file {}", log.display()), &script).run();
    assert!(requests(&run().exits(0).stderr).is_empty());
    run().exits(0);
    let text = std::fs::read_to_string(&log).unwrap();
    let reads = text.lines().filter(|line| line.contains("Z GET /v2/products: 200, ")).count();
    assert_eq!(reads, 2, "{text}");
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    let nowhere = home.approvals("list --log-file /nowhere/requests.log", &script).run();
    nowhere.exits(2).stderr_has("cannot open the log file /nowhere/requests.log");
}

#[test]
fn what_a_backend_repeats_of_its_request_has_no_secrets() {
    let token = "echoed-token-0123456789";
    let secret = "echoed-secret-0123456789";
    let script = Script::new()
        .on("POST", "/oauth2/token", |_: &Request, nth: usize| match nth {
            0 => Answer::json(
                401,
                &json!({"error": "invalid_client", "error_description": "no such secret: echoed-secret-0123456789"}),
            )
            .header("Trace-Id", "echoed-secret-0123456789"),
            _ => Answer::json(200, &json!({"access_token": "echoed-token-0123456789", "expires_in": 3600})),
        })
        .on("GET", "/v2/products", |request: &Request, _: usize| {
            let sent = request.header("authorization").unwrap().to_owned();
            Answer::refusal(403, &format!("not with {sent}")).header("Trace-Id", &sent).header("X-Echo", sent)
        })
        .on("GET", "/v3/order_approvals", Answer::refusal(403, "no"))
        .on("GET", "/v2/employment", Answer::refusal(403, "no"))
        .start();
    let home = Home::new();
    home.keeps_secret(token);
    let run = || home.portgate("ports list -vv -o json").at(&script).key("someone", secret).run();
    run().exits(3).lacks(secret).stderr_has("no such secret: [left out]");
    let refused = run();
    refused.exits(7).lacks(secret).lacks(token).stderr_has("not with Bearer [left out]");
    assert!(refused.stderr.contains("< x-echo: Bearer [left out]"), "{refused}");
}
