//! Runs a profile's `secret_command`: the program that prints the secret half of its key.

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

/// How long the program may take at most; it may ask for a finger or a PIN meanwhile.
const LIMIT: Duration = Duration::from_secs(60);

/// How long what the program has printed may take to arrive once it has ended.
const LAST_BYTES: Duration = Duration::from_millis(500);
/// How the variables begin that are portgate's own.
const OWN: [&str; 2] = ["MEGAPORT_", "PORTGATE_"];

/// How long the program may take, and the way to stop it from elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Leash {
    limit: Duration,
    run: Arc<Mutex<Run>>,
}

/// How far the one run of the program has come.
#[derive(Debug, Default)]
enum Run {
    #[default]
    NotStarted,
    Started {
        child: Child,
        /// Whether it has a process group of its own.
        alone: bool,
    },
    /// It has ended, or may not begin any more.
    Over,
}

impl Leash {
    /// A program may take so long, but never more than a minute.
    pub(crate) fn new(patience: Duration) -> Self {
        Leash { limit: patience.min(LIMIT), run: Arc::default() }
    }

    /// Starts the program, unless it was stopped before: nobody would stop it any more. The child is handed over before
    /// anybody can stop it.
    fn start(&self, command: &mut Command, alone: bool) -> io::Result<ChildStdout> {
        let mut run = self.run();
        if matches!(*run, Run::Over) {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "stopped before it began"));
        }
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().expect("stdout is piped");
        *run = Run::Started { child, alone };
        Ok(stdout)
    }

    /// Stops the program unless it has ended; where it has a process group of its own, all of that. One that hasn't started
    /// never does.
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

    /// Waits for its end; `None` where it doesn't come in time or somebody stopped it.
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

/// Stops a program when whoever waits for it gives up: a signal ends the run, and with it what it started.
#[derive(Debug)]
pub(crate) struct StopOnDrop(pub(crate) Leash);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Runs the program and takes the one line it prints.
///
/// It runs as it stands in the profile, program and arguments, without a shell. stdin is empty, stderr is the
/// terminal's. What it prints is never shown. One that fails, prints nothing or more than one line is exit 3; one that
/// takes longer than its leash is stopped, and where no terminal is at hand so is all that it started itself: exit 11.
pub(super) fn run(leash: &Leash, profile: &str, command: &[String]) -> Result<SecretString, Error> {
    let limit = leash.limit;
    let Some((program, arguments)) = command.split_first() else {
        return Err(Error::usage(format!("the secret_command of profile '{profile}' is empty")));
    };
    let failed = |exit, why: String| {
        Error::new(exit, format!("the secret_command of profile '{profile}' failed"))
            .because(why)
            .about(profile)
            .hint(format!("run {program} by hand; it must print the secret, on one line, and nothing else"))
    };
    let deadline = Instant::now() + limit;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    // What is portgate's own is not the program's: the secrets of other profiles least of all.
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
        let limit = limit.as_secs_f64();
        return Err(failed(Exit::Timeout, format!("{program} did not end within {limit} s and was stopped"))
            .retryable());
    };
    if !status.success() {
        return Err(failed(Exit::Authentication, format!("{program} ended with {status}")));
    }
    let text = String::from_utf8(printed.bytes())
        .map_err(|_| failed(Exit::Authentication, "what it printed is not text".to_owned()))?;
    clean("what it printed", &SecretString::from(text))
        .map_err(|error| failed(Exit::Authentication, error.message))
}

/// What the program prints, read on a thread of its own: something that it started may keep its stdout open for ever.
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

    /// All of it, once the program has ended.
    fn bytes(&self) -> Vec<u8> {
        let _ = self.ended.recv_timeout(LAST_BYTES);
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Puts the program into a process group of its own, so that it can be stopped with all that it starts. Not where somebody
/// may be asked for a PIN: only the group in front may read from a terminal.
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
        let error = run(&Leash::new(LIMIT), "example", &command(&["printf", "s3cret\nmore"])).unwrap_err();
        assert_eq!(error.exit, Exit::Authentication);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }

    #[test]
    fn a_failure_and_a_missing_program_are_told() {
        let failed = run(&Leash::new(LIMIT), "example", &command(&["false"])).unwrap_err();
        assert!(failed.reason.unwrap().contains("false ended with"));
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
        assert!(error.reason.unwrap().contains("stopped before it began"));
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
