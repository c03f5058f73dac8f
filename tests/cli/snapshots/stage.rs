//! A home with a sandbox, where commands run one after the other and each leaves a snapshot.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use jiff::Timestamp;

use super::redact::Redaction;
use super::screen;
use crate::common::{Home, Portgate, Postgres};

/// The time in the sandbox when a home is made: a Monday, far enough ahead that no real time is taken for one of it.
pub(super) const NOON: &str = "2035-03-05T12:00:00Z";

/// A name, and the command line behind `portgate`.
pub(super) type Line<'a> = (&'a str, &'a str);

/// A name, the command line, and what is typed: a text to wait for, and the keys.
pub(super) type Dialogue<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// The snapshots of this run, so that no two share a file.
static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Where commands run.
pub(super) struct Stage {
    pub(super) home: Home,
    noun: &'static str,
    variables: RefCell<Vec<(String, String)>>,
    before: RefCell<String>,
    redaction: RefCell<Redaction>,
    failed: Cell<usize>,
}

impl Stage {
    /// An empty home whose commands talk to a new sandbox; snapshots go into the noun's folder.
    pub(super) fn new(noun: &'static str) -> Self {
        let stage = Stage::bare(noun);
        stage.before.replace("--env sandbox ".to_owned());
        stage
    }

    /// An empty home whose commands talk to what their own words say.
    pub(super) fn bare(noun: &'static str) -> Self {
        let home = Home::new();
        let noon: Timestamp = NOON.parse().unwrap();
        let ahead = noon.as_millisecond() - Timestamp::now().as_millisecond();
        let sign = if ahead < 0 { '-' } else { '+' };
        let variables = [
            ("PORTGATE_SANDBOX_CLOCK", format!("{sign}{}ms", ahead.abs())),
            // What is accepted never comes up within a test, however long it takes.
            ("PORTGATE_SANDBOX_DEPLOY_TIME", "30d".to_owned()),
            ("USER", "tester".to_owned()),
        ];
        let redaction = Redaction::new(home.path());
        Stage {
            home,
            noun,
            variables: RefCell::new(variables.map(|(name, value)| (name.to_owned(), value)).to_vec()),
            before: RefCell::default(),
            redaction: RefCell::new(redaction),
            failed: Cell::new(0),
        }
    }

    /// Sets a variable for what runs from now on.
    pub(super) fn env(self, name: &str, value: &str) -> Self {
        self.variables.borrow_mut().push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into the folder where commands run.
    pub(super) fn file(self, name: &str, content: &str) -> Self {
        self.home.write(name, content);
        self
    }

    /// Makes a profile for the sandbox with these limits, and uses it from now on.
    pub(super) fn limits(self, limits: &str) -> Self {
        let stage = self.settings(&format!(
            "schema = \"portgate.config/v1\"\n\n[profiles.limited]\nenvironment = \"sandbox\"\n{limits}\n"
        ));
        stage.before.replace("--profile limited ".to_owned());
        stage
    }

    /// Writes a file with a secret, which no command may print, for its owner only.
    pub(super) fn secret_file(self, name: &str, content: &str, secret: &str) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        self.home.keeps_secret(secret);
        let path = self.home.write(name, content);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        self
    }

    /// Runs what follows as this person, with that login to a ledger in a database.
    pub(super) fn operator(self, actor: &str, postgres: &Postgres, login: &str, database: &str) -> Self {
        self.home.keeps_secret(&postgres.login(login));
        self.env("PORTGATE_ACTOR", actor).env("PORTGATE_LEDGER", &postgres.address(login, database))
    }

    /// Writes the settings file, for its owner only.
    pub(super) fn settings(self, text: &str) -> Self {
        self.home.write("config/portgate/config.toml", text);
        self.mode(0o600)
    }

