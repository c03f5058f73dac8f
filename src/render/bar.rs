//! Draws shares of a whole as a bar of characters, whose numbers stand beside it.

use crate::text::Mbps;
use crate::text::tone::{Tone, Toned};

/// Characters of a bar.
const WIDTH: u64 = 20;
/// One for each part, in order.
const FILLS: [char; 3] = ['█', '▓', '▒'];
const LEFT: char = '·';
/// What the characters of a port's bar mean.
pub(crate) const LEGEND: &str =
    "usage: █ sold  ▒ requested  · free  ! oversubscribed if all requests are accepted";

/// A bar of these parts of `of`; a `!` after it marks what exceeds it. Every part that is not zero has at least one
/// character.
///
/// ```text
/// [█████████▒▒·········]
/// ```
pub(crate) fn usage(parts: [Mbps; 3], of: Mbps) -> Toned {
    let mut drawn = String::new();
    let mut cells = 0;
    let mut total = 0_u64;
    for (part, fill) in parts.into_iter().zip(FILLS).filter(|(part, _)| part.0 > 0) {
        total = total.saturating_add(part.0);
        let end = share(total, of.0).clamp(cells + 1, WIDTH.max(cells + 1));
        drawn.extend((cells..end).map(|_| fill));
        cells = end;
    }
    // Parts that are too small for a character of their own take it from the ones before.
    let mut drawn: Vec<char> = drawn.chars().collect();
    while drawn.len() as u64 > WIDTH {
        let Some(wide) = (1..drawn.len()).find(|&at| drawn[at] == drawn[at - 1]) else { break };
        drawn.remove(wide);
    }
    let bar: String = drawn.into_iter().chain(std::iter::repeat(LEFT)).take(WIDTH as usize).collect();
    if total > of.0 { Toned::new(Tone::Bad, format!("[{bar}]!")) } else { format!("[{bar}]").into() }
}

/// What a bar shows: the percentage of each part.
pub(crate) struct Segments {
    pub(crate) parts: [u64; 3],
    pub(crate) is_over: bool,
}

/// Reads a bar; `None` for any other text.
pub(crate) fn segments(text: &str) -> Option<Segments> {
    let inner = text.strip_prefix('[')?;
    let (inner, is_over) = match inner.strip_suffix("]!") {
        Some(inner) => (inner, true),
        None => (inner.strip_suffix(']')?, false),
    };
    let is_bar = inner.chars().count() as u64 == WIDTH
        && inner.chars().all(|character| character == LEFT || FILLS.contains(&character));
    let percent = |fill: char| inner.matches(fill).count() as u64 * 100 / WIDTH;
    is_bar.then(|| Segments { parts: FILLS.map(percent), is_over })
}

/// Characters for `part` of `of`, to the nearest one; full only if nothing is left.
fn share(part: u64, of: u64) -> u64 {
    if part >= of {
        return WIDTH;
    }
    let rounded = (u128::from(part) * u128::from(WIDTH) * 2 + u128::from(of)) / (u128::from(of) * 2);
    u64::try_from(rounded).unwrap_or(WIDTH).min(WIDTH - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(parts: [u64; 3], of: u64) -> String {
        usage(parts.map(Mbps), Mbps(of)).text
    }

    #[test]
    fn each_part_has_its_share_and_small_ones_are_seen() {
        assert_eq!(bar([0, 0, 0], 10_000), "[····················]");
        assert_eq!(bar([5_000, 0, 1_000], 10_000), "[██████████▒▒········]");
        assert_eq!(bar([5_000, 500, 1_000], 10_000), "[██████████▓▒▒·······]");
        assert_eq!(bar([1, 1, 1], 10_000), "[█▓▒·················]");
        assert_eq!(bar([9_999, 0, 0], 10_000), "[███████████████████·]");
        assert_eq!(bar([10_000, 0, 0], 10_000), "[████████████████████]");
        assert_eq!(bar([9_998, 1, 1], 10_000), "[██████████████████▓▒]");
    }

    #[test]
    fn what_does_not_fit_is_marked() {
        assert_eq!(bar([10_000, 0, 1], 10_000), "[███████████████████▒]!");
        assert_eq!(bar([u64::MAX, u64::MAX, 1], 1), "[██████████████████▓▒]!");
        assert_eq!(usage([Mbps(2), Mbps(0), Mbps(0)], Mbps(1)).tone, Some(Tone::Bad));
    }
}
