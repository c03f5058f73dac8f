//! `POST /v3/product/{uid}/action/CANCEL_NOW` and `/CANCEL`: ending a VXC.

use serde_json::Value;

use super::envelope::Envelope;
use super::request::PathOf;
use crate::sandbox::app::Call;
use crate::sandbox::clock::DAY_MS;
use crate::sandbox::domain::lifecycle;
use crate::sandbox::domain::session::Session;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::products;
use crate::sandbox::store::vxcs::{self, Stage, Vxc};

/// A month of a contract in the sandbox.
const MONTH_MS: i64 = 30 * DAY_MS;

pub(crate) async fn act(
    call: Call,
    PathOf((uid, action)): PathOf<(String, String)>,
) -> Answer<Envelope<Value>> {
    let (uid, action) = (uid.to_ascii_lowercase(), action.to_ascii_uppercase());
    let at_once = match action.as_str() {
        "CANCEL_NOW" => true,
        "CANCEL" => false,
        _ => return Err(Refusal::bad(format!("The action must be CANCEL or CANCEL_NOW, not {action}"))),
    };
    let message = format!("Action [{action} Service {uid}] has been done.");
    call.write(move |session| cancel(session, &uid, at_once)).await?;
    Ok(Envelope::new(message, Value::Null))
}

fn cancel(session: &Session<'_>, uid: &str, at_once: bool) -> Answer<()> {
    let Session { transaction, caller, .. } = session;
    let Some(vxc) = vxcs::by_uid(transaction, uid)? else {
        return Err(match products::by_uid(transaction, uid)? {
            Some(_) => Refusal::bad("Only VXCs can be cancelled here"),
            None => Refusal::not_found(format!("There is no product {uid}")),
        });
    };
    if vxc.a_end.company_id != caller.company_id {
        return Err(Refusal::forbidden("Only the owner of the A-End may cancel this VXC"));
    }
    caller.require(Action::Order)?;
    if vxc.is_over() {
        return Err(Refusal::bad(format!("The VXC is already {}", vxc.status)));
    }
    match end_of_month(&vxc, session.now_ms).filter(|_| !at_once) {
        // It runs to the end of the month that is paid for.
        Some(end) => {
            vxcs::set_terminate_at(transaction, vxc.id, end)?;
            vxcs::set_stage(transaction, vxc.id, Stage { status: &vxc.status, due_at: Some(end) })?;
        }
        None => lifecycle::cancel(transaction, &vxc, session.now_ms)?,
    }
    session.note("VXC cancelled", &vxc.name)?;
    Ok(())
}

fn end_of_month(vxc: &Vxc, now_ms: i64) -> Option<i64> {
    let live_at = vxc.live_at.filter(|_| vxc.status == "LIVE")?;
    Some(live_at + ((now_ms - live_at).div_euclid(MONTH_MS) + 1) * MONTH_MS)
}
