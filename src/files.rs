//! Opens, reads and writes files: directories with mode 0700, files with 0600, and never blocking.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

/// Maximum size of any file that is read, in bytes.
pub(crate) const LARGEST: u64 = 16 * 1024 * 1024;

pub(crate) fn create_private_dir(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

pub(crate) fn private_file_options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    without_waiting(&mut options, false);
    options
}

/// Opens an existing file of any type without blocking, as a pipe without a writer would.
fn without_waiting(options: &mut fs::OpenOptions, follows_links: bool) {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let link = if follows_links { OFlags::empty() } else { OFlags::NOFOLLOW };
        let flags = (OFlags::NONBLOCK | link).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags);
    }
    #[cfg(not(unix))]
    let _ = (options, follows_links);
}

/// Opens a regular file to read it, whoever it belongs to.
///
/// # Errors
/// It is not a regular file, or can't be opened.
pub(crate) fn open_regular(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    without_waiting(options.read(true), true);
    let file = options.open(path)?;
    check_regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a whole regular file: a pipe may never end.
///
/// # Errors
/// It is not a regular file, larger than `most` bytes, or can't be read.
pub(crate) fn read_regular(path: &Path, most: u64) -> io::Result<(Vec<u8>, fs::Metadata)> {
    let file = open_regular(path)?;
    let about = file.metadata()?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("it is larger than {} KiB", most / 1024))),
        false => Ok((bytes, about)),
    }
}

/// Like [`read_regular`], for UTF-8 text.
pub(crate) fn read_regular_text(path: &Path, most: u64) -> io::Result<(String, fs::Metadata)> {
    let (bytes, about) = read_regular(path, most)?;
    Ok((String::from_utf8(bytes).map_err(|_| io::Error::other("it is not valid UTF-8"))?, about))
}

pub(crate) fn check_regular(about: &fs::Metadata) -> io::Result<()> {
    if about.is_file() { Ok(()) } else { Err(io::Error::other("it is not a regular file")) }
}

/// Checks that nobody else controls a trusted file.
///
/// # Errors
/// It belongs to a user other than this one and root, or others have any of the `forbidden` permissions.
#[cfg(unix)]
pub(crate) fn check_own(about: &fs::Metadata, forbidden: u32) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if about.uid() != rustix::process::geteuid().as_raw() && about.uid() != 0 {
        return Err(io::Error::other(format!("it belongs to another user ({})", about.uid())));
    }
    if about.mode() & forbidden != 0 {
        return Err(io::Error::other("it is writable by other users"));
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn check_own(_: &fs::Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

/// Replaces a file atomically, readable by its owner only: a crash leaves the old or the new one.
pub(crate) fn replace_private_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_private_dir(folder)?;
    let mut file = tempfile::Builder::new().prefix(".portgate-").tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
