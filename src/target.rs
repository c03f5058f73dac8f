//! Which backend this run talks to.

use crate::cli::GlobalArgs;
use crate::error::Error;
use crate::process_environment::ProcessEnvironment;
use crate::settings::{Endpoints, Environment};

/// The backend of this run, and the profile it is reached with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which environment it is.
    pub environment: Environment,
    /// Its addresses; none for the sandbox, which gets them when it starts.
    pub endpoints: Option<Endpoints>,
    /// The profile in use.
    pub profile: Option<String>,
}

impl Target {
    /// Decides from flags and environment (`MEGAPORT_ENVIRONMENT`, `MEGAPORT_API_URL`).
    ///
    /// # Errors
    /// An unknown name, an address that must not be used.
    pub fn resolve(globals: &GlobalArgs, environment: &ProcessEnvironment) -> Result<Self, Error> {
        let custom = |api: &str| -> Result<Target, Error> {
            Ok(Target {
                environment: Environment::Custom,
                endpoints: Some(Endpoints::custom(api, globals.token_url.as_deref())?),
                profile: None,
            })
        };
        let named = |name: &str| -> Result<Target, Error> {
            let environment = Environment::parse(name)?;
            let endpoints = environment.endpoints().map(|(api, token)| Endpoints::custom(api, Some(token)));
            Ok(Target { environment, endpoints: endpoints.transpose()?, profile: None })
        };
        if let Some(api) = &globals.api_url {
            return custom(api);
        }
        if let Some(name) = &globals.env {
            return named(name);
        }
        match (environment.text("MEGAPORT_API_URL"), environment.text("MEGAPORT_ENVIRONMENT")) {
            (Some(api), _) => custom(api),
            (None, Some(name)) => named(name),
            (None, None) => named("production"),
        }
    }
}
