//! Finding and checking VLANs on a port.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::vlan::Vlan;
use crate::api::{Client, ports};
use crate::commands::approvals::decision::subject::Decider;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::model::Approval;
use crate::domain::ports::vlan::VlanChoice;
use crate::domain::ports::{PortVlans, free_vlans, read_vlans};
use crate::error::{Error, Hint};
use crate::exit::Exit;

/// How long the VLANs of a port are taken for what they were: the requests of a batch are often for the same one.
const FRESH: Duration = Duration::from_secs(10);

/// The VLANs of ports as they were read a moment ago.
#[derive(Debug, Default)]
pub(crate) struct RecentVlans(RefCell<HashMap<String, (Instant, Rc<PortVlans>)>>);

impl RecentVlans {
    /// A decision may have changed them.
    pub(super) fn forget(&self) {
        self.0.borrow_mut().clear();
    }

    /// A request was accepted as it asks: what it only asked for, it has.
    pub(super) fn mark_accepted(&self, vxc_uid: Option<&str>) {
        for (_, vlans) in self.0.borrow_mut().values_mut() {
            let taken = &mut Rc::make_mut(vlans).taken;
            let its = taken.iter_mut().filter(|one| one.vxc_uid.as_deref() == vxc_uid);
            its.for_each(|one| one.pending = false);
        }
    }

    async fn read(&self, client: &Client, port_uid: &str) -> Option<Rc<PortVlans>> {
        let kept = self.0.borrow().get(port_uid).filter(|(read, _)| read.elapsed() < FRESH).cloned();
        if let Some((_, vlans)) = kept {
            return Some(vlans);
        }
        let vlans = Rc::new(read_vlans(client, port_uid).await.ok()?);
        self.0.borrow_mut().insert(port_uid.to_owned(), (Instant::now(), Rc::clone(&vlans)));
        Some(vlans)
    }
}

/// The error where the VLAN that a request asks for belongs to another VXC of the port (exit 13). It is a courtesy: a port
/// that can't be read speaks for the request, and the backend decides.
pub(super) async fn check_requested(decider: &Decider<'_>, approval: &Approval) -> Result<(), Error> {
    let Some(end) = &approval.b_end else { return Ok(()) };
    let (Some(vlan), Some(port)) = (end.vlan, &end.product_uid) else {
        return Ok(());
    };
    let Some(vlans) = decider.recent_vlans.read(&decider.connection.client, port).await else {
        return Ok(());
    };
    let Some(other) = vlans.taken_beside(vlan, end.inner_vlan, approval.vxc_uid.as_deref()) else {
        return Ok(());
    };
    let what = if vlan == Vlan::Untagged { "the untagged place".to_owned() } else { format!("VLAN {vlan}") };
    let port = end.product_name.as_deref().or(vlans.product.product_name.as_deref()).unwrap_or(port);
    let holder = other.vxc_name.as_deref().or(other.customer.as_deref()).unwrap_or("another VXC");
    Err(Error::new(Exit::Conflict, format!("{what} is taken on {port}, and the request asks for it"))
        .because(format!("{holder} has it"))
        .hint(Hint::call(
            "take the lowest free one: ",
            format!("approvals accept {} --vlan next", approval.id),
        ))
        .about(approval.id.clone()))
}

/// The VLAN to send for what was asked, checked to be free. Advisory: another may take it before the answer arrives.
pub(super) async fn vlan_to_send(
    client: &Client,
    choice: VlanChoice,
    port_uid: &str,
    requested: Option<Vlan>,
) -> Result<Vlan, Error> {
    match choice {
        VlanChoice::Exactly(Vlan::Untagged) => Ok(Vlan::Untagged),
        // The request holds the VLAN it asked for itself.
        VlanChoice::Exactly(vlan) if requested == Some(vlan) => Ok(vlan),
        VlanChoice::Exactly(vlan) => match ports::vlan_is_free(client, port_uid, vlan).await {
            Ok(false) => Err(Error::new(Exit::Conflict, format!("VLAN {vlan} is taken on this port"))
                .hint("take another, or let portgate find one with --vlan next")
                .about(port_uid)),
            Ok(true) => Ok(vlan),
            // The check is a courtesy; a backend that doesn't offer it decides by itself.
            Err(error) if matches!(error.http_status, Some(403..=405)) => Ok(vlan),
            Err(error) => Err(error),
        },
        VlanChoice::Next => next_free(client, port_uid).await,
    }
}

/// The lowest VLAN that is free on the port.
async fn next_free(client: &Client, port_uid: &str) -> Result<Vlan, Error> {
    let taken = read_vlans(client, port_uid).await.map_err(with_ports_hint)?.taken;
    let found = free_vlans(client, port_uid, &taken, 1).await?;
    found.vlans.first().copied().ok_or_else(|| {
        Error::new(Exit::Conflict, "no free VLAN was found on this port")
            .hint("name one with --vlan N, or move the request to another port with --move-to PORT")
            .about(port_uid)
    })
}
