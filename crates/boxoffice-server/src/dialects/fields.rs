//! What the dialects read from requests: whole numbers, ids, texts and JSON objects.
//!
//! Invariants: extra fields are ignored, wrong types never pass for right ones; a field that is
//! absent and one that is wrong are told apart, because the originals answer them differently.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

/// Characters of a number in a path at the most; `u64::MAX` has as many.
const NUMBER_BYTES_MAX: usize = 20;

/// A field that should be a whole number from 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Whole {
    /// Absent or null.
    #[default]
    Missing,
    /// Negative, fractional, too large or no number.
    Wrong,
    /// As it should be.
    Is(u64),
}

impl Whole {
    /// The number, if it is one from 1.
    pub(super) fn positive(self) -> Option<u64> {
        match self {
            Self::Is(number) => Some(number).filter(|number| 0 < *number),
            Self::Missing | Self::Wrong => None,
        }
    }
}

/// A field that should be a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Words {
    /// Absent or null.
    #[default]
    Missing,
    /// No text.
    Wrong,
    /// As it should be.
    Is(String),
}

/// An id that the caller may write as a number or as a text; it is written back as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Id {
    /// Absent or null.
    #[default]
    Missing,
    /// Neither a whole number nor a text.
    Wrong,
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

impl Id {
    /// The id's characters, if it has any.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Missing | Self::Wrong => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        }
    }

    /// The id with these characters: a number if it reads as one.
    pub(super) fn from_text(text: &str) -> Self {
        number(text).map_or_else(|| Self::Text(text.to_owned()), Self::Number)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing | Self::Wrong => serializer.serialize_none(),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A field that has to be absent, null or empty, because the house has nothing of the kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Nothing {
    /// As it should be.
    #[default]
    Asked,
    /// Something was asked for.
    Unmet,
}

/// Reads any JSON value without failing, so that one wrong field does not hide the others.
trait Lenient: Sized {
    const NULL: Self;
    const WRONG: Self;
    fn number(_number: u64) -> Self {
        Self::WRONG
    }
    fn text(_text: &str) -> Self {
        Self::WRONG
    }
    fn list(is_empty: bool) -> Self {
        let _ = is_empty;
        Self::WRONG
    }
}

impl Lenient for Whole {
    const NULL: Self = Self::Missing;
    const WRONG: Self = Self::Wrong;
    fn number(number: u64) -> Self {
        Self::Is(number)
    }
}

impl Lenient for Words {
    const NULL: Self = Self::Missing;
    const WRONG: Self = Self::Wrong;
    fn text(text: &str) -> Self {
        Self::Is(text.to_owned())
    }
}

impl Lenient for Id {
    const NULL: Self = Self::Missing;
    const WRONG: Self = Self::Wrong;
    fn number(number: u64) -> Self {
        Self::Number(number)
    }
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Lenient for Nothing {
    const NULL: Self = Self::Asked;
    const WRONG: Self = Self::Unmet;
    fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Asked
        } else {
            Self::Unmet
        }
    }
    fn list(is_empty: bool) -> Self {
        if is_empty { Self::Asked } else { Self::Unmet }
    }
}

struct AnyValue<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for AnyValue<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::NULL)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<T, E> {
        Ok(T::WRONG)
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(T::number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok(u64::try_from(number).map_or(T::WRONG, T::number))
    }

    fn visit_f64<E>(self, _number: f64) -> Result<T, E> {
        Ok(T::WRONG)
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        let mut is_empty = true;
        while let Some(IgnoredAny) = seq.next_element()? {
            is_empty = false;
        }
        Ok(T::list(is_empty))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut is_empty = true;
        while let Some((IgnoredAny, IgnoredAny)) = map.next_entry()? {
            is_empty = false;
        }
        Ok(T::list(is_empty))
    }
}

macro_rules! read_leniently {
    ($($name:ty),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(AnyValue(PhantomData))
            }
        }
    )+};
}

read_leniently!(Whole, Words, Id, Nothing);

