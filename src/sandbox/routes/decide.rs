//! Changing a VXC, and deciding what waits on it: by VXC (`PUT /v3/product/vxc/{uid}`) and by order (`PUT /v2/order/vxc/{uid}`).

use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::envelope::Envelope;
use super::request::{Body, Json, Uid};
use super::views::order_view;
use crate::sandbox::app::Call;
use crate::sandbox::domain::change::{self, Change};
use crate::sandbox::domain::decision::{self, WantedEnd};
use crate::sandbox::domain::partner;
use crate::sandbox::domain::session::Session;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::store::vxcs::{self, Vxc};

/// What makes the body by VXC a decision, beside what it changes. All but `isApproved` is ours (megaport-api.md).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ByVxc {
    is_approved: Option<bool>,
    message: Option<String>,
}

/// The body by order (confirmed).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ByOrder {
    is_approved: Option<bool>,
    vlan: Option<i64>,
}

async fn change_vxc(call: Call, uid: String, change: Change) -> Answer<Envelope<Value>> {
    let message = format!("Product [{uid}] has been updated");
    let view = call
        .write(move |session| {
            let transaction = session.transaction;
            let vxc = vxcs::by_uid(transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no VXC {uid}")))?;
            // What costs more or longer is for the partner of a managed account to approve.
            let costs = match (change.rate_limit, change.term) {
                (Some(rate), _) if rate > vxc.rate_limit_mbps => {
                    Some(("SPEED_CHANGE", json!({"rateLimit": rate})))
                }
                (_, Some(term)) if term != vxc.contract_term_months => {
                    Some(("TERM_CHANGE", json!({"term": term})))
                }
                _ => None,
            };
            let approver = partner::approver(session)?;
            if let (Some((kind, mut work)), Some(approver)) = (costs, approver) {
                partner::rehearse(transaction, || change::apply(session, &vxc, &change))?;
                work["productUid"] = json!(vxc.uid);
                let work = json!([work]);
                partner::enqueue(session, approver, kind, Some(vxc.id), &work)?;
            } else {
                change::apply(session, &vxc, &change)?;
                session.note("VXC changed", &vxc.name)?;
            }
            Ok(order_view(&vxcs::by_id(transaction, vxc.id)?))
        })
        .await?;
    Ok(Envelope::new(message, view))
}

/// What the provider says.
struct Verdict {
    accepted: bool,
    own_end: WantedEnd,
    reason: Option<String>,
}

pub(crate) async fn by_vxc(call: Call, Uid(uid): Uid, Body(body): Body) -> Answer<Envelope<Value>> {
    // Read twice rather than as one: with what it holds flattened in, the place of a mistake would be lost.
    let ByVxc { is_approved, message } = body::read(&body)?;
    let change: Change = body::read(&body)?;
    let Some(accepted) = is_approved else {
        return change_vxc(call, uid, change).await;
    };
    if let Some(field) = change.first_of_the_payers() {
        return Err(Refusal::bad(format!("A decision can only change the B-End, not {field}")));
    }
    let verdict = Verdict {
        accepted,
        own_end: WantedEnd {
            product_uid: change.b_end_product_uid.as_ref().map(|uid| uid.to_ascii_lowercase()),
            ..change.b_end()
        },
        reason: message.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
    };
    let view = call
        .write(move |session| {
            let vxc = vxcs::by_uid(session.transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no VXC {uid}")))?;
            decide(session, &vxc, &verdict)
        })
        .await?;
    Ok(Envelope::new("Product has been updated", view))
}

pub(crate) async fn by_order(
    call: Call,
    Uid(uid): Uid,
    Json(body): Json<ByOrder>,
) -> Answer<Envelope<Value>> {
    let accepted = body.is_approved.ok_or_else(|| Refusal::bad("isApproved is missing"))?;
    let own_end = WantedEnd { vlan: body.vlan, ..WantedEnd::default() };
    let verdict = Verdict { accepted, own_end, reason: None };
    let view = call
        .write(move |session| {
            let vxc = vxcs::by_order_uid(session.transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no request {uid}")))?;
            decide(session, &vxc, &verdict)
        })
        .await?;
    Ok(Envelope::new("Order has been updated", view))
}

fn decide(session: &Session<'_>, vxc: &Vxc, verdict: &Verdict) -> Answer<Value> {
    if verdict.accepted {
        let note = verdict.reason.as_deref();
        decision::accept(session, vxc, &verdict.own_end, note)?;
    } else {
        decision::deny(session, vxc, verdict.reason.as_deref())?;
    }
    session.note(if verdict.accepted { "Request accepted" } else { "Request denied" }, &vxc.name)?;
    Ok(order_view(&vxcs::by_id(session.transaction, vxc.id)?))
}
