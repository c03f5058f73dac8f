//! A home folder of the test's own, and the binary run in it with an emptied environment.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use std::{fs, thread};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::printed::{Copied, copied};
use super::{Outcome, PseudoTerminal, Script, secrets};
use crate::secret_search::{check_files, holds};

/// How long a process may hang before it is killed: a failure of the test, never a measurement.
const WATCHDOG: Duration = Duration::from_secs(60);

/// Held while a process is started. expectrl's pipe to its child isn't close-on-exec: a child of another thread
/// would inherit it and keep the first waiting until it ends.
static STARTING: Mutex<()> = Mutex::new(());

/// Waits for its turn to start a process.
pub fn turn_to_start() -> MutexGuard<'static, ()> {
    STARTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that is gone after the test, with everything a run may read or write in it.
pub struct Home {
    folder: tempfile::TempDir,
    /// What runs here were given and must not leave behind.
    secrets: Mutex<BTreeSet<String>>,
    /// What the test wrote itself.
    written: Mutex<HashMap<PathBuf, Vec<u8>>>,
    /// What runs print that are left to the test.
    printed: Mutex<Vec<Copied>>,
}

impl Drop for Home {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let secrets = self.secrets.lock().unwrap();
        for copied in self.printed.lock().unwrap().drain(..) {
            let printed = copied.take();
            for secret in secrets.iter() {
                let text = String::from_utf8_lossy(&printed);
                assert!(!holds(&printed, secret), "a run printed the secret {secret:?}\n{text}");
            }
        }
        let written = self.written.lock().unwrap();
        check_files(self.path(), &secrets, &|path, bytes| {
            written.get(path).is_some_and(|own| own.is_empty() || own == bytes)
        });
    }
}

impl Home {
    /// An empty home.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("portgate-test-").tempdir().unwrap();
        for below in ["config", "data", "cache", "state", "runtime", "tmp"] {
            fs::create_dir(folder.path().join(below)).unwrap();
        }
        Home { folder, secrets: Mutex::default(), written: Mutex::default(), printed: Mutex::default() }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A run of the binary with arguments parted at white space; [`Portgate::arg`] adds one that contains some.
    pub fn portgate(&self, args: &str) -> Portgate<'_> {
        Portgate {
            home: self,
            args: args.split_whitespace().map(OsString::from).collect(),
            variables: Vec::new(),
            stdin: Vec::new(),
        }
    }

    /// A run of `portgate approvals ...` against that backend, with a token in the environment.
    pub fn approvals(&self, args: &str, script: &Script) -> Portgate<'_> {
        self.portgate(&format!("approvals {args}")).at(script).token("scripted-token")
    }

    /// Where portgate keeps its settings in this home.
    pub fn config(&self) -> PathBuf {
        self.path().join("config/portgate")
    }

    /// Where portgate keeps what must not be lost.
    pub fn data(&self) -> PathBuf {
        self.path().join("data/portgate")
    }

    /// Where portgate keeps what may be deleted at any time.
    pub fn cache(&self) -> PathBuf {
        self.path().join("cache/portgate")
    }

    /// The ledger of decisions.
    pub fn ledger_path(&self) -> PathBuf {
        self.data().join("ledger.jsonl")
    }

    /// The ledger's lines; empty where there is no ledger.
    pub fn ledger(&self) -> Vec<Value> {
        ledger_lines(&self.ledger_path())
    }

    /// The map from approval ids to VXCs that `approvals list` keeps.
    pub fn id_map_path(&self) -> PathBuf {
        self.cache().join("approval-ids.json")
    }

    /// Writes a file below the home, with the folders above it, and answers its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &content).unwrap();
        self.written.lock().unwrap().insert(path.clone(), content.as_ref().to_vec());
        path
    }
}

impl Home {
    /// A secret that runs in this home get in another way than by a variable or stdin.
    pub fn keeps_secret(&self, secret: &str) {
        self.secrets.lock().unwrap().insert(secret.to_owned());
    }

    /// The file at this path may hold secrets: the test put them there.
    pub fn holds_secrets(&self, path: &Path) {
        self.written.lock().unwrap().insert(path.to_owned(), Vec::new());
    }
}

