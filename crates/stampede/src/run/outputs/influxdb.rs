//! `--out influxdb=URL/DB`: lines for version 1 of InfluxDB, and what speaks like it.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use stampede_http::{ClientOptions, Url};
use stampede_metrics::Sample;
use stampede_metrics::output::{InfluxPrecision, InfluxWriter};
use stampede_script::Output;

use super::push::{Encoder, Http, Plan, Push, Route};
use super::settings::Variables;
use super::{Context, Refused, push};

const NAME: &str = "influxdb";
const ADDRESS_DEFAULT: &str = "http://localhost:8086";
const DATABASE_DEFAULT: &str = "k6";
const INTERVAL_DEFAULT: Duration = Duration::from_secs(1);
const WRITES_DEFAULT: usize = 4;
const WRITES_MAX: usize = 256;
/// The size at which a request is full, in bytes.
const REQUEST_BYTES: usize = 4 << 20;
/// Full requests that may wait.
const REQUESTS_MAX: usize = 16;

/// What the variables and the argument say.
struct Settings {
    url: Url,
    database: String,
    username: Option<String>,
    password: Option<String>,
    insecure: bool,
    interval: Duration,
    writes_max: usize,
    precision: InfluxPrecision,
    retention: String,
    consistency: String,
    tags_as_fields: Option<Vec<String>>,
}

/// Opens the output. `target` is what follows `influxdb=`: an address with the database as path,
/// or a database alone.
///
/// # Errors
/// All settings that make no sense.
pub(super) fn open(
    target: &str,
    variables: &Variables<'_>,
    context: &Context<'_>,
) -> Result<Box<dyn Output>, Refused> {
    let settings = settings(target, variables);
    let fields = settings.tags_as_fields.as_ref();
    let fields: Option<Vec<&str>> =
        fields.map(|fields| fields.iter().map(String::as_str).collect());
    let writer = InfluxWriter::new(Arc::clone(context.metrics), fields.as_deref());
    if let Err(error) = &writer {
        variables.problem(format!("K6_INFLUXDB_TAGS_AS_FIELDS: {error}"));
    }
    let mut options = ClientOptions::new();
    options.tls.insecure_skip_verify = settings.insecure;
    let http = Http::new(settings.write_url(), settings.headers(), options);
    if let Err(error) = &http {
        variables.problem(error.clone());
    }
    variables.check(NAME)?;
    let (Ok(writer), Ok(mut http)) = (writer, http) else {
        unreachable!("both were checked");
    };
    http.greeting = Some(settings.create_url());
    let encoder = Lines {
        writer: writer.with_precision(settings.precision),
        open: Push {
            body: Vec::new(),
            samples: 0,
        },
        full: VecDeque::new(),
        dropped: 0,
    };
    let plan = Plan {
        name: NAME,
        route: Route::Http(http),
        interval: settings.interval,
        in_flight_max: settings.writes_max,
        end_timeout: push::END_TIMEOUT,
    };
    Ok(push::start(plan, Box::new(encoder), context.log)?)
}

fn settings(target: &str, variables: &Variables<'_>) -> Settings {
    let text = |name| variables.text(name).map(str::to_owned);
    let mut settings = Settings {
        url: Url::default(),
        database: variables
            .text_or("K6_INFLUXDB_DB", DATABASE_DEFAULT)
            .to_owned(),
        username: text("K6_INFLUXDB_USERNAME"),
        password: text("K6_INFLUXDB_PASSWORD"),
        insecure: variables.switch("K6_INFLUXDB_INSECURE"),
        interval: variables.interval("K6_INFLUXDB_PUSH_INTERVAL", INTERVAL_DEFAULT),
        writes_max: WRITES_DEFAULT,
        precision: InfluxPrecision::default(),
        retention: text("K6_INFLUXDB_RETENTION").unwrap_or_default(),
        consistency: text("K6_INFLUXDB_CONSISTENCY").unwrap_or_default(),
        tags_as_fields: text("K6_INFLUXDB_TAGS_AS_FIELDS").map(|text| list(&text)),
    };
    if let Some(text) = variables.text("K6_INFLUXDB_CONCURRENT_WRITES") {
        settings.writes_max = variables.count_of("K6_INFLUXDB_CONCURRENT_WRITES", text, WRITES_MAX);
    }
    if let Some(text) = variables.text("K6_INFLUXDB_PRECISION") {
        settings.precision = precision("K6_INFLUXDB_PRECISION", text, variables);
    }
    if variables.text("K6_INFLUXDB_PROXY").is_some() {
        let problem = "K6_INFLUXDB_PROXY: this output connects without a proxy; unset it";
        variables.problem(problem.to_owned());
    }
    let mut address = variables.text_or("K6_INFLUXDB_ADDR", ADDRESS_DEFAULT);
    match target.split_once("://") {
        Some(_) => address = target,
        None if !target.is_empty() => target.clone_into(&mut settings.database),
        None => {}
    }
    match Url::parse(address) {
        Ok(url) if matches!(&*url.scheme, "http" | "https") && !url.host.is_empty() => {
            settings.take_address(url, variables);
        }
        _ => variables.problem(format!(
            "{address:?} is no address that lines can be sent to; write \
             http://HOST:PORT/DATABASE or https://…"
        )),
    }
    settings
}

