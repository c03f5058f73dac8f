//! Finding and checking VLANs on a port.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::ports;
use crate::api::vlan::Vlan;
use crate::commands::approvals::decision::prepare::Prepared;
use crate::commands::approvals::decision::subject::Decider;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::model::Approval;
use crate::domain::ports::vlan::{VlanChoice, VlanPool};
use crate::domain::ports::{PortVlans, TakenVlan, unused_vlans};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::words::shell_word;

/// How long the VLANs of a port are cached: requests of a batch are often for the same port.
const FRESH: Duration = Duration::from_secs(10);

/// Cached VLANs of ports, and those assigned in this run.
#[derive(Debug, Default)]
pub(crate) struct RecentVlans {
    read: RefCell<HashMap<String, (Instant, Rc<PortVlans>)>>,
    /// By port, in lower case.
    given: RefCell<HashMap<String, Vec<Given>>>,
    /// VLANs that look free, but that the backend says are taken.
    refused: RefCell<Vec<(String, Vlan)>>,
}

/// A VLAN that a request gets in this run.
#[derive(Debug)]
struct Given {
    id: String,
    taken: TakenVlan,
}

impl RecentVlans {
    /// Clears the cache.
    pub(crate) fn forget(&self) {
        self.read.borrow_mut().clear();
        self.refused.borrow_mut().clear();
    }

    fn refuse(&self, port_uid: &str, vlan: Vlan) {
        self.refused.borrow_mut().push((port_uid.to_owned(), vlan));
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
        let given = Given { id: prepared.named.id.clone(), taken };
        self.given.borrow_mut().entry(port.to_ascii_lowercase()).or_default().push(given);
    }

    /// Gives a request another VLAN than before, if it has been given one.
    pub(crate) fn give_another(&self, prepared: &Prepared) {
        if self.release(prepared) {
            self.give(prepared);
        }
    }

    /// Takes back [`RecentVlans::give`]: the request was not accepted. Returns whether it had been given one.
    pub(crate) fn release(&self, prepared: &Prepared) -> bool {
        let mut given = self.given.borrow_mut();
        let is_it = |one: &mut Given| one.id == prepared.named.id;
        given.values_mut().any(|given| given.extract_if(.., is_it).next().is_some())
    }

    async fn read(&self, decider: &Decider<'_>, port_uid: &str) -> Result<Rc<PortVlans>, Error> {
        let kept = self.read.borrow().get(port_uid).filter(|(read, _)| read.elapsed() < FRESH).cloned();
        if let Some((_, vlans)) = kept {
            return Ok(vlans);
        }
        let vlans = decider.vlans_of(port_uid).await?;
        self.read.borrow_mut().insert(port_uid.to_owned(), (Instant::now(), Rc::clone(&vlans)));
        Ok(vlans)
    }

    /// The VLAN assigned on this port in this run of which this is so.
    fn find_given(&self, port_uid: &str, is_it: impl Fn(&TakenVlan) -> bool) -> Option<TakenVlan> {
        let given = self.given.borrow();
        let given = given.get(&port_uid.to_ascii_lowercase())?;
        given.iter().map(|one| &one.taken).find(|taken| is_it(taken)).cloned()
    }

    /// The lowest VLAN of the pool that is neither taken nor assigned; `before` if it is one.
    fn lowest_unused(
        &self,
        port_uid: &str,
        taken: &[TakenVlan],
        pool: &VlanPool,
        before: Option<Vlan>,
    ) -> Option<Vlan> {
        let (given, refused) = (self.given.borrow(), self.refused.borrow());
        let given = given.get(&port_uid.to_ascii_lowercase()).into_iter().flatten().map(|one| &one.taken);
        let is_refused =
            |vlan: Vlan| refused.iter().any(|(port, refused)| port == port_uid && *refused == vlan);
        let mut unused = unused_vlans(taken.iter().chain(given), pool).filter(|vlan| !is_refused(*vlan));
        let lowest = unused.next()?;
        match before {
            Some(before) if before == lowest || unused.any(|vlan| vlan == before) => Some(before),
            _ => Some(lowest),
        }
    }
}

