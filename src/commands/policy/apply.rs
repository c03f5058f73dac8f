//! `portgate policy apply`

use std::cell::RefCell;
use std::fs::File;
use std::rc::Rc;

use clap::Args;

use super::load::{FileArgs, check_environment, load};
use super::past;
use super::survey::{Survey, survey};
use super::view::{self, Tally};
use crate::change::{Concurrency, Retry, Together, consent};
use crate::clock::Clock;
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::decide::decisions::Decisions;
use crate::commands::approvals::decide::number::{self, Way};
use crate::commands::approvals::decide::sold::SoldArgs;
use crate::commands::approvals::decide::task::{Origin, Task};
use crate::commands::approvals::decide::{self, Asked};
use crate::commands::approvals::request::{Decider, Order, Prepared, Rule};
use crate::domain::approvals::Approval;
use crate::domain::approvals::Decision;
use crate::domain::approvals::model::End;
use crate::domain::policy::matching;
use crate::domain::policy::plan::{Forecast, Planned};
use crate::domain::policy::stop::StopBy;
use crate::domain::policy::{Condition, Policy, Verdict};
use crate::domain::ports::room::{Room, Rooms};
use crate::domain::ports::{Ceiling, Excess};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Ledger, Quota};
use crate::options::{ConcurrencyArgs, ConsentArgs};
use crate::session::context::Context;
use crate::text::amounts::parse_count;
use crate::text::name::parse_text;
use crate::text::words::shell_word;

/// Maximum number of requests named among those left.
const MOST_NAMED: usize = 10;

/// Apply a policy to pending requests
///
/// In a terminal, portgate shows the plan and asks for confirmation; in scripts, --yes is required. Each request is read
/// and evaluated again just before its decision is sent. If a different rule then applies, it is skipped (exit 13).
/// Decisions beyond the policy's limits or the oversubscription limit are not sent (exit 15). A request whose VLAN is taken is left
/// for manual review. The ledger records the rule behind each decision.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate policy apply
  portgate policy apply --dry-run
  portgate policy apply --file night-shift.toml --yes -o json")]
pub(crate) struct ApplyArgs {
    #[command(flatten)]
    file: FileArgs,

    /// Maximum number of requests to decide
    #[arg(long, value_name = "N", value_parser = parse_count, allow_hyphen_values = true, hide_short_help = true)]
    max: Option<u64>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    concurrency: ConcurrencyArgs,

    /// Ticket to record with the decisions, before the reason
    #[arg(long, value_name = "TICKET", allow_hyphen_values = true, value_parser = parse_text)]
    ticket: Option<String>,

    #[command(flatten)]
    sold: SoldArgs,

    /// Exit with code 20 if nothing failed but requests are left for manual review
    #[arg(long)]
    exit_pending: bool,
}

