//! `portgate sandbox port-down`

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::sandbox;
use crate::session::connection::with_sandbox;
use crate::session::context::Context;

/// Take one of the provider's ports down, or bring it back up
///
/// Users who are subscribed to Service Status get an email.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox port-down
  portgate sandbox port-down --port SYD1-A --up")]
pub(crate) struct PortDownArgs {
    /// Port, by name or UID [default: the first one in the opposite state]
    #[arg(long, value_name = "PORT")]
    port: Option<String>,

    /// Bring the port up
    #[arg(long)]
    up: bool,
}

pub(super) async fn run(context: &Context, args: PortDownArgs) -> anyhow::Result<Exit> {
    let options = super::options(context)?;
    let port =
        with_sandbox(context, move || sandbox::set_link(&options, args.port.as_deref(), args.up)).await?;
    let object = json!({"product_uid": port.uid, "name": port.name, "up": port.up, "changed": port.changed});
    context.write_record(&[], &object)?;
    let state = if port.up { "up" } else { "down" };
    let already = if port.changed { "now" } else { "already" };
    context.terminal.say(&format!("{} is {already} {state}.", port.name));
    Ok(Exit::Done)
}
