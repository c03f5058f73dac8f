//! What the backend answers.

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::api::failure::{ErrorAnswer, envelope_of};
use crate::api::lenient;
use crate::api::mend::{Mender, mend_whole};
use crate::api::notification_preferences::{Preferences, Version};
use crate::api::order_approvals::read_row;
use crate::api::products::{Product, ProductSink, decode_list};
use crate::api::service_keys::{self, KeyTerms, TOLD, keys_in};
use crate::api::vxc::Vxc;
use crate::domain::approvals::{Approval, Company, Status, queue as queue_entry};
use crate::domain::ports::scan::{Keep, ProductScan, Scanned};
use crate::exit::Exit;
use crate::text::Uid;

/// Bytes: the longest message of the API that is told, with what is said of it.
const LONGEST_REASON: usize = 4096 + 64;

fn now() -> Timestamp {
    Timestamp::from_second(1_796_083_200).expect("within the range")
}

/// What came, each VXC with how many products came before it; none for one that could not be read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Came {
    products: Vec<Product>,
    vxcs: Vec<(usize, Option<Vxc>)>,
}

impl ProductSink for Came {
    fn vxc(&mut self, vxc: Vxc, json: &str) {
        assert!(json.starts_with('{') && json.ends_with('}'), "{json}");
        self.vxcs.push((self.products.len(), Some(vxc)));
    }
    fn product(&mut self, product: Product) {
        self.products.push(product);
    }
    fn note_unread(&mut self) {
        self.vxcs.push((self.products.len(), None));
    }
    fn kept_bytes(&self) -> usize {
        0
    }
}

/// A list that serde_json has decoded as a whole.
fn came_in(body: &Value) -> Option<Came> {
    let mut came = Came::default();
    for product in body.as_object()?.get("data")?.as_array()? {
        let fields = product.as_object()?;
        let vxcs = fields.get("associatedVxcs").filter(|vxcs| !vxcs.is_null());
        for vxc in vxcs.map_or(Some(&Vec::new()), Value::as_array)? {
            came.vxcs.push((came.products.len(), serde_json::from_value(vxc.clone()).ok()));
        }
        came.products.push(serde_json::from_value(product.clone()).unwrap_or_default());
    }
    Some(came)
}

/// A list read at once is the list that streams in, and the one that serde_json decodes.
pub(super) fn decoded_products(input: &[u8]) -> Option<(Vec<u8>, Came)> {
    let came = |body: &[u8], size| decode_list(body, size, Came::default()).ok();
    let at_once = came(input, input.len());
    for size in [1, 5, 64] {
        assert_eq!(at_once, came(input, size), "in pieces of {size}");
    }
    let body = mend_whole(input.to_vec());
    assert!(at_once.is_none() || serde_json::from_slice::<IgnoredAny>(&body).is_ok());
    // A second `data` is one list for JSON and two for a stream: only the last counts here.
    let value: Value = serde_json::from_slice(&body).ok()?;
    let body = serde_json::to_vec(&value).expect("it came from JSON");
    let decoded = came(&body, body.len());
    assert_eq!(decoded, came_in(&value));
    Some((body, decoded?))
}

/// It is decoded as it came; no element vanishes; each approval is in one state.
pub(super) fn products(input: &[u8]) {
    let Some((body, decoded)) = decoded_products(input) else { return };
    let unread = decoded.vxcs.iter().filter(|(_, vxc)| vxc.is_none()).count();
    let scan = |keep| {
        let scan =
            decode_list(&body, body.len(), ProductScan::new(keep, true, now())).expect("it was read before");
        scan.finish()
    };
    let all = scan(Keep::All);
    assert!(all.approvals.len() + unread <= decoded.vxcs.len() && all.unread >= unread);
    // What is listed twice counts once.
    assert!(all.ports.len() <= decoded.products.len());
    assert_eq!(all.gap().is_some(), all.unread > 0 || all.contradictions > 0);
    all.approvals.iter().for_each(check_approval);
    let ids = |scanned: &Scanned, pending: bool| -> Vec<Uid> {
        let kept = scanned.approvals.iter().filter(|one| !pending || one.status == Status::Pending);
        kept.map(|one| one.id.clone()).collect()
    };
    let pending = scan(Keep::Pending);
    assert!(pending.approvals.iter().all(Approval::may_be_pending));
    let mut expected = ids(&all, true);
    expected.retain(|id| all.approvals.iter().filter(|one| one.id == *id).count() == 1);
    let seen = ids(&pending, false);
    assert!(expected.iter().all(|id| seen.contains(id)));
}

