//! What stands where an answer's `data` should: null is not an empty list, nothing of a list vanishes, and an array is no
//! object.

use serde_json::{Value, json};

use crate::common::wire::{self, Circuit, fixture};
use crate::common::{Answer, Home, Outcome, Request, Script};

const KEY: &str = "3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14";
const PERSON: &str = "/v2/employee/4711";

/// A read of the client's: where it is, a command that makes it, and what a right answer's `data` is.
struct Read {
    path: &'static str,
    args: &'static str,
    data: fn(&Circuit) -> Value,
    is_list: bool,
}

const READS: [Read; 13] = [
    Read { path: "/v2/products", args: "approvals list", data: |_| ports(), is_list: true },
    Read { path: "/v2/products", args: "ports list", data: |_| ports(), is_list: true },
    Read { path: "/v2/products", args: "speed list", data: |_| ports(), is_list: true },
    Read { path: "/v2/products", args: "approvals accept 7c1e09ab", data: |_| ports(), is_list: true },
    Read { path: "/v3/order_approvals", args: "approvals list", data: |_| json!([]), is_list: true },
    Read { path: "/v2/service/key", args: "keys list", data: |_| json!([key()]), is_list: true },
    Read { path: "/v2/service/key", args: "keys show 3f0c2a91", data: |_| key(), is_list: false },
    Read {
        path: "/v2/service/key/validate",
        args: "keys validate KEY",
        data: |_| json!(true),
        is_list: false,
    },
    Read {
        path: "/v2/notificationPreferences",
        args: "notify list",
        data: |_| preferences(),
        is_list: false,
    },
    Read { path: "/v2/employment", args: "users list", data: |_| json!([person()]), is_list: true },
    Read { path: PERSON, args: "users show 4711", data: |_| person(), is_list: false },
    Read { path: "/v2/product/VXC", args: "approvals accept 7c1e09ab", data: Circuit::now, is_list: false },
    Read {
        path: "/v2/product/port/*/vlan",
        args: "approvals accept 7c1e09ab --vlan 1500",
        data: |_| json!([1500]),
        is_list: true,
    },
];

fn ports() -> Value {
    json!([wire::port("port-syd1-a", [fixture("vxc-new")])])
}

fn key() -> Value {
    wire::with(fixture("service-key"), json!({"key": KEY}))
}

fn person() -> Value {
    json!({"personId": 4711, "name": "Dana Reyes", "email": "dana@examplecloud.example", "active": true})
}

fn preferences() -> Value {
    json!({"destinations": {"EMAIL": [{"messageGroup": "ORDERING", "subscribed": true, "details": []}]}})
}

impl Read {
    /// Runs its command where all answers are right but this one.
    fn run(&self, answer: &Value, more: &str) -> (Outcome, Script) {
        let circuit = Circuit::of("vxc-new");
        let path = self.path.replace("/VXC", &format!("/{}", circuit.uid()));
        let script = Script::new()
            .on("GET", &path, Answer::json(200, answer))
            .on("GET", "/v3/notificationPreferences", Answer::refusal(404, "not here"))
            .on("GET", "/v2/service/key", |_: &Request, _: usize| Answer::ok(json!([key()])))
            .on("GET", PERSON, |_: &Request, _: usize| Answer::ok(person()))
            .on("GET", "/v2/employment", |_: &Request, _: usize| Answer::ok(json!([person()])))
            .marketplace(&circuit)
            .start();
        let args = self.args.replace("KEY", KEY) + more;
        let run = Home::new().portgate(&args).at(&script).token("scripted-token").run();
        (run, script)
    }
}

fn enveloped(data: &Value) -> Value {
    json!({"message": "ok", "terms": "", "data": data})
}

#[test]
fn c_data_as_it_should_be_is_read() {
    for read in READS {
        // What never changes could not be read back.
        let more = if read.args.contains("accept") { " --dry-run" } else { "" };
        let (run, _) = read.run(&enveloped(&(read.data)(&Circuit::of("vxc-new"))), more);
        assert_eq!(run.code, 0, "{} by {}\n{run}", read.path, read.args);
    }
}

#[test]
fn c_data_null_or_strange_is_never_an_empty_list_nor_an_answer() {
    let mut wrong = Vec::new();
    for read in READS {
        let right = (read.data)(&Circuit::of("vxc-new"));
        let mut answers = vec![
            json!({"message": "ok", "terms": ""}),
            json!([]),
            json!([enveloped(&right)]),
            json!([right]),
            enveloped(&Value::Null),
            enveloped(&json!("a text")),
            enveloped(&json!(7)),
            enveloped(&json!([[right]])),
        ];
        if read.is_list {
            let elements = right.as_array().unwrap();
            answers.push(enveloped(&json!({})));
            for strange in [json!(null), json!("a text"), json!([]), json!(["a", "b"]), json!([null])] {
                answers.push(enveloped(&Value::Array(
                    [std::slice::from_ref(&strange), elements.as_slice()].concat(),
                )));
                answers.push(enveloped(&json!([strange])));
            }
        } else {
            answers.extend([json!([]), json!([null]), json!(["a", 1, true])].map(|data| enveloped(&data)));
        }
        for answer in answers {
            let (run, script) = read.run(&answer, "");
            // A look-up that finds nothing may say so with an empty list.
            let none = read.args == "keys show 3f0c2a91" && answer["data"] == json!([]);
            let code = if none { 8 } else { 4 };
            if run.code != code || !script.writes().is_empty() {
                wrong.push(format!("{} by {}: {answer}\n{run}", read.path, read.args));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
