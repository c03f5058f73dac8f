//! `portgate version`.

use clap::Args;
use jiff::Timestamp;
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
    /// The commit it was built from, if the build knows it (`build.rs`).
    commit: Option<&'static str>,
    committed_at: Option<Timestamp>,
    /// Whether the sources differed from the commit.
    modified: Option<bool>,
    target: &'static str,
    features: Vec<&'static str>,
    rust: &'static str,
}

pub(super) fn fields() -> Vec<String> {
    fields::paths_of(&Version::default())
}

pub(super) fn run(context: &Context, _: VersionArgs) -> anyhow::Result<Exit> {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        commit: Some(env!("PORTGATE_BUILD_COMMIT")).filter(|commit| !commit.is_empty()),
        committed_at: env!("PORTGATE_BUILD_TIME")
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok()),
        modified: env!("PORTGATE_BUILD_MODIFIED").parse().ok(),
        target: env!("PORTGATE_BUILD_TARGET"),
        features: vec!["keyring", "credentials-file", "sandbox"],
        rust: env!("PORTGATE_BUILD_RUST"),
    };
    context.write_record(&lines(&version), &json!(version))?;
    Ok(Exit::Done)
}

fn lines(version: &Version) -> Vec<String> {
    let commit = version.commit.map_or_else(
        || "unknown".to_owned(),
        |commit| {
            let at = version.committed_at.map(|at| format!(" of {at}")).unwrap_or_default();
            let modified = if version.modified == Some(true) { ", modified" } else { "" };
            format!("{commit}{at}{modified}")
        },
    );
    vec![
        format!("portgate {}", version.version),
        format!("commit: {commit}"),
        format!("target: {}", version.target),
        format!("features: {}", version.features.join(", ")),
        format!("Rust: {}", version.rust),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit_line(version: Version) -> String {
        lines(&version).remove(1)
    }

    #[test]
    fn the_commit_is_said_as_far_as_it_is_known() {
        let of = |committed_at, modified| {
            let version = Version { commit: Some("3bab7063"), committed_at, modified, ..Version::default() };
            commit_line(version)
        };
        let at = Timestamp::from_second(1_764_298_655).ok();
        assert_eq!(of(at, Some(false)), "commit: 3bab7063 of 2025-11-28T02:57:35Z");
        assert_eq!(of(at, Some(true)), "commit: 3bab7063 of 2025-11-28T02:57:35Z, modified");
        assert_eq!(of(None, None), "commit: 3bab7063");
        assert_eq!(commit_line(Version::default()), "commit: unknown");
    }
}
