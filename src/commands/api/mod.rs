//! `portgate api`: sends a request to any endpoint.

mod body;
mod decision;
mod paging;
mod target;

use std::convert::Infallible;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value};

use crate::api::backend::Environment;
use crate::api::trace::path_without_keys;
use crate::api::{Answer, Call, Client, Method, check_envelope};
use crate::change::{
    self, Action, Attempt, Change, Manner, Outcome, OutcomeKind, Permit, Place, Plan, Planned, Preparation,
    Preview, Question, Sent, Subject, Write, consent, output,
};
use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::ledger::{Object, ObjectKind};
use crate::options::ConsentArgs;
use crate::render::json;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::owner;

/// The request to send.
#[derive(Debug, Args)]
#[command(override_usage = "portgate api [OPTIONS] [METHOD] <PATH>")]
#[command(after_help = "Examples:
  portgate api /v2/products --query 'data[].productName'
  portgate api GET /v3/order_approvals -F status=PENDING --paginate
  portgate api PUT /v3/product/vxc/9a0b1c2d-4e5f-4a6b-8c7d-0e1f2a3b4c5d \\
    -f name='Branch office' --dry-run
  portgate api POST /v2/service/key --input key.json")]
pub(crate) struct ApiArgs {
    /// HTTP method: GET (default), POST, PUT, PATCH or DELETE
    #[arg(value_name = "METHOD", value_parser = parse_first)]
    first: Option<First>,

    /// Path of the API, with an optional query
    // Required, which `cli::as_shown` shows: clap can't have an optional argument before a required one.
    #[arg(value_name = "PATH")]
    path: Option<String>,

    /// Add a field to the body (for GET, to the query); true, false, null and numbers are JSON, @FILE is a file's text;
    /// a[b]=1 and a[]=1 create nested values
    #[arg(short = 'F', long, value_name = "KEY=VALUE")]
    field: Vec<String>,

    /// Add a text field, without interpreting its value
    #[arg(short = 'f', long, value_name = "KEY=VALUE")]
    raw_field: Vec<String>,

    /// Send this JSON file as the body ('-' for stdin); fields then go into the query
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,

    /// Read all pages and combine their `data`
    #[arg(long)]
    paginate: bool,

    /// Print the status and headers before the body
    #[arg(short, long, conflicts_with = "paginate")]
    include: bool,

    /// Skip the confirmation shown before writes to production or a custom URL
    #[arg(short, long)]
    yes: bool,

    /// Show the request without sending it
    #[arg(long)]
    dry_run: bool,
}

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The first word: a method, or the path of a GET.
#[derive(Debug, Clone)]
enum First {
    Method(Method),
    Path(String),
}

fn parse_first(word: &str) -> Result<First, String> {
    if word.contains('/') {
        return Ok(First::Path(word.to_owned()));
    }
    let method = METHODS.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(word));
    method
        .map(First::Method)
        .ok_or_else(|| "use GET, POST, PUT, PATCH or DELETE, or a path that starts with /".to_owned())
}

pub(crate) async fn run(context: &Context, args: ApiArgs) -> anyhow::Result<Exit> {
    let (method, path) = args.target()?;
    let fields = body::fields(context, &args.raw_field, &args.field).await?;
    let reads = method == Method::GET;
    args.check(context, reads)?;
    let input = match &args.input {
        Some(file) => Some(body::from_file(context, file).await?),
        None => None,
    };
    let connection = owner::open(context).await?;
    let (path, mut query) = target::split(&path, &connection.client.endpoints.api)?;
    let body = match input {
        Some(input) => {
            query.extend(body::as_query(&fields)?);
            Some(input)
        }
        None if reads => {
            query.extend(body::as_query(&fields)?);
            None
        }
        None => (!fields.is_empty()).then_some(Value::Object(fields)),
    };
    let call = Call { method, path, query, body };
    if reads && !args.dry_run {
        return read(context, &connection.client, &call, &args).await;
    }
    let permit = match reads {
        true => Permit::to_show(),
        false => {
            let consent = ConsentArgs { yes: args.yes, dry_run: args.dry_run };
            consent::permit(context, &connection, consent).await?.check(decision::check(
                &connection,
                &context.environment,
                &call,
            ))?
        }
    };
    // Other environments cost nothing; a custom URL may be anything.
    let costly = matches!(connection.environment, Environment::Production | Environment::Custom);
    let permit = if costly || connection.limits.confirm_always { permit } else { permit.without_question() };
    let request = RawRequest { name: call.name(), calls: [call] };
    let sending = Sending { connection: &connection, request };
    let report = change::run(context, &permit, &sending, vec![()], Manner::default()).await?;
    let write = |outcomes: &[Outcome<Answer>]| {
        let Some((outcome, answer)) = outcomes.first().and_then(|one| Some((one, one.seen.as_ref()?))) else {
            return Ok(());
        };
        write(context, answer, args.include)
            .map_err(|error| output::unwritten_error(context, outcome, &error))
    };
    report.end(context, permit, write)
}

