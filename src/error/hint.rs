//! What to do next: words, and the commands of portgate that they propose.

use std::fmt;

/// The command that stores a key.
const LOGIN: &str = "auth login";

/// How portgate is called for the backend of this run: its name and the global options that choose it.
///
/// ```
/// use portgate::Invocation;
/// let call = Invocation::default().with("--env", "sandbox").with("--profile", "'a b'");
/// assert_eq!(call.to_string(), "portgate --env sandbox --profile 'a b'");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invocation {
    options: Vec<(&'static str, String)>,
}

impl Invocation {
    /// Adds an option with its value, quoted for a shell where it has to be.
    #[must_use]
    pub fn with(mut self, option: &'static str, value: impl Into<String>) -> Self {
        self.options.push((option, value.into()));
        self
    }

    fn without(&self, left_out: &[&str]) -> Self {
        let kept = self.options.iter().filter(|(option, _)| !left_out.contains(option));
        Invocation { options: kept.cloned().collect() }
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("portgate")?;
        self.options.iter().try_for_each(|(option, value)| write!(formatter, " {option} {value}"))
    }
}

/// What to do next. A proposed command uses the same backend as this run: its global options are added when the hint is
/// shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Words(String),
    /// A command, without `portgate` and the global options; these of them don't belong to it.
    Command {
        command: String,
        without: Vec<&'static str>,
    },
    /// A command that people see with a short ID, and programs with the whole one.
    Shortened {
        whole: String,
        short: String,
    },
    /// A command with all of its options.
    Whole(String),
}

/// A part of a hint as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    Words(String),
    /// A command: it is copied, and so never broken.
    Command(String),
}

impl Hint {
    /// Proposes a command, with words before it.
    ///
    /// ```
    /// use portgate::{Hint, Invocation};
    /// let hint = Hint::call("look with ", "ports list").and(" first");
    /// let call = Invocation::default().with("--env", "sandbox");
    /// assert_eq!(hint.text(&call), "look with portgate --env sandbox ports list first");
    /// ```
    pub fn call(before: impl Into<String>, command: impl Into<String>) -> Self {
        Hint::from(before.into()).and_call(command)
    }

    /// Proposes a login, with words before it. `options` choose what to log in to, in place of what this run chose. A login is
    /// for a key, and refuses an account to act for.
    pub(crate) fn login(before: impl Into<String>, options: &str) -> Self {
        let replaced =
            ["--profile", "--env", "--api-url"].into_iter().filter(|option| options.contains(option));
        let without = replaced.chain(["--on-behalf-of"]).collect();
        let command = format!("{LOGIN} {options}").trim_end().to_owned();
        let mut hint = Hint::from(before.into());
        hint.parts.push(Part::Command { command, without });
        hint
    }

    /// Proposes a login to a profile that exists: it has its own backend, whatever this run chose.
    pub(crate) fn login_to(before: impl Into<String>, profile: &str) -> Self {
        Hint::command(before, format!("portgate {LOGIN} --profile {profile}"))
    }

    /// Proposes a command line with all of its options, with words before it.
    pub(crate) fn command(before: impl Into<String>, line: impl Into<String>) -> Self {
        let mut hint = Hint::from(before.into());
        hint.parts.push(Part::Whole(line.into()));
        hint
    }

    /// Proposes a command to people with a short ID, and to programs with the whole one; with words before it.
    pub(crate) fn shortened(
        before: impl Into<String>,
        whole: impl Into<String>,
        short: impl Into<String>,
    ) -> Self {
        let mut hint = Hint::from(before.into());
        hint.parts.push(Part::Shortened { whole: whole.into(), short: short.into() });
        hint
    }

    /// Adds words.
    #[must_use]
    pub fn and(mut self, words: impl Into<String>) -> Self {
        self.parts.push(Part::Words(words.into()));
        self
    }

    /// Adds a command.
    #[must_use]
    pub fn and_call(mut self, command: impl Into<String>) -> Self {
        self.parts.push(Part::Command { command: command.into(), without: Vec::new() });
        self
    }

    /// With words before all of it.
    #[must_use]
    pub(crate) fn with_prefix(mut self, words: &str) -> Self {
        self.parts.insert(0, Part::Words(words.to_owned()));
        self
    }

    /// The full text, for programs.
    pub fn text(&self, call: &Invocation) -> String {
        let texts = self.spans_with(call, false).into_iter().map(|span| match span {
            Span::Words(text) | Span::Command(text) => text,
        });
        texts.collect()
    }

    /// Its words and its commands for people, in order.
    pub(crate) fn spans(&self, call: &Invocation) -> Vec<Span> {
        self.spans_with(call, true)
    }

    fn spans_with(&self, call: &Invocation, is_short: bool) -> Vec<Span> {
        let spans = self.parts.iter().map(|part| match part {
            Part::Words(words) => Span::Words(words.clone()),
            Part::Command { command, without } => {
                Span::Command(format!("{} {command}", call.without(without)))
            }
            Part::Shortened { whole, short } => {
                Span::Command(format!("{call} {}", if is_short { short } else { whole }))
            }
            Part::Whole(command) => Span::Command(command.clone()),
        });
        spans.collect()
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Self {
        Hint { parts: vec![Part::Words(words)] }
    }
}

impl From<&str> for Hint {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_proposed_without_what_it_refuses_and_what_it_replaces() {
        let desk = Invocation::default()
            .with("--env", "staging")
            .with("--profile", "desk")
            .with("--on-behalf-of", r"'the customer'\''s'")
            .with("--db", "x");
        let text = |hint: Hint| hint.text(&desk);
        let called = "portgate --env staging --profile desk --db x auth login";
        assert_eq!(text(Hint::login("log in: ", "")), format!("log in: {called}"));
        let replaced = "portgate --env staging --db x auth login --profile lab";
        assert_eq!(text(Hint::login("", "--profile lab")), replaced);
        assert_eq!(text(Hint::login_to("log in: ", "lab")), "log in: portgate auth login --profile lab");
        let all =
            r"portgate --env staging --profile desk --on-behalf-of 'the customer'\''s' --db x keys list";
        assert_eq!(text(Hint::call("", "keys list")), all);
    }

    #[test]
    fn people_see_a_short_id_and_programs_the_whole_one() {
        let hint = Hint::shortened("see: ", "approvals show 7c1e09ab-52d4", "approvals show 7c1e09ab");
        let call = Invocation::default();
        let shown = Span::Command("portgate approvals show 7c1e09ab".to_owned());
        assert_eq!(hint.spans(&call), [Span::Words("see: ".to_owned()), shown]);
        assert_eq!(hint.text(&call), "see: portgate approvals show 7c1e09ab-52d4");
    }

    #[test]
    fn several_commands_stand_among_words() {
        let hint =
            Hint::call("run ", "policy check").and(" and ").and_call("policy plan").with_prefix("next: ");
        let spans = [
            Span::Words("next: ".to_owned()),
            Span::Words("run ".to_owned()),
            Span::Command("portgate policy check".to_owned()),
            Span::Words(" and ".to_owned()),
            Span::Command("portgate policy plan".to_owned()),
        ];
        assert_eq!(hint.spans(&Invocation::default()), spans);
        assert_eq!(
            hint.text(&Invocation::default()),
            "next: run portgate policy check and portgate policy plan"
        );
    }
}
