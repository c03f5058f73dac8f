use serde_json::json;

use super::*;
use crate::domain::approvals::Decision;
use crate::domain::approvals::model::End;
use crate::domain::approvals::model::example::connection;

const PORT: &str = "a1d0f6c4-3b1e-4c59-9f4e-52d8b7c60a11";

fn approval(status: &str, end: Option<End>) -> Approval {
    let serde_json::Value::Object(extra) = json!({ "provisioningStatus": status }) else { unreachable!() };
    Approval { b_end: end, extra: extra.into(), ..connection() }
}

fn end(vlan: Option<i64>, inner_vlan: Option<i64>) -> End {
    End {
        product_uid: Some(PORT.into()),
        product_name: Some("SYD1-A".to_owned()),
        vlan: vlan.map(Vlan::from),
        inner_vlan: inner_vlan.map(Vlan::from),
        ..End::default()
    }
}

fn order(vlan: Option<VlanChoice>, inner_vlan: Option<i64>) -> Order {
    Order { vlan, inner_vlan: inner_vlan.map(Vlan::from), ..Order::new(Decision::Accept) }
}

fn exactly(vlan: i64) -> Option<VlanChoice> {
    Some(VlanChoice::Exactly(vlan.into()))
}

fn differs(how: &str) -> Difference {
    Difference::Differs(how.to_owned())
}

fn not_shown(what: &str) -> Difference {
    Difference::NotShown(what.to_owned())
}

#[test]
fn a_vlan_is_compared_with_the_one_ordered_and_untagged_is_none() {
    for (vlan, inner, order, expected) in [
        (Some(7), None, order(None, None), Difference::None),
        (Some(7), None, order(exactly(7), None), Difference::None),
        (Some(7), None, order(exactly(8), None), differs("with VLAN 7, not 8")),
        (Some(-1), None, order(exactly(8), None), differs("with VLAN untagged, not 8")),
        (Some(7), None, order(exactly(-1), None), differs("with VLAN 7, not untagged")),
        (None, None, order(exactly(-1), None), Difference::None),
        // Any VLAN is as ordered.
        (Some(7), None, order(Some(VlanChoice::Next), None), Difference::None),
        (None, None, order(Some(VlanChoice::KeepOrNext), None), Difference::None),
        (Some(7), Some(5), order(exactly(7), None), Difference::None),
        (Some(7), Some(5), order(None, Some(5)), Difference::None),
        (Some(7), Some(5), order(None, Some(6)), differs("with inner VLAN 5, not 6")),
        (Some(7), None, order(None, Some(-1)), Difference::None),
        // The outer one is told first.
        (Some(7), Some(5), order(exactly(8), Some(6)), differs("with VLAN 7, not 8")),
    ] {
        let found = difference(&approval("LIVE", Some(end(vlan, inner))), &order);
        assert_eq!(found, expected, "{vlan:?} {inner:?} {order:?}");
    }
}

#[test]
fn what_is_missing_may_not_show_yet_until_the_vxc_is_up() {
    for (status, vlan, order, expected) in [
        ("DEPLOYABLE", None, order(exactly(8), None), not_shown("VLAN 8")),
        ("CONFIGURED", None, order(exactly(8), None), differs("without VLAN 8")),
        ("LIVE", None, order(exactly(8), None), differs("without VLAN 8")),
        ("DEPLOYABLE", Some(8), order(exactly(8), Some(6)), not_shown("inner VLAN 6")),
        ("LIVE", Some(8), order(exactly(8), Some(6)), differs("without inner VLAN 6")),
        // What is there is compared whatever the stage.
        ("DEPLOYABLE", Some(7), order(exactly(8), None), differs("with VLAN 7, not 8")),
    ] {
        let found = difference(&approval(status, Some(end(vlan, None))), &order);
        assert_eq!(found, expected, "{status} {vlan:?} {order:?}");
    }
    assert_eq!(difference(&approval("LIVE", None), &order(exactly(8), Some(6))), Difference::None);
}

#[test]
fn a_port_is_told_by_its_name_if_that_is_known() {
    let moved = |port: &str, name: Option<&str>| Order {
        move_to: Some(port.into()),
        move_to_name: name.map(str::to_owned),
        ..order(None, None)
    };
    let unnamed = End { product_name: None, ..end(None, None) };
    let unknown = End { product_uid: None, ..end(None, None) };
    for (end, order, expected) in [
        (end(None, None), moved(PORT, Some("SYD1-A")), Difference::None),
        (end(None, None), moved("other", Some("SYD2-B")), differs("on port SYD1-A, not SYD2-B")),
        (unnamed, moved("other", None), differs(&format!("on port {PORT}, not other"))),
        (unknown, moved("other", Some("SYD2-B")), Difference::None),
    ] {
        assert_eq!(difference(&approval("LIVE", Some(end)), &order), expected, "{order:?}");
    }
}
