//! Outputs as pure writers: a sample goes in, bytes come out.
//!
//! A writer appends to a buffer; the caller opens files and sockets, compresses, and decides when
//! to flush. [`wants_gzip`] says which files are compressed.
//!
//! Never: does input or output, or reads a clock.

mod csv;
mod influx;
mod json;
mod moment;
mod opentelemetry;
mod prometheus;
mod series;

pub use csv::{CsvWriter, TimeFormat, TimeFormatError};
pub use influx::{InfluxPrecision, InfluxTagError, InfluxWriter};
pub use json::JsonWriter;
pub use opentelemetry::{OpenTelemetrySeries, OpenTelemetrySource};
pub use prometheus::{PrometheusSeries, PrometheusStats};
pub use series::SERIES_MAX_DEFAULT;

/// Whether what is written to a file of this name is compressed with gzip.
#[must_use]
pub fn wants_gzip(file_name: &str) -> bool {
    file_name.ends_with(".gz")
}
