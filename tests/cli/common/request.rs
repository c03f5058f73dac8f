//! A request as the scripted server received it.

use std::io::{self, BufRead};

use serde_json::Value;

/// What came in, kept for assertions.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `PUT`, ...
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The query without its question mark; empty where there is none.
    pub query: String,
    /// Names in lower case, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from chunks.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!("{} {} sent no JSON ({error}): {}", self.method, self.path, self.text())
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A parameter of the query, undone of its percent signs.
    pub fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// `PUT /path?query`.
    pub fn line(&self) -> String {
        match self.query.as_str() {
            "" => format!("{} {}", self.method, self.path),
            query => format!("{} {}?{query}", self.method, self.path),
        }
    }

    /// Reads one from a connection; `None` where the client closed it instead.
    pub fn read(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let first = read_line(stream)?;
        if first.is_empty() {
            return Ok(None);
        }
        let mut words = first.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let line = read_line(stream)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            loop {
                let size = usize::from_str_radix(read_line(stream)?.trim(), 16).unwrap_or(0);
                let start = request.body.len();
                request.body.resize(start + size, 0);
                stream.read_exact(&mut request.body[start..])?;
                read_line(stream)?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = request.header("content-length").and_then(|length| length.parse().ok()) {
            request.body.resize(length, 0);
            stream.read_exact(&mut request.body)?;
        }
        Ok(Some(request))
    }
}

/// A line without its end; empty at the end of the stream too.
fn read_line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
