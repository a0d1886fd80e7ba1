//! Adds up what the workers recorded, once a second, and judges it.
//!
//! Invariants: what is added up here is all that the workers recorded up to when they handed it
//! over; thresholds are judged on that alone.

use std::rc::Rc;
use std::time::{Duration, Instant};

use stampede_metrics::threshold::{Stage, Verdict, judge};
use stampede_metrics::{Layer, MetricPlan, Sinks, TagSet, Tags, builtin};
use tokio::sync::mpsc;

use crate::control::Control;
use crate::dropped;
use crate::job::Command;
use crate::status::Snapshot;
use crate::stop::StopReason;

/// How often figures are collected, and shown.
const TICK: Duration = Duration::from_secs(1);
/// Every how many ticks thresholds are judged.
const TICKS_PER_JUDGEMENT: u64 = 2;

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

impl Control {
    /// Once a second: collects, judges, shows.
    pub(crate) async fn tick(self: Rc<Self>) {
        for n_tick in 1_u64.. {
            tokio::select! {
                () = tokio::time::sleep_until(self.next_tick().into()) => {}
                () = self.begun.notified() => {
                    // From here on the seconds of the run count.
                    tokio::time::sleep_until(self.next_tick().into()).await;
                }
            }
            for peer in &self.outfit.peers {
                // A worker that is that far behind is asked again the next second.
                drop(peer.try_send(Command::Collect));
            }
            let status = &self.outfit.status;
            let now = status.snapshot();
            if status.started.get().is_some() {
                self.record_users(now);
            }
            let own = self.recorder.borrow_mut().take();
            let mut collector = self.collector.borrow_mut();
            collector.sinks.merge(&own);
            collector.add_arrived();
            if n_tick.is_multiple_of(TICKS_PER_JUDGEMENT)
                && collector.judge(&self.outfit.metrics, now.elapsed).abort
            {
                self.outfit.stop.stop(StopReason::Threshold);
            }
            drop(collector);
            self.watch.tick(status, now);
        }
    }

    /// The next whole second of the run, so that what is recorded and shown is about whole seconds;
    /// a second from now as long as it has not begun.
    fn next_tick(&self) -> Instant {
        let Some(start) = self.outfit.status.started.get() else {
            return Instant::now() + TICK;
        };
        *start + Duration::from_secs(start.elapsed().as_secs()) + TICK
    }

    /// Records how many users there are.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of users are far below 2^53"
    )]
    fn record_users(&self, now: Snapshot) {
        let mut tags = TagSet::new();
        for (name, value) in self.outfit.settings.tags.iter() {
            tags.set(name, value);
        }
        let layers = [Layer::Set(&tags)];
        let values = [
            (builtin::VUS, now.active_vus as f64),
            (builtin::VUS_MAX, now.initialized_vus as f64),
        ];
        let mut recorder = self.recorder.borrow_mut();
        recorder.record_all(&values, dropped::now(), &Tags::new(&layers));
    }
}
