//! Which VLAN each request gets, one after the other: what its port has, what others ask for, and what was given before.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::quality::RandomState;

use crate::api::vlan::Vlan;
use crate::domain::approvals::{Approval, Kind, Source};
use crate::domain::ports::scan::Port;
use crate::domain::ports::vlan::{EVERY_VLAN, VlanChoice, VlanPool};
use crate::domain::ports::vlans::{PortVlans, TakenVlan};
use crate::text::Uid;

/// The VLANs of ports in one run.
#[derive(Debug, Clone, Default)]
pub(crate) struct VlanBook {
    /// By the port's UID.
    pages: HashMap<Uid, Page>,
    picks: Picks,
}

/// Who chooses the VLAN of a request that names none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Picks {
    /// Megaport: no other request depends on it.
    #[default]
    Megaport,
    /// This run, on a port where another request names a VLAN.
    RunIfOthersAsk,
    /// This run: others on the port are given theirs.
    Run,
}

/// A request that is to get a VLAN.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seeker<'a> {
    pub(crate) id: &'a Uid,
    pub(crate) vxc_uid: Option<&'a Uid>,
    /// The UID of the port on which it gets the VLAN.
    pub(crate) port: &'a Uid,
    /// Whether it asked for another port.
    pub(crate) is_moved: bool,
    /// The VLAN that it asked for.
    pub(crate) asked: Option<Vlan>,
    pub(crate) inner_vlan: Option<Vlan>,
}

/// Why a request can't get a VLAN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Another VXC has it.
    Taken(TakenVlan),
    /// Another request of this run gets it.
    Given(TakenVlan),
    /// None is free, in the pool if there is one.
    NoneFree,
}

#[derive(Debug, Clone, Default)]
struct Page {
    /// As last read.
    read: Option<Rc<PortVlans>>,
    /// What was taken or asked for whenever it was read, so that the VLANs that are given don't depend on the time.
    known: HashMap<Vlan, Holder, RandomState>,
    given: Vec<Given>,
    /// VLANs of requests that were not accepted after all, by their IDs.
    left: Vec<(Uid, Vlan)>,
    /// VLANs with which the backend refused requests, by their IDs, since others have them.
    refused: Vec<(Uid, Vlan)>,
    /// Whether requests that wait on the port name a VLAN.
    is_asked_for: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    Vxc(Uid),
    /// Several, or one without UID.
    Others,
}

/// A VLAN that a request gets in this run.
#[derive(Debug, Clone)]
struct Given {
    id: Uid,
    taken: TakenVlan,
    /// Whether the request has been accepted; before, it may still fail.
    is_accepted: bool,
}

impl<'a> Seeker<'a> {
    /// A connection request whose B-End is accepted on its port, or on `move_to`; `None` if it has no port to get a VLAN on.
    pub(crate) fn from_approval(
        approval: &'a Approval,
        move_to: Option<&'a Uid>,
        inner_vlan: Option<Vlan>,
    ) -> Option<Self> {
        let is_connection = approval.source == Source::Marketplace && approval.kind == Kind::Connection;
        let end = approval.b_end.as_ref().filter(|_| is_connection);
        let own = end.and_then(|end| end.product_uid.as_ref());
        let port = move_to.or(own).filter(|_| is_connection)?;
        Some(Seeker {
            id: &approval.id,
            vxc_uid: approval.vxc_uid.as_ref(),
            port,
            is_moved: own != Some(port),
            asked: end.and_then(|end| end.vlan),
            inner_vlan: inner_vlan.or(end.and_then(|end| end.inner_vlan)),
        })
    }
}

impl VlanBook {
    /// Says for how many connections a VLAN is to be found, and whether each is given one (a certain or free VLAN, or another port).
    pub(crate) fn expect(&mut self, are_given: impl Iterator<Item = bool>) {
        let (mut count, mut is_any_given) = (0, false);
        for is_given in are_given {
            count += 1;
            is_any_given |= is_given;
        }
        self.picks = match (count, is_any_given) {
            (..=1, _) => Picks::Megaport,
            (_, true) => Picks::Run,
            (_, false) => Picks::RunIfOthersAsk,
        };
    }

    /// Notes that a request is to be accepted with the VLAN that it names, on a port where it doesn't wait.
    pub(crate) fn note_moved(&mut self, seeker: &Seeker<'_>) {
        if let Some(asked) = seeker.asked.filter(|_| seeker.is_moved) {
            let page = self.pages.entry(seeker.port.clone()).or_default();
            page.hold(asked, seeker.vxc_uid);
            page.is_asked_for = true;
        }
    }

