//! The README and the pages of the book in `docs/src`: what they show is run, and where they link exists.

mod links;
mod shell;
mod shown;
mod team;

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block of a page.
struct Block<'p> {
    /// The words after the fence: the language, and what a test has to know.
    info: &'p str,
    /// Where its text is in the page.
    text: std::ops::Range<usize>,
}

fn path_of(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(page)
}

fn read(page: &str) -> String {
    fs::read_to_string(path_of(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The blocks of a page, in order.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let (mut blocks, mut open, mut at): (Vec<Block<'_>>, Option<(&str, usize)>, usize) =
        (Vec::new(), None, 0);
    for line in page.split_inclusive('\n') {
        let end = at + line.len();
        if let Some(info) = line.trim_end().strip_prefix("```") {
            open = match open.take() {
                None => Some((info, end)),
                Some((info, start)) => {
                    blocks.push(Block { info, text: start..at });
                    None
                }
            };
        }
        at = end;
    }
    assert!(open.is_none(), "a block isn't closed: {open:?}");
    blocks
}

/// All pages that people write, by their paths below the repository: not those in `reference/`, which are generated.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "CONTRIBUTING.md".to_owned()];
    pages.extend(book().into_iter().filter(|page| !page.starts_with("docs/src/reference/")));
    pages
}

/// All pages of the book.
fn book() -> Vec<String> {
    let root = path_of("");
    let mut folders = vec![root.join("docs/src")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    pages.sort();
    pages
}
