//! The local outbox: one `.eml` file a message, in a folder beside the database.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::paths::{create_private_dir, private_file_options};
use crate::sandbox::store::messages::Waiting;

/// The folder of a database's outbox: its own name and `.outbox`.
pub(crate) fn folder(db: &Path) -> PathBuf {
    let mut name = db.as_os_str().to_owned();
    name.push(".outbox");
    PathBuf::from(name)
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

/// Writes a message whole or not at all, however the process ends. A partial file that it left is written over by the
/// next try. Not forced to the disk: the database keeps every message, and is itself no safer from a power cut.
pub(crate) fn write(folder: &Path, waiting: &Waiting, bytes: &[u8]) -> io::Result<()> {
    create_private_dir(folder)?;
    let name = file_name(&waiting.message_id, waiting.created_at);
    let partial = folder.join(format!(".{name}.partial"));
    let mut file: File = private_file_options().write(true).create(true).truncate(true).open(&partial)?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(&partial, folder.join(name))
}

/// Removes the messages of an outbox, and nothing else that may be in its folder.
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
