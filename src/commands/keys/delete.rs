//! `portgate keys delete`: explains that keys can't be deleted.

use clap::Args;

use crate::api::service_keys::KeyCode;
use crate::error::{Error, Hint};
use crate::exit::Exit;

/// Keys can't be deleted.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Ignored
    #[arg(value_name = "KEY")]
    keys: Vec<KeyCode>,

    /// Ignored
    #[arg(short, long, hide = true)]
    yes: bool,

    /// Ignored
    #[arg(short, long, hide = true)]
    force: bool,
}

pub(super) fn run(args: &DeleteArgs) -> anyhow::Result<Exit> {
    let keys: Vec<&str> = args.keys.iter().map(KeyCode::handle).collect();
    let named = if keys.is_empty() { "KEY".to_owned() } else { keys.join(" ") };
    Err(Error::usage("service keys can't be deleted, only deactivated")
        .hint(Hint::call("deactivate it: ", format!("keys deactivate {named}")))
        .hint(Hint::call(
            "or let it expire: ",
            format!("keys update {} --expires-in 7d", keys.first().unwrap_or(&"KEY")),
        ))
        .into())
}
