//! The room left on ports, cumulative over accepted requests.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::api::products::CapacityGroup;
use crate::domain::approvals::model::Approval;
use crate::domain::ports::scan::Port;
use crate::text::{Mbps, Uid};

#[derive(Debug, Clone, Default)]
pub(crate) struct Rooms {
    group_of_port: HashMap<Uid, CapacityGroup>,
    groups: HashMap<CapacityGroup, Room>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Room {
    /// Of the port, or of all members together.
    pub(crate) speed_mbps: Mbps,
    pub(crate) sold_mbps: Mbps,
    pub(crate) pending_mbps: Mbps,
}

impl Room {
    /// Mbps left after `added_mbps` more; negative if oversubscribed.
    pub(crate) fn left_after(self, added_mbps: Mbps) -> i64 {
        let signed = |mbps: Mbps| i64::try_from(mbps.0).unwrap_or(i64::MAX);
        signed(self.speed_mbps).saturating_sub(signed(self.sold_mbps)).saturating_sub(signed(added_mbps))
    }
}

impl Rooms {
    /// The rooms of these ports; members of a LAG share theirs. Where the speed of one isn't known, that of all isn't. A member
    /// that has ended adds nothing to it.
    pub(crate) fn from_ports(ports: &[Port]) -> Self {
        let mut rooms = Rooms::default();
        let mut unknown = HashSet::new();
        for port in ports {
            let (Some(uid), Some(group)) = (&port.product.product_uid, port.product.capacity_group()) else {
                continue;
            };
            rooms.group_of_port.insert(uid.clone(), group.clone());
            if port.product.port_speed.is_none() && !port.has_ended() {
                unknown.insert(group.clone());
            }
            let room = rooms.groups.entry(group).or_default();
            room.speed_mbps += port.product.port_speed.filter(|_| !port.has_ended()).unwrap_or_default();
            room.sold_mbps += port.sold_mbps;
            room.pending_mbps += port.pending_mbps;
        }
        rooms.groups.retain(|group, _| !unknown.contains(group));
        rooms
    }

    /// Adds the rooms of other ports.
    pub(crate) fn add(&mut self, other: Rooms) {
        self.group_of_port.extend(other.group_of_port);
        self.groups.extend(other.groups);
    }

    /// The room a port has, with its LAG; `None` where the port or its speed isn't known.
    pub(crate) fn of_port(&self, port_uid: &Uid) -> Option<Room> {
        self.groups.get(self.group_of_port.get(port_uid)?).copied().filter(|room| room.speed_mbps > Mbps(0))
    }

    /// What names the ports that share their room with this one: its LAG, or the port itself.
    pub(crate) fn group_of(&self, port_uid: &Uid) -> Option<&CapacityGroup> {
        self.group_of_port.get(port_uid)
    }

    /// Counts a request that has been decided meanwhile: what was pending on the port is sold, or no longer asked for.
    pub(crate) fn settle(&mut self, port_uid: &Uid, asked_mbps: Mbps, accepted: bool) {
        let Some(group) = self.group_of_port.get(port_uid) else { return };
        if let Some(room) = self.groups.get_mut(group) {
            room.pending_mbps = room.pending_mbps.saturating_sub(asked_mbps);
            if accepted {
                room.sold_mbps += asked_mbps;
            }
        }
    }

    /// Fills in the room after each approval, cumulatively in the order given.
    pub(crate) fn assign<'a>(&self, approvals: impl IntoIterator<Item = &'a mut Approval>) {
        self.assign_if_accepted(approvals.into_iter().map(|approval| (approval, true)));
    }

    /// As [`Rooms::assign`]; those that are not accepted take nothing from those that follow.
    pub(crate) fn assign_if_accepted<'a>(
        &self,
        approvals: impl IntoIterator<Item = (&'a mut Approval, bool)>,
    ) {
        let mut added: HashMap<&CapacityGroup, Mbps> = HashMap::new();
        for (approval, is_accepted) in approvals {
            let Some(port) = approval.my_end().and_then(|end| end.product_uid.clone()) else { continue };
            let Some(room) = self.of_port(&port) else { continue };
            approval.port_speed_mbps = Some(room.speed_mbps);
            if approval.status != crate::domain::approvals::Status::Pending {
                continue;
            }
            let (Some(more), Some(group)) = (approval.added_mbps(), self.group_of_port.get(&port)) else {
                continue;
            };
            let ports = approval.ports_taken();
            let groups = || ports.iter().filter_map(|port| self.group_of_port.get(port));
            let mut total = added.get(group).copied().unwrap_or_default();
            groups().filter(|taken| *taken == group).for_each(|_| total += more);
            if is_accepted {
                groups().for_each(|taken| *added.entry(taken).or_default() += more);
            }
            approval.room_after_mbps = Some(room.left_after(total));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_may_be_negative() {
        let room = Room { speed_mbps: Mbps(1000), sold_mbps: Mbps(900), pending_mbps: Mbps(0) };
        assert_eq!(room.left_after(Mbps(500)), -400);
    }
}
