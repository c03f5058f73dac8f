//! `portgate profile add`.

use clap::Args;
use serde_json::json;

use crate::api::backend::Environment;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::check_client_id;
use crate::session::profiles::{self, KeyStore, Profile, check_name, parse_command};
use crate::session::target::Choice;
use crate::text::words;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile add practice --env sandbox
  portgate profile add example-prod --env production --client-id 4mqk8rv2x \\
    --secret-command 'pass show megaport'")]
pub(crate) struct AddArgs {
    /// Name of the profile
    #[arg(value_name = "NAME")]
    name: String,

    /// Client ID of its API key
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Command that prints the client secret; it runs without a shell
    #[arg(long, value_name = "COMMAND", requires = "client_id", value_parser = parse_command)]
    secret_command: Option<::std::vec::Vec<String>>,

    /// Where `auth login` stores the client secret
    #[arg(long, value_name = "STORE", value_enum, conflicts_with = "secret_command", default_value_t)]
    store: KeyStore,
}

pub(super) fn run(context: &Context, args: AddArgs) -> anyhow::Result<Exit> {
    check_name(&args.name)?;
    let Some(asked) = Choice::from_settings(&context.globals, &context.environment)? else {
        return Err(Error::usage("no environment given")
            .hint(format!("use --env with {}, or --api-url URL", words::alternatives(&Environment::NAMES)))
            .into());
    };
    let client_id = args.client_id.as_deref().map(|id| check_client_id("--client-id", id)).transpose()?;
    if asked.environment == Environment::Sandbox && client_id.is_some() {
        return Err(Error::usage("the sandbox doesn't require a key").hint("omit --client-id").into());
    }
    let profile = Profile {
        client_id,
        secret_command: args.secret_command,
        store: args.store,
        ..Profile::new(&args.name, asked.environment, asked.endpoints)
    };
    let is_default = profiles::edit(&context.paths.config, |file| {
        if file.names().contains(&profile.name.as_str()) {
            return Err(Error::usage(format!("profile '{}' already exists", profile.name))
                .resource(&profile.name)
                .hint(format!("change it: portgate profile set KEY VALUE --profile {}", profile.name)));
        }
        file.put(&profile);
        if file.default_name().is_none() && file.names().len() == 1 {
            file.set_default(&profile.name);
        }
        Ok(file.default_name() == Some(&profile.name))
    })?;
    let name = &profile.name;
    let default = if is_default { ", default" } else { "" };
    let line = format!("created profile '{name}' ({}{default})", profile.place());
    let record = json!({"profile": name, "default": is_default, "environment": profile.environment.name()});
    context.write_record(&[line], &record)?;
    if profile.environment != Environment::Sandbox && context.tells_people() {
        let next = match profile.secret_command {
            Some(_) => {
                let check = format!("portgate auth status --check --profile {name}");
                Hint::command("check its key: ", check)
            }
            None => Hint::login_to("log in: ", name),
        };
        context.say_next(&next);
    }
    Ok(Exit::Done)
}
