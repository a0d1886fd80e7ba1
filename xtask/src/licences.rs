//! `cargo xtask licences`: what we build on is permissive, comes from one registry, and brings
//! one TLS stack.

use std::collections::BTreeSet;

use anyhow::bail;

use crate::metadata::{Metadata, Package};
use crate::shell;

/// Check licences, sources and TLS stacks of every dependency
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// SPDX identifiers that we may ship with.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// SPDX exceptions that only add permissions.
const ALLOWED_EXCEPTIONS: &[&str] = &["LLVM-exception"];

/// The only place outside the workspace that code may come from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// TLS stacks and cryptography beside rustls on ring.
const BANNED: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "boring",
    "boring-sys",
    "gnutls",
    "mbedtls",
    "native-tls",
    "openssl",
    "openssl-sys",
    "s2n-tls",
    "wolfssl",
];

/// Crates of which a second version would be a second TLS stack.
const ONE_VERSION: &[&str] = &["ring", "rustls", "tokio-rustls"];

/// Checks the resolved graph.
///
/// # Errors
/// If a package breaks a rule; the message names each one.
pub(crate) fn run(Args {}: &Args) -> anyhow::Result<()> {
    let metadata = Metadata::load()?;
    let problems = check(&metadata);
    if !problems.is_empty() {
        bail!(
            "{}\nmend by choosing another crate or fewer of its features",
            problems.join("\n")
        );
    }
    shell::say(&format!(
        "licences: {} packages, all permissive",
        metadata.packages.len()
    ));
    Ok(())
}

fn check(metadata: &Metadata) -> Vec<String> {
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let name = format!("{} {}", package.name, package.version);
        problems.extend(licence_problem(package).map(|problem| format!("{name}: {problem}")));
        problems.extend(source_problem(metadata, package).map(|text| format!("{name}: {text}")));
        if BANNED.contains(&package.name.as_str()) {
            problems.push(format!(
                "{name}: a second TLS stack; only rustls with ring is used"
            ));
        }
    }
    for name in ONE_VERSION {
        let versions: BTreeSet<&str> = metadata
            .packages
            .iter()
            .filter(|package| package.name == *name)
            .map(|package| package.version.as_str())
            .collect();
        if versions.len() > 1 {
            problems.push(format!(
                "{name}: {} versions in one build: {versions:?}",
                versions.len()
            ));
        }
    }
    problems
}

fn licence_problem(package: &Package) -> Option<String> {
    let Some(expression) = &package.license else {
        return Some("declares no licence".to_owned());
    };
    match is_permissive(expression) {
        Some(true) => None,
        Some(false) => Some(format!("the licence `{expression}` is not on the list")),
        None => Some(format!(
            "the licence `{expression}` is not an SPDX expression"
        )),
    }
}

fn source_problem(metadata: &Metadata, package: &Package) -> Option<String> {
    match &package.source {
        Some(source) if source == REGISTRY => None,
        Some(source) => Some(format!("comes from `{source}`, not from crates.io")),
        None if package.manifest_path.starts_with(&metadata.workspace_root) => None,
        None => Some("is a path outside the workspace".to_owned()),
    }
}

/// Whether an SPDX expression can be met with allowed licences alone; `None` if it is malformed.
/// `A/B` is the old way to write `A OR B`.
fn is_permissive(expression: &str) -> Option<bool> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let permissive = any_of(&mut rest, PARENTHESES_MAX)?;
    rest.is_empty().then_some(permissive)
}

/// How deep an expression may nest; a real one never does more than once.
const PARENTHESES_MAX: u32 = 8;

fn any_of(rest: &mut &[&str], depth: u32) -> Option<bool> {
    let mut permissive = all_of(rest, depth)?;
    while let Some((&"OR", tail)) = rest.split_first() {
        *rest = tail;
        permissive |= all_of(rest, depth)?;
    }
    Some(permissive)
}

