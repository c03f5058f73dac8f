//! The release binary and its sandbox, as the benchmarks run them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A run in a home of its own, without anything else from the environment.
pub(crate) fn portgate(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portgate"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("PORTGATE_NO_INPUT", "1");
    command
}

/// `portgate sandbox serve`, stopped when dropped.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) url: String,
    /// An access token of the provider.
    pub(crate) token: String,
}

impl Server {
    pub(crate) fn start(home: &Path, db: &Path, more: &[&str]) -> Self {
        let mut command = portgate(home, &["sandbox", "serve", "--listen", "127.0.0.1:0", "--db"]);
        let mut process = command
            .arg(db)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        let mut credentials = portgate(home, &["sandbox", "credentials", "-o", "json", "--db"]);
        let key = credentials.arg(db).output().unwrap();
        let key: serde_json::Value = serde_json::from_slice(&key.stdout).unwrap();
        let mut token = portgate(home, &["auth", "token", "--api-url", &url]);
        token.env("MEGAPORT_ACCESS_KEY", key["client_id"].as_str().unwrap());
        token.env("MEGAPORT_SECRET_KEY", key["client_secret"].as_str().unwrap());
        let token = String::from_utf8(token.output().unwrap().stdout).unwrap();
        Server { process, url, token: token.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
