//! Reads what is to be changed, and compares it with what was listed.

use crate::change::plan::{Plan, Preparation};
use crate::change::renderer::Renderer;

/// Reads one, unless it is not to be sent anyway.
pub(super) async fn read<P: Plan>(
    renderer: &Renderer<'_>,
    plan: &P,
    position: usize,
    item: &P::Item,
    before: Option<&P::Ready>,
) -> Preparation<P::Ready, P::Seen> {
    if let Some(ended) = plan.outcome_if_stopped(item) {
        return Preparation::Settled(Box::new(ended));
    }
    let what = || format!("reading the {}", P::NOUN);
    match renderer.with_progress(position, what, plan.prepare(position, item, before)).await {
        Preparation::Ready(ready) => match plan.compare(item, &ready, None) {
            Some(ended) => Preparation::Settled(Box::new(ended)),
            None => Preparation::Ready(ready),
        },
        settled => settled,
    }
}
