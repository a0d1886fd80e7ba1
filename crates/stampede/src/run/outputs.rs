//! The outputs of `--out`, by k6's names.
//!
//! Invariant: every output that cannot be had is reported before the run, all at once.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use stampede_metrics::output::{CsvWriter, JsonWriter, TimeFormat, wants_gzip};
use stampede_metrics::{MetricPlan, Sample};
use stampede_script::Output;

use crate::exit::Exit;

/// What k6 names and we do not write, with what to use instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "cloud",
        "results are not sent to a cloud service; use json=FILE, csv=FILE or --summary-export FILE",
    ),
    (
        "influxdb",
        "this output is not built in yet; use json=FILE or csv=FILE and load that",
    ),
    (
        "experimental-prometheus-rw",
        "this output is not built in yet; use json=FILE or csv=FILE and load that",
    ),
    (
        "opentelemetry",
        "this output is not built in yet; use json=FILE or csv=FILE and load that",
    ),
    (
        "experimental-opentelemetry",
        "this output is not built in yet; use json=FILE or csv=FILE and load that",
    ),
    (
        "web-dashboard",
        "the report is not built in yet; use --summary-export FILE",
    ),
    (
        "dashboard",
        "the report is not built in yet; use --summary-export FILE",
    ),
];

/// Opens the outputs of these arguments, such as `json=out.json`.
///
/// # Errors
/// A line for each that cannot be had, and how to exit.
pub(crate) fn open(
    arguments: &[String],
    metrics: &Arc<MetricPlan>,
    tags: &[&str],
) -> Result<Vec<Box<dyn Output>>, (String, Exit)> {
    let mut outputs = Vec::new();
    let mut problems = Vec::new();
    let mut exit = Exit::Unknown;
    for argument in arguments {
        match open_one(argument, metrics, tags) {
            Ok(output) => outputs.push(output),
            Err(problem) => {
                let kind = argument.split('=').next().unwrap_or_default();
                if ELSEWHERE.iter().any(|(name, _)| *name == kind) {
                    exit = Exit::Script;
                }
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() {
        Ok(outputs)
    } else {
        Err((problems.join("\n"), exit))
    }
}

fn open_one(
    argument: &str,
    metrics: &Arc<MetricPlan>,
    tags: &[&str],
) -> Result<Box<dyn Output>, String> {
    let (kind, target) = argument.split_once('=').unwrap_or((argument, ""));
    match kind {
        "json" => Ok(Box::new(ToFile {
            out: writer(target)?,
            writer: JsonWriter::new(Arc::clone(metrics)),
            encode: JsonWriter::write,
        })),
        "csv" => {
            let mut path = "file.csv";
            let mut format = TimeFormat::default();
            for part in target.split(',').filter(|part| !part.is_empty()) {
                match part.split_once('=') {
                    Some(("fileName" | "file_name", name)) => path = name,
                    Some(("timeFormat" | "time_format", name)) => {
                        format = TimeFormat::parse(name).map_err(|error| error.to_string())?;
                    }
                    Some(("saveInterval" | "save_interval", _)) => {}
                    Some((key, _)) => {
                        return Err(format!(
                            "--out csv: {key} is not known; use fileName, timeFormat, saveInterval"
                        ));
                    }
                    None => path = part,
                }
            }
            let mut out = writer(path)?;
            let writer = CsvWriter::new(Arc::clone(metrics), tags, format);
            let mut head = Vec::new();
            writer.write_header(&mut head);
            out.write(&head)
                .map_err(|error| format!("cannot write {path}: {error}"))?;
            Ok(Box::new(ToFile {
                out,
                writer,
                encode: CsvWriter::write,
            }))
        }
        _ => Err(match ELSEWHERE.iter().find(|(name, _)| *name == kind) {
            Some((name, advice)) => format!("--out {name}: {advice}"),
            None => format!("--out {kind}: there is no such output; use json=FILE or csv=FILE"),
        }),
    }
}

/// A file, compressed if its name says so; `-` or nothing is standard output.
enum Sink {
    Plain(BufWriter<Box<dyn Write + Send>>),
    Gzip(Option<GzEncoder<BufWriter<Box<dyn Write + Send>>>>),
}

impl Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Sink::Plain(out) => out.write_all(bytes),
            Sink::Gzip(Some(out)) => out.write_all(bytes),
            Sink::Gzip(None) => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self {
            Sink::Plain(out) => out.flush(),
            Sink::Gzip(out) => match out.take() {
                Some(out) => out.finish()?.flush(),
                None => Ok(()),
            },
        }
    }
}

fn writer(path: &str) -> Result<Sink, String> {
    let out: Box<dyn Write + Send> = match path {
        "" | "-" => Box::new(io::stdout()),
        path => Box::new(
            File::create(Path::new(path))
                .map_err(|error| format!("cannot write {path}: {error}"))?,
        ),
    };
    let out = BufWriter::with_capacity(1 << 16, out);
    if wants_gzip(path) {
        Ok(Sink::Gzip(Some(GzEncoder::new(out, Compression::fast()))))
    } else {
        Ok(Sink::Plain(out))
    }
}

struct ToFile<W> {
    out: Sink,
    writer: W,
    encode: fn(&mut W, &Sample, &mut Vec<u8>),
}

impl<W: Send> Output for ToFile<W> {
    fn write(&mut self, samples: &[Sample]) -> Result<(), String> {
        let mut text = Vec::new();
        for sample in samples {
            (self.encode)(&mut self.writer, sample, &mut text);
        }
        self.out
            .write(&text)
            .map_err(|error| format!("samples are lost: {error}"))
    }

    fn finish(&mut self) -> Result<(), String> {
        self.out
            .finish()
            .map_err(|error| format!("samples are lost: {error}"))
    }
}
