//! What must hold when a request is read: what was expected of it, and what a person said yes to.

use clap::Args;

use super::decisions::Recheck;
use crate::change::OutcomeKind;
use crate::commands::approvals::decision::{Outcome, Preparation, Prepared, action_of};
use crate::commands::approvals::view;
use crate::domain::approvals::model::End;
use crate::domain::approvals::{Approval, Status};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::amounts::parse_mbps;
use crate::text::name::parse_name;

/// What must hold when the request is read, or nothing is sent (exit 13).
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Expectations")]
pub(in crate::commands::approvals) struct ExpectArgs {
    /// Decide only if it asks for this speed (for a speed change: the new one), in Mbps
    #[arg(long, value_name = "MBPS", value_parser = parse_mbps, allow_negative_numbers = true)]
    expect_rate: Option<u64>,

    /// Decide only if this customer asks: its uid or whole name
    #[arg(long, value_name = "CUSTOMER", value_parser = parse_name)]
    expect_customer: Option<String>,

    /// Decide only if it is for this port: its name or uid
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    expect_port: Option<String>,
}

impl Recheck for ExpectArgs {
    const REFUSED_AS: OutcomeKind = OutcomeKind::Conflict;

    async fn refuses(&mut self, position: usize, prepared: &Prepared) -> Option<Error> {
        self.already_refuses(position, &prepared.approval)
    }

    fn already_refuses(&self, _position: usize, approval: &Approval) -> Option<Error> {
        let difference = self.difference(approval)?;
        let message = "the request isn't what was expected; nothing was sent";
        Some(Error::new(Exit::Conflict, message).because(difference))
    }
}

impl ExpectArgs {
    /// How a request differs from what was expected of it.
    fn difference(&self, approval: &Approval) -> Option<String> {
        let is = |wanted: &str, values: [Option<&str>; 2]| {
            values.into_iter().flatten().any(|value| value.eq_ignore_ascii_case(wanted))
        };
        let (customer, end) = (&approval.customer, approval.my_end());
        let customer = [customer.uid.as_deref(), customer.name.as_deref()];
        let port =
            [end.and_then(|end| end.product_uid.as_deref()), end.and_then(|end| end.product_name.as_deref())];
        let rate = approval.new_rate_limit_mbps.or(approval.rate_limit_mbps);
        if self.expect_rate.is_some_and(|wanted| rate != Some(wanted)) {
            Some(format!("it asks for {}", view::speed_spoken(approval)))
        } else if self.expect_customer.as_deref().is_some_and(|wanted| !is(wanted, customer)) {
            Some(format!("{} asks", approval.customer_label()))
        } else if self.expect_port.as_deref().is_some_and(|wanted| !is(wanted, port)) {
            Some(format!("it is for {}", view::port(approval)))
        } else {
            None
        }
    }
}

/// A yes is to what was shown: another VLAN or speed by now is another question.
pub(in crate::commands::approvals) fn unchanged(again: Preparation, shown: &Prepared) -> Preparation {
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
    let ended = Outcome::new(&again.named.id, action_of(again.order.decision), OutcomeKind::Conflict);
    Preparation::Settled(Box::new(ended.seen(again.approval).error(error)))
}

/// How a request differs from the one that was listed, where a person would decide otherwise. What one of the two readings
/// doesn't tell is no difference.
pub(in crate::commands::approvals) fn changed(listed: &Approval, read: &Approval) -> Option<String> {
    // A list doesn't tell what a service has now that an entry of the queue is about.
    let now = |approval: &Approval| approval.rate_limit_mbps.filter(|_| listed.rate_limit_mbps.is_some());
    let speed = |approval: &Approval| (now(approval), approval.new_rate_limit_mbps, approval.new_term_months);
    if listed.status != Status::Pending {
        return Some(format!("it was {} then, and waits now", listed.status.word()));
    }
    if speed(listed) != speed(read) {
        return Some(format!("it asks for {}", view::speed_spoken(read)));
    }
    let (before, now) = (listed.my_end()?, read.my_end()?);
    let another = |before: &Option<String>, now: &Option<String>| matches!((before, now), (Some(before), Some(now)) if !before.eq_ignore_ascii_case(now));
    let vlans = |end: &End| (end.vlan, end.inner_vlan);
    if another(&before.product_uid, &now.product_uid) || vlans(before) != vlans(now) {
        return Some(format!("it is for {}", view::sentence(read)));
    }
    None
}
