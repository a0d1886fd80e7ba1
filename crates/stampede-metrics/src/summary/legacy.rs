//! The older text, written from the JSON that scripts get.
//!
//! Invariants: data of another shape than expected is an error that names the place, never a
//! panic; data that a script has added is ignored.

use serde_json::{Map, Value};

use super::collate::compare_names;
use super::colour::{Painter, Theme, mark};
use super::figures::{TimeUnit, figure, plain_number, share, whole_percent};
use super::layout::{Cells, Columns, Row};
use super::stats::DEFAULT_TREND_STATS;
use crate::kind::Contains;

/// How the older text is written.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacyOptions {
    /// What every line begins with.
    pub indent: String,
    /// Whether the text has colours.
    pub colours: bool,
    /// The unit of durations; `None` to take the one in the data.
    pub time_unit: Option<TimeUnit>,
    /// The figures of trends; `None` to take those in the data.
    pub trend_stats: Option<Vec<String>>,
}

impl Default for LegacyOptions {
    fn default() -> LegacyOptions {
        LegacyOptions {
            indent: " ".to_owned(),
            colours: true,
            time_unit: None,
            trend_stats: None,
        }
    }
}

/// Data from which no text can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the summary data has no usable '{field}'; pass on what handleSummary was given")]
pub struct LegacyTextError {
    /// Where something is missing or of another type.
    pub field: String,
}

/// Writes the older text from the data that `handleSummary` was given.
///
/// # Errors
/// When a field that it needs is missing or of another type.
pub fn legacy_text(data: &Value, options: &LegacyOptions) -> Result<String, LegacyTextError> {
    let writer = Writer::new(data, options)?;
    let mut text = String::new();
    if let Some(root) = data.get("root_group") {
        writer.group(root, &format!("{}    ", options.indent), true, &mut text)?;
    }
    writer.metrics(field(data, "metrics")?, &mut text)?;
    Ok(text)
}

