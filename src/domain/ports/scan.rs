//! What is kept of the product list while it streams by: the approvals asked for, what each port has sold, and who
//! has live VXCs with us. Everything else is forgotten at once.

use std::collections::HashMap;
use std::hash::BuildHasher as _;
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use jiff::Timestamp;
use memchr::memmem;
use serde::Serialize;
use serde_json::Value;

use crate::api::products::{Product, ProductSink};
use crate::api::vlan::Vlan;
use crate::api::vxc::{Vxc, VxcApproval};
use crate::domain::approvals::Company;
use crate::domain::approvals::marketplace::{approval_of, is_in_doubt, is_nameless, is_pending, kind_of};
use crate::domain::approvals::model::{Approval, Direction, Kind};
use crate::domain::approvals::stage::Stage;
use crate::domain::ports::usage::{PortUse, Taken, Usage, change};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::name::is_called;
use crate::text::{Mbps, Uid};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keep {
    Pending,
    /// Every one that has an id.
    All,
    /// Those whose id, or whose VXC's uid, begins so, decided or not.
    Prefixes(Vec<String>),
}

impl Keep {
    fn keeps(&self, vxc: &Vxc) -> bool {
        if vxc.vxc_approval.uid.is_none() {
            return false;
        }
        match self {
            Keep::All => true,
            Keep::Pending => is_pending(vxc) || is_in_doubt(vxc),
            Keep::Prefixes(prefixes) => {
                let ids = [&vxc.vxc_approval.uid, &vxc.product_uid];
                ids.into_iter().flatten().any(|id| prefixes.iter().any(|prefix| id.begins_with(prefix)))
            }
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Port {
    pub(crate) product: Product,
    /// Mbps of the VXCs on it that are up or being deployed.
    pub(crate) sold_mbps: Mbps,
    pub(crate) pending_mbps: Mbps,
    /// How many VXCs are up or being deployed on it.
    pub(crate) vxcs: usize,
    /// VLANs that VXCs on it have, with their inner ones; kept only where asked for. A request has none yet.
    pub(crate) vlans: Vec<(Vlan, Option<Vlan>)>,
    /// VLANs that connection requests on it name, with the UID of their VXC; kept only where asked for.
    pub(crate) asked_vlans: Vec<(Vlan, Option<Uid>)>,
}

impl Port {
    /// Whether it is no more: it is still listed, but has no room.
    pub(crate) fn has_ended(&self) -> bool {
        Stage::from_status(self.product.provisioning_status.as_deref()).is_over()
    }

    pub(crate) fn is_called(&self, given: &str) -> bool {
        is_called(given, self.product.product_name.as_deref(), self.product.product_uid.as_ref())
    }

    /// The VLAN that a connection request asks for where a VXC of this port has it; another request that only asks for it
    /// takes nothing. Several may share an outer one by different inner ones.
    pub(crate) fn taken_vlan_of(&self, request: &Approval) -> Option<Vlan> {
        let end = request.my_end().filter(|_| request.kind == Kind::Connection)?;
        let (asked, inner) = (end.vlan?, end.inner_vlan);
        let stands_against = |&(vlan, other): &(Vlan, Option<Vlan>)| {
            vlan == asked && (inner.is_none() || other.is_none() || inner == other)
        };
        self.vlans.iter().any(stands_against).then_some(asked)
    }
}

/// What a customer has with us: live VXCs that it ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct CustomerUse {
    #[serde(skip)]
    pub(crate) name: Option<String>,
    pub(crate) live_vxcs: usize,
    pub(crate) sold_mbps: Mbps,
    pub(crate) since: Option<Timestamp>,
}

pub(crate) struct ProductScan {
    keep: Keep,
    keep_vlans: bool,
    now: Timestamp,
    company: Company,
    current: Current,
    found: Vec<Approval>,
    ports: Vec<Port>,
    customers: HashMap<Uid, CustomerUse>,
    digests: RandomState,
    /// The ports by their UID.
    known: HashMap<Uid, usize>,
    unread: usize,
    /// How many are listed again as something else.
    contradictions: usize,
    kept: usize,
}

#[derive(Default)]
struct Current {
    /// The VXCs seen under the product, by a digest of their UID, with one of all they are.
    seen: HashMap<u64, u64, RandomState>,
    kept: Vec<(Vxc, String)>,
    usage: Usage,
    customers: HashMap<Uid, CustomerUse, RandomState>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Scanned {
    /// The approvals, each once.
    pub(crate) approvals: Vec<Approval>,
    pub(crate) ports: Vec<Port>,
    pub(crate) customers: HashMap<Uid, CustomerUse>,
    pub(crate) company: Company,
    /// How many VXCs could not be read, or wait without an id: with them, nothing is told of all.
    pub(crate) unread: usize,
    /// How many ports and VXCs are listed again as something else.
    pub(crate) contradictions: usize,
}

impl Scanned {
    /// Why what was read is not all, if it isn't.
    pub(crate) fn gap(&self) -> Option<Error> {
        let elements = |count: usize| match count {
            1 => "one element".to_owned(),
            several => format!("{several} elements"),
        };
        let why = match (self.unread, self.contradictions) {
            (0, 0) => return None,
            (0, again) => format!("it lists {} twice with different content", elements(again)),
            (unread, _) => format!("{} could not be parsed", elements(unread)),
        };
        Some(
            Error::new(Exit::Api, "the product list could not be read completely")
                .reason(why)
                .hint("requests may be missing; check for a newer version of portgate"),
        )
    }
}

impl ProductScan {
    /// A scan that keeps the approvals named by `keep`, and the VLANs of each port if asked.
    pub(crate) fn new(keep: Keep, keep_vlans: bool, now: Timestamp) -> Self {
        ProductScan {
            keep,
            keep_vlans,
            now,
            company: Company::default(),
            current: Current::default(),
            found: Vec::new(),
            ports: Vec::new(),
            customers: HashMap::new(),
            digests: RandomState::default(),
            known: HashMap::new(),
            unread: 0,
            contradictions: 0,
            kept: 0,
        }
    }

    /// What was kept. A VXC between two of my ports stands under both; it is there once.
    pub(crate) fn finish(self) -> Scanned {
        let names: HashMap<&Uid, &String> = self
            .ports
            .iter()
            .filter_map(|port| {
                Some((port.product.product_uid.as_ref()?, port.product.product_name.as_ref()?))
            })
            .collect();
        let mut approvals: Vec<Approval> = Vec::with_capacity(self.found.len());
        let mut seen = std::collections::HashSet::new();
        for mut approval in self.found {
            if !seen.insert((approval.id.clone(), approval.vxc_uid.clone())) {
                continue;
            }
            let known = approval.customer.uid.as_ref().and_then(|uid| self.customers.get(uid));
            let another = approval.direction == Some(Direction::Incoming) && approval.customer.uid.is_some();
            approval.customer.is_new = (another && self.unread + self.contradictions == 0)
                .then(|| known.is_none_or(|known| known.live_vxcs == 0));
            // An end that doesn't tell its port's name is still one of the ports in the same list.
            for end in [&mut approval.a_end, &mut approval.b_end].into_iter().flatten() {
                if end.product_name.is_none() {
                    end.product_name =
                        end.product_uid.as_ref().and_then(|uid| names.get(uid)).map(|name| (*name).clone());
                }
            }
            if approval.customer.name.is_none() {
                approval.customer.name = known.and_then(|known| known.name.clone());
            }
            approvals.push(approval);
        }
        let (ports, customers) = (self.ports, self.customers);
        let (unread, contradictions) = (self.unread, self.contradictions);
        Scanned { approvals, ports, customers, company: self.company, unread, contradictions }
    }
}

impl ProductSink for ProductScan {
    fn vxc(&mut self, vxc: Vxc, json: &str) {
        if let Some(uid) = &vxc.product_uid {
            let (uid, whole) = (self.digests.hash_one(uid), self.digests.hash_one(json));
            match self.current.seen.insert(uid, whole) {
                None => {}
                // One VXC listed twice is one.
                Some(before) if before == whole => return,
                Some(_) => self.contradictions += 1,
            }
        }
        let stage = Stage::from_status(vxc.provisioning_status.as_deref());
        let pending = is_pending(&vxc);
        if is_nameless(&vxc) || has_strange_marker(&vxc, json) {
            self.unread += 1;
        }
        let rate = vxc.rate_limit.unwrap_or_default();
        if !stage.is_gone() {
            let is_request = pending && kind_of(&vxc) == Some(Kind::Connection);
            // What holds an unknown speed leaves unknown how much is sold.
            if vxc.rate_limit.is_none() && !is_request {
                self.unread += 1;
            }
            let taken = match (is_request, pending) {
                (true, _) => Taken::Nothing,
                (false, true) => Taken::SoldAndMore,
                (false, false) => Taken::Sold,
            };
            self.current.usage.count(&vxc, &taken, self.keep_vlans);
        }
        if stage == Stage::Up
            && let Some(owner) = vxc.a_end.owner_uid.as_ref().or(vxc.company_uid.as_ref())
        {
            change(&mut self.current.customers, owner, |customer| {
                customer.live_vxcs += 1;
                customer.sold_mbps += rate;
                customer.since = [customer.since, vxc.create_date].into_iter().flatten().min();
                if customer.name.is_none() {
                    customer.name.clone_from(&vxc.company_name);
                }
            });
        }
        if self.keep.keeps(&vxc) {
            self.kept += json.len() + size_of::<Approval>();
            self.current.kept.push((vxc, json.to_owned()));
        }
    }

    fn note_unread(&mut self) {
        self.unread += 1;
    }

    fn kept_bytes(&self) -> usize {
        let current = self.current.usage.size() + self.current.seen.len() * 32;
        let customers = (self.customers.len() + self.current.customers.len()) * 256;
        self.kept + current + customers + self.ports.len() * size_of::<Port>()
    }

    fn product(&mut self, product: Product) {
        let current = std::mem::take(&mut self.current);
        // Every product in the list is the company's own.
        let owner =
            Company { uid: product.company_uid.clone(), name: product.company_name.clone(), id: None };
        if self.company.uid.is_none() {
            self.company = owner.clone();
        } else if self.company.name.is_none() && self.company.uid == owner.uid {
            self.company.name.clone_from(&owner.name);
        }
        let seen_by = if owner.uid.is_some() { &owner } else { &self.company };
        for (vxc, raw) in current.kept {
            let raw = serde_json::from_str(&raw).unwrap_or_default();
            let under = product.product_uid.as_ref();
            self.found.extend(approval_of(&vxc, raw, seen_by, under, self.now));
        }
        let uid = product.product_uid.clone();
        let PortUse { sold_mbps, pending_mbps, vxcs, vlans, asked_vlans } =
            current.usage.of_product(uid.as_ref());
        let port = Port { product, sold_mbps, pending_mbps, vxcs, vlans, asked_vlans };
        // A port listed twice is one, if both say the same.
        if let Some(uid) = uid {
            match self.known.get(&uid) {
                Some(&at) if self.ports[at] == port => return,
                Some(_) => self.contradictions += 1,
                None => {
                    self.known.insert(uid, self.ports.len());
                }
            }
        }
        for (uid, seen) in current.customers {
            if seen_by.has_uid(Some(&uid)) {
                continue;
            }
            let customer = self.customers.entry(uid).or_default();
            customer.live_vxcs += seen.live_vxcs;
            customer.sold_mbps += seen.sold_mbps;
            customer.since = [customer.since, seen.since].into_iter().flatten().min();
            customer.name = customer.name.take().or(seen.name);
        }
        self.ports.push(port);
    }
}

/// Whether the marker of a VXC is there but no object, which reads as none.
fn has_strange_marker(vxc: &Vxc, raw: &str) -> bool {
    const NAME: &str = "\"vxcApproval\"";
    // Made once: that takes as long as a search.
    static FINDER: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new(NAME));
    let may_be_one = |after: &str| {
        let value = after.trim_start().trim_start_matches(':').trim_start();
        !value.starts_with(['{', 'n'])
    };
    // Most have an object, and are told quickly. The word may also stand anywhere else, such as in a name.
    vxc.vxc_approval == VxcApproval::default()
        && FINDER.find_iter(raw.as_bytes()).any(|at| may_be_one(&raw[at + NAME.len()..]))
        && serde_json::from_str::<HashMap<String, Value>>(raw).is_ok_and(|fields| {
            fields.get("vxcApproval").is_some_and(|marker| !marker.is_object() && !marker.is_null())
        })
}

/// A port for tests, perhaps of a LAG.
#[cfg(test)]
pub(in crate::domain) fn example_port(uid: &str, lag: Option<&str>, speed: Option<u64>, sold: u64) -> Port {
    let (product_uid, aggregation_id) = (Some(uid.into()), lag.map(str::to_owned));
    let port_speed = speed.map(Mbps);
    let product = Product { product_uid, aggregation_id, port_speed, ..Product::default() };
    Port { product, sold_mbps: Mbps(sold), ..Port::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::products::decode_list;

    #[test]
    fn one_company_and_one_port_may_be_spelled_in_two_ways() {
        let asks = json!({"status": "PENDING_INTERNAL", "type": "NEW", "uid": "id"});
        let end = |owner: &str, port: &str| json!({"ownerUid": owner, "productUid": port});
        let list = json!({"data": [{"productUid": "port", "productName": "SYD1", "companyUid": "us", "associatedVxcs": [
            {"productUid": "v", "provisioningStatus": "LIVE", "rateLimit": 100, "companyName": "Globex Bank",
                "aEnd": end("GLOBEX", "x"), "bEnd": end("us", "port")},
            {"productUid": "w", "provisioningStatus": "LIVE", "rateLimit": 100,
                "aEnd": end("globex", "x"), "bEnd": end("us", "port")},
            {"productUid": "n", "provisioningStatus": "DEPLOYABLE", "rateLimit": 100, "vxcApproval": asks,
                "aEnd": end("Globex", "x"), "bEnd": end("US", "PORT")},
        ]}]});
        let scan = ProductScan::new(Keep::Pending, false, Timestamp::UNIX_EPOCH);
        let json = list.to_string();
        let scanned = decode_list(json.as_bytes(), json.len(), scan).unwrap().finish();
        let customers: Vec<usize> = scanned.customers.values().map(|customer| customer.live_vxcs).collect();
        assert_eq!(customers, [2]);
        let [request] = &scanned.approvals[..] else { panic!("{:?}", scanned.approvals) };
        assert_eq!((request.direction, request.customer.is_new), (Some(Direction::Incoming), Some(false)));
        assert_eq!(request.customer.name.as_deref(), Some("Globex Bank"));
        assert_eq!(request.b_end.as_ref().unwrap().product_name.as_deref(), Some("SYD1"));
    }
}
