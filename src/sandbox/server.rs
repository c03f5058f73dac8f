//! The server: inside this process for one command, or alone for any client.

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

/// How long a server of its own waits for an SMTP server's answer.
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
            server.await?;
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
        // An error is the sender's drop, which means the same.
        let _ = stopped.await;
    }));
    Ok(Embedded { address, ahead_ms, stop: Some(stop), server: Some(server), courier })
}

/// A sandbox that listens and is ready to run.
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

    /// Answers requests and delivers e-mail until `until` is done, then finishes what is under way.
    pub async fn run(self, until: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        connections::serve(self.listener, self.router, self.limits, until).await;
        let courier = self.courier;
        task::spawn_blocking(move || courier.finish(EMBEDDED_GRACE)).await?;
        Ok(())
    }
}

/// Opens a sandbox on an address of this machine, for any client. It plays these faults and tells of each that is played.
pub async fn serve(
    options: Options,
    listen: SocketAddr,
    faults: Vec<Arc<Fault>>,
    told: mpsc::Sender<String>,
) -> anyhow::Result<Serving> {
    let listener = connections::listen(listen).with_context(|| format!("can't listen on {listen}"))?;
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

/// Starts the sandbox's data over: the demo, as of now, and an empty outbox.
pub fn reset(db: &Path, clock: Clock) -> anyhow::Result<()> {
    Store::reset(db, |connection| seed::demo(connection, clock.now_ms()))?;
    courier::start_over(db).context("the outbox can't be emptied")
}

/// Starts the sandbox's data over with a company of a given size, and an empty outbox.
pub fn reset_sized(db: &Path, clock: Clock, size: &Size) -> anyhow::Result<()> {
    if let Some(obstacle) = size.obstacle() {
        return Err(Error::usage("a company of that size can't be made").because(obstacle).into());
    }
    Store::reset(db, |connection| seed::sized(connection, size, clock.now_ms()))?;
    courier::start_over(db).context("the outbox can't be emptied")
}
