//! Judges one script: runs it under the programs there are and compares what they left.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::compare::difference;
use super::observe::{Observed, observe};
use super::program::{self, Raw};
use super::record;
use super::script::{Expect, Facet, Script};

/// Exit code of a run that asks for something unsupported.
const UNSUPPORTED_EXIT: i64 = 107;

/// A name for the exit codes that sorts before every facet.
const EXIT_FIRST: &str = "@exit";

/// Runs of a script whose schedule was off, because other work on the machine can delay a start.
const TIMING_RUNS_MAX: usize = 4;

/// How a script did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// As k6, or as is expected of stampede alone.
    Passed,
    /// Not so; the first difference in one line.
    Failed(String),
}

/// The programs that are compared.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// k6, unless its records stand for it.
    pub(crate) k6: Option<PathBuf>,
    /// stampede, unless only k6 is looked at.
    pub(crate) stampede: Option<PathBuf>,
    /// What k6 does is written down.
    pub(crate) is_recording: bool,
    /// The directory of the suite.
    pub(crate) suite: PathBuf,
}

impl Comparison {
    /// Runs and judges one script. What cannot be run has failed.
    pub(crate) fn judge(&self, script: &Script) -> Verdict {
        match self.compare(script) {
            Ok(None) => Verdict::Passed,
            Ok(Some(reason)) => Verdict::Failed(reason),
            Err(error) => Verdict::Failed(format!("{error:#}")),
        }
    }

    fn compare(&self, script: &Script) -> anyhow::Result<Option<String>> {
        let reference = if script.runs_under_k6() {
            Some(self.reference(script)?)
        } else {
            None
        };
        let Some(stampede) = &self.stampede else {
            return Ok(None);
        };
        if let Some(text) = &script.header.unsupported {
            let raw = program::run(stampede, &self.suite, script)?;
            return Ok(unsupported(text, &raw));
        }
        let observed = self.observe(stampede, script)?;
        if let Some(expect) = &script.header.expect {
            return Ok(own_expectation(expect, &observed));
        }
        let mut reference = reference.context("k6 ran or was recorded")?;
        let mut observed = observed;
        if let Some(differs) = &script.header.differs {
            reference = Observed::from_iter([("exit".to_owned(), json!(differs.exit))]);
            observed.retain(|facet, _| facet == "exit" || facet == "says");
            reference.insert("says".to_owned(), nothing_amiss());
            observed.entry("says").or_insert_with(nothing_amiss);
        }
        // A run that ended otherwise differs in everything; its exit code says most.
        for observed in [&mut reference, &mut observed] {
            let exit = observed.remove("exit").unwrap_or_default();
            observed.insert(EXIT_FIRST.to_owned(), exit);
        }
        Ok(difference(
            &Value::Object(reference),
            &Value::Object(observed),
        ))
    }

    /// What k6 does with the script, by a run or by its record.
    fn reference(&self, script: &Script) -> anyhow::Result<Observed> {
        let Some(k6) = &self.k6 else {
            return record::load(&self.suite, &script.name);
        };
        let observed = self.observe(k6, script).context("k6")?;
        if let Some(amiss) = observed
            .get("says")
            .filter(|says| **says != nothing_amiss())
        {
            bail!("the script is wrong about k6: {amiss}");
        }
        let earlier = if self.is_recording {
            let again = self.observe(k6, script).context("k6")?;
            record::store(&self.suite, &script.name, &observed)?;
            again
        } else {
            record::load(&self.suite, &script.name)?
        };
        let earlier = Value::Object(earlier);
        if let Some(drift) = difference(&earlier, &Value::Object(observed.clone())) {
            bail!("two runs of k6 differ: {drift}");
        }
        Ok(observed)
    }

    /// Runs the script; a schedule that is off is looked at again.
    fn observe(&self, program: &Path, script: &Script) -> anyhow::Result<Observed> {
        let is_timed = script.facets().contains(&Facet::Timing);
        let mut runs = 1;
        loop {
            let observed = observe(script, &program::run(program, &self.suite, script)?);
            let is_off = observed
                .get("timing")
                .is_some_and(|timing| timing != "on plan");
            if !is_timed || !is_off || runs == TIMING_RUNS_MAX {
                return Ok(observed);
            }
            runs += 1;
        }
    }
}

fn nothing_amiss() -> Value {
    json!({"missing": [], "unwanted": []})
}

fn unsupported(text: &str, raw: &Raw) -> Option<String> {
    if raw.exits != [UNSUPPORTED_EXIT] {
        return Some(format!(
            "exit {:?}, should be {UNSUPPORTED_EXIT}",
            raw.exits
        ));
    }
    (!raw.stderr.contains(text)).then(|| format!("the error does not say `{text}`"))
}

fn own_expectation(expect: &Expect, observed: &Observed) -> Option<String> {
    let expected = json!({
        "exit": expect.exit,
        "checks": {"type": "rate", "samples": expect.checks, "sum": expect.checks},
        "says": nothing_amiss(),
    });
    let actual = json!({
        "exit": observed.get("exit"),
        "checks": observed.get("counts").and_then(|counts| counts.get("checks")),
        "says": observed.get("says").cloned().unwrap_or_else(nothing_amiss),
    });
    difference(&expected, &actual)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn raw(exit: i64, stderr: &str) -> Raw {
        Raw {
            exits: vec![exit],
            stdout: String::new(),
            stderr: stderr.to_owned(),
            export: String::new(),
            samples: String::new(),
            files: BTreeMap::new(),
            requests: Vec::new(),
            masks: Vec::new(),
        }
    }

    #[test]
    fn an_unsupported_script_must_say_so_and_end_with_107() {
        assert_eq!(
            unsupported("k6/browser", &raw(107, "k6/browser is not here")),
            None
        );
        assert!(unsupported("k6/browser", &raw(107, "sorry")).is_some());
        assert!(unsupported("k6/browser", &raw(0, "k6/browser")).is_some());
    }

    #[test]
    fn our_own_expectation_counts_the_checks() {
        let expect = Expect {
            exit: vec![0],
            checks: 2,
            because: "k6 needs the internet for it".to_owned(),
        };
        let mut observed = Observed::new();
        observed.insert("exit".to_owned(), json!([0]));
        let checks = json!({"checks": {"type": "rate", "samples": 2, "sum": 2}});
        observed.insert("counts".to_owned(), checks);
        assert_eq!(own_expectation(&expect, &observed), None);
        let checks = json!({"checks": {"type": "rate", "samples": 2, "sum": 1}});
        observed.insert("counts".to_owned(), checks);
        assert!(own_expectation(&expect, &observed).is_some());
    }
}
