//! `GET /v2/products` and `GET /v2/product/{uid}`.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::envelope::{Envelope, TERMS};
use super::request::Uid;
use super::views::{VxcView, product_view};
use crate::sandbox::app::{Call, Pieces};
use crate::sandbox::domain::session::Session;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::products::Product;
use crate::sandbox::store::{products, vxcs};

/// The company's ports with the VXCs on them, written while they are read.
pub(crate) async fn list(call: Call) -> Answer<Response> {
    let body = call.stream(write_list).await?;
    let mut response = Body::into_response(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn write_list(session: &Session<'_>, pieces: &mut Pieces) -> Answer<()> {
    session.caller.must(Action::See)?;
    let company_id = session.caller.company_id;
    pieces.text("{\"message\":\"List all products\",\"terms\":")?;
    pieces.json(&TERMS)?;
    pieces.text(",\"data\":[")?;
    for (place, product) in products::of_company(session.transaction, company_id)?.iter().enumerate() {
        if place > 0 {
            pieces.text(",")?;
        }
        // The product's own object is closed only after its VXCs.
        let head = product_view(product).to_string();
        pieces.text(head.strip_suffix('}').expect("an object ends so"))?;
        pieces.text(",\"associatedVxcs\":[")?;
        let mut first = true;
        vxcs::each_on_product(session.transaction, product.id, |vxc| -> Answer<()> {
            if !std::mem::take(&mut first) {
                pieces.text(",")?;
            }
            pieces.json(&VxcView::new(vxc, company_id))
        })?;
        pieces.text("]}")?;
    }
    pieces.text("]}")
}

pub(crate) async fn show(call: Call, Uid(uid): Uid) -> Answer<Envelope<Value>> {
    let found = call.read(move |session| find(session, &uid)).await?;
    Ok(Envelope::new("Found product", found))
}

fn find(session: &Session<'_>, uid: &str) -> Answer<Value> {
    session.caller.must(Action::See)?;
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
    vxcs::each_on_product(session.transaction, product.id, |vxc| -> Answer<()> {
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
