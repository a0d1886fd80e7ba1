//! Rules about the manifests, and about directories that must exist.

use std::collections::BTreeMap;
use std::path::Path;

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

/// Checks that every error code can have its page. That each code has one is a test of the API
/// crate, which knows the codes.
pub(super) fn check_pages(root: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for directory in ["crates/boxoffice-api", "docs/errors"] {
        if !root.join(directory).is_dir() {
            let mend = "every error code of the API crate has a page in docs/errors";
            findings.push(Finding::new(
                directory,
                1,
                "error-pages",
                "is missing",
                mend,
            ));
        }
    }
    findings
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
    fn a_second_integration_binary_is_found() {
        let target = |name: &str| {
            format!(r#"{{"kind":["test"],"name":"{name}","src_path":"/w/{name}.rs"}}"#)
        };
        let lints = "[lints]\nworkspace = true\n";
        assert_eq!(findings(lints, &target("it")), [""; 0]);
        let two = format!("{},{}", target("it"), target("more"));
        assert_eq!(findings(lints, &two), ["test-binary"]);
    }

    #[test]
    fn a_missing_page_directory_is_found() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(check_pages(root.path()).len(), 2);
        std::fs::create_dir_all(root.path().join("docs/errors")).unwrap();
        std::fs::create_dir_all(root.path().join("crates/boxoffice-api")).unwrap();
        assert_eq!(check_pages(root.path()), []);
    }
}
