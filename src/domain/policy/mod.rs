//! Rules that decide. Pure: nothing here reads a backend or a terminal. A condition on something that isn't known never
//! holds, whatever the rule would decide (cli.md, "policies never match the unknown").

pub(crate) mod matching;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod problem;
mod reach;
pub(crate) mod read;
pub(crate) mod template;
pub(crate) mod window;

use jiff::SignedDuration;

use crate::api::backend::Environment;
use crate::domain::approvals::{Decision, Kind, Source};
use crate::text::Mbps;
use crate::text::word::words;
use pattern::Pattern;
use template::Template;
use window::Window;

pub(crate) const SCHEMA: &str = "portgate.policy/v1";

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Policy {
    /// The one environment it is for; any where it names none.
    pub(crate) environment: Option<Environment>,
    /// The rules; the first that matches decides.
    pub(crate) rules: Vec<Rule>,
    pub(crate) limits: Limits,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) verdict: Verdict,
    /// All of them must hold; none only where the rule says `match = "all"`.
    pub(crate) conditions: Vec<Condition>,
    pub(crate) vlan_next: bool,
    /// Why, for the customer and the journal.
    pub(crate) reason: Option<Template>,
}

words! {
    #[derive(Default)]
    pub(crate) enum Verdict {
        Accept = "accept",
        Deny = "deny",
        #[default]
        Leave = "leave",
    }
}

impl Verdict {
    /// The answer it stands for; `None` where it is left.
    pub(crate) const fn decision(self) -> Option<Decision> {
        match self {
            Verdict::Accept => Some(Decision::Accept),
            Verdict::Deny => Some(Decision::Deny),
            Verdict::Leave => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Type(Vec<Kind>),
    Source(Vec<Source>),
    /// One of these customers asks: whole names, in any case, or uids.
    Customer(Vec<String>),
    CustomerNew(bool),
    Port(Vec<Pattern>),
    Location(Vec<Pattern>),
    /// It asks for at least so many Mbps (a speed change: the new speed).
    MinRate(Mbps),
    /// It asks for at most so many Mbps (a speed change: the new speed).
    MaxRate(Mbps),
    /// After it, and what this run accepts before it, at least so many Mbps are left on the port.
    RoomAfterMin(Mbps),
    /// After it, and what this run accepts before it, at most this share of the port is sold.
    MaxSold(u32),
    /// After it, and what this run accepts before it, more than this share of the port is sold.
    SoldOver(u32),
    VlanSet(bool),
    OlderThan(Span),
    ExpiresWithin(Span),
}

impl Condition {
    /// Whether it is about what a port has sold: to be read afresh before anything is sent.
    pub(crate) fn is_about_room(&self) -> bool {
        matches!(self, Condition::RoomAfterMin(_) | Condition::MaxSold(_) | Condition::SoldOver(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) duration: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Limits {
    pub(crate) decisions_per_run: Option<u64>,
    pub(crate) denies_per_run: Option<u64>,
    /// Mbps accepted; of a speed change what it adds.
    pub(crate) accepted_mbps_per_run: Option<Mbps>,
    /// When it may run; at any time where none is set.
    pub(crate) window: Option<Window>,
}
