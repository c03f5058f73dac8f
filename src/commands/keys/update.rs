//! `portgate keys update`

use clap::Args;

use super::caution::say_wide;
use super::choose::{self, GivenKey};
use super::create::check_wide;
use super::preview::{changes_sentence, planned};
use super::view;
use super::write::KeyReplacement;
use crate::api::service_keys::{KeyTerms, ServiceKey, replace_call};
use crate::change::{Action, consent, preview, report, single};
use crate::domain::keys::KeyRecord;
use crate::domain::keys::draft::end_of;
use crate::domain::keys::period::{Expiry, Moment, parse_moment};
use crate::domain::keys::terms::{self, Difference, differences, parse_vlan};
use crate::domain::ports::bare as ports;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::amounts::parse_mbps;

/// Change a key; what isn't named stays as it is.
///
/// The key is read, the change is merged into all it has, the whole is written, read again and compared: the API
/// would otherwise reset what is left out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys update 3f0c2a91 --max-speed 1000
  portgate keys update 3f0c2a91 --expires-in 90d --description 'Until the move'
  portgate keys update 3f0c2a91 --multi-use --no-vlan --dry-run")]
pub(crate) struct UpdateArgs {
    /// The key, or its first six or more characters
    #[arg(value_name = "KEY")]
    key: GivenKey,

    /// The most one connection may have, in Mbps
    #[arg(long, value_name = "MBPS", value_parser = parse_mbps, allow_negative_numbers = true)]
    max_speed: Option<u64>,

    /// What it is for, and whom; an empty text takes it off
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// How long it may still be used, from now or from --starts: 30d, 12w; or a date as in 2026-03-01
    #[arg(long, value_name = "TIME", value_parser = parse_moment, conflicts_with = "no_expiry", allow_hyphen_values = true)]
    expires_in: Option<Moment>,

    /// It never expires
    #[arg(long)]
    no_expiry: bool,

    /// From when it may be used: a date, or a time from now as in 3d
    #[arg(long, value_name = "WHEN", value_parser = parse_moment, allow_hyphen_values = true)]
    starts: Option<Moment>,

    /// It may be used for one connection
    #[arg(long, conflicts_with = "multi_use")]
    single_use: bool,

    /// It may be used for any number of connections
    #[arg(long)]
    multi_use: bool,

    /// What is ordered with it is accepted without asking you
    #[arg(long, conflicts_with = "approval_needed")]
    pre_approved: bool,

    /// What is ordered with it waits for your answer
    #[arg(long)]
    approval_needed: bool,

    /// VLAN of your end, for a single-use key: a number from 2 to 4093, or 'untagged'
    #[arg(long, value_name = "VLAN", value_parser = parse_vlan, allow_hyphen_values = true, conflicts_with = "no_vlan")]
    vlan: Option<i64>,

    /// Fix no VLAN
    #[arg(long)]
    no_vlan: bool,

    /// Don't ask
    #[arg(short, long)]
    yes: bool,

