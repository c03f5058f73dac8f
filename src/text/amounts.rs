//! Numbers as people give them on the command line, with what would be right where they are wrong.

use std::fmt;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A speed, or what several come to: whole Mbps. It is read as 1 or more, and a sum stops at the most there can be.
///
/// ```
/// use portgate::text::Mbps;
/// assert_eq!("500".parse(), Ok(Mbps(500)));
/// assert!("10G".parse::<Mbps>().unwrap_err().contains("as in 500"));
/// assert!("0".parse::<Mbps>().is_err());
/// assert_eq!(Mbps(1) + Mbps(u64::MAX), Mbps(u64::MAX));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mbps(pub u64);

impl Mbps {
    /// What is left of it without `other`, which may be nothing.
    #[must_use]
    pub fn saturating_sub(self, other: Mbps) -> Mbps {
        Mbps(self.0.saturating_sub(other.0))
    }
}

impl Add for Mbps {
    type Output = Mbps;

    fn add(self, other: Mbps) -> Mbps {
        Mbps(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Mbps {
    fn add_assign(&mut self, other: Mbps) {
        *self = *self + other;
    }
}

impl FromStr for Mbps {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = one_or_more(text).map(Mbps);
        number.ok_or_else(|| format!("'{text}' is no speed: give whole Mbps, as in 500"))
    }
}

/// The number, without its unit.
impl fmt::Display for Mbps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Reads how many: a whole number, 1 or more.
///
/// ```
/// use portgate::text::amounts::parse_count;
/// assert_eq!(parse_count("20"), Ok(20));
/// assert!(parse_count("-1").unwrap_err().contains("1 or more"));
/// ```
pub fn parse_count(text: &str) -> Result<u64, String> {
    one_or_more(text).ok_or_else(|| format!("'{text}' is no count: give a whole number, 1 or more"))
}

/// Reads how often something is tried again: a whole number, 0 for never.
///
/// ```
/// use portgate::text::amounts::parse_retries;
/// assert_eq!(parse_retries("0"), Ok(0));
/// assert!(parse_retries("often").is_err());
/// ```
pub fn parse_retries(text: &str) -> Result<u32, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("'{text}' is no number of tries: give a whole number, 0 for none"))
}

/// Reads a share of a port's speed: a whole percentage from 1% to 1000%, the sign included.
///
/// ```
/// use portgate::text::amounts::parse_percent;
/// assert_eq!(parse_percent("120%"), Ok(120));
/// assert!(parse_percent("1.2").is_err());
/// assert!(parse_percent("0%").is_err());
/// ```
pub fn parse_percent(text: &str) -> Result<u32, String> {
    text.strip_suffix('%')
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|percent| (1..=1000).contains(percent))
        .ok_or_else(|| format!("'{text}' is no share of a port: write a whole percentage, as in \"120%\""))
}

fn one_or_more(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|&number| number > 0)
}