/// What holds of every approval: it is pending or decided or neither, and only what is pending waits for somebody.
pub(super) fn check_approval(approval: &Approval) {
    let is_pending = approval.status == Status::Pending;
    assert!(!(is_pending && approval.decision().is_some()), "{approval:?}");
    assert!(is_pending || approval.waiting_on.is_none(), "{approval:?}");
    assert!(is_pending || !approval.waits_on_me() && !approval.is_in_all(), "{approval:?}");
    assert!(approval.id != "");
}

/// Every row is an entry or counted as unread, and an entry is in one state.
pub(super) fn queue(input: &[u8]) {
    let Ok(rows) = serde_json::from_slice::<Vec<Value>>(&mend_whole(input.to_vec())) else { return };
    for row in rows {
        let has_uid = row
            .get("uid")
            .is_some_and(|uid| uid.is_number() || uid.as_str().is_some_and(|uid| !uid.is_empty()));
        let read = read_row(row);
        assert_eq!(read.is_some(), has_uid);
        let Some((uid, read)) = read else { continue };
        let company = Company { id: read.entry.approver_company_id, ..Company::default() };
        let approval = queue_entry::approval_of(&read.entry, read.raw, &company);
        let mut approval = approval.expect("it has a uid");
        assert_eq!(approval.id, uid);
        check_approval(&approval);
        let service = serde_json::from_value(read.entry.detail).unwrap_or_default();
        queue_entry::add_service(&mut approval, &service);
        check_approval(&approval);
    }
}

/// No object vanishes; what replaces a key has every field of it that the API takes, and changes what was asked alone.
pub(super) fn service_keys(input: &[u8]) {
    let Ok(data) = serde_json::from_slice::<Value>(&mend_whole(input.to_vec())) else { return };
    let objects = data.as_array().map_or(std::slice::from_ref(&data), Vec::as_slice);
    let objects: Vec<&Map<String, Value>> = objects.iter().filter_map(Value::as_object).collect();
    let keys = keys_in(&data);
    assert_eq!(keys.len(), objects.len());
    for (key, came) in keys.iter().zip(objects) {
        // Only the first part of a key is shown unasked.
        assert_eq!(format!("{:?}", key.key), format!("KeyCode({}…)", key.key.handle()));
        assert!(key.key.handle().len() <= 8 && key.key.whole().starts_with(key.key.handle()));
        let terms = KeyTerms::from_key(key);
        let same = service_keys::replacement(key, &terms);
        for (name, value) in
            came.iter().filter(|(name, value)| !value.is_null() && !TOLD.contains(&name.as_str()))
        {
            let is_no_vlan = name == "vlan" && lenient::as_integer(value) == Some(0);
            assert!(
                is_no_vlan || same.get(name).is_some_and(|kept| is_kept(kept, value)),
                "{name} of {came:?} is lost in {same}"
            );
        }
        let wanted = KeyTerms { active: !terms.active, ..terms };
        let mut changed = service_keys::replacement(key, &wanted);
        assert_eq!(changed["active"], wanted.active);
        changed["active"] = same["active"].clone();
        assert_eq!(changed, same);
    }
}

/// Whether a value went back as it came, or in the type the API has for it.
fn is_kept(kept: &Value, came: &Value) -> bool {
    match (kept, came) {
        (Value::Object(kept), Value::Object(came)) => came
            .iter()
            .all(|(name, came)| came.is_null() || kept.get(name).is_some_and(|kept| is_kept(kept, came))),
        (Value::Number(_), Value::String(_) | Value::Number(_)) => true,
        (Value::Bool(kept), Value::String(_)) => lenient::as_flag(came) == Some(*kept),
        (Value::String(kept), Value::Number(came)) => *kept == came.to_string(),
        _ => kept == came,
    }
}

