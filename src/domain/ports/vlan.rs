//! VLAN choices on the command line.

use std::str::FromStr;

use crate::api::vlan::Vlan;
use crate::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VlanChoice {
    Exactly(Vlan),
    /// The lowest free one.
    Next,
}

impl FromStr for VlanChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.trim().eq_ignore_ascii_case("next") {
            return Ok(VlanChoice::Next);
        }
        text.parse().map(VlanChoice::Exactly).map_err(|_| {
            Error::usage(format!(
                "'{text}' is not a valid VLAN: use a number from 2 to 4093, 'next' for the lowest free VLAN, or 'untagged'"
            ))
        })
    }
}
