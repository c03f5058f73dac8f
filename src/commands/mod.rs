//! The commands, one folder a noun, one file a verb.

pub mod api;
pub mod approvals;
pub mod auth;
pub mod completions;
mod consent;
mod fields;
pub mod help;
mod input;
pub mod keys;
pub mod man;
pub mod notify;
pub mod policy;
pub mod ports;
pub mod profile;
pub mod sandbox;
pub mod speed;
pub mod users;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;
use crate::terminal::Terminal;
pub(crate) use fields::of as fields;

/// What portgate can do.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub enum Command {
    /// Connection requests and speed changes that wait for an answer
    #[command(subcommand, visible_alias = "approval")]
    Approvals(approvals::Command),
    /// Speed changes that wait for an answer: now and asked, and what it makes of the port
    #[command(subcommand)]
    Speed(speed::Command),
    /// Service keys: codes that let a customer connect to one of your ports
    #[command(subcommand, visible_alias = "service-keys", alias = "key")]
    Keys(keys::Command),
    /// What you get e-mail about: the notification groups
    #[command(subcommand, visible_alias = "notifications")]
    Notify(notify::Command),
    /// Rules that decide: check them, see what they would do, let them do it
    #[command(subcommand, after_long_help = policy::TOPIC)]
    Policy(policy::Command),
    /// Your ports: what is sold on them, what is left, which VLANs are free
    #[command(subcommand, visible_alias = "port")]
    Ports(ports::Command),
    /// Your company's users: who has which role, and who could hear of approvals
    #[command(subcommand, visible_alias = "user")]
    Users(users::Command),
    /// Keys: log in, log out, and as whom portgate acts
    #[command(subcommand)]
    Auth(auth::Command),
    /// Profiles: a company, its environment, its key and its limits
    #[command(subcommand)]
    Profile(profile::Command),
    #[allow(missing_docs, reason = "documented where its arguments are")]
    Api(api::ApiArgs),
    #[allow(missing_docs, reason = "documented where its arguments are")]
    Sandbox(sandbox::SandboxArgs),
    /// What is told without settings or a backend.
    #[command(flatten)]
    Text(Text),
}

/// Commands that print what portgate knows of itself.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "a verb is documented where its arguments are")]
pub enum Text {
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

impl Text {
    /// Runs it.
    ///
    /// # Errors
    /// Nothing is called so; stdout or a file can't be written to.
    pub fn run(self, terminal: &Terminal) -> anyhow::Result<Exit> {
        match self {
            Text::Completions(args) => completions::run(terminal, &args),
            Text::Man(args) => man::run(terminal, &args),
            Text::Help(args) => help::run(terminal, &args),
        }
    }
}

/// Runs a command.
///
/// # Errors
/// Whatever keeps it from being done; the exit code is that of the [`crate::Error`] inside.
pub async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Approvals(command) => approvals::run(context, command).await,
        Command::Speed(command) => speed::run(context, command).await,
        Command::Notify(command) => notify::run(context, command).await,
        Command::Policy(command) => policy::run(context, command).await,
        Command::Ports(command) => ports::run(context, command).await,
        Command::Users(command) => users::run(context, command).await,
        Command::Auth(command) => auth::run(context, command).await,
        Command::Profile(command) => profile::run(context, command).await,
        Command::Keys(command) => keys::run(context, command).await,
        Command::Api(args) => api::run(context, args).await,
        Command::Sandbox(args) => sandbox::run(context, args).await,
        Command::Text(command) => command.run(&context.terminal),
    }
}
