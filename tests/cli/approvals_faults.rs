//! What the network does to an answer: lost, late, cut off, garbage; and the exit code of each.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit};
use crate::common::{Answer, Home, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

/// A script where the decision by VXC does its work and then something happens to the answer.
fn effective(circuit: &Circuit, answer: impl Fn(Answer) -> Answer + Send + Sync + 'static) -> Script {
    let decided = circuit.clone();
    Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, _: usize| answer(decided.decide(request)))
        .marketplace(circuit)
        .start()
}

#[test]
fn an_answer_lost_after_it_took_effect_is_read_back_and_never_sent_twice() {
    type Spoil = fn(Answer) -> Answer;
    let fates: [(&str, Spoil); 7] = [
        ("closed without a byte", |_| Answer::lost()),
        ("cut off in the body", |answer| answer.cut_after(10)),
        ("cut off in the header", |_| Answer::raw("HTTP/1.1 200 OK\r\nContent-Le")),
        ("garbage", |_| Answer::raw("\u{0}\u{1}garbage\r\n\r\n")),
        ("an error of the server", |_| Answer::refusal(500, "Something went wrong.")),
        ("a gateway's page", |_| Answer::html(502)),
        ("a page in place of the answer", |_| Answer::html(200)),
    ];
    for (fate, spoil) in fates {
        for (verb, said) in [("accept", "accepted"), ("deny", "denied")] {
            let circuit = Circuit::of("vxc-new");
            let script = effective(&circuit, spoil);
            let outcome = Home::new().approvals(&format!("{verb} {NEW}"), &script).run();
            assert_eq!(outcome.code, 0, "{fate}\n{outcome}");
            outcome.stdout_has(said);
            assert_eq!(script.writes().len(), 1, "{fate}: {:#?}", script.lines());
        }
    }
}

#[test]
fn an_answer_lost_before_it_took_effect_is_sent_once_more() {
    let circuit = Circuit::of("vxc-new");
    let script =
        Script::new().on("PUT", &circuit.by_vxc(), circuit.decide_after_loss()).marketplace(&circuit).start();

    let outcome = Home::new().approvals(&format!("accept {NEW} --timeout 4s"), &script).run();

    outcome.exits(0).stdout_has("accepted");
    assert_eq!(script.hits("PUT", &circuit.by_vxc()), 2);
    assert_eq!(script.writes().len(), 2, "{:#?}", script.lines());
    let lines = script.lines();
    let puts: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].starts_with("PUT")).collect();
    assert!(
        lines[puts[0]..puts[1]].contains(&format!("GET {}", circuit.alone())),
        "read between: {lines:#?}"
    );
}

#[test]
fn two_lost_answers_while_it_stays_pending_are_14_and_not_three_sends() {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().on("PUT", &circuit.by_vxc(), Answer::lost()).marketplace(&circuit).start();

    let outcome = Home::new().approvals(&format!("accept {NEW} --timeout 4s"), &script).run();

    outcome.exits(14).stderr_has("approvals");
    assert_eq!(script.writes().len(), 2, "{:#?}", script.lines());
}

#[test]
fn a_plain_failure_that_changed_nothing_is_4_and_not_sent_again() {
    let circuit = Circuit::of("vxc-new");
    let failure = Answer::refusal(500, "Something went wrong.").header("Trace-Id", "trace-500");
    let script = Script::new().on("PUT", &circuit.by_vxc(), failure).marketplace(&circuit).start();

    let outcome = Home::new().approvals(&format!("accept {NEW} -o json --timeout 4s"), &script).run();

    outcome.exits(4).stderr_has("trace-500");
    assert_eq!(outcome.json()["results"][0]["outcome"], "failed");
    assert_eq!(script.writes().len(), 1, "{:#?}", script.lines());
}

#[test]
fn a_lost_answer_that_cannot_be_read_back_is_14() {
    let circuit = Circuit::of("vxc-new");
    let sent = Arc::new(Mutex::new(false));
    let (hidden, hiding) = (Arc::clone(&sent), Arc::clone(&sent));
    let shown = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            *hidden.lock().unwrap() = true;
            Answer::lost()
        })
        .on("GET", &circuit.alone(), move |_: &Request, _: usize| match *hiding.lock().unwrap() {
            true => Answer::refusal(500, "Not now."),
            false => Answer::ok(shown.now()),
        })
        .on("GET", "/v2/products", {
            let listed = circuit.listed();
            move |request: &Request, nth: usize| match *sent.lock().unwrap() {
                true => Answer::refusal(500, "Not now."),
                false => listed(request, nth),
            }
        })
        .marketplace(&circuit)
        .start();

    let home = Home::new();
    let outcome = home.approvals(&format!("accept {NEW} --max-retries 1 -o json"), &script).run();

    outcome.exits(14);
    assert_eq!(script.writes().len(), 1, "{:#?}", script.lines());
    assert_eq!(outcome.json()["results"][0]["outcome"], "unknown");
    assert_eq!(outcome.json()["summary"]["unknown"], 1);
}

