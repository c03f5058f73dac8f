//! VLAN choices on the command line, in decision files and in policies.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::api::vlan::Vlan;
use crate::error::Error;

/// The VLAN of my end, where it isn't left as requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VlanChoice {
    Exactly(Vlan),
    /// The lowest free one.
    Next,
    /// The requested one if it is free, else the lowest free one.
    KeepOrNext,
}

impl VlanChoice {
    /// Whether a free VLAN may be looked for.
    pub(crate) fn may_look(self) -> bool {
        matches!(self, VlanChoice::Next | VlanChoice::KeepOrNext)
    }

    /// The word in a policy and in documents; `None` for a certain VLAN.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            VlanChoice::Next => Some("next"),
            VlanChoice::KeepOrNext => Some("keep-or-next"),
            VlanChoice::Exactly(_) => None,
        }
    }
}

/// A choice in words; `keep`, the default, leaves the VLAN as requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VlanWish(pub(crate) Option<VlanChoice>);

impl FromStr for VlanWish {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "keep" => Ok(VlanWish(None)),
            "next" => Ok(VlanWish(Some(VlanChoice::Next))),
            "keep-or-next" => Ok(VlanWish(Some(VlanChoice::KeepOrNext))),
            _ => text.parse().map(|vlan| VlanWish(Some(VlanChoice::Exactly(vlan)))).map_err(|_| {
                Error::usage(format!(
                    "'{text}' is not a valid VLAN: use a number from 2 to 4093, 'next', 'keep-or-next', 'keep' or 'untagged'"
                ))
            }),
        }
    }
}

/// The VLANs from which the lowest free one is taken; all of them unless it is restricted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VlanPool(Vec<RangeInclusive<i64>>);

/// No restriction.
pub(crate) static EVERY_VLAN: VlanPool = VlanPool(Vec::new());

impl VlanPool {
    pub(crate) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, vlan: Vlan) -> bool {
        self.is_all() || self.0.iter().any(|range| range.contains(&vlan.into()))
    }
}

impl FromStr for VlanPool {
    type Err = Error;

    /// `1200-1299,1400`
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |part: &str| {
            Error::usage(format!(
                "'{part}' is not a valid range of VLANs: use numbers from 2 to 4093, such as 1200-1299,1400"
            ))
        };
        let number = |part: &str| -> Option<i64> {
            let vlan: Vlan = part.trim().parse().ok()?;
            (vlan != Vlan::Untagged).then(|| vlan.into())
        };
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(first..=last)
        };
        let ranges = text.split(',').map(|part| range(part).ok_or_else(|| wrong(part.trim())));
        ranges.collect::<Result<_, _>>().map(VlanPool)
    }
}

impl fmt::Display for VlanPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            match range.start() == range.end() {
                true => write!(formatter, "{separator}{}", range.start())?,
                false => write!(formatter, "{separator}{}-{}", range.start(), range.end())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_ranges_and_numbers() {
        let pool: VlanPool = " 1200-1299, 1400 ".parse().unwrap();
        assert_eq!(pool.to_string(), "1200-1299,1400");
        let inside = |vlan: i64| pool.contains(vlan.into());
        assert!(inside(1200) && inside(1299) && inside(1400) && !inside(1300) && !inside(-1));
        for wrong in ["", "1-5", "4000-4094", "20-10", "10-", "-1", "untagged", "10,,20", "10-20-30", "ten"] {
            assert!(wrong.parse::<VlanPool>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wish_is_a_number_or_a_word() {
        let wish = |text: &str| text.parse::<VlanWish>().unwrap().0;
        assert_eq!(wish("keep"), None);
        assert_eq!(wish(" Keep-Or-Next "), Some(VlanChoice::KeepOrNext));
        assert_eq!(wish("untagged"), Some(VlanChoice::Exactly(Vlan::Untagged)));
        assert_eq!(wish("77"), Some(VlanChoice::Exactly(Vlan::Number(77))));
    }
}
