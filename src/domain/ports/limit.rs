//! The limit for selling a port (`max_sold`), counted over a whole run.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::api::Client;
use crate::domain::approvals::{Approval, Kind, Source};
use crate::domain::ports::room::{Room, Rooms};
use crate::domain::ports::scan::Port;
use crate::domain::ports::{Share, read_with_its_lag};
use crate::error::Error;
use crate::exit::Exit;
use crate::text::{Mbps, words};

/// How much of a port may be sold, in percent of its speed, and by whom that is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    pub(crate) percent: u32,
    pub(crate) set_by: SetBy,
}

/// Who limits how much of a port is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// Nobody: a port has no more than its speed.
    Nobody,
    Profile,
    /// An option or variable of this name.
    Option(&'static str),
}

impl Ceiling {
    /// Without a limit, more than a port's speed is worth a question.
    pub(crate) const NONE: Self = Ceiling { percent: 100, set_by: SetBy::Nobody };

    /// Whether more must not be sold unless a person agrees.
    pub(crate) fn is_limit(self) -> bool {
        self.set_by != SetBy::Nobody
    }

    /// What exceeding it is: `exceed the limit of 80% on SYD1-A`.
    fn exceed(self, ports: &str) -> String {
        match self {
            Ceiling { set_by: SetBy::Nobody, .. } => format!("oversell {ports}"),
            Ceiling { percent, .. } => format!("exceed the limit of {percent}% on {ports}"),
        }
    }

    /// The limit, after an article: `profile's limit of 80%`.
    fn words(self) -> String {
        let Ceiling { percent, set_by } = self;
        match set_by {
            SetBy::Nobody => format!("limit of {percent}%"),
            SetBy::Profile => format!("profile's limit of {percent}%"),
            SetBy::Option(name) => format!("limit of {percent}% ({name})"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct SoldLimit {
    ceiling: Ceiling,
    known: HashMap<String, Known>,
    /// When the first of what is known was read.
    read_at: Option<Instant>,
    accepted: Vec<Accepted>,
}

/// Ports that a question names.
const MOST_NAMED: usize = 3;

/// How long the reading of a port is taken for what it is: a run may last for hours, and others sell the port, too.
const FRESH: Duration = Duration::from_secs(10);

/// What the run has accepted on a port, and how much it takes.
#[derive(Debug, Clone)]
struct Accepted {
    id: String,
    source: Source,
    port: String,
    mbps: Mbps,
    /// Whether the port was read since, and counts it among what is sold.
    is_read: bool,
}

/// What is known of a port, as it was read.
#[derive(Debug, Clone)]
enum Known {
    Room {
        group: String,
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

/// Why accepting requires confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Excess {
    Above {
        port: String,
        share: Share,
        ceiling: Ceiling,
    },
    /// Can't be determined.
    NotKnown {
        why: String,
        ceiling: Ceiling,
    },
}

impl Excess {
    /// What exceeds the ceiling, by the room that was filled in. What isn't known is not within a limit.
    pub(crate) fn of(approval: &Approval, ceiling: Ceiling) -> Option<Self> {
        if approval.kind == Kind::TermChange {
            return None;
        }
        let not_known = |why: String| ceiling.is_limit().then_some(Excess::NotKnown { why, ceiling });
        let end = approval.my_end();
        let Some(port) = end.and_then(|end| end.product_name.clone().or_else(|| end.product_uid.clone()))
        else {
            return not_known("the request has no port".to_owned());
        };
        let Some(added) = approval.added_mbps() else {
            return not_known("the request has no speed".to_owned());
        };
        let Some((speed_mbps, left)) = approval.port_speed_mbps.zip(approval.room_after_mbps) else {
            // Orders of the queue may end on ports that aren't mine.
            let is_mine = approval.source == Source::Marketplace;
            return is_mine.then(|| not_known(format!("the speed of {port} is unknown"))).flatten();
        };
        let sold = i64::try_from(speed_mbps.0).unwrap_or(i64::MAX).saturating_sub(left);
        let after_mbps = Mbps(u64::try_from(sold).unwrap_or_default());
        let share = Share { speed_mbps, before_mbps: after_mbps.saturating_sub(added), after_mbps };
        share.is_above(ceiling.percent).then_some(Excess::Above { port, share, ceiling })
    }

    /// The consequence, without a full stop.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Excess::Above { port, share, ceiling } => {
                let percent = share.after_percent().unwrap_or_default();
                let sold = format!("({} of {} Mbps)", share.after_mbps, share.speed_mbps);
                match ceiling.set_by {
                    SetBy::Nobody => format!("{port} would be oversold: {percent}% sold {sold}"),
                    _ => format!("{port} would be {percent}% sold {sold}, above the {}", ceiling.words()),
                }
            }
            Excess::NotKnown { why, ceiling } => {
                format!("can't check the {} sold: {why}", ceiling.words())
            }
        }
    }

    /// What several exceed, for a question: a sentence for each port, and `oversell SYD1-A and MEL2-B`.
    pub(crate) fn together<'a>(excesses: impl IntoIterator<Item = &'a Excess>) -> (Vec<String>, String) {
        let mut most: Vec<(&str, &Excess)> = Vec::new();
        for excess in excesses {
            let port = excess.port();
            match most.iter_mut().find(|(known, _)| *known == port) {
                // The later one comes on top of the earlier.
                Some((_, known)) => *known = excess,
                None => most.push((port, excess)),
            }
        }
        let sentences = most.iter().map(|(_, excess)| excess.sentence()).collect();
        let ports: Vec<&str> = most.iter().map(|(port, _)| *port).collect();
        let (named, more) = ports.split_at(ports.len().min(MOST_NAMED));
        let named = named.join(", ");
        let ports = match more.len() {
            0 => named,
            more => format!("{named} and {}", words::count(more, "other port", "other ports")),
        };
        (sentences, most.first().map(|(_, excess)| excess.ceiling().exceed(&ports)).unwrap_or_default())
    }

    fn port(&self) -> &str {
        match self {
            Excess::Above { port, .. } => port,
            Excess::NotKnown { .. } => "an unknown port",
        }
    }

    pub(crate) fn ceiling(&self) -> Ceiling {
        match self {
            Excess::Above { ceiling, .. } | Excess::NotKnown { ceiling, .. } => *ceiling,
        }
    }

    /// Whether who agreed to `agreed` has agreed to this, too.
    pub(crate) fn is_within(&self, agreed: &Excess) -> bool {
        match (self, agreed) {
            (Excess::Above { port, share, .. }, Excess::Above { port: other, share: most, .. }) => {
                port == other && share.after_mbps <= most.after_mbps
            }
            (Excess::NotKnown { .. }, Excess::NotKnown { .. }) => true,
            _ => false,
        }
    }

    /// The error if nobody can be asked (exit 15).
    pub(crate) fn refusal(&self, id: &str, profile: &str) -> Error {
        let message = match self.ceiling().set_by {
            SetBy::Option(name) => format!("not allowed by {name}"),
            _ => format!("not allowed by the limit of profile '{profile}'"),
        };
        Error::new(Exit::Refused, message).because(self.sentence()).about(id)
    }
}

impl SoldLimit {
    pub(crate) fn new(ceiling: Ceiling) -> Self {
        SoldLimit { ceiling, known: HashMap::new(), read_at: None, accepted: Vec::new() }
    }

