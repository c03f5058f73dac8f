//! `portgate keys rotate`

use std::cell::{OnceCell, RefCell};

use clap::{ArgGroup, Args};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::choose::{self, GivenKey};
use super::show::location;
use super::write::{KeyCreation, KeyReplacement, changes_sentence, plan_call};
use super::{caution, view};
use crate::api::service_keys::{self, KeyCode, KeyTerms, ServiceKey, create_call};
use crate::change::{
    self, Action, Attempt, Found, Outcome, Preview, Question, Record, Sent, Single, consent,
};
use crate::domain::keys::draft::end_of;
use crate::domain::keys::period::Expiry;
use crate::domain::keys::terms::differences;
use crate::domain::keys::{KeyRecord, State};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::owner;
use crate::text::Uid;
use crate::text::moment::{Moment, Moments, parse_moment};
use crate::text::span::parse_span;
use crate::text::words;

/// Replace a key with a new one and let the old one expire
///
/// The new key has the terms of the old one and is valid for as long as the old one originally was, unless you use
/// --expires-in or --no-expiry. The old key expires after the overlap, or on its own expiry date if that is earlier.
///
/// You can safely repeat this command: if the port has a newer key that differs only in its dates, the old key counts
/// as rotated, nothing is sent, and the exit code is 13.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("life").args(["expires_in", "no_expiry"])))]
#[command(after_help = "Examples:
  portgate keys rotate 3f0c2a91
  portgate keys rotate 3f0c2a91 --overlap 14d --expires-in 90d
  portgate keys rotate 3f0c2a91 --overlap 0d --yes -o json | jq -r .new.key")]
pub(crate) struct RotateArgs {
    /// Key, or its first 6 or more characters
    #[arg(value_name = "KEY")]
    key: GivenKey,

    /// How long the old key remains valid
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "7d", allow_hyphen_values = true)]
    overlap: SignedDuration,

    /// When the new key expires: a time from now such as 30d or 12w, or a date such as 2026-03-01
    ///
    /// A date is its first moment. A date or time without a time zone is local: 2026-03-01T18:00, but 2026-03-01T18:00Z is in UTC.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, conflicts_with = "no_expiry", allow_hyphen_values = true)]
    expires_in: Option<Moment>,

    /// Create a new key that never expires
    #[arg(long)]
    no_expiry: bool,

    /// Rotate again even if the key appears to have been rotated already; requires --expires-in or --no-expiry
    #[arg(long, requires = "life")]
    again: bool,

    #[command(flatten)]
    consent: ConsentArgs,
}

pub(super) async fn run(context: &Context, args: RotateArgs) -> anyhow::Result<Exit> {
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    owner::check_key(context, &connection).await?;
    let old = choose::read_mine(context, &mut connection, &args.key).await?;
    let code = old.key.clone();
    let (connection, args) = (&connection, &args);
    let rotation =
        Rotation { context, connection, args, code, read: RefCell::new(Some(old)), created: OnceCell::new() };
    change::run_single(context, permit, &rotation, |rotated| {
        context.say_next(&Hint::call("", format!("keys show {} --handout", rotated.id)));
    })
    .await
}

struct Rotation<'a> {
    context: &'a Context,
    connection: &'a Connection,
    args: &'a RotateArgs,
    code: KeyCode,
    /// The old key as last read.
    read: RefCell<Option<ServiceKey>>,
    /// The new key, once created.
    created: OnceCell<ServiceKey>,
}

struct Steps<'a> {
    creation: KeyCreation<'a>,
    ending: KeyReplacement<'a>,
}