/// Who has the requested VLAN on this port, with the inner VLAN that is to be set. Advisory: `None` also if the port can't be read; the backend decides then.
pub(super) async fn holder_of_requested(
    decider: &Decider<'_>,
    approval: &Approval,
    inner_vlan: Option<Vlan>,
    port: &str,
) -> Option<TakenVlan> {
    let end = approval.b_end.as_ref()?;
    let vlan = end.vlan?;
    let inner_vlan = inner_vlan.or(end.inner_vlan);
    let vlans = decider.recent_vlans.read(decider, port).await.ok()?;
    let vxc_uid = approval.vxc_uid.as_deref();
    let given = || decider.recent_vlans.find_given(port, |one| one.stands_against(vlan, inner_vlan, vxc_uid));
    vlans.taken_beside(vlan, inner_vlan, vxc_uid).cloned().or_else(given)
}

/// The error if the requested VLAN is taken on the port (exit 13).
pub(super) async fn check_requested(
    decider: &Decider<'_>,
    approval: &Approval,
    inner_vlan: Option<Vlan>,
) -> Result<(), Error> {
    let Some(end) = &approval.b_end else { return Ok(()) };
    let (Some(vlan), Some(port)) = (end.vlan, &end.product_uid) else {
        return Ok(());
    };
    let Some(other) = holder_of_requested(decider, approval, inner_vlan, port).await else { return Ok(()) };
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

/// The VLAN to send for a choice, by what is known of the port; the backend is asked by [`confirm`]. `before` is the VLAN
/// chosen earlier, which is kept if it is still free.
pub(super) async fn choose(
    decider: &Decider<'_>,
    choice: VlanChoice,
    port_uid: &str,
    requested: Option<Vlan>,
    pool: &VlanPool,
    before: Option<Vlan>,
) -> Result<Vlan, Error> {
    let recent = &decider.recent_vlans;
    match choice {
        VlanChoice::Exactly(vlan) => match vlan == Vlan::Untagged || requested == Some(vlan) {
            // The request itself asks for it, and nobody else has it.
            true => Ok(vlan),
            false if recent.find_given(port_uid, |one| one.vlan == vlan).is_some() => {
                Err(taken_error(vlan, port_uid))
            }
            false => Ok(vlan),
        },
        VlanChoice::Next | VlanChoice::KeepOrNext => {
            let read = recent.read(decider, port_uid).await.map_err(with_ports_hint)?;
            recent.lowest_unused(port_uid, &read.taken, pool, before).ok_or_else(|| {
                let within = if pool.is_all() { String::new() } else { format!(" in {pool}") };
                Error::new(Exit::Conflict, format!("no free VLAN{within} found on this port"))
                    .hint("choose one with --vlan N, or move the request to another port with --move-to PORT")
                    .about(port_uid)
            })
        }
    }
}

/// Whether the backend says that the VLAN is free. Advisory: it may be taken before the decision arrives.
pub(super) async fn is_free(decider: &Decider<'_>, port_uid: &str, vlan: Vlan) -> Result<bool, Error> {
    match ports::vlan_is_free(&decider.connection.client, port_uid, vlan).await {
        // Without this check, the backend decides.
        Err(error) if error.is_not_offered() => Ok(true),
        Ok(false) => {
            decider.recent_vlans.refuse(port_uid, vlan);
            Ok(false)
        }
        checked => checked,
    }
}

pub(super) fn taken_error(vlan: Vlan, port_uid: &str) -> Error {
    Error::new(Exit::Conflict, format!("VLAN {vlan} is taken on the port"))
        .hint("choose another, or use --vlan next")
        .about(port_uid)
}
