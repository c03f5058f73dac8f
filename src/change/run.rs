//! Carries out changes of one kind one after the other, each with its own outcome.

use std::collections::HashMap;

use crate::change::consent::{self, Permit};
use crate::change::dry_run;
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::plan::{Change, Preparation, Question};
use crate::change::report::{Event, Renderer, Report};
use crate::change::send::{Again, Attempt, Sent};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Options of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Show the consequences of a single change, and ask.
    pub(crate) asks_about_one: bool,
    /// Ask once about all excesses before the first change is sent, so that declining leaves nothing half done.
    pub(crate) asks_ahead: bool,
    /// One of several changes carried out individually, such as in a review.
    pub(crate) one_of_many: bool,
}

/// Carries them out, or shows what would be sent, as the permit says; and tells people how each ended.
pub(crate) async fn run<C: Change>(
    context: &Context,
    permit: &Permit,
    change: &mut C,
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
    let mut run = Run { renderer: &renderer, change, manner, consents: HashMap::new() };
    if all > 1 && manner.asks_ahead && context.may_ask() {
        report.stopped_by = run.ask_ahead(&items).await?;
    }
    for (position, item) in items.iter().enumerate() {
        let ended = match report.stopped_by.or(context.interrupt.signal()) {
            Some(exit) => Err(exit),
            None => run.carry_out(position, item).await?,
        };
        context.patience.end_operation();
        let ended = ended.unwrap_or_else(|exit| report.interrupt(exit, run.change.subject(item)));
        report.add(&renderer, ended);
        report.stopped_by = report.stopped_by.or(context.interrupt.signal());
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

struct Run<'a, C: Change> {
    renderer: &'a Renderer<'a>,
    change: &'a mut C,
    manner: Manner,
    /// Answers by position.
    consents: HashMap<usize, Consent<C::Excess>>,
}

impl<C: Change> Run<'_, C> {
    /// Carries out one change, or returns the signal that stopped it.
    async fn carry_out(
        &mut self,
        position: usize,
        item: &C::Item,
    ) -> anyhow::Result<Result<Outcome<C::Seen>, Exit>> {
        let context = self.renderer.context;
        let mut sent: Option<Box<C::Ready>> = None;
        let mut again: Option<Again<C::Seen>> = None;
        let ended = loop {
            let preparing = async {
                if let Some(Again { pause, .. }) = &again {
                    let what = || "waiting to send it again".to_owned();
                    self.renderer.during(position, what, tokio::time::sleep(*pause)).await;
                    self.change.forget_readings();
                }
                self.until_sending(position, item, sent.as_deref()).await
            };
            let prepared = match context.interrupt.until_signal(preparing).await {
                // Ctrl-C at a question is a key, not a signal.
                Ok(Err(error)) if error.exit.is_signal() => Err(error.exit),
                prepared => prepared,
            };
            let (mut ready, attempt) = match (prepared, again.take()) {
                (Err(exit), None) => return Ok(Err(exit)),
                (Err(exit), Some(again)) => break again.interrupt(exit),
                (Ok(Err(error)), None) => return Err(error.into()),
                (Ok(Err(error)), Some(again)) => {
                    let (id, action) = self.change.subject(item);
                    break again.settle(Outcome::failure(id, action, error));
                }
                (Ok(Ok(Preparation::Settled(ended))), None) => break *ended,
                (Ok(Ok(Preparation::Settled(ended))), Some(again)) => break again.settle(*ended),
                (Ok(Ok(Preparation::Ready(ready))), None) => (ready, Attempt::default()),
                (Ok(Ok(Preparation::Ready(ready))), Some(again)) => (ready, again.attempt),
            };
            context.patience.start_operation();
            // Must not be interrupted between sending and the last journal line.
            let held = context.interrupt.hold();
            let sending = self.change.send(position, item, &mut ready, &attempt);
            let stage = || attempt.stage.get().words().to_owned();
            let sending = self.renderer.during(position, stage, sending);
            let came = context.interrupt.until_second_signal(sending).await;
            drop(held);
            sent = Some(ready);
            match came {
                Some(Sent::Ended(ended)) => break ended,
                Some(Sent::Again(next)) => again = Some(next),
                None => break self.torn_outcome(item),
            }
        };
        if sent.is_some() || ended.kind == OutcomeKind::Already {
            self.change.count(position, item, sent.as_deref(), ended.kind);
        }
        Ok(Ok(ended))
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

    /// Reads it, checks it, and asks where somebody has to be asked: all that a signal may end. It must be what was `sent`
    /// before, and what was shown.
    async fn until_sending(
        &mut self,
        position: usize,
        item: &C::Item,
        sent: Option<&C::Ready>,
    ) -> Result<Preparation<C::Ready, C::Seen>, Error> {
        let settled = |ended| Ok(Preparation::Settled(Box::new(ended)));
        let mut shown: Option<Box<C::Ready>> = None;
        loop {
            let prepared =
                match (self.renderer.read(self.change, position, item).await, shown.as_deref().or(sent)) {
                    (Preparation::Ready(again), Some(before)) => self.change.compare(again, before),
                    (prepared, _) => prepared,
                };
            let ready = match prepared {
                Preparation::Ready(ready) => ready,
                settled => return Ok(settled),
            };
            let agreed = || self.change.agreed(item).map(|excess| Consent::To(Some(excess)));
            let consent = self.consents.get(&position).cloned().or_else(agreed);
            if matches!(consent, Some(Consent::Refused)) {
                return settled(self.change.without_consent(item, &ready, None));
            }
            let excess = self.change.excess(item, &ready).await;
            if excess.is_some() && !self.renderer.context.may_ask() {
                return settled(self.change.without_consent(item, &ready, excess.as_ref()));
            }
            let is_agreed = match (&excess, consent) {
                (None, None) => self.renderer.all > 1 || !self.manner.asks_about_one,
                (None, Some(_)) => true,
                (Some(excess), Some(Consent::To(Some(agreed)))) => self.change.covers(&agreed, excess),
                (Some(_), _) => false,
            };
            if is_agreed {
                return Ok(Preparation::Ready(ready));
            }
            match self.ask(&ready, excess.as_ref()).await {
                Err(error) if self.renderer.many && error.exit == Exit::Declined => {
                    return settled(self.change.without_consent(item, &ready, None));
                }
                answered => answered?,
            }
            // A question may stay open for hours: check that nothing has changed.
            self.consents.insert(position, Consent::To(excess));
            self.change.forget_readings();
            self.renderer.context.patience.end_operation();
            shown = Some(ready);
        }
    }

    /// Asks once about all excesses before the first change is sent. After a no, those are left out that would exceed by
    /// themselves, without the others. Returns the signal that ended it.
    async fn ask_ahead(&mut self, items: &[C::Item]) -> Result<Option<Exit>, Error> {
        let mut readies: Vec<(usize, Box<C::Ready>)> = Vec::new();
        let mut excesses: Vec<(usize, C::Excess)> = Vec::new();
        for (position, item) in items.iter().enumerate() {
            let reading = async {
                let Preparation::Ready(ready) = self.renderer.read(self.change, position, item).await else {
                    return None;
                };
                let excess = self.change.excess(item, &ready).await;
                Some((ready, excess))
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
            self.change.agreed(&items[position]).is_some_and(|agreed| self.change.covers(&agreed, excess))
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
        let question = self.change.question_about_excesses(&exceeding, items.len());
        let answer = self.renderer.context.interrupt.until_signal(self.put(&[], &question)).await;
        self.change.start_over();
        match answer {
            Err(exit) => return Ok(Some(exit)),
            Ok(Err(error)) if error.exit.is_signal() => return Ok(Some(error.exit)),
            Ok(Err(error)) if error.exit != Exit::Declined => return Err(error),
            Ok(Ok(())) => {
                let to = |(position, excess)| (position, Consent::To(Some(excess)));
                self.consents.extend(excesses.into_iter().map(to));
            }
            Ok(Err(_)) => {
                for (position, ready) in readies {
                    match self.change.excess(&items[position], &ready).await {
                        Some(_) => _ = self.consents.insert(position, Consent::Refused),
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
        consent::confirm(self.renderer.context, &question.text).await
    }
}