    /// Whether anything may have to be known of the port of this request.
    pub(crate) fn needs_port(&self, asked: Option<Vlan>, choice: Option<VlanChoice>) -> bool {
        match choice {
            None => asked.is_some() || self.picks != Picks::Megaport,
            Some(VlanChoice::Exactly(vlan)) => asked == Some(vlan),
            Some(VlanChoice::Next | VlanChoice::KeepOrNext) => true,
        }
    }

    /// Notes the VLANs of a port.
    pub(crate) fn note(&mut self, port_uid: &Uid, vlans: Rc<PortVlans>) {
        let page = self.pages.entry(port_uid.clone()).or_default();
        for one in &vlans.taken {
            page.is_asked_for |= one.pending;
            page.hold(one.vlan, one.vxc_uid.as_ref());
        }
        page.read = Some(vlans);
    }

    /// Notes the VLANs of a port of the list, unless they are known. Returns whether they are then.
    pub(crate) fn note_listed(&mut self, ports: &[Port], port_uid: &Uid) -> bool {
        let is_it = |port: &&Port| port.product.product_uid.as_ref() == Some(port_uid);
        if self.pages.get(port_uid).is_some_and(|page| page.read.is_some()) {
            return true;
        }
        let listed = ports.iter().find(is_it);
        listed.into_iter().for_each(|port| self.note(port_uid, Rc::new(PortVlans::of_listed(port))));
        listed.is_some()
    }

    /// Notes that a VLAN that looks free isn't.
    pub(crate) fn refuse(&mut self, port_uid: &Uid, vlan: Vlan) {
        self.pages.entry(port_uid.clone()).or_default().hold(vlan, None);
    }

    /// The VLAN to set; `None` leaves it as requested. `before` is the one chosen earlier, which stays if it is still free.
    pub(crate) fn choose(
        &self,
        seeker: &Seeker<'_>,
        choice: Option<VlanChoice>,
        pool: &VlanPool,
        before: Option<Vlan>,
    ) -> Result<Option<Vlan>, Clash> {
        let empty = Page::default();
        let page = self.pages.get(seeker.port).unwrap_or(&empty);
        let lowest = |pool| page.lowest_free(seeker, pool, before).map(Some).ok_or(Clash::NoneFree);
        let clash = |vlan| page.clash(vlan, seeker);
        match (choice, seeker.asked) {
            (None, Some(asked)) => clash(asked).map_or(Ok(None), Err),
            (None, None) => match self.picks {
                Picks::Run => lowest(&EVERY_VLAN),
                Picks::RunIfOthersAsk if page.is_asked_for => lowest(&EVERY_VLAN),
                Picks::RunIfOthersAsk | Picks::Megaport => Ok(None),
            },
            (Some(VlanChoice::Exactly(vlan)), _) => clash(vlan).map_or(Ok(Some(vlan)), Err),
            (Some(VlanChoice::KeepOrNext), Some(asked)) if clash(asked).is_none() => {
                Ok(Some(asked).filter(|_| seeker.is_moved))
            }
            (Some(VlanChoice::Next | VlanChoice::KeepOrNext), _) => lowest(pool),
        }
    }

    /// Gives a request its VLAN: the one that is set, or the one that it asked for.
    pub(crate) fn give(&mut self, seeker: &Seeker<'_>, set: Option<Vlan>, approval: &Approval) {
        let Some(vlan) = set.or(seeker.asked) else { return };
        let taken = TakenVlan {
            vlan,
            inner_vlan: seeker.inner_vlan,
            customer: approval.customer.name.clone(),
            vxc_name: approval.name.clone(),
            vxc_uid: approval.vxc_uid.clone(),
            pending: false,
        };
        let page = self.pages.entry(seeker.port.clone()).or_default();
        page.left.retain(|(id, _)| id != seeker.id);
        page.given.push(Given { id: seeker.id.clone(), taken, is_accepted: false });
    }

    /// Notes that a request has been accepted, with what it was given.
    pub(crate) fn settle(&mut self, seeker: &Seeker<'_>) {
        let given = self.pages.get_mut(seeker.port).into_iter().flat_map(|page| &mut page.given);
        given.filter(|one| one.id == *seeker.id).for_each(|one| one.is_accepted = true);
    }

    /// Notes that the backend refused a request with this VLAN, since another one has it.
    pub(crate) fn refuse_for(&mut self, seeker: &Seeker<'_>, vlan: Vlan) {
        let page = self.pages.entry(seeker.port.clone()).or_default();
        page.refused.push((seeker.id.clone(), vlan));
    }

