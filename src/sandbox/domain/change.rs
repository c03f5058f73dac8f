//! What the owners of a VXC change on it: speed, name, VLANs, ports, term, shutdown.

use rusqlite::Connection;
use serde::Deserialize;
use uuid::Uuid;

use super::caller::Caller;
use super::decision::{self, Timing};
use super::ordering::{check_cost_centre, check_name, check_speed, check_term};
use super::role::Action;
use crate::sandbox::event::Kind;
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::orders::{self, NewOrder, OrderStatus, OrderType, Settler};
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::vxcs::{self, Attributes, Vxc};

/// What is to be changed; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) rate_limit: Option<i64>,
    pub(crate) name: Option<String>,
    pub(crate) cost_centre: Option<String>,
    pub(crate) term: Option<i64>,
    pub(crate) shutdown: Option<bool>,
    pub(crate) a_end_vlan: Option<i64>,
    pub(crate) a_end_inner_vlan: Option<i64>,
    pub(crate) a_end_product_uid: Option<String>,
    pub(crate) b_end_vlan: Option<i64>,
    pub(crate) b_end_inner_vlan: Option<i64>,
    pub(crate) b_end_product_uid: Option<String>,
}

impl Change {
    fn touches_a_end(&self) -> bool {
        self.a_end_vlan.is_some() || self.a_end_inner_vlan.is_some() || self.a_end_product_uid.is_some()
    }

    fn touches_b_end(&self) -> bool {
        self.b_end_vlan.is_some() || self.b_end_inner_vlan.is_some() || self.b_end_product_uid.is_some()
    }

    fn touches_the_payers(&self) -> bool {
        self.first_of_the_payers().is_some()
    }

    /// The first of what only the A-End's owner may change, as the API calls it.
    pub(crate) fn first_of_the_payers(&self) -> Option<&'static str> {
        [
            ("rateLimit", self.rate_limit.is_some()),
            ("name", self.name.is_some()),
            ("costCentre", self.cost_centre.is_some()),
            ("term", self.term.is_some()),
            ("shutdown", self.shutdown.is_some()),
            ("aEndVlan", self.a_end_vlan.is_some()),
            ("aEndInnerVlan", self.a_end_inner_vlan.is_some()),
            ("aEndProductUid", self.a_end_product_uid.is_some()),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }

    /// More than the name and the cost centre.
    fn touches_the_contract(&self) -> bool {
        self.rate_limit.is_some()
            || self.term.is_some()
            || self.shutdown.is_some()
            || self.touches_a_end()
            || self.touches_b_end()
    }
}

/// Changes a VXC: the A-End's owner what it pays for, the B-End's owner its own end.
pub(crate) fn apply(
    transaction: &Connection,
    caller: &Caller,
    vxc: &Vxc,
    change: &Change,
    timing: Timing,
) -> Answer<()> {
    check_may(caller, vxc, change)?;
    let mut attributes = Attributes::of(vxc);
    if let Some(name) = &change.name {
        check_name(name)?;
        attributes.name.clone_from(name);
    }
    if let Some(cost_centre) = &change.cost_centre {
        check_cost_centre(Some(cost_centre))?;
        attributes.cost_centre = Some(cost_centre.clone()).filter(|text| !text.is_empty());
    }
    if let Some(term) = change.term {
        check_term(term)?;
        attributes.contract_term_months = term;
    }
    attributes.shutdown = change.shutdown.unwrap_or(vxc.shutdown);
    if change.touches_a_end() {
        let port = port_for(transaction, caller, vxc.a_end.product_id, change.a_end_product_uid.as_deref())?;
        let end = end(
            transaction,
            vxc,
            &port,
            change.a_end_vlan.or(vxc.a_end.vlan),
            change.a_end_inner_vlan.or(vxc.a_end.inner_vlan),
        )?;
        (attributes.a_product_id, attributes.a_vlan, attributes.a_inner_vlan) = end;
    }
    if change.touches_b_end() {
        let port = port_for(transaction, caller, vxc.b_end.product_id, change.b_end_product_uid.as_deref())?;
        let end = end(
            transaction,
            vxc,
            &port,
            change.b_end_vlan.or(vxc.b_end.vlan),
            change.b_end_inner_vlan.or(vxc.b_end.inner_vlan),
        )?;
        (attributes.b_product_id, attributes.b_vlan, attributes.b_inner_vlan) = end;
    }
    if attributes.a_product_id == attributes.b_product_id {
        return Err(Refusal::bad("Both ends of the VXC would be on the same port"));
    }
    attributes.update(transaction, vxc.id)?;
    match change.rate_limit {
        Some(rate_limit) => change_speed(transaction, caller, vxc, rate_limit, timing),
        None => Ok(()),
    }
}

