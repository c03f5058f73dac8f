//! `portgate keys delete`: says that there is no such thing.

use clap::Args;

use crate::api::service_keys::KeyCode;
use crate::error::{Error, Hint};
use crate::exit::Exit;

/// Keys cannot be deleted.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Whatever was to be deleted
    #[arg(value_name = "KEY")]
    keys: Vec<KeyCode>,

    /// Taken as other programs take it, to say the same
    #[arg(short, long, hide = true)]
    yes: bool,

    /// Taken as other programs take it, to say the same
    #[arg(short, long, hide = true)]
    force: bool,
}

pub(super) fn run(args: &DeleteArgs) -> anyhow::Result<Exit> {
    let keys: Vec<&str> = args.keys.iter().map(KeyCode::handle).collect();
    let named = if keys.is_empty() { "KEY".to_owned() } else { keys.join(" ") };
    Err(Error::usage("a service key can't be deleted, only switched off: Megaport keeps them all")
        .hint(Hint::call("switch it off: ", format!("keys deactivate {named}")))
        .hint(Hint::call(
            "or let it end: ",
            format!("keys update {} --expires-in 7d", keys.first().unwrap_or(&"KEY")),
        ))
        .into())
}
