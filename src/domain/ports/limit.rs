//! The limit for selling a port (`max_sold`), counted over a whole run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::api::products::CapacityGroup;
use crate::domain::approvals::{Approval, Kind, Source};
use crate::domain::ports::room::{Room, Rooms};
use crate::domain::ports::{Ceiling, Excess, PortsRead, Share};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::{Mbps, Uid};

#[derive(Debug)]
pub(crate) struct SoldLimit {
    ceiling: Ceiling,
    counts: RefCell<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    known: HashMap<Uid, Known>,
    /// When the first of what is known was read.
    read_at: Option<Instant>,
    /// By the port.
    accepted: HashMap<Uid, Vec<Accepted>>,
}

/// How long the reading of a port is taken for what it is: a run may last for hours, and others sell the port, too.
const FRESH: Duration = Duration::from_secs(10);

/// What the run has accepted on a port, and how much it takes.
#[derive(Debug, Clone)]
struct Accepted {
    id: Uid,
    source: Source,
    mbps: Mbps,
    /// Whether the port was read since, and counts it among what is sold.
    is_read: bool,
}

/// What is known of a port, as it was read.
#[derive(Debug, Clone)]
enum Known {
    Room {
        group: CapacityGroup,
        room: Room,
        name: String,
    },
    Not {
        why: String,
    },
    /// It is none of mine, so that nothing of mine is sold on it.
    Elsewhere {
        why: String,
    },
}

impl SoldLimit {
    pub(crate) fn new(ceiling: Ceiling) -> Self {
        SoldLimit { ceiling, counts: RefCell::default() }
    }

    /// Forgets the ports and what was accepted.
    pub(crate) fn start_over(&self) {
        self.counts.take();
    }

    /// Reads the ports again before the next is accepted.
    pub(crate) fn forget_readings(&self) {
        self.counts.borrow_mut().forget_readings();
    }

    /// What stands against accepting this; `None` where it stays within the limit. `move_to` is the port that is to take
    /// the B-End instead. What an account orders through the service approval queue counts where it ends on a port of mine.
    /// `read` reads a port with those it shares its room with.
    pub(crate) async fn excess(
        &self,
        approval: &Approval,
        move_to: Option<&Uid>,
        read: impl AsyncFn(&Uid) -> Result<Rc<PortsRead>, Error>,
    ) -> Option<Excess> {
        let read_at = self.counts.borrow().read_at;
        if read_at.is_some_and(|at| at.elapsed() > FRESH) {
            self.forget_readings();
        }
        if approval.kind != Kind::TermChange && added_mbps(approval, move_to).is_some() {
            for port in ports_of(approval, move_to) {
                let is_known = self.counts.borrow().known.contains_key(&port);
                if !is_known {
                    let read = read(&port).await;
                    self.counts.borrow_mut().learn(&port, read);
                }
            }
        }
        self.judge(approval, move_to)
    }

    /// As [`SoldLimit::excess`], by what is known of its ports.
    fn judge(&self, approval: &Approval, move_to: Option<&Uid>) -> Option<Excess> {
        if approval.kind == Kind::TermChange {
            return None;
        }
        let (ceiling, counts) = (self.ceiling, self.counts.borrow());
        let not_known = |why: &str| Some(Excess::NotKnown { why: why.to_owned(), ceiling });
        let ports = ports_of(approval, move_to);
        if ports.is_empty() {
            return not_known("the request has no port");
        }
        let Some(added) = added_mbps(approval, move_to) else {
            return not_known("the request has no speed");
        };
        ports.iter().find_map(|port| match counts.known.get(port)? {
            Known::Room { group, room, name } => {
                let is_here = |port: &Uid| matches!(counts.known.get(port), Some(Known::Room { group: its, .. }) if its == group);
                let here = counts.accepted.iter().filter(|(port, _)| is_here(port));
                let unread = here.flat_map(|(_, accepted)| accepted).filter(|one| !one.is_read);
                let already = unread.fold(Mbps(0), |sum, one| sum + one.mbps);
                let share = Share::new(*room, already, added);
                let above = share.is_above(ceiling.percent);
                above.then(|| Excess::Above { port: name.clone(), share, ceiling })
            }
            Known::Elsewhere { .. } if approval.source == Source::Queue => None,
            Known::Not { why } | Known::Elsewhere { why } => not_known(why),
        })
    }

    pub(crate) fn name_of(&self, port_uid: &Uid) -> Option<String> {
        match self.counts.borrow().known.get(port_uid)? {
            Known::Room { name, .. } => Some(name.clone()),
            Known::Not { .. } | Known::Elsewhere { .. } => None,
        }
    }

