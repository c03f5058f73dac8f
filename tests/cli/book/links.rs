//! Links between pages, and to their headings. Addresses outside the repository aren't fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::{book, pages, path_of, read};

/// A page without its code.
fn prose(page: &str) -> String {
    let (mut prose, mut is_code) = (String::new(), false);
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            // Every other part is between backticks.
            let parts: Vec<&str> = line.split('`').collect();
            let is_closed = parts.len() % 2 == 1;
            for (position, part) in parts.iter().enumerate() {
                let is_text = position % 2 == 0 || (!is_closed && position + 1 == parts.len());
                prose.push_str(if is_text { part } else { "_" });
            }
            prose.push('\n');
        }
    }
    prose
}

/// The targets of links and pictures.
fn targets(page: &str) -> Vec<String> {
    let prose = prose(page);
    let until = |rest: &str, end: char| rest.split(end).next().unwrap_or_default().trim().to_owned();
    let inline = prose.split("](").skip(1).map(|rest| until(rest, ')'));
    let pictures = prose.split("src=\"").skip(1).map(|rest| until(rest, '"'));
    inline.chain(pictures).collect()
}

/// The name that mdBook and GitHub give a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        _ if character.is_alphanumeric() => Some(character.to_ascii_lowercase()),
        _ => None,
    });
    kept.collect()
}

/// The anchors of a page: a heading that comes again has a number.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for line in page.lines() {
        is_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if is_code || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let name = anchor(heading);
        let count = seen.entry(name.clone()).or_default();
        anchors.insert(if *count == 0 { name } else { format!("{name}-{count}") });
        *count += 1;
    }
    anchors
}

/// The path of a target, from the folder of the page that links to it.
fn resolve(page: &str, target: &str) -> String {
    let mut path = PathBuf::new();
    for part in Path::new(page).parent().unwrap().join(target).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{page} links outside the repository: {target}"),
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path.to_str().unwrap().to_owned()
}

/// What is wrong with a link.
fn fault(page: &str, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = if file.is_empty() { page.to_owned() } else { resolve(page, file) };
    if !path_of(&file).is_file() {
        return Some("there is no such file".to_owned());
    }
    if page.starts_with("docs/src/") && !file.starts_with("docs/src/") {
        return Some("it leads out of the book".to_owned());
    }
    let is_there = heading.is_empty() || anchors(&read(&file)).contains(heading);
    (!is_there).then(|| format!("{file} has no heading {heading}"))
}

#[test]
fn every_link_leads_to_a_page_and_a_heading() {
    let mut pages: BTreeSet<String> = pages().into_iter().chain(book()).collect();
    pages.insert("CHANGELOG.md".to_owned());
    let (mut count, mut wrong) = (0, Vec::new());
    for page in pages {
        for target in targets(&read(&page)) {
            count += 1;
            wrong.extend(fault(&page, &target).map(|fault| format!("{page}: {target}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 50, "{count} links");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let summary = "docs/src/SUMMARY.md";
    let listed: BTreeSet<String> =
        targets(&read(summary)).iter().map(|target| resolve(summary, target)).collect();
    let there: BTreeSet<String> = book().into_iter().filter(|page| page != summary).collect();
    assert_eq!(listed, there);
}

#[test]
fn links_and_headings_are_found_as_mdbook_does() {
    let page = "# The `x` of --all, and more\n\nSee [a](b.md#c) and `[d](e)`.\n\n```sh\n# no heading\n[f](g)\n```\n\n## More\n## More\n";
    assert_eq!(targets(page), ["b.md#c"]);
    let expected = ["more", "more-1", "the-x-of---all-and-more"];
    assert_eq!(anchors(page), expected.map(str::to_owned).into());
    assert_eq!(resolve("docs/src/guides/a.md", "../b.md"), "docs/src/b.md");
    assert!(fault("README.md", "docs/src/no-such.md").is_some());
    assert!(fault("README.md", "docs/src/SUMMARY.md#no-such").is_some());
    assert!(fault("docs/src/index.md", "../../README.md").is_some());
    assert_eq!(fault("README.md", "docs/src/SUMMARY.md"), None);
}
