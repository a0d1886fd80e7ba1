//! How busy a thread has been lately, from 0 to 1.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How far back it looks.
const WINDOW: Duration = Duration::from_secs(5);

/// Reports that are remembered, however short their times.
const REPORTS_MAX: usize = 64;

/// The share of its last seconds that a thread was busy.
#[derive(Debug, Default)]
pub struct Saturation {
    reports: Mutex<VecDeque<(Duration, Duration)>>,
}

impl Saturation {
    /// Takes a report: `busy` out of `of`, since the last one. Called a few times a second.
    pub fn report(&self, busy: Duration, of: Duration) {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.push_back((busy.min(of), of));
        let mut total = reports.iter().map(|(_busy, of)| *of).sum::<Duration>();
        while let Some((_busy, oldest)) = reports.front().copied()
            && (REPORTS_MAX < reports.len() || WINDOW <= total.saturating_sub(oldest))
        {
            total = total.saturating_sub(oldest);
            reports.pop_front();
        }
    }

    /// The share, 0 before the first report.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = reports.iter().map(|(busy, _of)| *busy).sum::<Duration>();
        let of = reports.iter().map(|(_busy, of)| *of).sum::<Duration>();
        if of.is_zero() {
            0.0
        } else {
            busy.as_secs_f64() / of.as_secs_f64()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_forgets_what_is_older_than_the_window() {
        let saturation = Saturation::default();
        let second = Duration::from_secs(1);
        assert!(saturation.ratio().abs() < 1e-9);
        for _n_second in 0..10 {
            saturation.report(second, second);
        }
        assert!((saturation.ratio() - 1.0).abs() < 1e-9);
        saturation.report(Duration::ZERO, second);
        assert!((saturation.ratio() - 0.8).abs() < 1e-9);
        for _n_second in 0..5 {
            saturation.report(Duration::ZERO, second);
        }
        assert!(saturation.ratio().abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_lies_does_not_make_more_than_one_nor_grow() {
        let saturation = Saturation::default();
        for _n_report in 0..10_000 {
            saturation.report(Duration::from_secs(1), Duration::from_nanos(1));
        }
        assert!(saturation.ratio() <= 1.0);
        assert!(saturation.reports.lock().unwrap().len() <= REPORTS_MAX);
    }
}
