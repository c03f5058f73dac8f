use super::*;
use crate::commands::approvals::request::prepared::example::prepared;
use crate::domain::approvals::model::End;
use crate::domain::approvals::model::example::connection;
use crate::options::OutputFormat;
use crate::session::example::{NOWHERE, Run};
use crate::text::Mbps;

const ABOUT: &str = "about 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";

fn decided(decision: Decision) -> Standing {
    Standing::Decided { decision, certain: true }
}

fn ordered(vlan: Option<i64>) -> Order {
    Order { vlan: vlan.map(|vlan| VlanChoice::Exactly(vlan.into())), ..Order::new(Decision::Accept) }
}

/// What the backend answers to a decision that was made before.
fn refusal() -> Error {
    let error =
        Error::new(Exit::Conflict, "not possible in the current state (409)").reason("Decided by ana.");
    Error { http_status: Some(409), trace_id: Some("trace".to_owned()), ..error }
}

/// How it ended, in lines: the kind, its error, its notes.
fn lines(ended: &Outcome) -> Vec<String> {
    let notes = ended.all_notes().map(|note| format!("note: {note}"));
    let errors = ended.error.iter().flat_map(Error::lines);
    std::iter::once(ended.kind.word().to_owned()).chain(errors).chain(notes).collect()
}

async fn concluded(
    prepared: &Prepared,
    approval: Approval,
    standing: Standing,
    refusal: Option<Error>,
) -> Outcome {
    let run = Run::new(OutputFormat::Json, NOWHERE);
    let connection = run.connect().await;
    let decider = Decider::new(&run.context, &connection);
    conclude(&decider, prepared, Reading { standing, approval, named: true }, refusal).await
}

#[tokio::test]
async fn what_was_ordered_is_done_and_was_already_if_the_backend_refused_it() {
    let (said, nobody) = ("accepted by ana", "note: Megaport doesn't say who decided it");
    let accepted = decided(Decision::Accept);
    let told = Approval { decided_message: Some(said.to_owned()), ..connection() };
    for (approval, refused, expected) in [
        (connection(), None, &["done"][..]),
        (told.clone(), None, &["done"]),
        (connection(), Some(refusal()), &["already", nobody]),
        (told, Some(refusal()), &["already", "note: accepted by ana"]),
    ] {
        let ended =
            concluded(&prepared(connection(), ordered(None)), approval.clone(), accepted, refused).await;
        assert_eq!(lines(&ended), expected);
        assert_eq!(ended.seen, Some(approval), "as it was read back");
    }
}

#[tokio::test]
async fn another_decision_is_a_conflict_that_says_who_made_it() {
    let hint = "decisions are final; the customer can make a new request";
    let denied = "Conflict: this connection request was already denied";
    let other_refusal = Error { http_status: Some(400), ..refusal() };
    for (refused, expected) in [
        (None, &[&format!("{denied}: Megaport doesn't say who decided it"), hint, ABOUT][..]),
        (Some(refusal()), &[&format!("{denied}: Decided by ana."), hint, ABOUT, "status 409"]),
        // Only a conflict says who decided.
        (
            Some(other_refusal),
            &[&format!("{denied}: Megaport doesn't say who decided it"), hint, ABOUT, "status 400"],
        ),
    ] {
        let prepared = prepared(connection(), ordered(None));
        let trace_id = refused.as_ref().and_then(|error| error.trace_id.clone());
        let ended = concluded(&prepared, connection(), decided(Decision::Deny), refused).await;
        assert_eq!(ended.kind, OutcomeKind::Conflict);
        assert_eq!(lines(&ended)[1..], *expected);
        assert_eq!(ended.error.unwrap().trace_id, trace_id);
    }
}

