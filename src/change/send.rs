//! Sends a change, exactly once as far as anyone can tell, and finds out truthfully what became of it.
//!
//! The only place that sends: a yes counts once it is read back, a lost answer is looked after before anything is sent
//! again, and a rate limit is waited out where nothing can have happened.

use std::time::{Duration, Instant};

use crate::api::{Answer, Call, Client, SendFailure, backoff, check_envelope};
use crate::change::outcome::{Action, Outcome, OutcomeKind};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::terminal::interrupt::Interrupt;

/// How long a change that was answered with yes may take to show (confirmed: "settling may take some seconds").
const SETTLING: Duration = Duration::from_secs(10);
/// The first pause between two looks; it doubles.
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// How far a change has come, seen from what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is as it was before.
    Before,
    /// It doesn't show, though what is read isn't plainly what was before.
    NotShown,
    /// It took effect; parts of it may not show yet.
    Lagging,
    /// It will not change by waiting: as asked, or otherwise.
    Settled,
}

/// One change, ready to be sent: the forms it can be sent in, and how what comes back is to be read.
pub(crate) trait Write {
    /// What reading it again gives.
    type Reading;
    type Seen;

    /// The id it is reported under, and what is done.
    fn subject(&self) -> (&str, Action);

    /// The requests that each would make the change, the first one first. Another is tried only where one was refused and
    /// nothing has changed.
    fn calls(&self) -> &[Call];

    /// Whether sending it twice comes to the same as once.
    fn can_repeat(&self) -> bool {
        true
    }

    /// Whether an answer with a status of success is a yes: only the API's own envelope is, not a gateway's page.
    fn check_answer(&self, call: &Call, answer: &Answer) -> Result<(), Error> {
        check_envelope(call, answer)
    }

    /// Whether there is any way to read it back.
    fn can_be_read(&self) -> bool {
        true
    }

    /// Whether what it has become stays so: then a request that is still on its way changes nothing any more.
    fn is_final(&self) -> bool {
        false
    }

    /// Reads what it is now. `answer` is the backend's yes, where there was one.
    async fn read(&self, answer: Option<&Answer>) -> Result<Self::Reading, Error>;

    /// How far the change has come.
    fn place(&self, reading: &Self::Reading) -> Place;

    /// How it ended where it is no longer as it was. `refusal` is what the backend said where this sending changed nothing.
    fn conclude(&self, reading: Self::Reading, refusal: Option<Error>) -> Outcome<Self::Seen>;

    /// Adds to a refusal of the backend what it may come of.
    fn explain(&self, error: Error) -> Error {
        error
    }

    /// How it ended where the backend refused it and it is as it was, or can't be read.
    fn refuse(&self, reading: Option<Self::Reading>, error: Error) -> Outcome<Self::Seen> {
        let (id, action) = self.subject();
        Outcome::failure(id, action, self.explain(error)).seen(self.last_seen(reading))
    }

    /// What an outcome shows that says nothing of success: as last read, or as it was before.
    fn last_seen(&self, reading: Option<Self::Reading>) -> Option<Self::Seen>;

    /// What to do where it isn't known whether it took effect.
    fn doubt_hints(&self) -> Vec<Hint>;
}

/// What changes are sent with.
#[derive(Clone, Copy)]
pub(crate) struct Sender<'a> {
    pub(crate) client: &'a Client,
    /// What a signal does while a change only waits for its turn.
    pub(crate) interrupt: &'a Interrupt,
}

impl Sender<'_> {
    /// Sends it and reads it back. Answers the call that was answered last, too.
    pub(crate) async fn send<'w, W: Write>(&self, write: &'w W) -> (Outcome<W::Seen>, Option<&'w Call>) {
        let until = Instant::now() + self.client.patience.timeout;
        let mut sending = Sending { sender: *self, write, call: None, lost: None, pauses: 0, until };
        let outcome = sending.send().await;
        (outcome, sending.call)
    }
}

/// A change on its way: what has been sent, and what came of it so far.
struct Sending<'a, 'w, W> {
    sender: Sender<'a>,
    write: &'w W,
    call: Option<&'w Call>,
    /// The failure of a sending that may have taken effect.
    lost: Option<Error>,
    /// Pauses that a rate limit asked for so far.
    pauses: u32,
    /// Until when such a pause may last.
    until: Instant,
}

