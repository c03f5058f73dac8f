//! Finding and checking VLANs on a port.

use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::ports;
use crate::api::vlan::Vlan;
use crate::commands::approvals::request::order::Order;
use crate::commands::approvals::request::prepared::Prepared;
use crate::commands::approvals::request::subject::Decider;
use crate::commands::ports::with_ports_hint;
use crate::domain::approvals::Decision;
use crate::domain::approvals::model::Approval;
use crate::domain::ports::book::{Clash, Seeker};
use crate::domain::ports::vlan::{EVERY_VLAN, VlanChoice, VlanPool};
use crate::domain::ports::{TakenVlan, read_vlans};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::text::Uid;
use crate::text::words::shell_word;

/// How long the VLANs of a port are cached: requests of a batch are often for the same port.
const FRESH: Duration = Duration::from_secs(10);
/// After so many VLANs that look free and aren't, the port is read again by itself: another run may be accepting on it.
const MOST_SURPRISES: usize = 4;
/// So many VLANs are tried at most.
const MOST_TRIED: usize = 64;

/// Reads the VLANs of a port, unless they were read a moment ago.
async fn read(decider: &Decider<'_>, port_uid: &Uid) -> Result<(), Error> {
    let recent = &decider.recent_vlans;
    if recent.read_at.borrow().get(port_uid).is_some_and(|read_at| read_at.elapsed() < FRESH) {
        return Ok(());
    }
    let vlans = decider.vlans_of(port_uid).await?;
    recent.book.borrow_mut().note(port_uid, vlans);
    recent.read_at.borrow_mut().insert(port_uid.clone(), Instant::now());
    Ok(())
}

/// The VLAN to send; `None` leaves it as requested. By what is known of the port: the backend is asked by [`confirm`].
/// `before` is the VLAN chosen earlier, which is kept if it is still free.
pub(super) async fn choose(
    decider: &Decider<'_>,
    prepared: &Prepared,
    before: Option<Vlan>,
) -> Result<Option<Vlan>, Error> {
    let Prepared { approval, order, .. } = prepared;
    let Some(seeker) = order.seeker(approval).filter(|_| order.decision == Decision::Accept) else {
        return match order.vlan {
            Some(VlanChoice::Next | VlanChoice::KeepOrNext) => {
                Err(Error::new(Exit::Api, "the API doesn't say which port this request is for")
                    .hint("choose a VLAN with --vlan N"))
            }
            Some(VlanChoice::Exactly(vlan)) => Ok(Some(vlan)),
            None => Ok(None),
        };
    };
    let recent = &decider.recent_vlans;
    let needs_port = recent.book.borrow().needs_port(seeker.asked, order.vlan);
    if needs_port && let Err(error) = read(decider, seeker.port).await {
        match (order.vlan, seeker.asked) {
            // The backend decides.
            (None | Some(VlanChoice::Exactly(_) | VlanChoice::KeepOrNext), Some(_)) => {}
            (None, None) => return Ok(None),
            _ => return Err(with_ports_hint(error)),
        }
    }
    let chosen = recent.book.borrow().choose(&seeker, order.vlan, &order.pool, before);
    let set = chosen.map_err(|clash| clash_error(clash, &seeker, approval, order))?;
    match (set.or(seeker.asked), seeker.inner_vlan) {
        (Some(Vlan::Untagged), Some(Vlan::Number(inner))) => {
            Err(Error::new(Exit::Conflict, format!("an untagged end can't have inner VLAN {inner}"))
                .hint("choose a VLAN with --vlan, or leave out --inner-vlan")
                .resource(&approval.id))
        }
        _ => Ok(set),
    }
}

/// The error of a request that can't get a VLAN (exit 13).
pub(crate) fn clash_error(clash: Clash, seeker: &Seeker<'_>, approval: &Approval, order: &Order) -> Error {
    let end = approval.b_end.as_ref().filter(|_| !seeker.is_moved);
    let name = end.and_then(|end| end.product_name.as_ref()).or(order.move_to_name.as_ref());
    let port = name.map_or(seeker.port.as_str(), String::as_str);
    let TakenVlan { vlan, customer, vxc_name, .. } = match clash {
        Clash::Taken(other) | Clash::Given(other) => other,
        Clash::NoneFree => return none_free_error(port, &order.pool).resource(&approval.id),
    };
    let is_asked = seeker.asked == Some(vlan);
    let what = match vlan {
        Vlan::Untagged if is_asked => "the requested untagged VLAN".to_owned(),
        Vlan::Untagged => "the untagged VLAN".to_owned(),
        Vlan::Number(_) if is_asked => format!("the requested VLAN {vlan}"),
        Vlan::Number(_) => format!("VLAN {vlan}"),
    };
    let error = Error::new(Exit::Conflict, format!("{what} is taken on {port}"));
    let error = match vxc_name.or(customer) {
        Some(holder) => error.reason(format!("it is used by {holder}")),
        None => error,
    };
    let id = shell_word(approval.id.as_str());
    let moved = order.move_to.as_ref().map(|uid| order.move_to_name.as_deref().unwrap_or(uid.as_str()));
    let moved = moved.map(|port| format!(" --move-to {}", shell_word(port))).unwrap_or_default();
    error
        .hint(Hint::call("use the lowest free VLAN: ", format!("approvals accept {id}{moved} --vlan next")))
        .resource(&approval.id)
}

