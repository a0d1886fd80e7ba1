//! The lines of the result, their verdicts, the table and the JSON.
//!
//! Invariants: a line without a figure is never green; a verdict is drawn from the median alone.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use crate::context::Context;
use crate::figures::{Series, Unit};

/// The version of the JSON; it grows with every change that breaks a reader.
const JSON_VERSION: u32 = 1;

/// One measure.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    /// The name of its row.
    pub(crate) row: &'static str,
    /// What is measured.
    pub(crate) measure: String,
    /// Of our figures and the peer's.
    pub(crate) unit: Unit,
    /// Our figures, round by round.
    pub(crate) ours: Series,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<Peer>,
    /// Ours against the peer's, round by round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<Series>,
    /// What must be reached, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Target>,
    /// What it came to.
    pub(crate) verdict: Verdict,
    /// Figures beside it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
}

/// What is compared with.
#[derive(Debug, Serialize)]
pub(crate) struct Peer {
    /// Which peer.
    pub(crate) name: &'static str,
    /// Its figures, round by round.
    pub(crate) series: Series,
}

/// What must be reached.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Target {
    /// Less is a failure.
    pub(crate) must: f64,
    /// What it should be one day.
    pub(crate) aim: f64,
    /// Which figure is judged.
    pub(crate) judged: Judged,
}

/// Which figure a target is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Judged {
    /// The ratio, which must not be smaller.
    RatioAtLeast,
    /// The ratio, which must not be larger.
    RatioAtMost,
    /// Our own figure, which must not be smaller.
    OursAtLeast,
    /// Our own figure, which must not be larger.
    OursAtMost,
}

/// What a line came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Even the aim is reached.
    Aim,
    /// What must be reached is.
    Met,
    /// It is not.
    Missed,
    /// There is no target.
    Shown,
    /// A server that it is compared with is not there.
    Unavailable,
    /// It could not be measured.
    Failed,
}

impl Verdict {
    fn text(self) -> &'static str {
        match self {
            Self::Aim => "aim",
            Self::Met => "ok",
            Self::Missed => "MISSED",
            Self::Shown => "-",
            Self::Unavailable => "NO PEER",
            Self::Failed => "FAILED",
        }
    }
}

impl Line {
    /// A figure of ours alone.
    pub(crate) fn ours(row: &'static str, measure: &str, unit: Unit, ours: Series) -> Self {
        Self {
            row,
            measure: measure.to_owned(),
            unit,
            ours,
            peer: None,
            ratio: None,
            target: None,
            verdict: Verdict::Shown,
            note: String::new(),
        }
    }

    /// A row that could not be measured.
    pub(crate) fn not_run(row: &'static str, measure: &str, why: &str) -> Self {
        let mut line = Self::ours(row, measure, Unit::Count, Series::default());
        line.verdict = Verdict::Failed;
        why.clone_into(&mut line.note);
        line
    }

    /// A comparison whose peer is not on this machine.
    pub(crate) fn without_peer(mut self, name: &'static str, why: &str) -> Self {
        self.peer = Some(Peer {
            name,
            series: Series::default(),
        });
        self.verdict = Verdict::Unavailable;
        self.note = format!("{name} is not available: {why}");
        self
    }

    /// Compares with a peer that took turns with us.
    pub(crate) fn against(mut self, name: &'static str, series: Series) -> Self {
        self.ratio = Some(self.ours.ratio_to(&series));
        self.peer = Some(Peer { name, series });
        self
    }

    /// Judges. Call it once the figures are complete.
    pub(crate) fn target(mut self, judged: Judged, must: f64, aim: f64) -> Self {
        self.target = Some(Target { must, aim, judged });
        if self.verdict != Verdict::Unavailable {
            self.verdict = self.judge(judged, must, aim);
        }
        self
    }

    /// Adds figures beside the line.
    pub(crate) fn note(mut self, note: &str) -> Self {
        if !self.note.is_empty() && !note.is_empty() {
            self.note.push_str("; ");
        }
        self.note.push_str(note);
        self
    }

    fn judge(&self, judged: Judged, must: f64, aim: f64) -> Verdict {
        let series = match judged {
            Judged::RatioAtLeast | Judged::RatioAtMost => self.ratio.as_ref(),
            Judged::OursAtLeast | Judged::OursAtMost => Some(&self.ours),
        };
        let Some(series) = series.filter(|series| !series.0.is_empty()) else {
            return Verdict::Failed;
        };
        let value = series.median();
        let reaches = |limit: f64| match judged {
            Judged::RatioAtLeast | Judged::OursAtLeast => limit <= value,
            Judged::RatioAtMost | Judged::OursAtMost => value <= limit,
        };
        if !reaches(must) {
            Verdict::Missed
        } else if reaches(aim) {
            Verdict::Aim
        } else {
            Verdict::Met
        }
    }

    fn format_limit(&self, limit: f64) -> String {
        let Some(target) = self.target else {
            return String::new();
        };
        match target.judged {
            Judged::RatioAtLeast => format!("{limit}x"),
            Judged::RatioAtMost => format!("<= {limit}x"),
            Judged::OursAtLeast => self.unit.format(limit),
            Judged::OursAtMost => format!("<= {}", self.unit.format(limit)),
        }
    }

