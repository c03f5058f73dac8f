//! Service keys on the wire: `/v2/service/key` (confirmed: megaport-api.md, "Service keys"). `PUT` resets fields that
//! are left out, so [`KeyTerms`] is always written as a whole.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::call::{Answer, Call, Method, without_nulls};
use crate::api::client::Client;
use crate::api::failure::unreadable_answer_error;
pub(crate) use crate::api::key_code::{HANDLE, KeyCode};
use crate::api::lenient::{self, Wire};
use crate::api::vlan::Vlan;
use crate::api::wire::wire;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::id::begins_with;
use crate::text::{Mbps, Uid};

const PATH: &str = "/v2/service/key";
/// Fields that the API sends but doesn't accept, or accepts in another field.
pub(crate) const TOLD: [&str; 11] = [
    "key",
    "createDate",
    "companyId",
    "companyUid",
    "companyName",
    "productId",
    "productName",
    "lastUsed",
    "expired",
    "valid",
    "productDto",
];

wire! {
    pub(crate) struct ServiceKey {
        pub(crate) key: KeyCode,
        pub(crate) create_date: Option<Timestamp>,
        /// The company that owns the port.
        pub(crate) company_uid: Option<Uid>,
        pub(crate) company_name: Option<String>,
        pub(crate) description: Option<String>,
        pub(crate) product_id: Option<i64>,
        pub(crate) product_uid: Option<Uid>,
        pub(crate) product_name: Option<String>,
        /// The VLAN of a single-use key.
        pub(crate) vlan: Option<Vlan>,
        /// The port's speed may mean that no limit is set.
        pub(crate) max_speed: Option<Mbps>,
        /// Whether orders need no approval; may be null.
        pub(crate) pre_approved: Option<bool>,
        pub(crate) single_use: Option<bool>,
        pub(crate) last_used: Option<Timestamp>,
        pub(crate) active: Option<bool>,
        pub(crate) valid_for: Period,
        /// Whether it has expired, according to the backend.
        pub(crate) expired: Option<bool>,
        /// Whether an order would be accepted now, according to the backend.
        pub(crate) valid: Option<bool>,
        pub(crate) promo_code: Option<String>,
        /// The port; has few fields for another company's key.
        pub(crate) product_dto: PortOfKey,
        /// The key as received.
        #[serde(skip)]
        pub(crate) raw: Map<String, Value>,
    }
}

wire! {
    /// A period; a missing end is open.
    #[derive(Copy, Eq)]
    pub(crate) struct Period {
        pub(crate) start: Option<Timestamp>,
        pub(crate) end: Option<Timestamp>,
    }
}

wire! {
    /// The port's fields used by portgate.
    pub(crate) struct PortOfKey {
        pub(crate) product_name: Option<String>,
        pub(crate) port_speed: Option<Mbps>,
        pub(crate) location_detail: crate::api::products::LocationDetail,
    }
}

impl ServiceKey {
    pub(crate) fn handle(&self) -> &str {
        self.key.handle()
    }

    /// The terms that have a value which can't be read, by their names on the wire.
    pub(crate) fn unread_terms(&self) -> Vec<&'static str> {
        let is_told = |value: Option<&Value>| {
            value
                .is_some_and(|value| !value.is_null() && value != "" && lenient::as_integer(value) != Some(0))
        };
        let period = self.raw.get("validFor").and_then(Value::as_object);
        let is_unread = |end: &str, read: Option<Timestamp>| {
            read.is_none() && is_told(period.and_then(|period| period.get(end)))
        };
        let has_no_period = period.is_none() && is_told(self.raw.get("validFor"));
        let has_unread_end = is_unread("start", self.valid_for.start) || is_unread("end", self.valid_for.end);
        let mut unread: Vec<_> = [
            ("singleUse", self.single_use.is_none()),
            ("preApproved", self.pre_approved.is_none()),
            ("active", self.active.is_none()),
            ("maxSpeed", self.max_speed.is_none()),
            ("vlan", self.vlan.is_none()),
        ]
        .into_iter()
        .filter(|(name, is_unknown)| *is_unknown && is_told(self.raw.get(*name)))
        .map(|(name, _)| name)
        .collect();
        unread.extend((has_no_period || has_unread_end).then_some("validFor"));
        // Nothing can be done with a key that can't be named.
        unread.extend((!self.key.is_told()).then_some("key"));
        unread
    }
}

/// All writable terms of a key. `None` leaves a field out of the body, which resets it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyTerms {
    pub(crate) product_uid: Option<Uid>,
    /// The port's number, if its UID is unknown.
    pub(crate) product_id: Option<i64>,
    pub(crate) description: Option<String>,
    pub(crate) single_use: bool,
    /// `None` means the port's speed.
    pub(crate) max_speed: Option<Mbps>,
    pub(crate) active: bool,
    pub(crate) pre_approved: Option<bool>,
    /// The VLAN of a single-use key.
    pub(crate) vlan: Option<Vlan>,
    pub(crate) start: Option<Timestamp>,
    /// End of validity; `None` means never.
    pub(crate) end: Option<Timestamp>,
    pub(crate) promo_code: Option<String>,
}

