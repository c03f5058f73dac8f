//! `portgate profile set`.

use clap::Args;
use serde_json::json;

use crate::error::Error;
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::{CredentialsFile, Store, has_key};
use crate::session::profiles::{self, Profile, ProfilesFile};
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

pub(super) async fn run(context: &Context, args: SetArgs) -> anyhow::Result<Exit> {
    let name = match named_profile(&context.globals, &context.environment)? {
        Some((name, _)) => name.to_owned(),
        // A file with a profile that can't be used has no default that is known.
        None => default_name(&ProfilesFile::load(&context.paths.config)?)?,
    };
    let before = ProfilesFile::load(&context.paths.config)?.find(&name).cloned();
    let (file, was_set) = profiles::set(&context.paths.config, &name, &args.key, args.value.as_deref())?;
    context.warn_all(file.warnings());
    context.warn_all(&file.faults_beside(None));
    let profile = file.find(&name).or_else(|| file.find_damaged(&name)?.rest.as_deref());
    let place = profile.map(|profile| format!(" ({})", profile.place())).unwrap_or_default();
    let line = match &args.value {
        Some(value) => format!("set {} to {value} in profile '{name}'{place}", args.key),
        None if !was_set => format!("{} is not set in profile '{name}'{place}", args.key),
        None => format!("removed {} from profile '{name}'{place}", args.key),
    };
    context.write_record(&[line], &json!({"profile": name, "key": args.key, "value": args.value}))?;
    let (Some(before), Some(profile)) = (before, profile) else { return Ok(Exit::Done) };
    let what_a_key_is_for = |profile: &Profile| {
        let endpoints = profile.endpoints.as_ref().map(|endpoints| endpoints.token.to_string());
        (profile.environment, endpoints, profile.client_id.clone(), profile.store)
    };
    if what_a_key_is_for(&before) != what_a_key_is_for(profile)
        && profile.key_source().is_some()
        && profile.secret_command.is_none()
        && may_have_key(context, &before).await
    {
        context.terminal.say(&format!(
            "note: the key stored before this change no longer matches the profile; log in again: portgate auth \
             login --profile {name}"
        ));
    }
    Ok(Exit::Done)
}

/// Whether a key is stored for a profile. One that can't be looked for without a passphrase may be.
async fn may_have_key(context: &Context, profile: &Profile) -> bool {
    match profile.key_source() {
        Some("keyring") => {}
        Some("file") => return CredentialsFile::path(&context.paths.config).exists(),
        _ => return false,
    }
    let Ok(store) = context.credential_store() else { return false };
    let profile = profile.clone();
    // On its own thread: a locked keyring may wait for its password.
    let reading = tokio::task::spawn_blocking(move || has_key(&store, &profile));
    match reading.await {
        Ok(Ok(has_key)) => has_key,
        Ok(Err(error)) => !Store::is_absent(&error),
        Err(_) => false,
    }
}

fn default_name(file: &ProfilesFile) -> Result<String, Error> {
    let known = file.names();
    match (file.default_name(), &known[..]) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, []) => {
            Err(Error::usage("no profiles yet").hint("create one: portgate profile add NAME --env NAME"))
        }
        (None, known) => Err(Error::usage("no profile given, and none is the default")
            .hint(format!("use --profile with one of {}", known.join(", ")))),
    }
}
