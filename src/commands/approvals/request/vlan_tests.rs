use std::cell::Cell;

use super::*;
use crate::commands::approvals::request::prepared::example::prepared;
use crate::domain::approvals::model::End;
use crate::domain::approvals::model::example::connection;
use crate::domain::ports::PortVlans;
use crate::options::OutputFormat;
use crate::session::example::{Backend, NOWHERE, Response, Run};

const PORT: &str = "a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11";
const ABOUT: &str = "about 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11";
const ABOUT_PORT: &str = "about a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11";
const NEXT: &str =
    "use the lowest free VLAN: portgate approvals accept 7c1e09ab-41d2-4f0e-9a53-0d6f2c8b7e11 --vlan next";

const FREE: Response = ("200 OK", r#"{"data":[8]}"#);
const TAKEN: Response = ("200 OK", r#"{"data":[]}"#);

fn taken(vlan: i64) -> TakenVlan {
    TakenVlan {
        vlan: vlan.into(),
        inner_vlan: None,
        customer: Some("Initech".to_owned()),
        vxc_name: Some("Initech link".to_owned()),
        vxc_uid: Some("other".into()),
        pending: false,
    }
}

/// A connection that asks for these on its port.
fn asking(vlan: Option<i64>, inner_vlan: Option<i64>) -> Approval {
    let end = connection().b_end.unwrap();
    let end = End { vlan: vlan.map(Vlan::from), inner_vlan: inner_vlan.map(Vlan::from), ..end };
    Approval { b_end: Some(end), ..connection() }
}

fn without_port() -> Approval {
    Approval { b_end: None, ..connection() }
}

fn ordered(vlan: Option<VlanChoice>) -> Order {
    Order { vlan, ..Order::new(Decision::Accept) }
}

fn exactly(vlan: i64) -> Option<VlanChoice> {
    Some(VlanChoice::Exactly(vlan.into()))
}

/// What `choose` gives, as a number or in the lines of its error.
type Chosen = Result<Option<i64>, Vec<String>>;

fn chosen(chosen: Result<Option<Vlan>, Error>) -> Chosen {
    chosen.map(|vlan| vlan.map(i64::from)).map_err(|error| error.lines())
}

fn error<const N: usize>(lines: [&str; N]) -> Chosen {
    Err(lines.map(str::to_owned).into())
}

#[tokio::test]
async fn the_vlan_is_as_ordered_or_the_lowest_free_one() {
    let run = Run::new(OutputFormat::Json, NOWHERE);
    let session = run.connect().await;
    let decider = Decider::new(&run.context, &session);
    let vlans = PortVlans { taken: [2, 3, 8].map(taken).into(), ..PortVlans::default() };
    decider.recent_vlans.book.borrow_mut().note(&PORT.into(), Rc::new(vlans));
    decider.recent_vlans.read_at.borrow_mut().insert(PORT.into(), Instant::now());
    let (keep, next) = (Some(VlanChoice::KeepOrNext), Some(VlanChoice::Next));
    let within = |vlan, pool: &str| Order { pool: pool.parse().unwrap(), ..ordered(vlan) };
    let inner = |vlan, inner: i64| Order { inner_vlan: Some(inner.into()), ..ordered(vlan) };
    let used =
        |message: &str| error([&format!("Conflict: {message}: it is used by Initech link"), NEXT, ABOUT]);
    let none_free = |message: &str| {
        let hint = "choose one with --vlan N, or move the request to another port with --move-to PORT";
        error([&format!("Conflict: {message}"), hint, ABOUT])
    };
    let untagged = || {
        let message = "Conflict: an untagged end can't have inner VLAN 5";
        error([message, "choose a VLAN with --vlan, or leave out --inner-vlan", ABOUT])
    };
    let no_port =
        || error(["Api: the API doesn't say which port this request is for", "choose a VLAN with --vlan N"]);
    for (approval, order, before, expected) in [
        (asking(Some(1201), None), ordered(None), None, Ok(None)),
        (asking(None, None), ordered(None), None, Ok(None)),
        (asking(Some(8), None), ordered(None), None, used("the requested VLAN 8 is taken on SYD1-A")),
        (asking(Some(1201), None), ordered(exactly(8)), None, used("VLAN 8 is taken on SYD1-A")),
        (asking(Some(1201), None), ordered(exactly(9)), None, Ok(Some(9))),
        (asking(Some(1201), None), ordered(next), None, Ok(Some(4))),
        (asking(Some(1201), None), ordered(next), Some(77), Ok(Some(77))),
        (asking(Some(1201), None), ordered(next), Some(8), Ok(Some(4))),
        (asking(Some(1201), None), within(next, "7-9"), None, Ok(Some(7))),
        (asking(None, None), within(next, "2-3"), None, none_free("no free VLAN in 2-3 found on SYD1-A")),
        (asking(Some(1201), None), ordered(keep), None, Ok(None)),
        (asking(Some(8), None), ordered(keep), None, Ok(Some(4))),
        (asking(Some(-1), Some(5)), ordered(None), None, untagged()),
        (asking(None, None), inner(exactly(-1), 5), None, untagged()),
        (asking(Some(-1), None), inner(exactly(9), 5), None, Ok(Some(9))),
        (asking(Some(-1), None), inner(None, -1), None, Ok(None)),
        // Where no port is known, nothing can be looked for.
        (without_port(), ordered(None), None, Ok(None)),
        (without_port(), ordered(exactly(8)), None, Ok(Some(8))),
        (without_port(), ordered(next), None, no_port()),
        (without_port(), ordered(keep), None, no_port()),
        (asking(Some(8), None), Order::new(Decision::Deny), None, Ok(None)),
    ] {
        let prepared = prepared(approval, order);
        let found = choose(&decider, &prepared, before.map(|vlan: i64| vlan.into())).await;
        assert_eq!(chosen(found), expected, "{:?} {:?}", prepared.order, prepared.approval.b_end);
    }
}

#[tokio::test]
async fn a_port_that_cannot_be_read_matters_only_where_a_free_vlan_is_needed() {
    let gone = || Some(("404 Not Found", r#"{"message":"gone"}"#));
    let not_found = || {
        let message = format!("NotFound: no port found with UID {PORT}: gone");
        error([&message, "list your ports: portgate ports list", ABOUT_PORT, "status 404"])
    };
    let (keep, next) = (Some(VlanChoice::KeepOrNext), Some(VlanChoice::Next));
    for (asked, choice, expected) in [
        (Some(1201), None, Ok(None)),
        (Some(1201), exactly(1201), Ok(Some(1201))),
        (Some(1201), keep, Ok(None)),
        (None, None, Ok(None)),
        (None, keep, not_found()),
        (None, next, not_found()),
        (Some(1201), next, not_found()),
    ] {
        let backend = Backend::start(vec![gone()]).await;
        let run = Run::new(OutputFormat::Json, &backend.url);
        let session = run.connect().await;
        let decider = Decider::new(&run.context, &session);
        // Two at once, one of which is given a VLAN: this run chooses that of the other, too.
        decider.recent_vlans.book.borrow_mut().expect([true, false].into_iter());
        let found = choose(&decider, &prepared(asking(asked, None), ordered(choice)), None).await;
        assert_eq!(chosen(found), expected, "{asked:?} {choice:?}");
        assert_eq!(backend.requests().len(), 1, "it was tried: {asked:?} {choice:?}");
    }
}

/// What the backend is asked about a VLAN.
fn question(vlan: i64) -> String {
    format!("GET /v2/product/port/{PORT}/vlan?vlan={vlan}")
}

#[tokio::test]
async fn the_chosen_vlan_is_checked_and_replaced_if_any_will_do() {
    let next = Some(VlanChoice::Next);
    let two = ("200 OK", r#"{"data":[2]}"#);
    let not_offered = ("403 Forbidden", r#"{"message":"no"}"#);
    let broken = ("400 Bad Request", r#"{"message":"no"}"#);
    let is_taken = || {
        Err(vec![
            "Conflict: VLAN 8 is taken on the port".to_owned(),
            "choose another, or use --vlan next".to_owned(),
            ABOUT_PORT.to_owned(),
        ])
    };
    let none_in_pool = || {
        Err(vec![
            "Conflict: no free VLAN in 8 found on SYD1-A".to_owned(),
            "choose one with --vlan N, or move the request to another port with --move-to PORT".to_owned(),
            ABOUT.to_owned(),
        ])
    };
    let rejected =
        || Err(vec!["Api: the API rejected the request (400): no".to_owned(), "status 400".to_owned()]);
    let pool = |vlan| Order { pool: "8".parse().unwrap(), ..ordered(vlan) };
    for (asked, order, set, answers, expected, asks) in [
        (Some(1201), ordered(None), None, vec![], Ok((None, 0)), vec![]),
        // It has its own already.
        (Some(8), ordered(exactly(8)), Some(8), vec![], Ok((Some(8), 0)), vec![]),
        (None, ordered(exactly(-1)), Some(-1), vec![], Ok((Some(-1), 0)), vec![]),
        (None, ordered(exactly(8)), Some(8), vec![FREE], Ok((Some(8), 0)), vec![8]),
        (None, ordered(exactly(8)), Some(8), vec![TAKEN], is_taken(), vec![8]),
        (None, ordered(next), Some(8), vec![TAKEN, two], Ok((Some(2), 1)), vec![8, 2]),
        (None, pool(next), Some(8), vec![TAKEN], none_in_pool(), vec![8]),
        // The pool is for what is ordered, and not for a request that names none.
        (None, pool(None), Some(8), vec![TAKEN, two], Ok((Some(2), 1)), vec![8, 2]),
        (None, ordered(next), Some(8), vec![not_offered], Ok((Some(8), 0)), vec![8]),
        (None, ordered(next), Some(8), vec![broken], rejected(), vec![8]),
    ] {
        let backend = Backend::start(answers.into_iter().map(Some).collect()).await;
        let run = Run::new(OutputFormat::Json, &backend.url);
        let session = run.connect().await;
        let decider = Decider::new(&run.context, &session);
        let mut prepared = prepared(asking(asked, None), order);
        prepared.fields.vlan = set.map(|vlan: i64| vlan.into());
        let completed = Cell::new(0);
        let confirmed = confirm(&decider, &mut prepared, |_| completed.set(completed.get() + 1)).await;
        let found = confirmed.map(|()| (prepared.fields.vlan.map(i64::from), completed.get()));
        assert_eq!(found.map_err(|error| error.lines()), expected, "{:?}", prepared.order);
        let asks: Vec<String> = asks.into_iter().map(question).collect();
        assert_eq!(backend.requests(), asks, "{:?}", prepared.order);
    }
}

#[tokio::test]
async fn after_four_surprises_the_port_is_read_again() {
    let port = r#"{"data":{"productUid":"a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11","productType":"MEGAPORT","associatedVxcs":
        [{"productUid":"other","provisioningStatus":"LIVE","bEnd":{"productUid":"a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11","vlan":5}}]}}"#;
    let answers = [TAKEN, TAKEN, TAKEN, TAKEN, ("200 OK", port), ("200 OK", r#"{"data":[6]}"#)];
    let backend = Backend::start(answers.map(Some).into()).await;
    let run = Run::new(OutputFormat::Json, &backend.url);
    let session = run.connect().await;
    let decider = Decider::new(&run.context, &session);
    let mut prepared = prepared(asking(None, None), ordered(Some(VlanChoice::Next)));
    prepared.fields.vlan = Some(8.into());
    confirm(&decider, &mut prepared, |_| ()).await.unwrap();
    // 5 is taken by what was read.
    let read = format!("GET /v2/product/{PORT}");
    let expected = [question(8), question(2), question(3), question(4), read, question(6)];
    assert_eq!(backend.requests(), expected);
    assert_eq!(prepared.fields.vlan, Some(Vlan::Number(6)));
}

#[tokio::test]
async fn a_refusal_may_come_of_a_chosen_vlan_that_others_have_got() {
    let (keep, next) = (Some(VlanChoice::KeepOrNext), Some(VlanChoice::Next));
    let broken = ("400 Bad Request", r#"{"message":"no"}"#);
    for (asked, choice, set, answer, expected, asks) in [
        (Some(1201), next, Some(8), TAKEN, true, Some(8)),
        (Some(1201), next, Some(8), FREE, false, Some(8)),
        (Some(1201), next, Some(8), broken, false, Some(8)),
        (None, None, Some(8), TAKEN, true, Some(8)),
        // What is kept is sent as no VLAN.
        (Some(1201), keep, None, TAKEN, true, Some(1201)),
        (Some(1201), keep, Some(8), TAKEN, true, Some(8)),
        // It was asked for, and no other will do.
        (Some(1201), None, None, TAKEN, false, None),
        (Some(1201), exactly(8), Some(8), TAKEN, false, None),
        (Some(-1), keep, None, TAKEN, false, None),
    ] {
        let backend = Backend::start(vec![Some(answer)]).await;
        let run = Run::new(OutputFormat::Json, &backend.url);
        let session = run.connect().await;
        let decider = Decider::new(&run.context, &session);
        let mut prepared = prepared(asking(asked, None), ordered(choice));
        prepared.fields.vlan = set.map(|vlan: i64| vlan.into());
        assert_eq!(was_taken(&decider, &prepared).await, expected, "{asked:?} {choice:?} {set:?}");
        assert_eq!(backend.requests(), asks.map(question).into_iter().collect::<Vec<_>>());
        let seeker = prepared.order.seeker(&prepared.approval).unwrap();
        let book = decider.recent_vlans.book.borrow();
        let again = asks.map(|vlan| book.choose(&seeker, exactly(vlan), &EVERY_VLAN, None).is_ok());
        assert_eq!(again, asks.map(|_| !expected), "it isn't chosen again: {asked:?} {choice:?} {set:?}");
    }
}

#[test]
fn a_clash_says_who_has_the_vlan_and_how_to_get_another() {
    let order = ordered(None);
    let moved = |name: Option<&str>| Order {
        move_to: Some("other port".into()),
        move_to_name: name.map(str::to_owned),
        ..ordered(None)
    };
    let by_customer = TakenVlan { vxc_name: None, ..taken(8) };
    let by_nobody = TakenVlan { customer: None, ..by_customer.clone() };
    let unnamed_end = End { product_name: None, ..asking(Some(8), None).b_end.unwrap() };
    let unnamed = Approval { b_end: Some(unnamed_end), ..connection() };
    let next = |moved: &str| {
        format!("use the lowest free VLAN: portgate approvals accept {}{moved} --vlan next", connection().id)
    };
    let (none_free, other) = (
        "choose one with --vlan N, or move the request to another port with --move-to PORT",
        asking(Some(1201), None),
    );
    let by = "it is used by Initech link";
    for (clash, approval, order, message, hint) in [
        (Clash::Taken(taken(8)), &other, &order, format!("VLAN 8 is taken on SYD1-A: {by}"), next("")),
        (Clash::Given(taken(8)), &other, &order, format!("VLAN 8 is taken on SYD1-A: {by}"), next("")),
        (
            Clash::Taken(by_customer),
            &other,
            &order,
            "VLAN 8 is taken on SYD1-A: it is used by Initech".to_owned(),
            next(""),
        ),
        (Clash::Taken(by_nobody), &other, &order, "VLAN 8 is taken on SYD1-A".to_owned(), next("")),
        (
            Clash::Taken(taken(1201)),
            &other,
            &order,
            format!("the requested VLAN 1201 is taken on SYD1-A: {by}"),
            next(""),
        ),
        (
            Clash::Taken(taken(-1)),
            &asking(Some(-1), None),
            &order,
            format!("the requested untagged VLAN is taken on SYD1-A: {by}"),
            next(""),
        ),
        (
            Clash::Taken(taken(-1)),
            &other,
            &order,
            format!("the untagged VLAN is taken on SYD1-A: {by}"),
            next(""),
        ),
        (
            Clash::Taken(taken(8)),
            &unnamed,
            &order,
            format!("the requested VLAN 8 is taken on {PORT}: {by}"),
            next(""),
        ),
        (
            Clash::Taken(taken(8)),
            &other,
            &moved(Some("SYD2 B")),
            format!("VLAN 8 is taken on SYD2 B: {by}"),
            next(" --move-to 'SYD2 B'"),
        ),
        (
            Clash::Taken(taken(8)),
            &other,
            &moved(None),
            format!("VLAN 8 is taken on other port: {by}"),
            next(" --move-to 'other port'"),
        ),
        (Clash::NoneFree, &other, &order, "no free VLAN found on SYD1-A".to_owned(), none_free.to_owned()),
        (
            Clash::NoneFree,
            &other,
            &Order { pool: "7-9,12".parse().unwrap(), ..order.clone() },
            "no free VLAN in 7-9,12 found on SYD1-A".to_owned(),
            none_free.to_owned(),
        ),
    ] {
        let seeker = order.seeker(approval).unwrap();
        let found = clash_error(clash, &seeker, approval, order).lines();
        assert_eq!(found, [format!("Conflict: {message}"), hint, ABOUT.to_owned()]);
    }
}
