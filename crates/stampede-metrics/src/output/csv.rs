//! `--out csv`: one row per sample, with a column per system tag.

use std::sync::Arc;

use super::moment::{rfc3339_ns, rfc3339_s};
use crate::plan::MetricPlan;
use crate::sample::{Sample, UnixNs};

/// System tags that are metadata, and so have no column of their own.
const METADATA_TAGS: [&str; 2] = ["iter", "vu"];

/// How the column of moments is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeFormat {
    /// Whole seconds since the Unix epoch.
    #[default]
    Unix,
    /// Milliseconds since the Unix epoch.
    UnixMilli,
    /// Microseconds since the Unix epoch.
    UnixMicro,
    /// Nanoseconds since the Unix epoch.
    UnixNano,
    /// `2026-11-20T16:48:17Z`.
    Rfc3339,
    /// `2026-11-20T16:48:17.388194428Z`.
    Rfc3339Nano,
}

/// A time format that is none of those known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{given}' is no time format for CSV; use unix, unix_milli, unix_micro, unix_nano, rfc3339 or \
     rfc3339_nano"
)]
pub struct TimeFormatError {
    /// What was given.
    pub given: String,
}

impl TimeFormat {
    /// Reads the name of a format.
    ///
    /// # Errors
    /// When there is no such format.
    pub fn parse(name: &str) -> Result<TimeFormat, TimeFormatError> {
        Ok(match name {
            "unix" => TimeFormat::Unix,
            "unix_milli" => TimeFormat::UnixMilli,
            "unix_micro" => TimeFormat::UnixMicro,
            "unix_nano" => TimeFormat::UnixNano,
            "rfc3339" => TimeFormat::Rfc3339,
            "rfc3339_nano" => TimeFormat::Rfc3339Nano,
            _ => {
                return Err(TimeFormatError {
                    given: name.to_owned(),
                });
            }
        })
    }

    fn write(self, at: UnixNs) -> String {
        match self {
            TimeFormat::Unix => (at.0 / 1_000_000_000).to_string(),
            TimeFormat::UnixMilli => (at.0 / 1_000_000).to_string(),
            TimeFormat::UnixMicro => (at.0 / 1_000).to_string(),
            TimeFormat::UnixNano => at.0.to_string(),
            TimeFormat::Rfc3339 => rfc3339_s(at),
            TimeFormat::Rfc3339Nano => rfc3339_ns(at),
        }
    }
}

/// Writes samples as CSV.
#[derive(Debug)]
pub struct CsvWriter {
    plan: Arc<MetricPlan>,
    /// The names of metrics by id, as far as they were needed.
    names: Vec<Option<String>>,
    columns: Vec<String>,
    time_format: TimeFormat,
}

impl CsvWriter {
    /// Makes a writer with a column for each of these system tags.
    #[must_use]
    pub fn new(plan: Arc<MetricPlan>, system_tags: &[&str], time_format: TimeFormat) -> CsvWriter {
        let mut columns: Vec<String> = system_tags
            .iter()
            .filter(|tag| !METADATA_TAGS.contains(tag))
            .map(|&tag| tag.to_owned())
            .collect();
        columns.sort_unstable();
        columns.dedup();
        CsvWriter {
            plan,
            names: Vec::new(),
            columns,
            time_format,
        }
    }

    /// Appends the row with the names of the columns.
    pub fn write_header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"metric_name,timestamp,metric_value");
        for column in &self.columns {
            out.push(b',');
            field(column, out);
        }
        out.extend_from_slice(b",extra_tags,metadata\n");
    }

    /// Appends the row of a sample.
    pub fn write(&mut self, sample: &Sample, out: &mut Vec<u8>) {
        let idx = sample.metric.idx();
        if self.names.len() <= idx {
            self.names.resize(idx + 1, None);
        }
        let plan = &self.plan;
        let name =
            self.names[idx].get_or_insert_with(|| plan.registry().metric(sample.metric).name);
        field(name, out);
        out.push(b',');
        field(&self.time_format.write(sample.time), out);
        out.push(b',');
        out.extend_from_slice(format!("{:.6}", sample.value).as_bytes());
        for column in &self.columns {
            out.push(b',');
            field(sample.tags.get(column).unwrap_or(""), out);
        }
        out.push(b',');
        let others = sample
            .tags
            .tags
            .iter()
            .filter(|(name, _)| !self.columns.iter().any(|column| **column == **name));
        field(&joined(others), out);
        out.push(b',');
        field(&joined(sample.tags.metadata.iter()), out);
        out.push(b'\n');
    }
}

fn joined<'a>(pairs: impl Iterator<Item = &'a (Box<str>, Box<str>)>) -> String {
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// Appends a field, in quotes if it would be read wrongly without.
fn field(text: &str, out: &mut Vec<u8>) {
    let needs_quotes = text.starts_with([' ', '\t']) || text.contains([',', '"', '\n', '\r']);
    if !needs_quotes {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
