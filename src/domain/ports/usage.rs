//! What the VXCs listed under a product have of ports, until the product itself is known: it comes after them.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::api::vlan::Vlan;
use crate::api::vxc::Vxc;
use crate::text::{Mbps, Uid};

/// As in [`Port`](super::scan::Port).
#[derive(Default)]
pub(super) struct PortUse {
    pub(super) sold_mbps: Mbps,
    pub(super) pending_mbps: Mbps,
    pub(super) vxcs: usize,
    pub(super) vlans: Vec<(Vlan, Option<Vlan>)>,
    pub(super) asked_vlans: Vec<(Vlan, Option<Uid>)>,
}

impl PortUse {
    fn add(&mut self, other: PortUse) {
        self.sold_mbps += other.sold_mbps;
        self.pending_mbps += other.pending_mbps;
        self.vxcs += other.vxcs;
        self.vlans.extend(other.vlans);
        self.asked_vlans.extend(other.asked_vlans);
    }
}

/// What a VXC takes of its ports.
pub(super) enum Taken {
    /// What it has.
    Sold,
    /// That, and more that it asks for.
    SoldAndMore,
    /// Nothing yet: it is a connection request.
    Nothing,
}

#[derive(Default)]
pub(super) struct Usage {
    of_ports: HashMap<Uid, PortUse, RandomState>,
    /// The use of ends that don't name their port, by the UID of the other end's port, if it names that.
    of_unnamed: HashMap<Option<Uid>, PortUse>,
}

impl Usage {
    pub(super) fn count(&mut self, vxc: &Vxc, taken: &Taken, keep_vlans: bool) {
        let rate = vxc.rate_limit.unwrap_or_default();
        let ends = [&vxc.a_end, &vxc.b_end];
        let [a_end, b_end] = ends.map(|end| end.product_uid.as_ref());
        let sides = [(a_end, b_end), (b_end, a_end)];
        for (end, (uid, other)) in ends.into_iter().zip(sides).skip(usize::from(a_end == b_end)) {
            let add = |port: &mut PortUse| {
                if let Taken::Nothing = taken {
                    port.pending_mbps += rate;
                    let asked = end.vlan.filter(|_| keep_vlans).map(|vlan| (vlan, vxc.product_uid.clone()));
                    port.asked_vlans.extend(asked);
                    return;
                }
                port.sold_mbps += rate;
                port.vxcs += 1;
                if let Taken::SoldAndMore = taken {
                    port.pending_mbps += vxc.vxc_approval.new_speed.unwrap_or(rate).saturating_sub(rate);
                }
                port.vlans.extend(end.vlan.filter(|_| keep_vlans).map(|vlan| (vlan, end.inner_vlan)));
            };
            match uid {
                Some(uid) => change(&mut self.of_ports, uid, add),
                None => add(self.of_unnamed.entry(other.cloned()).or_default()),
            }
        }
    }

    /// The use of the port that the VXCs were listed under; of another one nothing is known for sure.
    pub(super) fn of_product(mut self, uid: Option<&Uid>) -> PortUse {
        let mut used = uid.and_then(|uid| self.of_ports.remove(uid)).unwrap_or_default();
        // A VXC listed under this port uses it, even if its end doesn't say so.
        for (_, unnamed) in self.of_unnamed.into_iter().filter(|(other, _)| other.as_ref() != uid) {
            used.add(unnamed);
        }
        used
    }

    /// Approximate size, in bytes.
    pub(super) fn size(&self) -> usize {
        self.of_ports.len() * (size_of::<PortUse>() + 64)
    }
}

/// Changes what is kept under a name, which is only copied for a new one.
pub(super) fn change<V: Default>(
    kept: &mut HashMap<Uid, V, RandomState>,
    name: &Uid,
    change: impl FnOnce(&mut V),
) {
    match kept.get_mut(name) {
        Some(value) => change(value),
        None => change(kept.entry(name.clone()).or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::vxc::End;

    fn end(port: Option<&str>, vlan: i64) -> End {
        End { product_uid: port.map(Uid::from), vlan: Some(vlan.into()), ..End::default() }
    }

    /// 100 Mbps between these ports, with VLAN 7 there and 8 here.
    fn vxc(there: Option<&str>, here: Option<&str>) -> Vxc {
        Vxc {
            product_uid: Some("v".into()),
            rate_limit: Some(Mbps(100)),
            a_end: end(there, 7),
            b_end: end(here, 8),
            ..Vxc::default()
        }
    }

    fn used(vxc: &Vxc, taken: &Taken) -> PortUse {
        let mut usage = Usage::default();
        usage.count(vxc, taken, true);
        usage.of_product(Some(&"p".into()))
    }

    #[test]
    fn a_port_has_what_is_sold_on_its_end_and_what_is_asked_of_it() {
        let mut vxc = vxc(Some("theirs"), Some("p"));
        let sold = used(&vxc, &Taken::Sold);
        assert_eq!((sold.sold_mbps, sold.pending_mbps, sold.vxcs), (Mbps(100), Mbps(0), 1));
        assert_eq!((sold.vlans, sold.asked_vlans), (vec![(8.into(), None)], Vec::new()));
        let asked = used(&vxc, &Taken::Nothing);
        assert_eq!((asked.sold_mbps, asked.pending_mbps, asked.vxcs), (Mbps(0), Mbps(100), 0));
        assert_eq!((asked.vlans, asked.asked_vlans), (Vec::new(), vec![(8.into(), Some("v".into()))]));
        for (new, more) in [(Some(250), 150), (Some(40), 0), (None, 0)] {
            vxc.vxc_approval.new_speed = new.map(Mbps);
            let changing = used(&vxc, &Taken::SoldAndMore);
            assert_eq!((changing.sold_mbps, changing.pending_mbps), (Mbps(100), Mbps(more)), "{new:?}");
        }
    }

    #[test]
    fn an_end_without_a_port_is_here_unless_the_other_end_is() {
        for (there, here, vlans) in [
            (Some("p"), Some("p"), &[8][..]),
            (None, None, &[8]),
            (Some("theirs"), None, &[8]),
            (None, Some("theirs"), &[7]),
            (None, Some("p"), &[8]),
            (Some("p"), None, &[7]),
            (Some("theirs"), Some("another"), &[]),
        ] {
            let used = used(&vxc(there, here), &Taken::Sold);
            let found: Vec<Vlan> = used.vlans.into_iter().map(|(vlan, _)| vlan).collect();
            assert_eq!(
                found,
                vlans.iter().map(|&vlan| vlan.into()).collect::<Vec<Vlan>>(),
                "{there:?} {here:?}"
            );
            assert_eq!((used.vxcs, used.sold_mbps), (vlans.len(), Mbps(100 * vlans.len() as u64)));
        }
    }

    #[test]
    fn vxcs_add_up_and_vlans_are_kept_only_where_asked_for() {
        let mut usage = Usage::default();
        for there in [Some("theirs"), None] {
            usage.count(&vxc(there, Some("p")), &Taken::Sold, false);
            usage.count(&vxc(Some("theirs"), None), &Taken::Nothing, false);
        }
        let used = usage.of_product(Some(&"P".into()));
        assert_eq!((used.sold_mbps, used.pending_mbps, used.vxcs), (Mbps(200), Mbps(200), 2));
        assert!(used.vlans.is_empty() && used.asked_vlans.is_empty());
    }
}
