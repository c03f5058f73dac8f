//! `GET /v2/products` and `GET /v2/product/{uid}`.

use std::vec::IntoIter;

use axum::response::Response;
use serde_json::{Value, json};

use super::envelope::{Envelope, list_head};
use super::request::Uid;
use super::views::{VxcView, product_view};
use crate::sandbox::app::Call;
use crate::sandbox::domain::session::Session;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::products::Product;
use crate::sandbox::store::{products, vxcs};
use crate::sandbox::stream::{self, PIECE_BYTES, Pieces};

/// The company's ports with the VXCs on them, written while they are read.
pub(crate) async fn list(call: Call) -> Answer<Response> {
    stream::answer(call, Ports::default()).await
}

/// VXCs read at a time, some 10 KB.
const VXCS: usize = 8;

/// What of the list isn't written yet.
#[derive(Default)]
struct Ports {
    /// None before the list has begun.
    ports: Option<IntoIter<i64>>,
    /// Those on the port that was begun last.
    vxcs: IntoIter<i64>,
    /// What stands before the next VXC, and before the next port.
    before: [&'static str; 2],
}

impl Pieces for Ports {
    fn write(&mut self, session: &Session<'_>, piece: &mut Vec<u8>) -> Answer<bool> {
        let company_id = session.caller.company_id;
        if self.ports.is_none() {
            session.caller.require(Action::See)?;
            self.ports = Some(products::ids_of_company(session.transaction, company_id)?.into_iter());
            piece.extend(list_head("List all products").as_bytes());
        }
        let ports = self.ports.as_mut().expect("it has begun");
        let [before_vxc, before_port] = &mut self.before;
        while piece.len() < PIECE_BYTES {
            if self.vxcs.len() > 0 {
                vxcs::for_each(session.transaction, self.vxcs.by_ref().take(VXCS), |vxc| -> Answer<()> {
                    piece.extend(std::mem::replace(before_vxc, ",").as_bytes());
                    Ok(serde_json::to_writer(&mut *piece, &VxcView::new(vxc, company_id))?)
                })?;
                continue;
            }
            let Some(port) = ports.next() else {
                piece.extend(if before_port.is_empty() { &b"]}"[..] } else { b"]}]}" });
                return Ok(false);
            };
            piece.extend(std::mem::replace(before_port, "]},").as_bytes());
            // The port's own object is closed only after its VXCs.
            let head = product_view(&products::by_id(session.transaction, port)?).to_string();
            piece.extend(head.strip_suffix('}').expect("an object ends so").as_bytes());
            piece.extend(b",\"associatedVxcs\":[");
            self.vxcs = vxcs::ids_on_product(session.transaction, port)?.into_iter();
            *before_vxc = "";
        }
        Ok(true)
    }
}

pub(crate) async fn show(call: Call, Uid(uid): Uid) -> Answer<Envelope<Value>> {
    let found = call.read(move |session| find(session, &uid)).await?;
    Ok(Envelope::new("Found product", found))
}

fn find(session: &Session<'_>, uid: &str) -> Answer<Value> {
    session.caller.require(Action::See)?;
    let company_id = session.caller.company_id;
    if let Some(vxc) = vxcs::by_uid(session.transaction, uid)? {
        if !vxc.concerns(company_id) {
            return Err(Refusal::forbidden(format!("The product {uid} is not yours")));
        }
        return Ok(serde_json::to_value(VxcView::new(&vxc, company_id))?);
    }
    let product = own_product(session, uid)?;
    let mut view = product_view(&product);
    let mut on_it = Vec::new();
    let ids = vxcs::ids_on_product(session.transaction, product.id)?;
    vxcs::for_each(session.transaction, ids, |vxc| -> Answer<()> {
        on_it.push(serde_json::to_value(VxcView::new(vxc, company_id))?);
        Ok(())
    })?;
    view["associatedVxcs"] = json!(on_it);
    Ok(view)
}

/// A port of the caller's company.
pub(crate) fn own_product(session: &Session<'_>, uid: &str) -> Answer<Product> {
    let product = products::by_uid(session.transaction, uid)?
        .ok_or_else(|| Refusal::not_found(format!("There is no product {uid}")))?;
    if product.company_id != session.caller.company_id {
        return Err(Refusal::forbidden(format!("The product {uid} is not yours")));
    }
    Ok(product)
}
