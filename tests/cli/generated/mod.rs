//! `completions/`, `man/` and the reference of the book are what the command tree makes of itself, and its pictures are
//! what commands print. `PORTGATE_REGENERATE=1` rewrites them.

mod pictures;
mod reference;
mod schemas;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::Home;

/// Compares a folder of the repository with what it should hold, or rewrites it.
fn compare(folder: &str, expected: &BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let regenerate = std::env::var_os("PORTGATE_REGENERATE").is_some();
    if regenerate {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in expected {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    let there: BTreeMap<String, String> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}; PORTGATE_REGENERATE=1 makes it", folder.display()))
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    let advice = "run PORTGATE_REGENERATE=1 cargo test --test cli generated";
    assert_eq!(names(&there), names(expected), "{advice}");
    for (name, text) in expected {
        assert!(there[name] == *text, "{}/{name} is out of date: {advice}", folder.display());
    }
}

#[test]
fn completions_are_up_to_date() {
    let home = Home::new();
    let files = [
        ("portgate.bash", "bash"),
        ("_portgate", "zsh"),
        ("portgate.fish", "fish"),
        ("portgate.ps1", "powershell"),
    ];
    let expected = files
        .map(|(file, shell)| {
            let outcome = home.portgate(&format!("completions {shell}")).run();
            outcome.exits(0).stderr_is("");
            (file.to_owned(), outcome.stdout)
        })
        .into();
    compare("completions", &expected);
}

#[test]
fn man_pages_are_up_to_date() {
    let home = Home::new();
    home.portgate("man pages/man1").run().exits(0).stdout_is("");
    let sections = ["pages/man1", "pages/man5"].map(|folder| home.path().join(folder));
    let expected: BTreeMap<String, String> = sections
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
        })
        .collect();
    let first = home.portgate("man").run();
    assert_eq!(first.exits(0).stdout, expected["portgate.1"]);
    for (name, page) in &expected {
        assert!(page.contains(".SH \"EXAMPLES\""), "{name} has no examples");
    }
    compare("man", &expected);
}

