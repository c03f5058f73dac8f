//! What the findings in `shared/findings/trust.md` found broken, each test named after its number; those of the seam are in
//! `sent_again` and `fault_matrix`.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};

use crate::common::wire::{self, Circuit, fixture, token_ok};
use crate::common::{Answer, Gate, Home, Outcome, Request, Script, chained};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

fn make_pipe(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// A home with a ledger that is as `make` makes it, and what accepting a request there says.
fn accept_with_ledger(make: impl FnOnce(&Path), code: i32, why: &str) {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    let ledger = home.ledger_path();
    fs::create_dir_all(ledger.parent().unwrap()).unwrap();
    make(&ledger);
    let outcome = home.approvals(&format!("accept {NEW} --timeout 2s"), &script).run();
    outcome.exits(code).stderr_has(why).stderr_has(&ledger.display().to_string());
    assert!(script.writes().is_empty());
}

#[test]
fn f01_a_yes_that_cannot_be_read_back_or_changes_nothing_is_unknown_everywhere() {
    let lying = || Answer::ok(json!({}));
    let policy =
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"accept\"\n";
    for command in [
        "approvals accept ID",
        "approvals deny ID",
        "approvals accept --all --max 50 --yes",
        "policy apply --yes",
    ] {
        for dead in [false, true] {
            let circuit = Circuit::of("vxc-new");
            let is_answered = Arc::new(AtomicBool::new(false));
            let (answered, read) = (Arc::clone(&is_answered), circuit.read());
            let script = Script::new()
                .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| {
                    answered.store(true, Ordering::Relaxed);
                    lying()
                })
                .on("GET", &circuit.alone(), move |request: &Request, nth: usize| {
                    match dead && is_answered.load(Ordering::Relaxed) {
                        true => Answer::refusal(500, "Something went wrong."),
                        false => read(request, nth),
                    }
                })
                .marketplace(&circuit)
                .start();
            let home = Home::new();
            home.write("portgate-policy.toml", policy);
            let args = format!("{} --timeout 2s -o json", command.replace("ID", NEW));
            let outcome = home.portgate(&args).at(&script).token("scripted-token").run();
            outcome.exits(14);
            let document = outcome.json();
            let batch = document["results"].as_array().map_or(&document, |results| &results[0]);
            assert_eq!(batch["outcome"], "unknown", "{outcome}");
            assert_eq!(home.ledger().last().unwrap()["outcome"], "unknown");
            let told = if dead { "its current state could not be read" } else { "still shows the old state" };
            outcome.stderr_has("the API confirmed the change, but ").stderr_has(told);
        }
    }
}

#[test]
fn f06_a_ledger_that_is_locked_or_a_pipe_ends_in_time_and_nothing_is_sent() {
    let mut locked = None;
    accept_with_ledger(
        |ledger| {
            let file = File::create(ledger).unwrap();
            file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
            file.lock().unwrap();
            locked = Some(file);
        },
        11,
        "locked by another process",
    );
    accept_with_ledger(make_pipe, 1, "it is not a regular file");
}

#[test]
fn f06_input_from_a_pipe_that_never_ends_obeys_the_timeout_and_signals() {
    let home = Home::new();
    let pipe = home.path().join("decisions.csv");
    make_pipe(&pipe);
    let run = |args: &str| home.portgate(&format!("--env sandbox --timeout 1s {args}")).arg(&pipe);
    run("approvals apply --yes").run().exits(11).stderr_has("the end was not reached within 1 s");
    run("approvals accept --yes --from-file").run().exits(11);
    run("policy check --file").run().exits(2).stderr_has("it is not a regular file");
    run("api POST /v2/things --yes --input").run().exits(11);

    let mut child = home.portgate("--env sandbox approvals apply - --yes").spawn();
    let stdin = child.stdin.take();
    // It reads on a thread of its own.
    let pid = Pid::from_child(&child);
    let waits_in = |name: &str| {
        let tasks = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
        tasks
            .flatten()
            .any(|task| fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim() == name))
    };
    while !waits_in("tokio-rt-worker") {
        std::thread::yield_now();
    }
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    drop(stdin);
}

#[test]
fn f06_settings_that_another_process_keeps_locked_end_in_time() {
    let home = Home::new();
    home.write(
        "config/portgate/config.toml",
        "schema = \"portgate.config/v1\"\n[profiles.lab]\nenvironment = \"sandbox\"\n",
    );
    let lock = File::create(home.write("config/portgate/.config.lock", "")).unwrap();
    lock.lock().unwrap();
    home.portgate("profile use lab").run().exits(11).stderr_has("the settings are locked by another process");
    drop(lock);
    home.portgate("profile use lab").run().exits(0);
}

