//! The server: inside this process for one command, or alone for any client.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use rusqlite::{Connection, TransactionBehavior};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{self, JoinHandle};

use super::app::App;
use super::clock::{Clock, parse_offset, parse_shift};
use super::mail::courier::{self, Courier};
use super::mail::{MailRoute, SmtpServer};
use super::seed::Size;
use super::store::{self, LOCK_WAIT, Store, settings};
use super::{due, page, routes, seed};
use crate::error::Error;
use crate::paths::Paths;
use crate::process_environment::ProcessEnvironment;
use crate::text::word::Word;

/// How the sandbox runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The SQLite file; made, with the demo's data, where there is none.
    pub db: PathBuf,
    /// Where the time comes from.
    pub clock: Clock,
    /// How long from the acceptance of a VXC until it is live.
    pub deploy_time: Duration,
    /// How long tokens live, where that isn't left to the key.
    pub token_life: Option<Duration>,
    /// How long a write waits for another process that holds the file.
    pub lock_wait: Duration,
    pub mail: MailRoute,
    /// Whether the file is the one that commands use where none is named; e-mails then needn't name it.
    pub usual_db: bool,
    /// What the third version of the notification preferences answers.
    pub preferences_v3: PreferencesV3,
}

/// What `/v3/notificationPreferences` answers: its real body isn't public, and clients must get along with any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PreferencesV3 {
    /// The same as the second version.
    #[default]
    Destinations,
    /// A shape that no client knows.
    Other,
    Absent,
}

impl Word for PreferencesV3 {
    const ALL: &[Self] = &[PreferencesV3::Destinations, PreferencesV3::Other, PreferencesV3::Absent];

    fn word(self) -> &'static str {
        match self {
            PreferencesV3::Destinations => "destinations",
            PreferencesV3::Other => "other",
            PreferencesV3::Absent => "absent",
        }
    }
}

impl Options {
    /// The usual: the system's clock, two seconds to deploy, tokens as the key says (a day).
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
        }
    }

    /// The usual, changed by `PORTGATE_SANDBOX_CLOCK` (an offset such as `+59d`), `PORTGATE_SANDBOX_DEPLOY_TIME`
    /// (a span such as `0s`) and `PORTGATE_SANDBOX_SMTP` (a server's address).
    ///
    /// # Errors
    /// A variable that can't be read (exit 2).
    pub fn from_environment(db: impl Into<PathBuf>, environment: &ProcessEnvironment) -> Result<Self, Error> {
        let span = |name: &str, read: fn(&str) -> Result<i64, String>| {
            environment
                .text(name)
                .map(|text| read(text).map_err(|reason| Error::usage(format!("{name}: {reason}"))))
                .transpose()
        };
        let mut options = Options::new(db);
        if let Some(offset_ms) = span("PORTGATE_SANDBOX_CLOCK", parse_shift)? {
            options.clock = options.clock.moved(offset_ms);
        }
        if let Some(deploy_ms) = span("PORTGATE_SANDBOX_DEPLOY_TIME", parse_offset)? {
            options.deploy_time = Duration::from_millis(deploy_ms.unsigned_abs());
        }
        if let Some(server) = environment.text("PORTGATE_SANDBOX_SMTP") {
            let server = SmtpServer::parse(server)
                .map_err(|reason| Error::usage("PORTGATE_SANDBOX_SMTP can't be used").because(reason))?;
            options.mail = MailRoute::Smtp(server);
        }
        if let Some(shape) = environment.text("PORTGATE_SANDBOX_V3_PREFERENCES") {
            options.preferences_v3 = PreferencesV3::from_word(shape).ok_or_else(|| {
                Error::usage(format!("PORTGATE_SANDBOX_V3_PREFERENCES: {shape:?} is no such shape"))
                    .because("it is destinations, other or absent")
            })?;
        }
        options.usual_db = Paths::resolve(environment).is_ok_and(|paths| paths.sandbox_db() == options.db);
        Ok(options)
    }

    /// Changes the file outside of any server, in one transaction, after what is due was applied; then delivers what
    /// e-mail it can.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Connection, i64) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let app = self.open()?;
        let done = app
            .store()
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
            .map_err(|error| store::explained(error, &self.db))?;
        self.courier(&app, EMBEDDED_GRACE, true)?.finish(EMBEDDED_GRACE);
        Ok(done)
    }

    pub(crate) fn open(&self) -> anyhow::Result<App> {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
        let store = Store::open(&self.db, self.clock, self.lock_wait)?;
        self.note_name(&store).map_err(|error| store::explain(error, &self.db))?;
        let token_life_s = self.token_life.map(|life| millis(life).div_euclid(1000).max(1));
        let app = App::new(store, self.clock, millis(self.deploy_time), token_life_s, self.preferences_v3);
        app.catch_up().map_err(|error| store::explain(error, &self.db))?;
        Ok(app)
    }

    /// Keeps in the file how it is called, for the commands that e-mails propose.
    fn note_name(&self, store: &Store) -> rusqlite::Result<()> {
        if store.read(|connection| settings::is_usual_file(connection))?? == self.usual_db {
            return Ok(());
        }
        store.write(|connection| settings::set_usual_file(connection, self.usual_db))?
    }

    pub(crate) fn courier(&self, app: &App, patience: Duration, eager: bool) -> anyhow::Result<Courier> {
        Courier::start(app.clone(), &self.db, self.mail.clone(), patience, eager)
            .context("no thread to deliver e-mail on")
    }
}

