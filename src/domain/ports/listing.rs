//! The product list as a large batch needs it: certain VXCs as they stand in it, and the use of all ports.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::api::Client;
use crate::api::products::{self, Product, ProductSink};
use crate::api::vxc::{Vxc, VxcRead, read_from};
use crate::domain::approvals::marketplace::is_pending;
use crate::domain::ports::scan::{Keep, Port, ProductScan};
use crate::domain::ports::together::PortsRead;
use crate::domain::ports::vlans::{PortVlans, TakenVlan, taken_by};
use crate::error::Error;
use crate::text::Uid;

#[derive(Debug)]
pub(crate) struct Listing {
    /// The JSON of the wanted VXCs by UID; `None` for one that is listed twice with different content.
    vxcs: HashMap<Uid, Option<Box<str>>>,
    /// All ports; `None` if the list could not be read completely.
    ports: Option<Rc<PortsRead>>,
    vlans: HashMap<Uid, Rc<PortVlans>>,
}

impl Listing {
    /// Reads the list: `GET /v2/products`. `wanted` are UIDs of VXCs.
    pub(crate) async fn read(
        client: &Client,
        wanted: &Arc<HashSet<Uid>>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        products::stream(client, || ListingSink::new(Arc::clone(wanted), now)).await.map(ListingSink::finish)
    }

    /// A VXC, if the list has it beyond doubt.
    pub(crate) fn vxc(&self, uid: &Uid) -> Option<VxcRead> {
        let json = self.vxcs.get(uid)?.as_deref()?;
        let read = read_from(uid, serde_json::from_str(json).ok()?).ok()?;
        // Without its state, it may be anything.
        Some(read).filter(|read| read.vxc.provisioning_status.is_some())
    }

    /// All ports, if this one is among them and nothing is missing.
    pub(crate) fn ports_with(&self, uid: &Uid) -> Option<Rc<PortsRead>> {
        let ports = self.ports.as_ref()?;
        let is_it = |port: &Port| port.product.product_uid.as_ref() == Some(uid);
        ports.ports.iter().any(is_it).then(|| Rc::clone(ports))
    }

    /// Who has which VLAN of this port, if nothing is missing.
    pub(crate) fn vlans_of(&self, uid: &Uid) -> Option<Rc<PortVlans>> {
        self.ports.as_ref()?;
        self.vlans.get(uid).map(Rc::clone)
    }
}

struct ListingSink {
    wanted: Arc<HashSet<Uid>>,
    vxcs: HashMap<Uid, Option<Box<str>>>,
    scan: ProductScan,
    /// IDs of pending requests.
    waiting: HashSet<Uid>,
    /// VLANs of VXCs of the current product, with their port.
    current: Vec<(Uid, TakenVlan)>,
    vlans: HashMap<Uid, PortVlans>,
    kept: usize,
}

impl ListingSink {
    fn new(wanted: Arc<HashSet<Uid>>, now: Timestamp) -> Self {
        ListingSink {
            wanted,
            vxcs: HashMap::new(),
            scan: ProductScan::new(Keep::Prefixes(Vec::new()), false, now),
            waiting: HashSet::new(),
            current: Vec::new(),
            vlans: HashMap::new(),
            kept: 0,
        }
    }

    fn finish(self) -> Listing {
        let scanned = self.scan.finish();
        let is_whole = scanned.gap().is_none();
        let ports = PortsRead { ports: scanned.ports, waiting: self.waiting };
        Listing {
            vxcs: self.vxcs,
            ports: is_whole.then(|| Rc::new(ports)),
            vlans: self.vlans.into_iter().map(|(uid, vlans)| (uid, Rc::new(vlans))).collect(),
        }
    }
}

