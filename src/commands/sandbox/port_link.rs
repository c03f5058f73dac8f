//! `portgate sandbox port-down` and `port-up`

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::sandbox;
use crate::session::connection::with_sandbox;
use crate::session::context::Context;

/// Take one of the provider's ports down
///
/// Users who are subscribed to Service Status get an email.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox port-down
  portgate sandbox port-down --port SYD1-A")]
pub(crate) struct PortDownArgs {
    /// Port, by name or UID [default: the first one that is up]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<String>,

    /// The former spelling of port-up
    #[arg(long, hide = true)]
    pub(super) up: bool,
}

/// Bring one of the provider's ports back up
///
/// Users who are subscribed to Service Status get an email.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox port-up
  portgate sandbox port-up --port SYD1-A")]
pub(crate) struct PortUpArgs {
    /// Port, by name or UID [default: the first one that is down]
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<String>,
}

pub(super) async fn run(context: &Context, port: Option<String>, up: bool) -> anyhow::Result<Exit> {
    let options = super::options(context)?;
    let port = with_sandbox(context, move || sandbox::set_link(&options, port.as_deref(), up)).await?;
    let object = json!({"product_uid": port.uid, "name": port.name, "up": port.up, "changed": port.changed});
    context.write_record(&[], &object)?;
    let state = if port.up { "up" } else { "down" };
    let already = if port.changed { "now" } else { "already" };
    context.terminal.say(&format!("{} is {already} {state}.", port.name));
    Ok(Exit::Done)
}
