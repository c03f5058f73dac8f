//! What the process was started with, read once, so that nothing below looks at global state.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::error::Error;

/// The environment variables of the process. Commands read them from here only.
#[derive(Debug, Clone, Default)]
pub struct ProcessEnvironment {
    variables: HashMap<OsString, OsString>,
}

impl ProcessEnvironment {
    /// The variables of this process.
    pub fn from_process() -> Self {
        ProcessEnvironment { variables: std::env::vars_os().collect() }
    }

    /// An environment of the given variables only.
    ///
    /// ```
    /// let environment = portgate::ProcessEnvironment::from_variables([("CI", "true")]);
    /// assert_eq!(environment.text("CI"), Some("true"));
    /// assert_eq!(environment.text("HOME"), None);
    /// ```
    pub fn from_variables<K: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        ProcessEnvironment {
            variables: variables.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
        }
    }

    /// The variables whose names don't start so.
    pub(crate) fn without(&self, prefix: &str) -> Self {
        let is_kept = |name: &OsStr| !name.as_encoded_bytes().starts_with(prefix.as_bytes());
        let kept = self.variables.iter().filter(|(name, _)| is_kept(name));
        ProcessEnvironment { variables: kept.map(|(name, value)| (name.clone(), value.clone())).collect() }
    }

    /// A variable's value as it is; an empty one counts as absent.
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A variable's value as text; absent when empty or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).and_then(OsStr::to_str)
    }

    /// A variable's value as text, where another than the one meant would be chosen for one that can't be read.
    pub(crate) fn text_or_error(&self, name: &str) -> Result<Option<&str>, Error> {
        let not_text = || Error::usage(format!("{name} is not UTF-8 text"));
        self.raw(name).map(|value| value.to_str().ok_or_else(not_text)).transpose()
    }

    /// A variable's value as `read` takes it; what is wrong with it is told with its name.
    pub(crate) fn parse<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Error> {
        self.text(name)
            .map(|text| read(text).map_err(|reason| Error::usage(format!("{name}: {reason}"))))
            .transpose()
    }

    /// A variable that holds a path.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    /// Whether a switch is on: set, and none of `0`, `false`, `no`, `off`.
    pub fn is_on(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|value| {
            !matches!(value.to_string_lossy().to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off")
        })
    }
}
