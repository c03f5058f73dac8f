//! Questions about several decisions, asked before the first of them is sent.

use std::collections::HashMap;

use super::carry_out::{Manner, Task, confirm};
use super::limits::{self, SoldCheck};
use crate::change::OutcomeKind;
use crate::commands::approvals::decision::{Decider, Preparation, prepare};
use crate::domain::approvals::Decision;
use crate::domain::ports::Excess;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::profiles::Limits;

/// Asks about all that goes beyond the profile's limit before anything is sent: a no to one, or Ctrl-C, then leaves nothing
/// half done. Answers what was agreed to, by position; what was declined is stopped.
pub(super) async fn ask(
    context: &Context,
    decider: &Decider<'_>,
    profile: &Limits,
    tasks: &mut [Task],
    manner: Manner,
) -> anyhow::Result<HashMap<usize, Excess>> {
    let mut agreed = HashMap::new();
    if profile.max_sold_percent.is_none() || manner.allow_oversubscribed {
        return Ok(agreed);
    }
    let all = tasks.len();
    let mut sold: Option<SoldCheck> = None;
    for (position, task) in tasks.iter_mut().enumerate() {
        let Ok(named) = &task.named else { continue };
        if task.order.decision != Decision::Accept || task.stopped.is_some() {
            continue;
        }
        let sold = sold.get_or_insert_with(|| SoldCheck::of(profile, &task.order, false));
        let asking = async {
            let what = format!("{} of {all}: reading the request", position + 1);
            let reading = prepare(decider, named, &task.order);
            let Preparation::Ready(prepared) = context.during(&what, reading).await else { return Ok(None) };
            let excess = sold.excess(context, decider, &prepared).await;
            if let Some(excess) = &excess {
                match confirm(context, decider, &prepared, Some(excess)).await {
                    Err(error) if error.exit == Exit::Declined => {
                        return Ok(Some((excess.clone(), limits::skipped(&prepared).error)));
                    }
                    answered => answered?,
                }
            }
            sold.count(&prepared, OutcomeKind::Done);
            Ok(excess.map(|excess| (excess, None)))
        };
        match context.interrupt.unless(asking).await {
            Err(exit) => return Err(Error::new(exit, "interrupted").into()),
            Ok(Err::<_, Error>(error)) => return Err(error.into()),
            Ok(Ok(None)) => {}
            Ok(Ok(Some((excess, None)))) => {
                agreed.insert(position, excess);
            }
            Ok(Ok(Some((_, declined)))) => task.stopped = declined,
        }
    }
    Ok(agreed)
}
