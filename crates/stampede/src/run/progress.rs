//! What a run shows while it goes on: lines that are redrawn on a terminal, plain lines in a pipe.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stampede_plan::{Executor, Work};
use stampede_script::{ScenarioState, Snapshot, Status, Watch};

/// Columns of a scenario's bar.
const BAR_COLUMNS: usize = 38;

/// Shows a run.
#[derive(Debug)]
pub(crate) struct Progress {
    is_quiet: bool,
    is_terminal: bool,
    max_vus: u64,
    max_duration: Duration,
    /// Lines drawn last, to be drawn over.
    drawn: Cell<usize>,
    has_begun: AtomicBool,
}

impl Progress {
    pub(crate) fn new(is_quiet: bool, max_vus: u64, max_duration: Duration) -> Progress {
        Progress {
            is_quiet,
            is_terminal: io::stdout().is_terminal(),
            max_vus,
            max_duration,
            drawn: Cell::new(0),
            has_begun: AtomicBool::new(false),
        }
    }

    /// Shows how it ended: on a terminal in place of the last lines.
    pub(crate) fn end(&self, status: &Status, duration: Duration) {
        let mut now = status.snapshot();
        now.elapsed = duration;
        if !self.is_quiet {
            self.show(&self.lines(status, now));
        }
    }

    fn lines(&self, status: &Status, now: Snapshot) -> String {
        let elapsed = running_time(now.elapsed, self.max_duration);
        let mut text = format!(
            "running ({elapsed}), {}/{} VUs, {} complete and {} interrupted iterations\n",
            now.active_vus,
            self.max_vus.max(now.initialized_vus),
            now.completed,
            now.interrupted
        );
        let name_columns = status
            .scenarios
            .iter()
            .map(|scenario| scenario.plan.scenario.name.chars().count())
            .max()
            .unwrap_or(0);
        for scenario in &status.scenarios {
            // Text is written to memory.
            writeln!(
                text,
                "{}",
                scenario_line(scenario, name_columns, self.is_terminal)
            )
            .unwrap_or_default();
        }
        text
    }

    fn show(&self, lines: &str) {
        let mut out = io::stdout().lock();
        let mut text = String::new();
        if self.is_terminal {
            if self.drawn.get() > 0 {
                write!(text, "\u{1b}[{}A\u{1b}[J", self.drawn.get()).unwrap_or_default();
            }
            text.push_str(lines);
            self.drawn.set(lines.lines().count());
        } else {
            text.push('\n');
            text.push_str(lines);
        }
        // Progress is a courtesy: nobody misses it if the reader is gone.
        out.write_all(text.as_bytes()).unwrap_or_default();
        out.flush().unwrap_or_default();
    }
}

impl Watch for Progress {
    fn tick(&self, status: &Status, now: Snapshot) {
        if self.is_quiet {
            return;
        }
        let has_begun = status.scenarios.iter().any(|scenario| scenario.has_begun());
        if has_begun {
            self.has_begun.store(true, Ordering::Relaxed);
            self.show(&self.lines(status, now));
        } else if self.is_terminal {
            let text = format!("init: {}/{} VUs\n", now.initialized_vus, self.max_vus);
            self.show(&text);
        }
    }
}

fn scenario_line(scenario: &ScenarioState, name_columns: usize, is_terminal: bool) -> String {
    let name = &scenario.plan.scenario.name;
    let mark = if scenario.has_ended() { '✓' } else { ' ' };
    let share = scenario.progress();
    let bar = if is_terminal {
        bar(share)
    } else {
        String::new()
    };
    let vus = match &scenario.plan.work {
        Work::Arrivals(_) => {
            format!("{}/{} VUs", scenario.active_vus(), scenario.allocated_vus())
        }
        Work::RampingVus(ramp) => {
            let most = ramp.steps().iter().map(|step| step.vus).max().unwrap_or(0);
            format!(
                "{:0width$}/{most} VUs",
                scenario.active_vus(),
                width = most.to_string().len()
            )
        }
        Work::SharedIterations { vus, .. }
        | Work::PerVuIterations { vus, .. }
        | Work::ConstantVus { vus, .. } => format!("{vus} VUs"),
    };
    let whole = scenario.plan.regular_duration();
    let elapsed = scenario.elapsed().min(whole);
    let time = if scenario.has_ended() {
        span(whole.min(scenario.elapsed().max(Duration::ZERO)), whole)
    } else {
        format!("{}/{}", running_time(elapsed, whole), plain(whole))
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 0 to 1 in percent"
    )]
    let percent = (share * 100.0) as u32;
    let mut line = format!("{name:<name_columns$} {mark} [{bar}{percent:>4}% ] {vus}  {time}");
    line.push_str(&work_done(scenario, whole));
    line
}

