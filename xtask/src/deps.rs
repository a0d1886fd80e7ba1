//! The allowed edges between the crates, and the check that the manifests keep to them.
//!
//! Invariants: a new edge is its own reviewed commit that changes the list below.

use std::collections::BTreeMap;

use crate::metadata::{Metadata, Package};
use crate::tidy::Finding;
use crate::tidy::manifest::line_of_dependency;

/// What a crate may depend on.
#[derive(Clone, Copy, Debug)]
enum Allowed {
    /// These crates of the workspace; anything from the registry.
    Workspace(&'static [&'static str]),
    /// Exactly these crates, from the workspace or the registry.
    Only(&'static [&'static str]),
    /// Anything: nothing depends on it.
    Anything,
}

use Allowed::{Anything, Only, Workspace};

/// The judge must not share code with the accused, not even in its tests.
const NEVER: &[(&str, &str)] = &[("stampede-verify", "boxoffice-engine")];

/// Edges of normal and build dependencies.
const EDGES: &[(&str, Allowed)] = &[
    ("boxoffice-engine", Only(&["hashbrown"])),
    ("boxoffice-journal", Workspace(&[])),
    (
        "boxoffice-writer",
        Workspace(&["boxoffice-engine", "boxoffice-journal"]),
    ),
    ("boxoffice-api", Workspace(&[])),
    (
        "boxoffice-server",
        Workspace(&[
            "boxoffice-engine",
            "boxoffice-journal",
            "boxoffice-writer",
            "boxoffice-api",
        ]),
    ),
    (
        "boxoffice-sim",
        Workspace(&["boxoffice-engine", "boxoffice-journal", "boxoffice-writer"]),
    ),
    (
        "boxoffice",
        Workspace(&[
            "boxoffice-engine",
            "boxoffice-journal",
            "boxoffice-writer",
            "boxoffice-api",
            "boxoffice-server",
            // The demo sends the scripts in crowds/.
            "stampede-run",
            "stampede-metrics",
            "stampede-plan",
            "stampede-js",
            "stampede-script",
        ]),
    ),
    ("stampede-plan", Only(&["serde", "serde_json", "thiserror"])),
    ("stampede-metrics", Workspace(&[])),
    ("stampede-http", Workspace(&[])),
    (
        "stampede-js",
        Workspace(&["stampede-metrics", "stampede-http", "stampede-plan"]),
    ),
    (
        "stampede-script",
        Workspace(&[
            "stampede-plan",
            "stampede-metrics",
            "stampede-http",
            "stampede-js",
        ]),
    ),
    // The race shares the trust in certificates with the client of scripts.
    (
        "stampede-run",
        Workspace(&["stampede-http", "stampede-metrics"]),
    ),
    (
        "stampede",
        Workspace(&[
            "stampede-run",
            "stampede-metrics",
            "stampede-plan",
            "stampede-http",
            "stampede-js",
            "stampede-script",
        ]),
    ),
    ("stampede-verify", Workspace(&[])),
    ("bench", Anything),
    ("xtask", Workspace(&[])),
];

/// Edges that only tests have, beside those of [`EDGES`].
const DEV_EDGES: &[(&str, &[&str])] = &[];

