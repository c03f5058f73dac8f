//! Reads the policy file of a run.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use clap::Args;
use sha2::{Digest as _, Sha256};

use crate::domain::policy::Policy;
use crate::domain::policy::problem::Problem;
use crate::domain::policy::read::{Reading, read};
use crate::error::{Error, Hint};
use crate::files::{LARGEST, read_regular_text};
use crate::session::context::Context;
use crate::text::words::shell_word;

/// Errors named when a policy can't be used.
const MOST_NAMED: usize = 3;

/// Where the policy is.
#[derive(Debug, Args)]
pub(super) struct FileArgs {
    /// Policy file
    #[arg(short, long, value_name = "FILE", default_value = "portgate-policy.toml")]
    pub(crate) file: PathBuf,
}

/// Reads a policy file, including invalid ones.
pub(super) fn read_file(file: &Path) -> Result<Reading, Error> {
    let (text, about) = read_regular_text(file, LARGEST).map_err(|error| {
        let unread =
            Error::usage(format!("could not read policy file {}", file.display())).reason(error.to_string());
        if error.kind() == std::io::ErrorKind::NotFound {
            unread.hint(Hint::call("choose a file with --file, or create one: ", "policy init"))
        } else {
            unread
        }
    })?;
    check_permissions(file, &about)?;
    let mut reading = read(&text);
    if let Some(policy) = &mut reading.policy {
        policy.hash = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    }
    Ok(reading)
}

/// Reads a policy that is to be used; warnings are said.
pub(super) fn load(context: &Context, file: &Path) -> Result<Policy, Error> {
    let Reading { policy, problems } = read_file(file)?;
    match policy {
        Some(policy) => {
            for problem in &problems {
                context.terminal.warn(&format!("{}: {problem}", file.display()));
            }
            Ok(policy)
        }
        None => Err(unusable_error(file, &problems)),
    }
}

pub(super) fn unusable_error(file: &Path, problems: &[Problem]) -> Error {
    let mut errors: Vec<String> =
        problems.iter().filter(|problem| problem.is_error()).map(ToString::to_string).collect();
    let more = errors.len().saturating_sub(MOST_NAMED);
    errors.truncate(MOST_NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let check = format!("policy check --file {}", shell_word(&file.display().to_string()));
    Error::usage(format!("invalid policy file {}", file.display()))
        .reason(errors.join("; ") + &more)
        .hint(Hint::call("see all problems: ", check))
        .resource(file.display().to_string())
}

/// Checks the policy's environment before any request.
pub(super) fn check_environment(context: &Context, policy: &Policy) -> Result<(), Error> {
    let here = context.target()?.environment;
    match policy.environment.filter(|&meant| meant != here) {
        None => Ok(()),
        Some(meant) => {
            Err(Error::usage(format!("the policy is for {meant}, but this environment is {here}"))
                .hint("choose the environment with --env or --profile, or another policy with --file"))
        }
    }
}

/// Refuses a policy file that everyone can change.
#[cfg(unix)]
fn check_permissions(file: &Path, about: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    if about.permissions().mode() & 0o002 != 0 {
        return Err(Error::usage(format!("policy file {} is writable by everyone", file.display()))
            .reason("anyone could change what is accepted and billed")
            .hint(format!("run `chmod o-w {}`", file.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_permissions(_: &Path, _: &Metadata) -> Result<(), Error> {
    Ok(())
}
