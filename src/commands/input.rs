//! Input from a file, or from stdin if the file is `-`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::Error;
use crate::exit::Exit;
use crate::files::LARGEST;
use crate::session::context::Context;
use crate::text::words::seconds;

/// Reads text; `what` names it in errors. Reading stdin may take any time and is ended by a signal; other files are
/// subject to `--timeout`.
pub(crate) async fn read_text(context: &Context, file: &Path, what: &str) -> Result<String, Error> {
    let refused = |exit| Error::new(exit, format!("could not read {what} from {}", file.display()));
    let (path, is_stdin) = (file.to_owned(), file.as_os_str() == "-");
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        match is_stdin {
            true => io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?,
            false => File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?,
        };
        Ok::<_, io::Error>(bytes)
    });
    let patience = if is_stdin { std::time::Duration::MAX } else { context.patience.timeout };
    let Ok(read) = tokio::time::timeout(patience, reading).await else {
        let why = format!("the end was not reached within {}", seconds(context.patience.timeout));
        return Err(refused(Exit::Timeout).reason(why));
    };
    match read.map_err(io::Error::other).flatten() {
        Err(error) => Err(refused(Exit::Usage).reason(error.to_string())),
        Ok(bytes) if bytes.len() as u64 > LARGEST => {
            Err(refused(Exit::Usage).reason("it is larger than 16 MiB"))
        }
        Ok(bytes) => decode(bytes).map_err(|why| refused(Exit::Usage).reason(why)),
    }
}

/// Decodes UTF-8, or UTF-16 with a byte order mark as written by spreadsheets.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<String, &'static str> {
    let utf16 = |text: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = text.chunks_exact(2).map(|two| unit([two[0], two[1]])).collect();
        String::from_utf16(&units).map_err(|_| "it is not valid UTF-16")
    };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, text @ ..] => return utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => return utf16(text, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] => text.to_vec(),
        _ => bytes,
    };
    String::from_utf8(text).map_err(|_| "it is not valid UTF-8")
}
