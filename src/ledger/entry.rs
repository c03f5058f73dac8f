//! What the ledger says of a change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::vlan::Vlan;
use crate::domain::approvals::{Company, Decision, Kind, Source};
use crate::text::word::{Word as _, words};
use crate::text::{Mbps, Uid};

/// The content of a line: one before a change is sent, and one with the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) step: Step,
    /// Joins the lines of one attempt.
    pub(crate) attempt: String,
    pub(crate) who: Who,
    #[serde(rename = "where")]
    pub(crate) machine: Machine,
    pub(crate) environment: String,
    /// The backend, as the ID map names it.
    pub(crate) backend: String,
    /// The company that the change is made for.
    pub(crate) company: Company,
    /// The partner that made it on behalf of the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) partner: Option<Company>,
    /// The command, such as `approvals accept`.
    pub(crate) command: String,
    pub(crate) object: Object,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<SentRequest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<AnswerSeen>,
    /// The outcome; only after the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    /// The state that was read back, such as `accepted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) read_back: Option<String>,
    /// How long nobody else may decide the request, in seconds, unless another line ends that before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) lease_s: Option<u64>,
    /// Why the change was made although lines of the ledger were changed or removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepted_broken_chain: Option<String>,
    /// Who proposed what this line confirms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proposed_by: Option<Who>,
    /// Its line in the ledger that it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) imported: Option<Imported>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Step {
    Sending,
    Answered,
    /// The outcome was found by a later read.
    Closed,
    /// Somebody has taken the request in work.
    Claimed,
    /// It is anybody's again.
    Released,
    /// It was to be sent, but a second person must confirm it.
    Proposed,
    /// What was proposed is not to be sent.
    Dropped,
}

impl Step {
    /// Whether it says how something ended that was sent before.
    pub(crate) const fn is_result(self) -> bool {
        matches!(self, Step::Answered | Step::Closed)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Who {
    pub(crate) actor: String,
    /// Where the name comes from: an option, a variable, or the system.
    pub(crate) actor_from: String,
    /// The client ID of the API key; null for a ready-made token.
    pub(crate) client_id: Option<String>,
    /// The person that the API key belongs to, where that is known.
    pub(crate) key_owner: Option<String>,
    /// The login to a shared ledger, as its database knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) login: Option<String>,
}

/// The machine and the process that made a change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) host: Option<String>,
    pub(crate) process: Option<u32>,
    /// The address of the CI run.
    pub(crate) ci_run: Option<String>,
    /// The version of portgate.
    pub(crate) version: Option<String>,
}

words! {
    /// What is changed.
    #[derive(Default)]
    pub(crate) enum ObjectKind {
        #[default]
        Request = "request",
        ServiceKey = "service-key",
        User = "user",
        NotificationSettings = "notification-settings",
        /// A request of `portgate api`.
        RawRequest = "raw-request",
    }
}

/// What is changed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    #[serde(rename = "type")]
    pub(crate) kind: ObjectKind,
    pub(crate) id: Uid,
    /// What is done, such as `accept`.
    pub(crate) action: String,
    /// The request as it was read before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<RequestSeen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) vlan: Option<Vlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inner_vlan: Option<Vlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) move_to: Option<Uid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ticket: Option<String>,
    /// The policy rule that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    /// The SHA-256 of the policy file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
}

/// A request as it was read before it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestSeen {
    pub(crate) source: Source,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    pub(crate) vxc_uid: Option<Uid>,
    pub(crate) customer: Option<String>,
    pub(crate) customer_uid: Option<Uid>,
    pub(crate) port: Option<String>,
    pub(crate) port_uid: Option<Uid>,
    /// The requested speed.
    pub(crate) rate_limit_mbps: Option<Mbps>,
    /// What accepting it adds to the port.
    pub(crate) added_mbps: Option<Mbps>,
}

impl RequestSeen {
    /// One of which nothing more is known.
    pub(crate) fn new(source: Source, kind: Kind) -> Self {
        RequestSeen {
            source,
            kind,
            vxc_uid: None,
            customer: None,
            customer_uid: None,
            port: None,
            port_uid: None,
            rate_limit_mbps: None,
            added_mbps: None,
        }
    }
}

/// The API request, without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// The response, as far as there was one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AnswerSeen {
    pub(crate) http_status: Option<u16>,
    pub(crate) trace_id: Option<String>,
}

/// The frame of a line in the ledger that it was imported from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    pub(crate) sequence: u64,
    pub(crate) previous: String,
    pub(crate) hash: String,
}

impl Object {
    /// One of which nothing more is known than its name.
    pub(crate) fn new(kind: ObjectKind, id: impl Into<Uid>, action: &str) -> Self {
        Object {
            kind,
            id: id.into(),
            action: action.to_owned(),
            request: None,
            vlan: None,
            inner_vlan: None,
            move_to: None,
            reason: None,
            ticket: None,
            rule: None,
            policy: None,
        }
    }
}

impl Entry {
    /// Whether it says how the attempt ended.
    pub(crate) fn is_conclusive(&self) -> bool {
        self.outcome.as_deref().is_some_and(|outcome| outcome != "unknown")
    }

    /// The decision on a request; `None` for other changes.
    pub(crate) fn decision(&self) -> Option<Decision> {
        self.object.request.as_ref()?;
        Decision::from_word(&self.object.action)
    }

    /// Whether it is of this request.
    pub(crate) fn is_about(&self, id: &Uid) -> bool {
        self.object.request.is_some() && self.object.id == *id
    }

    /// Whether it is of this backend and company, which a partner may act for. Where a uid isn't known it may be; what a
    /// partner decides for its accounts is never mixed with what isn't known.
    pub(crate) fn is_of(&self, backend: &str, company: &Company, on_behalf: bool) -> bool {
        self.backend == backend
            && match (&self.company.uid, &company.uid) {
                (Some(own), Some(uid)) => own == uid,
                _ => self.partner.is_none() && !on_behalf,
            }
    }
}
