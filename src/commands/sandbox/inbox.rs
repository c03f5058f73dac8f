//! `portgate sandbox inbox`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::error::Error;
use crate::exit::Exit;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::sandbox::{self, InboxFilter, Mail, Options};
use crate::session::connection::with_sandbox;
use crate::session::context::Context;

/// Read the e-mail that the sandbox sends
///
/// The newest first, to whomever. Each message is also a file in the outbox beside the database, unless it goes to
/// an SMTP server.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  portgate sandbox inbox
  portgate sandbox inbox --to priya@examplecloud.example --about 7c1e09ab
  portgate sandbox inbox show 5b0c9f04")]
pub(crate) struct InboxArgs {
    #[command(subcommand)]
    verb: Option<Verb>,

    /// Only to this recipient: part of an address, a name or a company
    #[arg(long, value_name = "WHO")]
    to: Option<String>,

    /// Only about this: a request's, VXC's or port's id or its beginning, or words of the subject or text
    #[arg(long, value_name = "ID|TEXT")]
    about: Option<String>,

    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show(ShowArgs),
}

/// Show one message as its reader sees it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox inbox show 5b0c9f04
  portgate sandbox inbox show 5b0c9f04 --html >letter.html
  portgate sandbox inbox show 5b0c9f04 -o json")]
struct ShowArgs {
    /// The message's id, or six characters or more of its beginning
    id: String,

    /// Its HTML alone, for a file or a browser
    #[arg(long)]
    html: bool,
}

pub(super) async fn run(context: &Context, args: &InboxArgs) -> anyhow::Result<Exit> {
    if let Some(db) = context.globals.db.as_ref().filter(|db| !db.exists()) {
        // Making one only to find it empty would hide that its name is wrong.
        return Err(Error::new(Exit::NotFound, format!("there is no sandbox database {}", db.display()))
            .hint("check --db; `portgate sandbox reset` makes a new one")
            .into());
    }
    let options = super::options(context)?;
    match &args.verb {
        Some(Verb::Show(show)) => show_one(context, options, show).await,
        None => list(context, options, args).await,
    }
}

async fn list(context: &Context, options: Options, args: &InboxArgs) -> anyhow::Result<Exit> {
    let given = |text: &Option<String>| {
        text.as_ref().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let filter = InboxFilter { to: given(&args.to), about: given(&args.about), limit: args.limit };
    let (opened, wanted) = (options.clone(), filter.clone());
    let inbox = with_sandbox(context, move || sandbox::inbox(&opened, &wanted)).await?;
    let columns = vec![
        Column::fixed("ID", |mail: &Mail| mail.id.chars().take(8).collect::<String>()),
        Column::fixed("SENT", |mail: &Mail| {
            mail.created_at.replace('T', " ").trim_end_matches('Z').to_owned()
        })
        .drop_at(2),
        Column::text("TO", |mail: &Mail| mail.to.clone()).drop_at(1),
        Column::text("GROUP", |mail: &Mail| mail.group.clone()).drop_at(3),
        Column::text("SUBJECT", |mail: &Mail| mail.subject.clone()),
        Column::fixed("STATE", |mail: &Mail| match mail.last_error {
            Some(_) if mail.status == "waiting" => "put off".to_owned(),
            _ => mail.status.clone(),
        })
        .drop_at(4),
    ];
    context.write_list(&ListView::new(&inbox.mails, columns, |mail| record(mail, false)))?;
    let place = options.mail.describe(&options.db);
    let note = match (inbox.total, inbox.mails.len()) {
        (0, _) if filter.to.is_some() || filter.about.is_some() => String::from("No e-mail matches."),
        (0, _) => format!(
            "No e-mail yet. Accept something, or play the customer: {} sandbox request",
            context.invocation()
        ),
        (total, shown) if shown < total => {
            format!("{shown} of {total}; --limit {total} lists all. Sent to {place}")
        }
        (total, _) => format!("{total} e-mail{}, sent to {place}", if total == 1 { "" } else { "s" }),
    };
    context.terminal.say(&note);
    Ok(Exit::Done)
}

async fn show_one(context: &Context, options: Options, args: &ShowArgs) -> anyhow::Result<Exit> {
    let id = args.id.clone();
    let mail = with_sandbox(context, move || sandbox::mail(&options, &id)).await?;
    let lines = if args.html { mail.html.lines().map(str::to_owned).collect() } else { as_read(&mail) };
    context.write_record(&lines, &record(&mail, true))?;
    Ok(Exit::Done)
}

/// What stands above a message, and its text.
fn as_read(mail: &Mail) -> Vec<String> {
    let mut lines = vec![
        format!("To:       {} <{}>, {}", mail.to_name, mail.to, mail.company),
        format!("Subject:  {}", mail.subject),
        format!("Date:     {}", mail.created_at),
        format!("Group:    {}", mail.group),
        format!("State:    {}", state(mail)),
    ];
    if let Some(file) = &mail.file {
        lines.push(format!("File:     {}", file.display()));
    }
    lines.push(String::new());
    lines.extend(mail.text.lines().map(str::to_owned));
    lines
}

fn state(mail: &Mail) -> String {
    match (&mail.delivered_at, &mail.last_error) {
        (Some(at), _) => format!("{} {at}", mail.status),
        (None, Some(error)) => format!("{} after {} attempts: {error}", mail.status, mail.attempts),
        (None, None) => mail.status.clone(),
    }
}

/// A message for programs; a list goes without the HTML.
fn record(mail: &Mail, whole: bool) -> Value {
    let mut record = json!(mail);
    if let Some(fields) = record.as_object_mut().filter(|_| !whole) {
        fields.shift_remove("html");
    }
    record
}
