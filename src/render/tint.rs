//! Which words of a table are coloured.

use crate::text::tone::Tone;

pub(crate) fn room_tint(words: &str) -> Option<Tone> {
    words.contains("OVER").then_some(Tone::Bad)
}

pub(crate) fn expiry_tint(words: &str) -> Option<Tone> {
    let left = words.strip_prefix("in ");
    match left {
        None => (words == "due").then_some(Tone::Bad),
        Some(left) => match left.strip_suffix('d') {
            Some(days) => days.parse::<u32>().is_ok_and(|days| days <= 7).then_some(Tone::Warn),
            None => Some(Tone::Warn),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_week_asks_for_attention() {
        assert_eq!(expiry_tint("in 7d"), Some(Tone::Warn));
        assert_eq!(expiry_tint("in 8d"), None);
    }
}
