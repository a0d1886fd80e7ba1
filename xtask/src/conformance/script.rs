//! One script of the suite: its text, and the header that says how to run it and what to compare.
//!
//! Invariants: the header is TOML in the comment that opens the file; an unknown key in it is an
//! error, so that a misspelt one cannot switch a comparison off.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// Opens and closes the header.
const HEADER: (&str, &str) = ("/*---", "---*/");

/// What can be compared.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Facet {
    /// The exit code of every step.
    Exit,
    /// Whether each threshold passed.
    Thresholds,
    /// The count of each metric.
    Counts,
    /// The tags of each sample, with how often they came.
    Samples,
    /// How each metric is declared in the output.
    Definitions,
    /// The lines of the summary, figures that depend on time aside.
    Summary,
    /// What the run says of its scenarios before it starts.
    Banner,
    /// What the script logged.
    Log,
    /// The requests as they came over the wire.
    Wire,
    /// Methods and paths alone, each once.
    WireTargets,
    /// The names of the files that it left, and the text of those named in `files_out`.
    Files,
    /// All of standard output.
    Stdout,
    /// The keys and kinds of the summary's JSON.
    Export,
    /// Whether iterations started when the plan says.
    Timing,
}

/// What is compared if the header does not say.
const FACETS_DEFAULT: &[Facet] = &[
    Facet::Exit,
    Facet::Thresholds,
    Facet::Counts,
    Facet::Samples,
];

/// The header of a script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// One line: what the script shows.
    pub(crate) shows: String,
    /// Names in `features.toml` that this script judges.
    pub(crate) features: Vec<String>,
    /// Arguments after `run`.
    #[serde(default)]
    pub(crate) args: Vec<String>,
    /// Whole command lines instead of `run ARGS script`; `{auto}` stands for the outputs that the
    /// suite reads, `{script}` for the script's file name.
    #[serde(default)]
    pub(crate) steps: Vec<Vec<String>>,
    /// Environment of the program.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// Files of `conformance/files` that lie beside the script.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    /// Files whose text is compared; figures that depend on time are masked.
    #[serde(default)]
    pub(crate) files_out: Vec<String>,
    /// What is compared.
    #[serde(default)]
    pub(crate) compare: Option<Vec<Facet>>,
    /// Compared besides what is usual.
    #[serde(default)]
    pub(crate) also: Vec<Facet>,
    /// Order does not matter in the log and on the wire: several users run at once.
    #[serde(default)]
    pub(crate) unordered: bool,
    /// Texts that standard output or error must have.
    #[serde(default)]
    pub(crate) has: Vec<String>,
    /// Texts that standard output or error must not have.
    #[serde(default)]
    pub(crate) has_not: Vec<String>,
    /// Metrics whose samples are not counted, because their number depends on time.
    #[serde(default)]
    pub(crate) without: Vec<String>,
    /// The script comes on standard input.
    #[serde(default)]
    pub(crate) stdin: bool,
    /// An interrupt is sent when the server has seen so many requests.
    #[serde(default)]
    pub(crate) interrupt_after: Option<usize>,
    /// When each iteration must start, in ms from the first.
    #[serde(default)]
    pub(crate) plan_ms: Vec<f64>,
    /// stampede does not support this: it must end with 107 and say this text.
    #[serde(default)]
    pub(crate) unsupported: Option<String>,
    /// k6 cannot be asked about this: stampede is held to our own expectation.
    #[serde(default)]
    pub(crate) expect: Option<Expect>,
    /// stampede differs from k6 on purpose, for this reason, and is held to this expectation.
    #[serde(default)]
    pub(crate) differs: Option<Differs>,
}

/// Our own expectation of a script.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// The exit code of every step.
    pub(crate) exit: Vec<i64>,
    /// Checks that pass; none may fail.
    pub(crate) checks: u64,
    /// Why k6 cannot be asked.
    pub(crate) because: String,
}

