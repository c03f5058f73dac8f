//! `portgate api`: what is sent, what comes out, and where it never goes.

use serde_json::json;

use crate::common::wire::{self, paged};
use crate::common::{Answer, Home, Portgate, Request, Script};

fn api<'h>(home: &'h Home, args: &str, script: &Script) -> Portgate<'h> {
    home.portgate(&format!("api {args}")).at(script).token("scripted-token")
}

#[test]
fn a_body_is_written_as_it_came() {
    let body = "{\"data\" : [1,  2],\n\n\"message\":\"x\"}";
    let script = Script::new().on("GET", "/v2/things", Answer::new(200, "application/json", body)).start();
    let home = Home::new();
    for path in ["/v2/things", "v2/things", &format!("{}/v2/things", script.url())] {
        api(&home, &format!("get {path}"), &script).run().exits(0).stdout_is(body);
    }
    let request = &script.requests()[0];
    assert_eq!(request.header("authorization"), Some("Bearer scripted-token"));
    assert!(request.body.is_empty());
    api(&home, "GET /v2/things --include", &script).run().exits(0).stdout_has("HTTP 200\n").stdout_has(body);
    assert_eq!(api(&home, "GET /v2/things -o json", &script).run().exits(0).json()["data"], json!([1, 2]));
    api(&home, "GET /v2/things -o jsonl", &script).run().exits(0).stdout_is("1\n2\n");
    api(&home, "GET /v2/things --query data[1]", &script).run().exits(0).stdout_is("2\n");
}

