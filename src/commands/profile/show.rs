//! `portgate profile show`: what is in effect, and where it comes from.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::api::backend::Environment;
use crate::exit::Exit;
use crate::options::GlobalArgs;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::session::account::{AccountChoice, Setting};
use crate::session::context::Context;
use crate::session::credentials::{self, Source};
use crate::session::ledger;
use crate::session::profiles::{Profile, ProfilesFile};
use crate::session::target::{ChosenBy, Target};
use crate::text::words::{seconds, shell_word};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate profile show
  portgate profile show lab -o json
  portgate profile show --env sandbox")]
pub(crate) struct ShowArgs {
    /// Name of the profile [default: the one in use]
    #[arg(value_name = "NAME", conflicts_with = "profile")]
    name: Option<String>,
}

/// A setting. The field names are stable.
#[derive(Debug, Default, Serialize)]
struct Row {
    setting: &'static str,
    value: Option<String>,
    /// An option, a variable, `config.toml` or `default`; null if it isn't set.
    source: Option<String>,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&Row::default())
}

pub(super) fn run(context: &Context, args: ShowArgs) -> anyhow::Result<Exit> {
    let named = args.name.is_some();
    let globals =
        GlobalArgs { profile: args.name.or(context.globals.profile.clone()), ..context.globals.clone() };
    let file = context.profiles()?;
    let target = Target::resolve(&globals, &context.environment, &context.paths.config)?;
    context.warn_all(&file.faults_beside(None));
    let mut rows = Rows { context, globals: &globals, rows: Vec::new() };
    rows.identity(&target, &file, named)?;
    let failure = rows.key(&target).err();
    rows.limits(target.profile.as_ref());
    rows.run(target.profile.as_ref())?;
    let columns = vec![
        Column::new("SETTING", |row: &Row| row.setting),
        Column::text("VALUE", |row: &Row| row.value.clone()).wrap(),
        Column::text("SOURCE", |row: &Row| row.source.clone()),
    ];
    context.write_list(&ListView::new(&rows.rows, columns, |row| json!(row)))?;
    failure.map_or(Ok(Exit::Done), |error| Err(error.into()))
}

const FILE: &str = "config.toml";

struct Rows<'a> {
    context: &'a Context,
    globals: &'a GlobalArgs,
    rows: Vec<Row>,
}

