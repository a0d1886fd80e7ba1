//! Rules about the manifests, and about the pages of the error codes.

use std::collections::BTreeMap;

use super::Finding;
use crate::metadata::Metadata;

/// Checks every member's manifest.
pub(super) fn check(metadata: &Metadata, files: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata.members() {
        let path = metadata.relative(&package.manifest_path);
        let text = files.get(&path).map_or("", String::as_str);
        if !inherits_lints(text) {
            let what = "the crate does not inherit the workspace's lints";
            let mend = "write `[lints]` and below it `workspace = true`";
            findings.push(Finding::new(&path, 1, "lints", what, mend));
        }
        for name in declared_here(text) {
            let what = format!("`{name}` is declared in the crate");
            let mend = "declare it in the root Cargo.toml and write `.workspace = true` here";
            let line = line_of_dependency(text, &name);
            findings.push(Finding::new(&path, line, "declared-once", &what, mend));
        }
        let is_test = |kind: &String| kind == "test";
        let tests: Vec<&str> = package
            .targets
            .iter()
            .filter(|target| target.kind.iter().any(is_test))
            .map(|target| target.name.as_str())
            .collect();
        if tests.len() > 1 {
            let what = format!(
                "{} integration test binaries: {}",
                tests.len(),
                tests.join(", ")
            );
            let mend = "make them modules of one, tests/it/main.rs, so that they link once";
            findings.push(Finding::new(&path, 1, "test-binary", &what, mend));
        }
    }
    findings
}

/// Where the error codes are named.
const CODES_PATH: &str = "crates/boxoffice-api/src/error.rs";

/// Where each error code has its page.
const PAGES: &str = "docs/errors/";

/// What every page tells.
const SECTIONS: &[&str] = &[
    "## What happened",
    "## What it means for your data",
    "## What to do",
];

/// Checks that there are error codes and pages, and that every page is complete and of a code.
/// That each code has a page is certain without a check: the API crate compiles the pages in.
pub(super) fn check_pages(files: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some(codes) = files.get(CODES_PATH) else {
        let mend = "the API crate names every error code there";
        return vec![Finding::new(
            CODES_PATH,
            1,
            "error-pages",
            "is missing",
            mend,
        )];
    };
    let pages: Vec<&String> = files
        .keys()
        .filter(|path| path.starts_with(PAGES))
        .collect();
    if pages.is_empty() {
        let mend = "every error code has a page there: what happened, and what to do";
        findings.push(Finding::new(PAGES, 1, "error-pages", "has no page", mend));
    }
    for path in pages {
        for section in SECTIONS {
            if !files[path].lines().any(|line| line == *section) {
                let what = format!("the page lacks `{section}`");
                let mend = format!("a page has the sections {}", SECTIONS.join(", "));
                findings.push(Finding::new(path, 1, "error-pages", &what, &mend));
            }
        }
        let name = path.trim_start_matches(PAGES).trim_end_matches(".md");
        if !codes.contains(&format!("\"{name}\"")) {
            let what = format!("no error code is named `{name}`");
            let mend = format!("delete the page, or name the code in {CODES_PATH}");
            findings.push(Finding::new(path, 1, "error-pages", &what, &mend));
        }
    }
    findings
}

/// Dependencies of a manifest that do not come from the workspace's list.
fn declared_here(manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().unwrap_or_default();
    let targets = table.get("target").and_then(toml::Value::as_table);
    let per_target = targets.into_iter().flat_map(toml::Table::values);
    let tables = per_target.filter_map(toml::Value::as_table).chain([&table]);
    let mut found = Vec::new();
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let list = table.get(kind).and_then(toml::Value::as_table);
            for (name, value) in list.into_iter().flatten() {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    found.push(name.clone());
                }
            }
        }
    }
    found
}

/// The line, from 1, at which `manifest` names the dependency; 1 if it cannot be told.
pub(crate) fn line_of_dependency(manifest: &str, name: &str) -> usize {
    manifest
        .lines()
        .position(|line| {
            line.trim_start()
                .strip_prefix(name)
                .is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
        })
        .map_or(1, |line_idx| line_idx + 1)
}

