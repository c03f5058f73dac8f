//! The sandbox's emails, for commands and tests.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::error::{Error, Hint};
use crate::exit::Exit;
use crate::sandbox::app::App;
use crate::sandbox::clock::rfc3339;
use crate::sandbox::delivery::outbox;
use crate::sandbox::event::Kind;
use crate::sandbox::mail::{self, DOMAIN};
use crate::sandbox::options::{EMBEDDED_GRACE, Options};
use crate::sandbox::store;
use crate::sandbox::store::messages::{self, Kept};
use crate::text::id::SHORTEST;
use crate::text::name::only_one;

/// A filter for emails; an email must match every condition.
#[derive(Debug, Clone, Default)]
pub struct InboxFilter {
    /// Part of the recipient's address, name or company, case-insensitive.
    pub to: Option<String>,
    /// A UID prefix of the topic, or part of the subject or text, case-insensitive.
    pub about: Option<String>,
    pub limit: usize,
}

/// The newest messages first, and the number of all matching messages.
#[derive(Debug, Clone)]
pub struct Inbox {
    pub total: usize,
    pub mails: Vec<Mail>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Mail {
    /// The Message-ID without the domain.
    pub id: String,
    /// The Message-ID without angle brackets.
    pub message_id: String,
    pub to: String,
    pub to_name: String,
    pub company: String,
    pub group: String,
    /// Kind of event, such as `request-received`.
    pub event: String,
    /// UID of the request, VXC, port, user or key it is about.
    pub about: String,
    pub subject: String,
    pub text: String,
    pub status: String,
    /// Number of delivery attempts.
    pub attempts: i64,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was created, in RFC 3339.
    pub created_at: String,
    /// When it was delivered, in RFC 3339.
    pub delivered_at: Option<String>,
    #[serde(serialize_with = "serialize_path")]
    pub file: Option<PathBuf>,
    pub html: String,
}

fn serialize_path<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.display().to_string()).serialize(serializer)
}

/// Applies due events, delivers waiting emails (for at most two seconds), and lists emails.
pub fn inbox(options: &Options, filter: &InboxFilter) -> anyhow::Result<Inbox> {
    let app = brought_up_to_date(options)?;
    list(&app, &options.db, filter).map_err(|error| store::explain(error, &options.db).into())
}

/// Finds a message by its ID or a prefix of at least 6 characters.
pub fn mail(options: &Options, id: &str) -> anyhow::Result<Mail> {
    let app = brought_up_to_date(options)?;
    let wanted = id.trim().trim_matches(['<', '>']).to_lowercase();
    let bare = wanted.strip_suffix(&format!("@{DOMAIN}")).unwrap_or(&wanted).to_owned();
    if bare.len() < SHORTEST {
        return Err(Error::usage(format!("email ID '{id}' is too short"))
            .hint(Hint::call("use at least 6 characters; run ", "sandbox inbox").and(" to list the IDs"))
            .into());
    }
    let found = make_letters(&app)
        .and_then(|()| app.store.read(|connection| messages::by_prefix(connection, &bare))?)
        .map_err(|error| store::explain(error, &options.db))?;
    let found = only_one(found, id, "emails", |kept| format!("{}  {}", kept.message_id, kept.subject))?;
    let kept = found.ok_or_else(|| {
        Error::new(Exit::NotFound, format!("email '{id}' not found"))
            .hint(Hint::call("list emails: ", "sandbox inbox"))
    })?;
    Ok(mail_of(kept, &options.db))
}

fn brought_up_to_date(options: &Options) -> anyhow::Result<App> {
    let app = options.open()?;
    options.courier(&app, EMBEDDED_GRACE, true)?.finish(EMBEDDED_GRACE);
    Ok(app)
}

/// Lists the newest messages of an open sandbox.
pub(crate) fn list(app: &App, db: &Path, filter: &InboxFilter) -> rusqlite::Result<Inbox> {
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let (to, about) = (filter.to.as_deref(), filter.about.as_deref());
    make_letters(app)?;
    let (total, kept) = app.store.read(|connection| messages::newest(connection, to, about, limit))??;
    Ok(Inbox {
        total: usize::try_from(total).unwrap_or_default(),
        mails: kept.into_iter().map(|kept| mail_of(kept, db)).collect(),
    })
}

/// Makes the letters that wait for their delivery, some at a time: changes needn't wait for all.
fn make_letters(app: &App) -> rusqlite::Result<()> {
    const SOME: i64 = 100;
    while mail::make_letters(&app.store, i64::MAX, SOME)? {}
    Ok(())
}

fn mail_of(kept: Kept, db: &Path) -> Mail {
    let file = outbox::folder(db).join(outbox::file_name(&kept.message_id, kept.created_at));
    let group = Kind::parse(&kept.event).map_or_else(String::new, |kind| kind.group().title().to_owned());
    Mail {
        id: kept.message_id.split('@').next().unwrap_or_default().to_owned(),
        message_id: kept.message_id,
        to: kept.recipient,
        to_name: kept.recipient_name,
        company: kept.company_name,
        group,
        event: kept.event,
        about: kept.about,
        subject: kept.subject,
        text: kept.text_body,
        html: kept.html_body,
        status: kept.status.to_lowercase(),
        attempts: kept.attempts,
        last_error: kept.last_error,
        created_at: rfc3339(kept.created_at),
        delivered_at: kept.delivered_at.map(rfc3339),
        file: file.is_file().then_some(file),
    }
}