    /// Counts what is accepted for those that follow.
    pub(crate) fn count(&self, approval: &Approval, move_to: Option<&Uid>) {
        let Some(added) = added_mbps(approval, move_to) else { return };
        let mut counts = self.counts.borrow_mut();
        for port in ports_of(approval, move_to) {
            let (id, source) = (approval.id.clone(), approval.source);
            counts.accepted.entry(port).or_default().push(Accepted {
                id,
                source,
                mbps: added,
                is_read: false,
            });
        }
    }

    /// Takes back what was counted: it was not accepted.
    pub(crate) fn release(&self, approval: &Approval) {
        let is_it = |one: &Accepted| one.id == approval.id && one.source == approval.source;
        for accepted in self.counts.borrow_mut().accepted.values_mut() {
            accepted.retain(|one| !is_it(one));
        }
    }
}

impl Counts {
    fn forget_readings(&mut self) {
        self.known.clear();
        self.read_at = None;
    }

    fn learn(&mut self, uid: &Uid, read: Result<Rc<PortsRead>, Error>) {
        match read {
            Ok(read) => self.keep(&read, uid),
            Err(error) => {
                let why = error.to_string();
                let known = match error.exit {
                    Exit::NotFound | Exit::Forbidden => Known::Elsewhere { why },
                    _ => Known::Not { why },
                };
                self.known.insert(uid.clone(), known);
            }
        }
    }

    /// Keeps what was read of ports, and which requests still wait on them: what this run has accepted and no longer waits
    /// is among what is sold.
    fn keep(&mut self, read: &PortsRead, asked: &Uid) {
        let PortsRead { ports, waiting } = read;
        self.read_at = self.read_at.or_else(|| Some(Instant::now()));
        let rooms = Rooms::from_ports(ports);
        for port in ports {
            let product = &port.product;
            let (Some(uid), Some(group)) = (&product.product_uid, product.capacity_group()) else { continue };
            let name = product.product_name.clone().unwrap_or_else(|| uid.to_string());
            let known = match rooms.of_port(uid) {
                Some(room) => Known::Room { group, room, name },
                None => Known::Not { why: format!("the speed of {name} is unknown") },
            };
            if let Entry::Vacant(vacant) = self.known.entry(uid.clone()) {
                vacant.insert(known);
                for one in self.accepted.get_mut(uid).into_iter().flatten() {
                    // When an order of the queue will show on the port, nobody tells.
                    one.is_read = one.source == Source::Marketplace && !waiting.contains(&one.id);
                }
            }
        }
        self.known
            .entry(asked.clone())
            .or_insert_with(|| Known::Elsewhere { why: format!("{asked} is not one of your ports") });
    }
}

/// The ports whose room it takes, with my end on the port `move_to`.
fn ports_of(approval: &Approval, move_to: Option<&Uid>) -> Vec<Uid> {
    let mut ports: Vec<Uid> = approval.ports_taken().into_iter().cloned().collect();
    match (move_to, ports.first_mut()) {
        (Some(to), Some(mine)) => mine.clone_from(to),
        (Some(to), None) => ports.push(to.clone()),
        (None, _) => {}
    }
    ports.dedup();
    ports
}

