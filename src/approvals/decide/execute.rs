//! Sending a decision, exactly once as far as anyone can tell, and saying truthfully what became of it.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::api::SendFailure;
use crate::api::vxc::send_decision;
use crate::approvals::decide::order::{Order, Outcome, OutcomeKind, VlanChoice};
use crate::approvals::decide::prepare::{Prepared, applied_differently, no_longer_there, settled};
use crate::approvals::decide::standing::Standing;
use crate::approvals::decide::subject::{Decider, Reading};
use crate::approvals::journal::{Entry, SCHEMA, Step};
use crate::approvals::model::{Approval, Kind, Source};
use crate::error::Error;
use crate::exit::Exit;

/// How long a decision that was answered with yes may take to show (confirmed: "settling may take some seconds").
const SETTLING: Duration = Duration::from_secs(10);
/// The first pause between two looks; it doubles.
const FIRST_LOOK: Duration = Duration::from_millis(100);
/// Waits that a rate limit may ask for, per decision.
const MOST_WAITS: u32 = 5;

/// Sends it and reads it back. Both is in the journal: nothing is sent that isn't noted first.
pub async fn execute(decider: &Decider<'_>, prepared: &Prepared) -> Outcome {
    let mut line = entry(decider, prepared);
    if let Err(error) = decider.journal.append(&line) {
        return outcome(prepared, OutcomeKind::Failed, None, Some(error));
    }
    let mut ended = send(decider, prepared).await;
    line.at = decider.now();
    line.step = Step::Answered;
    line.outcome = Some(ended.kind.name().to_owned());
    line.error = ended.error.as_ref().map(ToString::to_string);
    if let Err(error) = decider.journal.append(&line) {
        // It is done; only the note of it is missing.
        ended.notes.push(format!("the outcome could not be noted: {error}"));
    }
    if ended.kind.is_ok()
        && let Some(note) = reason_note(prepared)
    {
        ended.notes.push(note);
    }
    ended
}

/// Sends, and again only where nothing can have happened, or where reading back shows that nothing did.
async fn send(decider: &Decider<'_>, prepared: &Prepared) -> Outcome {
    let mut forms = prepared.calls.iter();
    let Some(mut call) = forms.next() else {
        let error = Error::new(Exit::Api, "there is no form in which the backend takes this decision");
        return outcome(prepared, OutcomeKind::Failed, None, Some(error));
    };
    let mut lost_before = false;
    let mut waits = 0;
    loop {
        match send_decision(decider.client, call).await {
            Ok(_) => return read_back(decider, prepared).await,
            Err(SendFailure::NotSent(error)) if lost_before => {
                return unknown(prepared, error);
            }
            Err(SendFailure::NotSent(error)) => {
                return outcome(
                    prepared,
                    OutcomeKind::Failed,
                    None,
                    Some(error.about(prepared.named.id.clone())),
                );
            }
            Err(SendFailure::Lost(error)) => {
                let reading = match look_until_settled(decider, prepared, false).await {
                    Ok(reading) => reading,
                    Err(_) => return unknown(prepared, error),
                };
                match reading.standing {
                    // A plain failure is an answer, and nothing came of it.
                    Standing::Pending if error.http_status == Some(500) => {
                        return refused(prepared, Some(reading.approval), error);
                    }
                    Standing::Pending if lost_before => return unknown(prepared, error),
                    // The very same request still waits: the answer never arrived there. Once more.
                    Standing::Pending => lost_before = true,
                    _ => {
                        let mut ended = conclude(decider, prepared, reading, None);
                        if ended.kind == OutcomeKind::Done {
                            ended
                                .notes
                                .push("the backend's answer was lost; read back, it took effect".to_owned());
                        }
                        return ended;
                    }
                }
            }
            Err(SendFailure::Refused { error, retry_after }) => {
                // A pause longer than the patience is no pause: that refusal stands.
                let asked = retry_after.filter(|&pause| {
                    error.exit == Exit::RateLimited
                        && waits < MOST_WAITS
                        && pause < decider.client.patience().timeout
                });
                if let Some(pause) = asked {
                    waits += 1;
                    tokio::time::sleep(pause).await;
                }
                let reading = match decider.read(&prepared.named).await {
                    Ok(reading) => reading,
                    Err(_) if lost_before => return unknown(prepared, error),
                    Err(_) => return refused(prepared, None, error),
                };
                match reading.standing {
                    Standing::Pending if asked.is_some() => {}
                    Standing::Pending => {
                        let other = matches!(error.http_status, Some(400 | 404 | 405))
                            .then(|| forms.next())
                            .flatten();
                        match other {
                            Some(other) => call = other,
                            None => return refused(prepared, Some(reading.approval), error),
                        }
                    }
                    // After a lost answer, "already decided" is how the first sending comes back.
                    _ => {
                        let refusal = (!lost_before).then_some(error);
                        return conclude(decider, prepared, reading, refusal);
                    }
                }
            }
        }
    }
}

