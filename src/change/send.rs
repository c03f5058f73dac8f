//! Sends a change, exactly once where possible, and determines its outcome.
//!
//! The only place that sends: each request is recorded in the ledger first, a yes counts once it is read back, and a lost
//! answer is looked after. What may be sent again, since nothing has changed, goes back to the run ([`Sent::Again`]), which
//! reads and checks it anew first.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::api::{Answer, Call, SendFailure, backoff};
use crate::change::attempt::{Again, Attempt, Sent};
use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::recording::Recording;
use crate::change::stage::Stage;
use crate::change::write::{Place, Write};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::Claimed;
use crate::session::connection::Connection;

/// How long a change may take to show after a lost response (confirmed: "settling may take some seconds").
const SETTLING: Duration = Duration::from_secs(10);
/// The first pause between reads; doubles each time.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LONGEST_LOOK: Duration = Duration::from_secs(3);
/// How many times a refused change may be prepared differently.
const MOST_OTHER_WAYS: u32 = 16;

/// Sends it and reads it back, and records both. Answers the call that was answered last, too.
pub(crate) async fn send<'w, W: Write>(
    connection: &Connection,
    write: &'w W,
    attempt: &Attempt,
) -> (Sent<W::Seen>, Option<&'w Call>) {
    let id = attempt.id.get_or_init(|| Uuid::new_v4().to_string()).clone();
    let recording = Recording::new(connection, id, write.object());
    let mut sending = Sending { connection, write, call: None, attempt, recording };
    let mut sent = sending.send().await;
    attempt.track.reach(Stage::ReadBack);
    let ended = sent.outcome_mut();
    let is_read_back = ended.kind.is_ok() || ended.kind == OutcomeKind::Conflict;
    let state = ended.seen.as_ref().filter(|_| is_read_back).and_then(|seen| write.state(seen));
    sending.recording.end(ended, state).await;
    (sent, sending.call)
}

/// A change on its way.
struct Sending<'a, 'w, W> {
    connection: &'a Connection,
    write: &'w W,
    call: Option<&'w Call>,
    attempt: &'a Attempt,
    recording: Recording<'a>,
}

impl<W: Write> Sending<'_, '_, W> {
    /// Sends it, and another form of it where the first was refused.
    async fn send(&mut self) -> Sent<W::Seen> {
        let mut forms = self.write.calls().iter().peekable();
        while let Some(call) = forms.next() {
            self.call = Some(call);
            self.attempt.track.reach(Stage::Sending);
            match self.recording.start(call, self.write.terms()).await {
                Ok(Claimed::Granted) => {}
                Ok(Claimed::Proposed(error)) => {
                    let ended = Outcome { kind: OutcomeKind::Proposed, ..self.failure(error) };
                    return Sent::Ended(ended);
                }
                Ok(Claimed::Stale(error)) => {
                    let (attempt, otherwise) = (self.attempt.clone(), self.unsent_outcome(error));
                    return Sent::Again(Again { pause: Duration::ZERO, attempt, otherwise });
                }
                Err(error) => return Sent::Ended(self.unsent_outcome(error)),
            }
            return match self.send_once(call).await {
                Ok(answer) => Sent::Ended(self.read_back(&answer).await),
                Err(SendFailure::NotSent(error)) => Sent::Ended(self.unsent_outcome(error)),
                Err(SendFailure::Lost(error)) => self.after_loss(error).await,
                Err(SendFailure::Refused(error)) => match self.pause_for(&error) {
                    Some(pause) => {
                        let attempt = Attempt {
                            pauses: self.attempt.pauses + 1,
                            id: self.attempt.id.clone(),
                            other_ways: self.attempt.other_ways,
                            ..Attempt::first(&self.attempt.track)
                        };
                        let otherwise = self.write.refuse(None, error);
                        Sent::Again(Again { pause, attempt, otherwise })
                    }
                    None => {
                        let has_another =
                            forms.peek().is_some() && matches!(error.http_status, Some(400 | 404 | 405));
                        match self.after_refusal(error, has_another).await {
                            Some(sent) => sent,
                            None => continue,
                        }
                    }
                },
            };
        }
        let error = Error::new(Exit::Api, "the API rejected this change");
        Sent::Ended(self.failure(error))
    }

