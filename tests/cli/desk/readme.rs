//! The blocks of the README that a shell runs without showing what is printed; `tests/cli/readme.rs` runs the others.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::Home;

/// Blocks that aren't run, by how they begin, and why.
const NOT_RUN: [(&str, &str); 6] = [
    ("cargo run", "it builds the project"),
    ("portgate auth login --profile", "it logs in to a real company"),
    ("portgate auth login --client-id", "it logs in to a real company"),
    ("sudo -u postgres createdb", "it works as the system's postgres; `claims` does what it does"),
    ("export PORTGATE_LEDGER=postgres", "its database is elsewhere; `claims` runs its commands"),
    ("portgate sandbox serve --fault", "it runs until it is interrupted"),
];

/// What is different here: a pipeline has a key of its own, and a port may be taken.
fn as_tested(block: &str) -> String {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut block = block
        .replace("MEGAPORT_ENVIRONMENT=production", "MEGAPORT_ENVIRONMENT=sandbox")
        .replace("export MEGAPORT_ACCESS_KEY=... MEGAPORT_SECRET_KEY_FILE=/run/secrets/megaport", "export");
    block = block.replace("127.0.0.1:8400", &format!("127.0.0.1:{port}"));
    block = block.replace("sandbox credentials", &format!("sandbox credentials --listen 127.0.0.1:{port}"));
    if block.lines().any(|line| line.ends_with(" &")) {
        block = format!("trap 'kill $!' EXIT\n{block}");
    }
    block
}

fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let start = format!("```{language}\n");
    readme.split(&start).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn d15_every_sh_block_of_the_readme_runs() {
    let folder = Path::new(env!("CARGO_BIN_EXE_portgate")).parent().unwrap();
    let blocks = blocks("sh");
    for (begin, why) in NOT_RUN {
        assert!(blocks.iter().any(|block| block.starts_with(begin)), "no block begins with {begin} ({why})");
    }
    let mut run = 0;
    for block in blocks.iter().filter(|block| !NOT_RUN.iter().any(|(begin, _)| block.starts_with(begin))) {
        let home = Home::new();
        let output = Command::new("sh")
            .args(["-e", "-c", &as_tested(block)])
            .env_clear()
            .env("HOME", home.path())
            .env("MEGAPORT_ENVIRONMENT", "sandbox")
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()))
            .current_dir(home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{block}\n{stdout}\n{stderr}");
        assert!(!stderr.contains("error:"), "{block}\n{stderr}");
        run += 1;
    }
    assert!(run >= 5, "{run} blocks were run");
}

#[test]
fn d15_the_settings_of_the_readme_are_read() {
    for settings in blocks("toml") {
        let home = Home::new();
        home.write("config/portgate/config.toml", &settings);
        let profiles = home.portgate("profile list -o json").run();
        assert_eq!(profiles.exits(0).json()[0]["name"], "example", "{settings}");
    }
}
