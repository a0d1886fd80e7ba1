//! House files: shows, products and accounts to start a house with, in JSON or CSV.
//!
//! Invariants: the entries keep the order of the file, and an id occurs once in its kind.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use super::product::ProductRequest;
use super::show::ShowRequest;
use crate::read::Misread;
use crate::validate::{Faults, Pointer, Validate};
use crate::{limits, read};

/// A house file: `{"shows": {id: show}, "products": {id: product}, "accounts": {buyer: account}}`.
///
/// Loading is idempotent: what exists is left alone, nothing is reset, restocked or recharged.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseFile {
    /// Shows by id, as in `PUT /v1/shows/{show}`.
    #[serde(default)]
    pub shows: Named<ShowRequest>,
    /// Products by id, as in `PUT /v1/products/{product}`.
    #[serde(default)]
    pub products: Named<ProductRequest>,
    /// Accounts by buyer.
    #[serde(default)]
    pub accounts: Named<HouseAccount>,
}

/// An account with what it holds at the start.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HouseAccount {
    /// In minor units.
    pub balance: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A JSON object as a list: keeps the order and refuses a repeated name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T>(Vec<(String, T)>);

/// A house file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HouseFileError {
    /// The file is not JSON of this shape.
    #[error("the house file cannot be read, so nothing was loaded")]
    Json(#[from] Misread),
    /// The file was read, but values are wrong.
    #[error("the house file has {} faults, so nothing was loaded", .0.total())]
    Invalid(Faults),
}

impl HouseFile {
    /// Reads a file in JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_json(text: &[u8]) -> Result<Self, HouseFileError> {
        let file: Self = read::from_slice(text)?;
        file.validate().map_err(HouseFileError::Invalid)?;
        Ok(file)
    }
}

impl<T> Named<T> {
    /// The entries in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, name: String, value: T) {
        self.0.push((name, value));
    }

    pub(crate) fn last_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0
            .iter_mut()
            .rev()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamedVisitor(PhantomData))
    }
}

struct NamedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named<T>, A::Error> {
        let mut named = Named::default();
        while let Some((name, value)) = map.next_entry()? {
            named.push(name, value);
        }
        Ok(named)
    }
}

impl<T: Validate> Validate for Named<T> {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if !faults.count(at, self.len(), 0..=limits::HOUSE_ENTRIES_MAX) {
            return;
        }
        let mut seen = HashSet::with_capacity(self.len());
        for (name, value) in self.iter() {
            let at = at.key(name);
            faults.id(&at, name);
            if !seen.insert(name) {
                faults.add(&at, "is there twice");
            }
            value.check(&at, faults);
        }
    }
}

impl Validate for HouseAccount {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        faults.amount(&at.key("balance"), self.balance);
        faults.currency(&at.key("currency"), &self.currency);
    }
}

impl Validate for HouseFile {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        self.shows.check(&at.key("shows"), faults);
        self.products.check(&at.key("products"), faults);
        self.accounts.check(&at.key("accounts"), faults);
    }
}
