//! Carries out many decisions, each with an answer of its own: what a policy or a file decides. One after the other, each
//! read again and checked again before it is sent; the same engine and the same document as `accept` and `deny`.

use serde_json::json;

use super::batch::{self, Batch};
use super::decide::{outcome, tell};
use super::expect::unchanged;
use super::limits::{self, SoldCheck};
use super::preview::preview;
use crate::approvals::decide::{
    Decider, Named, Order, Outcome, OutcomeKind, Preparation, Prepared, execute, prepare,
};
use crate::approvals::{Approval, Decision};
use crate::commands::consent;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::profiles::Limits;
use crate::render::{sanitize, words};

/// One decision to carry out.
#[derive(Debug)]
pub(in crate::commands) struct Task {
    /// The request, or why there is none; with the id as it was given.
    pub named: Result<Named, (String, Error)>,
    /// The answer.
    pub order: Order,
    /// The rule that decides, for the journal.
    pub rule: Option<String>,
    /// Why it is not to be sent.
    pub stopped: Option<Error>,
}

/// What is asked of each request when it has been read again, before anything is sent.
pub(in crate::commands) trait Recheck {
    /// How a request ends that doesn't pass.
    const REFUSED_AS: OutcomeKind;

    /// Why the request is not to be decided so after all.
    fn refuses(&mut self, position: usize, prepared: &Prepared) -> impl Future<Output = Option<Error>>;

    /// Why a request that is decided so already is not the one that was meant.
    fn already_refuses(&self, _position: usize, _approval: &Approval) -> Option<Error> {
        None
    }

    /// It was decided so, or may have been.
    fn decided(&mut self, position: usize);
}

/// How to go about it.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::commands) struct Manner {
    /// Send nothing but reads.
    pub dry_run: bool,
    /// Whether a port may be sold above the profile's limit.
    pub allow_oversubscribed: bool,
}

/// Carries them out, tells how each ended, and writes the document.
///
/// # Errors
/// For one task its own failure; for several exit 12, or 15 where nothing but a limit stood against them.
pub(in crate::commands) async fn run(
    context: &Context,
    decider: &Decider<'_>,
    profile: &Limits,
    tasks: Vec<Task>,
    recheck: &mut impl Recheck,
    manner: Manner,
) -> anyhow::Result<Exit> {
    let many = tasks.len() > 1;
    // It counts for what is accepted only; which order it is made with doesn't matter.
    let accepting = tasks.iter().find(|task| task.order.decision == Decision::Accept);
    let mut sold = accepting.map(|task| SoldCheck::of(profile, &task.order, manner.allow_oversubscribed));
    let mut outcomes = Vec::with_capacity(tasks.len());
    let mut previews = Vec::new();
    // A result that can't be written must not leave the rest undecided: it is said on stderr, and told at the end.
    let mut unwritten = None;
    for (position, task) in tasks.into_iter().enumerate() {
        let Task { named, order, rule, stopped } = task;
        let id = match &named {
            Ok(named) => named.id.clone(),
            Err((given, _)) => given.clone(),
        };
        if context.interrupt.seen().is_some() {
            outcomes.push(outcome(&id, &order, OutcomeKind::Skipped, None));
            continue;
        }
        let named = match (named, stopped) {
            (Ok(named), None) => named,
            (Ok(_), Some(stopped)) => {
                let skipped = outcome(&id, &order, OutcomeKind::Skipped, Some(stopped.about(id.clone())));
                unwritten = tell(context, &skipped, many).err().or(unwritten);
                outcomes.push(skipped);
                continue;
            }
            (Err((_, error)), _) => {
                let failed = outcome(&id, &order, OutcomeKind::Failed, Some(error));
                unwritten = tell(context, &failed, many).err().or(unwritten);
                outcomes.push(failed);
                continue;
            }
        };
        let one = One { context, decider, named: &named, order: &order, position };
        let mut preparation = one.prepared(recheck).await;
        let mut asked = false;
        let ended = loop {
            let mut prepared = match preparation {
                Preparation::Settled(ended) => break Some(*ended),
                Preparation::Ready(prepared) => prepared,
            };
            let excess = match sold.as_mut().filter(|_| order.decision == Decision::Accept && !asked) {
                Some(sold) => sold.excess(context, decider, &prepared).await,
                None => None,
            };
            if manner.dry_run {
                previews.push(preview(context, &prepared, excess.as_ref())?);
                if excess.is_none() {
                    if let Some(sold) = &mut sold {
                        sold.count(&prepared, OutcomeKind::Done);
                    }
                    recheck.decided(position);
                }
                break None;
            }
            if let Some(excess) = &excess {
                if !context.may_ask() {
                    break Some(limits::refused(&prepared, excess));
                }
                context.terminal.warn(&sanitize::line(&format!("{id}: {}", excess.sentence())));
                match consent::confirm(context, "Accept it all the same?").await {
                    Err(error) if error.exit == Exit::Declined => break Some(limits::skipped(&prepared)),
                    answered => answered?,
                }
                // A question may stand for hours.
                asked = true;
                preparation = unchanged(one.prepared(recheck).await, &prepared);
                continue;
            }
            prepared.rule.clone_from(&rule);
            // From the first byte sent to the last line noted it must not be torn apart.
            context.interrupt.defer();
            let ended = context.during("sending the decision", execute(decider, &prepared)).await;
            context.interrupt.allow();
            if let Some(sold) = sold.as_mut().filter(|_| order.decision == Decision::Accept) {
                sold.count(&prepared, ended.kind);
            }
            break Some(ended);
        };
        if let Some(ended) = ended {
            if matches!(ended.kind, OutcomeKind::Done | OutcomeKind::Already | OutcomeKind::Unknown) {
                recheck.decided(position);
            }
            unwritten = tell(context, &ended, many).err().or(unwritten);
            outcomes.push(ended);
        }
    }
    let exit = finish(context, &outcomes, &previews, manner.dry_run, many)?;
    unwritten.map_or(Ok(exit), Err)
}

