//! portgate: the service provider's side of the Megaport Marketplace, from the command line.
//!
//! Data flows one way: arguments → command → API client → view → render.

pub mod api;
pub mod approvals;
pub mod capacity;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod connection;
pub mod context;
pub mod credentials;
pub mod error;
mod exit;
pub mod interrupt;
pub mod paths;
mod process_environment;
pub mod profiles;
pub mod render;
pub mod sandbox;
pub mod settings;
pub mod target;
pub mod terminal;

use std::ffi::OsString;

use clap::{Parser, ValueEnum};

use cli::{Cli, OutputFormat};
use context::Context;
pub use error::Error;
pub use exit::Exit;
pub use process_environment::ProcessEnvironment;
use render::error::Style;
use terminal::{Facts, Terminal};

/// Runs portgate with the given arguments (the first is the program's name) and answers the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, environment: ProcessEnvironment) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let terminal = Terminal::of_process(Facts::detect(&environment));
    run_on(terminal, &args, environment).code()
}

fn run_on(terminal: Terminal, args: &[OsString], environment: ProcessEnvironment) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(&terminal, error_style(args, &environment), &error),
    };
    let output = match output_format(&cli, &environment) {
        Ok(output) => output,
        Err(error) => return render::error::print(&terminal, Style::Text, &error.into()),
    };
    let style = if output.is_json() { Style::Json } else { Style::Text };
    let Cli { globals, command } = cli;
    // The context takes the terminal along; what fails before it exists is told on one of its own.
    let context = match Context::new(globals, environment, terminal, output) {
        Ok(context) => context,
        Err((terminal, error)) => return render::error::print(&terminal, style, &error.into()),
    };
    let ended = block_on(&context, command)
        .and_then(|exit| context.terminal.flush().map(|()| exit).map_err(could_not_write));
    match ended {
        Ok(exit) => exit,
        Err(error) => {
            let _ = context.terminal.flush();
            render::error::print(&context.terminal, style, &error)
        }
    }
}

/// One thread is enough for a client; a command that serves starts its own.
fn block_on(context: &Context, command: commands::Command) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = commands::run(context, command);
    let exit = runtime.block_on(context.interrupt.watch(&context.terminal, work));
    // A keyring that never answers must not hold the process: its thread is left behind.
    runtime.shutdown_background();
    exit
}

fn could_not_write(error: std::io::Error) -> anyhow::Error {
    Error::new(Exit::Other, "the result could not be written").because(error.to_string()).into()
}

/// `--output`, else `PORTGATE_OUTPUT`, else a table.
fn output_format(cli: &Cli, environment: &ProcessEnvironment) -> Result<OutputFormat, Error> {
    match (cli.globals.output, environment.text("PORTGATE_OUTPUT")) {
        (Some(output), _) => Ok(output),
        (None, None) => Ok(OutputFormat::default()),
        (None, Some(name)) => OutputFormat::from_str(name, true).map_err(|_| {
            let known: Vec<String> = OutputFormat::value_variants()
                .iter()
                .filter_map(|format| format.to_possible_value().map(|value| value.get_name().to_owned()))
                .collect();
            Error::usage(format!("PORTGATE_OUTPUT is '{name}'"))
                .hint(format!("known forms are {}", known.join(", ")))
        }),
    }
}

/// How to print an error before the arguments are understood: what `-o` says, as far as it can be read.
fn error_style(args: &[OsString], environment: &ProcessEnvironment) -> Style {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let asked = texts.iter().enumerate().find_map(|(position, arg)| match *arg {
        "-o" | "--output" => texts.get(position + 1).copied(),
        _ => arg.strip_prefix("--output=").or_else(|| arg.strip_prefix("-o")),
    });
    let name = asked.map(|name| name.trim_start_matches('=')).or_else(|| environment.text("PORTGATE_OUTPUT"));
    match name.and_then(|name| OutputFormat::from_str(name, true).ok()) {
        Some(format) if format.is_json() => Style::Json,
        _ => Style::Text,
    }
}

/// Prints help and versions on stdout, and wrong arguments on stderr.
fn refuse_arguments(terminal: &Terminal, style: Style, error: &clap::Error) -> Exit {
    let color = |on: bool| if on { error.render().ansi().to_string() } else { error.render().to_string() };
    if !error.use_stderr() {
        let _ = terminal.result(&color(terminal.facts().color_stdout));
        let _ = terminal.flush();
        return Exit::Done;
    }
    if style == Style::Json {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let hints = text
            .lines()
            .skip(1)
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .fold(Error::usage(message), |error, line| error.hint(line));
        return render::error::print(terminal, style, &hints.into());
    }
    terminal.say(color(terminal.facts().color_stderr).trim_end());
    Exit::Usage
}
