//! The server: embedded in a command, or standalone for any client.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, JoinHandle};

use crate::error::Error;
use crate::sandbox::clock::Clock;
use crate::sandbox::connections::{self, Limits};
use crate::sandbox::delivery::courier::{self, Courier};
use crate::sandbox::fault::Fault;
use crate::sandbox::not_found::{self, NotFound};
use crate::sandbox::options::{EMBEDDED_GRACE, Options};
use crate::sandbox::player::{self, Faults};
use crate::sandbox::seed::Size;
use crate::sandbox::store::Store;
use crate::sandbox::{page, routes, seed};

/// How long a standalone server waits for a response from an SMTP server.
const SERVING_PATIENCE: Duration = Duration::from_secs(20);

/// A sandbox inside this process. It stops when dropped.
#[derive(Debug)]
pub struct Embedded {
    address: SocketAddr,
    ahead_ms: i64,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    courier: Courier,
}

impl Embedded {
    /// Its URL without a trailing slash: `http://127.0.0.1:40123`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How far its clock is ahead of the system's, in milliseconds; clients should use its time.
    pub fn ahead_ms(&self) -> i64 {
        self.ahead_ms
    }

    /// Stops it after its last response.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stop.take());
        if let Some(server) = self.server.take() {
            server.await?;
        }
        Ok(())
    }
}

/// Delivers emails for two seconds; the rest is left to the next run.
impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.courier.finish(EMBEDDED_GRACE);
    }
}

/// Starts a sandbox on a free port of 127.0.0.1, on the current tokio runtime.
pub async fn start_embedded(options: Options) -> anyhow::Result<Embedded> {
    let limits = options.limits;
    let (app, ahead_ms, courier) = task::spawn_blocking(move || {
        let app = options.open()?;
        let ahead_ms = app.ahead_ms()?;
        let courier = options.courier(&app, EMBEDDED_GRACE, false)?;
        anyhow::Ok((app, ahead_ms, courier))
    })
    .await??;
    let listener = connections::listen(([127, 0, 0, 1], 0).into()).context("no free port on 127.0.0.1")?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(connections::serve(listener, routes::router(app), limits, async {
        // Dropping the sender stops the server too.
        let _ = stopped.await;
    }));
    Ok(Embedded { address, ahead_ms, stop: Some(stop), server: Some(server), courier })
}

/// A listening sandbox that is ready to run.
pub struct Serving {
    listener: TcpListener,
    router: Router,
    courier: Courier,
    limits: Limits,
}

impl Serving {
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves requests and delivers emails until `until` completes, then finishes pending work.
    pub async fn run(self, until: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        connections::serve(self.listener, self.router, self.limits, until).await;
        let courier = self.courier;
        task::spawn_blocking(move || courier.finish(EMBEDDED_GRACE)).await?;
        Ok(())
    }
}

/// Opens a sandbox on a local address, for any client. It injects `faults` and reports each one.
pub async fn serve(
    options: Options,
    listen: SocketAddr,
    faults: Vec<Arc<Fault>>,
    told: mpsc::Sender<String>,
) -> anyhow::Result<Serving> {
    let listener = connections::listen(listen).with_context(|| format!("could not listen on {listen}"))?;
    let (db, limits, not_found) = (options.db.clone(), options.limits.within_open_files(), options.not_found);
    let (app, courier) = task::spawn_blocking(move || {
        let app = options.open()?;
        let courier = options.courier(&app, SERVING_PATIENCE, true)?;
        anyhow::Ok((app, courier))
    })
    .await??;
    let mut router = routes::router(app.clone());
    if not_found == NotFound::Status400 {
        router = router.layer(from_fn(not_found::say_400));
    }
    if !faults.is_empty() {
        router = router.layer(from_fn_with_state(Faults::new(faults, told), player::play));
    }
    Ok(Serving { listener, router: router.merge(page::router(app, db)), courier, limits })
}

/// Resets the sandbox to the demo data, relative to the current time, and an empty outbox.
pub fn reset(db: &Path, clock: Clock) -> anyhow::Result<()> {
    Store::reset(db, |connection| seed::demo(connection, clock.now_ms()))?;
    courier::start_over(db).context("could not empty the outbox")
}

/// Resets the sandbox to a company of the given size and an empty outbox.
pub fn reset_sized(db: &Path, clock: Clock, size: &Size) -> anyhow::Result<()> {
    if let Some(obstacle) = size.obstacle() {
        return Err(Error::usage("invalid company size").reason(obstacle).into());
    }
    Store::reset(db, |connection| seed::fill_to_size(connection, size, clock.now_ms()))?;
    courier::start_over(db).context("could not empty the outbox")
}
