//! All changes at the backend go through this module.
//!
//! [`run()`] carries out any number of changes of one kind, several at once. For each it
//!
//! 1. **reads** it ([`Plan::prepare`]): what is so already, isn't ours, or has changed since it was listed ends here;
//! 2. **books** it ([`Plan::book`]), one change at a time and in order: what depends on those before it, such as a free VLAN,
//!    is chosen, and [`Plan::excess`] looks whether it exceeds a limit. Then a person has to agree, and where nobody can be
//!    asked it ends here. What is not possible is tried again once those that are booked have ended: they may fail;
//! 3. in a dry run **shows** what would be sent, and goes on to the next;
//! 4. **asks**, unless somebody has agreed already; then goes through it all again, and what was shown must still be what
//!    would be sent, and exceed no more;
//! 5. **sends** it, and reads it back until it shows ([`send()`]), all within one deadline (`--timeout`); both are recorded
//!    in the ledger. A first signal waits for that, a second one doesn't. Where nothing has changed, it may
//!    be sent again: after a rate limit, whose pause a signal ends, and once after a lost answer. Then it is read, checked and
//!    compared with what was sent, as after a question;
//! 6. **tells** how it ended, in the order given. After a signal the rest is told as not sent, as it is when the backend is out
//!    of reach. A rate limit slows all of them ([`pace`]).
//!
//! What then ends the run is the signal, a result that could not be written, or the exit code of all outcomes
//! ([`report::Report::end`]). Before it all, a command opens its session with a [`Permit`]: what the profile allows, whether
//! somebody is to be asked, and whether it is a dry run; then it says where it is ([`consent::say_place`]).
//!
//! A change is a [`Plan`], which is all a dry run knows of it, and a [`Change`], which can be sent. What happens is told by
//! the [`report::Renderer`], and the end by the [`report::Report`]. A change by itself is a [`Single`] and ends with a [`Record`]; several end
//! with one batch document.
//!
//! `portgate approvals accept 7c1e09ab`, for one. The command opens its session with a permit, finds the one request
//! whose id begins so, says where it is, and hands it to [`run()`] as a task of `Decisions`, the change that all
//! decisions are. `prepare` reads the request: one that is accepted already, was denied, expired or isn't ours ends
//! there, as does one that is not what `--expect-speed` and the like say (`commands/approvals/decide/decisions.rs`).
//! `excess` adds it to what its port has sold and compares that with the profile's `max_sold`. On a terminal what it
//! leads to is shown and asked about, unless `--yes` says not to, and the request is read again; an excess is asked
//! about all the same. Off a terminal the id is consent enough, and an excess ends it. `send` appends a line to the
//! ledger, sends a `PUT` (a `POST` for an entry of the queue), reads the request until it shows the answer, and
//! appends how that ended. What became of it is a line on stdout, or a document of one row with `-o json`. The exit
//! code is 0 where it was accepted or had been so, 13 where it is otherwise by now, 14 where nothing tells, 5 after a
//! no, 15 where a limit of the profile forbids it, 8 where there is none, 7 where it is not ours to answer, 10 where
//! nothing is reached, 9 where the rate limit outlasts the time there is, and 130 after Ctrl-C.

mod ask_ahead;
mod carry_out;
mod conclusion;
mod concurrency;
pub(crate) mod consent;
pub(crate) mod document;
mod dry_run;
mod gate;
pub(crate) mod outcome;
mod pace;
mod plan;
mod preview;
mod progress;
mod recording;
pub(crate) mod report;
mod run;
mod send;
mod single;
mod unsent;
mod write;

pub(crate) use conclusion::Retry;
pub(crate) use concurrency::Concurrency;
pub(crate) use consent::Permit;
pub(crate) use document::Subject;
pub(crate) use outcome::{Action, Outcome, OutcomeKind};
pub(crate) use plan::{Change, Plan, Preparation, Question};
pub(crate) use preview::{Planned, Preview};
pub(crate) use run::{Manner, run};
pub(crate) use send::{Attempt, Sent, send};
pub(crate) use single::{Found, Record, Single, run_single};
pub(crate) use write::{Place, Write};
