//! Counts what came of each kind of request of a crowd.

use serde::{Deserialize, Serialize};
use stampede_metrics::{Latency, Summary};

/// What came of one kind of request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// The step's name, such as `lock`.
    pub name: String,
    /// Answers of 2xx.
    pub granted: u64,
    /// Answers of 4xx (and 3xx): the server said no.
    pub refused: u64,
    /// Answers of 5xx, after all retries.
    pub system_errors: u64,
    /// No answer.
    pub unanswered: u64,
    /// From the first byte of the last try to the end of its answer.
    pub latency: Summary,
    /// Latency of the granted ones.
    pub latency_granted: Summary,
    /// Latency of the refused ones.
    pub latency_refused: Summary,
}

#[derive(Debug, Clone, Default)]
struct Step {
    granted: Latency,
    refused: Latency,
    system_errors: Latency,
    unanswered: u64,
}

/// The steps of a crowd, by index.
#[derive(Debug, Clone)]
pub struct Steps {
    names: &'static [&'static str],
    steps: Vec<Step>,
}

impl Steps {
    /// Makes empty counts for the named steps.
    #[must_use]
    pub fn new(names: &'static [&'static str]) -> Steps {
        Steps {
            names,
            steps: vec![Step::default(); names.len()],
        }
    }

    pub(super) fn answered(&mut self, step_idx: usize, status: u16, latency_ns: u64) {
        let step = &mut self.steps[step_idx];
        let recorder = match status {
            200..300 => &mut step.granted,
            500.. => &mut step.system_errors,
            _ => &mut step.refused,
        };
        recorder.record_ns(latency_ns);
    }

    pub(super) fn unanswered(&mut self, step_idx: usize) {
        self.steps[step_idx].unanswered += 1;
    }

    pub(super) fn merge(&mut self, other: &Steps) {
        for (ours, theirs) in self.steps.iter_mut().zip(&other.steps) {
            ours.granted.merge(&theirs.granted);
            ours.refused.merge(&theirs.refused);
            ours.system_errors.merge(&theirs.system_errors);
            ours.unanswered += theirs.unanswered;
        }
    }

    pub(super) fn results(&self) -> Vec<StepResult> {
        let result = |(name, step): (&&str, &Step)| {
            let mut all = step.granted.clone();
            all.merge(&step.refused);
            all.merge(&step.system_errors);
            StepResult {
                name: (*name).to_owned(),
                granted: step.granted.count(),
                refused: step.refused.count(),
                system_errors: step.system_errors.count(),
                unanswered: step.unanswered,
                latency: all.summary(),
                latency_granted: step.granted.summary(),
                latency_refused: step.refused.summary(),
            }
        };
        self.names.iter().zip(&self.steps).map(result).collect()
    }
}
