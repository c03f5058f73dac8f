//! `portgate whoami`: the identity that the backend knows.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::commands::auth::status::{Status, collect_all, conclude, identify};
use crate::commands::auth::status_view::{Company, OnBehalfOf};
use crate::exit::Exit;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::text::words::labelled_lines;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate whoami
  portgate whoami --all-profiles
  portgate whoami --env sandbox --as initech")]
pub(crate) struct WhoamiArgs {}

/// The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Identity {
    company: Company,
    /// The person, if the token or the sandbox names one.
    user: Option<String>,
    client_id: Option<String>,
    roles: Vec<String>,
    environment: &'static str,
    api_url: Option<String>,
    profile: Option<String>,
    /// The managed account it acts for.
    on_behalf_of: Option<OnBehalfOf>,
}

pub(super) fn fields() -> Vec<String> {
    fields::paths_of(&Identity { on_behalf_of: Some(OnBehalfOf::default()), ..Identity::default() })
}

impl From<Status> for Identity {
    fn from(status: Status) -> Self {
        let Status { company, user, client_id, roles, environment, api_url, profile, on_behalf_of, .. } =
            status;
        Identity { company, user, client_id, roles, environment, api_url, profile, on_behalf_of }
    }
}

/// The identities of several profiles. One that fails has none.
async fn show_all(context: &Context) -> anyhow::Result<Exit> {
    let mut rows = collect_all(context, true).await?;
    let identities: Vec<Identity> =
        rows.iter_mut().filter(|row| row.failure.is_none()).map(|row| std::mem::take(row).into()).collect();
    let columns = vec![
        Column::new("PROFILE", |one: &Identity| one.profile.clone()),
        Column::text("COMPANY", |one: &Identity| one.company.name.clone()),
        Column::text("ENVIRONMENT", |one: &Identity| match one.api_url.as_deref() {
            Some(url) if one.environment == "custom" => url.to_owned(),
            _ => one.environment.to_owned(),
        }),
        Column::text("ROLE", |one: &Identity| one.roles.join(", ")),
    ];
    context.write_list(&ListView::new(&identities, columns, |one| json!(one)))?;
    conclude(context, rows)
}

pub(super) async fn run(context: &Context, _: WhoamiArgs) -> anyhow::Result<Exit> {
    if context.globals.names_several() {
        return show_all(context).await;
    }
    let mut status = identify(context).await?;
    if let Some(error) = status.failure.take() {
        return Err(error.into());
    }
    let identity = Identity::from(status);
    let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let place = match &identity.api_url {
        Some(url) => format!("{} ({url})", identity.environment),
        None => identity.environment.to_owned(),
    };
    let roles = (!identity.roles.is_empty()).then(|| identity.roles.join(", "));
    let lines = labelled_lines([
        ("Company", Some(or_unknown(&identity.company.name))),
        ("User", identity.user.clone()),
        ("Client ID", identity.client_id.clone()),
        ("Role", Some(roles.unwrap_or_else(|| "unknown: the token doesn't name it".to_owned()))),
        ("Environment", Some(place)),
        ("Profile", Some(identity.profile.clone().unwrap_or_else(|| "none".to_owned()))),
        ("On behalf of", identity.on_behalf_of.as_ref().map(OnBehalfOf::label)),
    ]);
    context.write_record(&lines, &json!(identity))?;
    Ok(Exit::Done)
}
