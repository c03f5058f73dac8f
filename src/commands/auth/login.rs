//! `portgate auth login`: checks a key, then stores it.

use std::io::Read;

use clap::Args;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::verify;
use crate::api::backend::{Endpoints, Environment};
use crate::api::credential::{Credential, KeyPair, Origin};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::session::context::Context;
use crate::session::credentials::{
    self, CredentialsFile, LONGEST_SECRET, Leash, StopOnDrop, check_client_id, claims, clean, file_store,
    forget_key, names_set, names_with_verb, save_key,
};
use crate::session::profiles::{self, KeyStore, Profile, ProfilesFile, check_name, parse_command};
use crate::session::target::{Choice, check_agrees, implied_profile, named_profile};
use crate::session::unlock::{self, Use};
use crate::terminal::prompt::cancelled_error;

const UNKNOWN_COMPANY: &str = "unknown company";

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate auth login --env staging --profile lab
  portgate auth login --client-id 4mqk8rv2x \\
    --secret-command 'pass show megaport'
  portgate auth login --store file")]
pub(crate) struct LoginArgs {
    /// Client ID of the key
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Read the client secret from stdin
    #[arg(long)]
    secret_stdin: bool,

    /// Command that prints the client secret whenever it is needed, instead of storing it; it runs without a shell
    #[arg(long, value_name = "COMMAND", value_parser = parse_command, conflicts_with_all = ["secret_stdin", "store"])]
    secret_command: Option<::std::vec::Vec<String>>,

    /// Where to store the key [default: that of the profile, or keyring]
    #[arg(long, value_name = "STORE", value_enum)]
    store: Option<KeyStore>,

