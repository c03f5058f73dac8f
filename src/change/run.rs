//! Carries out any number of changes of one kind, one after the other, each with an end of its own.

use std::collections::HashMap;

use serde_json::Value;

use crate::change::consent;
use crate::change::document::Subject;
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::change::report::{self, interruption};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// What reading it led to.
pub(crate) enum Preparation<R, S> {
    /// It can be sent.
    Ready(Box<R>),
    /// There is nothing to send: it is so already, or can't be done by us.
    Settled(Box<Outcome<S>>),
}

/// A kind of change: what the run asks of each item, by its position, and what is counted over all of them.
pub(crate) trait Change {
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

    /// How it ends without being read: it means nothing, or is not to be sent.
    fn stopped(&self, item: &Self::Item) -> Option<Outcome<Self::Seen>>;

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
    async fn consequences(&self, ready: &Self::Ready) -> Vec<String>;

    /// The question about one, after a warning of what it exceeds.
    fn question(&self, ready: &Self::Ready, excess: Option<&Self::Excess>) -> (Option<String>, String);

    /// What a dry run shows of it: lines for people, and an object for programs.
    async fn preview(
        &mut self,
        position: usize,
        item: &Self::Item,
        ready: &Self::Ready,
        excess: Option<&Self::Excess>,
    ) -> (Vec<String>, Value);

    /// Sends it and reads it back: never torn apart by a signal.
    async fn send(
        &mut self,
        position: usize,
        item: &Self::Item,
        ready: &mut Self::Ready,
    ) -> Outcome<Self::Seen>;

    /// Counts what somebody agreed to before anything is sent, until [`Change::start_over`].
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

/// How to go about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Send nothing but reads.
    pub(crate) dry_run: bool,
    /// Show what a single one leads to, and ask: where nobody has said yes yet.
    pub(crate) asks_about_one: bool,
    /// Ask about every excess before the first of several is sent, so that a no leaves nothing half done.
    pub(crate) asks_ahead: bool,
}

/// How all of them ended.
pub(crate) struct Report<S> {
    /// How each ended, but for those that a dry run would send.
    pub(crate) outcomes: Vec<Outcome<S>>,
    /// What a dry run would send.
    pub(crate) would_send: Vec<Value>,
    /// How many there were.
    pub(crate) all: usize,
    /// The signal that stopped the run.
    pub(crate) stopped_by: Option<Exit>,
    /// A result that could not be written.
    pub(crate) unwritten: Option<anyhow::Error>,
}

impl<S> Report<S> {
    /// How the run ends: with the signal that stopped it, a result that wasn't written, or what `conclusion` says.
    pub(crate) fn end(
        self,
        written: anyhow::Result<()>,
        conclusion: impl Fn(&[Outcome<S>], usize) -> Result<Exit, Error>,
    ) -> anyhow::Result<Exit> {
        if let Some(exit) = self.stopped_by {
            return Err(interruption(exit, &self.outcomes).into());
        }
        match self.unwritten.or(written.err()) {
            Some(error) => Err(error),
            None => Ok(conclusion(&self.outcomes, self.all)?),
        }
    }
}

/// Carries them out, and tells people how each ended.
pub(crate) async fn run<C: Change>(
    context: &Context,
    change: &mut C,
    items: Vec<C::Item>,
    manner: Manner,
) -> anyhow::Result<Report<C::Seen>> {
    let all = items.len();
    // What was done before a signal, and what was not, is told whenever it comes.
    context.interrupt.take();
    let mut report =
        Report { outcomes: Vec::new(), would_send: Vec::new(), all, stopped_by: None, unwritten: None };
    let mut run = Run { context, change, manner, many: all > 1, agreed: HashMap::new() };
    if run.many && manner.asks_ahead && !manner.dry_run && context.may_ask() {
        report.stopped_by = run.ask_ahead(&items).await?;
    }
    for (position, item) in items.iter().enumerate() {
        report.stopped_by = report.stopped_by.or(context.interrupt.seen());
        let step = match report.stopped_by {
            Some(exit) => Err(exit),
            None => match context.interrupt.unless(run.until_sending(position, item)).await {
                // Ctrl-C at a question is a key, not a signal.
                Ok(Err(error)) => Err(exit_of_signal(&error).ok_or(error)?),
                Ok(Ok(step)) => Ok(step),
                Err(exit) => Err(exit),
            },
        };
        let mut ended = match step {
            Ok(Step::Previewed(shown)) => {
                report.would_send.push(shown);
                continue;
            }
            Ok(Step::Ended(ended)) => *ended,
            Ok(Step::Send(mut ready)) => {
                // From the first byte sent to the last line noted it must not be torn apart.
                let held = context.interrupt.hold();
                let ended = run.change.send(position, item, &mut ready).await;
                drop(held);
                run.change.count(position, item, Some(&ready), ended.kind);
                ended
            }
            Err(exit) => {
                report.stopped_by = Some(exit);
                let (id, action) = run.change.subject(item);
                let error = Error::new(exit, format!("{id} was not sent: interrupted")).about(&id);
                Outcome::new(id, action, OutcomeKind::Skipped).error(error)
            }
        };
        if ended.kind == OutcomeKind::Already {
            run.change.count(position, item, None, ended.kind);
        }
        if let Some(error) = &mut ended.error {
            error.call_as(&context.invocation());
        }
        // A result that can't be written must not leave the rest as it was.
        if context.tells_people() {
            let told = report::tell(context, &ended, !run.many);
            report.unwritten = report.unwritten.or(told.err());
        }
        report.outcomes.push(ended);
    }
    report.stopped_by = report.stopped_by.or(context.interrupt.seen());
    Ok(report)
}

