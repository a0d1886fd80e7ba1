//! Which Rust files are reached from a target by `mod`, and which are dead.

use std::collections::{BTreeMap, BTreeSet};

use super::Finding;
use super::source::{Source, is_ident};
use super::text::is_test_attribute;
use crate::metadata::Metadata;

/// The first file of every target, and whether the target is a test.
pub(super) fn roots(metadata: &Metadata) -> Vec<(String, bool)> {
    let mut roots = Vec::new();
    for package in metadata.members() {
        for target in &package.targets {
            let is_test = target.kind.iter().any(|kind| kind == "test");
            roots.push((metadata.relative(&target.src_path), is_test));
        }
    }
    roots
}

/// Follows `mod` from `roots`: the path of every file reached, and whether only tests reach it.
pub(super) fn walk(roots: &[(String, bool)], sources: &[Source]) -> BTreeMap<String, bool> {
    let by_path: BTreeMap<&str, &Source> = sources
        .iter()
        .map(|source| (source.path.as_str(), source))
        .collect();
    let root_paths: BTreeSet<&str> = roots.iter().map(|(path, _)| path.as_str()).collect();
    let mut reached: BTreeMap<String, bool> = BTreeMap::new();
    let mut open: Vec<(String, bool)> = roots.to_vec();
    while let Some((path, is_test)) = open.pop() {
        // A file may be reached by tests first and by the product later; the product counts.
        if reached.get(&path).is_some_and(|known| !known || is_test) {
            continue;
        }
        let Some(source) = by_path.get(path.as_str()) else {
            continue;
        };
        for child in children(source, root_paths.contains(path.as_str())) {
            for candidate in child.candidates {
                if by_path.contains_key(candidate.as_str()) {
                    open.push((candidate, is_test || child.is_test));
                }
            }
        }
        reached.insert(path, is_test);
    }
    reached
}

/// Files that nothing reaches.
pub(super) fn check(reached: &BTreeMap<String, bool>, sources: &[Source]) -> Vec<Finding> {
    sources
        .iter()
        .filter(|source| !reached.contains_key(&source.path))
        .map(|source| {
            let what = "no target reaches this file by `mod`";
            let mend = "name it with `mod` where it belongs, or delete it";
            Finding::new(&source.path, 1, "dead-file", what, mend)
        })
        .collect()
}

/// A module that is declared without a body.
struct Child {
    /// Where its file may be.
    candidates: Vec<String>,
    is_test: bool,
}

fn children(source: &Source, is_root: bool) -> Vec<Child> {
    let (directory, file) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
    let stem = file.trim_end_matches(".rs");
    let own = if is_root || stem == "mod" {
        directory.to_owned()
    } else {
        format!("{directory}/{stem}")
    };
    let mut found = Vec::new();
    for at in source.words("mod ") {
        let rest = &source.code[at + 4..];
        let name: String = rest.chars().take_while(|char| is_ident(*char)).collect();
        if name.is_empty() || !rest[name.len()..].trim_start().starts_with(';') {
            continue;
        }
        let attributes = attributes_before(source, at);
        let candidates = match attributes.iter().find_map(|text| path_attribute(text)) {
            Some(path) => vec![normal(&format!("{directory}/{path}"))],
            None => {
                let inner = [vec![own.clone()], inline_parents(source, at)]
                    .concat()
                    .join("/");
                vec![
                    format!("{inner}/{name}.rs"),
                    format!("{inner}/{name}/mod.rs"),
                ]
            }
        };
        let is_test = attributes.iter().any(|text| is_test_attribute(text));
        found.push(Child {
            candidates,
            is_test,
        });
    }
    found.extend(includes(source, directory));
    found
}

/// Files that are taken in as text with `include!("…")`.
fn includes(source: &Source, directory: &str) -> Vec<Child> {
    let mut found = Vec::new();
    for at in source.words("include!(") {
        let literal = source.text[at..].split('"').nth(1).unwrap_or_default();
        let path = normal(&format!("{directory}/{literal}"));
        found.push(Child {
            candidates: vec![path],
            is_test: false,
        });
    }
    found
}

/// The attributes that stand directly before the item at `at`, as text.
fn attributes_before(source: &Source, at: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = at;
    for attribute in source
        .attributes()
        .iter()
        .rev()
        .filter(|range| range.end <= at)
    {
        let between = source.code[attribute.end..start].trim();
        if !matches!(between, "" | "pub" | "pub(crate)" | "pub(super)") {
            break;
        }
        found.push(&source.text[attribute.clone()]);
        start = attribute.start;
    }
    found
}

fn path_attribute(attribute: &str) -> Option<&str> {
    attribute.strip_prefix("#[path")?.split('"').nth(1)
}

/// Names of the inline modules around `at`, outermost first.
fn inline_parents(source: &Source, at: usize) -> Vec<String> {
    let mut found = Vec::new();
    for open in source.words("mod ").take_while(|open| *open < at) {
        let rest = &source.code[open + 4..];
        let name: String = rest.chars().take_while(|char| is_ident(*char)).collect();
        if source.block(open).is_some_and(|block| block.contains(&at)) {
            found.push(name);
        }
    }
    found
}

/// `path` without `.` and `..`.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(path, text))
            .collect();
        let roots = [
            ("a/src/lib.rs".to_owned(), false),
            ("a/tests/it/main.rs".to_owned(), true),
        ];
        check(&walk(&roots, &sources), &sources)
            .iter()
            .map(|found| found.path.clone())
            .collect()
    }

    #[test]
    fn a_file_that_nothing_names_is_dead() {
        let files = [
            ("a/src/lib.rs", "mod b;\n// mod c;"),
            ("a/src/b.rs", ""),
            ("a/src/c.rs", ""),
        ];
        assert_eq!(dead(&files), ["a/src/c.rs"]);
        assert_eq!(
            dead(&[("a/tests/it/forgotten.rs", "")]),
            ["a/tests/it/forgotten.rs"]
        );
    }

    #[test]
    fn every_way_to_name_a_module_is_followed() {
        let files = [
            (
                "a/src/lib.rs",
                "pub(crate) mod b;\nmod inline { mod d; }\n#[path = \"odd.rs\"] mod e;",
            ),
            ("a/src/b.rs", "mod c;\ninclude!(\"../gen/table.rs\");"),
            ("a/src/b/c.rs", ""),
            ("a/src/inline/d.rs", ""),
            ("a/src/odd.rs", ""),
            ("a/gen/table.rs", ""),
            ("a/tests/it/main.rs", "mod crash;"),
            ("a/tests/it/crash/mod.rs", "mod cycles;"),
            ("a/tests/it/crash/cycles.rs", ""),
        ];
        assert_eq!(dead(&files), Vec::<String>::new());
    }

    #[test]
    fn files_that_only_tests_reach_are_tests() {
        let sources = [
            Source::new("a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod tests;"),
            Source::new("a/src/b.rs", ""),
            Source::new("a/src/tests.rs", "mod table;"),
            Source::new("a/src/tests/table.rs", ""),
        ];
        let reached = walk(&[("a/src/lib.rs".to_owned(), false)], &sources);
        let tests: Vec<&str> = reached
            .iter()
            .filter(|(_, is_test)| **is_test)
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(tests, ["a/src/tests.rs", "a/src/tests/table.rs"]);
    }
}
