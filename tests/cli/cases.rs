//! What the inputs in `shared/findings/cases.md` found broken, each test named after its number.

use std::fs;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture, with};
use crate::common::{Answer, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const LATE: &str = "7c1e094f-8b60-4d2a-b9e4-5a1c3f7d2e12";
const SPEED: &str = "e04b77f2-6c15-4a8e-8d37-9b2f1e0c4d13";

#[test]
fn c03_every_id_of_a_file_is_decided_whatever_its_form_or_none() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let table = format!("id,customer\n{NEW}\n{LATE}\n{SPEED}\n").replace(",customer", "");
    let forms: [Vec<u8>; 8] = [
        format!("{NEW} {LATE} {SPEED}\n").into(),
        format!("{NEW}, {LATE};\t{SPEED} # the last\n").into(),
        format!("\u{feff}\"{NEW}\"\r\n\r\n'{LATE}'\r\n{SPEED}").into(),
        utf16(&format!("ID\r\n{NEW}\r\n{LATE}\r\n{SPEED}\r\n")),
        table.into(),
        format!("{{\"id\":\"{NEW}\"}}\n{{\"id\":\"{LATE}\",\"name\":\"x\"}}\n{{\"id\":\"{SPEED}\"}}\n")
            .into(),
        format!("[\"{NEW}\",\n \"{LATE}\", \"{SPEED}\"]").into(),
        format!("[{{\"id\":\"{NEW}\"}}, {{\"id\":\"{LATE}\"}}, {{\"id\":\"{SPEED}\"}}]").into(),
    ];
    for form in forms {
        let circuits =
            [Circuit::of("vxc-new"), Circuit::of("vxc-new-late"), Circuit::under("port-mel2-b", "vxc-speed")];
        let script = Script::new().marketplace_of(&circuits.each_ref()).start();
        let shown = String::from_utf8_lossy(&form).into_owned();
        let outcome = Home::new().approvals("accept --from-file - --yes", &script).stdin(form).run();
        assert_eq!((outcome.code, script.writes().len()), (0, 3), "{shown}\n{outcome}");
    }
    for (wrong, place) in [
        (format!("{NEW} Globex (new)\n"), "line 1"),
        (format!("{NEW}\n{{\"uid\":\"{LATE}\"}}\n"), "line 2"),
        (format!("[\"{NEW}\", 7]"), "entry 2"),
        (format!("{NEW}\n{{\"id\":\n"), "line 2"),
    ] {
        let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
        let outcome = Home::new().approvals("accept --from-file - --yes", &script).stdin(wrong.clone()).run();
        outcome.exits(2).stderr_has(place);
        assert!(script.writes().is_empty(), "{wrong}");
    }
}

#[test]
fn c11_a_vlan_that_shows_late_is_waited_for_and_not_called_another() {
    let circuit = Circuit::of("vxc-new");
    let (deciding, looking) = (circuit.clone(), circuit.clone());
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, _: usize| {
            let answer = deciding.decide(request);
            deciding.change(json!({"bEnd": {"vlan": 999}}));
            answer
        })
        .on("GET", &circuit.alone(), move |request: &Request, nth: usize| {
            if nth == 5 {
                looking.change(json!({"bEnd": {"vlan": 1300}}));
            }
            looking.read()(request, nth)
        })
        .marketplace(&circuit)
        .start();
    let late = Home::new().approvals(&format!("accept {NEW} --vlan 1300 -o json"), &script).run();
    late.exits(0);
    assert_eq!(late.json()["results"][0]["vlan"], 1300, "{late}");
}

