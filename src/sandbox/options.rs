//! The options of the sandbox, and how its file is opened and changed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use rusqlite::{Connection, TransactionBehavior};

use crate::error::Error;
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::sandbox::app::{App, PreferencesV3, Shared};
use crate::sandbox::bell::Bell;
use crate::sandbox::clock::Clock;
use crate::sandbox::connections::Limits;
use crate::sandbox::delivery::courier::Courier;
use crate::sandbox::delivery::{MailRoute, SmtpServer};
use crate::sandbox::not_found::NotFound;
use crate::sandbox::store::{self, LOCK_WAIT, Store, settings};
use crate::sandbox::turns::Turns;
use crate::sandbox::writer::Writer;
use crate::sandbox::{due, seed};
use crate::text::span::{parse_shift, parse_span};
use crate::text::word::Word as _;

#[derive(Debug, Clone)]
pub struct Options {
    /// The SQLite file; created with the demo data if it doesn't exist.
    pub db: PathBuf,
    pub clock: Clock,
    /// Time from the acceptance of a VXC until it is live.
    pub deploy_time: Duration,
    /// Lifetime of tokens, unless set by the key.
    pub token_life: Option<Duration>,
    /// How long a write waits for another process that locks the file.
    pub lock_wait: Duration,
    pub mail: MailRoute,
    /// Whether the file is the default one, which commands in emails don't need to name.
    pub usual_db: bool,
    /// The response of version 3 of the notification preferences.
    pub preferences_v3: PreferencesV3,
    /// The status for a product that doesn't exist.
    pub not_found: NotFound,
    /// The limits for clients.
    pub limits: Limits,
}

impl Options {
    /// The defaults: the system's clock, two seconds to deploy, and token lifetimes set by the key (a day).
    pub fn new(db: impl Into<PathBuf>) -> Self {
        Options {
            db: db.into(),
            clock: Clock::system(),
            deploy_time: Duration::from_secs(2),
            token_life: None,
            lock_wait: LOCK_WAIT,
            mail: MailRoute::Outbox,
            usual_db: false,
            preferences_v3: PreferencesV3::Destinations,
            not_found: NotFound::Status404,
            limits: Limits::default(),
        }
    }

    /// The defaults, changed by `PORTGATE_SANDBOX_CLOCK` (an offset such as `+59d`), `PORTGATE_SANDBOX_DEPLOY_TIME`
    /// (a span such as `0s`) and `PORTGATE_SANDBOX_SMTP` (a server's address).
    pub fn from_environment(db: impl Into<PathBuf>, environment: &ProcessEnvironment) -> Result<Self, Error> {
        let mut options = Options::new(db);
        if let Some(shift) = environment.parse("PORTGATE_SANDBOX_CLOCK", parse_shift)? {
            options.clock = options.clock.with_offset(shift);
        }
        if let Some(deploy_time) = environment.parse("PORTGATE_SANDBOX_DEPLOY_TIME", parse_span)? {
            options.deploy_time = deploy_time.unsigned_abs();
        }
        if let Some(server) = environment.text("PORTGATE_SANDBOX_SMTP") {
            let server = SmtpServer::parse(server)
                .map_err(|reason| Error::usage("invalid PORTGATE_SANDBOX_SMTP").reason(reason))?;
            options.mail = MailRoute::Smtp(server);
        }
        if let Some(shape) = environment.text("PORTGATE_SANDBOX_V3_PREFERENCES") {
            options.preferences_v3 = PreferencesV3::from_word(shape).ok_or_else(|| {
                Error::usage(format!("invalid PORTGATE_SANDBOX_V3_PREFERENCES '{shape}'"))
                    .hint("use destinations, other or absent")
            })?;
        }
        options.usual_db = Paths::resolve(environment).is_ok_and(|paths| paths.sandbox_db() == options.db);
        Ok(options)
    }

    /// Changes the file without a server: applies due events, makes the change in one transaction, and then delivers
    /// emails.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Connection, i64) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let app = self.open()?;
        let done = app
            .store
            .write(|connection| {
                let now_ms = app.now_ms(connection)?;
                due::apply(connection, now_ms)?;
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let done = work(&transaction, now_ms)?;
                transaction.commit()?;
                anyhow::Ok(done)
            })
            .map_err(anyhow::Error::from)
            .flatten()
            .map_err(|error| store::explain_any(error, &self.db))?;
        self.courier(&app, EMBEDDED_GRACE, true)?.finish(EMBEDDED_GRACE);
        Ok(done)
    }

    pub(crate) fn open(&self) -> anyhow::Result<App> {
        let store = seed::open(&self.db, self.clock, self.lock_wait)?;
        self.note_name(&store).map_err(|error| store::explain(error, &self.db))?;
        let token_life_s = self.token_life.map(|life| millis(life).div_euclid(1000).max(1));
        let (store, bell) = (Arc::new(store), Bell::default());
        let writer = Writer::new(Arc::clone(&store), self.clock, bell.clone());
        let app = App(Arc::new(Shared {
            store,
            clock: self.clock,
            deploy_ms: millis(self.deploy_time),
            token_life_s,
            preferences_v3: self.preferences_v3,
            bell,
            turns: Turns::default(),
            writer,
        }));
        app.catch_up().map_err(|error| store::explain(error, &self.db))?;
        Ok(app)
    }

    /// Stores whether the file is the default one, for the commands in emails.
    fn note_name(&self, store: &Store) -> rusqlite::Result<()> {
        if store.read(|connection| settings::is_usual_file(connection))?? == self.usual_db {
            return Ok(());
        }
        store.write(|connection| settings::set_usual_file(connection, self.usual_db))?
    }

    pub(crate) fn courier(&self, app: &App, patience: Duration, eager: bool) -> anyhow::Result<Courier> {
        Courier::start(app.clone(), &self.db, self.mail.clone(), patience, eager)
            .context("could not start a thread to deliver emails")
    }
}

/// How long a command delivers emails after its work is done, at most.
pub(crate) const EMBEDDED_GRACE: Duration = Duration::from_secs(2);

pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4)
}
