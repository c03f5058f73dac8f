//! The help texts: every command of the tree, in one snapshot per noun.

use clap::Command;

use super::Stage;

#[test]
fn help_of_every_command() {
    let mut tree = portgate::command();
    tree.build();
    let stage = Stage::bare("help").lines(&[
        ("overview", "--help"),
        ("overview_short", "-h"),
        ("no_words", ""),
        ("overview_by_help", "help"),
        ("unknown_command", "aproval list"),
        ("unknown_subcommand", "help approvals lst"),
        ("unknown_topic", "help outptu"),
        ("version_option", "--version"),
    ]);
    for noun in tree.get_subcommands().filter(|noun| !noun.is_hide_set()) {
        let mut paths = Vec::new();
        collect(noun, noun.get_name(), &mut paths);
        stage.together(noun.get_name(), &paths);
    }
}

/// The path of a command and those of all below it.
fn collect(command: &Command, path: &str, paths: &mut Vec<String>) {
    paths.push(format!("{path} --help"));
    paths.push(format!("{path} -h"));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help")
    {
        collect(below, &format!("{path} {}", below.get_name()), paths);
    }
}

#[test]
fn help_topics() {
    Stage::bare("help").lines(&[
        ("topic_exit_codes", "help exit-codes"),
        ("topic_environment", "help environment"),
        ("topic_filters", "help filters"),
        ("topic_policy", "help policy"),
        ("topic_output", "help output"),
        ("topic_and_more", "help exit-codes extra"),
    ]);
}

#[test]
fn help_on_terminals() {
    Stage::bare("help").on_terminals(&[
        ("terminal_exit_codes", "help exit-codes"),
        ("terminal_command", "help approvals accept"),
        ("terminal_schema", "help schema"),
    ]);
}
