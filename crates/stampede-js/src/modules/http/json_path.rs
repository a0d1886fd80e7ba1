//! The selectors of `response.json(selector)`: keys and indices with dots, `#`, `#.key`,
//! `#(key=="value")`, `#(…)#`, and `*` and `?` in keys.
//!
//! Invariants: works on text that is known to be JSON; what it answers is JSON again.

use std::borrow::Cow;

/// How deep selectors may nest.
const DEPTH_MAX: usize = 64;

/// The part of a document that a selector means, as JSON.
pub(crate) fn select<'a>(json: &'a str, selector: &str) -> Option<Cow<'a, str>> {
    step(json.trim(), selector, 0)
}

fn step<'a>(value: &'a str, path: &str, depth: usize) -> Option<Cow<'a, str>> {
    if path.is_empty() {
        return Some(Cow::Borrowed(value));
    }
    if depth > DEPTH_MAX {
        return None;
    }
    let (part, rest) = split(path);
    if let Some(query) = part.strip_prefix("#(").or_else(|| part.strip_prefix("#[")) {
        return queried(value, query, rest, depth);
    }
    if part == "#" {
        let items = items(value)?;
        let Some(rest) = rest else {
            return Some(Cow::Owned(items.len().to_string()));
        };
        let found = items.iter().filter_map(|item| step(item, rest, depth + 1));
        return Some(Cow::Owned(array_of(found)));
    }
    if let Some(modifier) = part.strip_prefix('@') {
        return step_owned(modified(value, modifier)?, rest, depth);
    }
    let found = match value.as_bytes().first()? {
        b'{' => field(value, part)?,
        b'[' => {
            let idx: usize = part.parse().ok()?;
            items(value)?.get(idx).copied()?
        }
        _ => return None,
    };
    step(found, rest.unwrap_or_default(), depth + 1)
}

fn queried<'a>(
    value: &'a str,
    query: &str,
    rest: Option<&str>,
    depth: usize,
) -> Option<Cow<'a, str>> {
    let (query, is_all) = match query.strip_suffix('#') {
        Some(query) => (query, true),
        None => (query, false),
    };
    let query = query.strip_suffix([')', ']'])?;
    let mut matching = items(value)?
        .into_iter()
        .filter(|item| holds(item, query, depth));
    let rest = rest.unwrap_or_default();
    if is_all {
        let found = matching.filter_map(|item| step(item, rest, depth + 1));
        return Some(Cow::Owned(array_of(found)));
    }
    step(matching.next()?, rest, depth + 1)
}

/// Goes on in a value that was made on the way.
fn step_owned<'a>(value: String, rest: Option<&str>, depth: usize) -> Option<Cow<'a, str>> {
    let Some(rest) = rest else {
        return Some(Cow::Owned(value));
    };
    step(&value, rest, depth + 1).map(|found| Cow::Owned(found.into_owned()))
}

/// A value changed by a word such as `@reverse`; `None` for words that are not known.
fn modified(value: &str, modifier: &str) -> Option<String> {
    match modifier {
        "this" | "valid" | "ugly" | "pretty" => Some(value.to_owned()),
        "reverse" => match items(value) {
            Some(mut items) => {
                items.reverse();
                Some(format!("[{}]", items.join(",")))
            }
            None => Some(value.to_owned()),
        },
        "keys" | "values" => {
            let fields = fields(value);
            let parts = fields.iter().map(|(name, held)| match modifier {
                "keys" => *name,
                _ => *held,
            });
            Some(format!("[{}]", parts.collect::<Vec<_>>().join(",")))
        }
        _ => None,
    }
}

fn array_of<'a>(items: impl Iterator<Item = Cow<'a, str>>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// Cuts a selector at its first dot or bar that is neither escaped nor inside a query.
fn split(path: &str) -> (&str, Option<&str>) {
    let (mut depth, mut is_escaped, mut is_text) = (0_u32, false, false);
    for (at, letter) in path.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' if depth > 0 => is_text = !is_text,
            _ if is_text => {}
            '(' | '[' if depth > 0 || path[..at].ends_with('#') => depth += 1,
            ')' | ']' if depth > 0 => depth -= 1,
            '.' | '|' if depth == 0 => return (&path[..at], Some(&path[at + 1..])),
            _ => {}
        }
    }
    (path, None)
}