    /// Reads the ports again before the next is accepted.
    pub(crate) fn forget_readings(&mut self) {
        self.known.clear();
        self.read_at = None;
    }

    /// What stands against accepting this; `None` where it stays within the limit. `move_to` is the port that is to take
    /// the B-End instead. What an account orders through the service approval queue counts where it ends on a port of mine.
    pub(crate) async fn excess(
        &mut self,
        client: &Client,
        approval: &Approval,
        move_to: Option<&str>,
        now: Timestamp,
    ) -> Option<Excess> {
        if self.read_at.is_some_and(|at| at.elapsed() > FRESH) {
            self.forget_readings();
        }
        if approval.kind != Kind::TermChange && added_mbps(approval, move_to).is_some() {
            for port in ports_of(approval, move_to) {
                if !self.known.contains_key(&port) {
                    self.learn(client, &port, now).await;
                }
            }
        }
        self.judge(approval, move_to)
    }

    /// As [`SoldLimit::excess`], by what is known of its ports.
    fn judge(&self, approval: &Approval, move_to: Option<&str>) -> Option<Excess> {
        if approval.kind == Kind::TermChange {
            return None;
        }
        let ceiling = self.ceiling;
        let not_known = |why: &str| Some(Excess::NotKnown { why: why.to_owned(), ceiling });
        let ports = ports_of(approval, move_to);
        if ports.is_empty() {
            return not_known("the request has no port");
        }
        let Some(added) = added_mbps(approval, move_to) else {
            return not_known("the request has no speed");
        };
        ports.iter().find_map(|port| match self.known.get(port)? {
            Known::Room { group, room, name } => {
                let is_here = |port: &str| matches!(self.known.get(port), Some(Known::Room { group: its, .. }) if its == group);
                let unread = self.accepted.iter().filter(|one| !one.is_read && is_here(&one.port));
                let already = unread.fold(Mbps(0), |sum, one| sum + one.mbps);
                let share = Share::new(*room, already, added);
                let above = share.is_above(ceiling.percent);
                above.then(|| Excess::Above { port: name.clone(), share, ceiling })
            }
            Known::Elsewhere { .. } if approval.source == Source::Queue => None,
            Known::Not { why } | Known::Elsewhere { why } => not_known(why),
        })
    }

    pub(crate) fn name_of(&self, port_uid: &str) -> Option<&str> {
        match self.known.get(port_uid)? {
            Known::Room { name, .. } => Some(name),
            Known::Not { .. } | Known::Elsewhere { .. } => None,
        }
    }

