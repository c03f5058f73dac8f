//! `portgate auth`: keys, and the current identity.

mod import;
mod login;
mod logout;
mod official;
pub(super) mod status;
pub(super) mod status_view;
mod token;
mod verify;

use clap::Subcommand;

use crate::exit::Exit;
use crate::session::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check an API key and store it
    ///
    /// Use the client ID and client secret of an API key from the Megaport Portal. portgate checks the key by fetching
    /// a token and reading the company's name. The key is stored in the system's keyring for its environment only, and
    /// the profile is written to config.toml, without the secret. The first profile becomes the default.
    ///
    /// On a machine without a keyring, use --secret-command with a program that prints the secret, or --store file. That
    /// file is encrypted with a passphrase, in age format. Each command that needs the key asks for the passphrase,
    /// or reads it from the file named by PORTGATE_PASSPHRASE_FILE. To encrypt for an age identity instead, set
    /// PORTGATE_IDENTITY_FILE to a file written by age-keygen.
    Login(login::LoginArgs),
    /// Remove a stored key and its token
    ///
    /// The profile and its limits are kept; `portgate profile remove` also removes them. The key remains valid
    /// elsewhere until you revoke it in the Megaport Portal.
    Logout(logout::LogoutArgs),
    /// Show the current identity and the source of the key
    ///
    /// Without --check, no request is sent: the company is the one found at login, and the token is the one in the keyring.
    /// The role is shown only if the token contains it.
    Status(status::StatusArgs),
    /// Print an access token for another tool
    ///
    /// Until it expires, the token gives the same access as the key. It is only written to stdout; keep it out of shell
    /// histories and logs.
    #[command(after_help = "Examples:
  MEGAPORT_ACCESS_TOKEN=$(portgate auth token) some-other-tool
  curl -H \"Authorization: Bearer $(portgate auth token)\" \\
    https://api.megaport.com/v2/products")]
    Token,
    /// Import the keys of the official Megaport CLI
    ///
    /// Reads its config.json, stores each profile's key in the keyring and creates a profile of the same name. No
    /// request is sent: check the keys with `portgate auth status --all-profiles --check`. The file is not changed and keeps its
    /// secrets.
    Import(import::ImportArgs),
}

pub(crate) async fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Login(args) => login::run(context, args).await,
        Command::Logout(args) => logout::run(context, args).await,
        Command::Status(args) => status::run(context, args).await,
        Command::Token => token::run(context).await,
        Command::Import(args) => import::run(context, args).await,
    }
}
