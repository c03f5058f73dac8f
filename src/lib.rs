//! portgate: the service provider's side of the Megaport Marketplace, from the command line.
//!
//! Data flows one way: arguments → command → API client → view → render.

mod api;
mod change;
mod clock;
mod commands;
mod domain;
mod error;
mod exit;
mod files;
mod ledger;
mod options;
mod paths;
mod process_environment;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
mod render;
pub mod sandbox;
mod session;
mod terminal;
pub mod text;

use std::ffi::OsString;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, ValueEnum};

pub use commands::cli::command;
pub use commands::examples::examples;
use commands::parse::{Cli, Refusal, output_among, parse, path_and_leaf};
pub use error::{Error, Hint, Invocation};
pub use exit::Exit;
use options::OutputFormat;
pub use process_environment::ProcessEnvironment;
use render::arrange::SortKey;
use render::error::Style;
use render::fields;
use render::output::Form;
use render::query::Query;
use session::context::Context;
use terminal::{Facts, Terminal};
use text::sanitize;

/// Runs portgate with the given arguments (the first is the program name) and returns the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, environment: ProcessEnvironment) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    let terminal = Terminal::of_process(Facts::detect(&environment));
    let exit = commands::completions::answer(&terminal, &args, &environment);
    exit.unwrap_or_else(|| catch(&args, || run_on(terminal, &args, environment))).code()
}

/// Runs `work`. A panic is reported like any other error (exit 1), so that scripts can read it.
fn catch(args: &[OsString], work: impl FnOnce() -> Exit) -> Exit {
    let told = Arc::new(OnceLock::new());
    let (keep, usual) = (Arc::clone(&told), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |about| match tokio::task::try_id() {
        // A server's task ends alone.
        Some(_) => usual(about),
        None => {
            let what = about.payload_as_str().unwrap_or("no message");
            let place = about.location().map_or_else(String::new, |place| format!(" ({place})"));
            let _ = keep.set(format!("{what}{place}"));
        }
    }));
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let environment = ProcessEnvironment::from_process();
        let terminal = Terminal::of_process(Facts::detect(&environment));
        let style = style_of(&output_format(output_among(args), &environment));
        let error =
            Error::new(Exit::Other, "portgate crashed").reason(told.get().cloned().unwrap_or_default()).hint(
                Hint::call("please report this bug; to check recent decisions, run: ", "approvals history"),
            );
        render::error::print(&terminal, style, &error.into(), &Invocation::default())
    })
}

/// Disables core dumps and debuggers of the same user, because memory holds secrets. Failures are ignored.
fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

fn run_on(terminal: Terminal, args: &[OsString], environment: ProcessEnvironment) -> Exit {
    let (cli, matches) = match parse(args) {
        Ok(parsed) => parsed,
        Err(refusal) => {
            let style = style_of(&output_format(output_among(args), &environment));
            return refuse_arguments(&terminal, style, args, &refusal);
        }
    };
    let format = output_format(cli.globals.output.as_ref().map(|output| output.format), &environment);
    let style = style_of(&format);
    let form = match form(&cli, &matches, format) {
        Ok(Asked::Form(form)) => form,
        Ok(Asked::FieldsHelp(known)) => {
            let lines = known.iter().try_for_each(|field| terminal.result_row(field));
            let written = lines.and_then(|()| terminal.flush());
            return match written {
                Ok(()) => Exit::Done,
                Err(error) => {
                    render::error::print(&terminal, style, &could_not_write(error), &Invocation::default())
                }
            };
        }
        Err(error) => return render::error::print(&terminal, style, &error.into(), &Invocation::default()),
    };
    let Cli { globals, command } = cli;
    let command = match command {
        commands::Command::Text(text) => {
            let ended = text.run(&terminal).and_then(|exit| {
                terminal.flush().map_err(could_not_write)?;
                Ok(exit)
            });
            return ended.unwrap_or_else(|error| {
                let error = error.downcast().map_or_else(|error| error, could_not_write);
                render::error::print(&terminal, style, &error, &Invocation::default())
            });
        }
        command => command,
    };
    // What only prints holds no secret.
    keep_memory_private();
    let terminal = Rc::new(terminal);
    let context = match Context::new(globals, environment, Rc::clone(&terminal), form) {
        Ok(context) => context,
        Err(error) => return render::error::print(&terminal, style, &error.into(), &Invocation::default()),
    };
    let ended = block_on(&context, command, &matches)
        .and_then(|exit| context.terminal.flush().map(|()| exit).map_err(could_not_write));
    match ended {
        Ok(exit) => exit,
        Err(error) => {
            let _ = context.terminal.flush();
            let error = context.interrupt.explain(error);
            render::error::print(&context.terminal, style, &error, &context.invocation())
        }
    }
}

