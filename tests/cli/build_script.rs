//! `build.rs`: which commit a build says it is of, and when it is compiled again because of that.

#[allow(dead_code, reason = "its main runs in the builds below")]
#[path = "../../build.rs"]
mod script;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use self::script::{Commit, from_git, given, packaged};
use crate::common::Home;

/// Whether there is git; says so if not.
fn has_git() -> bool {
    let there = Command::new("git").arg("--version").output().is_ok();
    if !there {
        // Past the capture of a passing test's output: a skipped test should be seen.
        let _ = writeln!(std::io::stderr(), "skipped: git is not installed");
    }
    there
}

fn git(folder: &Path, words: &str) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=Ana Example",
            "-c",
            "user.email=ana@example.com",
            "-c",
            "commit.gpgsign=false",
        ])
        .args(words.split(' '))
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "1764298655 +1100")
        .env("GIT_COMMITTER_DATE", "1764298655 +1100")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {words}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A crate with this build script that prints what it says, as a repository with one commit.
fn repository(folder: &Path) {
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs"), folder.join("build.rs")).unwrap();
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"says\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
    )
    .unwrap();
    fs::write(
        folder.join("src/main.rs"),
        "fn main() { println!(\"{} {} {}\", env!(\"PORTGATE_BUILD_COMMIT\"), env!(\"PORTGATE_BUILD_TIME\"), \
         env!(\"PORTGATE_BUILD_MODIFIED\")) }\n",
    )
    .unwrap();
    let lock = "version = 4\n\n[[package]]\nname = \"says\"\nversion = \"0.0.0\"\n";
    fs::write(folder.join("Cargo.lock"), lock).unwrap();
    fs::write(folder.join(".gitignore"), "/target\n").unwrap();
    fs::write(folder.join("notes.md"), "nothing\n").unwrap();
    git(folder, "init -q -b main");
    commit(folder, "first");
}

fn commit(folder: &Path, message: &str) -> String {
    git(folder, "add --all");
    git(folder, &format!("commit -q --allow-empty -m {message}"));
    git(folder, "rev-parse HEAD")
}

/// What a build says, and whether it compiled anything.
fn build(folder: &Path, more: &[&str], set: &[(&str, &str)]) -> (String, bool) {
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--offline", "--locked"]).args(more).current_dir(folder).envs(set.iter().copied());
    command.env("CARGO_TARGET_DIR", folder.join("target"));
    for name in ["PORTGATE_COMMIT", "SOURCE_DATE_EPOCH", "RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        if !set.iter().any(|(given, _)| *given == name) {
            command.env_remove(name);
        }
    }
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    let profile = if more.contains(&"--release") { "release" } else { "debug" };
    let said = Command::new(folder.join("target").join(profile).join("says")).output().unwrap();
    (String::from_utf8(said.stdout).unwrap().trim().to_owned(), told.contains("Compiling says"))
}

#[test]
fn a_release_build_follows_the_commit_and_is_not_compiled_again_for_anything_else() {
    if !has_git() {
        return;
    }
    let home = Home::new();
    let folder = &home.path().join("clone");
    repository(folder);
    let release = || build(folder, &["--release"], &[]);
    let first = git(folder, "rev-parse HEAD");
    let clean = |hash: &str| format!("{hash} 1764298655 false");
    assert_eq!(release(), (clean(&first), true));
    assert_eq!(release(), (clean(&first), false));
    fs::write(folder.join("notes.md"), "not compiled\n").unwrap();
    git(folder, "status");
    assert_eq!(release(), (clean(&first), false));
    let second = commit(folder, "second");
    assert_eq!(release(), (clean(&second), true));
    // All branches in one file; the next commit makes a new one for this branch.
    git(folder, "pack-refs --all");
    assert_eq!(release().0, clean(&second));
    assert!(!release().1);
    let third = commit(folder, "third");
    assert_eq!(release(), (clean(&third), true));
    git(folder, &format!("checkout -q {first}"));
    assert_eq!(release(), (clean(&first), true));
    git(folder, "checkout -q main");
    fs::write(folder.join("src/new.rs"), "").unwrap();
    assert_eq!(release(), (format!("{third} 1764298655 true"), true));
}

