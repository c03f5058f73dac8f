//! `GET /v2/product/port/{uid}/vlan?vlan=N`: whether a VLAN is free on a port.

use super::envelope::Envelope;
use super::request::{Parameters, Uid};
use crate::sandbox::app::Call;
use crate::sandbox::domain::vlan;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::{products, vxcs};

/// The VLAN in an array where it is free, an empty array where it isn't (confirmed, megaport-api.md).
pub(crate) async fn check(call: Call, Uid(uid): Uid, parameters: Parameters) -> Answer<Envelope<Vec<i64>>> {
    let wanted = parameters.number("vlan")?.ok_or_else(|| Refusal::bad("The parameter vlan is missing"))?;
    vlan::check_range("VLAN", Some(wanted))?;
    let free = call
        .read(move |session| {
            session.caller.require(Action::See)?;
            let port = products::by_uid(session.transaction, &uid)?
                .ok_or_else(|| Refusal::not_found(format!("There is no port {uid}")))?;
            if port.company_id != session.caller.company_id && !port.marketplace_visibility {
                return Err(Refusal::forbidden(format!("The port {uid} is not yours")));
            }
            let taken = vxcs::taken_vlans(session.transaction, port.id, None)?;
            Ok(match wanted {
                vlan::PICK => vlan::lowest_free(&taken).into_iter().collect(),
                wanted => vlan::is_free(&taken, wanted, None).then_some(wanted).into_iter().collect(),
            })
        })
        .await?;
    Ok(Envelope::new("VLAN availability", free))
}
