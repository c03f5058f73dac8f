//! JSON that arrives in pieces, of which the part that is being read is held: one value at a time.

use std::ops::Range;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde_json::Error;

use crate::api::wire;

/// Maximum size of one value, and of what is read between two elements, in bytes.
pub(crate) const LARGEST_ELEMENT: usize = 100 * 1024 * 1024;

/// The pieces of a body, in order.
pub(crate) type Pieces<'a> = &'a mut dyn Iterator<Item = Vec<u8>>;

pub(crate) struct Window<'a> {
    pieces: Pieces<'a>,
    /// What arrived; read up to `at`.
    text: String,
    at: usize,
    /// Bytes that arrived since the last element ended.
    since: usize,
    /// Bytes before `text`.
    before: usize,
}

impl<'a> Window<'a> {
    pub(crate) fn new(pieces: Pieces<'a>) -> Self {
        Window { pieces, text: String::new(), at: 0, since: 0, before: 0 }
    }

    /// An element has ended: the next may be as large.
    pub(crate) fn end_element(&mut self) {
        self.since = self.text.len() - self.at;
    }

    /// Appends what arrives, as much as there is already, so that a large value is not read anew for each piece. False
    /// at the end.
    fn fill(&mut self) -> Result<bool, Error> {
        self.before += self.at;
        self.text.drain(..std::mem::take(&mut self.at));
        let held = self.text.len();
        while self.text.len() <= held * 2 {
            let Some(piece) = self.pieces.next() else { break };
            self.since += piece.len();
            if self.since > LARGEST_ELEMENT {
                return Err(Error::custom("an element is larger than 100 MiB"));
            }
            let piece = std::str::from_utf8(&piece).map_err(|_| Error::custom("the text is not UTF-8"))?;
            self.text.push_str(piece);
        }
        Ok(self.text.len() > held)
    }

    /// The next byte that is not blank; none at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Error> {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            match rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
                Some(blanks) => {
                    self.at += blanks;
                    return Ok(Some(rest[blanks]));
                }
                None => {
                    self.at = self.text.len();
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Steps over this byte.
    pub(crate) fn step(&mut self, byte: u8, expected: &str) -> Result<(), Error> {
        match self.peek()? {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.error_at_byte(&format!("expected {expected}"))),
            None => Err(self.error_at_byte("it ends too early")),
        }
    }

    /// The name of the next field of an object, whose value is next; none where the object ends.
    pub(crate) fn next_name(&mut self, is_first: bool) -> Result<Option<String>, Error> {
        if self.ends(b'}', is_first)? {
            return Ok(None);
        }
        let name = self.value()?;
        self.step(b':', "a colon")?;
        Ok(Some(name))
    }

    /// Whether a list has another element, which is next.
    pub(crate) fn has_element(&mut self, is_first: bool) -> Result<bool, Error> {
        Ok(!self.ends(b']', is_first)?)
    }

    fn ends(&mut self, end: u8, is_first: bool) -> Result<bool, Error> {
        if self.peek()? == Some(end) {
            self.at += 1;
            return Ok(true);
        }
        if !is_first {
            self.step(b',', "a comma or the end")?;
        }
        Ok(false)
    }

    /// The next value.
    pub(crate) fn value<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let (value, _) = self.decode()?;
        Ok(value)
    }

    /// The next element with its text; none where the text is JSON, but can't be decoded as such.
    pub(crate) fn element<T: DeserializeOwned>(&mut self) -> Result<(Option<T>, &str), Error> {
        let (element, range) = match self.decode() {
            Ok((element, range)) => (Some(element), range),
            Err(_) => (None, self.decode::<IgnoredAny>()?.1),
        };
        let text = &self.text[range];
        Ok((element.or_else(|| wire::from_doubled(text).ok()), text))
    }

    /// The next value, and where it was.
    fn decode<T: DeserializeOwned>(&mut self) -> Result<(T, Range<usize>), Error> {
        self.peek()?;
        loop {
            let rest = &self.text[self.at..];
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<T>();
            let read = values.next();
            let end = values.byte_offset();
            // A number or a word may go on in the next piece.
            let may_go_on = match &read {
                Some(Ok(_)) => end == rest.len() && !rest.ends_with(['}', ']', '"']),
                Some(Err(error)) => is_at_end(error, rest),
                None => true,
            };
            if may_go_on && self.fill()? {
                continue;
            }
            return match read {
                Some(Ok(value)) => {
                    let start = self.at;
                    self.at += end;
                    Ok((value, start..self.at))
                }
                Some(Err(error)) => {
                    let text = error.to_string();
                    let position = format!(" at line {} column {}", error.line(), error.column());
                    Err(self.error_at_byte(text.strip_suffix(&position).unwrap_or(&text)))
                }
                None => Err(self.error_at_byte("it ends too early")),
            };
        }
    }

    fn error_at_byte(&self, what: &str) -> Error {
        Error::custom(format_args!("{what} in the value at byte {}", self.before + self.at + 1))
    }
}

/// Whether an error may be that the text is cut: serde_json doesn't say so for a number.
fn is_at_end(error: &Error, text: &str) -> bool {
    let before = text.split('\n').take(error.line().saturating_sub(1)).map(|line| line.len() + 1);
    error.is_eof() || before.sum::<usize>() + error.column() + 1 >= text.len()
}
