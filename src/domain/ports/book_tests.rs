use super::*;

/// A UID, for as long as the tests run.
fn uid(text: &str) -> &'static Uid {
    Box::leak(Box::new(text.into()))
}

fn seeker(id: &str, asked: Option<i64>) -> Seeker<'static> {
    Seeker {
        id: uid(id),
        vxc_uid: Some(uid(id)),
        port: uid("P"),
        is_moved: false,
        asked: asked.map(Vlan::from),
        inner_vlan: None,
    }
}

fn one(vlan: i64, vxc_uid: &str, pending: bool) -> TakenVlan {
    let vxc_uid = Some(vxc_uid.into());
    TakenVlan { vlan: vlan.into(), inner_vlan: None, customer: None, vxc_name: None, vxc_uid, pending }
}

/// A port on which VLAN 2 is taken and requests wait for others.
fn book(asked: &[(i64, &str)]) -> VlanBook {
    let mut book = VlanBook::default();
    let asked = asked.iter().map(|&(vlan, uid)| one(vlan, uid, true));
    let taken = std::iter::once(one(2, "live", false)).chain(asked).collect();
    book.note(uid("p"), Rc::new(PortVlans { taken, ..PortVlans::default() }));
    book
}

/// What each of these requests gets, one after the other; `Err` for none.
fn give_all(
    book: &mut VlanBook,
    seekers: &[(Seeker<'_>, Option<VlanChoice>)],
) -> Vec<Result<Option<i64>, ()>> {
    let mut give = |&(seeker, choice): &(Seeker<'_>, Option<VlanChoice>)| {
        let set = book.choose(&seeker, choice, &EVERY_VLAN, None).map_err(|_| ())?;
        book.give(&seeker, set, &Approval { id: seeker.id.clone(), ..request() });
        Ok(set.map(i64::from))
    };
    seekers.iter().map(&mut give).collect()
}

fn request() -> Approval {
    crate::domain::approvals::model::example::request("P", None)
}

#[test]
fn a_request_that_names_none_gets_one_that_nobody_asks_for() {
    let seekers = [(seeker("a", None), None), (seeker("b", None), None), (seeker("c", Some(3)), None)];
    let mut alone = book(&[(3, "c")]);
    alone.expect([false].into_iter());
    assert_eq!(give_all(&mut alone, &seekers[..1]), [Ok(None)], "Megaport chooses");
    let mut unasked = book(&[]);
    unasked.expect([false; 2].into_iter());
    assert_eq!(give_all(&mut unasked, &seekers[..2]), [Ok(None), Ok(None)], "Megaport chooses");
    let mut together = book(&[(3, "c")]);
    together.expect([false; 3].into_iter());
    assert_eq!(give_all(&mut together, &seekers), [Ok(Some(4)), Ok(Some(5)), Ok(None)]);
    let mut beside = book(&[]);
    beside.expect([false, true].into_iter());
    assert_eq!(give_all(&mut beside, &seekers[..1]), [Ok(Some(3))]);
}

#[test]
fn the_vlans_given_do_not_depend_on_when_the_port_is_read() {
    let next = Some(VlanChoice::Next);
    let mut book = book(&[(3, "denied"), (5, "own")]);
    assert_eq!(give_all(&mut book, &[(seeker("a", None), next)]), [Ok(Some(4))]);
    // The one that asked for 3 is denied, and the port read again.
    let taken = vec![one(2, "live", false), one(4, "a", false), one(5, "own", true)];
    book.note(uid("P"), Rc::new(PortVlans { taken, ..PortVlans::default() }));
    assert_eq!(
        give_all(&mut book, &[(seeker("own", Some(5)), next)]),
        [Ok(Some(5))],
        "its own is free for it"
    );
    book.refuse(uid("p"), Vlan::Number(6));
    assert_eq!(give_all(&mut book, &[(seeker("b", None), next)]), [Ok(Some(7))]);
    assert!(book.release(uid("B")));
    assert_eq!(give_all(&mut book, &[(seeker("c", None), next)]), [Ok(Some(8))]);
}

#[test]
fn what_another_may_not_get_is_waited_for_and_what_it_has_is_not() {
    let mut book = book(&[(7, "a"), (7, "b")]);
    let (a, b) = (seeker("a", Some(7)), seeker("b", Some(7)));
    let may_change =
        |book: &VlanBook, choice| book.may_change(&b, choice, &book.choose(&b, choice, &EVERY_VLAN, None));
    let or_next = Some(VlanChoice::KeepOrNext);
    assert!(!may_change(&book, or_next) && !may_change(&book, None));
    book.give(&a, None, &Approval { id: a.id.clone(), ..request() });
    assert!(
        may_change(&book, or_next) && may_change(&book, None) && !may_change(&book, Some(VlanChoice::Next))
    );
    book.settle(&a);
    assert!(!may_change(&book, or_next) && !may_change(&book, None));
    assert_eq!(book.choose(&b, or_next, &EVERY_VLAN, None), Ok(Some(Vlan::Number(3))));
    let on_taken = seeker("c", Some(2));
    assert!(
        !book.may_change(&on_taken, None, &book.choose(&on_taken, None, &EVERY_VLAN, None)),
        "another VXC has it, whoever fails"
    );
    assert!(book.release(a.id));
    assert_eq!(book.choose(&b, or_next, &EVERY_VLAN, None), Ok(None));
    book.refuse_for(&b, Vlan::Number(7));
    assert_eq!(book.choose(&b, or_next, &EVERY_VLAN, None), Ok(Some(Vlan::Number(3))));
}

#[test]
fn what_is_moved_keeps_its_vlan_and_finds_it_taken_where_it_goes() {
    let moved = |id, asked| Seeker { is_moved: true, ..seeker(id, asked) };
    let mut book = book(&[]);
    let seekers = [moved("a", None), moved("b", Some(3)), moved("c", Some(3)), moved("d", Some(2))];
    book.expect([true; 4].into_iter());
    seekers.iter().for_each(|seeker| book.note_moved(seeker));
    let keep = seekers.map(|seeker| (seeker, None));
    assert_eq!(give_all(&mut book, &keep), [Ok(Some(4)), Ok(None), Err(()), Err(())]);
    let clash = |vlan| book.choose(&moved("e", Some(vlan)), None, &EVERY_VLAN, None);
    assert!(matches!(clash(3), Err(Clash::Given(_))));
    assert!(matches!(clash(2), Err(Clash::Taken(_))));
    let or_next = book.choose(&moved("e", Some(9)), Some(VlanChoice::KeepOrNext), &EVERY_VLAN, None);
    assert_eq!(or_next, Ok(Some(Vlan::Number(9))), "it is said where the port is another");
}

#[test]
fn the_next_vlan_does_not_depend_on_how_soon_another_request_fails() {
    let next = Some(VlanChoice::Next);
    let seekers = ["a", "b", "c"].map(|id| (seeker(id, None), next));
    let mut late = book(&[]);
    assert_eq!(give_all(&mut late, &seekers), [Ok(Some(3)), Ok(Some(4)), Ok(Some(5))]);
    let mut soon = book(&[]);
    assert_eq!(give_all(&mut soon, &seekers[..1]), [Ok(Some(3))]);
    assert!(soon.release(seekers[0].0.id));
    assert_eq!(give_all(&mut soon, &seekers[1..]), [Ok(Some(4)), Ok(Some(5))]);
    // Where no other is left, it is given again; who failed may have it at once.
    let pool: VlanPool = "3-5".parse().unwrap();
    let choose = |id| soon.choose(&seeker(id, None), next, &pool, None).map(|vlan| vlan.map(i64::from));
    assert_eq!((choose("d"), choose("a")), (Ok(Some(3)), Ok(Some(3))));
    // Who asks for it gets it.
    assert_eq!(give_all(&mut soon, &[(seeker("e", Some(3)), Some(VlanChoice::KeepOrNext))]), [Ok(None)]);
}