/// Threads for what may block, at most: the sandbox's database, a keyring, a question.
const BLOCKING_THREADS: usize = 32;

/// One thread is enough for a client, and for the sandbox, whose database has threads of its own.
///
/// Never inlined: what all commands keep while they run would stand on the stack of those that only print, too.
#[inline(never)]
fn block_on(context: &Context, command: commands::Command, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().max_blocking_threads(BLOCKING_THREADS).build()?;
    let path: Vec<&str> = path_and_leaf(matches).0;
    let exit = if context.globals.names_several() && !commands::several::is_own(&path) {
        let work = Box::pin(commands::several::run(context, matches));
        runtime.block_on(context.interrupt.watch(&context.terminal, work))
    } else {
        let work = commands::run(context, command);
        runtime.block_on(context.interrupt.watch(&context.terminal, work))
    };
    // A keyring that never answers must not hold the process: its thread is left behind.
    runtime.shutdown_background();
    exit
}

fn could_not_write(error: std::io::Error) -> anyhow::Error {
    Error::new(Exit::Other, "could not write the result").reason(error.to_string()).into()
}

/// What the output options ask for.
enum Asked {
    Form(Form),
    /// The fields there are (`--fields help`).
    FieldsHelp(Vec<String>),
}

/// Reads what is said of the output, so that what is wrong with it is said before any request.
fn form(cli: &Cli, matches: &ArgMatches, format: Result<OutputFormat, Error>) -> Result<Asked, Error> {
    let (path, leaf) = path_and_leaf(matches);
    let is_on = |option: &str| matches!(leaf.try_get_one::<bool>(option), Ok(Some(true)));
    let mut known = commands::fields(&path);
    if is_on("dry_run") {
        known = change::dry_run_fields(known);
    }
    if cli.globals.names_several() && !commands::several::is_own(&path) {
        known = commands::several::fields(known);
    }
    let fields = match &cli.globals.fields {
        None => None,
        Some(text) => match fields::Request::parse(text, &known)? {
            fields::Request::Help => return Ok(Asked::FieldsHelp(known)),
            fields::Request::Some(chosen) => Some(chosen),
        },
    };
    if let Ok(Some(key)) = leaf.try_get_one::<SortKey>("sort") {
        fields::check_sortable("--sort", &key.path, &known)?;
    }
    let query = cli.globals.query.as_deref().map(Query::parse).transpose()?;
    let format = match format? {
        OutputFormat::Table if query.is_some() => OutputFormat::Plain,
        format => format,
    };
    if format == OutputFormat::Html {
        check_page(&path, query.is_some())?;
    }
    let file = cli.globals.output.as_ref().and_then(|output| output.file.clone());
    Ok(Asked::Form(Form { format, file, command: path.join(" "), known, fields, query }))
}

/// Whether the command's result is a table that makes a page.
fn check_page(path: &[&str], has_query: bool) -> Result<(), Error> {
    if !matches!(path, [.., "list" | "history" | "plan"]) {
        return Err(Error::usage(format!("`portgate {}` can't write HTML", path.join(" ")))
            .hint("-o html is for lists, such as `ports list` and `policy plan`"));
    }
    if has_query {
        return Err(
            Error::usage("--query can't be combined with -o html").hint("use --fields to choose the columns")
        );
    }
    Ok(())
}

