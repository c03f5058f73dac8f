//! What a command gets: settings, streams, the clock, folders. Nothing a command needs is global.

use std::cell::OnceCell;
use std::io::Write as _;
use std::rc::Rc;

use jiff::Timestamp;

use crate::api::backend::Patience;
use crate::api::trace::Trace;
use crate::clock::Clock;
use crate::domain::approvals::Account;
use crate::error::Error;
use crate::files::private_file_options;
use crate::options::{GlobalArgs, OutputFormat};
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::render::output::{Form, ListView};
use crate::session::credentials::Store;
use crate::session::profiles::ProfilesFile;
use crate::session::target::Target;
use crate::terminal::Terminal;
use crate::terminal::interrupt::Interrupt;
use crate::terminal::prompt::Prompter;
use crate::text::sanitize;
use crate::text::words::shell_word;

pub(crate) struct Context {
    pub(crate) globals: GlobalArgs,
    pub(crate) environment: ProcessEnvironment,
    pub(crate) terminal: Rc<Terminal>,
    pub(crate) trace: Trace,
    pub(crate) paths: Paths,
    pub(crate) output: OutputFormat,
    form: Form,
    pub(crate) patience: Patience,
    pub(crate) clock: Clock,
    pub(crate) interrupt: Rc<Interrupt>,
    /// The managed account that the session acts for, once it is open.
    pub(super) account: OnceCell<Account>,
}

impl Context {
    pub(crate) fn new(
        globals: GlobalArgs,
        environment: ProcessEnvironment,
        terminal: Rc<Terminal>,
        form: Form,
    ) -> Result<Self, Error> {
        let paths = Paths::resolve(&environment)?;
        let patience = Patience::resolve(globals.timeout, globals.max_retries, &environment)?;
        let trace = trace(&globals, &terminal)?;
        Ok(Context {
            globals,
            environment,
            terminal,
            trace,
            paths,
            output: form.format,
            form,
            patience,
            clock: Clock::System,
            interrupt: Rc::default(),
            account: OnceCell::new(),
        })
    }

    pub(crate) fn target(&self) -> Result<Target, Error> {
        Target::resolve(&self.globals, &self.environment, &self.paths.config)
    }

    /// The managed account that this run acts for; none where it acts for the key's own company.
    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.get()
    }

    /// Reads the profiles, and says aloud what is wrong with their file.
    pub(crate) fn profiles(&self) -> Result<ProfilesFile, Error> {
        let file = ProfilesFile::load(&self.paths.config)?;
        self.warn_all(file.warnings());
        Ok(file)
    }

    pub(crate) fn warn_all(&self, warnings: &[String]) {
        warnings.iter().for_each(|warning| self.terminal.warn(warning));
    }

    pub(crate) fn credential_store(&self) -> Result<Store, Error> {
        Store::from_environment(&self.environment, self.may_ask())
    }

    /// Whether a question may be asked: stdin and stderr are terminals and input is not switched off
    /// (`--no-input`, `PORTGATE_NO_INPUT`, `CI`).
    pub(crate) fn may_ask(&self) -> bool {
        self.why_not_ask().is_none()
    }

    /// What keeps a question from being asked, for a message: "..., and there is no terminal to ask on".
    pub(crate) fn why_not_ask(&self) -> Option<&'static str> {
        let facts = self.terminal.facts;
        let is_decided = self.environment.raw("PORTGATE_NO_INPUT").is_some();
        if !facts.stdin || !facts.stderr {
            Some("there is no terminal to ask on")
        } else if self.globals.no_input {
            Some("--no-input lets nothing be asked")
        } else if self.environment.is_on("PORTGATE_NO_INPUT") {
            Some("PORTGATE_NO_INPUT lets nothing be asked")
        } else if !is_decided && self.environment.is_on("CI") {
            Some("nothing is asked where CI is set, unless PORTGATE_NO_INPUT=0 is, too")
        } else {
            None
        }
    }

    /// Asks questions; only where [`Context::may_ask`] holds.
    pub(crate) fn prompter(&self) -> Prompter<'_> {
        Prompter { terminal: &self.terminal, accessible: self.accessible() }
    }

    /// Whether people are told in lines, as things happen. Whoever chooses fields gets them of the whole, at its end.
    pub(crate) fn tells_people(&self) -> bool {
        self.output.is_for_people() && self.form.fields.is_none()
    }

    pub(crate) fn write_list(&self, view: &ListView) -> anyhow::Result<()> {
        self.form.write_list(&self.terminal, view)
    }

    pub(crate) fn write_record(&self, lines: &[String], record: &serde_json::Value) -> anyhow::Result<()> {
        self.form.write_record(&self.terminal, lines, record)
    }

    /// Writes a document for programs whose list of results stands under the name `rows`. People are told line by line
    /// as things happen: call it only where [`Context::tells_people`] says no.
    pub(crate) fn write_document(&self, document: &serde_json::Value, rows: &str) -> anyhow::Result<()> {
        self.form.write_document(&self.terminal, document, rows)
    }

    pub(crate) fn write_event(&self, line: &str, record: &serde_json::Value) -> anyhow::Result<()> {
        self.form.write_event(&self.terminal, line, record)
    }

    pub(crate) fn during<F: Future>(&self, what: &str, future: F) -> impl Future<Output = F::Output> {
        // Boxed before anything is awaited: an async function keeps what it is given twice.
        let future = Box::pin(future);
        self.terminal.during(|| what.to_owned(), self.accessible(), future)
    }

    /// How to call portgate again for the same backend, for commands that messages propose.
    pub(crate) fn invocation(&self) -> String {
        invocation_of(&self.globals)
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
        Error::usage(format!("cannot open the log file {}", path.display())).because(error.to_string())
    })?;
    Ok(Trace::new(bodies, move |line| {
        // A log that can't be written changes nothing.
        let _ = writeln!(&file, "{} {}", Timestamp::now(), sanitize::line(line));
    }))
}

pub(crate) fn invocation_of(globals: &GlobalArgs) -> String {
    let mut call = "portgate".to_owned();
    let db = globals.db.as_ref().map(|db| db.display().to_string());
    let options = [
        ("--env", &globals.env),
        ("--api-url", &globals.api_url),
        ("--profile", &globals.profile),
        ("--on-behalf-of", &globals.on_behalf_of),
        ("--as", &globals.act_as),
        ("--db", &db),
    ];
    for (flag, value) in options {
        if let Some(value) = value {
            call.push_str(&format!(" {flag} {}", shell_word(value)));
        }
    }
    call
}