#[test]
fn c12_a_proxy_that_cannot_be_understood_is_named_and_nothing_goes_direct() {
    let home = Home::new();
    let run = |proxy: &str| {
        let run = home.portgate("approvals list --api-url https://127.0.0.1:9 --timeout 2s --max-retries 0");
        run.token("scripted-token").env("HTTPS_PROXY", proxy).run()
    };
    for wrong in
        ["http//proxy:3128", "socks5://proxy.example:1080", "http://proxy.example:3128/x", "http://", "a b"]
    {
        run(wrong)
            .exits(2)
            .stderr_has("HTTPS_PROXY is not a valid proxy")
            .stderr_has("http://proxy.example:3128");
    }
    for right in [" http://127.0.0.1:1 ", "127.0.0.1:1", "http://127.0.0.1:1/"] {
        run(right).exits(10).stderr_has("tunnel");
    }
}

/// A server whose certificate nobody has signed, and how often it was called.
fn untrusted() -> (String, Arc<AtomicUsize>) {
    let file =
        |name: &str| fs::read(format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let certificate = CertificateDer::from_pem_slice(&file("tls-certificate.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&file("tls-key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let (counted, config) = (Arc::clone(&calls), Arc::new(config));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            // The client hangs up in the middle of it.
            let _ = connection.complete_io(&mut stream);
        }
    });
    (format!("https://{address}"), calls)
}

#[test]
fn c13_a_certificate_that_is_not_trusted_is_said_so_and_tried_once() {
    let (url, calls) = untrusted();
    let home = Home::new();
    let run =
        || home.portgate("api GET /v2/products --timeout 20s --api-url").arg(&url).token("scripted-token");
    let outcome = run().run();
    outcome.exits(10).stderr_has("the API's certificate is not trusted").stderr_has("SSL_CERT_FILE");
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    let broken = home.write("broken.pem", "no certificate");
    run().env("SSL_CERT_FILE", broken).run().exits(2).stderr_has("it contains no certificate");
    run()
        .env("SSL_CERT_FILE", "/nowhere")
        .run()
        .exits(2)
        .stderr_has("could not use /nowhere (SSL_CERT_FILE)");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn c18_free_text_may_begin_with_a_dash_and_is_never_an_option() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    for text in ["--yes", "-y"] {
        let outcome = home.approvals(&format!("deny {NEW}"), &script).arg("--reason").arg(text).run();
        outcome.exits(2).stderr_has("the text is missing");
    }
    home.approvals(&format!("deny {NEW}"), &script).arg("--reason").arg("-5 dB").run().exits(0);
    assert_eq!(home.ledger()[0]["object"]["reason"], "-5 dB");

    fn check(command: &clap::Command) {
        for argument in command.get_arguments() {
            let names = argument.get_value_names().unwrap_or_default();
            let is_text = names.iter().any(|name| ["TEXT", "TICKET"].contains(&name.as_str()));
            assert!(!is_text || argument.is_allow_hyphen_values_set(), "{} {argument}", command.get_name());
        }
        command.get_subcommands().for_each(check);
    }
    check(&portgate::command());
}

#[test]
fn c20_an_inner_vlan_may_be_untagged() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    Home::new().approvals(&format!("accept {NEW} --vlan 1305 --inner-vlan untagged"), &script).run().exits(0);
    let body = script.writes()[0].json();
    assert_eq!(body["bEndInnerVlan"].as_i64().or(body["innerVlan"].as_i64()), Some(-1), "{body}");
}

#[test]
fn c02_a_page_instead_of_a_list_says_nothing_of_what_waits() {
    for status in [200, 401, 403, 404] {
        let circuit = Circuit::of("vxc-new");
        let script =
            Script::new().on("GET", "/v2/products", Answer::html(status)).marketplace(&circuit).start();
        let home = Home::new();
        home.write("portgate-policy.toml", ACCEPT_ALL);
        for args in [
            "approvals list --exit-pending",
            "speed list",
            "approvals accept --all --max 50 --yes",
            "policy apply --yes",
            "approvals show 7c1e09ab",
        ] {
            let outcome =
                home.portgate(&format!("{args} --max-retries 0")).at(&script).token("scripted-token").run();
            outcome.exits(4).stderr_lacks("this key has no access");
        }
        assert!(script.writes().is_empty());
    }
}

