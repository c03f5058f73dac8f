//! All changes at the backend go through this module.
//!
//! A command opens its session with a [`Permit`], which says what the profile allows, whether to ask, and whether this is a dry
//! run. [`run()`] shows the environment and the company, and carries out any number of changes of one kind, several at once. For
//! each change it
//!
//! 1. **reads** the object ([`Plan::prepare`]). The change ends here if it is already made, isn't ours to make, or if the object
//!    has changed since it was listed;
//! 2. **books** the change ([`Plan::book`]), one at a time and in order, to choose what depends on the changes before it, such as a
//!    free VLAN. [`Plan::excess`] then checks the limits. A change that exceeds one needs a person's consent; without a prompt it
//!    ends here. A change that isn't possible is tried again once the changes in progress have ended, because they may fail;
//! 3. **shows** what it would send, if this is a dry run, and continues with the next change;
//! 4. **asks** for confirmation, unless it was given before, and then repeats the steps above: what would be sent must be what was
//!    shown, and must not exceed more;
//! 5. **sends** the change and reads the object until the change shows ([`send()`]), all before one deadline (`--timeout`). The
//!    ledger records both. A first signal waits for this step, a second one doesn't. If nothing has changed, the change may be sent
//!    again: after the pause that a rate limit asks for, and once after a lost response. It is then read, checked and compared
//!    with what was sent, as after a question;
//! 6. **reports** the outcome, in the order given. After a signal, or if the backend is unreachable, the remaining changes are
//!    reported as not sent. A rate limit slows all of them ([`pace`]).
//!
//! The run ends with the signal, with an output that could not be written, or with the exit code of all outcomes
//! ([`report::Report::end`]).
//!
//! A change is a [`Plan`], which is all that a dry run can use, and a [`Change`], which can be sent. How far each has come is a
//! [`stage::Stage`]: started, checked, sending, answered, read back. The [`renderer::Renderer`] shows it, and how it ended; the
//! [`report::Report`] keeps all outcomes. A change that is made alone is a [`Single`] and ends with a [`Record`];
//! several end with one batch document.
//!
//! As an example, `portgate approvals accept 7c1e09ab`:
//!
//! - The command opens its session, finds the only request whose ID starts with these characters, and passes it to [`run()`] as a
//!   task of `Decisions`, the change behind all decisions (`commands/approvals/decide/decisions.rs`).
//! - `prepare` reads the request. It ends here if it was accepted or denied, has expired, isn't ours to decide, or doesn't match
//!   `--expect-speed` and the like.
//! - `book` checks that its VLAN is free, and chooses one if asked to. `excess` adds its speed to what is sold on the port, and
//!   compares the sum with the profile's `max_sold`.
//! - In a terminal, the consequences are shown and confirmed unless `--yes` is given, and the request is read again. An excess is
//!   always confirmed. Without a terminal, the ID is consent enough, and an excess ends it.
//! - `send` appends a line to the ledger, sends a `PUT` (a `POST` for an entry of the queue), reads the request until it shows the
//!   decision, and appends the outcome.
//! - The result is a line on stdout, or with `-o json` a document with one row. The exit code is 0 if the request is accepted, now
//!   or before; 13 if it was decided otherwise; 14 if the outcome is unknown; 5 if it was declined; 15 if a limit of the profile
//!   forbids it; 8 if it doesn't exist; 7 if it isn't ours to decide; 10 if the backend is unreachable; 9 if the rate limit lasts
//!   longer than the timeout; and 130 after Ctrl-C.

mod ask_ahead;
mod attempt;
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
mod record;
mod recording;
mod renderer;
pub(crate) mod report;
mod run;
mod send;
mod single;
mod stage;
mod stop;
mod subject;
mod unsent;
mod unwritten;
mod write;

pub(crate) use attempt::{Attempt, Sent};
pub(crate) use conclusion::Retry;
pub(crate) use concurrency::Concurrency;
pub(crate) use consent::Permit;
pub(crate) use outcome::{Action, Outcome, OutcomeKind};
pub(crate) use plan::{Change, Plan, Preparation, Question};
pub(crate) use preview::{Planned, Preview};
pub(crate) use record::{Record, dry_run_fields};
pub(crate) use run::{Manner, run};
pub(crate) use send::send;
pub(crate) use single::{Found, Single, run_single};
pub(crate) use subject::Subject;
pub(crate) use write::{Place, Write};