    /// Gives the settings file these permissions.
    pub(super) fn mode(self, mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.home.config().join("config.toml");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Runs a line without keeping anything of it.
    #[track_caller]
    pub(super) fn prepare(self, line: &str) -> Self {
        self.portgate(line).run().exits(0);
        self
    }

    /// What a line prints, for a file of another stage.
    #[track_caller]
    pub(super) fn printed(&self, line: &str) -> String {
        self.portgate(line).run().exits(0).stdout.clone()
    }

    /// Runs a line to learn the random uuids it prints, for what comes after and prints only their beginnings.
    #[track_caller]
    pub(super) fn learn(self, line: &str) -> Self {
        let outcome = self.portgate(line).run();
        self.redaction.borrow_mut().learn(&outcome.exits(0).stdout);
        self
    }

    /// Runs lines off-terminal, in turn, in this home.
    #[track_caller]
    pub(super) fn lines(self, lines: &[Line<'_>]) -> Self {
        for (name, line) in lines {
            self.keep(name, &(self.off_terminal(line) + "--- end"));
        }
        self
    }

    /// Runs lines off-terminal and keeps them in one snapshot.
    #[track_caller]
    pub(super) fn together(&self, name: &str, lines: &[String]) {
        let text: String = lines.iter().map(|line| self.off_terminal(line)).collect();
        self.keep(name, &(text + "--- end"));
    }

    #[track_caller]
    fn off_terminal(&self, line: &str) -> String {
        let outcome = self.portgate(line).run();
        format!(
            "$ portgate {}{line}\nexit code {}\n--- stdout\n{}--- stderr\n{}",
            self.before.borrow(),
            outcome.code,
            whole(&outcome.stdout),
            whole(&outcome.stderr)
        )
    }

    /// Runs each line off-terminal as a table, as JSON, as JSON lines, as CSV and as YAML.
    #[track_caller]
    pub(super) fn in_all_forms(mut self, lines: &[Line<'_>]) -> Self {
        for (name, line) in lines {
            self = self.lines(&[(name, line)]);
            for form in ["json", "jsonl", "csv", "yaml"] {
                self = self.lines(&[(&format!("{name}_{form}"), &format!("{line} -o {form}"))]);
            }
        }
        self
    }

    /// Runs each line on a terminal of 80 columns without colour, and on one of 200 with it.
    #[track_caller]
    pub(super) fn on_terminals(self, lines: &[Line<'_>]) -> Self {
        for (name, line) in lines {
            self.screen(&format!("{name}_80"), line, 80, false, &[]);
            self.screen(&format!("{name}_200"), line, 200, true, &[]);
        }
        self
    }

    /// Runs lines on a terminal of 160 columns, where no time is torn apart, and types the answers.
    #[track_caller]
    pub(super) fn dialogues(self, dialogues: &[Dialogue<'_>]) -> Self {
        for (name, line, answers) in dialogues {
            self.screen(name, line, 160, false, answers);
        }
        self
    }

    /// Runs lines on a terminal of 80 columns without colour, and on one of 200 with it, and types the answers.
    #[track_caller]
    pub(super) fn questions(self, dialogues: &[Dialogue<'_>]) -> Self {
        for (name, line, answers) in dialogues {
            self.screen(&format!("{name}_80"), line, 80, false, answers);
            self.screen(&format!("{name}_200"), line, 200, true, answers);
        }
        self
    }

    /// Runs lines as [`Stage::questions`] does, each width on a stage of its own: what is answered with yes is done once.
    #[track_caller]
    pub(super) fn at_both_widths(stage: impl Fn() -> Stage, dialogues: &[Dialogue<'_>]) {
        for columns in [80, 200] {
            stage().at_width(columns, dialogues);
        }
    }

    /// Runs lines on a terminal of 80 columns without colour, or of another width with it, and types the answers.
    #[track_caller]
    pub(super) fn at_width(self, columns: u16, dialogues: &[Dialogue<'_>]) -> Self {
        for (name, line, answers) in dialogues {
            self.screen(&format!("{name}_{columns}"), line, columns, columns != 80, answers);
        }
        self
    }

    #[track_caller]
    fn screen(&self, name: &str, line: &str, columns: u16, color: bool, answers: &[(&str, &str)]) {
        let run = self.portgate(line);
        let run = if color { run } else { run.env("NO_COLOR", "1") };
        let mut terminal = run.in_terminal(columns, 60);
        for (text, keys) in answers {
            terminal.expect(text);
            // What is typed before the terminal hides it is thrown away.
            match keys.strip_suffix('\r').filter(|_| text.contains("hidden")) {
                Some(secret) => terminal.send_secret(secret),
                None => terminal.send(keys),
            }
        }
        let (code, seen) = terminal.ends();
        let answers: String =
            answers.iter().map(|(text, keys)| format!("at {text:?} typed {keys:?}\n")).collect();
        let shown = screen::shown(&Redaction::unbroken(&seen), usize::from(columns));
        let before = self.before.borrow().clone();
        self.keep(
            name,
            &format!(
                "$ portgate {before}{line}\non a terminal of {columns} columns\n{answers}exit code {code}\n\
                 --- screen\n{shown}--- end"
            ),
        );
    }

    fn portgate(&self, line: &str) -> Portgate<'_> {
        let line = format!("{}{}", self.before.borrow(), self.redaction.borrow().real(line));
        let mut run = self.home.portgate("");
        for word in words(&line) {
            run = run.arg(word);
        }
        for (name, value) in self.variables.borrow().iter() {
            run = run.env(name, value);
        }
        run
    }

    /// Compares with the snapshot of that name. A difference is printed at once and fails the test at its end, so that one
    /// run shows, or accepts, all of them.
    fn keep(&self, name: &str, text: &str) {
        let is_new = TAKEN.lock().unwrap().insert(format!("{}/{name}", self.noun));
        assert!(is_new, "two snapshots of {} are called {name}", self.noun);
        let text = self.redaction.borrow_mut().redacted(text);
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(format!("snap/{}", self.noun));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let kept = settings
            .bind(|| catch_unwind(AssertUnwindSafe(|| insta::assert_snapshot!(name.to_owned(), text))));
        if kept.is_err() {
            self.failed.set(self.failed.get() + 1);
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let failed = self.failed.get();
        if failed > 0 && !thread::panicking() {
            panic!("{failed} snapshots of {} differ: see above", self.noun);
        }
    }
}

/// A stream with what a file of lines would hide made visible.
fn whole(stream: &str) -> String {
    let mut text = String::new();
    for character in stream.chars() {
        match character {
            '\n' => text.push('\n'),
            control if control.is_control() => text.extend(control.escape_default()),
            other => text.push(other),
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("(no newline)\n");
    }
    text
}

/// Parts a line as a shell would, single quotes only.
pub(super) fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
