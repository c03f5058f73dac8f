//! The help pages of commands: `-h` fits a screen, `--help` has everything but the global options.

use std::ffi::OsString;

use clap::Command;
use clap::builder::StyledStr;
use clap::error::ErrorKind;

use crate::commands::cli;
use crate::commands::examples::examples;
use crate::options::GlobalArgs;
use crate::text::fit::wrap;

/// Lines and columns of the smallest screen that `-h` fits.
const LINES: usize = 24;
const COLUMNS: usize = 80;

/// Stands on each page instead of the global options.
const GLOBAL: &str = "Run `portgate help options` for global options such as --env, --profile, -o.";

/// The page of a built command.
pub(crate) fn page(command: &Command, is_long: bool) -> StyledStr {
    let own = cli::as_shown(command).mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    let examples = examples(command);
    if is_long {
        return own.after_long_help(text_below(&[], &examples)).render_long_help();
    }
    let sections = sections(&own);
    let fits =
        |page: &Command| page.clone().term_width(COLUMNS).render_help().to_string().lines().count() <= LINES;
    let mut shown = own.clone();
    // What is left out while there are too many lines: examples, details, sections of options.
    for (is_brief, folded) in
        [(false, 0)].into_iter().chain((0..=sections.len()).map(|folded| (true, folded)))
    {
        let folded = &sections[sections.len() - folded..];
        let names: Vec<String> = folded.iter().map(names_of).collect();
        let base = if is_brief { brief(own.clone(), folded) } else { own.clone() };
        for kept in [examples.len(), 2, 1] {
            let kept = &examples[..kept.min(examples.len())];
            shown = base.clone().after_help(text_below(&names, kept));
            if fits(&shown) {
                return shown.render_help();
            }
        }
    }
    let names: Vec<String> = sections.iter().map(names_of).collect();
    shown.after_help(text_below(&names, &[])).render_help()
}

/// The command with the first clause of each text, and without the options of these sections.
fn brief(command: Command, folded: &[Section]) -> Command {
    let first = |text: Option<&StyledStr>| {
        let text = text.map(ToString::to_string).unwrap_or_default();
        // Not within quotes or brackets.
        let is_open = |head: &str| {
            let within = |open: &str, close: char| {
                head.rsplit_once(open).is_some_and(|(_, rest)| !rest.contains(close))
            };
            within(" '", '\'') || within("[", ']')
        };
        let marks = ["; ", ": ", " ("].into_iter().flat_map(|mark| text.match_indices(mark));
        let end = marks.map(|(at, _)| at).filter(|&at| !is_open(&text[..at])).min();
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let is_group = command.has_subcommands();
    let command = command.mut_args(|arg| {
        let is_known = is_group && matches!(arg.get_id().as_str(), "help" | "version");
        let is_folded = folded.iter().any(|(title, _)| arg.get_help_heading() == Some(title.as_str()));
        let text = if arg.get_id() == "help" {
            arg.get_help().map(ToString::to_string).unwrap_or_default()
        } else {
            first(arg.get_help())
        };
        let is_hidden = is_known || is_folded || arg.is_hide_short_help_set();
        let has_long = !arg.get_possible_values().is_empty() && text.len() > 30;
        arg.help(text).hide_short_help(is_hidden).hide_possible_values(has_long)
    });
    command.mut_subcommands(|below| {
        let about = first(below.get_about());
        below.about(about)
    })
}

/// The title of a section of options, and the options.
type Section = (String, Vec<String>);

/// The sections of options with a heading, each with its options.
fn sections(command: &Command) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let (Some(title), Some(long)) = (arg.get_help_heading(), arg.get_long()) else { continue };
        match sections.iter_mut().find(|(known, _)| known == title) {
            Some((_, names)) => names.push(format!("--{long}")),
            None => sections.push((title.to_owned(), vec![format!("--{long}")])),
        }
    }
    sections
}

fn names_of((title, names): &Section) -> String {
    wrap(&format!("{title}: {}", names.join(", ")), COLUMNS - 2).replace('\n', "\n  ")
}

fn text_below(sections: &[String], examples: &[String]) -> String {
    let mut text = sections.iter().map(|section| format!("{section}\n")).collect::<String>();
    text.push_str(GLOBAL);
    if !examples.is_empty() {
        text.push_str(&format!("\n\nExamples:\n{}", examples.join("\n")));
    }
    text
}

/// The page that a command line asked for, instead of clap's.
pub(crate) fn asked_for(tree: &Command, kind: ErrorKind, words: &[OsString]) -> Option<StyledStr> {
    let is_long = match kind {
        ErrorKind::DisplayHelp => words.iter().take_while(|word| *word != "--").any(|word| word == "--help"),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => false,
        _ => return None,
    };
    Some(page(cli::named_command(tree), is_long))
}

/// `portgate help options`: the global options.
pub(super) fn options() -> String {
    let command = <GlobalArgs as clap::Args>::augment_args(Command::new("portgate").disable_help_flag(true));
    let command = command.mut_args(|arg| arg.hide_short_help(false).hide_possible_values(false));
    let mut command = command.help_template("{all-args}").term_width(COLUMNS);
    let options = command.render_help().to_string();
    format!(
        "These options can be given before or after any command; some apply only to\ncertain commands.\nTIME is a number with a unit: s, m, h, d or w, such as 90s, 2h or 7d.\n\n{}\n",
        options.trim_end()
    )
}
