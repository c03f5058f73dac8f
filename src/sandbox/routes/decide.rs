//! Deciding requests: by VXC (`PUT /v3/product/vxc/{uid}`) and by order (`PUT /v2/order/vxc/{uid}`).

use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

use super::envelope::Envelope;
use super::request::{Json, Uid};
use super::views::order_view;
use crate::sandbox::app::{Access, App, Session};
use crate::sandbox::domain::decision::{self, OwnEnd};
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::vxcs::{self, Vxc};

/// The body by VXC. All but `isApproved` is a decision of ours (megaport-api.md).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByVxc {
    is_approved: Option<bool>,
    b_end_vlan: Option<i64>,
    b_end_inner_vlan: Option<i64>,
    b_end_product_uid: Option<String>,
    message: Option<String>,
}

/// The body by order (confirmed).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByOrder {
    is_approved: Option<bool>,
    vlan: Option<i64>,
}

/// What the provider says.
struct Verdict {
    accepted: bool,
    own_end: OwnEnd,
    reason: Option<String>,
}

pub(crate) async fn by_vxc(
    access: Access,
    State(app): State<App>,
    Uid(uid): Uid,
    Json(body): Json<ByVxc>,
) -> Answer<Envelope<Value>> {
    let accepted = body.is_approved.ok_or_else(|| Refusal::bad("isApproved is missing"))?;
    let verdict = Verdict {
        accepted,
        own_end: OwnEnd {
            product_uid: body.b_end_product_uid.map(|uid| uid.to_ascii_lowercase()),
            vlan: body.b_end_vlan,
            inner_vlan: body.b_end_inner_vlan,
        },
        reason: body.message.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
    };
    let view = app
        .write(access, move |session| {
            let vxc = vxcs::by_uid(&session.transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no VXC {uid}")))?;
            decide(session, &vxc, &verdict)
        })
        .await?;
    Ok(Envelope::of("Product has been updated", view))
}

pub(crate) async fn by_order(
    access: Access,
    State(app): State<App>,
    Uid(uid): Uid,
    Json(body): Json<ByOrder>,
) -> Answer<Envelope<Value>> {
    let accepted = body.is_approved.ok_or_else(|| Refusal::bad("isApproved is missing"))?;
    let own_end = OwnEnd { vlan: body.vlan, ..OwnEnd::default() };
    let verdict = Verdict { accepted, own_end, reason: None };
    let view = app
        .write(access, move |session| {
            let vxc = vxcs::by_order_uid(&session.transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no request {uid}")))?;
            decide(session, &vxc, &verdict)
        })
        .await?;
    Ok(Envelope::of("Order has been updated", view))
}

fn decide(session: &Session<'_>, vxc: &Vxc, verdict: &Verdict) -> Answer<Value> {
    let Session { transaction, caller, .. } = session;
    if verdict.accepted {
        decision::accept(transaction, caller, vxc, &verdict.own_end, session.timing())?;
    } else {
        decision::deny(transaction, caller, vxc, verdict.reason.as_deref(), session.timing())?;
    }
    Ok(order_view(&vxcs::by_id(transaction, vxc.id)?))
}
