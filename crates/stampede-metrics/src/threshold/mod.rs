//! Thresholds: their configuration, and the judgement of a run by them.
//!
//! Invariants: all problems of a configuration are reported at once; judging changes nothing.
//!
//! Never: knows exit codes or clocks; the caller says how long the run has gone on.

mod expression;

use std::collections::BTreeMap;
use std::time::Duration;

pub use expression::{Expression, ExpressionError, Method, Operator};

use crate::kind::MetricKind;
use crate::plan::{SeriesId, SeriesKeys};
use crate::recorder::Sinks;
use crate::selector::SeriesKeyError;
use crate::sink::Sink;

/// One key of the thresholds option with its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdConfig {
    /// `metric` or `metric{tag:value,…}`.
    pub key: String,
    /// The rules in the order written; none makes a submetric that is only shown.
    pub rules: Vec<ThresholdRule>,
}

/// One rule of a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThresholdRule {
    /// The expression, such as `p(95)<500`.
    pub expression: String,
    /// Whether the run ends as soon as the rule is broken.
    pub abort_on_fail: bool,
    /// How long the run goes on at least before a broken rule ends it.
    pub delay_abort_eval: Duration,
}

impl ThresholdRule {
    /// A rule that is judged but never ends a run early.
    #[must_use]
    pub fn new(expression: &str) -> ThresholdRule {
        ThresholdRule {
            expression: expression.to_owned(),
            abort_on_fail: false,
            delay_abort_eval: Duration::ZERO,
        }
    }
}

/// What is wrong with one threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdError {
    /// The key cannot be read.
    #[error("threshold on '{key}': {problem}")]
    Key {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: SeriesKeyError,
    },
    /// The key names a metric that does not exist.
    #[error(
        "threshold on '{key}': there is no metric '{metric}'; custom metrics must be created in \
         the init context, before the run starts"
    )]
    UnknownMetric {
        /// The key.
        key: String,
        /// The metric it names.
        metric: String,
    },
    /// A rule cannot be read.
    #[error("threshold '{expression}' on '{key}': {problem}")]
    Expression {
        /// The key.
        key: String,
        /// The rule.
        expression: String,
        /// What is wrong with it.
        problem: ExpressionError,
    },
    /// A rule asks for a figure that this kind of metric does not have.
    #[error(
        "threshold '{expression}' on '{key}': a {kind} has no such figure; use {accepted}",
        accepted = expression::methods_of(*kind)
    )]
    Method {
        /// The key.
        key: String,
        /// The rule.
        expression: String,
        /// The kind of the metric.
        kind: MetricKind,
    },
    /// The thresholds name too many submetrics.
    #[error("threshold on '{key}': a run may have at most {max} submetrics")]
    TooMany {
        /// The key.
        key: String,
        /// The limit.
        max: usize,
    },
}

/// A threshold of a planned run: the rules on one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The series that is judged.
    pub series: SeriesId,
    /// The key as it was written.
    pub key: String,
    /// The rules in the order written.
    pub rules: Vec<Rule>,
}

/// One rule of a [`Threshold`].
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What must hold.
    pub expression: Expression,
    /// Whether the run ends as soon as it does not hold.
    pub abort_on_fail: bool,
    /// How long the run goes on at least before a broken rule ends it.
    pub delay_abort_eval: Duration,
}

/// The judgement of a run at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// One entry per threshold of the plan, in its order.
    pub thresholds: Vec<ThresholdVerdict>,
    /// Whether a broken rule asks for the run to end now.
    pub abort: bool,
}

/// The judgement of one threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdVerdict {
    /// The key as it was written.
    pub key: String,
    /// One entry per rule, in their order.
    pub rules: Vec<RuleVerdict>,
}

/// The judgement of one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerdict {
    /// The expression as it was written.
    pub source: String,
    /// Whether it holds.
    pub ok: bool,
}

