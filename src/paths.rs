//! Where portgate keeps its files.

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy, Xdg};

use crate::error::Error;
use crate::exit::Exit;
use crate::process_environment::ProcessEnvironment;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Settings: `PORTGATE_CONFIG_DIR`, else `$XDG_CONFIG_HOME/portgate`.
    pub(crate) config: PathBuf,
    /// What must not be lost (the journal, the sandbox): `$XDG_DATA_HOME/portgate`.
    pub(crate) data: PathBuf,
    /// What may be deleted at any time (the id map): `$XDG_CACHE_HOME/portgate`.
    pub(crate) cache: PathBuf,
    /// The journal of decisions: `PORTGATE_JOURNAL`, else in the data folder.
    pub(crate) journal: PathBuf,
}

impl Paths {
    pub(crate) fn resolve(environment: &ProcessEnvironment) -> Result<Self, Error> {
        let folder = |variable: &str, below_home: &str| -> Result<PathBuf, Error> {
            // An XDG variable that is no absolute path is to be ignored, says the XDG specification.
            if let Some(folder) = environment.path(variable).filter(|folder| folder.is_absolute()) {
                return Ok(folder.join("portgate"));
            }
            match environment.path("HOME") {
                Some(home) => Ok(home.join(below_home).join("portgate")),
                None => Xdg::new()
                    .map(|base| base.home_dir().join(below_home).join("portgate"))
                    .map_err(|_| Error::new(Exit::Other, "no home folder is known").hint("set HOME")),
            }
        };
        let config = match environment.path("PORTGATE_CONFIG_DIR") {
            Some(folder) => folder,
            None => folder("XDG_CONFIG_HOME", ".config")?,
        };
        let data = folder("XDG_DATA_HOME", ".local/share")?;
        let cache = folder("XDG_CACHE_HOME", ".cache")?;
        let journal = environment.path("PORTGATE_JOURNAL").unwrap_or_else(|| data.join("journal.jsonl"));
        Ok(Paths { config, data, cache, journal })
    }

    /// The sandbox's database where no `--db` is given.
    pub(crate) fn sandbox_db(&self) -> PathBuf {
        self.data.join("sandbox.db")
    }

    /// The map from approval ids to VXCs that `approvals list` keeps.
    pub(crate) fn id_map(&self) -> PathBuf {
        self.cache.join("approval-ids.json")
    }
}
