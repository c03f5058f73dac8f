//! Carries out decisions from the command line, a file or a policy. Each request is read and checked again before its
//! decision is sent.

use std::cell::RefCell;
use std::collections::HashSet;

use super::expect::{self, change_since};
use super::grounds::ReasonArgs;
use super::task::{Recheck, Task};
use super::{batch, consequence, has_end, preview, sold};
use crate::change::{self, Action, Concurrency, Manner, OutcomeKind, Permit, Plan, Preview, Question, Retry};
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::decision::{
    BatchReadings, Decider, LARGE, Look, Order, Outcome, Preparation, Prepared, action_of, book, check_claim,
    confirm, prepare,
};
use crate::commands::approvals::view;
use crate::domain::approvals::{Approval, Decision, Status};
use crate::domain::ports::{Ceiling, Excess, SoldLimit};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::Second;
use crate::session::connection::Connection;
use crate::session::profiles::Limits;
use crate::text::Uid;
use crate::text::words;

/// Decisions to carry out, with the oversubscription limit and the expectations checked.
pub(in crate::commands) struct Decisions<'a, R> {
    pub(super) decider: &'a Decider<'a>,
    pub(super) recheck: R,
    /// `None` if oversubscription is allowed.
    ceiling: Option<Ceiling>,
    /// Whether a person is asked before what exceeds it: always for a limit, else where it is asked anyway.
    asks: bool,
    /// What is sold with everything accepted so far.
    sold: Option<SoldLimit>,
    /// The reason and the ticket of all of them, where they are still to be asked for.
    pub(super) words: Option<RefCell<ReasonArgs>>,
    /// IDs of the requests that a person was shown by themselves.
    pub(super) shown: RefCell<HashSet<Uid>>,
}

impl<'a, R: Recheck> Decisions<'a, R> {
    pub(crate) fn new(
        decider: &'a Decider<'a>,
        recheck: R,
        ceiling: Option<Ceiling>,
        permit: &Permit,
    ) -> Self {
        let is_limited = ceiling.is_some_and(Ceiling::is_limit);
        let asks = is_limited || (permit.must_ask && decider.context.may_ask());
        Decisions {
            decider,
            recheck,
            ceiling,
            asks,
            sold: ceiling.map(SoldLimit::new),
            words: None,
            shown: RefCell::default(),
        }
    }

    /// Asks for the reason and the ticket that the profile requires, once a request is shown.
    pub(super) fn asking_for_words(self, words: ReasonArgs) -> Self {
        Decisions { words: Some(RefCell::new(words)), ..self }
    }

    /// Carries out the tasks and writes the document. `asks_about_one`: ask for confirmation even for a single task.
    pub(crate) async fn carry_out(
        &self,
        permit: Permit,
        tasks: Vec<Task>,
        asks_about_one: bool,
        concurrency: Concurrency,
        retry: Retry,
    ) -> anyhow::Result<Exit> {
        let context = self.decider.context;
        let named = || tasks.iter().filter_map(|task| task.chosen.named.as_ref().ok());
        if tasks.len() >= LARGE {
            self.decider.share_readings(named(), concurrency.most);
        }
        let is_pending = |task: &&Task| task.seen.as_ref().is_none_or(|seen| seen.status == Status::Pending);
        let with_end =
            tasks.iter().filter(|task| has_end(&task.chosen) && task.stopped.is_none()).filter(is_pending);
        self.decider.recent_vlans.expect(with_end.map(|task| (&task.order, task.seen.as_ref())));
        let is_any_open = if tasks.len() > 1 && !permit.dry_run {
            let ids = named().map(|named| named.id.clone()).collect();
            Box::pin(self.decider.close_left_open(&ids)).await
        } else {
            !permit.dry_run
        };
        let asks_ahead = self.ceiling.is_some_and(Ceiling::is_limit);
        let manner = Manner { asks_about_one, asks_ahead, one_of_many: false, concurrency };
        let mut report = Box::pin(change::run(context, &permit, self, tasks, manner)).await?;
        report.retry = retry;
        self.forget_waiting(&report.outcomes);
        if is_any_open {
            self.close_earlier(&report.outcomes).await;
        }
        report.end(context, permit, |outcomes| batch::write(context, outcomes, 0))
    }
}

