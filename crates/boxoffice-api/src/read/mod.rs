//! Reads JSON as the API means it, and says in the API's words what is wrong with it.
//!
//! Invariants:
//! * What the API calls an object is one: a list of its members' values, which serde would take,
//!   is refused wherever it stands.
//! * A refusal names the place, and no type, trait or word of Rust.
//! * Nothing of the body is repeated in a refusal but names of members, and those are cut.

mod strict;

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::Fault;
use strict::{Strict, Trail};

/// Characters of a member's name that a refusal repeats.
const NAME_CHARS_MAX: usize = 64;

/// A text that is not JSON of the right shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// Where, and what; `None` if the text is not JSON at all.
    fault: Option<Fault>,
    /// What is wrong with the JSON, if there is no fault.
    syntax: String,
    line: usize,
    column: usize,
}

/// Reads one JSON value.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, Misread> {
    match attempt(text, None) {
        Ok(value) => Ok(value),
        // Only what is refused is read with an eye on where we are.
        Err(_without_place) => {
            let trail = Trail::default();
            match attempt(text, Some(&trail)) {
                Ok(value) => Ok(value),
                Err(error) => Err(Misread::new(&error, &trail)),
            }
        }
    }
}

fn attempt<T: DeserializeOwned>(
    text: &[u8],
    trail: Option<&Trail>,
) -> Result<T, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = T::deserialize(Strict::new(&mut reader, trail))?;
    reader.end()?;
    Ok(value)
}

impl Misread {
    /// What is wrong with the shape, if the text is JSON.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    fn new(error: &serde_json::Error, trail: &Trail) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let text = text.strip_suffix(&place).unwrap_or(&text);
        let is_shape = match error.classify() {
            Category::Data => true,
            Category::Io | Category::Syntax | Category::Eof => false,
        };
        Self {
            fault: is_shape.then(|| fault(text, trail)),
            syntax: if is_shape {
                String::new()
            } else {
                text.to_owned()
            },
            line,
            column,
        }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Some(Fault { pointer, detail }) if pointer.is_empty() => write!(f, "it {detail}")?,
            Some(Fault { pointer, detail }) => write!(f, "{pointer} {detail}")?,
            None => f.write_str(&self.syntax)?,
        }
        write!(f, ", at line {} column {}", self.line, self.column)
    }
}

impl std::error::Error for Misread {}

/// A complaint of serde about a shape, as a fault.
fn fault(text: &str, trail: &Trail) -> Fault {
    if let Some(rest) = text.strip_prefix("missing field `") {
        let name = rest.trim_end_matches('`');
        return Fault {
            pointer: trail.pointer(),
            detail: format!("lacks the member `{name}`"),
        };
    }
    if text.starts_with("unknown field `") {
        // What the name itself looks like cannot confuse this: our own names stand last.
        let known = text.rsplit_once(", expected ").map(|(_, known)| known);
        let known = known.map(|known| known.strip_prefix("one of ").unwrap_or(known));
        let known = known.map(|known| known.replace(" or ", ", "));
        let detail = match known {
            Some(known) => format!("is not known here; known members are {known}"),
            None => "is not known here; there are no members".to_owned(),
        };
        return Fault {
            pointer: trail.pointer_of_member(),
            detail,
        };
    }
    if text.starts_with("duplicate field `") {
        return Fault {
            pointer: trail.pointer_of_member(),
            detail: "is there twice".to_owned(),
        };
    }
    let mismatch = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .and_then(|mismatch| mismatch.rsplit_once(", expected "));
    let detail = match mismatch {
        Some((is, must)) => format!("must be {}, and is {}", wanted(must), found(is)),
        // A complaint of a reader of our own, in our words already.
        None => text.to_owned(),
    };
    Fault {
        pointer: trail.pointer(),
        detail,
    }
}

/// What was expected, where serde has its own word for it.
fn wanted(must: &str) -> &str {
    match must {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if must.starts_with("struct ") => "an object",
        _ => must,
    }
}

