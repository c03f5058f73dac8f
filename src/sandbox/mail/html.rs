//! An email as HTML.

use super::letter::{Caller, Letter, Reader, SANDBOX_NOTE};
use super::templates;
use crate::text::sanitize;

impl Letter {
    pub(crate) fn html(&self, reader: &Reader<'_>, caller: &Caller) -> String {
        let html = templates::html();
        let mut written = fill(
            &html.head,
            &[("subject", &self.subject), ("first_name", &sanitize::line(reader.first_name))],
        );
        for paragraph in &self.body {
            written += &fill(&html.paragraph, &[("text", paragraph)]);
        }
        if !self.facts.is_empty() {
            written += &html.facts;
            for (label, value) in &self.facts {
                written += &fill(&html.fact, &[("label", label), ("value", value)]);
            }
            written += &html.facts_end;
        }
        let (commands, hint) = self.next(reader, caller);
        if let Some(hint) = hint {
            written += &fill(&html.paragraph, &[("text", &hint)]);
        }
        for (purpose, command) in commands {
            written += &fill(&html.command, &[("purpose", purpose), ("command", &command)]);
        }
        let why = reader.footer();
        let unsubscribe = reader.unsubscribe(caller);
        written + &fill(&html.foot, &[("why", &why), ("unsubscribe", &unsubscribe), ("note", SANDBOX_NOTE)])
    }
}

/// Fills the braces of an HTML template with escaped values.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut pieces = template.split(['{', '}']);
    let mut html = pieces.next().unwrap_or_default().to_owned();
    while let (Some(name), Some(after)) = (pieces.next(), pieces.next()) {
        let value = values.iter().find(|(known, _)| *known == name);
        html += &escape(value.expect("a known value, tested").1);
        html += after;
    }
    html
}

/// Escapes text for HTML, between tags or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(character),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::mail::letter::tests::{READER, letter};

    #[test]
    fn html_says_the_same_and_nothing_in_it_is_markup_but_ours() {
        let html = letter().html(&READER, &Caller::default());
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
        assert!(
            html.contains("A &amp; B")
                && html.contains("Globex &lt;Bank&gt;")
                && html.contains("&quot;quoted&quot;")
        );
        assert!(!html.contains("<img") && !html.contains("src="));
    }
}
