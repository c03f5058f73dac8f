//! A proxy that spoils the answer to the first write, or the reads after it.

use std::io::{self, Cursor, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::common::{Answer, Gate, Request};

/// What happens to the first write.
#[derive(Clone)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// The connection is closed without an answer, and the write goes nowhere.
    ClosedBefore,
    /// The connection is reset, and the write goes nowhere.
    ResetBefore,
    /// The write takes effect, and the connection is reset.
    ResetAfter,
    /// The write takes effect, and only the first half of the answer comes.
    CutAfter,
    /// The write goes nowhere, and this is the answer.
    Instead(Answer),
    /// The write takes effect, and this is the answer.
    After(Answer),
    /// The write takes effect, and half of its JSON is the answer, framed as if it were whole.
    TruncatedAfter,
    /// The first read is held until the test lets it go.
    ReadHeld,
    /// The write takes effect; its answer is held until the test lets it go.
    Held,
    /// The write goes nowhere, and its answer, this one, is held.
    HeldInstead(Answer),
    /// The write takes effect, its answer is held and then lost, and every read after it ends without an answer.
    HeldAndLost,
    /// As `Held`, and the test lets it go only after a second signal.
    HeldForTwo,
    /// The write is answered, and every read after it ends without an answer.
    ReadsDead,
    /// The write is answered, and every read after it is a page.
    ReadsHtml,
}

/// What the proxy saw and what the test tells it.
pub(crate) struct Shared {
    upstream: String,
    fault: Fault,
    writes: AtomicUsize,
    /// Reads that were spoiled.
    pub(crate) spoiled: AtomicUsize,
    /// Opened once a request is held; a held write has taken effect then, if it does.
    pub(crate) held: Gate,
    /// Lets the held answer go.
    pub(crate) release: Gate,
    /// The header with which the run was let in.
    pub(crate) authorization: Mutex<Option<String>>,
    /// What was asked, in order: its line, and whom it was asked on behalf of.
    pub(crate) contexts: Mutex<Vec<(String, Option<String>)>>,
    stopping: AtomicBool,
}

/// A proxy that goes with its value.
pub(crate) struct Proxy {
    pub(crate) url: String,
    address: String,
    pub(crate) shared: Arc<Shared>,
}

impl Fault {
    /// How many signals it is held for.
    pub(crate) fn signals(&self) -> usize {
        match self {
            Fault::HeldForTwo => 2,
            Fault::ReadHeld | Fault::Held | Fault::HeldInstead(_) | Fault::HeldAndLost => 1,
            _ => 0,
        }
    }
}

impl Proxy {
    pub(crate) fn start(upstream: &str, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            fault,
            writes: AtomicUsize::new(0),
            spoiled: AtomicUsize::new(0),
            held: Gate::new(),
            release: Gate::new(),
            authorization: Mutex::new(None),
            contexts: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        serve_each(listener, &shared, |shared| &shared.stopping, Shared::serve);
        Proxy { url: format!("http://{address}"), address, shared }
    }

    /// How many writes came in.
    pub(crate) fn writes(&self) -> usize {
        self.shared.writes.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        self.shared.release.open();
        let _ = TcpStream::connect(&self.address);
    }
}

