//! `/v3/networkdesign/validate`, `/v3` and `/v4/networkdesign/buy`: ordering VXCs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::envelope::Envelope;
use super::request::Json;
use crate::sandbox::app::Call;
use crate::sandbox::domain::ordering::{self, Placed, PortOrder};
use crate::sandbox::domain::partner;
use crate::sandbox::domain::session::Session;
use crate::sandbox::price;
use crate::sandbox::refusal::Answer;
use crate::sandbox::role::Action;
use crate::sandbox::store::orders::OrderStatus;

/// The body of version 4 (confirmed).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Design {
    network_design: Value,
}

/// Validates an order and returns its price. Changes nothing.
pub(crate) async fn validate(call: Call, Json(work): Json<Value>) -> Answer<Envelope<Vec<Value>>> {
    let ports = read(&work)?;
    let prices = call
        .write(move |session| {
            session.caller.require(Action::Order)?;
            partner::rehearse(session.transaction, || {
                let placed = ordering::place_all(session, &ports)?;
                Ok(placed.iter().map(price_view).collect::<Vec<_>>())
            })
        })
        .await?;
    Ok(Envelope::new("Validation passed", prices))
}

pub(crate) async fn buy_bare(call: Call, Json(work): Json<Value>) -> Answer<Envelope<Vec<Value>>> {
    buy(call, work).await
}

pub(crate) async fn buy_design(call: Call, Json(design): Json<Design>) -> Answer<Envelope<Vec<Value>>> {
    buy(call, design.network_design).await
}

async fn buy(call: Call, work: Value) -> Answer<Envelope<Vec<Value>>> {
    let ports = read(&work)?;
    let confirmations = call.write(move |session| order(session, &ports, &work)).await?;
    Ok(Envelope::new("VXC orders created", confirmations))
}

fn read(work: &Value) -> Answer<Vec<PortOrder>> {
    body::read_value(work)
}

fn order(session: &Session<'_>, ports: &[PortOrder], work: &Value) -> Answer<Vec<Value>> {
    session.caller.require(Action::Order)?;
    let place = || ordering::place_all(session, ports);
    if let Some(approver) = partner::approver(session)? {
        let placed = partner::rehearse(session.transaction, place)?;
        let uid = partner::enqueue(session, approver, "NEW_ORDER", None, work)?;
        return Ok(placed.iter().map(|placed| queued_view(placed, &uid, session.now_ms)).collect());
    }
    let placed = place()?;
    for placed in &placed {
        let description = format!("{} to {}", placed.vxc.name, placed.vxc.b_end.product_name);
        session.note("VXC ordered", &description)?;
    }
    Ok(placed.iter().map(confirmation).collect())
}

/// An order confirmation (confirmed, megaport-api.md).
fn confirmation(placed: &Placed) -> Value {
    let vxc = &placed.vxc;
    let approved = vxc.approval.as_ref().is_some_and(|order| order.status == OrderStatus::Approved);
    json!({
        "vxcJTechnicalServiceUid": vxc.uid,
        "vxcJTechnicalServiceId": vxc.id,
        "vxcOrderId": vxc.approval.as_ref().map(|order| order.id),
        "orderApprovalUid": vxc.approval.as_ref().map(|order| &order.uid),
        "serviceName": vxc.name,
        "speed": vxc.rate_limit_mbps,
        "orderType": "NEW",
        "payerCompanyName": vxc.a_end.company_name,
        "nonPayerCompanyName": vxc.b_end.company_name,
        "payerMegaPortName": vxc.a_end.product_name,
        "nonPayerMegaPortName": vxc.b_end.product_name,
        "payerVlanId": vxc.a_end.vlan,
        "nonPayerVlanId": vxc.b_end.vlan,
        "payerStatus": "APPROVED",
        "nonPayerStatus": if approved { "APPROVED" } else { "PENDING" },
        "serviceKey": placed.service_key,
        "distanceBand": vxc.distance_band,
        "contractTermMonths": vxc.contract_term_months,
        "costCentre": vxc.cost_centre,
        "createDate": vxc.created_at,
        "fullyApproved": approved,
    })
}

/// The confirmation for a managed account: an order pending with its partner, without a VXC (decision).
fn queued_view(placed: &Placed, entry_uid: &str, now_ms: i64) -> Value {
    let mut view = confirmation(placed);
    for field in ["vxcJTechnicalServiceUid", "vxcJTechnicalServiceId", "vxcOrderId"] {
        view[field] = Value::Null;
    }
    view["orderApprovalUid"] = json!(entry_uid);
    view["payerStatus"] = json!("PENDING");
    view["nonPayerStatus"] = json!("PENDING");
    view["createDate"] = json!(now_ms);
    view["fullyApproved"] = json!(false);
    view
}

fn price_view(placed: &Placed) -> Value {
    let vxc = &placed.vxc;
    let monthly = price::monthly(vxc.rate_limit_mbps, &vxc.distance_band);
    json!({
        "serviceName": vxc.name,
        "productType": "VXC",
        "string": format!("{} Mbps, {}", vxc.rate_limit_mbps, vxc.distance_band),
        "price": {
            "currency": price::CURRENCY,
            "monthlyRate": monthly,
            "dailyRate": (monthly * 12.0 / 365.0 * 100.0).round() / 100.0,
            "hourlyRate": (monthly * 12.0 / 8_760.0 * 10_000.0).round() / 10_000.0,
            "monthlySetup": 0.0,
            "dailySetup": 0.0,
            "hourlySetup": 0.0,
            "monthlyRackRate": monthly,
            "productType": "VXC",
        },
    })
}
