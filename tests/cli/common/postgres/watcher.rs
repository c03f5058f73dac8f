//! What ends a server and removes its folder, however the test ends.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::programs::{Programs, run};
use crate::common::turn_to_start;

/// A server's processes are those that work in its data folder, also once their postmaster is gone. `end` removes as well
/// what a power failure wouldn't have left: the shared memory that the lock file names, and the locks, whose process ids
/// may be others' by now.
const FUNCTIONS: &str = r#"
send() {
    found=1
    for process in /proc/[0-9]*; do
        if [ "$process/cwd" -ef "$1/data" ] && kill -"$2" "${process#/proc/}" 2>/dev/null; then found=0; fi
    done
    return $found
}
end() {
    attempts=0
    while send "$1" KILL; do
        attempts=$((attempts + 1))
        if [ $attempts -gt 1000 ]; then echo "processes of $1 can't be killed" >&2; return 1; fi
        sleep 0.01
    done
    if [ -f "$1/data/postmaster.pid" ]; then
        memory=$(sed -n '7s/.* //p' "$1/data/postmaster.pid")
        if [ -n "$memory" ]; then ipcrm -m "$memory" || :; fi
    fi
    rm -f "$1/data/postmaster.pid" "$1"/.s.PGSQL.*
}
"#;

const WATCH: &str = r#"
folder=$(mktemp -d /tmp/portgate-postgres-XXXXXX) || exit
echo "$folder"
exec >/dev/null
while read -r _; do :; done
end "$folder"
rm -rf "$folder"
"#;

/// A shell that holds a pipe from this process. The pipe closes when the value is dropped, and also when the process ends
/// in any other way: by returning from `main`, which drops no statics, by a panic that aborts, or by SIGKILL. Then the
/// shell kills the server and removes the folder. It has a process group of its own, which Ctrl-C and `timeout` don't
/// reach, and keeps our stderr open, so that whoever reads that to its end knows that everything is gone.
pub(super) struct Watcher {
    shell: Child,
    folder: PathBuf,
}

impl Watcher {
    /// Starts one with an empty folder, which only the server's user can enter. It is in `/tmp`, since that user may not
    /// reach our own folder for temporary files, and the path of a socket must be short.
    pub(super) fn start(programs: &Programs) -> Self {
        let mut command = programs.server("/bin/sh");
        command.args(["-c", &format!("{FUNCTIONS}{WATCH}")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0);
        let turn = turn_to_start();
        let mut shell = command.spawn().unwrap();
        drop(turn);
        let mut folder = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut folder).unwrap();
        assert!(folder.starts_with("/tmp/"), "no folder for PostgreSQL: {folder:?}");
        Watcher { shell, folder: PathBuf::from(folder.trim_end()) }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Kills all processes of the server at once and waits until they are gone.
    #[track_caller]
    pub(super) fn kill(&self, programs: &Programs) {
        self.call(programs, "end \"$0\"");
    }

    /// Suspends all processes of the server. The second time reaches those that the postmaster started in the meantime.
    #[track_caller]
    pub(super) fn suspend(&self, programs: &Programs) {
        self.call(programs, "send \"$0\" STOP && send \"$0\" STOP");
    }

    #[track_caller]
    pub(super) fn resume(&self, programs: &Programs) {
        self.call(programs, "send \"$0\" CONT");
    }

    #[track_caller]
    fn call(&self, programs: &Programs, call: &str) {
        let mut command = programs.server("/bin/sh");
        command.args(["-c", &format!("{FUNCTIONS}{call}")]).arg(&self.folder);
        run(&mut command).unwrap_or_else(|output| panic!("{output}"));
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}
