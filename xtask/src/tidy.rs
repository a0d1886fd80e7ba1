//! `cargo xtask tidy`: the rules of the house that neither rustfmt nor clippy knows.
//!
//! Invariants: every rule has a test with a bad input that it must find; every finding names the
//! place, the rule, and how to mend it.
//!
//! Never: changing a file.

pub(crate) mod manifest;
mod modules;
mod size;
mod source;
mod text;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::metadata::Metadata;
use crate::{deps, shell};
use source::Source;

/// Check the rules that neither rustfmt nor clippy knows
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// One broken rule.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    what: String,
    mend: String,
}

impl Finding {
    /// A finding in `path` (relative to the workspace) at `line` (from 1).
    pub(crate) fn new(path: &str, line: usize, rule: &'static str, what: &str, mend: &str) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            what: what.to_owned(),
            mend: mend.to_owned(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            rule,
            what,
            mend,
        } = self;
        write!(f, "{path}:{line}: [{rule}] {what}; {mend}")
    }
}

/// Checks the work tree.
///
/// # Errors
/// If a rule is broken, or files cannot be read.
pub(crate) fn run(Args {}: &Args) -> anyhow::Result<()> {
    let findings = check()?;
    if findings.is_empty() {
        shell::say("tidy: nothing to mend");
        return Ok(());
    }
    for finding in &findings {
        shell::put(&finding.to_string());
    }
    bail!("tidy: {} to mend", findings.len());
}

/// Every finding in the work tree, sorted by place.
///
/// # Errors
/// If cargo fails or files cannot be read.
fn check() -> anyhow::Result<Vec<Finding>> {
    let metadata = Metadata::load()?;
    let mut files = BTreeMap::new();
    collect(&shell::root(), "", &mut files)?;
    let sources: Vec<Source> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(path, text)| Source::new(path, text))
        .collect();

    let mut findings = deps::check(&metadata, &files);
    findings.extend(manifest::check(&metadata, &files));
    findings.extend(manifest::check_pages(&files));
    let reached = modules::walk(&modules::roots(&metadata), &sources);
    findings.extend(modules::check(&reached, &sources));
    for source in &sources {
        let is_test = reached.get(&source.path).copied().unwrap_or(false);
        findings.extend(text::check_rust(source, is_test));
    }
    for (path, text) in &files {
        findings.extend(text::check_any(path, text));
    }
    let ratchet = files.get(size::RATCHET_PATH).map_or("", String::as_str);
    findings.extend(size::check(&sources, ratchet));
    findings.sort();
    Ok(findings)
}

/// File name endings of the texts that we write by hand.
const TEXT_ENDINGS: &[&str] = &[
    ".css", ".html", ".js", ".json", ".md", ".rs", ".sh", ".sql", ".toml", ".txt", ".yml",
];

/// Hidden directories that are ours.
const HIDDEN_DIRECTORIES: &[&str] = &[".cargo", ".ci"];

/// Reads every text file below `directory` into `files`, by path from the workspace root.
fn collect(
    directory: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", directory.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry
            .file_type()
            .with_context(|| format!("cannot look at {path}"))?;
        if kind.is_dir() {
            let is_ours = !name.starts_with('.') || HIDDEN_DIRECTORIES.contains(&name.as_str());
            let is_generated = path == "target" || path == "bench/results";
            if is_ours && !is_generated {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if kind.is_file()
            && (TEXT_ENDINGS.iter().any(|ending| name.ends_with(ending)) || prefix.starts_with('.'))
        {
            let bytes = fs::read(entry.path()).with_context(|| format!("cannot read {path}"))?;
            files.insert(path, String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_tidy() {
        let findings = check().unwrap();
        let list: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(
            list.is_empty(),
            "run `cargo xtask tidy`:\n{}",
            list.join("\n")
        );
    }

    #[test]
    fn collecting_leaves_out_builds_results_and_foreign_hidden_directories() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "a/b.rs",
            ".ci/run",
            ".git/x.rs",
            "target/x.rs",
            "bench/results/x.json",
            "a/photo.png",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        let mut files = BTreeMap::new();
        collect(root.path(), "", &mut files).unwrap();
        let paths: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(paths, [".ci/run", "a/b.rs"]);
    }
}
