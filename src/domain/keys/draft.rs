//! A draft of a key, from flags, a file and answers.

use jiff::Timestamp;

use crate::api::products::Product;
use crate::api::service_keys::KeyTerms;
use crate::api::vlan::Vlan;
use crate::domain::keys::period::Expiry;
use crate::error::Error;
use crate::text::Mbps;
use crate::text::moment::Moment;

/// A draft of a key. `None` means not given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) port: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) max_speed: Option<Mbps>,
    pub(crate) single_use: Option<bool>,
    pub(crate) pre_approved: Option<bool>,
    pub(crate) active: Option<bool>,
    pub(crate) vlan: Option<Vlan>,
    pub(crate) starts: Option<Moment>,
    pub(crate) expiry: Option<Expiry>,
    pub(crate) promo_code: Option<String>,
}

impl Draft {
    /// Fills in missing values from `below`: flags take precedence over a file.
    #[must_use]
    pub(crate) fn or_else_from(self, below: Draft) -> Draft {
        Draft {
            port: self.port.or(below.port),
            description: self.description.or(below.description),
            max_speed: self.max_speed.or(below.max_speed),
            single_use: self.single_use.or(below.single_use),
            pre_approved: self.pre_approved.or(below.pre_approved),
            active: self.active.or(below.active),
            vlan: self.vlan.or(below.vlan),
            starts: self.starts.or(below.starts),
            expiry: self.expiry.or(below.expiry),
            promo_code: self.promo_code.or(below.promo_code),
        }
    }

    /// These terms, changed to what is said here. An empty description is none.
    pub(crate) fn apply_to(&self, terms: KeyTerms, now: Timestamp) -> Result<KeyTerms, Error> {
        let start = self.starts.map(|starts| starts.timestamp(now)).transpose()?;
        let end = self.expiry.map_or(Ok(terms.end), |expiry| end_of(expiry, start, now))?;
        let description = self.description.clone().or(terms.description);
        Ok(KeyTerms {
            description: description.filter(|text| !text.is_empty()),
            single_use: self.single_use.unwrap_or(terms.single_use),
            max_speed: self.max_speed.or(terms.max_speed),
            active: self.active.unwrap_or(terms.active),
            pre_approved: self.pre_approved.or(terms.pre_approved),
            vlan: self.vlan.or(terms.vlan),
            start: start.or(terms.start),
            end,
            promo_code: self.promo_code.clone().or(terms.promo_code),
            ..terms
        })
    }

    /// The terms of a new key on that port, not checked: single-use, approval needed and active unless it was said otherwise.
    pub(crate) fn terms(&self, port: &Product, now: Timestamp) -> Result<KeyTerms, Error> {
        let fresh = KeyTerms {
            product_uid: port.product_uid.clone(),
            product_id: port.product_id,
            single_use: true,
            active: true,
            pre_approved: Some(false),
            ..KeyTerms::default()
        };
        let mut wanted = self.apply_to(fresh, now)?;
        // A period with an end has a start, too.
        if wanted.end.is_some() && wanted.start.is_none() {
            wanted.start = Some(Moment::At(now).timestamp(now)?);
        }
        Ok(wanted)
    }
}

/// When it ends: a span counts from the start, where one is said, else from now.
pub(crate) fn end_of(
    expiry: Expiry,
    start: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    match expiry {
        Expiry::Never => Ok(None),
        Expiry::At(moment) => moment.timestamp(start.unwrap_or(now)).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keys::Draft;

    #[test]
    fn what_is_said_on_the_command_line_stands_over_the_file() {
        let file =
            Draft::parse(r#"{"productUid": "p", "singleUse": false, "no_expiry": true, "vlan": "untagged"}"#)
                .unwrap();
        let flags = Draft { single_use: Some(true), ..Draft::default() };
        let draft = flags.or_else_from(file);
        assert_eq!(
            (draft.single_use, draft.vlan, draft.expiry),
            (Some(true), Some(Vlan::Untagged), Some(Expiry::Never))
        );
        assert!(Draft::parse(r#"{"no_expiry": true, "expires_in": "3d"}"#).is_err());
        assert!(Draft::parse(r#"{"expires_in": 3}"#).is_err());
        assert!(Draft::parse("[]").is_err());
    }

    #[test]
    fn a_key_is_single_use_needs_approval_and_is_active_unless_said_otherwise() {
        let now: Timestamp = "2026-01-01T00:00:00.5Z".parse().unwrap();
        let draft = Draft::parse(r#"{"expires_in": "30d", "starts_at": "2026-02-01T00:00Z"}"#).unwrap();
        let terms = draft.terms(&Product::default(), now).unwrap();
        assert!(terms.single_use && terms.active && terms.pre_approved == Some(false));
        assert_eq!(terms.end, "2026-03-03T00:00:00Z".parse().ok());
    }

    #[test]
    fn a_draft_has_known_fields_only() {
        let draft =
            Draft::parse(r#"{"port": "SYD1-A", "max_speed_mbps": 500, "expires_in": "30d"}"#).unwrap();
        assert_eq!(draft.max_speed, Some(Mbps(500)));
        assert!(Draft::parse(r#"{"speed": 500}"#).is_err());
    }
}
