//! The context of a command: settings, streams, clock and paths. Commands use nothing global.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::{self, Write as _};
use std::rc::Rc;

use jiff::Timestamp;

use crate::api::backend::Patience;
use crate::api::trace::Trace;
use crate::clock::Clock;
use crate::domain::approvals::{Account, Company};
use crate::error::{Error, Hint, Invocation};
use crate::files::private_file_options;
use crate::ledger::{Head, Ledger};
use crate::options::{GlobalArgs, OutputFormat};
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::render::output::{Form, ListView};
use crate::session::beside::{Capture, Marked};
use crate::session::credentials::{CredentialsFile, Store};
use crate::session::profiles::{Profile, ProfilesFile};
use crate::session::target::Target;
use crate::terminal::interrupt::Interrupt;
use crate::terminal::prompt::Prompter;
use crate::terminal::{Facts, Terminal};
use crate::text::moment::Moments;
use crate::text::sanitize;
use crate::text::words::shell_word;

pub(crate) struct Context {
    pub(crate) globals: GlobalArgs,
    pub(crate) environment: ProcessEnvironment,
    pub(crate) terminal: Rc<Terminal>,
    pub(crate) trace: Trace,
    pub(crate) paths: Paths,
    /// Where changes are recorded, once it was asked for.
    pub(super) ledger: OnceCell<Rc<Ledger>>,
    pub(crate) output: OutputFormat,
    form: Form,
    pub(crate) patience: Patience,
    pub(crate) clock: Clock,
    pub(crate) interrupt: Rc<Interrupt>,
    moments: OnceCell<Moments>,
    /// The managed account that the session acts for, once it is open.
    pub(super) account: OnceCell<Account>,
    /// The credentials file, once it is open: its passphrase is asked for once.
    pub(super) credentials_file: Rc<RefCell<Option<CredentialsFile>>>,
    pub(super) is_place_shown: Cell<bool>,
    /// Takes the results of one of several runs side by side.
    beside: Option<Beside>,
}

/// The run that this one is a part of.
struct Beside {
    terminal: Rc<Terminal>,
    capture: Rc<Capture>,
}

impl Context {
    pub(crate) fn new(
        globals: GlobalArgs,
        environment: ProcessEnvironment,
        terminal: Rc<Terminal>,
        form: Form,
    ) -> Result<Self, Error> {
        if globals.quiet && globals.verbose > 0 && globals.log_file.is_none() {
            return Err(Error::usage("--quiet can't be used with --verbose, except with --log-file"));
        }
        if globals.quiet {
            terminal.be_quiet();
        }
        let paths = Paths::resolve(&environment)?;
        let patience = Patience::resolve(globals.timeout, globals.max_retries, &environment)?;
        let trace = trace(&globals, &terminal)?;
        Ok(Context {
            globals,
            environment,
            terminal,
            trace,
            ledger: OnceCell::new(),
            paths,
            output: form.format,
            form,
            patience,
            clock: Clock::System,
            interrupt: Rc::default(),
            moments: OnceCell::new(),
            account: OnceCell::new(),
            credentials_file: Rc::default(),
            is_place_shown: Cell::default(),
            beside: None,
        })
    }

    /// The context of a run for one of several profiles, which asks nothing and writes nothing to stdout. Variables for the
    /// API don't count: they are for one company.
    pub(crate) fn for_profile(&self, profile: &Profile, capture: &Rc<Capture>) -> Result<Context, Error> {
        let globals =
            GlobalArgs { profile: Some(profile.name.clone()), all_profiles: false, ..self.globals.clone() };
        let environment = self.environment.without("MEGAPORT_");
        let facts = Facts { stdin: false, stderr: false, redraws: false, ..self.terminal.facts };
        let (terminal, line) = (Rc::clone(&self.terminal), Vec::new());
        let err = Marked { terminal, profile: profile.name.clone(), line };
        let terminal = Terminal::of_streams(facts, Box::new(io::sink()), Box::new(err));
        if globals.quiet {
            terminal.be_quiet();
        }
        let patience = Patience::resolve(globals.timeout, globals.max_retries, &environment)?;
        Ok(Context {
            globals: GlobalArgs { env: None, api_url: None, token_url: None, ..globals },
            environment,
            terminal: Rc::new(terminal),
            trace: self.trace.clone(),
            paths: self.paths.clone(),
            ledger: OnceCell::new(),
            output: self.output,
            form: self.form.clone(),
            patience,
            clock: self.clock,
            interrupt: Rc::clone(&self.interrupt),
            moments: OnceCell::from(self.moments().clone()),
            account: OnceCell::new(),
            credentials_file: Rc::clone(&self.credentials_file),
            is_place_shown: Cell::default(),
            beside: Some(Beside { terminal: Rc::clone(&self.terminal), capture: Rc::clone(capture) }),
        })
    }

