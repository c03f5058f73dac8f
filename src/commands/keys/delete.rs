//! `portgate keys delete`: says that there is no such thing.

use clap::Args;

use crate::api::service_keys::handle;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;

/// Keys cannot be deleted.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Whatever was to be deleted
    #[arg(value_name = "KEY")]
    keys: Vec<String>,

    /// Taken as other programs take it, to say the same
    #[arg(short, long, hide = true)]
    yes: bool,

    /// Taken as other programs take it, to say the same
    #[arg(short, long, hide = true)]
    force: bool,
}

pub(super) fn run(context: &Context, args: &DeleteArgs) -> anyhow::Result<Exit> {
    let keys: Vec<&str> = args.keys.iter().map(|key| handle(key)).collect();
    let named = if keys.is_empty() { "KEY".to_owned() } else { keys.join(" ") };
    let call = context.invocation();
    Err(Error::usage("a service key can't be deleted, only switched off: Megaport keeps them all")
        .hint(format!("switch it off: {call} keys deactivate {named}"))
        .hint(format!("or let it end: {call} keys update {} --expires-in 7d", keys.first().unwrap_or(&"KEY")))
        .into())
}
