//! My ports, without their VXCs, and finding one by what people call it.

use crate::api::Client;
use crate::api::products::{self, Product, ProductSink};
use crate::api::vxc::Vxc;
use crate::domain::ports::{find_port, no_such_port};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::id::WHOLE;

#[derive(Default)]
struct PortSink(Vec<Product>);

impl ProductSink for PortSink {
    /// The VXCs are no matter here.
    fn note_unread(&mut self) {}

    fn kept_bytes(&self) -> usize {
        self.0.len() * size_of::<Product>()
    }

    fn vxc(&mut self, _: Vxc, _: &str) {}

    fn product(&mut self, product: Product) {
        self.0.push(product);
    }
}

pub(crate) async fn list(client: &Client) -> Result<Vec<Product>, Error> {
    Ok(products::stream(client, PortSink::default).await?.0)
}

/// Reads the port meant: a whole uid by itself, a name or the start of a uid by the list of all. None is called so:
/// exit 8; several are: exit 2.
pub(crate) async fn find(client: &Client, named: &str) -> Result<Product, Error> {
    let named = named.trim();
    if named.len() == WHOLE && !named.contains(char::is_whitespace) {
        let read = products::stream_one(client, &named.into(), PortSink::default).await;
        return match read {
            Ok(mut sink) => sink.0.pop().ok_or_else(|| no_such_port(named)),
            Err(error) if error.exit == Exit::NotFound => Err(no_such_port(named)),
            Err(error) => Err(error),
        };
    }
    find_port(&list(client).await?, named).cloned()
}
