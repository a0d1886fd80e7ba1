//! Threshold expressions: `method op number`, such as `p(95) < 500`.
//!
//! Invariants: an expression that parses can be judged on a sink of a kind that
//! [`Method::suits`]; judging never fails.

use std::fmt;

use crate::kind::MetricKind;
use crate::sink::Sink;

/// Which figure of a series a threshold limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// The sum of a counter.
    Count,
    /// The sum per second of a counter, or the share of a rate.
    Rate,
    /// The latest value of a gauge.
    Value,
    /// The mean of a trend.
    Avg,
    /// The smallest value of a trend.
    Min,
    /// The largest value of a trend.
    Max,
    /// The median of a trend.
    Med,
    /// A percentile of a trend, 0-100.
    Percentile(f64),
}

/// How a figure is compared with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==` or `===`
    Equal,
    /// `!=`
    NotEqual,
}

/// A parsed threshold expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The expression as it was written, spaces included.
    pub source: String,
    /// The figure.
    pub method: Method,
    /// The method as it was written, such as `p(99.90)`.
    pub method_source: String,
    /// The comparison that must hold.
    pub operator: Operator,
    /// What the figure is compared with; durations in milliseconds.
    pub limit: f64,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExpressionError {
    /// No comparison in it, or nothing on one of its sides.
    #[error("write a method, one of < <= > >= == === !=, and a number, such as p(95)<500")]
    Shape,
    /// The left side is no method.
    #[error("'{0}' is no method; use count, rate, value, avg, min, max, med or p(N)")]
    Method(String),
    /// The N of p(N) is no number from 0 to 100.
    #[error("'{0}' is no percentile; write p(N) with a number N from 0 to 100, such as p(99.9)")]
    Percentile(String),
    /// The right side is no number.
    #[error("'{0}' is no number; durations are plain numbers of milliseconds")]
    Limit(String),
}

/// The operators by what is written, longer ones before their beginnings.
const OPERATORS: [(&str, Operator); 7] = [
    ("===", Operator::Equal),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl Expression {
    /// Reads an expression; spaces around its three parts do not count.
    ///
    /// # Errors
    /// When it is not a method, an operator and a number.
    pub fn parse(source: &str) -> Result<Expression, ExpressionError> {
        let (left, operator, right) = OPERATORS
            .iter()
            .find_map(|&(symbol, operator)| {
                let (left, right) = source.split_once(symbol)?;
                Some((left.trim(), operator, right.trim()))
            })
            .ok_or(ExpressionError::Shape)?;
        if left.is_empty() || right.is_empty() {
            return Err(ExpressionError::Shape);
        }
        Ok(Expression {
            source: source.to_owned(),
            method: Method::parse(left)?,
            method_source: left.to_owned(),
            operator,
            limit: parse_limit(right)?,
        })
    }

    /// Whether the limit holds for a figure.
    #[must_use]
    pub fn holds_for(&self, figure: f64) -> bool {
        #[expect(
            clippy::float_cmp,
            reason = "equality is what the author of the threshold asked for"
        )]
        match self.operator {
            Operator::Less => figure < self.limit,
            Operator::LessOrEqual => figure <= self.limit,
            Operator::Greater => figure > self.limit,
            Operator::GreaterOrEqual => figure >= self.limit,
            Operator::Equal => figure == self.limit,
            Operator::NotEqual => figure != self.limit,
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source.trim())
    }
}

impl Method {
    fn parse(text: &str) -> Result<Method, ExpressionError> {
        if let Some(inner) = text
            .strip_prefix("p(")
            .and_then(|rest| rest.strip_suffix(')'))
        {
            return match inner.parse::<f64>() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Method::Percentile(percent)),
                _ => Err(ExpressionError::Percentile(inner.to_owned())),
            };
        }
        Ok(match text {
            "count" => Method::Count,
            "rate" => Method::Rate,
            "value" => Method::Value,
            "avg" => Method::Avg,
            "min" => Method::Min,
            "max" => Method::Max,
            "med" => Method::Med,
            _ => return Err(ExpressionError::Method(text.to_owned())),
        })
    }

    /// Whether a metric of this kind has such a figure.
    #[must_use]
    pub fn suits(self, kind: MetricKind) -> bool {
        match self {
            Method::Count => kind == MetricKind::Counter,
            Method::Rate => matches!(kind, MetricKind::Counter | MetricKind::Rate),
            Method::Value => kind == MetricKind::Gauge,
            Method::Avg | Method::Min | Method::Max | Method::Med | Method::Percentile(_) => {
                kind == MetricKind::Trend
            }
        }
    }

    /// The figure of a sink after `elapsed_s` seconds; `None` when the sink has no such figure.
    #[must_use]
    pub fn figure_of(self, sink: &Sink, elapsed_s: f64) -> Option<f64> {
        match (self, sink) {
            (Method::Count, Sink::Counter(counter)) => Some(counter.value),
            (Method::Rate, Sink::Counter(counter)) => Some(counter.per_second(elapsed_s)),
            (Method::Rate, Sink::Rate(rate)) => Some(rate.share()),
            (Method::Value, Sink::Gauge(gauge)) => Some(gauge.value),
            (Method::Avg, Sink::Trend(trend)) => Some(trend.avg()),
            (Method::Min, Sink::Trend(trend)) => Some(trend.min()),
            (Method::Max, Sink::Trend(trend)) => Some(trend.max()),
            (Method::Med, Sink::Trend(trend)) => Some(trend.percentile(0.5)),
            (Method::Percentile(percent), Sink::Trend(trend)) => {
                Some(trend.percentile(percent / 100.0))
            }
            (_, Sink::Counter(_) | Sink::Gauge(_) | Sink::Rate(_) | Sink::Trend(_)) => None,
        }
    }
}

fn parse_limit(text: &str) -> Result<f64, ExpressionError> {
    match text.parse::<f64>() {
        Ok(limit) if !limit.is_nan() => Ok(limit),
        _ => Err(ExpressionError::Limit(text.to_owned())),
    }
}

/// The methods that a metric of this kind has, as an error message lists them.
pub(super) fn methods_of(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Counter => "count or rate",
        MetricKind::Gauge => "value",
        MetricKind::Rate => "rate",
        MetricKind::Trend => "avg, min, max, med or p(N)",
    }
}
