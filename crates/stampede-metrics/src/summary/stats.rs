//! Which figures of a trend a summary shows.

use crate::sink::{Trend, to_f64};

/// One figure of a trend.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendStat {
    /// The name as it was written, such as `p(99.90)`.
    pub name: String,
    /// Which figure it is.
    pub figure: TrendFigure,
}

/// A figure of a trend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TrendFigure {
    /// The mean.
    Avg,
    /// The smallest value.
    Min,
    /// The median.
    Med,
    /// The largest value.
    Max,
    /// How many values there are.
    Count,
    /// A percentile, 0-100.
    Percentile(f64),
}

/// A name that is no figure of a trend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is no figure of a trend; use avg, min, med, max, count or p(N) with N 0-100")]
pub struct TrendStatError {
    /// What was given.
    pub given: String,
}

/// The figures that summaries show when nobody asks for others.
pub const DEFAULT_TREND_STATS: [&str; 6] = ["avg", "min", "med", "max", "p(90)", "p(95)"];

impl TrendStat {
    /// Reads `avg`, `min`, `med`, `max`, `count` or `p(N)`.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(name: &str) -> Result<TrendStat, TrendStatError> {
        let failure = || TrendStatError {
            given: name.to_owned(),
        };
        let figure = match name {
            "avg" => TrendFigure::Avg,
            "min" => TrendFigure::Min,
            "med" => TrendFigure::Med,
            "max" => TrendFigure::Max,
            "count" => TrendFigure::Count,
            _ => {
                let inner = name
                    .strip_prefix("p(")
                    .and_then(|rest| rest.strip_suffix(')'))
                    .ok_or_else(failure)?;
                let percent: f64 = inner.parse().map_err(|_| failure())?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err(failure());
                }
                TrendFigure::Percentile(percent)
            }
        };
        Ok(TrendStat {
            name: name.to_owned(),
            figure,
        })
    }

    /// The default figures.
    #[must_use]
    pub fn defaults() -> Vec<TrendStat> {
        DEFAULT_TREND_STATS
            .iter()
            .map(|name| TrendStat::parse(name).expect("the defaults are figures of a trend"))
            .collect()
    }
}

/// The figures of a trend in the order asked for, computed in one go.
pub(crate) fn figures_of(trend: &Trend, wanted: &[TrendFigure]) -> Vec<f64> {
    let fractions: Vec<f64> = wanted
        .iter()
        .map(|figure| match figure {
            TrendFigure::Med => 0.5,
            TrendFigure::Percentile(percent) => percent / 100.0,
            TrendFigure::Avg | TrendFigure::Min | TrendFigure::Max | TrendFigure::Count => 0.0,
        })
        .collect();
    let percentiles = trend.percentiles(&fractions);
    let pairs = wanted.iter().zip(percentiles);
    pairs
        .map(|(figure, percentile)| match figure {
            TrendFigure::Avg => trend.avg(),
            TrendFigure::Min => trend.min(),
            TrendFigure::Max => trend.max(),
            TrendFigure::Count => to_f64(trend.count()),
            TrendFigure::Med | TrendFigure::Percentile(_) => percentile,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{TrendFigure, TrendStat, figures_of};
    use crate::sink::Trend;

    #[test]
    fn names_are_read() {
        for (name, expected) in [
            ("avg", Some(TrendFigure::Avg)),
            ("count", Some(TrendFigure::Count)),
            ("p(99.90)", Some(TrendFigure::Percentile(99.9))),
            ("p(0)", Some(TrendFigure::Percentile(0.0))),
            ("p(101)", None),
            ("p(-1)", None),
            ("p(NaN)", None),
            ("p95", None),
            ("rate", None),
            ("", None),
        ] {
            let got = TrendStat::parse(name).ok().map(|stat| stat.figure);
            assert_eq!(got, expected, "{name}");
        }
    }

    #[test]
    fn figures_come_in_the_order_asked_for() {
        let mut trend = Trend::new();
        for value in [4.0, 1.0, 2.0] {
            trend.record(value);
        }
        let wanted = [
            TrendFigure::Max,
            TrendFigure::Count,
            TrendFigure::Med,
            TrendFigure::Percentile(75.0),
            TrendFigure::Min,
        ];
        assert_eq!(figures_of(&trend, &wanted), [4.0, 3.0, 2.0, 3.0, 1.0]);
    }
}
