//! The blocks of the README and the book that a shell runs without showing what is printed; `shown` runs the others.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{blocks, pages, read};
use crate::common::Home;

/// Blocks that aren't run, by how they begin, and why.
const NOT_RUN: [(&str, &str); 13] = [
    ("apt-get update", "it installs packages and Rust"),
    ("cargo run", "it builds the project"),
    ("cargo install", "it builds the project"),
    ("portgate auth login --profile", "it logs in to a real company"),
    ("portgate auth login --client-id", "it logs in to a real company"),
    ("portgate --profile example-prod approvals list", "its profile has the key of a real company"),
    ("sudo -u postgres createdb", "it works as the system's postgres; `team` and `claims` do what it does"),
    ("portgate sandbox serve --fault", "it runs until it is interrupted"),
    ("head -n 1 ledger.jsonl", "its file is elsewhere; `ledger::verify` computes the same hash"),
    (
        "portgate ledger export > ledger.jsonl",
        "its files are those of several runners; `ledger` does what it does",
    ),
    ("cargo build", "it is what runs this test"),
    ("PORTGATE_REGENERATE=1 cargo test", "it is what runs this test"),
    ("portgate approvals review", "it asks; `approvals_review` answers"),
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

/// The text of the blocks of all pages whose info begins with a word, with their pages.
fn all(language: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for page in pages() {
        let text = read(&page);
        let of_language = blocks(&text).into_iter().filter(|block| block.info == language);
        found.extend(of_language.map(|block| (page.clone(), text[block.text].to_owned())));
    }
    found
}

/// Runs a script in an empty home with portgate on its PATH.
#[track_caller]
fn runs(place: &str, script: &str) {
    let folder = Path::new(env!("CARGO_BIN_EXE_portgate")).parent().unwrap();
    let home = Home::new();
    let output = Command::new("sh")
        .args(["-e", "-c", &as_tested(script)])
        .env_clear()
        .env("HOME", home.path())
        .env("MEGAPORT_ENVIRONMENT", "sandbox")
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()))
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{place}: {script}\n{stdout}\n{stderr}");
    assert!(!stderr.contains("error:"), "{place}: {script}\n{stderr}");
}

#[test]
fn d15_every_sh_block_of_the_readme_and_the_book_runs() {
    let blocks = all("sh");
    for (begin, why) in NOT_RUN {
        assert!(
            blocks.iter().any(|(_, block)| block.starts_with(begin)),
            "no block begins with {begin} ({why})"
        );
    }
    let is_run = |block: &str| !NOT_RUN.iter().any(|(begin, _)| block.starts_with(begin));
    let blocks: Vec<_> = blocks.iter().filter(|(_, block)| is_run(block)).collect();
    assert!(blocks.len() >= 6, "{} blocks are run", blocks.len());
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    for (page, block) in blocks {
        if block.contains("curl ") && !has_curl {
            // Past the capture of a passing test's output: a skipped block should be seen.
            let _ = writeln!(std::io::stderr(), "skipped a block of {page}: curl is not installed");
            continue;
        }
        runs(page, block);
    }
}

/// The scripts of a workflow's steps: what is below `run: |`, and the rest of a line `run: ...`.
fn steps(workflow: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut lines = workflow.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((before, script)) = line.split_once("run: ") else { continue };
        if script != "|" {
            steps.push(script.to_owned());
            continue;
        }
        let depth = before.len() + 1;
        let mut script = String::new();
        while let Some(line) = lines.next_if(|line| line.len() - line.trim_start().len() >= depth) {
            script.push_str(&format!("{}\n", line.trim_start()));
        }
        steps.push(script);
    }
    steps
}

#[test]
fn d15_the_steps_of_the_workflows_run_one_after_the_other() {
    let workflows = all("yaml");
    assert!(!workflows.is_empty(), "there is an example workflow");
    for (page, workflow) in workflows {
        // A pipeline's portgate is on its PATH already, and its policy is in the repository.
        let steps: Vec<String> =
            steps(&workflow).into_iter().filter(|step| !step.contains("install")).collect();
        assert!(steps.len() > 1, "{page}: {workflow}");
        runs(&page, &format!("portgate policy init\n{}", steps.join("\n")));
    }
}

#[test]
fn d15_the_settings_of_the_book_are_read() {
    let settings = all("toml");
    assert!(!settings.is_empty(), "there is an example of config.toml");
    for (page, settings) in settings {
        let home = Home::new();
        home.write("config/portgate/config.toml", &settings);
        let profiles = home.portgate("profile list -o json").run();
        assert!(profiles.exits(0).json()[0]["name"].is_string(), "{page}: {settings}");
    }
}
