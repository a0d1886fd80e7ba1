//! The compact and the full text.

use super::colour::{Painter, Style, Theme, mark};
use super::figures::{figure, share, whole_percent};
use super::layout::{Cells, Columns, Row};
use super::{MetricSummary, RuleFigure, RuleSummary, RunSummary, SectionSummary, TimeUnit, Values};
use crate::checks::Check;
use crate::kind::Contains;

/// Writes the compact text: thresholds, checks, and the metrics that most people want.
#[must_use]
pub fn compact_text(summary: &RunSummary) -> String {
    let mut writer = Writer::new(summary);
    writer.thresholds();
    writer.totals(Shown::Usual);
    writer.text.push_str("\n\n");
    writer.text
}

/// Writes the full text: every metric, and everything again per scenario and group.
#[must_use]
pub fn full_text(summary: &RunSummary) -> String {
    let mut writer = Writer::new(summary);
    writer.thresholds();
    writer.totals(Shown::All);
    for group in &summary.groups {
        writer.heading(&format!("GROUP: {}", group.name));
        writer.section_body(group, 2);
    }
    for scenario in &summary.scenarios {
        writer.heading(&format!("SCENARIO: {}", scenario.name));
        writer.section_body(scenario, 2);
    }
    writer.text.push_str("\n\n");
    writer.text
}

/// Which of the metrics of requests are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Usual,
    All,
}

/// The sections of metrics in their order; a metric is in the first that claims its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Custom,
    Http,
    Execution,
    Network,
    Browser,
    WebVitals,
    Grpc,
    WebSocket,
}

const SECTIONS: [(Section, &str); 8] = [
    (Section::Custom, "CUSTOM"),
    (Section::Http, "HTTP"),
    (Section::Execution, "EXECUTION"),
    (Section::Network, "NETWORK"),
    (Section::Browser, "BROWSER"),
    (Section::WebVitals, "WEB_VITALS"),
    (Section::Grpc, "GRPC"),
    (Section::WebSocket, "WEBSOCKET"),
];

/// Metrics that have their own place in the text, by the beginnings of their names.
const NOT_LISTED: [&str; 2] = ["checks", "group_duration"];

/// Metrics of requests that the compact text shows, by the beginnings of their names.
const HTTP_USUAL: [&str; 3] = ["http_req_duration", "http_req_failed", "http_reqs"];

/// The others.
const HTTP_OTHER: [&str; 6] = [
    "http_req_blocked",
    "http_req_connecting",
    "http_req_tls_handshaking",
    "http_req_sending",
    "http_req_waiting",
    "http_req_receiving",
];

const EXECUTION: [&str; 4] = [
    "vus",
    "iterations",
    "iteration_duration",
    "dropped_iterations",
];

/// The section of a metric; `None` if it is not shown.
pub(super) fn section_of(name: &str, shown: Shown) -> Option<Section> {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    if begins(&NOT_LISTED) {
        None
    } else if begins(&HTTP_USUAL) {
        Some(Section::Http)
    } else if begins(&HTTP_OTHER) {
        (shown == Shown::All).then_some(Section::Http)
    } else if begins(&EXECUTION) {
        Some(Section::Execution)
    } else if begins(&["data_sent", "data_received"]) {
        Some(Section::Network)
    } else if begins(&["browser_web_vital_"]) {
        Some(Section::WebVitals)
    } else if begins(&["browser_"]) {
        Some(Section::Browser)
    } else if begins(&["grpc_"]) {
        Some(Section::Grpc)
    } else if begins(&["ws_"]) {
        Some(Section::WebSocket)
    } else {
        Some(Section::Custom)
    }
}

struct Writer<'a> {
    summary: &'a RunSummary,
    painter: Painter,
    unit: TimeUnit,
    text: String,
}