    /// This one never left; an earlier one may have.
    fn unsent_outcome(&self, error: Error) -> Outcome<W::Seen> {
        match &self.attempt.lost {
            Some(lost) => self.unknown_outcome(Error::clone(lost), None),
            None => self.failure(error),
        }
    }

    /// Sends one form. What isn't a yes of the API itself says nothing of what happened.
    async fn send_once(&mut self, call: &Call) -> Result<Answer, SendFailure> {
        let answered = self.connection.client.send_once(call).await;
        self.recording.note_answer(&answered);
        let answer = answered?;
        match self.write.check_answer(call, &answer) {
            Ok(()) => {
                self.attempt.track.reach(Stage::Answered);
                Ok(answer)
            }
            Err(error) => Err(SendFailure::Lost(error)),
        }
    }

    /// After success: waits until the change shows, and compares it with the request.
    async fn read_back(&self, answer: &Answer) -> Outcome<W::Seen> {
        match self.look_until_settled(Some(answer)).await {
            Ok(reading) if self.shows(&reading) => {
                let ended = self.write.conclude(reading, None).await;
                match (&self.attempt.lost, ended.kind) {
                    (Some(_), OutcomeKind::Done) => ended
                        .note("a response was lost and nothing had changed, so the change was sent again"),
                    _ => ended,
                }
            }
            Ok(reading) => {
                let error =
                    Error::new(Exit::Unknown, "the API confirmed the change, but still shows the old state");
                self.unknown_outcome(error, Some(reading))
            }
            Err(error) => {
                let mut doubt = Error::new(
                    Exit::Unknown,
                    format!("the API confirmed the change, but its current state could not be read: {error}"),
                );
                doubt.http_status = error.http_status;
                doubt.trace_id = error.trace_id;
                self.unknown_outcome(doubt, None)
            }
        }
    }

    /// After a lost response: determines the outcome by reading back.
    async fn after_loss(&self, error: Error) -> Sent<W::Seen> {
        self.attempt.track.reach(Stage::Lost);
        let Ok(reading) = self.look_until_settled(None).await else {
            return Sent::Ended(self.unknown_outcome(error, None));
        };
        Sent::Ended(match self.write.place(&reading) {
            Place::Before if self.attempt.lost.is_some() => self.unknown_outcome(error, None),
            // A plain failure is an answer, and after all that time nothing has come of it.
            Place::Before if error.http_status == Some(500) && self.write.can_repeat() => {
                self.write.refuse(Some(reading), error)
            }
            // It is as it was: it never arrived there. Once more.
            Place::Before if self.write.can_repeat() => {
                let attempt = Attempt { lost: Some(Box::new(error.clone())), ..self.attempt.clone() };
                let otherwise = self.unknown_outcome(error, None);
                return Sent::Again(Again { pause: Duration::ZERO, attempt, otherwise });
            }
            Place::Before | Place::NotShown => self.unknown_outcome(error, None),
            Place::Lagging | Place::Settled => {
                let ended = self.write.conclude(reading, None).await;
                match ended.kind {
                    OutcomeKind::Done => {
                        ended.note("the API's response was lost, but the change took effect")
                    }
                    // Somebody else changed it, and this change may still arrive.
                    OutcomeKind::Conflict if !self.write.is_final() => self.unknown_outcome(error, None),
                    _ => ended,
                }
            }
        })
    }

