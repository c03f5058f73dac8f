//! Checks that a request is what the user expected and agreed to.

use clap::Args;

use crate::api::vlan::Vlan;
use crate::api::vxc::DecisionFields;
use crate::commands::approvals::request::{Outcome, Prepared};
use crate::commands::approvals::view;
use crate::domain::approvals::model::End;
use crate::domain::approvals::{Approval, Kind, Status};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::name::{distinguish, is_same, only_looks_like, parse_name};
use crate::text::{Mbps, Uid};

/// Expectations that must hold when the request is read (else exit 13).
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Expectations")]
pub(crate) struct ExpectArgs {
    /// Decide only if the request is for this speed, such as 500 Mbps
    #[arg(long, alias = "expect-rate", value_name = "SPEED", allow_negative_numbers = true)]
    expect_speed: Option<Mbps>,

    /// Decide only if the request is from this customer: UID or full name
    #[arg(long, value_name = "CUSTOMER", value_parser = parse_name)]
    expect_customer: Option<String>,

    /// Decide only if the request is for this port: name or UID
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    expect_port: Option<String>,
}

impl ExpectArgs {
    pub(super) fn expectations(&self) -> Expected {
        Expected {
            rate_mbps: self.expect_speed,
            customer: self.expect_customer.clone(),
            port: self.expect_port.clone(),
            ..Expected::default()
        }
    }
}

/// Expectations from flags or a row of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::commands) struct Expected {
    /// The place in the file: `line 4`.
    pub(crate) by: Option<String>,
    pub(crate) rate_mbps: Option<Mbps>,
    /// UID or full name.
    pub(crate) customer: Option<String>,
    /// UID or full name.
    pub(crate) port: Option<String>,
    pub(crate) kind: Option<Kind>,
}

impl Expected {
    /// The error if the request doesn't match (exit 13).
    pub(super) fn refusal(&self, approval: &Approval) -> Option<Error> {
        let difference = self.difference(approval)?;
        let message = match &self.by {
            Some(place) => format!("the request doesn't match {place}; nothing was sent"),
            None => "the request doesn't match what you expected; nothing was sent".to_owned(),
        };
        Some(Error::new(Exit::Conflict, message).reason(difference))
    }

    /// How the request differs; unknown values count as different.
    fn difference(&self, approval: &Approval) -> Option<String> {
        let is = |wanted: &str, values: [Option<&str>; 2]| {
            values.into_iter().flatten().any(|value| is_same(value, wanted))
        };
        // A decided speed change may have lost the requested speed; if accepted, it is the current speed.
        let decided = approval.status != Status::Pending;
        let rate = approval.asked_mbps().or(approval.rate_limit_mbps.filter(|_| decided));
        let end = approval.my_end();
        if let Some(kind) = self.kind.filter(|&kind| kind != approval.kind) {
            let (is, expected) = (approval.kind.noun_with_article(), kind.noun_with_article());
            return Some(format!("it is {is}, not {expected}"));
        }
        if let Some(wanted) = self.rate_mbps.filter(|&wanted| rate != Some(wanted)) {
            let rate = rate.map_or_else(|| "an unknown speed".to_owned(), |rate| format!("{rate} Mbps"));
            return Some(format!("it asks for {rate}, not {wanted} Mbps"));
        }
        if let Some(wanted) = &self.customer
            && !is(
                wanted,
                [approval.customer.uid.as_ref().map(Uid::as_str), approval.customer.name.as_deref()],
            )
        {
            let label = approval.customer_label();
            return Some(match only_looks_like(label, wanted) {
                true => {
                    format!("the customer is {}, which only looks like {wanted}", distinguish(label, wanted))
                }
                false => format!("the customer is {label}, not {wanted}"),
            });
        }
        if let Some(wanted) = &self.port
            && !end.is_some_and(|end| {
                is(wanted, [end.product_uid.as_ref().map(Uid::as_str), end.product_name.as_deref()])
            })
        {
            return Some(format!("it is for {}, not {wanted}", view::port(approval)));
        }
        None
    }
}

/// The outcome if the request or the VLAN to assign is no longer as shown.
pub(crate) fn compare(again: &Prepared, shown: &Prepared) -> Option<Outcome> {
    let change = change_since(&shown.approval, &again.approval);
    // The reason may have been asked for since.
    let comparable = |fields: &DecisionFields| DecisionFields {
        message: None,
        vlan: fields.vlan.filter(|_| !shown.may_get_another_vlan),
        ..fields.clone()
    };
    if comparable(&again.fields) == comparable(&shown.fields) && change.is_none() {
        return None;
    }
    let error = check_vlan(shown.fields.vlan, again.fields.vlan).err().unwrap_or_else(|| {
        let error = changed_error();
        match change {
            Some(change) => error.reason(change),
            None => error,
        }
    });
    Some(again.failure(error, None))
}

/// The outcome if the request is no longer as it was listed, or isn't what was expected.
pub(super) fn compare_with_listed(
    prepared: &Prepared,
    listed: Option<&Approval>,
    expected: &Expected,
) -> Option<Outcome> {
    let change = listed.and_then(|listed| change_since(listed, &prepared.approval));
    let changed = |because| {
        Error::new(Exit::Conflict, "the request has changed since it was listed; nothing was sent")
            .reason(because)
            .hint("review the request, then decide again")
    };
    let error = change.map(changed).or_else(|| expected.refusal(&prepared.approval))?;
    Some(prepared.failure(error, Some(prepared.approval.clone())))
}

