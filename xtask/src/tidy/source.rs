//! A Rust file with its comments and literals told apart from its code.
//!
//! Invariants: the masked code has the same bytes at the same offsets as the text, only that
//! comments and literals are blank; line breaks stay.
//!
//! Never: a full parser. It sees words, brackets, attributes and function bodies.

use std::ops::Range;

/// What a byte of a file belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Anything else.
    Code,
    /// A comment, its slashes included.
    Comment,
    /// A string, byte string or character, its quotes included.
    Literal,
}

/// A Rust file.
#[derive(Debug)]
pub(super) struct Source {
    /// Path from the workspace root.
    pub(super) path: String,
    /// The file as it is.
    pub(super) text: String,
    /// The file with comments and literals blank.
    pub(super) code: String,
    /// One kind per byte.
    pub(super) kinds: Vec<Kind>,
}

/// A function with a body.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Function {
    /// Its name without path.
    pub(super) name: String,
    /// Offset of the name.
    pub(super) at: usize,
    /// From the opening to the closing brace, both included.
    pub(super) body: Range<usize>,
}

impl Source {
    /// Reads `text`.
    pub(super) fn new(path: &str, text: &str) -> Self {
        let kinds = classify(text.as_bytes());
        let masked: Vec<u8> = text
            .bytes()
            .zip(&kinds)
            .map(|(byte, kind)| {
                if *kind == Kind::Code || byte == b'\n' {
                    byte
                } else {
                    b' '
                }
            })
            .collect();
        // Comments and literals begin and end at ASCII bytes, so no character is cut.
        let code = String::from_utf8(masked).expect("whole characters were replaced");
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            kinds,
        }
    }

    /// The line, from 1, in which `offset` lies.
    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.code.as_bytes()[..offset]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    }

    /// Offsets at which `word` stands in the code with no identifier character before it.
    pub(super) fn words(&self, word: &str) -> impl Iterator<Item = usize> {
        self.code
            .match_indices(word)
            .map(|(at, _)| at)
            .filter(|at| !self.code[..*at].chars().next_back().is_some_and(is_ident))
    }

    /// From `#` to the closing bracket of every attribute.
    pub(super) fn attributes(&self) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices('#') {
            let rest = self.code[at + 1..].trim_start_matches('!');
            if rest.starts_with('[') {
                let open = self.code.len() - rest.len();
                found.push(at..self.closing(open));
            }
        }
        found
    }

    /// The offset just behind the bracket that closes the one at `open`; the end of the file if
    /// none does.
    pub(super) fn closing(&self, open: usize) -> usize {
        let mut depth = 0_u32;
        for (at, byte) in self.code.bytes().enumerate().skip(open) {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => continue,
            }
            if depth == 0 {
                return at + 1;
            }
        }
        self.code.len()
    }

    /// Where the item that begins at or after `from` ends: behind its block or its semicolon.
    pub(super) fn item_end(&self, from: usize) -> usize {
        self.block(from).map_or_else(
            || {
                self.code[from..]
                    .find(';')
                    .map_or(self.code.len(), |at| from + at + 1)
            },
            |block| block.end,
        )
    }

    /// The first block after `from`, unless a semicolon ends the item before it.
    pub(super) fn block(&self, from: usize) -> Option<Range<usize>> {
        let mut at = from;
        loop {
            match self.code.as_bytes().get(at)? {
                b'{' => return Some(at..self.closing(at)),
                b';' => return None,
                b'(' | b'[' => at = self.closing(at),
                _ => at += 1,
            }
        }
    }

    /// Every function that has a body, nested ones too.
    pub(super) fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for at in self.words("fn ") {
            let rest = &self.code[at + 3..];
            let name: String = rest.chars().take_while(|char| is_ident(*char)).collect();
            if name.is_empty() {
                continue;
            }
            if let Some(body) = self.block(at) {
                found.push(Function {
                    name,
                    at: at + 3,
                    body,
                });
            }
        }
        found
    }

    /// How many lines between the braces of `body` hold more than blanks and comments. This is
    /// how clippy counts, so that the two never disagree.
    pub(super) fn code_lines(&self, body: &Range<usize>) -> usize {
        let inside = body.start + 1..body.end.saturating_sub(1).max(body.start + 1);
        let mut count = 0;
        let mut holds_code = false;
        let mut is_first = true;
        for (byte, kind) in self.text.as_bytes()[inside.clone()]
            .iter()
            .zip(&self.kinds[inside])
        {
            if *byte == b'\n' {
                count += usize::from(holds_code && !is_first);
                holds_code = false;
                is_first = false;
            } else if *kind != Kind::Comment && !byte.is_ascii_whitespace() {
                holds_code = true;
            }
        }
        count
    }
}

