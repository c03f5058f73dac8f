//! `portgate profile list`.

use clap::Args;
use serde_json::{Value, json};

use crate::api::backend::{Endpoints, Environment};
use crate::exit::Exit;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::session::profiles::{Limits, Profile, ProfilesFile};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile list
  portgate profile list -o json")]
pub(crate) struct ListArgs {}

pub(super) fn run(context: &Context, _args: ListArgs) -> anyhow::Result<Exit> {
    let file = context.profiles()?;
    context.write_list(&view(&file))?;
    if file.profiles().is_empty() {
        context.terminal.say("There are no profiles; make one with: portgate auth login");
    }
    Ok(Exit::Done)
}

fn view(file: &ProfilesFile) -> ListView {
    let columns = vec![
        Column::fixed("NAME"),
        Column::fixed("DEFAULT").drop_at(2),
        Column::fixed("ENVIRONMENT"),
        Column::text("COMPANY").drop_at(1),
        Column::fixed("KEY").drop_at(3),
        Column::text("LIMITS").drop_at(4),
    ];
    let cells = |profile: &Profile| {
        vec![
            profile.name.clone(),
            if file.default_name() == Some(&profile.name) { "yes" } else { "" }.to_owned(),
            profile.place(),
            profile.company_name.clone().unwrap_or_else(|| "-".to_owned()),
            key(profile).unwrap_or("-").to_owned(),
            limits(&profile.limits),
        ]
    };
    ListView {
        columns,
        rows: file.profiles().iter().map(cells).collect(),
        records: file.profiles().iter().map(|profile| record(profile, file.default_name())).collect(),
    }
}

fn record(profile: &Profile, default: Option<&str>) -> Value {
    let limits = &profile.limits;
    json!({
        "name": profile.name,
        "default": default == Some(&profile.name),
        "environment": profile.environment.name(),
        "api_url": profile.endpoints.as_ref().map(Endpoints::api_base),
        "company": {"uid": profile.company_uid, "name": profile.company_name},
        "client_id": profile.client_id,
        "key": key(profile),
        "limits": {
            "read_only": limits.read_only,
            "confirm": limits.confirm_always.then_some("always"),
            "require_reason": limits.require_reason,
            "require_ticket": limits.require_ticket,
            "max_sold_percent": limits.max_sold_percent,
        },
    })
}

/// Where its key is kept, if it has one.
fn key(profile: &Profile) -> Option<&'static str> {
    match profile {
        Profile { environment: Environment::Sandbox, .. } => None,
        Profile { secret_command: Some(_), .. } => Some("secret_command"),
        Profile { client_id: Some(_), .. } => Some("keyring"),
        _ => None,
    }
}

/// The limits in the words of the profiles file.
fn limits(limits: &Limits) -> String {
    let mut words = Vec::new();
    for (on, word) in [
        (limits.read_only, "read_only"),
        (limits.confirm_always, "confirm"),
        (limits.require_reason, "require_reason"),
        (limits.require_ticket, "require_ticket"),
    ] {
        if on {
            words.push(word.to_owned());
        }
    }
    if let Some(percent) = limits.max_sold_percent {
        words.push(format!("max_sold {percent}%"));
    }
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}