/// Sends a raw request.
struct Sending<'a> {
    connection: &'a Connection,
    request: RawRequest,
}

impl Subject for Answer {
    fn fields(_: Option<&Self>) -> Map<String, Value> {
        Map::new()
    }

    fn sentence(&self) -> String {
        format!("HTTP {}", self.status)
    }

    /// The body is written separately, as received.
    fn lines(_: &Outcome<Self>) -> Vec<String> {
        Vec::new()
    }
}

impl Plan for Sending<'_> {
    const NOUN: &'static str = "request";
    type Item = ();
    type Ready = ();
    type Seen = Answer;
    type Excess = Infallible;

    fn connection(&self) -> &Connection {
        self.connection
    }

    fn subject(&self, (): &()) -> (String, Action) {
        (self.request.name.clone(), SEND)
    }

    async fn prepare(&self, _: usize, (): &(), _: Option<&()>) -> Preparation<(), Answer> {
        Preparation::Ready(Box::new(()))
    }

    fn question(&self, (): &(), _: Option<&Infallible>) -> Question {
        let RawRequest { name, calls: [call] } = &self.request;
        let body = call.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
        let lines = vec![format!("{name}{body}")];
        Question { lines, text: "Send this request?".to_owned(), ..Question::default() }
    }

    async fn preview(&self, _: usize, (): &(), (): &(), _: Option<&Infallible>) -> Preview<Answer> {
        let [call] = self.request.calls.clone();
        Preview::of_calls([Planned { call, sentences: Vec::new(), changes: Value::Null }])
    }
}

impl Change for Sending<'_> {
    async fn send(&self, _: usize, (): &(), (): &mut (), attempt: &Attempt) -> Sent<Answer> {
        change::send(self.connection, &self.request, attempt).await.0
    }
}

const SEND: Action = Action { verb: "send", participle: "carried out" };

/// A raw request. How to read its result back is unknown: the response is all there is.
struct RawRequest {
    name: String,
    calls: [Call; 1],
}

impl Write for RawRequest {
    type Reading = Answer;
    type Seen = Answer;

    const KIND: ObjectKind = ObjectKind::RawRequest;

    fn subject(&self) -> (&str, Action) {
        (&self.name, SEND)
    }

    fn object(&self) -> Object {
        let [call] = &self.calls;
        let id = format!("{} {}", call.method, path_without_keys(&call.path));
        Object::new(Self::KIND, id, SEND.verb)
    }

    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn can_repeat(&self) -> bool {
        false
    }

    fn check_answer(&self, call: &Call, answer: &Answer) -> Result<(), Error> {
        match answer.status {
            // 204 has no body.
            204 => Ok(()),
            _ => check_envelope(call, answer),
        }
    }

    async fn read(&self, answer: Option<&Answer>) -> Result<Answer, Error> {
        answer.cloned().ok_or_else(|| Error::new(Exit::Other, "a raw request can't be read back"))
    }

    fn place(&self, _: &Answer) -> Place {
        Place::Settled
    }