/// Checks the manifests of all members; `files` holds their texts by path.
pub(crate) fn check(metadata: &Metadata, files: &BTreeMap<String, String>) -> Vec<Finding> {
    let members: BTreeMap<&str, &Package> = metadata
        .members()
        .map(|package| (package.name.as_str(), package))
        .collect();
    let mut findings = Vec::new();
    for package in members.values() {
        let path = metadata.relative(&package.manifest_path);
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == package.name) else {
            let what = format!(
                "the crate `{}` has no line in xtask/src/deps.rs",
                package.name
            );
            findings.push(Finding::new(
                &path,
                1,
                "edges",
                &what,
                "say there what it may use",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let is_member = members.contains_key(dependency.name.as_str());
            let is_dev = dependency.kind.as_deref() == Some("dev");
            if !is_allowed(&package.name, *allowed, &dependency.name, is_member, is_dev) {
                let what = format!("`{}` may not depend on `{}`", package.name, dependency.name);
                let mend = "drop it, or argue for the edge in its own commit to xtask/src/deps.rs";
                let text = files.get(&path).map_or("", String::as_str);
                let line = line_of_dependency(text, &dependency.name);
                findings.push(Finding::new(&path, line, "edges", &what, mend));
            }
        }
    }
    findings
}

fn is_allowed(from: &str, allowed: Allowed, to: &str, is_member: bool, is_dev: bool) -> bool {
    if NEVER.contains(&(from, to)) {
        return false;
    }
    let by_list = match allowed {
        Anything => true,
        Only(names) => names.contains(&to),
        Workspace(names) => !is_member || names.contains(&to),
    };
    // Tests may use any registry crate: a property framework does not ship.
    by_list
        || (is_dev
            && (!is_member
                || DEV_EDGES
                    .iter()
                    .any(|(name, edges)| *name == from && edges.contains(&to))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(json: &str) -> Metadata {
        serde_json::from_str(json).unwrap()
    }

    fn package(name: &str, dependencies: &str) -> String {
        format!(
            r#"{{"id":"{name}","name":"{name}","version":"1.0.0","license":"MIT","source":null,
            "manifest_path":"/w/crates/{name}/Cargo.toml","dependencies":[{dependencies}],
            "targets":[]}}"#
        )
    }

    fn findings(packages: &[String], members: &str) -> Vec<String> {
        let json = format!(
            r#"{{"packages":[{}],"workspace_members":[{members}],"workspace_root":"/w"}}"#,
            packages.join(",")
        );
        let path = "crates/boxoffice-engine/Cargo.toml".to_owned();
        let text = "[dependencies]\nserde.workspace = true\n".to_owned();
        let files = BTreeMap::from([(path, text)]);
        check(&metadata(&json), &files)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn an_edge_that_is_not_listed_is_found() {
        let engine = package("boxoffice-engine", r#"{"name":"serde","kind":null}"#);
        let found = findings(&[engine], r#""boxoffice-engine""#);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("crates/boxoffice-engine/Cargo.toml:2: [edges]"),
            "{found:?}"
        );
        assert!(
            found[0].contains("`boxoffice-engine` may not depend on `serde`"),
            "{found:?}"
        );
    }

    #[test]
    fn listed_edges_and_registry_crates_of_tests_pass() {
        let engine = package(
            "boxoffice-engine",
            r#"{"name":"hashbrown","kind":null},{"name":"proptest","kind":"dev"}"#,
        );
        let writer = package(
            "boxoffice-writer",
            r#"{"name":"boxoffice-engine","kind":null}"#,
        );
        let found = findings(
            &[engine, writer],
            r#""boxoffice-engine","boxoffice-writer""#,
        );
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_dev_edge_inside_the_workspace_needs_its_own_line() {
        let engine = package("boxoffice-engine", "");
        let journal = package(
            "boxoffice-journal",
            r#"{"name":"boxoffice-engine","kind":"dev"}"#,
        );
        let found = findings(
            &[engine, journal],
            r#""boxoffice-engine","boxoffice-journal""#,
        );
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn the_judge_never_uses_the_engine() {
        let engine = package("boxoffice-engine", "");
        let verify = package(
            "stampede-verify",
            r#"{"name":"boxoffice-engine","kind":"dev"}"#,
        );
        let found = findings(&[engine, verify], r#""boxoffice-engine","stampede-verify""#);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(!is_allowed(
            "stampede-verify",
            Anything,
            "boxoffice-engine",
            true,
            true
        ));
    }

    #[test]
    fn a_crate_without_a_line_is_found() {
        let found = findings(&[package("opera", "")], r#""opera""#);
        assert!(found[0].contains("`opera` has no line"), "{found:?}");
    }
}