/// After a yes from the backend: waits until it shows, and compares with what was asked.
async fn read_back(decider: &Decider<'_>, prepared: &Prepared) -> Outcome {
    match look_until_settled(decider, prepared, true).await {
        Ok(reading) if reading.standing == Standing::Pending => {
            let mut ended = outcome(prepared, OutcomeKind::Done, Some(reading.approval), None);
            ended.notes.push("the backend said yes, but doesn't show it yet".to_owned());
            ended
        }
        Ok(reading) => conclude(decider, prepared, reading, None),
        Err(error) => {
            let mut ended = outcome(prepared, OutcomeKind::Done, None, None);
            ended.notes.push(format!("the backend said yes; it could not be read back: {error}"));
            ended
        }
    }
}

/// Reads the request until it no longer changes: `after_yes` waits for a pending one too.
async fn look_until_settled(
    decider: &Decider<'_>,
    prepared: &Prepared,
    after_yes: bool,
) -> Result<Reading, Error> {
    let until = Instant::now() + SETTLING.min(decider.client.patience().timeout / 4);
    let mut pause = FIRST_LOOK;
    loop {
        let reading = decider.read(&prepared.named).await?;
        let settled = match reading.standing {
            Standing::Pending => !after_yes,
            // An answer inferred from what is missing may still turn into the other one.
            Standing::Decided { decision, certain } => {
                let as_asked = decision == prepared.order.decision;
                (certain || as_asked) && !(as_asked && after_yes && lags_behind(&reading.approval, prepared))
            }
            Standing::Changed | Standing::Over(_) => true,
        };
        if settled || Instant::now() + pause > until {
            return Ok(reading);
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// Whether the VXC still shows its old B-End.
fn lags_behind(approval: &Approval, prepared: &Prepared) -> bool {
    applied_differently(approval, &as_sent(prepared)).is_some()
}

/// The order with the VLAN that was really sent in place of "next".
fn as_sent(prepared: &Prepared) -> Order {
    let mut order = prepared.order.clone();
    if let Some(vlan) = prepared.fields.vlan {
        order.vlan = Some(if vlan == -1 { VlanChoice::Untagged } else { VlanChoice::Number(vlan) });
    }
    order
}

/// The outcome of a request that no longer waits. `refusal` is what the backend said, where this sending changed nothing.
fn conclude(decider: &Decider<'_>, prepared: &Prepared, reading: Reading, refusal: Option<Error>) -> Outcome {
    let approval = reading.approval;
    let Standing::Decided { decision, .. } = reading.standing else {
        let mut error = no_longer_there(&approval, reading.standing);
        if let Some(refusal) = &refusal {
            quote(&mut error, refusal);
        }
        return outcome(prepared, OutcomeKind::Conflict, Some(approval), Some(error));
    };
    if let Some(error) = other_speed(&approval, prepared) {
        return outcome(prepared, OutcomeKind::Conflict, Some(approval), Some(error));
    }
    if decision != prepared.order.decision {
        let by = match &refusal {
            Some(Error { http_status: Some(409), reason: Some(said), .. }) => said.clone(),
            _ => decider.decided_by(&approval, decision),
        };
        let mut error = settled(&approval, &prepared.order, decision, &by)
            .unwrap_or_else(|| no_longer_there(&approval, reading.standing));
        if let Some(refusal) = &refusal {
            quote(&mut error, refusal);
        }
        return outcome(prepared, OutcomeKind::Conflict, Some(approval), Some(error));
    }
    if let Some(difference) = applied_differently(&approval, &as_sent(prepared)) {
        let error = Error::new(Exit::Conflict, format!("it was {}, but {difference}", decision.participle()))
            .hint("tell the customer, or change the VXC itself")
            .about(prepared.named.id.clone());
        return outcome(prepared, OutcomeKind::Conflict, Some(approval), Some(error));
    }
    let kind = if refusal.is_some() { OutcomeKind::Already } else { OutcomeKind::Done };
    let mut ended = outcome(prepared, kind, Some(approval), None);
    if kind == OutcomeKind::Already {
        let by = ended.approval.as_ref().map(|approval| decider.decided_by(approval, decision));
        ended.notes.extend(by);
    }
    ended
}

/// The error where the VXC has neither the speed asked for nor the one it had: that is no answer to this request.
fn other_speed(approval: &Approval, prepared: &Prepared) -> Option<Error> {
    let now = approval.rate_limit_mbps?;
    let (before, asked) = (prepared.approval.rate_limit_mbps?, prepared.approval.new_rate_limit_mbps?);
    if prepared.approval.kind != Kind::SpeedChange || now == before || now == asked {
        return None;
    }
    let message =
        format!("the VXC now runs at {now} Mbps: neither the {asked} asked for nor the {before} it had");
    Some(
        Error::new(Exit::Conflict, message)
            .hint("ask the customer: another change may have come in between")
            .about(prepared.named.id.clone()),
    )
}

/// The backend said no and the request still waits, or can't be read.
fn refused(prepared: &Prepared, approval: Option<Approval>, error: Error) -> Outcome {
    let kind = match error.exit {
        Exit::Forbidden => OutcomeKind::Refused,
        Exit::Conflict => OutcomeKind::Conflict,
        _ => OutcomeKind::Failed,
    };
    outcome(prepared, kind, approval, Some(error.about(prepared.named.id.clone())))
}

/// The answer was lost and nothing tells whether it took effect.
fn unknown(prepared: &Prepared, lost: Error) -> Outcome {
    let id = &prepared.named.id;
    let mut error = Error::new(
        Exit::Unknown,
        format!("whether {id} was {} is not known", prepared.order.decision.participle()),
    )
    .because(lost.to_string())
    .hint(format!("look at it with `portgate approvals show {id}` before anything else is done"))
    .about(id.clone());
    error.http_status = lost.http_status;
    error.trace_id = lost.trace_id;
    outcome(prepared, OutcomeKind::Unknown, None, Some(error))
}

fn quote(error: &mut Error, refusal: &Error) {
    error.http_status = refusal.http_status;
    error.trace_id.clone_from(&refusal.trace_id);
}

fn outcome(
    prepared: &Prepared,
    kind: OutcomeKind,
    approval: Option<Approval>,
    error: Option<Error>,
) -> Outcome {
    Outcome {
        id: prepared.named.id.clone(),
        decision: prepared.order.decision,
        kind,
        approval: approval.or_else(|| Some(prepared.approval.clone())),
        error,
        notes: Vec::new(),
    }
}

/// Where the reason went.
fn reason_note(prepared: &Prepared) -> Option<String> {
    prepared.order.reason.as_ref()?;
    Some(match prepared.approval.source {
        Source::Queue => "your reason went along as the comment".to_owned(),
        Source::Marketplace
            if prepared
                .calls
                .first()
                .is_some_and(|call| call.body.as_ref().is_some_and(|body| body.get("message").is_some())) =>
        {
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
        outcome: None,
        error: None,
    }
}