    async fn conclude(&self, answer: Answer, _: Option<Error>) -> Outcome<Answer> {
        let (id, action) = self.subject();
        Outcome::new(id, action, OutcomeKind::Done).seen(answer)
    }

    fn last_seen(&self, answer: Option<Answer>) -> Option<Answer> {
        answer
    }

    fn doubt_hints(&self) -> Vec<Hint> {
        vec!["it was sent once and won't be retried: check its effect before you send it again".into()]
    }
}

impl ApiArgs {
    /// The method and path: without a method, GET.
    fn target(&self) -> Result<(Method, String), Error> {
        let no_path = |example: &str| Err(Error::usage("no path given").hint(format!("use {example}")));
        match (&self.first, &self.path) {
            (Some(First::Method(method)), Some(path)) => Ok((method.clone(), path.clone())),
            (Some(First::Path(path)), None) => Ok((Method::GET, path.clone())),
            (Some(First::Method(method)), None) => no_path(&format!(
                "portgate api {method} PATH, for example portgate api {method} /v2/products"
            )),
            (Some(First::Path(path)), Some(other)) => {
                Err(Error::usage(format!("unexpected argument '{other}'"))
                    .hint(format!("to send another method than GET, use portgate api METHOD {path}")))
            }
            (None, _) => no_path("portgate api PATH, for example portgate api /v2/products"),
        }
    }

    fn check(&self, context: &Context, reads: bool) -> Result<(), Error> {
        if self.include && !context.output.is_for_people() {
            return Err(Error::usage("--include can't be combined with --output or --query"));
        }
        if self.paginate && !reads {
            return Err(Error::usage("--paginate requires GET"));
        }
        if self.input.is_some() && reads {
            return Err(Error::usage("--input can't be used with GET")
                .hint("use --field for query parameters, or another method"));
        }
        Ok(())
    }
}

async fn read(context: &Context, client: &Client, call: &Call, args: &ApiArgs) -> anyhow::Result<Exit> {
    if args.paginate {
        let reading = paging::read_all(client, call);
        let whole = context.with_progress("reading all pages", reading).await?;
        write_value(context, &whole)?;
    } else {
        let answer = context.with_progress("reading", client.read_answer(call)).await?;
        write(context, &answer, args.include)?;
    }
    Ok(Exit::Done)
}

/// Writes a body as received; for other formats and queries it must be JSON.
fn write(context: &Context, answer: &Answer, include: bool) -> anyhow::Result<()> {
    let parsed = serde_json::from_slice::<Value>(&answer.body);
    if !context.output.is_for_people() {
        let nothing = answer.body.iter().all(u8::is_ascii_whitespace);
        return match parsed {
            Ok(value) => write_value(context, &value),
            Err(_) if nothing => write_value(context, &Value::Null),
            Err(error) => Err(Error::new(Exit::Api, "the response is not JSON and can't be converted")
                .reason(error.to_string())
                .hint("omit --output and --query to see it unchanged")
                .into()),
        };
    }
    let on_terminal = context.terminal.facts.stdout;
    let body = String::from_utf8_lossy(&answer.body);
    let mut text = String::new();
    if include {
        text.push_str(&head(answer));
    }
    match parsed {
        Ok(value) if on_terminal => text.push_str(&json::pretty(&value)),
        _ => text.push_str(&body),
    }
    if on_terminal && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    context.terminal.result_text(&text)?;
    context.terminal.flush()?;
    Ok(())
}

/// Status and headers, followed by an empty line.
fn head(answer: &Answer) -> String {
    let mut text = format!("HTTP {}\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
    }
    text.push('\n');
    text
}

/// Writes a document in the requested format; the elements of a list in `data` are its rows.
fn write_value(context: &Context, value: &Value) -> anyhow::Result<()> {
    if context.output.is_for_people() {
        let on_terminal = context.terminal.facts.stdout;
        context.terminal.result(&if on_terminal { json::pretty(value) } else { json::compact(value) })?;
        context.terminal.flush()?;
        Ok(())
    } else if value.get("data").is_some_and(Value::is_array) {
        context.write_document(value, "data")
    } else {
        context.write_record(&[], value)
    }
}
