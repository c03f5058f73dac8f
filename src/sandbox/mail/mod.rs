//! Email: the messages of an event and their letters.
//!
//! [`post`] writes one message per recipient in the transaction of the change; the courier delivers them later, so that
//! a crash loses none. Their letters are made only then, or when they are read.

mod html;
mod letter;
mod payload;
mod templates;

use rusqlite::Connection;
use uuid::Uuid;

use crate::sandbox::event::Event;
use crate::sandbox::role::{Action, may};
use crate::sandbox::store::messages::{self, Draft};
use crate::sandbox::store::{Store, settings};
use letter::{Caller, Reader};
use payload::Payload;

/// The domain of senders and Message-IDs.
pub(crate) const DOMAIN: &str = "sandbox.megaport.example";

/// Writes the messages of an event: one for each active user of its company who has email turned on, has a role that may
/// subscribe, and is subscribed to its group.
pub(crate) fn post(transaction: &Connection, event_id: i64, event: &Event<'_>) -> rusqlite::Result<()> {
    let group = event.kind.group();
    for recipient in messages::reachable(transaction, event.company_id, &group.wire_name())? {
        let is_subscribed = recipient.choice.unwrap_or(group.is_on_by_default());
        if !is_subscribed || !may(recipient.role, Action::Subscribe) {
            continue;
        }
        let message = messages::NewMessage {
            event_id,
            user_id: recipient.user_id,
            message_id: &format!("{}@{DOMAIN}", Uuid::new_v4()),
            recipient: &recipient.email,
            created_at: event.at_ms,
        };
        message.insert(transaction)?;
    }
    Ok(())
}

/// Makes the letters of some messages to be delivered by then that have none; returns whether there were any. Without any,
/// nobody has to wait for it.
pub(crate) fn make_letters(store: &Store, wall_ms: i64, limit: i64) -> rusqlite::Result<bool> {
    if store.read(|connection| messages::drafts(connection, wall_ms, 1))??.is_empty() {
        return Ok(false);
    }
    store.change(|transaction| {
        let db = match settings::is_usual_file(transaction)? {
            true => None,
            false => Some(transaction.path().unwrap_or_default()),
        };
        for draft in &messages::drafts(transaction, wall_ms, limit)? {
            make_letter(transaction, draft, db)?;
        }
        Ok(true)
    })
}

fn make_letter(transaction: &Connection, draft: &Draft, db: Option<&str>) -> rusqlite::Result<i64> {
    let payload = serde_json::from_str(&draft.payload).unwrap_or_default();
    let reader = Reader {
        first_name: &draft.first_name,
        role: draft.role,
        company_name: &draft.company_name,
        group: draft.kind.group(),
    };
    let caller =
        Caller { db: db.map(str::to_owned), company: (!draft.is_first).then(|| draft.company_slug.clone()) };
    let letter = templates::letter(draft.kind, &Payload { value: &payload, at_ms: draft.created_at });
    let made = messages::Letter {
        id: draft.id,
        subject: &letter.subject,
        text_body: &letter.text(&reader, &caller),
        html_body: &letter.html(&reader, &caller),
    };
    made.insert(transaction)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::Path;
    use std::{env, fs};

    use serde_json::Value;

    use super::*;
    use crate::sandbox::event::Kind;
    use crate::sandbox::role::Role;

    /// Every email in full, for payloads that cover every variant. `PORTGATE_REGENERATE=1` rewrites the file.
    #[test]
    fn the_letters_are_as_written_down() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/letters");
        let cases: Vec<Value> =
            serde_json::from_str(&fs::read_to_string(folder.join("payloads.json")).unwrap()).unwrap();
        let mut written = String::new();
        for case in &cases {
            let kind = Kind::parse(case["kind"].as_str().unwrap()).unwrap();
            let letter =
                templates::letter(kind, &Payload { value: &case["payload"], at_ms: 1_767_225_600_000 });
            let role =
                if kind.name().ends_with("sent") { Role::CompanyAdmin } else { Role::TechnicalContact };
            let reader = Reader { first_name: "Ada", role, company_name: "Globex Bank", group: kind.group() };
            let caller = Caller { db: None, company: Some("globex".into()) };
            let _ =
                write!(written, "=== {}: {}\n{}", kind.name(), letter.subject, letter.text(&reader, &caller));
            if case["html"] == true {
                written.push_str(&letter.html(&reader, &caller));
            }
        }
        let path = folder.join("letters.txt");
        if env::var_os("PORTGATE_REGENERATE").is_some() {
            fs::write(&path, &written).unwrap();
        }
        let expected = fs::read_to_string(path).unwrap();
        for (found, expected) in written.split("=== ").zip(expected.split("=== ")) {
            assert_eq!(found, expected);
        }
        assert_eq!(written.len(), expected.len());
    }
}