impl KeyTerms {
    pub(crate) fn from_key(key: &ServiceKey) -> Self {
        KeyTerms {
            product_uid: key.product_uid.clone(),
            product_id: key.product_id,
            description: key.description.clone(),
            single_use: key.single_use.unwrap_or(false),
            max_speed: key.max_speed,
            active: key.active.or(key.valid).unwrap_or(false),
            pre_approved: key.pre_approved,
            vlan: key.vlan,
            start: key.valid_for.start,
            end: key.valid_for.end,
            promo_code: key.promo_code.clone(),
        }
    }

    /// The body that creates a key, or replaces the given `key`.
    pub(crate) fn body(&self, key: Option<&KeyCode>) -> Value {
        let milliseconds = |at: Option<Timestamp>| at.map(Timestamp::as_millisecond);
        let period = json!({ "start": milliseconds(self.start), "end": milliseconds(self.end) });
        without_nulls(json!({
            "key": key.map(KeyCode::whole),
            "productUid": self.product_uid,
            "productId": self.product_id.filter(|_| self.product_uid.is_none()),
            "description": self.description,
            "singleUse": self.single_use,
            "maxSpeed": self.max_speed,
            "active": self.active,
            "preApproved": self.pre_approved,
            "vlan": self.vlan,
            "validFor": self.start.or(self.end).map(|_| without_nulls(period)),
            "promoCode": self.promo_code,
        }))
    }
}

pub(crate) async fn list(client: &Client, port_uid: Option<&str>) -> Result<Vec<ServiceKey>, Error> {
    let mut call = Call::get(PATH);
    if let Some(port_uid) = port_uid {
        call = call.query("productIdOrUid", port_uid);
    }
    let data = client.read::<Value>(&call).await?;
    match data.as_array() {
        // A key that can't be parsed must not seem missing.
        Some(list) if list.iter().all(Value::is_object) => Ok(keys_in(&data)),
        _ => Err(not_all_keys_error(&call)),
    }
}

fn not_all_keys_error(call: &Call) -> Error {
    unreadable_answer_error(&call.name(), b"{", "not all of `data` are service keys")
}

/// Looks up a key, also of another company, in full or by at least its first eight characters. Exit 8 if not
/// found.
pub(crate) async fn read(client: &Client, key: &KeyCode) -> Result<ServiceKey, Error> {
    let call = Call::get(PATH).query("key", key.whole());
    let found = match client.read::<Value>(&call).await {
        Ok(data @ (Value::Object(_) | Value::Array(_))) => {
            let found = keys_in(&data);
            let all = data.as_array().map_or(1, Vec::len);
            if found.len() < all || found.iter().any(|one| !one.key.is_told()) {
                return Err(not_all_keys_error(&call));
            }
            found
        }
        Ok(_) => return Err(not_all_keys_error(&call)),
        Err(error) if error.exit == Exit::NotFound => {
            return Err(Error {
                trace_id: error.trace_id,
                http_status: error.http_status,
                ..missing_key_error(key.handle())
            });
        }
        Err(error) => return Err(error),
    };
    // `data` is one object (confirmed); if it is a list, only the requested key counts.
    let named = |one: &ServiceKey| begins_with(one.key.whole(), key.whole());
    found.into_iter().find(named).ok_or_else(|| missing_key_error(key.handle()))
}

pub(crate) fn missing_key_error(handle: &str) -> Error {
    Error::new(Exit::NotFound, format!("service key {handle} not found"))
        .hint(Hint::call("list your company's keys: ", "keys list"))
        .resource(handle)
}

/// Whether an order with this key would be accepted now: `GET /v2/service/key/validate` (confirmed).
pub(crate) async fn validate(client: &Client, key: &KeyCode) -> Result<bool, Error> {
    let call = Call::get(format!("{PATH}/validate")).query("key", key.whole());
    let answer: Value = client.read(&call).await?;
    match &answer {
        Value::Bool(valid) => Ok(*valid),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(unreadable_answer_error(&call.name(), b"{", "`data` is not true or false")),
    }
}

pub(crate) fn create_call(terms: &KeyTerms) -> Call {
    Call::with_body(Method::POST, PATH, terms.body(None))
}

pub(crate) fn replace_call(before: &ServiceKey, wanted: &KeyTerms) -> Call {
    Call::with_body(Method::PUT, PATH, replacement(before, wanted))
}

