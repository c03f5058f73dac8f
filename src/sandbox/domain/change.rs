//! Changes to a VXC by its owners: speed, name, VLANs, ports, term, shutdown.

use serde::Deserialize;
use uuid::Uuid;

use super::decision::{self, WantedEnd};
use super::ordering::{automatic_reason, check_cost_centre, check_name, own_port};
use super::session::{Caller, Session};
use super::terms::{check_carries, check_speed, check_term};
use crate::sandbox::event::Kind;
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::orders::{self, NewOrder, OrderStatus, OrderType, Settler};
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::vxcs::{self, AcceptedEnd, Attributes, End, Vxc};

/// The changes; absent fields stay unchanged.
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
    fn a_end(&self) -> WantedEnd {
        WantedEnd {
            product_uid: self.a_end_product_uid.clone(),
            vlan: self.a_end_vlan,
            inner_vlan: self.a_end_inner_vlan,
        }
    }

    pub(crate) fn b_end(&self) -> WantedEnd {
        WantedEnd {
            product_uid: self.b_end_product_uid.clone(),
            vlan: self.b_end_vlan,
            inner_vlan: self.b_end_inner_vlan,
        }
    }

    fn touches_the_payers(&self) -> bool {
        self.first_of_the_payers().is_some()
    }

    /// The API name of the first field that only the A-End's owner may change.
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

    /// Whether more than the name and the cost centre changes.
    fn touches_the_contract(&self) -> bool {
        self.rate_limit.is_some()
            || self.term.is_some()
            || self.shutdown.is_some()
            || self.a_end() != WantedEnd::default()
            || self.b_end() != WantedEnd::default()
    }
}

/// Changes a VXC. The A-End's owner can change what it pays for; the B-End's owner can change its own end.
pub(crate) fn apply(session: &Session<'_>, vxc: &Vxc, change: &Change) -> Answer<()> {
    check_may(&session.caller, vxc, change)?;
    let mut attributes = Attributes::new(vxc);
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
    if let Some(end) = changed_end(session, vxc, &vxc.a_end, &change.a_end())? {
        attributes.a_product_id = end.product_id;
        (attributes.a_vlan, attributes.a_inner_vlan) = (end.vlan, end.inner_vlan);
    }
    if let Some(end) = changed_end(session, vxc, &vxc.b_end, &change.b_end())? {
        attributes.b_product_id = end.product_id;
        (attributes.b_vlan, attributes.b_inner_vlan) = (end.vlan, end.inner_vlan);
    }
    if attributes.a_product_id == attributes.b_product_id {
        return Err(Refusal::bad("Both ends of the VXC would be on the same port"));
    }
    attributes.update(session.transaction, vxc.id)?;
    match change.rate_limit {
        Some(rate_limit) => change_speed(session, vxc, rate_limit),
        None => Ok(()),
    }
}

fn check_may(caller: &Caller, vxc: &Vxc, change: &Change) -> Answer<()> {
    if !vxc.concerns(caller.company_id) {
        return Err(Refusal::forbidden("This VXC is not yours"));
    }
    caller.require(Action::ChangeService)?;
    let touches_b_end = change.b_end() != WantedEnd::default();
    if touches_b_end && vxc.b_end.company_id != caller.company_id {
        // Confirmed, word for word.
        return Err(Refusal::forbidden("Only B end owner can change B VLAN"));
    }
    if change.touches_the_payers() && vxc.a_end.company_id != caller.company_id {
        return Err(Refusal::forbidden("Only the owner of the A-End may change this"));
    }
    if !change.touches_the_payers() && !touches_b_end {
        return Err(Refusal::bad("The request contains no changes"));
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

fn changed_end(
    session: &Session<'_>,
    vxc: &Vxc,
    end: &End,
    change: &WantedEnd,
) -> Answer<Option<AcceptedEnd>> {
    if *change == WantedEnd::default() {
        return Ok(None);
    }
    let port = match &change.product_uid {
        None => products::by_id(session.transaction, end.product_id)?,
        Some(uid) => new_port(session, uid)?,
    };
    check_carries(vxc.rate_limit_mbps, &port)?;
    let inner_vlan = change.inner_vlan.or(end.inner_vlan);
    decision::end_on(session, vxc, &port, change.vlan.or(end.vlan), inner_vlan).map(Some)
}

fn new_port(session: &Session<'_>, uid: &str) -> Answer<Product> {
    let port = own_port(session, "The port", uid)?;
    if !port.vxc_permitted || port.status != "LIVE" {
        return Err(Refusal::bad(format!("{} does not accept VXCs", port.name)));
    }
    Ok(port)
}

/// Lowers the rate limit immediately, or requests a higher one from the provider. Replaces a pending speed change.
fn change_speed(session: &Session<'_>, vxc: &Vxc, rate_limit: i64) -> Answer<()> {
    let Session { transaction, caller, now_ms, .. } = session;
    let a_port = products::by_id(transaction, vxc.a_end.product_id)?;
    let b_port = products::by_id(transaction, vxc.b_end.product_id)?;
    check_speed(rate_limit, &a_port, &b_port)?;
    if let Some(waiting) = vxc.pending().filter(|order| order.kind == OrderType::SpeedChange) {
        let name = caller.signature();
        let by = Settler::person(&name, caller.company_id);
        orders::settle(transaction, waiting.id, OrderStatus::Superseded, *now_ms, by, None)?;
        let superseded = vxcs::by_id(transaction, vxc.id)?;
        events::tell_withdrawn(transaction, &superseded, Some(rate_limit), *now_ms)?;
    }
    if rate_limit == vxc.rate_limit_mbps {
        return Ok(());
    }
    if rate_limit < vxc.rate_limit_mbps {
        vxcs::set_rate_limit(transaction, vxc.id, rate_limit)?;
        // Lowering the speed needs no request, so the new charge refers to none.
        let slower = Vxc { approval: None, ..vxcs::by_id(transaction, vxc.id)? };
        return Ok(events::tell_customer(transaction, Kind::ChargeChanged, &slower, *now_ms)?);
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
        created_at: *now_ms,
        expires_at: None,
    };
    let order_id = new.insert(transaction)?;
    vxcs::set_order(transaction, vxc.id, order_id, false)?;
    let automatic = automatic_reason(&a_port, &b_port, None);
    if let Some(by) = &automatic {
        let by = Settler::without_person(by);
        orders::settle(transaction, order_id, OrderStatus::Approved, *now_ms, by, None)?;
    }
    let asked = vxcs::by_id(transaction, vxc.id)?;
    events::tell_provider(transaction, Kind::SpeedChangeAsked, &asked, *now_ms)?;
    match automatic {
        Some(_) => decision::put_faster(session, &asked, rate_limit),
        None => Ok(()),
    }
}
