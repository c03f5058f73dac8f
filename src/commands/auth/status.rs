//! `portgate auth status`: the current identity; unknown data is shown as unknown.

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

pub(in crate::commands) use super::status_view::Status;
use super::status_view::{Company, OnBehalfOf, view};
use super::verify;
use crate::api::backend::Environment;
use crate::api::credential::Credential;
use crate::api::session::TokenCache;
use crate::commands::several;
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::options::GlobalArgs;
use crate::session::account::AccountChoice;
use crate::session::connection;
use crate::session::context::Context;
use crate::session::credentials::{
    self, KeyringTokenCache, Leash, Source, Store, claims, load_key, missing_credential_error,
    missing_key_error,
};
use crate::session::owner;
use crate::session::profiles::{KeyStore, Profile};
use crate::session::target::Target;
use crate::session::unlock;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate auth status
  portgate auth status --all-profiles
  portgate auth status --check -o json")]
pub(crate) struct StatusArgs {
    /// Contact the backend: fetch a new token and read the company's name
    #[arg(long)]
    check: bool,

    /// The former name of --all-profiles
    #[arg(long, hide = true, conflicts_with_all = ["profile", "env", "api_url"])]
    all: bool,
}

pub(super) async fn run(context: &Context, args: StatusArgs) -> anyhow::Result<Exit> {
    if args.all || context.globals.names_several() {
        return show_all(context, args.check).await;
    }
    let target = context.target()?;
    context.warn_all(&target.warnings);
    let status = collect(context, &target, args.check, true).await?;
    context.write_record(&status.lines(context.clock.now(), context.moments()), &json!(status))?;
    status.failure.map_or(Ok(Exit::Done), |error| Err(error.into()))
}

/// Asks the backend who the current identity is; what fails is in the answer.
pub(in crate::commands) async fn identify(context: &Context) -> anyhow::Result<Status> {
    let target = context.target()?;
    context.warn_all(&target.warnings);
    Box::pin(collect(context, &target, true, true)).await
}

async fn show_all(context: &Context, check: bool) -> anyhow::Result<Exit> {
    let rows = collect_all(context, check).await?;
    context.write_list(&view(&rows, context.clock.now(), context.moments()))?;
    conclude(context, rows)
}

/// What is known about each of the profiles, one after the other.
pub(in crate::commands) async fn collect_all(context: &Context, check: bool) -> anyhow::Result<Vec<Status>> {
    let file = context.profiles()?;
    let chosen = several::chosen_or_none(context, &file)?;
    let mut rows = Vec::new();
    for profile in &chosen.profiles {
        rows.push(collect(context, &Target::for_profile(profile, &file), check, false).await?);
    }
    for damaged in &chosen.damaged {
        let rest = damaged.rest.as_deref();
        let mut status = Status {
            environment: rest.map_or("unknown", |rest| rest.environment.name()),
            api_url: rest.and_then(|rest| rest.endpoints.as_ref()).map(|ends| ends.api_base().to_owned()),
            profile: Some(damaged.name.clone()),
            default: file.default_name() == Some(&damaged.name),
            failure: Some(damaged.error()),
            ..Status::default()
        };
        if let Some(rest) = rest {
            status.know(rest);
        }
        rows.push(status);
    }
    Ok(rows)
}

/// Tells what failed, whose exit code is that of the command if it is the only profile.
pub(in crate::commands) fn conclude(context: &Context, rows: Vec<Status>) -> anyhow::Result<Exit> {
    if rows.is_empty() {
        context.terminal.say(&Hint::login("no profiles yet; create one: ", "").text(&context.invocation()));
    }
    let count = rows.len();
    let failures: Vec<Error> = rows.into_iter().filter_map(|status| status.failure).collect();
    for failure in &failures {
        context.terminal.warn(&failure.to_string());
    }
    let failed = failures.len();
    let exit = match failures.first() {
        None => return Ok(Exit::Done),
        Some(failure) if count == 1 => failure.exit,
        Some(_) => Exit::Partial,
    };
    Err(Error::new(exit, format!("{failed} of {count} profiles can't be used")).into())
}

