//! `portgate keys rotate`

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::caution;
use super::choose::{self, GivenKey};
use super::preview::{self, Step, changes_sentence};
use super::show::location;
use super::view;
use crate::api::service_keys::{KeyTerms, ServiceKey, create_call, replace_call};
use crate::approvals::filter::parse_age;
use crate::commands::consent;
use crate::connection;
use crate::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::keys::draft::end_of;
use crate::keys::period::{Expiry, Moment, parse_moment};
use crate::keys::terms::differences;
use crate::keys::{KeyRecord, State, write};
use crate::render::sanitize;

/// Make a new key like an old one, and let the old one end.
///
/// The new key has all the old one has; it may be used for as long as the old one could at first, unless
/// --expires-in or --no-expiry says otherwise. The old one ends after the overlap, or earlier if it would anyway.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys rotate 3f0c2a91
  portgate keys rotate 3f0c2a91 --overlap 14d --expires-in 90d
  portgate keys rotate 3f0c2a91 --overlap 0d --yes -o json | jq -r .new.key")]
pub struct RotateArgs {
    /// The key, or its first six or more characters
    #[arg(value_name = "KEY")]
    key: GivenKey,

    /// How long the old key still works
    #[arg(long, value_name = "TIME", value_parser = parse_age, default_value = "7d")]
    overlap: SignedDuration,

    /// How long the new key may be used: 30d, 12w; or a date as in 2026-03-01
    #[arg(long, value_name = "TIME", value_parser = parse_moment, conflicts_with = "no_expiry")]
    expires_in: Option<Moment>,

    /// The new key never expires
    #[arg(long)]
    no_expiry: bool,

    /// Don't ask
    #[arg(short, long)]
    yes: bool,

