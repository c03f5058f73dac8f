//! The faults there are: what is parsed, what the help says and what the tests play.

use std::time::Duration;

use axum::http::StatusCode;

use crate::text::span::parse_span;

/// A kind of fault.
pub struct FaultRow {
    /// The word for it; `STATUS` stands for a number.
    pub name: &'static str,
    /// What may stand behind its name.
    pub argument: Option<&'static str>,
    /// When it may be played; the first is usual.
    pub sides: &'static [Side],
    pub meaning: &'static str,
    pub(super) kind: fn(Option<&str>) -> Result<Kind, String>,
}

/// Whether the request takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

impl Side {
    pub fn word(self) -> &'static str {
        match self {
            Side::Before => "before",
            Side::After => "after",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Closed,
    Reset,
    Cut,
    Status(StatusCode),
    UnknownUid,
    Page(StatusCode),
    Redirect,
    Yes,
    Truncated,
    Empty,
    /// How long the answer is held; for ever where none is named.
    Slow(Option<Duration>),
    ReadsClosed,
    ReadsPage,
}

const BOTH: &[Side] = &[Side::Before, Side::After];
const BEFORE: &[Side] = &[Side::Before];
const AFTER: &[Side] = &[Side::After];

const fn row(
    name: &'static str,
    sides: &'static [Side],
    kind: fn(Option<&str>) -> Result<Kind, String>,
    meaning: &'static str,
) -> FaultRow {
    FaultRow { name, argument: None, sides, meaning, kind }
}

pub const FAULTS: &[FaultRow] = &[
    row("closed", BOTH, |_| Ok(Kind::Closed), "The connection is closed without an answer."),
    row("reset", BOTH, |_| Ok(Kind::Reset), "The connection is reset."),
    row("cut", AFTER, |_| Ok(Kind::Cut), "Half of the answer comes, then the connection is closed."),
    row(
        STATUS,
        BOTH,
        |word| status(word, 400).map(Kind::Status),
        "The API's answer with a status from 400 to 599: 401, 403, 404, 429, 503 ... With retry-after=VALUE it has that \
         header: seconds, +TIME for the date in that time, or any other word as it is.",
    ),
    row(
        "unknown-uid",
        BEFORE,
        |_| Ok(Kind::UnknownUid),
        "400 and \"Could not find a service with UID ...\".",
    ),
    FaultRow {
        argument: Some(STATUS),
        ..row(
            "page",
            BOTH,
            |word| status(Some(word.unwrap_or("200")), 200).map(Kind::Page),
            "A web page instead of the API's answer, with this status or 200.",
        )
    },
    row("redirect", BOTH, |_| Ok(Kind::Redirect), "302 to another place, http://127.0.0.1:9/elsewhere."),
    row("yes", BEFORE, |_| Ok(Kind::Yes), "200 and a good answer, though nothing happened."),
    row("truncated", AFTER, |_| Ok(Kind::Truncated), "Half of the JSON, framed as if it were whole."),
    row("empty", BOTH, |_| Ok(Kind::Empty), "200 without a body."),
    FaultRow {
        argument: Some("TIME"),
        ..row(
            "slow",
            AFTER,
            slow,
            "The answer comes after this time, such as 5s; without one it never comes.",
        )
    },
    row(
        "reads-closed",
        AFTER,
        |_| Ok(Kind::ReadsClosed),
        "The answer comes; every GET after it is closed without one.",
    ),
    row(
        "reads-page",
        AFTER,
        |_| Ok(Kind::ReadsPage),
        "The answer comes; every GET after it gets a web page.",
    ),
];

/// How a number is called in the table.
pub(super) const STATUS: &str = "STATUS";

fn status(word: Option<&str>, lowest: u16) -> Result<StatusCode, String> {
    let word = word.unwrap_or_default();
    let number = word.parse().ok().filter(|number| (lowest..600).contains(number));
    let status = number.and_then(|number| StatusCode::from_u16(number).ok());
    status.ok_or_else(|| format!("'{word}' is no status from {lowest} to 599"))
}

fn slow(word: Option<&str>) -> Result<Kind, String> {
    Ok(Kind::Slow(word.map(parse_span).transpose()?.map(|time| time.unsigned_abs())))
}
