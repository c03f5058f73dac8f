//! Reads pending requests and evaluates the policy.

use super::past;
use crate::commands::approvals::choose;
use crate::commands::approvals::list::filter::FilterArgs;
use crate::commands::approvals::list::{reading, records};
use crate::commands::approvals::request::Decider;
use crate::domain::approvals::Company;
use crate::domain::approvals::ids::ShortIds;
use crate::domain::collect::{Collected, Wanted};
use crate::domain::policy::Policy;
use crate::domain::policy::plan::{Forecast, Planned, plan};
use crate::domain::ports::Ceiling;
use crate::domain::ports::scan::Keep;
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
    let mut collected = reading::read(context, connection, &wanted).await?;
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
    let ids = ShortIds::from_ids(collected.approvals.iter().map(|approval| &approval.id));
    Ok(Survey { collected, planned, forecast, ids })
}

/// Refuses a policy of another company, before anything is decided.
fn check_company(policy: &Policy, here: &Company) -> Result<(), Error> {
    let Some(meant) = &policy.company else { return Ok(()) };
    let is_meant = here.uid.as_ref().is_some_and(|uid| *uid == **meant)
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
