//! Reading a port with the ports it shares its room with.

use jiff::Timestamp;

use crate::api::{Client, products};
use crate::domain::ports::scan::{Keep, Port, ProductScan, Scanned};
use crate::error::Error;
use crate::exit::Exit;

/// The port of this uid with the requests that wait on it; for the member of a LAG all my ports with theirs, since its
/// room is that of the members together.
pub(crate) async fn read_with_its_lag(client: &Client, uid: &str, now: Timestamp) -> Result<Scanned, Error> {
    let read = scan_port(client, uid, now).await?;
    let is_alone =
        |port: &Port| port.product.capacity_group().as_deref() == port.product.product_uid.as_deref();
    if read.ports.iter().all(is_alone) {
        return Ok(read);
    }
    let scan = products::stream(client, || ProductScan::new(Keep::Pending, true, now)).await?;
    let read = scan.finish();
    read.gap().map_or(Ok(read), Err)
}

pub(crate) async fn read_port(client: &Client, uid: &str, now: Timestamp) -> Result<Port, Error> {
    scan_port(client, uid, now).await?.ports.pop().ok_or_else(|| no_port_error(uid))
}

async fn scan_port(client: &Client, uid: &str, now: Timestamp) -> Result<Scanned, Error> {
    let scan = products::stream_one(client, uid, || ProductScan::new(Keep::Pending, true, now)).await?;
    let read = scan.finish();
    match read.gap() {
        _ if read.ports.is_empty() => Err(no_port_error(uid)),
        Some(gap) => Err(gap),
        None => Ok(read),
    }
}

fn no_port_error(uid: &str) -> Error {
    Error::new(Exit::NotFound, format!("no port found with UID {uid}")).about(uid)
}
