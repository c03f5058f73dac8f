//! What `portgate version` says about the build: the commit, its time, the target and the compiler. Nothing in it depends on
//! the time or the folder of the build, so the same source gives the same binary.
//!
//! The commit comes from the first of these that there is:
//! - `PORTGATE_COMMIT`, set by whoever builds a package, with `SOURCE_DATE_EPOCH` as its time
//! - `.cargo_vcs_info.json`, which `cargo package` writes
//! - git, in the top folder of a clone, in release builds. Other builds would be compiled again after each commit.

#![allow(clippy::print_stdout, reason = "Cargo reads it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What the package is compiled from.
const SOURCES: [&str; 5] = ["src", "build.rs", "Cargo.toml", "Cargo.lock", ".cargo"];

/// The commit that is built.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// Its hash, or the start of it; empty if it is unknown.
    pub hash: String,
    /// Its time, in seconds since the Unix epoch.
    pub time: Option<i64>,
    /// Whether the sources differ from it.
    pub is_modified: Option<bool>,
}

fn main() {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    let text = |name| env::var(name).unwrap_or_default();
    for name in ["PORTGATE_COMMIT", "SOURCE_DATE_EPOCH"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    let commit = match given(&text("PORTGATE_COMMIT"), &text("SOURCE_DATE_EPOCH")) {
        Ok(Some(given)) => Some(given),
        Ok(None) if folder.join(".cargo_vcs_info.json").is_file() => {
            println!("cargo::rerun-if-changed=.cargo_vcs_info.json");
            packaged(&folder)
        }
        Ok(None) if text("PROFILE") == "release" => {
            let found = from_git(&folder);
            for path in found.iter().flat_map(|_| watched(&folder)) {
                println!("cargo::rerun-if-changed={}", path.display());
            }
            found
        }
        Ok(None) => None,
        Err(why) => {
            println!("cargo::error={why}");
            return;
        }
    };
    let commit = commit.unwrap_or_default();
    println!("cargo::rustc-env=PORTGATE_BUILD_COMMIT={}", commit.hash);
    println!(
        "cargo::rustc-env=PORTGATE_BUILD_TIME={}",
        commit.time.map_or_else(String::new, |time| time.to_string())
    );
    let modified = commit.is_modified.map_or_else(String::new, |is_modified| is_modified.to_string());
    println!("cargo::rustc-env=PORTGATE_BUILD_MODIFIED={modified}");
    println!("cargo::rustc-env=PORTGATE_BUILD_TARGET={}", text("TARGET"));
    println!("cargo::rustc-env=PORTGATE_BUILD_RUST={}", rust_version().unwrap_or_default());
}

/// The commit that a packager gives.
pub fn given(commit: &str, epoch: &str) -> Result<Option<Commit>, String> {
    if commit.is_empty() {
        return Ok(None);
    }
    if !is_hash(commit) {
        return Err(format!("PORTGATE_COMMIT is '{commit}': use the hash of a commit, such as 3bab7063"));
    }
    let time = match epoch {
        "" => None,
        epoch => Some(epoch.parse().map_err(|_| {
            format!("SOURCE_DATE_EPOCH is '{epoch}': use the commit's time in seconds since 1970")
        })?),
    };
    Ok(Some(Commit { hash: commit.to_ascii_lowercase(), time, is_modified: None }))
}

/// The commit of an unpacked package, which says neither its time nor, if it isn't modified, that.
pub fn packaged(folder: &Path) -> Option<Commit> {
    let text = fs::read_to_string(folder.join(".cargo_vcs_info.json")).ok()?;
    let compact: String = text.split_whitespace().collect();
    let (_, rest) = compact.split_once("\"sha1\":\"")?;
    let (hash, _) = rest.split_once('"')?;
    is_hash(hash).then(|| Commit {
        hash: hash.to_owned(),
        time: None,
        is_modified: Some(compact.contains("\"dirty\":true")),
    })
}

/// The commit that is checked out, if this folder is the top of a clone or worktree: that of a folder further up would be of
/// another project.
pub fn from_git(folder: &Path) -> Option<Commit> {
    if !folder.join(".git").exists() {
        return None;
    }
    let shown = git(folder, &["show", "--no-patch", "--no-show-signature", "--format=%H %ct", "HEAD"])?;
    let (hash, time) = shown.trim().split_once(' ')?;
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(SOURCES.iter().filter(|name| folder.join(name).exists()));
    let is_modified = git(folder, &status).map(|changes| !changes.trim().is_empty());
    is_hash(hash).then(|| Commit { hash: hash.to_owned(), time: time.parse().ok(), is_modified })
}

/// The files that change with the commit, and the sources.
pub fn watched(folder: &Path) -> Vec<PathBuf> {
    let of_git = |name: &str| {
        let path = git(folder, &["rev-parse", "--git-path", name])?;
        Some(folder.join(path.trim_end_matches('\n')))
    };
    let mut paths: Vec<PathBuf> = SOURCES.iter().map(|name| folder.join(name)).collect();
    paths.extend(["HEAD", "packed-refs", "reftable"].iter().filter_map(|name| of_git(name)));
    if let Some(branch) = git(folder, &["symbolic-ref", "--quiet", "HEAD"])
        && let Some(path) = of_git(branch.trim())
    {
        // A branch that is packed gets a file of its own with its next commit.
        paths.extend(path.ancestors().find(|path| path.exists()).map(Path::to_path_buf));
    }
    // Cargo would run the script each time for a path that doesn't exist.
    paths.retain(|path| path.exists());
    paths
}

/// What git prints, if it succeeds.
fn git(folder: &Path, args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("--no-optional-locks").args(args).current_dir(folder).env("LC_ALL", "C");
    // As they are in a hook, for example: of another repository.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}

fn is_hash(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The version of the compiler, such as 1.95.0.
fn rust_version() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split(' ').nth(1).map(|version| version.trim().to_owned())
}
