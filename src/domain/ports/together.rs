//! Reading a port with the ports it shares its room with.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::api::{Client, products};
use crate::domain::ports::scan::{Keep, Port, ProductScan, Scanned};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;

/// Ports that were read together.
#[derive(Debug, Default)]
pub(crate) struct PortsRead {
    pub(crate) ports: Vec<Port>,
    /// IDs of the requests that wait on them.
    pub(crate) waiting: HashSet<Uid>,
}

impl PortsRead {
    fn from_scanned(scanned: Scanned) -> Self {
        let waiting = scanned.approvals.into_iter().map(|approval| approval.id).collect();
        PortsRead { ports: scanned.ports, waiting }
    }
}

/// The port of this uid with the requests that wait on it; for the member of a LAG all my ports with theirs, since its
/// room is that of the members together.
pub(crate) async fn read_with_its_lag(
    client: &Client,
    uid: &Uid,
    now: Timestamp,
) -> Result<PortsRead, Error> {
    let read = scan_port(client, uid, now).await?;
    if read.ports.iter().all(|port| port.product.lag().is_none()) {
        return Ok(PortsRead::from_scanned(read));
    }
    let scan = products::stream(client, || ProductScan::new(Keep::Pending, true, now)).await?;
    let read = scan.finish();
    match read.gap() {
        Some(gap) => Err(gap),
        None => Ok(PortsRead::from_scanned(read)),
    }
}

async fn scan_port(client: &Client, uid: &Uid, now: Timestamp) -> Result<Scanned, Error> {
    let scan = products::stream_one(client, uid, || ProductScan::new(Keep::Pending, true, now)).await?;
    let read = scan.finish();
    match read.gap() {
        _ if read.ports.is_empty() => Err(no_port_error(uid)),
        Some(gap) => Err(gap),
        None => Ok(read),
    }
}

fn no_port_error(uid: &Uid) -> Error {
    Error::new(Exit::NotFound, format!("no port found with UID {uid}")).resource(uid.as_str())
}