const ACCEPT_ALL: &str = "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\ntype = \"connection\"\ndecision = \"accept\"\n";

#[test]
fn c09_a_page_while_watching_and_waiting_is_waited_out() {
    for status in [200, 403, 404] {
        let circuit = Circuit::of("vxc-new");
        let (list, alone, deciding) = (circuit.listed(), circuit.read(), circuit.clone());
        let script = Script::new()
            .on("GET", "/v2/products", move |request: &Request, nth: usize| match nth {
                1 => Answer::html(status),
                _ => list(request, nth),
            })
            .on("GET", &circuit.alone(), move |request: &Request, nth: usize| match nth {
                1 => Answer::html(status),
                2 => {
                    deciding.accept();
                    alone(request, nth)
                }
                _ => alone(request, nth),
            })
            .marketplace(&circuit)
            .start();
        let run = |args: &str| Home::new().approvals(&format!("{args} --max-retries 0"), &script).run();
        run("watch --interval 1s --timeout 4s").exits(0).stderr_has("reading requests works again");
        run(&format!("wait {NEW} --interval 1s --timeout 20s")).exits(0).stderr_has("retrying in");
    }
}

#[test]
fn f17_settings_that_cannot_be_read_are_no_matter_to_the_sandbox_however_it_is_asked_for() {
    let home = Home::new();
    home.write("config/portgate/config.toml", "schema = \"portgate.config/v1\"\n[profiles.\n");
    let told = "ignoring all profiles:";
    home.portgate("--env sandbox approvals list").run().exits(0).stderr_has(told);
    home.portgate("approvals list").env("MEGAPORT_ENVIRONMENT", "sandbox").run().exits(0).stderr_has(told);
    home.portgate("approvals list").env("MEGAPORT_ENVIRONMENT", "staging").run().exits(2).stderr_has("TOML");
}

#[test]
fn c07_names_that_are_equal_to_the_eye_are_equal_and_those_that_only_look_so_are_left_to_people() {
    let guarded = |name: &str| {
        format!(
            "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"guard\"\ncustomer = [\"{name}\"]\ndecision = \"leave\"\n{}",
            ACCEPT_ALL.split_once('\n').unwrap().1
        )
    };
    // Combining accents, another width, blanks that aren't one, what can't be seen, and a letter of another script.
    for (named, asks, equal) in [
        ("Café Zürich", "Cafe\u{301} Zu\u{308}rich", true),
        ("CAFÉ zürich", "Café\u{a0}\u{a0}Zürich", true),
        ("Café Zürich", "Ｃａｆé Zürich", true),
        ("Café Zürich", "Ca\u{200b}fé Zür\u{ad}ich\u{200d}", true),
        ("Globex Bank", "Gl\u{43e}bex Bank", false),
    ] {
        let circuit = Circuit::of("vxc-new");
        circuit.change(json!({"companyName": asks}));
        let script = Script::new().marketplace(&circuit).start();
        let home = Home::new();
        home.write("portgate-policy.toml", guarded(named));
        let outcome = home.portgate("policy apply --yes").at(&script).token("scripted-token").run();
        assert_eq!((outcome.code, script.writes().len()), (0, 0), "{asks}\n{outcome}");
        let listed = home.approvals("list -o json", &script).arg("--customer").arg(named).run();
        assert_eq!(listed.stdout.contains(NEW), equal, "{asks}\n{listed}");
        let expected = home.approvals(&format!("accept {NEW} --dry-run"), &script);
        let expected = expected.arg("--expect-customer").arg(named).run();
        assert_eq!(expected.code, if equal { 0 } else { 13 }, "{asks}\n{expected}");
        for (outcome, told) in [
            (listed, "customer 'Gl\\u{43e}bex Bank' is not included: the name only looks like 'Globex Bank'"),
            (expected, "the customer is Gl\\u{43e}bex Bank, which only looks like Globex Bank"),
        ] {
            assert_eq!(outcome.stderr.contains(told), !equal, "{asks}\n{outcome}");
        }
    }
}

