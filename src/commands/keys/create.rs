//! `portgate keys create`

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::show::location;
use super::terms::{TermArgs, one_of, wrong_terms_error};
use super::write::{CREATE, KeyCreation, plan_call};
use super::{caution, choose, view};
use crate::api::products::Product;
use crate::api::service_keys::{KeyTerms, ServiceKey, create_call};
use crate::change::{self, Action, Attempt, Found, Preview, Question, Record, Sent, Single, consent};
use crate::commands::input;
use crate::commands::ports::with_ports_hint;
use crate::domain::keys::period::parse_expiry;
use crate::domain::keys::terms::check_new;
use crate::domain::keys::{Draft, KeyRecord};
use crate::domain::ports::{bare as ports, find_port};
use crate::error::{Error, Hint, Kind};
use crate::exit::Exit;
use crate::options::ConsentArgs;
use crate::session::connection::Connection;
use crate::session::context::Context;
use crate::session::owner;
use crate::session::place;
use crate::text::Uid;
use crate::text::moment::Moments;
use crate::text::name::parse_name;
use crate::text::words::shell_word;
use crate::text::{Mbps, words};

/// Create a service key
///
/// By default, the key is active, allows one connection at up to the port's speed, and requires your approval of the
/// order. In a terminal, you are prompted for missing values. The result includes the full key.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate keys create --port SYD1-A --max-speed 500 --expires-in 30d \\
    --description 'Globex Bank, branch'
  portgate keys create --port SYD1-A --expires-in 12w --pre-approved \\
    --vlan 1500 --yes --query key
  portgate keys create --from-file key.json --dry-run")]
#[command(mut_arg("yes", |arg| arg.help(YES)))]
pub(crate) struct CreateArgs {
    /// Port the key connects to: its name, or its UID or the start of it
    #[arg(long, value_name = "PORT", value_parser = parse_name)]
    port: Option<String>,

    #[command(flatten)]
    terms: TermArgs,

    /// Create the key inactive
    #[arg(long)]
    inactive: bool,

    /// Create the key active (default)
    #[arg(long, hide_short_help = true, conflicts_with = "inactive")]
    active: bool,

    /// Promotion code of the key
    #[arg(long, value_name = "CODE", hide_short_help = true)]
    promo_code: Option<String>,

    /// Read the key from a JSON file ('-' for stdin); flags override its fields
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,

    #[command(flatten)]
    consent: ConsentArgs,
}

const YES: &str = "Skip the confirmation prompt; required without a terminal for a multi-use, pre-approved key valid for more than two years";

pub(super) async fn run(context: &Context, args: CreateArgs) -> anyhow::Result<Exit> {
    create(context, args).await.map_err(|error| match Error::in_chain(&error) {
        Some(found) if found.kind == Kind::Interrupted => {
            found.clone().add_to_interruption("no key was created").into()
        }
        _ => error,
    })
}

async fn create(context: &Context, args: CreateArgs) -> anyhow::Result<Exit> {
    let mut file = match &args.from_file {
        Some(file) => Draft::parse(&input::read_text(context, file, "the service key").await?)?,
        None => Draft::default(),
    };
    file.vlan = file.vlan.filter(|_| !args.terms.no_vlan);
    let flags = Draft {
        port: args.port,
        active: one_of(args.active, args.inactive),
        promo_code: args.promo_code,
        ..args.terms.draft()
    };
    let mut draft = flags.or_else_from(file);
    if let Some(why) = context.why_not_ask() {
        check_complete(&draft, why)?;
        let now = context.clock.now();
        let terms = draft.terms(&Product::default(), now)?;
        caution::check_wide(context, args.consent, &terms, None, now)?;
    }
    let (mut connection, permit) = consent::open(context, args.consent).await?;
    owner::check_key(context, &connection).await?;
    let port = choose_port(context, &mut connection, &draft).await?;
    if context.may_ask() {
        ask_missing(context, &mut draft, &port).await?;
    }
    let now = connection.clock.now();
    let wanted = draft.terms(&port, now)?;
    let name =
        port.product_name.as_deref().or(port.product_uid.as_ref().map(Uid::as_str)).unwrap_or("the port");
    check_new(&wanted, port.port_speed, now).map_err(|wrong| wrong_terms_error(wrong, name))?;
    let sentence = view::sentence(&wanted, name, port.port_speed, context.moments());
    let warnings = caution::new_key_warnings(context, &connection, &wanted, &port).await;
    let (connection, moments, port_speed) = (&connection, context.moments(), port.port_speed);
    let creation = Creation { connection, moments, wanted, port_speed, sentence, warnings };
    change::run_single(context, permit, &creation, |created| {
        context.say_next(&Hint::call("", format!("keys show {} --handout", created.id)));
    })
    .await
}

struct Creation<'a> {
    connection: &'a Connection,
    moments: &'a Moments,
    wanted: KeyTerms,
    port_speed: Option<Mbps>,
    /// The key's terms, for people.
    sentence: String,
    warnings: Vec<String>,
}

impl<'a> Single for Creation<'a> {
    const NOUN: &'static str = "service keys";
    type Ready = KeyCreation<'a>;

    fn connection(&self) -> &Connection {
        self.connection
    }

    fn subject(&self) -> (String, Action) {
        ("the service key".to_owned(), CREATE)
    }

