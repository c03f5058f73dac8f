//! `PUT /v2/product/megaport/{uid}`, the ports of the Marketplace, and tags.

use std::collections::HashSet;

use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::envelope::{Envelope, list_head};
use super::products::own_product;
use super::request::{Json, Uid};
use super::views::product_view;
use crate::sandbox::app::Call;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::domain::ordering::{check_cost_centre, check_name};
use crate::sandbox::domain::session::Session;
use crate::sandbox::domain::terms::check_term;
use crate::sandbox::domain::text::check_line;
use crate::sandbox::event::{Event, Kind};
use crate::sandbox::events;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::products::{PortSettings, Product};
use crate::sandbox::store::{products, vxcs};
use crate::sandbox::stream::{self, PIECE_BYTES, Pieces};

/// The changeable fields of a port; absent fields stay unchanged. `vxcAutoApproval` is our decision.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PortChange {
    name: Option<String>,
    cost_centre: Option<String>,
    term: Option<i64>,
    marketplace_visibility: Option<bool>,
    vxc_auto_approval: Option<bool>,
}

pub(crate) async fn change(
    call: Call,
    Uid(uid): Uid,
    Json(change): Json<PortChange>,
) -> Answer<Envelope<Value>> {
    let message = format!("Product [{uid}] has been updated");
    let view = call.write(move |session| change_port(session, &uid, &change)).await?;
    Ok(Envelope::new(message, view))
}

fn change_port(session: &Session<'_>, uid: &str, change: &PortChange) -> Answer<Value> {
    let Session { transaction, caller, .. } = session;
    let port = own_product(session, uid)?;
    let public = change.marketplace_visibility.is_some() || change.vxc_auto_approval.is_some();
    let private = change.name.is_some() || change.cost_centre.is_some() || change.term.is_some();
    if !public && !private {
        return Err(Refusal::bad("The request contains no changes"));
    }
    if public {
        caller.require(Action::Administer)?;
    }
    if private {
        caller.require(Action::ChangeService)?;
    }
    let mut settings = PortSettings {
        name: port.name.clone(),
        cost_centre: port.cost_centre.clone(),
        contract_term_months: port.contract_term_months,
        marketplace_visibility: change.marketplace_visibility.unwrap_or(port.marketplace_visibility),
        vxc_auto_approval: change.vxc_auto_approval.unwrap_or(port.vxc_auto_approval),
    };
    if let Some(name) = &change.name {
        check_name(name)?;
        settings.name.clone_from(name);
    }
    if let Some(cost_centre) = &change.cost_centre {
        check_cost_centre(Some(cost_centre))?;
        settings.cost_centre = Some(cost_centre.clone()).filter(|text| !text.is_empty());
    }
    if let Some(term) = change.term {
        check_term(term)?;
        settings.contract_term_months = term;
    }
    settings.update(transaction, port.id)?;
    if settings.marketplace_visibility != port.marketplace_visibility {
        tell(session, Kind::PortVisibilityChanged, &port, settings.marketplace_visibility)?;
    }
    if settings.vxc_auto_approval != port.vxc_auto_approval {
        tell(session, Kind::PortAutoApprovalChanged, &port, settings.vxc_auto_approval)?;
    }
    session.note("Port changed", &settings.name)?;
    Ok(product_view(&products::by_id(transaction, port.id)?))
}

fn tell(session: &Session<'_>, kind: Kind, port: &Product, on: bool) -> Answer<()> {
    let payload = json!({
        "port": {"uid": port.uid, "name": port.name, "location": port.location_name},
        "on": on,
        "changed_by": session.caller.signature(),
        "at": rfc3339(session.now_ms),
    });
    let event =
        Event { kind, company_id: port.company_id, subject_uid: &port.uid, payload, at_ms: session.now_ms };
    events::record(session.transaction, &event)?;
    Ok(())
}

/// The ports that anybody may order to.
pub(crate) async fn marketplace(call: Call) -> Answer<Response> {
    stream::answer(call, Marketplace::default()).await
}

/// Ports read at a time, some 10 KB.
const PORTS: usize = 32;

/// How far the list is written.
#[derive(Default)]
struct Marketplace {
    written: usize,
    last_id: i64,
}

impl Pieces for Marketplace {
    fn write(&mut self, session: &Session<'_>, piece: &mut Vec<u8>) -> Answer<bool> {
        if self.written == 0 {
            session.caller.require(Action::See)?;
            piece.extend(list_head("Partner megaports").as_bytes());
        }
        while piece.len() < PIECE_BYTES {
            let ports = products::marketplace_after(session.transaction, self.last_id, PORTS)?;
            for port in &ports {
                if self.written > 0 {
                    piece.push(b',');
                }
                self.written += 1;
                self.last_id = port.id;
                serde_json::to_writer(&mut *piece, &partner_view(port, self.written))?;
            }
            if ports.len() < PORTS {
                piece.extend(b"]}");
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn partner_view(port: &Product, rank: usize) -> Value {
    json!({
        "productUid": port.uid,
        "title": port.name,
        "companyUid": port.company_uid,
        "companyName": port.company_name,
        "connectType": port.connect_type,
        "locationId": port.location_id,
        "speed": port.speed_mbps,
        "rank": rank,
        "vxcPermitted": port.vxc_permitted,
        "diversityZone": port.diversity_zone,
    })
}

/// The tags of a product, in and out (confirmed).
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tags {
    resource_tags: Vec<Tag>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Tag {
    key: String,
    value: String,
}

pub(crate) async fn show_tags(call: Call, Uid(uid): Uid) -> Answer<Envelope<Tags>> {
    let found = call
        .read(move |session| {
            check_tagged(session, &uid)?;
            read_tags(session, &uid)
        })
        .await?;
    Ok(Envelope::new("Resource tags", found))
}

pub(crate) async fn replace_tags(
    call: Call,
    Uid(uid): Uid,
    Json(wanted): Json<Tags>,
) -> Answer<Envelope<Tags>> {
    if wanted.resource_tags.iter().any(|tag| tag.key.trim().is_empty()) {
        return Err(Refusal::bad("The key of a tag must not be empty"));
    }
    let mut keys = HashSet::new();
    for Tag { key, value } in &wanted.resource_tags {
        check_line("A tag's key", key)?;
        check_line("A tag's value", value)?;
        if !keys.insert(key.as_str()) {
            return Err(Refusal::bad(format!("The tag {key} is given twice")));
        }
    }
    let written = call
        .write(move |session| {
            check_tagged(session, &uid)?;
            session.caller.require(Action::ChangeService)?;
            let pairs: Vec<_> = wanted.resource_tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
            products::replace_tags(session.transaction, &uid, &pairs)?;
            read_tags(session, &uid)
        })
        .await?;
    Ok(Envelope::new("Resource tags have been updated", written))
}

fn read_tags(session: &Session<'_>, uid: &str) -> Answer<Tags> {
    let found = products::tags(session.transaction, uid)?;
    Ok(Tags { resource_tags: found.into_iter().map(|(key, value)| Tag { key, value }).collect() })
}

/// Tags are the owner's: of a port, or of the VXC that it pays for.
fn check_tagged(session: &Session<'_>, uid: &str) -> Answer<()> {
    match vxcs::by_uid(session.transaction, uid)? {
        Some(vxc) if vxc.a_end.company_id == session.caller.company_id => Ok(()),
        Some(_) => Err(Refusal::forbidden(format!("The product {uid} is not yours"))),
        None => own_product(session, uid).map(drop),
    }
}
