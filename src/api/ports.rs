//! Queries about one port.

use serde_json::Value;

use crate::api::client::{Call, Client};
use crate::api::vlan::Vlan;
use crate::api::vxc::path_segment;
use crate::error::Error;

/// Whether a VLAN is free on a port: `GET /v2/product/port/{uid}/vlan?vlan=N` (confirmed; advisory, as requests may
/// race).
pub(crate) async fn vlan_is_free(client: &Client, port_uid: &str, vlan: Vlan) -> Result<bool, Error> {
    let path = format!("/v2/product/port/{}/vlan", path_segment(port_uid));
    let free: Value = client.read(&Call::get(path).query("vlan", i64::from(vlan))).await?;
    Ok(free.as_array().is_some_and(|free| free.iter().any(|one| Vlan::from_wire(one) == Some(vlan))))
}