#[tokio::test]
async fn a_request_that_ended_otherwise_is_a_conflict_and_one_of_unknown_end_only_if_refused() {
    let list = "list pending requests with portgate approvals list";
    let odd = Approval { wire_status: Some("ON_ICE".to_owned()), ..connection() };
    let expired = "Conflict: this connection request is no longer pending: expired";
    for (approval, standing, refused, expected) in [
        (connection(), Standing::Over(Status::Expired), None, &["conflict", expired, list, ABOUT][..]),
        (
            connection(),
            Standing::Over(Status::Expired),
            Some(refusal()),
            &["conflict", expired, list, ABOUT, "status 409"],
        ),
        (
            connection(),
            Standing::Changed,
            None,
            &["conflict", "Conflict: this connection request has changed since it was listed", list, ABOUT],
        ),
        // It may be what this attempt made of it.
        (
            odd.clone(),
            Standing::Over(Status::Unknown),
            None,
            &[
                "unknown",
                "Unknown: can't tell how the connection request ended: its status is ON_ICE",
                "check its current status: portgate approvals show 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11",
            ],
        ),
        (
            odd,
            Standing::Over(Status::Unknown),
            Some(refusal()),
            &[
                "conflict",
                "Conflict: can't tell whether this connection request is pending: its status is ON_ICE",
                list,
                ABOUT,
                "status 409",
            ],
        ),
    ] {
        let ended = concluded(&prepared(connection(), ordered(None)), approval, standing, refused).await;
        assert_eq!(lines(&ended), expected);
    }
}

#[tokio::test]
async fn what_was_applied_otherwise_is_a_conflict_and_what_does_not_show_yet_a_note() {
    let tell = "change the VXC, or tell the customer";
    let speed = |mbps| Approval { rate_limit_mbps: Some(Mbps(mbps)), ..connection() };
    let without = Approval { b_end: Some(End::default()), ..connection() };
    for (approval, vlan, expected) in [
        (connection(), Some(1201), &["done"][..]),
        (
            connection(),
            Some(8),
            &["conflict", "Conflict: the request was accepted, but with VLAN 1201, not 8", tell, ABOUT],
        ),
        (without, Some(8), &["done", "note: the API doesn't show VLAN 8 yet; check again later"]),
        (
            speed(600),
            None,
            &[
                "conflict",
                "Conflict: the request was accepted, but it now shows 600 Mbps, not 500 Mbps",
                tell,
                ABOUT,
            ],
        ),
        (Approval { rate_limit_mbps: None, ..connection() }, None, &["done"]),
    ] {
        let prepared = prepared(connection(), ordered(vlan));
        let ended = concluded(&prepared, approval, decided(Decision::Accept), None).await;
        assert_eq!(lines(&ended), expected, "{vlan:?}");
    }
}

#[tokio::test]
async fn the_vlan_that_was_chosen_for_next_must_show() {
    let order = Order { vlan: Some(VlanChoice::Next), ..ordered(None) };
    let mut prepared = prepared(connection(), order);
    for (chosen, sent, expected) in [
        (None, Some(VlanChoice::Next), OutcomeKind::Done),
        (Some(1201), Some(VlanChoice::Exactly(1201.into())), OutcomeKind::Done),
        (Some(8), Some(VlanChoice::Exactly(8.into())), OutcomeKind::Conflict),
    ] {
        prepared.fields.vlan = chosen.map(i64::into);
        assert_eq!(order_as_sent(&prepared).vlan, sent);
        let ended = concluded(&prepared, connection(), decided(Decision::Accept), None).await;
        assert_eq!(ended.kind, expected, "{chosen:?}");
    }
}

