//! `portgate users show`

use clap::Args;

use super::find::Naming;
use super::{find, view};
use crate::api::employment;
use crate::exit::Exit;
use crate::session::connection;
use crate::session::context::Context;
use crate::session::place;
use crate::text::name::parse_name;

/// Show a user's role and state, and whether they can receive approval emails.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate users show dana@examplecloud.example
  portgate users show 'Dana Reyes' -o json | jq .why_not")]
pub(crate) struct ShowArgs {
    /// User: email address, number, UID or name, or an unambiguous part of the name
    #[arg(value_name = "USER", value_parser = parse_name)]
    user: String,
}

pub(super) async fn run(context: &Context, args: ShowArgs) -> anyhow::Result<Exit> {
    let mut connection = connection::open(context).await?;
    let users = find::read_all(context, &mut connection).await?;
    let listed = find::find(&users, &args.user, Naming::Loose)?;
    // A single read is fresher and more complete, but not offered by every role and backend.
    let alone = match listed.id() {
        Some(id) => context.with_progress("reading the user", employment::read(&connection.client, id)).await,
        None => Ok(employment::Employment::default()),
    };
    let alone = match alone {
        Err(error) if matches!(error.exit, Exit::Forbidden | Exit::NotFound) => {
            employment::Employment::default()
        }
        alone => alone?,
    };
    let user = alone.or_else_from(listed);
    context.write_record(
        &view::lines(&user, connection.clock.now(), context.moments()),
        &serde_json::to_value(view::Record::from_user(&user))?,
    )?;
    place::say_place(context, &connection);
    Ok(Exit::Done)
}
