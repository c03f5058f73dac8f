//! VLANs as they are asked for.

use std::str::FromStr;

use crate::error::Error;

/// The lowest and the highest VLAN a B-End can have (confirmed: 2 to 4093).
pub(crate) const VLAN_RANGE: std::ops::RangeInclusive<i64> = 2..=4093;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VlanChoice {
    Number(i64),
    /// The lowest free one.
    Next,
    /// None: the whole port.
    Untagged,
}

impl FromStr for VlanChoice {
    type Err = Error;

    /// Reads `next`, `untagged` (or -1), or a number from 2 to 4093.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::usage(format!(
                "'{text}' is no VLAN: give a number from 2 to 4093, 'next' for the lowest free one, or 'untagged'"
            ))
        };
        match text.trim().to_ascii_lowercase().as_str() {
            "next" => Ok(VlanChoice::Next),
            "untagged" | "-1" => Ok(VlanChoice::Untagged),
            number => match number.parse::<i64>() {
                Ok(number) if VLAN_RANGE.contains(&number) => Ok(VlanChoice::Number(number)),
                _ => Err(wrong()),
            },
        }
    }
}

pub(crate) fn parse_inner_vlan(text: &str) -> Result<i64, Error> {
    text.trim()
        .parse::<i64>()
        .ok()
        .filter(|number| VLAN_RANGE.contains(number))
        .ok_or_else(|| Error::usage(format!("'{text}' is no inner VLAN: give a number from 2 to 4093")))
}
