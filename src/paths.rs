//! Paths of portgate's files.

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy, Xdg};

use crate::error::Error;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Settings: `PORTGATE_CONFIG_DIR`, or `$XDG_CONFIG_HOME/portgate`.
    pub(crate) config: PathBuf,
    /// Persistent data (the ledger, the sandbox): `$XDG_DATA_HOME/portgate`.
    pub(crate) data: PathBuf,
    /// Data that can be deleted at any time (the ID map): `$XDG_CACHE_HOME/portgate`.
    pub(crate) cache: PathBuf,
    /// The ledger on this machine, where none is named.
    pub(crate) ledger: PathBuf,
}

impl Paths {
    pub(crate) fn resolve(environment: &ProcessEnvironment) -> Result<Self, Error> {
        let folder = |variable: &str, below_home: &str| -> Result<PathBuf, Error> {
            // The XDG specification requires ignoring variables with relative paths.
            if let Some(folder) = environment.path(variable).filter(|folder| folder.is_absolute()) {
                return Ok(folder.join("portgate"));
            }
            match environment.path("HOME") {
                Some(home) => Ok(home.join(below_home).join("portgate")),
                None => Xdg::new()
                    .map(|base| base.home_dir().join(below_home).join("portgate"))
                    .map_err(|_| Error::new(Exit::Other, "no home directory found").hint("set HOME")),
            }
        };
        let config = match environment.path("PORTGATE_CONFIG_DIR") {
            Some(folder) => folder,
            None => folder("XDG_CONFIG_HOME", ".config")?,
        };
        let data = folder("XDG_DATA_HOME", ".local/share")?;
        let cache = folder("XDG_CACHE_HOME", ".cache")?;
        let ledger = data.join("ledger.jsonl");
        Ok(Paths { config, data, cache, ledger })
    }

    /// The default path of the sandbox's database.
    pub(crate) fn sandbox_db(&self) -> PathBuf {
        self.data.join("sandbox.db")
    }

    /// The map from approval IDs to VXCs written by `approvals list`.
    pub(crate) fn id_map(&self) -> PathBuf {
        self.cache.join("approval-ids.json")
    }
}
