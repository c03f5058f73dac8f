//! Reads both sources, and reports those that can't be read.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::api::order_approvals::{self, Entries, Filter};
use crate::api::{Client, employment, products};
use crate::domain::approvals::model::{Approval, Kind};
use crate::domain::approvals::{Account, Company, Source, queue};
use crate::domain::ports::room::Rooms;
use crate::domain::ports::scan::{CustomerUse, Keep, Port, ProductScan};
use crate::error::Error;
use crate::text::Uid;

#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) keep: Keep,
    pub(crate) vlans: bool,
    pub(crate) only: Option<Source>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum SourceState {
    Read,
    #[default]
    NotAsked,
    /// 403 or 404: not for this key. Skipped with a note.
    Skipped(Error),
    /// It failed otherwise: all its rows are missing, or some.
    Failed(Error),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Collected {
    pub(crate) approvals: Vec<Approval>,
    pub(crate) ports: Vec<Port>,
    pub(crate) rooms: Rooms,
    pub(crate) customers: HashMap<Uid, CustomerUse>,
    pub(crate) company: Company,
    pub(crate) marketplace: SourceState,
    pub(crate) queue: SourceState,
    /// The ids that several requests have.
    pub(super) shared_ids: HashSet<Uid>,
}

impl Collected {
    /// The errors that make some rows missing.
    pub(crate) fn failures(&self) -> Vec<(Source, &Error)> {
        [(Source::Marketplace, &self.marketplace), (Source::Queue, &self.queue)]
            .into_iter()
            .filter_map(|(source, state)| match state {
                SourceState::Failed(error) => Some((source, error)),
                _ => None,
            })
            .collect()
    }

    /// The requests that share this id, if several do: the backend's fault, and nobody can name one of them.
    pub(crate) fn namesakes(&self, id: &Uid) -> Vec<&Approval> {
        match self.shared_ids.contains(id) {
            true => self.approvals.iter().filter(|one| one.id == *id).collect(),
            false => Vec::new(),
        }
    }

    /// The IDs that several requests have, one of them pending.
    pub(crate) fn shared_ids(&self) -> BTreeSet<&Uid> {
        let pending = self.approvals.iter().filter(|one| one.may_be_pending()).map(|one| &one.id);
        pending.filter(|id| self.shared_ids.contains(id)).collect()
    }

    /// Adds what was collected on behalf of an account.
    pub(crate) fn add(&mut self, account: &Account, other: Collected) {
        let tagged = |approval| Approval { account: Some(account.clone()), ..approval };
        self.approvals.extend(other.approvals.into_iter().map(tagged));
        self.ports.extend(other.ports);
        self.rooms.add(other.rooms);
        self.customers.extend(other.customers);
        self.marketplace = SourceState::Read;
    }

    /// Something is missing, so that nothing is concluded from what isn't there.
    pub(crate) fn forget_completeness(&mut self) {
        self.marketplace = SourceState::NotAsked;
    }

    pub(crate) fn failure(&self) -> Option<(Source, &Error)> {
        self.failures().into_iter().next()
    }

    pub(crate) fn nothing_open(&self) -> Option<&Error> {
        let skipped = |state: &SourceState| !matches!(state, SourceState::Read | SourceState::Failed(_));
        match (&self.marketplace, &self.queue) {
            (SourceState::Skipped(error), queue) if skipped(queue) => Some(error),
            (SourceState::NotAsked, SourceState::Skipped(error)) => Some(error),
            _ => None,
        }
    }
}

/// Reads both sources at once. A source that fails is told in the result: what was read still counts. It fails only
/// where nothing at all could be asked: no token.
pub(crate) async fn collect(
    client: &Client,
    known: &Company,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Collected, Error> {
    // The token first, once: two sources that fail for want of one are one failure.
    client.token().await?;
    let marketplace = async {
        match wanted.only {
            Some(Source::Queue) => None,
            _ => Some(
                products::stream(client, || ProductScan::new(wanted.keep.clone(), wanted.vlans, now))
                    .await
                    .map(ProductScan::finish),
            ),
        }
    };
    let entries = async {
        match wanted.only {
            Some(Source::Marketplace) => None,
            _ => Some(order_approvals::list(client, &queue_filter(&wanted.keep)).await),
        }
    };
    let (marketplace, entries) = tokio::join!(marketplace, entries);
    let (mut scanned, mut marketplace) = source_state(marketplace);
    let (entries, mut queue_state) = source_state(entries);
    let Entries { entries, gap } = entries;
    queue_state = gap.map_or(queue_state, SourceState::Failed);
    let mut company = std::mem::take(&mut scanned.company);
    let same = company.uid.is_none() || known.uid.is_none() || company.uid == known.uid;
    if same {
        company.uid = company.uid.or_else(|| known.uid.clone());
        company.name = company.name.or_else(|| known.name.clone());
        company.id = known.id;
    }
    if company.name.is_none() || (company.id.is_none() && !entries.is_empty()) {
        identify(client, &mut company).await;
    }
    let mut approvals = std::mem::take(&mut scanned.approvals);
    approvals
        .extend(entries.into_iter().filter_map(|read| queue::approval_of(&read.entry, read.raw, &company)));
    add_queue_orders(&mut scanned.ports, &approvals);
    // What was read is shown; that it is not all counts as a failure.
    let rooms = match scanned.gap() {
        None => Rooms::from_ports(&scanned.ports),
        Some(gap) => {
            marketplace = SourceState::Failed(gap);
            Rooms::default()
        }
    };
    approvals.retain(|approval| keeps(&wanted.keep, approval));
    let mut seen = HashSet::new();
    let ids = approvals.iter().map(|approval| &approval.id);
    let shared_ids = ids.filter(|id| !seen.insert(*id)).cloned().collect();
    for end in approvals.iter_mut().filter_map(|approval| approval.b_end.as_mut()) {
        // The queue names ports by their uids only.
        if end.product_name.is_none() && end.product_uid.is_some() {
            let port = scanned.ports.iter().find(|port| port.product.product_uid == end.product_uid);
            end.product_name = port.and_then(|port| port.product.product_name.clone());
        }
    }
    if wanted.vlans {
        let is_whole = marketplace == SourceState::Read;
        let ports: HashMap<&Uid, &Port> = scanned
            .ports
            .iter()
            .filter_map(|port| Some((port.product.product_uid.as_ref()?, port)))
            .collect();
        for approval in &mut approvals {
            approval.vlan_free = vlan_free(approval, &ports, is_whole);
        }
    }
    Ok(Collected {
        approvals,
        ports: scanned.ports,
        rooms,
        customers: scanned.customers,
        company,
        marketplace,
        queue: queue_state,
        shared_ids,
    })
}

/// Counts orders in the service approval queue as pending on their ports.
fn add_queue_orders(ports: &mut [Port], approvals: &[Approval]) {
    for order in approvals.iter().filter(|one| one.is_pending_order()) {
        let uid = order.my_end().and_then(|end| end.product_uid.as_ref());
        let port =
            uid.and_then(|uid| ports.iter_mut().find(|port| port.product.product_uid.as_ref() == Some(uid)));
        if let (Some(port), Some(added)) = (port, order.added_mbps()) {
            port.pending_mbps += added;
        }
    }
}

/// Whether the VLAN that a request asks for is free on its port. Of ports that were not read completely, only what is taken
/// is known.
fn vlan_free(request: &Approval, ports: &HashMap<&Uid, &Port>, is_whole: bool) -> Option<bool> {
    let end = request.my_end().filter(|_| request.waits_on_me() && request.kind == Kind::Connection)?;
    let uid = end.product_uid.as_ref().filter(|_| end.vlan.is_some())?;
    match ports.get(uid)?.taken_vlan_of(request) {
        Some(_) => Some(false),
        None => is_whole.then_some(true),
    }
}

/// What was read of a source, and how that went.
fn source_state<T: Default>(read: Option<Result<T, Error>>) -> (T, SourceState) {
    match read {
        None => (T::default(), SourceState::NotAsked),
        Some(Ok(read)) => (read, SourceState::Read),
        Some(Err(error)) if error.is_not_offered() => (T::default(), SourceState::Skipped(error)),
        Some(Err(error)) => (T::default(), SourceState::Failed(error)),
    }
}

pub(crate) async fn identify(client: &Client, company: &mut Company) {
    if let Ok(users) = employment::list(client).await
        && let Some(user) = users.first()
    {
        company.id = company.id.or(user.company_id);
        company.name = company.name.take().or_else(|| user.company_name.clone());
    }
}

fn queue_filter(keep: &Keep) -> Filter {
    match keep {
        Keep::Pending => Filter { status: Some("PENDING"), service_id: None },
        Keep::All | Keep::Prefixes(_) => Filter::default(),
    }
}

/// The queue is filtered by the backend as far as it can; this is for what it can't, and for one that doesn't.
fn keeps(keep: &Keep, approval: &Approval) -> bool {
    match keep {
        Keep::All => true,
        Keep::Pending => approval.may_be_pending(),
        Keep::Prefixes(prefixes) => prefixes.iter().any(|prefix| {
            approval.id.begins_with(prefix)
                || approval.vxc_uid.as_ref().is_some_and(|uid| uid.begins_with(prefix))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approvals::Status;
    use crate::domain::approvals::model::example::{connection, request};
    use crate::domain::ports::scan::example_port;
    use crate::exit::Exit;

    fn refused(http_status: u16) -> Error {
        Error { http_status: Some(http_status), ..Error::new(Exit::Api, "refused") }
    }

    #[test]
    fn what_is_not_there_for_the_key_is_skipped_and_all_else_is_a_failure() {
        let state = |read: Option<Result<u8, Error>>| source_state(read);
        assert_eq!(state(None), (0, SourceState::NotAsked));
        assert_eq!(state(Some(Ok(7))), (7, SourceState::Read));
        for status in [403, 404, 405] {
            assert_eq!(state(Some(Err(refused(status)))), (0, SourceState::Skipped(refused(status))));
        }
        for error in [refused(401), refused(500), refused(403).retryable(), Error::new(Exit::Network, "lost")]
        {
            assert_eq!(state(Some(Err(error.clone()))), (0, SourceState::Failed(error)));
        }
    }

    #[test]
    fn nothing_is_open_only_where_no_source_was_read_or_failed() {
        use SourceState::{Failed, NotAsked, Read, Skipped};
        let (no, lost) = (|| Skipped(refused(403)), || Failed(refused(500)));
        for (marketplace, queue, expected) in [
            (no(), no(), true),
            (no(), NotAsked, true),
            (NotAsked, no(), true),
            (no(), Read, false),
            (Read, no(), false),
            (no(), lost(), false),
            (lost(), no(), false),
            (NotAsked, Read, false),
        ] {
            let collected = Collected { marketplace, queue, ..Collected::default() };
            assert_eq!(collected.nothing_open().is_some(), expected, "{collected:?}");
        }
        let both = Collected { marketplace: lost(), queue: lost(), ..Collected::default() };
        let failed: Vec<Source> = both.failures().into_iter().map(|(source, _)| source).collect();
        assert_eq!(failed, [Source::Marketplace, Source::Queue]);
        assert_eq!(both.failure().map(|(source, _)| source), Some(Source::Marketplace));
    }

    #[test]
    fn an_id_is_shared_where_several_requests_have_it_and_one_may_be_pending() {
        let of = |id: &str, status| Approval { id: id.into(), status, ..connection() };
        let approvals = vec![
            of("a", Status::Pending),
            of("a", Status::Denied),
            of("b", Status::Denied),
            of("b", Status::Accepted),
            of("c", Status::Pending),
        ];
        let shared_ids = ["a", "b"].map(Uid::from).into();
        let collected = Collected { approvals, shared_ids, ..Collected::default() };
        assert_eq!(collected.shared_ids().into_iter().map(Uid::as_str).collect::<Vec<_>>(), ["a"]);
        assert_eq!(["a", "b", "c"].map(|id| collected.namesakes(&id.into()).len()), [2, 2, 0]);
    }

    #[test]
    fn what_is_kept_begins_as_asked_or_may_be_pending() {
        let one = Approval { id: "7c1e".into(), vxc_uid: Some("ab12".into()), ..connection() };
        let prefixes =
            |prefixes: &[&str]| Keep::Prefixes(prefixes.iter().map(|&one| one.to_owned()).collect());
        for (keep, expected) in [
            (Keep::All, [true, true, true]),
            (Keep::Pending, [true, false, true]),
            (prefixes(&["7c"]), [true, true, true]),
            (prefixes(&["xx", "AB1"]), [true, true, true]),
            (prefixes(&["c1"]), [false, false, false]),
            (prefixes(&[]), [false, false, false]),
        ] {
            let decided = Approval { status: Status::Denied, ..one.clone() };
            let odd = Approval { wire_status: Some("ON_HOLD".to_owned()), ..decided.clone() };
            assert_eq!([&one, &decided, &odd].map(|one| keeps(&keep, one)), expected, "{keep:?}");
        }
        assert_eq!(queue_filter(&Keep::Pending).status, Some("PENDING"));
        assert!(queue_filter(&Keep::All).status.is_none());
        assert!(queue_filter(&prefixes(&["7c"])).status.is_none());
    }

    #[test]
    fn only_orders_that_may_still_be_accepted_are_pending_on_their_port() {
        let order = Approval { source: Source::Queue, kind: Kind::Order, ..request("P", Some(300)) };
        for (order, pending) in [
            (order.clone(), 300),
            (Approval { status: Status::Accepted, ..order.clone() }, 0),
            (Approval { kind: Kind::Connection, ..order.clone() }, 0),
            (Approval { source: Source::Marketplace, ..order.clone() }, 0),
            (Approval { rate_limit_mbps: None, ..order.clone() }, 0),
            (Approval { b_end: request("elsewhere", None).b_end, ..order.clone() }, 0),
        ] {
            let mut ports = ["q", "p"].map(|uid| example_port(uid, None, Some(1000), 0));
            add_queue_orders(&mut ports, &[order]);
            assert_eq!(ports.map(|port| port.pending_mbps.0), [0, pending]);
        }
    }

    #[test]
    fn a_vlan_is_free_only_on_a_port_that_was_read_completely() {
        let mut port = example_port("p", None, None, 0);
        port.vlans = vec![(7.into(), None)];
        let uid: Uid = "P".into();
        let ports = HashMap::from([(&uid, &port)]);
        let asks = |vlan: Option<i64>| {
            let mut asks = request("p", None);
            asks.b_end.as_mut().unwrap().vlan = vlan.map(Into::into);
            asks
        };
        let free = |request: &Approval| [true, false].map(|is_whole| vlan_free(request, &ports, is_whole));
        assert_eq!(free(&asks(Some(7))), [Some(false), Some(false)]);
        assert_eq!(free(&asks(Some(8))), [Some(true), None]);
        assert_eq!(free(&asks(None)), [None, None]);
        assert_eq!(free(&Approval { status: Status::Denied, ..asks(Some(7)) }), [None, None]);
        assert_eq!(free(&Approval { kind: Kind::Order, ..asks(Some(7)) }), [None, None]);
        assert_eq!(vlan_free(&asks(Some(8)), &HashMap::new(), true), None);
    }

    #[test]
    fn what_is_collected_for_an_account_carries_its_name_and_completes_nothing_by_itself() {
        let account = Account { uid: "acc".into(), ..Account::default() };
        let mut all = Collected::default();
        let own = Collected {
            approvals: vec![connection()],
            ports: vec![example_port("p", None, None, 0)],
            ..Collected::default()
        };
        all.add(&account, own);
        assert_eq!(all.approvals[0].account.as_ref(), Some(&account));
        assert_eq!((all.ports.len(), &all.marketplace), (1, &SourceState::Read));
        all.forget_completeness();
        assert_eq!((all.approvals.len(), &all.marketplace), (1, &SourceState::NotAsked));
    }
}