#[test]
fn c07_customers_that_only_look_alike_are_told_apart() {
    let (new, speed) = (Circuit::of("vxc-new"), Circuit::under("port-mel2-b", "vxc-speed"));
    new.change(json!({"companyName": "Globex Bank"}));
    for (name, told) in [("GLOBEX  bank", false), ("Gl\u{43e}bex Bank", true)] {
        speed.change(json!({"companyName": name}));
        let script = Script::new().marketplace_of(&[&new, &speed]).start();
        let warning =
            "warning: 'Gl\\u{43e}bex Bank' and 'Globex Bank' look alike but are different customers";
        for command in ["list", "accept --all --dry-run"] {
            let outcome = Home::new().approvals(command, &script).run();
            assert_eq!(outcome.exits(0).stderr.contains(warning), told, "{outcome}");
        }
    }
}

#[test]
fn c10_and_w1_a_service_that_could_not_be_found_is_not_found_whatever_the_status() {
    let gone = Answer::refusal(400, "Could not find a service with UID 4bd20f71-93c8-4a6e-b5d1-0e7f8a9b1c10");
    let circuit = Circuit::of("vxc-new");
    let home = Home::new();
    // It is remembered where it was once seen; then it is gone from there and from the list.
    let before = Script::new().marketplace(&circuit).start();
    home.approvals("list", &before).run().exits(0);
    let script = Script::new()
        .on("GET", &circuit.alone(), gone)
        .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
        .marketplace(&circuit)
        .start();
    for command in ["show", "accept"] {
        home.approvals(&format!("{command} {NEW}"), &script).run().exits(8).stderr_has(NEW);
    }
    home.portgate("api GET").arg(circuit.alone()).at(&script).token("scripted-token").run().exits(8);
    assert!(script.writes().is_empty());
}

#[test]
fn w2_what_stays_cancelled_still_holds_its_vlan_and_its_speed() {
    let [live, new] = ["vxc-live", "vxc-new"].map(Circuit::of);
    let sold = |status: &str, vlan: i64| {
        live.change(json!({"provisioningStatus": status, "bEnd": {"vlan": vlan}}));
        let script = Script::new().marketplace_of(&[&live, &new]).start();
        let home = Home::new();
        let list = home.approvals("list -o json", &script).run().exits(0).json();
        let accept = home.approvals(&format!("accept {NEW} --dry-run"), &script).run().code;
        (list[0]["room_after_mbps"].as_i64().unwrap(), accept)
    };
    assert_eq!(sold("LIVE", 1201), (1300, 13));
    for held in ["CANCELLED", "CANCELLED_PARENT"] {
        assert_eq!(sold(held, 1201), (1300, 13), "{held}");
    }
    assert_eq!(sold("DECOMMISSIONED", 1201), (9500, 0));
}

#[test]
fn f05_a_lag_of_0_is_none() {
    for none in [json!(0), json!("0"), json!(""), Value::Null] {
        let circuit = Circuit::of("vxc-new");
        let ports = ["port-syd1-a", "port-mel2-b"]
            .map(|name| with(fixture(name), json!({"aggregationId": none, "lagId": none})));
        let mut first = ports[0].clone();
        first["associatedVxcs"] = json!([circuit.now()]);
        let script = Script::new()
            .on("GET", "/v2/products", wire::products([first, ports[1].clone()]))
            .marketplace(&circuit)
            .start();
        let list = Home::new().approvals("list -o json", &script).run().exits(0).json();
        assert_eq!(list[0]["port_speed_mbps"], 10_000, "{none}");
    }
}