fn all_of(rest: &mut &[&str], depth: u32) -> Option<bool> {
    let mut permissive = one(rest, depth)?;
    while let Some((&"AND", tail)) = rest.split_first() {
        *rest = tail;
        permissive &= one(rest, depth)?;
    }
    Some(permissive)
}

fn one(rest: &mut &[&str], depth: u32) -> Option<bool> {
    let (&word, tail) = rest.split_first()?;
    *rest = tail;
    match word {
        "(" => {
            let permissive = any_of(rest, depth.checked_sub(1)?)?;
            let (&close, tail) = rest.split_first()?;
            *rest = tail;
            (close == ")").then_some(permissive)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        licence => {
            let mut permissive = ALLOWED.contains(&licence);
            if let ["WITH", exception, tail @ ..] = *rest {
                permissive &= ALLOWED_EXCEPTIONS.contains(exception);
                *rest = tail;
            }
            Some(permissive)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_judged_by_their_meaning() {
        for (expression, expected) in [
            ("MIT", Some(true)),
            ("MIT OR Apache-2.0", Some(true)),
            ("MIT/Apache-2.0", Some(true)),
            ("Apache-2.0 / MIT", Some(true)),
            ("GPL-3.0-only OR MIT", Some(true)),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", Some(true)),
            ("Apache-2.0 WITH LLVM-exception OR MIT", Some(true)),
            ("GPL-3.0-only", Some(false)),
            ("MIT AND GPL-3.0-only", Some(false)),
            ("MIT OR Apache-2.0 AND MPL-2.0", Some(true)),
            ("(MIT OR Apache-2.0) AND MPL-2.0", Some(false)),
            ("Apache-2.0 WITH Classpath-exception-2.0", Some(false)),
            ("", None),
            ("MIT OR", None),
            ("(MIT", None),
            ("MIT MIT", None),
            ("((((((((((MIT))))))))))", None),
        ] {
            assert_eq!(is_permissive(expression), expected, "{expression}");
        }
    }

    fn problems(name: &str, version: &str, license: &str, source: &str) -> Vec<String> {
        let package = |name: &str, version: &str, license: &str, source: &str| {
            format!(
                r#"{{"id":"{name}{version}","name":"{name}","version":"{version}",
                "license":{license},"source":{source},"manifest_path":"/elsewhere/Cargo.toml",
                "dependencies":[],"targets":[]}}"#
            )
        };
        let registry = format!(r#""{REGISTRY}""#);
        let json = format!(
            r#"{{"packages":[{},{}],"workspace_members":[],"workspace_root":"/w"}}"#,
            package("rustls", "0.23.0", r#""MIT""#, &registry),
            package(name, version, license, source),
        );
        check(&serde_json::from_str(&json).unwrap())
    }

    #[test]
    fn every_kind_of_bad_package_is_found() {
        let registry = format!(r#""{REGISTRY}""#);
        assert_eq!(
            problems("good", "1.0.0", r#""MIT""#, &registry),
            Vec::<String>::new()
        );
        for (name, version, license, source, expected) in [
            (
                "bad",
                "1.0.0",
                r#""AGPL-3.0-only""#,
                registry.as_str(),
                "not on the list",
            ),
            ("bad", "1.0.0", "null", &registry, "declares no licence"),
            (
                "bad",
                "1.0.0",
                r#""see file""#,
                &registry,
                "not an SPDX expression",
            ),
            (
                "bad",
                "1.0.0",
                r#""MIT""#,
                r#""git+https://example.com/x""#,
                "not from crates.io",
            ),
            ("bad", "1.0.0", r#""MIT""#, "null", "outside the workspace"),
            (
                "openssl-sys",
                "1.0.0",
                r#""MIT""#,
                &registry,
                "a second TLS stack",
            ),
            (
                "rustls",
                "0.22.0",
                r#""MIT""#,
                &registry,
                "2 versions in one build",
            ),
        ] {
            let found = problems(name, version, license, source);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(expected), "{found:?}");
        }
    }
}
