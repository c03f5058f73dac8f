//! A map from approval IDs to VXCs, written by `list`. It avoids reading the whole product list to find one request. It
//! is only a hint: its entries are checked against the VXC before a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::approvals::{Approval, Company, Kind, Source};
use crate::error::newer_version;
use crate::files::{LARGEST, read_regular, replace_private_file};
use crate::session::account::AccountChoice;
use crate::text::Uid;

/// Stands between a key and the managed account it was used for.
const FOR_ACCOUNT: &str = " for ";
const SCHEMA: &str = "portgate.ids/v1";
/// Maximum number of IDs per backend: enough for a migration day, and fast to read.
const MOST_IDS: usize = 20_000;
pub(crate) const MOST_OFFERED: usize = 500;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Content {
    schema: String,
    backends: BTreeMap<String, Backend>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Backend {
    pub(crate) company: Company,
    pub(crate) ids: BTreeMap<Uid, Lead>,
    /// What the last complete list contained, for completions.
    pub(crate) seen: Seen,
}

/// Names offered by completions or shown instead of UIDs, and used for nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    /// IDs waiting for your company's decision, each with a description.
    pub(crate) waiting: BTreeMap<Uid, String>,
    pub(crate) ports: BTreeSet<String>,
    /// The names of ports by their UIDs, for what names a port only by that.
    pub(crate) port_names: BTreeMap<Uid, String>,
    /// The first characters of service keys, each with a description.
    pub(crate) keys: BTreeMap<String, String>,
    /// Email addresses of users, each with the user's name and role.
    pub(crate) users: BTreeMap<String, String>,
    /// The IDs waiting for a decision that are of speed changes.
    #[serde(skip)]
    pub(crate) speed_changes: BTreeSet<Uid>,
}

/// The managed accounts that were acted for or listed at a backend.
pub(crate) fn accounts_of(path: &Path, backend: &str) -> BTreeMap<String, Company> {
    let kept = read(path).into_iter().flat_map(|content| content.backends);
    let account = |(key, known): (String, Backend)| {
        let (_, uid) = key.strip_prefix(backend)?.split_once(FOR_ACCOUNT)?;
        Some((uid.to_owned(), known.company))
    };
    kept.filter_map(account).collect()
}

