//! All changes at the backend go through this module.
//!
//! A command opens its session with a [`Permit`], which says what the profile allows, whether to ask, and whether this is a dry
//! run. [`run()`] carries out any number of changes of one kind, several at once. It first shows the environment and the company,
//! unless the command has done so above a list. If several are to be confirmed, it shows what they lead to together
//! ([`Plan::together`]) and asks one question about them; a dry run only shows it. A second question is about those that exceed a
//! limit which always requires consent. After a no to the first, nothing is sent; after a no to the second, nothing that it
//! named. For each change it
//!
//! 1. **reads** the object ([`Plan::prepare`]). The change ends here if it is already made, isn't ours to make, or if the object
//!    has changed since it was listed ([`Plan::compare`]);
//! 2. **books** the change ([`Plan::book`]), one at a time and in order, to choose what depends on the changes before it, such as a
//!    free VLAN. [`Plan::excess`] then compares it with the limits. A change that exceeds one needs a person's consent; without a
//!    prompt, or if a policy would exceed it, the change ends here, in a dry run as well. A change that isn't possible is tried
//!    again once the changes in progress have ended, because they may fail;
//! 3. **confirms** with the backend what was booked ([`Plan::confirm`]), such as that the VLAN is free there;
//! 4. **shows** what it would send, if this is a dry run, and continues with the next change;
//! 5. **asks** for confirmation, unless it was given before or with the question about all, and then repeats the steps above: what
//!    would be sent must be what was shown, and must not exceed more;
//! 6. **sends** the change and reads the object until the change shows ([`send()`]), all before one deadline (`--timeout`). The
//!    ledger, the record of all changes, gets a line before and after. If the first can't be written, or somebody else is making
//!    the change, nothing is sent; if the profile requires a second person, the change is only proposed. A first signal waits for
//!    this step, a second one doesn't. If a form of the request is refused and nothing has changed, the next form is sent in the
//!    same step ([`Write::calls`]). If nothing has changed, or the ledger has newer entries, the change may be sent again: after the
//!    pause that a rate limit asks for, once after a lost response, and prepared differently after a refusal, such as with another
//!    VLAN. It is then read, checked and compared with what was sent, as after a question;
//! 7. **reports** the outcome, in the order given. The remaining changes are reported as not sent after a signal, after the first
//!    failure with `--fail-fast`, and if the backend or the ledger can't be used. A rate limit slows all of them, or ends the run if
//!    it can't be waited for ([`pace`]).
//!
//! The run ends with the signal, with an output that could not be written, or with the exit code of all outcomes
//! ([`report::Report::end`]). The error of a change that was made alone comes before an output that could not be written, and what
//! the profile forbids comes before how a dry run ended.
//!
//! A change is a [`Plan`], which is all that a dry run can use, and a [`Change`], which can be sent: it passes an [`Attempt`], which
//! only a run has, and a [`Write`], its request and how to read it back, to [`send()`]. How far each has come is a
//! [`stage::Stage`]: started, checked, sending, answered or lost, read back, waiting to be sent again. The
//! [`renderer::Renderer`] shows it, and how it ended; the [`report::Report`] keeps all outcomes, and [`output`] writes the
//! document. A change that has no others beside it, such as to a user, is a [`Single`] and ends with a [`Record`]. Decisions and
//! other changes that can be several end with one batch document, and a raw request of `portgate api` with its response.
//!
//! As an example, `portgate approvals accept 7c1e09ab`:
//!
//! - The command opens its session, finds the only request whose ID starts with these characters, and passes it to [`run()`] as a
//!   task of `Decisions`, the change behind all decisions (`commands/approvals/decide/plan.rs` and `send.rs`).
//! - `prepare` reads the request. It ends here if it was accepted or denied, has expired or isn't ours to decide. `compare` ends it
//!   if it isn't as it was listed, or doesn't match `--expect-speed` and the like.
//! - `book` compares its VLAN with those known to be taken on the port, and chooses one if asked to. `excess` adds its speed to what
//!   is sold on the port, and compares the sum with `max_sold` or `--max-sold`, else with the port's speed.
//! - `confirm` asks the API whether a chosen VLAN is free, and the ledger whether somebody else has claimed the request.
//! - In a terminal, the consequences are shown, a reason or ticket that the profile requires is asked for, and the decision is
//!   confirmed unless `--yes` is given; then the request is read again. Without a terminal, the ID is consent enough. An excess of
//!   `max_sold` is always confirmed, and ends it without a terminal; an excess of the port's speed is noted where nobody is asked.
//! - `send` appends a line to the ledger, sends a `PUT` (a `POST` for an entry of the queue), reads the request until it shows the
//!   decision, and appends the outcome.
//! - The result is a line on stdout, or with `-o json` a document with one row. The exit code is 0 if the request is accepted, now
//!   or before; 13 if it can't be accepted as asked (decided otherwise, changed since it was shown, its VLAN taken, claimed by
//!   somebody else); 14 if the outcome is unknown; 5 if it was declined; 15 if a limit forbids it; 16 if it was proposed; and 130
//!   after Ctrl-C. All others are those of any command (`portgate help exit-codes`).

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
pub(crate) mod output;
mod pace;
mod plan;
mod preview;
mod progress;
mod read;
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
pub(crate) use plan::{Change, Plan, Preparation, Question, Together, Warning};
pub(crate) use preview::{Planned, Preview};
pub(crate) use record::{Record, dry_run_fields};
pub(crate) use run::{Manner, run};
pub(crate) use send::send;
pub(crate) use single::{Found, Single, run_single};
pub(crate) use subject::Subject;
pub(crate) use write::{Place, Write};
