//! Carries out decisions from the command line, a file or a policy. Each request is read and checked again before its
//! decision is sent.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use super::grounds::ReasonArgs;
use super::outlook::Outlook;
use super::task::{Origin, Task};
use super::{batch, has_end};
use crate::change::{self, Concurrency, Manner, OutcomeKind, Permit, Retry};
use crate::commands::approvals::request::{Decider, LARGE, Order, Outcome};
use crate::domain::approvals::{Approval, Status};
use crate::domain::ports::{Ceiling, SoldLimit};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::profiles::Limits;
use crate::text::Uid;

/// Decisions to carry out, with the oversubscription limit and the expectations checked.
pub(in crate::commands) struct Decisions<'a, R> {
    pub(super) decider: &'a Decider<'a>,
    pub(super) origin: R,
    /// `None` if oversubscription is allowed.
    pub(super) ceiling: Option<Ceiling>,
    /// Whether a person is asked before what exceeds it: always for a limit, else where it is asked anyway.
    pub(super) asks: bool,
    /// What is sold with everything accepted so far.
    pub(super) sold: Option<SoldLimit>,
    /// What was read of the requests before.
    pub(super) outlook: Option<Outlook>,
    /// Notes about all of them.
    pub(super) notes: Vec<String>,
    /// Whether an earlier attempt at one of them is open in the ledger.
    pub(super) is_any_open: Cell<bool>,
    /// The reason and the ticket of all of them, where they are still to be asked for.
    pub(super) words: Option<RefCell<ReasonArgs>>,
    /// IDs of the requests that a person was shown by themselves.
    pub(super) shown: RefCell<HashSet<Uid>>,
}

impl<'a, R: Origin> Decisions<'a, R> {
    pub(crate) fn new(
        decider: &'a Decider<'a>,
        origin: R,
        ceiling: Option<Ceiling>,
        permit: &Permit,
    ) -> Self {
        let is_limited = ceiling.is_some_and(Ceiling::is_limit);
        let asks = is_limited || (permit.must_ask && decider.context.may_ask());
        Decisions {
            decider,
            origin,
            ceiling,
            asks,
            sold: ceiling.map(SoldLimit::new),
            outlook: None,
            notes: Vec::new(),
            is_any_open: Cell::new(true),
            words: None,
            shown: RefCell::default(),
        }
    }

    /// Asks for the reason and the ticket that the profile requires, once a request is shown.
    pub(super) fn asking_for_words(self, words: ReasonArgs) -> Self {
        Decisions { words: Some(RefCell::new(words)), ..self }
    }

    /// Shows several of them together as in this outlook, and sends no request that has changed since.
    pub(crate) fn with_outlook(self, outlook: Outlook) -> Self {
        Decisions { outlook: Some(outlook), ..self }
    }

    pub(crate) fn with_notes(self, notes: Vec<String>) -> Self {
        Decisions { notes, ..self }
    }

    /// Carries out the tasks and writes the document.
    pub(crate) async fn carry_out(
        &self,
        permit: Permit,
        mut tasks: Vec<Task>,
        concurrency: Concurrency,
        retry: Retry,
    ) -> anyhow::Result<Exit> {
        let context = self.decider.context;
        let is_shown = permit.must_ask && tasks.len() > 1;
        if let Some(outlook) = &self.outlook {
            for (position, task) in tasks.iter_mut().enumerate() {
                task.seen = outlook.seen_approval(position).cloned();
                task.stopped = outlook.held_error(position).filter(|_| !permit.dry_run);
                task.shown_vlan = outlook.shown_vlan(position).filter(|_| is_shown);
            }
        }
        let named = || tasks.iter().filter_map(|task| task.chosen.named.as_ref().ok());
        if tasks.len() >= LARGE {
            self.decider.share_readings(named(), concurrency.most);
        }
        let is_pending = |task: &&Task| task.seen.as_ref().is_none_or(|seen| seen.status == Status::Pending);
        let with_end =
            tasks.iter().filter(|task| has_end(&task.chosen) && task.stopped.is_none()).filter(is_pending);
        self.decider.recent_vlans.expect(with_end.map(|task| (&task.order, task.seen.as_ref())));
        let may_close = !permit.dry_run;
        let asks_ahead = self.ceiling.is_some_and(Ceiling::is_limit);
        let manner = Manner { asks_ahead, one_of_many: false, concurrency };
        let mut report = Box::pin(change::run(context, &permit, self, tasks, manner)).await?;
        report.retry = retry;
        self.forget_waiting(&report.outcomes);
        if may_close && self.is_any_open.get() {
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
    pub(super) fn order_of(&self, task: &Task) -> Result<Order, Error> {
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
