//! The reference of the book: pages made of the command tree, the help topics and the schemas.

use std::collections::BTreeMap;

use clap::{Arg, Command};
use portgate::Exit;

use super::{compare, schemas};
use crate::common::Home;

/// Stands on top of each page.
pub(super) const NOTE: &str = "<!-- Generated: change the help text, then run PORTGATE_REGENERATE=1 cargo test --test cli generated -->\n\n";

/// Topics that are pages as they are: the topic, the file, the title.
const TOPICS: [(&str, &str, &str); 4] = [
    ("filters", "filters.md", "Selecting requests"),
    ("output", "output.md", "Output formats"),
    ("policy", "policy-file.md", "The policy file"),
    ("faults", "faults.md", "Faults of the sandbox"),
];

#[test]
fn the_reference_is_up_to_date() {
    let home = Home::new();
    let topic = |name: &str| home.portgate(&format!("help {name}")).run().exits(0).stdout.clone();
    let mut root = portgate::command();
    root.build();
    let mut pages = BTreeMap::new();
    for noun in root.get_subcommands().filter(|noun| !noun.is_hide_set()) {
        pages.insert(format!("{}.md", noun.get_name()), noun_page(noun));
    }
    pages.insert("commands.md".to_owned(), commands_page(&root));
    for (name, file, title) in TOPICS {
        let mut page = format!("{NOTE}# {title}\n\n`portgate help {name}` prints this page.\n\n");
        page.push_str(&fenced("text", &topic(name)));
        if name == "policy" {
            page.push_str("\n## Example\n\n`portgate policy init` writes this file:\n\n");
            home.portgate("policy init").run().exits(0);
            let example = std::fs::read_to_string(home.path().join("portgate-policy.toml")).unwrap();
            page.push_str(&fenced("toml", &example));
        }
        pages.insert(file.to_owned(), page);
    }
    pages.insert("options.md".to_owned(), options_page(&root));
    pages.insert("exit-codes.md".to_owned(), exit_codes_page(&topic("exit-codes")));
    pages.insert("environment.md".to_owned(), environment_page(&topic("environment")));
    pages.insert("config.md".to_owned(), config_page(&topic("config")));
    pages.insert("json.md".to_owned(), schemas::page(&home));
    compare("docs/src/reference", &pages);
}

fn commands_page(root: &Command) -> String {
    let mut page = format!("{NOTE}# Commands\n\n{}| Command | |\n|---|---|\n", about(root));
    for noun in root.get_subcommands().filter(|noun| !noun.is_hide_set()) {
        let (name, about) = (noun.get_name(), noun.get_about().map(ToString::to_string).unwrap_or_default());
        page.push_str(&format!("| [`portgate {name}`]({name}.md) | {} |\n", cell(&about)));
    }
    page
}

fn noun_page(noun: &Command) -> String {
    let verbs: Vec<&Command> = noun.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
    let mut page = format!("{NOTE}# portgate {}\n\n", noun.get_name());
    let aliases: Vec<String> = noun.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    page.push_str(&about(noun));
    if !aliases.is_empty() {
        page.push_str(&format!("Also: {}.\n\n", aliases.join(", ")));
    }
    if verbs.is_empty() {
        page.push_str(&body(noun));
    } else {
        page.push_str("| Command | |\n|---|---|\n");
        collect(&verbs, &mut |verb, path| {
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            let short = path.trim_start_matches("portgate ");
            page.push_str(&format!("| [`{short}`](#{}) | {} |\n", path.replace(' ', "-"), cell(&about)));
        });
        page.push('\n');
        collect(&verbs, &mut |verb, path| {
            page.push_str(&format!("## {path}\n\n{}{}", about(verb), body(verb)));
        });
    }
    page.push_str("## See also\n\n[Global options](options.md) · [Exit codes](exit-codes.md) · ");
    page.push_str("[Environment variables](environment.md) · [JSON documents](json.md)\n");
    page
}

/// Calls `each` for commands and those below them, with their whole names.
fn collect(commands: &[&Command], each: &mut dyn FnMut(&Command, &str)) {
    for command in commands {
        let name = command.get_bin_name().unwrap_or_default();
        each(command, name);
        let below: Vec<&Command> = command.get_subcommands().filter(|below| !below.is_hide_set()).collect();
        collect(&below, each);
    }
}

fn about(command: &Command) -> String {
    let text = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let sentence = |paragraph: &str| {
        let stop = if paragraph.ends_with(['.', ':', '?']) { "" } else { "." };
        format!("{}{stop}\n\n", prose(paragraph))
    };
    text.split("\n\n").map(sentence).collect()
}

