//! The log of a run: lines of the script and of the run itself, as text, JSON or bare messages.
//!
//! Invariants: a line is written in one piece, whichever thread it comes from.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use jiff::Timestamp;
use stampede_js::{Entry, Level, LogSink};

use super::screen::Screen;

/// What stands in place of a secret, as k6 writes it.
const REDACTED: &str = "***SECRET_REDACTED***";

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `time="…" level=info msg=…`
    Text,
    /// `INFO[0003] …`, for a terminal.
    Terminal {
        /// Whether the level has a colour.
        colours: bool,
    },
    /// One JSON object.
    Json,
    /// The message alone.
    Raw,
}

/// A log.
pub(crate) struct Log {
    out: Mutex<Box<dyn Write + Send>>,
    /// Whether `out` is a terminal, where lines go above the status.
    is_terminal: bool,
    screen: Arc<Screen>,
    /// Where `console` goes, if not to the log.
    console: Option<Mutex<File>>,
    format: Format,
    started: Instant,
    is_verbose: bool,
    /// Texts that no line may show.
    hidden: RwLock<Vec<String>>,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl Log {
    /// Opens a log by k6's names of outputs and formats.
    ///
    /// # Errors
    /// A name that is not one of them, or a file that cannot be opened: the text for the user.
    pub(crate) fn open(
        output: Option<&str>,
        format: Option<&str>,
        console: Option<&Path>,
        no_color: bool,
        is_verbose: bool,
    ) -> Result<Log, String> {
        let create = |path: &Path| {
            File::create(path).map_err(|error| format!("cannot write {}: {error}", path.display()))
        };
        let output = output.unwrap_or("stderr");
        let (out, is_terminal): (Box<dyn Write + Send>, bool) = match output {
            "stderr" => (Box::new(io::stderr()), io::stderr().is_terminal()),
            "stdout" => (Box::new(io::stdout()), io::stdout().is_terminal()),
            "none" => (Box::new(io::sink()), false),
            other => match other.strip_prefix("file=") {
                Some(path) => (Box::new(create(Path::new(path))?), false),
                None => {
                    return Err(format!(
                        "--log-output {other:?} is not known; use stderr, stdout, none or file=PATH"
                    ));
                }
            },
        };
        let format = match format {
            None | Some("text") if is_terminal => Format::Terminal { colours: !no_color },
            None | Some("text") => Format::Text,
            Some("json") => Format::Json,
            Some("raw") => Format::Raw,
            Some(other) => {
                return Err(format!(
                    "--log-format {other:?} is not known; use text, json or raw"
                ));
            }
        };
        Ok(Log {
            out: Mutex::new(out),
            is_terminal,
            screen: Arc::default(),
            console: console.map(create).transpose()?.map(Mutex::new),
            format,
            started: Instant::now(),
            is_verbose,
            hidden: RwLock::default(),
        })
    }

    /// The terminal that the lines go to, for the status below them.
    pub(super) fn screen(&self) -> Arc<Screen> {
        Arc::clone(&self.screen)
    }

    /// A line of the run itself.
    pub(crate) fn say(&self, level: Level, message: &str) {
        self.log(&Entry {
            level,
            message,
            fields: &[],
            is_console: false,
        });
    }
}

impl LogSink for Log {
    fn log(&self, entry: &Entry<'_>) {
        if entry.level == Level::Debug && !self.is_verbose {
            return;
        }
        let hidden = self.hidden.read().unwrap_or_else(PoisonError::into_inner);
        if hidden.is_empty() {
            return self.write(entry);
        }
        let shown = |text| without(text, &hidden);
        let fields = entry.fields.iter();
        let fields: Vec<_> = fields.map(|(name, value)| (*name, shown(value))).collect();
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        self.write(&Entry {
            message: &shown(entry.message),
            fields: &fields,
            ..*entry
        });
    }

    fn hide(&self, secret: &str) {
        let mut hidden = self.hidden.write().unwrap_or_else(PoisonError::into_inner);
        if !secret.is_empty() && !hidden.iter().any(|known| known == secret) {
            hidden.push(secret.to_owned());
            // The longer first: one may be a part of another.
            hidden.sort_unstable_by_key(|known| std::cmp::Reverse(known.len()));
        }
    }
}

/// A text with stars in place of what is hidden.
fn without<'a>(text: &'a str, hidden: &[String]) -> Cow<'a, str> {
    let mut shown = Cow::Borrowed(text);
    for secret in hidden {
        if shown.contains(secret.as_str()) {
            shown = Cow::Owned(shown.replace(secret.as_str(), REDACTED));
        }
    }
    shown
}

