//! `portgate keys validate`

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::choose::{self, GivenKey};
use crate::api::service_keys;
use crate::domain::keys::{KeyRecord, State};
use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::owner;

/// Check whether a service key can be used to place an order now
///
/// The exit code is 0 if so, and 13 if not. Customers can check keys they were given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys validate 3f0c2a91
  portgate keys validate 3f0c2a91-7b54-4d1e-8c36-9a5e0f7d2b14 --query valid")]
pub(crate) struct ValidateArgs {
    /// Key, or its first 6 or more characters
    #[arg(value_name = "KEY")]
    key: GivenKey,
}

/// Whether a key can be used. The names are stable.
#[derive(Debug, Default, Serialize)]
pub(in crate::commands) struct Validity {
    key: String,
    valid: bool,
    state: State,
    reason: Option<&'static str>,
}

pub(super) async fn run(context: &Context, args: ValidateArgs) -> anyhow::Result<Exit> {
    let connection = owner::open(context).await?;
    let client = &connection.client;
    let work = async {
        // The key has the reason why it isn't valid, and only a full key can be validated.
        let key = choose::read(client, &args.key).await?;
        let valid = service_keys::validate(client, &key.key).await?;
        Ok::<_, Error>((key, valid))
    };
    let (key, valid) = context.with_progress("validating the service key", work).await?;
    let now = connection.clock.now();
    let record = KeyRecord::from_key(&key, now, false);
    let reason = match (valid, record.state) {
        (true, _) => None,
        (false, State::Active) => State::Invalid.obstacle(),
        (false, state) => state.obstacle(),
    };
    let object = json!(Validity { key: record.key.clone(), valid, state: record.state, reason });
    if valid {
        context.write_record(&[format!("{} is valid: {}", record.key, record.port())], &object)?;
        return Ok(Exit::Done);
    }
    if !context.output.is_for_people() {
        context.write_record(&[], &object)?;
    }
    Err(Error::new(
        Exit::Conflict,
        format!("{} is not valid: an order with it would be rejected", record.key),
    )
    .reason(reason.unwrap_or_default())
    .resource(record.key)
    .into())
}
