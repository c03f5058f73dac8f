//! The rows: each command that writes, and how what it has come to is read past the proxy.

use serde_json::{Value, json};

/// What is read to see the state.
#[derive(Clone, Copy)]
pub(super) enum State {
    Vxc(&'static str),
    Entry(&'static str),
    Keys,
    Preferences,
    User,
}

/// A command that writes.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) args: &'static str,
    pub(super) state: State,
    /// Who asks, in the sandbox.
    pub(super) company: &'static str,
}

const NEW: &str = "5de98640-ce96-5998-905b-8b94ecee1df1";
const SPEED: &str = "550b725a-c8a6-55f2-828e-dd6899d5aeab";
const ENTRY: &str = "274d69b0-adda-5284-8319-4dd762978133";

const fn row(name: &'static str, args: &'static str, state: State) -> Row {
    Row { name, args, state, company: "provider" }
}

pub(super) const ROWS: &[Row] = &[
    row("approvals accept", "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70", State::Vxc(NEW)),
    row("approvals deny", "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70 --reason full", State::Vxc(NEW)),
    row("approvals accept", "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70 --vlan next", State::Vxc(NEW)),
    row("approvals accept", ENTRY, State::Entry(ENTRY)),
    Row { company: "Example Media", ..row("approvals withdraw", ENTRY, State::Entry(ENTRY)) },
    row("approvals apply", "decisions.csv --yes", State::Vxc(NEW)),
    row("speed accept", "06b5f74f-6f43-561f-ac1b-33d6bf65ba4b", State::Vxc(SPEED)),
    row("speed deny", "06b5f74f-6f43-561f-ac1b-33d6bf65ba4b", State::Vxc(SPEED)),
    row("policy apply", "--yes", State::Vxc(NEW)),
    row("keys create", "--port SYD1-A --no-expiry", State::Keys),
    row("keys update", "f9f3c9ad --max-speed 800", State::Keys),
    row("keys rotate", "f9f3c9ad", State::Keys),
    row("keys activate", "c5774c58", State::Keys),
    row("keys deactivate", "f9f3c9ad", State::Keys),
    row("notify subscribe", "service-status", State::Preferences),
    row("notify unsubscribe", "people", State::Preferences),
    row("users update", "priya@examplecloud.example --email off", State::User),
    row(
        "api",
        "PUT /v3/product/vxc/5de98640-ce96-5998-905b-8b94ecee1df1 -F isApproved=true --yes",
        State::Vxc(NEW),
    ),
];

/// Commands with a dry run that have no row: one can't run off a terminal, and one sends what `approvals accept` sends, but
/// needs a database for its proposals. Both are interrupted during their request in `notify` and in `ledger_database::claims`.
pub(super) const EXCEPTIONS: &[&str] = &["notify edit", "approvals confirm"];

/// Commands that make changes and have neither a dry run nor a row: a review needs a terminal, and sends what `approvals accept`
/// and `deny` send. It is interrupted during a request in `approvals_review`.
pub(super) const WITHOUT_DRY_RUN: &[&str] = &["approvals review"];

/// The file that `approvals apply` reads.
pub(super) const DECISIONS: &str = "id,decision\n7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70,accept\n";

/// The file that `policy apply` reads: it takes the one request of that customer and rate.
pub(super) const POLICY: &str = "schema = \"portgate.policy/v1\"\n[[rule]]\nname = \"Globex\"\n\
    type = \"connection\"\ncustomer = \"Globex Bank\"\nport = \"SYD1-A\"\ndecision = \"accept\"\n";

impl Row {
    /// How the row is named among the cells.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.name, self.args)
    }
}

impl State {
    /// What there is, without what differs between two runs that went alike.
    pub(super) fn read(self, get: &dyn Fn(&str) -> Value) -> Value {
        match self {
            State::Vxc(uid) => {
                let vxc = get(&format!("/v2/product/{uid}"));
                let approval = &vxc["vxcApproval"]["status"];
                json!([vxc["provisioningStatus"], vxc["rateLimit"], approval, vxc["bEnd"]["vlan"]])
            }
            State::Entry(uid) => {
                let entries = get("/v3/order_approvals");
                let entry = entries.as_array().unwrap().iter().find(|entry| entry["uid"] == uid);
                entry.map_or(Value::Null, |entry| entry["status"].clone())
            }
            State::Keys => {
                let keys = get("/v2/service/key");
                let keys = keys.as_array().unwrap();
                let seeded = keys.iter().filter_map(|key| key["validFor"]["start"].as_i64()).min().unwrap();
                // Ends are rounded to half days since the seed: what a run chooses relative to now comes out alike, just
                // after a whole one or just before it.
                let half_days =
                    |end: &Value| end.as_i64().map(|end| (end - seeded + 21_600_000) / 43_200_000);
                let key = |key: &Value| {
                    json!([
                        key["description"],
                        key["active"],
                        key["maxSpeed"],
                        half_days(&key["validFor"]["end"])
                    ])
                };
                let mut keys: Vec<Value> = keys.iter().map(key).collect();
                keys.sort_by_key(Value::to_string);
                Value::from(keys)
            }
            State::Preferences => get("/v3/notificationPreferences"),
            State::User => {
                let user = get("/v2/employee/2002");
                json!([user["notificationEnabled"], user["active"], user["position"]])
            }
        }
    }
}
