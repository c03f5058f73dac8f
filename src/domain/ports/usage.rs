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
