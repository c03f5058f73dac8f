//! The VLAN of one end. A backend may send 0 for one that is not chosen yet, which reads as none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::lenient::{self, Wire};
use crate::error::Error;

/// The valid numbers (confirmed: 2 to 4093).
const NUMBERS: std::ops::RangeInclusive<i64> = 2..=4093;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub(crate) enum Vlan {
    /// -1 on the wire and in documents.
    Untagged,
    Number(i64),
}

impl Vlan {
    pub(crate) fn from_wire(value: &Value) -> Option<Self> {
        lenient::as_integer(value).filter(|&number| number != 0).map(Vlan::from)
    }

    /// All numbered VLANs, lowest first.
    pub(crate) fn numbers() -> impl Iterator<Item = Self> {
        NUMBERS.map(Vlan::Number)
    }

    /// Whether an end can have this VLAN.
    pub(crate) fn exists(self) -> bool {
        matches!(self, Vlan::Untagged) || NUMBERS.contains(&self.into())
    }
}

impl Wire for Option<Vlan> {
    fn from_wire(value: Value) -> Self {
        Vlan::from_wire(&value)
    }
}

impl From<i64> for Vlan {
    fn from(number: i64) -> Self {
        if number == -1 { Vlan::Untagged } else { Vlan::Number(number) }
    }
}

impl From<Vlan> for i64 {
    fn from(vlan: Vlan) -> i64 {
        match vlan {
            Vlan::Untagged => -1,
            Vlan::Number(number) => number,
        }
    }
}

impl FromStr for Vlan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let vlan = match text.trim().to_ascii_lowercase().as_str() {
            "untagged" => Some(Vlan::Untagged),
            number => number.parse::<i64>().ok().map(Vlan::from),
        };
        vlan.filter(|vlan| vlan.exists()).ok_or_else(|| {
            Error::usage(format!("'{text}' is not a valid VLAN: use a number from 2 to 4093, or 'untagged'"))
        })
    }
}

impl fmt::Display for Vlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Vlan::Untagged => formatter.pad("untagged"),
            Vlan::Number(number) => number.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_vlan_is_a_number_in_range_or_untagged() {
        for (text, vlan) in
            [("1500", Vlan::Number(1500)), ("-1", Vlan::Untagged), (" Untagged", Vlan::Untagged)]
        {
            assert_eq!(text.parse(), Ok(vlan));
        }
        assert!(["0", "1", "4094", "next", ""].into_iter().all(|wrong| wrong.parse::<Vlan>().is_err()));
    }

    #[test]
    fn one_still_to_be_picked_is_none() {
        let read = [json!(0), json!(null), json!("0")].map(|value| Vlan::from_wire(&value));
        assert_eq!(read, [None; 3]);
        assert_eq!(Vlan::from_wire(&json!("-1")), Some(Vlan::Untagged));
        assert_eq!(json!([Vlan::Untagged, Vlan::Number(7)]), json!([-1, 7]));
    }
}
