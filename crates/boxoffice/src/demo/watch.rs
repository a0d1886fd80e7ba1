//! Watches the requests of a crowd and the seats that it holds, one by one.
//!
//! A hold is certain from when its grant was received to when its release was sent. Two certain
//! holds of one seat that overlap are a seat sold twice, whatever the network did.
//!
//! Invariants: at most [`SPANS_MAX`] spans are kept; a crowd that has more is told as not watched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use stampede_metrics::{MetricId, Registry, Sample, builtin};
use stampede_script::Output;

/// Spans that are kept.
const SPANS_MAX: usize = 1_000_000;

/// A time that something lasted, on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from_ns: u64,
    to_ns: u64,
}

impl Span {
    /// Of a sample that was taken at the end of what it measured.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time of a test in nanoseconds"
    )]
    fn up_to(sample: &Sample) -> Span {
        let to_ns = sample.time.0;
        let length_ns = (sample.value * 1e6) as u64;
        Span {
            from_ns: to_ns.saturating_sub(length_ns),
            to_ns,
        }
    }
}

/// What was seen, and after [`Self::judged`] what it means.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Observed {
    #[serde(skip)]
    holds: BTreeMap<Box<str>, Vec<Span>>,
    #[serde(skip)]
    requests: BTreeMap<Box<str>, Vec<Span>>,
    #[serde(skip)]
    n_spans: usize,
    winners_us_sum: f64,
    winners: u64,
    /// The slowest answer of a winner.
    pub(super) winners_us_max: f64,
    /// Seats held for a certain time.
    pub(super) n_holds: u64,
    /// Holds that began while another one of the same seat was certain.
    pub(super) double_holds: u64,
    /// The most requests for one seat that were in flight together.
    pub(super) together_max: usize,
}

impl Observed {
    /// The mean time of a winner's answer, in microseconds.
    pub(super) fn winners_us_avg(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count, far below 2^53")]
        let winners = self.winners.max(1) as f64;
        self.winners_us_sum / winners
    }

    /// Decides what overlapped.
    pub(super) fn judged(mut self) -> Self {
        for spans in self.holds.values_mut() {
            self.n_holds += spans.len() as u64;
            self.double_holds += overlaps(spans).0;
        }
        for spans in self.requests.values_mut() {
            self.together_max = self.together_max.max(overlaps(spans).1);
        }
        self
    }
}

/// How many spans begin while another one lasts, and how many last at the same time at most.
fn overlaps(spans: &mut [Span]) -> (u64, usize) {
    spans.sort_unstable_by_key(|span| span.from_ns);
    let mut ends: Vec<u64> = spans.iter().map(|span| span.to_ns).collect();
    ends.sort_unstable();
    let (mut n_begun_inside, mut most, mut n_ended) = (0, 0, 0);
    for (n_begun, span) in spans.iter().enumerate() {
        if span.from_ns == span.to_ns {
            // A moment is certain of nothing; it ends where it begins.
            continue;
        }
        while ends.get(n_ended).is_some_and(|end| *end <= span.from_ns) {
            n_ended += 1;
        }
        let n_lasting = n_begun.saturating_sub(n_ended);
        n_begun_inside += u64::from(n_lasting > 0);
        most = most.max(n_lasting + 1);
    }
    (n_begun_inside, most)
}

/// The output that watches.
pub(super) struct Observer {
    hold_time: Option<MetricId>,
    observed: Arc<Mutex<Observed>>,
}

impl Observer {
    pub(super) fn new(registry: &Registry) -> Self {
        Self {
            hold_time: registry.find("seat_hold_time").map(|metric| metric.id),
            observed: Arc::default(),
        }
    }

    /// What it sees.
    pub(super) fn observed(&self) -> Arc<Mutex<Observed>> {
        Arc::clone(&self.observed)
    }
}

