//! The token: fetched, renewed, refused, and never taken along to where it doesn't belong.

use serde_json::json;

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

#[test]
fn a_redirect_to_another_host_never_takes_the_token_along() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Script::new()
            .on("GET", "/stolen", Answer::ok(json!([])))
            .on("PUT", "/stolen", Answer::ok(json!({})))
            .start();
        let away = Answer::redirect(status, &format!("{}/stolen", elsewhere.url()));
        let script = Script::new()
            .on("GET", "/v2/products", away.clone())
            .on("GET", "/v3/order_approvals", away.clone())
            .on("GET", "/v2/employment", away.clone())
            .start();
        let home = Home::new();
        home.approvals("list --max-retries 0", &script).run().lacks("scripted-token");

        let circuit = Circuit::of("vxc-new");
        let deciding = Script::new()
            .on("PUT", &circuit.by_vxc(), away.clone())
            .on("PUT", &circuit.by_order(), away)
            .marketplace(&circuit)
            .start();
        let outcome = home.approvals(&format!("accept {NEW} --max-retries 0 --timeout 1s"), &deciding).run();
        assert_ne!(outcome.code, 0, "{outcome}");

        for request in elsewhere.requests() {
            assert_eq!(request.header("authorization"), None, "{status}");
            assert_eq!(request.method, "GET", "{status}: a decision went elsewhere");
        }
    }
}

#[test]
fn a_token_that_has_ended_is_6_and_a_key_that_is_refused_is_3() {
    let script = Script::new()
        .on("GET", "/v2/products", wire::body(401, "error-unauthorised"))
        .on("GET", "/v3/order_approvals", wire::body(401, "error-unauthorised"))
        .on("GET", "/v2/employment", wire::body(401, "error-unauthorised"))
        .on("POST", "/oauth2/token", wire::token_ok())
        .start();
    let home = Home::new();

    let with_token = home.approvals("list", &script).run();
    with_token.exits(6).lacks("scripted-token");
    assert_eq!(script.hits("POST", "/oauth2/token"), 0);
    let with_key = home.portgate("approvals list").at(&script).key("k3y", "s3cret-half").run();
    with_key.exits(3).lacks("s3cret-half").lacks("scripted-token-1");

    let refusing = Script::new().on("POST", "/oauth2/token", wire::body(401, "token-refused")).start();
    let refused = home.portgate("approvals list -o json").at(&refusing).key("k3y", "s3cret-half").run();
    refused.exits(3).lacks("s3cret-half");
    assert_eq!(refused.error()["type"], "authentication");
    assert_eq!(refusing.requests().len(), 1, "a refused key is not tried again");
}

#[test]
fn a_token_is_fetched_with_basic_credentials_once_a_run_and_renewed_after_a_401() {
    let products = [wire::body(401, "error-unauthorised"), wire::products_of(&["vxc-new"])];
    let token =
        |nth: usize| Answer::json(200, &json!({"access_token": format!("fresh-{nth}"), "expires_in": 86400}));
    let script = Script::new()
        .on("POST", "/oauth2/token", [token(1), token(2)])
        .on("GET", "/v2/products", products)
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let home = Home::new();

    home.portgate("approvals list").at(&script).key("k3y", "s3cret").run().exits(0).stdout_has("7c1e09ab");

    let requests = script.requests();
    let fetched = requests.iter().find(|request| request.path == "/oauth2/token").unwrap();
    assert_eq!(fetched.header("authorization"), Some("Basic azN5OnMzY3JldA=="));
    assert_eq!(fetched.text(), "grant_type=client_credentials");
    assert_eq!(fetched.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(script.hits("POST", "/oauth2/token"), 2);
    let used: Vec<_> = requests
        .iter()
        .filter(|request| request.path == "/v2/products")
        .map(|request| request.header("authorization").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(used, ["Bearer fresh-1", "Bearer fresh-2"]);
    assert!(!home.config().exists() || std::fs::read_dir(home.config()).unwrap().next().is_none());
}

#[test]
fn a_wrong_environment_or_half_a_key_sends_nothing() {
    let home = Home::new();
    home.portgate("approvals list --env stagign").token("t").run().exits(2).stderr_has("staging");
    home.portgate("approvals list").env("MEGAPORT_ENVIRONMENT", "stagign").token("t").run().exits(2);

    let script = Script::new().start();
    let half = home.portgate("approvals list").at(&script).env("MEGAPORT_ACCESS_KEY", "k3y").run();
    assert!([2, 3].contains(&half.code), "{half}");
    half.stderr_has("MEGAPORT_SECRET_KEY");
    let none = home.portgate("approvals list").at(&script).run();
    assert!([2, 3].contains(&none.code), "{none}");
    none.stderr_has("auth login").stderr_has("--env sandbox");
    assert!(script.requests().is_empty());
}