#[test]
fn f06_a_sandbox_that_another_process_makes_without_end_ends_in_time_and_by_a_signal() {
    let home = Home::new();
    let lock = File::create(home.write("sandbox.db.lock", "")).unwrap();
    lock.lock().unwrap();
    let commands = [
        "approvals list",
        "auth status",
        "sandbox reset",
        "sandbox reset --vxcs 10",
        "sandbox credentials",
        "sandbox inbox",
        "sandbox request",
        "sandbox speed-change",
        "sandbox port-down",
        "sandbox serve --listen 127.0.0.1:0",
    ];
    File::create(home.write("sandbox.db", "")).unwrap();
    std::thread::scope(|scope| {
        for command in commands {
            let run = home.portgate(&format!("{command} --env sandbox --db sandbox.db --timeout 1s"));
            scope.spawn(move || {
                run.run().exits(11).stderr_has("another process may have locked it");
            });
        }
    });

    let mut child = home.portgate("sandbox reset --db sandbox.db").spawn();
    // It waits on a thread of its own, with the lock's file open.
    let holds_lock = || {
        let files = fs::read_dir(format!("/proc/{}/fd", child.id())).unwrap();
        files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|to| to.ends_with("sandbox.db.lock")))
    };
    while !holds_lock() {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    drop(lock);
    home.portgate("approvals list --env sandbox --db sandbox.db").run().exits(0);
}

#[test]
fn f06_a_cache_of_ids_that_is_a_pipe_is_none() {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    make_pipe(&home.id_map_path());
    home.approvals("list --timeout 5s", &script).run().exits(0).stdout_has("Globex");
}

#[test]
fn f08_a_file_that_never_ends_is_read_so_far_and_no_further() {
    let home = Home::new();
    let run = |args: &str| home.portgate(&format!("--env sandbox {args} /dev/zero")).run();
    run("approvals accept --yes --from-file").exits(2).stderr_has("it is larger than 16 MiB");
    run("approvals apply --yes").exits(2).stderr_has("it is larger than 16 MiB");
    run("api POST /v2/things --yes --input").exits(2).stderr_has("it is larger than 16 MiB");
    run("policy check --file").exits(2).stderr_has("it is not a regular file");
    home.portgate("--env sandbox api POST /v2/things --yes -F a=@/dev/zero").run().exits(2);
}

#[test]
fn f06_a_ledger_that_may_not_grow_is_an_error_and_nothing_is_sent() {
    let script = Script::new().marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    let ledger = home.write("data/portgate/ledger.jsonl", "\n".repeat(511));
    fs::set_permissions(&ledger, fs::Permissions::from_mode(0o600)).unwrap();
    // In blocks of 512 bytes, or of 1024 in some shells.
    let child = home
        .approvals(&format!("accept {NEW} -o json"), &script)
        .spawn_under("ulimit -f 1; exec \"$0\" \"$@\"");
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("could not write ledger"), "{told}");
    assert!(script.writes().is_empty());
}

#[test]
fn f13_a_ledger_that_is_a_link_or_that_others_may_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    File::create(&elsewhere).unwrap();
    accept_with_ledger(|ledger| symlink(&elsewhere, ledger).unwrap(), 1, "symbolic link");
    assert_eq!(fs::metadata(&elsewhere).unwrap().len(), 0);
    let open_to_all = |ledger: &Path| {
        File::create(ledger).unwrap().set_permissions(fs::Permissions::from_mode(0o666)).unwrap();
    };
    accept_with_ledger(open_to_all, 1, "it is writable by other users");
}

#[test]
fn f13_and_c16_lines_of_the_ledger_that_cannot_be_read_are_counted() {
    let home = Home::new();
    home.portgate("--env sandbox approvals accept 7c1e09ab").run().exits(0);
    let ledger = home.ledger_path();
    let lines = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, format!("{{\"schema\":\"portgate.ledger/v9\"}}\nnot a line\n\n{lines}")).unwrap();
    let history = home.portgate("--env sandbox approvals history").run();
    history.exits(0).stdout_has("7c1e09ab").stderr_has("2 lines of").stderr_has("that could not be read");
}

