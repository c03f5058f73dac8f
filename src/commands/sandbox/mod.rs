//! `portgate sandbox`: run and manage the embedded backend.

mod credentials;
pub(super) mod inbox;
mod port_link;
pub(super) mod request;
mod reset;
mod serve;
mod speed_change;

use std::path::PathBuf;

use clap::Subcommand;

use crate::api::backend::Environment;
use crate::error::Error;
use crate::exit::Exit;
use crate::sandbox::Options;
use crate::session::connection::sandbox_db;
use crate::session::context::Context;

/// The default of `--listen` in `serve` and `credentials`.
const DEFAULT_LISTEN: &str = "127.0.0.1:8400";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::ServeArgs),
    Reset(reset::ResetArgs),
    Credentials(credentials::CredentialsArgs),
    Inbox(inbox::InboxArgs),
    Request(request::RequestArgs),
    SpeedChange(speed_change::SpeedChangeArgs),
    PortDown(port_link::PortDownArgs),
    PortUp(port_link::PortUpArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    check_place(context)?;
    match command {
        Command::Serve(args) => serve::run(context, args).await,
        Command::Reset(args) => reset::run(context, &args).await,
        Command::Credentials(args) => credentials::run(context, args).await,
        Command::Inbox(args) => inbox::run(context, &args).await,
        Command::Request(args) => request::run(context, args).await,
        Command::SpeedChange(args) => speed_change::run(context, args).await,
        Command::PortDown(args) => port_link::run(context, args.port, args.up).await,
        Command::PortUp(args) => port_link::run(context, args.port, true).await,
    }
}

/// Refuses an environment other than the sandbox.
fn check_place(context: &Context) -> Result<(), Error> {
    let globals = &context.globals;
    let elsewhere = match (&globals.env, &globals.api_url) {
        (Some(name), _) if Environment::parse(name)? != Environment::Sandbox => format!("--env {name}"),
        (_, Some(url)) => format!("--api-url {url}"),
        _ => return Ok(()),
    };
    Err(Error::usage(format!("{elsewhere} is not the sandbox"))
        .hint("omit it, or use --db to choose a database"))
}

fn db(context: &Context) -> PathBuf {
    sandbox_db(&context.globals, &context.paths)
}

fn options(context: &Context) -> Result<Options, Error> {
    Options::from_environment(db(context), &context.environment)
}
