//! Carries out decisions, each with an answer of its own: named on the command line, written in a file, or what a policy
//! says. One after the other, each read again and checked again before it is sent.

use std::collections::HashMap;

use super::ask_ahead;
use super::batch;
use super::consequence;
use super::ending::{exit_of_signal, not_sent, outcome, tell};
use super::expect::{changed, unchanged};
use super::limits::{self, SoldCheck};
use super::preview;
use crate::change::OutcomeKind;
use crate::change::consent;
use crate::change::report::interruption;
use crate::commands::approvals::decision::{
    Decider, Named, Order, Outcome, Preparation, Prepared, execute, prepare,
};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::Excess;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::profiles::Limits;
use crate::text::{sanitize, words};

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
    /// The request as it was listed and, where somebody was asked, shown: it has to be that still.
    pub seen: Option<Approval>,
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
    fn decided(&mut self, _position: usize) {}
}

/// How to go about it.
#[derive(Debug, Clone, Copy)]
pub(in crate::commands) struct Manner {
    /// Send nothing but reads.
    pub dry_run: bool,
    /// Show what a single one leads to, and ask: where nobody has said yes yet.
    pub asks_about_one: bool,
    /// Whether a port may be sold above the profile's limit.
    pub allow_oversubscribed: bool,
    /// The exit code of the whole, from how each ended and how many there were.
    pub conclusion: fn(&[Outcome], usize) -> Result<Exit, Error>,
}

/// Carries them out, tells how each ended, and writes the document.
///
/// # Errors
/// A signal (those that were not sent are told, each by its id); else what `manner` concludes.
pub(in crate::commands) async fn run(
    context: &Context,
    decider: &Decider<'_>,
    profile: &Limits,
    mut tasks: Vec<Task>,
    recheck: &mut impl Recheck,
    manner: Manner,
) -> anyhow::Result<Exit> {
    let many = tasks.len() > 1;
    let mut outcomes = Vec::with_capacity(tasks.len());
    let mut previews = Vec::new();
    // A result that can't be written must not leave the rest undecided: it is said on stderr, and told at the end.
    let mut unwritten = None;
    let mut stopped_by = None;
    let all = tasks.len();
    // What was decided before a signal, and what was not, is told whenever it comes.
    context.interrupt.take();
    let mut agreed = HashMap::new();
    if many && !manner.dry_run && context.may_ask() {
        match ask_ahead::ask(context, decider, profile, &mut tasks, manner).await {
            Ok(answers) => agreed = answers,
            Err(error) => stopped_by = Some(exit_of_signal(&error).ok_or(error)?),
        }
    }
    // It counts for what is accepted only; which order it is made with doesn't matter.
    let accepting = tasks.iter().find(|task| task.order.decision == Decision::Accept);
    let mut sold = accepting.map(|task| SoldCheck::of(profile, &task.order, manner.allow_oversubscribed));
    for (position, task) in tasks.into_iter().enumerate() {
        let Task { named, order, rule, stopped, seen } = task;
        let id = match &named {
            Ok(named) => named.id.clone(),
            Err((given, _)) => given.clone(),
        };
        stopped_by = stopped_by.or(context.interrupt.seen());
        let mut one = One {
            context,
            decider,
            order: &order,
            sold: sold.as_mut().filter(|_| order.decision == Decision::Accept),
            position,
            seen: seen.as_ref(),
            agreed: agreed.get(&position),
            oversold: None,
            place: if many { format!("{} of {all}: ", position + 1) } else { String::new() },
            many,
            manner,
        };
        let step = match (named, stopped, stopped_by) {
            (_, _, Some(exit)) => Err(exit),
            (Ok(_), Some(stopped), None) => {
                let stopped = stopped.about(id.clone());
                Ok(Step::Ended(Box::new(outcome(&id, &order, OutcomeKind::Skipped, Some(stopped)))))
            }
            (Err((_, error)), _, None) => {
                Ok(Step::Ended(Box::new(outcome(&id, &order, OutcomeKind::Failed, Some(error)))))
            }
            (Ok(named), None, None) => {
                match context.interrupt.unless(one.until_sending(&named, recheck)).await {
                    // Ctrl-C at a question is a key, not a signal.
                    Ok(Err(error)) => Err(exit_of_signal(&error).ok_or(error)?),
                    Ok(Ok(step)) => Ok(step),
                    Err(exit) => Err(exit),
                }
            }
        };
        let mut ended = match step {
            Err(exit) => {
                stopped_by = Some(exit);
                not_sent(&id, &order, exit)
            }
            Ok(Step::Previewed { shown, passes }) => {
                previews.push(shown);
                if passes {
                    recheck.decided(position);
                }
                continue;
            }
            Ok(Step::Ended(ended)) => *ended,
            Ok(Step::Send(mut prepared)) => {
                prepared.rule = rule;
                one.send(&prepared).await
            }
        };
        if matches!(ended.kind, OutcomeKind::Done | OutcomeKind::Already | OutcomeKind::Unknown) {
            recheck.decided(position);
        }
        if let Some(error) = &mut ended.error {
            error.call_as(&context.invocation());
        }
        unwritten = tell(context, &ended, many).err().or(unwritten);
        outcomes.push(ended);
    }
    let written = if manner.dry_run {
        preview::write(context, &outcomes, previews)
    } else {
        batch::write(context, &outcomes, 0)
    };
    let unwritten = unwritten.or(written.err());
    if let Some(exit) = stopped_by.or(context.interrupt.seen()) {
        return Err(interruption(exit, &outcomes).into());
    }
    match unwritten {
        Some(error) => Err(error),
        None => Ok((manner.conclusion)(&outcomes, all)?),
    }
}