pub(super) async fn run(context: &Context, args: ApplyArgs) -> anyhow::Result<Exit> {
    let policy = Rc::new(load(context, &args.file.file)?);
    check_environment(context, &policy)?;
    consent::require_yes(context, args.consent, "for policy apply")?;
    let concurrency = Concurrency::resolve(context, args.concurrency)?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let permit = permit.check(closed_window_error(&policy, connection.clock).map_or(Ok(()), Err))?;
    let ceiling = args.sold.ceiling(context, &connection.limits)?;
    let ledger = Rc::clone(&connection.ledger);
    let is_counted = policy.looks_back() && !permit.dry_run;
    let lock = RunLock { context, is_counted, taken: RefCell::default() };
    if !permit.must_ask {
        lock.take(&ledger).await?;
    }
    let survey = survey(context, &mut connection, &policy, ceiling).await?;
    if let Some((_, error)) = survey.collected.failure() {
        // Limits are only meaningful for a complete list.
        return Err(anyhow::Error::from(error.clone())
            .context("not all pending requests could be read; nothing was sent"));
    }
    let tally = Tally::count(&survey.planned);
    let is_decided = |one: &&Planned| one.verdict != Verdict::Leave || one.stopped_by_limit().is_some();
    let decided: Vec<&Planned> = survey.planned.iter().filter(is_decided).collect();
    let orders = decided
        .iter()
        .map(|one| order(&policy, one, args.ticket.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let bare = decided.iter().find(|one| one.stopped.is_none() && one.reason.is_none()).map(|one| {
        let rule = view::rule(&policy, one).unwrap_or_default();
        move |error: Error| {
            error.reason(format!("rule '{rule}' has no reason")).hint("add a reason to the rule")
        }
    });
    let has_ticket = args.ticket.is_some() || decided.is_empty();
    let permit = permit.check(decide::check_words(&connection.limits, bare, has_ticket))?;
    let sent = decided.iter().filter(|one| is_sent(one)).count();
    number::check(sent, args.max, Way::EachByItself, &permit)?;
    let notes = match permit.must_ask && sent > 0 {
        // Shown with the plan.
        true => Vec::new(),
        false => [vec![tally.sentence()], notes_on_left(context, &survey)].concat(),
    };
    let tasks =
        decided.iter().zip(orders).map(|(one, order)| task(&policy, one, order, permit.must_ask)).collect();
    let decider = Decider::new(context, &connection);
    let by_rule = ByRule {
        policy: &policy,
        survey: &survey,
        planned: &decided,
        forecast: RefCell::new(survey.forecast.clone()),
        decider: &decider,
        ceiling,
        lock,
        dry_run: args.consent.dry_run,
    };
    let decisions = Decisions::new(&decider, by_rule, ceiling, &permit).with_notes(notes);
    let exit = decisions.carry_out(permit, tasks, concurrency, Retry::BySameCommand).await?;
    Ok(if exit == Exit::Done && args.exit_pending && tally.leave > 0 { Exit::Pending } else { exit })
}

/// Whether its decision would be sent.
fn is_sent(one: &Planned) -> bool {
    one.stopped.is_none() && one.verdict.decision().is_some()
}

/// Names requests that a rule would accept, but that are left for manual review.
fn notes_on_left(context: &Context, survey: &Survey) -> Vec<String> {
    let mut notes = Vec::new();
    let mut left = survey.planned.iter().filter_map(|one| Some((one, one.left_because()?)));
    for (one, stop) in left.by_ref().take(MOST_NAMED) {
        let id = survey.ids.shorten(&one.approval.id);
        let next = match stop.by {
            StopBy::Vlan => {
                format!(" ({} approvals accept {} --vlan next)", context.invocation(), shell_word(id))
            }
            _ => String::new(),
        };
        notes.push(format!("note: {id} is left for manual review: {}{next}", stop.says));
    }
    if let more @ 1.. = left.count() {
        notes.push(format!("note: {more} more are left for manual review"));
    }
    notes
}

/// Keeps other runs from spending what the limits of the policy leave. A question may stay open for hours: it holds no lock.
struct RunLock<'a> {
    context: &'a Context,
    /// Whether the policy has limits that count earlier decisions.
    is_counted: bool,
    taken: RefCell<Option<File>>,
}

impl RunLock<'_> {
    async fn take(&self, ledger: &Ledger) -> Result<(), Error> {
        if self.is_counted && self.taken.borrow().is_none() {
            let locking = ledger.lock_file(self.context.patience.time_left());
            let lock = self.context.with_progress("waiting for another run of a policy", locking).await?;
            self.taken.replace(lock);
        }
        Ok(())
    }
}

/// The error where the policy can't be applied now (exit 15).
fn closed_window_error(policy: &Policy, clock: Clock) -> Option<Error> {
    let window = policy.limits.window.as_ref().filter(|window| !window.is_open(clock.now()))?;
    Some(
        Error::new(Exit::Refused, "the policy can't be applied now")
            .reason(format!("this policy can only be applied {}", window.in_words()))
            .hint(Hint::call("see what it would decide: ", "policy plan")),
    )
}

