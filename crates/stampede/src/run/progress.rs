//! What a run shows while it goes on: lines that are redrawn on a terminal, plain lines in a pipe.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stampede_plan::{Executor, Work};
use stampede_script::{ScenarioState, Snapshot, Status, Watch};

use super::screen::{Screen, Size};

/// Columns of a scenario's bar, at most.
const BAR_COLUMNS_MAX: usize = 38;

/// Columns of the names of scenarios, at least.
const NAME_COLUMNS_MIN: usize = 4;

/// Shows a run.
#[derive(Debug)]
pub(crate) struct Progress {
    is_quiet: bool,
    is_terminal: bool,
    max_vus: u64,
    max_duration: Duration,
    /// The terminal, which the log writes to as well.
    screen: Arc<Screen>,
    has_begun: AtomicBool,
}

impl Progress {
    pub(crate) fn new(
        is_quiet: bool,
        max_vus: u64,
        max_duration: Duration,
        screen: Arc<Screen>,
    ) -> Progress {
        Progress {
            is_quiet,
            is_terminal: io::stdout().is_terminal(),
            max_vus,
            max_duration,
            screen,
            has_begun: AtomicBool::new(false),
        }
    }

    /// Takes the status away from a terminal: what comes next stays.
    pub(crate) fn pause(&self) {
        if self.is_terminal {
            self.screen.clear();
        }
    }

    /// Shows how it ended, in lines that stay.
    pub(crate) fn end(&self, status: &Status, duration: Duration) {
        let mut now = status.snapshot();
        now.elapsed = duration;
        if !self.is_quiet {
            self.pause();
            self.print(&self.lines(status, now));
        }
    }

    fn lines(&self, status: &Status, now: Snapshot) -> String {
        let elapsed = running_time(now.elapsed, self.max_duration);
        let all = self.max_vus.max(now.initialized_vus);
        let mut text = format!(
            "running ({elapsed}), {:0width$}/{all} VUs, {} complete and {} interrupted \
             iterations\n",
            now.active_vus,
            now.completed,
            now.interrupted,
            width = all.to_string().len(),
        );
        let lines = status.scenarios.iter();
        let lines: Vec<Line> = lines.map(|one| Line::of(one, now.elapsed)).collect();
        let columns = self.is_terminal.then(|| Size::of_stdout().columns);
        text.push_str(&table(&lines, columns));
        text
    }

    /// What is shown while setup runs.
    fn setup_lines(status: &Status) -> String {
        let names = status.scenarios.iter().map(|scenario| Line {
            name: scenario.plan.scenario.name.clone(),
            mark: ' ',
            share: 0.0,
            cells: Default::default(),
        });
        let setup = Line {
            name: "Run".to_owned(),
            mark: ' ',
            share: 1.0,
            cells: ["setup()".to_owned(), String::new(), String::new()],
        };
        let lines: Vec<Line> = std::iter::once(setup).chain(names).collect();
        table(&lines, None)
    }

    fn show(&self, lines: &str) {
        if self.is_terminal {
            self.screen.draw(lines);
        } else {
            self.print(lines);
        }
    }

    fn print(&self, lines: &str) {
        let gap = if self.is_terminal { "" } else { "\n" };
        let mut out = io::stdout().lock();
        // Progress is a courtesy: nobody misses it if the reader is gone.
        out.write_all(format!("{gap}{lines}").as_bytes())
            .unwrap_or_default();
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
        } else if status.has_begun() {
            self.show(&Progress::setup_lines(status));
        } else if self.is_terminal {
            let text = format!("init: {}/{} VUs\n", now.initialized_vus, self.max_vus);
            self.show(&text);
        }
    }
}

/// What is shown of a scenario.
struct Line {
    name: String,
    mark: char,
    share: f64,
    /// Its users, its time, and its work.
    cells: [String; 3],
}

impl Line {
    fn of(scenario: &ScenarioState, elapsed: Duration) -> Line {
        let plan = &scenario.plan;
        let (mark, cells) = if scenario.has_begun() {
            let mark = match (scenario.has_ended(), scenario.was_cut_short()) {
                (false, _) => ' ',
                (true, false) => '✓',
                (true, true) => '✗',
            };
            (mark, [users(scenario), time(scenario), work_done(scenario)])
        } else {
            let start = plan.scenario.start_time;
            let left = running_time(start.saturating_sub(elapsed), start);
            ('•', ["waiting".to_owned(), left, String::new()])
        };
        Line {
            name: plan.scenario.name.clone(),
            mark,
            share: scenario.progress(),
            cells,
        }
    }
}