impl Log {
    fn write(&self, entry: &Entry<'_>) {
        if entry.is_console
            && let Some(console) = &self.console
        {
            let line = text(entry);
            let mut console = console.lock().unwrap_or_else(PoisonError::into_inner);
            // There is nobody to tell that a log cannot be written.
            console.write_all(line.as_bytes()).unwrap_or_default();
            return;
        }
        let line = match self.format {
            Format::Text => text(entry),
            Format::Terminal { colours } => terminal(entry, self.started, colours),
            Format::Json => json(entry),
            Format::Raw => format!("{}\n", entry.message),
        };
        let write = || {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            out.write_all(line.as_bytes()).unwrap_or_default();
        };
        if self.is_terminal {
            self.screen.above(write);
        } else {
            write();
        }
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warning",
        Level::Error => "error",
    }
}

/// The fields of an entry by name, with what marks its source.
fn fields<'a>(entry: &Entry<'a>) -> Vec<(&'a str, &'a str)> {
    let mut fields = entry.fields.to_vec();
    if entry.is_console {
        fields.push(("source", "console"));
    }
    fields.sort_unstable();
    fields
}

fn now() -> String {
    // Whole seconds: a log is for people.
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second())
        .unwrap_or(now)
        .to_string()
}

fn text(entry: &Entry<'_>) -> String {
    let mut line = format!(
        "time={:?} level={} msg={}",
        now(),
        name(entry.level),
        quoted(entry.message)
    );
    for (key, value) in fields(entry) {
        // Text is written to memory.
        write!(line, " {key}={}", quoted(value)).unwrap_or_default();
    }
    line.push('\n');
    line
}

fn terminal(entry: &Entry<'_>, started: Instant, colours: bool) -> String {
    let (word, colour) = match entry.level {
        Level::Debug => ("DEBU", 37),
        Level::Info => ("INFO", 36),
        Level::Warn => ("WARN", 33),
        Level::Error => ("ERRO", 31),
    };
    let seconds = started.elapsed().as_secs();
    let paint = |text: &str| {
        if colours {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let mut line = format!("{}[{seconds:04}] {:<44} ", paint(word), entry.message);
    for (key, value) in fields(entry) {
        write!(line, " {}={}", paint(key), quoted(value)).unwrap_or_default();
    }
    line.push('\n');
    line
}

fn json(entry: &Entry<'_>) -> String {
    let mut object = serde_json::Map::new();
    for (key, value) in fields(entry) {
        object.insert(key.to_owned(), value.into());
    }
    object.insert("level".to_owned(), name(entry.level).into());
    object.insert("msg".to_owned(), entry.message.into());
    object.insert("time".to_owned(), now().into());
    format!("{}\n", serde_json::Value::Object(object))
}

/// A value as it stands in a line of `key=value`: in quotes unless it is one plain word.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/@^+".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => write!(quoted, "\\x{:02x}", u32::from(c)).unwrap_or_default(),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_unless_it_is_one_plain_word() {
        assert_eq!(quoted("hi"), "hi");
        assert_eq!(quoted("a b"), r#""a b""#);
        assert_eq!(quoted("one\n\t\"two\""), r#""one\n\t\"two\"""#);
        assert_eq!(quoted(""), r#""""#);
    }

    #[test]
    fn what_is_hidden_is_in_no_line() {
        let hidden = ["first-secret".to_owned(), "first".to_owned()];
        assert_eq!(
            without("a first-secret, the first", &hidden),
            format!("a {REDACTED}, the {REDACTED}")
        );
        assert!(matches!(without("none", &hidden), Cow::Borrowed("none")));
    }

    #[test]
    fn the_fields_of_a_line_follow_in_order() {
        let entry = Entry {
            level: Level::Info,
            message: "hi there",
            fields: &[("z", "1"), ("a", "2")],
            is_console: true,
        };
        let line = text(&entry);
        let rest = line.split_once(" level=").unwrap().1;
        assert_eq!(rest, "info msg=\"hi there\" a=2 source=console z=1\n");
        let json: serde_json::Value = serde_json::from_str(&json(&entry)).unwrap();
        assert_eq!(json["msg"], "hi there");
        assert_eq!(json["source"], "console");
    }
}