impl<'a> Rotation<'a> {
    /// The requests for an old key as last read.
    async fn plan_steps(&self, old: ServiceKey) -> Result<Steps<'a>, Error> {
        let Rotation { context, connection, args, .. } = self;
        let now = connection.clock.now();
        check_rotatable(&old, now)?;
        let (successor, ending) = (args.successor_terms(&old, now)?, args.ending_terms(&old, now)?);
        let keys = service_keys::list(&connection.client, old.product_uid.as_ref().map(Uid::as_str)).await?;
        let makes_another = args.again || self.created.get().is_some();
        if let Some(new) = newest_alike(&old, &keys, now).filter(|_| !makes_another) {
            return Err(args.already_rotated_error(context.moments(), &old, new, &ending, now));
        }
        caution::check_wide(context, args.consent, &successor, Some(&KeyTerms::from_key(&old)), now)?;
        let (client, speed) = (&connection.client, old.product_dto.port_speed);
        Ok(Steps {
            creation: KeyCreation::new(client, successor, speed, keys),
            ending: KeyReplacement::new(client, old, ending, ROTATE),
        })
    }

    /// An error that leaves the old key unchanged, though the new one may exist.
    fn with_created(&self, error: Error) -> Error {
        match self.created.get() {
            Some(new) => self.args.half_done_error(error, self.code.handle(), new.handle()),
            None => error,
        }
    }

    /// The outcome if the old key is left alone because the new one is not as requested or may not exist.
    fn outcome_without_ending(&self, old: &ServiceKey, created: Outcome<ServiceKey>) -> Outcome<Record> {
        let hint = match &created.seen {
            Some(new) => format!("the new key {} exists; the old one is unchanged", new.handle()),
            None => format!("the old key {} is unchanged", old.handle()),
        };
        let error = created.error.clone().map(|error| error.hint(hint));
        Outcome { error, ..created.map(|new| self.record(old, &new)) }
    }

    fn record(&self, old: &ServiceKey, new: &ServiceKey) -> Record {
        let now = self.connection.clock.now();
        let (new_record, old_record) =
            (KeyRecord::from_key(new, now, true), KeyRecord::from_key(old, now, false));
        let (handle, made) = (old.handle(), new.handle());
        let ends = old_record.expires_at.map_or("never expires".to_owned(), |end| {
            format!("expires {}", self.context.moments().format(end))
        });
        let mut lines = view::lines(&new_record, location(new).as_deref(), true, now, self.context.moments());
        lines.push(format!("{:<12} {handle}, {ends}", "Old key"));
        let port = old_record.port();
        Record {
            lines,
            done: format!("created service key {made} on {port}; the old key {handle} {ends}"),
            look: Hint::call("show the full new key: ", format!("keys show {made} --reveal")),
            value: json!({ "new": new_record, "old": old_record }),
        }
    }
}

impl<'a> Steps<'a> {
    fn sentences(&self, moments: &Moments) -> [String; 2] {
        let old = &self.ending.before;
        let (handle, changes) = (old.handle(), self.ending.changes());
        let port = old.product_name.as_deref().or(old.product_uid.as_ref().map(Uid::as_str)).unwrap_or("-");
        [
            view::sentence(&self.creation.wanted, port, old.product_dto.port_speed, moments),
            match changes.is_empty() {
                true => format!("{handle} expires before the overlap ends."),
                false => changes_sentence(handle, &changes),
            },
        ]
    }
}

impl<'a> Single for Rotation<'a> {
    const NOUN: &'static str = "service key";
    type Ready = Steps<'a>;

    fn connection(&self) -> &Connection {
        self.connection
    }

    fn subject(&self) -> (String, Action) {
        (self.code.handle().to_owned(), ROTATE)
    }