impl<'a, R> Decisions<'a, R> {
    /// Stops offering what is decided in completions.
    pub(crate) fn forget_waiting(&self, outcomes: &[Outcome]) {
        let is_decided = |one: &&Outcome| {
            one.kind.is_ok() || one.seen.as_ref().is_some_and(|approval| !approval.may_be_pending())
        };
        let decided: Vec<Uid> =
            outcomes.iter().filter(is_decided).map(|one| one.id.as_str().into()).collect();
        self.decider.connection.ids.forget_waiting(&decided);
    }

    /// Records what became of earlier attempts at the same requests: one may have arrived after this run had looked.
    async fn close_earlier(&self, outcomes: &[Outcome]) {
        let is_known = |one: &&Outcome| one.kind.is_ok() || one.kind == OutcomeKind::Conflict;
        let seen = outcomes.iter().filter(is_known).filter_map(|one| one.seen.clone());
        self.decider.close_listed(&seen.collect::<Vec<_>>()).await;
    }

    pub(super) fn limits(&self) -> &'a Limits {
        &self.decider.connection.limits
    }

    /// The order of a task, with the words that were asked for.
    fn order_of(&self, task: &Task) -> Result<Order, Error> {
        match &self.words {
            Some(words) => words.borrow().complete(task.order.clone()),
            None => Ok(task.order.clone()),
        }
    }

    /// Adds the port's name, which the queue doesn't have.
    pub(super) fn name_port(&self, task: &Task, approval: &mut Approval) {
        let Some(end) = approval.b_end.as_mut() else { return };
        let listed =
            task.seen.as_ref().and_then(|seen| seen.b_end.as_ref()).and_then(|end| end.product_name.clone());
        let read = || self.sold.as_ref()?.name_of(end.product_uid.as_ref()?);
        let known = || self.decider.connection.ids.port_name(end.product_uid.as_ref()?).cloned();
        if end.product_name.is_none() {
            end.product_name = listed.or_else(read).or_else(known);
        }
    }
}

