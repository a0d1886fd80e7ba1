//! Rules about words and lines.

use std::ops::Range;

use super::Finding;
use super::source::{Kind, Source, is_ident};

/// Columns of a line, in characters.
const COLUMNS_MAX: usize = 100;

/// Macros that stand for work not done, or for a look inside.
const BANNED_MACROS: &[(&str, &str)] = &[
    ("todo!", "finish it, or refuse with an error"),
    ("unimplemented!", "finish it, or refuse with an error"),
    ("dbg!", "drop it, or write a structured log line"),
];

/// First directory of paths that exist on one machine only.
const MACHINE_DIRECTORIES: &[&str] = &["work", "root", "home"];

/// Rules for one Rust file. `is_test` says that the whole file is compiled for tests only.
pub(super) fn check_rust(source: &Source, is_test: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(opener(source));
    findings.extend(long_lines(source));
    findings.extend(banned_macros(source));
    findings.extend(banned_attributes(source));
    findings.extend(sleeps(source, is_test));
    findings
}

/// Rules for any text file.
pub(super) fn check_any(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line_idx, line) in text.lines().enumerate() {
        if let Some(found) = machine_path(line) {
            let what = format!("`{found}` exists on one machine only");
            let mend = "take the path as an argument, or make a temporary directory";
            findings.push(Finding::new(
                path,
                line_idx + 1,
                "machine-path",
                &what,
                mend,
            ));
        }
    }
    findings
}

fn opener(source: &Source) -> Option<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    let says_something = first
        .strip_prefix("//!")
        .is_some_and(|rest| !rest.trim().is_empty());
    if says_something {
        return None;
    }
    let mend = "say its job in one sentence after `//!`, then what holds and what it never does";
    Some(Finding::new(
        &source.path,
        1,
        "opener",
        "the file does not begin with `//!`",
        mend,
    ))
}

fn long_lines(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut start = 0;
    for (line_idx, line) in source.text.split('\n').enumerate() {
        if let Some((column, _)) = line.char_indices().nth(COLUMNS_MAX) {
            // A literal that crosses the border cannot be wrapped without changing it.
            let crosses = source.kinds[start + column] == Kind::Literal;
            let comment = line
                .trim_start()
                .trim_start_matches(['/', '!'])
                .trim_start();
            if !crosses && !comment.starts_with('|') && !line.contains("://") {
                let columns = line.chars().count();
                let what = format!("{columns} columns, more than {COLUMNS_MAX}");
                let mend = "wrap it (`cargo fmt` wraps code, comments are yours)";
                findings.push(Finding::new(
                    &source.path,
                    line_idx + 1,
                    "columns",
                    &what,
                    mend,
                ));
            }
        }
        start += line.len() + 1;
    }
    findings
}

fn banned_macros(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, mend) in BANNED_MACROS {
        for at in source.words(name) {
            let what = format!("`{name}` in the code");
            let line = source.line_of(at);
            findings.push(Finding::new(
                &source.path,
                line,
                "banned-macro",
                &what,
                mend,
            ));
        }
    }
    findings
}

fn banned_attributes(source: &Source) -> Vec<Finding> {
    const BANNED: &[(&str, &str, &str)] = &[
        (
            "allow",
            "(",
            "use `#[expect(lint, reason = \"…\")]`, which tells when it is needless",
        ),
        (
            "ignore",
            "",
            "make it deterministic and fast, or move it behind `test --full`",
        ),
        (
            "should_panic",
            "",
            "return the failure and assert on what it says",
        ),
    ];
    let mut findings = Vec::new();
    for attribute in source.attributes() {
        for (name, next, mend) in BANNED {
            if mentions(&source.code[attribute.clone()], name, next) {
                let what = format!("the attribute `{name}`");
                let line = source.line_of(attribute.start);
                findings.push(Finding::new(
                    &source.path,
                    line,
                    "banned-attribute",
                    &what,
                    mend,
                ));
            }
        }
    }
    findings
}

/// Whether `name`, followed by `next`, stands in `code` as a whole word.
fn mentions(code: &str, name: &str, next: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let after = &code[at + name.len()..];
        !code[..at].chars().next_back().is_some_and(is_ident)
            && !after.chars().next().is_some_and(is_ident)
            && after.starts_with(next)
    })
}

fn sleeps(source: &Source, is_test: bool) -> Vec<Finding> {
    let tests = test_items(source);
    let mut findings = Vec::new();
    for name in ["sleep", "sleep_until"] {
        let call = format!("{name}(");
        for at in source.words(&call) {
            if is_test || tests.iter().any(|range| range.contains(&at)) {
                let what = format!("a test calls `{name}`");
                let mend = "wait for the event itself with a deadline, or drive the clock";
                let line = source.line_of(at);
                findings.push(Finding::new(&source.path, line, "sleep", &what, mend));
            }
        }
    }
    findings
}

/// Items that are compiled for tests only.
fn test_items(source: &Source) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    for attribute in source.attributes() {
        if is_test_attribute(&source.code[attribute.clone()]) {
            items.push(attribute.start..source.item_end(attribute.end));
        }
    }
    items
}

