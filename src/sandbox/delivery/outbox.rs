//! The local outbox: one `.eml` file per message, in a directory next to the database.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::files::{create_private_dir, private_file_options};
use crate::sandbox::store::messages::Waiting;
use crate::sandbox::store::with_suffix;

/// The directory of a database's outbox: the database's name with `.outbox` appended.
pub(crate) fn folder(db: &Path) -> PathBuf {
    with_suffix(db, ".outbox")
}

/// The name of a message's file: its time, so that a listing is in order, and its Message-ID, so that there is
/// one file however often it is written.
pub(crate) fn file_name(message_id: &str, created_at: i64) -> String {
    let local = message_id.split('@').next().unwrap_or_default();
    let local: String =
        local.chars().filter(|character| character.is_ascii_alphanumeric() || *character == '-').collect();
    let time = jiff::Timestamp::from_millisecond(created_at)
        .map_or_else(|_| created_at.to_string(), |at| at.strftime("%Y-%m-%dT%H-%M-%SZ").to_string());
    format!("{time}_{local}.eml")
}

/// A message written to a temporary file, not yet renamed.
struct Partial {
    file: File,
    at: PathBuf,
    goes_to: PathBuf,
}

/// Writes messages, each whole or not at all, however the process or the machine ends: what is answered as written is on
/// the disk. A partial file that a process left is written over by the next try.
///
/// All are written before the first is forced to the disk, and the folder once: that costs little more than one of them.
pub(crate) fn write(folder: &Path, messages: &[(&Waiting, Vec<u8>)]) -> Vec<io::Result<()>> {
    let partials: Vec<io::Result<Partial>> =
        messages.iter().map(|(waiting, bytes)| write_partial(folder, waiting, bytes)).collect();
    let mut written: Vec<io::Result<()>> =
        partials.into_iter().map(|partial| partial.and_then(put_in_place)).collect();
    if written.iter().any(Result::is_ok)
        && let Err(error) = sync_folder(folder)
    {
        let again = || Err(io::Error::new(error.kind(), error.to_string()));
        written.iter_mut().filter(|result| result.is_ok()).for_each(|result| *result = again());
    }
    written
}

fn write_partial(folder: &Path, waiting: &Waiting, bytes: &[u8]) -> io::Result<Partial> {
    create_private_dir(folder)?;
    let name = file_name(&waiting.message_id, waiting.created_at);
    let at = folder.join(format!(".{name}.partial"));
    let mut file: File = private_file_options().write(true).create(true).truncate(true).open(&at)?;
    file.write_all(bytes)?;
    Ok(Partial { file, at, goes_to: folder.join(name) })
}

fn put_in_place(partial: Partial) -> io::Result<()> {
    partial.file.sync_all()?;
    fs::rename(&partial.at, &partial.goes_to)
}

/// A new name is on the disk only once its folder is. Elsewhere than on Unix a folder can't be opened for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Removes the messages in an outbox, but no other files in its directory.
pub(crate) fn empty(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".eml") || name.ends_with(".eml.partial") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_message_and_nothing_else() {
        let name = file_name("5b0c9f04-8d52@sandbox.megaport.example", 1_767_225_600_000);
        assert_eq!(name, "2026-01-01T00-00-00Z_5b0c9f04-8d52.eml");
        assert_eq!(file_name("../../etc/passwd@x", 0), "1970-01-01T00-00-00Z_etcpasswd.eml");
    }
}
