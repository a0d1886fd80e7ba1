//! Stores and reads what k6 did, one JSON file per script, and how stampede did at last.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::k6;
use super::observe::Observed;
use super::script::Script;

/// The result of a script that passed.
pub(crate) const PASSED: &str = "passed";

/// What k6 did with a script.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// Version of k6.
    k6: String,
    /// The compared values.
    observed: Observed,
}

fn path_of(suite: &Path, name: &str) -> PathBuf {
    suite.join("recorded").join(format!("{name}.json"))
}

/// Writes a record.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn store(suite: &Path, name: &str, observed: &Observed) -> anyhow::Result<()> {
    let path = path_of(suite, name);
    let record = Record {
        k6: k6::VERSION.to_owned(),
        observed: observed.clone(),
    };
    fs::create_dir_all(path.parent().context("a record has a directory")?)
        .context("cannot make a directory")?;
    write_json(&path, &record)
}

/// Reads a record.
///
/// # Errors
/// If there is none, or it is of another version of k6.
pub(crate) fn load(suite: &Path, name: &str) -> anyhow::Result<Observed> {
    let text = fs::read_to_string(path_of(suite, name))
        .context("k6 was not recorded; run `cargo xtask conformance --record`")?;
    let record: Record = serde_json::from_str(&text).context("the record cannot be read")?;
    ensure!(
        record.k6 == k6::VERSION,
        "the record is of k6 {}",
        record.k6
    );
    Ok(record.observed)
}

/// Removes the records that belong to no script.
///
/// # Errors
/// If the directory cannot be read or a file cannot be removed.
pub(crate) fn remove_strangers(suite: &Path, scripts: &[Script]) -> anyhow::Result<()> {
    let recorded = suite.join("recorded");
    for area in fs::read_dir(&recorded).context("cannot list the records")? {
        let area = area.context("cannot list the records")?.path();
        for entry in fs::read_dir(&area).context("cannot list the records")? {
            let path = entry.context("cannot list the records")?.path();
            let is_known = scripts
                .iter()
                .any(|script| script.runs_under_k6() && path == path_of(suite, &script.name));
            if !is_known {
                fs::remove_file(&path)
                    .with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
    }
    Ok(())
}

/// How stampede did when the results were last stored: `passed`, or what failed.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn results(suite: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(suite.join("results.json"))
        .context("there is no conformance/results.json; run `cargo xtask conformance --docs`")?;
    serde_json::from_str(&text).context("conformance/results.json cannot be read")
}

/// Stores how stampede did.
///
/// # Errors
/// If the file cannot be written.
pub(crate) fn store_results(
    suite: &Path,
    results: &BTreeMap<String, String>,
) -> anyhow::Result<()> {
    write_json(&suite.join("results.json"), results)
}

fn write_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value).context("a record is JSON")?;
    text.push('\n');
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was_stored() {
        let suite = tempfile::tempdir().unwrap();
        let observed = Observed::from_iter([("exit".to_owned(), json!([99]))]);
        store(suite.path(), "a/b", &observed).unwrap();
        assert_eq!(load(suite.path(), "a/b").unwrap(), observed);
        assert!(load(suite.path(), "a/c").is_err());
        remove_strangers(suite.path(), &[]).unwrap();
        assert!(load(suite.path(), "a/b").is_err());
    }
}