    /// Replace the key of another company in the profile without asking
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(context: &Context, args: LoginArgs) -> anyhow::Result<Exit> {
    if context.globals.on_behalf_of.is_some() {
        return Err(Error::usage("--on-behalf-of can't be used with auth login")
            .reason("a key isn't tied to a managed account")
            .hint("omit it, and set the account of the profile later: portgate profile set managed_account NAME")
            .into());
    }
    let file = context.profiles()?;
    let mut plan = Plan::new(context, &file, &args)?;
    plan.check_input(context, &args)?;
    plan.check_store(context)?;
    plan.choose_name(context, &file, &args).await?;
    let known = file.find_usable(&plan.profile.name)?;
    context.warn_all(&file.faults_beside(None));
    let key = ask_key(context, &args, &plan.profile).await?;
    if !context.may_ask() && !args.yes && known.is_some_and(|known| is_another(known, &key)) {
        let name = &plan.profile.name;
        return Err(Error::usage(format!("profile '{name}' already has another key"))
            .resource(name)
            .hint("use --yes to replace it")
            .into());
    }

    let store = match plan.profile.secret_command {
        Some(_) => None,
        None => Some(unlock::open(context, plan.profile.store, Use::Store).await?),
    };
    let backend = plan.profile.place();
    let endpoints = plan.profile.endpoints.clone().ok_or_else(sandbox_needs_none)?;
    let asking = verify::ask(context, &endpoints, Credential::KeyPair(key.clone()));
    let verified = context.with_progress(&format!("checking the key with {backend}"), asking).await?;
    if let Some(unread) = &verified.unread {
        context.terminal.warn(&format!("the key works, but the company's name could not be read: {unread}"));
    }
    let company_uid = claims::read(verified.token.expose_secret()).company_uid.filter(|uid| *uid != "");
    let company = verified.company_name;
    if let Some(known) = known.filter(|known| is_another(known, &key))
        && !args.yes
        && context.may_ask()
        && (company.is_none() || company != known.company_name)
    {
        let question = format!(
            "{backend}, {}: replace the key of profile '{}', which belongs to {}?",
            company.as_deref().unwrap_or(UNKNOWN_COMPANY),
            known.name,
            known.company_name.as_deref().unwrap_or(UNKNOWN_COMPANY),
        );
        if !context.prompter().confirm(&question).await? {
            return Err(cancelled_error("nothing was changed").into());
        }
    }

    plan.profile.client_id = Some(key.client_id.clone());
    // Another key may belong to another company, so don't keep the old one's data.
    if known.is_none_or(|known| is_another(known, &key)) || company.is_some() {
        if plan.profile.company_name != company {
            plan.profile.company_uid = None;
        }
        plan.profile.company_name = company;
    }
    if company_uid.is_some() {
        plan.profile.company_uid = company_uid;
    }
    if let Some(store) = &store {
        save_key(store, &plan.profile, &key)?;
    }
    let written = profiles::edit(&context.paths.config, |file| {
        file.put(&plan.profile);
        if file.default_name().is_none() {
            file.set_default(&plan.profile.name);
        }
        Ok(file.default_name() == Some(&plan.profile.name))
    });
    let is_default = match written {
        Ok(is_default) => is_default,
        Err(error) => {
            // A key without a profile would never be found again.
            let _ = store.map(|store| forget_key(&store, &plan.profile));
            return Err(error.into());
        }
    };
    if let Some(known) = known {
        forget_elsewhere(context, known, &plan.profile);
    }
    report(context, &plan, is_default)?;
    Ok(Exit::Done)
}

/// Removes the key from where it was before, if that was the keyring.
fn forget_elsewhere(context: &Context, before: &Profile, now: &Profile) {
    if before.key_source() == now.key_source() {
        return;
    }
    match before.key_source() {
        Some("keyring") => {
            let _ = context.credential_store().and_then(|store| forget_key(&store, before));
        }
        Some("file") => context.terminal.say("note: the earlier key is still in the credentials file"),
        _ => {}
    }
}

/// Where to log in: an environment, and the profile to create or update.
struct Plan {
    profile: Profile,
    /// Whether the profile's name was given.
    named: bool,
    /// Whether the environment was given, or is that of the named profile.
    placed: bool,
}

impl Plan {
    fn new(context: &Context, file: &ProfilesFile, args: &LoginArgs) -> Result<Self, Error> {
        let asked = Choice::from_settings(&context.globals, &context.environment)?;
        if asked.as_ref().is_some_and(|asked| asked.environment == Environment::Sandbox) {
            return Err(sandbox_needs_none());
        }
        let named = named_profile(&context.globals, &context.environment)?;
        if let Some((name, by)) = named {
            check_name(name)?;
            if let Some(profile) = file.find_usable(name)? {
                check_agrees(asked.as_ref(), profile, by)?;
                return Plan { profile: profile.clone(), named: true, placed: true }.check(args);
            }
        }
        if named.is_none()
            && let Some(profile) = implied_profile(file, asked.as_ref()).unwrap_or(None)
        {
            return Plan { profile: profile.clone(), named: false, placed: asked.is_some() }.check(args);
        }
        let placed = asked.is_some();
        let (environment, endpoints) = match asked {
            Some(asked) => (asked.environment, asked.endpoints),
            None => (Environment::Production, Environment::Production.known_endpoints()),
        };
        let name = named.map_or(environment.name(), |(name, _)| name);
        let profile = profile_named(file, name, environment, endpoints)?;
        Plan { profile, named: named.is_some(), placed }.check(args)
    }

    /// Refuses a profile without a key to store, and takes up where it is to be stored.
    fn check(mut self, args: &LoginArgs) -> Result<Self, Error> {
        if self.profile.environment == Environment::Sandbox {
            return Err(sandbox_needs_none());
        }
        if let Some(command) = &args.secret_command {
            self.profile.secret_command = Some(command.clone());
            self.profile.store = KeyStore::default();
        } else if let Some(store) = args.store {
            (self.profile.secret_command, self.profile.store) = (None, store);
        } else if self.profile.secret_command.is_some() {
            return Err(Error::usage(format!(
                "profile '{}' gets its secret from its secret_command",
                self.profile.name
            ))
            .hint(Hint::call("check it: ", format!("auth status --check --profile {}", self.profile.name)))
            .hint("or replace it with --secret-command or --store"));
        }
        Ok(self)
    }