/// Lines one below the other, in columns; with bars as wide as there is room in a terminal of so
/// many columns.
fn table(lines: &[Line], terminal_columns: Option<usize>) -> String {
    let chars = |text: &str| text.chars().count();
    let names = lines.iter().map(|line| chars(&line.name)).max();
    let name_columns = names.unwrap_or(0).max(NAME_COLUMNS_MIN);
    let widest = |idx: usize| lines.iter().map(|line| chars(&line.cells[idx])).max();
    let widths = [0, 1, 2].map(|idx| widest(idx).unwrap_or(0));
    // What stands around a bar, and the last column, which stays free.
    let others = name_columns + " x [ 100% ]   ".len() + widths.iter().sum::<usize>() + 3;
    let bar_columns = terminal_columns.map_or(0, |all| all.saturating_sub(others));
    let bar_columns = bar_columns.min(BAR_COLUMNS_MAX);
    let mut text = String::new();
    for line in lines {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 0 to 1 in percent"
        )]
        let percent = (line.share * 100.0).round() as u32;
        let bar = bar(line.share, bar_columns);
        let mut row = format!(
            "{:<name_columns$} {} [{bar}{percent:>4}% ]",
            line.name, line.mark
        );
        for (idx, (cell, width)) in line.cells.iter().zip(widths).enumerate() {
            let gap = if idx == 0 { " " } else { "  " };
            // Text is written to memory.
            write!(row, "{gap}{cell:<width$}").unwrap_or_default();
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// The users of a scenario.
fn users(scenario: &ScenarioState) -> String {
    let of = |active: u64, all: u64| {
        format!("{active:0width$}/{all} VUs", width = all.to_string().len())
    };
    match &scenario.plan.work {
        Work::Arrivals(_) => of(scenario.active_vus(), scenario.allocated_vus()),
        Work::RampingVus(ramp) => {
            let most = ramp.steps().iter().map(|step| step.vus).max();
            of(scenario.active_vus(), most.unwrap_or(0))
        }
        Work::SharedIterations { vus, .. }
        | Work::PerVuIterations { vus, .. }
        | Work::ConstantVus { vus, .. } => format!("{vus} VUs"),
    }
}

/// The time that a scenario has taken, and that it may take.
fn time(scenario: &ScenarioState) -> String {
    let whole = scenario.plan.regular_duration();
    let elapsed = scenario.elapsed().min(whole);
    if scenario.has_ended() && !scenario.was_cut_short() && elapsed == whole {
        return plain(whole);
    }
    format!("{}/{}", running_time(elapsed, whole), plain(whole))
}

/// How far a scenario has come in its own terms: iterations, or its rate now.
fn work_done(scenario: &ScenarioState) -> String {
    let mut line = String::new();
    match &scenario.plan.work {
        Work::SharedIterations { iterations, .. } => {
            let width = iterations.to_string().len();
            write!(
                line,
                "{:0width$}/{iterations} shared iters",
                scenario.finished()
            )
        }
        Work::PerVuIterations {
            vus, iterations, ..
        } => {
            let all = vus.saturating_mul(*iterations);
            let width = all.to_string().len();
            write!(
                line,
                "{:0width$}/{all} iters, {iterations} per VU",
                scenario.finished()
            )
        }
        Work::Arrivals(arrivals) => {
            let at = scenario.elapsed().min(scenario.plan.regular_duration());
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
            write!(line, "{rate:.2} iters/{per}")
        }
        Work::ConstantVus { .. } | Work::RampingVus(_) => Ok(()),
    }
    .unwrap_or_default();
    line
}

fn bar(share: f64, columns: usize) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of 0 to 1 in columns"
    )]
    let full = (share * columns as f64) as usize;
    let full = full.min(columns);
    format!("{}{}", "=".repeat(full), "-".repeat(columns - full))
}

/// `01.0s`, or `0m01.0s` where the whole takes minutes: as wide as the whole would be, to the
/// nearest tenth.
fn running_time(elapsed: Duration, whole: Duration) -> String {
    let tenths = (elapsed.as_millis() + 50) / 100;
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let all = whole.as_secs();
    let width = |n: u64| n.to_string().len();
    if all < 60 {
        format!("{seconds:0w$}.{tenth}s", w = width(all))
    } else if all < 3_600 {
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        format!("{minutes:0w$}m{seconds:02}.{tenth}s", w = width(all / 60))
    } else {
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!(
            "{hours:0w$}h{minutes:02}m{seconds:02}.{tenth}s",
            w = width(all / 3_600)
        )
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
    fn a_cut_short_scenario_is_marked_and_columns_stay_below_each_other() {
        let line = |name: &str, mark, share, cells: [&str; 3]| Line {
            name: name.to_owned(),
            mark,
            share,
            cells: cells.map(str::to_owned),
        };
        let lines = [
            line("i", '✗', 0.269, ["02/10 VUs", "02.6s/10s", "2.00 iters/s"]),
            line("o", '✓', 1.0, ["2 VUs", "10s", ""]),
            line("later", '•', 0.0, ["waiting", "2.4s", ""]),
        ];
        let wanted = "\
i     ✗ [  27% ] 02/10 VUs  02.6s/10s  2.00 iters/s
o     ✓ [ 100% ] 2 VUs      10s
later • [   0% ] waiting    2.4s
";
        assert_eq!(table(&lines, None), wanted);
        let alone = table(&lines[1..2], Some(120));
        assert!(alone.starts_with("o    ✓ [====="), "{alone}");
        for columns in [60, 70, 80] {
            let narrow = table(&lines, Some(columns));
            let widest = narrow.lines().map(|line| line.chars().count()).max();
            assert!(widest < Some(columns), "{narrow}");
            assert!(narrow.contains("✗ [="), "{narrow}");
            assert!(narrow.contains("iters/s\n"), "{narrow}");
        }
    }

    #[test]
    fn times_have_the_width_of_the_whole() {
        let s = Duration::from_secs;
        assert_eq!(running_time(Duration::from_millis(1_049), s(32)), "01.0s");
        assert_eq!(running_time(s(1), s(2)), "1.0s");
        assert_eq!(running_time(s(61), s(90)), "1m01.0s");
        assert_eq!(running_time(s(61), s(630)), "01m01.0s");
        assert_eq!(running_time(s(3_661), s(7_200)), "1h01m01.0s");
        assert_eq!(plain(s(90)), "1m30s");
        assert_eq!(plain(s(600)), "10m0s");
        assert_eq!(plain(Duration::from_millis(1_500)), "1.5s");
        assert_eq!(plain(Duration::from_millis(250)), "250ms");
    }
}
