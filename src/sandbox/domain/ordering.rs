//! Ordering VXCs: validation and placement.

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::decision::WantedEnd;
use super::session::Session;
use super::terms::{check_speed, check_term};
use super::text::check_line;
use super::{decision, lifecycle, vlan};
use crate::sandbox::event::{BY_KEY, BY_PORT, Kind, SAME_COMPANY};
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::orders::{self, NewOrder, OrderStatus, OrderType, Settler};
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::service_keys::{self, ServiceKey};
use crate::sandbox::store::vxcs::{self, NewVxc, Vxc};

/// One port with the VXCs ordered from it (confirmed, megaport-api.md).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PortOrder {
    pub(crate) product_uid: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) associated_vxcs: Vec<VxcOrder>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VxcOrder {
    pub(crate) product_name: String,
    pub(crate) rate_limit: i64,
    pub(crate) term: Option<i64>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) shutdown: bool,
    pub(crate) service_key: Option<String>,
    pub(crate) cost_centre: Option<String>,
    pub(crate) promo_code: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) a_end: WantedEnd,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) b_end: WantedEnd,
}

/// `null` counts as absent.
fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<T, D::Error> {
    Option::deserialize(value).map(Option::unwrap_or_default)
}

#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) vxc: Vxc,
    pub(crate) service_key: Option<String>,
}

/// Places every VXC of an order, or none.
pub(crate) fn place_all(session: &Session<'_>, ports: &[PortOrder]) -> Answer<Vec<Placed>> {
    if ports.iter().all(|port| port.associated_vxcs.is_empty()) {
        return Err(Refusal::bad("associatedVxcs must not be empty"));
    }
    let mut placed = Vec::new();
    for port in ports {
        let a_port = own_port(session, "productUid", &port.product_uid)?;
        check_takes_vxcs(&a_port)?;
        for order in &port.associated_vxcs {
            placed.push(place(session, &a_port, order)?);
        }
    }
    Ok(placed)
}

fn place(session: &Session<'_>, a_port: &Product, order: &VxcOrder) -> Answer<Placed> {
    let Session { transaction, caller, now_ms, .. } = session;
    let due_at = now_ms + lifecycle::REQUEST_LIFE_MS;
    check_name(&order.product_name)?;
    check_cost_centre(order.cost_centre.as_deref())?;
    check_line("promoCode", order.promo_code.as_deref().unwrap_or_default())?;
    let term = order.term.unwrap_or(1);
    check_term(term)?;
    let key = order.service_key.as_deref().map(|text| usable_key(session, text.trim(), order)).transpose()?;
    let b_port = destination(session, order, key.as_ref())?;
    if b_port.id == a_port.id {
        return Err(Refusal::bad("Both ends of the VXC are on the same port"));
    }
    check_speed(order.rate_limit, a_port, &b_port)?;
    let taken = vxcs::taken_vlans(transaction, a_port.id, None)?;
    let (a_vlan, a_inner_vlan) =
        vlan::settle(&a_port.name, &taken, order.a_end.vlan, order.a_end.inner_vlan)?;
    let asked_vlan = key.as_ref().and_then(|key| key.terms.vlan).or(order.b_end.vlan);
    let asked_vlan = asked_vlan.filter(|&vlan| vlan != vlan::PICK);
    let b_inner_vlan = order.b_end.inner_vlan.filter(|&inner| inner != vlan::PICK && inner != vlan::UNTAGGED);
    // The VLAN is requested, not taken, but it must not be in use.
    let taken = vxcs::taken_vlans(transaction, b_port.id, None)?;
    vlan::settle(&b_port.name, &taken, asked_vlan, b_inner_vlan)?;

    let new = NewVxc {
        uid: &Uuid::new_v4().to_string(),
        name: &order.product_name,
        status: "DEPLOYABLE",
        accepted: false,
        rate_limit_mbps: order.rate_limit,
        distance_band: distance_band(a_port, &b_port),
        a_product_id: a_port.id,
        a_company_id: a_port.company_id,
        a_vlan: Some(a_vlan),
        a_inner_vlan,
        b_product_id: b_port.id,
        b_company_id: b_port.company_id,
        b_vlan: asked_vlan,
        b_inner_vlan,
        contract_term_months: term,
        cost_centre: order.cost_centre.as_deref(),
        promo_code: order.promo_code.as_deref(),
        shutdown: order.shutdown,
        service_key_id: key.as_ref().map(|key| key.id),
        created_at: *now_ms,
        live_at: None,
        due_at: Some(due_at),
    };
    let vxc_id = new.insert(transaction)?;
    let new = NewOrder {
        uid: &Uuid::new_v4().to_string(),
        vxc_id,
        kind: OrderType::New,
        old_rate_limit_mbps: None,
        new_rate_limit_mbps: None,
        requester_company_id: caller.company_id,
        approver_company_id: b_port.company_id,
        requested_by: Some(caller.holder.user_id),
        created_at: *now_ms,
        expires_at: Some(due_at),
    };
    let order_id = new.insert(transaction)?;
    vxcs::set_order(transaction, vxc_id, order_id, false)?;
    if let Some(key) = &key {
        service_keys::take(transaction, key, vxc_id, *now_ms)?;
    }
    let automatic = automatic_reason(a_port, &b_port, key.as_ref());
    announce(session, vxc_id, order_id, automatic.as_deref())?;
    Ok(Placed { vxc: vxcs::by_id(transaction, vxc_id)?, service_key: key.map(|key| key.key) })
}