/// How far one of them has come before anything of it is sent.
enum Step<R, S> {
    /// It is to be sent.
    Send(Box<R>),
    /// It is not to be sent.
    Ended(Box<Outcome<S>>),
    /// It was shown, for a dry run.
    Previewed(Value),
}

struct Run<'a, C: Change> {
    context: &'a Context,
    change: &'a mut C,
    manner: Manner,
    many: bool,
    /// What of an excess a person has agreed to, by position.
    agreed: HashMap<usize, Option<C::Excess>>,
}

impl<C: Change> Run<'_, C> {
    /// Reads it, checks it, and asks where somebody has to be asked: all that a signal may end.
    async fn until_sending(
        &mut self,
        position: usize,
        item: &C::Item,
    ) -> anyhow::Result<Step<C::Ready, C::Seen>> {
        if let Some(ended) = self.change.stopped(item) {
            return Ok(Step::Ended(Box::new(ended)));
        }
        let ready = match self.change.prepare(position, item).await {
            Preparation::Settled(ended) => return Ok(Step::Ended(ended)),
            Preparation::Ready(ready) => ready,
        };
        let agreed = self.agreed.get(&position).cloned();
        if agreed.as_ref().is_some_and(Option::is_none) {
            return Ok(Step::Ended(Box::new(self.change.without_consent(item, &ready, None))));
        }
        let excess = self.change.excess(item, &ready).await;
        let refused = excess.as_ref().filter(|_| !self.context.may_ask());
        if self.manner.dry_run && !self.many && self.context.tells_people() {
            for line in self.change.consequences(&ready).await {
                self.context.terminal.result_line(&line)?;
            }
        }
        if refused.is_some() {
            return Ok(Step::Ended(Box::new(self.change.without_consent(item, &ready, refused))));
        }
        if self.manner.dry_run {
            let (lines, shown) = self.change.preview(position, item, &ready, excess.as_ref()).await;
            if self.context.tells_people() {
                for line in lines {
                    self.context.terminal.result_line(&line)?;
                }
            }
            self.change.count(position, item, Some(&ready), OutcomeKind::Done);
            return Ok(Step::Previewed(shown));
        }
        let is_agreed = match (&excess, agreed.flatten()) {
            (None, _) => self.many || !self.manner.asks_about_one,
            (Some(excess), Some(agreed)) => self.change.covers(&agreed, excess),
            (Some(_), None) => false,
        };
        if is_agreed {
            return Ok(Step::Send(ready));
        }
        match self.ask(&ready, excess.as_ref()).await {
            Err(error) if self.many && error.exit == Exit::Declined => {
                return Ok(Step::Ended(Box::new(self.change.without_consent(item, &ready, None))));
            }
            answered => answered?,
        }
        // A question may stand for hours: a yes is to what was shown.
        Ok(match self.change.prepare(position, item).await {
            Preparation::Settled(ended) => Step::Ended(ended),
            Preparation::Ready(again) => match self.change.compare(again, &ready) {
                Preparation::Settled(ended) => Step::Ended(ended),
                Preparation::Ready(again) => Step::Send(again),
            },
        })
    }

    /// Asks about each excess before the first is sent. Answers the signal that ended it.
    async fn ask_ahead(&mut self, items: &[C::Item]) -> anyhow::Result<Option<Exit>> {
        for (position, item) in items.iter().enumerate() {
            if self.change.stopped(item).is_some() {
                continue;
            }
            let interrupt = std::rc::Rc::clone(&self.context.interrupt);
            let asking = async {
                let Preparation::Ready(ready) = self.change.prepare(position, item).await else {
                    return Ok(None);
                };
                let excess = self.change.excess(item, &ready).await;
                let agreed = match &excess {
                    None => true,
                    Some(_) => match self.ask(&ready, excess.as_ref()).await {
                        Err(error) if error.exit == Exit::Declined => false,
                        answered => answered.map(|()| true)?,
                    },
                };
                Ok::<_, Error>(Some((ready, excess, agreed)))
            };
            match interrupt.unless(asking).await {
                Err(exit) => return Ok(Some(exit)),
                Ok(Err(error)) if error.exit.is_signal() => return Ok(Some(error.exit)),
                Ok(Err(error)) => return Err(error.into()),
                Ok(Ok(None)) => {}
                Ok(Ok(Some((ready, excess, agreed)))) => {
                    if agreed {
                        self.change.count_ahead(&ready);
                    }
                    if excess.is_some() {
                        self.agreed.insert(position, excess.filter(|_| agreed));
                    }
                }
            }
        }
        self.change.start_over();
        Ok(None)
    }

    /// Shows what will happen, and asks.
    async fn ask(&self, ready: &C::Ready, excess: Option<&C::Excess>) -> Result<(), Error> {
        for line in self.change.consequences(ready).await {
            self.context.terminal.say(&line);
        }
        let (warning, question) = self.change.question(ready, excess);
        if let Some(warning) = warning {
            self.context.terminal.warn(&warning);
        }
        consent::confirm(self.context, &question).await
    }
}

/// The signal that an error tells of, if it does.
fn exit_of_signal(error: &anyhow::Error) -> Option<Exit> {
    error.downcast_ref().map(|error: &Error| error.exit).filter(|exit| exit.is_signal())
}
