//! Counts iterations that were planned and never began.

use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

use stampede_js::Settings;
use stampede_metrics::{Layer, Recorder, TagSet, Tags, UnixNs, builtin};

use crate::job::Running;

/// Records `n` iterations of a scenario as dropped; none records nothing.
pub(crate) fn record(recorder: &RefCell<Recorder>, settings: &Settings, running: &Running, n: u64) {
    if n == 0 {
        return;
    }
    running.state.dropped.fetch_add(n, Ordering::Relaxed);
    let mut tags = TagSet::new();
    for (name, value) in settings.tags.iter().chain(running.script.tags.iter()) {
        tags.set(name, value);
    }
    tags.set("scenario", &running.script.name);
    let layers = [Layer::Set(&tags)];
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of iterations are far below 2^53"
    )]
    let value = n as f64;
    let mut recorder = recorder.borrow_mut();
    recorder.record(
        builtin::DROPPED_ITERATIONS,
        value,
        now(),
        &Tags::new(&layers),
    );
}

/// The present moment on the wall clock.
pub(crate) fn now() -> UnixNs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixNs(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