struct Writer<'a> {
    indent: &'a str,
    painter: Painter,
    unit: TimeUnit,
    trend_stats: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(data: &Value, options: &'a LegacyOptions) -> Result<Writer<'a>, LegacyTextError> {
        let unit = match options.time_unit {
            Some(unit) => unit,
            None => given_time_unit(data)?,
        };
        Ok(Writer {
            indent: &options.indent,
            painter: Painter {
                colours: options.colours,
                theme: Theme::Legacy,
            },
            unit,
            trend_stats: options
                .trend_stats
                .clone()
                .unwrap_or_else(|| given_trend_stats(data)),
        })
    }

    fn group(
        &self,
        group: &Value,
        indent: &str,
        is_root: bool,
        text: &mut String,
    ) -> Result<(), LegacyTextError> {
        let mut indent = indent.to_owned();
        if !is_root {
            text.push_str(&format!("{indent}█ {}\n\n", text_field(group, "name")?));
            indent.push_str("  ");
        }
        let checks = members(group, "checks");
        for check in &checks {
            self.check(check, &indent, text)?;
        }
        if !checks.is_empty() {
            text.push('\n');
        }
        for inner in members(group, "groups") {
            self.group(inner, &indent, false, text)?;
        }
        Ok(())
    }

    fn check(&self, check: &Value, indent: &str, text: &mut String) -> Result<(), LegacyTextError> {
        let name = text_field(check, "name")?;
        let passes = count_field(check, "passes")?;
        let fails = count_field(check, "fails")?;
        let ok = fails == 0;
        let mut line = format!("{indent}{} {name}", mark(ok));
        if !ok {
            let percent = whole_percent(passes, passes + fails);
            line.push_str(&format!(
                "\n{indent} ↳  {percent}% — ✓ {passes} / ✗ {fails}"
            ));
        }
        text.push_str(&self.painter.verdict(ok, &line));
        text.push('\n');
        Ok(())
    }

    fn metrics(&self, metrics: &Value, text: &mut String) -> Result<(), LegacyTextError> {
        let metrics = metrics.as_object().ok_or_else(|| missing("metrics"))?;
        let mut names: Vec<&String> = metrics.keys().collect();
        names.sort_by(|a, b| compare_names(a, b));
        let mut rows = Vec::with_capacity(names.len());
        for name in names {
            rows.push(self.row(name, &metrics[name])?);
        }
        let columns = Columns::of(&rows);
        for (idx, row) in rows.iter().enumerate() {
            if idx > 0 {
                text.push('\n');
            }
            columns.write(row, self.painter, text);
        }
        Ok(())
    }

    fn row(&self, name: &str, metric: &Value) -> Result<Row, LegacyTextError> {
        let cells = self.cells(name, metric)?;
        let mark = match metric.get("thresholds").and_then(Value::as_object) {
            None => " ".to_owned(),
            Some(rules) => {
                let ok = rules
                    .values()
                    .all(|rule| rule.get("ok").and_then(Value::as_bool).unwrap_or(false));
                self.painter.verdict(ok, mark(ok))
            }
        };
        let (lead, name, nesting) = match name.split_once('{') {
            None => (format!("{}  {mark} ", self.indent), name.to_owned(), 0),
            Some((_, rest)) => {
                let suffix = rest.strip_suffix('}').unwrap_or(rest);
                (
                    format!("{}    {mark} ", self.indent),
                    format!("{{ {suffix} }}"),
                    2,
                )
            }
        };
        Ok(Row {
            lead,
            name,
            nesting,
            cells,
        })
    }

    fn cells(&self, name: &str, metric: &Value) -> Result<Cells, LegacyTextError> {
        let contains = match metric.get("contains").and_then(Value::as_str) {
            Some("time") => Contains::Time,
            Some("data") => Contains::Data,
            _ => Contains::Default,
        };
        let values = metric
            .get("values")
            .and_then(Value::as_object)
            .ok_or_else(|| missing(&format!("metrics.{name}.values")))?;
        let number = |key: &str| {
            let value = values.get(key).and_then(Value::as_f64);
            value.ok_or_else(|| missing(&format!("metrics.{name}.values.{key}")))
        };
        let write = |value: f64| figure(value, contains, self.unit);
        Ok(match metric.get("type").and_then(Value::as_str) {
            Some("counter") => Cells::Main {
                main: write(number("count")?),
                beside: vec![format!("{}/s", write(number("rate")?))],
            },
            Some("gauge") => Cells::Main {
                main: write(number("value")?),
                beside: vec![
                    format!("min={}", write(number("min")?)),
                    format!("max={}", write(number("max")?)),
                ],
            },
            Some("rate") => Cells::Main {
                main: share(number("rate")?),
                beside: vec![
                    format!("✓ {}", plain_number(number("passes")?)),
                    format!("✗ {}", plain_number(number("fails")?)),
                ],
            },
            Some("trend") => Cells::Named(self.trend_cells(values, contains)),
            _ => return Err(missing(&format!("metrics.{name}.type"))),
        })
    }

    fn trend_cells(
        &self,
        values: &Map<String, Value>,
        contains: Contains,
    ) -> Vec<(String, String)> {
        self.trend_stats
            .iter()
            .map(|stat| {
                let contains = if stat == "count" {
                    Contains::Default
                } else {
                    contains
                };
                let value = values.get(stat).and_then(Value::as_f64);
                let text = value.map_or_else(
                    || "-".to_owned(),
                    |value| figure(value, contains, self.unit),
                );
                (stat.clone(), text)
            })
            .collect()
    }
}

fn given_time_unit(data: &Value) -> Result<TimeUnit, LegacyTextError> {
    let given = data.pointer("/options/summaryTimeUnit");
    let text = given.and_then(Value::as_str).unwrap_or("");
    TimeUnit::parse(text).map_err(|_| missing("options.summaryTimeUnit"))
}

fn given_trend_stats(data: &Value) -> Vec<String> {
    match data.pointer("/options/summaryTrendStats") {
        Some(Value::Array(stats)) => stats
            .iter()
            .filter_map(|stat| stat.as_str().map(str::to_owned))
            .collect(),
        _ => DEFAULT_TREND_STATS.map(str::to_owned).to_vec(),
    }
}

/// The groups or checks of a group, which are a list, or an object by name.
fn members<'a>(group: &'a Value, key: &str) -> Vec<&'a Value> {
    match group.get(key) {
        Some(Value::Array(members)) => members.iter().collect(),
        Some(Value::Object(members)) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn field<'a>(value: &'a Value, key: &str) -> Result<&'a Value, LegacyTextError> {
    value.get(key).ok_or_else(|| missing(key))
}

fn text_field<'a>(value: &'a Value, key: &str) -> Result<&'a str, LegacyTextError> {
    let text = value.get(key).and_then(Value::as_str);
    text.ok_or_else(|| missing(key))
}

/// A count; scripts may have made it a float.
fn count_field(value: &Value, key: &str) -> Result<u64, LegacyTextError> {
    let number = value.get(key).ok_or_else(|| missing(key))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float beyond the range of counts saturates"
    )]
    let from_float = || number.as_f64().map(|value| value as u64);
    number
        .as_u64()
        .or_else(from_float)
        .ok_or_else(|| missing(key))
}

fn missing(field: &str) -> LegacyTextError {
    LegacyTextError {
        field: field.to_owned(),
    }
}