impl Settings {
    fn take_address(&mut self, url: Url, variables: &Variables<'_>) {
        let path = url.path.trim_matches('/');
        if !path.is_empty() {
            self.database = unescaped(path);
        }
        if url.username.is_some() {
            self.username.clone_from(&url.username);
            self.password.clone_from(&url.password);
        }
        for pair in url.query.as_deref().unwrap_or_default().split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = &*unescaped(value);
            match key {
                "" => {}
                "insecure" => self.insecure = matches!(value, "true" | "1" | ""),
                // Only for datagrams, which nobody sends here.
                "payload_size" => {}
                "precision" => self.precision = precision("precision", value, variables),
                "retention" => value.clone_into(&mut self.retention),
                "consistency" => value.clone_into(&mut self.consistency),
                "pushInterval" => {
                    self.interval = variables.interval_of(key, value, INTERVAL_DEFAULT);
                }
                "concurrentWrites" => {
                    self.writes_max = variables.count_of(key, value, WRITES_MAX);
                }
                "tagsAsFields" => self.tags_as_fields = Some(list(value)),
                other => variables.problem(format!(
                    "the address has the parameter {other:?}, which is not known; use insecure, \
                     precision, retention, consistency, pushInterval, concurrentWrites or \
                     tagsAsFields"
                )),
            }
        }
        self.url = url;
    }

    fn origin(&self) -> String {
        format!("{}://{}", self.url.scheme, self.url.authority())
    }

    fn write_url(&self) -> String {
        format!(
            "{}/write?consistency={}&db={}&precision={}&rp={}",
            self.origin(),
            escaped(&self.consistency),
            escaped(&self.database),
            self.precision.name(),
            escaped(&self.retention),
        )
    }

    /// Where the database is made if it is not there yet.
    fn create_url(&self) -> String {
        let statement = format!("CREATE DATABASE {}", self.database);
        format!(
            "{}/query?db=&params=%7B%7D&q={}",
            self.origin(),
            escaped(&statement)
        )
    }

    fn headers(&self) -> Vec<(String, String)> {
        let Some(username) = &self.username else {
            return Vec::new();
        };
        let password = self.password.as_deref().unwrap_or_default();
        vec![push::basic_auth(username, password)]
    }
}

fn precision(name: &str, text: &str, variables: &Variables<'_>) -> InfluxPrecision {
    InfluxPrecision::parse(text).unwrap_or_else(|| {
        variables.problem(format!("{name}={text}: write ns, us, ms, s, m or h"));
        InfluxPrecision::default()
    })
}

fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// A part of an address as it was before it was escaped.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |idx: usize| after.get(idx).and_then(|&b| char::from(b).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A text as the value of a query's parameter.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            // Text is written to memory.
            other => write!(escaped, "%{other:02X}").unwrap_or_default(),
        }
    }
    escaped
}

/// Lines that wait, in requests of a bounded size.
struct Lines {
    writer: InfluxWriter,
    /// The request that is being filled.
    open: Push,
    /// Requests that are full.
    full: VecDeque<Push>,
    dropped: u64,
}

impl Encoder for Lines {
    fn add(&mut self, samples: &[Sample]) {
        for sample in samples {
            if self.open.body.len() >= REQUEST_BYTES {
                if self.full.len() >= REQUESTS_MAX {
                    self.dropped += 1;
                    continue;
                }
                let full = std::mem::replace(
                    &mut self.open,
                    Push {
                        body: Vec::new(),
                        samples: 0,
                    },
                );
                self.full.push_back(full);
            }
            self.writer.write(sample, &mut self.open.body);
            self.open.samples += 1;
        }
    }

    fn take(&mut self) -> Option<Push> {
        if let Some(push) = self.full.pop_front() {
            return Some(push);
        }
        if self.open.samples == 0 {
            return None;
        }
        let empty = Push {
            body: Vec::new(),
            samples: 0,
        };
        Some(std::mem::replace(&mut self.open, empty))
    }

    fn dropped(&self) -> u64 {
        self.dropped
    }

    fn waiting(&self) -> u64 {
        self.open.samples + self.full.iter().map(|push| push.samples).sum::<u64>()
    }
}
