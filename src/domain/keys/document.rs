//! The JSON object that `keys create --from-file` takes, told apart from everything else in words a person knows.

use serde_json::Value;

use crate::domain::keys::Draft;
use crate::domain::keys::period::Expiry;
use crate::error::Error;
use crate::text::Mbps;
use crate::text::moment::parse_moment;
use crate::text::strict_json::Members;

/// A field's name here, and those that the API and its records have for it.
const NAMES: [(&str, &[&str]); 12] = [
    ("port", &["product_uid", "productUid"]),
    ("description", &[]),
    ("max_speed_mbps", &["maxSpeed", "max_speed"]),
    ("single_use", &["singleUse"]),
    ("pre_approved", &["preApproved"]),
    ("active", &[]),
    ("vlan", &[]),
    ("starts_at", &["starts"]),
    ("expires_at", &[]),
    ("expires_in", &[]),
    ("no_expiry", &[]),
    ("promo_code", &["promoCode"]),
];

impl Draft {
    /// Reads it. Strict: a field that is unknown or said twice is an error, never passed over.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            document_error(format!("invalid JSON at line {} column {}", error.line(), error.column()))
        })?;
        if !value.is_object() {
            return Err(document_error(format!("expected an object, not {}", kind(&value))));
        }
        // Once more, since a map keeps only the last of two fields of one name.
        let Members(fields): Members<Value> =
            serde_json::from_str(text).map_err(|error| document_error(error.to_string()))?;
        let mut draft = Draft::default();
        let mut ends = Vec::new();
        let mut said: Vec<&str> = Vec::new();
        for (name, value) in &fields {
            let known = NAMES.iter().find(|(own, others)| own == name || others.contains(&name.as_str()));
            let Some((own, _)) = known else {
                return Err(document_error(format!("unknown field {name}")));
            };
            if said.contains(own) {
                return Err(document_error(format!("field {name}: {own} is set twice")));
            }
            said.push(own);
            // null is as good as left out.
            if !value.is_null() {
                draft.take(&mut ends, own, name, value)?;
            }
        }
        if ends.len() > 1 {
            return Err(Error::usage("only one of expires_at, expires_in and no_expiry can be set"));
        }
        Ok(Draft { expiry: ends.pop(), ..draft })
    }

    fn take(&mut self, ends: &mut Vec<Expiry>, own: &str, name: &str, value: &Value) -> Result<(), Error> {
        let needed = |what: &str| document_error(format!("field {name}: expected {what}, got {value}"));
        let text = || value.as_str().map(str::to_owned).ok_or_else(|| needed("a text"));
        let moment = |example: &str| {
            let text = value.as_str().ok_or_else(|| needed(&format!("a string such as {example}")))?;
            parse_moment(text).map_err(Error::usage)
        };
        let truth = || value.as_bool().ok_or_else(|| needed("true or false"));
        match own {
            "port" => self.port = Some(text()?),
            "description" => self.description = Some(text()?),
            "max_speed_mbps" => {
                self.max_speed = Some(value.as_u64().map(Mbps).ok_or_else(|| needed("a number of Mbps"))?);
            }
            "single_use" => self.single_use = Some(truth()?),
            "pre_approved" => self.pre_approved = Some(truth()?),
            "active" => self.active = Some(truth()?),
            "vlan" => {
                let number = || value.as_i64().map(|number| number.to_string());
                let vlan = value.as_str().map(str::to_owned).or_else(number);
                let vlan = vlan.ok_or_else(|| needed("a number from 2 to 4093 or \"untagged\""))?;
                self.vlan = Some(vlan.parse()?);
            }
            "starts_at" => self.starts = Some(moment("\"2026-03-01\"")?),
            "expires_at" => ends.push(Expiry::At(moment("\"2026-03-01\"")?)),
            "expires_in" => ends.push(Expiry::At(moment("\"30d\"")?)),
            "no_expiry" => ends.extend(truth()?.then_some(Expiry::Never)),
            _ => self.promo_code = Some(text()?),
        }
        Ok(())
    }
}

fn document_error(why: String) -> Error {
    Error::usage("invalid service key file").reason(why).hint(
        "use a JSON object such as {\"port\": \"SYD1-A\", \"max_speed_mbps\": 500, \"expires_in\": \"30d\"}; other fields: \
         description, single_use, pre_approved, active, vlan, starts_at, expires_at, no_expiry, promo_code",
    )
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_by_the_field_and_not_in_serde_s_words() {
        for (text, said) in [
            ("[\"SYD1-A\"]", "expected an object, not a list"),
            ("null", "expected an object, not null"),
            ("{\"port\"", "invalid JSON at line 1 column 7"),
            ("{\"maxSpeed\": \"500\"}", "field maxSpeed: expected a number of Mbps, got \"500\""),
            ("{\"max_speed_mbps\": -1}", "field max_speed_mbps: expected a number of Mbps, got -1"),
            ("{\"singleUse\": 1}", "field singleUse: expected true or false, got 1"),
            ("{\"vlan\": true}", "field vlan: expected a number from 2 to 4093"),
            ("{\"expires_in\": 30}", "field expires_in: expected a string such as \"30d\", got 30"),
            ("{\"speed\": 5}", "unknown field speed"),
            ("{\"vlan\": 5, \"vlan\": 6}", "field vlan: vlan is set twice"),
            ("{\"port\": \"a\", \"productUid\": \"b\"}", "field productUid: port is set twice"),
        ] {
            let error = Draft::parse(text).unwrap_err();
            assert!(error.reason.as_ref().unwrap().contains(said), "{text}: {error:?}");
        }
        assert!(Draft::parse("{\"vlan\": null}").unwrap().vlan.is_none());
    }
}