/// A difference that is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Differs {
    /// Why.
    pub(crate) because: String,
    /// The exit code of every step under stampede.
    pub(crate) exit: Vec<i64>,
}

/// One script of the suite.
#[derive(Debug)]
pub(crate) struct Script {
    /// Area and name, such as `checks/one-fails`.
    pub(crate) name: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its whole text.
    pub(crate) text: String,
    /// How to run and judge it.
    pub(crate) header: Header,
}

impl Script {
    /// The directory that it lies in.
    pub(crate) fn area(&self) -> &str {
        self.name.split_once('/').map_or("", |(area, _)| area)
    }

    /// What is compared.
    pub(crate) fn facets(&self) -> Vec<Facet> {
        let mut facets = self
            .header
            .compare
            .clone()
            .unwrap_or_else(|| FACETS_DEFAULT.to_vec());
        facets.extend(&self.header.also);
        if !self.header.plan_ms.is_empty() {
            facets.push(Facet::Timing);
        }
        if !self.header.files_out.is_empty() {
            facets.push(Facet::Files);
        }
        facets.sort_unstable();
        facets.dedup();
        facets
    }

    /// Whether k6 can run it here.
    pub(crate) fn runs_under_k6(&self) -> bool {
        self.header.expect.is_none() && self.header.unsupported.is_none()
    }

    /// The name that it has in its directory while it runs.
    pub(crate) fn file_name(&self) -> String {
        let ending = self.path.extension().unwrap_or_default();
        format!("script.{}", ending.display())
    }
}

/// Every script below `conformance/scripts`, by name.
///
/// # Errors
/// If a directory or file cannot be read or a header is wrong; the file is named.
pub(crate) fn load_all(suite: &Path) -> anyhow::Result<Vec<Script>> {
    let scripts = suite.join("scripts");
    let mut found = Vec::new();
    for area in entries(&scripts)? {
        for path in entries(&area)? {
            found.push(load(&scripts, &path)?);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let list =
        fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    list.map(|entry| Ok(entry?.path())).collect()
}

fn load(scripts: &Path, path: &Path) -> anyhow::Result<Script> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let header =
        parse_header(&text).with_context(|| format!("the header of {}", path.display()))?;
    let name = path
        .strip_prefix(scripts)
        .context("a script lies below the suite")?
        .with_extension("")
        .display()
        .to_string();
    Ok(Script {
        name,
        path: path.to_owned(),
        text,
        header,
    })
}

fn parse_header(text: &str) -> anyhow::Result<Header> {
    let rest = text
        .strip_prefix(HEADER.0)
        .with_context(|| format!("the file does not begin with `{}`", HEADER.0))?;
    let (toml, _) = rest
        .split_once(HEADER.1)
        .with_context(|| format!("`{}` is missing", HEADER.1))?;
    let header: Header = toml::from_str(toml).context("is not what the suite knows")?;
    ensure!(!header.shows.is_empty(), "`shows` is empty");
    ensure!(!header.features.is_empty(), "`features` is empty");
    if header.unsupported.is_some() && header.expect.is_some() {
        bail!("`unsupported` and `expect` exclude each other");
    }
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_names_what_is_compared() {
        let text = "/*---\nshows = \"x\"\nfeatures = [\"check\"]\nalso = [\"log\"]\n---*/\n1;";
        let script = Script {
            name: "checks/x".to_owned(),
            path: PathBuf::from("checks/x.js"),
            text: text.to_owned(),
            header: parse_header(text).unwrap(),
        };
        assert_eq!(script.area(), "checks");
        assert_eq!(script.file_name(), "script.js");
        assert!(script.facets().contains(&Facet::Log));
        assert!(script.facets().contains(&Facet::Exit));
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let text = "/*---\nshows = \"x\"\nfeatures = [\"a\"]\nalos = [\"log\"]\n---*/";
        let error = format!("{:#}", parse_header(text).unwrap_err());
        assert!(error.contains("alos"), "{error}");
        assert!(parse_header("export default () => {}").is_err());
    }
}
