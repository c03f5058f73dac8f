//! What must hold when a request is read: what was expected of it, and what a person said yes to.

use clap::Args;

use super::decide::outcome;
use super::view;
use crate::approvals::decide::{Outcome, OutcomeKind, Preparation, Prepared};
use crate::error::Error;
use crate::exit::Exit;

/// What must hold when the request is read, or nothing is sent (exit 13).
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Expectations")]
pub(super) struct ExpectArgs {
    /// Decide only if it asks for this speed (for a speed change: the new one), in Mbps
    #[arg(long, value_name = "MBPS")]
    expect_rate: Option<u64>,

    /// Decide only if this customer asks: its uid or whole name
    #[arg(long, value_name = "CUSTOMER")]
    expect_customer: Option<String>,

    /// Decide only if it is for this port: its name or uid
    #[arg(long, value_name = "PORT")]
    expect_port: Option<String>,
}

/// Compares a request with what was expected of it.
pub(super) fn expected(preparation: Preparation, expect: &ExpectArgs) -> Preparation {
    let approval = match &preparation {
        Preparation::Ready(prepared) => &prepared.approval,
        // What is decided already must still be the request that was meant.
        Preparation::Settled(ended) if ended.kind.is_ok() => match &ended.approval {
            Some(approval) => approval,
            None => return preparation,
        },
        Preparation::Settled(_) => return preparation,
    };
    let is = |wanted: &str, values: [Option<&str>; 2]| {
        values.into_iter().flatten().any(|value| value.eq_ignore_ascii_case(wanted))
    };
    let end = approval.my_end();
    let rate = approval.new_rate_limit_mbps.or(approval.rate_limit_mbps);
    let difference = if expect.expect_rate.is_some_and(|wanted| rate != Some(wanted)) {
        Some(format!("it asks for {}", view::speed_spoken(approval)))
    } else if expect.expect_customer.as_deref().is_some_and(|wanted| {
        !is(wanted, [approval.customer.uid.as_deref(), approval.customer.name.as_deref()])
    }) {
        Some(format!("{} asks", approval.customer_label()))
    } else if expect.expect_port.as_deref().is_some_and(|wanted| {
        !is(
            wanted,
            [end.and_then(|end| end.product_uid.as_deref()), end.and_then(|end| end.product_name.as_deref())],
        )
    }) {
        Some(format!("it is for {}", view::port(approval)))
    } else {
        None
    };
    let Some(difference) = difference else { return preparation };
    let error = Error::new(Exit::Conflict, "the request isn't what was expected; nothing was sent")
        .because(difference)
        .about(approval.id.clone());
    let (id, decision, approval) = match preparation {
        Preparation::Ready(prepared) => (prepared.named.id, prepared.order.decision, Some(prepared.approval)),
        Preparation::Settled(ended) => (ended.id, ended.decision, ended.approval),
    };
    let kind = OutcomeKind::Conflict;
    Preparation::Settled(Box::new(Outcome {
        id,
        decision,
        kind,
        approval,
        error: Some(error),
        notes: Vec::new(),
    }))
}

/// A yes is to what was shown: another VLAN or speed by now is another question.
pub(super) fn unchanged(again: Preparation, shown: &Prepared) -> Preparation {
    let Preparation::Ready(again) = again else { return again };
    let speed =
        |prepared: &Prepared| (prepared.approval.rate_limit_mbps, prepared.approval.new_rate_limit_mbps);
    if again.fields == shown.fields && speed(&again) == speed(shown) {
        return Preparation::Ready(again);
    }
    let mut error = Error::new(Exit::Conflict, "it has changed while you were asked; nothing was sent")
        .hint("look at it again and decide anew")
        .about(again.named.id.clone());
    if let (Some(before), Some(now)) = (shown.fields.vlan, again.fields.vlan)
        && before != now
    {
        error = error.because(format!("VLAN {before} is taken by now, the next free one is {now}"));
    }
    let mut ended = outcome(&again.named.id, &again.order, OutcomeKind::Conflict, Some(error));
    ended.approval = Some(again.approval);
    Preparation::Settled(Box::new(ended))
}
