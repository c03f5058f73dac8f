//! What is known of a change before it is sent, and what sends it: two traits, so that a dry run can't reach the second.

use crate::change::document::Subject;
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::preview::Preview;
use crate::change::send::{Attempt, Sent};
use crate::error::Error;
use crate::exit::Exit;

/// What reading it led to.
pub(crate) enum Preparation<R, S> {
    Ready(Box<R>),
    /// There is nothing to send: it is so already, or can't be done by us.
    Settled(Box<Outcome<S>>),
}

/// What a person is asked before it is sent.
pub(crate) struct Question {
    /// What it is about, in lines.
    pub(crate) lines: Vec<String>,
    /// What speaks against it.
    pub(crate) warning: Option<String>,
    pub(crate) text: String,
}

/// A kind of change as far as it is read and shown: what is asked of each item, by its position, and what is counted over
/// all of them.
pub(crate) trait Plan {
    /// What it is made to, after an article: "request".
    const NOUN: &'static str;

    /// What is to be changed, and how.
    type Item;
    /// An item as it was just read, with what would be sent.
    type Ready;
    /// What an outcome shows.
    type Seen: Subject;
    /// What somebody has to agree to beyond the change itself.
    type Excess: Clone;

    /// The id it is reported under, and what is done to it.
    fn subject(&self, item: &Self::Item) -> (String, Action);

    /// How it ends with an error that keeps it from being sent.
    fn fail(&self, item: &Self::Item, error: Error) -> Preparation<Self::Ready, Self::Seen> {
        let (id, action) = self.subject(item);
        Preparation::Settled(Box::new(Outcome::failure(id, action, error)))
    }

    /// How it ends without being read: it means nothing, or is not to be sent.
    fn stopped(&self, _item: &Self::Item) -> Option<Outcome<Self::Seen>> {
        None
    }

    /// Reads it, and checks that it is what was meant and may be changed so.
    async fn prepare(&mut self, position: usize, item: &Self::Item) -> Preparation<Self::Ready, Self::Seen>;

    /// Whether what was read again is what was shown: else it is not sent.
    fn compare(&self, again: Box<Self::Ready>, _shown: &Self::Ready) -> Preparation<Self::Ready, Self::Seen> {
        Preparation::Ready(again)
    }

    /// What goes beyond a limit, with everything counted before.
    async fn excess(&mut self, _item: &Self::Item, _ready: &Self::Ready) -> Option<Self::Excess> {
        None
    }

    /// Forgets what was read of other things than the item: a question or a pause has come in between.
    fn forget_readings(&mut self) {}

    /// Whether who agreed to `agreed` has agreed to this, too.
    fn covers(&self, _agreed: &Self::Excess, _excess: &Self::Excess) -> bool {
        false
    }

    /// How it ends where nobody can be asked about an excess, or somebody said no to it.
    fn without_consent(
        &self,
        item: &Self::Item,
        _ready: &Self::Ready,
        _excess: Option<&Self::Excess>,
    ) -> Outcome<Self::Seen> {
        let (id, action) = self.subject(item);
        let error = Error::new(Exit::Declined, "declined; it was not sent").about(&id);
        Outcome::new(id, action, OutcomeKind::Skipped).error(error)
    }

    /// What follows from it, in lines.
    async fn consequences(&self, _ready: &Self::Ready) -> Vec<String> {
        Vec::new()
    }

    fn question(&self, ready: &Self::Ready, excess: Option<&Self::Excess>) -> Question;

    /// What a dry run shows of it.
    async fn preview(
        &mut self,
        position: usize,
        item: &Self::Item,
        ready: &Self::Ready,
        excess: Option<&Self::Excess>,
    ) -> Preview<Self::Seen>;

    /// Counts what somebody agreed to before anything is sent, until [`Plan::start_over`].
    fn count_ahead(&mut self, _ready: &Self::Ready) {}

    /// Forgets what was counted ahead.
    fn start_over(&mut self) {}

    /// Counts what was changed, may have been, or would be, for the limits of those that follow.
    fn count(
        &mut self,
        _position: usize,
        _item: &Self::Item,
        _ready: Option<&Self::Ready>,
        _kind: OutcomeKind,
    ) {
    }
}

/// A kind of change that can be sent.
pub(crate) trait Change: Plan {
    /// Sends it and reads it back: never torn apart by a first signal. `attempt` is what was sent of it before.
    async fn send(
        &mut self,
        position: usize,
        item: &Self::Item,
        ready: &mut Self::Ready,
        attempt: &Attempt,
    ) -> Sent<Self::Seen>;
}
