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
