//! `portgate man`: man pages, generated from the same command tree as the help.

use std::fs;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use crate::commands::examples::examples;
use crate::commands::help::{Topic, config};
use crate::commands::{cli, policy};
use crate::error::Error;
use crate::exit::Exit;
use crate::terminal::Terminal;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate man ~/.local/share/man/man1
  portgate man | man -l -")]
pub(crate) struct ManArgs {
    /// Directory for the pages
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(terminal: &Terminal, args: &ManArgs) -> anyhow::Result<Exit> {
    let pages = pages()?;
    let Some(folder) = &args.folder else {
        if let Some((_, page)) = pages.first() {
            terminal.result(page)?;
        }
        return Ok(Exit::Done);
    };
    let failed = |error: std::io::Error| {
        Error::new(Exit::Other, format!("could not write the man pages to {}", folder.display()))
            .reason(error.to_string())
    };
    // Section 5 has a directory of its own where section 1 has one.
    let files = match folder.file_name() {
        Some(name) if name == "man1" => folder.with_file_name("man5"),
        _ => folder.clone(),
    };
    for folder in [folder, &files] {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    for (name, page) in &pages {
        let folder = if name.ends_with(".5") { &files } else { folder };
        fs::write(folder.join(name), page).map_err(failed)?;
    }
    terminal.say(&format!("wrote {} man pages to {}", pages.len(), folder.display()));
    Ok(Exit::Done)
}

/// The pages with their file names, starting with portgate itself.
fn pages() -> std::io::Result<Vec<(String, String)>> {
    let mut root = cli::command();
    root.build();
    let mut pages = Vec::new();
    collect(&root, None, &mut pages)?;
    pages.push((
        "portgate-config.5".to_owned(),
        file_page("config", "settings of portgate", Topic::Config, config::EXAMPLE),
    ));
    let rules = "rules that decide requests";
    pages.push(("portgate-policy.5".to_owned(), file_page("policy", rules, Topic::Policy, policy::EXAMPLE)));
    Ok(pages)
}

fn collect(
    command: &Command,
    parent: Option<&str>,
    pages: &mut Vec<(String, String)>,
) -> std::io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    pages.push((format!("{name}.1"), page(command, parent)?));
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        collect(below, Some(&name), pages)?;
    }
    Ok(())
}

fn page(command: &Command, parent: Option<&str>) -> std::io::Result<String> {
    let examples = examples(command);
    // clap_mangen leaves out arguments with hidden help, and can't tell "hidden in -h" from "hidden".
    let mut shown = cli::as_shown(command)
        .after_help(clap::builder::StyledStr::new())
        .mut_args(|arg| arg.hide_short_help(false));
    if parent.is_some() {
        // Global options are on the first page only.
        shown = shown.mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    }
    let has_commands = shown.get_subcommands().any(|below| !below.is_hide_set());
    let man = Man::new(shown).source(concat!("portgate ", env!("CARGO_PKG_VERSION"))).manual("portgate");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    text.extend_from_slice(synopsis(command).as_bytes());
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if has_commands {
        man.render_subcommands_section(&mut text)?;
    }
    let mut text = String::from_utf8_lossy(&text).into_owned();
    if !examples.is_empty() {
        let lines: String = examples.iter().map(|example| format!("{example}\n")).collect();
        text.push_str(&verbatim("EXAMPLES", &lines));
    }
    match parent {
        None => {
            text.push_str(&verbatim("EXIT STATUS", &Topic::ExitCodes.text()));
            text.push_str(&verbatim("ENVIRONMENT", &Topic::Environment.text()));
        }
        Some(parent) => {
            text.push_str(".SH \"SEE ALSO\"\n");
            let root = if parent == "portgate" { String::new() } else { format!("\\fB{parent}\\fR(1), ") };
            text.push_str(&format!(
                "{root}\\fBportgate\\fR(1) for global options, exit codes and environment variables\n"
            ));
        }
    }
    Ok(text)
}

/// The page of a file, in section 5.
fn file_page(name: &str, about: &str, topic: Topic, example: &str) -> String {
    let title = format!("portgate-{name}");
    let version = concat!("portgate ", env!("CARGO_PKG_VERSION"));
    let mut text = format!(
        ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH {title} 5  \"{version}\" portgate\n\
         .SH NAME\nportgate\\-{name} \\- {about}\n"
    );
    text.push_str(&verbatim("DESCRIPTION", &topic.text()));
    text.push_str(&verbatim("EXAMPLES", example));
    text.push_str(".SH \"SEE ALSO\"\n\\fBportgate\\fR(1)\n");
    text
}

/// The usage line of the help: clap_mangen would list every option.
fn synopsis(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    let lines: Vec<&str> = usage.trim_start_matches("Usage:").lines().map(str::trim).collect();
    verbatim("SYNOPSIS", &lines.join("\n"))
}

/// A section of preformatted lines.
fn verbatim(title: &str, lines: &str) -> String {
    let mut section = format!(".SH \"{title}\"\n.nf\n");
    for line in lines.lines() {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) {
            section.push_str("\\&");
        }
        section.push_str(&line);
        section.push('\n');
    }
    section.push_str(".fi\n");
    section
}
