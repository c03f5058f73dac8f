//! `portgate sandbox`: the embedded backend, run alone and looked after.

mod asked;
mod credentials;
mod inbox;
mod port_down;
mod request;
mod reset;
mod serve;
mod speed_change;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::exit::Exit;

/// Where `serve` listens, and where `credentials` says it is, unless told otherwise.
const DEFAULT_LISTEN: &str = "127.0.0.1:8400";

/// Run a Megaport of your own to practise on: nothing is real, nothing is billed.
///
/// `--env sandbox` on any command needs none of this: the backend then runs inside that command. Both use the same
/// file, even at the same time.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Serve(serve::ServeArgs),
    Reset(reset::ResetArgs),
    Credentials(credentials::CredentialsArgs),
    Inbox(inbox::InboxArgs),
    Request(request::RequestArgs),
    SpeedChange(speed_change::SpeedChangeArgs),
    PortDown(port_down::PortDownArgs),
}

/// Runs one of them.
///
/// # Errors
/// As each says.
pub async fn run(context: &Context, args: SandboxArgs) -> anyhow::Result<Exit> {
    match args.verb {
        Verb::Serve(args) => serve::run(context, args).await,
        Verb::Reset(args) => reset::run(context, &args),
        Verb::Credentials(args) => credentials::run(context, &args),
        Verb::Inbox(args) => inbox::run(context, &args),
        Verb::Request(args) => request::run(context, args),
        Verb::SpeedChange(args) => speed_change::run(context, args),
        Verb::PortDown(args) => port_down::run(context, &args),
    }
}

/// The database of this run.
fn db(context: &Context) -> PathBuf {
    context.globals.db.clone().unwrap_or_else(|| context.paths.sandbox_db())
}
