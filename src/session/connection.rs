//! Opens the session of a run: backend, identity and cached data.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context as _;
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::api::backend::{Endpoints, Environment};
use crate::api::credential::{Credential, KeyPair, Origin};
use crate::api::session::{Session, TokenCache};
use crate::api::{Client, managed_companies};
use crate::clock::Clock;
use crate::domain::approvals::{Account, Company};
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{Entry, Ledger, Machine, Object, Step, Who};
use crate::options::GlobalArgs;
use crate::paths::Paths;
use crate::sandbox;
use crate::session::account::{AccountChoice, accounts_of};
use crate::session::actor;
use crate::session::context::Context;
use crate::session::credentials::{self, Leash, StopOnDrop};
use crate::session::id_map::IdMap;
use crate::session::profiles::Limits;
use crate::session::target::Target;
use crate::session::unlock;
use crate::text::Uid;
use crate::text::words::seconds;

/// The demo company of `--env sandbox` without `--as`.
const SANDBOX_COMPANY: &str = "provider";
const SANDBOX_ROLE: &str = "technical-admin";

pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) environment: Environment,
    /// The backend's name in the ledger: its API URL, or the sandbox's file.
    pub(crate) backend: String,
    /// The backend's clock: that of the sandbox can be shifted.
    pub(crate) clock: Clock,
    pub(crate) ids: IdMap,
    /// The company it acts for.
    pub(crate) company: Company,
    /// The company of the key, where it acts on behalf of a managed account.
    pub(crate) partner: Option<Company>,
    account: Option<Account>,
    /// The only company that the profile is for, if it names one.
    only_company: Option<Uid>,
    pub(crate) limits: Limits,
    pub(crate) ledger: Rc<Ledger>,
    /// Who makes changes, with the owner of the API key, if known (in the sandbox).
    pub(crate) who: Who,
    machine: Machine,
    /// Why changes are made although the ledger is damaged.
    accepted_broken_chain: Option<String>,
    /// The command, such as `approvals accept`.
    command: String,
    /// Keeps the sandbox running.
    _sandbox: Option<sandbox::Embedded>,
}

impl Connection {
    /// The environment, shown before a decision.
    pub(crate) fn place(&self) -> String {
        self.environment.place(Some(&self.client.endpoints))
    }

    /// The environment and the company.
    pub(crate) fn place_and_company(&self) -> String {
        format!("{} · {}", self.place(), self.acting_as())
    }

    /// The company, and for whom it acts.
    pub(crate) fn acting_as(&self) -> String {
        match (&self.partner, &self.account) {
            (Some(partner), Some(account)) if partner.uid.is_none() && partner.name.is_none() => {
                format!("on behalf of {}", account.label())
            }
            (Some(partner), Some(account)) => format!("{} on behalf of {}", partner.label(), account.label()),
            _ => self.company.label().to_owned(),
        }
    }

    /// A line of the ledger about a change made in this session.
    pub(crate) fn entry(&self, step: Step, attempt: String, object: Object) -> Entry {
        Entry {
            at: self.clock.now(),
            step,
            attempt,
            who: self.who.clone(),
            machine: self.machine.clone(),
            environment: self.environment.name().to_owned(),
            backend: self.backend.clone(),
            company: self.company.clone(),
            partner: self.partner.clone(),
            command: self.command.clone(),
            object,
            sent: None,
            answer: None,
            outcome: None,
            error: None,
            read_back: None,
            lease_s: None,
            accepted_broken_chain: self.accepted_broken_chain.clone(),
            proposed_by: None,
            imported: None,
        }
    }

    /// The lines of the ledger on requests of this session's company whose IDs start like this; none of a ledger that can't
    /// be read.
    pub(crate) async fn entries_about(&self, prefix: &str) -> Vec<Entry> {
        self.ledger.find_by_prefix(&self.backend, &self.company, self.partner.is_some(), prefix).await
    }

    /// The managed accounts of the key's company.
    ///
    /// # Errors
    /// They can't be read, or not all of them.
    pub(crate) async fn managed_accounts(&self, context: &Context) -> Result<Vec<Account>, Error> {
        let listing = managed_companies::list(&self.client);
        let (accounts, unread) =
            accounts_of(context.with_progress("reading the managed accounts", listing).await?);
        match unread {
            0 => Ok(accounts),
            unread => Err(Error::new(Exit::Api, format!("{unread} of the managed accounts can't be read"))
                .reason("GET /v2/managedCompanies lists them without a companyUid")),
        }
    }

    /// Acts for a managed account from now on. Nothing that is kept of the company's own is mixed with the account's.
    pub(crate) fn act_for(&mut self, account: &Account) -> Result<(), Error> {
        self.client.act_for(&account.uid)?;
        self.ids = self.ids.for_account(&account.uid);
        let kept = self.ids.company();
        let id = kept.id.filter(|_| kept.has_uid(Some(&account.uid)));
        let own = std::mem::replace(&mut self.company, Company { id, ..account.company() });
        self.partner.get_or_insert(own);
        self.account = Some(account.clone());
        Ok(())
    }

