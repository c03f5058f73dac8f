//! `portgate keys update`

use std::cell::RefCell;

use clap::Args;
use serde_json::json;

use super::choose::{self, GivenKey};
use super::terms::{TermArgs, wrong_terms_error};
use super::write::{KeyReplacement, changes_sentence};
use super::{caution, view};
use crate::api::service_keys::{self, KeyCode, KeyTerms, ServiceKey};
use crate::change::{
    self, Action, Attempt, Found, Outcome, Preview, Question, Record, Sent, Single, consent,
};
use crate::domain::keys::terms::{self, differences};
use crate::domain::keys::{Draft, KeyRecord};
use crate::domain::ports::bare as ports;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::owner;
use crate::text::Mbps;

/// Change settings of a service key
///
/// Settings that you don't give stay the same. The API replaces the whole key, so the key is read first, written with your changes, read again and
/// compared.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys update 3f0c2a91 --max-speed 1000
  portgate keys update 3f0c2a91 --expires-in 90d --description 'Until the move'
  portgate keys update 3f0c2a91 --multi-use --no-vlan --dry-run")]
#[command(mut_arg("description", |arg| arg.help("Description of the key; an empty string removes it")))]
pub(crate) struct UpdateArgs {
    /// Key, or its first 6 or more characters
    #[arg(value_name = "KEY")]
    key: GivenKey,

    #[command(flatten)]
    terms: TermArgs,

    #[command(flatten)]
    consent: ConsentArgs,
}

pub(super) async fn run(context: &Context, args: UpdateArgs) -> anyhow::Result<Exit> {
    let draft = args.draft()?;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    owner::check_key(context, &connection).await?;
    let key = choose::read_mine(context, &mut connection, &args.key).await?;
    let mut port_speed = key.product_dto.port_speed;
    if draft.max_speed.is_some() && port_speed.is_none() {
        // The check needs the port's speed; if it can't be read, it is left to the backend.
        if let Some(uid) = &key.product_uid {
            let port = context
                .with_progress("reading the port", ports::find(&connection.client, uid.as_str()))
                .await;
            port_speed = port.ok().and_then(|port| port.port_speed);
        }
    }
    let code = key.key.clone();
    let (connection, args) = (&connection, &args);
    let update = Update { context, connection, args, draft, port_speed, code, read: RefCell::new(Some(key)) };
    change::run_single(context, permit, &update, |_| {}).await
}

const UPDATE: Action = Action { verb: "update", participle: "updated" };

struct Update<'a> {
    context: &'a Context,
    connection: &'a Connection,
    args: &'a UpdateArgs,
    draft: Draft,
    port_speed: Option<Mbps>,
    code: KeyCode,
    /// The key as last read.
    read: RefCell<Option<ServiceKey>>,
}

impl<'a> Update<'a> {
    fn now(&self) -> jiff::Timestamp {
        self.connection.clock.now()
    }

    /// The change to a key just read.
    fn plan_replacement(&self, mut key: ServiceKey) -> Result<KeyReplacement<'a>, Error> {
        key.product_dto.port_speed = key.product_dto.port_speed.or(self.port_speed);
        let (now, before) = (self.now(), KeyTerms::from_key(&key));
        let vlan = before.vlan.filter(|_| !self.args.terms.no_vlan);
        let wanted = self.draft.apply_to(KeyTerms { vlan, ..before.clone() }, now)?;
        terms::check(&wanted, key.product_dto.port_speed)
            .map_err(|wrong| wrong_terms_error(wrong, KeyRecord::from_key(&key, now, false).port()))?;
        caution::check_wide(self.context, self.args.consent, &wanted, Some(&before), now)?;
        Ok(KeyReplacement::new(&self.connection.client, key, wanted, UPDATE))
    }

    /// The outcome, with the key as read back and what has changed.
    fn outcome(&self, before: &ServiceKey, ended: Outcome<ServiceKey>) -> Outcome<Record> {
        let handle = before.handle();
        let now_is = ended.seen.as_ref().unwrap_or(before);
        let changed = differences(&KeyTerms::from_key(before), &KeyTerms::from_key(now_is), self.port_speed);
        let done = changes_sentence(&format!("updated {handle}"), &changed);
        // The change failed: don't report it on stdout.
        let (lines, note) = match (ended.kind.is_ok(), changed.is_empty()) {
            (true, _) => (vec![done.clone()], None),
            (false, true) => (Vec::new(), Some(format!("{handle} is unchanged"))),
            (false, false) => (Vec::new(), Some(changes_sentence(&format!("{handle} is now"), &changed))),
        };
        let value = json!(KeyRecord::from_key(now_is, self.now(), false));
        let look = Hint::call("show it: ", format!("keys show {handle}"));
        let note = note.filter(|_| ended.seen.is_some());
        let mut ended = ended.map(|_| Record { lines, value, done, look });
        ended.notes.extend(note);
        ended
    }
}

impl<'a> Single for Update<'a> {
    const NOUN: &'static str = "service key";
    type Ready = KeyReplacement<'a>;

    fn connection(&self) -> &Connection {
        self.connection
    }

    fn subject(&self) -> (String, Action) {
        (self.code.handle().to_owned(), UPDATE)
    }

    async fn prepare(&self) -> Result<Found<KeyReplacement<'a>>, Error> {
        let just_read = self.read.take();
        let key = match just_read {
            Some(key) => key,
            None => service_keys::read(&self.connection.client, &self.code).await?,
        };
        let replacement = self.plan_replacement(key)?;
        Ok(match replacement.changes().is_empty() {
            true => Found::Already(already_record(&replacement.before, self.now())),
            false => Found::Ready(replacement),
        })
    }

    fn change_since_shown(&self, again: &KeyReplacement<'a>, shown: &KeyReplacement<'a>) -> Option<Error> {
        again.changed_since(&shown.before)
    }

    fn warnings(&self, replacement: &KeyReplacement<'a>) -> Vec<String> {
        let warning = caution::wide_warning(&replacement.wanted, self.now(), self.context.moments());
        warning.into_iter().collect()
    }

    fn question(&self, replacement: &KeyReplacement<'a>) -> Question {
        Question {
            lines: vec![changes_sentence(replacement.before.handle(), &replacement.changes())],
            text: "Update this service key?".to_owned(),
            ..Question::default()
        }
    }

    fn preview(&self, replacement: &KeyReplacement<'a>) -> Preview<Record> {
        Preview::of_calls([replacement.preview()])
    }

    async fn send(&self, replacement: &KeyReplacement<'a>, attempt: &Attempt) -> Sent<Record> {
        let (sent, _) = change::send(self.connection, replacement, attempt).await;
        sent.map(|ended| self.outcome(&replacement.before, ended))
    }
}

impl UpdateArgs {
    /// The changes, except for removing the VLAN.
    fn draft(&self) -> Result<Draft, Error> {
        let draft = self.terms.draft();
        if draft == Draft::default() && !self.terms.no_vlan {
            return Err(Error::usage("no change given").hint(
                "use --max-speed, --description, --expires-in, ...; use `keys activate` or `keys deactivate` to turn the key on or off",
            ));
        }
        Ok(draft)
    }
}

fn already_record(key: &ServiceKey, now: jiff::Timestamp) -> Record {
    let record = KeyRecord::from_key(key, now, false);
    let speed = view::speed(record.max_speed_mbps, record.port_speed_mbps);
    let line = format!("already up to date: {} on {}, {speed}", record.key, record.port());
    let look = Hint::call("show it: ", format!("keys show {}", record.key));
    Record { lines: vec![line.clone()], value: json!(record), done: line, look }
}
