//! The questions about several changes at once, asked before the first is sent, so that a no leaves nothing half done.

use crate::change::plan::{Change, Preparation, Question, Together};
use crate::change::read::read;
use crate::change::run::Run;
use crate::change::stop::Consent;
use crate::error::Error;
use crate::exit::Exit;

/// How a question was answered.
enum Answer {
    Yes,
    No(Error),
    Signal(Exit),
}

impl<C: Change> Run<'_, C> {
    /// Shows all changes together, if the plan does, and asks about them. Returns the signal that ended it.
    pub(super) async fn ask_about_all(&self) -> Result<Option<Exit>, Error> {
        let width = self.renderer.context.terminal.facts.width.or(Some(80));
        let Some(together) = self.change.together(self.items, width) else { return Ok(None) };
        let Together { overview, question, asked } = together;
        if asked.is_empty() {
            // Each is reported by itself.
            return Ok(None);
        }
        match self.answer(&overview, &question).await? {
            Answer::Signal(exit) => Ok(Some(exit)),
            Answer::No(error) => Err(error),
            Answer::Yes => {
                let to = |(position, excess)| (position, Consent::To(excess));
                self.consents.borrow_mut().extend(asked.into_iter().map(to));
                self.change.forget_readings();
                Ok(None)
            }
        }
    }

    /// Asks once about all excesses. After a no, all that it named are left out. Returns the signal that ended it.
    pub(super) async fn ask_about_excesses(&self) -> Result<Option<Exit>, Error> {
        let mut readies: Vec<(usize, Box<C::Ready>)> = Vec::new();
        let mut excesses: Vec<(usize, C::Excess)> = Vec::new();
        for (position, item) in self.items.iter().enumerate() {
            let reading = async {
                let Preparation::Ready(ready) = read(self.renderer, self.change, position, item, None).await
                else {
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
        let is_agreed = |position: &usize, excess: &C::Excess| {
            let consents = self.consents.borrow();
            let agreed = consents.get(position);
            matches!(agreed, Some(Consent::To(Some(agreed))) if self.change.covers(agreed, excess))
        };
        let asked = excesses
            .iter()
            .filter(|(position, excess)| self.change.may_consent(excess) && !is_agreed(position, excess));
        let named: Vec<usize> = asked.clone().map(|(position, _)| *position).collect();
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
        let answer = self.answer(&[], &question).await;
        self.change.start_over();
        match answer? {
            Answer::Signal(exit) => return Ok(Some(exit)),
            Answer::Yes => {
                let agreed = excesses.into_iter().filter(|(_, excess)| self.change.may_consent(excess));
                let to = |(position, excess)| (position, Consent::To(Some(excess)));
                self.consents.borrow_mut().extend(agreed.map(to));
            }
            Answer::No(_) => {
                let refused = named.into_iter().map(|position| (position, Consent::Refused));
                self.consents.borrow_mut().extend(refused);
            }
        }
        Ok(None)
    }

    /// Asks, until a signal. Ctrl-C at a question is a key, not a signal.
    async fn answer(&self, above: &[String], question: &Question) -> Result<Answer, Error> {
        match self.renderer.context.interrupt.until_signal(self.put(above, question)).await {
            Err(exit) => Ok(Answer::Signal(exit)),
            Ok(Ok(())) => Ok(Answer::Yes),
            Ok(Err(error)) if error.exit.is_signal() => Ok(Answer::Signal(error.exit)),
            Ok(Err(error)) if error.exit == Exit::Declined => Ok(Answer::No(error)),
            Ok(Err(error)) => Err(error),
        }
    }
}