/// The answer a plan gives; for one that was stopped, the answer it would have given.
fn order(policy: &Policy, one: &Planned, ticket: Option<&str>) -> Result<Order, Error> {
    let verdict = one.stopped.as_ref().map_or(one.verdict, |stop| stop.verdict);
    let decision = verdict
        .decision()
        .ok_or_else(|| Error::new(Exit::Other, "the remaining requests were not decided"))?;
    let rule = one.rule.map(|rule| &policy.rules[rule]).filter(|_| decision == Decision::Accept);
    Ok(Order {
        vlan: rule.and_then(|rule| rule.vlan),
        pool: rule.map(|rule| rule.vlan_pool.clone()).unwrap_or_default(),
        reason: decide::reason_with_ticket(one.reason.as_deref(), ticket)?,
        ticket: ticket.map(str::to_owned),
        ..Order::new(decision)
    })
}

fn task(policy: &Policy, one: &Planned, order: Order, is_shown: bool) -> Task {
    let stopped = one.stopped_by_limit().map(|stop| match stop.by {
        StopBy::MaxSold => Error::new(Exit::Refused, "stopped by the oversubscription limit")
            .reason(stop.says.clone())
            .hint("use --allow-oversubscribed to accept anyway, or raise the limit (max_sold)"),
        limit => Error::new(Exit::Refused, "stopped by a policy limit")
            .reason(format!("{}: {}", limit.word(), stop.says))
            .hint("decide it manually, or run the command again later"),
    });
    let rule = view::rule(policy, one).map(|name| Rule {
        name: name.to_owned(),
        policy: Some(policy.hash.clone()),
        second_person: policy.second_person.clone(),
    });
    let seen = Some(one.approval.clone());
    let shown_vlan = one.vlan.filter(|_| is_shown);
    Task { rule, stopped, seen, shown_vlan, ..Task::new(Chosen::from_approval(&one.approval), order) }
}

/// Evaluates each request again just before its decision is sent.
struct ByRule<'a> {
    policy: &'a Rc<Policy>,
    survey: &'a Survey,
    planned: &'a [&'a Planned],
    forecast: RefCell<Forecast>,
    decider: &'a Decider<'a>,
    ceiling: Option<Ceiling>,
    lock: RunLock<'a>,
    dry_run: bool,
}

