//! Finds the parts of a folder (its files and subfolders) that use each other in a circle, from the paths in the code.
//!
//! A folder's `mod.rs` may use its parts, and they may use what it defines. What it only passes on with `use` counts as
//! used where it comes from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::paths::{Path, Reader};

/// Of each part of a folder: which other parts it uses, and in which files.
type Parts = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The circles, one a line with the files that make it: `api: vxc (api/vxc.rs) -> client (api/client.rs) -> vxc`.
///
/// `sources` are files: the path below `src`, and the text.
pub(crate) fn circles(sources: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, parts) in uses(sources) {
        let mut seen = BTreeSet::new();
        for part in parts.keys() {
            let Some(circle) = shortest_circle(part, &parts).filter(|_| !seen.contains(part)) else {
                continue;
            };
            let mut line = format!("{}: ", folder.join("/"));
            for (at, part) in circle.iter().enumerate() {
                let next = &circle[(at + 1) % circle.len()];
                let files: Vec<&str> = parts[part][next].iter().map(String::as_str).collect();
                line += &format!("{part} ({}) -> ", files.join(", "));
            }
            found.push(line + part);
            seen.extend(circle);
        }
    }
    found
}

/// The parts of the shortest way from a part back to itself, beginning with it.
fn shortest_circle(part: &str, parts: &Parts) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![part.to_owned()]]);
    let mut reached = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in parts.get(way.last()?).into_iter().flat_map(BTreeMap::keys) {
            if next == part {
                return Some(way);
            }
            if reached.insert(next.clone()) {
                ways.push_back(way.iter().chain([next]).cloned().collect());
            }
        }
    }
    None
}

/// What the parts of each folder use of each other. A folder is named by its module; `src` itself is empty.
pub(crate) fn uses(sources: &[(String, String)]) -> BTreeMap<Path, Parts> {
    let elsewhere: BTreeMap<String, Path> =
        sources.iter().flat_map(|(file, text)| paths_in(file, text)).collect();
    let module_of = |file: &String| elsewhere.get(file).cloned().unwrap_or_else(|| module_of(file));
    let modules: BTreeSet<Path> = sources.iter().map(|(file, _)| module_of(file)).collect();
    let mut named = Vec::new();
    let mut passed_on = BTreeMap::new();
    for (file, text) in sources {
        let own = module_of(file);
        let mut reader = Reader::new(&own, &modules);
        // Twice: a path may begin with a name that is imported further down.
        reader.read(text);
        named.push((file, own.clone(), reader.read(text)));
        for (name, path) in reader.known {
            let place: Path = own.iter().cloned().chain([name]).collect();
            if !modules.contains(&place) {
                passed_on.insert(place, path);
            }
        }
    }
    let mut uses: BTreeMap<Path, Parts> = BTreeMap::new();
    for (file, own, paths) in named {
        for mut path in paths {
            // A name may be passed on by several modules.
            for _ in 0..8 {
                let shared = own.iter().zip(&path).take_while(|(own, used)| own == used).count();
                if let (Some(part), Some(used)) = (own.get(shared), path.get(shared))
                    && modules.contains(&path[..=shared])
                {
                    let parts = uses.entry(own[..shared].to_vec()).or_default();
                    let files = parts.entry(part.clone()).or_default().entry(used.clone()).or_default();
                    files.insert(file.clone());
                }
                let origin = (1..=path.len()).find_map(|end| Some((end, passed_on.get(&path[..end])?)));
                let Some((end, origin)) = origin else { break };
                path = origin.iter().chain(&path[end..]).cloned().collect();
            }
        }
    }
    uses
}

/// The module of a file: `api/vxc.rs` and `api/vxc/mod.rs` are both api::vxc.
fn module_of(file: &str) -> Path {
    let mut module: Path = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if ["mod", "lib", "main"].contains(&module[module.len() - 1].as_str()) {
        module.pop();
    }
    module
}

/// The files that a file makes its modules with `#[path = "..."]`, in the same folder, each with its module.
fn paths_in(file: &str, text: &str) -> Vec<(String, Path)> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let found = text.split("#[path = \"").skip(1).filter_map(|after| {
        let (name, after) = after.split_once('"')?;
        let (before, _) = after.split_once(';')?;
        let own = module_of(file).into_iter().chain([before.split_whitespace().last()?.to_owned()]);
        Some((format!("{folder}/{name}").trim_start_matches('/').to_owned(), own.collect()))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found_in(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> =
            files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        circles(&sources)
    }

    #[test]
    fn a_circle_is_found_however_it_is_written() {
        let second = ("a/q.rs", "fn q() { crate::a::p::x(); }");
        for text in [
            "use crate::a::q;",
            "use crate::{b::x, a::{self, r::{s, t}, q::{u, v}}};",
            "use super::{r, q as other};",
            "mod tests { mod deep { use super::super::super::q::x; } }",
            "use super::super::a::q;",
            "use self::super::q::X;",
            "#[serde(with = \"crate::a::q\")] struct S;",
            "use super::super::a; fn p() { a::q::x(); }",
            "fn p() -> super::Passed {}",
            "fn p<'a>(x: &'a str) { let c = '\"'; let s = r#\"\"}\"#; let t = \"{ \\\" //\"; super::q::x() }",
        ] {
            let files =
                [second, ("a/mod.rs", "mod p; mod q;\npub(crate) use q::Inner as Passed;"), ("a/p.rs", text)];
            assert_eq!(found_in(&files), ["a: p (a/p.rs) -> q (a/q.rs) -> p"], "{text}");
        }
    }

    #[test]
    fn a_circle_between_folders_or_of_three_is_named_with_its_files() {
        let files = [
            ("a/p/deep/x.rs", "use super::super::super::q::y::Y;"),
            ("a/q/mod.rs", "use super::r;"),
            ("a/q/y.rs", ""),
            ("a/r.rs", "use crate::a::p::P;"),
            ("a/p/mod.rs", ""),
        ];
        assert_eq!(found_in(&files), ["a: p (a/p/deep/x.rs) -> q (a/q/mod.rs) -> r (a/r.rs) -> p"]);
    }

    #[test]
    fn a_module_in_another_file_belongs_to_where_it_is_declared() {
        let files = [
            ("a/p.rs", "#[cfg(test)]\n#[path = \"p_tests.rs\"]\nmod tests;"),
            ("a/p_tests.rs", "use super::super::q::Q;"),
            ("a/q.rs", "use super::p::P;"),
        ];
        assert_eq!(found_in(&files), ["a: p (a/p_tests.rs) -> q (a/q.rs) -> p"]);
    }

    #[test]
    fn what_is_no_use_of_another_part_is_no_circle() {
        let parent = ("a/mod.rs", "mod p; mod q; use p::P; struct Item; impl Item { fn x() { q::x(); } }");
        for text in [
            "// use crate::a::p;",
            "/* use crate::a::p; /* super::p */ super::p */",
            "const X: &str = \"use crate::a::p;\";",
            "use crate::b::a::p;",
            "use super::Item;",
            "mod tests { use super::*; fn x() { super::p(); } }",
            "fn x() { std::p::x(); other::a::p(); }",
        ] {
            let files = [
                parent,
                ("a/q.rs", text),
                ("a/p.rs", "use super::{Item, q};"),
                ("b.rs", "mod a { mod p {} }"),
            ];
            assert_eq!(found_in(&files), Vec::<String>::new(), "{text}");
        }
    }
}
