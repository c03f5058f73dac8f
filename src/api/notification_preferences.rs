//! The user's email notifications. The object is kept as received: one `subscribed` is changed, and all of it is sent
//! back (confirmed for v2; the body of v3 is not public, so v3 is used only if its response has the same shape).

use serde_json::Value;

use crate::api::call::{Call, Method};
use crate::api::client::Client;
use crate::api::lenient;
use crate::error::Error;
use crate::exit::Exit;

const EMAIL: &str = "EMAIL";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// Since February 2025 (confirmed).
    V3,
    /// The previous version, also used if v3 isn't understood.
    V2,
}

impl Version {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Version::V3 => "v3",
            Version::V2 => "v2",
        }
    }

    fn path(self) -> String {
        format!("/{}/notificationPreferences", self.name())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Preferences {
    pub(crate) version: Version,
    document: Value,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) group: String,
    pub(crate) subscribed: Option<bool>,
    pub(crate) details: Vec<String>,
}

impl Preferences {
    /// Accepts an object in the known shape: `destinations.EMAIL`, an array of groups. `None` for any other.
    pub(crate) fn from_document(version: Version, document: Value) -> Option<Self> {
        let preferences = Preferences { version, document };
        let known = preferences.entries().is_some_and(|entries| {
            entries.iter().all(|entry| {
                entry.get("messageGroup").and_then(lenient::as_text).is_some()
                    && entry.get("subscribed").is_some()
            })
        });
        known.then_some(preferences)
    }

    pub(crate) fn choices(&self) -> Vec<Choice> {
        let choice = |entry: &Value| {
            Some(Choice {
                group: entry.get("messageGroup").and_then(lenient::as_text)?,
                subscribed: entry.get("subscribed").and_then(lenient::as_flag),
                details: details(entry.get("details").unwrap_or(&Value::Null)),
            })
        };
        self.entries().unwrap_or_default().iter().filter_map(choice).collect()
    }

    /// Sets a group, spelled as by the API, and keeps everything else. Returns whether the group exists.
    pub(crate) fn set(&mut self, group: &str, subscribed: bool) -> bool {
        let mut found = false;
        for entry in self.entries_mut() {
            let same = entry.get("messageGroup").and_then(lenient::as_text).as_deref() == Some(group);
            if let Some(fields) = entry.as_object_mut().filter(|_| same) {
                fields.insert("subscribed".to_owned(), Value::Bool(subscribed));
                found = true;
            }
        }
        found
    }

    pub(crate) fn put(&self) -> Call {
        Call::with_body(Method::PUT, self.version.path(), self.document.clone())
    }

    fn entries(&self) -> Option<&[Value]> {
        let destinations = self.document.get("destinations")?.as_object()?;
        let (_, entries) = destinations.iter().find(|(name, _)| name.eq_ignore_ascii_case(EMAIL))?;
        entries.as_array().map(Vec::as_slice)
    }

    fn entries_mut(&mut self) -> &mut [Value] {
        self.document
            .get_mut("destinations")
            .and_then(Value::as_object_mut)
            .and_then(|destinations| {
                destinations.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(EMAIL))
            })
            .and_then(|(_, entries)| entries.as_array_mut())
            .map(Vec::as_mut_slice)
            .unwrap_or_default()
    }
}

/// Reads the user's settings: from v3 if it has the known shape, otherwise from v2.
pub(crate) async fn read(client: &Client) -> Result<Preferences, Error> {
    match client.read::<Value>(&Call::get(Version::V3.path())).await {
        Ok(document) => {
            if let Some(preferences) = Preferences::from_document(Version::V3, document) {
                return Ok(preferences);
            }
        }
        Err(error) if matches!(error.exit, Exit::Api | Exit::Forbidden | Exit::NotFound) => {}
        Err(error) => return Err(error),
    }
    read_version(client, Version::V2).await
}

pub(crate) async fn read_version(client: &Client, version: Version) -> Result<Preferences, Error> {
    let document: Value = client.read(&Call::get(version.path())).await?;
    Preferences::from_document(version, document).ok_or_else(|| {
        Error::new(Exit::Api, "the notification settings have an unknown format")
            .reason(format!("GET {} returned no destinations.{EMAIL} with groups", version.path()))
            .hint("change them in the Megaport Portal")
    })
}

fn details(value: &Value) -> Vec<String> {
    let text = |detail: &Value| {
        lenient::as_text(detail).or_else(|| {
            ["description", "name", "title"].iter().find_map(|key| detail.get(key).and_then(lenient::as_text))
        })
    };
    match value {
        Value::Array(details) => details.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "destinations": {
                "SMS": [{"messageGroup": "ORDERING", "subscribed": false}],
                "EMAIL": [
                    {"messageGroup": "ORDERING", "subscribed": false, "details": ["a request", {"name": "a speed change"}], "since": 7},
                    {"messageGroup": "XERO", "subscribed": true, "details": null},
                ],
            },
            "locale": "en",
        })
    }

    #[test]
    fn setting_a_group_changes_nothing_else() {
        let mut preferences = Preferences::from_document(Version::V2, document()).unwrap();
        assert!(preferences.set("ORDERING", true));
        let mut wanted = document();
        wanted["destinations"]["EMAIL"][0]["subscribed"] = json!(true);
        let call = preferences.put();
        assert_eq!((call.path.as_str(), call.body), ("/v2/notificationPreferences", Some(wanted)));
        assert!(!preferences.set("NEWS", true));
        let choices = preferences.choices();
        assert_eq!(choices[0].details, ["a request", "a speed change"]);
        assert_eq!((choices[0].subscribed, choices[1].subscribed), (Some(true), Some(true)));
    }

    #[test]
    fn any_other_shape_is_not_known() {
        for other in [
            json!(null),
            json!([]),
            json!({"destinations": {}}),
            json!({"destinations": {"EMAIL": {"ORDERING": true}}}),
            json!({"destinations": {"EMAIL": [{"group": "ORDERING", "subscribed": true}]}}),
            json!({"notifications": [{"name": "x", "subscribed": true}]}),
        ] {
            assert_eq!(Preferences::from_document(Version::V3, other.clone()), None, "{other}");
        }
    }
}