impl Origin for ByRule<'_> {
    /// The plan and how many requests it decides; nothing if it decides none.
    fn together(&self, width: Option<usize>) -> Option<Together<Excess>> {
        let excess = |one: &Planned| match one.verdict {
            Verdict::Accept => Excess::find(&one.approval, self.ceiling?),
            Verdict::Deny | Verdict::Leave => None,
        };
        let asked = self.planned.iter().enumerate().filter(|(_, one)| is_sent(one));
        let asked = asked.filter_map(|(position, one)| {
            let decision = one.verdict.decision()?;
            let (is_proposed, approval) = (one.needs_second_person, Some(&one.approval));
            Some(Asked { position, decision, is_proposed, approval, excess: excess(one) })
        });
        let asked: Vec<Asked<'_>> = asked.collect();
        // A dry run shows what would be sent.
        if self.dry_run || asked.is_empty() {
            return None;
        }
        let now = self.decider.connection.clock.now();
        let mut overview = view::list(self.policy, self.survey, now).table.lines(width, false);
        overview.push(Tally::count(&self.survey.planned).sentence());
        Some(decide::ask_about(overview, Vec::new(), asked, None))
    }

    fn may_exceed(&self) -> bool {
        false
    }

    async fn begin(&self) -> Result<(), Error> {
        self.lock.take(&self.decider.connection.ledger).await
    }

    async fn refuses(&self, position: usize, prepared: &Prepared) -> Option<Error> {
        // A long run may continue past the policy's hours.
        if let Some(error) =
            closed_window_error(self.policy, self.decider.connection.clock).filter(|_| !self.dry_run)
        {
            return Some(error);
        }
        let planned = self.planned[position];
        let fresh = complete_from(&prepared.approval, &planned.approval);
        let changed = |because: String| {
            Some(
                Error::new(Exit::Conflict, "the request has changed since it was planned; nothing was sent")
                    .reason(because),
            )
        };
        let rule = planned.rule?;
        let room = if self.room_is_asked(rule) {
            // What can't be read again isn't known: no condition on it holds.
            self.room_now(&fresh).await.and_then(|now| self.forecast.borrow().room(&fresh, Some(now)))
        } else {
            self.forecast.borrow().room(&fresh, None)
        };
        let forecast = self.forecast.borrow();
        let mut facts = forecast.facts(&fresh, None, self.decider.connection.clock.now());
        facts.room = room;
        let judgement = self.policy.judge(&facts);
        if judgement.rule == planned.rule {
            return None;
        }
        let name = &self.policy.rules[rule].name;
        let because = match judgement.rule.map(|other| &self.policy.rules[other]) {
            Some(other) if judgement.rule < planned.rule => {
                format!("rule '{}' now matches first", other.name)
            }
            _ => {
                let trial = &self.policy.rules[rule].trial(&facts);
                let not = trial.conditions.iter().find(|(_, held)| !matches!(held, matching::Held::Yes(_)));
                let why = not.map_or_else(String::new, |(condition, held)| {
                    format!(": {condition}, but {}", held.reason())
                });
                format!("rule '{name}' no longer matches{why}")
            }
        };
        changed(because)
    }

    fn quota(&self, position: usize, prepared: &Prepared) -> Option<Quota> {
        let planned = self.planned[position];
        let fresh = complete_from(&prepared.approval, &planned.approval);
        past::quota(self.policy, self.decider.connection, planned.rule?, &fresh)
    }

    fn reserve(&self, position: usize) {
        let planned = self.planned[position];
        if planned.verdict == Verdict::Accept {
            self.forecast.borrow_mut().accept(&planned.approval);
        }
    }

    fn release(&self, position: usize) {
        let planned = self.planned[position];
        if planned.verdict == Verdict::Accept {
            self.forecast.borrow_mut().release(&planned.approval);
        }
    }
}

impl ByRule<'_> {
    /// Whether the rule, or one before it, asks what the port has left.
    fn room_is_asked(&self, rule: usize) -> bool {
        self.policy.rules[..=rule].iter().flat_map(|rule| &rule.conditions).any(Condition::is_about_room)
    }

    /// The room of a request's port, read again with every port it shares it with.
    async fn room_now(&self, approval: &Approval) -> Option<Room> {
        let port = approval.my_end()?.product_uid.as_ref()?;
        let read = self.decider.ports_with(port).await.ok()?;
        Rooms::from_ports(&read.ports).of_port(port)
    }
}

/// A request read alone, with what only the whole list tells of it.
fn complete_from(fresh: &Approval, listed: &Approval) -> Approval {
    let mut complete = fresh.clone();
    let customer = &mut complete.customer;
    if customer.uid == listed.customer.uid {
        customer.name = customer.name.take().or_else(|| listed.customer.name.clone());
        customer.is_new = customer.is_new.or(listed.customer.is_new);
    }
    let ends = [(&mut complete.a_end, &listed.a_end), (&mut complete.b_end, &listed.b_end)];
    for (end, listed) in ends {
        if let (Some(end), Some(listed)) = (end.as_mut(), listed)
            && end.product_uid == listed.product_uid
        {
            let End { product_name, location, .. } = listed;
            end.product_name = end.product_name.take().or_else(|| product_name.clone());
            end.location = end.location.take().or_else(|| location.clone());
        }
    }
    complete
}
