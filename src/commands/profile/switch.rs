//! `portgate profile use`.

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::profiles;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile use example-prod
  export PORTGATE_PROFILE=lab")]
pub(crate) struct UseArgs {
    /// Name of the profile
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) fn run(context: &Context, args: UseArgs) -> anyhow::Result<Exit> {
    let profile = profiles::edit(&context.paths.config, |file| {
        let profile = file.get(&args.name)?.clone();
        file.set_default(&profile.name);
        Ok(profile)
    })?;
    if let Some(shell) = context.environment.text("PORTGATE_PROFILE").filter(|name| *name != profile.name) {
        context.terminal.warn(&format!("PORTGATE_PROFILE={shell} takes precedence in this shell"));
    }
    let company = profile.company_name.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
    let line = format!("profile '{}' ({}{company}) is now the default", profile.name, profile.environment);
    let record = json!({"default": profile.name, "environment": profile.environment.name()});
    context.write_record(&[line], &record)?;
    Ok(Exit::Done)
}
