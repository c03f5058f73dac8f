//! `portgate users update`

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::find::Naming;
use super::{find, view};
use crate::api::employment::{self, Employment};
use crate::api::{Answer, Call};
use crate::change::{
    self, Action, Attempt, Found, Outcome, OutcomeKind, Place, Planned, Preview, Question, Record, Sent,
    Single, Write, consent,
};
use crate::commands::roles;
use crate::domain::notifications::could_hear;
use crate::domain::role::Right;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::ObjectKind;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::text::name::parse_name;

/// Turn all email notifications of a user on or off
///
/// While they are off, the user receives no email from any group. In a terminal, portgate asks for confirmation; in a
/// script, --yes isn't required. Changing another user requires the Company Admin role.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate users update dana@examplecloud.example --email on
  portgate users update 'Dana Reyes' --email off --dry-run
  portgate users update 5001 --email off --yes")]
pub(crate) struct UpdateArgs {
    /// Email address, number, UID or name of the user; with a prompt, an unambiguous part of the name is enough
    #[arg(value_name = "USER", value_parser = parse_name)]
    user: String,

    /// Whether the user receives email
    #[arg(long, value_name = "SWITCH", value_enum, ignore_case = true)]
    email: Switch,

    #[command(flatten)]
    consent: ConsentArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// Send email
    On,
    /// Send no email
    Off,
}

pub(super) async fn run(context: &Context, args: UpdateArgs) -> anyhow::Result<Exit> {
    let on = args.email == Switch::On;
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    let users = find::read_all(context, &mut connection).await?;
    let naming = if context.may_ask() && !args.consent.yes { Naming::Loose } else { Naming::Whole };
    let listed = find::find(&users, &args.user, naming)?;
    let id = find::user_number(listed)?;
    let connection = &connection;
    let change = EmailChange { connection, users: &users, listed, id, on };
    change::run_single(context, permit, &change, |_| {}).await
}

const UPDATE: Action = Action { verb: "update", participle: "updated" };

/// A change of all email to a user.
struct EmailChange<'a> {
    connection: &'a Connection,
    users: &'a [Employment],
    listed: &'a Employment,
    id: i64,
    on: bool,
}

impl EmailChange<'_> {
    fn state(&self) -> &'static str {
        if self.on { "on" } else { "off" }
    }

    fn record(&self, user: &Employment, changed: bool) -> Record {
        let (who, state) = (name_and_address(user), self.state());
        let done = match changed {
            true => format!("turned {state} email to {who}"),
            false => format!("email to {who} is already {state}"),
        };
        Record {
            lines: vec![done.clone()],
            value: json!({ "changed": changed, "user": view::Record::from_user(user) }),
            done,
            look: Hint::call("show the user: ", format!("users show {}", self.id)),
        }
    }
}

impl Single for EmailChange<'_> {
    const NOUN: &'static str = "user";
    type Ready = Employment;

    fn connection(&self) -> &Connection {
        self.connection
    }

    fn subject(&self) -> (String, Action) {
        (address(self.listed), UPDATE)
    }

    async fn prepare(&self) -> Result<Found<Employment>, Error> {
        let user = employment::read(&self.connection.client, self.id).await?.or_else_from(self.listed);
        Ok(match user.notification_enabled == Some(self.on) {
            true => Found::Already(self.record(&user, false)),
            false => Found::Ready(user),
        })
    }

    fn warnings(&self, user: &Employment) -> Vec<String> {
        let is_last = !self.on && could_hear(self.users, Some(user)) == 0;
        let warning = || format!("{} is the last user who can receive approval emails", user.label());
        is_last.then(warning).into_iter().collect()
    }

    fn question(&self, user: &Employment) -> Question {
        let text = format!("Turn {} email to {}?", self.state(), name_and_address(user));
        Question { text, ..Question::default() }
    }

    fn preview(&self, user: &Employment) -> Preview<Record> {
        let call = employment::switch_email(self.id, self.on);
        let sentences = vec![format!("would turn {} email to {}", self.state(), name_and_address(user))];
        Preview::of_calls([Planned { call, sentences, changes: Value::Null }])
    }

    async fn send(&self, user: &Employment, attempt: &Attempt) -> Sent<Record> {
        let calls = [employment::switch_email(self.id, self.on)];
        let switch = EmailSwitch { change: self, user, name: address(user), calls };
        let (sent, _) = change::send(self.connection, &switch, attempt).await;
        sent.map(|mut ended| {
            ended.seen = ended.seen.filter(|_| ended.kind.is_ok());
            ended.map(|user| self.record(&user, true))
        })
    }
}

/// The request, for the user as read.
struct EmailSwitch<'a> {
    change: &'a EmailChange<'a>,
    user: &'a Employment,
    name: String,
    calls: [Call; 1],
}

impl Write for EmailSwitch<'_> {
    type Reading = Employment;
    type Seen = Employment;

    const KIND: ObjectKind = ObjectKind::User;

    fn subject(&self) -> (&str, Action) {
        (&self.name, UPDATE)
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    async fn read(&self, _: Option<&Answer>) -> Result<Employment, Error> {
        employment::read(&self.change.connection.client, self.change.id).await
    }

    fn place(&self, now: &Employment) -> Place {
        if now.notification_enabled == Some(self.change.on) { Place::Settled } else { Place::Before }
    }

    async fn conclude(&self, now: Employment, refusal: Option<Error>) -> Outcome<Employment> {
        let (id, action) = self.subject();
        let kind = if refusal.is_some() { OutcomeKind::Already } else { OutcomeKind::Done };
        Outcome::new(id, action, kind).seen(now.or_else_from(self.user))
    }

    fn explain(&self, error: Error) -> Error {
        roles::explain(Right::Administer, error)
    }

    fn last_seen(&self, now: Option<Employment>) -> Option<Employment> {
        now
    }

    fn state(&self, now: &Employment) -> Option<String> {
        now.notification_enabled.map(|on| if on { "email on" } else { "email off" }.to_owned())
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        let look = Hint::call("check with ", format!("users show {}", self.change.id));
        vec![look.and("; it is safe to run the command again")]
    }
}

fn name_and_address(user: &Employment) -> String {
    match (user.name(), user.email()) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        _ => user.label(),
    }
}

/// The email address, or another name of the user.
fn address(user: &Employment) -> String {
    user.email().map_or_else(|| user.label(), str::to_owned)
}