    /// Reports a store that can't be used, before any prompt.
    fn check_store(&self, context: &Context) -> Result<(), Error> {
        match (&self.profile.secret_command, self.profile.store) {
            (Some(_), _) => Ok(()),
            (None, KeyStore::Keyring) => context.credential_store()?.check(),
            (None, KeyStore::File) => {
                file_store::read(&CredentialsFile::path(&context.paths.config)).map(|_| ())
            }
        }
    }

    /// Reports required input that can't be prompted for, before anything else is done.
    fn check_input(&self, context: &Context, args: &LoginArgs) -> Result<(), Error> {
        if args.secret_stdin && context.terminal.facts.stdin {
            return Err(Error::usage("--secret-stdin requires a pipe or a file on stdin, not a terminal")
                .hint("omit it to be prompted for the secret"));
        }
        let Some(why) = context.why_not_ask() else { return Ok(()) };
        let has_id = args.client_id.is_some() || self.profile.client_id.is_some();
        let has_secret = args.secret_stdin || args.secret_command.is_some();
        let (missing, hint) = match (has_id, has_secret) {
            (true, true) => return Ok(()),
            (false, true) => ("no client ID given", "use --client-id ID"),
            (true, false) => ("no client secret given", "use --secret-stdin or --secret-command COMMAND"),
            (false, false) => {
                ("no API key given", "use --client-id ID, and --secret-stdin or --secret-command COMMAND")
            }
        };
        Err(Error::usage(missing).reason(why).hint(hint))
    }

    /// In a terminal, prompts for the environment and profile if not given.
    async fn choose_name(
        &mut self,
        context: &Context,
        file: &ProfilesFile,
        args: &LoginArgs,
    ) -> Result<(), Error> {
        if !context.may_ask() || self.named {
            return Ok(());
        }
        let prompter = context.prompter();
        context.terminal.say(
            "A profile holds an environment, its API key and limits. Press Enter to accept the value in brackets.",
        );
        if !self.placed {
            // The default is one of the choices: of a backend without a name, its URL.
            let suggested = self.profile.place();
            let mut known: Vec<&str> =
                Environment::NAMES.into_iter().filter(|name| *name != Environment::Sandbox.name()).collect();
            if self.profile.environment == Environment::Custom {
                known.push(&suggested);
            }
            let answer =
                prompter.text(&format!("Environment ({})", known.join(", ")), Some(&suggested)).await?;
            if answer != suggested {
                let environment = Environment::parse(&answer)?;
                let endpoints = environment.known_endpoints().ok_or_else(sandbox_needs_none)?;
                let (store, command) = (self.profile.store, self.profile.secret_command.take());
                self.profile = Profile {
                    store,
                    secret_command: command,
                    ..Profile::new(environment.name(), environment, Some(endpoints))
                };
            }
        }
        let name = prompter.text("Profile (a name of your choice)", Some(&self.profile.name)).await?;
        if name == self.profile.name
            && file.find(&name).is_none_or(|known| is_same_backend(known, &self.profile))
        {
            return Ok(());
        }
        check_name(&name)?;
        let profile = profile_named(file, &name, self.profile.environment, self.profile.endpoints.clone())?;
        self.profile = Plan { profile, named: true, placed: true }.check(args)?.profile;
        Ok(())
    }
}

fn is_same_backend(one: &Profile, other: &Profile) -> bool {
    one.environment == other.environment && one.endpoints == other.endpoints
}

/// The profile of that name for these endpoints, existing or new.
fn profile_named(
    file: &ProfilesFile,
    name: &str,
    environment: Environment,
    endpoints: Option<Endpoints>,
) -> Result<Profile, Error> {
    match file.find_usable(name)? {
        None => Ok(Profile::new(name, environment, endpoints)),
        Some(known) if known.environment == environment && known.endpoints == endpoints => Ok(known.clone()),
        Some(known) => Err(Error::usage(format!("profile '{name}' belongs to {}", known.place()))
            .resource(name)
            .hint("choose another one with --profile")),
    }
}

/// The client ID and client secret, from options or prompts.
async fn ask_key(context: &Context, args: &LoginArgs, profile: &Profile) -> Result<KeyPair, Error> {
    let place = profile.place();
    let client_id = match (&args.client_id, &profile.client_id) {
        (Some(client_id), _) => check_client_id("--client-id", client_id)?,
        (None, known) if context.may_ask() => {
            let asked = context.prompter().text(&format!("{place}: client ID"), known.as_deref()).await?;
            check_client_id("the client ID", &asked)?
        }
        (None, Some(known)) => known.clone(),
        (None, None) => return Err(Error::usage("no client ID given").hint("use --client-id ID")),
    };
    let (name, secret) = if let Some(command) = &args.secret_command {
        let leash = Leash::new(context.patience.timeout);
        let (held, _stop) = (leash.clone(), StopOnDrop(leash));
        let (name, command) = (profile.name.clone(), command.clone());
        let running = tokio::task::spawn_blocking(move || credentials::run_command(&held, &name, &command));
        let secret = context.with_progress("waiting for the secret_command", running).await;
        ("the secret", secret.map_err(|error| Error::new(Exit::Other, error.to_string()))??)
    } else if args.secret_stdin {
        // On its own thread, so that a signal can end the wait for a pipe.
        let read = tokio::task::spawn_blocking(read_stdin).await;
        ("the secret on stdin", read.map_err(|error| Error::new(Exit::Other, error.to_string()))??)
    } else {
        ("the client secret", context.prompter().secret(&format!("{place}: client secret (hidden)")).await?)
    };
    Ok(KeyPair { client_id, client_secret: clean(name, &secret)?, origin: Origin::Given })
}

fn read_stdin() -> Result<SecretString, Error> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST_SECRET)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::usage("could not read the secret from stdin").reason(error.to_string()))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Error::usage("the secret on stdin is not valid UTF-8"))?;
    Ok(SecretString::from(text))
}

