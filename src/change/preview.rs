//! What a dry run shows: the requests that would be sent, and what would come of them. Nothing here can send.

use serde_json::{Map, Value, json};

use crate::api::Call;
use crate::change::document::dry_run;
use crate::session::context::Context;

/// A request that would be sent.
pub(crate) struct Planned {
    /// The request.
    pub(crate) call: Call,
    /// What would come of it, a sentence each.
    pub(crate) sentences: Vec<String>,
    /// What it would change, for programs; null where that isn't told.
    pub(crate) changes: Value,
}

impl Planned {
    /// As lines for people, and as an object for programs.
    pub(crate) fn lines_and_object(&self) -> (Vec<String>, Value) {
        let Planned { call, sentences, changes } = self;
        let body = call.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
        let mut lines = vec![format!("would send {} {}{body}", call.method, path_with_query(call))];
        lines.extend(sentences.iter().cloned());
        let mut request = Map::new();
        request.insert("method".to_owned(), json!(call.method.as_str()));
        request.insert("path".to_owned(), json!(path_with_query(call)));
        request.insert("body".to_owned(), json!(call.body));
        if !changes.is_null() {
            request.insert("changes".to_owned(), changes.clone());
        }
        (lines, Value::Object(request))
    }
}

/// Shows them; `otherwise` are lines about what needs no request.
pub(crate) fn write(context: &Context, planned: &[Planned], otherwise: &[String]) -> anyhow::Result<()> {
    let (lines, would_send): (Vec<_>, Vec<_>) = planned.iter().map(Planned::lines_and_object).unzip();
    let mut lines = lines.concat();
    lines.extend(otherwise.iter().cloned());
    if lines.is_empty() {
        lines.push("would send nothing: it is already as asked".to_owned());
    }
    context.write_record(&lines, &dry_run(would_send, None))
}

/// The path with its query, as it goes over the wire.
fn path_with_query(call: &Call) -> String {
    if call.query.is_empty() {
        return call.path.clone();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&call.query).finish();
    format!("{}?{query}", call.path)
}
