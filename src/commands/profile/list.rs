//! `portgate profile list`.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::api::backend::Environment;
use crate::exit::Exit;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::session::profiles::{Limits, Profile, ProfilesFile};
use crate::session::target::place;

/// Options of `profile list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile list
  portgate profile list -o json")]
pub(crate) struct ListArgs {}

/// A profile as it is shown.
#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    default: bool,
    environment: &'static str,
    api_url: Option<String>,
    company: Company<'a>,
    client_id: Option<&'a str>,
    /// `keyring`, `secret_command`; null where it has no key.
    key: Option<&'static str>,
    limits: LimitsView,
}

#[derive(Debug, Serialize)]
struct Company<'a> {
    uid: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct LimitsView {
    read_only: bool,
    confirm: Option<&'static str>,
    require_reason: bool,
    require_ticket: bool,
    max_sold_percent: Option<u32>,
}

pub(super) fn run(context: &Context, _args: ListArgs) -> anyhow::Result<Exit> {
    let file = ProfilesFile::load(&context.paths.config)?;
    for warning in file.warnings() {
        context.terminal.warn(warning);
    }
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
            place(profile.environment, profile.endpoints.as_ref()),
            profile.company_name.clone().unwrap_or_else(|| "-".to_owned()),
            key(profile).unwrap_or("-").to_owned(),
            limits(&profile.limits),
        ]
    };
    ListView {
        columns,
        rows: file.profiles().iter().map(cells).collect(),
        records: file.profiles().iter().map(|profile| json!(row(profile, file.default_name()))).collect(),
    }
}

fn row<'a>(profile: &'a Profile, default: Option<&str>) -> Row<'a> {
    let api =
        profile.endpoints.as_ref().map(|endpoints| endpoints.api.as_str().trim_end_matches('/').to_owned());
    Row {
        name: &profile.name,
        default: default == Some(&profile.name),
        environment: profile.environment.name(),
        api_url: api,
        company: Company { uid: profile.company_uid.as_deref(), name: profile.company_name.as_deref() },
        client_id: profile.client_id.as_deref(),
        key: key(profile),
        limits: LimitsView {
            read_only: profile.limits.read_only,
            confirm: profile.limits.confirm_always.then_some("always"),
            require_reason: profile.limits.require_reason,
            require_ticket: profile.limits.require_ticket,
            max_sold_percent: profile.limits.max_sold_percent,
        },
    }
}

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
