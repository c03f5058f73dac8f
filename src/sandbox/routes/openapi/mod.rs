//! The OpenAPI 3.1 document of what is served: paths and methods from the one table of routes, what they take and
//! answer from `operations.json` and `schemas.json`, which are written by hand.

use std::sync::OnceLock;

use axum::Extension;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::route::Route;

const SCHEMAS: &str = include_str!("schemas.json");
pub(super) const OPERATIONS: &str = include_str!("operations.json");

/// What the table doesn't contain about an operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    tag: String,
    /// How one shows who one is: a token unless it says `key` or `open`.
    #[serde(default)]
    access: Access,
    #[serde(default)]
    query: Vec<Parameter>,
    body: Option<Value>,
    #[serde(default)]
    body_optional: bool,
    /// Whether the body is a form.
    #[serde(default)]
    form: bool,
    status: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    /// What is answered: in the envelope's `data`, or alone where it is raw.
    data: Value,
    #[serde(default)]
    raw: bool,
}

/// A parameter of the query string; text unless it has a schema.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    name: String,
    description: String,
    #[serde(default)]
    required: bool,
    schema: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Access {
    #[default]
    Token,
    Key,
    Open,
}

/// The table of routes that are served.
#[derive(Clone, Copy)]
pub(super) struct Served(pub(super) &'static [Route]);

pub(crate) async fn show(Extension(Served(routes)): Extension<Served>) -> impl IntoResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| make(routes).to_string()).as_str();
    ([(CONTENT_TYPE, "application/json")], document)
}

pub(super) fn make(routes: &[Route]) -> Value {
    let operations: Map<String, Value> =
        serde_json::from_str(OPERATIONS).expect("a file of this crate, tested");
    let schemas: Value = serde_json::from_str(SCHEMAS).expect("a file of this crate, tested");
    let mut paths = Map::new();
    for route in routes {
        let described = operations.get(&route.name()).expect("every route is described, tested");
        let operation = Operation::deserialize(described).expect("a file of this crate, tested");
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        methods[route.method] = operation.describe(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The Megaport API, as served by portgate's sandbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Based on public information about the Megaport API. Nothing here is real, and nothing is billed. Times \
                are milliseconds since the Unix epoch, speeds Mbps. Every answer has a Trace-Id.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "key": {"type": "http", "scheme": "basic", "description": "Client ID and client secret of an API key"},
            },
        },
    })
}

impl Operation {
    fn describe(self, route: &Route) -> Value {
        let mut parameters: Vec<Value> = placeholders(route.path)
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": path_schema(name)}))
            .collect();
        parameters.extend(self.query.into_iter().map(|Parameter { name, description, required, schema }| {
            let schema = schema.unwrap_or_else(|| json!({"type": "string"}));
            json!({"name": name, "in": "query", "required": required, "description": description, "schema": schema})
        }));
        let security = match self.access {
            Access::Token => {
                parameters.push(json!({
                    "name": "X-Call-Context", "in": "header", "required": false, "schema": {"type": "string"},
                    "description": "UID of the managed account to act for",
                }));
                json!([{"token": []}])
            }
            Access::Key => json!([{"key": []}]),
            Access::Open => json!([]),
        };
        let data = schema(self.data);
        let data = if self.raw { data } else { in_envelope(data) };
        let headers: Map<String, Value> =
            self.headers.into_iter().map(|name| (name, json!({"schema": {"type": "integer"}}))).collect();
        let mut responses = json!({
            self.status.unwrap_or_else(|| "200".into()): {
                "description": "Success",
                "headers": headers,
                "content": {"application/json": {"schema": data}},
            },
        });
        if !matches!(self.access, Access::Open) {
            let refusal = if self.form { "TokenError" } else { "Refusal" };
            responses["default"] = json!({
                "description": "Refused: 400, 401, 403, 404, 409, 413, 429 or 503, with the reason",
                "content": {"application/json": {"schema": schema(json!(refusal))}},
            });
        }
        let mut written = json!({
            "operationId": operation_id(route),
            "summary": route.summary,
            "tags": [self.tag],
            "security": security,
            "parameters": parameters,
            "responses": responses,
        });
        if self.form {
            let form = json!({"type": "object", "properties": {"grant_type": {"type": "string"}}});
            written["requestBody"] = json!({"required": false, "content": {"application/x-www-form-urlencoded": {"schema": form}}});
        } else if let Some(body) = self.body {
            written["requestBody"] = json!({"required": !self.body_optional, "content": {"application/json": {"schema": schema(body)}}});
        }
        written
    }
}

/// A schema as the operations have it: the name of one, an array with one of its elements, or a whole one.
fn schema(mut short: Value) -> Value {
    match &mut short {
        Value::String(name) => json!({"$ref": format!("#/components/schemas/{name}")}),
        Value::Array(element) => json!({"type": "array", "items": schema(element.remove(0))}),
        Value::Object(fields) => {
            for case in fields.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
                *case = schema(case.take());
            }
            short
        }
        _ => short,
    }
}

fn in_envelope(data: Value) -> Value {
    json!({
        "type": "object",
        "properties": {"message": {"type": "string"}, "terms": {"type": "string"}, "data": data},
        "required": ["message", "terms", "data"],
    })
}

fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_schema(name: &str) -> Value {
    match name {
        "action" => json!({"type": "string", "enum": ["CANCEL", "CANCEL_NOW"]}),
        "personId" => json!({"type": "integer"}),
        _ => json!({"type": "string"}),
    }
}

/// The method and the path's words: `get_v2_product_uid`.
fn operation_id(route: &Route) -> String {
    let words = route.path.split(['/', '.', '{', '}']).filter(|word| !word.is_empty());
    std::iter::once(route.method).chain(words).collect::<Vec<_>>().join("_")
}
