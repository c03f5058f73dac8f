//! Finding and checking VLANs on a port.

use jiff::Timestamp;

use crate::api::{Client, ports, products};
use crate::approvals::decide::order::{VLAN_RANGE, VlanChoice};
use crate::approvals::scan::{Keep, Port, ProductScan};
use crate::error::Error;
use crate::exit::Exit;

/// VLANs that look free and are asked for one by one, at most.
const MOST_CANDIDATES: usize = 16;

/// Reads one of my ports with what is sold on it and the VLANs taken.
///
/// # Errors
/// As [`Client::read`]; a port that isn't there.
pub async fn read_port(client: &Client, port_uid: &str, now: Timestamp) -> Result<Port, Error> {
    let scan = products::stream_one(client, port_uid, || ProductScan::new(Keep::Pending, true, now)).await?;
    scan.finish()
        .ports
        .pop()
        .ok_or_else(|| Error::new(Exit::NotFound, format!("there is no port {port_uid}")).about(port_uid))
}

/// The VLAN to send for what was asked, checked to be free. Advisory: another may take it before the answer arrives.
///
/// # Errors
/// It is taken (exit 13), or none is free.
pub(super) async fn resolve(
    client: &Client,
    choice: VlanChoice,
    port_uid: &str,
    requested: Option<i64>,
    now: Timestamp,
) -> Result<i64, Error> {
    match choice {
        VlanChoice::Untagged => Ok(-1),
        // The request holds the VLAN it asked for itself.
        VlanChoice::Number(number) if requested == Some(number) => Ok(number),
        VlanChoice::Number(number) => match ports::vlan_is_free(client, port_uid, number).await {
            Ok(false) => Err(Error::new(Exit::Conflict, format!("VLAN {number} is taken on this port"))
                .hint("take another, or let portgate find one with --vlan next")
                .about(port_uid)),
            Ok(true) => Ok(number),
            // The check is a courtesy; a backend that doesn't offer it decides by itself.
            Err(error) if matches!(error.http_status, Some(403..=405)) => Ok(number),
            Err(error) => Err(error),
        },
        VlanChoice::Next => next_free(client, port_uid, now).await,
    }
}

/// The lowest VLAN that is free on the port.
///
/// # Errors
/// None is free, or the port can't be read.
async fn next_free(client: &Client, port_uid: &str, now: Timestamp) -> Result<i64, Error> {
    let port = read_port(client, port_uid, now).await?;
    next_free_on(client, port_uid, &port).await
}

/// The lowest VLAN that is free on a port read before.
///
/// # Errors
/// None is free, or the backend can't be asked.
pub async fn next_free_on(client: &Client, port_uid: &str, port: &Port) -> Result<i64, Error> {
    let taken: std::collections::HashSet<i64> = port.vlans.iter().copied().collect();
    for candidate in VLAN_RANGE.filter(|vlan| !taken.contains(vlan)).take(MOST_CANDIDATES) {
        if ports::vlan_is_free(client, port_uid, candidate).await? {
            return Ok(candidate);
        }
    }
    Err(Error::new(Exit::Conflict, "no free VLAN was found on this port")
        .hint("name one with --vlan N, or move the request to another port with --move-to PORT")
        .about(port_uid))
}
