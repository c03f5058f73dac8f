//! What a dry run shows: the requests that would be sent, and what would come of them. Nothing here can send.

use serde_json::{Map, Value, json};

use crate::api::Call;

/// A request that would be sent.
pub(crate) struct Planned {
    pub(crate) call: Call,
    /// What would come of it, a sentence each.
    pub(crate) sentences: Vec<String>,
    /// What it would change, for programs; null where that isn't told.
    pub(crate) changes: Value,
}

/// What a dry run shows of one change: lines for people, and an object for programs for each request.
#[derive(Default)]
pub(crate) struct Preview {
    pub(crate) lines: Vec<String>,
    pub(crate) would_send: Vec<Value>,
}

impl Preview {
    /// What is shown of requests sent one after the other.
    pub(crate) fn of_calls(planned: impl IntoIterator<Item = Planned>) -> Self {
        let mut preview = Preview::default();
        for Planned { call, sentences, changes } in planned {
            let body = call.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
            preview.lines.push(format!("would send {} {}{body}", call.method, path_with_query(&call)));
            preview.lines.extend(sentences);
            let mut request = Map::new();
            request.insert("method".to_owned(), json!(call.method.as_str()));
            request.insert("path".to_owned(), json!(path_with_query(&call)));
            request.insert("body".to_owned(), json!(call.body));
            if !changes.is_null() {
                request.insert("changes".to_owned(), changes);
            }
            preview.would_send.push(Value::Object(request));
        }
        preview
    }
}

/// The path with its query, as it goes over the wire.
fn path_with_query(call: &Call) -> String {
    if call.query.is_empty() {
        return call.path.clone();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&call.query).finish();
    format!("{}?{query}", call.path)
}
