//! `portgate profile list`.

use serde_json::{Value, json};

use crate::api::backend::{Endpoints, Environment};
use crate::error::Hint;
use crate::exit::Exit;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::context::Context;
use crate::session::profiles::{Limits, Profile, ProfilesFile};

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&record(&Profile::new("", Environment::Sandbox, None), None))
}

pub(super) fn run(context: &Context) -> anyhow::Result<Exit> {
    let file = context.profiles()?;
    context.warn_all(&file.faults_beside(None));
    context.write_list(&view(&file))?;
    if file.names().is_empty() {
        context.terminal.say(&Hint::login("no profiles yet; create one: ", "").text(&context.invocation()));
    }
    Ok(Exit::Done)
}

fn view(file: &ProfilesFile) -> ListView<'_> {
    let is_default = |profile: &Profile| file.default_name() == Some(&profile.name);
    let columns = vec![
        Column::new("NAME", |profile: &Profile| profile.name.clone()),
        Column::new("DEFAULT", |profile: &Profile| if is_default(profile) { "yes" } else { "" }).drop_at(2),
        Column::new("ENVIRONMENT", Profile::place),
        Column::text("COMPANY", |profile: &Profile| profile.company_name.clone()).drop_at(1),
        Column::text("ON BEHALF OF", |profile: &Profile| profile.managed_account.clone())
            .only_if(file.profiles().iter().any(|profile| profile.managed_account.is_some()))
            .drop_at(1),
        Column::new("KEY", Profile::key_source).drop_at(3),
        Column::text("LIMITS", |profile: &Profile| limits(&profile.limits)).drop_at(4),
    ];
    ListView::new(file.profiles(), columns, |profile| record(profile, file.default_name()))
}

fn record(profile: &Profile, default: Option<&str>) -> Value {
    let limits = &profile.limits;
    json!({
        "name": profile.name,
        "default": default == Some(&profile.name),
        "environment": profile.environment.name(),
        "api_url": profile.endpoints.as_ref().map(Endpoints::api_base),
        "company": {"uid": profile.company_uid, "name": profile.company_name},
        "managed_account": profile.managed_account,
        "client_id": profile.client_id,
        "key": profile.key_source(),
        "limits": {
            "read_only": limits.read_only,
            "confirm": limits.confirm_always.then_some("always"),
            "require_reason": limits.require_reason,
            "require_ticket": limits.require_ticket,
            "max_sold_percent": limits.max_sold_percent,
        },
    })
}

/// The limits as written in the profiles file.
fn limits(limits: &Limits) -> String {
    let words = [
        limits.read_only.then(|| "read_only".to_owned()),
        limits.confirm_always.then(|| "confirm".to_owned()),
        limits.require_reason.then(|| "require_reason".to_owned()),
        limits.require_ticket.then(|| "require_ticket".to_owned()),
        limits.max_sold_percent.map(|percent| format!("max_sold {percent}%")),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    if words.is_empty() { "-".to_owned() } else { words.join(", ") }
}