/// Whether an element fulfils a query such as `age>45` or `name%"D*"`.
fn holds(item: &str, query: &str, depth: usize) -> bool {
    const OPERATORS: [&str; 9] = ["==", "!=", "<=", ">=", "!%", "=", "<", ">", "%"];
    let (mut is_text, mut nested) = (false, 0_u32);
    let cut = query.char_indices().find_map(|(at, letter)| {
        match letter {
            '"' => is_text = !is_text,
            '(' if !is_text => nested += 1,
            ')' if !is_text => nested = nested.saturating_sub(1),
            _ => {}
        }
        let operator = OPERATORS.iter().find(|op| query[at..].starts_with(**op));
        let operator = operator.filter(|_| !is_text && nested == 0);
        operator.map(|op| (at, *op))
    });
    let Some((at, operator)) = cut else {
        return step(item, query.trim(), depth + 1).is_some();
    };
    let key = query[..at].trim();
    let wanted = query[at + operator.len()..].trim();
    let Some(found) = step(item, key, depth + 1) else {
        return false;
    };
    compare(&found, operator, wanted)
}

fn compare(found: &str, operator: &str, wanted: &str) -> bool {
    let (left, right) = (text_of(found), text_of(wanted));
    match operator {
        "%" => is_like(&left, &right),
        "!%" => !is_like(&left, &right),
        "==" | "=" => left == right || numbers(found, wanted).is_some_and(|(l, r)| l == r),
        "!=" => left != right && numbers(found, wanted).is_none_or(|(l, r)| l != r),
        _ => {
            let order = match numbers(found, wanted) {
                Some((left, right)) => left.partial_cmp(&right),
                None if found.starts_with('"') && wanted.starts_with('"') => Some(left.cmp(&right)),
                None => None,
            };
            order.is_some_and(|order| match operator {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
    }
}

fn numbers(left: &str, right: &str) -> Option<(f64, f64)> {
    Some((left.parse().ok()?, right.parse().ok()?))
}

/// A JSON string's text; other JSON as it stands.
fn text_of(json: &str) -> Cow<'_, str> {
    match json.starts_with('"') {
        true => Cow::Owned(serde_json::from_str(json).unwrap_or_default()),
        false => Cow::Borrowed(json),
    }
}

/// Whether a text is like a pattern with `*` and `?`.
fn is_like(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let (mut at, mut on) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        if on < pattern.len() && pattern[on] == '*' {
            star = Some((on, at));
            on += 1;
        } else if on < pattern.len() && (pattern[on] == '?' || pattern[on] == text[at]) {
            at += 1;
            on += 1;
        } else if let Some((star_on, star_at)) = star {
            star = Some((star_on, star_at + 1));
            on = star_on + 1;
            at = star_at + 1;
        } else {
            return false;
        }
    }
    pattern[on..].iter().all(|letter| *letter == '*')
}

/// The value of the first field of an object whose name fits.
fn field<'a>(object: &'a str, wanted: &str) -> Option<&'a str> {
    let is_pattern = wanted.contains(['*', '?']) && !wanted.contains('\\');
    let plain = unescaped(wanted);
    let fields = fields(object).into_iter();
    let mut fitting = fields.filter(|(name, _)| {
        let name = text_of(name);
        *name == *plain || (is_pattern && is_like(&name, wanted))
    });
    fitting.next().map(|(_, value)| value)
}

/// The fields of an object, names as JSON; those before the first fault of a text that is no JSON.
fn fields(object: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::new();
    let mut at = 1;
    while object.starts_with('{') {
        let Some((name, value, end)) = field_at(object, at) else {
            break;
        };
        fields.push((name, value));
        at = skip_space(object, end);
        if object.as_bytes().get(at) != Some(&b',') {
            break;
        }
        at += 1;
    }
    fields
}

/// The field that starts at a place: its name, its value and where that ends.
fn field_at(object: &str, at: usize) -> Option<(&str, &str, usize)> {
    let at = skip_space(object, at);
    if object.as_bytes().get(at) != Some(&b'"') {
        return None;
    }
    let name_end = value_end(object, at)?;
    let value_at = skip_space(object, skip_space(object, name_end) + 1);
    let end = value_end(object, value_at)?;
    Some((object.get(at..name_end)?, object.get(value_at..end)?, end))
}

/// A part of a selector without its backslashes.
fn unescaped(part: &str) -> Cow<'_, str> {
    if !part.contains('\\') {
        return Cow::Borrowed(part);
    }
    let mut text = String::with_capacity(part.len());
    let mut letters = part.chars();
    while let Some(letter) = letters.next() {
        text.push(if letter == '\\' {
            letters.next().unwrap_or('\\')
        } else {
            letter
        });
    }
    Cow::Owned(text)
}

