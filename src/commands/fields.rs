//! The fields of each command's records: what `--fields help` lists, what `--fields` and `--sort` accept before any
//! request, and the columns of its CSV. They are read from a record.
//!
//! A command that isn't here has no `--fields`, and its CSV has the columns that occur. A path that ends in `.*` is open
//! below.

use crate::api::notification_preferences::Choice;
use crate::change::document;
use crate::commands::auth::status_view::Status;
use crate::commands::notify::settings;
use crate::commands::{approvals, policy, ports, profile, speed, users};
use crate::domain::approvals::Approval;
use crate::domain::keys::KeyRecord;
use crate::render::fields::paths_of;

/// What a list over several managed accounts has beside its fields.
pub(crate) const OF_ACCOUNT: [&str; 2] = ["account.uid", "account.name"];

/// The fields of a command, named by its path below `portgate`.
pub(crate) fn of(path: &[&str]) -> Vec<String> {
    match path {
        ["approvals", "list" | "wait" | "watch"] => paths_of(&approvals::view::whole()),
        ["speed", "list"] => speed::view::fields(),
        ["approvals" | "speed", "show"] => approvals::show::fields(),
        ["approvals", "history"] => approvals::history::fields(),
        ["approvals", "review" | "withdraw" | "accept" | "deny" | "apply"]
        | ["speed", "accept" | "deny"]
        | ["policy", "apply"] => document::fields::<Approval>(),
        ["policy", "plan"] => policy::view::fields(),
        ["ports", "list"] => ports::list::fields(),
        ["ports", "vlans"] => ports::vlans::fields(),
        ["notify", "list"] => paths_of(&settings::record(&Choice::default())),
        ["users", "list" | "show"] => paths_of(&users::view::Record::default()),
        ["keys", "list" | "show" | "create" | "update"] => paths_of(&KeyRecord::default()),
        ["keys", "activate" | "deactivate"] => document::fields::<KeyRecord>(),
        ["auth", "status"] => paths_of(&Status::whole()),
        ["profile", "list"] => profile::list::fields(),
        _ => Vec::new(),
    }
}
