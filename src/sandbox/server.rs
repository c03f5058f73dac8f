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
use super::clock::{Clock, parse_offset};
use super::seed::Size;
use super::store::{LOCK_WAIT, Store, settings};
use super::{due, routes, seed};
use crate::error::Error;
use crate::process_environment::ProcessEnvironment;

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
        }
    }

    /// The usual, changed by `PORTGATE_SANDBOX_CLOCK` (an offset such as `+59d`) and `PORTGATE_SANDBOX_DEPLOY_TIME`
    /// (a span such as `0s`).
    ///
    /// # Errors
    /// A variable that is no span of time (exit 2).
    pub fn from_environment(db: impl Into<PathBuf>, environment: &ProcessEnvironment) -> Result<Self, Error> {
        let span = |name: &str| {
            environment
                .text(name)
                .map(|text| parse_offset(text).map_err(|reason| Error::usage(format!("{name}: {reason}"))))
                .transpose()
        };
        let mut options = Options::new(db);
        if let Some(offset_ms) = span("PORTGATE_SANDBOX_CLOCK")? {
            options.clock = options.clock.moved(offset_ms);
        }
        if let Some(deploy_ms) = span("PORTGATE_SANDBOX_DEPLOY_TIME")? {
            options.deploy_time = Duration::from_millis(deploy_ms.unsigned_abs());
        }
        Ok(options)
    }

    /// Changes the file outside of any server, in one transaction, after what is due was applied.
    pub(crate) fn change<T>(
        &self,
        work: impl FnOnce(&Connection, i64) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let store = Store::open(&self.db, self.clock, self.lock_wait)?;
        store.write(|connection| {
            let now_ms = self.clock.now_ms() + settings::clock_offset_ms(connection)?;
            due::apply(connection, now_ms)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction, now_ms)?;
            transaction.commit()?;
            Ok(done)
        })?
    }

    fn open(&self) -> anyhow::Result<App> {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 4);
        let store = Store::open(&self.db, self.clock, self.lock_wait)?;
        let token_life_s = self.token_life.map(|life| millis(life).div_euclid(1000).max(1));
        let app = App::new(store, self.clock, millis(self.deploy_time), token_life_s);
        app.catch_up().context("the sandbox's database failed")?;
        Ok(app)
    }
}

/// A sandbox inside this process. It stops when dropped.
#[derive(Debug)]
pub struct Embedded {
    address: SocketAddr,
    ahead_ms: i64,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<std::io::Result<()>>>,
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
    ///
    /// # Errors
    /// The server's own failure.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        match self.server.take() {
            Some(server) => Ok(server.await??),
            None => Ok(()),
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// Starts a sandbox on a free port of 127.0.0.1, on the current tokio runtime.
///
/// # Errors
/// A file that can't be used, or no free port.
pub async fn start_embedded(options: Options) -> anyhow::Result<Embedded> {
    let (app, ahead_ms) = task::spawn_blocking(move || {
        let app = options.open()?;
        let ahead_ms = app.ahead_ms()?;
        anyhow::Ok((app, ahead_ms))
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
    Ok(Embedded { address, ahead_ms, stop: Some(stop), server: Some(server) })
}

/// A sandbox that listens and is ready to run.
pub struct Serving {
    listener: TcpListener,
    app: App,
}

impl Serving {
    /// Where it listens.
    ///
    /// # Errors
    /// The system's failure to tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests until `until` is done, then finishes those under way.
    ///
    /// # Errors
    /// The server's own failure.
    pub async fn run(self, until: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        axum::serve(self.listener, routes::router(self.app)).with_graceful_shutdown(until).await?;
        Ok(())
    }
}

/// Opens a sandbox on an address of this machine, for any client.
///
/// # Errors
/// A file that can't be used, or an address that can't be listened on.
pub async fn serve(options: Options, listen: SocketAddr) -> anyhow::Result<Serving> {
    let app = task::spawn_blocking(move || options.open()).await??;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("can't listen on {listen}"))?;
    Ok(Serving { listener, app })
}

/// Starts the sandbox's data over: the demo, as of now.
///
/// # Errors
/// A file that can't be used.
pub fn reset(db: &Path, clock: Clock) -> anyhow::Result<()> {
    Ok(Store::reset(db, |connection| seed::demo(connection, clock.now_ms()))?)
}

/// Starts the sandbox's data over with a company of a given size.
///
/// # Errors
/// A size that can't be (exit 2); a file that can't be used.
pub fn reset_sized(db: &Path, clock: Clock, size: &Size) -> anyhow::Result<()> {
    if let Some(obstacle) = size.obstacle() {
        return Err(Error::usage("a company of that size can't be made").because(obstacle).into());
    }
    Ok(Store::reset(db, |connection| seed::sized(connection, size, clock.now_ms()))?)
}
