//! `portgate version`.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::exit::Exit;
use crate::render::fields;
use crate::session::context::Context;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate version
  portgate version -o json")]
pub(crate) struct VersionArgs {}

/// The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Version {
    version: &'static str,
    /// The commit it was built from, where the build sets `PORTGATE_COMMIT`.
    commit: Option<&'static str>,
    target: String,
    features: Vec<&'static str>,
}

pub(super) fn fields() -> Vec<String> {
    fields::paths_of(&Version::default())
}

pub(super) fn run(context: &Context, _: VersionArgs) -> anyhow::Result<Exit> {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("PORTGATE_COMMIT").filter(|commit| !commit.is_empty()),
        target: target(),
        features: vec!["keyring", "credentials-file", "sandbox"],
    };
    let commit = version.commit.map(|commit| format!(", commit {commit}")).unwrap_or_default();
    let line = format!("portgate {} ({}{commit})", version.version, version.target);
    context.write_record(&[line], &json!(version))?;
    Ok(Exit::Done)
}

/// As Rust names targets, as far as a program knows its own.
fn target() -> String {
    let library = match () {
        () if cfg!(target_env = "gnu") => "-gnu",
        () if cfg!(target_env = "musl") => "-musl",
        () if cfg!(target_env = "msvc") => "-msvc",
        () => "",
    };
    format!("{}-{}{library}", std::env::consts::ARCH, std::env::consts::OS)
}