#[test]
fn a_development_build_is_not_compiled_again_for_a_commit() {
    if !has_git() {
        return;
    }
    let home = Home::new();
    let folder = &home.path().join("clone");
    repository(folder);
    assert_eq!(build(folder, &[], &[]), (String::new(), true));
    commit(folder, "second");
    assert!(!build(folder, &[], &[]).1);
    let given = [("PORTGATE_COMMIT", "3BAB7063"), ("SOURCE_DATE_EPOCH", "1764298655")];
    assert_eq!(build(folder, &[], &given), ("3bab7063 1764298655".to_owned(), true));
}

#[test]
fn clones_and_worktrees_say_their_own_commit_and_folders_within_others_none() {
    if !has_git() {
        return;
    }
    let home = Home::new();
    let origin = &home.path().join("origin");
    repository(origin);
    let first = git(origin, "rev-parse HEAD");
    git(origin, "worktree add -q -b other ../worktree");
    git(home.path(), "clone -q origin copy");
    let second = commit(origin, "second");
    let of = |name: &str| from_git(&home.path().join(name)).map(|commit| (commit.hash, commit.is_modified));
    assert_eq!(of("origin"), Some((second, Some(false))));
    assert_eq!(of("worktree"), Some((first.clone(), Some(false))));
    assert_eq!(of("copy"), Some((first, Some(false))));
    let third = commit(&home.path().join("worktree"), "third");
    assert_eq!(of("worktree"), Some((third, Some(false))));
    assert!(script::watched(&home.path().join("worktree")).iter().any(|path| path.ends_with("heads/other")));
    fs::write(home.path().join("copy/src/main.rs"), "fn main() {}").unwrap();
    assert_eq!(of("copy").unwrap().1, Some(true));
    // An unpacked archive in a repository of something else, and a repository without commits.
    fs::create_dir_all(origin.join("vendor/portgate")).unwrap();
    assert_eq!(of("origin/vendor/portgate"), None);
    fs::create_dir(home.path().join("empty")).unwrap();
    git(&home.path().join("empty"), "init -q");
    assert_eq!((of("empty"), of("missing")), (None, None));
}

#[test]
fn packages_say_the_commit_that_their_packager_gives() {
    let known = |hash: &str, time, is_modified| Commit { hash: hash.to_owned(), time, is_modified };
    assert_eq!(given("", "1764298655"), Ok(None));
    assert_eq!(given("3BAB7063", ""), Ok(Some(known("3bab7063", None, None))));
    let whole = "3bab70630c0d5d2a6a3d5d6f1f0c7f7c5a1b2c3d";
    assert_eq!(given(whole, "1764298655"), Ok(Some(known(whole, Some(1_764_298_655), None))));
    for (commit, epoch, named) in [
        ("v0.1.0", "", "PORTGATE_COMMIT"),
        ("abc", "", "PORTGATE_COMMIT"),
        ("3bab7063", "now", "SOURCE_DATE_EPOCH"),
    ] {
        assert!(given(commit, epoch).unwrap_err().contains(named), "{commit} {epoch}");
    }
    let home = Home::new();
    let packed = |text: &str| {
        home.write(".cargo_vcs_info.json", text);
        packaged(home.path())
    };
    let text = format!("{{\n  \"git\": {{\n    \"sha1\": \"{whole}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}");
    assert_eq!(packed(&text), Some(known(whole, None, Some(false))));
    let dirty = text.replace('}', ",\"dirty\": true}");
    assert_eq!(packed(&dirty), Some(known(whole, None, Some(true))));
    for nonsense in ["", "{}", "{\"git\":{\"sha1\":\"main\"}}"] {
        assert_eq!(packed(nonsense), None, "{nonsense}");
    }
}

#[test]
fn the_package_for_cargo_install_holds_what_it_is_built_from_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !has_git() || !folder.join(".git").exists() {
        return;
    }
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--locked"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packed: BTreeSet<String> =
        String::from_utf8(output.stdout).unwrap().lines().map(|path| path.replace('\\', "/")).collect();
    let files = git(
        folder,
        "ls-files --cached --others --exclude-standard -- build.rs Cargo.toml Cargo.lock src completions man README.md \
         CHANGELOG.md LICENSE-APACHE LICENSE-MIT",
    );
    let mut expected: BTreeSet<String> = files.lines().map(str::to_owned).collect();
    expected.retain(|path| folder.join(path).exists());
    expected.extend([".cargo_vcs_info.json", "Cargo.toml.orig"].map(str::to_owned));
    let differ: Vec<_> = packed.symmetric_difference(&expected).collect();
    assert!(packed.len() > 300 && differ.is_empty(), "{differ:?}");
}
