//! What kind of text a module is, and the text that the engine compiles for it.
//!
//! Invariants: lines and columns of the compiled text are those of the file.

use std::path::Path;

/// A file of the user's, ready to be compiled.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An ECMAScript module.
    Module(String),
    /// A CommonJS module.
    Common(String),
    /// A JSON document.
    Json(String),
}

/// Reads a file's bytes as a module.
///
/// # Errors
/// What to tell the writer of the script.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<Source, String> {
    let text = text_of(path, bytes)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some("json") => return Ok(Source::Json(text.to_owned())),
        Some("ts" | "mts" | "cts") => {
            return crate::typescript::strip(path, text).map(Source::Module);
        }
        Some(_) | None => {}
    }
    Ok(if is_common(text) {
        Source::Common(text.to_owned())
    } else {
        Source::Module(text.to_owned())
    })
}

/// The bytes of a file as text.
///
/// # Errors
/// Where it stops being text: it is something else, or was saved in another encoding.
fn text_of<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, String> {
    let told = |at: usize, what: &str, mend: &str| {
        let before = &bytes[..at];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n');
        let column = String::from_utf8_lossy(&before[start.map_or(0, |at| at + 1)..]);
        let column = column.chars().count() + 1;
        let path = path.display();
        Err(format!(
            "{path} is no script that can be read: line {line}, column {column} has {what}; {mend}"
        ))
    };
    match std::str::from_utf8(bytes) {
        Err(error) => {
            let mend = "save it as UTF-8, or name the script if this is another kind of file";
            told(error.valid_up_to(), "a byte that is no UTF-8", mend)
        }
        Ok(text) => match text.find('\0') {
            Some(at) => told(at, "a zero byte", "in a string write \\0 instead"),
            None => Ok(text),
        },
    }
}

/// Whether a text is CommonJS: it uses its words, and has no `import` or `export` statement.
fn is_common(text: &str) -> bool {
    let words = ["require(", "module.exports", "exports."];
    words.iter().any(|word| text.contains(word)) && !has_module_syntax(text)
}

/// Whether some statement starts with `import` or `export`.
///
/// Statements are looked for at the start of lines and after `;` and `}`; the inside of comments is
/// skipped. That tells apart what people and bundlers write without a parser for the language.
fn has_module_syntax(text: &str) -> bool {
    let mut is_comment = false;
    for line in text.lines() {
        let mut rest = line.trim_start();
        if is_comment {
            let Some((_, after)) = rest.split_once("*/") else {
                continue;
            };
            is_comment = false;
            rest = after.trim_start();
        }
        while rest.starts_with("/*") {
            let Some((_, after)) = rest[2..].split_once("*/") else {
                is_comment = true;
                break;
            };
            rest = after.trim_start();
        }
        if is_comment || rest.starts_with("//") {
            continue;
        }
        if is_module_statement(rest) {
            return true;
        }
        let mut pieces = rest.split([';', '}']);
        pieces.next();
        if pieces.any(|piece| is_module_statement(piece.trim_start())) {
            return true;
        }
    }
    false
}

fn is_module_statement(text: &str) -> bool {
    let follows = |word: &str, next: &[char]| {
        text.strip_prefix(word)
            .is_some_and(|rest| rest.trim_start().starts_with(next) && !rest.starts_with('('))
    };
    let is_name = |c: char| c.is_alphabetic() || c == '_' || c == '$';
    let named_import = text.strip_prefix("import ").is_some_and(|rest| {
        rest.trim_start().starts_with(is_name) && (rest.contains(" from") || rest.contains(','))
    });
    let declared = [
        "default", "const", "let", "var", "function", "class", "async",
    ];
    let named_export = text.strip_prefix("export ").is_some_and(|rest| {
        declared
            .iter()
            .any(|word| rest.trim_start().starts_with(word))
    });
    named_import
        || named_export
        || follows("import", &['{', '*', '"', '\''])
        || follows("export", &['{', '*'])
}

/// Marks the name of a module of k6's whose namespace is imported as a whole.
///
/// It takes the place of the `k` in `k6/…`, so that columns stay.
pub(crate) const NAMESPACE_MARK: char = '\u{1}';

/// Marks what `import * as name from 'k6/…'` asks for, among the imports that a module starts with.
///
/// The namespace of such a module has no `default`, though `import name from` answers it.
pub(crate) fn mark_namespaces(text: &str) -> String {
    let mut marked = text.to_owned();
    let mut at = 0;
    while let Some(import) = Import::next(text, at) {
        if import.is_namespace && text[import.specifier..].starts_with("k6") {
            let letter = import.specifier..import.specifier + 1;
            marked.replace_range(letter, NAMESPACE_MARK.encode_utf8(&mut [0; 4]));
        }
        at = import.end;
    }
    marked
}

