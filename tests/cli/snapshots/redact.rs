//! Replaces what differs from run to run by what doesn't, as wide as it was.
//!
//! | what | becomes |
//! |---|---|
//! | the home's folder | `<home>` |
//! | a port of this machine | `127.0.0.1:<port>` |
//! | a random uuid (version 4), and its first eight characters | `random01-0000-4000-8000-000000000000`, `random01`, in order of their appearance |
//! | a time of the sandbox's day | its minutes and seconds `mm:ss`, no fraction |
//! | a time of the machine's | `<time>` |
//! | the same in milliseconds since 1970 | its whole hours |
//! | seconds that something took | `0.0 s` |
//! | an age of some minutes | `0m` |
//! | the number of a process, and the seconds left to a change | `<number>` |
//! | a trace id, 32 digits | `<trace id>` |
//! | a token, or a secret of 64 digits | `<secret>` |
//! | the same on a terminal, where its width decides the lines | `<secret.....>` |
//! | the name of this machine, as a value | `<host>` |
//! | the target and the compiler of a build | `<target>`, `<version>` |

use std::path::Path;

/// How long a uuid is.
const UUID: usize = 36;

/// What was replaced so far.
pub(super) struct Redaction {
    home: String,
    random: Vec<String>,
}

impl Redaction {
    /// For a home.
    pub(super) fn new(home: &Path) -> Self {
        Redaction { home: home.to_string_lossy().into_owned(), random: Vec::new() }
    }

    /// What was written to a terminal, with what may be broken over lines there replaced.
    pub(super) fn unbroken(written: &str) -> String {
        let mut kept = String::new();
        let mut rest = written;
        let is_part = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        while let Some(begin) = rest.find(is_part) {
            let end = rest[begin..].find(|other| !is_part(other)).map_or(rest.len(), |length| begin + length);
            let word = &rest[begin..end];
            kept.push_str(&rest[..begin]);
            if word.starts_with("eyJ") || word.len() == 64 && is_hexadecimal(word) {
                kept.push_str(&format!("{:.<width$}>", "<secret", width = word.len() - 1));
            } else {
                kept.push_str(word);
            }
            rest = &rest[end..];
        }
        kept + rest
    }

    /// A text with everything replaced.
    pub(super) fn redacted(&mut self, text: &str) -> String {
        let text = ports(&tokens(&without_host(&text.replace(&self.home, "<home>"))));
        self.learn(&text);
        let mut text = text;
        for (index, uuid) in self.random.iter().enumerate() {
            text = text.replace(uuid.as_str(), &format!("{}-0000-4000-8000-000000000000", name(index)));
            text = text.replace(&uuid[..8], &name(index));
        }
        built(&numbers(&whole_words(&took(&torn(&times(&text))))))
    }

    /// Remembers the random uuids of a text.
    pub(super) fn learn(&mut self, text: &str) {
        for start in 0..text.len() {
            if let Some(uuid) = text.get(start..start + UUID).filter(|part| is_random(part))
                && !self.random.iter().any(|known| known == uuid)
            {
                self.random.push(uuid.to_owned());
            }
        }
    }

    /// A command line whose `random01` are the real thing.
    pub(super) fn real(&self, line: &str) -> String {
        let mut line = line.replace("<home>", &self.home);
        for (index, uuid) in self.random.iter().enumerate() {
            line = line.replace(&name(index), uuid);
        }
        line
    }
}

/// Without the name of this machine as a value of JSON, CSV or YAML.
fn without_host(text: &str) -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let forms = [("\"", "\""), (",", ","), ("host: ", "\n")];
    forms.iter().fold(text.to_owned(), |text, (before, after)| {
        text.replace(&format!("{before}{host}{after}"), &format!("{before}<host>{after}"))
    })
}

/// Without the numbers of what differs from run to run.
fn numbers(text: &str) -> String {
    let labels = ["\"process\":", "\"lease_s\":"];
    labels.iter().fold(text.to_owned(), |text, label| {
        let mut parts = text.split(label);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let blank = if part.starts_with(' ') { " " } else { "" };
            let rest = part.trim_start().trim_start_matches(|character: char| character.is_ascii_digit());
            kept.push_str(&format!("{label}{blank}<number>{rest}"));
        }
        kept
    })
}

/// Without what a build depends on.
fn built(text: &str) -> String {
    let labels = [
        ("\ntarget: ", "\n", "<target>"),
        ("\nRust: ", "\n", "<version>"),
        ("\"target\": \"", "\"", "<target>"),
        ("\"rust\": \"", "\"", "<version>"),
    ];
    labels.iter().fold(text.to_owned(), |text, (label, end, instead)| match text.split_once(label) {
        Some((before, after)) => {
            let after = &after[after.find(end).unwrap_or(after.len())..];
            format!("{before}{label}{instead}{after}")
        }
        None => text,
    })
}

