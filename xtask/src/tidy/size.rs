//! Rules about the length of files and functions, with a ratchet for reasoned exceptions.
//!
//! Invariants: an exception is as long as what it excuses: what grows is refused, and what
//! shrinks must lower its line, so that the list only shrinks.

use std::collections::BTreeMap;

use super::Finding;
use super::source::Source;

/// Where the exceptions are listed.
pub(super) const RATCHET_PATH: &str = "xtask/ratchet.txt";

/// Lines of a file, all counted.
const FILE_LINES_MAX: usize = 500;

/// Lines of a function's body without blanks and comments, as clippy counts them.
const FUNCTION_LINES_MAX: usize = 70;

/// One line of the ratchet.
#[derive(Debug)]
struct Exception {
    line: usize,
    lines: usize,
}

/// Compares every file and function with the limits and the ratchet.
pub(super) fn check(sources: &[Source], ratchet: &str) -> Vec<Finding> {
    let (mut exceptions, mut findings) = parse(ratchet);
    for source in sources {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            let place = Place {
                source,
                line: 1,
                name: source.path.clone(),
            };
            let split = "split it by what its parts know";
            findings.extend(judge(&place, lines, FILE_LINES_MAX, split, &mut exceptions));
        }
        for (name, (line, lines)) in long_functions(source) {
            let place = Place { source, line, name };
            let split = "let helpers compute and keep the branches here";
            findings.extend(judge(
                &place,
                lines,
                FUNCTION_LINES_MAX,
                split,
                &mut exceptions,
            ));
        }
    }
    for (name, exception) in exceptions {
        let what = format!("`{name}` is within the limit or gone");
        let mend = "delete this line, the exception is no longer needed";
        findings.push(Finding::new(
            RATCHET_PATH,
            exception.line,
            "ratchet",
            &what,
            mend,
        ));
    }
    findings
}

/// The functions over the limit: `path#name` to line and length. Of functions with one name in
/// one file the longest counts.
fn long_functions(source: &Source) -> BTreeMap<String, (usize, usize)> {
    let mut found: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for function in source.functions() {
        let lines = source.code_lines(&function.body);
        let name = format!("{}#{}", source.path, function.name);
        if lines > FUNCTION_LINES_MAX && found.get(&name).is_none_or(|(_, known)| *known < lines) {
            found.insert(name, (source.line_of(function.at), lines));
        }
    }
    found
}

struct Place<'a> {
    source: &'a Source,
    line: usize,
    name: String,
}

fn judge(
    place: &Place<'_>,
    lines: usize,
    lines_max: usize,
    split: &str,
    exceptions: &mut BTreeMap<String, Exception>,
) -> Option<Finding> {
    let name = &place.name;
    let Some(exception) = exceptions.remove(name) else {
        let what = format!("`{name}` has {lines} lines, more than {lines_max}");
        let mend = format!("{split}, or list `{name} {lines} REASON` in {RATCHET_PATH}");
        return Some(Finding::new(
            &place.source.path,
            place.line,
            "size",
            &what,
            &mend,
        ));
    };
    if lines > exception.lines {
        let what = format!("`{name}` grew from {} to {lines} lines", exception.lines);
        return Some(Finding::new(
            &place.source.path,
            place.line,
            "size",
            &what,
            split,
        ));
    }
    if lines < exception.lines {
        let what = format!("`{name}` shrank from {} to {lines} lines", exception.lines);
        let mend = format!("lower this line to {lines}");
        return Some(Finding::new(
            RATCHET_PATH,
            exception.line,
            "ratchet",
            &what,
            &mend,
        ));
    }
    None
}

/// Reads `PATH[#FUNCTION] LINES REASON` per line; `#` at the start begins a comment.
fn parse(ratchet: &str) -> (BTreeMap<String, Exception>, Vec<Finding>) {
    let mut exceptions = BTreeMap::new();
    let mut findings = Vec::new();
    for (line_idx, text) in ratchet.lines().enumerate() {
        if text.trim().is_empty() || text.starts_with('#') {
            continue;
        }
        let line = line_idx + 1;
        let mut words = text.splitn(3, ' ');
        let name = words.next().unwrap_or_default().to_owned();
        let lines = words.next().and_then(|word| word.parse::<usize>().ok());
        let has_reason = words
            .next()
            .is_some_and(|reason| reason.split(' ').count() >= 3);
        match lines {
            Some(lines) if has_reason && !exceptions.contains_key(&name) => {
                exceptions.insert(name, Exception { line, lines });
            }
            _ => {
                let what = format!("cannot accept `{text}`");
                let mend = "write `PATH[#FUNCTION] LINES REASON` once, the reason a sentence";
                findings.push(Finding::new(RATCHET_PATH, line, "ratchet", &what, mend));
            }
        }
    }
    (exceptions, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> Source {
        let body = "    a();\n".repeat(lines);
        Source::new("a.rs", &format!("//! A.\nfn long() {{\n{body}}}\n"))
    }

    fn texts(source: Source, ratchet: &str) -> Vec<String> {
        check(&[source], ratchet)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_function_over_the_limit_is_found() {
        assert_eq!(texts(function(70), ""), Vec::<String>::new());
        let found = texts(function(71), "");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("a.rs:2: [size] `a.rs#long` has 71 lines"),
            "{found:?}"
        );
    }

    #[test]
    fn a_file_over_the_limit_is_found() {
        let text = |lines: usize| Source::new("a.rs", &"//! A.\n".repeat(lines));
        assert_eq!(texts(text(500), ""), Vec::<String>::new());
        assert!(texts(text(501), "")[0].contains("`a.rs` has 501 lines"));
        assert_eq!(
            texts(text(501), "a.rs 501 one table per command"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_ratchet_holds_at_its_number_and_only_shrinks() {
        let ratchet = "# exceptions\na.rs#long 80 one arm per command";
        assert_eq!(texts(function(80), ratchet), Vec::<String>::new());
        assert!(texts(function(81), ratchet)[0].contains("grew from 80 to 81"));
        let found = texts(function(75), ratchet);
        assert!(
            found[0].starts_with("xtask/ratchet.txt:2: [ratchet]"),
            "{found:?}"
        );
        assert!(found[0].ends_with("lower this line to 75"), "{found:?}");
        assert!(texts(function(70), ratchet)[0].contains("no longer needed"));
    }

    #[test]
    fn a_ratchet_line_without_a_number_or_a_reason_is_found() {
        for bad in [
            "a.rs#long",
            "a.rs#long many of them here",
            "a.rs#long 80",
            "a.rs#long 80 big",
        ] {
            let found = texts(function(80), bad);
            assert!(
                found.iter().any(|text| text.contains("cannot accept")),
                "{bad}: {found:?}"
            );
        }
        let twice = "a.rs#long 80 one arm per command\na.rs#long 80 one arm per command";
        assert_eq!(texts(function(80), twice).len(), 1);
    }
}
