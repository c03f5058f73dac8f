//! `portgate users update`

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::find::Naming;
use super::{find, view};
use crate::api::employment::{self, Employment};
use crate::api::{Answer, Call, Client};
use crate::change::preview::{self, Planned};
use crate::change::{Action, Outcome, OutcomeKind, Place, Write, consent, report, single};
use crate::domain::notifications::could_hear;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::name::parse_name;

/// Change a user: switch all e-mail to it on or off.
///
/// Off means no e-mail of any group, whatever the user subscribed to. On a terminal it asks first; in a pipeline the named
/// user is consent enough. It takes the role Company Admin, but for one's own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate users update dana@examplecloud.example --email on
  portgate users update 'Dana Reyes' --email off --dry-run
  portgate users update 5001 --email off --yes")]
pub(crate) struct UpdateArgs {
    /// The user: e-mail address, number, uid or name; where it asks, a part of the name that fits no other will do
    #[arg(value_name = "USER", value_parser = parse_name)]
    user: String,

    /// Whether any e-mail is sent to the user
    #[arg(long, value_name = "SWITCH", value_enum, ignore_case = true)]
    email: Switch,

    /// Don't ask
    #[arg(short, long)]
    yes: bool,

    /// Show the request that would be sent and what would change; send nothing but reads
    #[arg(long)]
    dry_run: bool,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// E-mail is sent.
    On,
    /// No e-mail is sent.
    Off,
}

pub(super) async fn run(context: &Context, args: UpdateArgs) -> anyhow::Result<Exit> {
    let on = args.email == Switch::On;
    let mut connection = connection::open(context).await?;
    let limited = consent::before(consent::check_limits(context, &connection.limits), args.dry_run)?;
    let users = find::read_all(context, &mut connection).await?;
    let naming = if context.may_ask() && !args.yes { Naming::Loose } else { Naming::Whole };
    let listed = find::find(&users, &args.user, naming)?;
    let id = find::id_of(listed)?;
    let client = &connection.client;
    let user = context.during("reading the user", employment::read(client, id)).await?.or(listed);
    consent::say_place(context, &connection);
    let who = named(&user);
    let state = if on { "on" } else { "off" };
    if user.notification_enabled == Some(on) {
        let record = json!({ "changed": false, "user": view::Record::of(&user) });
        context.write_record(&[format!("e-mail to {who} is already {state}")], &record)?;
        return Ok(Exit::Done);
    }
    let write = EmailSwitch::new(client, &user, id, on);
    if args.dry_run {
        let [call] = write.calls.clone();
        let sentences = vec![format!("e-mail to {who} would be {state}")];
        preview::write(context, &[Planned { call, sentences, changes: Value::Null }], &[])?;
        return consent::after_dry_run(context, Ok(Exit::Done), limited);
    }
    if consent::must_ask(context, &connection.limits, args.yes) {
        if !on {
            say_who_is_left(context, &users, &user);
        }
        consent::confirm(context, &format!("Switch e-mail to {who} {state}?")).await?;
    }
    let outcome = single::send(context, client, "sending the change", &write).await;
    let written = match &outcome.seen {
        Some(now) if outcome.kind.is_ok() => {
            let done = format!("e-mail to {who} is {state}");
            let record = json!({ "changed": true, "user": view::Record::of(now) });
            let look = format!("see it with: portgate users show {id}");
            report::write_record(context, std::slice::from_ref(&done), &record, &done, &look)
        }
        _ => Ok(()),
    };
    single::finish(context, &outcome, written)
}

/// All e-mail to a user switched on or off.
struct EmailSwitch<'a> {
    client: &'a Client,
    user: &'a Employment,
    id: i64,
    on: bool,
    name: String,
    calls: [Call; 1],
}

impl<'a> EmailSwitch<'a> {
    fn new(client: &'a Client, user: &'a Employment, id: i64, on: bool) -> Self {
        let name = user.email().map_or_else(|| user.label(), str::to_owned);
        EmailSwitch { client, user, id, on, name, calls: [employment::switch_email(id, on)] }
    }
}

impl Write for EmailSwitch<'_> {
    type Reading = Employment;
    type Seen = Employment;

    fn subject(&self) -> (&str, Action) {
        (&self.name, Action { verb: "update", participle: "updated" })
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    async fn read(&self, _: Option<&Answer>) -> Result<Employment, Error> {
        employment::read(self.client, self.id).await
    }

    fn place(&self, now: &Employment) -> Place {
        if now.notification_enabled == Some(self.on) { Place::Settled } else { Place::Before }
    }

    fn conclude(&self, now: Employment, _: Option<Error>) -> Outcome<Employment> {
        let (id, action) = self.subject();
        Outcome::new(id, action, OutcomeKind::Done).seen(now.or(self.user))
    }

    fn refuse(&self, _: Option<Employment>, error: Error) -> Outcome<Employment> {
        let (id, action) = self.subject();
        Outcome::failure(id, action, explained(error))
    }

    fn last_seen(&self, now: Option<Employment>) -> Option<Employment> {
        now
    }

    fn doubt_hints(&self) -> Vec<String> {
        let look =
            format!("look with `portgate users show {}`; the same command again does no harm", self.id);
        vec![look]
    }
}

/// The name with the address.
fn named(user: &Employment) -> String {
    match (user.name(), user.email()) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        _ => user.label(),
    }
}

/// Before e-mail is switched off: whether anybody is left who could hear of approvals.
fn say_who_is_left(context: &Context, users: &[Employment], user: &Employment) {
    if could_hear(users, Some(user)) == 0 {
        let text = format!("{} is the last who could hear of approvals by e-mail", user.label());
        context.terminal.warn(&text);
    }
}

fn explained(error: Error) -> Error {
    match error.http_status {
        Some(403) => error.hint("a Company Admin may change users; others only switch their own e-mail"),
        _ => error,
    }
}
