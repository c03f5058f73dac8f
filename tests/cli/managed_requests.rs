//! Every command of the tree says on each of its requests which managed account it acts for.

use std::collections::BTreeSet;

use crate::common::Home;
use crate::fault_matrix::proxy::{Fault, Proxy};
use crate::fault_matrix::{Server, credentials};

const MEDIA: &str = "Example Media";

/// Every command that asks the API, with arguments that get it there. In order: what waits is decided before it is waited for.
const COMMANDS: &[(&str, &str)] = &[
    ("approvals list", ""),
    ("approvals show", "ID"),
    ("approvals watch", "--existing --count 1 --interval 1s"),
    ("approvals accept", "ID"),
    ("approvals deny", "--all --max 50 --yes"),
    ("approvals apply", "decisions.csv --yes"),
    ("approvals wait", "ID"),
    ("approvals history", "ID"),
    ("approvals withdraw", "274d69b0-adda-5284-8319-4dd762978133"),
    ("speed list", ""),
    ("speed show", "06b5f74f-6f43-561f-ac1b-33d6bf65ba4b"),
    ("speed accept", "06b5f74f-6f43-561f-ac1b-33d6bf65ba4b"),
    ("speed deny", "06b5f74f-6f43-561f-ac1b-33d6bf65ba4b"),
    ("keys create", "--port PORT --no-expiry --description feed"),
    ("keys list", ""),
    ("keys show", "f9f3c9ad"),
    ("keys update", "f9f3c9ad --max-speed 800"),
    ("keys rotate", "f9f3c9ad"),
    ("keys activate", "f9f3c9ad"),
    ("keys deactivate", "f9f3c9ad"),
    ("keys validate", "f9f3c9ad-3360-57a2-be11-0745ce4c0313"),
    ("notify list", ""),
    ("notify subscribe", "service-status"),
    ("notify unsubscribe", "people"),
    ("policy check", "ID"),
    ("policy plan", ""),
    ("policy apply", "--yes"),
    ("ports list", ""),
    ("ports vlans", "PORT"),
    ("users list", ""),
    ("users show", "tara@examplemedia.example"),
    ("users update", "tara@examplemedia.example --email off"),
    ("api", "GET /v2/products"),
    ("api", "PUT /v2/product/megaport/PORT -f costCentre=feed --yes"),
    ("auth token", ""),
    ("auth status", "--check"),
];

/// Commands that ask no API, or nothing off a terminal; `auth import` tries keys, whatever account they act for.
const OTHERS: &[&str] = &[
    "approvals review",
    "approvals claim",
    "approvals release",
    "approvals proposals",
    "approvals confirm",
    "approvals drop",
    "keys delete",
    "notify edit",
    "policy init",
    "auth login",
    "auth logout",
    "auth import",
    "profile add",
    "profile set",
    "profile show",
    "profile list",
    "profile use",
    "profile remove",
    "ledger list",
    "ledger status",
    "ledger verify",
    "ledger export",
    "ledger import",
    "ledger init",
    "ledger migrate",
    "ledger sync",
    "completions",
    "man",
    "version",
    "whoami",
    "doctor",
    "help",
];

#[test]
fn w3_every_command_says_on_each_request_whom_it_acts_for() {
    let home = Home::new();
    let key = credentials(&home, "provider");
    let server = Server::start(&home);
    let listing =
        home.portgate("approvals list --query [0].id --api-url").arg(&server.url).key(&key[0], &key[1]);
    let id = listing.arg("--on-behalf-of").arg(MEDIA).run().exits(0).stdout.trim().to_owned();
    home.write("decisions.csv", format!("id,decision\n{id},deny\n"));
    home.write(
        "portgate-policy.toml",
        "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"all\"\nmatch = \"all\"\ndecision = \"leave\"\n",
    );
    let mut wrong = String::new();
    for (name, args) in COMMANDS {
        let proxy = Proxy::start(&server.url, Fault::None);
        let line = format!("{name} {args}")
            .replace("ID", &id)
            .replace("PORT", "3e8103bc-e2e2-52b3-a361-3a94dee2a488");
        let run = home.portgate(&format!("{line} -o json --api-url")).arg(&proxy.url).key(&key[0], &key[1]);
        let outcome = run.arg("--on-behalf-of").arg(MEDIA).run();
        let asked = proxy.shared.contexts.lock().unwrap().clone();
        let (own, of_account): (Vec<_>, Vec<_>) = asked.iter().partition(|(_, context)| context.is_none());
        // Without it goes only what tells which account is meant; `auth status --check` asks as the key's own company.
        let may_be_own = |line: &str| {
            ["POST /oauth2/token", "GET /v2/managedCompanies"].contains(&line)
                || (*name == "auth status" && line == "GET /v2/employment")
        };
        let asks_nothing_more = ["auth token", "auth status"].contains(name);
        if own.iter().any(|(line, _)| !may_be_own(line)) || (of_account.is_empty() && !asks_nothing_more) {
            wrong.push_str(&format!("{name}: {asked:#?}\n{outcome}\n"));
        }
        assert!(asked.iter().any(|(line, _)| line == "GET /v2/managedCompanies"), "{name}: {outcome}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_table_is_that_of_the_command_tree() {
    fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        let mut below = command.get_subcommands().peekable();
        if below.peek().is_none() {
            found.insert(path.to_owned());
        }
        for below in below {
            leaves(below, format!("{path} {}", below.get_name()).trim_start(), found);
        }
    }
    let mut command = portgate::command();
    command.build();
    let mut found = BTreeSet::new();
    leaves(&command, "", &mut found);
    found.retain(|name| !name.starts_with("sandbox ") && !name.split(' ').any(|word| word == "help"));
    let known = COMMANDS.iter().map(|(name, _)| *name).chain(OTHERS.iter().copied());
    let known: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(found.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
}