fn inherits_lints(manifest: &str) -> bool {
    let table: Option<toml::Table> = manifest.parse().ok();
    table
        .as_ref()
        .and_then(|table| table.get("lints"))
        .and_then(|lints| lints.get("workspace"))
        .and_then(toml::Value::as_bool)
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(manifest: &str, targets: &str) -> Vec<&'static str> {
        let json = format!(
            r#"{{"packages":[{{"id":"a","name":"a","version":"1.0.0","license":"MIT",
            "source":null,"manifest_path":"/w/crates/a/Cargo.toml","dependencies":[],
            "targets":[{targets}]}}],"workspace_members":["a"],"workspace_root":"/w"}}"#
        );
        let metadata: Metadata = serde_json::from_str(&json).unwrap();
        let files = BTreeMap::from([("crates/a/Cargo.toml".to_owned(), manifest.to_owned())]);
        check(&metadata, &files)
            .iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn a_crate_that_does_not_inherit_the_lints_is_found() {
        assert_eq!(findings("[lints]\nworkspace = true\n", ""), [""; 0]);
        assert_eq!(findings("lints.workspace = true\n", ""), [""; 0]);
        for bad in [
            "",
            "[lints]\n",
            "[lints]\nworkspace = false\n",
            "# [lints]\n",
            "not toml",
        ] {
            assert_eq!(findings(bad, ""), ["lints"], "{bad}");
        }
    }

    #[test]
    fn a_dependency_that_is_declared_in_a_crate_is_found_with_its_line() {
        let lints = "[lints]\nworkspace = true\n";
        for good in [
            "serde.workspace = true",
            "serde = { workspace = true, features = [] }",
        ] {
            assert_eq!(
                findings(&format!("{lints}[dependencies]\n{good}\n"), ""),
                [""; 0]
            );
        }
        for table in [
            "dependencies",
            "dev-dependencies",
            "target.'cfg(unix)'.dependencies",
        ] {
            for bad in ["serde = \"1\"", "serde = { version = \"1\" }"] {
                let manifest = format!("{lints}[{table}]\nserde_json.workspace = true\n{bad}\n");
                assert_eq!(findings(&manifest, ""), ["declared-once"], "{manifest}");
                assert_eq!(line_of_dependency(&manifest, "serde"), 5);
            }
        }
    }

    #[test]
    fn a_second_integration_binary_is_found() {
        let target = |name: &str| {
            format!(r#"{{"kind":["test"],"name":"{name}","src_path":"/w/{name}.rs"}}"#)
        };
        let lints = "[lints]\nworkspace = true\n";
        assert_eq!(findings(lints, &target("it")), [""; 0]);
        let two = format!("{},{}", target("it"), target("more"));
        assert_eq!(findings(lints, &two), ["test-binary"]);
    }

    fn pages(files: &[(&str, &str)]) -> Vec<String> {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        check_pages(&files.collect())
            .iter()
            .map(|finding| finding.path.clone())
            .collect()
    }

    #[test]
    fn missing_codes_missing_pages_and_pages_without_a_code_are_found() {
        let codes = (CODES_PATH, "SoldOut = 409 \"sold-out\"");
        let sections = SECTIONS.join("\n");
        let page = ("docs/errors/sold-out.md", sections.as_str());
        assert_eq!(pages(&[codes, page]), [""; 0]);
        assert_eq!(pages(&[page]), [CODES_PATH]);
        assert_eq!(pages(&[codes]), [PAGES]);
        let old = ("docs/errors/old.md", sections.as_str());
        assert_eq!(pages(&[codes, page, old]), ["docs/errors/old.md"]);
        let stub = (
            "docs/errors/sold-out.md",
            "# sold-out\n\n## What happened\n",
        );
        assert_eq!(pages(&[codes, stub]), ["docs/errors/sold-out.md"; 2]);
    }
}
