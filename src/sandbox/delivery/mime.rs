//! Formats a message for delivery. The same message always has the same bytes.

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::sandbox::mail::DOMAIN;
use crate::sandbox::store::messages::Waiting;
use crate::text::sanitize;

/// Builds a message. An invalid address is a permanent error.
pub(crate) fn message(waiting: &Waiting) -> Result<Message, String> {
    let address: Address = waiting.recipient.parse().map_err(|error| {
        format!("{} is not a valid email address: {error}", sanitize::line(&waiting.recipient))
    })?;
    let sender = Address::new("notifications", DOMAIN).map_err(|error| error.to_string())?;
    let name = sanitize::line(&waiting.recipient_name).into_owned();
    let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(waiting.created_at).unwrap_or_default());
    let local = waiting.message_id.split('@').next().unwrap_or_default();
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}>", waiting.message_id)))
        .date(date)
        .from(Mailbox::new(Some("Megaport (sandbox)".into()), sender))
        .to(Mailbox::new(Some(name), address))
        .subject(sanitize::line(&waiting.subject))
        .raw_header(plain("Auto-Submitted", "auto-generated"))
        .raw_header(plain("X-Megaport-Event", &waiting.event));
    // One thread for all messages about a request.
    if waiting.about.chars().all(|character| character.is_ascii_alphanumeric() || character == '-') {
        builder = builder.references(format!("<{}@{DOMAIN}>", waiting.about));
    }
    let alternatives = MultiPart::alternative()
        .boundary(format!("alternative-{local}"))
        .singlepart(part(ContentType::TEXT_PLAIN, &waiting.text_body))
        .singlepart(part(ContentType::TEXT_HTML, &waiting.html_body));
    builder.multipart(alternatives).map_err(|error| error.to_string())
}

fn part(kind: ContentType, body: &str) -> SinglePart {
    SinglePart::builder().header(kind).body(body.to_owned())
}

fn plain(name: &'static str, value: &str) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::new(name, value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> Waiting {
        Waiting {
            message_id: format!("5b0c9f04-8d52-4f0e-9f7e-0a1b2c3d4e5f@{DOMAIN}"),
            recipient: "ada@globex.example".into(),
            recipient_name: "Ada Globex".into(),
            subject: "Connection request".into(),
            text_body: "Hello\n".into(),
            html_body: "<p>Hello</p>\n".into(),
            event: "request-sent".into(),
            about: "7c1e09ab-52d4-5c0e-9a6b-1f3d8e2c4b70".into(),
            created_at: 1_767_225_600_000,
        }
    }

    fn written(waiting: &Waiting) -> String {
        String::from_utf8(message(waiting).unwrap().formatted()).unwrap()
    }

    #[test]
    fn the_same_message_is_the_same_bytes() {
        let once = written(&waiting());
        assert_eq!(once, written(&waiting()));
        assert!(
            once.contains("Message-ID: <5b0c9f04-8d52-4f0e-9f7e-0a1b2c3d4e5f@sandbox.megaport.example>\r\n"),
            "{once}"
        );
        assert!(once.contains("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"), "{once}");
        assert!(once.contains("To: \"Ada Globex\" <ada@globex.example>\r\n"), "{once}");
        assert!(once.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{once}");
        assert!(once.contains("Content-Type: text/html; charset=utf-8\r\n"), "{once}");
    }

    #[test]
    fn no_name_adds_a_header() {
        let hostile = "x\r\nBcc: victim@evil.example\r\n\r\nbody\u{0}\u{2028}\u{85}é";
        let message = Waiting {
            recipient_name: hostile.into(),
            subject: hostile.into(),
            about: hostile.into(),
            ..waiting()
        };
        let text = written(&message);
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .map(|line| line.split(':').next().unwrap())
            .collect();
        let expected = [
            "Message-ID",
            "Date",
            "From",
            "To",
            "Subject",
            "Auto-Submitted",
            "X-Megaport-Event",
            "MIME-Version",
            "Content-Type",
        ];
        for name in &names {
            assert!(expected.contains(name), "{name} in {head}");
        }
        assert_eq!(names.len(), expected.len(), "{head}");
        assert!(text.is_ascii(), "all else is encoded");
    }

    #[test]
    fn an_address_that_is_none_is_told_and_never_written() {
        for address in ["ada@globex.example\r\nBcc: x@evil.example", "nobody", "a b@c", ""] {
            let error = message(&Waiting { recipient: address.into(), ..waiting() }).unwrap_err();
            assert!(error.contains("is not a valid email address") && !error.contains('\n'), "{error}");
        }
    }
}
