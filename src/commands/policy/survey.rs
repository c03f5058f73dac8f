//! Reads pending requests and evaluates the policy.

use std::collections::HashMap;

use super::past;
use crate::api::vlan::Vlan;
use crate::commands::approvals::decision::{Decider, Order, vlans_ahead};
use crate::commands::approvals::filter::FilterArgs;
use crate::commands::approvals::{choose, list, records};
use crate::domain::approvals::ids::ShortIds;
use crate::domain::approvals::{Company, Decision};
use crate::domain::collect::{Collected, Wanted};
use crate::domain::policy::plan::{Forecast, Planned, plan};
use crate::domain::policy::{Policy, Verdict};
use crate::domain::ports::Ceiling;
use crate::domain::ports::scan::Keep;
use crate::domain::ports::vlan::VlanChoice;
use crate::error::Error;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::name::is_same;
use crate::text::words;

/// Pending requests, with the policy's decisions.
pub(super) struct Survey {
    pub(crate) collected: Collected,
    /// What waits on me and is mine to decide, in the order of the list.
    pub(crate) planned: Vec<Planned>,
    pub(crate) forecast: Forecast,
    pub(crate) ids: ShortIds,
    /// The free VLANs that requests would get, as far as known, by their IDs.
    pub(crate) vlans: HashMap<String, Vlan>,
}

impl Survey {
    /// Looks for the free VLANs that the policy would give.
    pub(super) async fn look_for_vlans(&mut self, decider: &Decider<'_>, policy: &Policy) {
        let orders: Vec<Order> = self.planned.iter().map(|one| order_of(policy, one)).collect();
        if !orders.iter().any(|order| order.vlan.is_some_and(VlanChoice::may_look)) {
            return;
        }
        let is_decided = |one: &&Planned| one.verdict != Verdict::Leave && one.stopped.is_none();
        let decisions = self.planned.iter().zip(&orders);
        let decisions =
            decisions.map(|(one, order)| Some(one).filter(is_decided).map(|one| (&one.approval, order)));
        let looking = vlans_ahead(decider, decisions);
        let found = decider.context.during("reading the ports", looking).await;
        let ids = self.planned.iter().map(|one| one.approval.id.clone());
        self.vlans = ids.zip(found).filter_map(|(id, found)| Some((id, found?))).collect();
    }
}

/// The VLAN of the rule that decides it.
fn order_of(policy: &Policy, one: &Planned) -> Order {
    let rule = one.rule.map(|rule| &policy.rules[rule]);
    let decision = one.verdict.decision().unwrap_or(Decision::Deny);
    Order {
        vlan: rule.and_then(|rule| rule.vlan),
        pool: rule.map(|rule| rule.vlan_pool.clone()).unwrap_or_default(),
        ..Order::new(decision)
    }
}

/// Evaluates the policy for all pending requests, and says which of them it doesn't include.
pub(super) async fn survey(
    context: &Context,
    connection: &mut Connection,
    policy: &Policy,
    ceiling: Option<Ceiling>,
) -> anyhow::Result<Survey> {
    let survey = survey_quietly(context, connection, policy, ceiling).await?;
    choose::say_left_out(context, &survey.collected, &FilterArgs::default(), connection.clock.now());
    Ok(survey)
}

/// The same for one request, whose explanation doesn't concern the others.
pub(super) async fn survey_quietly(
    context: &Context,
    connection: &mut Connection,
    policy: &Policy,
    ceiling: Option<Ceiling>,
) -> anyhow::Result<Survey> {
    let wanted = Wanted { keep: Keep::Pending, vlans: true, only: None };
    let mut collected = list::read(context, connection, &wanted).await?;
    check_company(policy, &connection.company)?;
    records::complete(context, connection, &mut collected.approvals).await;
    let now = connection.clock.now();
    let waiting = choose::by_filter(&collected, &FilterArgs::default(), now);
    let forecast = Forecast::from_collected(&collected);
    if policy.looks_back() {
        // What was never sent doesn't count.
        Decider::new(context, connection).close_listed(&collected.approvals).await;
    }
    let past = past::decisions(policy, connection).await?;
    if policy.looks_back() && !connection.ledger.is_shared() {
        let count = words::count(past.len(), "decision", "decisions");
        context.terminal.say(&format!(
            "note: limits per hour, day and week count the ledger of this machine only ({count} in the last week)"
        ));
    }
    let mut planned = plan(policy, &waiting, forecast.clone(), &past, ceiling, now);
    for one in &mut planned {
        let of_policy = policy.second_person.as_ref();
        one.needs_second_person = one.verdict.decision().is_some_and(|decision| {
            connection.limits.needs_second_person(of_policy, decision, &one.approval)
        });
    }
    let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| approval.id.as_str()));
    Ok(Survey { collected, planned, forecast, ids, vlans: HashMap::new() })
}

/// Refuses a policy of another company, before anything is decided.
fn check_company(policy: &Policy, here: &Company) -> Result<(), Error> {
    let Some(meant) = &policy.company else { return Ok(()) };
    let is_meant = here.uid.as_ref().is_some_and(|uid| uid.eq_ignore_ascii_case(meant))
        || here.name.as_ref().is_some_and(|name| is_same(name, meant));
    if is_meant {
        return Ok(());
    }
    let message = match (&here.uid, &here.name) {
        (None, None) => format!("the policy is for {meant}, and the company of this key is unknown"),
        _ => format!("the policy is for {meant}, but this company is {}", here.label()),
    };
    Err(Error::usage(message)
        .hint("choose the company with --profile or --on-behalf-of, or another policy with --file"))
}