impl<R: Recheck> Plan for Decisions<'_, R> {
    const NOUN: &'static str = "request";
    type Item = Task;
    type Ready = Prepared;
    type Seen = Approval;
    type Excess = Excess;

    fn connection(&self) -> &Connection {
        self.decider.connection
    }

    fn subject(&self, task: &Task) -> (String, Action) {
        let Chosen { given, named } = &task.chosen;
        let id = named.as_ref().map_or(given.as_str(), |named| named.id.as_str());
        (id.to_owned(), action_of(task.order.decision))
    }

    fn outcome_if_stopped(&self, task: &Task) -> Option<Outcome> {
        let (id, action) = self.subject(task);
        let (kind, error) = match (&task.chosen.named, &task.stopped) {
            (Err(error), _) => (OutcomeKind::Failed, error.clone()),
            (Ok(_), Some(stopped)) => (OutcomeKind::of_error(stopped), stopped.clone().about(&id)),
            (Ok(_), None) => return None,
        };
        Some(Outcome::new(id, action, kind).error(error))
    }

    async fn prepare(&self, _: usize, task: &Task, before: Option<&Prepared>) -> Preparation {
        let Ok(named) = &task.chosen.named else { unreachable!("what means no request is stopped") };
        // What was shown or sent before may be in doubt.
        let look = if before.is_some() { Look::Alone } else { Look::Before };
        let ended = |kind, error: Error, approval| {
            let ended = Outcome::new(named.id.as_str(), action_of(task.order.decision), kind);
            Preparation::Settled(Box::new(ended.seen(approval).error(error.about(named.id.clone()))))
        };
        let order = match self.order_of(task) {
            Ok(order) => order,
            Err(error) => return ended(OutcomeKind::Failed, error, None),
        };
        let prepared = match prepare(self.decider, named, &order, look).await {
            Preparation::Settled(mut settled) => {
                // An already decided request must also match the expectations.
                let approval = settled.seen.as_ref().filter(|_| settled.kind.is_ok());
                return match approval.and_then(|approval| task.expected.refusal(approval)) {
                    Some(error) => ended(OutcomeKind::Conflict, error, settled.seen),
                    None => {
                        settled.seen.iter_mut().for_each(|approval| self.name_port(task, approval));
                        Preparation::Settled(settled)
                    }
                };
            }
            Preparation::Ready(prepared) => prepared,
        };
        if let Some(change) = task.seen.as_ref().and_then(|seen| change_since(seen, &prepared.approval)) {
            let error =
                Error::new(Exit::Conflict, "the request has changed since it was listed; nothing was sent")
                    .because(change)
                    .hint("review the request, then decide again");
            return ended(OutcomeKind::Conflict, error, Some(prepared.approval));
        }
        if let Some(error) = task.expected.refusal(&prepared.approval) {
            return ended(OutcomeKind::Conflict, error, Some(prepared.approval));
        }
        Preparation::Ready(prepared)
    }

    async fn book(
        &self,
        position: usize,
        _: &Task,
        mut prepared: Box<Prepared>,
        before: Option<&Prepared>,
    ) -> Preparation {
        if let Some(error) = self.recheck.refuses(position, &prepared).await {
            return Preparation::Settled(Box::new(prepared.failure(error, None)));
        }
        match book(self.decider, &mut prepared, before).await {
            Ok(()) => Preparation::Ready(prepared),
            Err(error) => Preparation::Settled(Box::new(prepared.failure(error, None))),
        }
    }

    fn may_change(&self, task: &Task, booked: Result<&Prepared, &Outcome>) -> bool {
        let recent = &self.decider.recent_vlans;
        match booked {
            Ok(Prepared { order, approval, .. }) => recent.may_change(order, approval) == Some(true),
            // For another reason than its VLAN, such as the room on its port, it may.
            Err(ended) => {
                let seen = ended.seen.as_ref();
                seen.and_then(|approval| recent.may_change(&task.order, approval)).unwrap_or(true)
            }
        }
    }

    fn settle(&self, prepared: &Prepared) {
        self.decider.recent_vlans.settle(prepared);
    }

    async fn confirm(&self, task: &Task, prepared: &mut Prepared) -> Option<Outcome> {
        prepared.rule.clone_from(&task.rule);
        let agreed = prepared.fields.vlan.filter(|_| self.shown.borrow().contains(&prepared.named.id));
        let confirmed = async {
            confirm(self.decider, prepared).await?;
            expect::check_vlan(agreed, prepared.fields.vlan)?;
            check_claim(self.decider, prepared).await
        };
        let confirmed = confirmed.await;
        confirmed.err().map(|error| prepared.failure(error, None))
    }

    fn compare(&self, again: Box<Prepared>, shown: &Prepared) -> Preparation {
        expect::compare(again, shown)
    }

    async fn excess(&self, task: &Task, prepared: &mut Prepared) -> Option<Excess> {
        prepared.oversold = None;
        let context = self.decider.context;
        if task.order.decision != Decision::Accept {
            return None;
        }
        let (limit, move_to) = (self.sold.as_ref()?, prepared.fields.move_to.as_ref());
        let reading =
            limit.excess(&prepared.approval, move_to, async |port| self.decider.ports_with(port).await);
        let excess = context.during("reading the port", reading).await?;
        match excess {
            // Without a limit, what can't be known is as good as within.
            Excess::NotKnown { ceiling, .. } if !ceiling.is_limit() => None,
            excess @ Excess::Above { .. } if !self.asks => {
                prepared.oversold = Some(excess);
                None
            }
            excess => Some(excess),
        }
    }

    fn forget_readings(&self) {
        self.decider.recent_vlans.forget();
        if let Some(sold) = &self.sold {
            sold.forget_readings();
        }
    }

    fn covers(&self, agreed: &Excess, excess: &Excess) -> bool {
        excess.is_within(agreed)
    }

    fn without_consent(&self, _: &Task, prepared: &Prepared, excess: Option<&Excess>) -> Outcome {
        let id = &prepared.named.id;
        let (kind, error) = match excess {
            Some(excess) => (
                OutcomeKind::Refused,
                excess.refusal(id, &self.limits().profile).hint(sold::hint(excess.ceiling())),
            ),
            None => {
                let declined = "declined: the port would be oversubscribed; not sent";
                (OutcomeKind::Skipped, Error::new(Exit::Declined, declined).about(id))
            }
        };
        prepared.outcome(kind, None).error(error)
    }

    async fn consequences(&self, prepared: &Prepared) -> Vec<String> {
        self.shown.borrow_mut().insert(prepared.named.id.clone());
        consequence::lines(self.decider, prepared).await
    }

    async fn ask_for_words(&self) -> Result<(), Error> {
        let Some(words) = &self.words else { return Ok(()) };
        let mut asked = words.borrow().clone();
        asked.ask(self.decider.context, self.limits()).await?;
        words.replace(asked);
        Ok(())
    }

    fn question(&self, prepared: &Prepared, excess: Option<&Excess>) -> Question {
        let verb = words::capitalise(prepared.order.decision.word());
        let text = match (excess, &prepared.order.proposed_by) {
            (Some(_), _) => format!("{verb} anyway?"),
            (None, Some(who)) => format!("{verb} this request, as proposed by {who}?"),
            (None, None) => format!("{verb} this request?"),
        };
        Question { lines: Vec::new(), warnings: excess.map(Excess::sentence).into_iter().collect(), text }
    }

    fn agreed_excess(&self, task: &Task) -> Option<Excess> {
        task.agreed.clone()
    }

    fn question_about_excesses(&self, exceeding: &[(&Prepared, &Excess)], all: usize) -> Question {
        let (warnings, what) = Excess::combine(exceeding.iter().map(|(_, excess)| *excess));
        let line = |&(prepared, _): &(&Prepared, &Excess)| {
            format!("{}  {}", prepared.named.id, view::sentence(&prepared.approval))
        };
        let text = format!("{} of {all} requests would {what}. Accept anyway?", exceeding.len());
        Question { lines: exceeding.iter().map(line).collect(), warnings, text }
    }

    async fn preview(
        &self,
        _position: usize,
        task: &Task,
        prepared: &Prepared,
        excess: Option<&Excess>,
    ) -> Preview<Approval> {
        let is_proposal = prepared.second(self.limits()) == Second::Needed;
        let mut listed = preview::as_listed(prepared, task.seen.as_ref());
        self.name_port(task, &mut listed);
        preview::preview_decision(prepared, listed, excess, is_proposal)
    }

    fn count_ahead(&self, prepared: &Prepared) {
        if let Some(limit) = &self.sold {
            limit.count(&prepared.approval, prepared.fields.move_to.as_ref());
        }
    }

    fn start_over(&self) {
        if let Some(limit) = &self.sold {
            limit.start_over();
        }
    }

    fn reserve(&self, position: usize, prepared: Option<&Prepared>) {
        if let Some(prepared) = prepared.filter(|prepared| prepared.order.decision == Decision::Accept) {
            self.count_ahead(prepared);
            self.decider.recent_vlans.give(prepared);
        }
        self.recheck.reserve(position);
    }

    fn parked_count(&self) -> usize {
        self.decider.batch().map_or(0, BatchReadings::parked_count)
    }

    fn hurry(&self) {
        self.decider.batch().into_iter().for_each(BatchReadings::hurry);
    }

    fn release(&self, position: usize, prepared: &Prepared) {
        if let Some(limit) = &self.sold {
            limit.release(&prepared.approval);
        }
        self.decider.recent_vlans.release(prepared);
        self.recheck.release(position);
    }
}