/// Checks that the free VLAN is still the one that was shown.
pub(super) fn check_vlan(shown: Option<Vlan>, now: Option<Vlan>) -> Result<(), Error> {
    match (shown, now) {
        (Some(shown), Some(now)) if shown != now => {
            Err(changed_error().reason(format!("VLAN {shown} is now taken; the next free VLAN is {now}")))
        }
        _ => Ok(()),
    }
}

fn changed_error() -> Error {
    Error::new(Exit::Conflict, "the request has changed; nothing was sent")
        .hint("review the request, then decide again")
}

/// How a request differs from what was listed, planned or shown, as far as it matters for a decision. Values missing in
/// one of the readings are ignored.
fn change_since(shown: &Approval, read: &Approval) -> Option<String> {
    // The list has no current speed for queue entries.
    let now = |approval: &Approval| approval.rate_limit_mbps.filter(|_| shown.rate_limit_mbps.is_some());
    let speed = |approval: &Approval| (now(approval), approval.new_rate_limit_mbps, approval.new_term_months);
    let another = |before: &Option<Uid>, now: &Option<Uid>| matches!((before, now), (Some(before), Some(now)) if before != now);
    if shown.status != Status::Pending {
        return Some(format!("it was {}, and is now pending", shown.status.word()));
    }
    if shown.kind != read.kind {
        return Some(format!("it is now {}", read.kind.noun_with_article()));
    }
    if speed(shown) != speed(read) {
        return Some(format!("it asks for {}", view::speed_in_words(read)));
    }
    if another(&shown.customer.uid, &read.customer.uid) {
        return Some(format!("the customer is now {}", read.customer_label()));
    }
    let (before, now) = (shown.my_end()?, read.my_end()?);
    let vlans = |end: &End| (end.vlan, end.inner_vlan);
    let has_moved = another(&before.product_uid, &now.product_uid) || vlans(before) != vlans(now);
    has_moved.then(|| match now.vlan {
        Some(vlan) => format!("it is for {}, VLAN {vlan}", view::port(read)),
        None => format!("it is for {}, with no VLAN", view::port(read)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approvals::model::Customer;

    /// 500 Mbps of Zürich Bank on SYD1-A, VLAN 1201.
    fn connection() -> Approval {
        Approval {
            customer: Customer {
                uid: Some("c1".into()),
                name: Some("Zürich Bank".to_owned()),
                ..Customer::default()
            },
            b_end: Some(End {
                product_uid: Some("p1".into()),
                product_name: Some("SYD1-A".to_owned()),
                vlan: Some(Vlan::Number(1201)),
                ..End::default()
            }),
            rate_limit_mbps: Some(Mbps(500)),
            status: Status::Pending,
            ..Approval::default()
        }
    }

    fn with(change: impl FnOnce(&mut Approval)) -> Approval {
        let mut approval = connection();
        change(&mut approval);
        approval
    }

    #[test]
    fn a_request_is_what_was_expected_in_any_case_and_by_uid_or_name() {
        let refused = |expected: Expected| expected.refusal(&connection()).map(|error| error.reason.unwrap());
        let customer = |name: &str| Expected { customer: Some(name.to_owned()), ..Expected::default() };
        let port = |name: &str| Expected { port: Some(name.to_owned()), ..Expected::default() };
        let rate = |mbps| Expected { rate_mbps: Some(Mbps(mbps)), ..Expected::default() };
        for fits in [
            Expected::default(),
            customer("ZÜRICH bank"),
            customer("C1"),
            port("syd1-a"),
            port("p1"),
            rate(500),
        ] {
            assert_eq!(refused(fits.clone()), None, "{fits:?}");
        }
        for (other, says) in [
            (customer("Zürich"), "the customer is Zürich Bank, not Zürich"),
            (port("SYD1"), "it is for SYD1-A, not SYD1"),
            (rate(501), "it asks for 500 Mbps, not 501 Mbps"),
            (
                Expected { kind: Some(Kind::SpeedChange), ..Expected::default() },
                "it is a connection request, not a speed change",
            ),
        ] {
            assert_eq!(refused(other).as_deref(), Some(says));
        }
        // What isn't known is not what was expected.
        assert!(rate(500).refusal(&with(|approval| approval.rate_limit_mbps = None)).is_some());
    }

    #[test]
    fn what_a_person_would_decide_otherwise_is_a_change() {
        let shown = connection();
        assert_eq!(change_since(&shown, &shown), None);
        let end = |approval: &mut Approval| approval.b_end.take().unwrap();
        for (read, says) in [
            (with(|approval| approval.rate_limit_mbps = Some(Mbps(900))), "it asks for 900 Mbps"),
            (with(|approval| approval.kind = Kind::SpeedChange), "it is now a speed change"),
            (with(|approval| approval.customer.uid = Some("c2".into())), "the customer is now Zürich Bank"),
            (
                with(|approval| approval.b_end = Some(End { vlan: None, ..end(approval) })),
                "it is for SYD1-A, with no VLAN",
            ),
        ] {
            assert_eq!(change_since(&shown, &read).as_deref(), Some(says));
        }
        let moved = with(|approval| {
            approval.b_end = Some(End { product_uid: Some("p2".into()), ..end(approval) });
        });
        assert!(change_since(&shown, &moved).is_some());
        // What one of the two doesn't tell is no change.
        assert_eq!(change_since(&shown, &with(|approval| approval.customer.uid = None)), None);
        assert_eq!(change_since(&shown, &with(|approval| approval.b_end = None)), None);
    }
}
