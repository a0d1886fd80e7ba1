//! Text with places to fill: `{resource}`, `{client}` and `{uuid}`.
//!
//! Invariant: every other brace stays as it is, so that JSON can be written plainly.

use std::fmt::Write as _;

use crate::ids::Ids;

/// A text with places to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Resource,
    Client,
    Uuid,
}

const PLACES: [(&str, Part); 3] = [
    ("{resource}", Part::Resource),
    ("{client}", Part::Client),
    ("{uuid}", Part::Uuid),
];

/// What one request fills in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fill<'a> {
    pub(super) resource: &'a str,
    /// Counted from 1.
    pub(super) client: u32,
    pub(super) uuid: &'a str,
}

impl Template {
    pub(super) fn parse(text: &str) -> Template {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        'next: while !rest.is_empty() {
            for (place, part) in &PLACES {
                if let Some(after) = rest.strip_prefix(place) {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(part.clone());
                    rest = after;
                    continue 'next;
                }
            }
            let mut characters = rest.chars();
            plain.extend(characters.next());
            rest = characters.as_str();
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Template { parts }
    }

    pub(super) fn names_resource(&self) -> bool {
        self.parts.contains(&Part::Resource)
    }

    /// Fills the places in as they are.
    pub(super) fn expand(&self, fill: Fill<'_>) -> String {
        self.expand_with(fill, |resource, text| text.push_str(resource))
    }

    /// Fills the places in so that they are safe within a URL's path or query.
    pub(super) fn expand_in_url(&self, fill: Fill<'_>) -> String {
        self.expand_with(fill, percent_encode)
    }

    fn expand_with(&self, fill: Fill<'_>, add: impl Fn(&str, &mut String)) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Resource => add(fill.resource, &mut text),
                Part::Client => {
                    write!(text, "{}", fill.client).expect("a String takes every text");
                }
                Part::Uuid => text.push_str(fill.uuid),
            }
        }
        text
    }
}

fn percent_encode(value: &str, text: &mut String) {
    for &byte in value.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes every text");
        }
    }
}

/// Makes version 4 UUIDs; each request gets its own.
#[derive(Debug)]
pub(super) struct Uuids {
    ids: Ids,
}

impl Uuids {
    pub(super) fn new() -> Uuids {
        Uuids {
            ids: Ids::seeded_by_system(),
        }
    }

    pub(super) fn next(&mut self) -> String {
        self.ids.uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::{Fill, Template};

    const FILL: Fill<'_> = Fill {
        resource: "A/1 ü",
        client: 7,
        uuid: "u-u",
    };

    #[test]
    fn only_the_known_places_are_filled() {
        let template = Template::parse(r#"{"seat":"{resource}","by":{client},"{x}":"{uuid}"}"#);
        assert_eq!(
            template.expand(FILL),
            r#"{"seat":"A/1 ü","by":7,"{x}":"u-u"}"#
        );
        assert!(template.names_resource());
        assert!(!Template::parse("{ resource } {client}").names_resource());
    }

    #[test]
    fn in_a_url_the_resource_is_encoded() {
        let template = Template::parse("/seats/{resource}?c={client}");
        assert_eq!(template.expand_in_url(FILL), "/seats/A%2F1%20%C3%BC?c=7");
    }
}
