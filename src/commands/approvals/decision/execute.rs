//! Sending a decision, exactly once as far as anyone can tell, and saying truthfully what became of it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::api::vxc::send_decision;
use crate::api::{Call, SendFailure, backoff};
use crate::commands::approvals::decision::ended::{
    as_sent, conclude, other_speed, outcome, refused, unknown,
};
use crate::commands::approvals::decision::order::{Outcome, OutcomeKind};
use crate::commands::approvals::decision::prepare::{Difference, Prepared, difference};
use crate::commands::approvals::decision::subject::{Decider, Reading};
use crate::domain::approvals::model::{Decision, Kind, Source};
use crate::domain::approvals::standing::Standing;
use crate::error::Error;
use crate::exit::Exit;
use crate::journal::{Entry, SCHEMA, Step};

/// How long a decision that was answered with yes may take to show (confirmed: "settling may take some seconds").
const SETTLING: Duration = Duration::from_secs(10);
/// The first pause between two looks; it doubles.
const FIRST_LOOK: Duration = Duration::from_millis(100);

/// Sends it and reads it back. Both is in the journal: nothing is sent that isn't noted first.
pub async fn execute(decider: &Decider<'_>, prepared: &Prepared) -> Outcome {
    let mut line = entry(decider, prepared);
    if let Err(error) = decider.journal.append(&line) {
        return outcome(prepared, OutcomeKind::Failed, None, Some(error));
    }
    let mut sending = Sending::of(decider, prepared);
    let mut ended = sending.send().await;
    // One that was given is another than the one asked for; and who knows what came of a failure.
    let as_asked = prepared.order.decision == Decision::Accept
        && prepared.fields.vlan.is_none()
        && prepared.fields.move_to.is_none();
    if as_asked && ended.kind == OutcomeKind::Done {
        decider.recent_vlans.accepted(prepared.approval.vxc_uid.as_deref());
    } else {
        decider.recent_vlans.forget();
    }
    line.at = decider.now();
    line.step = Step::Answered;
    line.outcome = Some(ended.kind.name().to_owned());
    line.error = ended.error.as_ref().map(ToString::to_string);
    if let Err(error) = decider.journal.append(&line) {
        // It is done; only the note of it is missing.
        ended.notes.push(format!("the outcome could not be noted: {error}"));
    }
    if ended.kind.is_ok()
        && let Some(note) = reason_note(prepared, sending.call)
    {
        ended.notes.push(note);
    }
    ended
}

/// A decision on its way: what has been sent, and what came of it so far.
struct Sending<'a> {
    decider: &'a Decider<'a>,
    prepared: &'a Prepared,
    /// The form sent last.
    call: Option<&'a Call>,
    /// The failure of a sending that may have taken effect.
    lost: Option<Error>,
    /// Pauses that a rate limit asked for so far.
    pauses: u32,
    /// Until when such a pause may last.
    until: Instant,
}

impl<'a> Sending<'a> {
    fn of(decider: &'a Decider<'a>, prepared: &'a Prepared) -> Self {
        let until = Instant::now() + decider.client.patience().timeout;
        Sending { decider, prepared, call: None, lost: None, pauses: 0, until }
    }

