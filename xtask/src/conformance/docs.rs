//! Writes `docs/k6-compatibility.md` from the features, the scripts and the stored results.
//!
//! Invariants: a feature is `yes` only if every script that judges it passes; a feature without
//! a script is an error, and so is a script that names an unknown feature.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use super::judge::Verdict;
use super::script::Script;
use super::{k6, record};
use crate::shell;

/// Where the page lies, from the workspace.
const PAGE: &str = "docs/k6-compatibility.md";

/// The list of k6's features.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Features {
    area: Vec<Area>,
}

/// Features that belong together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Area {
    title: String,
    features: Vec<String>,
}

fn load(suite: &Path) -> anyhow::Result<Features> {
    let text = fs::read_to_string(suite.join("features.toml"))
        .context("cannot read conformance/features.toml")?;
    toml::from_str(&text).context("conformance/features.toml")
}

/// Checks that features and scripts know each other.
///
/// # Errors
/// If a script names an unknown feature, or a feature has no script.
pub(crate) fn check_features(suite: &Path, scripts: &[Script]) -> anyhow::Result<()> {
    let features = load(suite)?;
    let known: Vec<&String> = features
        .area
        .iter()
        .flat_map(|area| &area.features)
        .collect();
    let mut problems = Vec::new();
    for script in scripts {
        for name in script
            .header
            .features
            .iter()
            .filter(|name| !known.contains(name))
        {
            problems.push(format!("{}: features.toml has no `{name}`", script.name));
        }
    }
    for name in known {
        if !scripts
            .iter()
            .any(|script| script.header.features.contains(name))
        {
            problems.push(format!("features.toml: no script judges `{name}`"));
        }
    }
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(())
}

/// Stores the results and writes the page.
///
/// # Errors
/// If a file cannot be read or written.
pub(crate) fn write(
    suite: &Path,
    scripts: &[Script],
    verdicts: &BTreeMap<String, Verdict>,
) -> anyhow::Result<()> {
    let results = verdicts
        .iter()
        .map(|(name, verdict)| {
            let result = match verdict {
                Verdict::Passed => record::PASSED.to_owned(),
                // Only the facet: the rest of the reason may hold what differs from run to run.
                Verdict::Failed(reason) => facet(reason),
            };
            (name.clone(), result)
        })
        .collect();
    record::store_results(suite, &results)?;
    let page = render(&load(suite)?, scripts, &results)?;
    fs::write(shell::root().join(PAGE), page).with_context(|| format!("cannot write {PAGE}"))?;
    shell::say(&format!("wrote conformance/results.json and {PAGE}"));
    Ok(())
}

fn facet(reason: &str) -> String {
    reason
        .strip_prefix('/')
        .and_then(|path| path.split(['/', ':']).next())
        .map_or("run", |name| name.trim_start_matches('@'))
        .to_owned()
}

fn render(
    features: &Features,
    scripts: &[Script],
    results: &BTreeMap<String, String>,
) -> anyhow::Result<String> {
    let passed = results
        .values()
        .filter(|result| *result == record::PASSED)
        .count();
    let mut page = String::new();
    writeln!(
        page,
        "# What stampede does of k6\n\n\
         Written by `cargo xtask conformance --docs` from the results of the suite in \
         `conformance/`; do not edit.\n\n\
         Every line is judged by scripts that run under k6 {} and under stampede against the same \
         recording server.\n**yes**: all of them give the same result; **partly**: some; **no**: \
         none, or it is refused by name with exit code 107.\n\n\
         {passed} of {} scripts pass.\n",
        k6::VERSION,
        results.len(),
    )?;
    for area in &features.area {
        writeln!(
            page,
            "## {}\n\n| feature | stampede | scripts |\n| --- | --- | --- |",
            area.title
        )?;
        for feature in &area.features {
            let line = judged(feature, scripts, results);
            let name = feature.replace("__", "\\_\\_");
            writeln!(page, "| {name} | {} | {} |", line.word, line.note)?;
        }
        writeln!(page)?;
    }
    let differing = scripts.iter().filter_map(|script| {
        let differs = script.header.differs.as_ref()?;
        Some(format!(
            "* `{}`: {} {}",
            script.name, script.header.shows, differs.because
        ))
    });
    let differing: Vec<String> = differing.collect();
    if !differing.is_empty() {
        writeln!(
            page,
            "## Differences that are meant\n\n{}",
            differing.join("\n")
        )?;
    }
    Ok(format!("{}\n", page.trim_end()))
}

/// What the page says of one feature.
struct Line {
    word: &'static str,
    note: String,
}

fn judged(feature: &str, scripts: &[Script], results: &BTreeMap<String, String>) -> Line {
    let own: Vec<&Script> = scripts
        .iter()
        .filter(|script| script.header.features.iter().any(|name| name == feature))
        .collect();
    let is_good = |script: &&&Script| {
        script.header.unsupported.is_none()
            && results
                .get(&script.name)
                .is_some_and(|result| result == record::PASSED)
    };
    let good = own.iter().filter(is_good).count();
    let mut note = format!("{good} of {}", own.len());
    for script in &own {
        if let Some(expect) = &script.header.expect {
            let because = &expect.because;
            note.push_str(&format!(
                "; `{}` by our own expectation: {because}",
                script.name
            ));
        }
    }
    let failing: Vec<String> = own
        .iter()
        .filter(|script| !is_good(script))
        .map(|script| match &script.header.unsupported {
            Some(_) => format!("`{}` is refused", script.name),
            None => format!("`{}` differs", script.name),
        })
        .collect();
    if !failing.is_empty() {
        note.push_str("; ");
        note.push_str(&failing.join(", "));
    }
    let word = match good {
        0 => "no",
        _ if good == own.len() => "yes",
        _ => "partly",
    };
    Line { word, note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::script;

    #[test]
    fn the_page_is_what_the_stored_results_say() {
        let suite = shell::root().join("conformance");
        let scripts = script::load_all(&suite).unwrap();
        check_features(&suite, &scripts).unwrap();
        let results = record::results(&suite).unwrap();
        let names: Vec<&String> = scripts.iter().map(|script| &script.name).collect();
        assert_eq!(
            results.keys().collect::<Vec<_>>(),
            names,
            "run `conformance --docs`"
        );
        let page = render(&load(&suite).unwrap(), &scripts, &results).unwrap();
        let stored = fs::read_to_string(shell::root().join(PAGE)).unwrap();
        assert_eq!(stored, page, "run `cargo xtask conformance --docs`");
    }

    #[test]
    fn every_script_that_runs_under_k6_is_recorded() {
        let suite = shell::root().join("conformance");
        let scripts = script::load_all(&suite).unwrap();
        for script in scripts.iter().filter(|script| script.runs_under_k6()) {
            record::load(&suite, &script.name).unwrap();
        }
        assert!(
            scripts.len() >= 150,
            "the suite has shrunk to {}",
            scripts.len()
        );
    }

    #[test]
    fn a_result_keeps_the_facet_alone() {
        assert_eq!(facet("/log/0/1: \"x\", should be \"y\""), "log");
        assert_eq!(facet("/@exit/0: 1"), "exit");
        assert_eq!(facet("cannot start"), "run");
    }
}
