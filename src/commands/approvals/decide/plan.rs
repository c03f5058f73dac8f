//! How a decision is read, checked and shown; see [`super::send`] for how it is sent.

use super::decisions::Decisions;
use super::task::{Origin, Task};
use super::{consequence, expect, preview, sold, together};
use crate::change::{Action, OutcomeKind, Plan, Preview, Question, Together};
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::request::{
    BatchReadings, Look, Outcome, Preparation, Prepared, action_of, book, check_claim, confirm, prepare,
};
use crate::commands::approvals::view;
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::Excess;
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::Second;
use crate::session::connection::Connection;
use crate::text::words;

impl<R: Origin> Plan for Decisions<'_, R> {
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
            (Ok(_), Some(stopped)) => (OutcomeKind::of_error(stopped), stopped.clone().resource(&id)),
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
            Preparation::Settled(Box::new(ended.seen(approval).error(error.resource(named.id.clone()))))
        };
        let order = match self.order_of(task) {
            Ok(order) => order,
            Err(error) => return ended(OutcomeKind::Failed, error, None),
        };
        match prepare(self.decider, named, &order, look).await {
            Preparation::Settled(mut settled) => {
                // An already decided request must also match the expectations.
                let approval = settled.seen.as_ref().filter(|_| settled.kind.is_ok());
                match approval.and_then(|approval| task.expected.refusal(approval)) {
                    Some(error) => ended(OutcomeKind::Conflict, error, settled.seen),
                    None => {
                        settled.seen.iter_mut().for_each(|approval| self.name_port(task, approval));
                        Preparation::Settled(settled)
                    }
                }
            }
            ready @ Preparation::Ready(_) => ready,
        }
    }

    async fn book(
        &self,
        position: usize,
        task: &Task,
        mut prepared: Box<Prepared>,
        before: Option<&Prepared>,
    ) -> Preparation {
        if let Some(error) = self.origin.refuses(position, &prepared).await {
            return Preparation::Settled(Box::new(prepared.failure(error, None)));
        }
        let before = before.and_then(|before| before.fields.vlan).or(task.shown_vlan);
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
            let asked = prepared.approval.my_end().and_then(|end| end.vlan);
            expect::check_vlan(task.shown_vlan, prepared.fields.vlan.or(asked))?;
            check_claim(self.decider, prepared).await
        };
        let confirmed = confirmed.await;
        confirmed.err().map(|error| prepared.failure(error, None))
    }

    fn compare(&self, task: &Task, prepared: &Prepared, before: Option<&Prepared>) -> Option<Outcome> {
        match before {
            Some(before) => expect::compare(prepared, before),
            None => expect::compare_with_listed(prepared, task.seen.as_ref(), &task.expected),
        }
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
        let excess = context.with_progress("reading the port", reading).await?;
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

    fn may_consent(&self, excess: &Excess) -> bool {
        self.origin.may_exceed() || !excess.ceiling().is_limit()
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
            None => (OutcomeKind::Skipped, Error::new(Exit::Declined, "declined; not sent").resource(id)),
        };
        prepared.outcome(kind, None).error(error)
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn together(&self, tasks: &[Task], width: Option<usize>) -> Option<Together<Excess>> {
        let outlook = self.outlook.as_ref().filter(|_| tasks.len() > 1);
        let shown =
            outlook.map(|outlook| together::show_together(self.decider, outlook, tasks, self.ceiling, width));
        shown.or_else(|| self.origin.together(width))
    }

    async fn begin(&self, tasks: &[Task]) -> Result<(), Error> {
        self.origin.begin().await?;
        if tasks.len() > 1 {
            let named = tasks.iter().filter_map(|task| task.chosen.named.as_ref().ok());
            let ids = named.map(|named| named.id.clone()).collect();
            self.is_any_open.set(Box::pin(self.decider.close_left_open(&ids)).await);
        }
        Ok(())
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
        let warnings = excess.map(|excess| excess.sentence().into()).into_iter().collect();
        Question { warnings, text, ..Question::default() }
    }

    fn question_about_excesses(&self, exceeding: &[(&Prepared, &Excess)], all: usize) -> Question {
        let (warnings, what) = Excess::combine(exceeding.iter().map(|(_, excess)| *excess));
        let line = |&(prepared, _): &(&Prepared, &Excess)| {
            let mut approval = prepared.approval.clone();
            if let (Some(vlan), Some(end)) = (prepared.fields.vlan, approval.b_end.as_mut()) {
                end.vlan = Some(vlan);
            }
            format!("{}  {}", prepared.named.id, view::sentence(&approval))
        };
        let text = format!("{} of {all} requests would {what}. Accept them too?", exceeding.len());
        let warnings = warnings.into_iter().map(Into::into).collect();
        Question { lines: exceeding.iter().map(line).collect(), warnings, text, typed: None }
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
        self.origin.reserve(position);
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
        self.origin.release(position);
    }
}
