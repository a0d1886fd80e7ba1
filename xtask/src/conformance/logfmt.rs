//! Reads log lines of the form `key=value key="quoted value"`.

/// The fields of a line in their order; nothing if the line is not of this form.
pub(crate) fn parse(line: &str) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    let mut rest = line.trim_end();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=')?;
        if key.is_empty() || key.contains([' ', '"']) {
            return None;
        }
        let (value, after) = if after.starts_with('"') {
            quoted(after)?
        } else {
            let end = after.find(' ').unwrap_or(after.len());
            (after[..end].to_owned(), &after[end..])
        };
        fields.push((key.to_owned(), value));
        rest = after.trim_start();
    }
    (!fields.is_empty()).then_some(fields)
}

/// The first value of `key`.
pub(crate) fn field<'a>(fields: &'a [(String, String)], key: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(own, _)| own == key)
        .map(|(_, value)| value.as_str())
}

/// Takes a quoted text with its escapes from the front.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, letter)) = chars.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => {
                let (_, escape) = chars.next()?;
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                if digits > 0 {
                    let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                    value.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                } else {
                    value.push(match escape {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'a' => '\u{7}',
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'v' => '\u{b}',
                        other => other,
                    });
                }
            }
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_and_quoted_values_are_read() {
        let line =
            r#"time="2026-01-01T00:00:00Z" level=info msg="say \"hi\"\n\u00e9" source=console"#;
        let fields = parse(line).unwrap();
        assert_eq!(field(&fields, "level"), Some("info"));
        assert_eq!(field(&fields, "msg"), Some("say \"hi\"\né"));
        assert_eq!(field(&fields, "source"), Some("console"));
        assert_eq!(field(&fields, "none"), None);
    }

    #[test]
    fn other_lines_are_not_taken_for_logs() {
        assert!(parse("running (01.0s), 2/4 VUs").is_none());
        assert!(parse("a b=c").is_none());
        assert!(parse("msg=\"open").is_none());
    }
}
