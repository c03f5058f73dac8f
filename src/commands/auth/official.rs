//! Reads keys from the configuration file of the official Megaport CLI.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::files::{LARGEST, read_regular_text};
use crate::process_environment::ProcessEnvironment;

/// A profile of the official CLI.
#[derive(Debug)]
pub(super) struct Foreign {
    pub(super) name: String,
    /// As written in the file; the default of that CLI is production.
    pub(super) environment: String,
    pub(super) access_key: Option<String>,
    pub(super) secret_key: Option<SecretString>,
    /// Whether it is the active profile.
    pub(super) active: bool,
}

/// The path of the file: `$MEGAPORT_CONFIG_DIR/config.json`, else `~/.megaport/config.json`.
pub(super) fn default_path(environment: &ProcessEnvironment) -> Result<PathBuf, Error> {
    let folder = environment
        .path("MEGAPORT_CONFIG_DIR")
        .or_else(|| environment.path("HOME").map(|home| home.join(".megaport")));
    folder
        .map(|folder| folder.join("config.json"))
        .ok_or_else(|| Error::usage("no home directory found").hint("name the file with --from FILE"))
}

pub(super) fn read(path: &Path) -> Result<Vec<Foreign>, Error> {
    let wrong = |why: String| {
        Error::usage(format!("could not read the configuration of the official CLI from {}", path.display()))
            .reason(why)
            .hint("choose another file with --from FILE")
    };
    let (text, _) = read_regular_text(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    parse(&text).map_err(wrong)
}

fn parse(text: &str) -> Result<Vec<Foreign>, String> {
    // The parser's message may contain secrets, so only report the position.
    let file: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| format!("line {} column {} is invalid", error.line(), error.column()))?;
    let nothing = Map::new();
    let profiles = match file.get("profiles") {
        None | Some(Value::Null) => &nothing,
        Some(profiles) => profiles.as_object().ok_or("'profiles' is not an object")?,
    };
    let active = file.get("active_profile").and_then(Value::as_str);
    let field = |profile: &Value, name: &str| {
        let text = profile.get(name).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Ok(profiles
        .iter()
        .map(|(name, profile)| Foreign {
            name: name.clone(),
            environment: field(profile, "environment").unwrap_or_else(|| "production".to_owned()),
            access_key: field(profile, "access_key"),
            secret_key: field(profile, "secret_key").map(SecretString::from),
            active: active == Some(name),
        })
        .collect())
}

/// A valid profile name for an arbitrary name of the official CLI.
pub(super) fn own_name(name: &str) -> String {
    let is_kept = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let kept = name.replace(|character| !is_kept(character), "-");
    let kept: String = kept.chars().take(64).collect();
    let kept = kept.trim_start_matches(|first: char| !first.is_ascii_alphanumeric());
    if kept.is_empty() { "imported".to_owned() } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_file_is_read_whatever_else_it_holds() {
        let text = r#"{"version": 1, "active_profile": "lab", "defaults": {"output": "json"}, "profiles": {
            "lab": {"access_key": " id ", "secret_key": "s3cret", "environment": "staging", "description": "", "new": 1},
            "empty": {"access_key": "", "secret_key": null}}}"#;
        let profiles = parse(text).unwrap();
        let lab = &profiles[0];
        assert_eq!((lab.name.as_str(), lab.environment.as_str(), lab.active), ("lab", "staging", true));
        let secret = lab.secret_key.as_ref().map(ExposeSecret::expose_secret);
        assert_eq!((lab.access_key.as_deref(), secret), (Some("id"), Some("s3cret")));
        assert_eq!((&profiles[1].access_key, profiles[1].environment.as_str()), (&None, "production"));
        assert!(!format!("{profiles:?}").contains("s3cret"));
        assert!(parse("{}").unwrap().is_empty());
    }

    #[test]
    fn damage_is_told_without_what_is_there() {
        for (text, told) in
            [("s3cret", "line 1"), ("{\"profiles\": \"s3cret\"}", "'profiles'"), ("[]", "line 1")]
        {
            let why = parse(text).unwrap_err();
            assert!(why.contains(told) && !why.contains("s3cret"), "{why}");
        }
    }

    #[test]
    fn names_are_made_to_fit() {
        assert_eq!(own_name("my profile/1"), "my-profile-1");
        assert_eq!(own_name("-.x"), "x");
        assert_eq!(own_name("日本"), "imported");
    }
}
