//! Several decisions shown together, and the one question about them.

use super::expect::Expected;
use super::outlook::Outlook;
use super::task::Task;
use super::{consequence, number};
use crate::change::{Question, Together, Warning};
use crate::commands::approvals::choose::Chosen;
use crate::commands::approvals::request::{Decider, Order};
use crate::domain::approvals::{Approval, Decision};
use crate::domain::ports::{Ceiling, Excess};
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::words;

/// A decision that the question is about.
pub(in crate::commands) struct Asked<'a> {
    pub(in crate::commands) position: usize,
    pub(in crate::commands) decision: Decision,
    /// Whether a second person must confirm it first.
    pub(in crate::commands) is_proposed: bool,
    /// `None` if it could not be read.
    pub(in crate::commands) approval: Option<&'a Approval>,
    /// What it exceeds, on top of those before it.
    pub(in crate::commands) excess: Option<Excess>,
}

/// Reads what several decisions lead to together.
pub(in crate::commands::approvals) async fn read_together(
    context: &Context,
    connection: &mut Connection,
    chosen: &[Chosen],
    orders: &[Order],
    expected: impl Iterator<Item = &Expected>,
) -> Outlook {
    let mut outlook = Outlook::of_named(context, connection, chosen).await;
    outlook.leave_out(expected);
    outlook.look_for_holders(context, connection, orders).await;
    outlook.look_ahead(orders);
    outlook
}

/// What several decisions lead to together, with the question about those that can be made. Requests that are already
/// decided, blocked or held are only shown.
pub(super) fn show_together(
    decider: &Decider<'_>,
    outlook: &Outlook,
    tasks: &[Task],
    ceiling: Option<Ceiling>,
    width: Option<usize>,
) -> Together<Excess> {
    let clash = |(text, next): (String, Option<&'static str>)| Warning { text, next: next.map(Into::into) };
    let mut warnings: Vec<Warning> = outlook.clash_sentences(tasks).into_iter().map(clash).collect();
    warnings.extend(outlook.held_sentence().map(Warning::from));
    warnings.extend(outlook.unexpected_sentence().map(Warning::from));
    let limits = &decider.connection.limits;
    let is_proposed = |&position: &usize| {
        let order = &tasks[position].order;
        let seen = outlook.seen_approval(position).filter(|_| !order.is_confirmation());
        seen.is_some_and(|one| limits.needs_second_person(None, order.decision, one))
    };
    if let proposed @ 1.. = outlook.decidable().filter(is_proposed).count() {
        let count = words::count(proposed, "request", "requests");
        warnings.push(format!("a second person must first confirm {count}").into());
    }
    let mut excesses = outlook.excesses(tasks, ceiling);
    let asked = outlook.decidable().map(|position| Asked {
        position,
        decision: tasks[position].order.decision,
        is_proposed: is_proposed(&position),
        approval: outlook.seen_approval(position),
        excess: excesses[position].take(),
    });
    let asked = asked.collect();
    let everything = outlook.is_everything.then_some(tasks.len());
    ask_about(outlook.lines(tasks, decider.now(), width), warnings, asked, everything)
}

/// Adds the question about several decisions. It names the ports that they oversubscribe. Many must be counted by typing the
/// number, as must what comes of `everything` that is pending: so many requests.
pub(in crate::commands) fn ask_about(
    overview: Vec<String>,
    mut warnings: Vec<Warning>,
    asked: Vec<Asked<'_>>,
    everything: Option<usize>,
) -> Together<Excess> {
    let excesses: Vec<&Excess> = asked.iter().filter_map(|one| one.excess.as_ref()).collect();
    warnings.extend(Excess::combine(excesses.iter().copied()).0.into_iter().map(Warning::from));
    let accepted = asked.iter().filter(|one| one.decision == Decision::Accept && !one.is_proposed);
    let accepted: Vec<Option<&Approval>> = accepted.map(|one| one.approval).collect();
    let lines = match asked.iter().any(|one| one.decision != Decision::Withdraw && !one.is_proposed) {
        true => consequence::of_several(&accepted),
        false => Vec::new(),
    };
    let question = Question {
        lines,
        warnings,
        text: question_about(&asked, &excesses, everything),
        typed: Some(asked.len()).filter(|&count| number::is_typed(count, everything.is_some())),
    };
    let asked = asked.into_iter().map(|one| (one.position, one.excess)).collect();
    Together { overview, question, asked }
}

/// "Accept 3 requests and deny 1?", or "Accept 3 requests, 2 of which would oversubscribe SYD1-A?".
fn question_about(asked: &[Asked<'_>], excesses: &[&Excess], everything: Option<usize>) -> String {
    let word = |one: &Asked<'_>| if one.is_proposed { "propose" } else { one.decision.word() };
    let words = [Decision::Accept.word(), "propose", Decision::Deny.word(), Decision::Withdraw.word()];
    let counts = words.map(|each| (each, asked.iter().filter(|one| word(one) == each).count()));
    let mut counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let (verb, first) = counts.next().unwrap_or((Decision::Accept.word(), 0));
    let others: String = counts.map(|(verb, count)| format!(" and {verb} {count}")).collect();
    let verb = words::capitalise(verb);
    let accepted = asked.iter().filter(|one| one.decision == Decision::Accept).count();
    let oversubscribed = match Excess::combine(excesses.iter().copied()).1 {
        _ if excesses.is_empty() => String::new(),
        what if excesses.len() == accepted => format!(", which would {what}"),
        what => format!(", {} of which would {what}", excesses.len()),
    };
    let all = if first > 1 && everything == Some(first) { "all " } else { "" };
    format!("{verb} {all}{}{others}{oversubscribed}?", words::count(first, "request", "requests"))
}
