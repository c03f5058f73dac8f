//! Reading a port with the ports it shares its room with.

use jiff::Timestamp;

use crate::api::{Client, products};
use crate::domain::ports::scan::{Keep, Port, ProductScan};
use crate::error::Error;
use crate::exit::Exit;

/// The port of this uid; for the member of a LAG all my ports, since its room is that of the members together.
pub(crate) async fn read_with_its_lag(
    client: &Client,
    uid: &str,
    now: Timestamp,
) -> Result<Vec<Port>, Error> {
    let port = read_port(client, uid, now).await?;
    if port.product.capacity_group().as_deref() == port.product.product_uid.as_deref() {
        return Ok(vec![port]);
    }
    let scan = products::stream(client, || ProductScan::new(Keep::Pending, false, now)).await?;
    Ok(scan.finish().ports)
}

pub(crate) async fn read_port(client: &Client, port_uid: &str, now: Timestamp) -> Result<Port, Error> {
    let scan = products::stream_one(client, port_uid, || ProductScan::new(Keep::Pending, true, now)).await?;
    scan.finish()
        .ports
        .pop()
        .ok_or_else(|| Error::new(Exit::NotFound, format!("there is no port {port_uid}")).about(port_uid))
}
