//! A dry run: reads, checks and counts like a real run, and shows what would be sent. Nothing here can send.

use serde_json::Value;

use crate::change::outcome::{Outcome, OutcomeKind};
use crate::change::pace::Pace;
use crate::change::plan::{Plan, Preparation};
use crate::change::read::read;
use crate::change::renderer::{Event, Renderer, show};
use crate::change::report::Report;
use crate::change::stop::Stop;

/// Shows each of them.
pub(super) async fn run<P: Plan>(
    renderer: &Renderer<'_>,
    plan: &P,
    items: &[P::Item],
    fail_fast: bool,
    report: &mut Report<P::Seen>,
) -> anyhow::Result<()> {
    let pace = Pace::new(1, fail_fast);
    let width = renderer.context.terminal.facts.width;
    if let Some(together) = renderer.context.tells_people().then(|| plan.together(items, width)).flatten() {
        renderer.preview(&together.overview)?;
    }
    for (position, item) in items.iter().enumerate() {
        let interrupt = &renderer.context.interrupt;
        if let Some(error) = pace.halt_error() {
            report.leave(plan.subject(item), Stop::Halt(error));
            continue;
        }
        let previewed = match report.stopped_by.or(interrupt.signal()) {
            Some(exit) => Err(exit),
            None => interrupt.until_signal(preview(renderer, plan, position, item)).await,
        };
        let ended = match previewed {
            Ok(previewed) => match previewed? {
                Ok(would_send) => {
                    pace.note_answered();
                    report.would_send.extend(would_send);
                    continue;
                }
                Err(ended) => *ended,
            },
            Err(exit) => {
                report.leave(plan.subject(item), Stop::Signal(exit));
                continue;
            }
        };
        pace.learn(position, &ended);
        if ended.kind == OutcomeKind::Already {
            plan.reserve(position, None);
        }
        report.add(renderer, ended);
    }
    report.tell_unsent(renderer, P::NOUN);
    Ok(())
}

/// Shows one; or how it ends without being sent.
async fn preview<P: Plan>(
    renderer: &Renderer<'_>,
    plan: &P,
    position: usize,
    item: &P::Item,
) -> anyhow::Result<Result<Vec<Value>, Box<Outcome<P::Seen>>>> {
    let booked = match read(renderer, plan, position, item, None).await {
        Preparation::Ready(ready) => plan.book(position, item, ready, None).await,
        settled => settled,
    };
    let mut ready = match booked {
        Preparation::Settled(ended) => return Ok(Err(ended)),
        Preparation::Ready(ready) => ready,
    };
    let excess = plan.excess(item, &mut ready).await;
    let may_ask = |excess| renderer.context.may_ask() && plan.may_consent(excess);
    let is_refused = excess.as_ref().is_some_and(|excess| !may_ask(excess));
    if !is_refused && let Some(ended) = plan.confirm(item, &mut ready).await {
        return Ok(Err(Box::new(ended)));
    }
    if !renderer.many {
        renderer.preview(&plan.consequences(&ready).await)?;
    }
    for warning in plan.warnings(&ready) {
        show(renderer.context, &Event::Warned(&warning));
    }
    if is_refused {
        return Ok(Err(Box::new(plan.without_consent(item, &ready, excess.as_ref()))));
    }
    let preview = plan.preview(position, item, &ready, excess.as_ref()).await;
    renderer.preview(&preview.lines(renderer.context.account()))?;
    let (id, action) = plan.subject(item);
    for note in &preview.notes {
        show(renderer.context, &Event::Noted { about: Some(id.as_str()).filter(|_| renderer.many), note });
    }
    plan.reserve(position, Some(&ready));
    Ok(Ok(preview.rows(&id, action, renderer.context.account(), &renderer.context.invocation())))
}
