//! `portgate policy`: rules that decide.

mod apply;
mod check;
mod explain;
mod init;
mod load;
mod past;
mod plan;
mod survey;
pub(super) mod view;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

/// The help topic about policy files.
pub(in crate::commands) const TOPIC: &str = include_str!("topic.txt");
pub(in crate::commands) use init::EXAMPLE;

/// Subcommands of `policy`.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "documented on the arguments of each command")]
pub(crate) enum Command {
    Init(init::InitArgs),
    Check(check::CheckArgs),
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => init::run(context, args).await,
        Command::Check(args) => check::run(context, args).await,
        Command::Plan(args) => plan::run(context, args).await,
        Command::Apply(args) => apply::run(context, args).await,
    }
}