    /// Show the requests that would be sent; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

/// Runs it.
///
/// # Errors
/// The old key doesn't work (exit 13); a refusal. Where only the second half fails, the new key is printed all the same.
pub(super) async fn run(context: &Context, args: RotateArgs) -> anyhow::Result<Exit> {
    let mut connection = connection::open(context).await?;
    if !args.dry_run {
        consent::check_limits(context, &connection.limits)?;
    }
    let old = choose::read_mine(context, &mut connection, &args.key).await?;
    consent::say_place(context, &connection);
    let now = connection.clock.now();
    check_rotatable(context, &old, now)?;
    let speed = old.product_dto.port_speed;
    let new_terms = args.successor(&old, now)?;
    let old_before = KeyTerms::of(&old);
    let old_terms = args.ending(&old, now)?;
    let changes = differences(&old_before, &old_terms, speed);
    if let Some(overlap_ends) = old_terms.end.filter(|end| *end > now) {
        caution::of_successor(context, &old_before, &new_terms, overlap_ends);
    }
    let record = KeyRecord::of(&old, now, false);
    let (handle, port) = (old.handle().to_owned(), record.port().to_owned());
    let whole = old.key.clone().unwrap_or_default();
    let sentences = [
        view::sentence(&new_terms, &port, speed),
        match changes.is_empty() {
            true => format!("{handle} ends by itself before the overlap does."),
            false => changes_sentence(&handle, &changes),
        },
    ];
    if args.dry_run {
        let [create, end] = sentences;
        let mut steps = vec![Step { call: create_call(&new_terms), changes: Vec::new(), sentence: create }];
        if !changes.is_empty() {
            steps.push(Step { call: replace_call(&whole, &old_terms), changes, sentence: end });
        }
        preview::write(context, &steps)?;
        return Ok(Exit::Done);
    }
    if consent::must_ask(context, &connection.limits, args.yes) {
        for sentence in &sentences {
            context.terminal.say(&sanitize::line(sentence));
        }
        consent::confirm(context, "Rotate it?").await?;
        let again = choose::read_mine(context, &mut connection, &args.key).await?;
        if !differences(&old_before, &KeyTerms::of(&again), speed).is_empty() {
            return Err(Error::new(
                Exit::Conflict,
                format!("service key {handle} was changed while you were asked; nothing was sent"),
            )
            .hint("run it again to see what it would do now")
            .about(handle)
            .into());
        }
    }
    let client = &connection.client;
    let rotating = async {
        let new = write::create(client, &new_terms, speed).await?;
        if new.differs.is_some() || changes.is_empty() {
            // A new key that isn't as asked is no successor: the old one is left alone.
            return Ok((new, old.clone(), None));
        }
        let (ended, failure) = match write::replace(client, &old, &old_terms).await {
            Ok(written) => (written.key, written.differs),
            Err(error) => (old.clone(), Some(error)),
        };
        Ok::<_, Error>((new, ended, failure))
    };
    let (new, ended, failure) = consent::undisturbed(context, "rotating the service key", rotating).await?;
    let new_record = KeyRecord::of(&new.key, now, true);
    let old_record = KeyRecord::of(&ended, now, false);
    let mut lines = view::lines(&new_record, location(&new.key).as_deref(), true, now);
    let ends = old_record.expires_at.map_or("has no end".to_owned(), |end| format!("ends {end:.0}"));
    lines.push(format!("{:<12} {handle}, {ends}", "Old key"));
    context.write_record(&lines, &json!({ "new": new_record, "old": old_record }))?;
    for note in &new.notes {
        context.terminal.say(&format!("note: {}", sanitize::line(note)));
    }
    let call = context.invocation();
    if let Some(error) = new.differs.or(failure) {
        return Err(error
            .hint(format!(
                "the new key is there; end the old one with: {call} keys update {handle} --expires-in {}",
                spoken(args.overlap)
            ))
            .into());
    }
    context.terminal.say(&format!("next: {call} keys show {} --handout", sanitize::line(new.key.handle())));
    Ok(consent::conclude(context)?)
}

impl RotateArgs {
    /// The terms of the new key.
    fn successor(&self, old: &ServiceKey, now: Timestamp) -> Result<KeyTerms, Error> {
        let expiry = match (self.expires_in, self.no_expiry, old.valid_for.end) {
            (Some(moment), ..) => Expiry::At(moment),
            (None, true, _) | (None, false, None) => Expiry::Never,
            (None, false, Some(end)) => {
                let start = old.valid_for.start.or(old.create_date).unwrap_or(now);
                Expiry::At(Moment::In(end.duration_since(start)))
            }
        };
        let end = end_of(expiry, None, now)?;
        if end.is_some_and(|end| end <= now) {
            return Err(Error::usage("the new key would be over at once").hint("choose a later --expires-in"));
        }
        let start = end.map(|_| Moment::At(now).from(now)).transpose()?;
        Ok(KeyTerms { active: true, start, end, ..KeyTerms::of(old) })
    }

    /// The terms of the old key: it ends after the overlap, or earlier if it would anyway.
    fn ending(&self, old: &ServiceKey, now: Timestamp) -> Result<KeyTerms, Error> {
        let after = Moment::In(self.overlap).from(now)?;
        let end = old.valid_for.end.map_or(after, |end| end.min(after));
        if old.valid_for.start.is_some_and(|start| start >= end) {
            return Err(Error::usage("the old key would end before it starts")
                .hint("choose a longer --overlap, or deactivate it and create a new one"));
        }
        Ok(KeyTerms { end: Some(end), ..KeyTerms::of(old) })
    }
}

fn check_rotatable(context: &Context, old: &ServiceKey, now: Timestamp) -> Result<(), Error> {
    let state = State::of(old, now);
    if state.is_usable() {
        return Ok(());
    }
    let obstacle = state.obstacle().unwrap_or_default();
    Err(Error::new(
        Exit::Conflict,
        format!("service key {} does not work, so it can't be rotated", old.handle()),
    )
    .because(obstacle)
    .hint(format!("make a new one: {} keys create", context.invocation()))
    .about(old.handle()))
}

/// A span as the command line takes it.
fn spoken(time: SignedDuration) -> String {
    let minutes = time.as_mins();
    match (minutes % 1_440, minutes % 60) {
        (0, _) => format!("{}d", minutes / 1_440),
        (_, 0) => format!("{}h", minutes / 60),
        _ => format!("{minutes}m"),
    }
}