#[test]
fn w6_a_time_that_cannot_be_is_not_known_and_types_have_no_case() {
    for when in [json!(0), json!("0"), json!("20261105"), json!(-1)] {
        let circuit = Circuit::of("vxc-new");
        circuit.change(json!({"createDate": when}));
        let script = Script::new().marketplace(&circuit).start();
        let list = Home::new().approvals("list -o json", &script).run().exits(0).json();
        assert_eq!((&list[0]["created_at"], &list[0]["expires_at"]), (&Value::Null, &Value::Null), "{when}");
    }
    let port = with(fixture("port-syd1-a"), json!({"productType": "megaport"}));
    let script = Script::new()
        .on("GET", "/v2/products", wire::products([port]))
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let list = Home::new().portgate("ports list").at(&script).token("scripted-token").run();
    list.exits(0).stdout_has("SYD1-A").stdout_lacks("TYPE");
}

/// A backend whose product list has these bytes in place of the name of the VXC, and in the list nothing else of note.
fn with_name(circuit: &Circuit, name: &[u8]) -> Script {
    circuit.change(json!({"productName": "HERE"}));
    let listed = serde_json::to_vec(&json!({"message": "", "terms": "", "data": [{
        "productUid": fixture("port-syd1-a")["productUid"], "productName": "SYD1-A", "portSpeed": 10_000,
        "productType": "MEGAPORT", "companyUid": fixture("port-syd1-a")["companyUid"], "associatedVxcs": [circuit.now()],
    }]}))
    .unwrap();
    let at = listed.windows(4).position(|four| four == b"HERE").unwrap();
    let body = [&listed[..at], name, &listed[at + 4..]].concat();
    Script::new().on("GET", "/v2/products", Answer::new(200, "application/json", body)).marketplace(circuit)
}

#[test]
fn c01_a_name_that_is_no_unicode_hides_nothing() {
    for name in [&b"Globex \\ud83d"[..], b"Globex \xff\xfe", b"\\ude00 Globex", b"Globex \xf0\x9f"] {
        let circuit = Circuit::of("vxc-new");
        let script = with_name(&circuit, name).start();
        let home = Home::new();
        let list = home.approvals("list -o json", &script).run().exits(0).json();
        assert!(list[0]["name"].as_str().unwrap().contains("Globex"), "{list}");
        assert!(list[0]["name"].as_str().unwrap().contains('\u{fffd}'), "{list}");
        home.approvals("list --exit-pending", &script).run().exits(20);

        // A live VXC of such a name is sold, and has its VLAN.
        let live = Circuit::of("vxc-live");
        let script = with_name(&live, name).start();
        let ports =
            home.portgate("ports list -o json").at(&script).token("scripted-token").run().exits(0).json();
        assert_eq!(ports[0]["sold_mbps"], live.now()["rateLimit"], "{ports}");
    }
}

#[test]
fn c01_what_is_no_vxc_makes_the_list_incomplete() {
    let circuit = Circuit::of("vxc-new");
    let mut port = fixture("port-syd1-a");
    port["associatedVxcs"] = json!([circuit.now(), 7]);
    let alone = format!("/v2/product/{}", port["productUid"].as_str().unwrap());
    let script = Script::new()
        .on("GET", "/v2/products", wire::products([port.clone()]))
        .on("GET", &alone, Answer::ok(port))
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    home.write("portgate-policy.toml", ACCEPT_ALL);
    let run = |args: &str| home.portgate(args).at(&script).token("scripted-token").run();
    run("approvals list").exits(4).stdout_has("7c1e09ab").stderr_has("could not be parsed");
    let list = run("approvals list -o json");
    assert_eq!(list.exits(4).json()[0]["room_after_mbps"], Value::Null, "{list}");
    for refused in [
        "approvals list --exit-pending",
        "approvals accept 7c1e09ab",
        "approvals accept --all --max 50 --yes",
        "policy apply --yes",
    ] {
        run(refused).exits(4);
    }
    assert!(script.writes().is_empty());
}