impl Rows<'_> {
    fn add(&mut self, setting: &'static str, value: Option<String>, source: &str) {
        let source = value.as_ref().map(|_| source.to_owned());
        self.rows.push(Row { setting, value, source });
    }

    fn identity(&mut self, target: &Target, file: &ProfilesFile, named: bool) -> anyhow::Result<()> {
        let profile = target.profile.as_ref();
        let by_profile = match target.profile_by {
            ChosenBy::Flag if named => "argument",
            ChosenBy::Flag => "--profile",
            ChosenBy::Variable => "PORTGATE_PROFILE",
            _ if target.profile_is_default => "default profile",
            _ => "the only one for this environment",
        };
        self.add("profile", profile.map(|profile| profile.name.clone()), by_profile);
        let by_flag = if self.globals.api_url.is_some() { "--api-url" } else { "--env" };
        let by_variable = if target.environment == Environment::Custom {
            "MEGAPORT_API_URL"
        } else {
            "MEGAPORT_ENVIRONMENT"
        };
        let place = match target.environment_by {
            ChosenBy::Flag => by_flag,
            ChosenBy::Variable => by_variable,
            ChosenBy::Profile => FILE,
            ChosenBy::Default => "default",
        };
        self.add("environment", Some(target.environment.name().to_owned()), place);
        let endpoints = target.endpoints.as_ref();
        let place = if target.environment == Environment::Custom { place } else { "environment" };
        self.add("api_url", endpoints.map(|endpoints| endpoints.api_base().to_owned()), place);
        self.add("token_url", endpoints.map(|endpoints| endpoints.token.to_string()), place);
        self.add("company_name", profile.and_then(|profile| profile.company_name.clone()), FILE);
        self.add(
            "company_uid",
            profile.and_then(|profile| profile.company_uid.clone().map(String::from)),
            FILE,
        );
        let account = AccountChoice::resolve(self.globals, &self.context.environment, profile)?;
        let by = account.as_ref().map_or_else(String::new, |account| match &account.from {
            Setting::Profile(_) => FILE.to_owned(),
            stronger => stronger.to_string(),
        });
        self.add("managed_account", account.map(|account| account.given), &by);
        let by = match self.context.environment.raw("PORTGATE_CONFIG_DIR") {
            Some(_) => "PORTGATE_CONFIG_DIR",
            None => "default",
        };
        self.add("config_file", Some(file.path().display().to_string()), by);
        Ok(())
    }

    /// The key, which is found without reading its secret.
    fn key(&mut self, target: &Target) -> Result<(), crate::Error> {
        if target.environment == Environment::Sandbox {
            self.add("key", Some("not required".to_owned()), "sandbox");
            return Ok(());
        }
        let (source, _) = credentials::choose(target, &self.context.environment)?;
        match source {
            Source::Environment(credential) => {
                self.add("key", Some("environment".to_owned()), &credential.origin().to_string());
            }
            Source::Stored(profile) => {
                self.add("client_id", profile.client_id.clone(), FILE);
                self.add("key", Some(profile.store.word().to_owned()), FILE);
            }
            Source::SecretCommand(profile) => {
                self.add("client_id", profile.client_id.clone(), FILE);
                self.add("key", Some("secret_command".to_owned()), FILE);
                let words = profile.secret_command.iter().flatten().map(|word| shell_word(word).to_string());
                self.add("secret_command", Some(words.collect::<Vec<_>>().join(" ")), FILE);
            }
            Source::Nowhere => self.add("key", None, ""),
        }
        Ok(())
    }

    fn limits(&mut self, profile: Option<&Profile>) {
        let limits = profile.map(|profile| profile.limits.clone()).unwrap_or_default();
        let switch = |on: bool| Some(on.to_string());
        let by = |set: bool| if set { FILE } else { "default" };
        self.add("read_only", switch(limits.read_only), by(limits.read_only));
        let confirm =
            if limits.confirm_always { "always" } else { "asks for confirmation unless --yes is given" };
        self.add("confirm", Some(confirm.to_owned()), by(limits.confirm_always));
        self.add("require_reason", switch(limits.require_reason), by(limits.require_reason));
        self.add("require_ticket", switch(limits.require_ticket), by(limits.require_ticket));
        let second_person = limits.second_person.as_ref().map(ToString::to_string);
        self.add("second_person", second_person, FILE);
        self.add("max_sold", limits.max_sold_percent.map(|percent| format!("{percent}%")), FILE);
    }

    /// What isn't of a profile.
    fn run(&mut self, profile: Option<&Profile>) -> Result<(), crate::Error> {
        let context = self.context;
        let by = |flag: &'static str, given: bool, variable: &'static str| {
            if given {
                flag
            } else if context.environment.raw(variable).is_some() {
                variable
            } else {
                "default"
            }
        };
        let output = context.globals.output.is_some();
        let format = clap::ValueEnum::to_possible_value(&context.output);
        let format = format.map(|format| format.get_name().to_owned());
        self.add("output", format, by("--output", output, "PORTGATE_OUTPUT"));
        let timeout = context.globals.timeout.is_some();
        let seconds = seconds(context.patience.timeout);
        self.add("timeout", Some(seconds), by("--timeout", timeout, "PORTGATE_TIMEOUT"));
        let retries = context.globals.max_retries.is_some();
        let most = context.patience.max_retries.to_string();
        self.add("max_retries", Some(most), by("--max-retries", retries, "PORTGATE_MAX_RETRIES"));
        let (place, source) = ledger::choose(&context.environment, &context.paths, profile)?;
        let by = match source {
            ledger::Source::Profile => FILE,
            ledger::Source::Variable | ledger::Source::Default => by("", false, "PORTGATE_LEDGER"),
        };
        self.add("ledger", Some(ledger::public_place(&place)), by);
        Ok(())
    }
}
