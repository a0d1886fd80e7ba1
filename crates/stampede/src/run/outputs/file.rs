//! `--out json` and `--out csv`: samples in files or on standard output, as text.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use stampede_metrics::output::{CsvWriter, JsonWriter, TimeFormat, wants_gzip};
use stampede_metrics::{MetricPlan, Sample};
use stampede_script::Output;

/// Opens `json=FILE`.
pub(super) fn json(target: &str, metrics: &Arc<MetricPlan>) -> Result<Box<dyn Output>, String> {
    Ok(Box::new(ToFile {
        out: writer(target)?,
        writer: JsonWriter::new(Arc::clone(metrics)),
        encode: JsonWriter::write,
    }))
}

/// Opens `csv=FILE`, or `csv=fileName=FILE,timeFormat=FORMAT`.
pub(super) fn csv(
    target: &str,
    metrics: &Arc<MetricPlan>,
    tags: &[&str],
) -> Result<Box<dyn Output>, String> {
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
