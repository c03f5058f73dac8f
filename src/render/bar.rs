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

/// Shares of a whole. Each form of output draws them in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meter {
    parts: [Mbps; 3],
    of: Mbps,
}

impl Meter {
    pub(crate) fn new(parts: [Mbps; 3], of: Mbps) -> Self {
        Meter { parts, of }
    }

    /// Whether the parts exceed the whole.
    pub(crate) fn is_over(&self) -> bool {
        self.parts.iter().fold(0_u64, |total, part| total.saturating_add(part.0)) > self.of.0
    }

    /// Percentages of the whole for each part, in steps of one character of the bar.
    pub(crate) fn percentages(&self) -> [u64; 3] {
        self.widths().map(|width| width * 100 / WIDTH)
    }

    /// The bar; a `!` after it marks what exceeds it.
    ///
    /// ```text
    /// [█████████▒▒·········]
    /// ```
    pub(crate) fn drawn(&self) -> Toned {
        let widths = self.widths();
        let filled = widths.into_iter().zip(FILLS).flat_map(|(width, fill)| (0..width).map(move |_| fill));
        let bar: String = filled.chain(std::iter::repeat(LEFT)).take(WIDTH as usize).collect();
        if self.is_over() { Toned::new(Tone::Bad, format!("[{bar}]!")) } else { format!("[{bar}]").into() }
    }

    /// Characters for each part. Every part that is not zero has at least one.
    fn widths(&self) -> [u64; 3] {
        let (mut end, mut total) = (0, 0_u64);
        let mut widths = self.parts.map(|part| {
            if part.0 == 0 {
                return 0;
            }
            total = total.saturating_add(part.0);
            let start = end;
            end = share(total, self.of.0).max(start + 1);
            end - start
        });
        // Parts that are too small for a character of their own take it from the ones before.
        while widths.iter().sum::<u64>() > WIDTH {
            let Some(wide) = widths.iter_mut().find(|width| **width > 1) else { break };
            *wide -= 1;
        }
        widths
    }
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
        Meter::new(parts.map(Mbps), Mbps(of)).drawn().text
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
        let over = Meter::new([2, 0, 0].map(Mbps), Mbps(1));
        assert!(over.is_over());
        assert_eq!(over.drawn().tone, Some(Tone::Bad));
        let full = Meter::new([2, 0, 0].map(Mbps), Mbps(2));
        assert!(!full.is_over());
        assert_eq!(full.drawn().tone, None);
    }

    #[test]
    fn percentages_are_those_of_the_bar() {
        let percentages = |parts: [u64; 3], of| Meter::new(parts.map(Mbps), Mbps(of)).percentages();
        assert_eq!(percentages([5_000, 0, 1_000], 10_000), [50, 0, 10]);
        assert_eq!(percentages([1, 1, 1], 10_000), [5, 5, 5]);
        assert_eq!(percentages([u64::MAX, u64::MAX, 1], 1), [90, 5, 5]);
        assert_eq!(percentages([0; 3], 10_000), [0; 3]);
    }
}
