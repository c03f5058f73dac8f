//! The commands, one folder a noun, one file a verb.

pub(crate) mod api;
pub(crate) mod approvals;
pub(crate) mod auth;
pub(crate) mod cli;
pub(crate) mod completions;

pub(crate) mod deferred;
mod fields;
pub(crate) mod help;
pub(crate) mod input;
pub(crate) mod keys;
pub(crate) mod man;
pub(crate) mod notify;
pub(crate) mod policy;
pub(crate) mod ports;
pub(crate) mod profile;
pub(crate) mod sandbox;
pub(crate) mod speed;
pub(crate) mod users;
mod words;

use clap::Subcommand;
use deferred::Deferred;

use crate::exit::Exit;
use crate::session::context::Context;
use crate::terminal::Terminal;
pub(crate) use fields::{OF_ACCOUNT as ACCOUNT_FIELDS, of as fields};

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub(crate) enum Command {
    /// Connection requests and speed changes that wait for an answer
    #[command(subcommand, visible_alias = "approval")]
    Approvals(Deferred<approvals::Command>),
    /// Speed changes that wait for an answer: now and asked, and what it makes of the port
    #[command(subcommand)]
    Speed(Deferred<speed::Command>),
    /// Service keys: codes that let a customer connect to one of your ports
    #[command(subcommand, visible_alias = "service-keys", alias = "key")]
    Keys(Deferred<keys::Command>),
    /// What you get e-mail about: the notification groups
    #[command(subcommand, visible_alias = "notifications")]
    Notify(Deferred<notify::Command>),
    /// Rules that decide: check them, see what they would do, let them do it
    #[command(subcommand, after_long_help = policy::TOPIC)]
    Policy(Deferred<policy::Command>),
    /// Your ports: what is sold on them, what is left, which VLANs are free
    #[command(subcommand, visible_alias = "port")]
    Ports(Deferred<ports::Command>),
    /// Your company's users: who has which role, and who could hear of approvals
    #[command(subcommand, visible_alias = "user")]
    Users(Deferred<users::Command>),
    /// Keys: log in, log out, and as whom portgate acts
    #[command(subcommand)]
    Auth(Deferred<auth::Command>),
    /// Profiles: a company, its environment, its key and its limits
    #[command(subcommand)]
    Profile(Deferred<profile::Command>),
    /// Call any endpoint of the API with the session portgate has; the answer's body is the result.
    ///
    /// Reads are tried again where that helps. Everything else is sent once, and again only after a rate limit (429): if its
    /// answer is lost, the exit code is 14. A decision sent here isn't in the journal; a profile that limits decisions
    /// refuses it.
    Api(Deferred<api::ApiArgs>),
    /// Run a Megaport of your own to practise on: nothing is real, nothing is billed
    ///
    /// `--env sandbox` on any command needs none of this: the backend then runs inside that command. Both use the same
    /// file, even at the same time.
    #[command(subcommand)]
    Sandbox(Deferred<sandbox::Command>),
    #[command(flatten)]
    Text(Text),
}

/// Commands that print what portgate knows of itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Text {
    /// Print the script that completes portgate's commands, options and values in a shell.
    ///
    /// Put it where your shell looks for it, once; it stays right when portgate is updated. Ids, ports, keys, profiles and
    /// fields are completed from what lists have shown on this machine: fast, and without a network.
    Completions(Deferred<completions::CompletionsArgs>),
    /// Write the man pages, one for each command, into a folder; without a folder print the first page.
    ///
    /// The folder is made where it isn't there. Put man1 below a folder of your MANPATH, and `man
    /// portgate-approvals-list` finds them.
    Man(Deferred<man::ManArgs>),
    /// Explain a topic, such as exit-codes or faults, or a command.
    Help(Deferred<help::HelpArgs>),
}

impl Text {
    pub(crate) fn run(self, terminal: &Terminal) -> anyhow::Result<Exit> {
        match self {
            Text::Completions(Deferred(args)) => completions::run(terminal, &args),
            Text::Man(Deferred(args)) => man::run(terminal, &args),
            Text::Help(Deferred(args)) => help::run(terminal, &args),
        }
    }
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Approvals(Deferred(command)) => approvals::run(context, command).await,
        Command::Speed(Deferred(command)) => speed::run(context, command).await,
        Command::Notify(Deferred(command)) => notify::run(context, command).await,
        Command::Policy(Deferred(command)) => policy::run(context, command).await,
        Command::Ports(Deferred(command)) => ports::run(context, command).await,
        Command::Users(Deferred(command)) => users::run(context, command).await,
        Command::Auth(Deferred(command)) => auth::run(context, command).await,
        Command::Profile(Deferred(command)) => profile::run(context, command).await,
        Command::Keys(Deferred(command)) => keys::run(context, command).await,
        Command::Api(Deferred(args)) => api::run(context, args).await,
        Command::Sandbox(Deferred(command)) => sandbox::run(context, command).await,
        Command::Text(command) => command.run(&context.terminal),
    }
}
