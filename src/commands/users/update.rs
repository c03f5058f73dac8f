//! `portgate users update`

use clap::{Args, ValueEnum};
use serde_json::json;

use super::find::Naming;
use super::{find, view};
use crate::api::employment::{self, Employment};
use crate::api::send_and_read_back;
use crate::commands::consent;
use crate::domain::notifications::could_hear;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;
use crate::text::name::parse_name;
use crate::text::sanitize;

/// Change a user: switch all e-mail to it on or off.
///
/// Off means no e-mail of any group, whatever the user subscribed to. On a terminal it asks first; in a pipeline the named
/// user is consent enough. It takes the role Company Admin, but for one's own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate users update dana@examplecloud.example --email on
  portgate users update 'Dana Reyes' --email off --dry-run
  portgate users update 5001 --email off --yes")]
pub struct UpdateArgs {
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

/// Runs it.
///
/// # Errors
/// No such user (exit 8), a name that may mean several (exit 2), a profile that allows no writes (exit 15), a refusal, a
/// change that doesn't show afterwards (exit 13).
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
        return told(context, &user, false, &format!("e-mail to {who} is already {state}"));
    }
    let call = employment::switch_email(id, on);
    let what = format!("e-mail to {who} would be {state}");
    if args.dry_run {
        consent::show_dry_run(context, &[call], &[what])?;
        return consent::after_dry_run(context, Ok(Exit::Done), limited);
    }
    if consent::must_ask(context, &connection.limits, args.yes) {
        if !on {
            say_who_is_left(context, &users, &user);
        }
        consent::confirm(context, &format!("Switch e-mail to {who} {state}?")).await?;
    }
    let sending = send_and_read_back(
        client,
        &call,
        async || employment::read(client, id).await,
        |read| read.notification_enabled == Some(on),
    );
    context.interrupt.defer();
    let sent = context.during("sending the change", sending).await;
    context.interrupt.allow();
    let read = sent.map_err(explained)?;
    if !read.as_asked {
        return Err(Error::new(
            Exit::Conflict,
            format!("the backend said yes, but e-mail to {who} is not {state}"),
        )
        .hint("somebody else may have changed it in between: look with `portgate users show`")
        .about(user.email().unwrap_or(&args.user))
        .into());
    }
    if read.answer_lost {
        context.terminal.say("note: the backend's answer was lost; read back, it took effect");
    }
    told(context, &read.value.or(&user), true, &format!("e-mail to {who} is {state}"))
}

/// The name with the address.
fn named(user: &Employment) -> String {
    match (user.name(), user.email()) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        _ => user.label(),
    }
}

fn told(context: &Context, user: &Employment, changed: bool, line: &str) -> anyhow::Result<Exit> {
    let record = json!({ "changed": changed, "user": view::Record::of(user) });
    context.write_record(&[line.to_owned()], &record)?;
    Ok(Exit::Done)
}

/// Before e-mail is switched off: whether anybody is left who could hear of approvals.
fn say_who_is_left(context: &Context, users: &[Employment], user: &Employment) {
    if could_hear(users, Some(user)) == 0 {
        let text = format!("{} is the last who could hear of approvals by e-mail", user.label());
        context.terminal.warn(&sanitize::line(&text));
    }
}

fn explained(error: Error) -> Error {
    match error.http_status {
        Some(403) => error.hint("a Company Admin may change users; others only switch their own e-mail"),
        _ => error,
    }
}
