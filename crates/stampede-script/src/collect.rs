//! Adds up what the workers recorded, once a second, and judges it.
//!
//! Invariants: what is added up here is all that the workers recorded up to when they handed it
//! over; thresholds are judged on that alone.

use std::time::Duration;

use stampede_metrics::threshold::{Stage, Verdict, judge};
use stampede_metrics::{MetricPlan, Sinks};
use tokio::sync::mpsc;

/// The figures of a run so far.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) sinks: Sinks,
    collected: mpsc::UnboundedReceiver<Sinks>,
}

impl Collector {
    pub(crate) fn new(plan: &MetricPlan, collected: mpsc::UnboundedReceiver<Sinks>) -> Collector {
        Collector {
            sinks: Sinks::new(plan),
            collected,
        }
    }

    /// Adds what has arrived.
    pub(crate) fn add_arrived(&mut self) {
        while let Ok(sinks) = self.collected.try_recv() {
            self.sinks.merge(&sinks);
        }
    }

    /// The judgement while the run goes on.
    pub(crate) fn judge(&self, plan: &MetricPlan, elapsed: Duration) -> Verdict {
        judge(plan.thresholds(), &self.sinks, elapsed, Stage::Running)
    }
}
