//! The verdict table: what was asked, what came of it, and the seeds' own figures beside ours.

use std::fmt::Write as _;

use serde::Serialize;
use stampede_metrics::units::{format_count, format_us};

/// One crowd's line of the table.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Act {
    pub(super) name: String,
    pub(super) crowd: String,
    /// Each with what it should be; `true` where it is.
    pub(super) facts: Vec<Fact>,
    /// Figure, the seed's, ours.
    pub(super) figures: Vec<Figure>,
}

/// Something that must be so.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) what: String,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) holds: bool,
}

/// A figure beside the seed's own.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    pub(super) what: String,
    pub(super) seed: String,
    pub(super) ours: String,
}

impl Act {
    pub(super) fn new(name: &str, crowd: &str) -> Self {
        Self {
            name: name.to_owned(),
            crowd: crowd.to_owned(),
            facts: Vec::new(),
            figures: Vec::new(),
        }
    }

    /// A count that must be exactly so.
    pub(super) fn exactly(&mut self, what: &str, expected: u64, actual: u64) {
        self.facts.push(Fact {
            what: what.to_owned(),
            expected: format_count(expected),
            actual: format_count(actual),
            holds: expected == actual,
        });
    }

    /// Something that must hold, in words.
    pub(super) fn holds(&mut self, what: &str, expected: &str, actual: String, holds: bool) {
        let (what, expected) = (what.to_owned(), expected.to_owned());
        self.facts.push(Fact {
            what,
            expected,
            actual,
            holds,
        });
    }

    pub(super) fn figure(&mut self, what: &str, seed: &str, ours: String) {
        self.figures.push(Figure {
            what: what.to_owned(),
            seed: seed.to_owned(),
            ours,
        });
    }

    pub(super) fn latency(&mut self, what: &str, seed: &str, us: f64) {
        self.figure(what, seed, format_us(us));
    }

    pub(super) fn is_right(&self) -> bool {
        self.facts.iter().all(|fact| fact.holds)
    }
}

const WIDTHS: [usize; 4] = [44, 20, 20, 6];

/// The whole table as text of at most 100 columns.
pub(super) fn render(acts: &[Act]) -> String {
    let mut text = String::new();
    for act in acts {
        let mark = if act.is_right() { "✅" } else { "❌" };
        line(&mut text, &format!("\n{mark} {} — {}", act.name, act.crowd));
        rule(&mut text);
        if !act.facts.is_empty() {
            row(&mut text, ["what must be so", "expected", "actual", ""]);
            for fact in &act.facts {
                let mark = if fact.holds { "ok" } else { "WRONG" };
                row(&mut text, [&fact.what, &fact.expected, &fact.actual, mark]);
            }
        }
        if !act.figures.is_empty() {
            row(&mut text, ["figure", "their report", "here", ""]);
            for figure in &act.figures {
                row(&mut text, [&figure.what, &figure.seed, &figure.ours, ""]);
            }
        }
    }
    let wrong = acts.iter().filter(|act| !act.is_right()).count();
    rule(&mut text);
    if wrong == 0 {
        line(
            &mut text,
            "✅ Everything adds up: nothing sold twice, nothing lost, nothing paid twice.",
        );
    } else {
        line(
            &mut text,
            &format!("❌ {wrong} of {} crowds found something wrong.", acts.len()),
        );
    }
    text
}

fn row(text: &mut String, cells: [&str; 4]) {
    let [what, left, right, mark] = cells;
    let [w, l, r, m] = WIDTHS;
    line(
        text,
        format!("  {what:<w$} {left:>l$} {right:>r$} {mark:>m$}").trim_end(),
    );
}

fn rule(text: &mut String) {
    line(text, &"─".repeat(98));
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("writing to a string does not fail");
}
