//! Whatever changes something at the backend passes through here.
//!
//! [`run`] carries out any number of changes of one kind, one after the other. For each it
//!
//! 1. **reads** it ([`Plan::prepare`]): what is so already, isn't ours, or has changed since it was listed ends here;
//! 2. looks whether it **exceeds** a limit: then a person has to agree, and where nobody can be asked it ends here;
//! 3. in a dry run **shows** what would be sent, and goes on to the next;
//! 4. **asks**, unless somebody has agreed already; then reads it again, and what was shown must still be what would be sent;
//! 5. **sends** it: notes it in the journal, sends it once, reads it back until it shows ([`send`]). A signal waits for that;
//! 6. **tells** how it ended. After a signal the rest is told as not sent.
//!
//! What then ends the run is the signal, a result that could not be written, or the exit code of all outcomes
//! ([`report::Report::end`]). Before it all, a command opens its session with a [`Permit`]: what the profile allows, whether
//! somebody is to be asked, and whether it is a dry run; then it says where it is ([`consent::say_place`]).
//!
//! A change is a [`Plan`], which is all a dry run knows of it, and a [`Change`], which can be sent. What happens is told by
//! the [`report::Renderer`] alone. A change by itself is a [`Single`] and ends with a [`Record`]; several end
//! with one batch document.

pub(crate) mod consent;
pub(crate) mod document;
mod dry_run;
pub(crate) mod outcome;
mod plan;
mod preview;
pub(crate) mod report;
mod run;
mod send;
mod single;

pub(crate) use consent::Permit;
pub(crate) use document::{Subject, conclusion};
pub(crate) use outcome::{Action, Outcome, OutcomeKind};
pub(crate) use plan::{Change, Plan, Preparation, Question};
pub(crate) use preview::{Planned, Preview};
pub(crate) use run::{Manner, run};
pub(crate) use send::{Place, Sender, Write};
pub(crate) use single::{Found, Record, Single, run_single};