/// The elements of an array; `None` for anything else.
fn items(array: &str) -> Option<Vec<&str>> {
    if !array.starts_with('[') {
        return None;
    }
    let mut items = Vec::new();
    let mut at = skip_space(array, 1);
    while array.as_bytes().get(at) != Some(&b']') {
        let end = value_end(array, at)?;
        items.push(array.get(at..end)?);
        at = skip_space(array, end);
        if array.as_bytes().get(at) == Some(&b',') {
            at = skip_space(array, at + 1);
        }
    }
    Some(items)
}

fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let spaces = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    from + spaces.count()
}

/// Where the value that starts at `from` ends.
fn value_end(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => at += 1,
            _ => {
                let rest = &bytes[at..];
                let ends = |byte: &u8| b",:]} \t\n\r".contains(byte);
                at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::select;

    const DOCUMENT: &str = r#" {
        "name": {"first": "Tom", "last": "Anderson"}, "age": 37,
        "children": ["Sara", "Alex", "Jack"], "fav.movie": "Deer Hunter",
        "friends": [
            {"first": "Dale", "last": "Murphy", "age": 44, "nets": ["ig", "fb"]},
            {"first": "Roger", "last": "Craig", "age": 68, "nets": []},
            {"first": "Jane", "last": "Murphy", "age": 47, "nets": ["tw"]}
        ], "nothing": null, "quote": "a\"]}b" } "#;

    #[test]
    fn selectors_find_what_they_name() {
        for (selector, expected) in [
            ("name.last", Some("\"Anderson\"")),
            ("age", Some("37")),
            ("children.1", Some("\"Alex\"")),
            ("children.#", Some("3")),
            ("child*.2", Some("\"Jack\"")),
            ("c?ildren.0", Some("\"Sara\"")),
            ("fav\\.movie", Some("\"Deer Hunter\"")),
            ("friends.#.first", Some(r#"["Dale","Roger","Jane"]"#)),
            ("friends.#.nets.0", Some(r#"["ig","tw"]"#)),
            ("friends.1.last", Some("\"Craig\"")),
            (r#"friends.#(last=="Murphy").first"#, Some("\"Dale\"")),
            (
                r#"friends.#(last=="Murphy")#.first"#,
                Some(r#"["Dale","Jane"]"#),
            ),
            ("friends.#(age>45)#.last", Some(r#"["Craig","Murphy"]"#)),
            (r#"friends.#(first%"D*").last"#, Some("\"Murphy\"")),
            (r#"friends.#(first!%"D*").last"#, Some("\"Craig\"")),
            (r#"children.#(!="Sara")"#, Some("\"Alex\"")),
            ("friends.#(age==99)", None),
            ("friends.#(age==99)#", Some("[]")),
            (r#"friends.#(nets.#(=="fb"))#.first"#, Some(r#"["Dale"]"#)),
            ("friends.#.nets.#", Some("[2,0,1]")),
            ("name.@keys", Some(r#"["first","last"]"#)),
            ("name.@values", Some(r#"["Tom","Anderson"]"#)),
            ("children.@reverse.0", Some("\"Jack\"")),
            ("@this.age", Some("37")),
            ("@nope", None),
            ("nothing", Some("null")),
            ("quote", Some(r#""a\"]}b""#)),
            ("nope", None),
            ("age.deeper", None),
            ("children.9", None),
            ("friends.#(", None),
        ] {
            assert_eq!(
                select(DOCUMENT, selector).as_deref(),
                expected,
                "{selector}"
            );
        }
    }

    #[test]
    fn what_is_no_json_has_nothing_to_select() {
        for text in [
            "",
            "ok",
            "{",
            "[",
            "{\"a\"",
            "{\"a\":",
            "{\"a\"ü1}",
            "[1 2",
            "[\"\\",
            "}",
            "[}",
            "{a:1}",
        ] {
            for selector in ["a", "0", "#", "#.a", "a.b", "@keys", "#(a==1)", "*"] {
                // Whatever it answers, it ends and does not panic.
                drop(select(text, selector));
            }
        }
        assert_eq!(select("ok", "a.b"), None);
    }

    #[test]
    fn an_array_of_plain_values_can_be_queried() {
        // An empty key means the element itself.
        let found = select("[1,5,9]", "#(>4)#");
        assert_eq!(found.as_deref(), Some("[5,9]"));
    }
}
