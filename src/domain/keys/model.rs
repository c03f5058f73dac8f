//! A service key as people and programs see it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::api::service_keys::ServiceKey;
use crate::api::vlan::Vlan;
use crate::text::word::words;
use crate::text::{Mbps, Uid};

words! {
    #[derive(Default, PartialOrd, Ord)]
    pub(crate) enum State {
        Active = "active",
        /// It will, once its time has come.
        Scheduled = "scheduled",
        Used = "used",
        Expired = "expired",
        Inactive = "inactive",
        #[default]
        Invalid = "invalid",
    }
}

impl State {
    /// What a key is at that time. The backend's own words count more than what its fields suggest: an order that
    /// ended unaccepted frees a single-use key, though it was used.
    pub(crate) fn from_key(key: &ServiceKey, now: Timestamp) -> Self {
        let Some(active) = key.active.or(key.valid) else { return State::Invalid };
        if key.expired == Some(true) || key.valid_for.end.is_some_and(|end| end <= now) {
            State::Expired
        } else if !active {
            State::Inactive
        } else if key.valid_for.start.is_some_and(|start| start > now) {
            State::Scheduled
        } else if key.valid == Some(true) {
            State::Active
        } else if key.unread_terms().contains(&"validFor") {
            State::Invalid
        } else if key.single_use == Some(true) && key.last_used.is_some() {
            State::Used
        } else if key.valid == Some(false) {
            State::Invalid
        } else {
            State::Active
        }
    }

    pub(crate) const fn is_usable(self) -> bool {
        matches!(self, State::Active | State::Scheduled)
    }

    /// Why it doesn't work, in a sentence without its subject.
    pub(crate) const fn obstacle(self) -> Option<&'static str> {
        match self {
            State::Active => None,
            State::Scheduled => Some("it is not valid yet"),
            State::Used => Some("it is single-use and has been used"),
            State::Expired => Some("it has expired"),
            State::Inactive => Some("it is inactive"),
            State::Invalid => Some("the API doesn't say why"),
        }
    }
}

/// A key for programs. Absent is null; speeds are Mbps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct KeyRecord {
    /// The first eight characters, or the whole key where it was asked for.
    pub(crate) key: String,
    pub(crate) description: Option<String>,
    pub(crate) state: State,
    pub(crate) product_uid: Option<Uid>,
    pub(crate) product_name: Option<String>,
    /// What one connection may have at most.
    pub(crate) max_speed_mbps: Option<Mbps>,
    pub(crate) port_speed_mbps: Option<Mbps>,
    /// Null if it can't be read, as `pre_approved`.
    pub(crate) single_use: Option<bool>,
    pub(crate) pre_approved: Option<bool>,
    pub(crate) vlan: Option<Vlan>,
    /// Switched on, whatever its state.
    pub(crate) active: Option<bool>,
    pub(crate) starts_at: Option<Timestamp>,
    /// Until when; null is for ever.
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) promo_code: Option<String>,
    pub(crate) company_uid: Option<Uid>,
    pub(crate) company_name: Option<String>,
    /// The API's names of terms that have a value which can't be read; they are null here.
    pub(crate) unread: Vec<&'static str>,
}

impl KeyRecord {
    pub(crate) fn from_key(key: &ServiceKey, now: Timestamp, reveal: bool) -> Self {
        let unread = key.unread_terms();
        let or_default = |flag: Option<bool>, name: &str| flag.or((!unread.contains(&name)).then_some(false));
        let max_speed =
            key.max_speed.or(key.product_dto.port_speed.filter(|_| !unread.contains(&"maxSpeed")));
        KeyRecord {
            key: if reveal { key.key.whole() } else { key.handle() }.to_owned(),
            description: key.description.clone(),
            state: State::from_key(key, now),
            product_uid: key.product_uid.clone(),
            product_name: key.product_name.clone().or_else(|| key.product_dto.product_name.clone()),
            max_speed_mbps: max_speed,
            port_speed_mbps: key.product_dto.port_speed,
            single_use: or_default(key.single_use, "singleUse"),
            pre_approved: or_default(key.pre_approved, "preApproved"),
            vlan: key.vlan,
            active: key.active,
            starts_at: key.valid_for.start,
            expires_at: key.valid_for.end,
            created_at: key.create_date,
            last_used_at: key.last_used,
            promo_code: key.promo_code.clone(),
            company_uid: key.company_uid.clone(),
            company_name: key.company_name.clone(),
            unread,
        }
    }

    /// The text of a term; `?` if it has a value that can't be read.
    pub(crate) fn term<'a>(&self, name: &str, text: impl Into<Cow<'a, str>>) -> String {
        if self.unread.contains(&name) { "?".to_owned() } else { text.into().into_owned() }
    }

    pub(crate) fn port(&self) -> &str {
        self.product_name.as_deref().or(self.product_uid.as_ref().map(Uid::as_str)).unwrap_or("-")
    }

    /// The order of lists: what works first, soonest to expire first, then the oldest.
    pub(crate) fn rank(&self) -> impl Ord + use<> {
        let key = self.key.clone();
        (!self.state.is_usable(), self.expires_at.is_none(), self.expires_at, self.created_at, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::service_keys::Period;

    fn state(change: impl FnOnce(&mut ServiceKey)) -> State {
        let mut key = ServiceKey { active: Some(true), ..ServiceKey::default() };
        change(&mut key);
        State::from_key(&key, "2026-01-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_state_says_the_strongest_obstacle() {
        let (past, future) = ("2025-12-31T00:00:00Z".parse().ok(), "2026-01-02T00:00:00Z".parse().ok());
        assert_eq!(state(|_| ()), State::Active);
        assert_eq!(state(|key| key.active = Some(false)), State::Inactive);
        assert_eq!(state(|key| key.active = None), State::Invalid);
        assert_eq!(state(|key| key.valid_for = Period { start: future, end: None }), State::Scheduled);
        assert_eq!(state(|key| key.valid_for = Period { start: None, end: past }), State::Expired);
        assert_eq!(state(|key| key.expired = Some(true)), State::Expired);
        assert_eq!(state(|key| key.valid = Some(false)), State::Invalid);
        let used = |key: &mut ServiceKey| (key.single_use, key.last_used) = (Some(true), past);
        assert_eq!(state(used), State::Used);
        let freed = |key: &mut ServiceKey| {
            used(key);
            key.valid = Some(true);
        };
        assert_eq!(state(freed), State::Active);
    }
}