    /// Takes up the company that was read, for the records of one of several runs.
    pub(crate) fn learn_company(&self, company: &Company) {
        if let Some(beside) = &self.beside {
            beside.capture.learn(company);
        }
    }

    /// The end of the ledger after the last line that was written here.
    pub(crate) fn ledger_head(&self) -> Option<Head> {
        self.ledger.get()?.head()
    }

    /// How many entries that were kept on this machine could not be recorded with the first decision of this run.
    pub(crate) fn waiting_entries(&self) -> usize {
        self.ledger.get().map_or(0, |ledger| ledger.waiting_count())
    }

    pub(crate) fn target(&self) -> Result<Target, Error> {
        let target = Target::resolve(&self.globals, &self.environment, &self.paths.config)?;
        // Warnings about the file were shown once for all runs.
        let warnings = if self.beside.is_some() { Vec::new() } else { target.warnings };
        Ok(Target { warnings, ..target })
    }

    /// The managed account that this run acts for; `None` for the key's own company.
    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.get()
    }

    /// Reads the profiles, and shows warnings about their file.
    pub(crate) fn profiles(&self) -> Result<ProfilesFile, Error> {
        let file = ProfilesFile::load(&self.paths.config)?;
        self.warn_all(file.warnings());
        Ok(file)
    }

    pub(crate) fn warn_all(&self, warnings: &[String]) {
        warnings.iter().for_each(|warning| self.terminal.warn(warning));
    }

    /// The keyring.
    pub(crate) fn credential_store(&self) -> Result<Store, Error> {
        Store::from_environment(&self.environment, self.may_ask())
    }

    /// Whether prompts are possible: stdin and stderr are terminals and input is not disabled
    /// (`--no-input`, `PORTGATE_NO_INPUT`, `CI`).
    pub(crate) fn may_ask(&self) -> bool {
        self.why_not_ask().is_none()
    }

    /// Why prompts are not possible, for a message: "... (can't prompt: not a terminal)".
    pub(crate) fn why_not_ask(&self) -> Option<&'static str> {
        let facts = self.terminal.facts;
        let is_decided = self.environment.raw("PORTGATE_NO_INPUT").is_some();
        if !facts.stdin || !facts.stderr {
            Some("can't prompt: not a terminal")
        } else if self.globals.no_input {
            Some("can't prompt: --no-input is set")
        } else if self.environment.is_on("PORTGATE_NO_INPUT") {
            Some("can't prompt: PORTGATE_NO_INPUT is set")
        } else if !is_decided && self.environment.is_on("CI") {
            Some("can't prompt: CI is set without PORTGATE_NO_INPUT=0")
        } else {
            None
        }
    }

    /// Whether the result is asked for as it is, without `--fields` or `--query`.
    pub(crate) fn is_whole(&self) -> bool {
        self.form.fields.is_none() && self.form.query.is_none()
    }

    /// The command, such as `approvals accept`.
    pub(crate) fn command(&self) -> &str {
        &self.form.command
    }

    /// How times are written: for people in their time zone (without `--utc`), for programs in UTC.
    pub(crate) fn moments(&self) -> &Moments {
        let is_local = self.output.is_for_people() && !self.globals.utc;
        self.moments.get_or_init(|| {
            let local = is_local.then(Moments::local).flatten();
            if let Some(zone) = self.environment.text("TZ").filter(|_| is_local && local.is_none()) {
                self.terminal.warn(&format!("unknown time zone '{zone}' in TZ: times are shown in UTC"));
            }
            local.unwrap_or_else(Moments::utc)
        })
    }

    /// Prompts; call only if [`Context::may_ask`].
    pub(crate) fn prompter(&self) -> Prompter<'_> {
        Prompter { terminal: &self.terminal, accessible: self.accessible() }
    }

    /// Whether results are shown line by line as they happen, rather than as one document or selected fields at the
    /// end.
    pub(crate) fn tells_people(&self) -> bool {
        self.output.is_for_people() && self.form.fields.is_none()
    }

    pub(crate) fn write_list(&self, view: &ListView<'_>) -> anyhow::Result<()> {
        if let Some(beside) = &self.beside {
            beside.capture.take_list(view);
            return Ok(());
        }
        self.form.write_list(&self.terminal, view)
    }

    pub(crate) fn write_record(&self, lines: &[String], record: &serde_json::Value) -> anyhow::Result<()> {
        self.form.write_record(&self.terminal, lines, record, self.interrupt.has_held())
    }

    /// The same, with lines that stay as they are on a terminal: text that is copied.
    pub(crate) fn write_text(&self, lines: &[String], record: &serde_json::Value) -> anyhow::Result<()> {
        self.form.write_text(&self.terminal, lines, record, self.interrupt.has_held())
    }

    /// Writes a machine-readable document with its list of results at `rows`. Call only if [`Context::tells_people`] is
    /// false.
    pub(crate) fn write_document(&self, document: &serde_json::Value, rows: &str) -> anyhow::Result<()> {
        if let Some(beside) = &self.beside {
            beside.capture.take_document(document, rows);
            return Ok(());
        }
        self.form.write_document(&self.terminal, document, rows, self.interrupt.has_held())
    }

    pub(crate) fn write_event(&self, line: &str, record: &serde_json::Value) -> anyhow::Result<()> {
        match &self.beside {
            None => self.form.write_event(&self.terminal, line, record),
            Some(Beside { terminal, capture }) => match capture.event(line, record) {
                Some((line, record)) => {
                    let written = self.form.write_event(terminal, &line, &record);
                    capture.end_if(terminal.is_closed());
                    written
                }
                None => Ok(()),
            },
        }
    }

    pub(crate) fn with_progress<F: Future>(&self, what: &str, future: F) -> impl Future<Output = F::Output> {
        // Boxed before the first await: an async function stores its arguments twice.
        let future = Box::pin(future);
        self.terminal.with_progress(|| what.to_owned(), self.accessible(), future)
    }

    /// How to call portgate for the same backend, for commands suggested by messages.
    pub(crate) fn invocation(&self) -> Invocation {
        invocation_of(&self.globals)
    }

    /// Tells people what to do next.
    pub(crate) fn say_next(&self, hint: &Hint) {
        self.terminal.say_next(hint, &self.invocation());
    }

    /// Whether prompts are plain numbered lines (`--accessible`, `PORTGATE_ACCESSIBLE`).
    pub(crate) fn accessible(&self) -> bool {
        self.globals.accessible || self.environment.is_on("PORTGATE_ACCESSIBLE")
    }
}

