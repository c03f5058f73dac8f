//! Carries out any number of changes of one kind, one after the other, each with an end of its own.

use std::collections::HashMap;

use crate::change::consent::{self, Permit};
use crate::change::dry_run;
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::plan::{Change, Preparation};
use crate::change::report::{Event, Renderer, Report};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// How to go about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Show what a single one leads to, and ask: where nobody has said yes yet.
    pub(crate) asks_about_one: bool,
    /// Ask about every excess before the first of several is sent, so that a no leaves nothing half done.
    pub(crate) asks_ahead: bool,
    /// It is one of several that are carried out one by one: each is told by itself.
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
    let mut run = Run { renderer: &renderer, change, manner, agreed: HashMap::new() };
    if all > 1 && manner.asks_ahead && context.may_ask() {
        report.stopped_by = run.ask_ahead(&items).await?;
    }
    for (position, item) in items.iter().enumerate() {
        let stopped_by = report.stopped_by.or(context.interrupt.signal());
        let ended = match run.carry_out(position, item, stopped_by).await? {
            Ok(ended) => ended,
            Err(exit) => report.interrupt(exit, run.change.subject(item)),
        };
        report.add(&renderer, ended);
    }
    report.stopped_by = report.stopped_by.or(context.interrupt.signal());
    Ok(report)
}

struct Run<'a, C: Change> {
    renderer: &'a Renderer<'a>,
    change: &'a mut C,
    manner: Manner,
    /// What of an excess a person has agreed to, by position.
    agreed: HashMap<usize, Option<C::Excess>>,
}

impl<C: Change> Run<'_, C> {
    /// Carries out one; or answers the signal that keeps it from being sent.
    async fn carry_out(
        &mut self,
        position: usize,
        item: &C::Item,
        stopped_by: Option<Exit>,
    ) -> anyhow::Result<Result<Outcome<C::Seen>, Exit>> {
        let interrupt = &self.renderer.context.interrupt;
        let prepared = match stopped_by {
            Some(exit) => return Ok(Err(exit)),
            None => match interrupt.until_signal(self.until_sending(position, item)).await {
                Err(exit) => return Ok(Err(exit)),
                // Ctrl-C at a question is a key, not a signal.
                Ok(Err(error)) if error.exit.is_signal() => return Ok(Err(error.exit)),
                Ok(prepared) => prepared?,
            },
        };
        let (ended, ready) = match prepared {
            Preparation::Settled(ended) => (*ended, None),
            Preparation::Ready(mut ready) => {
                // From the first byte sent to the last line noted it must not be torn apart.
                let held = interrupt.hold();
                let sending = self.change.send(position, item, &mut ready);
                let ended = self.renderer.during(position, "sending the change", sending).await;
                drop(held);
                (ended, Some(ready))
            }
        };
        if ready.is_some() || ended.kind == OutcomeKind::Already {
            self.change.count(position, item, ready.as_deref(), ended.kind);
        }
        Ok(Ok(ended))
    }

    /// Reads it, checks it, and asks where somebody has to be asked: all that a signal may end.
    async fn until_sending(
        &mut self,
        position: usize,
        item: &C::Item,
    ) -> Result<Preparation<C::Ready, C::Seen>, Error> {
        let ready = match self.renderer.read(self.change, position, item).await {
            Preparation::Ready(ready) => ready,
            settled => return Ok(settled),
        };
        let settled = |ended| Ok(Preparation::Settled(Box::new(ended)));
        let agreed = self.agreed.get(&position).cloned();
        if agreed.as_ref().is_some_and(Option::is_none) {
            return settled(self.change.without_consent(item, &ready, None));
        }
        let excess = self.change.excess(item, &ready).await;
        if excess.is_some() && !self.renderer.context.may_ask() {
            return settled(self.change.without_consent(item, &ready, excess.as_ref()));
        }
        let is_agreed = match (&excess, agreed.flatten()) {
            (None, _) => self.renderer.all > 1 || !self.manner.asks_about_one,
            (Some(excess), Some(agreed)) => self.change.covers(&agreed, excess),
            (Some(_), None) => false,
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
        // A question may stand for hours: a yes is to what was shown.
        Ok(match self.renderer.read(self.change, position, item).await {
            Preparation::Ready(again) => self.change.compare(again, &ready),
            settled => settled,
        })
    }

    /// Asks about each excess before the first is sent. Answers the signal that ended it.
    async fn ask_ahead(&mut self, items: &[C::Item]) -> Result<Option<Exit>, Error> {
        for (position, item) in items.iter().enumerate() {
            let interrupt = &self.renderer.context.interrupt;
            let asking = async {
                let Preparation::Ready(ready) = self.renderer.read(self.change, position, item).await else {
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
            match interrupt.until_signal(asking).await {
                Err(exit) => return Ok(Some(exit)),
                Ok(Err(error)) if error.exit.is_signal() => return Ok(Some(error.exit)),
                Ok(asked) => {
                    let Some((ready, excess, agreed)) = asked? else { continue };
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
        let consequences = self.change.consequences(ready).await;
        let question = self.change.question(ready, excess);
        let about = Event::Asking { consequences: &consequences, question: &question };
        self.renderer.tell::<C::Seen>(about).map_err(|error| Error::new(Exit::Other, error.to_string()))?;
        consent::confirm(self.renderer.context, &question.text).await
    }
}
