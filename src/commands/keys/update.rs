//! `portgate keys update`

use clap::Args;
use serde_json::json;

use super::choose::{self, GivenKey};
use super::create::check_wide;
use super::terms::TermArgs;
use super::write::{KeyReplacement, changes_sentence};
use super::{caution, view};
use crate::api::service_keys::{self, KeyTerms, ServiceKey};
use crate::change::{self, Action, Found, Outcome, Preview, Question, Record, Sender, Single, consent};
use crate::domain::keys::KeyRecord;
use crate::domain::keys::draft::end_of;
use crate::domain::keys::period::Expiry;
use crate::domain::keys::terms::{self, differences};
use crate::domain::ports::bare as ports;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;

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

    #[command(flatten)]
    terms: TermArgs,

    /// It may be used for one connection
    #[arg(long, conflicts_with = "multi_use")]
    single_use: bool,

    /// What is ordered with it waits for your answer
    #[arg(long, conflicts_with = "pre_approved")]
    approval_needed: bool,

    /// Fix no VLAN
    #[arg(long, conflicts_with = "vlan")]
    no_vlan: bool,

    #[command(flatten)]
    consent: ConsentArgs,
}

pub(super) async fn run(context: &Context, args: UpdateArgs) -> anyhow::Result<Exit> {
    args.check_some()?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let key = choose::read_mine(context, &mut connection, &args.key).await?;
    let mut port_speed = key.product_dto.port_speed;
    if args.terms.max_speed.is_some() && port_speed.is_none() {
        // The rule needs the port's speed; where the port can't be read, the backend decides alone.
        if let Some(uid) = &key.product_uid {
            let port = context.during("reading the port", ports::find(&connection.client, uid)).await;
            port_speed = port.ok().and_then(|port| port.port_speed);
        }
    }
    consent::say_place(context, &connection);
    let whole = key.key.clone().unwrap_or_default();
    let mut update =
        Update { context, connection: &connection, args: &args, port_speed, whole, read: Some(key) };
    change::run_single(context, &connection.client, permit, &mut update, |_| {}).await
}

const UPDATE: Action = Action { verb: "update", participle: "updated" };

/// Some of a key's terms changed.
struct Update<'a> {
    context: &'a Context,
    connection: &'a Connection,
    args: &'a UpdateArgs,
    port_speed: Option<u64>,
    whole: String,
    /// As it was just read.
    read: Option<ServiceKey>,
}

impl<'a> Update<'a> {
    fn now(&self) -> jiff::Timestamp {
        self.connection.clock.now()
    }

    /// The change to a key that was just read.
    fn replacement(&self, mut key: ServiceKey) -> Result<KeyReplacement<'a>, Error> {
        key.product_dto.port_speed = key.product_dto.port_speed.or(self.port_speed);
        let (now, before) = (self.now(), KeyTerms::from_key(&key));
        let wanted = self.args.merged(&before, &key, now)?;
        if !self.context.may_ask() {
            let newly_wide = terms::opens_wide(&wanted, now) && !terms::opens_wide(&before, now);
            check_wide(newly_wide, self.args.consent.yes || self.args.consent.dry_run)?;
        }
        Ok(KeyReplacement::new(&self.connection.client, key, wanted, UPDATE))
    }

    /// The key as it was read back, with what has changed.
    fn updated(&self, before: &ServiceKey, ended: Outcome<ServiceKey>) -> Outcome<Record> {
        let handle = before.handle();
        let now_is = ended.seen.as_ref().unwrap_or(before);
        let changed = differences(&KeyTerms::from_key(before), &KeyTerms::from_key(now_is), self.port_speed);
        let done = changes_sentence(&format!("updated {handle}"), &changed);
        // What was asked for did not come about: nothing on stdout says that it did.
        let (lines, note) = match (ended.kind.is_ok(), changed.is_empty()) {
            (true, _) => (vec![done.clone()], None),
            (false, true) => (Vec::new(), Some(format!("read back, nothing of {handle} has changed"))),
            (false, false) => (Vec::new(), Some(changes_sentence(&format!("read back, {handle}"), &changed))),
        };
        let value = json!(KeyRecord::from_key(now_is, self.now(), false));
        let look = Hint::call("see it with: ", format!("keys show {handle}"));
        let note = note.filter(|_| ended.seen.is_some());
        let mut ended = ended.map(|_| Record { lines, value, done, look });
        ended.notes.extend(note);
        ended
    }
}