/// Shows requests as `--verbose` and `--log-file` ask.
fn trace(globals: &GlobalArgs, terminal: &Rc<Terminal>) -> Result<Trace, Error> {
    let bodies = globals.verbose > 1;
    let Some(path) = &globals.log_file else {
        let terminal = Rc::clone(terminal);
        return Ok(match globals.verbose {
            0 => Trace::default(),
            _ => Trace::new(bodies, move |line| terminal.say(line)),
        });
    };
    let file = private_file_options().append(true).create(true).open(path).map_err(|error| {
        Error::usage(format!("cannot open the log file {}", path.display())).reason(error.to_string())
    })?;
    Ok(Trace::new(bodies, move |line| {
        // A log that can't be written changes nothing.
        let _ = writeln!(&file, "{} {}", Timestamp::now(), sanitize::line(line));
    }))
}

pub(crate) fn invocation_of(globals: &GlobalArgs) -> Invocation {
    let db = globals.db.as_ref().map(|db| db.display().to_string());
    let options = [
        ("--env", &globals.env),
        ("--api-url", &globals.api_url),
        ("--profile", &globals.profile),
        ("--on-behalf-of", &globals.on_behalf_of),
        ("--as", &globals.act_as),
        ("--db", &db),
    ];
    let given = options.into_iter().filter_map(|(option, value)| Some((option, value.as_ref()?)));
    given.fold(Invocation::default(), |call, (option, value)| call.with(option, shell_word(value)))
}