/// At which point of a run it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// While it goes on: a series without samples is not judged yet.
    Running,
    /// After it has ended: a series without samples counts with its figures at zero, except
    /// that a rate without samples holds.
    Ended,
}

impl Verdict {
    /// Whether every rule holds.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.thresholds.iter().all(ThresholdVerdict::ok)
    }

    /// The keys of the thresholds that have a broken rule, in order.
    pub fn crossed(&self) -> impl Iterator<Item = &str> {
        let broken = self.thresholds.iter().filter(|threshold| !threshold.ok());
        broken.map(|threshold| threshold.key.as_str())
    }
}

impl ThresholdVerdict {
    /// Whether every rule holds.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.rules.iter().all(|rule| rule.ok)
    }
}

/// Judges what was recorded in `elapsed` by these thresholds.
#[must_use]
pub fn judge(thresholds: &[Threshold], sinks: &Sinks, elapsed: Duration, stage: Stage) -> Verdict {
    let mut abort = false;
    let thresholds = thresholds
        .iter()
        .map(|threshold| {
            let sink = sinks.series(threshold.series);
            let rules = threshold.rules.iter().map(|rule| {
                let ok = sink.is_none_or(|sink| holds(&rule.expression, sink, elapsed, stage));
                abort |= !ok && rule.abort_on_fail && elapsed >= rule.delay_abort_eval;
                RuleVerdict {
                    source: rule.expression.source.clone(),
                    ok,
                }
            });
            ThresholdVerdict {
                key: threshold.key.clone(),
                rules: rules.collect(),
            }
        })
        .collect();
    Verdict { thresholds, abort }
}

fn holds(expression: &Expression, sink: &Sink, elapsed: Duration, stage: Stage) -> bool {
    if sink.is_empty() {
        let is_undecided = match stage {
            Stage::Running => true,
            Stage::Ended => matches!(sink, Sink::Rate(_)),
        };
        if is_undecided {
            return true;
        }
    }
    expression
        .method
        .figure_of(sink, elapsed.as_secs_f64())
        .is_none_or(|figure| expression.holds_for(figure))
}

/// Takes the configuration apart, in the order of the keys, and reports all that is wrong.
pub(crate) fn parse_thresholds(
    configs: &[ThresholdConfig],
    keys: &mut SeriesKeys<'_>,
) -> Result<Vec<Threshold>, Vec<ThresholdError>> {
    let by_key: BTreeMap<&str, &ThresholdConfig> = configs
        .iter()
        .map(|config| (config.key.as_str(), config))
        .collect();
    let mut errors = Vec::new();
    let mut thresholds: Vec<Threshold> = Vec::new();
    for (key, config) in by_key {
        let (series, name, kind) = match keys.resolve(key) {
            Ok(found) => found,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let rules = parse_rules(config, kind, &mut errors);
        // Keys that differ by blanks mean the same series.
        match thresholds.iter_mut().find(|known| known.series == series) {
            Some(known) => known.rules.extend(rules),
            None => thresholds.push(Threshold {
                series,
                key: name,
                rules,
            }),
        }
    }
    if errors.is_empty() {
        Ok(thresholds)
    } else {
        Err(errors)
    }
}

fn parse_rules(
    config: &ThresholdConfig,
    kind: MetricKind,
    errors: &mut Vec<ThresholdError>,
) -> Vec<Rule> {
    let mut rules = Vec::with_capacity(config.rules.len());
    for rule in &config.rules {
        match Expression::parse(&rule.expression) {
            Ok(expression) if expression.method.suits(kind) => rules.push(Rule {
                expression,
                abort_on_fail: rule.abort_on_fail,
                delay_abort_eval: rule.delay_abort_eval,
            }),
            Ok(_) => errors.push(ThresholdError::Method {
                key: config.key.clone(),
                expression: rule.expression.clone(),
                kind,
            }),
            Err(problem) => errors.push(ThresholdError::Expression {
                key: config.key.clone(),
                expression: rule.expression.clone(),
                problem,
            }),
        }
    }
    rules
}