    /// Show the request that would be sent and what would change; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(context: &Context, args: UpdateArgs) -> anyhow::Result<Exit> {
    args.check_some()?;
    let mut connection = connection::open(context).await?;
    let limited = consent::before(consent::check_limits(context, &connection.limits), args.dry_run)?;
    let mut key = choose::read_mine(context, &mut connection, &args.key).await?;
    if args.max_speed.is_some() && key.product_dto.port_speed.is_none() {
        // The rule needs the port's speed; where the port can't be read, the backend decides alone.
        if let Some(uid) = &key.product_uid {
            let port = context.during("reading the port", ports::find(&connection.client, uid)).await;
            key.product_dto.port_speed = port.ok().and_then(|port| port.port_speed);
        }
    }
    consent::say_place(context, &connection);
    let now = connection.clock.now();
    let before = KeyTerms::of(&key);
    let wanted = args.merged(&before, &key, now)?;
    let changes = differences(&before, &wanted, key.product_dto.port_speed);
    let handle = key.handle().to_owned();
    if changes.is_empty() && !args.dry_run {
        return already(context, &key, now);
    }
    let newly_wide = terms::opens_wide(&wanted, now) && !terms::opens_wide(&before, now);
    if !context.may_ask() {
        check_wide(newly_wide, args.yes || args.dry_run)?;
    }
    let sentence = changes_sentence(&handle, &changes);
    if args.dry_run {
        let steps = match changes.is_empty() {
            true => Vec::new(),
            false => {
                let call = replace_call(key.key.as_deref().unwrap_or_default(), &wanted);
                vec![planned(call, &changes, sentence)]
            }
        };
        preview::write(context, &steps, &[])?;
        return consent::after_dry_run(context, Ok(Exit::Done), limited);
    }
    if consent::must_ask(context, &connection.limits, args.yes) {
        context.terminal.say(&sentence);
        say_wide(context, &wanted, now);
        consent::confirm(context, "Change it?").await?;
        // A question may stand for hours, and the whole key is written.
        let again = choose::read_mine(context, &mut connection, &args.key).await?;
        let moved = differences(&before, &KeyTerms::of(&again), key.product_dto.port_speed);
        if !moved.is_empty() {
            return Err(changed_meanwhile(&handle, &moved).into());
        }
    }
    let replacement = KeyReplacement::new(&connection.client, &key, &wanted, UPDATE);
    let what = "changing the service key";
    let outcome = single::send(context, &connection.client, what, &replacement).await;
    let told = outcome.seen.as_ref().map_or(Ok(()), |now_is| {
        let record = KeyRecord::of(now_is, now, false);
        let changed = differences(&before, &KeyTerms::of(now_is), key.product_dto.port_speed);
        let mut lines = Vec::new();
        let done = match (outcome.kind.is_ok(), changed.is_empty()) {
            (true, _) => {
                lines.push(changes_sentence(&format!("updated {handle}"), &changed));
                lines[0].clone()
            }
            // What was asked for did not come about: nothing on stdout says that it did.
            (false, true) => format!("note: read back, nothing of {handle} has changed"),
            (false, false) => changes_sentence(&format!("note: read back, {handle}"), &changed),
        };
        if !outcome.kind.is_ok() {
            context.terminal.say(&done);
        }
        let look = format!("see it with: portgate keys show {handle}");
        report::write_record(context, &lines, &serde_json::to_value(&record)?, &done, &look)
    });
    single::finish(context, &outcome, told)
}

const UPDATE: Action = Action { verb: "update", participle: "updated" };

impl UpdateArgs {
    fn check_some(&self) -> Result<(), Error> {
        let some = self.max_speed.is_some()
            || self.description.is_some()
            || self.expires_in.is_some()
            || self.starts.is_some()
            || self.vlan.is_some()
            || [
                self.no_expiry,
                self.single_use,
                self.multi_use,
                self.pre_approved,
                self.approval_needed,
                self.no_vlan,
            ]
            .contains(&true);
        if some {
            return Ok(());
        }
        Err(Error::usage("what to change is not said").hint(
            "name it: --max-speed, --description, --expires-in, ...; keys activate and keys deactivate switch it",
        ))
    }

    /// All the key has, with the changes in it.
    fn merged(&self, before: &KeyTerms, key: &ServiceKey, now: jiff::Timestamp) -> Result<KeyTerms, Error> {
        let mut wanted = before.clone();
        if let Some(speed) = self.max_speed {
            wanted.max_speed = Some(speed);
        }
        if let Some(description) = &self.description {
            wanted.description = Some(description.clone()).filter(|text| !text.is_empty());
        }
        if let Some(starts) = self.starts {
            wanted.start = Some(starts.from(now)?);
        }
        if let Some(expires_in) = self.expires_in {
            let start = wanted.start.filter(|_| self.starts.is_some());
            wanted.end = end_of(Expiry::At(expires_in), start, now)?;
        }
        if self.no_expiry {
            wanted.end = None;
        }
        if self.single_use || self.multi_use {
            wanted.single_use = self.single_use;
        }
        if self.pre_approved || self.approval_needed {
            wanted.pre_approved = Some(self.pre_approved);
        }
        if self.no_vlan {
            wanted.vlan = None;
        }
        wanted.vlan = self.vlan.or(wanted.vlan);
        let port = KeyRecord::of(key, now, false);
        terms::check(&wanted, key.product_dto.port_speed, port.port())?;
        Ok(wanted)
    }
}

/// It is as asked: nothing is sent.
fn already(context: &Context, key: &ServiceKey, now: jiff::Timestamp) -> anyhow::Result<Exit> {
    let record = KeyRecord::of(key, now, false);
    let speed = view::speed(record.max_speed_mbps, record.port_speed_mbps);
    let line = format!("already so: {} on {}, {speed}", record.key, record.port());
    context.write_record(&[line], &serde_json::to_value(&record)?)?;
    Ok(Exit::Done)
}

fn changed_meanwhile(handle: &str, moved: &[Difference]) -> Error {
    let said: Vec<String> = moved.iter().map(Difference::sentence).collect();
    Error::new(
        Exit::Conflict,
        format!("service key {handle} was changed while you were asked; nothing was sent"),
    )
    .because(said.join(", "))
    .hint("run it again to see what it would change now")
    .about(handle)
}