    /// Takes up what was read of the company it acts for.
    ///
    /// # Errors
    /// It is another company than the managed account it acts for: the backend doesn't do as asked.
    pub(crate) fn learn_company(&mut self, company: &Company) -> Result<(), Error> {
        self.check_owner(company.uid.as_ref(), "ports")?;
        self.company = company.clone();
        Ok(())
    }

    /// Checks that what was read (`items`) belongs to the managed account that the session acts for, or to the company of
    /// the profile.
    ///
    /// # Errors
    /// It belongs to another company: the backend ignored the account, or the key is not the profile's company's.
    pub(crate) fn check_owner(&self, owner: Option<&Uid>, items: &str) -> Result<(), Error> {
        match (&self.account, owner) {
            (None, Some(owner)) => match &self.only_company {
                Some(only) if only != owner => Err(self
                    .limits
                    .refused_error("is for another company")
                    .reason(format!("its company_uid is {only}, but the key belongs to company {owner}"))
                    .hint("use another profile or key, or change company_uid")),
                _ => Ok(()),
            },
            (Some(account), Some(owner)) if account.uid != *owner => {
                let message = format!("the API responded for another company than {}", account.label());
                Err(Error::new(Exit::Api, message)
                    .reason(format!("asked on behalf of {}, it showed the {items} of {owner}", account.uid))
                    .hint("nothing was sent; use a key of the account's own instead"))
            }
            _ => Ok(()),
        }
    }
}

/// The backend's name in the ledger: its API URL, or the sandbox's file. Nothing is opened.
pub(crate) fn backend_name(globals: &GlobalArgs, paths: &Paths, target: &Target) -> Option<String> {
    match (&target.endpoints, target.environment) {
        (_, Environment::Sandbox) => Some(sandbox_backend(&sandbox_db(globals, paths))),
        (Some(endpoints), _) => Some(endpoints.api_base().to_owned()),
        (None, _) => None,
    }
}

pub(crate) fn sandbox_db(globals: &GlobalArgs, paths: &Paths) -> PathBuf {
    globals.db.clone().unwrap_or_else(|| paths.sandbox_db())
}

fn sandbox_backend(db: &Path) -> String {
    format!("sandbox:{}", std::path::absolute(db).unwrap_or_else(|_| db.to_owned()).display())
}

/// Opens the session, on behalf of the managed account that the settings name, if they name one. Whether the company manages
/// it is asked first, so that nothing is ever read or sent for another.
pub(crate) async fn open(context: &Context) -> anyhow::Result<Connection> {
    let target = context.target()?;
    let choice = AccountChoice::resolve(&context.globals, &context.environment, target.profile.as_ref())?;
    let mut connection = Box::pin(open_own_with(context, target)).await?;
    if let Some(choice) = choice {
        let accounts = connection.managed_accounts(context).await;
        let account = choice.find(&accounts.map_err(|error| choice.unread_error(error))?)?;
        connection.act_for(&account)?;
        let _ = context.account.set(account);
    }
    Ok(connection)
}

/// Opens the session for the key's own company, whatever account the settings name.
pub(crate) async fn open_own(context: &Context) -> anyhow::Result<Connection> {
    Box::pin(open_own_with(context, context.target()?)).await
}

/// As [`open_own`], for this target.
pub(crate) async fn open_own_with(context: &Context, target: Target) -> anyhow::Result<Connection> {
    context.warn_all(&target.warnings);
    if target.environment == Environment::Sandbox {
        return Box::pin(open_sandbox(context, &target)).await;
    }
    check_no_sandbox_options(context)?;
    let store = match credentials::stored_profile(&target, &context.environment)? {
        Some(profile) => Box::pin(unlock::store_of(context, profile)).await?,
        None => context.credential_store()?,
    };
    let leash = Leash::new(context.patience.timeout);
    let found = if credentials::may_wait(&target, &context.environment)? {
        let (target, environment) = (target.clone(), context.environment.clone());
        let (held, _stop) = (leash.clone(), StopOnDrop(leash));
        let finding =
            tokio::task::spawn_blocking(move || credentials::find(&target, &environment, &store, &held));
        context.with_progress("waiting for the key", finding).await??
    } else {
        credentials::find(&target, &context.environment, &store, &leash)?
    };
    for note in &found.notes {
        context.terminal.say(&format!("note: {note}"));
    }
    let endpoints = target
        .endpoints
        .clone()
        .ok_or_else(|| Error::usage("this environment has no URL").hint("set it with --api-url"))?;
    let cache = found.token_cache.map(|cache| Box::new(cache) as Box<dyn TokenCache>);
    let known = target.profile.as_ref().map(|profile| Company {
        uid: profile.company_uid.clone(),
        name: profile.company_name.clone(),
        id: None,
    });
    connect(context, &target, endpoints, found.credential, cache, known, None)
}

