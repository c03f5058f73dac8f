//! Repairs invalid Unicode: bytes that are not UTF-8, and unpaired surrogates in JSON escapes. Each becomes
//! U+FFFD, so that an entry doesn't vanish because of its name.

use memchr::memchr;

/// The byte order mark, which has no meaning here.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
const REPLACEMENT_ESCAPE: &[u8] = b"\\uFFFD";

/// Repairs a body chunk by chunk, wherever it is split.
#[derive(Debug, Default)]
pub(crate) struct Mender {
    /// The end of the last chunk, which the next one may continue.
    held: Vec<u8>,
    /// Whether there was a chunk before.
    has_begun: bool,
}

pub(crate) fn mend_whole(body: Vec<u8>) -> Vec<u8> {
    Mender::default().mend(body, true)
}

impl Mender {
    /// Repairs the next chunk, including what was held back of the last one; the final chunk holds nothing back.
    pub(crate) fn mend(&mut self, piece: Vec<u8>, is_last: bool) -> Vec<u8> {
        if self.held.is_empty() && piece.is_ascii() && memchr(b'\\', &piece).is_none() {
            self.has_begun |= !piece.is_empty();
            return piece;
        }
        let mut input = [std::mem::take(&mut self.held), piece].concat();
        if !self.has_begun {
            if !is_last && input.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&input) {
                self.held = input;
                return Vec::new();
            }
            self.has_begun = true;
            if input.starts_with(BYTE_ORDER_MARK) {
                input.drain(..BYTE_ORDER_MARK.len());
            }
        }
        let mut mended = Vec::with_capacity(input.len());
        let mut at = 0;
        while at < input.len() {
            let rest = &input[at..];
            let (taken, instead) = match rest[0] {
                b'\\' => escape(rest),
                0x80.. => not_ascii(rest),
                _ => {
                    let plain = rest.iter().position(|&byte| byte == b'\\' || !byte.is_ascii());
                    (Some(plain.unwrap_or(rest.len())), None)
                }
            };
            // At the end, replace invalid bytes as a whole and keep half an escape as received.
            let at_end = is_last.then_some(if instead.is_some() { rest.len() } else { 1 });
            let Some(taken) = taken.or(at_end) else {
                rest.clone_into(&mut self.held);
                break;
            };
            mended.extend_from_slice(instead.unwrap_or(&rest[..taken]));
            at += taken;
        }
        mended
    }
}

/// The length of an escape in bytes, and its replacement; no length if more input is needed.
fn escape(rest: &[u8]) -> (Option<usize>, Option<&'static [u8]>) {
    match (rest.get(1), unit(rest)) {
        (None, _) => (None, None),
        (Some(b'u'), None) if rest.len() < 6 => (None, None),
        (Some(b'u'), Some(0xd800..=0xdbff)) => match (&rest[6..], unit(&rest[6..])) {
            (_, Some(0xdc00..=0xdfff)) => (Some(12), None),
            (next, None) if next.len() < 6 && b"\\u".starts_with(&next[..next.len().min(2)]) => {
                (None, Some(REPLACEMENT_ESCAPE))
            }
            _ => (Some(6), Some(REPLACEMENT_ESCAPE)),
        },
        (Some(b'u'), Some(0xdc00..=0xdfff)) => (Some(6), Some(REPLACEMENT_ESCAPE)),
        (Some(next), _) if !next.is_ascii() => (Some(1), None),
        // Any other escape, even one that the decoder refuses.
        _ => (Some(2), None),
    }
}

/// The number of an escape such as `\ud83d`.
fn unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Like [`escape`], for bytes that are not ASCII.
fn not_ascii(rest: &[u8]) -> (Option<usize>, Option<&'static [u8]>) {
    let run = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
    match std::str::from_utf8(&rest[..run]) {
        Ok(_) => (Some(run), None),
        Err(error) => match (error.valid_up_to(), error.error_len()) {
            (0, Some(wrong)) => (Some(wrong), Some(REPLACEMENT)),
            // Cut at the end of the chunk, or at the start of the next character.
            (0, None) if run == rest.len() => (None, Some(REPLACEMENT)),
            (0, None) => (Some(run), Some(REPLACEMENT)),
            (valid, _) => (Some(valid), None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_unicode_is_replaced_wherever_it_is_cut() {
        for (body, mended) in [
            (&br#"{"a":"plain \\ud83d \"\n"}"#[..], r#"{"a":"plain \\ud83d \"\n"}"#),
            (br#"["\ud83d\ude00","\uD83D\uDE00 \u00e9"]"#, r#"["\ud83d\ude00","\uD83D\uDE00 \u00e9"]"#),
            (br#"["a\ud83d"]"#, r#"["a\uFFFD"]"#),
            (
                br#"["\ud83d\ud83d\ude00","\ude00x","\ud83d\n"]"#,
                r#"["\uFFFD\ud83d\ude00","\uFFFDx","\uFFFD\n"]"#,
            ),
            (b"[\"caf\xc3\xa9 \xe6\x97\xa5\"]", "[\"café 日\"]"),
            (
                b"[\"\xff\xfe caf\xc3\", \"\xe6\x97\", \"\xf0\x9f\x98\x80\"]",
                "[\"\u{fffd}\u{fffd} caf\u{fffd}\", \"\u{fffd}\", \"😀\"]",
            ),
            (b"cut \\ud8", "cut \\ud8"),
            (b"cut \\u\xff", "cut \\u\u{fffd}"),
            (b"\xef\xbb\xbf\xef\xbb\xbfmarks", "\u{feff}marks"),
            (b"no escape \\\xff", "no escape \\\u{fffd}"),
            (b"cut \xe6\x97", "cut \u{fffd}"),
        ] {
            for size in 1..=body.len() {
                let mut mender = Mender::default();
                let pieces: Vec<&[u8]> = body.chunks(size).collect();
                let all: Vec<u8> = pieces
                    .iter()
                    .enumerate()
                    .flat_map(|(at, piece)| mender.mend(piece.to_vec(), at + 1 == pieces.len()))
                    .collect();
                assert_eq!(String::from_utf8_lossy(&all), mended, "in pieces of {size}");
            }
        }
    }
}
