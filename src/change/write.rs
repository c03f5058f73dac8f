//! A change as it is sent: its forms, and how what comes back is to be read.

use crate::api::{Answer, Call, check_envelope};
use crate::change::outcome::{Action, Outcome};
use crate::error::{Error, Hint};
use crate::ledger::{Object, ObjectKind, Terms};

/// The progress of a change, from what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Unchanged.
    Before,
    /// Not visible, but not clearly unchanged either.
    NotShown,
    /// It took effect; parts of it may not show yet.
    Lagging,
    /// Final: as requested, or different.
    Settled,
}

/// One change, ready to be sent: the forms it can be sent in, and how what comes back is to be read.
pub(crate) trait Write {
    /// What reading it again gives.
    type Reading;
    type Seen;

    /// What is changed.
    const KIND: ObjectKind;

    /// The id it is reported under, and what is done.
    fn subject(&self) -> (&str, Action);

    /// What the ledger says of it.
    fn object(&self) -> Object {
        let (id, action) = self.subject();
        Object::new(Self::KIND, id, action.verb)
    }

    /// What was read back, in a word.
    fn state(&self, _seen: &Self::Seen) -> Option<String> {
        None
    }

    /// What must hold for it to be recorded, and so sent.
    fn terms(&self) -> Terms {
        Terms::NONE
    }

    /// The requests that each would make the change, the first one first. Another is tried only where one was refused and
    /// nothing has changed.
    fn calls(&self) -> &[Call];

    /// Whether sending it twice is idempotent.
    fn can_repeat(&self) -> bool {
        true
    }

    /// Whether an answer with a status of success is a yes: only the API's own envelope is, not a gateway's page.
    fn check_answer(&self, call: &Call, answer: &Answer) -> Result<(), Error> {
        check_envelope(call, answer)
    }

    /// Whether what it has become stays so: then a request that is still on its way changes nothing any more.
    fn is_final(&self) -> bool {
        false
    }

    /// Reads what it is now. `answer` is the backend's yes, where there was one.
    async fn read(&self, answer: Option<&Answer>) -> Result<Self::Reading, Error>;

    /// How far the change has come.
    fn place(&self, reading: &Self::Reading) -> Place;

    /// How it ended where it is no longer as it was. `refusal` is what the backend said where this sending changed nothing.
    async fn conclude(&self, reading: Self::Reading, refusal: Option<Error>) -> Outcome<Self::Seen>;

    /// Whether what the backend refused, and which is as it was, may be prepared anew and sent as something else.
    async fn has_other_way(&self, _error: &Error) -> bool {
        false
    }

    /// Adds to a refusal of the backend what it may come of.
    fn explain(&self, error: Error) -> Error {
        error
    }

    /// How it ended where the backend refused it and it is as it was, or can't be read.
    fn refuse(&self, reading: Option<Self::Reading>, error: Error) -> Outcome<Self::Seen> {
        let (id, action) = self.subject();
        Outcome::failure(id, action, self.explain(error)).seen(self.last_seen(reading))
    }

    /// What an outcome shows that says nothing of success: as last read, or as it was before.
    fn last_seen(&self, reading: Option<Self::Reading>) -> Option<Self::Seen>;

    /// What to do where it isn't known whether it took effect.
    fn doubt_hints(&self) -> Vec<Hint>;
}
