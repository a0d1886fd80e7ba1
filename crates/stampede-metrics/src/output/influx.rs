//! `--out influxdb`: InfluxDB's line protocol.

use std::sync::Arc;

use crate::plan::MetricPlan;
use crate::sample::Sample;

/// The tags that become fields when nobody asks for others: they have too many values for an
/// index.
const DEFAULT_FIELDS: [&str; 3] = ["vu:int", "iter:int", "url"];

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldType {
    Text,
    Bool,
    Float,
    Int,
}

/// A tag that cannot become a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' cannot be a field; write name, name:bool, name:float or name:int")]
pub struct InfluxTagError {
    /// What was given.
    pub given: String,
}

/// The unit in which moments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InfluxPrecision {
    /// Nanoseconds.
    #[default]
    Ns,
    /// Microseconds.
    Us,
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Minutes.
    M,
    /// Hours.
    H,
}

impl InfluxPrecision {
    /// Reads a name such as `ms`.
    #[must_use]
    pub fn parse(name: &str) -> Option<InfluxPrecision> {
        Some(match name {
            "" | "n" | "ns" => InfluxPrecision::Ns,
            "u" | "us" | "µs" => InfluxPrecision::Us,
            "ms" => InfluxPrecision::Ms,
            "s" => InfluxPrecision::S,
            "m" => InfluxPrecision::M,
            "h" => InfluxPrecision::H,
            _ => return None,
        })
    }

    /// The name by which the database knows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            InfluxPrecision::Ns => "ns",
            InfluxPrecision::Us => "u",
            InfluxPrecision::Ms => "ms",
            InfluxPrecision::S => "s",
            InfluxPrecision::M => "m",
            InfluxPrecision::H => "h",
        }
    }

    fn ns_per_unit(self) -> u64 {
        match self {
            InfluxPrecision::Ns => 1,
            InfluxPrecision::Us => 1_000,
            InfluxPrecision::Ms => 1_000_000,
            InfluxPrecision::S => 1_000_000_000,
            InfluxPrecision::M => 60_000_000_000,
            InfluxPrecision::H => 3_600_000_000_000,
        }
    }
}

/// Writes samples as lines for InfluxDB.
#[derive(Debug)]
pub struct InfluxWriter {
    plan: Arc<MetricPlan>,
    /// The escaped names of metrics by id, as far as they were needed.
    names: Vec<Option<String>>,
    fields: Vec<(String, FieldType)>,
    precision: InfluxPrecision,
}

impl InfluxWriter {
    /// Makes a writer; `tags_as_fields` holds `name` or `name:type`, `None` means the default.
    ///
    /// # Errors
    /// When a type is none of `bool`, `float`, `int` and `string`.
    pub fn new(
        plan: Arc<MetricPlan>,
        tags_as_fields: Option<&[&str]>,
    ) -> Result<InfluxWriter, InfluxTagError> {
        let fields = tags_as_fields.unwrap_or(&DEFAULT_FIELDS);
        Ok(InfluxWriter {
            plan,
            names: Vec::new(),
            fields: fields
                .iter()
                .map(|field| parse_field(field))
                .collect::<Result<_, _>>()?,
            precision: InfluxPrecision::default(),
        })
    }

    /// Lets moments be written in this unit; without it they are nanoseconds.
    #[must_use]
    pub fn with_precision(mut self, precision: InfluxPrecision) -> InfluxWriter {
        self.precision = precision;
        self
    }

    /// Appends the line of a sample.
    pub fn write(&mut self, sample: &Sample, out: &mut Vec<u8>) {
        let idx = sample.metric.idx();
        if self.names.len() <= idx {
            self.names.resize(idx + 1, None);
        }
        let plan = &self.plan;
        let name = self.names[idx]
            .get_or_insert_with(|| escaped(&plan.registry().metric(sample.metric).name));
        out.extend_from_slice(name.as_bytes());
        for (tag, value) in &sample.tags.tags {
            // An empty value would be a syntax error.
            if value.is_empty() || self.field_type(tag).is_some() {
                continue;
            }
            let pair = format!(",{}={}", escaped(tag), escaped(value));
            out.extend_from_slice(pair.as_bytes());
        }
        out.push(b' ');
        let tags = sample.tags.tags.iter().chain(&sample.tags.metadata);
        for (tag, value) in tags {
            if let Some(field) = self.field_type(tag).and_then(|kind| typed(value, kind)) {
                out.extend_from_slice(format!("{}={field},", escaped(tag)).as_bytes());
            }
        }
        let at = sample.time.0 / self.precision.ns_per_unit();
        let end = format!("value={} {at}\n", sample.value);
        out.extend_from_slice(end.as_bytes());
    }

    fn field_type(&self, tag: &str) -> Option<FieldType> {
        let field = self.fields.iter().find(|(name, _)| name == tag);
        field.map(|&(_, kind)| kind)
    }
}

fn parse_field(given: &str) -> Result<(String, FieldType), InfluxTagError> {
    let (name, kind) = given.split_once(':').unwrap_or((given, "string"));
    let kind = match kind {
        "string" => FieldType::Text,
        "bool" => FieldType::Bool,
        "float" => FieldType::Float,
        "int" => FieldType::Int,
        _ => {
            return Err(InfluxTagError {
                given: given.to_owned(),
            });
        }
    };
    Ok((name.to_owned(), kind))
}

/// The value of a field; `None` if the text is not of its type.
fn typed(value: &str, kind: FieldType) -> Option<String> {
    match kind {
        FieldType::Text => Some(format!(
            "\"{}\"",
            value.replace('\\', "\\\\").replace('"', "\\\"")
        )),
        FieldType::Bool => value.parse::<bool>().ok().map(|value| value.to_string()),
        FieldType::Float => {
            let value = value
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())?;
            Some(value.to_string())
        }
        FieldType::Int => value.parse::<i64>().ok().map(|value| format!("{value}i")),
    }
}

/// Escapes a name or a value of a tag. A line end would end the record, so it becomes a space; a
/// backslash at the end would escape what follows, so a space follows it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ',' | '=' | ' ' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' | '\r' => escaped.push_str("\\ "),
            _ => escaped.push(c),
        }
    }
    if escaped.ends_with('\\') {
        escaped.push_str("\\ ");
    }
    escaped
}
