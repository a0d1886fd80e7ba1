//! Turns journal time and wall-clock time into true time and back.

use crate::history::History;
use crate::model::words::Us;

/// The true time at which a run's clock showed `at`.
pub(super) fn true_time(history: &History, run: u32, at: Us) -> Option<Us> {
    let run = history.runs.get(run as usize)?;
    Some(run.started + at.saturating_sub(run.base))
}

/// The earliest true time at which journal time can have reached `at`: a restart may have carried
/// it forward.
pub(super) fn earliest(history: &History, at: Us) -> Us {
    let mut earliest = Us::MAX;
    for (idx, run) in history.runs.iter().enumerate() {
        let reached = run.started + at.saturating_sub(run.base);
        let ended = history
            .runs
            .get(idx + 1)
            .map_or(Us::MAX, |next| next.started);
        if reached < ended {
            earliest = earliest.min(reached);
        }
    }
    earliest
}

/// What the server's wall clock showed at a true time.
pub(super) fn wall(history: &History, at: Us) -> Us {
    let idx = history.wall.partition_point(|(from, _)| *from <= at);
    let ahead = idx.checked_sub(1).map_or(0, |idx| history.wall[idx].1);
    at.saturating_add_signed(ahead)
}