/// What was seen of a backend by the keys' own companies, or on behalf of one managed account.
pub(crate) fn seen_of(path: &Path, backend: &str, account: Option<&AccountChoice>) -> Seen {
    let mut all = Seen::default();
    for (key, known) in read(path).into_iter().flat_map(|content| content.backends) {
        let Some(key) = key.strip_prefix(backend).and_then(|rest| rest.strip_prefix(' ')) else { continue };
        let is_meant = match (key.split_once(FOR_ACCOUNT), account) {
            (None, None) => true,
            (Some((_, uid)), Some(choice)) => choice.names(Some(&uid.into()), known.company.name.as_deref()),
            _ => false,
        };
        if is_meant {
            let speed_changes = known.ids.into_iter().filter(|(_, lead)| lead.kind == Kind::SpeedChange);
            all.speed_changes.extend(speed_changes.map(|(id, _)| id));
            all.waiting.extend(known.seen.waiting);
            all.ports.extend(known.seen.ports);
            all.keys.extend(known.seen.keys);
            all.users.extend(known.seen.users);
        }
    }
    all
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lead {
    pub(crate) source: Source,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vxc_uid: Option<Uid>,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_rate_limit_mbps: Option<crate::text::Mbps>,
    /// The service's number in the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service_id: Option<i64>,
    /// Whether its customer had no VXCs when it was listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) is_new_customer: Option<bool>,
}

impl Lead {
    /// Whether the request has an end whose VLAN and port can be set: a connection in the Marketplace.
    pub(crate) fn has_end(&self) -> bool {
        self.source == Source::Marketplace && self.kind == Kind::Connection
    }

    pub(crate) fn from_approval(approval: &Approval) -> Self {
        let is_entry = approval.source == Source::Queue;
        let service_id = is_entry.then(|| approval.extra.get("serviceId")).flatten();
        Lead {
            source: approval.source,
            vxc_uid: approval.vxc_uid.clone(),
            kind: approval.kind,
            new_rate_limit_mbps: approval.new_rate_limit_mbps,
            service_id: service_id.as_ref().and_then(crate::api::lenient::as_integer),
            is_new_customer: approval.customer.is_new,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct IdMap {
    path: PathBuf,
    key: String,
    backend: Backend,
}

impl IdMap {
    /// Reads the map for a backend and key; empty if the file is missing, damaged or of another schema.
    pub(crate) fn open(path: &Path, key: &str) -> Self {
        let backend = read(path).and_then(|mut content| content.backends.remove(key)).unwrap_or_default();
        IdMap { path: path.to_owned(), key: key.to_owned(), backend }
    }

    /// The map for a managed account that this key acts for.
    pub(crate) fn for_account(&self, account_uid: &Uid) -> Self {
        let own = self.key.split_once(FOR_ACCOUNT).map_or(self.key.as_str(), |(own, _)| own);
        IdMap::open(&self.path, &format!("{own}{FOR_ACCOUNT}{}", account_uid.lower_case()))
    }

    /// The other managed account of this key that a request was seen for, if one was.
    pub(crate) fn account_of(&self, names: impl Fn(&Uid) -> bool) -> Option<Company> {
        let own = self.key.split_once(FOR_ACCOUNT).map_or(self.key.as_str(), |(own, _)| own);
        let of_accounts = read(&self.path)?.backends.into_iter().filter(|(key, _)| {
            *key != self.key && key.strip_prefix(own).is_some_and(|rest| rest.starts_with(FOR_ACCOUNT))
        });
        let mut found = of_accounts.filter(|(_, known)| known.ids.keys().any(&names));
        found.next().map(|(_, known)| known.company)
    }

    pub(crate) fn lead(&self, id: &Uid) -> Option<(&Uid, &Lead)> {
        self.backend.ids.get_key_value(id)
    }

    /// The request that waits on a VXC, with its ID; `None` if none or several do.
    pub(crate) fn waiting_on(&self, vxc_uid: &Uid) -> Option<(&Uid, &Lead)> {
        let waits = |(id, lead): &(&Uid, &Lead)| {
            lead.vxc_uid.as_ref() == Some(vxc_uid) && self.backend.seen.waiting.contains_key(id)
        };
        let mut waiting = self.backend.ids.iter().filter(waits);
        waiting.next().filter(|_| waiting.next().is_none())
    }

    pub(crate) fn port_name(&self, uid: &Uid) -> Option<&String> {
        self.backend.seen.port_names.get(uid)
    }

    pub(crate) fn company(&self) -> &Company {
        &self.backend.company
    }

    /// Stores what has been read, and `seen` applied to what was seen before. Earlier IDs are kept as long as there is
    /// room. Write errors are ignored: they only make the next command slower.
    pub(crate) fn keep<'a>(
        &mut self,
        company: &Company,
        approvals: impl Iterator<Item = &'a Approval>,
        seen: impl FnOnce(&mut Seen),
    ) {
        let mut ids: BTreeMap<Uid, Lead> =
            approvals.map(|approval| (approval.id.clone(), Lead::from_approval(approval))).collect();
        for (id, lead) in &mut ids {
            // A decided request may no longer have its details; keep those seen before.
            if let Some(before) = self.backend.ids.get(id).filter(|_| lead.new_rate_limit_mbps.is_none()) {
                lead.new_rate_limit_mbps = before.new_rate_limit_mbps;
                lead.kind = before.kind;
            }
        }
        for (id, lead) in &self.backend.ids {
            if ids.len() >= MOST_IDS {
                break;
            }
            ids.entry(id.clone()).or_insert_with(|| lead.clone());
        }
        let mut backend = Backend { company: company.clone(), ids, seen: self.backend.seen.clone() };
        seen(&mut backend.seen);
        if backend == self.backend {
            return;
        }
        self.backend = backend;
        if is_of_newer(&self.path) {
            return;
        }
        let mut content = read(&self.path)
            .unwrap_or_else(|| Content { schema: SCHEMA.to_owned(), backends: BTreeMap::new() });
        content.backends.insert(self.key.clone(), self.backend.clone());
        write(&self.path, &content);
    }

    /// Stops offering requests that no longer wait for a decision. Errors are ignored, as in [`IdMap::keep`].
    pub(crate) fn forget_waiting(&self, decided: &[Uid]) {
        let Some(mut content) = read(&self.path).filter(|_| !decided.is_empty()) else { return };
        let Some(backend) = content.backends.get_mut(&self.key) else { return };
        let before = backend.seen.waiting.len();
        backend.seen.forget_waiting(decided);
        if backend.seen.waiting.len() < before {
            write(&self.path, &content);
        }
    }
}

impl Seen {
    pub(crate) fn forget_waiting(&mut self, decided: &[Uid]) {
        for id in decided {
            self.waiting.remove(id);
        }
    }
}

fn write(path: &Path, content: &Content) {
    if let Ok(json) = serde_json::to_vec(content) {
        let _ = replace_private_file(path, &json);
    }
}

/// Whether a newer portgate keeps its map there, which it would lose.
fn is_of_newer(path: &Path) -> bool {
    /// What every version has.
    #[derive(Deserialize)]
    struct Form {
        schema: String,
    }
    let form =
        read_regular(path, LARGEST).ok().and_then(|(text, _)| serde_json::from_slice::<Form>(&text).ok());
    form.is_some_and(|form| newer_version(&form.schema, SCHEMA).is_some())
}

fn read(path: &Path) -> Option<Content> {
    let content: Content = serde_json::from_slice(&read_regular(path, LARGEST).ok()?.0).ok()?;
    (content.schema == SCHEMA).then_some(content)
}
