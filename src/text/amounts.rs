//! Numbers on the command line, and errors for invalid ones.

use std::fmt;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A speed, or a sum of speeds, in whole Mbps. Parsed values are at least 1, and sums saturate.
///
/// ```
/// use portgate::text::Mbps;
/// assert_eq!("500".parse(), Ok(Mbps(500)));
/// assert_eq!("500 Mbps".parse(), Ok(Mbps(500)));
/// assert_eq!("2.5g".parse(), Ok(Mbps(2500)));
/// assert!("10 KB/s".parse::<Mbps>().unwrap_err().contains("500 Mbps or 1 Gbps"));
/// assert!("0".parse::<Mbps>().unwrap_err().ends_with("it must be at least 1 Mbps"));
/// assert!("-5 Gbps".parse::<Mbps>().unwrap_err().ends_with("it must be at least 1 Mbps"));
/// assert!("1.5".parse::<Mbps>().unwrap_err().contains("a whole number of Mbps"));
/// assert!("99999999999999999999".parse::<Mbps>().unwrap_err().ends_with("it is too high"));
/// assert_eq!(Mbps(1) + Mbps(u64::MAX), Mbps(u64::MAX));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mbps(pub u64);

impl Mbps {
    /// The difference; saturates at 0.
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
        speed(text).map(Mbps).ok_or_else(|| {
            let unit = text.trim().trim_start_matches(|character: char| !character.is_alphabetic());
            let is_bytes = ["B/s", "Bps", "MB", "GB", "KB", "kB"].iter().any(|end| unit.ends_with(end));
            let why = if is_bytes { " in bits per second" } else { "" };
            let advice = advice_on_number(text.trim())
                .unwrap_or_else(|| format!("use Mbps or Gbps{why}, such as 500 Mbps or 1 Gbps"));
            format!("'{text}' is not a valid speed: {advice}")
        })
    }
}

/// What to do about a speed whose unit is right.
fn advice_on_number(text: &str) -> Option<String> {
    let is_of_number = |character: char| character.is_ascii_digit() || matches!(character, '.' | '-');
    let end = text.find(|character| !is_of_number(character)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    // The unit is right if another number is fine.
    speed(&format!("1{unit}"))?;
    let value: f64 = number.parse().ok()?;
    Some(match value {
        ..=0.0 => "it must be at least 1 Mbps".to_owned(),
        _ if number.contains('.') => "use a whole number of Mbps, or up to 3 decimals with Gbps".to_owned(),
        _ => "it is too high".to_owned(),
    })
}

/// The Mbps of a number with an optional unit; a number of Gbps may have a fraction.
fn speed(text: &str) -> Option<u64> {
    let text = text.trim();
    let end =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.trim_start();
    match unit.to_ascii_lowercase().as_str() {
        // A capital B is for bytes, as in MBps.
        "mbps" | "gbps" if unit.contains('B') && unit.contains('p') => None,
        "" | "m" | "mbps" | "mbit" | "mbit/s" => one_or_more(number),
        "g" | "gbps" | "gbit" | "gbit/s" => {
            let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
            if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
                return None;
            }
            let mbps: u64 = format!("{fraction:0<3}").parse().ok()?;
            let all = whole.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(mbps)?;
            Some(all).filter(|&all| all > 0)
        }
        _ => None,
    }
}

/// The number, without its unit.
impl fmt::Display for Mbps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Parses a count: a whole number of at least 1.
///
/// ```
/// use portgate::text::amounts::parse_count;
/// assert_eq!(parse_count("20"), Ok(20));
/// assert!(parse_count("-1").unwrap_err().contains("at least 1"));
/// ```
pub fn parse_count(text: &str) -> Result<u64, String> {
    one_or_more(text)
        .ok_or_else(|| format!("'{text}' is not a valid count: use a whole number of at least 1"))
}

/// Parses a whole number.
///
/// ```
/// use portgate::text::amounts::parse_whole;
/// assert_eq!(parse_whole::<u32>("20"), Ok(20));
/// assert_eq!(parse_whole::<u32>("many"), Err("use a whole number".to_owned()));
/// ```
pub fn parse_whole<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.trim().parse().map_err(|_| "use a whole number".to_owned())
}

/// Parses a number of retries: a whole number, 0 for none.
///
/// ```
/// use portgate::text::amounts::parse_retries;
/// assert_eq!(parse_retries("0"), Ok(0));
/// assert!(parse_retries("often").is_err());
/// ```
pub fn parse_retries(text: &str) -> Result<u32, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("'{text}' is not a valid number of retries: use a whole number, 0 for none"))
}

/// Parses how many changes to carry out at once: 1 to 64.
///
/// ```
/// use portgate::text::amounts::parse_concurrency;
/// assert_eq!(parse_concurrency("16"), Ok(16));
/// assert!(parse_concurrency("0").is_err());
/// assert!(parse_concurrency("65").is_err());
/// ```
pub fn parse_concurrency(text: &str) -> Result<usize, String> {
    let number = text.trim().parse().ok().filter(|number| (1..=64).contains(number));
    number.ok_or_else(|| format!("'{text}' is not a valid concurrency: use a number from 1 to 64"))
}

/// Parses a share of a port's speed: a whole percentage from 1% to 1000%, including the sign.
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
        .ok_or_else(|| {
            format!("'{text}' is not a valid percentage: use a whole number from 1% to 1000%, such as 120%")
        })
}

fn one_or_more(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|&number| number > 0)
}