/// A group that is set changes and nothing else, whatever else the object holds.
pub(super) fn preferences(input: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(&mend_whole(input.to_vec())) else { return };
    let Some(mut preferences) = Preferences::from_document(Version::V2, document.clone()) else { return };
    let body = |preferences: &Preferences| preferences.put().body.expect("a PUT has a body");
    assert_eq!(body(&preferences), document);
    for choice in preferences.choices() {
        for subscribed in [true, false] {
            assert!(preferences.set(&choice.group, subscribed));
            let now = preferences.choices();
            let mut of_group = now.iter().filter(|one| one.group == choice.group);
            assert!(of_group.all(|one| one.subscribed == Some(subscribed)));
        }
        preferences = Preferences::from_document(Version::V2, document.clone()).expect("as before");
    }
    let groups: Vec<String> = preferences.choices().into_iter().map(|choice| choice.group).collect();
    for group in &groups {
        preferences.set(group, true);
    }
    assert_eq!(without_subscribed(body(&preferences)), without_subscribed(document));
    assert!(groups.len() == preferences.choices().len());
    assert!(preferences.choices().iter().all(|choice| choice.subscribed == Some(true)));
}

fn without_subscribed(mut document: Value) -> Value {
    for (_, entries) in document["destinations"].as_object_mut().into_iter().flatten() {
        for entry in entries.as_array_mut().into_iter().flatten() {
            if let Some(fields) = entry.as_object_mut() {
                fields.insert("subscribed".to_owned(), Value::Null);
            }
        }
    }
    document
}

/// An error says something, and no more of it than anybody reads; only the API's own envelope is a verdict, and a failure
/// never is. The first two bytes are the status.
pub(super) fn envelope(input: &[u8]) {
    let Some((status, body)) = input.split_at_checked(2) else { return };
    let status = 300 + u16::from_le_bytes([status[0], status[1]]) % 300;
    let body = mend_whole(body.to_vec());
    let answer = || ErrorAnswer {
        status,
        trace_id: None,
        body: &body,
        call: "GET /v2/products",
        token_only: status % 2 == 0,
        secrets: &[],
    };
    let is_own = envelope_of(&body).is_ok();
    assert_eq!(answer().is_verdict(), status == 429 || (is_own && status < 500));
    let error = answer().into_error();
    let reason = error.reason.as_deref().unwrap_or_default();
    assert!(!reason.is_empty() && reason.len() <= LONGEST_REASON, "{} bytes", reason.len());
    assert!(error.trace_id.as_deref().unwrap_or_default().len() <= LONGEST_REASON);
    assert_eq!(error.http_status, Some(status));
    let is_page = !is_own && (400..500).contains(&status) && status != 429;
    assert!(!is_page || error.exit == Exit::Api, "a page is a fault on the way: {error:?}");
}

/// A body is mended in the same way wherever it is cut, is then Unicode, and mending it again changes nothing. What was
/// JSON in Unicode stays what it was. The first byte is the size of the pieces.
pub(super) fn mend(input: &[u8]) {
    let Some((&size, body)) = input.split_first() else { return };
    let whole = mend_whole(body.to_vec());
    let mut mender = Mender::default();
    let mut pieced = Vec::new();
    for piece in body.chunks(usize::from(size).max(1)) {
        pieced.extend(mender.mend(piece.to_vec(), false));
    }
    pieced.extend(mender.mend(Vec::new(), true));
    assert_eq!(pieced, whole);
    assert!(std::str::from_utf8(&whole).is_ok());
    if !whole.starts_with("\u{feff}".as_bytes()) {
        assert_eq!(mend_whole(whole.clone()), whole);
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        assert_eq!(serde_json::from_slice::<Value>(&whole).ok(), Some(value));
    }
}
