//! The backend and profile of this run: flag > environment > profile > default.

use std::path::Path;

use url::Url;

use crate::api::backend::{Endpoints, Environment};
use crate::error::Error;
use crate::options::GlobalArgs;
use crate::process_environment::ProcessEnvironment;
use crate::session::profiles::{Damaged, Limits, Profile, ProfilesFile};

/// The source of a choice, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    Flag,
    Variable,
    Profile,
    Default,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) environment: Environment,
    pub(crate) environment_by: ChosenBy,
    /// Its endpoints; the sandbox gets them when it starts.
    pub(crate) endpoints: Option<Endpoints>,
    pub(crate) profile: Option<Profile>,
    /// What chose the profile; [`ChosenBy::Default`] if there is none.
    pub(crate) profile_by: ChosenBy,
    pub(crate) profile_is_default: bool,
    pub(crate) warnings: Vec<String>,
    /// The profiles that could have been chosen, where none was: names and backends.
    pub(crate) choices: Vec<(String, String)>,
}

/// The backend named by flags or variables.
pub(crate) struct Choice {
    pub(crate) environment: Environment,
    pub(crate) endpoints: Option<Endpoints>,
    token_given: bool,
    by: ChosenBy,
    /// The flag or variable, for errors.
    said: String,
}

impl Target {
    /// Decides from flags, environment (`MEGAPORT_ENVIRONMENT`, `MEGAPORT_API_URL`, `PORTGATE_PROFILE`) and the
    /// profiles in the settings directory.
    ///
    /// Without a named profile, the default profile is used, or else the only one, if it belongs to the requested
    /// environment. `--env sandbox` needs no profile, and only uses one of the sandbox. Ambiguity is exit 2, never
    /// production.
    pub(crate) fn resolve(
        globals: &GlobalArgs,
        environment: &ProcessEnvironment,
        config: &Path,
    ) -> Result<Self, Error> {
        let asked = Choice::from_settings(globals, environment)?;
        let sandbox = asked.as_ref().filter(|asked| asked.environment == Environment::Sandbox);
        let sandbox = sandbox.filter(|_| globals.profile.is_none());
        let file = match ProfilesFile::load(config) {
            // The sandbox works without a profile, so an unusable file is ignored.
            Err(error) if sandbox.is_some() => {
                return Ok(Target::without_profile(asked, vec![format!("ignoring all profiles: {error}")]));
            }
            loaded => loaded?,
        };
        let named = environment.text("PORTGATE_PROFILE").or(file.default_name());
        if let Some(damaged) = named.and_then(|name| file.find_damaged(name)).filter(|_| sandbox.is_some()) {
            let warning = format!("ignoring profile '{}': {}", damaged.name, damaged.error());
            return Ok(Target::without_profile(asked, vec![warning]));
        }
        if sandbox.is_some_and(|asked| asked.by == ChosenBy::Flag) {
            return Ok(Target::sandbox(asked, environment, &file));
        }
        let chosen = chosen_profile(globals, environment, &file, asked.as_ref())?;
        let mut warnings = file.warnings().to_vec();
        warnings.extend(file.faults_beside(None));
        let Some((profile, profile_by)) = chosen else {
            let fits = |profile: &&Profile| asked.as_ref().is_none_or(|asked| asked.fits(profile));
            let choice = |profile: &Profile| (profile.name.clone(), profile.place());
            let choices = file.profiles().iter().filter(fits).map(choice).collect();
            return Ok(Target { choices, ..Target::without_profile(asked, warnings) });
        };
        Ok(Target {
            environment_by: asked.map_or(ChosenBy::Profile, |asked| asked.by),
            profile_by,
            warnings,
            ..Target::for_profile(profile, &file)
        })
    }

    pub(crate) fn for_profile(profile: &Profile, file: &ProfilesFile) -> Self {
        Target {
            environment: profile.environment,
            environment_by: ChosenBy::Profile,
            endpoints: profile.endpoints.clone(),
            profile: Some(profile.clone()),
            profile_by: ChosenBy::Flag,
            profile_is_default: file.default_name() == Some(&profile.name),
            warnings: Vec::new(),
            choices: Vec::new(),
        }
    }