/// Shows what will happen, and asks.
pub(super) async fn confirm(
    context: &Context,
    decider: &Decider<'_>,
    prepared: &Prepared,
    excess: Option<&Excess>,
) -> Result<(), Error> {
    for line in consequence::lines(context, decider, prepared).await {
        context.terminal.say(&sanitize::line(&line));
    }
    let verb = words::capitalised(prepared.order.decision.verb());
    let question = match excess {
        None => format!("{verb} it?"),
        Some(excess) => {
            context.terminal.warn(&sanitize::line(&excess.sentence()));
            format!("{verb} it all the same?")
        }
    };
    consent::confirm(context, &question).await
}

/// How far one of them has come before anything of it is sent.
enum Step {
    /// It is to be sent.
    Send(Box<Prepared>),
    /// It is not to be sent.
    Ended(Box<Outcome>),
    /// It was shown, for a dry run; `passes` where nothing stands against it.
    Previewed { shown: serde_json::Value, passes: bool },
}

/// One of them.
struct One<'a> {
    context: &'a Context,
    decider: &'a Decider<'a>,
    order: &'a Order,
    /// The profile's limit, where it is to be accepted.
    sold: Option<&'a mut SoldCheck>,
    position: usize,
    /// As it was listed.
    seen: Option<&'a Approval>,
    /// What of the profile's limit a person has agreed to.
    agreed: Option<&'a Excess>,
    /// What is to be told of its port.
    oversold: Option<String>,
    /// "2 of 5: ", for the progress.
    place: String,
    many: bool,
    manner: Manner,
}