/// What was there instead, without the caller's own words.
fn found(is: &str) -> &str {
    let kinds = [
        ("sequence", "a list"),
        ("map", "an object"),
        ("string", "a text"),
        ("boolean", "a truth value"),
        ("integer", "a whole number"),
        (
            "floating point",
            "a number with a fraction, an exponent or too many digits",
        ),
        ("null", "null"),
    ];
    let kind = kinds.iter().find(|(kind, _)| is.starts_with(kind));
    kind.map_or("something else", |(_, word)| word)
}

/// A member's name as a refusal repeats it.
fn cut(name: &str) -> String {
    let mut chars = name.chars();
    let mut kept: String = chars.by_ref().take(NAME_CHARS_MAX).collect();
    if chars.next().is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(default)]
        inner: Vec<Inner>,
        #[serde(default)]
        one: Option<Inner>,
        #[serde(default)]
        text: Option<String>,
        #[serde(default)]
        open: bool,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        n: i64,
        #[serde(default)]
        fence: Option<u64>,
    }

    #[track_caller]
    fn misread(text: &str) -> String {
        from_slice::<Outer>(text.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn every_fault_has_its_place_in_words_of_the_api() {
        for (text, told) in [
            ("[[]]", "it must be an object, and is a list"),
            ("7", "it must be an object, and is a whole number"),
            ("null", "it must be an object, and is null"),
            (r#"{"inner":{}}"#, "/inner must be a list, and is an object"),
            (
                r#"{"inner":[{"n":1},[1]]}"#,
                "/inner/1 must be an object, and is a list",
            ),
            (r#"{"one":[1,2]}"#, "/one must be an object, and is a list"),
            (r#"{"inner":[{"n":1},{}]}"#, "/inner/1 lacks the member `n`"),
            (
                r#"{"one":{"n":"1"}}"#,
                "/one/n must be a whole number, and is a text",
            ),
            (
                r#"{"one":{"n":1,"fence":-1}}"#,
                "/one/fence must be a whole number from 0, and is a whole number",
            ),
            (
                r#"{"one":{"n":1.5}}"#,
                "/one/n must be a whole number, and is a number with a fraction, an exponent or \
                 too many digits",
            ),
            (r#"{"text":["a"]}"#, "/text must be a text, and is a list"),
            (
                r#"{"open":1}"#,
                "/open must be true or false, and is a whole number",
            ),
            (
                r#"{"open":"yes, expected struct Foo"}"#,
                "/open must be true or false, and is a text",
            ),
            (
                r#"{"one":{"m/":1}}"#,
                "/one/m~1 is not known here; known members are `n`, `fence`",
            ),
            (r#"{"open":true,"open":true}"#, "/open is there twice"),
        ] {
            let found = misread(text);
            let (found, place) = found.rsplit_once(", at line ").unwrap();
            assert_eq!(found, told, "{text}");
            assert!(place.starts_with("1 column "), "{place}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place_only() {
        for text in ["", "{", "{'a':1}", "{} x", "{\"text\":\"\\ud800\"}"] {
            let misread = from_slice::<Outer>(text.as_bytes()).unwrap_err();
            assert_eq!(misread.fault(), None, "{text}");
            assert!(
                misread.to_string().contains(", at line 1 column "),
                "{text}"
            );
        }
    }

    #[test]
    fn a_long_name_is_cut_and_long_values_are_not_repeated() {
        let long = "x".repeat(10_000);
        let told = misread(&format!(r#"{{"{long}":1}}"#));
        assert!(told.len() < 300, "{told}");
        assert!(told.contains('…'), "{told}");
        let told = misread(&format!(r#"{{"open":"{long}"}}"#));
        assert!(told.len() < 300, "{told}");
    }

    #[test]
    fn what_is_right_is_read_as_it_is() {
        let text = r#"{"inner":[{"n":1}],"one":{"n":-2,"fence":3},"text":"a\u0062","open":true}"#;
        let read: Outer = from_slice(text.as_bytes()).unwrap();
        assert_eq!(read, serde_json::from_str(text).unwrap());
    }
}
