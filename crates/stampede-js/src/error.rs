//! What goes wrong in a script, told so that its writer finds the line.
//!
//! Invariants: an error that has a stack names the file, line and column of its first frame that
//! belongs to a file of the user's.

use std::fmt;

use rquickjs::{Ctx, Exception, Value};

use crate::raw::Kept;

/// The place of `GoError.prototype` in a runtime's [`Kept`] values.
pub(crate) const GO_ERROR: usize = 0;

/// Lines of a stack that an error keeps.
const STACK_LINES_MAX: usize = 30;

/// How a script's code failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptErrorKind {
    /// An exception that the script threw or did not catch.
    Exception,
    /// A module is not JavaScript, or its exports and imports do not fit.
    Syntax,
    /// A module that is imported does not exist or cannot be read.
    Module,
    /// The script lacks something that a run needs, such as a default export.
    Shape,
    /// The call was told to stop.
    Interrupted,
    /// The script called `test.abort()`.
    Aborted,
    /// The virtual user needed more memory than it may have.
    OutOfMemory,
    /// The operating system refused a stack for the virtual user.
    Resources,
}

/// A place in a source file; lines and columns count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The module's name, `file:///…` for files.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
    /// The text of that line, when the module's source is at hand.
    pub source_line: Option<String>,
}

/// A script's code failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// How it failed.
    pub kind: ScriptErrorKind,
    /// The error's name and message, as JavaScript writes them (`TypeError: …`).
    pub message: String,
    /// The frames, one per line, without the message; empty when there are none.
    pub stack: String,
    /// Where it happened.
    pub place: Option<Place>,
}

impl ScriptError {
    pub(crate) fn new(kind: ScriptErrorKind, message: impl Into<String>) -> ScriptError {
        ScriptError {
            kind,
            message: message.into(),
            stack: String::new(),
            place: None,
        }
    }

    pub(crate) fn interrupted() -> ScriptError {
        ScriptError::new(ScriptErrorKind::Interrupted, "the call was told to stop")
    }

    /// Describes what a call into a runtime answered; takes the pending exception.
    pub(crate) fn caught(ctx: &Ctx<'_>, error: &rquickjs::Error) -> ScriptError {
        match error {
            rquickjs::Error::Exception => ScriptError::thrown(&ctx.catch()),
            rquickjs::Error::Allocation => out_of_memory(),
            other => ScriptError::new(ScriptErrorKind::Exception, other.to_string()),
        }
    }

    /// Describes a thrown value.
    pub(crate) fn thrown(value: &Value<'_>) -> ScriptError {
        let Some(exception) = value.as_object().cloned().and_then(Exception::from_object) else {
            let text = crate::args::to_text(value.ctx(), value).unwrap_or_default();
            return ScriptError::new(ScriptErrorKind::Exception, text);
        };
        let object = exception.as_object();
        let name: String = object.get("name").unwrap_or_default();
        let text: String = object.get("message").unwrap_or_default();
        if name == "InternalError" && text == "out of memory" {
            return out_of_memory();
        }
        let kind = match name.as_str() {
            "SyntaxError" => ScriptErrorKind::Syntax,
            _ => ScriptErrorKind::Exception,
        };
        let message = match (name.is_empty(), text.is_empty()) {
            (true, _) => text,
            (false, true) => name,
            (false, false) => format!("{name}: {text}"),
        };
        let raw: String = object.get("stack").unwrap_or_default();
        let stack = frames(&raw);
        let mut places = stack.lines().filter_map(place_of);
        // JSON that a script parses has places too, which are not in any file.
        let place = places.find(|place| place.file.starts_with("file://"));
        ScriptError {
            kind,
            message,
            stack,
            place,
        }
    }

    /// Adds the text of the line at which it happened.
    pub(crate) fn with_source(mut self, source: impl Fn(&str) -> Option<String>) -> ScriptError {
        if let Some(place) = &mut self.place
            && place.source_line.is_none()
            && let Some(text) = source(&place.file)
        {
            let idx = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
            place.source_line = text.lines().nth(idx).map(str::to_owned);
        }
        self
    }

    /// The message, the frames, and the source line with a caret under the column.
    #[must_use]
    pub fn full(&self) -> String {
        let mut text = self.message.clone();
        for frame in self.stack.lines() {
            text.push_str("\n\t");
            text.push_str(frame);
        }
        if let Some(place) = &self.place
            && let Some(line) = &place.source_line
        {
            let shown = line.trim_end().replace('\t', " ");
            let before = usize::try_from(place.column.saturating_sub(1)).unwrap_or(0);
            let caret = format!("{}^", " ".repeat(before.min(shown.chars().count())));
            let number = place.line.to_string();
            let margin = " ".repeat(number.len());
            text.push_str(&format!("\n\n{number} | {shown}\n{margin} | {caret}"));
        }
        text
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

pub(crate) fn out_of_memory() -> ScriptError {
    ScriptError::new(
        ScriptErrorKind::OutOfMemory,
        "this virtual user needed more memory than one may have; keep shared data in a \
         SharedArray, or raise the limit",
    )
}

/// The frames of a stack as QuickJS writes it, without those of native code's plumbing.
fn frames(raw: &str) -> String {
    let lines = raw.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.contains("stampede:"));
    lines.take(STACK_LINES_MAX).collect::<Vec<_>>().join("\n")
}

/// The place in a frame such as `at name (file:///a.js:3:7)` or `at file:///a.js:3:7`.
fn place_of(frame: &str) -> Option<Place> {
    let inside = frame.strip_prefix("at ")?;
    let inside = match inside.rfind('(') {
        Some(open) => inside[open + 1..].trim_end_matches(')'),
        None => inside,
    };
    let (rest, column) = inside.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Place {
        file: file.to_owned(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
        source_line: None,
    })
}

/// Throws the kind of error that native functions throw for a script's mistakes.
pub(crate) fn throw_go(ctx: &Ctx<'_>, message: &str) -> rquickjs::Error {
    match Exception::from_message(ctx.clone(), message) {
        Ok(exception) => {
            let object = exception.into_object();
            let prototype = Kept::value(ctx, GO_ERROR);
            if let Err(error) = object.set_prototype(prototype.as_object()) {
                return error;
            }
            ctx.throw(object.into_value())
        }
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_tells_its_place() {
        let place = place_of("at default (file:///tmp/a b.js:3:17)").unwrap();
        assert_eq!(place.to_string(), "file:///tmp/a b.js:3:17");
        assert_eq!(place_of("at file:///x.js:1:2").unwrap().line, 1);
        assert!(place_of("at check (native)").is_none());
    }

    #[test]
    fn the_full_text_points_at_the_column() {
        let error = ScriptError {
            kind: ScriptErrorKind::Exception,
            message: "TypeError: no".to_owned(),
            stack: "at f (file:///a.js:2:3)".to_owned(),
            place: place_of("at f (file:///a.js:2:3)"),
        };
        let error = error.with_source(|_| Some("one\n  boom();\n".to_owned()));
        assert_eq!(
            error.full(),
            "TypeError: no\n\tat f (file:///a.js:2:3)\n\n2 |   boom();\n  |   ^"
        );
    }
}