    async fn prepare(&self) -> Result<Found<Steps<'a>>, Error> {
        let just_read = self.read.take();
        let old = match just_read {
            Some(old) => old,
            None => {
                let reading = service_keys::read(&self.connection.client, &self.code);
                reading.await.map_err(|error| self.with_created(error))?
            }
        };
        let steps = self.plan_steps(old).await.map_err(|error| self.with_created(error))?;
        Ok(Found::Ready(steps))
    }

    fn warnings(&self, steps: &Steps<'a>) -> Vec<String> {
        let (old, new) = (KeyTerms::from_key(&steps.ending.before), &steps.creation.wanted);
        let overlap_ends = steps.ending.wanted.end.filter(|end| *end > self.connection.clock.now());
        let warnings = |ends| caution::overlap_warnings(&old, new, ends, self.context.moments());
        overlap_ends.map(warnings).unwrap_or_default()
    }

    fn change_since_shown(&self, again: &Steps<'a>, shown: &Steps<'a>) -> Option<Error> {
        again.ending.changed_since(&shown.ending.before).map(|error| self.with_created(error))
    }

    fn question(&self, steps: &Steps<'a>) -> Question {
        Question {
            lines: steps.sentences(self.context.moments()).to_vec(),
            text: "Rotate this service key?".to_owned(),
            ..Question::default()
        }
    }

    fn preview(&self, steps: &Steps<'a>) -> Preview<Record> {
        let [create, _] = steps.sentences(self.context.moments());
        let mut planned = vec![plan_call(create_call(&steps.creation.wanted), &[], create)];
        if !steps.ending.changes().is_empty() {
            planned.push(steps.ending.preview());
        }
        Preview::of_calls(planned)
    }

    async fn send(&self, steps: &Steps<'a>, attempt: &Attempt) -> Sent<Record> {
        let (connection, old) = (self.connection, &steps.ending.before);
        let mut notes = Vec::new();
        let mut attempt = attempt.clone();
        if self.created.get().is_none() {
            let (sent, _) = change::send(connection, &steps.creation, &attempt).await;
            let is_last = steps.ending.changes().is_empty();
            match sent {
                Sent::Ended(Outcome { seen: Some(new), error: None, notes: of_creation, .. }) if !is_last => {
                    let _ = self.created.set(new);
                    notes = of_creation;
                    attempt = attempt.for_next_step();
                }
                other => return other.map(|created| self.outcome_without_ending(old, created)),
            }
        }
        let Some(new) = self.created.get() else { unreachable!("it was created above, or before") };
        let (sent, _) = change::send(connection, &steps.ending, &attempt).await;
        sent.map(|ended| Outcome {
            id: new.handle().to_owned(),
            action: ROTATE,
            kind: ended.kind,
            error: ended.error.map(|failure| self.with_created(failure)),
            notes: [notes, ended.notes].concat(),
            common_note: ended.common_note,
            seen: Some(self.record(ended.seen.as_ref().unwrap_or(old), new)),
        })
    }
}

const ROTATE: Action = Action { verb: "rotate", participle: "rotated" };

impl RotateArgs {
    fn successor_terms(&self, old: &ServiceKey, now: Timestamp) -> Result<KeyTerms, Error> {
        let expiry = match (self.expires_in, self.no_expiry, old.valid_for.end) {
            (Some(moment), ..) => Expiry::At(moment),
            (None, true, _) | (None, false, None) => Expiry::Never,
            (None, false, Some(end)) => {
                let start = old.valid_for.start.or(old.create_date).unwrap_or(now);
                Expiry::At(Moment::Span(end.duration_since(start)))
            }
        };
        let end = end_of(expiry, None, now)?;
        if end.is_some_and(|end| end <= now) {
            return Err(
                Error::usage("the new key would expire immediately").hint("choose a later --expires-in")
            );
        }
        let start = end.map(|_| Moment::At(now).timestamp(now)).transpose()?;
        Ok(KeyTerms { active: true, start, end, ..KeyTerms::from_key(old) })
    }

