//! Help texts and topics, by walking the command tree.

use clap::Command;

use crate::common::Home;
use portgate::Exit;

/// Every command with its path.
fn walk(command: &Command, path: &str, visit: &mut dyn FnMut(&Command, &str)) {
    visit(command, path);
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        walk(below, &format!("{path} {}", below.get_name()), visit);
    }
}

fn tree() -> Command {
    let mut tree = portgate::command();
    tree.build();
    tree
}

/// The words of an example from `portgate` on, as a shell would part them; without what it is piped into.
fn words(example: &str) -> Option<Vec<String>> {
    let example = example.replace("\\\n", " ");
    let line = &example[example.find("portgate ")?..];
    let mut words = vec![String::new()];
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (None, '|' | '>' | ')' | ';') => break,
            (None, blank) if blank.is_whitespace() => words.push(String::new()),
            (Some(open), close) if open == close => quote = None,
            (_, character) => words.last_mut()?.push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    Some(words)
}

#[test]
fn every_command_has_examples_that_are_understood() {
    walk(&tree(), "portgate", &mut |command, path| {
        let examples = portgate::examples(command);
        let few = if command.has_subcommands() { 1 } else { 2 };
        assert!(
            (few..=4).contains(&examples.len()),
            "{path} should have two or three examples: {examples:?}"
        );
        let mut own = 0;
        for example in &examples {
            assert!(example.lines().all(|line| line.chars().count() <= 80), "{path}: too wide: {example}");
            for words in example.split(" && ").filter_map(words) {
                let parsed = portgate::command().try_get_matches_from(&words);
                if let Err(error) = parsed {
                    panic!("{path}: the example is not understood: {example}\n{error}");
                }
                own += usize::from(words.join(" ").contains(path.trim_start_matches("portgate ")));
            }
        }
        assert!(own > 0, "{path}: no example shows the command itself: {examples:?}");
    });
}

#[test]
fn short_help_fits_eighty_columns_and_says_what_each_thing_is() {
    walk(&tree(), "portgate", &mut |command, path| {
        let help = command.clone().term_width(80).render_help().to_string();
        let text = help.split("\nExamples:").next().unwrap_or_default();
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{path} -h: too wide: {line}");
        }
        assert!(command.get_about().is_some(), "{path} doesn't say what it does");
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            assert!(arg.get_help().is_some(), "{path}: {} doesn't say what it is", arg.get_id());
        }
    });
}

#[test]
fn topics_are_explained_in_eighty_columns() {
    let home = Home::new();
    for topic in ["options", "exit-codes", "environment", "config", "schema", "filters", "policy", "output"] {
        let outcome = home.portgate(&format!("help {topic}")).run();
        outcome.exits(0).stderr_is("");
        assert!(outcome.stdout.lines().count() > 10, "{outcome}");
        for line in outcome.stdout.lines() {
            assert!(line.chars().count() <= 80, "{topic}: too wide: {line}");
        }
    }
    let codes = home.portgate("help exit-codes").run();
    let told = codes.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for exit in Exit::ALL {
        let row = format!("{} {} {}", exit.code(), exit.name(), exit.meaning());
        assert!(told.contains(&row), "{row}\n{codes}");
    }
}

#[test]
fn help_of_a_command_is_its_long_help() {
    let home = Home::new();
    for command in ["approvals accept", "speed list", "profile", "sandbox serve"] {
        let asked = home.portgate(&format!("{command} --help")).run();
        home.portgate(&format!("help {command}")).run().is(0, &asked.stdout, "");
    }
    let whole = home.portgate("help approvals").run();
    home.portgate("help approval").run().is(0, &whole.stdout, "");
    home.portgate("help approvals list more").run().exits(2);
    let json = home.portgate("help nothing -o json").run();
    assert_eq!(json.exits(2).error()["code"], 2);
}

#[test]
fn help_needs_no_home_and_reads_no_settings() {
    let home = Home::new();
    home.write("config/portgate/config.toml", "this is [no toml");
    for args in ["help output", "--help", "--version", "completions zsh", "man"] {
        home.portgate(args).env("HOME", "").env("XDG_CONFIG_HOME", "").run().exits(0).stderr_is("");
    }
}

#[test]
fn a_topic_stands_alone_and_a_command_of_its_name_does_not() {
    let home = Home::new();
    home.portgate("help exit-codes extra").run().exits(2);
    let plan = home.portgate("policy plan --help").run();
    home.portgate("help policy plan").run().is(0, &plan.stdout, "");
}

#[test]
fn a_value_below_zero_is_a_value_and_no_unknown_option() {
    let mut checked = 0;
    walk(&tree(), "portgate", &mut |command, path| {
        for option in command.get_opts() {
            let name = option.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
            let is_amount = matches!(
                name.as_deref(),
                Some("N" | "TIME" | "SPEED" | "PERCENT" | "RANGES" | "VLAN" | "WHEN" | "LIMIT")
            );
            if is_amount {
                checked += 1;
                let is_taken = option.is_allow_negative_numbers_set() || option.is_allow_hyphen_values_set();
                assert!(is_taken, "{path} --{}", option.get_id());
            }
        }
    });
    assert!(checked > 100, "{checked}");
    let home = Home::new();
    for (args, why) in [
        (
            "approvals accept 7c1e09 --concurrency -1",
            "'-1' is not a valid concurrency: use a number from 1 to 64",
        ),
        ("approvals accept 7c1e09 --vlan next --vlan-pool -5", "'-5' is not a valid range of VLANs"),
        ("approvals accept 7c1e09 --vlan next --vlan-pool -5-10", "'-5-10' is not a valid range of VLANs"),
        ("approvals accept 7c1e09 --max -1", "'-1' is not a valid count"),
        ("approvals accept 7c1e09 --max-sold -5%", "'-5%' is not a valid percentage"),
        ("approvals apply x --max -1", "'-1' is not a valid count"),
        ("policy apply --max-sold -5", "'-5' is not a valid percentage"),
        ("approvals list --limit -1", "'-1' is not a valid count"),
        ("approvals list --speed-above -1", "'-1' is not a valid speed"),
        ("approvals list --timeout -1", "'-1' is not a valid duration"),
        ("approvals watch --interval -1s", "'-1s' is not a valid"),
        ("approvals wait 7c1e09 --interval -1", "'-1' is not a valid"),
        ("approvals claim 7c1e09 --for -1h", "'-1h'"),
        ("sandbox reset --pending -1", "use a whole number"),
        ("sandbox inbox --limit -1", "use a whole number"),
        ("sandbox serve --token-life -1s", "'-1s'"),
    ] {
        home.portgate(args).run().exits(2).stderr_has(why).stderr_lacks("unexpected argument");
    }
}

#[test]
fn a_variable_that_an_option_replaces_may_be_invalid() {
    let home = Home::new();
    for (variable, option) in [
        ("PORTGATE_CONCURRENCY", "--concurrency 4"),
        ("PORTGATE_TIMEOUT", "--timeout 60s"),
        ("PORTGATE_MAX_RETRIES", "--max-retries 1"),
        ("PORTGATE_MAX_SOLD", "--max-sold 500%"),
        ("PORTGATE_MAX_SOLD", "--allow-oversubscribed"),
        ("PORTGATE_OUTPUT", "-o json"),
    ] {
        let run = |option: &str| {
            let args = format!("--env sandbox approvals accept 7c1e09ab --dry-run {option}");
            home.portgate(&args).env(variable, "many").run()
        };
        run("").exits(2).stderr_has(variable);
        run(option).exits(0).stderr_lacks(variable);
    }
}
