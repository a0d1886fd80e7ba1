//! The figures of a running house: its writer, journal, views, connections and process.
//!
//! Never: a figure per request of a client; those are counted where requests are answered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use boxoffice_engine::state::Counts;
use boxoffice_writer::request::Timing;
use boxoffice_writer::watch::{Alarm, BatchReport, Watch};

use super::exposition::{Exposition, Kind};
use super::histogram::Histogram;
use super::process;
use super::saturation::Saturation;
use crate::http::HttpStats;
use crate::views::Figures;

/// What the writer reports, and what is added to it for a page of figures.
///
/// It is given to the writer as its `Watch`.
#[derive(Debug)]
pub struct HouseMetrics {
    queue: Histogram,
    commit: Histogram,
    batch_events: Histogram,
    batch_replies: Histogram,
    saturation: Saturation,
    position: AtomicU64,
    inbox_depth: AtomicU64,
    storage_free_bytes: AtomicU64,
    invariant_violations: AtomicU64,
    clock_alarms: AtomicU64,
    storage_alarms: AtomicU64,
    commits_lost: AtomicU64,
    counts: Mutex<Counts>,
}

impl Default for HouseMetrics {
    fn default() -> Self {
        Self {
            queue: Histogram::of_times(),
            commit: Histogram::of_times(),
            batch_events: Histogram::of_sizes(),
            batch_replies: Histogram::of_sizes(),
            saturation: Saturation::default(),
            position: AtomicU64::new(0),
            inbox_depth: AtomicU64::new(0),
            storage_free_bytes: AtomicU64::new(u64::MAX),
            invariant_violations: AtomicU64::new(0),
            clock_alarms: AtomicU64::new(0),
            storage_alarms: AtomicU64::new(0),
            commits_lost: AtomicU64::new(0),
            counts: Mutex::new(Counts::default()),
        }
    }
}

impl Watch for HouseMetrics {
    fn committed(&self, batch: &BatchReport) {
        self.position.fetch_max(batch.position.0, Ordering::Relaxed);
        self.commit
            .observe(u64::try_from(batch.commit.as_micros()).unwrap_or(u64::MAX));
        self.batch_events.observe(batch.n_events as u64);
        self.batch_replies.observe(batch.n_replies as u64);
    }

    fn busy(&self, busy: Duration, of: Duration) {
        self.saturation.report(busy, of);
    }

    fn counts(&self, counts: Counts, inbox: usize, free_bytes: u64) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = counts;
        self.inbox_depth.store(inbox as u64, Ordering::Relaxed);
        self.storage_free_bytes.store(free_bytes, Ordering::Relaxed);
    }

    fn alarm(&self, alarm: Alarm) {
        match alarm {
            Alarm::ClockDrift { drift_us } => {
                // The writer repeats this for as long as it lasts; the log needs it now and then.
                let before = self.clock_alarms.fetch_add(1, Ordering::Relaxed);
                if before.is_multiple_of(1_000) {
                    tracing::warn!(
                        drift_us,
                        "the wall clock was set; journal time goes on evenly"
                    );
                }
            }
            Alarm::StorageFull { free_bytes } => {
                self.storage_alarms.fetch_add(1, Ordering::Relaxed);
                tracing::error!(free_bytes, "the storage is nearly full: writes are refused");
            }
            Alarm::StorageRecovered => tracing::info!("there is enough free storage again"),
            Alarm::CommitLost(why) => {
                self.commits_lost.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    why,
                    "a commit failed or its end is unknown; the server stops"
                );
            }
        }
    }
}

impl HouseMetrics {
    /// Counts a reply's time in the writer's queue: what the lock wait is elsewhere.
    pub fn answered(&self, timing: &Timing) {
        self.queue.observe(u64::from(timing.queue_us));
    }

