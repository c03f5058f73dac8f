//! The VLANs of a port: taken (and by whom) and free.

use std::collections::BTreeSet;

use crate::api::products::{Product, ProductSink};
use crate::api::vlan::Vlan;
use crate::api::vxc::Vxc;
use crate::api::{Client, ports, products};
use crate::domain::approvals::marketplace::{is_pending, kind_of};
use crate::domain::approvals::model::Kind;
use crate::domain::approvals::stage::Stage;
use crate::domain::ports::scan::Port;
use crate::domain::ports::vlan::VlanPool;
use crate::error::Error;
use crate::exit::Exit;
use crate::text::Uid;

/// VLANs that look free and turn out not to be, at most, before giving up.
const MOST_SURPRISES: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenVlan {
    pub(crate) vlan: Vlan,
    pub(crate) inner_vlan: Option<Vlan>,
    pub(crate) customer: Option<String>,
    pub(crate) vxc_name: Option<String>,
    pub(crate) vxc_uid: Option<Uid>,
    /// Whether it is only asked for, by a request that still waits.
    pub(crate) pending: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct PortVlans {
    pub(crate) product: Product,
    pub(crate) taken: Vec<TakenVlan>,
}

impl PortVlans {
    pub(super) fn new(product: Product, mut taken: Vec<TakenVlan>) -> Self {
        taken.sort_by_key(|one| (one.vlan, one.inner_vlan));
        taken.dedup();
        PortVlans { product, taken }
    }

    /// The VLANs of a port of the list, without those who have them.
    pub(super) fn of_listed(port: &Port) -> Self {
        let one = |vlan, inner_vlan, vxc_uid, pending| TakenVlan {
            vlan,
            inner_vlan,
            customer: None,
            vxc_name: None,
            vxc_uid,
            pending,
        };
        let taken = port.vlans.iter().map(|&(vlan, inner_vlan)| one(vlan, inner_vlan, None, false));
        let asked = port.asked_vlans.iter().map(|(vlan, vxc_uid)| one(*vlan, None, vxc_uid.clone(), true));
        PortVlans { product: port.product.clone(), taken: taken.chain(asked).collect() }
    }
}

impl TakenVlan {
    /// Whether another VXC has the place that this one asks for; several may share an outer VLAN by different inner ones. A
    /// request that waits has nothing yet: of two that ask for the same VLAN either may be accepted.
    pub(crate) fn stands_against(&self, vlan: Vlan, inner_vlan: Option<Vlan>, vxc_uid: Option<&Uid>) -> bool {
        self.vlan == vlan
            && !self.pending
            && (vxc_uid.is_none() || self.vxc_uid.as_ref() != vxc_uid)
            && (inner_vlan.is_none() || self.inner_vlan.is_none() || self.inner_vlan == inner_vlan)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FreeVlans {
    /// The lowest ones, as many as were asked for if there are so many.
    pub(crate) vlans: Vec<Vlan>,
    /// Whether the backend said of each that it is free; else they are those that no VXC of the port has.
    pub(crate) confirmed: bool,
}

/// Reads one port with who has which VLAN: `GET /v2/product/{uid}`.
pub(crate) async fn read_vlans(client: &Client, port_uid: &Uid) -> Result<PortVlans, Error> {
    let sink = || VlanSink { port_uid: port_uid.clone(), ..VlanSink::default() };
    let read = products::stream_one(client, port_uid, sink).await.map_err(|error| match error.exit {
        Exit::NotFound => Error { message: format!("no port found with UID {port_uid}"), ..error }
            .resource(port_uid.as_str()),
        _ => error,
    })?;
    if read.unread > 0 {
        return Err(Error::new(Exit::Api, "the VLANs of this port could not be read completely")
            .reason("one of its VXCs could not be parsed")
            .resource(port_uid.as_str()));
    }
    let product = read.product.unwrap_or_default();
    Ok(PortVlans::new(product, read.taken))
}

/// The VLANs that a VXC has, or asks for, each with its port.
pub(super) fn taken_by(vxc: &Vxc) -> impl Iterator<Item = (&Uid, TakenVlan)> {
    let is_gone = Stage::from_status(vxc.provisioning_status.as_deref()).is_gone();
    let pending = is_pending(vxc) && kind_of(vxc) == Some(Kind::Connection);
    let ends = [&vxc.a_end, &vxc.b_end].into_iter().filter(move |_| !is_gone);
    ends.filter_map(move |end| {
        let taken = TakenVlan {
            vlan: end.vlan?,
            inner_vlan: end.inner_vlan,
            customer: vxc.company_name.clone().or_else(|| vxc.a_end.owner_uid.clone().map(String::from)),
            vxc_name: vxc.product_name.clone(),
            vxc_uid: vxc.product_uid.clone(),
            pending,
        };
        Some((end.product_uid.as_ref()?, taken))
    })
}

/// The lowest `wanted` free VLANs of a port, each asked of the backend too, where it offers that check (advisory: two
/// may race).
pub(crate) async fn free_vlans(
    client: &Client,
    port_uid: &Uid,
    taken: &[TakenVlan],
    pool: &VlanPool,
    wanted: usize,
) -> Result<FreeVlans, Error> {
    lowest_free(taken, pool, wanted, async |vlan| ports::vlan_is_free(client, port_uid, vlan).await).await
}

/// The VLANs of the pool that no VXC of the port has, lowest first.
fn unused_vlans<'a>(
    taken: impl Iterator<Item = &'a TakenVlan>,
    pool: &VlanPool,
) -> impl Iterator<Item = Vlan> {
    let known: BTreeSet<Vlan> = taken.map(|one| one.vlan).collect();
    Vlan::numbers().filter(move |vlan| pool.contains(*vlan) && !known.contains(vlan))
}

async fn lowest_free(
    taken: &[TakenVlan],
    pool: &VlanPool,
    wanted: usize,
    is_free: impl AsyncFn(Vlan) -> Result<bool, Error>,
) -> Result<FreeVlans, Error> {
    let mut found = FreeVlans { vlans: Vec::new(), confirmed: true };
    let mut surprises = 0;
    for candidate in unused_vlans(taken.iter(), pool) {
        if found.vlans.len() >= wanted || surprises >= MOST_SURPRISES {
            break;
        }
        let free = match found.confirmed {
            false => true,
            true => match is_free(candidate).await {
                Ok(free) => free,
                // The check is a courtesy that not every backend and role has.
                Err(error) if error.is_not_offered() => {
                    found.confirmed = false;
                    true
                }
                Err(error) => return Err(error),
            },
        };
        if free {
            found.vlans.push(candidate);
        } else {
            surprises += 1;
        }
    }
    Ok(found)
}

#[derive(Debug, Default)]
struct VlanSink {
    port_uid: Uid,
    product: Option<Product>,
    taken: Vec<TakenVlan>,
    unread: usize,
}

impl ProductSink for VlanSink {
    fn note_unread(&mut self) {
        self.unread += 1;
    }

    fn kept_bytes(&self) -> usize {
        self.taken.len() * 2 * size_of::<TakenVlan>()
    }

    fn vxc(&mut self, vxc: Vxc, _: &str) {
        let here = taken_by(&vxc).filter(|(port, _)| **port == self.port_uid);
        self.taken.extend(here.map(|(_, taken)| taken));
    }

    fn product(&mut self, product: Product) {
        self.product = Some(product);
    }
}

/// Checks a pool from which VLANs are given one by one: each is free, the lowest, and given once.
#[cfg(test)]
pub(crate) fn check_pool(taken: &[i64], refused: &BTreeSet<i64>) {
    use futures_util::FutureExt as _;

    use crate::domain::ports::vlan::EVERY_VLAN;
    let number = |vlan: i64| TakenVlan {
        vlan: vlan.into(),
        inner_vlan: None,
        customer: None,
        vxc_name: None,
        vxc_uid: None,
        pending: false,
    };
    let free = |taken: &[TakenVlan], wanted| {
        let is_free = async |vlan: Vlan| Ok(!refused.contains(&vlan.into()));
        let found =
            lowest_free(taken, &EVERY_VLAN, wanted, is_free).now_or_never().expect("nothing is waited for");
        let found = found.expect("the check never fails");
        found.vlans.into_iter().map(i64::from).collect::<Vec<_>>()
    };
    let mut held: Vec<TakenVlan> = taken.iter().copied().map(number).collect();
    let at_once = free(&held, 10);
    let mut given = Vec::new();
    for _ in 0..10 {
        let vlan = free(&held, 1)[0];
        held.push(number(vlan));
        given.push(vlan);
    }
    let expected: Vec<i64> = Vlan::numbers()
        .map(i64::from)
        .filter(|vlan| !taken.contains(vlan) && !refused.contains(vlan))
        .take(10)
        .collect();
    assert_eq!((&at_once, &given), (&expected, &expected));
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::ports::vlan::EVERY_VLAN;

    /// The VLANs on the port `p` by a VXC in each of these states: its marker, and its ends.
    fn taken_vlans(vxcs: &[(&str, Value, Value)]) -> Vec<TakenVlan> {
        let mut sink = VlanSink { port_uid: "p".into(), ..VlanSink::default() };
        for (status, marker, end) in vxcs {
            let vxc =
                json!({"provisioningStatus": status, "vxcApproval": marker, "productUid": "v", "bEnd": end});
            sink.vxc(serde_json::from_value(vxc).unwrap(), "null");
        }
        sink.taken
    }

    fn number(vlan: i64) -> TakenVlan {
        taken_vlans(&[("LIVE", Value::Null, json!({"productUid": "P", "vlan": vlan}))]).remove(0)
    }

    #[test]
    fn a_vlan_is_taken_by_what_is_not_gone_on_this_port() {
        let waits = json!({"status": "PENDING_INTERNAL", "type": "NEW", "uid": "id"});
        for (status, marker, end, expected) in [
            ("LIVE", Value::Null, json!({"productUid": "P", "vlan": 7}), Some((Vlan::Number(7), false))),
            ("LIVE", Value::Null, json!({"productUid": "p", "vlan": -1}), Some((Vlan::Untagged, false))),
            ("DEPLOYABLE", waits, json!({"productUid": "p", "vlan": 7}), Some((Vlan::Number(7), true))),
            ("CANCELLED", Value::Null, json!({"productUid": "p", "vlan": 7}), Some((Vlan::Number(7), false))),
            ("DECOMMISSIONED", Value::Null, json!({"productUid": "p", "vlan": 7}), None),
            ("LIVE", Value::Null, json!({"productUid": "other", "vlan": 7}), None),
            ("LIVE", Value::Null, json!({"productUid": "p", "vlan": 0}), None),
        ] {
            let found = taken_vlans(&[(status, marker, end.clone())]);
            assert_eq!(found.first().map(|one| (one.vlan, one.pending)), expected, "{status} {end}");
        }
    }

    #[test]
    fn only_another_vxc_that_has_it_stands_in_the_place_of_a_vlan() {
        let inner = TakenVlan { inner_vlan: Some(Vlan::Number(9)), ..number(8) };
        let asked = TakenVlan { pending: true, ..number(6) };
        let port = PortVlans { taken: vec![number(7), inner, asked, number(-1)], ..PortVlans::default() };
        for (vlan, inner, vxc, is_taken) in [
            (7, None, None, true),
            (7, None, Some("v"), false),
            (7, None, Some("V"), false),
            (8, Some(9), None, true),
            (8, Some(5), None, false),
            (8, None, None, true),
            (6, None, None, false),
        ] {
            let vxc = vxc.map(Uid::from);
            let stands =
                |one: &&TakenVlan| one.stands_against(vlan.into(), inner.map(Vlan::from), vxc.as_ref());
            let found = port.taken.iter().find(stands);
            assert_eq!(found.is_some(), is_taken, "{vlan} {inner:?} {vxc:?}");
        }
    }

    #[test]
    fn the_next_free_vlan_is_the_lowest_that_nobody_has_and_the_backend_grants() {
        let free = |wanted, is_free: &dyn Fn(i64) -> Result<bool, Error>| {
            let taken = [number(2), number(4), number(-1)];
            let found = lowest_free(&taken, &EVERY_VLAN, wanted, async |vlan| is_free(vlan.into()))
                .now_or_never()
                .unwrap();
            found.map(|found| (found.vlans.into_iter().map(i64::from).collect::<Vec<_>>(), found.confirmed))
        };
        let http = |status| Error { http_status: Some(status), ..Error::new(Exit::Api, "x") };
        assert_eq!(free(3, &|_| Ok(true)), Ok((vec![3, 5, 6], true)));
        assert_eq!(free(2, &|vlan| Ok(vlan != 3)), Ok((vec![5, 6], true)));
        assert_eq!(free(1, &|_| Ok(false)), Ok((vec![], true)), "it gives up");
        assert_eq!(free(2, &|_| Err(http(403))), Ok((vec![3, 5], false)));
        assert_eq!(free(2, &|_| Err(http(500))), Err(http(500)));
    }
}
