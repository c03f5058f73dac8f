//! Help that fits a screen, and topics.

use clap::Command;

use crate::common::Home;

/// The paths of all commands below `portgate`.
fn paths(command: &Command, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        paths(below, format!("{path} {}", below.get_name()).trim_start(), found);
    }
}

fn commands() -> Vec<String> {
    let mut tree = portgate::command();
    tree.build();
    let mut found = Vec::new();
    paths(&tree, "", &mut found);
    found
}

const POINTER: &str = "Run `portgate help options` for global options such as --env, --profile, -o.";

#[test]
fn d20_short_help_of_any_command_fits_a_screen() {
    let home = Home::new();
    let mut wrong = String::new();
    for command in commands() {
        let page = home.portgate(&format!("{command} -h")).env("NO_COLOR", "1").in_terminal(80, 24).exits(0);
        let page = page.to_string();
        let lines: Vec<&str> = page.lines().collect();
        if lines.len() > 24 || lines.iter().any(|line| line.chars().count() > 80) {
            wrong.push_str(&format!("portgate {command} -h, {} lines:\n{page}\n", lines.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    // What is folded is named.
    let short = home.portgate("approvals accept -h").run();
    short.exits(0).stdout_has("Filters: --type, --customer").stdout_has("Expectations: --expect-speed");
}

#[test]
fn a_help_begins_with_a_title_without_a_full_stop() {
    let home = Home::new();
    let mut wrong = String::new();
    for command in commands() {
        let page = home.portgate(&format!("{command} --help")).run();
        let title = page.exits(0).stdout.split("\n\n").next().unwrap().to_owned();
        if title.ends_with('.') {
            wrong.push_str(&format!("portgate {command}: {title}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn d20_global_options_are_on_a_page_of_their_own() {
    let home = Home::new();
    let globals = home.portgate("help options").run();
    let tree = portgate::command();
    let names: Vec<&str> =
        tree.get_arguments().filter(|arg| arg.is_global_set()).filter_map(|arg| arg.get_long()).collect();
    assert!(names.contains(&"as") && names.contains(&"token-url"), "{names:?}");
    for name in &names {
        globals.exits(0).stdout_has(&format!("--{name}"));
    }
    for command in commands() {
        for form in ["-h", "--help"] {
            let page = home.portgate(&format!("{command} {form}")).run();
            page.exits(0).stdout_has(POINTER).stderr_is("");
            for name in &names {
                let row = page.stdout.lines().find(|line| {
                    line.starts_with("  ")
                        && line.trim_start().trim_start_matches("-o, ").starts_with(&format!("--{name} <"))
                });
                assert!(row.is_none(), "{command} {form} lists --{name}:\n{page}");
            }
        }
    }
}

#[test]
fn d7_the_keys_of_the_settings_are_explained() {
    let home = Home::new();
    let topic = home.portgate("help config").run();
    topic.exits(0).stdout_has("Keys of a profile").stdout_has("max_sold = \"120%\"");
    // The example works as it is.
    let example = topic.stdout.rsplit_once("Example\n").unwrap().1.replace("\n  ", "\n");
    home.write("config/portgate/config.toml", example.trim_start());
    let profiles = home.portgate("profile list -o json").run().exits(0).json();
    assert_eq!(profiles.as_array().unwrap().len(), 2);
    assert_eq!(profiles[0]["limits"]["max_sold_percent"], 100);
    // The reader's own list of keys.
    let wrong = home.portgate("profile set nothing 1 --profile lab").run();
    let hint = wrong.exits(2).stderr.clone();
    let keys = hint.split("available settings: ").nth(1).unwrap().lines().next().unwrap();
    assert!(keys.split(", ").count() > 10, "{hint}");
    for key in keys.split(", ") {
        topic.stdout_has(&format!("\n  {key} = "));
    }
    home.portgate("man pages").run().exits(0);
    let page = std::fs::read_to_string(home.path().join("pages/portgate-config.5")).unwrap();
    assert!(page.contains("max_sold"), "{page}");
}

#[test]
fn d7_the_keys_of_a_policy_are_explained() {
    let home = Home::new();
    let topic = home.portgate("help policy").run();
    for place in ["", "[limits]\n", "[[rule]]\n"] {
        let file = home.write(
            "policy.toml",
            format!("schema = \"portgate.policy/v1\"\n{place}nothing_of_this_kind = 1\n"),
        );
        let wrong = home.portgate("policy check --file").arg(file).run();
        let hint = wrong.exits(2).stdout.clone() + &wrong.stderr;
        let keys =
            hint.split("use one of ").nth(1).unwrap_or_else(|| panic!("{hint}")).lines().next().unwrap();
        for key in keys.trim_end_matches(')').split(", ").filter(|key| *key != "rule") {
            // The periods are explained once for all of them.
            let period = key.trim().rfind("per_").filter(|_| !key.ends_with("_run"));
            topic.exits(0).stdout_has(period.map_or(key.trim(), |start| &key.trim()[start..]));
        }
    }
}
