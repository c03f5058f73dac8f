//! The company portgate acts for.

use serde::{Deserialize, Serialize};

/// What is known about the caller's company, never guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Company {
    pub(crate) uid: Option<String>,
    pub(crate) name: Option<String>,
    /// Its number, as the service approval queue names companies.
    pub(crate) id: Option<i64>,
}

impl Company {
    /// Its name, UID, or a placeholder.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().or(self.uid.as_deref()).unwrap_or("unknown company")
    }

    pub(crate) fn has_uid(&self, uid: Option<&str>) -> bool {
        self.uid.is_some() && self.uid.as_deref() == uid
    }
}