#[tokio::test]
async fn a_speed_that_is_neither_the_old_nor_the_new_one_was_set_by_another_request() {
    let speed = |mbps: Option<u64>| Approval {
        kind: Kind::SpeedChange,
        rate_limit_mbps: mbps.map(Mbps),
        new_rate_limit_mbps: Some(Mbps(1000)),
        ..connection()
    };
    let prepared = prepared(speed(Some(500)), ordered(None));
    for (now, expected) in [(None, None), (Some(500), None), (Some(1000), None), (Some(700), Some(700))] {
        let error = other_speed_error(&speed(now), &prepared);
        let expected = expected.map(|now| {
            let message = format!(
                "Conflict: the VXC now runs at {now} Mbps, neither the requested 1000 Mbps nor the previous 500 Mbps"
            );
            vec![
                message,
                "ask the customer: the speed may have been changed by another request".to_owned(),
            ]
        });
        assert_eq!(error.as_ref().map(Error::lines), expected, "{now:?}");
    }
    // The speed of a connection isn't changed by accepting it.
    let new =
        Prepared { approval: Approval { kind: Kind::Connection, ..speed(Some(500)) }, ..prepared.clone() };
    assert_eq!(other_speed_error(&speed(Some(700)), &new), None);
    // It comes before the decision that it looks like.
    let ended = concluded(&prepared, speed(Some(700)), decided(Decision::Deny), None).await;
    assert_eq!(
        (ended.kind, lines(&ended)[1].contains("now runs at 700 Mbps")),
        (OutcomeKind::Conflict, true)
    );
}

#[test]
fn a_refusal_names_the_right_that_is_missing_or_where_to_look() {
    let queue = Approval { source: Source::Queue, kind: Kind::Order, ..connection() };
    let of_queue = Approval { source: Source::Queue, ..connection() };
    let speed = Approval { kind: Kind::SpeedChange, ..connection() };
    let forbidden = Error::new(Exit::Forbidden, "no (403)").hint(crate::api::failure::hint_on_roles());
    let bad = Error { http_status: Some(400), ..Error::new(Exit::Api, "no (400)") };
    let other = Error { http_status: Some(404), ..Error::new(Exit::NotFound, "no (404)") };
    let look = "check its current status: portgate approvals show 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
    let role = |names: &str| {
        format!("use a key with the {names} role; to see the role of this key, run portgate auth status")
    };
    let decides = role("Company Admin, Technical Admin or Finance");
    let decides_queue = role("Company Admin, Technical Admin or Technical Contact");
    let (accept, deny, withdraw) = (Decision::Accept, Decision::Deny, Decision::Withdraw);
    let next = "if the VLAN is the problem, use --vlan next";
    for (approval, order, vlan, error, expected) in [
        (
            connection(),
            Order::new(accept),
            None,
            &forbidden,
            &["refused", "Forbidden: no (403)", &decides, ABOUT][..],
        ),
        (
            queue.clone(),
            Order::new(accept),
            None,
            &forbidden,
            &["refused", "Forbidden: no (403)", &decides_queue, ABOUT],
        ),
        (
            queue.clone(),
            Order::new(withdraw),
            None,
            &forbidden,
            &["refused", "Forbidden: no (403)", &decides, ABOUT],
        ),
        (
            connection(),
            Order::new(accept),
            None,
            &bad,
            &["failed", "Api: no (400)", look, next, ABOUT, "status 400"],
        ),
        (
            connection(),
            Order::new(accept),
            Some(8),
            &bad,
            &["failed", "Api: no (400)", look, ABOUT, "status 400"],
        ),
        (connection(), Order::new(deny), None, &bad, &["failed", "Api: no (400)", look, ABOUT, "status 400"]),
        (queue, Order::new(accept), None, &bad, &["failed", "Api: no (400)", look, ABOUT, "status 400"]),
        (of_queue, Order::new(accept), None, &bad, &["failed", "Api: no (400)", look, ABOUT, "status 400"]),
        (speed, Order::new(accept), None, &bad, &["failed", "Api: no (400)", look, ABOUT, "status 400"]),
        (
            connection(),
            Order::new(accept),
            None,
            &other,
            &["failed", "NotFound: no (404)", look, ABOUT, "status 404"],
        ),
        (
            connection(),
            Order::new(accept),
            None,
            &bad.clone().hint("as said"),
            &["failed", "Api: no (400)", "as said", ABOUT, "status 400"],
        ),
    ] {
        let mut prepared = prepared(approval, order);
        prepared.fields.vlan = vlan.map(i64::into);
        assert_eq!(lines(&refusal_outcome(&prepared, None, error.clone())), expected);
    }
}
