//! Which words of a table are coloured.

use crate::render::table::Tint;

pub(crate) fn room_tint(words: &str) -> Option<Tint> {
    words.contains("OVER").then_some(Tint::Alarm)
}

pub(crate) fn expiry_tint(words: &str) -> Option<Tint> {
    let left = words.strip_prefix("in ");
    match left {
        None => (words == "due").then_some(Tint::Alarm),
        Some(left) => match left.strip_suffix('d') {
            Some(days) => days.parse::<u32>().is_ok_and(|days| days <= 7).then_some(Tint::Attention),
            None => Some(Tint::Attention),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::table::Tint;

    #[test]
    fn the_last_week_asks_for_attention() {
        assert_eq!(expiry_tint("in 7d"), Some(Tint::Attention));
        assert_eq!(expiry_tint("in 8d"), None);
    }
}