    /// The sandbox, with the profile of `PORTGATE_PROFILE` or the default one if it belongs to the sandbox, so that
    /// limits can be tried out. Other problems with profiles are ignored.
    fn sandbox(asked: Option<Choice>, environment: &ProcessEnvironment, file: &ProfilesFile) -> Self {
        let without = Target::without_profile(asked, Vec::new());
        let named = environment.text("PORTGATE_PROFILE");
        let profile = named.or(file.default_name()).and_then(|name| file.find(name));
        match profile.filter(|profile| profile.environment == Environment::Sandbox) {
            None => without,
            Some(profile) => Target {
                environment_by: without.environment_by,
                profile_by: if named.is_some() { ChosenBy::Variable } else { ChosenBy::Profile },
                ..Target::for_profile(profile, file)
            },
        }
    }

    fn without_profile(asked: Option<Choice>, warnings: Vec<String>) -> Self {
        let (environment, endpoints, environment_by) = match asked {
            Some(asked) => (asked.environment, asked.endpoints, asked.by),
            None => (Environment::Production, Environment::Production.known_endpoints(), ChosenBy::Default),
        };
        Target {
            environment,
            environment_by,
            endpoints,
            profile: None,
            profile_by: ChosenBy::Default,
            profile_is_default: false,
            warnings,
            choices: Vec::new(),
        }
    }

    /// The backend for people: the environment's name, or its URL.
    pub(crate) fn place(&self) -> String {
        self.environment.place(self.endpoints.as_ref())
    }

    /// The limits of the profile in use; none without a profile.
    pub(crate) fn limits(&self) -> Limits {
        self.profile.as_ref().map(|profile| profile.limits.clone()).unwrap_or_default()
    }
}

impl Choice {
    pub(crate) fn from_settings(
        globals: &GlobalArgs,
        environment: &ProcessEnvironment,
    ) -> Result<Option<Self>, Error> {
        let custom = |name: &str, api: &str, token: Option<&str>, by| -> Result<Choice, Error> {
            let endpoints = Endpoints::from_settings((name, api), ("--token-url", token))?;
            let joined = if by == ChosenBy::Flag { " " } else { "=" };
            let said = format!("{name}{joined}{api}");
            let token_given = token.is_some();
            Ok(Choice { environment: Environment::Custom, endpoints: Some(endpoints), token_given, by, said })
        };
        let named = |name: &str, by, said: String| -> Result<Choice, Error> {
            let environment = Environment::parse(name)?;
            let endpoints = environment.known_endpoints();
            Ok(Choice { environment, endpoints, token_given: false, by, said })
        };
        if let Some(api) = &globals.api_url {
            return custom("--api-url", api, globals.token_url.as_deref(), ChosenBy::Flag).map(Some);
        }
        if let Some(name) = &globals.env {
            return named(name, ChosenBy::Flag, format!("--env {name}")).map(Some);
        }
        let by_name = environment
            .text_or_error("MEGAPORT_ENVIRONMENT")?
            .map(|name| named(name, ChosenBy::Variable, format!("MEGAPORT_ENVIRONMENT={name}")))
            .transpose()?;
        // The sandbox never leaves this machine, so a URL must be meant for something else.
        let sandbox = by_name.as_ref().is_some_and(|asked| asked.environment == Environment::Sandbox);
        let Some(api) = environment.text_or_error("MEGAPORT_API_URL")?.filter(|_| !sandbox) else {
            return Ok(by_name);
        };
        let by_address = custom("MEGAPORT_API_URL", api, None, ChosenBy::Variable)?;
        match by_name {
            None => Ok(Some(by_address)),
            Some(by_name) if by_name.api() == by_address.api() => Ok(Some(by_name)),
            // A key or decision must not reach the wrong one.
            Some(by_name) => Err(Error::usage(format!("{} and {} disagree", by_name.said, by_address.said))
                .reason("the URL doesn't belong to the environment")
                .hint("unset one of them, or use --env or --api-url")),
        }
    }

