//! Several decisions shown together, and the one question about them.

use super::outlook::Outlook;
use super::{consequence, number};
use crate::change::{Permit, consent};
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::decision::{Decider, Order};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::{Ceiling, Excess};
use crate::error::Error;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::words;

/// Reads what several decisions lead to together.
pub(in crate::commands::approvals) async fn read_together(
    context: &Context,
    connection: &mut Connection,
    chosen: &[Chosen],
    orders: &[&Order],
) -> Outlook {
    let mut outlook = Outlook::of_named(context, connection, chosen).await;
    outlook.look_for_holders(context, connection, orders).await;
    outlook.look_ahead(orders);
    outlook
}

/// As [`show_together`], where nothing else is asked.
pub(in crate::commands::approvals) async fn ask_together(
    context: &Context,
    connection: &Connection,
    permit: &Permit,
    outlook: &mut Outlook,
    chosen: &[Chosen],
    orders: &[&Order],
    ceiling: Option<Ceiling>,
) -> anyhow::Result<Vec<Option<Excess>>> {
    let decider = Decider::new(context, connection);
    show_together(&decider, permit, outlook, chosen, orders, ceiling, async || Ok(())).await
}

/// Shows the combined consequences of several decisions: as the result of a dry run, and before one question about all, which
/// follows what `ask` asks. Returns what they exceed, as far as that was agreed to.
pub(super) async fn show_together(
    decider: &Decider<'_>,
    permit: &Permit,
    outlook: &mut Outlook,
    chosen: &[Chosen],
    orders: &[&Order],
    ceiling: Option<Ceiling>,
    ask: impl AsyncFnOnce() -> Result<(), Error>,
) -> anyhow::Result<Vec<Option<Excess>>> {
    let now = decider.now();
    let context = decider.context;
    let width = context.terminal.facts.width;
    if permit.dry_run && context.tells_people() {
        for line in outlook.lines(chosen, orders, now, width) {
            context.terminal.result_row(&line)?;
        }
    }
    if permit.must_ask {
        for line in outlook.lines(chosen, orders, now, width.or(Some(80))) {
            context.terminal.say(&line);
        }
        for (sentence, next) in outlook.clash_sentences(orders) {
            context.terminal.warn(&sentence);
            next.into_iter().for_each(|next| context.say_next(&next.into()));
        }
        if let Some(sentence) = outlook.held_sentence() {
            context.terminal.warn(&sentence);
        }
        let decidable =
            outlook.decidable().map(|position| (orders[position].decision, outlook.seen_approval(position)));
        let limits = &decider.connection.limits;
        let is_proposed = |&position: &usize| {
            let seen = outlook.seen_approval(position).filter(|_| !orders[position].is_confirmation());
            seen.is_some_and(|one| limits.needs_second_person(None, orders[position].decision, one))
        };
        if let proposed @ 1.. = outlook.decidable().filter(is_proposed).count() {
            let count = words::count(proposed, "request", "requests");
            context.terminal.warn(&format!("a second person must first confirm {count}"));
        }
        let excesses = outlook.excesses(orders, ceiling);
        // Requests that are already decided, blocked or held are only reported.
        let everything = outlook.is_everything.then_some(orders.len());
        if ask_about(context, decidable, excesses.iter().flatten(), everything, ask).await? {
            return Ok(excesses);
        }
    }
    Ok(Vec::new())
}

/// Asks one question about several decisions, after what `ask` asks. It names the ports that they oversubscribe; `false` if
/// there is nothing to decide. Many must be counted by typing the number, as must what comes of `everything` that is pending: so
/// many requests.
pub(in crate::commands) async fn ask_about<'a>(
    context: &Context,
    decisions: impl Iterator<Item = (Decision, Option<&'a Approval>)>,
    excesses: impl Iterator<Item = &'a Excess>,
    everything: Option<usize>,
    ask: impl AsyncFnOnce() -> Result<(), Error>,
) -> Result<bool, Error> {
    let excesses: Vec<&Excess> = excesses.collect();
    let (decisions, approvals): (Vec<Decision>, Vec<Option<&Approval>>) = decisions.unzip();
    let Some(question) = question_about(&decisions, &excesses, everything) else { return Ok(false) };
    for sentence in Excess::combine(excesses).0 {
        context.terminal.warn(&sentence);
    }
    let accepted = decisions.iter().zip(&approvals).filter(|(decision, _)| **decision == Decision::Accept);
    let accepted: Vec<Option<&Approval>> = accepted.map(|(_, approval)| *approval).collect();
    if decisions.iter().any(|&decision| decision != Decision::Withdraw) {
        consequence::of_several(&accepted).iter().for_each(|line| context.terminal.say(line));
    }
    ask().await?;
    match decisions.len() {
        count if number::is_typed(count, everything.is_some()) => {
            consent::confirm_number(context, &question, count).await?;
        }
        _ => consent::confirm(context, &question).await?,
    }
    Ok(true)
}

/// "Accept 3 requests and deny 1?", or "Accept 3 requests, 2 of which would oversubscribe SYD1-A?"; `None` if there is nothing
/// to decide.
fn question_about(decisions: &[Decision], excesses: &[&Excess], everything: Option<usize>) -> Option<String> {
    let count = |wanted| decisions.iter().filter(|&&decision| decision == wanted).count();
    let counts =
        [Decision::Accept, Decision::Deny, Decision::Withdraw].map(|each| (each.word(), count(each)));
    let mut counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let (verb, first) = counts.next()?;
    let others: String = counts.map(|(verb, count)| format!(" and {verb} {count}")).collect();
    let verb = words::capitalise(verb);
    let (oversubscribed, accepted) = (excesses.len(), count(Decision::Accept));
    let oversubscribed = match Excess::combine(excesses.iter().copied()).1 {
        _ if oversubscribed == 0 => String::new(),
        what if oversubscribed == accepted => format!(", which would {what}"),
        what => format!(", {oversubscribed} of which would {what}"),
    };
    let all = if first > 1 && everything == Some(first) { "all " } else { "" };
    Some(format!("{verb} {all}{}{others}{oversubscribed}?", words::count(first, "request", "requests")))
}