    /// Counts a broken invariant. One is one too many: alert on any.
    pub fn invariant_violated(&self) {
        self.invariant_violations.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds all figures to a page.
    pub fn expose(&self, exposition: &mut Exposition, http: Option<&HttpStats>, views: &Figures) {
        self.expose_writer(exposition);
        self.expose_journal(exposition);
        self.expose_house(exposition);
        expose_views(exposition, views);
        if let Some(http) = http {
            expose_http(exposition, http);
        }
        if let Some(bytes) = process::resident_bytes() {
            let help = "Resident memory of the process.";
            exposition.single("process_resident_memory_bytes", Kind::Gauge, help, bytes);
        }
    }

    fn expose_writer(&self, exposition: &mut Exposition) {
        for (name, help, histogram) in [
            (
                "boxoffice_writer_queue_seconds",
                "Time of answered commands in the queue before they were decided.",
                &self.queue,
            ),
            (
                "boxoffice_commit_seconds",
                "Time to make a batch durable.",
                &self.commit,
            ),
            (
                "boxoffice_batch_events",
                "Events in one commit.",
                &self.batch_events,
            ),
            (
                "boxoffice_batch_replies",
                "Replies that waited for one commit.",
                &self.batch_replies,
            ),
        ] {
            exposition.family(name, Kind::Histogram, help);
            histogram.expose(exposition, &[]);
        }
    }

    fn expose_journal(&self, exposition: &mut Exposition) {
        let help = "Share of the last seconds that the writer was busy, 0 to 1.";
        let ratio = format!("{:.4}", self.saturation.ratio());
        exposition.single(
            "boxoffice_writer_saturation_ratio",
            Kind::Gauge,
            help,
            ratio,
        );
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        for (name, kind, help, value) in [
            (
                "boxoffice_inbox_depth",
                Kind::Gauge,
                "Commands that wait for the writer.",
                count(&self.inbox_depth),
            ),
            (
                "boxoffice_journal_position",
                Kind::Gauge,
                "The newest durable position.",
                count(&self.position),
            ),
            (
                "boxoffice_invariant_violations_total",
                Kind::Counter,
                "Broken invariants. Alert on any.",
                count(&self.invariant_violations),
            ),
            (
                "boxoffice_clock_alarms_total",
                Kind::Counter,
                "Reports that the wall clock runs away from journal time.",
                count(&self.clock_alarms),
            ),
            (
                "boxoffice_storage_full_total",
                Kind::Counter,
                "Times that writes were stopped for want of free space.",
                count(&self.storage_alarms),
            ),
            (
                "boxoffice_commits_lost_total",
                Kind::Counter,
                "Commits that failed or whose end is unknown.",
                count(&self.commits_lost),
            ),
        ] {
            exposition.single(name, kind, help, value);
        }
        let free_bytes = count(&self.storage_free_bytes);
        if free_bytes != u64::MAX {
            let help = "Free space where the journal is.";
            exposition.single(
                "boxoffice_storage_free_bytes",
                Kind::Gauge,
                help,
                free_bytes,
            );
        }
    }

    fn expose_house(&self, exposition: &mut Exposition) {
        let counts = *self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let help = "What the house keeps in memory, by kind.";
        exposition.family("boxoffice_kept", Kind::Gauge, help);
        for (kind, value) in [
            ("shows", counts.shows),
            ("products", counts.products),
            ("buyers", counts.buyers),
            ("live_holds", counts.holds),
            ("bookings", counts.bookings),
            ("orders", counts.orders),
            ("live_orders", counts.orders_live),
            ("idempotency_keys", counts.keys),
            ("idempotency_keys_of_busiest", counts.keys_of_busiest),
        ] {
            exposition.sample(&[("kind", kind)], value);
        }
    }
}

fn expose_views(exposition: &mut Exposition, views: &Figures) {
    for (name, help, value) in [
        (
            "boxoffice_view_position",
            "Where the views stand.",
            views.position,
        ),
        (
            "boxoffice_view_lag_entries",
            "Durable entries that the views have still to apply.",
            views.lag_entries,
        ),
        (
            "boxoffice_view_prepared_bytes",
            "Seat maps that are ready to be sent.",
            views.prepared_bytes as u64,
        ),
    ] {
        exposition.single(name, Kind::Gauge, help, value);
    }
    exposition.family(
        "boxoffice_streams",
        Kind::Gauge,
        "Open event streams, by kind.",
    );
    exposition.sample(&[("kind", "seats")], views.streams);
    exposition.sample(&[("kind", "journal")], views.feed_streams);
}

fn expose_http(exposition: &mut Exposition, http: &HttpStats) {
    let help = "Open connections, and how many of them rest without buffers.";
    exposition.family("boxoffice_connections", Kind::Gauge, help);
    exposition.sample(&[("state", "open")], http.connections());
    exposition.sample(&[("state", "parked")], http.parked());
    let help = "What happened to connections.";
    exposition.family("boxoffice_connections_total", Kind::Counter, help);
    for (what, value) in [
        ("accepted", http.accepted_total()),
        ("accept_failed", http.accept_failed_total()),
        ("evicted", http.evicted_total()),
        ("timed_out", http.timed_out_total()),
    ] {
        exposition.sample(&[("what", what)], value);
    }
    let help = "Handlers that panicked; each was answered with 500.";
    exposition.single(
        "boxoffice_handler_panics_total",
        Kind::Counter,
        help,
        http.panicked_total(),
    );
    let help = "Memory that bodies above 64 KiB take, from their arrival to their answer.";
    exposition.single(
        "boxoffice_large_body_bytes",
        Kind::Gauge,
        help,
        http.body_bytes(),
    );
    let help = "Bodies refused because others took the memory that there is for large ones.";
    exposition.single(
        "boxoffice_large_bodies_refused_total",
        Kind::Counter,
        help,
        http.bodies_refused_total(),
    );
    let help = "Handlers that run on though their client has left.";
    exposition.single(
        "boxoffice_handlers_carried_on",
        Kind::Gauge,
        help,
        http.carried_on(),
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use boxoffice_engine::ids::Position;

    use super::*;

    /// Reads a page as Prometheus does. Panics on what Prometheus would refuse.
    fn parse(page: &str) -> BTreeMap<String, f64> {
        let mut kinds = BTreeMap::new();
        let mut samples = BTreeMap::new();
        for line in page.lines() {
            if let Some(typed) = line.strip_prefix("# TYPE ") {
                let (name, kind) = typed.split_once(' ').unwrap();
                assert!(
                    kinds.insert(name.to_owned(), kind.to_owned()).is_none(),
                    "twice: {name}"
                );
                continue;
            }
            if line.starts_with("# HELP ") {
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                "{name}"
            );
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|suffix| name.strip_suffix(suffix))
                .find(|family| kinds.get(*family).is_some_and(|kind| kind == "histogram"))
                .unwrap_or(name);
            let kind = kinds
                .get(family)
                .unwrap_or_else(|| panic!("no type before {name}"));
            assert_eq!(
                kind == "counter",
                name.ends_with("_total"),
                "{name} is a {kind}"
            );
            let value = value.parse::<f64>().unwrap();
            assert!(
                samples.insert(series.to_owned(), value).is_none(),
                "twice: {series}"
            );
        }
        samples
    }

    fn page(metrics: &HouseMetrics) -> BTreeMap<String, f64> {
        let figures = Figures {
            position: 40,
            lag_entries: 2,
            streams: 3,
            feed_streams: 4,
            prepared_bytes: 5,
        };
        let mut exposition = Exposition::default();
        metrics.expose(&mut exposition, None, &figures);
        parse(&exposition.finish())
    }

    #[test]
    fn what_the_writer_reports_is_on_the_page() {
        let metrics = HouseMetrics::default();
        for (position, commit_us) in [(41, 200), (42, 300), (43, 20_000_000)] {
            metrics.committed(&BatchReport {
                position: Position(position),
                n_events: 3,
                n_replies: 9_000,
                commit: Duration::from_micros(commit_us),
            });
        }
        metrics.answered(&Timing {
            queue_us: 50,
            ..Timing::default()
        });
        metrics.answered(&Timing {
            queue_us: 51,
            ..Timing::default()
        });
        metrics.busy(Duration::from_millis(250), Duration::from_millis(1_000));
        metrics.counts(
            Counts {
                holds: 7,
                keys_of_busiest: 11,
                ..Counts::default()
            },
            8,
            9,
        );
        metrics.alarm(Alarm::StorageFull { free_bytes: 1 });
        metrics.alarm(Alarm::CommitLost("a test".to_owned()));
        metrics.invariant_violated();
        let page = page(&metrics);
        for (series, want) in [
            ("boxoffice_journal_position", 43.0),
            ("boxoffice_commit_seconds_bucket{le=\"0.000100\"}", 0.0),
            ("boxoffice_commit_seconds_bucket{le=\"0.000250\"}", 1.0),
            ("boxoffice_commit_seconds_bucket{le=\"0.000500\"}", 2.0),
            ("boxoffice_commit_seconds_bucket{le=\"10\"}", 2.0),
            ("boxoffice_commit_seconds_bucket{le=\"+Inf\"}", 3.0),
            ("boxoffice_commit_seconds_count", 3.0),
            ("boxoffice_commit_seconds_sum", 20.0005),
            (
                "boxoffice_writer_queue_seconds_bucket{le=\"0.000050\"}",
                1.0,
            ),
            (
                "boxoffice_writer_queue_seconds_bucket{le=\"0.000100\"}",
                2.0,
            ),
            ("boxoffice_batch_events_bucket{le=\"2\"}", 0.0),
            ("boxoffice_batch_events_bucket{le=\"4\"}", 3.0),
            ("boxoffice_batch_replies_bucket{le=\"8192\"}", 0.0),
            ("boxoffice_batch_replies_sum", 27_000.0),
            ("boxoffice_writer_saturation_ratio", 0.25),
            ("boxoffice_inbox_depth", 8.0),
            ("boxoffice_storage_free_bytes", 9.0),
            ("boxoffice_kept{kind=\"live_holds\"}", 7.0),
            ("boxoffice_kept{kind=\"idempotency_keys_of_busiest\"}", 11.0),
            ("boxoffice_view_lag_entries", 2.0),
            ("boxoffice_streams{kind=\"journal\"}", 4.0),
            ("boxoffice_storage_full_total", 1.0),
            ("boxoffice_commits_lost_total", 1.0),
            ("boxoffice_invariant_violations_total", 1.0),
        ] {
            let value = page
                .get(series)
                .unwrap_or_else(|| panic!("no {series}: {page:#?}"));
            assert!((value - want).abs() < 1e-9, "{series}: {value}, not {want}");
        }
        assert!(1e6 < page["process_resident_memory_bytes"]);
    }

    #[test]
    fn figures_that_are_not_known_yet_are_left_out() {
        assert!(!page(&HouseMetrics::default()).contains_key("boxoffice_storage_free_bytes"));
    }

    #[test]
    fn label_values_are_escaped() {
        let mut exposition = Exposition::default();
        exposition.family("a", Kind::Gauge, "A test.");
        exposition.sample(&[("x", "a\"b\\c\nd"), ("y", "")], 1);
        let page = exposition.finish();
        assert_eq!(page.lines().last().unwrap(), r#"a{x="a\"b\\c\nd",y=""} 1"#);
    }
}