impl Output for Observer {
    fn write(&mut self, samples: &[Sample]) -> Result<(), String> {
        let mut observed = self.observed.lock().expect("nobody panics while it writes");
        let observed = &mut *observed;
        for sample in samples {
            let is_hold = Some(sample.metric) == self.hold_time;
            if !is_hold && sample.metric != builtin::HTTP_REQ_DURATION {
                continue;
            }
            let Some(seat) = sample.tags.get("seat") else {
                continue;
            };
            observed.n_spans += 1;
            if observed.n_spans > SPANS_MAX {
                return Err(format!("more than {SPANS_MAX} requests cannot be watched"));
            }
            let spans = if is_hold {
                &mut observed.holds
            } else {
                &mut observed.requests
            };
            spans
                .entry(seat.into())
                .or_default()
                .push(Span::up_to(sample));
            let is_won = matches!(sample.tags.get("status"), Some("200" | "201"));
            if !is_hold && is_won {
                let us = sample.value * 1_000.0;
                observed.winners += 1;
                observed.winners_us_sum += us;
                observed.winners_us_max = observed.winners_us_max.max(us);
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(spans: &[(u64, u64)]) -> (u64, usize) {
        let span = |&(from_ns, to_ns): &(u64, u64)| Span { from_ns, to_ns };
        overlaps(&mut spans.iter().map(span).collect::<Vec<_>>())
    }

    #[test]
    fn two_holds_of_one_seat_that_overlap_are_seen() {
        assert_eq!(of(&[]), (0, 0));
        assert_eq!(
            of(&[(10, 20), (20, 30), (35, 40)]),
            (0, 1),
            "one after the other"
        );
        assert_eq!(of(&[(19, 30), (10, 20)]), (1, 2));
        assert_eq!(
            of(&[(10, 50), (12, 20), (30, 40)]),
            (2, 2),
            "a long one, twice"
        );
        assert_eq!(of(&[(10, 20), (11, 20), (12, 20), (20, 21)]), (2, 3));
        assert_eq!(of(&[(10, 20), (15, 15)]), (0, 1), "a moment says nothing");
    }

    fn sample(metric: MetricId, end_ms: u64, length_ms: f64, tags: &[(&str, &str)]) -> Sample {
        let tags = tags
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Sample {
            metric,
            time: stampede_metrics::UnixNs(end_ms * 1_000_000),
            value: length_ms,
            tags: Arc::new(stampede_metrics::SampleTags {
                tags: tags.collect(),
                metadata: Vec::new(),
            }),
        }
    }

    #[test]
    fn seats_and_requests_are_told_apart() {
        let registry = Registry::new();
        let hold = registry
            .register(
                "seat_hold_time",
                stampede_metrics::MetricKind::Trend,
                stampede_metrics::Contains::Time,
            )
            .unwrap();
        let request = builtin::HTTP_REQ_DURATION;
        let mut observer = Observer::new(&registry);
        observer
            .write(&[
                sample(hold, 200, 100.0, &[("seat", "1")]),
                sample(hold, 250, 60.0, &[("seat", "1")]),
                sample(hold, 250, 60.0, &[("seat", "2")]),
                sample(request, 200, 50.0, &[("seat", "1"), ("status", "201")]),
                sample(request, 210, 50.0, &[("seat", "1"), ("status", "400")]),
                sample(request, 900, 5.0, &[("seat", "1"), ("status", "200")]),
                sample(request, 901, 5.0, &[("name", "seats"), ("status", "200")]),
            ])
            .unwrap();
        let observed = observer.observed();
        let observed = std::mem::take(&mut *observed.lock().unwrap()).judged();
        assert_eq!((observed.n_holds, observed.double_holds), (3, 1));
        assert_eq!(observed.together_max, 2);
        assert!((observed.winners_us_avg() - 27_500.0).abs() < 1.0);
        assert!((observed.winners_us_max - 50_000.0).abs() < 1.0);
    }
}
