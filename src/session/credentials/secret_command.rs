//! Runs a profile's `secret_command`, which prints the secret half of its key.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;

use super::environment::{LONGEST_SECRET, clean};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::words::{seconds, shell_word};

/// Maximum run time of the program, which may ask for a fingerprint or a PIN.
const LIMIT: Duration = Duration::from_secs(60);

/// Maximum time for its output to arrive after it has ended.
const LAST_BYTES: Duration = Duration::from_millis(500);
/// Prefix of portgate's own variables.
const OWN: [&str; 2] = ["MEGAPORT_", "PORTGATE_"];

/// Limits the run time of the program, and allows other threads to stop it.
#[derive(Debug, Clone)]
pub(crate) struct Leash {
    limit: Duration,
    run: Arc<Mutex<Run>>,
}

/// State of the program.
#[derive(Debug, Default)]
enum Run {
    #[default]
    NotStarted,
    Started {
        child: Child,
        /// Whether it has its own process group.
        alone: bool,
    },
    /// It has ended, or must not be started any more.
    Over,
}

impl Leash {
    /// A time limit, but never more than a minute.
    pub(crate) fn new(patience: Duration) -> Self {
        Leash { limit: patience.min(LIMIT), run: Arc::default() }
    }

    /// Starts the program, unless stopped before. The lock is held until the child is stored, so that it can always be
    /// stopped.
    fn start(&self, command: &mut Command, alone: bool) -> io::Result<ChildStdout> {
        let mut run = self.run();
        if matches!(*run, Run::Over) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped before it started"));
        }
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().expect("stdout is piped");
        *run = Run::Started { child, alone };
        Ok(stdout)
    }

    /// Stops the program, and its process group if it has its own, unless it has ended. If not started yet, it never
    /// will be.
    pub(crate) fn stop(&self) {
        let stopped = std::mem::replace(&mut *self.run(), Run::Over);
        let Run::Started { mut child, alone } = stopped else { return };
        #[cfg(unix)]
        if let Some(group) =
            i32::try_from(child.id()).ok().filter(|_| alone).and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        #[cfg(not(unix))]
        let _ = alone;
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Waits for its end; `None` after a timeout or if stopped.
    fn wait_until(&self, deadline: Instant) -> Option<ExitStatus> {
        loop {
            {
                let mut run = self.run();
                let Run::Started { child, .. } = &mut *run else { return None };
                match child.try_wait() {
                    Ok(None) if Instant::now() < deadline => {}
                    Ok(Some(status)) => {
                        *run = Run::Over;
                        return Some(status);
                    }
                    _ => return None,
                }
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stops the program when dropped, so that a signal that ends the run also ends the program.
#[derive(Debug)]
pub(crate) struct StopOnDrop(pub(crate) Leash);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Runs the program and returns the line it prints.
///
/// The program is run without a shell. stdin is empty, stderr is that of the terminal, and its output is never shown.
/// It is exit 3 if it fails or doesn't print exactly one line. If it exceeds the time limit, it is stopped (exit 11),
/// together with its children if there is no terminal.
pub(crate) fn run(leash: &Leash, profile: &str, command: &[String]) -> Result<SecretString, Error> {
    let limit = leash.limit;
    let Some((program, arguments)) = command.split_first() else {
        return Err(Error::usage(format!("the secret_command of profile '{profile}' is empty")));
    };
    let line = command.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
    let failed = |exit, why: String| {
        let error = Error::new(exit, "the secret command failed")
            .reason(why)
            .resource(profile)
            .hint(format!("run `{line}` yourself and check that it prints only the secret, on one line"));
        match arguments.iter().any(|argument| is_of_shell(argument)) {
            true => {
                error.hint("the command runs without a shell; for pipes and redirections, use sh -c '...'")
            }
            false => error,
        }
    };
    let deadline = Instant::now() + limit;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    // portgate's own variables are not passed on, least of all the secrets of other profiles.
    let own = |name: &OsStr| OWN.iter().any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()));
    for (name, _) in std::env::vars_os().filter(|(name, _)| own(name)) {
        command.env_remove(name);
    }
    let alone = set_apart(&mut command);
    let stdout = leash
        .start(&mut command, alone)
        .map_err(|error| failed(Exit::Authentication, format!("{program}: {error}")))?;
    let printed = Printed::read(stdout);
    let Some(status) = leash.wait_until(deadline) else {
        leash.stop();
        let why = format!("{program} was stopped after {}", seconds(limit));
        return Err(failed(Exit::Timeout, why).retryable());
    };
    if !status.success() {
        let why = match status.code() {
            Some(code) => format!("{program} exited with status {code}"),
            None => format!("{program} was ended by a signal ({status})"),
        };
        return Err(failed(Exit::Authentication, why));
    }
    let text = String::from_utf8(printed.bytes())
        .map_err(|_| failed(Exit::Authentication, "its output is not valid UTF-8".to_owned()))?;
    clean("its output", &SecretString::from(text))
        .map_err(|error| failed(Exit::Authentication, error.message))
}

/// Whether an argument only has a meaning for a shell.
fn is_of_shell(argument: &str) -> bool {
    let operators = ["|", "||", "&&", "&", ";"];
    operators.contains(&argument)
        || argument.starts_with('>')
        || argument.starts_with("2>")
        || argument.starts_with('<')
}

/// The output of the program, read on a separate thread: a child may keep stdout open forever.
struct Printed {
    bytes: Arc<Mutex<Vec<u8>>>,
    ended: mpsc::Receiver<()>,
}

impl Printed {
    fn read(stdout: ChildStdout) -> Self {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let (into, (end, ended)) = (Arc::clone(&bytes), mpsc::channel());
        thread::spawn(move || {
            let mut stdout = stdout.take(LONGEST_SECRET + 1);
            let mut piece = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut piece) {
                into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&piece[..read]);
            }
            drop(end);
        });
        Printed { bytes, ended }
    }

    /// All output, once the program has ended.
    fn bytes(&self) -> Vec<u8> {
        let _ = self.ended.recv_timeout(LAST_BYTES);
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Gives the program its own process group, so that it can be stopped with its children. Not if the user may be asked
/// for a PIN: only the foreground group can read from a terminal.
#[cfg(unix)]
fn set_apart(command: &mut Command) -> bool {
    use std::io::IsTerminal as _;
    use std::os::unix::process::CommandExt as _;
    let is_attended = std::io::stdin().is_terminal() || std::io::stderr().is_terminal();
    if !is_attended {
        command.process_group(0);
    }
    !is_attended
}

#[cfg(not(unix))]
fn set_apart(_: &mut Command) -> bool {
    false
}

#[cfg(all(test, unix))]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn command(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_line_it_prints_is_the_secret() {
        let secret = run(&Leash::new(LIMIT), "example", &command(&["printf", "s3cret\n"])).unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
    }

    #[test]
    fn arguments_are_not_read_by_a_shell() {
        let secret = run(&Leash::new(LIMIT), "example", &command(&["echo", "$HOME;id"])).unwrap();
        assert_eq!(secret.expose_secret(), "$HOME;id");
    }

    #[test]
    fn two_lines_are_refused_and_not_shown() {
        let error = run(&Leash::new(LIMIT), "example", &command(&["sh", "-c", "echo s3''cret; echo more"]))
            .unwrap_err();
        assert_eq!(error.exit, Exit::Authentication);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn a_failure_and_a_missing_program_are_told() {
        let failed = run(&Leash::new(LIMIT), "example", &command(&["false", "a b"])).unwrap_err();
        assert_eq!(failed.reason.unwrap(), "false exited with status 1");
        let hint = "run `false 'a b'` yourself and check that it prints only the secret, on one line";
        assert_eq!(failed.hints[0].text(&crate::error::Invocation::default()), hint);
        let killed = run(&Leash::new(LIMIT), "example", &command(&["sh", "-c", "kill -9 $$"])).unwrap_err();
        assert!(killed.reason.unwrap().starts_with("sh was ended by a signal (signal: 9"));
        let missing = run(&Leash::new(LIMIT), "example", &command(&["/nowhere/at/all"])).unwrap_err();
        assert!(missing.reason.unwrap().contains("/nowhere/at/all"));
    }

    #[test]
    fn one_that_was_stopped_before_it_began_never_begins() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let leash = Leash::new(LIMIT);
        leash.stop();
        let error = run(&leash, "example", &command(&["touch", mark.to_str().unwrap()])).unwrap_err();
        assert!(error.reason.unwrap().contains("stopped before it started"));
        assert!(!mark.exists());
    }

    #[test]
    fn what_it_leaves_behind_is_not_waited_for() {
        // It keeps its stdout for longer than the leash is, and nothing else of this process.
        let script = command(&["sh", "-c", "exec 2>/dev/null; echo s3cret; sleep 30 &"]);
        let secret = run(&Leash::new(LIMIT), "example", &script).unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
    }

    #[test]
    fn a_program_that_never_ends_is_given_up() {
        let error =
            run(&Leash::new(Duration::from_millis(50)), "example", &command(&["sleep", "600"])).unwrap_err();
        assert_eq!(error.exit, Exit::Timeout);
    }
}
