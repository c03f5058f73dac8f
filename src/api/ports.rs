//! Queries about one port.

use serde_json::Value;

use crate::api::call::Call;
use crate::api::client::Client;
use crate::api::failure::unreadable_answer_error;
use crate::api::lenient;
use crate::api::vlan::Vlan;
use crate::api::vxc::path_segment;
use crate::error::Error;
use crate::text::Uid;

/// Whether a VLAN is free on a port: `GET /v2/product/port/{uid}/vlan?vlan=N` (confirmed; advisory, as requests may
/// race).
pub(crate) async fn vlan_is_free(client: &Client, port_uid: &Uid, vlan: Vlan) -> Result<bool, Error> {
    let path = format!("/v2/product/port/{}/vlan", path_segment(port_uid.as_str()));
    let call = Call::get(path).query("vlan", i64::from(vlan));
    let free: Vec<Value> = client.read(&call).await?;
    match free.iter().any(|one| lenient::as_integer(one).is_none()) {
        true => Err(unreadable_answer_error(&call.name(), b"{", "not all of `data` are VLANs")),
        false => Ok(free.iter().any(|one| Vlan::from_wire(one) == Some(vlan))),
    }
}