impl Shared {
    /// Answers the one request of a connection.
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        // Only looked at: a connection that is closed with bytes unread is reset.
        let bytes = peek_request(&stream)?;
        let Some(request) = Request::read(&mut Cursor::new(&bytes))? else { return Ok(()) };
        let is_read = request.method == "GET";
        let is_write = !is_read && request.path != "/oauth2/token";
        if request.path != "/oauth2/token"
            && let Some(value) = request.header("authorization")
        {
            *self.authorization.lock().unwrap() = Some(value.to_owned());
        }
        let context = request.header("x-call-context").map(str::to_owned);
        self.contexts.lock().unwrap().push((request.line(), context));
        let first = is_write && self.writes.fetch_add(1, Ordering::SeqCst) == 0;
        let fault = if first { self.fault.clone() } else { Fault::None };
        match fault {
            Fault::ResetBefore => return Ok(()),
            Fault::ResetAfter => {
                forward(&self.upstream, &request)?;
                return Ok(());
            }
            _ => {}
        }
        stream.read_exact(&mut vec![0; bytes.len()])?;
        if is_read && matches!(self.fault, Fault::ReadHeld) {
            self.hold();
        }
        if is_read && self.writes.load(Ordering::SeqCst) > 0 {
            let answer = match self.fault {
                Fault::ReadsDead | Fault::HeldAndLost => Some(Answer::lost()),
                Fault::ReadsHtml => Some(Answer::html(200).closing()),
                _ => None,
            };
            if let Some(answer) = answer {
                self.spoiled.fetch_add(1, Ordering::SeqCst);
                return self.answer(&mut stream, &answer);
            }
        }
        match fault {
            Fault::ClosedBefore => {}
            Fault::Instead(answer) => self.answer(&mut stream, &answer.closing())?,
            Fault::After(answer) => {
                forward(&self.upstream, &request)?;
                self.answer(&mut stream, &answer.closing())?;
            }
            Fault::CutAfter => {
                let whole = forward(&self.upstream, &request)?;
                stream.write_all(&whole[..whole.len() - body_of(&whole).len().div_ceil(2)])?;
            }
            Fault::TruncatedAfter => {
                let whole = forward(&self.upstream, &request)?;
                let body = body_of(&whole);
                let half = Answer::new(200, "application/json", &body[..body.len() / 2]);
                self.answer(&mut stream, &half.closing())?;
            }
            Fault::Held | Fault::HeldForTwo => {
                let whole = forward(&self.upstream, &request)?;
                self.hold();
                stream.write_all(&whole)?;
            }
            Fault::HeldInstead(answer) => {
                self.hold();
                self.answer(&mut stream, &answer.closing())?;
            }
            Fault::HeldAndLost => {
                forward(&self.upstream, &request)?;
                self.hold();
            }
            _ => stream.write_all(&forward(&self.upstream, &request)?)?,
        }
        stream.shutdown(Shutdown::Write)
    }

    /// Tells the test that a request is held, until it lets it go.
    fn hold(&self) {
        self.held.open();
        self.release.wait(&|| self.stopping.load(Ordering::SeqCst));
    }

    fn answer(&self, stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
        answer.write(stream, &|| self.stopping.load(Ordering::SeqCst)).map(|_| ())
    }
}

/// Serves each connection on a thread of its own, until it is stopped.
pub(crate) fn serve_each<S: Send + Sync + 'static>(
    listener: TcpListener,
    shared: &Arc<S>,
    stopping: fn(&S) -> &AtomicBool,
    serve: fn(&S, TcpStream) -> io::Result<()>,
) {
    let accepting = Arc::clone(shared);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if stopping(&accepting).load(Ordering::SeqCst) {
                break;
            }
            let shared = Arc::clone(&accepting);
            // A client that has gone is no failure of the proxy.
            thread::spawn(move || serve(&shared, stream).ok());
        }
    });
}

/// The bytes of a whole request, left unread; none where the client closed instead.
fn peek_request(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = stream.peek(&mut buffer)?;
        let seen = &buffer[..count];
        let text = String::from_utf8_lossy(seen).to_ascii_lowercase();
        if count == 0 {
            return Ok(Vec::new());
        }
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length = length.map_or(0, |length| length.trim().parse().unwrap());
            if body_of(seen).len() >= length {
                return Ok(seen.to_vec());
            }
        }
        thread::yield_now();
    }
}

fn body_of(whole: &[u8]) -> &[u8] {
    let head = whole.windows(4).position(|end| end == b"\r\n\r\n");
    head.map_or(&[], |at| &whole[at + 4..])
}

/// Sends a request on and answers the bytes that come back.
pub(crate) fn forward(upstream: &str, request: &Request) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream)?;
    let mut head = format!("{} HTTP/1.1\r\n", request.line());
    for (name, value) in &request.headers {
        if name != "connection" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("connection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), &request.body].concat())?;
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole)?;
    Ok(whole)
}

/// What the backend itself says, past every fault.
pub(crate) fn get(url: &str, path: &str, authorization: &str) -> serde_json::Value {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut whole = Vec::new();
    stream.read_to_end(&mut whole).unwrap();
    let text = String::from_utf8_lossy(body_of(&whole)).into_owned();
    let answer: serde_json::Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"));
    answer["data"].clone()
}
