//! The files of a ledger: the current one, and those that became too large. Their lines are one chain.

use std::fmt;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::LONGEST_LINE;
use crate::files::{check_own, check_regular, private_file_options};
use crate::ledger::chain::{Head, Link, START, newer_version};
use crate::ledger::verify::FaultKind;

/// The size from which the current file is set aside, in bytes.
pub(super) const LARGEST_SEGMENT: u64 = 8 * 1024 * 1024;

/// The digits of the last sequence number in the name of a file that was set aside.
const DIGITS: usize = 12;

/// The name for a file that was set aside: that of the current one, and the number of its last line.
pub(super) fn segment_path(current: &Path, last: u64) -> PathBuf {
    let mut name = current.as_os_str().to_owned();
    name.push(format!(".{last:0DIGITS$}"));
    name.into()
}

/// The files that were set aside, oldest first.
///
/// # Errors
/// The folder can't be read.
pub(crate) fn set_aside(current: &Path) -> io::Result<Vec<PathBuf>> {
    let Some(name) = current.file_name() else { return Ok(Vec::new()) };
    let folder = current.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for file in listing {
        let path = file?.path();
        let rest = path
            .file_name()
            .and_then(|own| own.as_encoded_bytes().strip_prefix(name.as_encoded_bytes())?.strip_prefix(b"."));
        if rest.is_some_and(|rest| rest.len() >= DIGITS && rest.iter().all(u8::is_ascii_digit)) {
            found.push(path);
        }
    }
    found.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    Ok(found)
}

/// Opens one of the files to read it: a regular file of this user's, and no link to one.
pub(super) fn open(path: &Path) -> io::Result<fs::File> {
    let file = private_file_options().read(true).open(path)?;
    let about = file.metadata()?;
    check_regular(&about)?;
    check_own(&about, 0o022)?;
    Ok(file)
}

/// Reads a file line by line, each without its line break, and its number from 1. Blank lines are left out, as is part of a
/// line at the end, which is still being written or was left by a crash.
///
/// # Errors
/// It can't be read, or `each` fails.
pub(super) fn each_line(
    file: fs::File,
    mut each: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut lines = BufReader::with_capacity(256 * 1024, file);
    let (mut line, mut number) = (Vec::new(), 0);
    while lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? > 0 {
        number += 1;
        let text = line.trim_ascii_end();
        let is_torn = !line.ends_with(b"\n") && is_part(text) && Link::parse(text).is_none();
        if !text.is_empty() && !is_torn {
            each(number, text)?;
        }
        line.clear();
    }
    Ok(())
}

/// Whether this may be the start of a line.
fn is_part(text: &[u8]) -> bool {
    text.starts_with(START) || START.starts_with(text)
}

/// How a file ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// It has no line.
    Empty,
    /// With this line, and whether that has its line break.
    Line { head: Head, is_ended: bool },
    /// After this many bytes with part of a line, which a crash left.
    Torn { whole: u64 },
}

/// Reads how a file of that length in bytes ends. Its last line must be as it was written unless `accepts_broken`.
///
/// # Errors
/// It can't be read, or its last line is none of this ledger's.
pub(super) fn tail_of(file: &mut fs::File, length: u64, accepts_broken: bool) -> io::Result<Tail> {
    let mut size = 64 * 1024;
    loop {
        let from = length.saturating_sub(size);
        file.seek(SeekFrom::Start(from))?;
        let mut tail = Vec::new();
        file.take(length - from).read_to_end(&mut tail)?;
        let lines = tail.trim_ascii_end();
        let start = lines.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        if start == 0 && from > 0 && size < 2 * LONGEST_LINE {
            size *= 2;
            continue;
        }
        let line = &lines[start..];
        let is_ended = tail.ends_with(b"\n");
        if line.is_empty() {
            return Ok(Tail::Empty);
        }
        if let Some(link) = Link::parse(line).filter(|link| accepts_broken || link.is_intact()) {
            return Ok(Tail::Line { head: link.head(), is_ended });
        }
        if !is_ended && is_part(line) && Link::parse(line).is_none() {
            return Ok(Tail::Torn { whole: from + start as u64 });
        }
        let kind = kind_of(line);
        // The chain goes on from the last line that is one.
        let earlier = || {
            lines[..start].rsplit(|&byte| byte == b'\n').find_map(|line| Link::parse(line.trim_ascii_end()))
        };
        return match accepts_broken && !matches!(kind, FaultKind::Newer(_)) {
            true => match earlier() {
                Some(link) => Ok(Tail::Line { head: link.head(), is_ended }),
                None if from > 0 => {
                    size *= 2;
                    continue;
                }
                None => Err(io::Error::other(BadEnd(kind))),
            },
            false => Err(io::Error::other(BadEnd(kind))),
        };
    }
}

/// What is wrong with the last line.
fn kind_of(line: &[u8]) -> FaultKind {
    if Link::parse(line).is_some() {
        FaultKind::Changed
    } else {
        newer_version(line).map_or(FaultKind::Unreadable, FaultKind::Newer)
    }
}

/// The last line is not as this version writes it.
#[derive(Debug)]
pub(super) struct BadEnd(pub(super) FaultKind);

impl fmt::Display for BadEnd {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "its last line: {}", self.0)
    }
}

impl std::error::Error for BadEnd {}