    async fn prepare(&self) -> Result<Found<KeyCreation<'a>>, Error> {
        KeyCreation::prepare(&self.connection.client, self.wanted.clone(), self.port_speed)
            .await
            .map(Found::Ready)
    }

    fn warnings(&self, _: &KeyCreation<'a>) -> Vec<String> {
        self.warnings.clone()
    }

    fn question(&self, _: &KeyCreation<'a>) -> Question {
        Question {
            lines: vec![self.sentence.clone()],
            text: "Create this service key?".to_owned(),
            ..Question::default()
        }
    }

    fn preview(&self, _: &KeyCreation<'a>) -> Preview<Record> {
        Preview::of_calls([plan_call(create_call(&self.wanted), &[], self.sentence.clone())])
    }

    async fn send(&self, creation: &KeyCreation<'a>, attempt: &Attempt) -> Sent<Record> {
        let (sent, _) = change::send(self.connection, creation, attempt).await;
        sent.map(|ended| ended.map(|key| created_record(&key, self.connection.clock.now(), self.moments)))
    }
}

fn created_record(key: &ServiceKey, now: Timestamp, moments: &Moments) -> Record {
    let record = KeyRecord::from_key(key, now, true);
    let handle = key.handle();
    Record {
        lines: view::lines(&record, location(key).as_deref(), true, now, moments),
        done: format!("created service key {handle} on {}", record.port()),
        look: Hint::call("show the full key: ", format!("keys show {handle} --reveal")),
        value: json!(record),
    }
}

/// Reports required options that can't be prompted for.
fn check_complete(draft: &Draft, why: &str) -> Result<(), Error> {
    let port = draft.port.is_none().then_some("--port PORT");
    let expiry = draft.expiry.is_none().then_some("--expires-in TIME or --no-expiry");
    let missing: Vec<&str> = port.into_iter().chain(expiry).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", and ");
    let port = draft.port.as_deref().map_or_else(|| "PORT".to_owned(), shell_word);
    let hint = Hint::call("for example: ", format!("keys create --port {port} --expires-in 30d"));
    let error = Error::usage(format!("missing {missing} ({why})"));
    Err(error.hint(hint).hint_each(expiry.map(|_| "or use --no-expiry for a key that never expires")))
}

/// The port given or picked. Shows the company as soon as it is known, before any prompt.
async fn choose_port(
    context: &Context,
    connection: &mut Connection,
    draft: &Draft,
) -> Result<Product, Error> {
    if let Some(named) = &draft.port {
        let reading = ports::find(&connection.client, named);
        let port = context.with_progress("reading the port", reading).await.map_err(with_ports_hint)?;
        choose::check_port(connection, &port)?;
        choose::learn(connection, port.company_uid.as_ref(), port.company_name.as_deref());
        place::say_place(context, connection);
        return Ok(port);
    }
    let all = context.with_progress("reading your ports", ports::list(&connection.client)).await?;
    if all.is_empty() {
        return Err(Error::new(Exit::NotFound, "your company has no port to create a key for"));
    }
    if let Some(first) = all.first() {
        choose::learn(connection, first.company_uid.as_ref(), first.company_name.as_deref());
    }
    place::say_place(context, connection);
    for (index, port) in all.iter().enumerate() {
        let name = port.product_name.as_deref().or(port.product_uid.as_ref().map(Uid::as_str)).unwrap_or("-");
        let place = port.location_detail.name.as_deref().unwrap_or("-");
        let speed = port.port_speed.map_or_else(|| "-".to_owned(), words::mbps);
        context.terminal.say(&format!("{:>3}  {name}  {place}  {speed}", index + 1));
    }
    ask(context, "Port (number or name)", None, |text| match text.parse::<usize>() {
        Ok(number) if (1..=all.len()).contains(&number) => Ok(all[number - 1].clone()),
        _ => find_port(&all, text).cloned(),
    })
    .await
}

/// Prompts until the answer is valid.
async fn ask<T>(
    context: &Context,
    question: &str,
    suggestion: Option<&str>,
    read: impl Fn(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    loop {
        let text = context.prompter().text(question, suggestion).await?;
        match read(text.trim()) {
            Ok(answer) => return Ok(answer),
            Err(error) => context.terminal.say(&error.message),
        }
    }
}

/// Prompts for missing values: all of them if the port wasn't given, otherwise only for those required.
async fn ask_missing(context: &Context, draft: &mut Draft, port: &Product) -> Result<(), Error> {
    let prompter = context.prompter();
    let guided = draft.port.is_none();
    if guided && draft.description.is_none() {
        draft.description = prompter.text_or_none("Description (optional)").await?;
    }
    if guided && draft.max_speed.is_none() {
        let most = port.port_speed.unwrap_or(Mbps(u64::MAX));
        let all = port.port_speed.map(|speed| speed.to_string());
        let read = |text: &str| match text.parse().map_err(Error::usage)? {
            speed if speed > most => Err(Error::usage(format!("enter a speed of at most {most} Mbps"))),
            speed => Ok(speed),
        };
        draft.max_speed =
            Some(ask(context, "Maximum speed per connection in Mbps", all.as_deref(), read).await?);
    }
    if draft.expiry.is_none() {
        let question = "Expires in (for example 30d or 12w, a date, or never)";
        draft.expiry = Some(ask(context, question, Some("30d"), parse_expiry).await?);
    }
    if guided && draft.single_use.is_none() && draft.vlan.is_none() {
        draft.single_use = Some(!prompter.confirm("Allow multiple connections?").await?);
    }
    if guided && draft.pre_approved.is_none() {
        draft.pre_approved = Some(prompter.confirm("Pre-approve orders made with this key?").await?);
    }
    Ok(())
}