/// What the binary answers to a completion script for this line; a blank at its end starts a new word.
fn complete(home: &Home, shell: &str, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let run = words.iter().fold(home.portgate("--"), |run, word| run.arg(*word));
    let outcome = run
        .env("PORTGATE_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_IFS", "\u{b}")
        .run();
    outcome.exits(0).stderr_is("");
    outcome.stdout.split(['\u{b}', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[test]
fn ids_and_ports_that_a_list_has_shown_are_completed() {
    let home = Home::new();
    assert_eq!(complete(&home, "bash", "portgate --env sandbox approvals accept 7c"), [""; 0]);
    home.portgate("--env sandbox approvals list").run().exits(0);
    for line in [
        "portgate --env sandbox approvals accept 7c",
        "portgate approvals --env sandbox show 7C1e",
        "portgate -o json --env sandbox approval deny --dry-run 7c",
    ] {
        assert_eq!(complete(&home, "bash", line), ["7c1e09ab"], "{line}");
    }
    let whole = complete(&home, "bash", "portgate --env sandbox approvals accept 7c1e09ab-5");
    assert!(whole.len() == 1 && whole[0].starts_with("7c1e09ab-5"), "{whole:?}");
    let told = complete(&home, "zsh", "portgate --env sandbox approvals accept 7c");
    assert!(told.len() == 1 && told[0].contains(r"Globex Bank, 500 Mbps"), "{told:?}");
    let told = complete(&home, "fish", "portgate --env sandbox approvals accept 7c");
    assert!(told[0].starts_with("7c1e09ab\tconnection request from"), "{told:?}");
    // PowerShell's script parts candidate and help as fish does.
    assert_eq!(complete(&home, "powershell", "portgate --env sandbox approvals accept 7c"), told);
    home.write(
        "config/portgate/config.toml",
        "[profiles.lab]\nenvironment = \"sandbox\"\n[profiles.live]\nenvironment = \"sandbox\"\n",
    );
    assert_eq!(complete(&home, "bash", "portgate approvals list --profile la"), ["lab"]);
    assert_eq!(complete(&home, "bash", "portgate approvals list --profile lab,l"), ["lab,live"]);
    let ports = complete(&home, "bash", "portgate --env sandbox ports vlans sy");
    assert_eq!(ports, ["SYD1-A", "SYD2-A"]);
    // What is the sandbox's is not offered for the real network.
    assert_eq!(complete(&home, "bash", "portgate approvals accept 7c"), [""; 0]);
    assert_eq!(complete(&home, "bash", "portgate --env nowhere approvals accept 7c"), [""; 0]);
    // A request that is decided is gone at once.
    home.portgate("--env sandbox approvals accept 7c1e09ab").run().exits(0);
    assert_eq!(complete(&home, "bash", "portgate --env sandbox approvals accept 7c"), [""; 0]);
    // So is one that was decided elsewhere, once it was looked at.
    let other = home.portgate("--env sandbox approvals deny afce3a24 --reason no");
    other.env("XDG_CACHE_HOME", home.path().join("tmp")).run().exits(0);
    assert_eq!(complete(&home, "bash", "portgate --env sandbox approvals show af"), ["afce3a24"]);
    home.portgate("--env sandbox approvals show afce3a24").run().exits(0);
    assert_eq!(complete(&home, "bash", "portgate --env sandbox approvals show af"), [""; 0]);
}

#[test]
fn users_that_a_list_has_shown_are_completed_by_their_addresses() {
    let home = Home::new();
    home.portgate("--env sandbox users list").run().exits(0);
    let offered = complete(&home, "fish", "portgate --env sandbox users show fio");
    assert_eq!(offered, ["fiona@examplecloud.example\tFiona Example, Finance"]);
    assert_eq!(complete(&home, "bash", "portgate --env sandbox users update fio").len(), 1);
    assert_eq!(complete(&home, "bash", "portgate users update fio"), [""; 0]);
}

#[test]
fn speed_completes_speed_changes_and_profile_set_its_settings() {
    let home = Home::new();
    home.portgate("--env sandbox approvals list").run().exits(0);
    for verb in ["accept", "deny", "show"] {
        let ids = complete(&home, "bash", &format!("portgate --env sandbox speed {verb} "));
        let ids: Vec<&String> = ids.iter().filter(|word| !word.starts_with('-')).collect();
        assert_eq!(ids, ["06b5f74f", "9b32c220", "e04b77f2"], "{verb}");
    }
    assert_eq!(
        complete(&home, "bash", "portgate profile set require_"),
        ["require_reason", "require_ticket"]
    );
}

#[test]
fn names_values_and_fields_are_completed() {
    let home = Home::new();
    home.write(
        "config/portgate/config.toml",
        "[profiles.lab]\nenvironment = \"staging\"\n\n[profiles.live]\nenvironment = \"production\"\n",
    );
    let cases: [(&str, &[&str]); 23] = [
        ("portgate app", &["approvals"]),
        ("portgate --env st", &["staging"]),
        ("portgate --env = st", &["staging"]),
        ("portgate --env = sandbox app", &["approvals"]),
        ("portgate approvals list --type = sp", &["speed-change"]),
        ("portgate --env sandbox app", &["approvals"]),
        ("portgate --env=sandbox app", &["approvals"]),
        ("portgate --profile keys --env sandbox", &["sandbox"]),
        ("portgate approvals --profile list acc", &["accept"]),
        ("portgate approvals list -o js", &["json", "jsonl"]),
        ("portgate policy apply -yo js", &["json", "jsonl"]),
        ("portgate --profile l", &["lab", "live"]),
        ("portgate profile use li", &["live"]),
        ("portgate approvals list --type sp", &["speed-change"]),
        ("portgate approvals list --fields id,customer.u", &["id,customer.uid"]),
        ("portgate speed list --sort sold_after_p", &["sold_after_percent", "sold_after_percent:desc"]),
        ("portgate -o cs", &["csv"]),
        ("portgate help out", &["output"]),
        ("portgate notify subscribe ordering s", &["security", "service-status", "services"]),
        ("portgate notifications unsub", &["unsubscribe"]),
        ("portgate service-keys rot", &["rotate"]),
        ("portgate sandbox reset --po", &["--ports"]),
        ("portgate approvals --fie", &["--fields"]),
    ];
    for (line, expected) in cases {
        assert_eq!(complete(&home, "bash", line), expected, "{line}");
    }
}

#[test]
fn a_command_is_offered_with_what_it_does() {
    let home = Home::new();
    let commands = complete(&home, "fish", "portgate ");
    assert!(commands.iter().any(|line| line.starts_with("keys\tManage service keys")), "{commands:?}");
    assert!(!commands.iter().any(|line| line.starts_with('-')), "{commands:?}");
    let verbs = complete(&home, "fish", "portgate approvals ");
    assert!(verbs.iter().any(|line| line.starts_with("list\tList pending requests")), "{verbs:?}");
}

#[test]
fn keys_that_a_list_has_shown_are_completed_by_their_handles() {
    let home = Home::new();
    let keys = |env: &str| -> Vec<String> {
        let offered = complete(&home, "bash", &format!("portgate {env}keys show "));
        offered.into_iter().filter(|one| !one.starts_with('-')).collect()
    };
    assert_eq!(keys("--env sandbox "), [""; 0]);
    let listed = home.portgate("--env sandbox keys list -o json").run().exits(0).json();
    let handle = listed[0]["key"].as_str().unwrap();
    assert_eq!(handle.len(), 8, "no more than the handle is ever offered");
    let offered = keys("--env sandbox ");
    assert_eq!(offered.len(), listed.as_array().unwrap().len());
    assert!(offered.iter().any(|one| one == handle), "{offered:?}");
    let described = complete(&home, "fish", &format!("portgate --env sandbox keys rotate {handle}"));
    assert!(described[0].contains(listed[0]["product_name"].as_str().unwrap()), "{described:?}");
    assert_eq!(keys(""), [""; 0]);
}

#[test]
fn whatever_is_wrong_completions_are_silent() {
    let home = Home::new();
    home.write("config/portgate/config.toml", "this is [no toml");
    home.write("cache/portgate/approval-ids.json", "{");
    for line in
        ["portgate --env sandbox approvals accept 7", "portgate --profile x", "portgate nonsense and x"]
    {
        assert_eq!(complete(&home, "zsh", line), [""; 0], "{line}");
    }
    home.portgate("--").env("PORTGATE_COMPLETE", "bash").run().is(0, "", "");
    home.portgate("-- portgate app").env("PORTGATE_COMPLETE", "csh").run().is(0, "", "");
    home.portgate("approvals list").env("PORTGATE_COMPLETE", "bash").run().is(0, "", "");
}