impl<W: Write> Sending<'_, '_, W> {
    /// Sends, and again only where nothing can have happened, or where reading back shows that nothing did.
    async fn send(&mut self) -> Outcome<W::Seen> {
        let mut forms = self.write.calls().iter();
        let Some(mut call) = forms.next() else {
            return self.failure(Error::new(Exit::Api, "there is no form in which the backend takes this"));
        };
        loop {
            self.call = Some(call);
            let ended = match self.send_once(call).await {
                Ok(answer) => Some(self.read_back(&answer).await),
                Err(SendFailure::NotSent(error)) => Some(match &self.lost {
                    // This one never left, but an earlier one did.
                    Some(lost) => self.unknown(lost.clone(), None),
                    None => self.failure(error),
                }),
                Err(SendFailure::Lost(error)) => self.after_loss(error).await,
                Err(SendFailure::Refused(error)) => match self.pause_for(&error) {
                    Some(pause) => self.after_pause(pause).await,
                    None => {
                        let other = matches!(error.http_status, Some(400 | 404 | 405))
                            .then(|| forms.next())
                            .flatten();
                        let ended = self.after_refusal(error, other.is_some()).await;
                        call = other.filter(|_| ended.is_none()).unwrap_or(call);
                        ended
                    }
                },
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// Sends one form. What isn't a yes of the API itself says nothing of what happened.
    async fn send_once(&self, call: &Call) -> Result<Answer, SendFailure> {
        let answer = self.sender.client.send_once(call).await?;
        match self.write.check_answer(call, &answer) {
            Ok(()) => Ok(answer),
            Err(error) => Err(SendFailure::Lost(error)),
        }
    }

    /// After a yes from the backend: waits until it shows, and compares with what was asked.
    async fn read_back(&self, answer: &Answer) -> Outcome<W::Seen> {
        match self.look_until_settled(Some(answer)).await {
            Ok(reading) if self.shows(&reading) => {
                let ended = self.write.conclude(reading, None);
                match (&self.lost, ended.kind) {
                    (Some(_), OutcomeKind::Done) => {
                        ended.note("an answer was lost and nothing had changed, so it was sent once more")
                    }
                    _ => ended,
                }
            }
            Ok(reading) => {
                let error = Error::new(Exit::Unknown, "the backend said yes, but it doesn't show yet");
                self.unknown(error, Some(reading))
            }
            Err(error) => {
                let mut doubt = Error::new(
                    Exit::Unknown,
                    format!("the backend said yes; what it is now could not be read: {error}"),
                );
                doubt.http_status = error.http_status;
                doubt.trace_id = error.trace_id;
                self.unknown(doubt, None)
            }
        }
    }

    /// After a lost answer: what reading back tells, or `None` where it is to be sent once more.
    async fn after_loss(&mut self, error: Error) -> Option<Outcome<W::Seen>> {
        let Ok(reading) = self.look_until_settled(None).await else { return Some(self.unknown(error, None)) };
        match self.write.place(&reading) {
            Place::Before if self.lost.is_some() => Some(self.unknown(error, None)),
            // A plain failure is an answer, and after all that time nothing has come of it.
            Place::Before if error.http_status == Some(500) && self.write.can_repeat() => {
                Some(self.write.refuse(Some(reading), error))
            }
            // It is as it was: it never arrived there. Once more.
            Place::Before if self.write.can_repeat() => {
                self.lost = Some(error);
                None
            }
            Place::Before | Place::NotShown => Some(self.unknown(error, None)),
            Place::Lagging | Place::Settled => {
                let ended = self.write.conclude(reading, None);
                Some(match ended.kind {
                    OutcomeKind::Done => {
                        ended.note("the backend's answer was lost; read back, it took effect")
                    }
                    // Somebody else changed it, and this change may still arrive.
                    OutcomeKind::Conflict if !self.write.is_final() => self.unknown(error, None),
                    _ => ended,
                })
            }
        }
    }

    /// After a refusal: what reading back tells, or `None` where the other form is to be tried.
    async fn after_refusal(&self, error: Error, another_form: bool) -> Option<Outcome<W::Seen>> {
        let reading = match (self.write.read(None).await, &self.lost) {
            (Ok(reading), _) => reading,
            (Err(_), Some(_)) => return Some(self.unknown(error, None)),
            (Err(_), None) => return Some(self.write.refuse(None, error)),
        };
        match (self.write.place(&reading), &self.lost) {
            (Place::Before, _) if another_form => None,
            // Refused now, but the one before may still be on its way.
            (Place::Before, Some(_)) => Some(self.unknown(error, None)),
            (Place::Before, None) => Some(self.write.refuse(Some(reading), error)),
            // After a lost answer, "already decided" is how the first sending comes back.
            (_, Some(_)) => Some(self.write.conclude(reading, None)),
            (_, None) => Some(self.write.conclude(reading, Some(error))),
        }
    }

    /// Waits as a rate limit asks, unless a signal comes; `None` where it is still as it was and may be sent again.
    async fn after_pause(&mut self, pause: Duration) -> Option<Outcome<W::Seen>> {
        self.pauses += 1;
        // Nothing is under way meanwhile, so a signal may end it.
        if let Err(exit) = self.sender.interrupt.until_signal(tokio::time::sleep(pause)).await {
            return Some(self.interrupted(exit));
        }
        match self.write.read(None).await {
            Ok(reading) if self.write.place(&reading) == Place::Before => None,
            Ok(reading) => Some(self.write.conclude(reading, None)),
            Err(_) if !self.write.can_be_read() => None,
            Err(error) => Some(self.write.refuse(None, error)),
        }
    }

    /// How long to wait before what was rate-limited may be sent again; `None` where the patience doesn't reach.
    fn pause_for(&self, error: &Error) -> Option<Duration> {
        if self.lost.is_some() || error.exit != Exit::RateLimited {
            return None;
        }
        let pause =
            error.retry_after.filter(|asked| !asked.is_zero()).unwrap_or_else(|| backoff(self.pauses));
        (pause < self.until.saturating_duration_since(Instant::now())).then_some(pause)
    }

    /// Reads it until it no longer changes, as far as the time allows.
    async fn look_until_settled(&self, answer: Option<&Answer>) -> Result<W::Reading, Error> {
        let until = Instant::now() + SETTLING.min(self.sender.client.patience.timeout / 4);
        let mut pause = FIRST_LOOK;
        loop {
            let reading = self.write.read(answer).await?;
            let settled = match self.write.place(&reading) {
                Place::Before | Place::NotShown => false,
                // What is missing after a lost answer was perhaps never sent.
                Place::Lagging => answer.is_none(),
                Place::Settled => true,
            };
            let left = until.saturating_duration_since(Instant::now());
            if settled || left.is_zero() {
                return Ok(reading);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause *= 2;
        }
    }

    fn shows(&self, reading: &W::Reading) -> bool {
        matches!(self.write.place(reading), Place::Lagging | Place::Settled)
    }

    /// Nothing was sent that can have taken effect.
    fn failure(&self, error: Error) -> Outcome<W::Seen> {
        let (id, action) = self.write.subject();
        let outcome = Outcome::new(id, action, OutcomeKind::Failed);
        outcome.seen(self.write.last_seen(None)).error(error.about(id))
    }

    /// It may have taken effect, and nothing tells.
    fn unknown(&self, cause: Error, reading: Option<W::Reading>) -> Outcome<W::Seen> {
        let (id, action) = self.write.subject();
        let message = format!("whether {id} was {} is not known", action.participle);
        let mut error = Error::new(Exit::Unknown, message).because(cause.to_string()).about(id);
        error.hints = self.write.doubt_hints();
        error.http_status = cause.http_status;
        error.trace_id = cause.trace_id;
        let outcome = Outcome::new(id, action, OutcomeKind::Unknown);
        outcome.seen(self.write.last_seen(reading)).error(error)
    }

    fn interrupted(&self, exit: Exit) -> Outcome<W::Seen> {
        let (id, action) = self.write.subject();
        let message =
            format!("{id} was not {}: interrupted while the backend limited the rate", action.participle);
        let outcome = Outcome::new(id, action, OutcomeKind::Skipped);
        outcome.seen(self.write.last_seen(None)).error(Error::new(exit, message).about(id))
    }
}