fn none_free_error(port: &str, pool: &VlanPool) -> Error {
    let within = if pool.is_all() { String::new() } else { format!(" in {pool}") };
    Error::new(Exit::Conflict, format!("no free VLAN{within} found on {port}"))
        .hint("choose one with --vlan N, or move the request to another port with --move-to PORT")
}

/// Asks the backend whether the VLAN that was chosen is free, and chooses another if it isn't and may be any. `complete`
/// makes the requests to send anew. Advisory: it may be taken before the decision arrives.
pub(super) async fn confirm(
    decider: &Decider<'_>,
    prepared: &mut Prepared,
    complete: impl Fn(&mut Prepared),
) -> Result<(), Error> {
    let recent = &decider.recent_vlans;
    for tried in 1..=MOST_TRIED {
        let Some(vlan) = prepared.fields.vlan else { return Ok(()) };
        let Some(seeker) = prepared.order.seeker(&prepared.approval) else { return Ok(()) };
        let choice = prepared.order.vlan;
        let is_own = !seeker.is_moved && seeker.asked == Some(vlan);
        if vlan == Vlan::Untagged || is_own || is_free(decider, seeker.port, vlan).await? {
            return Ok(());
        }
        if let Some(VlanChoice::Exactly(_)) = choice {
            return Err(Error::new(Exit::Conflict, format!("VLAN {vlan} is taken on the port"))
                .hint("choose another, or use --vlan next")
                .resource(seeker.port.as_str()));
        }
        if tried % MOST_SURPRISES == 0 {
            let vlans = read_vlans(&decider.connection.client, seeker.port).await.map_err(with_ports_hint)?;
            recent.book.borrow_mut().note(seeker.port, Rc::new(vlans));
        }
        // A request that names no VLAN may get any.
        let pool = if choice.is_some() { &prepared.order.pool } else { &EVERY_VLAN };
        let next = recent.book.borrow().choose(&seeker, Some(VlanChoice::Next), pool, None);
        let next = next.map_err(|clash| clash_error(clash, &seeker, &prepared.approval, &prepared.order))?;
        prepared.fields.vlan = next;
        complete(prepared);
        recent.give_another(prepared);
    }
    Err(Error::new(Exit::Conflict, format!("no free VLAN found: {MOST_TRIED} that looked free are taken"))
        .reason("another run may be accepting requests on this port")
        .hint("try again, or choose one with --vlan N"))
}

/// Whether a decision was refused because somebody else has got the VLAN that was chosen for it: another one is chosen then.
pub(super) async fn was_taken(decider: &Decider<'_>, prepared: &Prepared) -> bool {
    let Prepared { approval, order, fields, .. } = prepared;
    let Some(seeker) = order.seeker(approval) else { return false };
    let chosen = match order.vlan {
        Some(VlanChoice::Exactly(_)) => None,
        Some(VlanChoice::KeepOrNext) => fields.vlan.or(seeker.asked),
        None | Some(VlanChoice::Next) => fields.vlan,
    };
    let Some(vlan @ Vlan::Number(_)) = chosen else { return false };
    let is_taken = matches!(is_free(decider, seeker.port, vlan).await, Ok(false));
    if is_taken {
        decider.recent_vlans.book.borrow_mut().refuse_for(&seeker, vlan);
    }
    is_taken
}

async fn is_free(decider: &Decider<'_>, port_uid: &Uid, vlan: Vlan) -> Result<bool, Error> {
    match ports::vlan_is_free(&decider.connection.client, port_uid, vlan).await {
        // Without this check, the backend decides.
        Err(error) if error.is_not_offered() => Ok(true),
        Ok(false) => {
            decider.recent_vlans.book.borrow_mut().refuse(port_uid, vlan);
            Ok(false)
        }
        checked => checked,
    }
}

#[cfg(test)]
#[path = "vlan_tests.rs"]
mod tests;