    /// Whether what [`VlanBook::choose`] has `chosen` may be something else once the requests under way have ended: one of them may not get
    /// the VLAN that it was given.
    pub(crate) fn may_change(
        &self,
        seeker: &Seeker<'_>,
        choice: Option<VlanChoice>,
        chosen: &Result<Option<Vlan>, Clash>,
    ) -> bool {
        let Some(page) = self.pages.get(seeker.port) else { return false };
        let wanted = match choice {
            Some(VlanChoice::Exactly(vlan)) => Some(vlan),
            Some(VlanChoice::Next) => None,
            None | Some(VlanChoice::KeepOrNext) => seeker.asked,
        };
        let is_under_way = |one: &&Given| one.id != *seeker.id && !one.is_accepted;
        let under_way = page.given.iter().filter(is_under_way).map(|one| &one.taken);
        match (chosen, wanted) {
            (Err(Clash::NoneFree), _) => under_way.count() > 0,
            (_, Some(vlan)) if matches!(page.clash(vlan, seeker), Some(Clash::Given(_))) => {
                let mut stands =
                    under_way.filter(|one| one.stands_against(vlan, seeker.inner_vlan, seeker.vxc_uid));
                stands.next().is_some()
            }
            _ => false,
        }
    }

    /// Takes back [`VlanBook::give`]: the request was not accepted. Returns whether it had been given one.
    pub(crate) fn release(&mut self, id: &Uid) -> bool {
        let is_it = |one: &mut Given| one.id == *id;
        self.pages.values_mut().any(|page| {
            let released = page.given.extract_if(.., is_it).next();
            page.left.extend(released.iter().map(|one| (one.id.clone(), one.taken.vlan)));
            released.is_some()
        })
    }
}

impl Page {
    fn hold(&mut self, vlan: Vlan, vxc_uid: Option<&Uid>) {
        let holder = vxc_uid.map_or(Holder::Others, |uid| Holder::Vxc(uid.clone()));
        let held = self.known.entry(vlan).or_insert_with(|| holder.clone());
        if *held != holder {
            *held = Holder::Others;
        }
    }

    /// Who else has this VLAN, or gets it.
    fn clash(&self, vlan: Vlan, seeker: &Seeker<'_>) -> Option<Clash> {
        if self.refused.iter().any(|(id, refused)| id == seeker.id && *refused == vlan) {
            let of_others = TakenVlan {
                vlan,
                inner_vlan: None,
                customer: None,
                vxc_name: None,
                vxc_uid: None,
                pending: false,
            };
            return Some(Clash::Taken(of_others));
        }
        let stands = |one: &&TakenVlan| one.stands_against(vlan, seeker.inner_vlan, seeker.vxc_uid);
        let others = self.given.iter().filter(|one| one.id != *seeker.id).map(|one| &one.taken);
        let taken = self
            .read
            .iter()
            .flat_map(|read| &read.taken)
            .find(stands)
            .map(|other| Clash::Taken(other.clone()));
        taken.or_else(|| Some(Clash::Given({ others }.find(stands)?.clone())))
    }

    /// The lowest VLAN of the pool that no other VXC has, asks for or gets; `before` if it is one. One that was given to a request
    /// that has failed comes last: what follows doesn't depend on how soon it failed.
    fn lowest_free(&self, seeker: &Seeker<'_>, pool: &VlanPool, before: Option<Vlan>) -> Option<Vlan> {
        let is_own = |holder: &Holder| match (holder, seeker.vxc_uid) {
            (Holder::Vxc(uid), Some(own)) => uid == own,
            _ => false,
        };
        let others = self.given.iter().filter(|one| one.id != *seeker.id);
        let given: std::collections::HashSet<Vlan, RandomState> = others.map(|one| one.taken.vlan).collect();
        let is_free = |vlan: Vlan| {
            pool.contains(vlan) && !given.contains(&vlan) && self.known.get(&vlan).is_none_or(is_own)
        };
        let is_left = |vlan: Vlan| self.left.iter().any(|(id, left)| *left == vlan && id != seeker.id);
        before
            .filter(|&vlan| vlan != Vlan::Untagged && is_free(vlan))
            .or_else(|| Vlan::numbers().find(|&vlan| is_free(vlan) && !is_left(vlan)))
            .or_else(|| Vlan::numbers().find(|&vlan| is_free(vlan)))
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