#[test]
fn f04_and_c04_what_portgate_does_not_know_is_shown_and_decided_only_by_its_id() {
    const ENTRY: &str = "c9d382a5-17e4-4b5f-88a6-4a3b2c17a821";
    for (kind, word) in [
        (json!("CANCEL_ORDER"), "CANCEL_ORDER"),
        (Value::Null, "none"),
        (json!("TERMINATION"), "TERMINATION"),
    ] {
        let entry = Arc::new(Mutex::new(with(
            fixture("order-approvals-page-1")["data"][0].clone(),
            json!({"type": kind}),
        )));
        let (listed, decided) = (Arc::clone(&entry), Arc::clone(&entry));
        let script = Script::new()
            .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
            .on("GET", "/v3/order_approvals", move |_: &Request, _: usize| {
                wire::paged(Answer::ok(json!([listed.lock().unwrap().clone()])), 1, 1, 1)
            })
            .on("POST", &format!("/v3/order_approvals/{ENTRY}/approve"), move |_: &Request, _: usize| {
                decided.lock().unwrap()["status"] = json!("APPROVED");
                Answer::ok("done")
            })
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        let home = Home::new();
        home.write(
            "portgate-policy.toml",
            ACCEPT_ALL.replace("type = \"connection\"", "type = [\"order\", \"other\"]"),
        );
        let run = |args: &str| home.portgate(args).at(&script).token("scripted-token").run();
        run("approvals list").exits(0).stdout_has(word).stdout_has("c9d382a5");
        let list = run("approvals list -o json").json();
        assert_eq!((&list[0]["type"], &list[0]["wire_type"]), (&json!("other"), &json!(word)));
        run("approvals list --exit-pending").exits(20);
        for left in [
            "approvals accept --all --max 50 --yes",
            "approvals accept --type order --yes",
            "approvals accept --type other --yes",
            "policy apply --yes",
        ] {
            run(left).exits(0);
        }
        assert!(script.writes().is_empty(), "{word}");
        run(&format!("approvals accept {ENTRY}")).exits(0).stdout_has(&format!("request of type {word}"));
        assert_eq!(script.writes().len(), 1);
    }
    // A VXC tells nothing afterwards of a request nobody knows: it is shown, and not decided.
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"vxcApproval": {"type": "MOVE"}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0).stdout_has("MOVE").stdout_has("7c1e09ab");
    home.approvals("accept --all --max 50 --yes", &script).run().exits(0).stderr_has("skipped");
    home.approvals(&format!("accept {NEW}"), &script).run().exits(4).stderr_has("requests of type MOVE");
    assert!(script.writes().is_empty());
}