impl<'a> Single for Update<'a> {
    const NOUN: &'static str = "service key";
    type Ready = KeyReplacement<'a>;

    fn subject(&self) -> (String, Action) {
        (service_keys::handle(&self.whole).to_owned(), UPDATE)
    }

    async fn prepare(&mut self) -> Result<Found<KeyReplacement<'a>>, Error> {
        let key = match self.read.take() {
            Some(key) => key,
            None => service_keys::read(&self.connection.client, &self.whole).await?,
        };
        let replacement = self.replacement(key)?;
        Ok(match replacement.changes().is_empty() {
            true => Found::Already(already_record(&replacement.before, self.now())),
            false => Found::Ready(replacement),
        })
    }

    fn changed(&self, again: &KeyReplacement<'a>, shown: &KeyReplacement<'a>) -> Option<Error> {
        again.changed_since(&shown.before)
    }

    fn question(&self, replacement: &KeyReplacement<'a>) -> Question {
        Question {
            lines: vec![changes_sentence(replacement.before.handle(), &replacement.changes())],
            warning: caution::of_wide(&replacement.wanted, self.now()),
            text: "Change it?".to_owned(),
        }
    }

    fn preview(&self, replacement: &KeyReplacement<'a>) -> Preview {
        Preview::of_calls([replacement.preview()])
    }

    async fn send(&mut self, sender: Sender<'_>, replacement: &KeyReplacement<'a>) -> Outcome<Record> {
        self.updated(&replacement.before, sender.send(replacement).await.0)
    }
}

impl UpdateArgs {
    fn check_some(&self) -> Result<(), Error> {
        if self.terms != TermArgs::default() || self.single_use || self.approval_needed || self.no_vlan {
            return Ok(());
        }
        Err(Error::usage("what to change is not said").hint(
            "name it: --max-speed, --description, --expires-in, ...; keys activate and keys deactivate switch it",
        ))
    }

    /// All the key has, with the changes in it.
    fn merged(&self, before: &KeyTerms, key: &ServiceKey, now: jiff::Timestamp) -> Result<KeyTerms, Error> {
        let TermArgs { max_speed, starts, multi_use, pre_approved, vlan, .. } = self.terms;
        let start = starts.map(|starts| starts.timestamp(now)).transpose()?;
        let end = match self.terms.expires_in {
            _ if self.terms.no_expiry => None,
            Some(expires_in) => end_of(Expiry::At(expires_in), start, now)?,
            None => before.end,
        };
        let wanted = KeyTerms {
            max_speed: max_speed.or(before.max_speed),
            description: match &self.terms.description {
                Some(text) => Some(text.clone()).filter(|text| !text.is_empty()),
                None => before.description.clone(),
            },
            start: start.or(before.start),
            end,
            single_use: self.single_use || (before.single_use && !multi_use),
            pre_approved: match pre_approved || self.approval_needed {
                true => Some(pre_approved),
                false => before.pre_approved,
            },
            vlan: vlan.or(before.vlan).filter(|_| !self.no_vlan),
            ..before.clone()
        };
        let port = KeyRecord::from_key(key, now, false);
        terms::check(&wanted, key.product_dto.port_speed, port.port())?;
        Ok(wanted)
    }
}

/// It is as asked: nothing is sent.
fn already_record(key: &ServiceKey, now: jiff::Timestamp) -> Record {
    let record = KeyRecord::from_key(key, now, false);
    let speed = view::speed(record.max_speed_mbps, record.port_speed_mbps);
    let line = format!("already so: {} on {}, {speed}", record.key, record.port());
    let look = Hint::call("see it with: ", format!("keys show {}", record.key));
    Record { lines: vec![line.clone()], value: json!(record), done: line, look }
}