/// What a request takes of its port's room in Mbps: on another port (`move_to`) all of it, not only what a speed change
/// adds.
pub(crate) fn added_mbps(approval: &Approval, move_to: Option<&Uid>) -> Option<Mbps> {
    let here = approval.b_end.as_ref().and_then(|end| end.product_uid.as_ref());
    match move_to {
        Some(_) if move_to != here => approval.new_rate_limit_mbps.or(approval.rate_limit_mbps),
        _ => approval.added_mbps(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::approvals::model::example::request;
    use crate::domain::ports::SetBy;
    use crate::domain::ports::scan::example_port as port;

    /// A limit that knows a port of its own, the two of a LAG, one without a speed, and one that isn't mine.
    fn ceiling(percent: u32) -> Ceiling {
        Ceiling { percent, set_by: SetBy::Profile }
    }

    fn limit(percent: u32) -> SoldLimit {
        let ports = [
            port("alone", None, Some(1000), 900),
            port("one", Some("7"), Some(1000), 1500),
            port("two", Some("7"), Some(1000), 0),
            port("untold", None, None, 0),
        ];
        let limit = SoldLimit::new(ceiling(percent));
        limit
            .counts
            .borrow_mut()
            .keep(&PortsRead { ports: ports.into(), waiting: HashSet::new() }, &"elsewhere".into());
        limit
    }

    #[test]
    fn a_port_or_a_whole_lag_may_be_sold_up_to_the_limit() {
        for (percent, port, mbps, above) in [
            (100, "alone", 100, false),
            (100, "alone", 101, true),
            (100, "Alone", 101, true),
            (120, "alone", 300, false),
            (120, "alone", 301, true),
            (100, "one", 500, false),
            (100, "two", 500, false),
            (100, "two", 501, true),
        ] {
            let excess = limit(percent).judge(&request(port, Some(mbps)), None);
            assert_eq!(excess.is_some(), above, "{port} {mbps}: {excess:?}");
        }
    }

    #[test]
    fn what_a_run_accepts_counts_on_the_whole_lag_and_on_the_port_it_moves_to() {
        let limit = limit(100);
        limit.count(&request("One", Some(400)), None);
        assert_eq!(limit.judge(&request("two", Some(100)), None), None);
        let excess = limit.judge(&request("two", Some(101)), None);
        let share = Share { speed_mbps: Mbps(2000), before_mbps: Mbps(1900), after_mbps: Mbps(2001) };
        assert_eq!(excess, Some(Excess::Above { port: "two".to_owned(), share, ceiling: ceiling(100) }));
        limit.count(&request("one", Some(60)), Some(&"alone".into()));
        assert_eq!(limit.judge(&request("two", Some(100)), None), None);
        assert!(limit.judge(&request("two", Some(41)), Some(&"alone".into())).is_some());
    }

    #[test]
    fn a_request_that_was_accepted_is_the_same_however_its_id_is_spelled() {
        let spelled = |id: &str| Approval { id: id.into(), ..request("late", Some(100)) };
        let next = || request("late", Some(100));
        let late = || vec![port("late", None, Some(1000), 900)];
        let limit = limit(100);
        limit.count(&spelled("ab"), None);
        limit
            .counts
            .borrow_mut()
            .keep(&PortsRead { ports: late(), waiting: ["AB".into()].into() }, &"late".into());
        assert!(limit.judge(&next(), None).is_some(), "it still waits, so it is not yet sold");
        limit.release(&spelled("Ab"));
        assert_eq!(limit.judge(&next(), None), None);
    }

    #[test]
    fn what_a_list_tells_exceeds_as_what_is_read_does() {
        let named = |mut request: Approval, left: Option<i64>| {
            request.room_after_mbps = left;
            request.port_speed_mbps = left.map(|_| Mbps(1000));
            request
        };
        // 900 of 1000 Mbps are sold, and more is asked for.
        for (mbps, left) in [(100, 0), (101, -1), (400, -300)] {
            let request = request("alone", Some(mbps));
            let by_list = Excess::find(&named(request.clone(), Some(left)), ceiling(100));
            assert_eq!(by_list, limit(100).judge(&request, None), "{mbps}");
        }
        for unknown in [
            named(request("untold", Some(1)), None),
            Approval { b_end: None, ..request("alone", Some(1)) },
            named(request("alone", None), Some(100)),
        ] {
            let by_list = Excess::find(&unknown, ceiling(100));
            assert_eq!(by_list, limit(100).judge(&unknown, None));
            assert!(matches!(by_list, Some(Excess::NotKnown { .. })));
            assert_eq!(Excess::find(&unknown, Ceiling::NONE), None);
        }
        let queue = Approval { source: Source::Queue, kind: Kind::Order, ..request("elsewhere", Some(9000)) };
        assert_eq!(Excess::find(&queue, ceiling(100)), None);
    }

    #[test]
    fn what_is_not_known_is_not_within() {
        let queue = |request| Approval { source: Source::Queue, kind: Kind::Order, ..request };
        let term = Approval { kind: Kind::TermChange, ..request("alone", Some(9000)) };
        for (request, why) in [
            (request("untold", Some(1)), Some("the speed of untold is unknown")),
            (request("elsewhere", Some(1)), Some("elsewhere is not one of your ports")),
            (Approval { b_end: None, ..request("alone", Some(1)) }, Some("the request has no port")),
            (request("alone", None), Some("the request has no speed")),
            (queue(request("elsewhere", Some(9000))), None),
            (term, None),
        ] {
            let expected = why.map(|why| Excess::NotKnown { why: why.to_owned(), ceiling: ceiling(100) });
            assert_eq!(limit(100).judge(&request, None), expected);
        }
    }
}
