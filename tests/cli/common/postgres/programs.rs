//! PostgreSQL's programs: where they are, and how one is run to its end.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::common::turn_to_start;

/// How long a program may hang before it is killed: a failure of the test, never a measurement.
pub(super) const WATCHDOG: Duration = Duration::from_secs(60);

/// The folder that holds them.
#[derive(Clone)]
pub(super) struct Programs(PathBuf);

impl Programs {
    /// The newest of Debian's packages, else those in `PATH`.
    pub(super) fn find() -> Option<Self> {
        let packaged = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut versions: Vec<(u32, PathBuf)> = packaged
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        versions.sort_unstable();
        let path = env::var_os("PATH").unwrap_or_default();
        let newest_first = versions.into_iter().rev().map(|(_, folder)| folder);
        newest_first
            .chain(env::split_paths(&path))
            .find(|folder| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file()))
            .map(Programs)
    }

    /// A program run as ourselves, in an emptied environment.
    pub(super) fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.empty_environment(&mut command);
        command
    }

    /// A program run as the server's user: `postgres` instead of root, as which PostgreSQL refuses to run.
    pub(super) fn server(&self, program: &str) -> Command {
        if !geteuid().is_root() {
            return self.client(program);
        }
        let mut command = self.client("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", program]);
        command
    }

    fn empty_environment(&self, command: &mut Command) {
        let path = env::join_paths([&self.0, Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        command
            .env_clear()
            .current_dir("/")
            .env("HOME", "/nonexistent")
            .env("PATH", path)
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
    }
}

/// Runs a program to its end: what it wrote to stdout, or all that it wrote if it failed.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let turn = turn_to_start();
    let child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
    drop(turn);
    let process = Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(WATCHDOG) else {
        let _ = kill_process(process, Signal::KILL);
        return Err(format!("{command:?} hung and was killed after {WATCHDOG:?}"));
    };
    let output = output.unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if output.status.success() {
        Ok(stdout)
    } else {
        Err(format!("{command:?}: {}\n{stdout}{stderr}", output.status))
    }
}
