//! Decodes keys from the bytes of a terminal (ECMA-48 control sequences, as sent by xterm and similar terminals).

use console::Key;

/// Maximum length of a sequence in bytes.
const LONGEST: usize = 16;
/// Maximum number of bytes kept of pasted text.
const LONGEST_PASTE: usize = 4096;
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    Key(Key),
    /// Pasted text, as marked by the terminal.
    Pasted(String),
    More,
}

#[derive(Debug, Default)]
pub(super) struct Decoder {
    pending: Vec<u8>,
    pasted: Option<Vec<u8>>,
}

impl Decoder {
    /// Takes a byte, or `None` if none came in time: a single escape is then the Esc key.
    pub(super) fn take(&mut self, byte: Option<u8>) -> Decoded {
        if let Some(pasted) = self.pasted.take() {
            return self.take_pasted(pasted, byte);
        }
        let Some(byte) = byte else {
            return match std::mem::take(&mut self.pending).as_slice() {
                [] => Decoded::More,
                [0x1b] => Decoded::Key(Key::Escape),
                _ => Decoded::Key(Key::Unknown),
            };
        };
        self.pending.push(byte);
        if self.pending == PASTE_BEGINS {
            self.pending.clear();
            self.pasted = Some(Vec::new());
            return Decoded::More;
        }
        match complete(&self.pending) {
            None if self.pending.len() < LONGEST => Decoded::More,
            key => {
                self.pending.clear();
                Decoded::Key(key.unwrap_or(Key::Unknown))
            }
        }
    }

    /// Pasted text ends at the terminal's end mark, however slow, or at Ctrl-C if that never comes.
    fn take_pasted(&mut self, mut pasted: Vec<u8>, byte: Option<u8>) -> Decoded {
        if byte == Some(0x03) {
            return Decoded::Key(Key::CtrlC);
        }
        pasted.extend(byte);
        if pasted.len() > LONGEST_PASTE + PASTE_ENDS.len() {
            pasted.remove(LONGEST_PASTE);
        }
        if let Some(text) = pasted.strip_suffix(PASTE_ENDS) {
            return Decoded::Pasted(String::from_utf8_lossy(text).into_owned());
        }
        self.pasted = Some(pasted);
        Decoded::More
    }
}

/// The key of these bytes; `None` if they are incomplete.
fn complete(bytes: &[u8]) -> Option<Key> {
    match bytes {
        [] | [0x1b] | [0x1b, b'[' | b'O'] => None,
        // Arrows in application mode.
        [0x1b, b'O', last] => Some(sequence_key(&[], *last)),
        [0x1b, b'[', parameters @ .., last @ 0x40..=0x7e] => Some(sequence_key(parameters, *last)),
        [0x1b, b'[', ..] => None,
        // Alt with a key.
        [0x1b, ..] => Some(Key::Unknown),
        [0x03] => Some(Key::CtrlC),
        [b'\r' | b'\n'] => Some(Key::Enter),
        [b'\t'] => Some(Key::Tab),
        [0x7f | 0x08] => Some(Key::Backspace),
        [0x01] => Some(Key::Home),
        [0x05] => Some(Key::End),
        [ascii @ ..0x80] => Some(Key::Char(char::from(*ascii))),
        [first, ..] => {
            let length = match first {
                0xc0..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0..0xf8 => 4,
                _ => 1,
            };
            if bytes.len() < length {
                return None;
            }
            let character = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
            Some(character.map_or(Key::Unknown, Key::Char))
        }
    }
}

fn sequence_key(parameters: &[u8], last: u8) -> Key {
    match (parameters, last) {
        (_, b'A') => Key::ArrowUp,
        (_, b'B') => Key::ArrowDown,
        (_, b'C') => Key::ArrowRight,
        (_, b'D') => Key::ArrowLeft,
        (_, b'H') | (b"1" | b"7", b'~') => Key::Home,
        (_, b'F') | (b"4" | b"8", b'~') => Key::End,
        (b"5", b'~') => Key::PageUp,
        (b"6", b'~') => Key::PageDown,
        (_, b'Z') => Key::BackTab,
        _ => Key::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What these bytes are, followed by a pause.
    fn decoded(bytes: &[u8]) -> Vec<Decoded> {
        let mut decoder = Decoder::default();
        let bytes = bytes.iter().map(|byte| Some(*byte)).chain([None]);
        bytes.map(|byte| decoder.take(byte)).filter(|decoded| *decoded != Decoded::More).collect()
    }

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let key = |decoded| match decoded {
            Decoded::Key(key) => Some(key),
            _ => None,
        };
        decoded(bytes).into_iter().filter_map(key).collect()
    }

    #[test]
    fn what_is_pasted_is_no_key_and_ends_where_the_terminal_says_so() {
        let pasted = |text: &str| Decoded::Pasted(text.to_owned());
        let y = || Decoded::Key(Key::Char('y'));
        assert_eq!(decoded(b"\x1b[200~ok\ry\r\x1b[A\x1b[201~y"), [pasted("ok\ry\r\x1b[A"), y()]);
        assert_eq!(decoded(b"y\x1b[200~\x1b[201~"), [y(), pasted("")]);
        assert_eq!(decoded(b"\x1b[200~y\r"), []);
        assert_eq!(decoded(b"\x1b[200~y\x03y"), [Decoded::Key(Key::CtrlC), y()]);
        let long = [PASTE_BEGINS, &[b'a'; 100_000], PASTE_ENDS].concat();
        assert_eq!(decoded(&long), [pasted(&"a".repeat(LONGEST_PASTE))]);
    }

    #[test]
    fn bytes_become_keys() {
        assert_eq!(keys(b"\x1b[A\x1bOB"), [Key::ArrowUp, Key::ArrowDown]);
        assert_eq!(keys(b"\x1b[5~\x1b[1~\x1b[F"), [Key::PageUp, Key::Home, Key::End]);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
        assert_eq!(keys("a日\r".as_bytes()), [Key::Char('a'), Key::Char('日'), Key::Enter]);
        assert_eq!(keys(b"\x03\x7f\t"), [Key::CtrlC, Key::Backspace, Key::Tab]);
        assert_eq!(keys(b" \x14"), [Key::Char(' '), Key::Char('\u{14}')]);
    }

    #[test]
    fn what_is_no_key_is_passed_over_and_the_next_one_counts() {
        assert_eq!(keys(b"\x1b[1;5Ax"), [Key::ArrowUp, Key::Char('x')]);
        assert_eq!(keys(b"\x1bx\x1b[201~y"), [Key::Unknown, Key::Unknown, Key::Char('y')]);
        assert_eq!(keys(b"\xffy"), [Key::Unknown, Key::Char('y')]);
        assert_eq!(keys(b"\xe6"), [Key::Unknown]);
        let endless = [b"\x1b[".as_slice(), &[b'1'; 40]].concat();
        assert!(keys(&endless).contains(&Key::Unknown));
    }
}
