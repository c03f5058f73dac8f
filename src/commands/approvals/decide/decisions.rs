//! Carries out decisions, each with an answer of its own: named on the command line, written in a file, or what a policy
//! says. One after the other, each read again and checked again before it is sent.

use super::expect::{self, Expected, change_since};
use super::limits::{self, SoldCheck};
use super::{batch, consequence, preview};
use crate::change::{self, Action, Change, Manner, OutcomeKind, Permit, Plan, Preview, Question, conclusion};
use crate::commands::approvals::decision::{
    Decider, Named, Order, Outcome, Preparation, Prepared, action_of, execute, prepare,
};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::Excess;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::profiles::Limits;
use crate::text::words;

#[derive(Debug)]
pub(in crate::commands) struct Task {
    /// The request, or why there is none; with the id as it was given.
    pub(crate) named: Result<Named, (String, Error)>,
    pub(crate) order: Order,
    /// The rule that decides, for the journal.
    pub(crate) rule: Option<String>,
    /// Why it is not to be sent.
    pub(crate) stopped: Option<Error>,
    /// The request as it was listed and, where somebody was asked, shown: it has to be that still.
    pub(crate) seen: Option<Approval>,
    /// What it has to be.
    pub(crate) expected: Expected,
}

/// What else decides when a request has been read again, before anything is sent: a policy.
pub(in crate::commands) trait Recheck {
    /// Why the request is not to be decided so after all; it is skipped.
    fn refuses(&mut self, position: usize, prepared: &Prepared) -> impl Future<Output = Option<Error>>;

    /// It was decided so, or may have been.
    fn decided(&mut self, _position: usize) {}
}

/// Nothing else.
impl Recheck for () {
    async fn refuses(&mut self, _: usize, _: &Prepared) -> Option<Error> {
        None
    }
}

/// Decisions as the seam carries them out: the profile's limit counted over them, and the check of what each was meant to be.
pub(in crate::commands) struct Decisions<'a, R> {
    context: &'a Context,
    decider: &'a Decider<'a>,
    recheck: &'a mut R,
    profile: &'a Limits,
    /// Whether a port may be sold above the profile's limit.
    waived: bool,
    /// The profile's limit, for what is to be accepted.
    sold: SoldCheck,
    /// What is to be told of a port of the request under way.
    oversold: Option<String>,
}

impl<'a, R: Recheck> Decisions<'a, R> {
    /// `waived`: a port may be sold above the profile's limit.
    pub(crate) fn new(
        context: &'a Context,
        decider: &'a Decider<'a>,
        profile: &'a Limits,
        recheck: &'a mut R,
        waived: bool,
    ) -> Self {
        let sold = SoldCheck::new(profile, waived);
        Decisions { context, decider, recheck, profile, waived, sold, oversold: None }
    }

    /// Carries them out, and writes the document. `asks_about_one`: nobody has agreed to a single one yet.
    pub(crate) async fn carry_out(
        &mut self,
        permit: Permit,
        tasks: Vec<Task>,
        asks_about_one: bool,
        conclusion: impl Fn(&[Outcome], usize) -> Result<Exit, Error>,
    ) -> anyhow::Result<Exit> {
        let context = self.context;
        let asks_ahead = self.profile.max_sold_percent.is_some() && !self.waived;
        let manner = Manner { asks_about_one, asks_ahead, one_of_many: false };
        let report = Box::pin(change::run(context, &permit, self, tasks, manner)).await?;
        report.end(context, permit, |outcomes| batch::write(context, outcomes, 0), conclusion)
    }
}

