//! An email, and its plain text.

use std::fmt::Write as _;

use crate::sandbox::event::Group;
use crate::sandbox::role::{Action, Role, may};
use crate::text::sanitize;
use crate::text::words::shell_word;

/// The parts that are the same for every recipient.
#[derive(Debug)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) body: Vec<String>,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) steps: Vec<Step>,
}

/// A suggested next step.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) purpose: &'static str,
    pub(crate) words: String,
    pub(crate) needs: Action,
}

pub(crate) struct Reader<'a> {
    pub(crate) first_name: &'a str,
    pub(crate) role: Role,
    pub(crate) company_name: &'a str,
    pub(crate) group: Group,
}

/// The options with which a command uses this sandbox as the reader's company.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// The database, unless it is the default one.
    pub(crate) db: Option<String>,
    /// The company's short name, unless it is the default company.
    pub(crate) company: Option<String>,
}

impl Caller {
    /// A whole command line; names `role` unless it is the default (Technical Admin).
    pub(crate) fn command(&self, words: &str, role: Option<Role>) -> String {
        let mut line = format!("portgate {words} --env sandbox");
        if let Some(db) = &self.db {
            let _ = write!(line, " --db {}", shell_word(db));
        }
        let role = role.filter(|role| *role != Role::TechnicalAdmin).map(Role::slug);
        let act_as = match (self.company.as_deref(), role) {
            (None, None) => None,
            (Some(company), None) => Some(company.to_owned()),
            (company, Some(role)) => Some(format!("{}:{role}", company.unwrap_or("provider"))),
        };
        if let Some(act_as) = act_as {
            let _ = write!(line, " --as {}", shell_word(&act_as));
        }
        line
    }
}

pub(super) const SANDBOX_NOTE: &str =
    "This is portgate's sandbox: nothing here is real, and nothing is billed.";

impl Letter {
    /// The commands for steps that the reader may take, and a hint about who can take the others.
    pub(super) fn next(
        &self,
        reader: &Reader<'_>,
        caller: &Caller,
    ) -> (Vec<(&'static str, String)>, Option<String>) {
        let (own, others): (Vec<&Step>, Vec<&Step>) =
            self.steps.iter().partition(|step| may(reader.role, step.needs));
        let own =
            own.iter().map(|step| (step.purpose, caller.command(&step.words, Some(reader.role)))).collect();
        let hint = others.first().map(|step| {
            let roles: Vec<&str> =
                Role::ALL.into_iter().filter(|role| may(*role, step.needs)).map(Role::name).collect();
            let (last, before) = roles.split_last().expect("a role that may do everything");
            format!(
                "The {} role can't {}. Ask a colleague with the role {} or {last}.",
                reader.role.name(),
                step.needs.verb(),
                before.join(", ")
            )
        });
        (own, hint)
    }

    /// Plain text, with a line break at the end.
    pub(crate) fn text(&self, reader: &Reader<'_>, caller: &Caller) -> String {
        let mut text = format!("Hello {},\n", sanitize::line(reader.first_name));
        for paragraph in &self.body {
            text.push('\n');
            wrap_into(&mut text, paragraph);
        }
        if !self.facts.is_empty() {
            text.push('\n');
            let widest = self.facts.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
            for (label, value) in &self.facts {
                let _ = writeln!(text, "  {label:widest$}  {value}");
            }
        }
        let (commands, hint) = self.next(reader, caller);
        if let Some(hint) = hint {
            text.push('\n');
            wrap_into(&mut text, &hint);
        }
        for (purpose, command) in commands {
            let _ = write!(text, "\n{purpose}:\n\n    {command}\n");
        }
        text.push_str("\n-- \n");
        wrap_into(&mut text, &reader.footer());
        let _ = writeln!(text, "    {}", reader.unsubscribe(caller));
        wrap_into(&mut text, SANDBOX_NOTE);
        text
    }
}

impl Reader<'_> {
    pub(super) fn footer(&self) -> String {
        format!(
            "You're receiving this email as a {} of {} because you are subscribed to {}. To unsubscribe, run:",
            self.role.name(),
            sanitize::line(self.company_name),
            self.group.title()
        )
    }

    pub(super) fn unsubscribe(&self, caller: &Caller) -> String {
        caller.command(&format!("notify unsubscribe {}", self.group.slug()), Some(self.role))
    }
}

/// Adds a paragraph, wrapped at 76 characters between words.
fn wrap_into(text: &mut String, paragraph: &str) {
    let mut column = 0;
    for word in paragraph.split_whitespace() {
        let width = word.chars().count();
        if column > 0 {
            if column + 1 + width > 76 {
                text.push('\n');
                column = 0;
            } else {
                text.push(' ');
                column += 1;
            }
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::sandbox::mail) const READER: Reader<'_> = Reader {
        first_name: "Ada",
        role: Role::TechnicalContact,
        company_name: "Globex <Bank>",
        group: Group::Ordering,
    };

    pub(in crate::sandbox::mail) fn letter() -> Letter {
        Letter {
            subject: "A & B".into(),
            body: vec!["<script>alert(1)</script> ".repeat(6)],
            facts: vec![("VXC", "\"quoted\"".into()), ("Request", "7c1e".into())],
            steps: vec![
                Step {
                    purpose: "Accept it",
                    words: "approvals accept 7c1e".into(),
                    needs: Action::DecideQueue,
                },
                Step { purpose: "Order it", words: "order".into(), needs: Action::Order },
            ],
        }
    }

    #[test]
    fn text_is_wrapped_and_its_facts_stand_in_a_column() {
        let text = letter().text(&READER, &Caller::default());
        assert!(text.contains("\n  VXC      \"quoted\"\n  Request  7c1e\n"), "{text}");
        let command = "portgate approvals accept 7c1e --env sandbox --as provider:technical-contact";
        assert!(text.contains(&format!("\nAccept it:\n\n    {command}\n")), "{text}");
        assert!(!text.contains("Order it"), "{text}");
        assert!(
            text.contains("\nThe Technical Contact role can't order or cancel services. Ask a colleague\n"),
            "{text}"
        );
        assert!(text.contains(
            "\n    portgate notify unsubscribe ordering --env sandbox --as provider:technical-contact\n"
        ));
        assert!(text.lines().filter(|line| !line.starts_with("    ")).all(|line| line.chars().count() <= 76));
    }

    #[test]
    fn commands_reach_the_same_sandbox_as_the_same_company() {
        let usual = Caller::default();
        assert_eq!(usual.command("approvals list", None), "portgate approvals list --env sandbox");
        let other = Caller { db: Some("/tmp/my dir/it's.db".into()), company: Some("initech".into()) };
        assert_eq!(
            other.command("approvals list", Some(Role::CompanyAdmin)),
            r"portgate approvals list --env sandbox --db '/tmp/my dir/it'\''s.db' --as initech:company-admin"
        );
        assert_eq!(
            Caller { db: None, company: Some("initech".into()) }.command("x", Some(Role::TechnicalAdmin)),
            "portgate x --env sandbox --as initech"
        );
    }
}