/// Notifies both sides, and accepts the order if it needs no decision.
fn announce(session: &Session<'_>, vxc_id: i64, order_id: i64, automatic: Option<&str>) -> Answer<()> {
    let Session { transaction, now_ms, .. } = *session;
    if let Some(reason) = automatic {
        let by = Settler::without_person(reason);
        orders::settle(transaction, order_id, OrderStatus::Approved, now_ms, by, None)?;
    }
    let vxc = vxcs::by_id(transaction, vxc_id)?;
    events::tell_provider(transaction, Kind::RequestReceived, &vxc, now_ms)?;
    events::tell_customer(transaction, Kind::RequestSent, &vxc, now_ms)?;
    if automatic.is_some() {
        let port = products::by_id(transaction, vxc.b_end.product_id)?;
        let end = decision::end_on(session, &vxc, &port, vxc.b_end.vlan, vxc.b_end.inner_vlan)?;
        decision::put_accepted(session, &vxc, &end)?;
    }
    Ok(())
}

/// What accepts the order automatically, if anything.
pub(crate) fn automatic_reason(
    a_port: &Product,
    b_port: &Product,
    key: Option<&ServiceKey>,
) -> Option<String> {
    if a_port.company_id == b_port.company_id {
        Some(SAME_COMPANY.to_owned())
    } else if let Some(key) = key.filter(|key| key.terms.pre_approved == Some(true)) {
        Some(format!("{BY_KEY}{}", &key.key[..8]))
    } else {
        b_port.vxc_auto_approval.then(|| format!("{BY_PORT}{}", b_port.name))
    }
}

/// A port of the caller's company; `what` names its UID in a refusal.
pub(crate) fn own_port(session: &Session<'_>, what: &str, uid: &str) -> Answer<Product> {
    let port = products::by_uid(session.transaction, &uid.to_ascii_lowercase())?
        .ok_or_else(|| Refusal::bad(format!("{what} {uid} is unknown")))?;
    if port.company_id != session.caller.company_id {
        return Err(Refusal::forbidden(format!("The port {uid} is not yours")));
    }
    Ok(port)
}

fn destination(session: &Session<'_>, order: &VxcOrder, key: Option<&ServiceKey>) -> Answer<Product> {
    let asked = order.b_end.product_uid.as_deref().map(str::to_ascii_lowercase);
    let uid = match (asked, key) {
        (Some(uid), Some(key)) if uid != key.product_uid => {
            return Err(Refusal::bad("bEnd.productUid is not the port of the service key"));
        }
        (_, Some(key)) => key.product_uid.clone(),
        (Some(uid), None) => uid,
        (None, None) => return Err(Refusal::bad("bEnd.productUid or serviceKey is missing")),
    };
    let port = products::by_uid(session.transaction, &uid)?
        .ok_or_else(|| Refusal::bad(format!("bEnd.productUid {uid} is unknown")))?;
    if port.company_id != session.caller.company_id && !port.marketplace_visibility && key.is_none() {
        return Err(Refusal::forbidden(format!("The port {uid} is not open for orders")));
    }
    check_takes_vxcs(&port)?;
    Ok(port)
}

fn check_takes_vxcs(port: &Product) -> Answer<()> {
    if port.vxc_permitted && matches!(port.status.as_str(), "LIVE" | "CONFIGURED") && !port.locked {
        Ok(())
    } else {
        Err(Refusal::bad(format!("{} does not accept VXCs", port.name)))
    }
}

fn usable_key(session: &Session<'_>, text: &str, order: &VxcOrder) -> Answer<ServiceKey> {
    if text.is_empty() {
        return Err(Refusal::bad("serviceKey is empty; omit it to order without a service key"));
    }
    let key = service_keys::by_key(session.transaction, text)?
        .ok_or_else(|| Refusal::bad("The service key is unknown"))?;
    if let Some(obstacle) = key.obstacle(session.now_ms) {
        return Err(Refusal::bad(format!("The service key {obstacle}")));
    }
    if order.rate_limit > key.terms.max_speed_mbps {
        return Err(Refusal::bad(format!(
            "{} Mbps is more than the service key's maximum of {} Mbps",
            order.rate_limit, key.terms.max_speed_mbps
        )));
    }
    let promised = key.terms.vlan.filter(|&vlan| vlan != vlan::PICK);
    let asked = order.b_end.vlan.filter(|&vlan| vlan != vlan::PICK);
    if let (Some(promised), Some(asked)) = (promised, asked)
        && promised != asked
    {
        return Err(Refusal::bad(format!(
            "The service key is for VLAN {promised}, not for bEnd.vlan {asked}; omit bEnd.vlan or use {promised}"
        )));
    }
    Ok(key)
}

/// Refuses a name that is empty or too long (confirmed: 1 to 64 characters), or more than a line.
pub(crate) fn check_name(name: &str) -> Answer<()> {
    check_line("The name", name)?;
    match name.chars().count() {
        1..=64 if !name.trim().is_empty() => Ok(()),
        _ => Err(Refusal::bad("A name must have 1 to 64 characters")),
    }
}

/// Refuses a cost centre that is too long (confirmed: at most 255 characters), or more than a line.
pub(crate) fn check_cost_centre(cost_centre: Option<&str>) -> Answer<()> {
    check_line("costCentre", cost_centre.unwrap_or_default())?;
    match cost_centre {
        Some(text) if text.chars().count() > 255 => {
            Err(Refusal::bad("costCentre must have at most 255 characters"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn distance_band(a_port: &Product, b_port: &Product) -> &'static str {
    if a_port.metro == b_port.metro {
        "METRO"
    } else if a_port.market == b_port.market {
        "ZONE"
    } else {
        "LONG_HAUL"
    }
}
