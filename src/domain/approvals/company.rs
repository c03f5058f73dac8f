//! The company portgate acts for.

use serde::{Deserialize, Serialize};

/// What is known of the caller's company. Nothing of it is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Its uid.
    pub uid: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its number, as the service approval queue names companies.
    pub id: Option<i64>,
}

impl Company {
    /// Its name, or else its uid, or else a word that says neither is known.
    pub fn label(&self) -> &str {
        self.name.as_deref().or(self.uid.as_deref()).unwrap_or("company not known")
    }

    /// Whether this uid is the company's.
    pub fn is(&self, uid: Option<&str>) -> bool {
        self.uid.is_some() && self.uid.as_deref() == uid
    }
}