/// Lines for a ledger file, chained anew as the documentation describes it.
pub fn chained(lines: &[Value]) -> String {
    let (mut previous, mut text) = ("0".repeat(64), String::new());
    for (place, line) in lines.iter().enumerate() {
        let mut line = line.clone();
        line["sequence"] = Value::from(place + 1);
        line["previous"] = Value::from(previous);
        line.as_object_mut().unwrap().shift_remove("hash");
        let digest = Sha256::digest(line.to_string());
        previous = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        line["hash"] = Value::from(previous.clone());
        text.push_str(&format!("{line}\n"));
    }
    text
}

/// The lines of a ledger file, each a JSON value; empty where there is no file.
pub fn ledger_lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("ledger: {line}"))).collect()
}

/// A run to be: arguments, variables, stdin.
pub struct Portgate<'h> {
    home: &'h Home,
    args: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
}

impl Portgate<'_> {
    /// One more argument, taken as it is.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// A variable of the environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// The backend to talk to.
    pub fn at(self, script: &Script) -> Self {
        let url = script.url();
        self.arg("--api-url").arg(url)
    }

    /// An access token in the environment.
    pub fn token(self, token: &str) -> Self {
        self.env("MEGAPORT_ACCESS_TOKEN", token)
    }

    /// A key pair in the environment.
    pub fn key(self, client_id: &str, client_secret: &str) -> Self {
        self.env("MEGAPORT_ACCESS_KEY", client_id).env("MEGAPORT_SECRET_KEY", client_secret)
    }

    /// What comes in on stdin, a pipe; nothing by default.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs it to its end, off-terminal.
    #[track_caller]
    pub fn run(self) -> Outcome {
        let input = self.stdin.clone();
        let mut child = self.start(Stdio::piped());
        let (sender, receiver) = mpsc::channel();
        read_all(child.stdout.take().unwrap(), 0, sender.clone());
        read_all(child.stderr.take().unwrap(), 1, sender);
        let mut stdin = child.stdin.take().unwrap();
        // A process that doesn't read its stdin closes it: no failure of the test.
        thread::spawn(move || stdin.write_all(&input));
        let mut streams = [Vec::new(), Vec::new()];
        for _ in 0..2 {
            match receiver.recv_timeout(WATCHDOG) {
                Ok((stream, bytes)) => streams[stream] = bytes,
                Err(_) => {
                    child.kill().unwrap();
                    panic!("portgate hung and was killed after {WATCHDOG:?}");
                }
            }
        }
        let status = child.wait().unwrap();
        self.checked(Outcome::new(&streams[0], &streams[1], status))
    }

    /// What it left behind, once it is clear that there is no secret in it.
    #[track_caller]
    fn checked(&self, outcome: Outcome) -> Outcome {
        secrets::check(&self.secrets(), &outcome);
        outcome
    }

    /// The secrets that it must not print: those that runs in this home know. None of them may stay in it.
    fn secrets(&self) -> Vec<String> {
        let mut secrets = self.home.secrets.lock().unwrap();
        secrets.extend(secrets::known(&self.variables, &self.args, &self.stdin));
        if secrets::shows_on_purpose(&self.args) { Vec::new() } else { secrets.iter().cloned().collect() }
    }

    /// Runs it with a stdout whose reader has gone before the first byte, as `| head -0` would.
    #[track_caller]
    pub fn run_with_closed_stdout(self) -> Outcome {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.run_with_stdout(Stdio::from(writer))
    }

    #[track_caller]
    fn run_with_stdout(self, stdout: Stdio) -> Outcome {
        let mut child = self.start(stdout);
        drop(child.stdin.take());
        let (sender, receiver) = mpsc::channel();
        read_all(child.stderr.take().unwrap(), 1, sender);
        let Ok((_, stderr)) = receiver.recv_timeout(WATCHDOG) else {
            child.kill().unwrap();
            panic!("portgate hung and was killed after {WATCHDOG:?}");
        };
        let status = child.wait().unwrap();
        self.checked(Outcome::new(b"", &stderr, status))
    }

    /// Runs it with a stdout that takes nothing, as a full disk would.
    #[track_caller]
    pub fn run_with_full_stdout(self) -> Outcome {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        self.run_with_stdout(Stdio::from(full))
    }

    /// Starts it and leaves it to the test: streams are pipes, nothing watches. Its secrets must neither stay in the home
    /// nor be in what it printed when the home goes.
    pub fn spawn(self) -> Child {
        let child = self.start(Stdio::piped());
        self.watched(child)
    }

    /// The child, with streams that keep a copy of what passes.
    fn watched(&self, mut child: Child) -> Child {
        self.secrets();
        if !secrets::shows_on_purpose(&self.args) {
            let mut printed = self.home.printed.lock().unwrap();
            child.stdout = child.stdout.take().map(|stream| copied(stream, &mut printed).into());
            child.stderr = child.stderr.take().map(|stream| copied(stream, &mut printed).into());
        }
        child
    }

    /// As [`Portgate::spawn`], behind a shell that runs this script, in which `"$0" "$@"` is the run.
    pub fn spawn_under(self, script: &str) -> Child {
        let mut command = self.command_under(script);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let turn = turn_to_start();
        let child = command.spawn().unwrap();
        drop(turn);
        self.watched(child)
    }

    /// Starts it on a pseudo-terminal of that size: stdin, stdout and stderr are all terminals.
    #[track_caller]
    pub fn in_terminal(self, columns: u16, rows: u16) -> PseudoTerminal {
        PseudoTerminal::start(self.secrets(), self.command_under(&size_script(columns, rows, "")))
    }

    /// As [`Portgate::in_terminal`], on a terminal of another kind.
    #[track_caller]
    pub fn in_terminal_as(self, kind: &str, columns: u16, rows: u16) -> PseudoTerminal {
        let mut command = self.command_under(&size_script(columns, rows, ""));
        command.env("TERM", kind);
        PseudoTerminal::start(self.secrets(), command)
    }

    /// As [`Portgate::in_terminal`], under a shell that first says `PID=...;` of the run, and after it runs `then` and
    /// ends with the run's code.
    #[track_caller]
    pub fn in_terminal_then(self, columns: u16, rows: u16, then: &str) -> PseudoTerminal {
        // The run replaces a shell of its own, whose number it keeps; the outer one survives its signals.
        let script = format!(
            "read -r go && stty rows {rows} cols {columns} echo && trap : INT && \
             sh -c 'printf \"PID=%s;\" $$; exec \"$0\" \"$@\"' \"$0\" \"$@\"; code=$?; {then}; exit $code"
        );
        PseudoTerminal::start(self.secrets(), self.command_under(&script))
    }

    /// As [`Portgate::in_terminal`], with stdout going to a file: stdin and stderr are the terminal.
    #[track_caller]
    pub fn in_terminal_with_stdout_to(self, columns: u16, rows: u16, file: &Path) -> PseudoTerminal {
        let redirection = format!(" > '{}'", file.display());
        PseudoTerminal::start(self.secrets(), self.command_under(&size_script(columns, rows, &redirection)))
    }

    fn start(&self, stdout: Stdio) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portgate"));
        command.args(&self.args);
        self.empty_environment(&mut command);
        command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
        let _turn = turn_to_start();
        command.spawn().unwrap()
    }

    /// The binary behind a shell that sets the terminal's size before it: set from outside, it would come too late.
    fn command_under(&self, script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_portgate")).args(&self.args);
        self.empty_environment(&mut command);
        command.env("TERM", "xterm-256color");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    fn empty_environment(&self, command: &mut Command) {
        let home = self.home.path();
        command
            .env_clear()
            .current_dir(home)
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("XDG_RUNTIME_DIR", home.join("runtime"))
            .env("TMPDIR", home.join("tmp"))
            .env("PATH", "/usr/bin:/bin")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC");
        for (name, value) in &self.variables {
            command.env(name, value);
        }
    }
}

/// expectrl sets a size of its own once the child runs: the script waits for its line until that is past.
fn size_script(columns: u16, rows: u16, redirection: &str) -> String {
    format!("read -r go && stty rows {rows} cols {columns} echo && exec \"$0\" \"$@\"{redirection}")
}

/// Reads a stream to its end on a thread of its own.
fn read_all(mut stream: impl Read + Send + 'static, index: usize, sender: mpsc::Sender<(usize, Vec<u8>)>) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send((index, bytes));
    });
}