/// Whether the profile has a different key.
fn is_another(known: &Profile, key: &KeyPair) -> bool {
    known.client_id.as_ref().is_some_and(|client_id| *client_id != key.client_id)
}

fn sandbox_needs_none() -> Error {
    Error::usage("the sandbox doesn't require a login").hint("try: portgate --env sandbox approvals list")
}

fn report(context: &Context, plan: &Plan, is_default: bool) -> anyhow::Result<()> {
    let profile = &plan.profile;
    let name = &profile.name;
    let set = names_set(&context.environment);
    if !set.is_empty() {
        let take = if set.len() == 1 { "takes" } else { "take" };
        context.terminal.warn(&format!(
            "{} set and {take} precedence over this profile unless you use --profile {name}",
            names_with_verb(&set)
        ));
    }
    let default = if is_default { " (default)" } else { "" };
    let line = format!(
        "logged in to {} as {}; {}",
        profile.place(),
        profile.company_name.as_deref().unwrap_or(UNKNOWN_COMPANY),
        match profile.secret_command {
            Some(_) =>
                format!("saved profile '{name}'{default}, which runs secret_command to get the secret"),
            None => format!("stored the key of profile '{name}'{default} in {}", profile.store.label()),
        },
    );
    let record = json!({
        "profile": name,
        "default": is_default,
        "environment": profile.environment.name(),
        "company": {"uid": profile.company_uid, "name": profile.company_name},
        "client_id": profile.client_id,
        "stored_in": profile.key_source(),
    });
    context.write_record(&[line], &record)?;
    if !is_default {
        let next = format!("use --profile {name}, or make it the default: ");
        context.say_next(&Hint::command(next, format!("portgate profile use {name}")));
    }
    Ok(())
}