impl ProductSink for ListingSink {
    fn vxc(&mut self, vxc: Vxc, json: &str) {
        if let Some(id) = vxc.vxc_approval.uid.as_ref().filter(|_| is_pending(&vxc)) {
            self.waiting.insert(id.clone());
        }
        self.current.extend(taken_by(&vxc).map(|(port, taken)| (port.clone(), taken)));
        if let Some(uid) = vxc.product_uid.as_ref().filter(|uid| self.wanted.contains(uid)) {
            match self.vxcs.entry(uid.clone()) {
                Entry::Vacant(vacant) => {
                    self.kept += json.len() + size_of::<[usize; 8]>();
                    vacant.insert(Some(json.into()));
                }
                // A VXC between two of my ports stands under both.
                Entry::Occupied(mut other) => {
                    if !other.get().as_deref().is_some_and(|other| is_same(other, json)) {
                        other.insert(None);
                    }
                }
            }
        }
        self.scan.vxc(vxc, json);
    }

    fn product(&mut self, product: Product) {
        let current = std::mem::take(&mut self.current);
        if let Some(uid) = product.product_uid.clone() {
            let taken =
                current.into_iter().filter(|(port, _)| *port == uid).map(|(_, taken)| taken).collect();
            let vlans = PortVlans::new(product.clone(), taken);
            self.kept += vlans.taken.len() * 2 * size_of::<TakenVlan>();
            self.vlans.insert(uid, vlans);
        }
        self.scan.product(product);
    }

    /// What can't be read is not found: it is read by itself.
    fn note_unread(&mut self) {
        self.scan.note_unread();
    }

    fn kept_bytes(&self) -> usize {
        self.kept + self.scan.kept_bytes()
    }
}

fn is_same(one: &str, other: &str) -> bool {
    let fields = |json| serde_json::from_str::<Map<String, Value>>(json).ok();
    one == other || fields(one).is_some_and(|one| Some(one) == fields(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::products::decode_list;
    use crate::api::vlan::Vlan;

    fn listing(list: &str) -> Listing {
        let wanted = Arc::new(["a", "b", "c", "d"].map(Uid::from).into());
        let sink = ListingSink::new(wanted, Timestamp::UNIX_EPOCH);
        decode_list(list.as_bytes(), list.len(), sink).unwrap().finish()
    }

    fn vxc(uid: &str, speed: u32) -> String {
        format!(
            r#"{{"productUid":"{uid}","rateLimit":{speed},"provisioningStatus":"LIVE","bEnd":{{"productUid":"P","vlan":{speed}}}}}"#
        )
    }

    #[test]
    fn what_is_listed_twice_differently_is_in_doubt() {
        let listed = listing(&format!(
            r#"{{"data":[{{"associatedVxcs":[{},{},{}]}},{{"associatedVxcs":[{},{},{{"productUid":"d","vxcApproval":3}}]}}]}}"#,
            vxc("A", 10),
            vxc("b", 20),
            vxc("x", 90),
            vxc("A", 10),
            vxc("b", 30),
        ));
        let speed =
            |uid: &str| listed.vxc(&uid.into()).and_then(|read| read.vxc.rate_limit).map(|speed| speed.0);
        assert_eq!(["A", "b", "c", "d", "x"].map(speed), [Some(10), None, None, None, None]);
    }

    #[test]
    fn ports_and_their_vlans_are_known_only_of_a_whole_list() {
        let list = |more: &str| {
            format!(
                r#"{{"data":[{{"associatedVxcs":[{},{}{more}],"productUid":"p","portSpeed":1000}}]}}"#,
                vxc("a", 30),
                vxc("b", 20)
            )
        };
        let whole = listing(&list(""));
        let ports = whole.ports_with(&"P".into()).unwrap();
        assert_eq!(ports.ports[0].sold_mbps.0, 50);
        let vlans: Vec<Vlan> =
            whole.vlans_of(&"P".into()).unwrap().taken.iter().map(|one| one.vlan).collect();
        assert_eq!(vlans, [Vlan::Number(20), Vlan::Number(30)]);
        assert!(whole.ports_with(&"other".into()).is_none());
        let gap = listing(&list(",7"));
        assert!(gap.ports_with(&"P".into()).is_none() && gap.vlans_of(&"P".into()).is_none());
        assert!(gap.vxc(&"a".into()).is_some());
    }
}