/// One of them, while it is being read and checked.
struct One<'a> {
    context: &'a Context,
    decider: &'a Decider<'a>,
    named: &'a Named,
    order: &'a Order,
    position: usize,
}

impl One<'_> {
    async fn prepared<R: Recheck>(&self, recheck: &mut R) -> Preparation {
        let reading = prepare(self.decider, self.named, self.order);
        let prepared = match self.context.during("reading the request", reading).await {
            Preparation::Settled(ended) => {
                let approval = ended.approval.as_ref().filter(|_| ended.kind.is_ok());
                let refused = approval.and_then(|approval| recheck.already_refuses(self.position, approval));
                return Preparation::Settled(match refused {
                    Some(error) => Box::new(self.refused::<R>(error, ended.approval)),
                    None => ended,
                });
            }
            Preparation::Ready(prepared) => prepared,
        };
        let checking = recheck.refuses(self.position, &prepared);
        match self.context.during("checking the request", checking).await {
            None => Preparation::Ready(prepared),
            Some(error) => Preparation::Settled(Box::new(self.refused::<R>(error, Some(prepared.approval)))),
        }
    }

    fn refused<R: Recheck>(&self, error: Error, approval: Option<Approval>) -> Outcome {
        let error = error.about(self.named.id.clone());
        Outcome { approval, ..outcome(&self.named.id, self.order, R::REFUSED_AS, Some(error)) }
    }
}

fn finish(
    context: &Context,
    outcomes: &[Outcome],
    previews: &[serde_json::Value],
    dry_run: bool,
    many: bool,
) -> anyhow::Result<Exit> {
    if dry_run && !context.output.is_for_people() {
        let results = Batch::of(outcomes);
        let document = json!({ "schema": "portgate.dry-run/v1", "would_send": previews, "settled": results });
        context.write_document(&document, "would_send")?;
    } else if !context.output.is_for_people() {
        context.write_document(&serde_json::to_value(Batch::of(outcomes))?, "results")?;
    } else if let Some(next) = batch::next_step(context, outcomes) {
        context.terminal.say(&next);
    }
    context.terminal.flush()?;
    if let Some(exit) = context.interrupt.seen() {
        let left = outcomes.iter().filter(|outcome| outcome.kind == OutcomeKind::Skipped).count();
        let skipped = words::count(left, "request was", "requests were");
        return Err(Error::new(exit, format!("interrupted; {skipped} left undecided")).into());
    }
    Ok(conclusion(outcomes, many)?)
}

/// As for `accept` and `deny`; where nothing but a limit stood against some of several, the code is the limit's.
fn conclusion(outcomes: &[Outcome], many: bool) -> Result<Exit, Error> {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.kind.is_ok()).collect();
    let all_refused = !failed.is_empty() && failed.iter().all(|outcome| outcome.exit() == Exit::Refused);
    if many && all_refused {
        let many = words::count(failed.len(), "decision was", "decisions were");
        let error = Error::new(Exit::Refused, format!("a limit stopped it: {many} not sent"));
        let reason = failed.iter().find_map(|outcome| outcome.error.as_ref()).map(ToString::to_string);
        return Err(match reason {
            Some(reason) => error.because(reason),
            None => error,
        });
    }
    batch::conclusion(outcomes, many)
}