/// Collects what is known. With `aloud`, notes on the choice of the key go to stderr.
async fn collect(context: &Context, target: &Target, check: bool, aloud: bool) -> anyhow::Result<Status> {
    let profile = target.profile.as_ref();
    let mut status = Status {
        environment: target.environment.name(),
        api_url: target.endpoints.as_ref().map(|endpoints| endpoints.api_base().to_owned()),
        profile: profile.map(|profile| profile.name.clone()),
        default: target.profile_is_default,
        ..Status::default()
    };
    let (no_flags, nowhere) = (GlobalArgs::default(), crate::ProcessEnvironment::default());
    // Profiles are looked at as such: what the environment holds is no part of them.
    let (globals, variables) =
        if aloud { (&context.globals, &context.environment) } else { (&no_flags, &nowhere) };
    let account = AccountChoice::resolve(globals, variables, profile)?;
    status.on_behalf_of = account.map(|AccountChoice { given, from }| OnBehalfOf {
        given,
        from: from.to_string(),
        ..OnBehalfOf::default()
    });
    if target.environment == Environment::Sandbox {
        let key = connection::sandbox_key(context).await?;
        status.source = Some("sandbox");
        status.company = Company { uid: Some(key.company_uid.into()), name: Some(key.company_name) };
        status.roles = vec![key.role];
        status.user = Some(key.user_name);
        status.client_id = Some(key.client_id);
        if check {
            let own = Target { warnings: Vec::new(), ..target.clone() };
            Box::pin(connection::open_own_with(context, own)).await?.client.token().await?;
            status.works = Some(true);
            if aloud {
                status.check_account(context).await?;
            }
        }
        status.check_company(target);
        return Ok(status);
    }
    connection::check_no_sandbox_options(context)?;
    let (source, notes) = credentials::choose(target, variables)?;
    if aloud {
        for note in notes {
            context.terminal.say(&format!("note: {note}"));
        }
    }
    let mut store = context.credential_store()?;
    let token = match source {
        Source::Environment(credential) => {
            status.source = Some("environment");
            status.source_detail = Some(credential.origin().to_string());
            match credential {
                Credential::KeyPair(pair) => {
                    status.client_id = Some(pair.client_id);
                    None
                }
                Credential::AccessToken { token, .. } => Some(token),
            }
        }
        Source::SecretCommand(profile) => {
            status.source = Some("secret_command");
            status.source_detail =
                profile.secret_command.as_ref().and_then(|command| command.first().cloned());
            status.know(profile);
            None
        }
        Source::Stored(profile) => {
            status.know(profile);
            status.source = Some(profile.store.word());
            match unlock::store_of(context, profile).await {
                Ok(opened) => {
                    store = opened;
                    status.read_key(profile, &store)
                }
                Err(error) => {
                    status.failure = Some(error);
                    None
                }
            }
        }
        Source::Nowhere => {
            status.failure = Some(missing_credential_error(target));
            None
        }
    };
    if let Some(token) = token {
        status.read_token(token.expose_secret());
    }
    if check && status.failure.is_none() {
        status.check(context, target, variables, &store).await;
        status.check_company(target);
        if aloud && status.failure.is_none() {
            status.check_account(context).await?;
        }
    }
    Ok(status)
}

impl Status {
    fn know(&mut self, profile: &Profile) {
        self.client_id.clone_from(&profile.client_id);
        self.company = Company { uid: profile.company_uid.clone(), name: profile.company_name.clone() };
    }

    /// Whether the key is in its store, and its token in the keyring.
    fn read_key(&mut self, profile: &Profile, store: &Store) -> Option<SecretString> {
        match load_key(store, profile) {
            Ok(Some(pair)) if profile.store == KeyStore::Keyring => {
                let token = KeyringTokenCache::new(store.clone(), profile, &pair).load()?;
                self.token_expires_at = Some(token.expires_at.to_string());
                return Some(token.secret);
            }
            Ok(Some(_)) => {}
            Ok(None) => {
                self.source = None;
                self.failure = Some(missing_key_error(profile));
            }
            Err(error) => self.failure = Some(error),
        }
        None
    }

    /// Fails if the key belongs to another company than the profile.
    fn check_company(&mut self, target: &Target) {
        if self.failure.is_none() {
            self.failure = owner::check_company(target, self.company.uid.as_ref()).err();
        }
    }

    /// Asks the backend whether the company manages the account.
    async fn check_account(&mut self, context: &Context) -> anyhow::Result<()> {
        let Some(known) = &mut self.on_behalf_of else { return Ok(()) };
        match Box::pin(connection::open(context)).await {
            Ok(_) => {
                if let Some(account) = context.account() {
                    known.uid = Some(account.uid.clone());
                    known.name.clone_from(&account.name);
                }
            }
            Err(error) => {
                self.works = Some(false);
                self.is_wrong_account = true;
                self.failure = Some(error.downcast::<Error>()?);
            }
        }
        Ok(())
    }

    fn read_token(&mut self, token: &str) {
        let claims = claims::read(token);
        self.roles = claims.roles;
        self.company.uid = claims.company_uid.or(self.company.uid.take());
        self.user = claims.names.into_iter().find(|name| name.contains('@'));
        if self.token_expires_at.is_none() {
            self.token_expires_at = claims.expires_at.map(|at| at.to_string());
        }
    }

    async fn check(
        &mut self,
        context: &Context,
        target: &Target,
        variables: &crate::ProcessEnvironment,
        store: &Store,
    ) {
        let asked = async {
            let found = credentials::find(target, variables, store, &Leash::new(context.patience.timeout))?;
            let endpoints = target.endpoints.as_ref().ok_or_else(|| missing_credential_error(target))?;
            verify::ask(context, endpoints, found.credential).await
        };
        let what = format!("contacting {}", target.place());
        match context.with_progress(&what, asked).await {
            Ok(verified) => {
                self.works = Some(true);
                self.token_expires_at = None;
                if let Some(name) = verified.company_name {
                    if self.company.name.as_ref() != Some(&name) {
                        self.company.uid = None;
                    }
                    self.company.name = Some(name);
                }
                self.read_token(verified.token.expose_secret());
                if let Some(unread) = verified.unread {
                    context.terminal.warn(&format!(
                        "the credential works, but the company's name could not be read: {unread}"
                    ));
                }
            }
            Err(error) => {
                self.works = Some(false);
                self.failure = Some(error);
            }
        }
    }
}
