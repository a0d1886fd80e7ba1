//! `cargo xtask openapi`: keeps `openapi/*.json` equal to what the API crate says.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::shell;

/// Write the OpenAPI documents, or check that the stored ones are current
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing; fail if a stored document differs
    #[arg(long)]
    check: bool,
}

impl Args {
    /// Compare only; change nothing.
    pub(crate) const CHECK: Self = Self { check: true };
}

/// Name as the API crate knows it, and the file that stores it.
const DOCUMENTS: &[(&str, &str)] = &[
    ("boxoffice", "boxoffice.json"),
    ("cinema", "cinema.json"),
    ("race", "race.json"),
    ("concert", "concert.json"),
    ("shop", "shop.json"),
    ("theatre", "theatre.json"),
];

/// Renders every document and writes or compares it.
///
/// # Errors
/// If the API crate does not build, or with `check` if a stored document differs, is missing or
/// belongs to nothing.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let directory = shell::root().join("openapi");
    if !args.check {
        fs::create_dir_all(&directory).context("cannot make openapi/")?;
    }
    let mut problems = strangers(&directory)?;
    for (name, file) in DOCUMENTS {
        let mut cargo = shell::cargo(["run", "--quiet", "--package", "boxoffice-api"]);
        let current = shell::read(cargo.args(["--example", "openapi", "--", name]))?;
        serde_json::from_str::<serde::de::IgnoredAny>(&current)
            .with_context(|| format!("the `{name}` document is not JSON"))?;
        let path = directory.join(file);
        if args.check {
            let stored = fs::read_to_string(&path).unwrap_or_default();
            problems.extend(difference(file, &stored, &current));
        } else {
            fs::write(&path, &current).with_context(|| format!("cannot write openapi/{file}"))?;
        }
    }
    if !problems.is_empty() {
        bail!(
            "{}\nmend with `cargo xtask openapi` and review the change",
            problems.join("\n")
        );
    }
    Ok(())
}

/// Files in `directory` that no document is stored in.
fn strangers(directory: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    if !directory.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(directory).context("cannot list openapi/")? {
        let name = entry.context("cannot list openapi/")?.file_name();
        if !DOCUMENTS.iter().any(|(_, file)| name == *file) {
            found.push(format!(
                "openapi/{}: belongs to no document",
                name.display()
            ));
        }
    }
    found.sort();
    Ok(found)
}

/// The first line in which the stored document differs, if any.
fn difference(file: &str, stored: &str, current: &str) -> Option<String> {
    if stored == current {
        return None;
    }
    let same = stored
        .lines()
        .zip(current.lines())
        .take_while(|(old, new)| old == new)
        .count();
    let line = |text: &str| text.lines().nth(same).map_or("(end)", str::trim).to_owned();
    Some(format!(
        "openapi/{file}:{}: stored `{}`, current `{}`",
        same + 1,
        line(stored),
        line(current)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_line_is_named() {
        assert_eq!(difference("a.json", "{\n}\n", "{\n}\n"), None);
        let text = difference("a.json", "{\n 1\n}\n", "{\n 2\n}\n").unwrap();
        assert_eq!(text, "openapi/a.json:2: stored `1`, current `2`");
        let text = difference("a.json", "", "{}\n").unwrap();
        assert_eq!(text, "openapi/a.json:1: stored `(end)`, current `{}`");
    }

    #[test]
    fn a_lost_final_newline_is_a_difference() {
        assert!(difference("a.json", "{}", "{}\n").is_some());
    }

    #[test]
    fn a_file_without_a_document_is_found() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("shop.json"), "{}").unwrap();
        fs::write(directory.path().join("opera.json"), "{}").unwrap();
        let found = strangers(directory.path()).unwrap();
        assert_eq!(found, ["openapi/opera.json: belongs to no document"]);
    }
}
