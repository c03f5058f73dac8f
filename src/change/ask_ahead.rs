//! One question about all that several changes exceed.

use crate::change::plan::{Change, Preparation};
use crate::change::run::Run;
use crate::change::stop::Consent;
use crate::error::Error;
use crate::exit::Exit;

impl<C: Change> Run<'_, C> {
    /// Asks once about all excesses before the first change is sent. After a no, those are left out that would exceed by
    /// themselves, without the others. Returns the signal that ended it.
    pub(super) async fn ask_ahead(&self) -> Result<Option<Exit>, Error> {
        let mut readies: Vec<(usize, Box<C::Ready>)> = Vec::new();
        let mut excesses: Vec<(usize, C::Excess)> = Vec::new();
        for (position, item) in self.items.iter().enumerate() {
            let reading = async {
                let Preparation::Ready(ready) = self.renderer.read(self.change, position, item, None).await
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
        let is_agreed = |position: usize, excess: &C::Excess| {
            self.change
                .agreed_excess(&self.items[position])
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
        let answer = self.renderer.context.interrupt.until_signal(self.put(&question)).await;
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
}