    pub(crate) fn count(&mut self, approval: &Approval, move_to: Option<&str>) {
        let Some(added) = added_mbps(approval, move_to) else { return };
        let id = &approval.id;
        let source = approval.source;
        let accepted = ports_of(approval, move_to).into_iter().map(|port| Accepted {
            id: id.clone(),
            source,
            port,
            mbps: added,
            is_read: false,
        });
        self.accepted.extend(accepted);
    }

    async fn learn(&mut self, client: &Client, uid: &str, now: Timestamp) {
        match read_with_its_lag(client, uid, now).await {
            Ok(read) => self.keep(&read.ports, &read.approvals, uid),
            Err(error) => {
                let why = error.to_string();
                let known = match error.exit {
                    Exit::NotFound | Exit::Forbidden => Known::Elsewhere { why },
                    _ => Known::Not { why },
                };
                self.known.insert(uid.to_owned(), known);
            }
        }
    }

    /// Keeps what was read of ports, and which requests still wait on them: what this run has accepted and no longer waits
    /// is among what is sold.
    fn keep(&mut self, ports: &[Port], waiting: &[Approval], asked: &str) {
        self.read_at = self.read_at.or_else(|| Some(Instant::now()));
        let rooms = Rooms::from_ports(ports);
        for port in ports {
            let product = &port.product;
            let (Some(uid), Some(group)) = (&product.product_uid, product.capacity_group()) else { continue };
            let name = product.product_name.clone().unwrap_or_else(|| uid.clone());
            let known = match rooms.of_port(uid) {
                Some(room) => Known::Room { group, room, name },
                None => Known::Not { why: format!("the speed of {name} is unknown") },
            };
            if let Entry::Vacant(vacant) = self.known.entry(uid.clone()) {
                vacant.insert(known);
                for one in self.accepted.iter_mut().filter(|one| one.port == *uid) {
                    // When an order of the queue will show on the port, nobody tells.
                    one.is_read = one.source == Source::Marketplace
                        && waiting.iter().all(|request| request.id != one.id);
                }
            }
        }
        self.known
            .entry(asked.to_owned())
            .or_insert_with(|| Known::Elsewhere { why: format!("{asked} is not one of your ports") });
    }
}

/// The ports whose room it takes, with my end on the port `move_to`.
fn ports_of(approval: &Approval, move_to: Option<&str>) -> Vec<String> {
    let mut ports: Vec<String> = approval.ports_taken().into_iter().map(str::to_owned).collect();
    match (move_to, ports.first_mut()) {
        (Some(to), Some(mine)) => to.clone_into(mine),
        (Some(to), None) => ports.push(to.to_owned()),
        (None, _) => {}
    }
    ports.dedup();
    ports
}

/// What a request takes of its port's room in Mbps: on another port (`move_to`) all of it, not only what a speed change
/// adds.
pub(crate) fn added_mbps(approval: &Approval, move_to: Option<&str>) -> Option<Mbps> {
    let here = approval.b_end.as_ref().and_then(|end| end.product_uid.as_deref());
    match move_to {
        Some(port) if here.is_none_or(|here| !here.eq_ignore_ascii_case(port)) => {
            approval.new_rate_limit_mbps.or(approval.rate_limit_mbps)
        }
        _ => approval.added_mbps(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::approvals::model::example::request;
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
        let mut limit = SoldLimit::new(ceiling(percent));
        limit.keep(&ports, &[], "elsewhere");
        limit
    }

    #[test]
    fn a_port_or_a_whole_lag_may_be_sold_up_to_the_limit() {
        for (percent, port, mbps, above) in [
            (100, "alone", 100, false),
            (100, "alone", 101, true),
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
        let mut limit = limit(100);
        limit.count(&request("one", Some(400)), None);
        assert_eq!(limit.judge(&request("two", Some(100)), None), None);
        let excess = limit.judge(&request("two", Some(101)), None);
        let share = Share { speed_mbps: Mbps(2000), before_mbps: Mbps(1900), after_mbps: Mbps(2001) };
        assert_eq!(excess, Some(Excess::Above { port: "two".to_owned(), share, ceiling: ceiling(100) }));
        limit.count(&request("one", Some(60)), Some("alone"));
        assert_eq!(limit.judge(&request("two", Some(100)), None), None);
        assert!(limit.judge(&request("two", Some(41)), Some("alone")).is_some());
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
            let by_list = Excess::of(&named(request.clone(), Some(left)), ceiling(100));
            assert_eq!(by_list, limit(100).judge(&request, None), "{mbps}");
        }
        for unknown in [
            named(request("untold", Some(1)), None),
            Approval { b_end: None, ..request("alone", Some(1)) },
            named(request("alone", None), Some(100)),
        ] {
            let by_list = Excess::of(&unknown, ceiling(100));
            assert_eq!(by_list, limit(100).judge(&unknown, None));
            assert!(matches!(by_list, Some(Excess::NotKnown { .. })));
            assert_eq!(Excess::of(&unknown, Ceiling::NONE), None);
        }
        let queue = Approval { source: Source::Queue, kind: Kind::Order, ..request("elsewhere", Some(9000)) };
        assert_eq!(Excess::of(&queue, ceiling(100)), None);
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
