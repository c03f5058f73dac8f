//! The company portgate acts for.

use serde::{Deserialize, Serialize};

use crate::text::Uid;

/// What is known about the caller's company, never guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Company {
    pub(crate) uid: Option<Uid>,
    pub(crate) name: Option<String>,
    /// Its number, as the service approval queue names companies.
    pub(crate) id: Option<i64>,
}

/// A managed account: the company that a partner acts for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) uid: Uid,
    pub(crate) name: Option<String>,
    /// Whether another account of the partner has the same name.
    #[serde(skip)]
    pub(crate) shares_name: bool,
}

impl Account {
    /// Its name, with its uid where the name alone could mean another.
    pub(crate) fn label(&self) -> String {
        match &self.name {
            Some(name) if self.shares_name => format!("{name} ({})", self.uid),
            Some(name) => name.clone(),
            None => self.uid.to_string(),
        }
    }

    pub(crate) fn company(&self) -> Company {
        Company { uid: Some(self.uid.clone()), name: self.name.clone(), id: None }
    }
}

impl Company {
    /// Its name, UID, or a placeholder.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().or(self.uid.as_ref().map(Uid::as_str)).unwrap_or("unknown company")
    }

    pub(crate) fn has_uid(&self, uid: Option<&Uid>) -> bool {
        self.uid.is_some() && self.uid.as_ref() == uid
    }
}
