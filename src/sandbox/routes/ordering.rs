//! `/v3/networkdesign/validate`, `/v3` and `/v4/networkdesign/buy`: ordering VXCs.

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::envelope::Envelope;
use super::request::Json;
use crate::sandbox::app::{Access, App, Session};
use crate::sandbox::domain::ordering::{self, Placed, PortOrder};
use crate::sandbox::domain::role::Action;
use crate::sandbox::domain::{partner, price};
use crate::sandbox::refusal::Answer;
use crate::sandbox::store::activity;
use crate::sandbox::store::orders::OrderStatus;

/// The body of version 4 (confirmed).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Design {
    network_design: Value,
}

/// Whether it could be ordered, and what it would cost. Nothing stays of it.
pub(crate) async fn validate(
    access: Access,
    State(app): State<App>,
    Json(work): Json<Value>,
) -> Answer<Envelope<Vec<Value>>> {
    let ports = read(&work)?;
    let prices = app
        .write(access, move |session| {
            session.caller.must(Action::Order)?;
            let Session { transaction, caller, .. } = session;
            partner::rehearse(transaction, || {
                let placed = ordering::place_all(transaction, caller, &ports, session.timing())?;
                Ok(placed.iter().map(price_view).collect::<Vec<_>>())
            })
        })
        .await?;
    Ok(Envelope::of("Validation passed", prices))
}

pub(crate) async fn buy_bare(
    access: Access,
    State(app): State<App>,
    Json(work): Json<Value>,
) -> Answer<Envelope<Vec<Value>>> {
    buy(access, app, work).await
}

pub(crate) async fn buy_design(
    access: Access,
    State(app): State<App>,
    Json(design): Json<Design>,
) -> Answer<Envelope<Vec<Value>>> {
    buy(access, app, design.network_design).await
}

async fn buy(access: Access, app: App, work: Value) -> Answer<Envelope<Vec<Value>>> {
    let ports = read(&work)?;
    let confirmations = app.write(access, move |session| order(session, &ports, &work)).await?;
    Ok(Envelope::of("VXC orders created", confirmations))
}

fn read(work: &Value) -> Answer<Vec<PortOrder>> {
    body::read_value(work)
}

fn order(session: &Session<'_>, ports: &[PortOrder], work: &Value) -> Answer<Vec<Value>> {
    let Session { transaction, caller, .. } = session;
    caller.must(Action::Order)?;
    let place = || ordering::place_all(transaction, caller, ports, session.timing());
    if let Some(approver) = partner::approver(transaction, caller)? {
        let placed = partner::rehearse(transaction, place)?;
        let uid = partner::enqueue(transaction, caller, approver, "NEW_ORDER", None, work, session.timing())?;
        return Ok(placed.iter().map(|placed| queued_view(placed, &uid, session.now_ms)).collect());
    }
    let placed = place()?;
    for placed in &placed {
        let description = format!("{} to {}", placed.vxc.name, placed.vxc.b_end.product_name);
        activity::note(
            transaction,
            caller.company_id,
            caller.holder.user_id,
            "VXC ordered",
            &description,
            session.now_ms,
        )?;
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

/// What a managed account gets to see: an order that waits for its partner, with no VXC yet (decision).
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
