//! Reads CSS selectors.
//!
//! Invariants: recursion is bounded by [`NESTING_MAX`], a chain by [`COMPOUNDS_MAX`].

use super::selector::{
    AttrTest, Combinator, Compare, Compound, Condition, Nth, Selector, SelectorError, SelectorList,
};

/// How deep `:not(:has(…))` may nest.
const NESTING_MAX: usize = 16;

/// How many compounds one selector may chain; matching looks back once per compound.
const COMPOUNDS_MAX: usize = 64;

/// Reads a list of selectors.
///
/// # Errors
/// If the text is no selector, or one that we do not support.
pub(crate) fn parse(text: &str) -> Result<SelectorList, SelectorError> {
    let mut reader = Reader { rest: text };
    let list = reader.list(0)?;
    if reader.rest.is_empty() {
        Ok(list)
    } else {
        Err(SelectorError::Malformed)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn eat(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, prefix: &str) -> Result<(), SelectorError> {
        if self.eat(prefix) {
            Ok(())
        } else {
            Err(SelectorError::Malformed)
        }
    }

    fn space(&mut self) -> bool {
        let trimmed = self.rest.trim_start();
        let was_there = trimmed.len() < self.rest.len();
        self.rest = trimmed;
        was_there
    }

    fn list(&mut self, depth: usize) -> Result<SelectorList, SelectorError> {
        if NESTING_MAX <= depth {
            return Err(SelectorError::Malformed);
        }
        let mut selectors = vec![self.selector(depth)?];
        while self.eat(",") {
            selectors.push(self.selector(depth)?);
        }
        Ok(SelectorList(selectors))
    }

    fn selector(&mut self, depth: usize) -> Result<Selector, SelectorError> {
        self.space();
        let mut subject = self.compound(depth)?;
        let mut context = Vec::new();
        while let Some(combinator) = self.combinator() {
            let next = self.compound(depth)?;
            context.insert(0, (combinator, std::mem::replace(&mut subject, next)));
            if COMPOUNDS_MAX <= context.len() {
                return Err(SelectorError::Malformed);
            }
        }
        Ok(Selector { subject, context })
    }

    /// The combinator before another compound; `None` at the end of a selector.
    fn combinator(&mut self) -> Option<Combinator> {
        let had_space = self.space();
        let combinator = match self.peek()? {
            '>' => Combinator::Child,
            '+' => Combinator::Adjacent,
            '~' => Combinator::Sibling,
            ',' | ')' => return None,
            _ => return had_space.then_some(Combinator::Descendant),
        };
        self.rest = &self.rest[1..];
        self.space();
        Some(combinator)
    }

    fn compound(&mut self, depth: usize) -> Result<Compound, SelectorError> {
        let mut conditions = Vec::new();
        let is_universal = self.eat("*");
        if !is_universal && self.peek().is_some_and(starts_name) {
            conditions.push(Condition::Tag(self.name()?.to_ascii_lowercase()));
        }
        loop {
            let condition = match self.peek() {
                Some('#') => {
                    self.rest = &self.rest[1..];
                    Condition::Id(self.word()?)
                }
                Some('.') => {
                    self.rest = &self.rest[1..];
                    Condition::Class(self.name()?)
                }
                Some('[') => Condition::Attr(self.attr()?),
                Some(':') => self.pseudo(depth)?,
                _ => break,
            };
            conditions.push(condition);
        }
        if conditions.is_empty() && !is_universal {
            return Err(SelectorError::Malformed);
        }
        Ok(Compound(conditions))
    }

    /// A name, which starts with no digit.
    fn name(&mut self) -> Result<String, SelectorError> {
        if self.peek().is_some_and(starts_name) {
            self.word()
        } else {
            Err(SelectorError::Malformed)
        }
    }

    /// Letters, digits, `-`, `_`, anything beyond ASCII, and what a backslash escapes.
    fn word(&mut self) -> Result<String, SelectorError> {
        let mut word = String::new();
        while let Some(char) = self.peek() {
            if char == '\\' {
                word.push(self.escape()?);
            } else if continues_name(char) {
                word.push(char);
                self.rest = &self.rest[char.len_utf8()..];
            } else {
                break;
            }
        }
        if word.is_empty() {
            Err(SelectorError::Malformed)
        } else {
            Ok(word)
        }
    }

    /// `\26 ` is a character by its number, `\:` the character itself.
    fn escape(&mut self) -> Result<char, SelectorError> {
        self.expect("\\")?;
        let is_hex = |char: &char| char.is_ascii_hexdigit();
        let digits = self.rest.chars().take(6).take_while(is_hex).count();
        if digits == 0 {
            let char = self.peek().ok_or(SelectorError::Malformed)?;
            self.rest = &self.rest[char.len_utf8()..];
            return Ok(char);
        }
        let (hex, rest) = self.rest.split_at(digits);
        self.rest = rest.strip_prefix(' ').unwrap_or(rest);
        let number = u32::from_str_radix(hex, 16).map_err(|_| SelectorError::Malformed)?;
        Ok(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn quoted(&mut self) -> Result<Option<String>, SelectorError> {
        let Some(quote @ ('"' | '\'')) = self.peek() else {
            return Ok(None);
        };
        self.rest = &self.rest[1..];
        let mut text = String::new();
        loop {
            match self.peek().ok_or(SelectorError::Malformed)? {
                '\\' => text.push(self.escape()?),
                char => {
                    self.rest = &self.rest[char.len_utf8()..];
                    if char == quote {
                        return Ok(Some(text));
                    }
                    text.push(char);
                }
            }
        }
    }

    fn attr(&mut self) -> Result<AttrTest, SelectorError> {
        self.expect("[")?;
        self.space();
        let name = self.name()?.to_ascii_lowercase();
        self.space();
        let mut test = AttrTest {
            name,
            compare: Compare::Exists,
            value: String::new(),
            is_caseless: false,
        };
        if self.eat("]") {
            return Ok(test);
        }
        test.compare = self.compare()?;
        self.space();
        test.value = match self.quoted()? {
            Some(text) => text,
            None => self.word()?,
        };
        self.space();
        test.is_caseless = self.eat("i") || self.eat("I");
        self.space();
        self.expect("]")?;
        Ok(test)
    }

    fn compare(&mut self) -> Result<Compare, SelectorError> {
        const OPERATORS: [(&str, Compare); 7] = [
            ("=", Compare::Equals),
            ("!=", Compare::Differs),
            ("~=", Compare::HasWord),
            ("|=", Compare::Hyphen),
            ("^=", Compare::Starts),
            ("$=", Compare::Ends),
            ("*=", Compare::Includes),
        ];
        if self.rest.starts_with("#=") {
            return Err(SelectorError::Unsupported("[name#=regex]".to_owned()));
        }
        OPERATORS
            .iter()
            .find(|(operator, _)| self.eat(operator))
            .map(|(_, compare)| *compare)
            .ok_or(SelectorError::Malformed)
    }

    fn pseudo(&mut self, depth: usize) -> Result<Condition, SelectorError> {
        self.expect(":")?;
        let name = self.name()?.to_ascii_lowercase();
        if let Some(condition) = plain_pseudo(&name) {
            return Ok(condition);
        }
        if name.starts_with("matches") {
            return Err(SelectorError::Unsupported(name));
        }
        self.expect("(")?;
        self.space();
        let condition = match name.as_str() {
            "not" => Condition::Not(self.list(depth + 1)?),
            "is" | "where" => Condition::Is(self.list(depth + 1)?),
            "has" => Condition::Has(self.list(depth + 1)?),
            "haschild" => Condition::HasChild(self.list(depth + 1)?),
            "contains" => Condition::Contains(self.text()?.to_lowercase()),
            "containsown" => Condition::ContainsOwn(self.text()?.to_lowercase()),
            "lang" => Condition::Lang(self.text()?.to_ascii_lowercase()),
            "nth-child" => Condition::Nth(self.nth(false, false)?),
            "nth-last-child" => Condition::Nth(self.nth(false, true)?),
            "nth-of-type" => Condition::Nth(self.nth(true, false)?),
            "nth-last-of-type" => Condition::Nth(self.nth(true, true)?),
            _ => return Err(SelectorError::Malformed),
        };
        self.space();
        self.expect(")")?;
        Ok(condition)
    }

    fn text(&mut self) -> Result<String, SelectorError> {
        match self.quoted()? {
            Some(text) => Ok(text),
            None => self.word(),
        }
    }

    fn nth(&mut self, is_of_type: bool, is_from_end: bool) -> Result<Nth, SelectorError> {
        let end = self.rest.find(')').ok_or(SelectorError::Malformed)?;
        let (formula, rest) = self.rest.split_at(end);
        self.rest = rest;
        let (step, offset) = nth_formula(formula).ok_or(SelectorError::Malformed)?;
        Ok(Nth {
            step,
            offset,
            is_of_type,
            is_from_end,
        })
    }
}

/// `odd`, `even`, `3`, `n`, `-n+3`, `2n + 1` as (step, offset).
fn nth_formula(formula: &str) -> Option<(i32, i32)> {
    let text: String = formula.split_whitespace().collect();
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "odd" => return Some((2, 1)),
        "even" => return Some((2, 0)),
        _ => {}
    }
    let Some((step, offset)) = text.split_once('n') else {
        return Some((0, text.parse().ok()?));
    };
    let step = match step {
        "" | "+" => 1,
        "-" => -1,
        number => number.parse().ok()?,
    };
    let offset = match offset {
        "" => 0,
        number => number.parse().ok()?,
    };
    Some((step, offset))
}

fn plain_pseudo(name: &str) -> Option<Condition> {
    let nth = |is_of_type, is_from_end| {
        Condition::Nth(Nth {
            step: 0,
            offset: 1,
            is_of_type,
            is_from_end,
        })
    };
    Some(match name {
        "first-child" => nth(false, false),
        "last-child" => nth(false, true),
        "first-of-type" => nth(true, false),
        "last-of-type" => nth(true, true),
        "only-child" => Condition::OnlyChild,
        "only-of-type" => Condition::OnlyOfType,
        "empty" => Condition::Empty,
        "root" => Condition::Root,
        "input" => Condition::Input,
        "link" => Condition::Link,
        "enabled" => Condition::Enabled,
        "disabled" => Condition::Disabled,
        "checked" => Condition::Checked,
        "visited" | "hover" | "active" | "focus" | "target" => Condition::Never,
        _ => return None,
    })
}

fn starts_name(char: char) -> bool {
    char.is_ascii_alphabetic() || matches!(char, '_' | '-' | '\\') || !char.is_ascii()
}

fn continues_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '-') || !char.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in [
            "",
            "  ",
            "[[[",
            "li:first",
            "li:eq(1)",
            "> div",
            "a >",
            "a,",
            "#",
            "..a",
            "a[b",
            "a[b=]",
            "p:nth-child(x)",
            ":not()",
            "a)",
            "p:contains(",
            "[a='",
            "1a",
            "\\",
        ] {
            assert_eq!(parse(text), Err(SelectorError::Malformed), "{text}");
        }
        let deep = format!("{}a{}", ":not(".repeat(40), ")".repeat(40));
        assert_eq!(parse(&deep), Err(SelectorError::Malformed));
        assert_eq!(parse(&"a ".repeat(100)), Err(SelectorError::Malformed));
    }

    #[test]
    fn selectors_by_regular_expression_say_that_they_are_missing() {
        for text in ["p:matches(x)", "p:matchesOwn(x)", "[a#=(x)]"] {
            assert!(
                matches!(parse(text), Err(SelectorError::Unsupported(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn positions_are_formulas() {
        for (formula, expected) in [
            ("odd", Some((2, 1))),
            (" Even ", Some((2, 0))),
            ("3", Some((0, 3))),
            ("n", Some((1, 0))),
            ("-n+3", Some((-1, 3))),
            ("2n + 1", Some((2, 1))),
            ("+3n-2", Some((3, -2))),
            ("", None),
            ("2x", None),
            ("n+", None),
        ] {
            assert_eq!(nth_formula(formula), expected, "{formula}");
        }
    }

    #[test]
    fn escapes_stand_for_characters() {
        let list = parse(r"#a\:b.\31 x").unwrap();
        assert_eq!(
            list.0[0].subject.0,
            [
                Condition::Id("a:b".to_owned()),
                Condition::Class("1x".to_owned())
            ]
        );
    }
}
