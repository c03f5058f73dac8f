//! What a scripted server answers, well or badly.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// Holds an answer back until the test opens it.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    state: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Gate::default()
    }

    /// Lets everything through, now and later.
    pub fn open(&self) {
        *self.state.0.lock().unwrap() = true;
        self.state.1.notify_all();
    }

    /// Waits, in a test, until the server has opened it; half a minute is a failure, not a wait.
    #[track_caller]
    pub fn wait_open(&self) {
        let open = self.state.0.lock().unwrap();
        let (open, _) =
            self.state.1.wait_timeout_while(open, Duration::from_secs(30), |open| !*open).unwrap();
        assert!(*open, "nobody opened the gate");
    }

    /// Waits until it is open or the server is being stopped.
    pub fn wait(&self, is_stopping: &dyn Fn() -> bool) {
        let mut open = self.state.0.lock().unwrap();
        while !*open && !is_stopping() {
            (open, _) = self.state.1.wait_timeout(open, Duration::from_millis(50)).unwrap();
        }
    }
}

/// A piece of an answer.
#[derive(Clone)]
enum Part {
    Bytes(Vec<u8>),
    Wait(Gate),
    Stream(Arc<Generator>),
}

/// Writes pieces of a body one after the other: `write` is to be called with each.
pub type Generator = dyn Fn(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> + Send + Sync;

/// How the body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// With its length.
    Length,
    /// In chunks.
    Chunked,
    /// As long as the connection lasts.
    UntilClose,
    /// Bytes as they are, no HTTP at all.
    Raw,
}

/// One answer of a scripted server.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    parts: Vec<Part>,
    framing: Framing,
    /// Bytes the header promises beyond those that come.
    missing: usize,
    /// Whether the connection ends after it.
    ends_connection: bool,
    /// Whether nothing is written until the client gives up.
    hangs: bool,
}

