//! `portgate sandbox inbox`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::render::fields;
use crate::render::output::ListView;
use crate::render::table::Column;
use crate::sandbox::{self, InboxFilter, Mail, MailRoute, Options};
use crate::session::connection::with_sandbox;
use crate::session::context::Context;
use crate::text::amounts::parse_whole;

/// List emails sent by the sandbox
///
/// Lists emails to all recipients, newest first. Each email is also saved as a file in the outbox next to the database,
/// unless it is sent to an SMTP server.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  portgate sandbox inbox
  portgate sandbox inbox --to priya@examplecloud.example --about 7c1e09ab
  portgate sandbox inbox show 5b0c9f04")]
pub(crate) struct InboxArgs {
    #[command(subcommand)]
    verb: Option<Verb>,

    /// Filter by recipient: part of an address, name or company
    #[arg(long, value_name = "WHO")]
    to: Option<String>,

    /// Filter by topic: the ID of a request, VXC or port, a prefix of it, or text in the subject or body
    #[arg(long, value_name = "ID|TEXT")]
    about: Option<String>,

    /// Limit the number of emails
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = parse_whole::<usize>, allow_negative_numbers = true)]
    limit: usize,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Show(ShowArgs),
}

/// Show an email as its recipient sees it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  portgate sandbox inbox show 5b0c9f04
  portgate sandbox inbox show 5b0c9f04 --html > email.html
  portgate sandbox inbox show 5b0c9f04 -o json")]
struct ShowArgs {
    /// ID of the email, or a prefix of at least 6 characters
    id: String,

    /// Print only the HTML
    #[arg(long)]
    html: bool,
}

pub(in crate::commands) fn fields() -> Vec<String> {
    fields::paths_of(&record(&Mail::default(), false))
}

pub(super) async fn run(context: &Context, args: &InboxArgs) -> anyhow::Result<Exit> {
    if let Some(db) = context.globals.db.as_ref().filter(|db| !db.exists()) {
        // Creating an empty database would hide a wrong file name.
        return Err(Error::new(Exit::NotFound, format!("sandbox database {} not found", db.display()))
            .hint(Hint::call("check --db, or run ", "sandbox reset").and(" to create it"))
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
        Column::new("ID", |mail: &Mail| mail.id.chars().take(8).collect::<String>()),
        Column::new("SENT", |mail: &Mail| time_of(context, mail)).drop_at(2),
        Column::text("TO", |mail: &Mail| mail.to.clone()).drop_at(1),
        Column::text("GROUP", |mail: &Mail| mail.group.clone()).drop_at(3),
        Column::text("SUBJECT", |mail: &Mail| mail.subject.clone()),
        Column::new("STATE", |mail: &Mail| match mail.last_error {
            Some(_) if mail.status == "waiting" => "delayed".to_owned(),
            _ => mail.status.clone(),
        })
        .drop_at(4),
    ];
    context.write_list(&ListView::new(&inbox.mails, columns, |mail| record(mail, false)))?;
    let place = options.mail.describe(&options.db);
    let place = match options.mail {
        MailRoute::Outbox => format!("saved in {place}"),
        MailRoute::Smtp(_) => format!("sent to {place}"),
    };
    let note = match (inbox.total, inbox.mails.len()) {
        (0, _) if filter.to.is_some() || filter.about.is_some() => String::from("No emails match."),
        (0, _) => format!(
            "No emails yet. To create some, accept a request or run: {} sandbox request",
            context.invocation()
        ),
        (total, shown) if shown < total => {
            format!("{shown} of {total} emails, {place}; use --limit {total} to list all")
        }
        (total, _) => format!("{total} email{}, {place}", if total == 1 { "" } else { "s" }),
    };
    context.terminal.say(&note);
    Ok(Exit::Done)
}

async fn show_one(context: &Context, options: Options, args: &ShowArgs) -> anyhow::Result<Exit> {
    let id = args.id.clone();
    let mail = with_sandbox(context, move || sandbox::mail(&options, &id)).await?;
    let lines =
        if args.html { mail.html.lines().map(str::to_owned).collect() } else { as_read(context, &mail) };
    context.write_text(&lines, &record(&mail, true))?;
    Ok(Exit::Done)
}

/// When an email was made.
fn time_of(context: &Context, mail: &Mail) -> String {
    mail.created_at.parse().map_or_else(|_| mail.created_at.clone(), |at| context.moments().format(at))
}

/// The headers and text of an email.
fn as_read(context: &Context, mail: &Mail) -> Vec<String> {
    let mut lines = vec![
        format!("To:       {} <{}>, {}", mail.to_name, mail.to, mail.company),
        format!("Subject:  {}", mail.subject),
        format!("Date:     {}", time_of(context, mail)),
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

/// The JSON record of an email; lists omit the HTML.
fn record(mail: &Mail, whole: bool) -> Value {
    let mut record = json!(mail);
    if let Some(fields) = record.as_object_mut().filter(|_| !whole) {
        fields.shift_remove("html");
    }
    record
}