/// A JSON object; a list of its fields' values in their order, which serde would take, is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object<T>(pub(super) T);

struct OnlyObjects<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyObjects<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnlyObjects(PhantomData))
    }
}

/// The object in a body, or `None` if the body is anything else.
pub(super) fn object<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Option<T> {
    serde_json::from_slice::<Object<T>>(body)
        .ok()
        .map(|Object(fields)| fields)
}

/// A whole number as paths and queries write it: digits only, no sign, no needless zero.
pub(super) fn number(text: &str) -> Option<u64> {
    let digits = (1..=NUMBER_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Fields {
        #[serde(default)]
        n: Whole,
        #[serde(default)]
        id: Id,
        #[serde(default)]
        text: Words,
        #[serde(default)]
        none: Nothing,
    }

    #[test]
    fn whole_numbers_are_told_from_everything_else() {
        for (body, n) in [
            ("{}", Whole::Missing),
            (r#"{"n":null}"#, Whole::Missing),
            (r#"{"n":0}"#, Whole::Is(0)),
            (r#"{"n":18446744073709551615}"#, Whole::Is(u64::MAX)),
            (r#"{"n":18446744073709551616}"#, Whole::Wrong),
            (r#"{"n":-1}"#, Whole::Wrong),
            (r#"{"n":1.0}"#, Whole::Wrong),
            (r#"{"n":1e3}"#, Whole::Wrong),
            (r#"{"n":"1"}"#, Whole::Wrong),
            (r#"{"n":true}"#, Whole::Wrong),
            (r#"{"n":[1]}"#, Whole::Wrong),
            (r#"{"n":{"n":1},"x":2}"#, Whole::Wrong),
        ] {
            assert_eq!(object::<Fields>(body.as_bytes()).unwrap().n, n, "{body}");
        }
    }

    #[test]
    fn ids_texts_and_empty_fields_keep_their_kind() {
        let fields: Fields =
            object(br#"{"id":"7","text":"a\n","none":[],"extra":{"deep":[1]}}"#).unwrap();
        assert_eq!(fields.id, Id::Text("7".to_owned()));
        assert_eq!(fields.text, Words::Is("a\n".to_owned()));
        assert_eq!(fields.none, Nothing::Asked);
        let fields: Fields = object(br#"{"id":7,"text":7,"none":[{}]}"#).unwrap();
        assert_eq!(fields.id, Id::Number(7));
        assert_eq!(fields.text, Words::Wrong);
        assert_eq!(fields.none, Nothing::Unmet);
        assert_eq!(serde_json::to_string(&Id::from_text("7")).unwrap(), "7");
        assert_eq!(
            serde_json::to_string(&Id::from_text("07")).unwrap(),
            "\"07\""
        );
    }

    #[test]
    fn only_an_object_is_an_object() {
        for body in [
            "",
            "null",
            "[1]",
            "[1,2,3,4]",
            "\"a\"",
            "{",
            "{}x",
            "{\"n\":1,\"n\":2}",
            "\u{0}",
        ] {
            assert!(object::<Fields>(body.as_bytes()).is_none(), "{body:?}");
        }
        assert!(object::<Fields>(&[b'{', 0xff, b'}']).is_none());
    }

    #[test]
    fn a_field_that_nobody_asked_for_may_be_as_deep_as_it_likes() {
        let (open, close) = ("[".repeat(10_000), "]".repeat(10_000));
        for field in ["x", "n", "id", "none"] {
            let body = format!(r#"{{"{field}":{open}{close}}}"#);
            assert!(object::<Fields>(body.as_bytes()).is_some(), "{field}");
        }
    }

    #[test]
    fn numbers_in_paths_are_plain_digits() {
        for (text, value) in [
            ("0", Some(0)),
            ("42", Some(42)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("+1", None),
            ("-1", None),
            ("01", None),
            ("1.0", None),
            ("1e3", None),
            (" 1", None),
            ("%31", None),
        ] {
            assert_eq!(number(text), value, "{text:?}");
        }
    }
}