/// `--output`, else `PORTGATE_OUTPUT`, else a table.
fn output_format(
    given: Option<OutputFormat>,
    environment: &ProcessEnvironment,
) -> Result<OutputFormat, Error> {
    match (given, environment.text("PORTGATE_OUTPUT")) {
        (Some(format), _) => Ok(format),
        (None, None) => Ok(OutputFormat::default()),
        (None, Some(name)) => OutputFormat::from_str(name, true).map_err(|_| {
            let known: Vec<String> = OutputFormat::value_variants()
                .iter()
                .filter_map(|format| format.to_possible_value().map(|value| value.get_name().to_owned()))
                .collect();
            Error::usage(format!("invalid PORTGATE_OUTPUT '{name}'"))
                .hint(format!("use one of {}", known.join(", ")))
        }),
    }
}

/// How to print an error: as JSON where that is the form of the result.
fn style_of(format: &Result<OutputFormat, Error>) -> Style {
    match format {
        Ok(format) if format.is_json() => Style::Json,
        _ => Style::Text,
    }
}

/// The text with the label that hints have in all errors.
fn with_one_label(text: &str) -> String {
    let is_tip = |line: &str| console::strip_ansi_codes(line).starts_with("  tip:");
    let lines = text.split_inclusive('\n');
    lines.map(|line| if is_tip(line) { line.replacen("tip:", "next:", 1) } else { line.to_owned() }).collect()
}

/// Prints help and versions on stdout, and wrong arguments on stderr.
fn refuse_arguments(terminal: &Terminal, style: Style, args: &[OsString], refusal: &Refusal) -> Exit {
    let error = &refusal.error;
    let painted = |refusal: &Refusal, color: bool| {
        let text = refusal.text();
        with_one_label(&if color { text.ansi().to_string() } else { text.to_string() })
    };
    if !error.use_stderr() {
        let text = painted(refusal, terminal.facts.color_stdout);
        let written = terminal.result(&text).and_then(|()| terminal.flush());
        return match written {
            Ok(()) => Exit::Done,
            Err(error) => {
                render::error::print(terminal, style, &could_not_write(error), &Invocation::default())
            }
        };
    }
    if style == Style::Text {
        // clap repeats an argument as it is: one that could drive the terminal is refused in its harmless form instead.
        let harmless: Vec<OsString> =
            args.iter().map(|arg| sanitize::line(&arg.to_string_lossy()).into_owned().into()).collect();
        let again;
        let shown = if harmless == args {
            Some(refusal)
        } else {
            again = parse(&harmless);
            again.as_ref().err()
        };
        if let Some(refusal) = shown {
            let text = painted(refusal, terminal.facts.color_stderr);
            let lines = text.trim_end().lines().flat_map(|line| terminal.fold(line));
            terminal.talk(&lines.map(|line| line + "\n").collect::<String>());
            return Exit::Usage;
        }
    } else if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let missing = Error::usage("no command given").hint("run portgate --help");
        return render::error::print(terminal, style, &missing.into(), &Invocation::default());
    }
    let text = error.render().to_string();
    let mut message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let missing = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => &missing[..],
        _ => &[],
    };
    if !missing.is_empty() {
        message = format!("{message} {}", missing.join(", "));
    }
    let hints = text
        .lines()
        .skip(1)
        .map(|line| line.trim().trim_start_matches("tip: "))
        .filter(|line| !line.is_empty() && !missing.iter().any(|one| one == line))
        .fold(Error::usage(message), |error, line| error.hint(line));
    render::error::print(terminal, style, &hints.into(), &Invocation::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f02_a_fault_of_the_program_is_an_error_with_a_code() {
        assert_eq!(catch(&[], || Exit::Partial), Exit::Partial);
        assert_eq!(catch(&[], || panic!("a fault for a test")), Exit::Other);
        let _ = std::panic::take_hook();
    }
}
