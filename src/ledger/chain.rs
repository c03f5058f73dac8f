//! The frame of a line, which chains it to the one before.
//!
//! A line is compact JSON: `schema`, `sequence`, `previous`, the members of the [`Entry`], and `hash` as the last one. The
//! hash is the SHA-256 of the line without its `hash` member; `previous` is the hash of the line before, and 64 zeros in the
//! first one. So a line can be checked as it stands: `sed -E 's/,"hash":"[0-9a-f]{64}"\}$/}/' | tr -d '\n' | sha256sum`.

use sha2::{Digest, Sha256};

use super::Entry;

/// How each line starts, up to the version.
pub(super) const START: &[u8] = br#"{"schema":"portgate.ledger/v"#;
/// The version of the lines that are written here.
pub(super) const VERSION: u64 = 1;
const SEQUENCE: &[u8] = br#"{"schema":"portgate.ledger/v1","sequence":"#;
const PREVIOUS: &[u8] = br#","previous":""#;
const HASH: &[u8] = br#","hash":""#;
/// The length of a hash in hexadecimal digits.
const HASH_LENGTH: usize = 64;

/// The end of a ledger: what the next line refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of lines so far.
    pub(crate) sequence: u64,
    pub(crate) hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Head { sequence: 0, hash: "0".repeat(HASH_LENGTH) }
    }
}

/// The frame of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    pub(crate) sequence: u64,
    pub(crate) previous: &'a str,
    pub(crate) hash: &'a str,
    /// The members of the entry, without braces.
    pub(crate) content: &'a [u8],
    /// The line up to the `hash` member.
    hashed: &'a [u8],
}

impl<'a> Link<'a> {
    /// The frame of a line without its line break; `None` if it is not a line of this version.
    pub(crate) fn parse(line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(SEQUENCE)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (sequence, rest) = rest.split_at(digits);
        let (previous, rest) = digest(rest.strip_prefix(PREVIOUS)?)?;
        let content = rest.strip_prefix(b",")?;
        let content_length = content.len().checked_sub(HASH.len() + HASH_LENGTH + 2)?;
        let (content, end) = content.split_at(content_length);
        let (hash, rest) = digest(end.strip_prefix(HASH)?)?;
        let sequence = std::str::from_utf8(sequence).ok()?;
        (rest == b"}" && !sequence.starts_with('0')).then_some(())?;
        let hashed = &line[..line.len() - end.len()];
        Some(Link { sequence: sequence.parse().ok()?, previous, hash, content, hashed })
    }

    /// Whether the line is as it was written.
    pub(crate) fn is_intact(&self) -> bool {
        hash_of(self.hashed) == self.hash.as_bytes()
    }

    pub(crate) fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash.to_owned() }
    }
}

/// The version of a line that looks like one of a newer version.
pub(super) fn newer_version(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(START)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let version: u64 = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    (version > VERSION && rest[digits..].starts_with(b"\"")).then_some(version)
}

/// A hash and its closing quote, and what follows.
fn digest(text: &[u8]) -> Option<(&str, &[u8])> {
    let (hash, rest) = text.split_at_checked(HASH_LENGTH)?;
    let is_hash = hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash.then_some((std::str::from_utf8(hash).ok()?, rest.strip_prefix(b"\"")?))
}

/// The hash of a line, given up to its `hash` member, in hexadecimal digits.
fn hash_of(hashed: &[u8]) -> [u8; HASH_LENGTH] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::new().chain_update(hashed).chain_update(b"}").finalize();
    let mut hash = [0; HASH_LENGTH];
    for (two, byte) in hash.chunks_exact_mut(2).zip(digest) {
        two.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    hash
}

/// The next line of a ledger, with its line break; `head` becomes that line.
///
/// # Errors
/// The entry can't be written as JSON.
pub(crate) fn append_line(head: &mut Head, entry: &Entry, lines: &mut Vec<u8>) -> serde_json::Result<()> {
    append_content(head, &content_of(entry)?, lines);
    Ok(())
}

/// The members of an entry, without braces.
///
/// # Errors
/// It can't be written as JSON.
pub(super) fn content_of(entry: &Entry) -> serde_json::Result<Vec<u8>> {
    let mut content = serde_json::to_vec(entry)?;
    content.pop();
    content.remove(0);
    Ok(content)
}

/// The next line, of these members.
pub(super) fn append_content(head: &mut Head, content: &[u8], lines: &mut Vec<u8>) {
    let start = lines.len();
    let sequence = head.sequence + 1;
    lines.extend_from_slice(SEQUENCE);
    lines.extend_from_slice(sequence.to_string().as_bytes());
    lines.extend_from_slice(PREVIOUS);
    lines.extend_from_slice(head.hash.as_bytes());
    lines.extend_from_slice(b"\",");
    lines.extend_from_slice(content);
    let hash = hash_of(&lines[start..]);
    lines.extend_from_slice(HASH);
    lines.extend_from_slice(&hash);
    lines.extend_from_slice(b"\"}\n");
    *head = Head { sequence, hash: String::from_utf8_lossy(&hash).into_owned() };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lines of these members.
    fn two() -> (Vec<u8>, Head) {
        let (mut head, mut lines) = (Head::default(), Vec::new());
        append_content(&mut head, br#""a":1"#, &mut lines);
        append_content(&mut head, br#""hash":"no","b":{"previous":"x"}"#, &mut lines);
        (lines, head)
    }

    #[test]
    fn a_line_is_chained_to_the_one_before() {
        let (lines, head) = two();
        let mut parsed = lines.split(|&byte| byte == b'\n').filter_map(Link::parse);
        let (one, two) = (parsed.next().unwrap(), parsed.next().unwrap());
        assert!(one.is_intact() && two.is_intact() && parsed.next().is_none());
        assert_eq!((one.sequence, one.previous, one.content), (1, "0".repeat(64).as_str(), &br#""a":1"#[..]));
        assert_eq!((two.sequence, two.previous), (2, one.hash));
        assert_eq!(two.head(), head);
        // As sha256sum computes it.
        assert_eq!(one.hash, "24ea3652b13359f7c1ee75a95ba61cec31a03d56c00bb74c3fee8a39f4578d0c");
    }

    #[test]
    fn each_changed_byte_is_noticed() {
        let (lines, _) = two();
        let line = lines.split(|&byte| byte == b'\n').next().unwrap();
        for place in 0..line.len() {
            for bit in 0..8 {
                let mut changed = line.to_vec();
                changed[place] ^= 1 << bit;
                assert!(!Link::parse(&changed).is_some_and(|link| link.is_intact()), "{place} {bit}");
            }
        }
    }
}
