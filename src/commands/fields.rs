//! The fields of each command's records: what `--fields help` lists, what `--fields` and `--sort` accept before any
//! request, and the columns of its CSV.
//!
//! A command that isn't here has no `--fields`, and its CSV has the columns that occur. A path that ends in `.*` is open
//! below. A test compares them with what the commands write.

use crate::commands::{approvals, keys, policy, ports, speed, users};
use crate::render::fields::Known;

/// What `auth status` tells of one way to act.
const STATUS: Known = &[
    "environment",
    "api_url",
    "profile",
    "default",
    "company.uid",
    "company.name",
    "client_id",
    "source",
    "source_detail",
    "roles",
    "token_expires_at",
    "works",
];
/// What `profile list` tells of a profile.
const PROFILE: Known = &[
    "name",
    "default",
    "environment",
    "api_url",
    "company.uid",
    "company.name",
    "client_id",
    "key",
    "limits.read_only",
    "limits.confirm",
    "limits.require_reason",
    "limits.require_ticket",
    "limits.max_sold_percent",
];

/// The fields of a command, named by its path below `portgate`.
pub(crate) fn of(path: &[&str]) -> Vec<&'static str> {
    let all: &[Known] = match path {
        ["approvals", "list"] => &[approvals::view::FIELDS],
        ["speed", "list"] => &[approvals::view::FIELDS, speed::view::FIELDS],
        ["approvals" | "speed", "show"] => &[approvals::view::FIELDS, approvals::show::FIELDS],
        ["approvals", "history"] => &[approvals::history::FIELDS],
        ["approvals", "wait" | "watch"] => &[approvals::view::FIELDS],
        ["approvals", "review" | "withdraw"] => &[approvals::decide::batch::FIELDS],
        ["approvals" | "speed", "accept" | "deny"] | ["approvals" | "policy", "apply"] => {
            &[approvals::decide::batch::FIELDS]
        }
        ["policy", "plan"] => &[policy::view::FIELDS],
        ["ports", "list"] => &[ports::list::FIELDS],
        ["ports", "vlans"] => &[&["vlan", "state", "inner_vlan", "customer", "vxc_name", "vxc_uid"]],
        ["notify", "list"] => &[&["group", "name", "subscribed", "details"]],
        ["users", "list" | "show"] => &[users::view::FIELDS],
        ["keys", "list" | "show" | "create" | "update"] => &[keys::view::FIELDS],
        ["keys", "activate" | "deactivate"] => &[keys::batch::FIELDS],
        ["auth", "status"] => &[STATUS],
        ["profile", "list"] => &[PROFILE],
        _ => &[],
    };
    all.concat()
}