#[test]
fn f14_an_attempt_that_was_killed_is_closed_by_whoever_reads_later_how_it_ended() {
    for (read, state, outcome, told) in [
        ("show ID", json!({"provisioningStatus": "LIVE"}), "done", "accepted"),
        ("history ID", json!({"provisioningStatus": "LIVE"}), "done", "accepted"),
        ("wait ID --timeout 5s", json!({"provisioningStatus": "LIVE"}), "done", "accepted"),
        ("accept ID --dry-run", json!({"provisioningStatus": "LIVE"}), "done", "accepted"),
        ("show ID", json!({"provisioningStatus": "CANCELLED_PARENT"}), "conflict", "withdrawn"),
        ("show ID", json!({}), "unknown", ""),
        ("show ID, a day later", json!({}), "failed", "pending"),
    ] {
        let circuit = Circuit::of("vxc-new");
        let (gate, asked) = (Gate::new(), Gate::new());
        let (held, seen) = (gate.clone(), asked.clone());
        let script = Script::new()
            .on("PUT", &circuit.by_vxc(), move |_: &Request, _: usize| -> Answer {
                seen.open();
                Answer::lost().behind(&held)
            })
            .marketplace(&circuit)
            .start();
        let home = Home::new();
        let mut child = home.approvals(&format!("accept {NEW}"), &script).spawn();
        asked.wait_open();
        child.kill().unwrap();
        child.wait().unwrap();
        gate.open();
        let history = || {
            let outcome = home.portgate("approvals history -o json").at(&script).run();
            let records = outcome.json();
            assert_eq!(records.as_array().unwrap().len(), 1, "{outcome}");
            (records[0]["outcome"].clone(), records[0]["error"].as_str().unwrap_or_default().to_owned())
        };
        assert_eq!(history(), (json!("unknown"), String::new()));
        circuit.change(state);
        let (read_it, later) = read.split_once(", ").unwrap_or((read, ""));
        if !later.is_empty() {
            let mut lines = home.ledger();
            lines[0]["at"] = json!("2026-01-01T00:00:00Z");
            fs::write(home.ledger_path(), chained(&lines)).unwrap();
        }
        home.approvals(&read_it.replace("ID", NEW), &script).run();
        let (ended, error) = history();
        assert_eq!(ended, outcome, "{read}");
        let read_later = format!("no response was received; current status: {told}");
        assert_eq!(error, if told.is_empty() { String::new() } else { read_later }, "{read}");
        assert_eq!(script.writes().len(), 1);
    }
}

#[test]
fn f15_a_secret_command_gets_none_of_portgate_s_own_variables() {
    let script =
        Script::new().on("POST", "/oauth2/token", token_ok()).marketplace(&Circuit::of("vxc-new")).start();
    let home = Home::new();
    let seen = home.path().join("seen");
    let config = format!(
        "schema = \"portgate.config/v1\"\ndefault = \"lab\"\n[profiles.lab]\napi_url = \"{}\"\nclient_id = \"someone\"\nsecret_command = [\"sh\", \"-c\", \"env > {}; echo s3cret\"]\n",
        script.url(),
        seen.display(),
    );
    home.write("config/portgate/config.toml", config);
    home.portgate("approvals list").env("MEGAPORT_OTHER_SECRET", "x").env("PORTGATE_TIMEOUT", "5s").run();
    let seen = fs::read_to_string(&seen).unwrap();
    assert!(seen.contains("PATH=") && !seen.contains("MEGAPORT_") && !seen.contains("PORTGATE_"), "{seen}");
}

/// Gives a file to somebody else, which only root can; answers whether it did.
fn give_away(path: &Path) -> bool {
    let given = chown(path, Some(12_345), None).is_ok();
    if !given {
        let _ = writeln!(std::io::stderr(), "SKIPPED a test of files of other users: only root can make one");
    }
    given
}

#[test]
fn f13_a_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    if !give_away(&File::create(folder.path().join("theirs")).map(|_| folder.path().join("theirs")).unwrap())
    {
        return;
    }
    let theirs = |ledger: &Path| {
        let file = File::create(ledger).unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o600)).unwrap();
        chown(ledger, Some(12_345), None).unwrap();
    };
    accept_with_ledger(theirs, 1, "it belongs to another user (12345)");

    let home = Home::new();
    let config = home.write("config/portgate/config.toml", "schema = \"portgate.config/v1\"\n");
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&config, Some(12_345), None).unwrap();
    let settings = home.portgate("profile list").run();
    settings.exits(2).stderr_has("belongs to another user").stderr_has("it belongs to another user (12345)");

    let home = Home::new();
    let secret = home.write("secret", "s3cret-0f-another");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    chown(&secret, Some(12_345), None).unwrap();
    let run =
        home.portgate("approvals list --api-url http://127.0.0.1:9").env("MEGAPORT_ACCESS_KEY", "someone");
    let refused = run.env("MEGAPORT_SECRET_KEY_FILE", &secret).run();
    refused.exits(2).stderr_has("it belongs to another user (12345)");
}

