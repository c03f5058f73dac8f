//! Carries out one of several changes: reads, books, asks where somebody has to be asked, and sends.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::change::attempt::{Again, Attempt, Sent};
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::plan::{Change, Plan, Preparation, Question};
use crate::change::read::read;
use crate::change::renderer::{Event, show};
use crate::change::run::Run;
use crate::change::stage::{Stage, Track};
use crate::change::stop::{Consent, Ended, Stop};
use crate::error::Error;
use crate::exit::Exit;

/// How long what was read counts while a change waits for its turn.
const FRESH: Duration = Duration::from_secs(10);

/// A change as it would be sent, with what it exceeds; or how it ended without.
type Booked<C> =
    Result<(Box<<C as Plan>::Ready>, Option<<C as Plan>::Excess>), Box<Outcome<<C as Plan>::Seen>>>;

impl<C: Change> Run<'_, C> {
    /// Carries out one change, or returns what stopped it.
    pub(super) async fn carry_out(&self, position: usize, item: &C::Item) -> anyhow::Result<Ended<C::Seen>> {
        let context = self.renderer.context;
        let track = Rc::new(Track::new(&self.pace.answers));
        let mut booked: Option<Box<C::Ready>> = None;
        let mut again: Option<Again<C::Seen>> = None;
        let ended = loop {
            let preparing = async {
                if let Some(Again { pause, .. }) = &again {
                    track.reach(Stage::Waiting);
                    self.renderer
                        .with_progress(position, || track.words(C::NOUN), tokio::time::sleep(*pause))
                        .await;
                    self.change.forget_readings();
                }
                track.reach(Stage::Started);
                self.until_booked(position, item, booked.as_deref()).await
            };
            let prepared = match self.until_stopped(preparing).await {
                Ok(Err(error)) if error.exit.is_signal() => Err(Stop::Signal(error.exit)),
                Ok(Err(error)) => Ok(Err(error)),
                Ok(Ok(Preparation::Settled(ended))) => Ok(Ok(Some(*ended))),
                Ok(Ok(Preparation::Ready(ready))) => {
                    track.reach(Stage::Checked);
                    let ready = booked.insert(ready);
                    self.until_stopped(self.change.confirm(item, ready)).await.map(Ok)
                }
                Err(stop) => Err(stop),
            };
            let attempt = match (prepared, again.take()) {
                (Ok(Ok(None)), again) => again.map_or_else(|| Attempt::first(&track), |again| again.attempt),
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
                (Err(Stop::Signal(exit)), Some(again)) => {
                    let why = match again.pause.is_zero() {
                        true => "interrupted before it was sent again",
                        false => "interrupted while waiting for the rate limit",
                    };
                    break again.interrupt(&Error::new(exit, why));
                }
                (Err(Stop::Halt(why)), Some(again)) => break again.interrupt(&why),
            };
            let Some(ready) = booked.as_deref_mut() else { unreachable!("it was booked above") };
            context.patience.start_operation();
            // Must not be interrupted between sending and the last ledger line.
            let held = context.interrupt.hold();
            let sending = self.change.send(position, item, ready, &attempt);
            let sending = self.renderer.with_progress(position, || track.words(C::NOUN), sending);
            let answers = track.answers();
            let came = context.interrupt.until_second_signal(sending).await;
            drop(held);
            if track.answers() > answers {
                self.pace.note_alive(position);
            }
            match came {
                Some(Sent::Ended(ended)) => break ended,
                Some(Sent::Again(next)) => {
                    if next.shows_strain() {
                        self.pace.slow_down(next.pause);
                    }
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
        match kind.is_ok() || kind == OutcomeKind::Unknown {
            true => self.change.settle(ready),
            false => self.change.release(position, ready),
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
            .reason("interrupted by a second signal while it was being sent")
            .hint("check its current state before you do anything else")
            .resource(&id);
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
        // What was sent stays booked, however this ends.
        let ended = |ended| {
            sent.into_iter().for_each(|sent| self.change.reserve(position, Some(sent)));
            Ok(Preparation::Settled(ended))
        };
        let mut shown: Option<Box<C::Ready>> = None;
        let mut is_warned = sent.is_some();
        let mut turn = None;
        loop {
            let before = shown.as_deref().or(sent);
            let prepared = read(self.renderer, self.change, position, item, before).await;
            let read_at = Instant::now();
            if turn.is_none() {
                turn = Some(match sent {
                    None => self.gate.turn(position).await,
                    Some(_) => self.gate.turn_again().await,
                });
            }
            self.pace.until_ready().await;
            if read_at.elapsed() > FRESH {
                // It has waited long for its turn, or for the rate limit.
                continue;
            }
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
            let booked = self.book(position, item, ready, before).await;
            let consent = self.consents.borrow().get(&position).cloned();
            let is_agreed = match (&booked, &consent) {
                (Err(_), _) => false,
                (Ok((_, None)), None) => !self.must_ask,
                (Ok((_, None)), Some(_)) => true,
                (Ok((_, Some(excess))), Some(Consent::To(Some(agreed)))) => {
                    self.change.covers(agreed, excess)
                }
                (Ok((_, Some(_))), _) => false,
            };
            let may_change = match &booked {
                Ok((ready, _)) => !is_agreed || self.change.may_change(item, Ok(ready)),
                Err(settled) => self.change.may_change(item, Err(settled)),
            };
            // It may be possible once those that are under way have failed. One that is sent again is itself under way.
            if let Some(turn) =
                turn.as_ref().filter(|_| may_change && sent.is_none() && self.gate.has_unsettled())
            {
                turn.until_settled().await;
                continue;
            }
            let (mut ready, excess) = match booked {
                Ok(booked) => booked,
                Err(settled) => return ended(settled),
            };
            if !std::mem::replace(&mut is_warned, true) {
                let warnings = self.change.warnings(&ready);
                warnings.iter().for_each(|warning| show(self.renderer.context, &Event::Warned(warning)));
            }
            if matches!(consent, Some(Consent::Refused)) {
                return ended(Box::new(self.change.without_consent(item, &ready, None)));
            }
            let may_ask = |excess| self.renderer.context.may_ask() && self.change.may_consent(excess);
            if excess.as_ref().is_some_and(|excess| !is_agreed && !may_ask(excess)) {
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
    pub(super) async fn book(
        &self,
        position: usize,
        item: &C::Item,
        ready: Box<C::Ready>,
        before: Option<&C::Ready>,
    ) -> Booked<C> {
        let mut ready = match self.change.book(position, item, ready, before).await {
            Preparation::Settled(ended) => return Err(ended),
            Preparation::Ready(ready) => ready,
        };
        if let Some(ended) = before.and_then(|before| self.change.compare(item, &ready, Some(before))) {
            return Err(Box::new(ended));
        }
        let excess = self.change.excess(item, &mut ready).await;
        Ok((ready, excess))
    }

    /// Shows what will happen, and asks.
    async fn ask(&self, ready: &C::Ready, excess: Option<&C::Excess>) -> Result<(), Error> {
        let consequences = self.change.consequences(ready).await;
        let question = self.change.question(ready, excess);
        self.put(&consequences, &question).await
    }

    /// Asks a question, with these lines above it. Ctrl-C ends the run as the signal does that it stands for.
    pub(super) async fn put(&self, above: &[String], question: &Question) -> Result<(), Error> {
        let context = self.renderer.context;
        show(context, &Event::Asking { above, question });
        let _unobscured = context.terminal.pause_progress();
        let asking = async {
            self.change.ask_for_words().await?;
            context.prompter().require_consent(&question.text, question.typed).await
        };
        asking.await.inspect_err(|error| {
            if error.exit.is_signal() {
                context.interrupt.take_key(error.exit);
            }
        })
    }
}
