//! The commands and options, from the command tree.

use clap::{Arg, ArgAction, Command};
use serde_json::{Map, Value, json};

use super::compare::words;

/// What the root is listed as; its options may stand after each command.
const ROOT: &str = "portgate";

#[test]
fn commands_and_options_stay() {
    let mut tree = portgate::command();
    tree.build();
    let mut all = Map::new();
    collect(&tree, "", &mut all);
    super::check("commands", &Value::Object(all), broken);
}

fn collect(command: &Command, path: &str, all: &mut Map<String, Value>) {
    let is_root = path.is_empty();
    let arguments: Map<String, Value> = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set() && (is_root || !argument.is_global_set()))
        .filter(|argument| argument.get_id() != "help")
        .map(|argument| (name(argument), described(argument)))
        .collect();
    let aliases: Vec<&str> = command.get_visible_aliases().collect();
    let hidden: Vec<&str> = command.get_all_aliases().filter(|alias| !aliases.contains(alias)).collect();
    let listed = if is_root { ROOT } else { path };
    all.insert(
        listed.to_owned(),
        json!({ "aliases": aliases, "hidden_aliases": hidden, "arguments": arguments }),
    );
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, format!("{path} {}", below.get_name()).trim_start(), all);
    }
}

fn name(argument: &Arg) -> String {
    match (argument.get_long(), argument.get_short()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => argument.get_id().as_str().to_uppercase(),
    }
}

fn described(argument: &Arg) -> Value {
    let takes_value = argument.get_action().takes_values();
    let value_names = argument.get_value_names().unwrap_or_default().iter().map(|name| name.as_str());
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect();
    let many = argument.get_num_args().is_some_and(|range| range.max_values() > 1);
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let visible = argument.get_visible_aliases().unwrap_or_default();
    let hidden: Vec<&str> = argument
        .get_all_aliases()
        .unwrap_or_default()
        .into_iter()
        .filter(|alias| !visible.contains(alias))
        .collect();
    let mut facts = json!({
        "value": takes_value.then(|| value_names.collect::<Vec<_>>().join(" ")),
        "values": if takes_value { values } else { Vec::new() },
        "value_is_optional": takes_value && argument.get_num_args().is_some_and(|range| range.min_values() == 0),
        "required": argument.is_required_set(),
        "repeats": many || matches!(argument.get_action(), ArgAction::Append | ArgAction::Count),
        "default": if takes_value { default.join(" ") } else { String::new() },
        "short": argument.get_short().map(|short| short.to_string()),
        "position": argument.get_index(),
        "aliases": visible,
        "hidden_aliases": hidden,
    });
    // What is usual needn't be listed.
    let is_usual =
        |fact: &Value| *fact == json!([]) || *fact == json!("") || *fact == json!(false) || fact.is_null();
    if let Some(facts) = facts.as_object_mut() {
        facts.retain(|name, fact| name == "value" && !fact.is_null() || !is_usual(fact));
    }
    facts
}

/// What no longer accepts a command line that was accepted before, or takes it for something else.
fn broken(before: &Value, now: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (path, command) in before.as_object().into_iter().flatten() {
        let same = now.get(path).map(|command| (path.as_str(), command));
        let Some((now_path, other)) = same.or_else(|| renamed(now, path)) else {
            found.push(format!("the command `{path}` was removed"));
            continue;
        };
        let mut names = all_aliases(other);
        names.extend(now_path.rsplit(' ').next());
        lost_words(&format!("the command `{path}`: alias"), &command["aliases"], &names, &mut found);
        for (name, argument) in command["arguments"].as_object().into_iter().flatten() {
            let place = format!("`{path} {name}`");
            // An option that is global now is still accepted after this command.
            match find(other, name).or_else(|| find(&now[ROOT], name)) {
                Some(other) => changes(&place, name, argument, other, &mut found),
                None => found.push(format!("{place} was removed")),
            }
        }
        for (name, argument) in other["arguments"].as_object().into_iter().flatten() {
            let is_new = command["arguments"].get(name).is_none();
            let was_optional =
                all_aliases(argument).iter().all(|alias| find(command, &format!("--{alias}")).is_none());
            if is_new && was_optional && argument["required"] == true {
                found.push(format!("`{path} {name}` is new and required"));
            }
        }
    }
    found
}

