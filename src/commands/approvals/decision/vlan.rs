//! Finding and checking VLANs on a port.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::vlan::Vlan;
use crate::api::{Client, ports};
use crate::commands::approvals::decision::prepare::Prepared;
use crate::commands::approvals::decision::subject::Decider;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::model::Approval;
use crate::domain::ports::vlan::{VlanChoice, VlanPool};
use crate::domain::ports::{PortVlans, TakenVlan, free_vlans, read_vlans};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::words::shell_word;

/// How long the VLANs of a port are cached: requests of a batch are often for the same port.
const FRESH: Duration = Duration::from_secs(10);

/// Cached VLANs of ports, and those assigned in this run.
#[derive(Debug, Default)]
pub(crate) struct RecentVlans {
    read: RefCell<HashMap<String, (Instant, Rc<PortVlans>)>>,
    given: RefCell<Vec<(String, TakenVlan)>>,
}

impl RecentVlans {
    /// Clears the cache.
    pub(crate) fn forget(&self) {
        self.read.borrow_mut().clear();
    }

    /// Marks the VLAN of an accepted request as taken.
    pub(crate) fn give(&self, prepared: &Prepared) {
        let Prepared { approval, fields, .. } = prepared;
        let Some(end) = &approval.b_end else { return };
        let (Some(port), Some(vlan)) =
            (fields.move_to.as_ref().or(end.product_uid.as_ref()), fields.vlan.or(end.vlan))
        else {
            return;
        };
        let taken = TakenVlan {
            vlan,
            inner_vlan: fields.inner_vlan.or(end.inner_vlan),
            customer: approval.customer.name.clone(),
            vxc_name: approval.name.clone(),
            vxc_uid: approval.vxc_uid.clone(),
            pending: false,
        };
        self.given.borrow_mut().push((port.clone(), taken));
    }

    async fn read(&self, client: &Client, port_uid: &str) -> Option<Rc<PortVlans>> {
        let kept = self.read.borrow().get(port_uid).filter(|(read, _)| read.elapsed() < FRESH).cloned();
        if let Some((_, vlans)) = kept {
            return Some(vlans);
        }
        let vlans = Rc::new(read_vlans(client, port_uid).await.ok()?);
        self.read.borrow_mut().insert(port_uid.to_owned(), (Instant::now(), Rc::clone(&vlans)));
        Some(vlans)
    }

    /// VLANs assigned on this port in this run.
    fn given_on(&self, port_uid: &str) -> Vec<TakenVlan> {
        let given = self.given.borrow();
        given
            .iter()
            .filter(|(port, _)| port.eq_ignore_ascii_case(port_uid))
            .map(|(_, taken)| taken.clone())
            .collect()
    }
}

/// Who has the requested VLAN on this port. Advisory: `None` also if the port can't be read; the backend decides then.
pub(super) async fn holder_of_requested(
    decider: &Decider<'_>,
    approval: &Approval,
    port: &str,
) -> Option<TakenVlan> {
    let end = approval.b_end.as_ref()?;
    let vlan = end.vlan?;
    let vlans = decider.recent_vlans.read(&decider.connection.client, port).await?;
    let (given, vxc_uid) = (decider.recent_vlans.given_on(port), approval.vxc_uid.as_deref());
    let mut given = given.iter().filter(|one| one.stands_against(vlan, end.inner_vlan, vxc_uid));
    vlans.taken_beside(vlan, end.inner_vlan, vxc_uid).or_else(|| given.next()).cloned()
}

/// The error if the requested VLAN is taken on the port (exit 13).
pub(super) async fn check_requested(decider: &Decider<'_>, approval: &Approval) -> Result<(), Error> {
    let Some(end) = &approval.b_end else { return Ok(()) };
    let (Some(vlan), Some(port)) = (end.vlan, &end.product_uid) else {
        return Ok(());
    };
    let Some(other) = holder_of_requested(decider, approval, port).await else { return Ok(()) };
    let what = if vlan == Vlan::Untagged { "untagged VLAN".to_owned() } else { format!("VLAN {vlan}") };
    let port = end.product_name.as_deref().unwrap_or(port);
    let holder = other.vxc_name.as_deref().or(other.customer.as_deref()).unwrap_or("another VXC");
    Err(Error::new(Exit::Conflict, format!("the requested {what} is taken on {port}"))
        .because(format!("it is used by {holder}"))
        .hint(Hint::call(
            "use the lowest free VLAN: ",
            format!("approvals accept {} --vlan next", shell_word(&approval.id)),
        ))
        .about(approval.id.clone()))
}

/// The VLAN to send, checked to be free. Advisory: it may be taken before the decision arrives.
pub(super) async fn vlan_to_send(
    decider: &Decider<'_>,
    choice: VlanChoice,
    port_uid: &str,
    requested: Option<Vlan>,
    pool: &VlanPool,
) -> Result<Vlan, Error> {
    let client = &decider.connection.client;
    let given = decider.recent_vlans.given_on(port_uid);
    match choice {
        VlanChoice::Exactly(Vlan::Untagged) => Ok(Vlan::Untagged),
        // The request itself holds the VLAN it requested.
        VlanChoice::Exactly(vlan) if requested == Some(vlan) => Ok(vlan),
        VlanChoice::Exactly(vlan) => {
            let is_free = match given.iter().any(|one| one.vlan == vlan) {
                true => Ok(false),
                false => ports::vlan_is_free(client, port_uid, vlan).await,
            };
            match is_free {
                Ok(false) => Err(Error::new(Exit::Conflict, format!("VLAN {vlan} is taken on this port"))
                    .hint("choose another, or use --vlan next")
                    .about(port_uid)),
                Ok(true) => Ok(vlan),
                // Without this check, the backend decides.
                Err(error) if error.is_not_offered() => Ok(vlan),
                Err(error) => Err(error),
            }
        }
        VlanChoice::Next | VlanChoice::KeepOrNext => next_free(client, port_uid, given, pool).await,
    }
}

/// The lowest free VLAN on the port, excluding those assigned in this run.
async fn next_free(
    client: &Client,
    port_uid: &str,
    given: Vec<TakenVlan>,
    pool: &VlanPool,
) -> Result<Vlan, Error> {
    let read = read_vlans(client, port_uid).await.map_err(with_ports_hint)?;
    let taken = [read.taken, given].concat();
    let found = free_vlans(client, port_uid, &taken, pool, 1).await?;
    found.vlans.first().copied().ok_or_else(|| {
        let within = if pool.is_all() { String::new() } else { format!(" in {pool}") };
        Error::new(Exit::Conflict, format!("no free VLAN{within} found on this port"))
            .hint("choose one with --vlan N, or move the request to another port with --move-to PORT")
            .about(port_uid)
    })
}
