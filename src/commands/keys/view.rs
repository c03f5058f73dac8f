//! How keys are shown in tables, lines and sentences.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::service_keys::{KeyCode, KeyTerms};
use crate::change::Subject;
use crate::domain::keys::{KeyRecord, State};
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::text::Uid;
use crate::text::moment::Moments;
use crate::text::{Mbps, words};

/// What `activate` and `deactivate` report about a key.
impl Subject for KeyRecord {
    fn fields(seen: Option<&Self>) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("state".to_owned(), json!(seen.map(|key| key.state)));
        fields
    }

    fn sentence(&self) -> String {
        format!("{} on {}", self.description.as_deref().unwrap_or("no description"), self.port())
    }
}

/// The list of keys, in the given order.
pub(super) fn list(keys: &[KeyRecord], now: Timestamp) -> ListView<'_> {
    let columns = vec![
        Column::new("KEY", |key: &KeyRecord| key.term("key", key.key.as_str())),
        Column::text("DESCRIPTION", |key: &KeyRecord| key.description.clone()),
        Column::text("PORT", |key: &KeyRecord| key.port().to_owned()),
        Column::new("SPEED", |key: &KeyRecord| key.term("maxSpeed", words::or_dash(key.max_speed_mbps)))
            .move_below(),
        Column::new("USE", |key: &KeyRecord| {
            key.term("singleUse", if key.single_use == Some(true) { "single" } else { "multi" })
        })
        .move_below(),
        // Whether a key connects without approval matters most.
        Column::new("APPROVAL", |key: &KeyRecord| {
            let word = if key.pre_approved == Some(true) { "pre-approved" } else { "required" };
            key.term("preApproved", word)
        })
        .move_below(),
        Column::new("VLAN", |key: &KeyRecord| key.term("vlan", words::or_dash(key.vlan))).move_below(),
        Column::new("STATE", |key: &KeyRecord| key.state.word()),
        Column::new("EXPIRES", |key: &KeyRecord| key.term("validFor", expiry(key.expires_at, now))),
        Column::new("LAST USED", |key: &KeyRecord| last_used(key.last_used_at, now)).drop_at(9).move_below(),
    ];
    ListView::new(keys, columns, KeyRecord::clone)
}

/// A short description of a key: description, port and state.
pub(super) fn label(key: &KeyRecord) -> String {
    let described = key.description.iter().map(String::as_str);
    described.chain([key.port(), key.state.word()]).collect::<Vec<_>>().join(", ")
}

/// `in 9d`, `3d ago`, `never`.
fn expiry(expires: Option<Timestamp>, now: Timestamp) -> String {
    match expires {
        None => "never".to_owned(),
        Some(at) if at <= now => format!("{} ago", words::age(Some(at), now)),
        future => words::expiry(future, now),
    }
}

fn last_used(used: Option<Timestamp>, now: Timestamp) -> String {
    used.map_or_else(|| "never".to_owned(), |used| format!("{} ago", words::age(Some(used), now)))
}

/// The details of one key.
pub(super) fn lines(
    key: &KeyRecord,
    location: Option<&str>,
    revealed: bool,
    now: Timestamp,
    moments: &Moments,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut field = |name: &str, value: String| lines.push(format!("{name:<12} {value}"));
    field(
        "Key",
        if revealed { key.key.clone() } else { format!("{}… (--reveal shows it in full)", key.key) },
    );
    if let Some(description) = &key.description {
        field("Description", description.clone());
    }
    field(
        "State",
        match key.state.obstacle().filter(|_| !matches!(key.state, State::Inactive | State::Expired)) {
            Some(obstacle) => format!("{}: {obstacle}", key.state.word()),
            None => key.state.word().to_owned(),
        },
    );
    let port = [
        Some(key.port()),
        location,
        key.product_uid.as_ref().map(Uid::as_str).filter(|&uid| uid != key.port()),
    ];
    field("Port", port.into_iter().flatten().collect::<Vec<_>>().join(", "));
    field("Speed", key.term("maxSpeed", speed(key.max_speed_mbps, key.port_speed_mbps)));
    field("Use", usage(key).to_owned());
    field("Approval", key.term("preApproved", approval(key.pre_approved == Some(true))));
    if let Some(vlan) = key.vlan {
        field("VLAN", vlan.to_string());
    }
    if let Some(starts) = key.starts_at {
        field("Starts", moments.format(starts));
    }
    let expires = match key.expires_at {
        Some(expires) => format!("{} ({})", moments.format(expires), expiry(Some(expires), now)),
        None => "never".to_owned(),
    };
    field("Expires", key.term("validFor", expires));
    if let Some(created) = key.created_at {
        field("Created", format!("{} ({} ago)", moments.format(created), words::age(Some(created), now)));
    }
    field("Last used", last_used(key.last_used_at, now));
    if let Some(promo_code) = &key.promo_code {
        field("Promotion", promo_code.clone());
    }
    if let Some(company) = key.company_name.as_deref().or(key.company_uid.as_ref().map(Uid::as_str)) {
        field("Company", company.to_owned());
    }
    lines
}

/// `up to 500 Mbps`; the port's speed is shown for a key without a limit of its own.
pub(super) fn speed(max: Option<Mbps>, port: Option<Mbps>) -> String {
    match max.or(port) {
        None => "up to the port's speed".to_owned(),
        Some(all) if port == Some(all) => format!("up to {} (the port's speed)", words::mbps(all)),
        Some(max) => format!("up to {}", words::mbps(max)),
    }
}

/// How often the key can be used.
pub(super) fn usage(key: &KeyRecord) -> &'static str {
    key.single_use.map_or("unknown number of connections", connections)
}

fn connections(single: bool) -> &'static str {
    if single { "one connection" } else { "any number of connections" }
}

/// Warns about the terms of a key that can't be read.
pub(super) fn warn_of_unread(context: &Context, key: &KeyRecord) {
    if !key.unread.is_empty() {
        let code = KeyCode::from(key.key.clone());
        let which = if code.is_told() {
            format!("service key {}", code.handle())
        } else {
            "a service key".to_owned()
        };
        context.terminal.warn(&format!("can't read {} of {which}", key.unread.join(", ")));
    }
}

/// Whether orders with the key require approval.
pub(super) fn approval(pre_approved: bool) -> &'static str {
    if pre_approved { "pre-approved: no request needed" } else { "required for each request" }
}

/// The terms in one sentence, for a question.
pub(super) fn sentence(terms: &KeyTerms, port: &str, port_speed: Option<Mbps>, moments: &Moments) -> String {
    let mut parts = vec![
        speed(terms.max_speed, port_speed),
        connections(terms.single_use).to_owned(),
        if terms.pre_approved == Some(true) { "pre-approved" } else { "approval required" }.to_owned(),
    ];
    parts.extend(terms.vlan.map(|vlan| format!("VLAN {vlan}")));
    if !terms.active {
        parts.push("inactive".to_owned());
    }
    parts.push(match (terms.start, terms.end) {
        (Some(start), Some(end)) => format!("from {} until {}", moments.format(start), moments.format(end)),
        (None, Some(end)) => format!("until {}", moments.format(end)),
        (Some(start), None) => format!("from {}, never expires", moments.format(start)),
        (None, None) => "never expires".to_owned(),
    });
    format!("Service key for {port}: {}.", parts.join(", "))
}
