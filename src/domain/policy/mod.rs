//! Policy rules, without access to a backend or terminal. A condition on an unknown value never holds, whatever the rule
//! would decide (cli.md, "policies never match the unknown").

pub(crate) mod matching;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod problem;
pub(crate) mod quota;
mod reach;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod stop;
pub(crate) mod template;
pub(crate) mod window;

use jiff::SignedDuration;

use crate::api::backend::Environment;
use crate::domain::approvals::second_person::SecondPerson;
use crate::domain::approvals::{Decision, Kind, Source};
use crate::domain::ports::vlan::{VlanChoice, VlanPool};
use crate::text::Mbps;
use crate::text::name::Name;
use crate::text::word::words;
use pattern::Pattern;
use quota::{CountedBy, Period, Quota};
use template::Template;
use window::Window;

pub(crate) const SCHEMA: &str = "portgate.policy/v1";

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Policy {
    /// The only environment it applies to; `None` for any.
    pub(crate) environment: Option<Environment>,
    /// The only company it applies to, by name or UID; `None` for any.
    pub(crate) company: Option<String>,
    /// The acceptances that a second person must confirm.
    pub(crate) second_person: Option<SecondPerson>,
    /// The SHA-256 of the file, in hexadecimal digits; empty if it was not read from one.
    pub(crate) hash: String,
    /// The rules; the first that matches decides.
    pub(crate) rules: Vec<Rule>,
    pub(crate) limits: Limits,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) verdict: Verdict,
    /// All must hold; empty only with `match = "all"`.
    pub(crate) conditions: Vec<Condition>,
    /// The VLAN of what is accepted; `None` leaves it as requested.
    pub(crate) vlan: Option<VlanChoice>,
    /// Where a free VLAN is looked for.
    pub(crate) vlan_pool: VlanPool,
    /// The reason for the customer and the ledger.
    pub(crate) reason: Option<Template>,
    /// Maximums of its decisions.
    pub(crate) quotas: Vec<Quota>,
    pub(crate) counted_by: CountedBy,
}

impl Policy {
    /// Whether a maximum counts earlier runs.
    pub(crate) fn looks_back(&self) -> bool {
        let quotas = self.rules.iter().flat_map(|rule| &rule.quotas).chain(&self.limits.quotas);
        quotas.into_iter().any(|quota| quota.period != Period::Run)
    }
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
    /// The decision; `None` for `leave`.
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
    /// The customer is one of these: full names (case-insensitive) or UIDs.
    Customer(Vec<Name>),
    CustomerNew(bool),
    Port(Vec<Pattern>),
    Location(Vec<Pattern>),
    /// Minimum requested Mbps (for a speed change, the new speed).
    MinRate(Mbps),
    /// Maximum requested Mbps (for a speed change, the new speed).
    MaxRate(Mbps),
    /// Minimum Mbps left on the port after it and all that this run accepts before it.
    RoomAfterMin(Mbps),
    /// Maximum share of the port sold after it and all that this run accepts before it.
    MaxSold(u32),
    /// More than this share of the port is sold after it and all that this run accepts before it.
    SoldOver(u32),
    VlanSet(bool),
    OlderThan(Span),
    ExpiresWithin(Span),
}

impl Condition {
    /// Whether it depends on what a port has sold, which must be read again before sending.
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
    pub(crate) quotas: Vec<Quota>,
    /// When it applies; `None` for any time.
    pub(crate) window: Option<Window>,
}
