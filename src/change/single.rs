//! A single change, whose result is a record rather than a row of a batch.

use std::convert::Infallible;

use crate::change::attempt::{Attempt, Sent};
use crate::change::consent::Permit;
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::output;
use crate::change::plan::{Change, Plan, Preparation, Question};
use crate::change::preview::Preview;
use crate::change::record::Record;
use crate::change::run::{Manner, run};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection::Connection;
use crate::session::context::Context;

/// What reading a single change led to.
pub(crate) enum Found<R> {
    Ready(R),
    Already(Record),
}

/// One change by itself.
pub(crate) trait Single {
    /// What it is made to, after an article: "service key".
    const NOUN: &'static str;
    /// As it was just read, with what would be sent.
    type Ready;

    /// Where it is made.
    fn connection(&self) -> &Connection;

    /// The reported ID and action.
    fn subject(&self) -> (String, Action);

    /// Reads it, and checks that it may be changed so.
    async fn prepare(&self) -> Result<Found<Self::Ready>, Error>;

    /// Why it may not be sent where it is no longer as it was shown.
    fn change_since_shown(&self, _again: &Self::Ready, _shown: &Self::Ready) -> Option<Error> {
        None
    }

    /// What to beware of, shown once before it is asked about or sent, and in a dry run.
    fn warnings(&self, _ready: &Self::Ready) -> Vec<String> {
        Vec::new()
    }

    fn question(&self, ready: &Self::Ready) -> Question;

    /// The preview in a dry run.
    fn preview(&self, ready: &Self::Ready) -> Preview<Record>;

    /// Sends it and reads it back. `attempt` is what was sent of it before.
    async fn send(&self, ready: &Self::Ready, attempt: &Attempt) -> Sent<Record>;
}

/// Carries it out as the permit says, and writes its record. `next` says what to do with what was done.
pub(crate) async fn run_single<S: Single>(
    context: &Context,
    permit: Permit,
    single: &S,
    next: impl FnOnce(&Outcome<Record>),
) -> anyhow::Result<Exit> {
    let alone = Alone { single };
    let report = Box::pin(run(context, &permit, &alone, vec![()], Manner::default())).await?;
    let write = |outcomes: &[Outcome<Record>]| {
        let Some(outcome) = outcomes.first() else { return Ok(()) };
        if let Some(record) = &outcome.seen {
            output::write_record(context, outcome, &record.value)?;
        }
        if outcome.kind.is_ok() {
            next(outcome);
        }
        Ok(())
    };
    report.end(context, permit, write)
}

/// A single change as the run carries it out.
struct Alone<'a, S> {
    single: &'a S,
}

impl<S: Single> Plan for Alone<'_, S> {
    const NOUN: &'static str = S::NOUN;
    type Item = ();
    type Ready = S::Ready;
    type Seen = Record;
    type Excess = Infallible;

    fn connection(&self) -> &Connection {
        self.single.connection()
    }

    fn subject(&self, (): &()) -> (String, Action) {
        self.single.subject()
    }

    async fn prepare(&self, _: usize, item: &(), _: Option<&S::Ready>) -> Preparation<S::Ready, Record> {
        match self.single.prepare().await {
            Ok(Found::Ready(ready)) => Preparation::Ready(Box::new(ready)),
            Ok(Found::Already(record)) => {
                let (id, action) = self.single.subject();
                let already = Outcome::new(id, action, OutcomeKind::Already).seen(record);
                Preparation::Settled(Box::new(already))
            }
            Err(error) => self.fail(item, error),
        }
    }

    fn compare(&self, (): &(), ready: &S::Ready, before: Option<&S::Ready>) -> Option<Outcome<Record>> {
        let error = self.single.change_since_shown(ready, before?)?;
        let (id, action) = self.single.subject();
        Some(Outcome::failure(id, action, error))
    }

    fn warnings(&self, ready: &S::Ready) -> Vec<String> {
        self.single.warnings(ready)
    }

    fn question(&self, ready: &S::Ready, _: Option<&Infallible>) -> Question {
        self.single.question(ready)
    }

    async fn preview(&self, _: usize, (): &(), ready: &S::Ready, _: Option<&Infallible>) -> Preview<Record> {
        self.single.preview(ready)
    }
}

impl<S: Single> Change for Alone<'_, S> {
    async fn send(&self, _: usize, (): &(), ready: &mut S::Ready, attempt: &Attempt) -> Sent<Record> {
        self.single.send(ready, attempt).await
    }
}
