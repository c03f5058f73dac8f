use serde_json::json;

use super::*;
use crate::domain::approvals::model::End;
use crate::domain::approvals::model::example::connection;
use crate::domain::ports::vlan::VlanChoice;
use crate::text::Mbps;

const ABOUT: &str = "about 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

fn lines(error: Option<Error>) -> Vec<String> {
    error.iter().flat_map(Error::lines).collect()
}

fn of_kind(kind: Kind) -> Approval {
    Approval { kind, ..connection() }
}

#[test]
fn a_decision_that_stands_is_an_error_if_another_was_ordered() {
    use Decision::{Accept, Deny, Withdraw};
    let (new, speed) = (Kind::Connection, Kind::SpeedChange);
    let (cancel, again) = (
        "decisions are final; to end the connection, cancel its VXC",
        "decisions are final; to change the service again, the customer must make a new request",
    );
    let ask_again = "decisions are final; the customer can make a new request";
    let withdrawn = "the requester withdrew it and can make a new request";
    for (kind, stands, ordered, message, hint) in [
        (new, Accept, Deny, "this connection request was already accepted", cancel),
        (new, Accept, Withdraw, "this connection request was already accepted", cancel),
        (speed, Accept, Deny, "this speed change was already accepted", again),
        (new, Deny, Accept, "this connection request was already denied", ask_again),
        (speed, Deny, Accept, "this speed change was already denied", ask_again),
        (Kind::Order, Withdraw, Accept, "this order was already withdrawn", withdrawn),
    ] {
        let found = already_decided_error(&of_kind(kind), &Order::new(ordered), stands, "by ana");
        let expected = [&format!("Conflict: {message}: by ana"), hint, ABOUT];
        assert_eq!(lines(found), expected, "{kind:?} {stands:?} {ordered:?}");
    }
    for decision in [Accept, Deny, Withdraw] {
        assert_eq!(already_decided_error(&connection(), &Order::new(decision), decision, "by ana"), None);
    }
}

#[test]
fn the_decision_ordered_is_an_error_only_if_it_was_certainly_applied_otherwise() {
    let order = |vlan| Order { vlan: Some(VlanChoice::Exactly(vlan)), ..Order::new(Decision::Accept) };
    let error = |approval: &Approval, vlan: i64| {
        lines(already_decided_error(approval, &order(vlan.into()), Decision::Accept, "by ana"))
    };
    assert_eq!(error(&connection(), 1201), [""; 0]);
    let other = "Conflict: this connection request was already accepted, but with VLAN 1201, not 8: by ana";
    assert_eq!(error(&connection(), 8), [other, "to change it now, edit the VXC", ABOUT]);
    // It isn't up, and so may not show it yet.
    let without = Approval { b_end: Some(End::default()), ..connection() };
    assert_eq!(error(&without, 8), [""; 0]);
}

#[test]
fn a_request_that_no_longer_waits_says_how_it_ended() {
    let odd = Approval { wire_status: Some("ON_ICE".to_owned()), ..connection() };
    let decided = Standing::Decided { decision: Decision::Deny, certain: false };
    for (approval, standing, message) in [
        (connection(), Standing::Changed, "this connection request has changed since it was listed"),
        (of_kind(Kind::SpeedChange), Standing::Changed, "this speed change has changed since it was listed"),
        (
            connection(),
            Standing::Over(Status::Unknown),
            "this connection request is no longer pending: it was denied, replaced or expired",
        ),
        (
            odd.clone(),
            Standing::Over(Status::Unknown),
            "can't tell whether this connection request is pending: its status is ON_ICE",
        ),
        // How it ended is known, whatever word the API has for it.
        (odd, Standing::Over(Status::Expired), "this connection request is no longer pending: expired"),
        (
            connection(),
            Standing::Over(Status::Withdrawn),
            "this connection request is no longer pending: withdrawn",
        ),
        (connection(), Standing::Pending, "this connection request is no longer pending"),
        (connection(), decided, "this connection request is no longer pending"),
    ] {
        let expected =
            [&format!("Conflict: {message}"), "list pending requests with portgate approvals list", ABOUT];
        assert_eq!(no_longer_waits_error(&approval, standing).lines(), expected, "{standing:?}");
    }
}