#[test]
fn fields_of_a_get_are_its_query() {
    let script = Script::new().on("GET", "/v2/things", Answer::ok(json!([]))).start();
    let home = Home::new();
    api(&home, "GET /v2/things?a=1 -F b=true -F tags[]=x -F tags[]=y", &script)
        .arg("-f")
        .arg("c=a b&d")
        .run()
        .exits(0);
    let request = &script.requests()[0];
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(request.query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let expected = [("a", "1"), ("c", "a b&d"), ("b", "true"), ("tags", "x"), ("tags", "y")];
    assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn fields_are_the_body_of_everything_else_and_a_file_may_be() {
    let script = Script::new()
        .on("POST", "/v2/things", Answer::ok("made"))
        .on("PUT", "/v2/things", Answer::ok("put"))
        .on("DELETE", "/v2/things", Answer::empty(204))
        .start();
    let home = Home::new();
    let file = home.write("text", "from a file\n");
    let run = api(&home, "POST /v2/things -F speed=500 -F on=true -f id=7 -F validFor[end]=9", &script);
    run.arg("-F").arg(format!("text=@{}", file.display())).run().exits(0).stdout_has("made");
    api(&home, "put /v2/things?x=1 --input - -F y=2", &script)
        .stdin(r#"{"a": [1, null]}"#)
        .run()
        .exits(0)
        .stderr_has(&script.url());
    api(&home, "DELETE /v2/things", &script).run().exits(0).stdout_is("");
    let writes = script.writes();
    assert_eq!(
        writes[0].json(),
        json!({"id": "7", "speed": 500, "on": true, "validFor": {"end": 9}, "text": "from a file\n"})
    );
    assert_eq!(
        (writes[1].line(), writes[1].json()),
        ("PUT /v2/things?x=1&y=2".to_owned(), json!({"a": [1, null]}))
    );
    assert!(writes[2].body.is_empty());
}

#[test]
fn all_pages_are_put_together() {
    let pages = |request: &Request, _: usize| {
        let page: usize = request.parameter("pageNumber").unwrap().parse().unwrap();
        paged(Answer::ok(json!([page * 10, page * 10 + 1])), 6, page, 3)
    };
    let script = Script::new().on("GET", "/v3/things", pages).start();
    let home = Home::new();
    let outcome = api(&home, "GET /v3/things?status=PENDING --paginate", &script).run();
    outcome.exits(0);
    assert_eq!(outcome.json()["data"], json!([10, 11, 20, 21, 30, 31]));
    assert_eq!(outcome.json()["message"], "OK");
    assert!(
        script.requests().iter().all(|request| request.parameter("status").as_deref() == Some("PENDING"))
    );
    assert_eq!(script.requests().len(), 3);
    api(&home, "GET /v3/things?pageNumber=3 --paginate -o jsonl", &script)
        .run()
        .exits(0)
        .stdout_is("30\n31\n");
    assert_eq!(script.requests().len(), 4);
}

#[test]
fn pages_that_lie_are_errors_and_no_paging_is_one_page() {
    let home = Home::new();
    let empty = Script::new().on("GET", "/v3/things", paged(Answer::ok(json!([])), 6, 1, 3)).start();
    api(&home, "GET /v3/things --paginate", &empty).run().exits(4).stdout_is("");
    let strange = Script::new().on("GET", "/v3/things", paged(Answer::ok(json!({})), 6, 1, 3)).start();
    api(&home, "GET /v3/things --paginate", &strange).run().exits(4);
    let single = Script::new().on("GET", "/v3/things", Answer::ok(json!({"a": 1}))).start();
    assert_eq!(api(&home, "GET /v3/things --paginate", &single).run().exits(0).json()["data"]["a"], 1);
    assert_eq!(single.requests().len(), 1);
}

#[test]
fn the_token_goes_nowhere_else() {
    let (script, other) = (Script::new().start(), Script::new().start());
    let home = Home::new();
    for path in
        [format!("{}/v2/x", other.url()), "https://api.example/v2/x".into(), "//evil.example/x".into()]
    {
        let outcome = api(&home, "GET", &script).arg(&path).run();
        outcome.exits(2).stderr_has("token").lacks("scripted-token");
    }
    assert!(script.requests().is_empty() && other.requests().is_empty());

    let moved = Script::new().on("GET", "/x", Answer::redirect(302, &format!("{}/x", other.url()))).start();
    api(&home, "GET /x", &moved).run().exits(4);
    assert!(other.requests().is_empty());
}

#[test]
fn wrong_arguments_are_refused_before_any_request() {
    let script = Script::new().start();
    let home = Home::new();
    for args in [
        "FETCH /x",
        "GET",
        "GET /",
        "GET /x -F novalue",
        "GET /x -F a[b]=1",
        "GET /x --input -",
        "GET /x --include -o json",
        "POST /x --paginate",
        "POST /x --input missing.json",
        "POST /x --input -",
        "POST /x -F a[b=1",
    ] {
        api(&home, args, &script).stdin("not json").run().exits(2).stdout_is("");
    }
    assert!(script.requests().is_empty());
}

#[test]
fn errors_have_the_usual_codes_and_reads_are_tried_again() {
    let home = Home::new();
    for (answer, code) in [
        (wire::body(400, "error-bad-request"), 4),
        (wire::body(401, "error-unauthorised"), 6),
        (wire::body(403, "error-forbidden"), 7),
        (wire::body(404, "error-not-found"), 8),
        (wire::body(409, "error-conflict"), 13),
    ] {
        let script = Script::new()
            .on("GET", "/x", answer.clone().header("Trace-Id", "trace-4711"))
            .on("POST", "/x", answer)
            .start();
        api(&home, "GET /x", &script).run().exits(code).stdout_is("").stderr_has("trace-4711");
        api(&home, "POST /x", &script).run().exits(code).stdout_is("");
        assert_eq!(script.writes().len(), 1);
    }
    let script = Script::new().on("GET", "/x", [Answer::refusal(503, "Soon."), Answer::ok("back")]).start();
    api(&home, "GET /x", &script).run().exits(0).stdout_has("back");
    let script = Script::new().on("GET", "/x", Answer::html(200)).start();
    api(&home, "GET /x", &script).run().exits(0).stdout_has("It works");
    api(&home, "GET /x -o yaml", &script).run().exits(4).stderr_has("not JSON");
}

#[test]
fn f09_what_is_not_a_read_is_sent_once_and_a_lost_answer_is_14() {
    let home = Home::new();
    for (answer, code) in [
        (Answer::lost(), 14),
        (Answer::refusal(500, "Broken."), 14),
        (Answer::refusal(503, "Soon.").header("Retry-After", 0), 14),
        (Answer::html(200), 14),
        (Answer::refusal(429, "Slower.").header("Retry-After", 0), 9),
    ] {
        // A quarter of it is kept for the last sending: enough here for any machine to answer.
        let timeout = if code == 9 { "6s" } else { "1s" };
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let script = Script::new().on(method, "/x", answer.clone()).start();
            let call = format!("{method} /x -F a=1 --timeout {timeout}");
            api(&home, &call, &script).run().exits(code).stdout_is("");
            // A rate limit that is waited out is the one answer after which it is surely not carried out.
            assert_eq!(script.writes().len() > 1, code == 9, "{method}");
        }
    }
}

#[test]
fn a_terminal_asks_before_anything_but_a_read() {
    let home = Home::new();
    for (keys, code, writes) in [("\r", 5, 0), ("y\r", 0, 1)] {
        let script = Script::new().on("POST", "/x", Answer::ok("done")).start();
        let mut terminal = api(&home, "POST /x -F a=1", &script).env("NO_COLOR", "1").in_terminal(100, 30);
        let before = terminal.expect("[y/N]");
        assert!(before.contains("POST /x {\"a\":1}") && before.contains(&script.url()), "{before}");
        assert!(script.requests().is_empty());
        terminal.send(keys);
        terminal.exits(code);
        assert_eq!(script.writes().len(), writes);
    }
    let script = Script::new().on("POST", "/x", Answer::ok("done")).start();
    let seen = api(&home, "POST /x --yes", &script).env("NO_COLOR", "1").in_terminal(100, 30).exits(0);
    assert!(!seen.contains("[y/N]"), "{seen}");
}

#[test]
fn a_terminal_sees_harmless_text() {
    let hostile = Answer::new(200, "text/plain", "a\u{1b}[2Jb\u{202e}c");
    let script = Script::new().on("GET", "/x", hostile.header("X-Odd", "d\u{9b}e")).start();
    let home = Home::new();
    let seen = api(&home, "GET /x --include", &script).env("NO_COLOR", "1").in_terminal(100, 30).exits(0);
    assert!(
        seen.contains("\\u{1b}[2J") && !seen.contains("\u{1b}[2J") && !seen.contains('\u{202e}'),
        "{seen}"
    );
    assert!(!seen.contains('\u{9b}'), "{seen}");
}

#[test]
fn a_profile_that_is_read_only_reads() {
    let home = Home::new();
    let script = Script::new().on("GET", "/x", Answer::ok("seen")).start();
    let path = home.write(
        "config/portgate/config.toml",
        format!(
            "schema = \"portgate.config/v1\"\ndefault = \"p\"\n[profiles.p]\nenvironment = \"custom\"\n\
             api_url = \"{}\"\nread_only = true\n",
            script.url()
        ),
    );
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let run = |args: &str| {
        home.portgate(&format!("api {args}")).token("t").env("MEGAPORT_API_URL", script.url()).run()
    };
    run("GET /x").exits(0).stdout_has("seen");
    run("POST /x --yes").exits(15);
    assert!(script.writes().is_empty());
}

#[test]
fn what_a_profile_limits_of_decisions_holds_for_raw_ones_too() {
    for limit in ["require_reason = true", "require_ticket = true", "max_sold = \"90%\""] {
        let home = Home::new();
        let script = Script::new()
            .on("PUT", "/v3/product/vxc/one", Answer::ok("done"))
            .on("POST", "/v3/order_approvals/one/approve", Answer::ok("done"))
            .start();
        let path = home.write(
            "config/portgate/config.toml",
            format!("[profiles.p]\nenvironment = \"custom\"\napi_url = \"{}\"\n{limit}\n", script.url()),
        );
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let run = |args: &str| {
            let run = home.portgate(&format!("api {args} --profile p --yes"));
            run.token("t").env("MEGAPORT_API_URL", script.url()).run()
        };
        let refused = run("PUT /v3/product/vxc/one -F isApproved=true");
        refused.exits(15).stderr_has("--profile p approvals accept");
        run("POST /v3/order_approvals/one/approve").exits(15);
        assert!(script.writes().is_empty(), "{limit}");
        run("PUT /v3/product/vxc/one -F name=x").exits(0);
    }
}

#[test]
fn a_dry_run_shows_the_request_and_sends_nothing() {
    let script = Script::new().start();
    let home = Home::new();
    let outcome = api(&home, "POST /v2/things -F a=1 --dry-run", &script).run();
    outcome.exits(0).stdout_has("would send POST /v2/things {\"a\":1}");
    let read = api(&home, "GET /v2/things?x=1 -F a=b --dry-run", &script).run();
    read.exits(0).stdout_is("would send GET /v2/things?x=1&a=b\n");
    assert!(script.requests().is_empty());
}

#[test]
fn the_sandbox_answers_too() {
    let home = Home::new();
    let outcome =
        home.portgate("--env sandbox api GET /v2/products --query data[].productName -o json").run();
    assert!(outcome.exits(0).json().as_array().unwrap().iter().any(|name| name == "SYD1-A"), "{outcome}");
}

#[test]
fn a_write_whose_answer_cannot_be_written_is_said_to_be_carried_out() {
    for form in ["", "-o json", "--include"] {
        let script = Script::new().on("POST", "/v2/things", Answer::ok("made")).start();
        let home = Home::new();
        let outcome = api(&home, &format!("POST /v2/things {form}"), &script).run_with_full_stdout();
        outcome.exits(1).stderr_has("carried out POST /v2/things: HTTP 200");
        outcome.stderr_has("the change was made");
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn f09_only_the_envelope_is_a_yes_to_a_write() {
    let answers = [
        Answer::json(200, &json!({"login": "please"})),
        Answer::json(200, &json!([])),
        Answer::json(200, &json!({})),
        Answer::empty(200),
        Answer::html(200),
        Answer::html(403),
    ];
    for answer in answers {
        let script = Script::new().on("POST", "/v2/things", answer).start();
        let outcome = api(&Home::new(), "POST /v2/things", &script).run();
        outcome.exits(14).stderr_has("can't tell whether POST /v2/things was carried out");
        assert_eq!(script.writes().len(), 1);
    }
}
