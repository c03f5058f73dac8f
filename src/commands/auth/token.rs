//! `portgate auth token`: prints an access token for another tool.

use secrecy::ExposeSecret;
use serde_json::json;

use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::owner;

pub(super) async fn run(context: &Context) -> anyhow::Result<Exit> {
    let connection = owner::open(context).await?;
    let what = format!("fetching a token from {}", connection.place());
    let token = context.with_progress(&what, connection.client.token()).await?;
    if context.terminal.facts.stdout {
        context.terminal.warn("anyone with this token can act as you until it expires");
    }
    let record = json!({"access_token": token.expose_secret(), "token_type": "Bearer"});
    context.write_record(&[token.expose_secret().to_owned()], &record)?;
    Ok(Exit::Done)
}
