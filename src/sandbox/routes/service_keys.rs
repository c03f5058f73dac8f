//! `/v2/service/key`: made, looked up, replaced, validated; never deleted.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::envelope::Envelope;
use super::products::own_product;
use super::request::{Json, Parameters};
use super::views::product_view;
use crate::sandbox::app::Call;
use crate::sandbox::domain::session::Session;
use crate::sandbox::domain::text::check_line;
use crate::sandbox::domain::vlan;
use crate::sandbox::refusal::{Answer, Refusal};
use crate::sandbox::role::Action;
use crate::sandbox::store::products::{self, Product};
use crate::sandbox::store::service_keys::{self, KeyTerms, ServiceKey};
use crate::sandbox::store::vxcs;

/// The body of `POST` and `PUT` (confirmed, megaport-api.md).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyBody {
    key: Option<String>,
    product_uid: Option<String>,
    product_id: Option<i64>,
    description: Option<String>,
    single_use: Option<bool>,
    max_speed: Option<Mbps>,
    active: Option<bool>,
    pre_approved: Option<bool>,
    vlan: Option<i64>,
    valid_for: Option<Period>,
    promo_code: Option<String>,
}

/// A speed: a number, or a number in a string (confirmed: both arrive).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "Value")]
struct Mbps(i64);

impl TryFrom<Value> for Mbps {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .map(Mbps)
        .ok_or_else(|| format!("maxSpeed is a whole number of Mbps, not {value}"))
    }
}

/// From when until when, in milliseconds.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Period {
    start: Option<i64>,
    end: Option<i64>,
}

pub(crate) async fn list(call: Call, parameters: Parameters) -> Answer<Envelope<Value>> {
    let text = |name: &str| parameters.text(name).map(|value| value.trim().to_ascii_lowercase());
    let (key, product, company) = (text("key"), text("productIdOrUid"), text("companyIdOrUid"));
    let data = call
        .read(move |session| match key {
            Some(key) => look_up(session, &key),
            None => list_own(session, product.as_deref(), company.as_deref()),
        })
        .await?;
    Ok(Envelope::new("Service keys", data))
}

/// One key, by a path that escapes the mark before its query, as the official SDK sends it: `/v2/service/key%3Fkey=...`.
pub(crate) async fn show_escaped(call: Call, code: String) -> Answer<Envelope<Value>> {
    let code = code.trim().to_ascii_lowercase();
    Ok(Envelope::new("Service keys", call.read(move |session| look_up(session, &code)).await?))
}

/// The code in such a path.
pub(crate) fn escaped_code(path: &str) -> Option<&str> {
    let query = path.strip_prefix("/v2/service/key%3")?.strip_prefix(['F', 'f'])?;
    query.strip_prefix("key=")
}

fn list_own(session: &Session<'_>, product: Option<&str>, company: Option<&str>) -> Answer<Value> {
    let Session { transaction, caller, .. } = session;
    caller.require(Action::ServiceKeys)?;
    caller.check_own_company(company)?;
    let product_id = product.map(|asked| port(session, asked)).transpose()?.map(|port| port.id);
    let keys = service_keys::of_company(transaction, caller.company_id, product_id)?;
    let views = keys.iter().map(|key| view(session, key)).collect::<Answer<Vec<_>>>()?;
    Ok(Value::Array(views))
}

/// One key by its first eight characters or more: its company's, or whoever holds the code.
fn look_up(session: &Session<'_>, text: &str) -> Answer<Value> {
    let Session { transaction, caller, .. } = session;
    if text.len() < 8 {
        return Err(Refusal::bad("Looking up a key requires at least 8 characters"));
    }
    let key = service_keys::by_prefix(transaction, text)?
        .ok_or_else(|| Refusal::not_found("Service key not found"))?;
    if key.company_id == caller.company_id {
        caller.require(Action::ServiceKeys)?;
    } else {
        caller.require(Action::See)?;
    }
    view(session, &key)
}

pub(crate) async fn validate(call: Call, parameters: Parameters) -> Answer<Envelope<bool>> {
    let text = parameters.text("key").ok_or_else(|| Refusal::bad("The parameter key is missing"))?.to_owned();
    let valid = call
        .read(move |session| {
            session.caller.require(Action::See)?;
            let key = service_keys::by_key(session.transaction, text.trim())?;
            Ok(key.is_some_and(|key| key.obstacle(session.now_ms).is_none()))
        })
        .await?;
    Ok(Envelope::new("Service key validation", valid))
}

pub(crate) async fn create(call: Call, Json(body): Json<KeyBody>) -> Answer<Envelope<Value>> {
    let created = call
        .write(move |session| {
            session.caller.require(Action::ServiceKeys)?;
            let port =
                port_of(session, &body)?.ok_or_else(|| Refusal::bad("productUid or productId is missing"))?;
            let mut terms = terms(&body, &port)?;
            // Confirmed: without `active` a new key is active.
            terms.active = body.active.unwrap_or(true);
            check_free(session, &port, terms.vlan)?;
            let text = Uuid::new_v4().to_string();
            service_keys::insert(session.transaction, &text, port.id, &terms, session.now_ms)?;
            session.note("Service key created", &text[..8])?;
            by_own_key(session, &text).and_then(|key| view(session, &key))
        })
        .await?;
    Ok(Envelope::new("Service key created", created))
}