#[test]
fn a_lost_answer_after_which_somebody_else_decided_is_13() {
    let circuit = Circuit::of("vxc-new");
    let other = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
            other.deny();
            Answer::lost()
        })
        .marketplace(&circuit)
        .start();
    let outcome = Home::new().approvals(&format!("accept {NEW}"), &script).run();
    outcome.exits(13);
    assert_eq!(script.writes().len(), 1, "{:#?}", script.lines());
}

#[test]
fn a_decision_that_is_never_answered_is_not_called_failed() {
    let circuit = Circuit::of("vxc-new");
    let script = effective(&circuit, |_| Answer::silence());
    let outcome = Home::new().approvals(&format!("accept {NEW} --timeout 3s"), &script).run();
    assert!([0, 14].contains(&outcome.code), "it may have taken effect\n{outcome}");
    assert_eq!(script.writes().len(), 1, "{:#?}", script.lines());
}

#[test]
fn a_decision_that_is_rate_limited_is_9_and_not_sent_again_at_once() {
    let circuit = Circuit::of("vxc-new");
    let limited = Answer::refusal(429, "Too many requests.").header("Retry-After", 3600);
    let script = Script::new().on("PUT", &circuit.by_vxc(), limited).marketplace(&circuit).start();
    let outcome = Home::new().approvals(&format!("accept {NEW}"), &script).run();
    outcome.exits(9);
    assert_eq!(script.writes().len(), 1);
}

#[test]
fn c15_a_read_is_tried_again_after_an_error_of_the_server_or_the_network() {
    let statuses = [408, 425, 429, 500, 502, 503, 504, 507, 520, 529, 599];
    let refused = statuses.map(|status| Answer::refusal(status, "Not now.").header("Retry-After", 0));
    let cut = wire::products_of(&["vxc-new"]).cut_after(900);
    for first in refused.into_iter().chain([Answer::lost(), Answer::html(520), cut]) {
        let script = Script::new()
            .on("GET", "/v2/products", [first, wire::products_of(&["vxc-new"])])
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        let outcome = Home::new().approvals("list", &script).run();
        outcome.exits(0).row("7c1e09ab");
        assert_eq!(script.hits("GET", "/v2/products"), 2);
    }
    for status in [501, 505] {
        let script = Script::new()
            .on("GET", "/v2/products", Answer::refusal(status, "Never."))
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        Home::new().approvals("list", &script).run().exits(4);
        assert_eq!(script.hits("GET", "/v2/products"), 1, "{status}");
    }
}

#[test]
fn a_read_is_tried_as_often_as_told() {
    let script = Script::new()
        .on(
            "GET",
            "/v2/products",
            Answer::refusal(500, "Something went wrong.").header("Trace-Id", "trace-500"),
        )
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let outcome = Home::new().approvals("list --max-retries 2", &script).run();
    outcome.exits(4).stderr_has("trace-500").stderr_has("Something went wrong.");
    assert_eq!(script.hits("GET", "/v2/products"), 3);
}

#[test]
fn retry_after_is_honoured() {
    let limited = |after: &str| Answer::refusal(429, "Too many requests.").header("Retry-After", after);
    let rest = |script: Script| {
        script
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start()
    };
    let soon = rest(Script::new().on("GET", "/v2/products", [limited("1"), wire::products_of(&["vxc-new"])]));
    Home::new().approvals("list", &soon).run().exits(0).stdout_has("7c1e09ab");
    assert_eq!(soon.hits("GET", "/v2/products"), 2);

    // An hour doesn't fit into the timeout: waiting less would not honour it, so there is no second try.
    let late = rest(Script::new().on("GET", "/v2/products", limited("3600")));
    let outcome = Home::new().approvals("list --timeout 30s", &late).run();
    outcome.exits(9);
    assert_eq!(late.hits("GET", "/v2/products"), 1);
}

#[test]
fn an_answer_that_never_comes_is_11() {
    let script = Script::new()
        .on("GET", "/v2/products", Answer::silence())
        .on("GET", "/v3/order_approvals", Answer::silence())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let outcome = Home::new().approvals("list --timeout 700ms -o json", &script).run();
    outcome.exits(11);
    assert_eq!(outcome.error()["type"], "timeout");
}