#[test]
fn c05_a_speed_change_without_a_speed_is_listed_and_not_decided() {
    let circuit = Circuit::under("port-mel2-b", "vxc-speed");
    circuit.change(json!({"vxcApproval": {"newSpeed": null}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let list = home.approvals("list -o json", &script).run().exits(0).json();
    assert_eq!(
        (&list[0]["status"], &list[0]["new_rate_limit_mbps"]),
        (&json!("pending"), &Value::Null),
        "{list}"
    );
    home.approvals(&format!("show {SPEED}"), &script).run().exits(0).stdout_has("pending");
    home.approvals("accept --all --max 50 --yes", &script).run().exits(0).stderr_has("skipped");
    home.approvals(&format!("accept {SPEED}"), &script)
        .run()
        .exits(4)
        .stderr_has("requested speed is missing");
    assert!(script.writes().is_empty());
}

#[test]
fn c06_a_queue_is_read_to_its_end_whatever_its_headers_say() {
    let entries: Vec<Value> = (0..60)
        .map(|at| {
            with(
                fixture("order-approvals-page-1")["data"][0].clone(),
                json!({"uid": format!("c9d382a5-17e4-4b5f-88a6-{at:012}")}),
            )
        })
        .collect();
    // The server has its own size of a page, and says what it likes of the whole.
    let served = |repeats: bool, total: Option<usize>| {
        let entries = entries.clone();
        let script = Script::new()
            .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
            .on("GET", "/v3/order_approvals", move |request: &Request, _: usize| {
                let page: usize = request.parameter("pageNumber").unwrap().parse().unwrap();
                let page = if repeats { page.min(2) } else { page };
                let rows: Vec<Value> = entries.iter().skip((page - 1) * 25).take(25).cloned().collect();
                let answer = Answer::ok(json!(rows));
                match total {
                    Some(total) => answer.header("Pagination-Total-Count", total),
                    None => answer,
                }
            })
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        let outcome = Home::new().approvals("list -o json", &script).run();
        (outcome.code, outcome.json().as_array().unwrap().len())
    };
    assert_eq!(served(false, None), (0, 60));
    assert_eq!(served(false, Some(60)), (0, 60));
    assert_eq!(served(false, Some(0)), (0, 60));
    assert_eq!(served(false, Some(10)), (0, 60));
    assert_eq!(served(true, None), (0, 50));
    assert_eq!(served(true, Some(60)), (4, 50));
    assert_eq!(served(false, Some(70)), (4, 60));
    // Nothing is not an empty queue.
    let script = Script::new()
        .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
        .on("GET", "/v3/order_approvals", Answer::ok(Value::Null))
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    Home::new().approvals("list --exit-pending", &script).run().exits(4);
}

#[test]
fn c06_an_entry_that_moves_to_an_earlier_page_while_pages_are_read_is_not_lost() {
    let entry = |at: usize| {
        let uid = format!("c9d382a5-17e4-4b5f-88a6-{at:012}");
        with(fixture("order-approvals-page-1")["data"][0].clone(), json!({"uid": uid}))
    };
    // The first of three leaves after the first page was read, once or every time.
    for (times, code, listed) in [(1, 0, vec![1, 2]), (usize::MAX, 4, vec![0, 1])] {
        let script = Script::new()
            .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
            .on("GET", "/v3/order_approvals", move |request: &Request, nth: usize| {
                let is_first = request.parameter("pageNumber").unwrap() == "1";
                let (from, total) = match (nth / 2 < times, is_first) {
                    (true, true) => (0, 3),
                    _ => (1, 2),
                };
                let rows: Vec<Value> = (from..3).map(entry).collect();
                let page = if is_first { 0 } else { 2 };
                let rows: Vec<Value> = rows.into_iter().skip(page).take(2).collect();
                Answer::ok(json!(rows)).header("Pagination-Total-Count", total)
            })
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        let outcome = Home::new().approvals("list -o json", &script).run();
        let ids: Vec<Value> =
            outcome.json().as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        let expected: Vec<Value> = listed.into_iter().map(|at| entry(at)["uid"].clone()).collect();
        assert_eq!((outcome.code, ids), (code, expected), "{outcome}");
    }
}

#[test]
fn c06_a_queue_without_an_end_ends_with_the_timeout() {
    let script = Script::new()
        .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
        .on("GET", "/v3/order_approvals", |_: &Request, nth: usize| {
            let uid = |at: usize| format!("c9d382a5-17e4-4b5f-88a6-{:012}", nth * 10 + at);
            let rows: Vec<Value> = (0..10)
                .map(|at| with(fixture("order-approvals-page-1")["data"][0].clone(), json!({"uid": uid(at)})))
                .collect();
            Answer::ok(json!(rows))
        })
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    Home::new().approvals("list --timeout 2s", &script).run().exits(11).stderr_has("within 2 s");
}

#[test]
fn c21_an_id_on_two_vxcs_names_neither() {
    let [one, other] = ["vxc-new", "vxc-new-late"].map(Circuit::of);
    other.change(json!({"vxcApproval": {"uid": NEW}}));
    let script = Script::new().marketplace_of(&[&one, &other]).start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0);
    for id in [NEW, "7c1e09ab"] {
        let outcome = home.approvals(&format!("accept {id}"), &script).run();
        outcome.exits(2).stderr_has(&one.uid()).stderr_has(&other.uid());
    }
    home.approvals("accept --all --max 50 --yes", &script).run().exits(0).stderr_has("skipped");
    assert!(script.writes().is_empty());
}

#[test]
fn c01_a_list_of_users_or_keys_with_something_else_in_it_is_incomplete() {
    for (path, args) in [("/v2/employment", "users list"), ("/v2/service/key", "keys list")] {
        for data in [
            json!([{"personId": 1, "key": "3f0c2a91-0000-4000-8000-000000000000"}, 7]),
            json!([null]),
            Value::Null,
        ] {
            let script = Script::new()
                .on("GET", path, Answer::ok(data))
                .on("GET", "/v2/products", wire::products([fixture("port-syd1-a")]))
                .start();
            let run = Home::new().portgate(args).at(&script).token("scripted-token").run();
            assert_eq!(run.code, 4, "{args}\n{run}");
        }
    }
}

#[test]
fn f08_a_name_and_a_message_are_kept_so_far_and_no_further() {
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"productName": "x".repeat(200_000)}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let list = home.approvals("list -o json", &script).run().exits(0).json();
    assert_eq!(list[0]["name"].as_str().unwrap().chars().count(), 4097);
    let refusal = Answer::refusal(400, &"y".repeat(5_000_000));
    let script = Script::new().on("GET", "/v2/things", refusal).start();
    let outcome = home.portgate("api GET /v2/things").at(&script).token("scripted-token").run();
    outcome.exits(4);
    assert!(outcome.stderr.len() < 5000, "{}", outcome.stderr.len());
}

#[test]
fn c22_a_byte_order_mark_before_an_answer_is_no_fault_and_help_that_cannot_be_written_is() {
    let circuit = Circuit::of("vxc-new");
    let marked = |value: &Value| Answer::new(200, "application/json", format!("\u{feff}{value}"));
    let list = json!({"data": [with(fixture("port-syd1-a"), json!({"associatedVxcs": [circuit.now()]}))]});
    let script = Script::new()
        .on("GET", "/v2/products", marked(&list))
        .on("GET", "/v2/things", marked(&json!({"data": 1})))
        .marketplace(&circuit)
        .start();
    let home = Home::new();
    home.approvals("list", &script).run().exits(0).stdout_has("7c1e09ab");
    let raw = home.portgate("api GET /v2/things -o json").at(&script).token("scripted-token").run();
    assert_eq!(raw.exits(0).json(), json!({"data": 1}));
    for args in ["--help", "approvals --help", "--version", "help exit-codes"] {
        home.portgate(args).run_with_full_stdout().exits(1).stderr_has("could not write");
        home.portgate(args).run_with_closed_stdout().exits(0);
    }
}

#[test]
fn c14_a_query_that_compares_texts_by_order_is_refused_and_not_empty() {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    let run = |query: &str| home.approvals("list", &script).arg("--query").arg(query).run();
    for query in
        ["[?created_at > '2020'].id", "[?'2020' <= created_at].id", "[].{late: !(created_at >= '2020')}"]
    {
        run(query).exits(2).stderr_has("can't be compared with").stdout_is("");
    }
    run("[?created_at == '2020' || rate_limit_mbps > `100`].id").exits(0).stdout_has(NEW);
}

#[test]
fn c19_no_text_is_a_number_or_a_date_in_a_spreadsheet_and_each_is_taken_back() {
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"companyName": "1-2", "vxcApproval": {"uid": "12345e67"}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let listed = home.approvals("list -o csv --fields id,customer.name,rate_limit_mbps", &script).run();
    listed.exits(0).stdout_is("id,customer.name,rate_limit_mbps\n'12345e67,'1-2,500\n");
    let file = home.write("decisions.csv", "decision,id,customer.name\naccept,'12345e67,'1-2\n");
    let applied = home.approvals("apply --dry-run -o json", &script).arg(&file).run();
    assert_eq!(applied.exits(0).json()["would_send"][0]["id"], "12345e67", "{applied}");
    home.approvals("show", &script).arg("'12345e67").run().exits(0);
}