    /// Sends, and again only where nothing can have happened, or where reading back shows that nothing did.
    async fn send(&mut self) -> Outcome {
        let mut forms = self.prepared.calls.iter();
        let Some(mut call) = forms.next() else {
            let error = Error::new(Exit::Api, "there is no form in which the backend takes this decision");
            return outcome(self.prepared, OutcomeKind::Failed, None, Some(error));
        };
        loop {
            self.call = Some(call);
            let ended = match send_decision(self.decider.client, call).await {
                Ok(_) => Some(self.read_back().await),
                Err(SendFailure::NotSent(error)) => Some(self.not_sent(error)),
                Err(SendFailure::Lost(error)) => self.after_loss(error).await,
                Err(SendFailure::Refused { error, retry_after }) => {
                    if self.lost.is_none()
                        && let Some(pause) = self.pause_for(&error, retry_after)
                    {
                        self.pauses += 1;
                        // Nothing is under way meanwhile, so a signal may end it.
                        let waiting = self.decider.interrupt.unless(tokio::time::sleep(pause));
                        if let Err(exit) = waiting.await {
                            return self.interrupted(exit);
                        }
                        self.still_waits(None).await
                    } else {
                        let other = matches!(error.http_status, Some(400 | 404 | 405))
                            .then(|| forms.next())
                            .flatten();
                        let ended = self.after_refusal(error, other.is_some()).await;
                        if ended.is_none()
                            && let Some(other) = other
                        {
                            call = other;
                        }
                        ended
                    }
                }
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    fn not_sent(&self, error: Error) -> Outcome {
        match &self.lost {
            // This one never left, but an earlier one did.
            Some(lost) => unknown(self.prepared, lost.clone()),
            None => {
                let error = error.about(self.prepared.named.id.clone());
                outcome(self.prepared, OutcomeKind::Failed, None, Some(error))
            }
        }
    }

    /// After a yes from the backend: waits until it shows, and compares with what was asked.
    async fn read_back(&self) -> Outcome {
        match self.look_until_settled(Looking::AfterYes).await {
            Ok(reading) if self.is_not_shown_yet(&reading) => {
                let mut approval = reading.approval;
                if reading.standing != Standing::Pending {
                    // What is missing says no, the backend said yes: neither shows yet.
                    approval.status = crate::domain::approvals::Status::Unknown;
                }
                let mut ended = outcome(self.prepared, OutcomeKind::Done, Some(approval), None);
                ended.notes.push("the backend said yes, but doesn't show it yet: look again".to_owned());
                ended
            }
            Ok(reading) => self.conclude(reading, None),
            Err(error) => {
                let mut ended = outcome(self.prepared, OutcomeKind::Done, None, None);
                ended.notes.push(format!("the backend said yes; it could not be read back: {error}"));
                ended
            }
        }
    }

    /// After a lost answer: what reading back tells, or `None` where it is to be sent once more.
    async fn after_loss(&mut self, error: Error) -> Option<Outcome> {
        let reading = match self.look_until_settled(Looking::AfterLoss).await {
            Ok(reading) => reading,
            Err(_) => return Some(unknown(self.prepared, error)),
        };
        match reading.standing {
            Standing::Pending if self.lost.is_some() => Some(unknown(self.prepared, error)),
            // A plain failure is an answer, and after all that time nothing has come of it.
            Standing::Pending if error.http_status == Some(500) => {
                Some(refused(self.prepared, Some(reading.approval), error))
            }
            // The very same request still waits: it never arrived there. Once more.
            Standing::Pending => {
                self.lost = Some(error);
                None
            }
            Standing::Decided { .. } if self.is_not_shown_yet(&reading) => {
                Some(unknown(self.prepared, error))
            }
            _ => {
                let mut ended = self.conclude(reading, None);
                if ended.kind == OutcomeKind::Done {
                    ended.notes.push("the backend's answer was lost; read back, it took effect".to_owned());
                }
                Some(ended)
            }
        }
    }

    /// After a refusal: what reading back tells, or `None` where the other form is to be tried.
    async fn after_refusal(&self, error: Error, another_form: bool) -> Option<Outcome> {
        let reading = match (self.decider.read(&self.prepared.named).await, &self.lost) {
            (Ok(reading), _) => reading,
            (Err(_), Some(_)) => return Some(unknown(self.prepared, error)),
            (Err(_), None) => return Some(refused(self.prepared, None, error)),
        };
        match (reading.standing, &self.lost) {
            (Standing::Pending, _) if another_form => None,
            // Refused now, but the one before may still be on its way.
            (Standing::Pending, Some(_)) => Some(unknown(self.prepared, error)),
            (Standing::Pending, None) => Some(refused(self.prepared, Some(reading.approval), error)),
            // After a lost answer, "already decided" is how the first sending comes back.
            (_, Some(_)) => Some(self.conclude(reading, None)),
            (_, None) => Some(self.conclude(reading, Some(error))),
        }
    }

    /// After a pause: `None` where it still waits and may be sent again.
    async fn still_waits(&self, refusal: Option<Error>) -> Option<Outcome> {
        match self.decider.read(&self.prepared.named).await {
            Ok(reading) if reading.standing == Standing::Pending => None,
            Ok(reading) => Some(self.conclude(reading, refusal)),
            Err(error) => Some(refused(self.prepared, None, error)),
        }
    }

    /// How long to wait before a rate-limited decision may be sent again; `None` where the patience doesn't reach.
    fn pause_for(&self, error: &Error, asked: Option<Duration>) -> Option<Duration> {
        if error.exit != Exit::RateLimited {
            return None;
        }
        let pause = asked.unwrap_or_else(|| backoff(self.pauses));
        (Instant::now() + pause < self.until).then_some(pause)
    }

    fn interrupted(&self, exit: Exit) -> Outcome {
        let id = &self.prepared.named.id;
        let message = format!("{id} was not decided: interrupted while the backend limited the rate");
        let error = Error::new(exit, message).about(id.clone());
        outcome(self.prepared, OutcomeKind::Skipped, None, Some(error))
    }

    /// Reads the request until it no longer changes, as far as the time allows.
    async fn look_until_settled(&self, looking: Looking) -> Result<Reading, Error> {
        let until = Instant::now() + SETTLING.min(self.decider.client.patience().timeout / 4);
        let mut pause = FIRST_LOOK;
        loop {
            let reading = self.decider.read(&self.prepared.named).await?;
            let left = until.saturating_duration_since(Instant::now());
            if self.is_settled(&reading, looking) || left.is_zero() {
                return Ok(reading);
            }
            tokio::time::sleep(pause.min(left)).await;
            pause *= 2;
        }
    }

    /// Whether a reading still says what was before the backend's yes.
    fn is_not_shown_yet(&self, reading: &Reading) -> bool {
        match reading.standing {
            Standing::Pending => true,
            Standing::Decided { decision, certain } => {
                !certain
                    && decision != self.prepared.order.decision
                    && other_speed(&reading.approval, self.prepared).is_none()
            }
            Standing::Changed | Standing::Over(_) => false,
        }
    }

    fn conclude(&self, reading: Reading, refusal: Option<Error>) -> Outcome {
        conclude(self.decider, self.prepared, reading, refusal)
    }

    /// Whether there is nothing more to wait for.
    fn is_settled(&self, reading: &Reading, looking: Looking) -> bool {
        match reading.standing {
            // A request that was sent may take its time to arrive, too: a second one must not overtake it.
            Standing::Pending => false,
            Standing::Decided { decision, certain } => {
                let as_asked = decision == self.prepared.order.decision;
                let lags = looking == Looking::AfterYes
                    && as_asked
                    && difference(&reading.approval, &as_sent(self.prepared)) != Difference::None;
                // An answer inferred from what is missing may still turn into the other one.
                (certain || as_asked) && !lags
            }
            Standing::Changed | Standing::Over(_) => true,
        }
    }
}

/// What a look at the request comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looking {
    /// The backend said yes.
    AfterYes,
    /// Its answer was lost.
    AfterLoss,
}

/// Where the reason went, with the form that was really answered.
fn reason_note(prepared: &Prepared, answered: Option<&Call>) -> Option<String> {
    prepared.order.reason.as_ref()?;
    let body = answered.and_then(|call| call.body.as_ref());
    Some(match prepared.approval.source {
        Source::Queue => "your reason went along as the comment".to_owned(),
        Source::Marketplace if body.is_some_and(|body| body.get("message").is_some()) => {
            "your reason was sent along, which Megaport may not pass on; it is kept in the journal".to_owned()
        }
        Source::Marketplace => {
            "your reason is kept in the journal; this form of the answer takes none".to_owned()
        }
    })
}

fn entry(decider: &Decider<'_>, prepared: &Prepared) -> Entry {
    let approval = &prepared.approval;
    Entry {
        schema: SCHEMA.to_owned(),
        at: decider.now(),
        step: Step::Sending,
        attempt: Uuid::new_v4().to_string(),
        environment: decider.environment.to_owned(),
        backend: decider.backend.to_owned(),
        company: decider.company.clone(),
        by: decider.by.to_owned(),
        id: prepared.named.id.clone(),
        source: approval.source,
        kind: approval.kind,
        vxc_uid: approval.vxc_uid.clone(),
        customer: approval.customer.name.clone().or_else(|| approval.customer.uid.clone()),
        rate_limit_mbps: match approval.kind {
            Kind::SpeedChange => approval.new_rate_limit_mbps,
            _ => approval.rate_limit_mbps,
        },
        decision: prepared.order.decision,
        vlan: prepared.fields.vlan,
        inner_vlan: prepared.fields.inner_vlan,
        move_to: prepared.fields.move_to.clone(),
        reason: prepared.order.reason.clone(),
        rule: prepared.rule.clone(),
        outcome: None,
        error: None,
    }
}
