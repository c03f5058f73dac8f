//! Whatever changes something at the backend passes through here.
//!
//! [`run`] carries out any number of changes of one kind, one after the other. For each it
//!
//! 1. **reads** it ([`Change::prepare`]): what is so already, isn't ours, or has changed since it was listed ends here;
//! 2. looks whether it **exceeds** a limit: then a person has to agree, and where nobody can be asked it ends here;
//! 3. in a dry run **shows** what would be sent, and goes on to the next;
//! 4. **asks**, unless somebody has agreed already; then reads it again, and what was shown must still be what would be sent;
//! 5. **sends** it: notes it in the journal, sends it once, reads it back until it shows ([`send`]). A signal waits for that;
//! 6. **tells** how it ended. After a signal the rest is told as not sent.
//!
//! What then ends the run is the signal, a result that could not be written, or the exit code of all outcomes
//! ([`run::Report::end`]). Before it all, a command asks what the profile allows and says where it is ([`consent`]).

pub(crate) mod consent;
pub(crate) mod document;
pub(crate) mod outcome;
pub(crate) mod preview;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod send;
pub(crate) mod single;

pub(crate) use document::{Subject, conclusion};
pub(crate) use outcome::{Action, Outcome, OutcomeKind};
pub(crate) use run::{Change, Manner, Preparation, run};
pub(crate) use send::{Place, Sender, Write};