/// The line and the column, from 1, at which a module's text names another module.
pub(crate) fn place_of_import(text: &str, specifier: &str) -> Option<(usize, usize)> {
    let unmarked = specifier.strip_prefix(NAMESPACE_MARK);
    let specifier = unmarked.map_or_else(|| specifier.to_owned(), |rest| format!("k{rest}"));
    let mut at = 0;
    let mut found = None;
    while let Some(import) = Import::next(text, at) {
        if text[import.specifier..import.end - 1] == specifier {
            found = Some(import.specifier - 1);
            break;
        }
        at = import.end;
    }
    // Further down there are `export … from` and imports after other statements.
    let found = found.or_else(|| {
        let quotes = ["\"", "'"].iter();
        quotes
            .filter_map(|quote| text.find(&format!("{quote}{specifier}{quote}")))
            .min()
    })?;
    let before = &text[..found];
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = before.matches('\n').count() + 1;
    Some((line, before[line_start..].chars().count() + 1))
}

/// One `import` statement among those that a module starts with; places are in bytes.
struct Import {
    /// Where the module's name starts, after the quote.
    specifier: usize,
    /// Where the closing quote ends.
    end: usize,
    /// Whether it is `import * as name from`.
    is_namespace: bool,
}

impl Import {
    fn next(text: &str, from: usize) -> Option<Import> {
        let start = from + skipped(&text[from..]);
        let rest = text[start..].strip_prefix("import")?;
        let quote_at = rest.find(['"', '\'', ';', '('])?;
        let quote = rest[quote_at..]
            .chars()
            .next()
            .filter(|c| *c == '"' || *c == '\'')?;
        let clause = &rest[..quote_at];
        let specifier = start + "import".len() + quote_at + 1;
        let length = text[specifier..].find(quote)?;
        Some(Import {
            specifier,
            end: specifier + length + 1,
            is_namespace: clause.trim_start().starts_with('*'),
        })
    }
}

/// How many bytes of blanks, semicolons and comments a text starts with.
fn skipped(text: &str) -> usize {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        let comment = if rest.starts_with("//") {
            rest.find('\n')
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2)
        } else {
            return text.len() - rest.len();
        };
        rest = &rest[comment.unwrap_or(rest.len())..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_namespaces_of_k6_are_marked() {
        let text = "// é\nimport * as a from 'k6/http';/* x */import b, * as c from \"k6\"
            import*as d from\"k6\"
            import { e } from 'k6'; import './f.js'
            import * as g from './k6.js'
            import * as h from 'k6/ws'
            const i = `\nimport * as j from 'k6'`;";
        let marked = mark_namespaces(text);
        let expected = text
            .replace("a from 'k6", "a from '\u{1}6")
            .replace("as d from\"k6", "as d from\"\u{1}6")
            .replace("h from 'k6", "h from '\u{1}6");
        assert_eq!(marked, expected);
        assert_eq!(
            mark_namespaces("import * as x from 'k6"),
            "import * as x from 'k6"
        );
    }

    #[test]
    fn an_import_has_a_place() {
        let text = "// './a.js'\nimport b from './b.js';\n  import a from './a.js';\n\
            export * from \"./c.js\";";
        assert_eq!(place_of_import(text, "./a.js"), Some((3, 17)));
        assert_eq!(place_of_import(text, "./b.js"), Some((2, 15)));
        assert_eq!(place_of_import(text, "./c.js"), Some((4, 15)));
        assert_eq!(place_of_import(text, "./d.js"), None);
    }

    fn is_module(text: &str) -> bool {
        matches!(
            read(Path::new("/a.js"), text.as_bytes()),
            Ok(Source::Module(_))
        )
    }

    #[test]
    fn modules_and_common_modules_are_told_apart() {
        for text in [
            "import http from 'k6/http';\nconst x = require('./x.js');",
            "import{a}from'./a.js';exports.x=1",
            "var a=1;export{a as default};var m='module.exports'",
            "/* require( */ export default function () {}",
            "export const options = { exports: require('./o.js') };",
            "const a = 1;",
        ] {
            assert!(is_module(text), "{text}");
        }
        for text in [
            "const http = require('k6/http');\nmodule.exports.default = function () {};",
            "// import x from 'y'\nexports.a = 1;",
            "/*\nimport x from 'y';\n*/\nexports.a = 1;",
            "!function(e){exports.a=import('x')}();",
        ] {
            assert!(!is_module(text), "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_told_with_their_place() {
        for (bytes, place, what) in [
            (&b"let a;\n// caf\xe9"[..], "line 2, column 7", "no UTF-8"),
            (b"\x7fELF\x02\x01\x01\0", "line 1, column 8", "zero byte"),
            ("é\0".as_bytes(), "line 1, column 2", "zero byte"),
        ] {
            let told = read(Path::new("/a.js"), bytes).unwrap_err();
            assert!(told.contains(place) && told.contains(what), "{told}");
        }
    }

    #[test]
    fn the_mark_at_the_start_of_a_file_is_no_code() {
        let source = read(Path::new("/a.js"), "\u{feff}let a;".as_bytes());
        assert_eq!(source, Ok(Source::Module("let a;".to_owned())));
    }
}