#[test]
fn f15_no_core_is_dumped_of_a_process_that_holds_secrets() {
    let script = Script::new()
        .on("GET", "/v2/products", Answer::silence())
        .on("GET", "/v3/order_approvals", Answer::silence())
        .start();
    let home = Home::new();
    let mut child = home.approvals("list --timeout 60s", &script).spawn();
    while script.hits("GET", "/v2/products") == 0 {
        std::thread::yield_now();
    }
    let limits = fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(
        core.split_whitespace().collect::<Vec<_>>(),
        ["Max", "core", "file", "size", "0", "0", "bytes"]
    );
}

/// A policy that accepts up to nine tenths of a port, and a live VXC that fills it.
fn applied_beside(live: Value) -> (Outcome, usize) {
    let new = Circuit::of("vxc-new");
    let mut filling = wire::with(
        new.now(),
        json!({
            "productUid": "0f0e0d0c-0000-4000-8000-000000000001", "provisioningStatus": "LIVE", "rateLimit": 10000,
            "vxcApproval": {"status": null, "uid": null, "type": null, "message": null},
        }),
    );
    for (field, value) in live.as_object().unwrap() {
        filling[field] = match (value, &filling[field]) {
            (Value::Object(_), before) => wire::with(before.clone(), value.clone()),
            _ => value.clone(),
        };
    }
    let listed = wire::products([wire::port("port-syd1-a", [new.now(), filling])]);
    let script = Script::new().on("GET", "/v2/products", listed).marketplace(&new).start();
    let home = Home::new();
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"room\"\nmax_sold = \"90%\"\ndecision = \"accept\"\n",
    );
    let outcome = home.portgate("policy apply --yes").at(&script).token("scripted-token").run();
    (outcome, script.writes().len())
}

#[test]
fn what_is_sold_is_counted_or_unknown_whatever_the_form_of_a_vxc() {
    let uid = fixture("vxc-new")["bEnd"]["productUid"].as_str().unwrap().to_uppercase();
    for live in [
        json!({}),
        json!({"rateLimit": "10 Gbps"}),
        json!({"rateLimit": null}),
        json!({"rateLimit": 1000.5}),
        json!({"bEnd": null}),
        json!({"bEnd": {"productUid": null}}),
        json!({"bEnd": {"productUid": uid}}),
    ] {
        let (outcome, writes) = applied_beside(live.clone());
        assert_eq!(writes, 0, "{live}\n{outcome}");
    }
}

#[test]
fn a_read_back_of_something_else_or_in_another_form_is_no_proof() {
    for strange in [
        json!({"productUid": "0f0e0d0c-0000-4000-8000-000000000001"}),
        json!({"vxcApproval": "x"}),
        json!({"vxcApproval": []}),
        json!({"provisioningStatus": "SOMETHING"}),
        json!({"provisioningStatus": null}),
        json!({"rateLimit": 900}),
    ] {
        let circuit = Circuit::of("vxc-new");
        let (read, decided) = (circuit.read(), Arc::new(AtomicBool::new(false)));
        let (is_decided, deciding) = (Arc::clone(&decided), circuit.decided());
        let changed = strange.clone();
        let now = circuit.clone();
        let script = Script::new()
            .on("PUT", &circuit.by_vxc(), move |request: &Request, nth: usize| {
                decided.store(true, Ordering::Relaxed);
                deciding(request, nth)
            })
            .on("GET", &circuit.alone(), move |request: &Request, nth: usize| {
                if !is_decided.load(Ordering::Relaxed) {
                    return read(request, nth);
                }
                let mut vxc = now.now();
                vxc.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
                Answer::ok(vxc)
            })
            .marketplace(&circuit)
            .start();
        let outcome = Home::new().approvals(&format!("accept {NEW} --timeout 2s"), &script).run();
        let is_other_speed = strange["rateLimit"].is_number();
        let (code, told) = if is_other_speed { (13, "900 Mbps, not 500 Mbps") } else { (14, NEW) };
        outcome.exits(code).stdout_lacks("accepted ").stderr_has(told);
        assert_eq!(script.writes().len(), 1, "{strange}");
    }
}

#[test]
fn a_proposed_command_is_one_command_whatever_the_backend_calls_a_request() {
    let circuit = Circuit::of("vxc-new");
    circuit.change(json!({"vxcApproval": {"uid": "abcdef; touch owned #"}}));
    let script = Script::new().marketplace(&circuit).start();
    let home = Home::new();
    let shown = home.approvals("show", &script).arg(circuit.uid()).run();
    shown.exits(0).stdout_has("approvals accept 'abcdef; touch owned #'");
    let accepted = home.approvals("accept", &script).arg(circuit.uid()).run();
    accepted.exits(0).stderr_has("approvals show 'abcdef; touch owned #'");
}
