//! What `auth status` shows about an identity.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::error::Error;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::text::Uid;
use crate::text::moment::Moments;
use crate::text::words;

/// What is known about one identity.
#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct Status {
    pub(in crate::commands) environment: &'static str,
    pub(in crate::commands) api_url: Option<String>,
    pub(in crate::commands) profile: Option<String>,
    pub(in crate::commands) default: bool,
    pub(in crate::commands) company: Company,
    /// The managed account that the company acts for.
    pub(in crate::commands) on_behalf_of: Option<OnBehalfOf>,
    pub(in crate::commands) client_id: Option<String>,
    /// `keyring`, `file`, `secret_command`, `environment`, `sandbox`; null if there is no key.
    pub(in crate::commands) source: Option<&'static str>,
    pub(in crate::commands) source_detail: Option<String>,
    pub(in crate::commands) roles: Vec<String>,
    pub(in crate::commands) token_expires_at: Option<String>,
    /// Whether the backend just accepted the credential; null if not checked.
    pub(in crate::commands) works: Option<bool>,
    /// The person, if the token or the sandbox names one.
    #[serde(skip)]
    pub(in crate::commands) user: Option<String>,
    #[serde(skip)]
    pub(in crate::commands) failure: Option<Error>,
    /// Whether the key works and only the managed account can't be used.
    #[serde(skip)]
    pub(in crate::commands) is_wrong_account: bool,
}

#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct Company {
    pub(in crate::commands) uid: Option<Uid>,
    pub(in crate::commands) name: Option<String>,
}

#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct OnBehalfOf {
    /// As the settings name it, and which of them.
    pub(in crate::commands) given: String,
    pub(in crate::commands) from: String,
    /// As the backend knows it; null where it wasn't asked.
    pub(in crate::commands) uid: Option<Uid>,
    pub(in crate::commands) name: Option<String>,
}

pub(in crate::commands) fn view<'a>(
    statuses: &'a [Status],
    now: Timestamp,
    moments: &Moments,
) -> ListView<'a> {
    let columns = vec![
        Column::new("PROFILE", |status: &Status| status.profile.clone().unwrap_or_default()),
        Column::text("ENVIRONMENT", |status: &Status| status.environment),
        Column::text("COMPANY", |status: &Status| status.company.name.clone().unwrap_or("?".to_owned()))
            .drop_at(1),
        Column::text("ON BEHALF OF", Status::account)
            .only_if(statuses.iter().any(|status| status.on_behalf_of.is_some())),
        Column::text("KEY", Status::key),
        Column::text("TOKEN", |status: &Status| status.token(now, moments)).drop_at(2),
        Column::new("CHECKED", |status: &Status| match status.works {
            None => "not checked",
            Some(true) => "passed",
            Some(false) => "failed",
        })
        .drop_at(3),
    ];
    ListView::new(statuses, columns, |status| json!(status))
}

impl OnBehalfOf {
    pub(in crate::commands) fn label(&self) -> String {
        match &self.uid {
            Some(uid) => format!("{} ({uid}), from {}", self.name.as_ref().unwrap_or(&self.given), self.from),
            None => format!("{}, from {}; use --check to verify it", self.given, self.from),
        }
    }
}

impl Status {
    /// One that has every part, for the names of its fields.
    pub(in crate::commands) fn whole() -> Self {
        Status { on_behalf_of: Some(OnBehalfOf::default()), ..Status::default() }
    }

    pub(in crate::commands) fn lines(&self, now: Timestamp, moments: &Moments) -> Vec<String> {
        let place = match &self.api_url {
            Some(url) => format!("{} ({url})", self.environment),
            None => self.environment.to_owned(),
        };
        let profile = match &self.profile {
            Some(name) if self.default => format!("{name} (default)"),
            Some(name) => name.clone(),
            None => "none".to_owned(),
        };
        let company = match (&self.company.name, self.works, self.source) {
            (Some(name), _, Some("sandbox")) => name.clone(),
            (Some(name), Some(true), _) => name.clone(),
            (Some(name), ..) => format!("{name} (as found at login)"),
            (None, Some(_), _) | (None, _, None) => "unknown".to_owned(),
            (None, None, _) => "unknown; use --check to read it".to_owned(),
        };
        words::labelled_lines([
            ("Environment", Some(place)),
            ("Profile", Some(profile)),
            ("Company", Some(company)),
            ("On behalf of", self.on_behalf_of.as_ref().map(OnBehalfOf::label)),
            ("Key", Some(self.key())),
            ("Client ID", self.client_id.clone()),
            ("Role", (!self.roles.is_empty()).then(|| self.roles.join(", "))),
            ("Token", self.token(now, moments)),
            ("Key check", self.works.map(|works| if works { "passed" } else { "failed" }.to_owned())),
        ])
    }

    /// The account as the settings name it, in a table.
    fn account(&self) -> Option<String> {
        self.on_behalf_of.as_ref().map(|account| account.name.as_ref().unwrap_or(&account.given).clone())
    }

    fn key(&self) -> String {
        match (self.source, &self.source_detail) {
            (Some("sandbox"), _) => "not required".to_owned(),
            (Some("keyring"), _) if self.failure.is_some() && self.works.is_none() => {
                "in the keyring, which can't be read".to_owned()
            }
            (Some("keyring"), _) => "in the keyring".to_owned(),
            (Some("file"), _) if self.failure.is_some() && self.works.is_none() => {
                "in the credentials file, which can't be read".to_owned()
            }
            (Some("file"), _) => "in the credentials file".to_owned(),
            (Some("secret_command"), Some(program)) => format!("from the secret_command ({program})"),
            (Some(_), Some(detail)) => format!("from {detail}"),
            _ => "none".to_owned(),
        }
    }

    fn token(&self, now: Timestamp, moments: &Moments) -> Option<String> {
        let at: Timestamp = self.token_expires_at.as_deref()?.parse().ok()?;
        Some(match words::expiry(Some(at), now) {
            due if due == "due" => format!("expired {}", moments.format(at)),
            when => format!("expires {}, {when}", moments.format(at)),
        })
    }
}