/// Whether `attribute` says that its item is compiled for tests only.
pub(super) fn is_test_attribute(attribute: &str) -> bool {
    let inside = attribute
        .trim_start_matches(['#', '!', '['])
        .trim_end_matches(']');
    inside == "test"
        || inside
            .split('(')
            .next()
            .is_some_and(|path| path.ends_with("::test"))
        || (inside.starts_with("cfg(") && mentions(inside, "test", "") && !inside.contains("not("))
}

/// The first path in `line` that begins with a directory of [`MACHINE_DIRECTORIES`].
fn machine_path(line: &str) -> Option<String> {
    for directory in MACHINE_DIRECTORIES {
        let path = format!("/{directory}");
        for (at, _) in line.match_indices(&path) {
            let before = line[..at].chars().next_back();
            let after = line[at + path.len()..].chars().next();
            // In `a/work`, `./root` and `${x}/home` it is no first directory.
            let is_first = !before.is_some_and(|char| is_ident(char) || ".-/~})]*".contains(char));
            let is_whole = !after.is_some_and(|char| is_ident(char) || "-.".contains(char));
            if is_first && is_whole {
                return Some(path);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<(usize, &'static str)> {
        let source = Source::new("crates/a/src/lib.rs", text);
        check_rust(&source, false)
            .iter()
            .map(|finding| (finding.line, finding.rule))
            .collect()
    }

    #[test]
    fn a_file_without_an_opener_is_found() {
        assert_eq!(rules("//! Does it.\n"), []);
        assert_eq!(rules("// Does it.\n"), [(1, "opener")]);
        assert_eq!(rules("//!\n"), [(1, "opener")]);
        assert_eq!(rules(""), [(1, "opener")]);
    }

    #[test]
    fn a_long_line_is_found_unless_it_cannot_be_wrapped() {
        let long = "x".repeat(98);
        assert_eq!(rules(&format!("//! A.\n// {long}\n")), [(2, "columns")]);
        assert_eq!(rules(&format!("//! A.\n//{long}\n")), []);
        assert_eq!(
            rules(&format!("//! A.\nlet a = {long};\n")),
            [(2, "columns")]
        );
        assert_eq!(rules(&format!("//! A.\n/// | a | {long} |\n")), []);
        assert_eq!(rules(&format!("//! A.\n// https://{long}\n")), []);
        assert_eq!(rules(&format!("//! A.\nf(\"{long}\");\n")), []);
        assert_eq!(
            rules(&format!("//! A.\nf(\"a\"); // {long}\n")),
            [(2, "columns")]
        );
        assert_eq!(rules(&format!("//! A.\n// {}\n", "ü".repeat(97))), []);
    }

    #[test]
    fn unfinished_work_is_found_in_code_only() {
        for name in ["todo", "unimplemented", "dbg"] {
            assert_eq!(
                rules(&format!("//! A.\nfn a() {{ {name}!() }}\n")),
                [(2, "banned-macro")]
            );
            assert_eq!(
                rules(&format!("//! A {name}!\nfn a() {{ f(\"{name}!\") }}\n")),
                []
            );
        }
    }

    #[test]
    fn banned_attributes_are_found() {
        for attribute in [
            "#[allow(dead_code)]",
            "#![allow(dead_code)]",
            "#[cfg_attr(test, allow(dead_code))]",
            "#[ignore]",
            "#[ignore = \"slow\"]",
            "#[should_panic]",
            "#[should_panic(expected = \"x\")]",
        ] {
            let text = format!("//! A.\n\n{attribute}\nfn a() {{}}\n");
            assert_eq!(rules(&text), [(3, "banned-attribute")], "{attribute}");
        }
        assert_eq!(
            rules("//! A.\n#[expect(dead_code, reason = \"allow(x)\")]\nfn a() {}\n"),
            []
        );
        assert_eq!(rules("//! A.\nfn a() { allow(ignore) }\n"), []);
    }

    #[test]
    fn a_sleeping_test_is_found_and_a_sleeping_product_is_not() {
        assert_eq!(rules("//! A.\nfn a() { sleep(b); }\n"), []);
        assert_eq!(
            rules("//! A.\n#[cfg(not(test))]\nfn a() { sleep(b); }\n"),
            []
        );
        let text = "//! A.\n#[cfg(test)]\nmod tests {\n    fn a() { std::thread::sleep(b); }\n}\n";
        assert_eq!(rules(text), [(4, "sleep")]);
        let text = "//! A.\n#[tokio::test(start_paused = true)]\nasync fn a() { sleep_until(b) }\n";
        assert_eq!(rules(text), [(3, "sleep")]);
        let source = Source::new("crates/a/tests/it/b.rs", "//! A.\nfn a() { sleep(b); }\n");
        assert_eq!(check_rust(&source, true).len(), 1);
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for directory in MACHINE_DIRECTORIES {
            for bad in [
                format!("see /{directory}/x"),
                format!("`/{directory}`: here"),
            ] {
                let findings = check_any("README.md", &format!("fine\n{bad}\n"));
                assert_eq!(findings.len(), 1, "{bad}");
                assert_eq!((findings[0].line, findings[0].rule), (2, "machine-path"));
            }
            for good in [
                format!("https://example.com/{directory}/x"),
                format!("./{directory}/x"),
                format!("/{directory}er/x"),
                format!("/api/{directory}"),
            ] {
                assert_eq!(check_any("README.md", &good), [], "{good}");
            }
        }
    }
}
