//! `portgate auth`: keys in the keyring, and what portgate would act as.

mod import;
mod login;
mod logout;
mod official;
mod status;
pub(super) mod status_view;
mod token;
mod verify;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check an API key and keep it in the keyring
    ///
    /// The key is the client ID and client secret of an API key from the Megaport Portal. It is tried first: a token is
    /// fetched, and the company's name is read. Then both halves go to the system's keyring, bound to the environment they
    /// work in, and the profile is written to config.toml, without the secret. The first profile becomes the default.
    Login(login::LoginArgs),
    /// Remove a key and its token from the keyring
    ///
    /// The profile stays, with its limits; `portgate profile remove` removes it too. The key itself goes on working
    /// elsewhere: it ends in the Megaport Portal only.
    Logout(logout::LogoutArgs),
    /// Show as whom portgate would act, and where the key comes from
    ///
    /// Without --check nothing is sent: the company is the one found at login, and the token is the one kept in the keyring.
    /// The role is shown only where the token itself names it.
    Status(status::StatusArgs),
    /// Print an access token for another tool
    ///
    /// The token is as good as the key until it ends. It goes to stdout and nowhere else; keep it out of shell histories
    /// and logs.
    #[command(after_help = "Examples:
  MEGAPORT_ACCESS_TOKEN=$(portgate auth token) some-other-tool
  curl -H \"Authorization: Bearer $(portgate auth token)\" \\
    https://api.megaport.com/v2/products")]
    Token,
    /// Take over the keys of the official Megaport CLI
    ///
    /// Reads its config.json, puts each profile's key into the keyring and makes a profile of the same name. Nothing is sent:
    /// `portgate auth status --all --check` tries the keys afterwards. The file stays as it is, secrets included.
    Import(import::ImportArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Login(args) => login::run(context, args).await,
        Command::Logout(args) => logout::run(context, args),
        Command::Status(args) => status::run(context, args).await,
        Command::Token => token::run(context).await,
        Command::Import(args) => import::run(context, args).await,
    }
}