    /// After a refusal: determines the outcome by reading back, or `None` to try the alternative request.
    async fn after_refusal(&self, error: Error, has_another: bool) -> Option<Sent<W::Seen>> {
        let ended = match (self.write.read(None).await, &self.attempt.lost) {
            (Err(_), Some(_)) => self.unknown_outcome(error, None),
            (Err(_), None) => self.write.refuse(None, error),
            (Ok(reading), lost) => match (self.write.place(&reading), lost) {
                (Place::Before, _) if has_another => return None,
                // Refused now, but the one before may still be on its way.
                (Place::Before, Some(_)) => self.unknown_outcome(error, None),
                (Place::Before, None) => return Some(self.handle_refusal(reading, error).await),
                // After a lost answer, "already decided" is how the first sending comes back.
                (_, Some(_)) => self.write.conclude(reading, None).await,
                (_, None) => self.write.conclude(reading, Some(error)).await,
            },
        };
        Some(Sent::Ended(ended))
    }

    /// The backend refused it, and it is as it was.
    async fn handle_refusal(&self, reading: W::Reading, error: Error) -> Sent<W::Seen> {
        let other_ways = self.attempt.other_ways + 1;
        let has_other_way = other_ways <= MOST_OTHER_WAYS && self.write.has_other_way(&error).await;
        let otherwise = self.write.refuse(Some(reading), error);
        if !has_other_way {
            return Sent::Ended(otherwise);
        }
        // What is prepared anew is an attempt of its own.
        let attempt = Attempt { other_ways, ..Attempt::first(&self.attempt.track) };
        Sent::Again(Again { pause: Duration::ZERO, attempt, otherwise })
    }

    /// How long to wait before what was rate-limited may be sent again; `None` where the time left doesn't reach: a sending
    /// that is cut short would only make it unknown.
    fn pause_for(&self, error: &Error) -> Option<Duration> {
        if self.attempt.lost.is_some() || error.exit != Exit::RateLimited {
            return None;
        }
        let asked = error.retry_after.filter(|asked| !asked.is_zero());
        let pause = asked.unwrap_or_else(|| backoff(self.attempt.pauses));
        let patience = &self.connection.client.patience;
        let left = patience.time_left().checked_sub(pause)?;
        (left >= SETTLING.min(patience.timeout / 4)).then_some(pause)
    }

    /// Reads it until it no longer changes: after a yes as long as there is time, after a lost answer for a while.
    async fn look_until_settled(&self, answer: Option<&Answer>) -> Result<W::Reading, Error> {
        let patience = &self.connection.client.patience;
        let longest =
            if answer.is_some() { patience.time_left() } else { SETTLING.min(patience.timeout / 4) };
        let until = Instant::now() + longest.min(patience.time_left());
        let mut pause = FIRST_LOOK;
        let mut last = None;
        loop {
            let reading = match (self.write.read(answer).await, last) {
                (Ok(reading), _) => reading,
                (Err(error), Some(last)) if error.exit == Exit::Timeout => return Ok(last),
                (Err(error), _) => return Err(error),
            };
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
            last = Some(reading);
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_LOOK);
        }
    }

    fn shows(&self, reading: &W::Reading) -> bool {
        matches!(self.write.place(reading), Place::Lagging | Place::Settled)
    }

    /// Nothing took effect.
    fn failure(&self, error: Error) -> Outcome<W::Seen> {
        let (id, action) = self.write.subject();
        let outcome = Outcome::new(id, action, OutcomeKind::of_error(&error));
        outcome.seen(self.write.last_seen(None)).error(error.resource(id))
    }

    /// It may have taken effect; the outcome is unknown.
    fn unknown_outcome(&self, cause: Error, reading: Option<W::Reading>) -> Outcome<W::Seen> {
        let (id, action) = self.write.subject();
        let message = format!("can't tell whether {id} was {}", action.participle);
        let mut error = Error::new(Exit::Unknown, message).reason(cause.to_string()).resource(id);
        error.hints = self.write.doubt_hints();
        error.http_status = cause.http_status;
        error.trace_id = cause.trace_id;
        let outcome = Outcome::new(id, action, OutcomeKind::Unknown);
        outcome.seen(self.write.last_seen(reading)).error(error)
    }
}

#[cfg(test)]
mod tests;
