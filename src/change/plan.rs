//! Two traits for changes: one to read and preview, one to send, which a dry run can't reach. A run works on several
//! changes at once, so what is counted over all of them is behind a shared reference.

use crate::change::attempt::{Attempt, Sent};
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::preview::Preview;
use crate::change::subject::Subject;
use crate::error::{Error, Hint};
use crate::session::connection::Connection;
use crate::terminal::prompt::declined_error;

/// What reading it led to.
pub(crate) enum Preparation<R, S> {
    Ready(Box<R>),
    /// Nothing to send: already done, or not possible.
    Settled(Box<Outcome<S>>),
}

/// The confirmation before sending.
#[derive(Default)]
pub(crate) struct Question {
    /// Details, in lines.
    pub(crate) lines: Vec<String>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) text: String,
    /// How many changes it is about, where the number has to be typed.
    pub(crate) typed: Option<usize>,
}

/// A warning above a question, with what helps.
pub(crate) struct Warning {
    pub(crate) text: String,
    pub(crate) next: Option<Hint>,
}

impl From<String> for Warning {
    fn from(text: String) -> Self {
        Warning { text, next: None }
    }
}

/// Several changes shown together, with one question about them.
pub(crate) struct Together<E> {
    /// What they lead to, in lines that fit: shown above the question, and the result of a dry run.
    pub(crate) overview: Vec<String>,
    pub(crate) question: Question,
    /// The positions of the changes that the question is about, with what each exceeds. Without any, nothing is asked.
    pub(crate) asked: Vec<(usize, Option<E>)>,
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
    /// What the user must agree to in addition, such as exceeding a limit.
    type Excess: Clone;

    /// Where it is made.
    fn connection(&self) -> &Connection;

    /// The reported ID and action.
    fn subject(&self, item: &Self::Item) -> (String, Action);

    /// The outcome for an error before sending.
    fn fail(&self, item: &Self::Item, error: Error) -> Preparation<Self::Ready, Self::Seen> {
        let (id, action) = self.subject(item);
        Preparation::Settled(Box::new(Outcome::failure(id, action, error)))
    }

    /// The outcome if it must not be read or sent.
    fn outcome_if_stopped(&self, _item: &Self::Item) -> Option<Outcome<Self::Seen>> {
        None
    }

    /// Reads the item and checks that it can be changed, whatever becomes of the others. `before` is how it was shown or
    /// sent earlier.
    async fn prepare(
        &self,
        position: usize,
        item: &Self::Item,
        before: Option<&Self::Ready>,
    ) -> Preparation<Self::Ready, Self::Seen>;

    /// Completes it with what depends on the changes before it. Called for one change at a time, in order.
    async fn book(
        &self,
        _position: usize,
        _item: &Self::Item,
        ready: Box<Self::Ready>,
        _before: Option<&Self::Ready>,
    ) -> Preparation<Self::Ready, Self::Seen> {
        Preparation::Ready(ready)
    }

    /// Whether what it was booked as, or why it couldn't be, may turn out otherwise once the changes under way have ended.
    fn may_change(&self, _item: &Self::Item, booked: Result<&Self::Ready, &Outcome<Self::Seen>>) -> bool {
        booked.is_err()
    }

    /// Notes that a change has ended and counts for those that follow.
    fn settle(&self, _ready: &Self::Ready) {}

    /// Checks with the backend what was booked, whatever becomes of the others.
    /// Returns the outcome if it can't be sent.
    async fn confirm(&self, _item: &Self::Item, _ready: &mut Self::Ready) -> Option<Outcome<Self::Seen>> {
        None
    }

    /// The outcome if the item is no longer as it was listed, or as it was shown or sent `before`.
    fn compare(
        &self,
        _item: &Self::Item,
        _ready: &Self::Ready,
        _before: Option<&Self::Ready>,
    ) -> Option<Outcome<Self::Seen>> {
        None
    }

    /// The excess over a limit, including all earlier changes. Called for one change at a time, in order.
    async fn excess(&self, _item: &Self::Item, _ready: &mut Self::Ready) -> Option<Self::Excess> {
        None
    }

    /// Forgets what was read of other things than the item: a question or a pause has come in between.
    fn forget_readings(&self) {}

    /// One question about those of `all` items that exceed a limit.
    fn question_about_excesses(&self, exceeding: &[(&Self::Ready, &Self::Excess)], all: usize) -> Question {
        let text = format!("{} of {all} exceed a limit. Continue?", exceeding.len());
        Question { text, ..Question::default() }
    }

    /// Whether a person may consent to this excess; otherwise the change is refused.
    fn may_consent(&self, _excess: &Self::Excess) -> bool {
        true
    }

    /// Whether consent to `agreed` also covers this excess.
    fn covers(&self, _agreed: &Self::Excess, _excess: &Self::Excess) -> bool {
        false
    }

    /// The outcome if this excess can't be confirmed. `None`: a person declined.
    fn without_consent(
        &self,
        item: &Self::Item,
        _ready: &Self::Ready,
        _excess: Option<&Self::Excess>,
    ) -> Outcome<Self::Seen> {
        let (id, action) = self.subject(item);
        let error = declined_error().resource(&id);
        Outcome::new(id, action, OutcomeKind::Skipped).error(error)
    }

    /// Notes about all of them, in lines, whether or not somebody is asked.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// All of them shown together, in lines of this width. `None` if each is shown by itself.
    fn together(&self, _items: &[Self::Item], _width: Option<usize>) -> Option<Together<Self::Excess>> {
        None
    }

    /// Takes what the changes need, such as a lock, before the first is carried out: no question about all is open any more.
    async fn begin(&self, _items: &[Self::Item]) -> Result<(), Error> {
        Ok(())
    }

    /// What to beware of in this change, shown once before it is asked about or sent, and in a dry run.
    fn warnings(&self, _ready: &Self::Ready) -> Vec<String> {
        Vec::new()
    }

    /// The consequences, in lines.
    async fn consequences(&self, _ready: &Self::Ready) -> Vec<String> {
        Vec::new()
    }

    /// Asks for what is missing, once the consequences are shown; it is read and checked again after that.
    async fn ask_for_words(&self) -> Result<(), Error> {
        Ok(())
    }

    fn question(&self, ready: &Self::Ready, excess: Option<&Self::Excess>) -> Question;

    /// The preview in a dry run.
    async fn preview(
        &self,
        position: usize,
        item: &Self::Item,
        ready: &Self::Ready,
        excess: Option<&Self::Excess>,
    ) -> Preview<Self::Seen>;

    /// Counts confirmed changes before anything is sent, until [`Plan::start_over`].
    fn count_ahead(&self, _ready: &Self::Ready) {}

    /// Resets the counts.
    fn start_over(&self) {}

    /// Counts what is about to be changed, would be in a dry run, or was already (`None`), for the limits of those that
    /// follow.
    fn reserve(&self, _position: usize, _ready: Option<&Self::Ready>) {}

    /// How many that were sent wait to be read back together; they don't count among those under way.
    fn parked_count(&self) -> usize {
        0
    }

    /// Nothing else is under way: reads them back now.
    fn hurry(&self) {}

    /// Takes back [`Plan::reserve`] for a change that did not take effect.
    fn release(&self, _position: usize, _ready: &Self::Ready) {}
}

/// A kind of change that can be sent.
pub(crate) trait Change: Plan {
    /// Sends the change and reads it back; not interrupted by a first signal. `attempt` is what was sent before.
    async fn send(
        &self,
        position: usize,
        item: &Self::Item,
        ready: &mut Self::Ready,
        attempt: &Attempt,
    ) -> Sent<Self::Seen>;
}
