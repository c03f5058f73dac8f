//! `portgate profile set`.

use clap::Args;
use serde_json::json;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::profiles::{self, ProfilesFile};
use crate::session::target::named_profile;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile set max_sold 120% --profile example-prod
  portgate profile set secret_command 'pass show megaport'
  portgate profile set managed_account --unset")]
pub(crate) struct SetArgs {
    /// Name of the setting
    #[arg(value_name = "KEY")]
    key: String,

    /// Its new value
    #[arg(value_name = "VALUE", required_unless_present = "unset", allow_hyphen_values = true)]
    value: Option<String>,

    /// Remove the setting
    #[arg(long, conflicts_with = "value")]
    unset: bool,
}

pub(super) fn run(context: &Context, args: SetArgs) -> anyhow::Result<Exit> {
    let name = match named_profile(&context.globals, &context.environment)? {
        Some((name, _)) => name.to_owned(),
        // A file with a profile that can't be used has no default that is known.
        None => default_name(&ProfilesFile::load(&context.paths.config)?)?,
    };
    let (file, profile) = profiles::set(&context.paths.config, &name, &args.key, args.value.as_deref())?;
    context.warn_all(file.warnings());
    let line = match &args.value {
        Some(value) => format!("set {} to {value} in profile '{name}' ({})", args.key, profile.place()),
        None => format!("removed {} from profile '{name}' ({})", args.key, profile.place()),
    };
    context.write_record(&[line], &json!({"profile": name, "key": args.key, "value": args.value}))?;
    let place = ["environment", "api_url", "token_url", "client_id", "store"];
    if profile.client_id.is_some() && profile.secret_command.is_none() && place.contains(&args.key.as_str()) {
        context.terminal.say(&format!(
            "note: a key stored before this change no longer matches the profile; log in again: portgate auth \
             login --profile {name}"
        ));
    }
    Ok(Exit::Done)
}

fn default_name(file: &ProfilesFile) -> Result<String, Error> {
    let known: Vec<&str> = file.profiles().iter().map(|profile| profile.name.as_str()).collect();
    match (file.default_name(), &known[..]) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, []) => {
            Err(Error::usage("no profiles yet").hint("create one: portgate profile add NAME --env NAME"))
        }
        (None, known) => Err(Error::usage("no profile given, and none is the default")
            .hint(format!("use --profile with one of {}", known.join(", ")))),
    }
}