impl One<'_> {
    /// Reads it, checks it, and asks where somebody has to be asked: all that a signal may end.
    async fn until_sending<R: Recheck>(&mut self, named: &Named, recheck: &mut R) -> anyhow::Result<Step> {
        let prepared = match self.prepared(named, recheck).await {
            Preparation::Settled(ended) => return Ok(Step::Ended(ended)),
            Preparation::Ready(prepared) => prepared,
        };
        let excess = match &mut self.sold {
            Some(sold) => sold.excess(self.context, self.decider, &prepared).await,
            None => None,
        };
        if let Some(excess) = excess.as_ref().filter(|_| !self.context.may_ask()) {
            self.show_alone(&prepared).await?;
            return Ok(Step::Ended(Box::new(limits::refused(&prepared, excess))));
        }
        if let Some(sold) = &mut self.sold {
            self.oversold = sold.oversold(self.context, self.decider, &prepared).await;
        }
        if self.manner.dry_run {
            self.show_alone(&prepared).await?;
            let shown =
                preview::of(self.context, &prepared, self.seen, excess.as_ref(), self.oversold.as_deref())?;
            if let Some(sold) = self.sold.as_mut() {
                sold.count(&prepared, OutcomeKind::Done);
            }
            return Ok(Step::Previewed { shown, passes: excess.is_none() });
        }
        let is_agreed = match (&excess, self.agreed) {
            (None, _) => self.many || !self.manner.asks_about_one,
            (Some(excess), Some(agreed)) => excess.is_within(agreed),
            (Some(_), None) => false,
        };
        if is_agreed {
            return Ok(Step::Send(prepared));
        }
        match confirm(self.context, self.decider, &prepared, excess.as_ref()).await {
            Err(error) if self.many && error.exit == Exit::Declined => {
                return Ok(Step::Ended(Box::new(limits::skipped(&prepared))));
            }
            answered => answered?,
        }
        // A question may stand for hours.
        Ok(match unchanged(self.prepared(named, recheck).await, &prepared) {
            Preparation::Settled(ended) => Step::Ended(ended),
            Preparation::Ready(prepared) => Step::Send(prepared),
        })
    }

    async fn prepared<R: Recheck>(&self, named: &Named, recheck: &mut R) -> Preparation {
        let what = format!("{}reading the request", self.place);
        let reading = prepare(self.decider, named, self.order);
        let prepared = match self.context.during(&what, reading).await {
            Preparation::Settled(ended) => {
                // What is decided already must still be the request that was meant.
                let approval = ended.seen.as_ref().filter(|_| ended.kind.is_ok());
                let refused = approval.and_then(|approval| recheck.already_refuses(self.position, approval));
                return Preparation::Settled(match refused {
                    Some(error) => Box::new(self.refused::<R>(named, error, ended.seen)),
                    None => ended,
                });
            }
            Preparation::Ready(prepared) => prepared,
        };
        if let Some(change) = self.seen.and_then(|seen| changed(seen, &prepared.approval)) {
            let error = Error::new(Exit::Conflict, "it has changed since it was listed; nothing was sent")
                .because(change)
                .hint("look at it again and decide anew")
                .about(named.id.clone());
            let ended = outcome(&named.id, self.order, OutcomeKind::Conflict, Some(error));
            return Preparation::Settled(Box::new(Outcome { seen: Some(prepared.approval), ..ended }));
        }
        let checking = recheck.refuses(self.position, &prepared);
        match self.context.during(&format!("{}checking the request", self.place), checking).await {
            None => Preparation::Ready(prepared),
            Some(error) => {
                Preparation::Settled(Box::new(self.refused::<R>(named, error, Some(prepared.approval))))
            }
        }
    }

    fn refused<R: Recheck>(&self, named: &Named, error: Error, approval: Option<Approval>) -> Outcome {
        let error = error.about(named.id.clone());
        Outcome { seen: approval, ..outcome(&named.id, self.order, R::REFUSED_AS, Some(error)) }
    }

    async fn send(&mut self, prepared: &Prepared) -> Outcome {
        // From the first byte sent to the last line noted it must not be torn apart.
        let held = self.context.interrupt.hold();
        let what = format!("{}sending the decision", self.place);
        let mut ended = self.context.during(&what, execute(self.decider, prepared)).await;
        drop(held);
        if let Some(sold) = &mut self.sold {
            sold.count(prepared, ended.kind);
        }
        self.name_port(&mut ended);
        if matches!(ended.kind, OutcomeKind::Done | OutcomeKind::Unknown) {
            ended.notes.extend(self.oversold.take());
        }
        ended
    }
}

impl One<'_> {
    /// What a single one comes to, in a dry run, for people.
    async fn show_alone(&self, prepared: &Prepared) -> anyhow::Result<()> {
        if self.manner.dry_run && !self.many && self.context.tells_people() {
            for line in consequence::lines(self.context, self.decider, prepared).await {
                self.context.terminal.result_line(&sanitize::line(&line))?;
            }
        }
        Ok(())
    }

    /// The queue names ports by their uids only: what was read of the port before it was decided has its name.
    fn name_port(&self, ended: &mut Outcome) {
        let Some(end) = ended.seen.as_mut().and_then(|approval| approval.b_end.as_mut()) else { return };
        let listed = self.seen.and_then(|seen| seen.b_end.as_ref()).and_then(|end| end.product_name.clone());
        let read = || self.sold.as_ref()?.name_of(end.product_uid.as_deref()?);
        if end.product_name.is_none() {
            end.product_name = listed.or_else(read);
        }
    }
}