impl Answer {
    /// A body of that type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Answer {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            parts: vec![Part::Bytes(body.into())],
            framing: Framing::Length,
            missing: 0,
            ends_connection: false,
            hangs: false,
        }
    }

    /// A JSON body as it is.
    pub fn json(status: u16, body: &Value) -> Self {
        Answer::new(status, "application/json", body.to_string())
    }

    /// 200 with the envelope around the data.
    pub fn ok(data: impl Into<Value>) -> Self {
        let envelope =
            json!({"message": "OK", "terms": "This data is subject to the terms.", "data": data.into()});
        Answer::json(200, &envelope)
    }

    /// A refusal in the envelope.
    pub fn refusal(status: u16, message: &str) -> Self {
        Answer::json(status, &json!({"message": message, "terms": null, "data": null}))
    }

    /// A page of a web server that isn't the API.
    pub fn html(status: u16) -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>\n";
        Answer::new(status, "text/html; charset=utf-8", page)
    }

    /// A body of no bytes.
    pub fn empty(status: u16) -> Self {
        Answer::new(status, "application/json", "")
    }

    /// Sends the client elsewhere.
    pub fn redirect(status: u16, location: &str) -> Self {
        Answer::empty(status).header("Location", location)
    }

    /// Closes the connection without a byte; the request has been received all the same.
    pub fn lost() -> Self {
        Answer { ends_connection: true, ..Answer::raw("") }
    }

    /// Never answers; the connection stays until the client gives up.
    pub fn silence() -> Self {
        Answer { hangs: true, ..Answer::lost() }
    }

    /// Bytes that are written as they are, then the connection ends: no HTTP, unless they are.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        let mut answer = Answer::new(0, "", bytes);
        answer.framing = Framing::Raw;
        answer.ends_connection = true;
        answer
    }

    /// A chunked body made on the fly, however long.
    pub fn stream(
        generator: impl Fn(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let mut answer = Answer::new(200, "application/json", "");
        answer.parts = vec![Part::Stream(Arc::new(generator))];
        answer.framing = Framing::Chunked;
        answer
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    /// Frames the body in chunks of a few bytes each.
    pub fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// No length and no chunks: the end of the connection is the end of the body.
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::UntilClose;
        self.ends_connection = true;
        self
    }

    /// Ends the connection after it, as `Connection: close` announces.
    pub fn closing(mut self) -> Self {
        self.ends_connection = true;
        self.header("Connection", "close")
    }

    /// Sends only the first bytes of the body, though the header promises all, and ends the connection.
    pub fn cut_after(mut self, kept: usize) -> Self {
        let mut body = self.body();
        assert!(kept < body.len(), "there is nothing to cut");
        self.missing = body.len() - kept;
        body.truncate(kept);
        self.parts = vec![Part::Bytes(body)];
        self.ends_connection = true;
        self
    }

    /// The first bytes of the body, correctly framed: JSON that ends too early.
    pub fn truncated_to(mut self, kept: usize) -> Self {
        let mut body = self.body();
        assert!(kept < body.len(), "there is nothing to cut");
        body.truncate(kept);
        self.parts = vec![Part::Bytes(body)];
        self
    }

    /// Waits at the gate before anything is written.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.parts.insert(0, Part::Wait(gate.clone()));
        self
    }

    /// Waits at the gate after the header and half of the body.
    pub fn halved_by(mut self, gate: &Gate) -> Self {
        let body = self.body();
        let (first, second) = body.split_at(body.len() / 2);
        self.parts =
            vec![Part::Bytes(first.to_vec()), Part::Wait(gate.clone()), Part::Bytes(second.to_vec())];
        self
    }

    /// Compresses the body, to the letter of the format and no smaller.
    pub fn gzip(mut self) -> Self {
        let body = self.body();
        self.parts = vec![Part::Bytes(stored_gzip(&body))];
        self.header("Content-Encoding", "gzip")
    }

    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) => body.extend_from_slice(bytes),
                Part::Wait(_) => {}
                Part::Stream(_) => panic!("a body made on the fly can't be changed"),
            }
        }
        body
    }

    /// Whether the client is to be left waiting.
    pub(super) fn hangs(&self) -> bool {
        self.hangs
    }

    /// Writes it; answers whether the connection goes on.
    pub fn write(&self, stream: &mut impl Write, is_stopping: &dyn Fn() -> bool) -> io::Result<bool> {
        let mut parts = self.parts.as_slice();
        while let [Part::Wait(gate), rest @ ..] = parts {
            gate.wait(is_stopping);
            parts = rest;
        }
        if self.framing != Framing::Raw {
            stream.write_all(self.head().as_bytes())?;
        }
        let chunked = self.framing == Framing::Chunked;
        for part in parts {
            match part {
                Part::Wait(gate) => {
                    stream.flush()?;
                    gate.wait(is_stopping);
                }
                Part::Bytes(bytes) if chunked => {
                    for piece in bytes.chunks(7) {
                        write_chunk(stream, piece)?;
                    }
                }
                Part::Bytes(bytes) => stream.write_all(bytes)?,
                Part::Stream(generator) => generator(&mut |piece| match chunked {
                    true => write_chunk(stream, piece),
                    false => stream.write_all(piece),
                })?,
            }
        }
        if chunked && self.missing == 0 {
            stream.write_all(b"0\r\n\r\n")?;
        }
        stream.flush()?;
        Ok(!self.ends_connection)
    }

    fn head(&self) -> String {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        match self.framing {
            Framing::Length => {
                head.push_str(&format!("Content-Length: {}\r\n", self.body().len() + self.missing));
            }
            Framing::Chunked => head.push_str("Transfer-Encoding: chunked\r\n"),
            Framing::UntilClose | Framing::Raw => {}
        }
        head + "\r\n"
    }
}

fn write_chunk(stream: &mut impl Write, piece: &[u8]) -> io::Result<()> {
    if piece.is_empty() {
        return Ok(());
    }
    write!(stream, "{:x}\r\n", piece.len())?;
    stream.write_all(piece)?;
    stream.write_all(b"\r\n")
}

/// A gzip file whose blocks are stored: RFC 1952 around RFC 1951, section 3.2.4.
fn stored_gzip(body: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let blocks: Vec<&[u8]> = if body.is_empty() { vec![body] } else { body.chunks(0xffff).collect() };
    for (index, block) in blocks.iter().enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        file.push(u8::from(index + 1 == blocks.len()));
        file.extend_from_slice(&length.to_le_bytes());
        file.extend_from_slice(&(!length).to_le_bytes());
        file.extend_from_slice(block);
    }
    let crc = body.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    });
    file.extend_from_slice(&(!crc).to_le_bytes());
    file.extend_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
    file
}
