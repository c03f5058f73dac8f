//! The examples in the help of commands.

/// Gives a command without examples the first example of each of its subcommands.
pub(crate) fn with_examples(command: clap::Command) -> clap::Command {
    if command.get_after_help().is_some() {
        return command;
    }
    let first: Vec<String> = command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .filter_map(|below| examples(below).into_iter().next())
        .take(4)
        .collect();
    if first.is_empty() { command } else { command.after_help(format!("Examples:\n{}", first.join("\n"))) }
}

/// The examples in a command's help, with their indentation; lines joined by a `\` are one example.
pub fn examples(command: &clap::Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let lines = text.lines().skip_while(|line| *line != "Examples:").skip(1);
    let mut examples: Vec<String> = Vec::new();
    for line in lines.take_while(|line| line.starts_with("  ")) {
        match examples.last_mut() {
            Some(last) if last.ends_with('\\') => last.push_str(&format!("\n{line}")),
            _ => examples.push(line.to_owned()),
        }
    }
    examples
}