    /// Refuses to create another key if one to use instead exists. `ending` are the new terms of the old key.
    fn already_rotated_error(
        &self,
        moments: &Moments,
        old: &ServiceKey,
        new: &ServiceKey,
        ending: &KeyTerms,
        now: Timestamp,
    ) -> Error {
        let (handle, new_handle) = (old.handle(), new.handle());
        let made = new.create_date.map(|at| format!(", created {} ago,", words::age(Some(at), now)));
        let error = Error::new(
            Exit::Conflict,
            format!("service key {handle} appears to have been rotated already; nothing was sent"),
        )
        .reason(format!("{new_handle}{} is newer and differs only in its dates", made.unwrap_or_default()))
        .resource(handle);
        let error = match old.valid_for.end {
            Some(end) if ending.end == Some(end) => error.hint(format!(
                "if it was, no action is needed: the old key expires at {}",
                moments.format(end)
            )),
            _ => error.hint(Hint::call("if it was, let the old key expire: ", self.ending_command(handle))),
        };
        error.hint(Hint::call("show the new key: ", format!("keys show {new_handle} --reveal"))).hint(
            Hint::call(
                "if it wasn't, create another key: ",
                format!("keys rotate {handle} --again --expires-in 90d"),
            ),
        )
    }

    /// The error if the second half of a rotation failed. Running it again would create another key.
    fn half_done_error(&self, mut error: Error, handle: &str, made: &str) -> Error {
        if error.exit == Exit::Unknown {
            error.hints = vec![Hint::call("check whether it took effect: ", format!("keys show {handle}"))];
        }
        error.hint(Hint::call(
            format!("the new key {made} exists; let the old one expire: "),
            self.ending_command(handle),
        ))
    }

    /// The command that lets the old key expire as requested.
    fn ending_command(&self, handle: &str) -> String {
        format!("keys update {handle} --expires-in {}", option_value(self.overlap))
    }

    /// The terms of the old key: it expires after the overlap, or earlier if it would anyway.
    fn ending_terms(&self, old: &ServiceKey, now: Timestamp) -> Result<KeyTerms, Error> {
        let after = Moment::Span(self.overlap).timestamp(now)?;
        let end = old.valid_for.end.map_or(after, |end| end.min(after));
        if old.valid_for.start.is_some_and(|start| start >= end) {
            return Err(Error::usage("the old key would expire before it becomes valid")
                .hint("choose a longer --overlap, or deactivate the key and create a new one"));
        }
        Ok(KeyTerms { end: Some(end), ..KeyTerms::from_key(old) })
    }
}

/// The newest key that an old one seems to have been rotated to: on the same port, created later, usable, and different
/// only in its dates.
fn newest_alike<'k>(old: &ServiceKey, keys: &'k [ServiceKey], now: Timestamp) -> Option<&'k ServiceKey> {
    let terms = KeyTerms::from_key(old);
    keys.iter()
        .filter(|key| key.key != old.key)
        .filter(|key| matches!(State::from_key(key, now), State::Active | State::Scheduled | State::Used))
        .filter(|key| match (key.create_date, old.create_date) {
            (Some(made), Some(before)) => made > before,
            _ => true,
        })
        .filter(|key| {
            let differing = differences(&terms, &KeyTerms::from_key(key), old.product_dto.port_speed);
            differing.iter().all(|one| matches!(one.field, "starts_at" | "expires_at" | "active"))
        })
        .max_by_key(|key| key.create_date)
}

fn check_rotatable(old: &ServiceKey, now: Timestamp) -> Result<(), Error> {
    let (handle, state) = (old.handle(), State::from_key(old, now));
    if state.is_usable() {
        return Ok(());
    }
    let message = format!("service key {handle} can't be rotated because it can't be used");
    Err(Error::new(Exit::Conflict, message)
        .reason(state.obstacle().unwrap_or_default())
        .hint(Hint::call("create a new one: ", "keys create"))
        .resource(handle))
}

/// A duration as an option's value.
fn option_value(time: SignedDuration) -> String {
    let minutes = time.as_mins();
    match (minutes % 1_440, minutes % 60) {
        (0, _) => format!("{}d", minutes / 1_440),
        (_, 0) => format!("{}h", minutes / 60),
        _ => format!("{minutes}m"),
    }
}
