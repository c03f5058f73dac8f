//! What is known of the VLANs of ports in this run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Instant;

use crate::commands::approvals::request::order::Order;
use crate::commands::approvals::request::prepared::Prepared;
use crate::domain::approvals::Decision;
use crate::domain::approvals::model::Approval;
use crate::domain::ports::book::VlanBook;
use crate::text::Uid;

/// VLANs of ports as they were read, and those given in this run.
#[derive(Debug, Default)]
pub(crate) struct RecentVlans {
    /// When each port was read.
    pub(super) read_at: RefCell<HashMap<Uid, Instant>>,
    pub(super) book: RefCell<VlanBook>,
}

impl RecentVlans {
    /// Has the ports read again. What was given stays so.
    pub(crate) fn forget(&self) {
        self.read_at.borrow_mut().clear();
    }

    /// Says which decisions are made together, with their requests as far as known.
    pub(crate) fn expect<'a>(
        &self,
        decisions: impl Iterator<Item = (&'a Order, Option<&'a Approval>)> + Clone,
    ) {
        let accepted = decisions.filter(|(order, _)| order.decision == Decision::Accept);
        expect(&mut self.book.borrow_mut(), accepted);
    }

    /// Marks the VLAN of an accepted request as taken.
    pub(crate) fn give(&self, prepared: &Prepared) {
        if let Some(seeker) = prepared.order.seeker(&prepared.approval) {
            self.book.borrow_mut().give(&seeker, prepared.fields.vlan, &prepared.approval);
        }
    }

    /// Gives a request another VLAN than before, if it has been given one.
    pub(super) fn give_another(&self, prepared: &Prepared) {
        if self.release(prepared) {
            self.give(prepared);
        }
    }

    /// Takes back [`RecentVlans::give`]: the request was not accepted. Returns whether it had been given one.
    pub(crate) fn release(&self, prepared: &Prepared) -> bool {
        self.book.borrow_mut().release(&prepared.approval.id)
    }

    /// Marks the VLAN of a request that has been accepted as its own.
    pub(crate) fn settle(&self, prepared: &Prepared) {
        if let Some(seeker) = prepared.order.seeker(&prepared.approval) {
            self.book.borrow_mut().settle(&seeker);
        }
    }

    /// Whether the VLAN that a request gets, or that it gets none, may turn out otherwise once those under way have ended.
    /// `None` if it is not for its VLAN that it fails.
    pub(crate) fn may_change(&self, order: &Order, approval: &Approval) -> Option<bool> {
        let (book, seeker) = (self.book.borrow(), order.seeker(approval)?);
        let chosen = book.choose(&seeker, order.vlan, &order.pool, None);
        let may_change = book.may_change(&seeker, order.vlan, &chosen);
        (chosen.is_err() || may_change).then_some(may_change)
    }
}

/// Says which requests are accepted together, as far as known.
pub(crate) fn expect<'a>(
    book: &mut VlanBook,
    accepted: impl Iterator<Item = (&'a Order, Option<&'a Approval>)> + Clone,
) {
    book.expect(accepted.clone().map(|(order, _)| order.gives_vlan()));
    let known = accepted.filter(|(order, _)| order.may_keep_vlan());
    let seekers = known.filter_map(|(order, approval)| order.seeker(approval?));
    seekers.for_each(|seeker| book.note_moved(&seeker));
}
