//! A reader between serde and JSON: objects are only read from objects, and the way is noted.
//!
//! Invariants: without a trail it does nothing but pass on, so that it costs nothing.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::cut;

/// The way to the value that is being read; after a failure, to the value that failed.
#[derive(Debug, Default)]
pub(super) struct Trail {
    inner: RefCell<Steps>,
}

#[derive(Debug, Default)]
struct Steps {
    steps: Vec<Step>,
    /// The member whose name was read last.
    member: String,
}

#[derive(Debug)]
enum Step {
    Member(String),
    Element(usize),
}

impl Trail {
    /// JSON pointer to where the reader is.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        for step in &self.inner.borrow().steps {
            match step {
                Step::Member(name) => push_member(&mut pointer, name),
                Step::Element(idx) => pointer.push_str(&format!("/{idx}")),
            }
        }
        pointer
    }

    /// JSON pointer to the member whose name was read last.
    pub(super) fn pointer_of_member(&self) -> String {
        let mut pointer = self.pointer();
        push_member(&mut pointer, &self.inner.borrow().member);
        pointer
    }

    fn name(&self, name: &str) {
        self.inner.borrow_mut().member = cut(name);
    }

    fn enter_member(&self) {
        let mut inner = self.inner.borrow_mut();
        let member = inner.member.clone();
        inner.steps.push(Step::Member(member));
    }

    fn enter_element(&self, idx: usize) {
        self.inner.borrow_mut().steps.push(Step::Element(idx));
    }

    fn leave(&self) {
        self.inner.borrow_mut().steps.pop();
    }
}

fn push_member(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

/// Passes on what a reader of JSON reads.
#[derive(Debug)]
pub(super) struct Strict<'t, D> {
    inner: D,
    trail: Option<&'t Trail>,
}

impl<'t, D> Strict<'t, D> {
    pub(super) fn new(inner: D, trail: Option<&'t Trail>) -> Self {
        Self { inner, trail }
    }
}

macro_rules! pass_on {
    ($($method:ident($($name:ident: $kind:ty),*))+) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($name: $kind,)*
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            self.inner.$method($($name,)* Watch { inner: visitor, trail: self.trail })
        }
    )+};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<'_, D> {
    type Error = D::Error;

    pass_on! {
        deserialize_any()
        deserialize_bool()
        deserialize_i8()
        deserialize_i16()
        deserialize_i32()
        deserialize_i64()
        deserialize_u8()
        deserialize_u16()
        deserialize_u32()
        deserialize_u64()
        deserialize_f32()
        deserialize_f64()
        deserialize_char()
        deserialize_str()
        deserialize_string()
        deserialize_bytes()
        deserialize_byte_buf()
        deserialize_option()
        deserialize_unit()
        deserialize_unit_struct(name: &'static str)
        deserialize_newtype_struct(name: &'static str)
        deserialize_seq()
        deserialize_tuple(len: usize)
        deserialize_tuple_struct(name: &'static str, len: usize)
        deserialize_map()
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
        deserialize_identifier()
        deserialize_ignored_any()
    }

    /// The difference: an object has names.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserialize_map(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Passes on what a visitor is shown, with the way noted.
struct Watch<'t, T> {
    inner: T,
    trail: Option<&'t Trail>,
}

macro_rules! show {
    ($($method:ident: $kind:ty),+) => {$(
        fn $method<E: Error>(self, value: $kind) -> Result<V::Value, E> {
            self.inner.$method(value)
        }
    )+};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Watch<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    show! {
        visit_bool: bool, visit_i8: i8, visit_i16: i16, visit_i32: i32, visit_i64: i64,
        visit_u8: u8, visit_u16: u16, visit_u32: u32, visit_u64: u64, visit_f32: f32,
        visit_f64: f64, visit_char: char, visit_str: &str, visit_borrowed_str: &'de str,
        visit_string: String, visit_bytes: &[u8], visit_borrowed_bytes: &'de [u8],
        visit_byte_buf: Vec<u8>
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner.visit_some(Strict::new(inner, self.trail))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.inner
            .visit_newtype_struct(Strict::new(inner, self.trail))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let (trail, idx) = (self.trail, 0);
        self.inner.visit_seq(Elements { inner, trail, idx })
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let trail = self.trail;
        self.inner.visit_map(Members { inner, trail })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(inner)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Watch<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Strict::new(inner, self.trail))
    }
}

struct Elements<'t, A> {
    inner: A,
    trail: Option<&'t Trail>,
    idx: usize,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        inner: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let trail = self.trail;
        if let Some(trail) = trail {
            trail.enter_element(self.idx);
        }
        let element = self.inner.next_element_seed(Watch { inner, trail })?;
        if let Some(trail) = trail {
            trail.leave();
        }
        self.idx = self.idx.saturating_add(1);
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

struct Members<'t, A> {
    inner: A,
    trail: Option<&'t Trail>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        inner: S,
    ) -> Result<Option<S::Value>, A::Error> {
        match self.trail {
            Some(trail) => self.inner.next_key_seed(Name { inner, trail }),
            None => self.inner.next_key_seed(inner),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, inner: S) -> Result<S::Value, A::Error> {
        let trail = self.trail;
        if let Some(trail) = trail {
            trail.enter_member();
        }
        let value = self.inner.next_value_seed(Watch { inner, trail })?;
        if let Some(trail) = trail {
            trail.leave();
        }
        Ok(value)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// Notes the name of a member on its way to whoever asked for it.
struct Name<'t, T> {
    inner: T,
    trail: &'t Trail,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Name<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let trail = self.trail;
        self.inner.deserialize(Name { inner, trail })
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Name<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let (inner, trail) = (visitor, self.trail);
        self.inner.deserialize_any(Name { inner, trail })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Name<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        self.trail.name(name);
        self.inner.visit_str(name)
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<V::Value, E> {
        self.trail.name(name);
        self.inner.visit_borrowed_str(name)
    }
}