    /// What stands in the table's columns.
    fn cells(&self) -> [String; 7] {
        let figure = |series: &Series| {
            if series.0.is_empty() {
                return String::new();
            }
            let median = self.unit.format(series.median());
            match series.spread_percent() {
                spread if spread < 0.5 => median,
                spread => format!("{median} ±{spread:.0}%"),
            }
        };
        let peer = self.peer.as_ref().map_or_else(String::new, |peer| {
            format!("{} {}", figure(&peer.series), peer.name)
        });
        let ratio = self.ratio.as_ref().filter(|ratio| !ratio.0.is_empty());
        let ratio = ratio.map_or_else(String::new, |ratio| {
            let median = ratio.median();
            let digits = usize::from(median < 10.0) + 1;
            format!(
                "{median:.digits$}x [{:.digits$}-{:.digits$}]",
                ratio.min(),
                ratio.max()
            )
        });
        let limit = |limit: Option<f64>| limit.map_or_else(String::new, |l| self.format_limit(l));
        [
            self.measure.clone(),
            figure(&self.ours),
            peer,
            ratio,
            limit(self.target.map(|target| target.must)),
            limit(self.target.map(|target| target.aim)),
            self.verdict.text().to_owned(),
        ]
    }
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    version: u32,
    machine: Machine,
    rounds: u32,
    seconds: u64,
    quick: bool,
    loader_threads: usize,
    lines: Vec<Line>,
}

/// Where it was measured.
#[derive(Debug, Serialize)]
struct Machine {
    cores: usize,
    cpu: String,
    kernel: String,
    load_at_start: String,
}

impl Report {
    /// An empty report of this machine.
    pub(crate) fn new(context: &Context) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let cpu = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        Self {
            version: JSON_VERSION,
            machine: Machine {
                cores: std::thread::available_parallelism().map_or(1, usize::from),
                cpu: cpu
                    .unwrap_or("unknown")
                    .trim_start_matches([' ', '\t', ':'])
                    .to_owned(),
                kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
                load_at_start: read("/proc/loadavg").trim().to_owned(),
            },
            rounds: context.rounds,
            seconds: context.duration.as_secs(),
            quick: context.quick,
            loader_threads: context.loader_threads,
            lines: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, lines: Vec<Line>) {
        self.lines.extend(lines);
    }

    /// Whether nothing was missed and nothing failed. A peer that is not there does not count.
    pub(crate) fn is_green(&self) -> bool {
        let is_red = |line: &Line| matches!(line.verdict, Verdict::Missed | Verdict::Failed);
        !self.lines.iter().any(is_red)
    }

    /// Writes everything.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn write_json(&self, path: &Path) -> anyhow::Result<()> {
        let mut json = serde_json::to_string_pretty(self)?;
        json.push('\n');
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The table, with the notes below it.
    pub(crate) fn table(&self) -> String {
        let head = ["measure", "ours", "peer", "ratio", "must", "aim", "verdict"];
        let mut rows = vec![head.map(str::to_owned)];
        rows.extend(self.lines.iter().map(Line::cells));
        let mut widths = [0; 7];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = format!(
            "{} cores, {}, Linux {}, load at start {}; medians of {} rounds of {} s, ±half the range{}\n\n",
            self.machine.cores,
            self.machine.cpu,
            self.machine.kernel,
            self.machine.load_at_start,
            self.rounds,
            self.seconds,
            if self.quick {
                "; QUICK: not for quoting"
            } else {
                ""
            },
        );
        for (row_idx, row) in rows.iter().enumerate() {
            let cells = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            text.push_str(line.trim_end());
            text.push('\n');
            if row_idx == 0 {
                text.push_str(&widths.map(|width| "-".repeat(width)).join("  "));
                text.push('\n');
            }
        }
        text.push('\n');
        for line in self.lines.iter().filter(|line| !line.note.is_empty()) {
            writeln!(text, "{}: {}", line.measure, line.note).expect("memory takes text");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ours: &[f64]) -> Line {
        Line::ours("row", "a measure", Unit::PerSecond, Series(ours.to_vec()))
    }

    #[test]
    fn a_median_below_what_must_be_is_missed_and_one_at_the_aim_reaches_it() {
        for (ours, verdict) in [
            (60.0, Verdict::Missed),
            (70.0, Verdict::Met),
            (85.0, Verdict::Aim),
        ] {
            let line = line(&[ours]).against("peer", Series(vec![100.0]));
            assert_eq!(
                line.target(Judged::RatioAtLeast, 0.7, 0.85).verdict,
                verdict
            );
        }
    }

    #[test]
    fn what_was_not_measured_is_never_green() {
        let line = line(&[]).against("peer", Series::default());
        assert_eq!(
            line.target(Judged::RatioAtLeast, 0.7, 0.85).verdict,
            Verdict::Failed
        );
    }

    #[test]
    fn a_peer_that_is_not_there_is_said_and_judges_nothing() {
        let line = line(&[5.0]).without_peer("Redis", "no program");
        let line = line.target(Judged::RatioAtLeast, 1.0, 1.3);
        assert_eq!(line.verdict, Verdict::Unavailable);
        assert!(line.cells()[2].contains("Redis"));
    }

    #[test]
    fn a_limit_from_above_is_kept_by_smaller_figures() {
        let line = line(&[9.0]).target(Judged::OursAtMost, 10.0, 5.0);
        assert_eq!(line.verdict, Verdict::Met);
    }
}