/// The body that replaces a key. Unknown fields are sent back as received: leaving them out would
/// reset them.
pub(crate) fn replacement(before: &ServiceKey, wanted: &KeyTerms) -> Value {
    let now = KeyTerms::from_key(before).body(Some(&before.key));
    let mut body = wanted.body(Some(&before.key));
    if let (Some(body), Some(now)) = (body.as_object_mut(), now.as_object()) {
        let mut raw = before.raw.clone();
        // 0 means none.
        raw.retain(|name, value| {
            let is_no_vlan = name == "vlan" && lenient::as_integer(value) == Some(0);
            !is_no_vlan && !TOLD.contains(&name.as_str())
        });
        keep_rest(body, now, &raw);
    }
    body
}

/// Adds the unknown fields of `now` to a body.
fn keep_rest(body: &mut Map<String, Value>, now: &Map<String, Value>, raw: &Map<String, Value>) {
    for (name, came) in raw.iter().filter(|(_, came)| !came.is_null()) {
        match (body.get_mut(name), now.get(name), came) {
            (None, None, came) => {
                body.insert(name.clone(), came.clone());
            }
            (Some(Value::Object(body)), Some(Value::Object(now)), Value::Object(came)) => {
                keep_rest(body, now, came);
            }
            (Some(flag @ Value::Bool(_)), Some(read), came)
                if flag == read && lenient::as_flag(came).is_none() =>
            {
                flag.clone_from(came);
            }
            // Text too long to be kept was cut.
            (Some(Value::String(text)), Some(Value::String(read)), Value::String(came)) if text == read => {
                text.clone_from(came);
            }
            _ => {}
        }
    }
}

/// The key in the response to a write, if any.
pub(crate) fn key_in(answer: &Answer) -> Option<ServiceKey> {
    let data: Value = crate::api::client::unwrap_envelope("", &answer.body).ok()?;
    keys_in(&data).into_iter().next().filter(|key| key.key.is_told())
}

/// The keys in a `data` that is a list or one object; anything else is skipped.
pub(crate) fn keys_in(data: &Value) -> Vec<ServiceKey> {
    let list = data.as_array().map_or(std::slice::from_ref(data), Vec::as_slice);
    list.iter().filter_map(|value| Some((value, value.as_object()?.clone()))).map(key_of).collect()
}

fn key_of((value, raw): (&Value, Map<String, Value>)) -> ServiceKey {
    ServiceKey { raw, ..ServiceKey::from_wire(value.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_every_field_that_has_a_value() {
        let terms = KeyTerms {
            product_uid: Some("p".into()),
            product_id: Some(7),
            single_use: true,
            active: false,
            max_speed: Some(Mbps(500)),
            vlan: Some(Vlan::Untagged),
            end: Timestamp::from_millisecond(1_767_225_600_000).ok(),
            ..KeyTerms::default()
        };
        let body = terms.body(Some(&KeyCode::from("k".to_owned())));
        assert_eq!(
            body,
            json!({"key": "k", "productUid": "p", "singleUse": true, "maxSpeed": 500, "active": false, "vlan": -1,
                "validFor": {"end": 1_767_225_600_000_u64}})
        );
    }

    #[test]
    fn what_is_not_changed_goes_back_as_it_came() {
        let key = json!({"key": "k", "productUid": "p", "productId": 7, "companyName": "Globex Bank", "maxSpeed": "500",
            "description": "é".repeat(4_000), "validFor": {"end": 1_767_225_600_000_u64, "zone": "UTC"}, "vlan": 0,
            "promoCode": null, "singleUse": true, "active": true, "colour": {"of": ["it"]}});
        let key = &keys_in(&key)[0];
        let wanted = KeyTerms { active: false, ..KeyTerms::from_key(key) };
        assert_eq!(
            replacement(key, &wanted),
            json!({"key": "k", "productUid": "p", "maxSpeed": 500, "description": "é".repeat(4_000),
                "validFor": {"end": 1_767_225_600_000_u64, "zone": "UTC"}, "singleUse": true, "active": false,
                "colour": {"of": ["it"]}})
        );
    }

    #[test]
    fn strange_keys_read_as_far_as_they_can_be() {
        let read = keys_in(&json!([{"key": "k", "maxSpeed": "500", "validFor": null, "productDto": 7,
            "singleUse": "true", "preApproved": null}, 7, null]));
        assert_eq!(read.len(), 1);
        assert_eq!(
            (read[0].max_speed, read[0].single_use, read[0].pre_approved),
            (Some(Mbps(500)), Some(true), None)
        );
        assert!(keys_in(&Value::Null).is_empty());
        assert!(read[0].unread_terms().is_empty());
        let strange = json!({"key": "k", "maxSpeed": "fast", "validFor": {"start": 0, "end": "soon"}, "singleUse": "maybe",
            "preApproved": 7, "active": [], "vlan": {}, "description": null});
        let unread = ["singleUse", "preApproved", "active", "maxSpeed", "vlan", "validFor"];
        assert_eq!(keys_in(&strange)[0].unread_terms(), unread);
        assert_eq!(keys_in(&json!({"key": "k", "validFor": "ever"}))[0].unread_terms(), ["validFor"]);
    }
}
