//! What people and other programs write into files.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::commands::approvals::decision_file;
use crate::commands::input;
use crate::domain::approvals::ids::{self, GivenId};
use crate::domain::keys::Draft;
use crate::domain::policy::problem::Problem;
use crate::domain::policy::read::read as read_policy;
use crate::error::Error;
use crate::exit::Exit;
use crate::ledger::{Head, Lines, Link, append_line, journal_entries};
use crate::session::profiles::ProfilesFile;

/// Bytes of an error: more of it nobody reads.
const LONGEST_ERROR: usize = 8 * 1024;

fn text_of(bytes: &[u8]) -> Option<String> {
    input::decode(bytes.to_vec()).ok()
}

fn check_usage_error(error: &Error) {
    assert_eq!(error.exit, Exit::Usage);
    let told = [Some(&error.message), error.reason.as_ref(), error.resource.as_ref()];
    let length: usize = told.into_iter().flatten().map(String::len).sum();
    assert!(length <= LONGEST_ERROR, "{length} bytes of {error:.200?}");
}

/// A policy is used only where nothing is wrong with it; every problem stands on a line that is there.
pub(super) fn policy(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let reading = read_policy(&text);
    assert_eq!(reading.policy.is_some(), !reading.problems.iter().any(Problem::is_error));
    let lines = text.split('\n').count();
    for problem in &reading.problems {
        assert!((1..=lines).contains(&problem.line), "{problem}");
        assert!(!problem.message.contains('\n') && problem.to_string().len() <= LONGEST_ERROR);
    }
    let Some(policy) = reading.policy else { return };
    for rule in &policy.rules {
        assert!((1..=lines).contains(&rule.line) && !rule.name.is_empty());
    }
    // Comments at the end and empty lines mean nothing.
    let again = read_policy(&format!("{text}\n# the end\n\n"));
    assert_eq!((again.policy, again.problems), (Some(policy), reading.problems));
}

/// Settings that are read, changed and written are read again as what they were.
pub(super) fn config(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let read = |text: &str| ProfilesFile::from_text(PathBuf::from("config.toml"), text);
    let mut file = match read(&text) {
        Ok(file) => file,
        Err(error) => return check_usage_error(&error),
    };
    let profiles = file.profiles().to_vec();
    for profile in &profiles {
        file.put(profile);
    }
    let again = read(&file.text()).expect("what is written can be read");
    assert_eq!((again.profiles(), again.default_name()), (profiles.as_slice(), file.default_name()));
    if let Some(first) = profiles.first() {
        file.set_default(&first.name);
        let again = read(&file.text()).expect("what is written can be read");
        assert_eq!(
            (again.default_name(), again.profiles().len()),
            (Some(first.name.as_str()), profiles.len())
        );
        assert!(file.remove(&first.name));
        let again = read(&file.text()).expect("what is written can be read");
        assert_eq!((again.default_name(), again.profiles()), (None, &profiles[1..]));
    }
}

/// Decisions are read as a whole or not at all; each request is decided once.
pub(super) fn decisions(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    match decision_file::read(&text) {
        Err(error) => check_usage_error(&error),
        Ok(file) => {
            assert!(!file.rows.is_empty() || !file.left.is_empty());
            let ids: HashSet<&GivenId> = file.rows.iter().map(|row| &row.id).collect();
            assert_eq!(ids.len(), file.rows.len());
            assert!(file.rows.iter().all(|row| text.to_ascii_lowercase().contains(row.id.text())));
        }
    }
}

/// No word of a file that is none of an id is passed over.
pub(super) fn ids(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let Ok(words) = ids::words_in(&text) else { return };
    for (place, word) in &words {
        assert!(!place.is_empty());
        match GivenId::parse(word) {
            Err(error) => check_usage_error(&error),
            Ok(id) => {
                assert!(id.names(&id.text().into()) && id.names(&id.text().to_uppercase().into()));
                assert_eq!(GivenId::parse(id.text()), Ok(id));
            }
        }
    }
    // One to a line they are the same.
    let plain = |(_, word): &(String, String)| GivenId::parse(word).map(|id| id.text().to_owned());
    if let Ok(plain) = words.iter().map(plain).collect::<Result<Vec<String>, Error>>() {
        let again = ids::words_in(&plain.join("\n")).expect("plain words");
        let again: Vec<String> = again.into_iter().map(|(_, word)| word).collect();
        assert_eq!(again, plain);
    }
}

/// Every line is an entry or counted, wherever the file was cut when it was first read; an entry is written as it is read.
pub(super) fn ledger(input: &[u8]) {
    let mut at_once = Lines::default();
    at_once.take_up(input).expect("memory can be read");
    let ended = input.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let lines = input[..ended].split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let whole = lines.count();
    let read = at_once.entries.len() + at_once.unread;
    assert!(read == whole || (read == whole + 1 && at_once.to as usize == input.len()), "{read} of {whole}");
    let mut in_two = Lines::default();
    in_two.take_up(&input[..input.len() / 2]).expect("memory can be read");
    let to = usize::try_from(in_two.to).expect("small");
    in_two.take_up(&input[to..]).expect("memory can be read");
    assert!(in_two.to == at_once.to);
    let (mut head, mut lines) = (Head::default(), Vec::new());
    let of_journal = journal_entries(input).expect("memory can be read");
    for entry in at_once.entries.iter().chain(&of_journal) {
        append_line(&mut head, entry, &mut lines).expect("an entry is JSON");
    }
    let mut again = Lines::default();
    again.take_up(lines.as_slice()).expect("memory can be read");
    assert_eq!(again.entries, [at_once.entries, of_journal].concat());
    let links = lines.split(|&byte| byte == b'\n').filter_map(Link::parse);
    assert!(links.filter(Link::is_intact).count() == again.entries.len());
}

/// A description of a key is read strictly, and the same whatever the order of its fields.
pub(super) fn key_document(input: &[u8]) {
    let Some(text) = text_of(input) else { return };
    let draft = match Draft::parse(&text) {
        Ok(draft) => draft,
        Err(error) => return check_usage_error(&error),
    };
    let fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&text).expect("it was read as an object");
    let backwards: serde_json::Map<_, _> = fields.into_iter().rev().collect();
    let backwards = serde_json::to_string(&backwards).expect("it came from JSON");
    assert_eq!(Draft::parse(&backwards), Ok(draft));
}