/// What a command spends at most on delivering e-mail after its work is done.
pub(crate) const EMBEDDED_GRACE: Duration = Duration::from_secs(2);

/// How long a server of its own waits for an SMTP server's answer.
const SERVING_PATIENCE: Duration = Duration::from_secs(20);

/// A sandbox inside this process. It stops when dropped.
#[derive(Debug)]
pub struct Embedded {
    address: SocketAddr,
    ahead_ms: i64,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
    courier: Courier,
}

impl Embedded {
    /// Its address, without a slash at the end: `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How far its time is ahead of the system's, in milliseconds: what its clients should take for now.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms
    }

    /// Stops it and waits until its last answer is out.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.await??;
        }
        Ok(())
    }
}

/// Delivers what e-mail it can in two seconds; the rest is left to the next run.
impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.courier.finish(EMBEDDED_GRACE);
    }
}

/// Starts a sandbox on a free port of 127.0.0.1, on the current tokio runtime.
pub async fn start_embedded(options: Options) -> anyhow::Result<Embedded> {
    let (app, ahead_ms, courier) = task::spawn_blocking(move || {
        let app = options.open()?;
        let ahead_ms = app.ahead_ms()?;
        let courier = options.courier(&app, EMBEDDED_GRACE, false)?;
        anyhow::Ok((app, ahead_ms, courier))
    })
    .await??;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port on 127.0.0.1")?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        axum::serve(listener, routes::router(app))
            .with_graceful_shutdown(async {
                // An error is the sender's drop, which means the same.
                let _ = stopped.await;
            })
            .await
    });
    Ok(Embedded { address, ahead_ms, stop: Some(stop), server: Some(server), courier })
}

/// A sandbox that listens and is ready to run.
pub struct Serving {
    listener: TcpListener,
    app: App,
    db: PathBuf,
    courier: Courier,
}

impl Serving {
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests and delivers e-mail until `until` is done, then finishes what is under way.
    pub async fn run(self, until: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let router = routes::router(self.app.clone()).merge(page::router(self.app, self.db));
        let served = axum::serve(self.listener, router).with_graceful_shutdown(until).await;
        let courier = self.courier;
        task::spawn_blocking(move || courier.finish(EMBEDDED_GRACE)).await?;
        Ok(served?)
    }
}

/// Opens a sandbox on an address of this machine, for any client.
///
/// # Errors
/// A file that can't be used, or an address that can't be listened on.
pub async fn serve(options: Options, listen: SocketAddr) -> anyhow::Result<Serving> {
    let listener = TcpListener::bind(listen).await.with_context(|| format!("can't listen on {listen}"))?;
    let db = options.db.clone();
    let (app, courier) = task::spawn_blocking(move || {
        let app = options.open()?;
        let courier = options.courier(&app, SERVING_PATIENCE, true)?;
        anyhow::Ok((app, courier))
    })
    .await??;
    Ok(Serving { listener, app, db, courier })
}

/// Starts the sandbox's data over: the demo, as of now, and an empty outbox.
pub fn reset(db: &Path, clock: Clock) -> anyhow::Result<()> {
    Store::reset(db, |connection| seed::demo(connection, clock.now_ms()))?;
    courier::start_over(db).context("the outbox can't be emptied")
}

/// Starts the sandbox's data over with a company of a given size, and an empty outbox.
///
/// # Errors
/// A size that can't be (exit 2); a file that can't be used.
pub fn reset_sized(db: &Path, clock: Clock, size: &Size) -> anyhow::Result<()> {
    if let Some(obstacle) = size.obstacle() {
        return Err(Error::usage("a company of that size can't be made").because(obstacle).into());
    }
    Store::reset(db, |connection| seed::sized(connection, size, clock.now_ms()))?;
    courier::start_over(db).context("the outbox can't be emptied")
}
