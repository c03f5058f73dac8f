//! The ledger of a team in PostgreSQL: who may do what with it, what it refuses, who decides what, and what is lost when the
//! database goes away (nothing).

mod claims;
mod connections;
mod down;
mod failover;
mod hostile;
mod kept;
mod operators;
mod quotas;
mod refusals;
mod refused;
mod setup;

use std::collections::HashMap;
use std::process::Child;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::common::wire::Circuit;
use crate::common::{Answer, Gate, Home, Outcome, Portgate, Postgres, Request, Script};

const NEW: &str = "7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
/// The role that may do everything.
const SUPERUSER: &str = "postgres";

/// A database with a ledger, in which ana and ben may record, and that carl may read.
struct Team {
    database: String,
    /// As portgate shows it.
    place: String,
}

impl Team {
    #[track_caller]
    fn new(postgres: &Postgres) -> Self {
        // The roles are those of the whole server.
        static SETTING_UP: Mutex<()> = Mutex::new(());
        let _turn = SETTING_UP.lock().unwrap_or_else(PoisonError::into_inner);
        for login in ["ana", "ben", "carl"] {
            postgres.login(login);
        }
        let database = postgres.database().name;
        let place = format!("postgres://127.0.0.1:{}/{database}", postgres.port());
        let team = Team { database, place };
        // Over the socket: it is open where others have to encrypt.
        let owner = Desk::new(SUPERUSER, postgres.address_by_socket(SUPERUSER, &team.database));
        owner.portgate("ledger init --writer ana --writer ben --reader carl").run().exits(0);
        team
    }

    /// The desk of somebody with this login.
    #[track_caller]
    fn desk(&self, postgres: &Postgres, login: &'static str) -> Desk {
        Desk::new(login, postgres.address(login, &self.database))
    }

    /// Runs SQL as the superuser.
    #[track_caller]
    fn sql(&self, postgres: &Postgres, sql: &str) -> String {
        postgres.sql(&self.database, sql)
    }

    /// All lines, in their order.
    #[track_caller]
    fn lines(&self, postgres: &Postgres) -> Vec<Value> {
        let lines = self.sql(postgres, "SELECT line FROM portgate.entry ORDER BY id");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `[actor, step, outcome]` of all lines.
    #[track_caller]
    fn steps(&self, postgres: &Postgres) -> Vec<[String; 3]> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let step = |line: &Value| [text(&line["who"]["actor"]), text(&line["step"]), text(&line["outcome"])];
        self.lines(postgres).iter().map(step).collect()
    }

    /// Changes the tables as nobody could who isn't the superuser.
    #[track_caller]
    fn tamper(&self, postgres: &Postgres, sql: &str) {
        self.sql(postgres, &format!("SET session_replication_role = replica; {sql}"));
    }
}

/// A machine of somebody who works with the ledger.
struct Desk {
    home: Home,
    /// The login and the actor.
    name: &'static str,
    /// The address of the ledger.
    ledger: String,
}

impl Desk {
    fn new(name: &'static str, ledger: String) -> Self {
        let home = Home::new();
        let login = ledger.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
        if let Some((_, password)) = login.and_then(|(login, _)| login.split_once(':')) {
            home.keeps_secret(password);
        }
        Desk { home, name, ledger }
    }

    fn portgate(&self, args: &str) -> Portgate<'_> {
        self.home.portgate(args).env("PORTGATE_LEDGER", &self.ledger).env("PORTGATE_ACTOR", self.name)
    }

    fn approvals(&self, args: &str, script: &Script) -> Portgate<'_> {
        self.portgate(&format!("approvals {args}")).at(script).token("scripted-token")
    }

    /// The ledger, checked by portgate.
    #[track_caller]
    fn verify(&self) -> Outcome {
        self.portgate("ledger verify").run()
    }
}

/// Ends a run that was started before.
#[track_caller]
fn ended(child: Child) -> Outcome {
    let output = child.wait_with_output().unwrap();
    Outcome::new(&output.stdout, &output.stderr, output.status)
}

/// A marketplace with this request, whose decision waits at the second gate, after it opened the first.
fn slow(circuit: &Circuit) -> (Script, Gate, Gate) {
    let (asked, gate) = (Gate::new(), Gate::new());
    let (decided, seen, held) = (circuit.clone(), asked.clone(), gate.clone());
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, _: usize| {
            seen.open();
            held.wait(&|| false);
            decided.decide(request)
        })
        .marketplace(circuit)
        .start();
    (script, asked, gate)
}

/// A marketplace with the request [`NEW`], where the first decision never arrives.
fn sends_nothing_at_first() -> (Circuit, Script) {
    let circuit = Circuit::of("vxc-new");
    let decided = circuit.clone();
    let script = Script::new()
        .on("PUT", &circuit.by_vxc(), move |request: &Request, nth: usize| match nth {
            0 => Answer::silence(),
            _ => decided.decide(request),
        })
        .marketplace(&circuit)
        .start();
    (circuit, script)
}

/// Kills a run with -9 once it has sent something.
fn kill_while_sending(run: Portgate<'_>, script: &Script) {
    let mut running = run.spawn();
    while script.writes().is_empty() {
        assert!(running.try_wait().unwrap().is_none(), "it ended before it sent anything");
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

/// A marketplace with the request [`NEW`].
fn one_request() -> (Circuit, Script) {
    let circuit = Circuit::of("vxc-new");
    let script = Script::new().marketplace(&circuit).start();
    (circuit, script)
}

/// So many connection requests on one port.
fn requests(count: usize) -> Vec<Circuit> {
    let request = |nth: usize| {
        let circuit = Circuit::of("vxc-new");
        circuit.change(json!({
            "productUid": format!("{nth:08x}-1111-4111-8111-111111111111"),
            "productName": format!("connection {nth}"),
            "rateLimit": 10,
            "vxcApproval": {"uid": format!("{nth:08x}-2222-4222-8222-222222222222")},
            "bEnd": {"vlan": 100 + nth},
        }));
        circuit
    };
    (0..count).map(request).collect()
}

/// Finds the circuit that a decision is for.
fn by_path(circuits: &[Circuit]) -> impl Fn(&Request) -> Circuit + Send + Sync + 'static {
    let circuits: HashMap<String, Circuit> =
        circuits.iter().map(|circuit| (circuit.by_vxc(), circuit.clone())).collect();
    move |request| circuits[&request.path].clone()
}