impl<R: Recheck> Plan for Decisions<'_, R> {
    const NOUN: &'static str = "request";
    type Item = Task;
    type Ready = Prepared;
    type Seen = Approval;
    type Excess = Excess;

    fn subject(&self, task: &Task) -> (String, Action) {
        let id = match &task.named {
            Ok(named) => named.id.clone(),
            Err((given, _)) => given.clone(),
        };
        (id, action_of(task.order.decision))
    }

    fn stopped(&self, task: &Task) -> Option<Outcome> {
        let (id, action) = self.subject(task);
        match (&task.named, &task.stopped) {
            (Ok(_), Some(stopped)) => {
                let stopped = stopped.clone().about(&id);
                Some(Outcome::new(id, action, OutcomeKind::Skipped).error(stopped))
            }
            (Err((_, error)), _) => Some(Outcome::new(id, action, OutcomeKind::Failed).error(error.clone())),
            (Ok(_), None) => None,
        }
    }

    async fn prepare(&mut self, position: usize, task: &Task) -> Preparation {
        let Ok(named) = &task.named else { unreachable!("what means no request is stopped") };
        let ended = |kind, error: Error, approval| {
            let ended = Outcome::new(&named.id, action_of(task.order.decision), kind);
            Preparation::Settled(Box::new(ended.seen(approval).error(error.about(named.id.clone()))))
        };
        let prepared = match prepare(self.decider, named, &task.order).await {
            Preparation::Settled(settled) => {
                // What is decided already must still be the request that was meant.
                let approval = settled.seen.as_ref().filter(|_| settled.kind.is_ok());
                return match approval.and_then(|approval| task.expected.refusal(approval)) {
                    Some(error) => ended(OutcomeKind::Conflict, error, settled.seen),
                    None => Preparation::Settled(settled),
                };
            }
            Preparation::Ready(prepared) => prepared,
        };
        if let Some(change) = task.seen.as_ref().and_then(|seen| change_since(seen, &prepared.approval)) {
            let error = Error::new(Exit::Conflict, "it has changed since it was listed; nothing was sent")
                .because(change)
                .hint("look at it again and decide anew");
            return ended(OutcomeKind::Conflict, error, Some(prepared.approval));
        }
        if let Some(error) = task.expected.refusal(&prepared.approval) {
            return ended(OutcomeKind::Conflict, error, Some(prepared.approval));
        }
        match self.recheck.refuses(position, &prepared).await {
            None => Preparation::Ready(prepared),
            Some(error) => ended(OutcomeKind::Skipped, error, Some(prepared.approval)),
        }
    }

    fn compare(&self, again: Box<Prepared>, shown: &Prepared) -> Preparation {
        expect::compare(again, shown)
    }

    async fn excess(&mut self, task: &Task, prepared: &Prepared) -> Option<Excess> {
        self.oversold = None;
        if task.order.decision != Decision::Accept {
            return None;
        }
        let excess = self.sold.excess(self.context, self.decider, prepared).await;
        if excess.is_none() {
            self.oversold = self.sold.oversold(self.context, self.decider, prepared).await;
        }
        excess
    }

    fn covers(&self, agreed: &Excess, excess: &Excess) -> bool {
        excess.is_within(agreed)
    }

    fn without_consent(&self, _: &Task, prepared: &Prepared, excess: Option<&Excess>) -> Outcome {
        match excess {
            Some(excess) => limits::refused(prepared, excess, &self.profile.profile),
            None => limits::skipped(prepared),
        }
    }

    async fn consequences(&self, prepared: &Prepared) -> Vec<String> {
        consequence::lines(self.context, self.decider, prepared).await
    }

    fn question(&self, prepared: &Prepared, excess: Option<&Excess>) -> Question {
        let verb = words::capitalised(prepared.order.decision.word());
        let text = if excess.is_some() { format!("{verb} it all the same?") } else { format!("{verb} it?") };
        Question { lines: Vec::new(), warning: excess.map(Excess::sentence), text }
    }

    async fn preview(
        &mut self,
        _position: usize,
        task: &Task,
        prepared: &Prepared,
        excess: Option<&Excess>,
    ) -> Preview {
        preview::of(self.context, prepared, task.seen.as_ref(), excess, self.oversold.as_deref())
    }

    fn count_ahead(&mut self, prepared: &Prepared) {
        self.sold.count(prepared, OutcomeKind::Done);
    }

    fn start_over(&mut self) {
        self.sold = SoldCheck::new(self.profile, self.waived);
    }

    fn count(&mut self, position: usize, _: &Task, prepared: Option<&Prepared>, kind: OutcomeKind) {
        if let Some(prepared) = prepared.filter(|prepared| prepared.order.decision == Decision::Accept) {
            self.sold.count(prepared, kind);
        }
        if matches!(kind, OutcomeKind::Done | OutcomeKind::Already | OutcomeKind::Unknown) {
            self.recheck.decided(position);
        }
    }
}

impl<R: Recheck> Change for Decisions<'_, R> {
    async fn send(&mut self, _: usize, task: &Task, prepared: &mut Prepared) -> Outcome {
        prepared.rule.clone_from(&task.rule);
        let mut ended = execute(self.decider, prepared).await;
        self.name_port(task, &mut ended);
        if matches!(ended.kind, OutcomeKind::Done | OutcomeKind::Unknown) {
            ended.notes.extend(self.oversold.take());
        }
        ended
    }
}

impl<R> Decisions<'_, R> {
    /// The queue names ports by their uids only: what was read of the port before it was decided has its name.
    fn name_port(&self, task: &Task, ended: &mut Outcome) {
        let Some(end) = ended.seen.as_mut().and_then(|approval| approval.b_end.as_mut()) else { return };
        let listed =
            task.seen.as_ref().and_then(|seen| seen.b_end.as_ref()).and_then(|end| end.product_name.clone());
        let read = || self.sold.name_of(end.product_uid.as_deref()?);
        if end.product_name.is_none() {
            end.product_name = listed.or_else(read);
        }
    }
}

/// The exit code of several that a limit stopped: as for `accept` and `deny`; where nothing but a limit stood against some of several, the code is the limit's.
pub(in crate::commands) fn unless_limited(outcomes: &[Outcome], all: usize) -> Result<Exit, Error> {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.kind.is_ok()).collect();
    let all_refused = !failed.is_empty() && failed.iter().all(|outcome| outcome.exit() == Exit::Refused);
    if all > 1 && all_refused {
        let many = words::count(failed.len(), "decision was", "decisions were");
        let error = Error::new(Exit::Refused, format!("a limit stopped it: {many} not sent"));
        let reason = failed.iter().find_map(|outcome| outcome.error.as_ref()).map(ToString::to_string);
        return Err(match reason {
            Some(reason) => error.because(reason),
            None => error,
        });
    }
    conclusion(outcomes, all)
}
