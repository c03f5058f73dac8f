//! The table of faults, used by the parser, the help and the tests.

use std::time::Duration;

use axum::http::StatusCode;

use crate::text::span::parse_span;

/// A kind of fault.
pub struct FaultRow {
    /// The name in a specification; `STATUS` stands for a number.
    pub name: &'static str,
    /// The optional argument after the name.
    pub argument: Option<&'static str>,
    /// When it can be injected; the first is the default.
    pub sides: &'static [Side],
    pub meaning: &'static str,
    pub(super) kind: fn(Option<&str>) -> Result<Kind, String>,
}

/// Whether the fault is injected before or after the request takes effect.
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
    /// How long the response is delayed; forever if `None`.
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
    row("closed", BOTH, |_| Ok(Kind::Closed), "Closes the connection without a response."),
    row("reset", BOTH, |_| Ok(Kind::Reset), "Resets the connection."),
    row("cut", AFTER, |_| Ok(Kind::Cut), "Closes the connection after half of the response."),
    row(
        STATUS,
        BOTH,
        |word| status(word, 400).map(Kind::Status),
        "Returns an API error with a status from 400 to 599, such as 401, 429 or 503. retry-after=VALUE adds a \
         Retry-After header: seconds, +TIME for a date that far in the future, or any other word, sent unchanged.",
    ),
    row(
        "unknown-uid",
        BEFORE,
        |_| Ok(Kind::UnknownUid),
        "Returns 400 and \"Could not find a service with UID ...\".",
    ),
    FaultRow {
        argument: Some(STATUS),
        ..row(
            "page",
            BOTH,
            |word| status(Some(word.unwrap_or("200")), 200).map(Kind::Page),
            "Returns a web page instead of an API response, with this status or 200.",
        )
    },
    row(
        "redirect",
        BOTH,
        |_| Ok(Kind::Redirect),
        "Returns 302 with a redirect to http://127.0.0.1:9/elsewhere.",
    ),
    row("yes", BEFORE, |_| Ok(Kind::Yes), "Returns 200 and a successful response although nothing happened."),
    row("truncated", AFTER, |_| Ok(Kind::Truncated), "Returns half of the JSON as if it were complete."),
    row("empty", BOTH, |_| Ok(Kind::Empty), "Returns 200 without a body."),
    FaultRow {
        argument: Some("TIME"),
        ..row(
            "slow",
            AFTER,
            slow,
            "Delays the response by this time, such as 5s; without a time, no response is ever sent.",
        )
    },
    row(
        "reads-closed",
        AFTER,
        |_| Ok(Kind::ReadsClosed),
        "Returns the response; closes the connection of every later GET without a response.",
    ),
    row(
        "reads-page",
        AFTER,
        |_| Ok(Kind::ReadsPage),
        "Returns the response; every later GET gets a web page.",
    ),
];

/// The name of a numeric status in the table.
pub(super) const STATUS: &str = "STATUS";

fn status(word: Option<&str>, lowest: u16) -> Result<StatusCode, String> {
    let word = word.unwrap_or_default();
    let number = word.parse().ok().filter(|number| (lowest..600).contains(number));
    let status = number.and_then(|number| StatusCode::from_u16(number).ok());
    status.ok_or_else(|| format!("'{word}' is not a status from {lowest} to 599"))
}

fn slow(word: Option<&str>) -> Result<Kind, String> {
    Ok(Kind::Slow(word.map(parse_span).transpose()?.map(|time| time.unsigned_abs())))
}
