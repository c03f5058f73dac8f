//! A server on loopback that answers as it is told and remembers what it was asked.
//!
//! On plain sockets, one thread a connection: it has to be able to misbehave in ways no framework allows.

use std::io::{BufReader, BufWriter, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::{Answer, Request};

/// Makes the answer to a request; the number counts the requests this rule has answered before, from 0.
pub type Handler = Box<dyn Fn(&Request, usize) -> Answer + Send + Sync>;

/// What can be given as an answer to a rule: one answer for ever, several in turn (the last stays), or a closure.
pub trait IntoHandler {
    /// The closure it stands for.
    fn into_handler(self) -> Handler;
}

impl IntoHandler for Answer {
    fn into_handler(self) -> Handler {
        Box::new(move |_, _| self.clone())
    }
}

impl<const N: usize> IntoHandler for [Answer; N] {
    fn into_handler(self) -> Handler {
        assert!(N > 0, "a rule needs an answer");
        Box::new(move |_, nth| self[nth.min(N - 1)].clone())
    }
}

impl<F> IntoHandler for F
where
    F: Fn(&Request, usize) -> Answer + Send + Sync + 'static,
{
    fn into_handler(self) -> Handler {
        Box::new(self)
    }
}

struct Rule {
    method: String,
    path: String,
    query: Option<String>,
    handler: Handler,
    answered: AtomicUsize,
}

impl Rule {
    /// A `*` stands for any one segment of the path. A rule without a query takes any.
    fn takes(&self, request: &Request) -> bool {
        let segments = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        let (pattern, path) = (segments(&self.path), segments(&request.path));
        self.method == request.method
            && self.query.as_ref().is_none_or(|query| *query == request.query)
            && pattern.len() == path.len()
            && pattern.iter().zip(&path).all(|(pattern, segment)| pattern == "*" || pattern == segment)
    }
}

/// The rules of a server to be. The first rule that takes a request answers it.
#[derive(Default)]
pub struct Script {
    rules: Vec<Rule>,
    running: Option<Running>,
}

struct Running {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    rules: Vec<Rule>,
    requests: Mutex<Vec<Request>>,
    unexpected: Mutex<Vec<String>>,
    connections: Mutex<Vec<TcpStream>>,
    stopping: AtomicBool,
}

impl Script {
    /// No rules yet: every request would be unexpected.
    pub fn new() -> Self {
        Script::default()
    }

    /// Answers requests of that method and path (`/v2/products`, `/v2/product/*`, `/v3/order_approvals?pageNumber=2`).
    pub fn on(mut self, method: &str, target: &str, answer: impl IntoHandler) -> Self {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        self.rules.push(Rule {
            method: method.to_owned(),
            path: path.to_owned(),
            query,
            handler: answer.into_handler(),
            answered: AtomicUsize::new(0),
        });
        self
    }

    /// Starts it on a port of the system's choice. It stops when dropped, and fails the test if it was asked
    /// something it has no rule for.
    #[must_use]
    pub fn start(self) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            rules: self.rules,
            requests: Mutex::default(),
            unexpected: Mutex::default(),
            connections: Mutex::default(),
            stopping: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming() {
                if served.stopping.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                served.connections.lock().unwrap().push(stream.try_clone().unwrap());
                let served = Arc::clone(&served);
                thread::spawn(move || serve(&served, &stream));
            }
        });
        Script { rules: Vec::new(), running: Some(Running { address, shared, accepting: Some(accepting) }) }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("start() comes first")
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.running().address)
    }

    /// Everything it was asked, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.running().shared.requests.lock().unwrap().clone()
    }

    /// Everything it was asked, one line each: `PUT /v3/product/vxc/...`.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(Request::line).collect()
    }

    /// What it was asked to do, beyond reading and fetching tokens.
    pub fn writes(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.method != "GET" && request.path != "/oauth2/token");
        requests
    }

    /// How often it was asked for that method and path, whatever the query.
    pub fn hits(&self, method: &str, path: &str) -> usize {
        self.requests().iter().filter(|request| request.method == method && request.path == path).count()
    }

    /// The only request of that method and path.
    #[track_caller]
    pub fn only(&self, method: &str, path: &str) -> Request {
        let mut found = self.requests();
        found.retain(|request| request.method == method && request.path == path);
        assert!(found.len() == 1, "expected one {method} {path} among {:#?}", self.lines());
        found.remove(0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            let _ = accepting.join();
        }
        for connection in self.shared.connections.lock().unwrap().drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
        let unexpected = self.shared.unexpected.lock().unwrap().clone();
        if !unexpected.is_empty() && !thread::panicking() {
            panic!("the scripted server was asked what it has no rule for: {unexpected:#?}");
        }
    }
}

/// Answers the requests of one connection until it ends.
fn serve(shared: &Shared, stream: &TcpStream) {
    let is_stopping = || shared.stopping.load(Ordering::SeqCst);
    let mut reader = BufReader::new(stream);
    let mut writer = BufWriter::new(stream);
    while let Ok(Some(request)) = Request::read(&mut reader) {
        if is_stopping() {
            break;
        }
        shared.requests.lock().unwrap().push(request.clone());
        let answer = match shared.rules.iter().find(|rule| rule.takes(&request)) {
            Some(rule) => (rule.handler)(&request, rule.answered.fetch_add(1, Ordering::SeqCst)),
            None => {
                shared.unexpected.lock().unwrap().push(request.line());
                Answer::refusal(599, "The script has no rule for this.")
            }
        };
        if answer.hangs() {
            let _ = reader.read_to_end(&mut Vec::new());
            break;
        }
        if !answer.write(&mut writer, &is_stopping).unwrap_or(false) {
            break;
        }
    }
    // The clone kept for stopping would hold the connection open.
    let _ = stream.shutdown(Shutdown::Both);
}
