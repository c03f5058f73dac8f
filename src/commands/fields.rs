//! The fields of each command's records: shown by `--fields help`, accepted by `--fields` and `--sort` before any
//! request is sent, and used as columns of its CSV. They are derived from a sample record.
//!
//! A command not listed here has no `--fields`, and its CSV has the columns that occur. A path that ends in `.*`
//! accepts any subfield.

use crate::api::notification_preferences::Choice;
use crate::change::document;
use crate::commands::auth::status_view::Status;
use crate::commands::notify::settings;
use crate::commands::{
    approvals, doctor, ledger, policy, ports, profile, sandbox, speed, users, version, whoami,
};
use crate::domain::approvals::Approval;
use crate::domain::keys::KeyRecord;
use crate::render::fields::paths_of;

/// The fields of a command, given its path below `portgate`.
pub(crate) fn for_command(path: &[&str]) -> Vec<String> {
    match path {
        ["approvals", "list" | "wait" | "watch"] => paths_of(&approvals::view::whole()),
        ["speed", "list"] => speed::view::fields(),
        ["approvals" | "speed", "show"] => approvals::show::fields(),
        ["approvals", "history"] => approvals::history::fields(),
        ["approvals", "review" | "withdraw" | "accept" | "deny" | "apply" | "confirm"]
        | ["speed", "accept" | "deny"]
        | ["policy", "apply"] => document::fields::<Approval>(),
        ["approvals", "proposals" | "drop"] => approvals::claims::proposals::fields(),
        ["approvals", "claim" | "release"] => approvals::claims::claim::fields(),
        ["policy", "plan"] => policy::view::fields(),
        ["ports", "list"] => ports::list::fields(),
        ["ports", "vlans"] => ports::vlans::fields(),
        ["notify", "list"] => paths_of(&settings::record(&Choice::default())),
        ["users", "list" | "show"] => paths_of(&users::view::Record::default()),
        ["ledger", "list"] => ledger::list::fields(),
        ["ledger", "status"] => ledger::status::fields(),
        ["ledger", "verify"] => ledger::verify::fields(),
        ["ledger", "import"] => ledger::import::fields(),
        ["ledger", "init" | "migrate"] => ledger::init::fields(),
        ["ledger", "sync"] => ledger::sync::fields(),
        ["keys", "list" | "show" | "create" | "update"] => paths_of(&KeyRecord::default()),
        ["keys", "activate" | "deactivate"] => document::fields::<KeyRecord>(),
        ["auth", "status"] => paths_of(&Status::whole()),
        ["profile", "list"] => profile::list::fields(),
        ["profile", "show"] => profile::show::fields(),
        ["whoami"] => whoami::fields(),
        ["doctor"] => doctor::fields(),
        ["sandbox", "inbox"] => sandbox::inbox::fields(),
        ["version"] => version::fields(),
        _ => Vec::new(),
    }
}
