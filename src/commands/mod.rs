//! The commands: one directory per noun, one file per verb.

pub(crate) mod api;
pub(crate) mod approvals;
pub(crate) mod auth;
pub(crate) mod cli;
pub(crate) mod completions;

pub(crate) mod deferred;
mod doctor;
pub(crate) mod examples;
mod fields;
mod habits;
pub(crate) mod help;
pub(crate) mod input;
pub(crate) mod keys;
pub(crate) mod ledger;
pub(crate) mod man;
pub(crate) mod notify;
pub(crate) mod parse;
pub(crate) mod policy;
pub(crate) mod ports;
pub(crate) mod profile;
mod roles;
pub(crate) mod sandbox;
pub(crate) mod several;
pub(crate) mod speed;
pub(crate) mod users;
mod version;
mod whoami;
mod words;

use clap::Subcommand;
use deferred::Deferred;

use crate::exit::Exit;
use crate::session::context::Context;
use crate::terminal::Terminal;
pub(crate) use fields::for_command as fields;

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one, and it is taken apart at once")]
pub(crate) enum Command {
    /// List, show, accept and deny connection requests and speed changes
    #[command(subcommand, alias = "approval")]
    Approvals(Deferred<approvals::Command>),
    /// List, show, accept and deny speed changes
    #[command(subcommand)]
    Speed(Deferred<speed::Command>),
    /// Manage service keys for customers to connect to your ports
    #[command(subcommand, aliases = ["service-keys", "key"])]
    Keys(Deferred<keys::Command>),
    /// Manage your email notifications
    #[command(subcommand, alias = "notifications")]
    Notify(Deferred<notify::Command>),
    /// Accept or deny requests with rules in a policy file
    #[command(subcommand)]
    Policy(Deferred<policy::Command>),
    /// List ports with sold capacity and room, and find free VLANs
    #[command(subcommand, alias = "port")]
    Ports(Deferred<ports::Command>),
    /// List users and their roles, and who is notified of requests
    #[command(subcommand, alias = "user")]
    Users(Deferred<users::Command>),
    /// List, verify, export and import the record of all changes
    #[command(subcommand)]
    Ledger(Deferred<ledger::Command>),
    /// Log in, log out and show the current identity
    #[command(subcommand)]
    Auth(Deferred<auth::Command>),
    /// Manage profiles: company, environment, API key and limits
    #[command(subcommand)]
    Profile(Deferred<profile::Command>),
    /// Show the current identity: company, user, key, role and environment
    Whoami(Deferred<whoami::WhoamiArgs>),
    /// Check settings, keys, network and permissions, and suggest fixes
    ///
    /// Each check is ok, a warning, or failed. The exit code is that of the first check that failed. No data is changed.
    Doctor(Deferred<doctor::DoctorArgs>),
    /// Show the version, commit and target platform
    Version(Deferred<version::VersionArgs>),
    /// Send a request to any endpoint of the API
    ///
    /// The response body is printed. GET requests are retried after temporary failures. Other requests are sent once, and retried only after a rate
    /// limit (429). If the response is lost, the exit code is 14. Profiles that limit decisions don't allow decisions sent this way.
    Api(Deferred<api::ApiArgs>),
    /// Run a local simulation of Megaport to practise with; nothing is real or billed
    ///
    /// You don't need these commands to use `--env sandbox`, which runs the backend inside the command. Both use the
    /// same database file and can run at the same time.
    #[command(subcommand)]
    Sandbox(Deferred<sandbox::Command>),
    #[command(flatten)]
    Text(Text),
}

/// Commands that print information about portgate itself.
#[derive(Debug, Subcommand)]
pub(crate) enum Text {
    /// Print the completion script for a shell
    ///
    /// Install it once; it stays current when portgate is updated. IDs, ports, keys, users, profiles and fields are
    /// completed from earlier lists on this machine, without using the network.
    ///
    /// Bash requires the package bash-completion. Save the script as
    /// ~/.local/share/bash-completion/completions/portgate for one user (create the directory if needed), or as
    /// /etc/bash_completion.d/portgate for all users of the machine.
    Completions(Deferred<completions::CompletionsArgs>),
    /// Write the man pages to a directory, or print the main page
    ///
    /// The directory is created if needed. Choose the man1 subdirectory of a directory in your MANPATH so that `man portgate-approvals-list`
    /// finds the page.
    Man(Deferred<man::ManArgs>),
    /// Show help for a command or a topic, such as exit-codes
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
        Command::Approvals(Deferred(command)) => Box::pin(approvals::run(context, command)).await,
        Command::Speed(Deferred(command)) => speed::run(context, command).await,
        Command::Notify(Deferred(command)) => notify::run(context, command).await,
        Command::Policy(Deferred(command)) => policy::run(context, command).await,
        Command::Ports(Deferred(command)) => ports::run(context, command).await,
        Command::Users(Deferred(command)) => users::run(context, command).await,
        Command::Ledger(Deferred(command)) => ledger::run(context, command).await,
        Command::Auth(Deferred(command)) => auth::run(context, command).await,
        Command::Profile(Deferred(command)) => profile::run(context, command).await,
        Command::Whoami(Deferred(args)) => whoami::run(context, args).await,
        Command::Doctor(Deferred(args)) => doctor::run(context, args).await,
        Command::Version(Deferred(args)) => version::run(context, args),
        Command::Keys(Deferred(command)) => keys::run(context, command).await,
        Command::Api(Deferred(args)) => api::run(context, args).await,
        Command::Sandbox(Deferred(command)) => sandbox::run(context, command).await,
        Command::Text(command) => command.run(&context.terminal),
    }
}