/// Whether `char` may stand in an identifier.
pub(super) fn is_ident(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn classify(text: &[u8]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; text.len()];
    let mut at = 0;
    while at < text.len() {
        let (kind, end) = token(text, at);
        let end = end.clamp(at + 1, text.len());
        kinds[at..end].fill(kind);
        at = end;
    }
    kinds
}

/// The kind of what begins at `at`, and where it ends.
fn token(text: &[u8], at: usize) -> (Kind, usize) {
    let rest = &text[at..];
    let follows_ident = at > 0 && is_ident_byte(text[at - 1]);
    match rest {
        [b'/', b'/', ..] => (Kind::Comment, at + until(rest, b'\n')),
        [b'/', b'*', ..] => (Kind::Comment, at + block_comment(rest)),
        [b'"', ..] => (Kind::Literal, at + string(rest)),
        [b'\'', ..] => match character(rest) {
            Some(length) => (Kind::Literal, at + length),
            None => (Kind::Code, at + 1),
        },
        [b'b' | b'c', b'r', ..] if !follows_ident => match raw_string(&rest[1..]) {
            Some(length) => (Kind::Literal, at + 1 + length),
            None => (Kind::Code, at + 1),
        },
        [b'r', ..] if !follows_ident => match raw_string(rest) {
            Some(length) => (Kind::Literal, at + length),
            None => (Kind::Code, at + 1),
        },
        _ => (Kind::Code, at + 1),
    }
}

fn is_ident_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn until(rest: &[u8], end: u8) -> usize {
    rest.iter()
        .position(|byte| *byte == end)
        .unwrap_or(rest.len())
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0_u32;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of a character literal; `None` if the quote begins a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        // The byte after the backslash may itself be a quote.
        return Some(3 + until(rest.get(3..)?, b'\'') + 1);
    }
    let text = std::str::from_utf8(&rest[1..]).ok()?;
    let length = text.chars().next()?.len_utf8();
    (rest.get(1 + length) == Some(&b'\'')).then_some(length + 2)
}

/// Length of `r"…"` or `r#"…"#`; `None` if it is only an identifier.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    let open = 1 + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let mut at = open + 1;
    while at < rest.len() {
        let close = rest.get(at + 1..at + 1 + hashes);
        if rest[at] == b'"' && close.is_some_and(|close| close.iter().all(|byte| *byte == b'#')) {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_code_is_not() {
        for (text, expected) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x // y", z)"#, "f(        , z)"),
            (r#"f("a\"b", z)"#, "f(      , z)"),
            (r##"f(r#"a"b"#, br"c", z)"##, "f(        ,      , z)"),
            ("f('a', '\\'', '\\n', 'ü')", "f(   ,     ,     ,     )"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("r#type + for \"x\"", "r#type + for    "),
            ("\"open", "     "),
        ] {
            assert_eq!(Source::new("a.rs", text).code, expected, "{text}");
        }
    }

    #[test]
    fn functions_end_at_their_own_brace() {
        let text = "fn a(x: [u8; 3]) -> u8 { if x { \"}\" } else { b } }\ntrait T { fn c(); }\n\
                    type F = fn (u8);";
        let source = Source::new("a.rs", text);
        let functions = source.functions();
        assert_eq!(functions.len(), 1);
        assert_eq!(functions[0].name, "a");
        assert_eq!(
            &text[functions[0].body.clone()],
            "{ if x { \"}\" } else { b } }"
        );
    }

    #[test]
    fn blank_lines_comments_and_brace_lines_do_not_count() {
        let text = "fn a() {\n    // why\n\n    let x = 1;\n    let y = \"\n  text\n\";\n}\n";
        let source = Source::new("a.rs", text);
        let body = source.functions()[0].body.clone();
        assert_eq!(source.code_lines(&body), 4);
        let source = Source::new("a.rs", "fn a() {}");
        assert_eq!(source.code_lines(&source.functions()[0].body.clone()), 0);
    }

    #[test]
    fn attributes_and_items_are_found() {
        let text = "#![deny(x)]\n#[cfg(test)]\nmod tests { fn a() {} }\n#[b] use c;\nfn d() {}";
        let source = Source::new("a.rs", text);
        let attributes = source.attributes();
        let texts: Vec<&str> = attributes
            .iter()
            .map(|range| &text[range.clone()])
            .collect();
        assert_eq!(texts, ["#![deny(x)]", "#[cfg(test)]", "#[b]"]);
        assert!(text[..source.item_end(attributes[1].end)].ends_with("fn a() {} }"));
        assert!(text[..source.item_end(attributes[2].end)].ends_with("use c;"));
    }
}
