//! `portgate keys list`

use std::time::Instant;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::{choose, view};
use crate::api::service_keys::{self, ServiceKey};
use crate::commands::ports::with_ports_hint;
use crate::domain::keys::KeyRecord;
use crate::domain::ports::bare as ports;
use crate::exit::Exit;
use crate::render::arrange::ArrangeArgs;
use crate::session::context::Context;
use crate::session::id_map::MOST_OFFERED;
use crate::session::owner;
use crate::text::name::{is_called, parse_name};
use crate::text::span::parse_span;
use crate::text::words::count_shown;

/// List your company's service keys, usable ones first, by expiry
///
/// Only the first eight characters of a key are shown; you can use them in place of the key in every command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys list
  portgate keys list --port SYD1-A --active --sort max_speed_mbps:desc
  portgate keys list --expiring 7d -o json | jq -r '.[].key'")]
#[command(mut_arg("sort", |arg| arg.help("Sort by a field, for example expires_at or max_speed_mbps:desc; missing values come last")))]
pub(crate) struct ListArgs {
    /// Filter by port: name, or UID or its first characters
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    port: Option<String>,

    /// Show only keys that can be used now or later: active, not expired and not used up
    #[arg(long, conflicts_with = "inactive")]
    active: bool,

    /// Show only keys that can't be used: inactive, expired or used up
    #[arg(long)]
    inactive: bool,

    /// Show only usable keys that expire within this time, such as 7d
    #[arg(long, value_name = "TIME", value_parser = parse_span, allow_hyphen_values = true)]
    expiring: Option<SignedDuration>,

    /// Show only keys that have never been used
    #[arg(long)]
    unused: bool,

    /// Show full keys
    #[arg(long)]
    reveal: bool,

    #[command(flatten)]
    pub(in crate::commands) arrange: ArrangeArgs,
}

pub(super) async fn run(context: &Context, args: ListArgs) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let mut connection = owner::open(context).await?;
    let keys =
        context.with_progress("reading service keys", service_keys::list(&connection.client, None)).await?;
    for key in &keys {
        connection.check_owner(key.company_uid.as_ref(), "service keys")?;
    }
    if let Some(first) = keys.first() {
        choose::learn(&mut connection, first.company_uid.as_ref(), first.company_name.as_deref());
    }
    if let Some(port) = args.port.as_deref().filter(|port| !keys.iter().any(|key| is_for(key, port))) {
        // A port without keys is an empty list; an unknown port is an error.
        let reading = ports::find(&connection.client, port);
        context.with_progress("reading your ports", reading).await.map_err(with_ports_hint)?;
    }
    let now = connection.clock.now();
    let company = connection.company.clone();
    connection.ids.keep(&company, std::iter::empty(), |seen| {
        let handles = keys.iter().take(MOST_OFFERED).map(|key| KeyRecord::from_key(key, now, false));
        seen.keys = handles.map(|key| (key.key.clone(), view::label(&key))).collect();
    });
    context.learn_company(&connection.company);
    let all = keys.len();
    let mut shown: Vec<KeyRecord> = keys
        .iter()
        .filter(|key| args.port.as_deref().is_none_or(|port| is_for(key, port)))
        .map(|key| KeyRecord::from_key(key, now, args.reveal))
        .filter(|key| args.passes(key, now))
        .collect();
    shown.sort_by_cached_key(KeyRecord::rank);
    let mut view = view::list(&shown, now);
    args.arrange.arrange(&mut view);
    context.write_list(&view)?;
    shown.iter().for_each(|key| view::warn_of_unread(context, key));
    let shown = match view.table.rows.len() {
        0 if all == 0 => "no service keys".to_owned(),
        shown => count_shown(shown, all, "service key", "service keys"),
    };
    let (place, seconds) = (connection.place_and_company(), started.elapsed().as_secs_f64());
    context.terminal.say(&format!("{shown} · {place} · {seconds:.1} s"));
    Ok(Exit::Done)
}

impl ListArgs {
    fn passes(&self, key: &KeyRecord, now: Timestamp) -> bool {
        let usable = key.state.is_usable();
        (!self.active || usable)
            && (!self.inactive || !usable)
            && (!self.unused || key.last_used_at.is_none())
            && self.expiring.is_none_or(|time| {
                usable && key.expires_at.is_some_and(|expires| expires.duration_since(now) <= time)
            })
    }
}

/// Whether a key is for the port of this name or UID.
fn is_for(key: &ServiceKey, port: &str) -> bool {
    is_called(port, key.product_name.as_deref(), key.product_uid.as_ref())
}
