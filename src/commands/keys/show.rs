//! `portgate keys show`

use clap::Args;
use serde_json::json;

use super::choose::{self, GivenKey};
use super::{handout, view};
use crate::api::service_keys::ServiceKey;
use crate::domain::keys::KeyRecord;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::owner;

/// Show a service key, your own or one you were given.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys show 3f0c2a91
  portgate keys show 3f0c2a91 --reveal -o json | jq -r .key
  portgate keys show 3f0c2a91 --handout | mail -s 'Your key' noc@globex.example")]
pub(crate) struct ShowArgs {
    /// Key, or its first 6 or more characters
    #[arg(value_name = "KEY")]
    key: GivenKey,

    /// Show the full key
    #[arg(long)]
    reveal: bool,

    /// Print a message for the customer, including the full key
    #[arg(long)]
    handout: bool,
}

pub(super) async fn run(context: &Context, args: ShowArgs) -> anyhow::Result<Exit> {
    let mut connection = owner::open(context).await?;
    let reading = choose::read(&connection.client, &args.key);
    let key = context.with_progress("reading the service key", reading).await?;
    let now = connection.clock.now();
    let reveal = args.reveal || args.handout;
    let record = KeyRecord::from_key(&key, now, reveal);
    let mut object = serde_json::to_value(&record)?;
    let place = location(&key);
    if args.handout {
        let text = handout::lines(&record, place.as_deref());
        object["handout"] = json!(text.join("\n"));
        context.write_text(&text, &object)?;
    } else {
        let lines = view::lines(&record, place.as_deref(), reveal, now, context.moments());
        context.write_record(&lines, &object)?;
    }
    view::warn_of_unread(context, &record);
    if let Some(obstacle) = record.state.obstacle().filter(|_| args.handout) {
        context.terminal.warn(&format!("this key can't be used now: {obstacle}"));
    }
    // The key may belong to another company, whose name is not the user's.
    let mine = connection.company.uid.is_none() || connection.company.has_uid(key.company_uid.as_ref());
    let owner = record.company_name.as_deref().filter(|_| mine);
    if connection.company.name.is_none() {
        connection.company.name = owner.map(str::to_owned);
    }
    context.terminal.say(&connection.place_and_company());
    Ok(Exit::Done)
}

pub(super) fn location(key: &ServiceKey) -> Option<String> {
    let place = &key.product_dto.location_detail;
    match (&place.name, &place.city) {
        (Some(name), Some(city)) if !name.contains(city.as_str()) => Some(format!("{name} ({city})")),
        (Some(name), _) => Some(name.clone()),
        (None, city) => city.clone(),
    }
}