impl<'a> Writer<'a> {
    fn new(summary: &'a RunSummary) -> Writer<'a> {
        Writer {
            summary,
            painter: Painter {
                colours: summary.options.colours,
                theme: Theme::Current,
            },
            unit: summary.options.time_unit,
            text: String::from("\n"),
        }
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn heading(&mut self, title: &str) {
        let title = self.painter.paint(Style::Bold, title);
        self.text.push('\n');
        self.line(2, &format!("█ {title} "));
        self.text.push('\n');
    }

    fn thresholds(&mut self) {
        let summary = self.summary;
        let parts = |metric: &'a MetricSummary| {
            let submetrics = metric.submetrics.iter();
            let judged = submetrics.filter(|submetric| !submetric.metric.thresholds.is_empty());
            judged.collect::<Vec<_>>()
        };
        let judged: Vec<&MetricSummary> = summary
            .metrics
            .iter()
            .filter(|metric| !metric.thresholds.is_empty() || !parts(metric).is_empty())
            .collect();
        if judged.is_empty() {
            return;
        }
        self.heading("THRESHOLDS");
        for metric in judged {
            let has_own = !metric.thresholds.is_empty();
            if has_own {
                self.line(4, &metric.name);
                self.rules(4, metric);
                self.text.push('\n');
            }
            for part in parts(metric) {
                if has_own {
                    self.line(6, &format!("{{{}}}", part.suffix));
                    self.rules(6, &part.metric);
                } else {
                    self.line(4, &part.metric.name);
                    self.rules(4, &part.metric);
                }
                self.text.push('\n');
            }
        }
    }

    fn rules(&mut self, indent: usize, metric: &MetricSummary) {
        for rule in &metric.thresholds {
            let text = format!(
                "{} {} {}={}",
                self.painter.verdict(rule.ok, mark(rule.ok)),
                self.painter
                    .paint(Style::White, &format!("'{}'", rule.source.trim())),
                self.painter.paint(Style::White, &rule.method),
                self.painter
                    .paint(Style::Cyan, &self.rule_figure(rule, metric.contains)),
            );
            self.line(indent, &text);
        }
    }

    fn rule_figure(&self, rule: &RuleSummary, contains: Contains) -> String {
        match rule.figure {
            Some(RuleFigure::Value(value)) => figure(value, contains, self.unit),
            Some(RuleFigure::PerSecond(value)) => {
                format!("{}/s", figure(value, contains, self.unit))
            }
            Some(RuleFigure::Share(value)) => share(value),
            None => String::new(),
        }
    }

    fn totals(&mut self, shown: Shown) {
        let summary = self.summary;
        self.heading("TOTAL RESULTS");
        let checks = summary
            .metrics
            .iter()
            .find(|metric| metric.name == "checks");
        if let Some(checks) = checks {
            self.checks(checks, &summary.checks, 2);
        }
        self.metrics(&summary.metrics, shown, 2);
    }

    /// What a scenario or a group shows. Every nested group is two columns further right.
    fn section_body(&mut self, section: &SectionSummary, indent: usize) {
        let checks = section
            .metrics
            .iter()
            .find(|metric| metric.name == "checks");
        if let Some(checks) = checks {
            self.checks(checks, &section.checks, indent);
        }
        self.metrics(&section.metrics, Shown::All, indent);
        for group in &section.groups {
            let title = self
                .painter
                .paint(Style::Bold, &format!("GROUP: {}", group.name));
            self.line(indent + 2, &format!("↳ {title} "));
            self.text.push('\n');
            self.section_body(group, indent + 2);
        }
    }

    fn checks(&mut self, metric: &MetricSummary, checks: &[Check], indent: usize) {
        let Values::Rate { passes, fails, .. } = metric.values else {
            return;
        };
        let total = passes + fails;
        let part = |part: u64| {
            let fraction = if total == 0 {
                0.0
            } else {
                crate::sink::to_f64(part) / crate::sink::to_f64(total)
            };
            (share(fraction), format!("{part} out of {total}"))
        };
        let elapsed_s = self.summary.facts.duration.as_secs_f64();
        let per_second = if elapsed_s > 0.0 {
            crate::sink::to_f64(total) / elapsed_s
        } else {
            0.0
        };
        let rate = format!("{}/s", figure(per_second, Contains::Default, self.unit));
        let rows = [
            ("checks_total", (total.to_string(), rate)),
            ("checks_succeeded", part(passes)),
            ("checks_failed", part(fails)),
        ]
        .map(|(name, (main, beside))| Row {
            lead: " ".repeat(indent + 2),
            name: name.to_owned(),
            nesting: 0,
            cells: Cells::Main {
                main,
                beside: vec![beside],
            },
        });
        self.rows(&Columns::of(&rows), &rows);
        self.text.push('\n');
        for check in checks {
            self.check(check, indent);
        }
        self.text.push('\n');
    }

    fn check(&mut self, check: &Check, indent: usize) {
        let ok = check.fails == 0;
        let name = format!("{} {}", mark(ok), check.name);
        self.line(indent + 2, &self.painter.verdict(ok, &name));
        if ok {
            return;
        }
        let percent = whole_percent(check.passes, check.passes + check.fails);
        let detail = format!("↳  {percent}% — ✓ {} / ✗ {}", check.passes, check.fails);
        self.line(2 * indent + 2, &self.painter.verdict(false, &detail));
    }

    fn metrics(&mut self, metrics: &[MetricSummary], shown: Shown, indent: usize) {
        let sections = SECTIONS.map(|(section, title)| {
            let members = metrics
                .iter()
                .filter(|metric| section_of(&metric.name, shown) == Some(section));
            let rows: Vec<Row> = members
                .flat_map(|metric| self.metric_rows(metric, indent))
                .collect();
            (title, rows)
        });
        let columns = Columns::of(sections.iter().flat_map(|(_, rows)| rows));
        for (title, rows) in &sections {
            if rows.is_empty() {
                continue;
            }
            let title = self.painter.paint(Style::Bold, title);
            self.line(indent + 2, &title);
            self.rows(&columns, rows);
            self.text.push('\n');
        }
    }

    fn rows(&mut self, columns: &Columns, rows: &[Row]) {
        for row in rows {
            columns.write(row, self.painter, &mut self.text);
            self.text.push('\n');
        }
    }

    fn metric_rows(&self, metric: &MetricSummary, indent: usize) -> Vec<Row> {
        let mut rows = vec![Row {
            lead: " ".repeat(indent + 2),
            name: metric.name.clone(),
            nesting: 0,
            cells: cells(metric, self.unit),
        }];
        rows.extend(metric.submetrics.iter().map(|submetric| Row {
            lead: " ".repeat(indent + 4),
            name: format!("{{ {} }}", submetric.suffix),
            nesting: 2,
            cells: cells(&submetric.metric, self.unit),
        }));
        rows
    }
}

/// The figures of a metric in columns.
fn cells(metric: &MetricSummary, unit: TimeUnit) -> Cells {
    let write = |value: f64| figure(value, metric.contains, unit);
    match &metric.values {
        Values::Counter { count, rate } => Cells::Main {
            main: write(*count),
            beside: vec![format!("{}/s", write(*rate))],
        },
        Values::Gauge { value, min, max } => Cells::Main {
            main: write(*value),
            beside: vec![
                format!("min={}", write(*min)),
                format!("max={}", write(*max)),
            ],
        },
        Values::Rate {
            rate,
            passes,
            fails,
        } => Cells::Main {
            main: share(*rate),
            beside: vec![format!("{passes} out of {}", passes + fails)],
        },
        Values::Trend(figures) => Cells::Named(
            figures
                .iter()
                .map(|(name, value)| {
                    let contains = if name == "count" {
                        Contains::Default
                    } else {
                        metric.contains
                    };
                    (name.clone(), figure(*value, contains, unit))
                })
                .collect(),
        ),
    }
}
