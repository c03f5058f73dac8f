//! Input from a file, or from stdin where the file is `-`.

use std::io::Read as _;
use std::path::Path;

use crate::error::Error;

/// The most that is read: no input of portgate's is larger.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads text; `what` says in an error what was to be read.
pub(crate) fn read_text(file: &Path, what: &str) -> Result<String, Error> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text))
    };
    let refused = || Error::usage(format!("{what} can't be read from {}", file.display()));
    match read {
        Err(error) => Err(refused().because(error.to_string())),
        Ok(_) if text.len() as u64 > LARGEST => Err(refused().because("it is larger than 16 MiB")),
        Ok(_) => Ok(text),
    }
}
