//! The server's connections, with limits on their number and on how long a client may block.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::Request;
use axum::response::{IntoResponse, Response};
use axum::serve::Listener;
use axum::{Extension, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower_http::timeout::RequestBodyDeadlineLayer;

use crate::sandbox::pace::Paced;

/// Bytes of a response that the system buffers for a client that doesn't read.
const SEND_BUFFER: u32 = 32 * 1024;

/// Bytes of a response, or of request headers, that a connection buffers.
const BUFFER: usize = 32 * 1024;

/// Connections that the system queues until they can be accepted.
const BACKLOG: u32 = 1024;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum number of simultaneous connections; others wait.
    pub connections: usize,
    /// How long a client may take to send the headers of a request, and then its body.
    pub request_time: Duration,
    /// How long a client may read nothing of a response.
    pub stalled_time: Duration,
    /// Bytes of a response that a client must read per second, once it has blocked for `stalled_time` in all.
    pub slowest: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 1000,
            request_time: Duration::from_secs(20),
            stalled_time: Duration::from_secs(20),
            slowest: 16 * 1024,
        }
    }
}

impl Limits {
    /// As many connections as this process may have files open, less those that the database needs. Where the system lets it,
    /// it may have more from now on.
    #[must_use]
    pub(crate) fn within_open_files(self) -> Self {
        #[cfg(unix)]
        {
            use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
            const OTHERS: usize = 100;
            let wanted = Some((self.connections + OTHERS) as u64);
            let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
            let is_enough = |limit: Option<u64>| limit.is_none() || limit >= wanted;
            if is_enough(current) {
                return self;
            }
            let raised = if is_enough(maximum) { wanted } else { maximum };
            let got =
                setrlimit(Resource::Nofile, Rlimit { current: raised, maximum }).map_or(current, |()| raised);
            let got = got.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
            Limits { connections: got.saturating_sub(OTHERS).clamp(1, self.connections), ..self }
        }
        #[cfg(not(unix))]
        self
    }
}

/// Listens on a local address. Accepted connections have small send buffers.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: &mut TcpListener, limits: Limits) -> Paced<TcpStream> {
    let (stream, _) = Listener::accept(listener).await;
    // The last chunk of a list is a separate write, which must not wait about 40 ms for the previous acknowledgement.
    // If this fails, the response is only delayed.
    let _ = stream.set_nodelay(true);
    Paced::new(stream, limits.stalled_time, limits.slowest)
}

/// Serves requests until `until` completes, then finishes pending requests.
pub(crate) async fn serve(
    mut listener: TcpListener,
    router: Router,
    limits: Limits,
    until: impl Future<Output = ()>,
) {
    let service = router.layer(RequestBodyDeadlineLayer::new(limits.request_time));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.request_time).max_buf_size(BUFFER);
    let slots = Arc::new(Semaphore::new(limits.connections));
    let stop = watch::Sender::new(());
    let mut until = pin!(until);
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (accept(&mut listener, limits).await, slot)
        };
        let (stream, slot) = tokio::select! {
            next = next => next,
            () = &mut until => break,
        };
        let is_reset = Arc::new(AtomicBool::new(false));
        let service = service_fn(answering(service.clone(), Arc::clone(&is_reset)));
        let mut connection = http.serve_connection(TokioIo::new(stream), service);
        let mut stopped = stop.subscribe();
        tokio::spawn(async move {
            let is_ended = tokio::select! {
                // The client has seen any error.
                _ = poll_fn(|context| connection.poll_without_shutdown(context)) => true,
                _ = stopped.changed() => false,
            };
            if !is_ended {
                Pin::new(&mut connection).graceful_shutdown();
                let _ = poll_fn(|context| connection.poll_without_shutdown(context)).await;
            }
            let mut stream = connection.into_parts().io.into_inner();
            // A disconnected client sees neither.
            let _ = match is_reset.load(Ordering::SeqCst) {
                true => stream.get_ref().set_zero_linger(),
                false => stream.shutdown().await,
            };
            drop((slot, stopped));
        });
    }
    drop(listener);
    // The receiver may be gone.
    let _ = stop.send(());
    stop.closed().await;
}

/// Serves the requests of a connection, or ends it.
fn answering(
    router: Router,
    is_reset: Arc<AtomicBool>,
) -> impl Fn(Request<Incoming>) -> Pin<Box<dyn Future<Output = io::Result<Response>> + Send>> {
    let service = TowerToHyperService::new(router);
    move |request| {
        let (answer, is_reset) = (service.call(request), Arc::clone(&is_reset));
        Box::pin(async move {
            let Ok(response) = answer.await;
            match response.extensions().get::<Ending>() {
                None => Ok(response),
                Some(ending) => {
                    is_reset.store(*ending == Ending::Reset, Ordering::SeqCst);
                    Err(io::Error::other("closed without a response"))
                }
            }
        })
    }
}

/// Takes the place of a response: how the connection ends instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Closed,
    Reset,
}

impl IntoResponse for Ending {
    fn into_response(self) -> Response {
        (Extension(self), ()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn w5_no_part_of_an_answer_waits_for_the_one_before() {
        let mut listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stream, _client) =
            tokio::join!(accept(&mut listener, Limits::default()), TcpStream::connect(address));
        assert!(stream.get_ref().nodelay().unwrap());
    }
}