/// Replaces a key's terms; omitted fields are reset (confirmed, megaport-api.md).
pub(crate) async fn replace(call: Call, Json(body): Json<KeyBody>) -> Answer<Envelope<Value>> {
    let text = body.key.clone().ok_or_else(|| Refusal::bad("key is missing"))?;
    let replaced = call
        .write(move |session| {
            session.caller.require(Action::ServiceKeys)?;
            let key = by_own_key(session, text.trim())?;
            if port_of(session, &body)?.is_some_and(|port| port.id != key.product_id) {
                return Err(Refusal::bad("The port of a service key cannot change"));
            }
            let port = products::by_id(session.transaction, key.product_id)?;
            let terms = terms(&body, &port)?;
            // The VLAN it has may be in use by the very VXC that was ordered with it.
            if terms.vlan != key.terms.vlan {
                check_free(session, &port, terms.vlan)?;
            }
            terms.update(session.transaction, key.id)?;
            session.note("Service key changed", &key.key[..8])?;
            by_own_key(session, &key.key).and_then(|key| view(session, &key))
        })
        .await?;
    Ok(Envelope::new("Service key has been updated", replaced))
}

/// Refuses a VLAN that is not available (decision: the public reference doesn't say).
fn check_free(session: &Session<'_>, port: &Product, wanted: Option<i64>) -> Answer<()> {
    if wanted.is_some() {
        let taken = vxcs::taken_vlans(session.transaction, port.id, None)?;
        vlan::settle(&port.name, &taken, wanted, None)?;
    }
    Ok(())
}

/// The terms in a body, with reset values for omitted fields.
fn terms(body: &KeyBody, port: &Product) -> Answer<KeyTerms> {
    let single_use = body.single_use.unwrap_or(false);
    let max_speed_mbps = body.max_speed.map_or(port.speed_mbps, |speed| speed.0);
    if !(1..=port.speed_mbps).contains(&max_speed_mbps) {
        return Err(Refusal::bad(format!("maxSpeed must be 1 to {} Mbps on {}", port.speed_mbps, port.name)));
    }
    vlan::check_range("VLAN", body.vlan)?;
    if body.vlan.is_some() && !single_use {
        return Err(Refusal::bad("Only a single-use key can have a VLAN"));
    }
    let (valid_from, valid_until) = body.valid_for.map_or((None, None), |period| (period.start, period.end));
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && until <= from
    {
        return Err(Refusal::bad("validFor ends before it starts"));
    }
    if body.description.as_ref().is_some_and(|text| text.chars().count() > 255) {
        return Err(Refusal::bad("description must have at most 255 characters"));
    }
    check_line("description", body.description.as_deref().unwrap_or_default())?;
    check_line("promoCode", body.promo_code.as_deref().unwrap_or_default())?;
    Ok(KeyTerms {
        description: body.description.clone(),
        max_speed_mbps,
        single_use,
        active: body.active.unwrap_or(false),
        pre_approved: body.pre_approved,
        vlan: body.vlan,
        valid_from,
        valid_until,
        promo_code: body.promo_code.clone(),
    })
}

fn by_own_key(session: &Session<'_>, text: &str) -> Answer<ServiceKey> {
    let key = service_keys::by_key(session.transaction, text)?
        .ok_or_else(|| Refusal::not_found("Service key not found"))?;
    if key.company_id != session.caller.company_id {
        return Err(Refusal::forbidden("This service key is not yours"));
    }
    Ok(key)
}

fn port_of(session: &Session<'_>, body: &KeyBody) -> Answer<Option<Product>> {
    let asked = match (&body.product_uid, body.product_id) {
        (Some(uid), _) => uid.to_ascii_lowercase(),
        (None, Some(id)) => id.to_string(),
        (None, None) => return Ok(None),
    };
    port(session, &asked).map(Some)
}

/// An own port by uid or number.
fn port(session: &Session<'_>, asked: &str) -> Answer<Product> {
    let uid = match asked.parse::<i64>() {
        Err(_) => asked.to_owned(),
        Ok(id) => products::uid_of(session.transaction, id)?
            .ok_or_else(|| Refusal::not_found(format!("There is no product {id}")))?,
    };
    own_product(session, &uid)
}

/// A key on the wire (confirmed). Who isn't its company learns of the port what the Marketplace shows.
fn view(session: &Session<'_>, key: &ServiceKey) -> Answer<Value> {
    let Session { transaction, caller, .. } = session;
    let port = products::by_id(transaction, key.product_id)?;
    let terms = &key.terms;
    let is_own = caller.company_id == key.company_id;
    let product_dto = if is_own {
        product_view(&port)
    } else {
        json!({
            "productUid": port.uid,
            "productName": port.name,
            "productType": port.product_type,
            "portSpeed": port.speed_mbps,
            "locationId": port.location_id,
            "companyUid": port.company_uid,
            "companyName": port.company_name,
        })
    };
    Ok(json!({
        "key": key.key,
        "createDate": key.created_at,
        "companyId": key.company_id,
        "companyUid": key.company_uid,
        "companyName": key.company_name,
        // The description of a key is only visible to its company.
        "description": terms.description.as_ref().filter(|_| is_own),
        "productId": key.product_id,
        "productUid": key.product_uid,
        "productName": key.product_name,
        "vlan": terms.vlan,
        "maxSpeed": terms.max_speed_mbps,
        "preApproved": terms.pre_approved,
        "singleUse": terms.single_use,
        "lastUsed": key.last_used_at,
        "active": terms.active,
        "validFor": {"start": terms.valid_from, "end": terms.valid_until},
        "expired": key.is_expired(session.now_ms),
        "valid": key.obstacle(session.now_ms).is_none(),
        "promoCode": terms.promo_code,
        "productDto": product_dto,
    }))
}
