//! A run for tests: a home of its own, streams that are kept, and a session with a backend whose answers are given.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::options::{GlobalArgs, OutputFormat};
use crate::process_environment::ProcessEnvironment;
use crate::render::output::Form;
use crate::session::connection::{self, Connection};
use crate::session::context::Context;
use crate::terminal::{Facts, Terminal};

/// Where nothing listens.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:1";

/// A run that nobody can be asked in.
pub(crate) struct Run {
    pub(crate) context: Context,
    out: Kept,
    err: Kept,
    _home: TempDir,
}

impl Run {
    pub(crate) fn new(format: OutputFormat, api_url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (out, err) = (Kept::default(), Kept::default());
        let facts = Facts {
            stdin: false,
            stdout: false,
            stderr: false,
            width: None,
            color_stdout: false,
            color_stderr: false,
            redraws: false,
        };
        let terminal = Terminal::of_streams(facts, Box::new(out.clone()), Box::new(err.clone()));
        let variables =
            [("HOME", home.path().to_str().unwrap()), ("MEGAPORT_ACCESS_TOKEN", "a-token-of-a-test")];
        let globals = GlobalArgs {
            api_url: Some(api_url.to_owned()),
            timeout: Some(Duration::from_secs(4)),
            max_retries: Some(0),
            ..GlobalArgs::default()
        };
        let form = Form { format, command: "approvals accept".to_owned(), ..Form::default() };
        let environment = ProcessEnvironment::from_variables(variables);
        let context = Context::new(globals, environment, Rc::new(terminal), form).unwrap();
        Run { context, out, err, _home: home }
    }

    pub(crate) async fn connect(&self) -> Connection {
        connection::open(&self.context).await.unwrap()
    }

    /// What was written to stdout.
    pub(crate) fn out(&self) -> String {
        self.context.terminal.flush().unwrap();
        self.out.text()
    }

    /// What was written to stderr.
    pub(crate) fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Debug, Clone, Default)]
struct Kept(Rc<RefCell<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A backend on loopback that gives these answers, one after the other, and then listens no more.
pub(crate) struct Backend {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// What follows `HTTP/1.1`, with headers, and the body.
pub(crate) type Response = (&'static str, &'static str);

impl Backend {
    /// `None` ends the connection without an answer.
    pub(crate) async fn start(answers: Vec<Option<Response>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        if answers.is_empty() {
            return Backend { url, requests };
        }
        let noted = Arc::clone(&requests);
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                noted.lock().unwrap().push(request);
                if let Some((status, body)) = answer {
                    let length = body.len();
                    let text = format!(
                        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                    );
                    stream.write_all(text.as_bytes()).await.unwrap();
                }
            }
        });
        Backend { url, requests }
    }

    /// The requests that came, such as `PUT /v2/order {"isApproved":true}`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads one request, to the end of its body.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.unwrap();
        assert!(length > 0, "the request is cut: {text}");
        text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or_default() {
            let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1");
            return format!("{line} {body}").trim_end().to_owned();
        }
    }
}