/// Refuses `--as` and `--db` outside the sandbox, as they are meant for it.
pub(crate) fn check_no_sandbox_options(context: &Context) -> Result<(), Error> {
    if context.globals.act_as.is_some() {
        return Err(Error::usage("--as requires --env sandbox")
            .hint("an API key determines company and role: choose another one with --profile"));
    }
    if context.globals.db.is_some() {
        return Err(Error::usage("--db requires --env sandbox").hint("add --env sandbox, or omit --db"));
    }
    Ok(())
}

/// The sandbox's API key of the demo provider's technical admin, or of the company and role in `--as`.
pub(crate) async fn sandbox_key(context: &Context) -> anyhow::Result<sandbox::ApiKey> {
    let (company, role) = match context.globals.act_as.as_deref() {
        Some(act_as) => match act_as.rsplit_once(':') {
            Some((company, role)) => (company, role),
            None => (act_as, SANDBOX_ROLE),
        },
        None => (SANDBOX_COMPANY, SANDBOX_ROLE),
    };
    let db = sandbox_db(&context.globals, &context.paths);
    let (company, role) = (company.to_owned(), role.to_owned());
    with_sandbox(context, move || sandbox::api_key(&db, &company, &role)).await
}

/// Accesses the sandbox's file on a separate thread: another process may lock it, and signals and `--timeout` must end
/// the wait.
pub(crate) async fn with_sandbox<T: Send + 'static>(
    context: &Context,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    in_time(context, async { tokio::task::spawn_blocking(work).await? }).await
}

/// Applies `--timeout`.
pub(crate) async fn in_time<T>(
    context: &Context,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let patience = context.patience.timeout;
    tokio::time::timeout(patience, work).await.unwrap_or_else(|_| {
        Err(Error::new(Exit::Timeout, "the sandbox's database is not available")
            .reason(format!("timed out after {}; another process may have locked it", seconds(patience)))
            .retryable()
            .into())
    })
}

async fn open_sandbox(context: &Context, target: &Target) -> anyhow::Result<Connection> {
    let db = sandbox_db(&context.globals, &context.paths);
    let options = sandbox::Options::from_environment(db, &context.environment)?;
    let sandbox =
        in_time(context, sandbox::start_embedded(options)).await.context("could not start the sandbox")?;
    let key = sandbox_key(context).await?;
    let endpoints = Endpoints::custom(&sandbox.base_url(), None)?;
    let credential = Credential::KeyPair(KeyPair {
        client_id: key.client_id,
        client_secret: SecretString::from(key.client_secret),
        origin: Origin::Sandbox,
    });
    let known = Some(Company { uid: Some(key.company_uid.into()), name: Some(key.company_name), id: None });
    let connection = connect(context, target, endpoints, credential, None, known, Some(sandbox))?;
    let who = Who { key_owner: Some(key.user_name), ..connection.who };
    Ok(Connection { who, ..connection })
}

fn connect(
    context: &Context,
    target: &Target,
    endpoints: Endpoints,
    credential: Credential,
    cache: Option<Box<dyn TokenCache>>,
    known: Option<Company>,
    sandbox: Option<sandbox::Embedded>,
) -> anyhow::Result<Connection> {
    let backend = match &sandbox {
        Some(_) => sandbox_backend(&sandbox_db(&context.globals, &context.paths)),
        None => endpoints.api_base().to_owned(),
    };
    let key = format!("{backend} {}", fingerprint(&credential));
    let client_id = match &credential {
        Credential::KeyPair(pair) => Some(pair.client_id.clone()),
        Credential::AccessToken { .. } => None,
    };
    let who = Who { client_id, ..actor::resolve(&context.globals, &context.environment)? };
    let session = Session::new(credential, endpoints.token.clone(), cache);
    let clock = match &sandbox {
        Some(sandbox) => Clock::Ahead(jiff::SignedDuration::from_millis(sandbox.ahead_ms())),
        None => context.clock,
    };
    let client = Client::new(
        endpoints,
        session,
        context.patience.clone(),
        clock,
        context.trace.clone(),
        &context.environment,
    )?;
    let ids = IdMap::open(&context.paths.id_map(), &key);
    let company = known.filter(|known| known.uid.is_some()).unwrap_or_else(|| ids.company().clone());
    Ok(Connection {
        client,
        environment: target.environment,
        backend,
        clock,
        ids,
        company,
        partner: None,
        account: None,
        only_company: target.profile.as_ref().and_then(|profile| profile.company_uid.clone()),
        limits: target.limits(),
        ledger: context.ledger()?,
        who,
        machine: actor::machine(&context.environment),
        accepted_broken_chain: context.globals.accept_broken_chain.clone(),
        command: context.command().to_owned(),
        _sandbox: sandbox,
    })
}

/// Identifies a key in the ID map without revealing it.
fn fingerprint(credential: &Credential) -> String {
    use secrecy::ExposeSecret;
    let text = match credential {
        Credential::KeyPair(pair) => pair.client_id.as_str(),
        Credential::AccessToken { token, .. } => token.expose_secret(),
    };
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
