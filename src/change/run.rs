//! Carries out changes of one kind, several at once, each with its own outcome. They are booked one after the other, so that
//! limits and VLANs come out as if they were sent one after the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::task::Poll;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::api::backend::Patience;
use crate::change::concurrency::Concurrency;
use crate::change::consent::{self, Permit};
use crate::change::dry_run;
use crate::change::gate::Gate;
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::pace::Pace;
use crate::change::plan::{Change, Plan, Preparation, Question};
use crate::change::progress::Progress;
use crate::change::report::{Event, Renderer, Report};
use crate::change::send::{Again, Sent};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Changes that are sent and wait to be read back together, at most.
const MOST_PARKED: usize = 1024;

/// Options of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Show the consequences of a single change, and ask.
    pub(crate) asks_about_one: bool,
    /// Ask once about all excesses before the first change is sent, so that declining leaves nothing half done.
    pub(crate) asks_ahead: bool,
    /// One of several changes carried out individually, such as in a review.
    pub(crate) one_of_many: bool,
    pub(crate) concurrency: Concurrency,
}

/// Carries them out, or shows what would be sent, as the permit says; and tells people how each ended.
pub(crate) async fn run<C: Change>(
    context: &Context,
    permit: &Permit,
    change: &C,
    items: Vec<C::Item>,
    manner: Manner,
) -> anyhow::Result<Report<C::Seen>> {
    // What was done before a signal, and what was not, is told whenever it comes.
    context.interrupt.leave_to_command();
    let all = items.len();
    let renderer = Renderer { context, all, many: all > 1 || manner.one_of_many };
    let mut report = Report::new(all);
    if permit.dry_run {
        dry_run::run(&renderer, change, &items, &mut report).await?;
        return Ok(report);
    }
    let run = Run {
        renderer: &renderer,
        change,
        manner,
        items: &items,
        consents: RefCell::default(),
        gate: Gate::default(),
        progress: Progress::default(),
        pace: Pace::new(manner.concurrency.most, manner.concurrency.fail_fast),
    };
    if all > 1 && manner.asks_ahead && context.may_ask() {
        report.stopped_by = run.ask_ahead().await?;
    }
    match all {
        0 | 1 => run.carry_out_all(&mut report).await?,
        _ => {
            let carrying_out = Box::pin(run.carry_out_all(&mut report));
            context.terminal.during(|| run.progress_words(), context.accessible(), carrying_out).await?;
        }
    }
    Ok(report)
}

/// The user's answer for a change.
#[derive(Debug, Clone)]
enum Consent<E> {
    /// Yes, with what it exceeds.
    To(Option<E>),
    Refused,
}

/// Why a change was not sent.
enum Stop {
    Signal(Exit),
    /// The run ended before.
    Halt(Error),
}

type Ended<S> = Result<Outcome<S>, Stop>;

struct Run<'a, C: Change> {
    renderer: &'a Renderer<'a>,
    change: &'a C,
    manner: Manner,
    items: &'a [C::Item],
    /// Answers by position.
    consents: RefCell<HashMap<usize, Consent<C::Excess>>>,
    gate: Gate,
    pace: Pace,
    progress: Progress,
}

/// What comes next of those that are under way.
enum Step<S> {
    Ended(usize, Box<anyhow::Result<Ended<S>>>),
    /// Another one may start.
    Free,
    /// None is under way.
    Idle,
}

/// A change as it would be sent, with what it exceeds; or how it ended without.
type Booked<C> =
    Result<(Box<<C as Plan>::Ready>, Option<<C as Plan>::Excess>), Box<Outcome<<C as Plan>::Seen>>>;