    fn api(&self) -> Option<&Url> {
        self.endpoints.as_ref().map(|endpoints| &endpoints.api)
    }

    fn fits(&self, profile: &Profile) -> bool {
        if self.environment != profile.environment {
            return false;
        }
        match (&self.endpoints, &profile.endpoints) {
            (Some(asked), Some(has)) => {
                asked.api == has.api && (!self.token_given || asked.token == has.token)
            }
            _ => true,
        }
    }
}

/// The profile in use and what chose it: the named one, or else the implied one.
pub(crate) fn chosen_profile<'a>(
    globals: &GlobalArgs,
    environment: &ProcessEnvironment,
    file: &'a ProfilesFile,
    asked: Option<&Choice>,
) -> Result<Option<(&'a Profile, ChosenBy)>, Error> {
    let Some((name, by)) = named_profile(globals, environment)? else {
        return Ok(implied_profile(file, asked)?.map(|profile| (profile, ChosenBy::Profile)));
    };
    let profile = file.get(name)?;
    check_agrees(asked, profile, by)?;
    Ok(Some((profile, by)))
}

/// Refuses a named profile of another backend than requested.
pub(crate) fn check_agrees(asked: Option<&Choice>, profile: &Profile, by: ChosenBy) -> Result<(), Error> {
    let Some(asked) = asked.filter(|asked| !asked.fits(profile)) else { return Ok(()) };
    let option = if by == ChosenBy::Variable { "PORTGATE_PROFILE=" } else { "--profile " };
    Err(Error::usage(format!("{option}{} and {} disagree", profile.name, asked.said))
        .reason(format!("the profile belongs to {}", profile.place()))
        .hint("remove one of them"))
}

/// The profile named by `--profile` or `PORTGATE_PROFILE`.
pub(crate) fn named_profile<'a>(
    globals: &'a GlobalArgs,
    environment: &'a ProcessEnvironment,
) -> Result<Option<(&'a str, ChosenBy)>, Error> {
    if let Some(name) = globals.profile.as_deref() {
        return Ok(Some((name, ChosenBy::Flag)));
    }
    let name = environment.text_or_error("PORTGATE_PROFILE")?;
    Ok(name.map(|name| (name, ChosenBy::Variable)))
}

/// The profile used if none is named: the default one if it matches, or else the only one that does.
pub(crate) fn implied_profile<'a>(
    file: &'a ProfilesFile,
    asked: Option<&Choice>,
) -> Result<Option<&'a Profile>, Error> {
    let missing = |error: Error| {
        error.hint(format!(
            "it is the default in {}; choose another one: portgate profile use NAME",
            file.path().display()
        ))
    };
    // Whether a damaged one would be used; where its backend is unknown, it might be.
    let may_fit = |damaged: &&Damaged| {
        asked.is_none_or(|asked| damaged.rest.as_deref().is_none_or(|rest| asked.fits(rest)))
    };
    let default = match file.default_name().and_then(|name| file.find_damaged(name)) {
        Some(damaged) if !may_fit(&damaged) => None,
        _ => file.default_name().map(|name| file.get(name).map_err(missing)).transpose()?,
    };
    let Some(asked) = asked else { return Ok(default) };
    if let Some(default) = default.filter(|profile| asked.fits(profile)) {
        return Ok(Some(default));
    }
    let fitting: Vec<&Profile> = file.profiles().iter().filter(|profile| asked.fits(profile)).collect();
    let is_beside = |damaged: &&Damaged| damaged.rest.is_some() && may_fit(damaged);
    match (&fitting[..], file.damaged_profiles().iter().find(may_fit)) {
        // Its limits would be missed.
        ([], Some(damaged)) => Err(damaged.error()),
        ([one], _) if !file.damaged_profiles().iter().any(|damaged| is_beside(&damaged)) => Ok(Some(one)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests;