/// How far a scenario has come in its own terms: iterations, or its rate now.
fn work_done(scenario: &ScenarioState, whole: Duration) -> String {
    let mut line = String::new();
    match &scenario.plan.work {
        Work::SharedIterations { iterations, .. } => {
            let width = iterations.to_string().len();
            write!(
                line,
                "  {:0width$}/{iterations} shared iters",
                scenario.begun()
            )
        }
        Work::PerVuIterations {
            vus, iterations, ..
        } => {
            let all = vus.saturating_mul(*iterations);
            let width = all.to_string().len();
            write!(
                line,
                "  {:0width$}/{all} iters, {iterations} per VU",
                scenario.begun()
            )
        }
        Work::Arrivals(arrivals) => {
            let at = if scenario.has_ended() {
                whole
            } else {
                scenario.elapsed().min(whole)
            };
            let unit = match &scenario.plan.scenario.executor {
                Executor::ConstantArrivalRate { time_unit, .. }
                | Executor::RampingArrivalRate { time_unit, .. } => *time_unit,
                _ => Duration::from_secs(1),
            };
            let rate = arrivals.rate_per_s(at) * unit.as_secs_f64();
            let per = if unit == Duration::from_secs(1) {
                "s".to_owned()
            } else {
                plain(unit)
            };
            write!(line, "  {rate:.2} iters/{per}")
        }
        Work::ConstantVus { .. } | Work::RampingVus(_) => Ok(()),
    }
    .unwrap_or_default();
    line
}

fn bar(share: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of 0 to 1 in columns"
    )]
    let full = (share * BAR_COLUMNS as f64) as usize;
    let full = full.min(BAR_COLUMNS);
    format!("{}{}", "=".repeat(full), "-".repeat(BAR_COLUMNS - full))
}

/// `01.0s`, or `0m01.0s` where the whole takes minutes.
fn running_time(elapsed: Duration, whole: Duration) -> String {
    let tenths = elapsed.as_millis() / 100;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    if whole < Duration::from_secs(60) {
        format!("{seconds:02}.{tenth}s")
    } else if whole < Duration::from_secs(3_600) {
        format!("{}m{:02}.{tenth}s", seconds / 60, seconds % 60)
    } else {
        format!(
            "{}h{:02}m{:02}.{tenth}s",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

/// The time that something took, beside the time that it could take.
fn span(took: Duration, whole: Duration) -> String {
    if took >= whole {
        plain(whole)
    } else {
        format!("{}/{}", running_time(took, whole), plain(whole))
    }
}

/// `2s`, `1m30s`, `500ms`.
pub(crate) fn plain(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms < 1_000 {
        return format!("{ms}ms");
    }
    let (hours, minutes, seconds, rest) = (
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1_000 % 60,
        ms % 1_000,
    );
    let mut text = String::new();
    if hours > 0 {
        write!(text, "{hours}h").unwrap_or_default();
    }
    if minutes > 0 || hours > 0 {
        write!(text, "{minutes}m").unwrap_or_default();
    }
    if rest == 0 {
        write!(text, "{seconds}s").unwrap_or_default();
    } else {
        let rest = format!("{rest:03}");
        write!(text, "{seconds}.{}s", rest.trim_end_matches('0')).unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_width_of_the_whole() {
        let s = Duration::from_secs;
        assert_eq!(running_time(Duration::from_millis(1_049), s(32)), "01.0s");
        assert_eq!(running_time(s(61), s(90)), "1m01.0s");
        assert_eq!(running_time(s(3_661), s(7_200)), "1h01m01.0s");
        assert_eq!(plain(s(90)), "1m30s");
        assert_eq!(plain(s(600)), "10m0s");
        assert_eq!(plain(Duration::from_millis(1_500)), "1.5s");
        assert_eq!(plain(Duration::from_millis(250)), "250ms");
    }
}
