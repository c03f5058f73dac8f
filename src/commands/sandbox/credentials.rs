//! `portgate sandbox credentials`

use clap::Args;
use serde_json::json;

use super::DEFAULT_LISTEN;
use crate::exit::Exit;
use crate::sandbox;
use crate::session::connection::with_sandbox;
use crate::session::context::Context;

/// Print a sandbox API key for use with any API client
///
/// Prints shell commands that set environment variables, or an object with -o json.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  eval \"$(portgate sandbox credentials --company customer)\"
  portgate sandbox credentials --company initech --role read-only -o json")]
pub(crate) struct CredentialsArgs {
    /// Company: provider, customer, or a name, short name or UID
    #[arg(long, value_name = "COMPANY", default_value = "provider")]
    company: String,

    /// Role of the key: company-admin, technical-admin, technical-contact, finance, financial-contact, read-only
    #[arg(long, value_name = "ROLE", default_value = "technical-admin")]
    role: String,

    /// Address of the server, used in the printed URLs; alternatively, use --api-url
    #[arg(long, value_name = "ADDRESS:PORT", default_value = DEFAULT_LISTEN, conflicts_with = "api_url")]
    listen: String,

    /// Create a new key with this name instead of printing the existing one
    #[arg(long, value_name = "NAME")]
    new: Option<String>,
}

pub(super) async fn run(context: &Context, args: CredentialsArgs) -> anyhow::Result<Exit> {
    let options = super::options(context)?;
    let key = with_sandbox(context, move || match &args.new {
        None => sandbox::api_key(&options.db, &args.company, &args.role),
        Some(name) => sandbox::new_api_key(&options, &args.company, &args.role, name),
    })
    .await?;
    let api_url = match &context.globals.api_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", args.listen),
    };
    let token_url = context.globals.token_url.clone().unwrap_or_else(|| format!("{api_url}/oauth2/token"));
    let lines = [
        ("MEGAPORT_ACCESS_KEY", &key.client_id),
        ("MEGAPORT_SECRET_KEY", &key.client_secret),
        ("MEGAPORT_API_URL", &api_url),
    ]
    .map(|(name, value)| format!("export {name}={}", quote(value)));
    let object = json!({
        "client_id": key.client_id,
        "client_secret": key.client_secret,
        "api_url": api_url,
        "token_url": token_url,
        "company": key.company_name,
        "role": key.role,
        "user": key.user_name,
    });
    context.write_text(&lines, &object)?;
    context.terminal.say(&format!("API key of {} at {} ({}).", key.user_name, key.company_name, key.role));
    Ok(Exit::Done)
}

/// Quotes a word for a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