/// How a command is used, its options and its examples.
fn body(command: &Command) -> String {
    let shown = match command.get_name() {
        // As its help says it: the method isn't required, the path is.
        "api" => command.clone().mut_arg("path", |path| path.required(true)),
        _ => command.clone(),
    };
    let usage = shown.clone().render_usage().to_string();
    let usage: Vec<&str> = usage.trim_start_matches("Usage:").lines().map(str::trim).collect();
    let mut body = fenced("text", &usage.join("\n"));
    body.push('\n');
    body.push_str(&options(&shown, |arg| !arg.is_global_set() && arg.get_id() != "help"));
    let examples = portgate::examples(command);
    if !examples.is_empty() && command.get_subcommands().next().is_none() {
        body.push_str("Examples:\n\n");
        let lines: Vec<&str> = examples.iter().flat_map(|example| example.lines()).collect();
        let lines = lines.iter().map(|line| line.strip_prefix("  ").unwrap_or(line));
        body.push_str(&fenced("text", &lines.collect::<Vec<_>>().join("\n")));
        body.push('\n');
    }
    body
}

/// Tables of the arguments that are wanted, one for each heading.
fn options(command: &Command, is_wanted: fn(&Arg) -> bool) -> String {
    let mut sections: Vec<(String, String)> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && is_wanted(arg)) {
        let usual = if arg.is_positional() { "Argument" } else { "Option" };
        let title = arg.get_help_heading().unwrap_or(usual).to_owned();
        if !sections.iter().any(|(known, _)| *known == title) {
            sections.push((title.clone(), String::new()));
        }
        let (_, rows) = sections.iter_mut().find(|(known, _)| *known == title).unwrap();
        rows.push_str(&format!("| {} | {} |\n", names(arg), meaning(arg)));
    }
    sections.sort_by_key(|(title, _)| match title.as_str() {
        "Argument" => 0,
        "Option" => 1,
        _ => 2,
    });
    sections.iter().map(|(title, rows)| format!("| {title} | |\n|---|---|\n{rows}\n")).collect()
}

/// The names of an option with its value.
fn names(arg: &Arg) -> String {
    if arg.is_positional() {
        return format!("`{arg}`");
    }
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    let long = arg.get_long().unwrap_or_default();
    let takes_value = arg.get_action().takes_values();
    let values = arg.get_value_names().unwrap_or_default().iter().map(|name| format!(" <{name}>"));
    let values: String = if takes_value { values.collect() } else { String::new() };
    // In a table, also within backticks.
    format!("{short}`--{long}{}`", values.replace('|', "\\|"))
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut text = cell(&help);
    let takes_value = arg.get_action().takes_values();
    let default: Vec<String> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if takes_value && !default.is_empty() && !help.contains("[default") {
        text.push_str(&format!(" (default: `{}`)", default.join(" ")));
    }
    let values: Vec<_> = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set()).collect();
    if takes_value && values.iter().any(|value| value.get_help().is_some()) {
        let (told, named): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.get_help().is_some());
        let named: Vec<String> = named.iter().map(|value| format!("`{}`", value.get_name())).collect();
        if !named.is_empty() {
            text.push_str(&format!("<br>{}", named.join(", ")));
        }
        for value in told {
            let help = value.get_help().map(|help| cell(&help.to_string())).unwrap_or_default();
            text.push_str(&format!("<br>`{}`: {help}", value.get_name()));
        }
    } else if takes_value && !values.is_empty() {
        let names: Vec<String> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
        text.push_str(&format!("<br>One of {}", names.join(", ")));
    }
    text
}

fn options_page(root: &Command) -> String {
    let mut page = format!("{NOTE}# Global options\n\n");
    page.push_str(
        "These options can be given before or after any command. Some apply only to certain commands.\n\n",
    );
    page.push_str(&options(root, |arg| arg.is_global_set() || arg.get_id() == "version"));
    page
}

fn exit_codes_page(topic: &str) -> String {
    let (before, rest) = topic.split_once("\n\n").unwrap();
    let after = rest.rsplit_once("\n\n").unwrap().1;
    let mut page =
        format!("{NOTE}# Exit codes\n\n{}\n\n| Code | Type | Meaning |\n|---|---|---|\n", prose(before));
    for exit in Exit::ALL {
        page.push_str(&format!("| {} | `{}` | {} |\n", exit.code(), exit.name(), cell(exit.meaning())));
    }
    format!("{page}\n{}\n", prose(after.trim_end()))
}