#[test]
fn only_the_party_that_a_request_waits_for_can_decide_it() {
    use Direction::{Incoming, Internal, Outgoing};
    use Source::{Marketplace, Queue};
    use WaitingOn::{Me, Them};
    let own: &[&str] = &[
        "Forbidden: this is your own company's request; only the other party can accept or deny it",
        "to withdraw it, cancel the VXC",
        ABOUT,
    ];
    let foreign: &[&str] = &[
        "Forbidden: this request is between other companies",
        "check --profile and --env: the request may belong to another of your companies",
        ABOUT,
    ];
    let theirs: &[&str] = &[
        "Conflict: this request is waiting for the other party, not for you",
        "see portgate approvals list --waiting-on them",
        ABOUT,
    ];
    let unclear: &[&str] = &[
        "Conflict: can't tell who must decide this connection request: its status is ON_ICE",
        "decide it in the portal",
        ABOUT,
    ];
    let none: &[&str] = &[];
    for (source, direction, waiting_on, wire_status, expected) in [
        (Marketplace, Some(Incoming), Some(Me), None, none),
        (Marketplace, Some(Internal), Some(Me), None, none),
        // A counter-offer, such as a speed change of the other party's.
        (Marketplace, Some(Outgoing), Some(Me), None, none),
        (Marketplace, Some(Outgoing), Some(Them), None, own),
        (Marketplace, Some(Outgoing), None, None, own),
        (Marketplace, Some(Outgoing), None, Some("ON_ICE"), own),
        (Marketplace, Some(Incoming), Some(Them), None, theirs),
        (Marketplace, Some(Incoming), None, None, none),
        (Marketplace, Some(Incoming), None, Some("ON_ICE"), unclear),
        (Marketplace, Some(Incoming), Some(Me), Some("ON_ICE"), none),
        (Marketplace, None, Some(Me), None, foreign),
        (Marketplace, None, Some(Them), None, foreign),
        (Queue, None, Some(Me), None, none),
        (Queue, None, None, None, none),
        (Queue, None, Some(Them), None, theirs),
        (Queue, None, None, Some("ON_ICE"), unclear),
    ] {
        let wire_status = wire_status.map(str::to_owned);
        let approval = Approval { source, direction, waiting_on, wire_status, ..connection() };
        assert_eq!(lines(not_mine_error(&approval)), expected, "{source:?} {direction:?} {waiting_on:?}");
    }
}

#[test]
fn a_vxc_of_a_type_that_is_not_known_is_not_decided_and_an_entry_of_the_queue_is() {
    let odd = Approval { wire_type: Some("TERMINATE".to_owned()), ..of_kind(Kind::Other) };
    let speed = of_kind(Kind::SpeedChange);
    let known = Approval { new_rate_limit_mbps: Some(Mbps(1000)), ..speed.clone() };
    for understood in [connection(), known] {
        assert_eq!(not_understood_error(&understood), None);
    }
    for (approval, why) in [
        (odd, "portgate doesn't support requests of type TERMINATE"),
        (speed, "the requested speed is missing"),
    ] {
        let message = format!("Api: this request is not supported; nothing was sent: {why}");
        assert_eq!(lines(not_understood_error(&approval)), [&message, "decide it in the portal", ABOUT]);
        assert_eq!(not_understood_error(&Approval { source: Source::Queue, ..approval }), None);
    }
}

#[test]
fn only_an_own_entry_of_the_queue_is_withdrawn() {
    let entry = |requester: Option<i64>| {
        let fields = requester.map(|id| json!({ "requesterCompanyId": id })).unwrap_or(json!({}));
        let serde_json::Value::Object(extra) = fields else { unreachable!() };
        Approval { source: Source::Queue, kind: Kind::Order, extra: extra.into(), ..connection() }
    };
    let company = |id| Company { id, ..Company::default() };
    let error = |approval: &Approval, id| lines(not_mine_to_withdraw_error(approval, &company(id)));
    // The backend decides where either isn't known.
    for (requester, me) in [(Some(7), Some(7)), (Some(7), None), (None, Some(7)), (None, None)] {
        assert_eq!(error(&entry(requester), me), [""; 0], "{requester:?} {me:?}");
    }
    let expected = [
        "Forbidden: another company made this request; only that company can withdraw it",
        "to deny it: portgate approvals deny 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11",
        ABOUT,
    ];
    assert_eq!(error(&entry(Some(7)), Some(8)), expected);
    let expected = [
        "Usage: only entries of the service approval queue can be withdrawn: this is a Marketplace request",
        "to withdraw your own order, cancel its VXC; to deny another company's, use `approvals deny`",
        ABOUT,
    ];
    assert_eq!(error(&connection(), Some(7)), expected);
}

#[test]
fn an_end_is_only_set_on_a_connection_of_the_marketplace() {
    let order = Order::new(Decision::Accept);
    let vlan = Order { vlan: Some(VlanChoice::Next), ..order.clone() };
    let all = Order { inner_vlan: Some(7.into()), move_to: Some("port".into()), ..vlan.clone() };
    let entry = Approval { source: Source::Queue, ..connection() };
    let speed = of_kind(Kind::SpeedChange);
    let error =
        |approval: &Approval, order: &Order| lines(no_end_error(&Named::from_approval(approval), order));
    for (approval, order) in [(&connection(), &all), (&entry, &order), (&speed, &order)] {
        assert_eq!(error(approval, order), [""; 0]);
    }
    let expected = ["Usage: a queue entry has no VLAN or port to set", "remove --vlan", ABOUT];
    assert_eq!(error(&entry, &vlan), expected);
    let every = "remove --vlan, --inner-vlan, --move-to";
    assert_eq!(error(&speed, &all), ["Usage: a speed change has no VLAN or port to set", every, ABOUT]);
}