/// The command that has this name as an alias.
fn renamed<'a>(now: &'a Value, path: &str) -> Option<(&'a str, &'a Value)> {
    let (above, name) = path.rsplit_once(' ').unwrap_or(("", path));
    let commands = now.as_object().into_iter().flatten();
    let mut same = commands.filter(|(path, command)| {
        path.rsplit_once(' ').map_or("", |(above, _)| above) == above && all_aliases(command).contains(&name)
    });
    same.next().map(|(path, command)| (path.as_str(), command))
}

/// The argument with this name or alias.
fn find<'a>(command: &'a Value, name: &str) -> Option<&'a Value> {
    let arguments = command["arguments"].as_object()?;
    let alias = name.trim_start_matches('-');
    arguments.get(name).or_else(|| arguments.values().find(|argument| all_aliases(argument).contains(&alias)))
}

fn all_aliases(thing: &Value) -> Vec<&str> {
    [words(thing.get("aliases")), words(thing.get("hidden_aliases"))].concat()
}

fn lost_words(what: &str, before: &Value, now: &[&str], found: &mut Vec<String>) {
    for word in words(Some(before)).into_iter().filter(|word| !now.contains(word)) {
        found.push(format!("{what} '{word}' was removed"));
    }
}

fn changes(place: &str, name: &str, before: &Value, now: &Value, found: &mut Vec<String>) {
    let is = |thing: &Value, fact: &str| thing[fact] == true;
    match (before["value"].is_null(), now["value"].is_null()) {
        (true, false) => found.push(format!("{place} takes a value now")),
        (false, true) => found.push(format!("{place} no longer takes a value")),
        _ => {}
    }
    match (words(before.get("values")).is_empty(), words(now.get("values")).is_empty()) {
        (true, false) => found.push(format!("{place} accepts only some values now")),
        // Any value is accepted now.
        (_, true) => {}
        (false, false) => {
            lost_words(&format!("{place}: value"), &before["values"], &words(now.get("values")), found);
        }
    }
    if is(before, "value_is_optional") && !is(now, "value_is_optional") {
        found.push(format!("{place} requires its value now"));
    }
    if !is(before, "required") && is(now, "required") {
        found.push(format!("{place} is required now"));
    }
    if is(before, "repeats") && !is(now, "repeats") {
        found.push(format!("{place} can't be repeated anymore"));
    }
    let default = |thing: &Value| thing["default"].as_str().unwrap_or("none").to_owned();
    if default(before) != default(now) {
        found.push(format!("{place}: its default was {} and is {}", default(before), default(now)));
    }
    if !before["short"].is_null() && before["short"] != now["short"] {
        found.push(format!("{place}: -{} was removed", before["short"].as_str().unwrap_or_default()));
    }
    if before["position"] != now["position"] {
        found.push(format!("{place} has another position"));
    }
    let mut accepted = all_aliases(now);
    accepted.push(name.trim_start_matches('-'));
    lost_words(&format!("{place}: alias"), &before["aliases"], &accepted, found);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree with one command `ask`, which has these options.
    fn tree(arguments: impl IntoIterator<Item = Arg>) -> Value {
        tree_of(Command::new("ask").visible_alias("question").args(arguments))
    }

    fn tree_of(command: Command) -> Value {
        let mut tree = Command::new("any")
            .disable_help_subcommand(true)
            .arg(Arg::new("env").long("env").global(true))
            .subcommand(command);
        tree.build();
        let mut all = Map::new();
        collect(&tree, "", &mut all);
        Value::Object(all)
    }

    fn speed() -> Arg {
        Arg::new("speed").long("speed").short('s').visible_alias("rate").value_name("SPEED")
    }

    #[test]
    fn what_breaks_a_command_line_is_found() {
        let before = tree([
            speed(),
            Arg::new("id").num_args(1..),
            Arg::new("type").long("type").value_parser(["a", "b"]),
        ]);
        let (id, kind) =
            (Arg::new("id").num_args(1..), Arg::new("type").long("type").value_parser(["a", "b"]));
        let cases: [(Value, &str); 15] = [
            (tree([id.clone(), kind.clone()]), "`ask --speed` was removed"),
            (
                tree([speed().action(ArgAction::SetTrue), id.clone(), kind.clone()]),
                "`ask --speed` no longer takes a value",
            ),
            (tree([speed().required(true), id.clone(), kind.clone()]), "`ask --speed` is required now"),
            (
                tree([speed().value_parser(["1g"]), id.clone(), kind.clone()]),
                "`ask --speed` accepts only some values now",
            ),
            (
                tree([speed().default_value("1g"), id.clone(), kind.clone()]),
                "`ask --speed`: its default was none and is 1g",
            ),
            (tree([speed().short('S'), id.clone(), kind.clone()]), "`ask --speed`: -s was removed"),
            (
                tree([Arg::new("speed").long("speed").short('s'), id.clone(), kind.clone()]),
                "`ask --speed`: alias 'rate' was removed",
            ),
            (
                tree([speed(), id.clone(), kind.clone().value_parser(["a"])]),
                "`ask --type`: value 'b' was removed",
            ),
            (tree([speed(), Arg::new("id"), kind.clone()]), "`ask ID` can't be repeated anymore"),
            (tree([speed(), id.clone().last(true), kind.clone()]), ""),
            (
                tree([speed(), id.clone().index(2), kind.clone(), Arg::new("first").index(1)]),
                "`ask ID` has another position",
            ),
            (
                tree([speed(), id.clone(), kind.clone(), Arg::new("why").long("why").required(true)]),
                "`ask --why` is new and required",
            ),
            (tree([speed().hide(true), id.clone(), kind.clone()]), "`ask --speed` was removed"),
            (
                tree_of(Command::new("ask").args([speed(), id.clone(), kind.clone()])),
                "the command `ask`: alias 'question' was removed",
            ),
            (tree_of(Command::new("tell")), "the command `ask` was removed"),
        ];
        for (now, expected) in cases {
            let expected: Vec<&str> = Some(expected).into_iter().filter(|text| !text.is_empty()).collect();
            assert_eq!(broken(&before, &now), expected);
        }
        let flag = tree([Arg::new("all").long("all").action(ArgAction::SetTrue)]);
        let valued = tree([Arg::new("all").long("all")]);
        assert_eq!(broken(&flag, &valued), ["`ask --all` takes a value now"]);
        let optional = tree([Arg::new("out").long("out").num_args(0..=1)]);
        let plain = tree([Arg::new("out").long("out")]);
        assert_eq!(broken(&optional, &plain), ["`ask --out` requires its value now"]);
    }

    #[test]
    fn what_accepts_more_is_compatible() {
        let before = tree([speed(), Arg::new("type").long("type").value_parser(["a", "b"]).required(true)]);
        let kind = || Arg::new("type").long("type").value_parser(["a", "b"]).required(true);
        let compatible = [
            tree([speed().value_name("N").help("other words"), kind()]),
            tree([speed(), kind(), Arg::new("more").long("more")]),
            tree([speed(), Arg::new("type").long("type").value_parser(["a", "b", "c"])]),
            tree([speed(), Arg::new("type").long("type").required(true)]),
            tree([speed().action(ArgAction::Append), kind()]),
            // Renamed, with the old name as a hidden alias.
            tree([Arg::new("speed").long("mbps").short('s').aliases(["speed", "rate"]), kind()]),
            tree_of(Command::new("question").aliases(["ask"]).args([speed(), kind()])),
        ];
        for now in compatible {
            assert_eq!(broken(&before, &now), [""; 0]);
        }
        // Of one command before, and global now.
        let of_one = tree([Arg::new("env2").long("env2")]);
        let mut tree = Command::new("any")
            .disable_help_subcommand(true)
            .arg(Arg::new("env").long("env").global(true))
            .arg(Arg::new("env2").long("env2").global(true))
            .subcommand(Command::new("ask").visible_alias("question"));
        tree.build();
        let mut all = Map::new();
        collect(&tree, "", &mut all);
        assert_eq!(broken(&of_one, &Value::Object(all)), [""; 0]);
    }
}