fn check_may(caller: &Caller, vxc: &Vxc, change: &Change) -> Answer<()> {
    if !vxc.concerns(caller.company_id) {
        return Err(Refusal::forbidden("This VXC is not yours"));
    }
    caller.must(Action::ChangeService)?;
    if change.touches_b_end() && vxc.b_end.company_id != caller.company_id {
        return Err(Refusal::forbidden("Only the owner of the B-End may change it"));
    }
    if change.touches_the_payers() && vxc.a_end.company_id != caller.company_id {
        return Err(Refusal::forbidden("Only the owner of the A-End may change this"));
    }
    if !change.touches_the_payers() && !change.touches_b_end() {
        return Err(Refusal::bad("Nothing is to be changed"));
    }
    if vxc.is_over() {
        return Err(Refusal::bad(format!("The VXC is {}", vxc.status)));
    }
    let new_is_pending = vxc.pending().is_some_and(|order| order.kind == OrderType::New);
    if new_is_pending && change.touches_the_contract() {
        // Confirmed for network attributes; the term reads 1 all the while (megaport-api.md), so it can't change either.
        return Err(Refusal::bad(
            "While its approval is pending, only a VXC's name and cost centre can change",
        ));
    }
    Ok(())
}

fn port_for(
    transaction: &Connection,
    caller: &Caller,
    now_on: i64,
    move_to: Option<&str>,
) -> Answer<Product> {
    let Some(uid) = move_to else { return Ok(products::by_id(transaction, now_on)?) };
    let port = products::by_uid(transaction, &uid.to_ascii_lowercase())?
        .ok_or_else(|| Refusal::bad(format!("The port {uid} is unknown")))?;
    if port.company_id != caller.company_id {
        return Err(Refusal::forbidden(format!("The port {uid} is not yours")));
    }
    if !port.vxc_permitted || port.status != "LIVE" {
        return Err(Refusal::bad(format!("{} takes no VXCs", port.name)));
    }
    Ok(port)
}

type EndColumns = (i64, Option<i64>, Option<i64>);

fn end(
    transaction: &Connection,
    vxc: &Vxc,
    port: &Product,
    wanted_vlan: Option<i64>,
    wanted_inner_vlan: Option<i64>,
) -> Answer<EndColumns> {
    if vxc.rate_limit_mbps > port.speed_mbps {
        return Err(Refusal::bad(format!(
            "{} Mbps is more than the {} Mbps of {}",
            vxc.rate_limit_mbps, port.speed_mbps, port.name
        )));
    }
    let settled = decision::free_end(transaction, vxc, port, wanted_vlan, wanted_inner_vlan)?;
    Ok((settled.product_id, settled.vlan, settled.inner_vlan))
}

/// Lowers the rate limit at once; asks the provider for a higher one. A speed change that still waits gives way.
fn change_speed(
    transaction: &Connection,
    caller: &Caller,
    vxc: &Vxc,
    rate_limit: i64,
    timing: Timing,
) -> Answer<()> {
    let a_port = products::by_id(transaction, vxc.a_end.product_id)?;
    let b_port = products::by_id(transaction, vxc.b_end.product_id)?;
    check_speed(rate_limit, &a_port, &b_port)?;
    if let Some(waiting) = vxc.pending().filter(|order| order.kind == OrderType::SpeedChange) {
        let name = caller.signature();
        let by = Settler::person(&name, caller.company_id);
        orders::settle(transaction, waiting.id, OrderStatus::Superseded, timing.now_ms, by, None)?;
        let superseded = vxcs::by_id(transaction, vxc.id)?;
        events::record_withdrawn(transaction, &superseded, Some(rate_limit), timing.now_ms)?;
    }
    if rate_limit == vxc.rate_limit_mbps {
        return Ok(());
    }
    if rate_limit < vxc.rate_limit_mbps {
        vxcs::set_rate_limit(transaction, vxc.id, rate_limit)?;
        // Nobody was asked for less speed: no request is behind what it costs now.
        let slower = Vxc { approval: None, ..vxcs::by_id(transaction, vxc.id)? };
        events::record_about_vxc(
            transaction,
            Kind::ChargeChanged,
            slower.a_end.company_id,
            &slower,
            timing.now_ms,
        )?;
        return Ok(());
    }
    let new = NewOrder {
        uid: &Uuid::new_v4().to_string(),
        vxc_id: vxc.id,
        kind: OrderType::SpeedChange,
        old_rate_limit_mbps: Some(vxc.rate_limit_mbps),
        new_rate_limit_mbps: Some(rate_limit),
        requester_company_id: vxc.a_end.company_id,
        approver_company_id: vxc.b_end.company_id,
        requested_by: Some(caller.holder.user_id),
        created_at: timing.now_ms,
        expires_at: None,
    };
    let order_id = new.insert(transaction)?;
    vxcs::set_order(transaction, vxc.id, order_id, false)?;
    let automatic = if b_port.company_id == a_port.company_id {
        Some(String::from("its own company"))
    } else {
        b_port.vxc_auto_approval.then(|| format!("the automatic approval of {}", b_port.name))
    };
    if let Some(by) = &automatic {
        orders::settle(
            transaction,
            order_id,
            OrderStatus::Approved,
            timing.now_ms,
            Settler::nobody(by),
            None,
        )?;
    }
    let asked = vxcs::by_id(transaction, vxc.id)?;
    if b_port.company_id != a_port.company_id {
        events::record_about_vxc(
            transaction,
            Kind::SpeedChangeAsked,
            b_port.company_id,
            &asked,
            timing.now_ms,
        )?;
    }
    match automatic {
        Some(_) => decision::put_faster(transaction, &asked, rate_limit, timing.now_ms),
        None => Ok(()),
    }
}