impl<C: Change> Run<'_, C> {
    /// Carries out all of them, and reports each in the order given.
    async fn carry_out_all(&self, report: &mut Report<C::Seen>) -> anyhow::Result<()> {
        let mut running = FuturesUnordered::new();
        let (mut started, mut reported) = (0, 0);
        let mut ended: HashMap<usize, Ended<C::Seen>> = HashMap::new();
        let mut failure = None;
        loop {
            let is_stopped = failure.is_some() || report.stopped_by.is_some() || self.stop().is_some();
            let is_open = started < self.items.len() && !is_stopped;
            if is_open && self.may_start(running.len()) {
                running.push(self.carry_out_at(started));
                started += 1;
                continue;
            }
            match self.step(&mut running, is_open).await {
                Step::Ended(position, one) => match *one {
                    Ok(one) => {
                        one.iter().for_each(|outcome| self.learn(outcome));
                        ended.insert(position, one);
                    }
                    Err(error) => failure = failure.or(Some(error)),
                },
                Step::Free => {}
                Step::Idle => break,
            }
            while let Some(one) = ended.remove(&reported) {
                self.report(report, reported, one);
                reported += 1;
            }
        }
        if let Some(error) = failure {
            return Err(error);
        }
        for position in reported..self.items.len() {
            let stop = report.stopped_by.map(Stop::Signal).or_else(|| self.stop());
            self.report(report, position, Err(stop.expect("only a stop leaves some")));
        }
        Ok(())
    }

    /// Waits until one ends, or another may start.
    async fn step<F>(&self, running: &mut FuturesUnordered<F>, is_open: bool) -> Step<C::Seen>
    where
        F: Future<Output = (usize, anyhow::Result<Ended<C::Seen>>)>,
    {
        poll_fn(|task| match running.poll_next_unpin(task) {
            Poll::Ready(Some((position, ended))) => Poll::Ready(Step::Ended(position, Box::new(ended))),
            Poll::Ready(None) => Poll::Ready(Step::Idle),
            Poll::Pending if is_open && self.may_start(running.len()) => Poll::Ready(Step::Free),
            Poll::Pending => {
                if running.len() <= self.change.parked() + self.gate.blocked() {
                    self.change.hurry();
                }
                Poll::Pending
            }
        })
        .await
    }

    fn progress_words(&self) -> String {
        let words = self.progress.words(self.items.len());
        if self.pace.is_paused() { format!("{words}; waiting for the rate limit") } else { words }
    }

    fn learn(&self, outcome: &Outcome<C::Seen>) {
        self.pace.learn(outcome);
        self.progress.add(outcome.kind);
    }

    fn may_start(&self, running: usize) -> bool {
        running.saturating_sub(self.change.parked()) < self.pace.now() && running < MOST_PARKED
    }

    /// Why nothing more is started.
    fn stop(&self) -> Option<Stop> {
        let signal = self.renderer.context.interrupt.signal().map(Stop::Signal);
        signal.or_else(|| self.pace.halted().map(Stop::Halt))
    }

    fn report(&self, report: &mut Report<C::Seen>, position: usize, ended: Ended<C::Seen>) {
        let outcome = ended.unwrap_or_else(|stop| {
            let (id, action) = self.change.subject(&self.items[position]);
            match stop {
                Stop::Signal(exit) => report.interrupt(exit, (id, action)),
                Stop::Halt(why) => {
                    let error =
                        Error::new(why.exit, format!("{id} was not sent: {}", why.message)).about(&id);
                    Outcome::new(id, action, OutcomeKind::Skipped).error(error)
                }
            }
        });
        report.add(self.renderer, outcome);
        report.stopped_by = report.stopped_by.or(self.renderer.context.interrupt.signal());
    }

    async fn carry_out_at(&self, position: usize) -> (usize, anyhow::Result<Ended<C::Seen>>) {
        let carrying_out = self.carry_out(position, &self.items[position]);
        let ended = Patience::operation(Box::pin(carrying_out)).await;
        self.gate.pass(position);
        (position, ended)
    }

    /// Carries out one change, or returns what stopped it.
    async fn carry_out(&self, position: usize, item: &C::Item) -> anyhow::Result<Ended<C::Seen>> {
        let context = self.renderer.context;
        let mut booked: Option<Box<C::Ready>> = None;
        let mut again: Option<Again<C::Seen>> = None;
        let ended = loop {
            let preparing = async {
                if let Some(Again { pause, .. }) = &again {
                    let what = || "waiting to send it again".to_owned();
                    self.renderer.during(position, what, tokio::time::sleep(*pause)).await;
                    self.change.forget_readings();
                }
                self.until_booked(position, item, booked.as_deref()).await
            };
            let prepared = match self.until_stopped(preparing).await {
                // Ctrl-C at a question is a key, not a signal.
                Ok(Err(error)) if error.exit.is_signal() => Err(Stop::Signal(error.exit)),
                Ok(Err(error)) => Ok(Err(error)),
                Ok(Ok(Preparation::Settled(ended))) => Ok(Ok(Some(*ended))),
                Ok(Ok(Preparation::Ready(ready))) => {
                    let ready = booked.insert(ready);
                    self.until_stopped(self.change.confirm(item, ready)).await.map(Ok)
                }
                Err(stop) => Err(stop),
            };
            let attempt = match (prepared, again.take()) {
                (Ok(Ok(None)), again) => again.map(|again| again.attempt).unwrap_or_default(),
                (Ok(Ok(Some(ended))), None) => break ended,
                (Ok(Ok(Some(ended))), Some(again)) => break again.settle(ended),
                (Ok(Err(error)), None) => return Err(error.into()),
                (Ok(Err(error)), Some(again)) => {
                    let (id, action) = self.change.subject(item);
                    break again.settle(Outcome::failure(id, action, error));
                }
                (Err(stop), None) => {
                    self.settle(position, booked.as_deref(), OutcomeKind::Skipped);
                    return Ok(Err(stop));
                }
                (Err(Stop::Signal(exit) | Stop::Halt(Error { exit, .. })), Some(again)) => {
                    break again.interrupt(exit);
                }
            };
            let Some(ready) = booked.as_deref_mut() else { unreachable!("it was booked above") };
            context.patience.start_operation();
            // Must not be interrupted between sending and the last journal line.
            let held = context.interrupt.hold();
            let sending = self.change.send(position, item, ready, &attempt);
            let stage = || attempt.stage.get().words().to_owned();
            let sending = self.renderer.during(position, stage, sending);
            let came = context.interrupt.until_second_signal(sending).await;
            drop(held);
            match came {
                Some(Sent::Ended(ended)) => break ended,
                Some(Sent::Again(next)) => {
                    self.pace.slow_down(next.pause);
                    again = Some(next);
                }
                None => break self.torn_outcome(item),
            }
        };
        self.settle(position, booked.as_deref(), ended.kind);
        Ok(Ok(ended))
    }

    /// What was booked has ended: it counts for those that follow unless it did not take effect.
    fn settle(&self, position: usize, booked: Option<&C::Ready>, kind: OutcomeKind) {
        let Some(ready) = booked else { return };
        if !kind.is_ok() && kind != OutcomeKind::Unknown {
            self.change.release(position, ready);
        }
        self.gate.settle();
    }

    /// Awaits work that a signal, or the end of the run, may cancel.
    async fn until_stopped<F: Future>(&self, work: F) -> Result<F::Output, Stop> {
        tokio::select! {
            biased;
            why = self.pace.until_halted() => Err(Stop::Halt(why)),
            done = self.renderer.context.interrupt.until_signal(work) => done.map_err(Stop::Signal),
        }
    }

    /// The outcome after a second signal.
    fn torn_outcome(&self, item: &C::Item) -> Outcome<C::Seen> {
        let (id, action) = self.change.subject(item);
        let error = Error::new(Exit::Unknown, format!("can't tell whether {id} was {}", action.participle))
            .because("interrupted by a second signal while it was being sent")
            .hint("check its current state before you do anything else")
            .about(&id);
        Outcome::new(id, action, OutcomeKind::Unknown).error(error)
    }

    /// Reads it, checks it, asks where somebody has to be asked, and books it: all that a signal may end. It must be what
    /// was `sent` before, and what was shown.
    async fn until_booked(
        &self,
        position: usize,
        item: &C::Item,
        sent: Option<&C::Ready>,
    ) -> Result<Preparation<C::Ready, C::Seen>, Error> {
        let own = usize::from(sent.is_some());
        // What was sent stays booked, however this ends.
        let ended = |ended| {
            sent.into_iter().for_each(|sent| self.change.reserve(position, Some(sent)));
            Ok(Preparation::Settled(ended))
        };
        let mut shown: Option<Box<C::Ready>> = None;
        let mut turn = None;
        loop {
            let prepared = self.renderer.read(self.change, position, item).await;
            if turn.is_none() {
                turn = Some(match sent {
                    None => self.gate.turn(position).await,
                    Some(_) => self.gate.turn_again().await,
                });
            }
            self.pace.until_ready().await;
            let ready = match prepared {
                Preparation::Ready(ready) => ready,
                Preparation::Settled(ended) => {
                    if ended.kind == OutcomeKind::Already && sent.is_none() {
                        self.change.reserve(position, None);
                    }
                    return Ok(Preparation::Settled(ended));
                }
            };
            sent.into_iter().for_each(|sent| self.change.release(position, sent));
            let booked = self.book(position, item, ready, shown.as_deref().or(sent)).await;
            let consent = self.consent(position, item);
            let is_agreed = match (&booked, &consent) {
                (Err(_), _) => false,
                (Ok((_, None)), None) => self.renderer.all > 1 || !self.manner.asks_about_one,
                (Ok((_, None)), Some(_)) => true,
                (Ok((_, Some(excess))), Some(Consent::To(Some(agreed)))) => {
                    self.change.covers(agreed, excess)
                }
                (Ok((_, Some(_))), _) => false,
            };
            // It may be possible once those that are under way have failed.
            if !is_agreed && self.gate.has_unsettled(own) {
                sent.into_iter().for_each(|sent| self.change.reserve(position, Some(sent)));
                self.gate.until_settled(own).await;
                continue;
            }
            let (mut ready, excess) = match booked {
                Ok(booked) => booked,
                Err(settled) => return ended(settled),
            };
            if matches!(consent, Some(Consent::Refused)) {
                return ended(Box::new(self.change.without_consent(item, &ready, None)));
            }
            if excess.is_some() && !is_agreed && !self.renderer.context.may_ask() {
                return ended(Box::new(self.change.without_consent(item, &ready, excess.as_ref())));
            }
            if is_agreed {
                self.change.reserve(position, Some(&ready));
                if sent.is_none() {
                    self.gate.book();
                }
                return Ok(Preparation::Ready(ready));
            }
            if let Some(settled) = self.change.confirm(item, &mut ready).await {
                return ended(Box::new(settled));
            }
            match self.ask(&ready, excess.as_ref()).await {
                Err(error) if self.renderer.many && error.exit == Exit::Declined => {
                    return ended(Box::new(self.change.without_consent(item, &ready, None)));
                }
                answered => answered?,
            }
            // A question may stay open for hours: check that nothing has changed.
            self.consents.borrow_mut().insert(position, Consent::To(excess));
            self.change.forget_readings();
            self.renderer.context.patience.end_operation();
            shown = Some(ready);
        }
    }

    /// Books it, as it was before, and finds what it exceeds.
    async fn book(
        &self,
        position: usize,
        item: &C::Item,
        ready: Box<C::Ready>,
        before: Option<&C::Ready>,
    ) -> Booked<C> {
        let booked = match (self.change.book(position, item, ready, before).await, before) {
            (Preparation::Ready(ready), Some(before)) => self.change.compare(ready, before),
            (booked, _) => booked,
        };
        match booked {
            Preparation::Settled(ended) => Err(ended),
            Preparation::Ready(mut ready) => {
                let excess = self.change.excess(item, &mut ready).await;
                Ok((ready, excess))
            }
        }
    }

    /// What was agreed to for this change.
    fn consent(&self, position: usize, item: &C::Item) -> Option<Consent<C::Excess>> {
        let agreed = || self.change.agreed(item).map(|excess| Consent::To(Some(excess)));
        self.consents.borrow().get(&position).cloned().or_else(agreed)
    }

    /// Asks once about all excesses before the first change is sent. After a no, those are left out that would exceed by
    /// themselves, without the others. Returns the signal that ended it.
    async fn ask_ahead(&self) -> Result<Option<Exit>, Error> {
        let mut readies: Vec<(usize, Box<C::Ready>)> = Vec::new();
        let mut excesses: Vec<(usize, C::Excess)> = Vec::new();
        for (position, item) in self.items.iter().enumerate() {
            let reading = async {
                let Preparation::Ready(ready) = self.renderer.read(self.change, position, item).await else {
                    return None;
                };
                self.book(position, item, ready, None).await.ok()
            };
            match self.renderer.context.interrupt.until_signal(reading).await {
                Err(exit) => return Ok(Some(exit)),
                Ok(None) => {}
                Ok(Some((ready, excess))) => {
                    self.change.count_ahead(&ready);
                    readies.push((position, ready));
                    excesses.extend(excess.map(|excess| (position, excess)));
                }
            }
        }
        let is_agreed = |position: usize, excess: &C::Excess| {
            self.change
                .agreed(&self.items[position])
                .is_some_and(|agreed| self.change.covers(&agreed, excess))
        };
        let asked = excesses.iter().filter(|(position, excess)| !is_agreed(*position, excess));
        let exceeding: Vec<(&C::Ready, &C::Excess)> = asked
            .filter_map(|(position, excess)| {
                let at = readies.binary_search_by_key(position, |(of, _)| *of).ok()?;
                Some((&*readies[at].1, excess))
            })
            .collect();
        if exceeding.is_empty() {
            self.change.start_over();
            return Ok(None);
        }
        let question = self.change.question_about_excesses(&exceeding, self.items.len());
        let answer = self.renderer.context.interrupt.until_signal(self.put(&[], &question)).await;
        self.change.start_over();
        match answer {
            Err(exit) => return Ok(Some(exit)),
            Ok(Err(error)) if error.exit.is_signal() => return Ok(Some(error.exit)),
            Ok(Err(error)) if error.exit != Exit::Declined => return Err(error),
            Ok(Ok(())) => {
                let to = |(position, excess)| (position, Consent::To(Some(excess)));
                self.consents.borrow_mut().extend(excesses.into_iter().map(to));
            }
            Ok(Err(_)) => {
                for (position, mut ready) in readies {
                    match self.change.excess(&self.items[position], &mut ready).await {
                        Some(_) => _ = self.consents.borrow_mut().insert(position, Consent::Refused),
                        None => self.change.count_ahead(&ready),
                    }
                }
                self.change.start_over();
            }
        }
        Ok(None)
    }

    /// Shows what will happen, and asks.
    async fn ask(&self, ready: &C::Ready, excess: Option<&C::Excess>) -> Result<(), Error> {
        let consequences = self.change.consequences(ready).await;
        self.put(&consequences, &self.change.question(ready, excess)).await
    }

    async fn put(&self, consequences: &[String], question: &Question) -> Result<(), Error> {
        let about = Event::Asking { consequences, question };
        self.renderer.tell::<C::Seen>(about).map_err(|error| Error::new(Exit::Other, error.to_string()))?;
        let _unobscured = self.renderer.context.terminal.pause_progress();
        consent::confirm(self.renderer.context, &question.text).await
    }
}