fn name(index: usize) -> String {
    format!("random{:02}", index + 1)
}

/// Whether this is a uuid of version 4. The demo's own are of version 5: made of names, always the same.
fn is_random(text: &str) -> bool {
    text.len() == UUID
        && text.char_indices().all(|(index, character)| match index {
            8 | 13 | 18 | 23 => character == '-',
            14 => character == '4',
            _ => character.is_ascii_digit() || ('a'..='f').contains(&character),
        })
}

/// Replaces tokens, which are JWTs.
fn tokens(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, token)) = rest.split_once("eyJ") {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        kept.push_str(&format!("{before}<secret>"));
        rest = token.trim_start_matches(is_part);
    }
    kept + rest
}

/// Replaces ports of five digits, which were free by chance.
fn ports(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(found) = (0..rest.len()).find(|&start| has_shape(rest, start, "127.0.0.1:ddddd")) {
        let end = found + "127.0.0.1:".len();
        kept.push_str(&rest[..end]);
        kept.push_str("<port>");
        rest = &rest[end + 5..];
    }
    kept + rest
}

/// In RFC 3339, with a blank between date and time, and in the name of a file.
const TIMES: [&str; 3] = ["dddd-dd-ddTdd:dd:dd", "dddd-dd-dd dd:dd:dd", "dddd-dd-ddTdd-dd-dd"];

/// Replaces times.
fn times(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(found) =
        (0..rest.len()).find(|&start| TIMES.iter().any(|shape| has_shape(rest, start, shape)))
    {
        let time = &rest[found..found + 19];
        let after = &rest[found + 19..];
        let fraction = after.strip_prefix('.').map_or(0, |digits| {
            1 + digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len())
        });
        kept.push_str(&rest[..found]);
        if (2032..=2039).contains(&time[..4].parse().unwrap_or(0)) {
            kept.push_str(&format!("{}:mm:ss", &time[..13]));
            rest = &after[fraction..];
        } else {
            kept.push_str("<time>");
            rest = after[fraction..].trim_start_matches('Z');
        }
    }
    kept + rest
}

/// Replaces the end of a time in the name of a file that a narrow terminal has torn apart.
fn torn(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some(found) = (0..rest.len()).find(|&start| has_shape(rest, start, "-dd-ddZ_")) {
        kept.push_str(&format!("{}-mm-ss", &rest[..found]));
        rest = &rest[found + 6..];
    }
    kept + rest
}

/// Replaces how long something took, as in `0.1 s`.
fn took(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(found) = (0..rest.len()).find(|&start| has_shape(rest, start, "d.d s")) {
        let end = found + 5;
        let begin = rest[..found].trim_end_matches(|character: char| character.is_ascii_digit()).len();
        kept.push_str(&rest[..begin]);
        let is_word = rest[end..].starts_with(|character: char| character.is_alphanumeric());
        kept.push_str(if is_word { &rest[begin..end] } else { "0.0 s" });
        rest = &rest[end..];
    }
    kept + rest
}

fn is_hexadecimal(word: &str) -> bool {
    word.chars().all(|digit| digit.is_ascii_hexdigit())
}

/// Replaces what is a word: trace ids, secrets, short ages; truncates milliseconds to the hour.
fn whole_words(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|character: char| character.is_ascii_alphanumeric()) {
        let end = rest[begin..].find(|character: char| !character.is_ascii_alphanumeric());
        let end = end.map_or(rest.len(), |length| begin + length);
        let word = &rest[begin..end];
        kept.push_str(&rest[..begin]);
        match word.parse::<u64>() {
            Ok(at) if word.len() == 13 => kept.push_str(&(at - at % 3_600_000).to_string()),
            _ if word.len() == 32 && is_hexadecimal(word) => kept.push_str("<trace id>"),
            _ if word.len() == 64 && is_hexadecimal(word) => kept.push_str("<secret>"),
            _ if word.len() == 2 && has_shape(word, 0, "dm") => kept.push_str("0m"),
            _ => kept.push_str(word),
        }
        rest = &rest[end..];
    }
    kept + rest
}

/// Whether the text from there on begins like the shape, where `d` is any digit.
fn has_shape(text: &str, start: usize, shape: &str) -> bool {
    text.as_bytes().get(start..start + shape.len()).is_some_and(|part| {
        part.iter().zip(shape.bytes()).all(|(&byte, wanted)| match wanted {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
    })
}
