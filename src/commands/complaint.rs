//! What is wrong with a command line, from the values in clap's error: in lines for people, and as an error for programs.

use std::borrow::Cow;
use std::fmt::Write as _;

use clap::builder::{StyledStr, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::error::Error;
use crate::text::sanitize;

const STYLES: Styles = Styles::styled();
const MORE: &str = "--help";

/// What is wrong, and what to do about it.
pub(crate) struct Complaint {
    /// One sentence; it ends with a colon before what it lists.
    what: StyledStr,
    listed: Vec<StyledStr>,
    /// The values or commands that there are, after what they are called.
    known: Option<(&'static str, StyledStr)>,
    tips: Vec<StyledStr>,
    usage: Option<StyledStr>,
}

impl Complaint {
    /// For a terminal, what it quotes is harmless.
    pub(crate) fn new(error: &clap::Error, is_for_terminal: bool) -> Self {
        let source = Source { error, is_for_terminal };
        let (what, listed) = source.what();
        let known = match error.kind() {
            ErrorKind::InvalidValue => ("possible values", ContextKind::ValidValue),
            _ => ("subcommands", ContextKind::ValidSubcommand),
        };
        let known = Some(source.texts(known.1)).filter(|texts| !texts.is_empty()).map(|texts| {
            let texts = texts.into_iter().map(|text| match text.contains(char::is_whitespace) {
                true => format!("{text:?}").into(),
                false => text,
            });
            (known.0, source.painted_each(texts))
        });
        Complaint { what, listed, known, tips: source.tips(), usage: source.usage() }
    }

    /// For people.
    pub(crate) fn text(&self) -> StyledStr {
        let (mark, literal) = (STYLES.get_error(), STYLES.get_literal());
        let mut text = StyledStr::new();
        let _ = write!(text, "{mark}error:{mark:#} {}", self.what.ansi());
        for one in &self.listed {
            let _ = write!(text, "\n  {}", one.ansi());
        }
        if let Some((name, known)) = &self.known {
            let _ = write!(text, "\n  [{name}: {}]", known.ansi());
        }
        let valid = STYLES.get_valid();
        for (place, tip) in self.tips.iter().enumerate() {
            let gap = if place == 0 { "\n" } else { "" };
            let _ = write!(text, "{gap}\n  {valid}next:{valid:#} {}", tip.ansi());
        }
        if let Some(usage) = &self.usage {
            let _ = write!(text, "\n\n{}", usage.ansi());
        }
        let _ = write!(text, "\n\nFor more information, try '{literal}{MORE}{literal:#}'.");
        text
    }

    /// For programs.
    pub(crate) fn error(&self) -> Error {
        let listed: Vec<String> = self.listed.iter().map(ToString::to_string).collect();
        let gap = if listed.is_empty() { "" } else { " " };
        let usage = self.usage.as_ref().map(ToString::to_string).unwrap_or_default();
        Error::usage(format!("{}{gap}{}", self.what, listed.join(", ")))
            .hint_each(self.known.as_ref().map(|(name, known)| format!("[{name}: {known}]")))
            .hint_each(self.tips.iter().map(ToString::to_string))
            .hint_each(usage.lines().map(|line| line.trim().to_owned()))
            .hint(format!("For more information, try '{MORE}'."))
    }
}

/// The values of an error.
struct Source<'a> {
    error: &'a clap::Error,
    is_for_terminal: bool,
}

impl<'a> Source<'a> {
    fn clean(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_for_terminal { sanitize::line(text) } else { Cow::Borrowed(text) }
    }

    fn clean_styled(&self, text: &StyledStr) -> StyledStr {
        let plain = text.to_string();
        let is_harmless = plain.lines().all(|line| matches!(sanitize::line(line), Cow::Borrowed(_)));
        if is_harmless || !self.is_for_terminal {
            return text.clone();
        }
        plain.lines().map(sanitize::line).collect::<Vec<_>>().join("\n").into()
    }

    /// A text that there is one of.
    fn text(&self, kind: ContextKind) -> Option<Cow<'a, str>> {
        match self.error.get(kind)? {
            ContextValue::String(text) => Some(self.clean(text)),
            _ => None,
        }
    }

    /// A text that there may be several of.
    fn texts(&self, kind: ContextKind) -> Vec<Cow<'a, str>> {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => vec![self.clean(text)],
            Some(ContextValue::Strings(texts)) => texts.iter().map(|text| self.clean(text)).collect(),
            _ => Vec::new(),
        }
    }

    fn number(&self, kind: ContextKind) -> Option<isize> {
        match self.error.get(kind)? {
            ContextValue::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn painted_each(&self, texts: impl Iterator<Item = Cow<'a, str>>) -> StyledStr {
        let mut painted = StyledStr::new();
        let valid = STYLES.get_valid();
        for (place, text) in texts.enumerate() {
            let gap = if place == 0 { "" } else { ", " };
            let _ = write!(painted, "{gap}{valid}{text}{valid:#}");
        }
        painted
    }

    /// What is wrong, and what it lists.
    fn what(&self) -> (StyledStr, Vec<StyledStr>) {
        let (mut what, mut listed) = (StyledStr::new(), Vec::new());
        if self.write_what(&mut what, &mut listed).is_none() {
            let said = self.error.kind().as_str().unwrap_or("the arguments are not valid");
            (what, listed) = (StyledStr::from(said), Vec::new());
        }
        (what, listed)
    }

    /// `None` if the error lacks a value for it.
    fn write_what(&self, what: &mut StyledStr, listed: &mut Vec<StyledStr>) -> Option<()> {
        let (good, bad, plain) = (STYLES.get_valid(), STYLES.get_invalid(), STYLES.get_literal());
        let painted = |style: &clap::builder::styling::Style, text: &str| {
            let mut painted = StyledStr::new();
            let _ = write!(painted, "{style}{text}{style:#}");
            painted
        };
        let arg = || self.text(ContextKind::InvalidArg);
        let value = || self.text(ContextKind::InvalidValue);
        let were = |number: isize| if number > 1 { "were" } else { "was" };
        let _ = match self.error.kind() {
            ErrorKind::ArgumentConflict => {
                let (noun, given) = match arg() {
                    Some(arg) => ("argument", arg),
                    None => ("subcommand", self.text(ContextKind::InvalidSubcommand)?),
                };
                let prior = self.texts(ContextKind::PriorArg);
                let is_list = matches!(self.error.get(ContextKind::PriorArg), Some(ContextValue::Strings(_)));
                let _ = write!(what, "the {noun} '{bad}{given}{bad:#}' cannot be used");
                match &prior[..] {
                    [one] if *one == given && !is_list => write!(what, " multiple times"),
                    [one] if !is_list => write!(what, " with '{bad}{one}{bad:#}'"),
                    [] => write!(what, " with one or more of the other specified arguments"),
                    several => {
                        listed.extend(several.iter().map(|one| painted(bad, one)));
                        write!(what, " with:")
                    }
                }
            }
            ErrorKind::NoEquals => {
                write!(what, "equal sign is needed when assigning values to '{bad}{}{bad:#}'", arg()?)
            }
            ErrorKind::InvalidValue if value()?.is_empty() => {
                write!(what, "a value is required for '{bad}{}{bad:#}' but none was supplied", arg()?)
            }
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                let _ =
                    write!(what, "invalid value '{bad}{}{bad:#}' for '{plain}{}{plain:#}'", value()?, arg()?);
                match std::error::Error::source(self.error) {
                    Some(why) if self.is_for_terminal => {
                        write!(what, ": {}", sanitize::line(&why.to_string()))
                    }
                    Some(why) => write!(what, ": {why}"),
                    None => Ok(()),
                }
            }
            ErrorKind::InvalidSubcommand => {
                let given = self.text(ContextKind::InvalidSubcommand)?;
                write!(what, "unrecognized subcommand '{bad}{given}{bad:#}'")
            }
            ErrorKind::MissingRequiredArgument => {
                let missing = self.texts(ContextKind::InvalidArg);
                listed.extend(missing.iter().map(|one| painted(good, one)));
                (!listed.is_empty()).then_some(())?;
                write!(what, "the following required arguments were not provided:")
            }
            ErrorKind::MissingSubcommand => {
                let given = self.text(ContextKind::InvalidSubcommand)?;
                write!(what, "'{bad}{given}{bad:#}' requires a subcommand but one was not provided")
            }
            ErrorKind::TooManyValues => write!(
                what,
                "unexpected value '{bad}{}{bad:#}' for '{plain}{}{plain:#}' found; no more were expected",
                value()?,
                arg()?
            ),
            ErrorKind::TooFewValues => {
                let given = self.number(ContextKind::ActualNumValues)?;
                let least = self.number(ContextKind::MinValues)?;
                write!(
                    what,
                    "{good}{least}{good:#} values required by '{plain}{}{plain:#}'; only {bad}{given}{bad:#} {} provided",
                    arg()?,
                    were(given)
                )
            }
            ErrorKind::WrongNumberOfValues => {
                let given = self.number(ContextKind::ActualNumValues)?;
                let expected = self.number(ContextKind::ExpectedNumValues)?;
                write!(
                    what,
                    "{good}{expected}{good:#} values required for '{plain}{}{plain:#}' but {bad}{given}{bad:#} {} provided",
                    arg()?,
                    were(given)
                )
            }
            ErrorKind::UnknownArgument => write!(what, "unexpected argument '{bad}{}{bad:#}' found", arg()?),
            _ => return None,
        };
        Some(())
    }

    /// What was probably meant.
    fn tips(&self) -> Vec<StyledStr> {
        let similar = [
            ("subcommand", ContextKind::SuggestedSubcommand),
            ("argument", ContextKind::SuggestedArg),
            ("value", ContextKind::SuggestedValue),
        ];
        let valid = STYLES.get_valid();
        let similar = similar.into_iter().filter_map(|(noun, kind)| {
            let texts = self.texts(kind);
            let mut tip = StyledStr::new();
            match &texts[..] {
                [] => return None,
                [_] => tip.push_str(&format!("a similar {noun} exists: ")),
                _ => tip.push_str(&format!("some similar {noun}s exist: ")),
            }
            for (place, text) in texts.iter().enumerate() {
                let gap = if place == 0 { "" } else { ", " };
                let _ = write!(tip, "{gap}'{valid}{text}{valid:#}'");
            }
            Some(tip)
        });
        let others = match self.error.get(ContextKind::Suggested) {
            Some(ContextValue::StyledStrs(tips)) => &tips[..],
            _ => &[],
        };
        similar.chain(others.iter().map(|tip| self.clean_styled(tip))).collect()
    }

    fn usage(&self) -> Option<StyledStr> {
        match self.error.get(ContextKind::Usage)? {
            ContextValue::StyledStr(usage) => Some(self.clean_styled(usage)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn command() -> Command {
        let arg = |name: &'static str| Arg::new(name).long(name);
        Command::new("portgate")
            .arg(arg("pair").num_args(2))
            .arg(arg("several").num_args(2..=3))
            .arg(arg("equals").num_args(1).require_equals(true))
            .arg(arg("count").value_parser(clap::value_parser!(u8)))
            .arg(arg("kind").value_parser(["up", "down", "two words"]))
            .arg(arg("quiet").action(ArgAction::SetTrue))
            .arg(arg("loud").action(ArgAction::SetTrue).conflicts_with("quiet"))
            .arg(arg("alone").action(ArgAction::SetTrue).conflicts_with_all(["quiet", "count", "kind"]))
            .subcommand(
                Command::new("list").arg(Arg::new("PORT").required(true)).arg(arg("must").required(true)),
            )
            .subcommand(Command::new("below").subcommand(Command::new("one")).subcommand_required(true))
    }

    fn error_of(line: &[&str]) -> clap::Error {
        command().try_get_matches_from([&["portgate"], line].concat()).unwrap_err()
    }

    #[test]
    fn people_see_what_clap_says_with_the_label_of_other_hints() {
        let lines: [(&[&str], ErrorKind); 16] = [
            (&["--pair", "a"], ErrorKind::WrongNumberOfValues),
            (&["--several", "a"], ErrorKind::TooFewValues),
            (&["--equals", "a"], ErrorKind::NoEquals),
            (&["--count", "x"], ErrorKind::ValueValidation),
            (&["--count", "1", "--count", "2"], ErrorKind::ArgumentConflict),
            (&["--count"], ErrorKind::InvalidValue),
            (&["--kind", "dwn"], ErrorKind::InvalidValue),
            (&["--quiet=3"], ErrorKind::TooManyValues),
            (&["--quiet", "--loud"], ErrorKind::ArgumentConflict),
            (&["--alone", "--quiet", "--count", "1", "--kind", "up"], ErrorKind::ArgumentConflict),
            (&["--quit"], ErrorKind::UnknownArgument),
            (&["--bogus"], ErrorKind::UnknownArgument),
            (&["lst"], ErrorKind::InvalidSubcommand),
            (&["list"], ErrorKind::MissingRequiredArgument),
            (&["below"], ErrorKind::MissingSubcommand),
            (&["below", "two"], ErrorKind::InvalidSubcommand),
        ];
        for (line, kind) in lines {
            let error = error_of(line);
            assert_eq!(error.kind(), kind, "{line:?}");
            let expected = error.render().ansi().to_string().replace("tip:", "next:");
            assert_eq!(
                Complaint::new(&error, true).text().ansi().to_string(),
                expected.trim_end(),
                "{line:?}"
            );
        }
    }

    #[test]
    fn programs_get_all_that_is_listed_in_the_message() {
        let error = |line: &[&str]| Complaint::new(&error_of(line), false).error();
        assert_eq!(
            error(&["list"]).message,
            "the following required arguments were not provided: --must <must>, <PORT>"
        );
        let conflict = error(&["--alone", "--quiet", "--count", "1"]);
        assert_eq!(conflict.message, "the argument '--alone' cannot be used with: --quiet, --count <count>");
        let kind = error(&["--kind", "dwn"]);
        assert_eq!(kind.message, "invalid value 'dwn' for '--kind <kind>'");
        let hints = [
            "[possible values: up, down, \"two words\"]",
            "a similar value exists: 'down'",
            "For more information, try '--help'.",
        ];
        assert_eq!(kind.hints, hints.map(Into::into));
        let lines = error(&["--count", "a\nerror: forged"]).message;
        assert!(lines.starts_with("invalid value 'a\nerror: forged' for '--count <count>': "), "{lines}");
    }

    #[test]
    fn what_a_terminal_shows_can_not_drive_it() {
        for line in
            [&["\u{1b}[2J"][..], &["--x\u{1b}[2J\nerror: y"], &["--kind", "\u{1b}[2J"], &["--count", "\u{7}"]]
        {
            let text = Complaint::new(&error_of(line), true).text().ansi().to_string();
            let plain = console::strip_ansi_codes(&text);
            assert!(!plain.contains(['\u{1b}', '\u{7}']) && !plain.contains("\nerror"), "{text:?}");
            assert!(plain.contains(r"\u{1b}[2J") || plain.contains(r"\u{7}"), "{text:?}");
        }
    }
}