#[test]
fn a_backend_that_is_not_there_is_10() {
    let gone = Script::new().start();
    let url = gone.url();
    drop(gone);
    let home = Home::new();
    let outcome = home.portgate("approvals list --max-retries 0 -o json --api-url").arg(url).token("t").run();
    outcome.exits(10);
    assert_eq!(outcome.error()["type"], "network");
}

#[test]
fn a_backend_that_is_not_the_api_is_said_so() {
    let whole = wire::products_of(&["vxc-new"]);
    let faults: [(&str, Answer, &[i32]); 8] = [
        ("HTML", Answer::html(200), &[4]),
        ("no body", Answer::empty(200), &[4]),
        ("truncated JSON", whole.clone().truncated_to(700), &[4]),
        ("another shape", Answer::json(200, &json!({"data": "what?"})), &[4]),
        ("no envelope", Answer::json(200, &json!([1, 2])), &[4]),
        ("cut off", whole.cut_after(700), &[10]),
        ("garbage", Answer::raw("SSH-2.0-OpenSSH\r\n"), &[10, 4]),
        ("nothing", Answer::lost(), &[10]),
    ];
    for (fault, answer, codes) in faults {
        let script = Script::new()
            .on("GET", "/v2/products", answer.clone())
            .on("GET", "/v3/order_approvals", answer)
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        let outcome = Home::new().approvals("list --max-retries 1", &script).run();
        assert!(codes.contains(&outcome.code), "{fault}: {outcome}");
        assert!(outcome.stderr.contains("error:"), "{fault}: {outcome}");
        outcome.stdout_lacks("7c1e09ab").stderr_lacks("panicked").stderr_lacks("<html>");
    }
}

#[test]
fn chunks_compression_and_an_end_without_length_are_all_read() {
    let whole = wire::products_of(&["vxc-new"]);
    let forms =
        [whole.clone().chunked(), whole.clone().gzip(), whole.clone().until_close(), whole.gzip().chunked()];
    for form in forms {
        let script = Script::new()
            .on("GET", "/v2/products", form)
            .on("GET", "/v3/order_approvals", wire::empty_queue())
            .on("GET", "/v2/employment", wire::body(200, "employment"))
            .start();
        Home::new().approvals("list", &script).run().exits(0).row("7c1e09ab");
    }
}

#[test]
fn memory_does_not_grow_with_the_product_list() {
    const VXCS_A_PORT: usize = 200;
    const PORTS: usize = 160;
    let mut live = wire::fixture("vxc-live");
    live["resources"] = json!({"padding": "x".repeat(1024)});
    let big = wire::port("port-syd1-a", std::iter::repeat_n(live, VXCS_A_PORT)).to_string();
    let (pid_sender, pid_receiver) = mpsc::channel::<u32>();
    let (peak_sender, peak_receiver) = mpsc::channel::<u64>();
    let pid = Mutex::new(pid_receiver);
    let script = Script::new()
        .on("GET", "/v2/products", move |_: &Request, _: usize| {
            let pid = pid.lock().unwrap().recv_timeout(Duration::from_secs(60)).unwrap();
            let (big, peaks) = (big.clone(), peak_sender.clone());
            Answer::stream(move |write| {
                write(br#"{"message": "OK", "terms": "", "data": ["#)?;
                for port in 0..PORTS {
                    if port > 0 {
                        write(b",")?;
                    }
                    write(big.as_bytes())?;
                    if port == PORTS / 3 || port + 1 == PORTS {
                        let _ = peaks.send(peak_memory_kib(pid));
                    }
                }
                write(b"]}")
            })
        })
        .on("GET", "/v3/order_approvals", wire::empty_queue())
        .on("GET", "/v2/employment", wire::body(200, "employment"))
        .start();
    let home = Home::new();

    let child = home.approvals("list -o json --timeout 10m", &script).spawn();
    pid_sender.send(child.id()).unwrap();
    let output = child.wait_with_output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), json!([]));
    let (early, late) = (peak_receiver.recv().unwrap(), peak_receiver.recv().unwrap());
    // More than 30 MiB arrive between the two. Buffers of the two ends and the allocator account for a few,
    // and for more of them where other tests run beside.
    assert!(late < early + 10 * 1024, "{early} KiB after a third of the list, {late} KiB after all of it");
}

/// The most memory a process has held so far.
fn peak_memory_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