fn environment_page(topic: &str) -> String {
    let mut page = format!("{NOTE}# Environment variables and files\n\n");
    for (position, section) in topic.split("\n\n").enumerate() {
        if position == 0 {
            page.push_str(&format!("{}\n", prose(section)));
            continue;
        }
        let (title, entries) = section.split_once('\n').unwrap();
        page.push_str(&format!("\n## {title}\n\n| | |\n|---|---|\n"));
        for (name, meaning) in entries_of(entries) {
            let names: Vec<String> = name.split(", ").map(|name| format!("`{name}`")).collect();
            page.push_str(&format!("| {} | {} |\n", names.join(", "), cell(meaning.trim())));
        }
    }
    page
}

/// The entries of a section: a name, and a meaning that starts on the same or on the next line.
fn entries_of(section: &str) -> Vec<(String, String)> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in section.lines() {
        if line.starts_with("   ") {
            let (_, meaning) = entries.last_mut().unwrap();
            meaning.push_str(&format!(" {}", line.trim()));
            continue;
        }
        let line = line.trim();
        let (name, meaning) = line.split_once("  ").unwrap_or(match line.split_once(' ') {
            // A name that fills its column.
            Some((name, meaning)) if !name.ends_with(',') => (name, meaning),
            _ => (line, ""),
        });
        entries.push((name.to_owned(), meaning.trim().to_owned()));
    }
    entries
}

fn config_page(topic: &str) -> String {
    let mut page = format!("{NOTE}# config.toml\n\n");
    let parts: Vec<&str> = topic.split("\n\n").collect();
    for part in parts {
        if let Some(example) = part.strip_prefix("Example\n") {
            let lines: Vec<&str> =
                topic.rsplit_once("Example\n").map_or(example, |(_, rest)| rest).lines().collect();
            let lines: Vec<&str> = lines.iter().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
            page.push_str(&format!("## Example\n\n{}", fenced("toml", &lines.join("\n"))));
            break;
        }
        match part.split_once('\n').filter(|_| part.starts_with("Keys of")) {
            None => page.push_str(&format!("{}\n\n", prose(part))),
            Some((title, keys)) => {
                let title = title.split(',').next().unwrap_or(title);
                page.push_str(&format!("## {title}\n\n| Key | |\n|---|---|\n"));
                page.push_str(&keys_of(keys));
                page.push('\n');
            }
        }
    }
    page
}

/// Rows of keys: `name = example`, and a meaning below it.
fn keys_of(section: &str) -> String {
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in section.lines() {
        match rows.last_mut().filter(|_| line.starts_with("   ")) {
            Some((_, meaning)) => meaning.push_str(&format!(" {}", line.trim())),
            None => rows.push((line.trim().to_owned(), String::new())),
        }
    }
    rows.iter().map(|(key, meaning)| format!("| `{key}` | {} |\n", cell(meaning.trim()))).collect()
}

pub(super) fn fenced(language: &str, text: &str) -> String {
    format!("```{language}\n{}\n```\n", text.trim_end())
}

/// Text in which nothing is markup but code between backticks.
pub(super) fn prose(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // A JMESPath condition has backticks of its own.
    if parts.len().is_multiple_of(2) || text.contains("== `null`") || text.contains("`500`") {
        return parts.iter().map(|part| escaped(part)).collect::<Vec<_>>().join("\\`");
    }
    let part = |(position, part): (usize, &&str)| match position % 2 {
        0 => escaped(part),
        _ => format!("`{part}`"),
    };
    parts.iter().enumerate().map(part).collect()
}

fn escaped(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(word).collect()
}

/// A word, as code where it is the name of an option, variable or field.
fn word(word: &str) -> String {
    let core =
        word.trim_matches(|character: char| "(),.;:'\"".contains(character) || character.is_whitespace());
    let is_option = core.starts_with("--") && core.len() > 2
        || core.starts_with('-')
            && matches!(core.len(), 2 | 3)
            && core.chars().skip(1).all(char::is_alphabetic);
    let is_name = core.contains('_')
        && core.len() > 1
        && core.chars().all(|character| character.is_alphanumeric() || "_$/.=*-".contains(character));
    if is_option || is_name {
        return word.replacen(core, &format!("`{core}`"), 1);
    }
    word.replace('<', "&lt;").replace('*', "\\*")
}

/// Text in a cell of a table.
pub(super) fn cell(text: &str) -> String {
    let lines: Vec<String> =
        text.split("\n\n").map(|paragraph| prose(paragraph).replace('\n', " ")).collect();
    lines.join("<br>").replace('|', "\\|")
}
