//! OpenAPI 3.1 documents of the native API and of each dialect, and the pages made from them.
//!
//! Invariants:
//! * A document is built from tables of calls and from the schemas next to the wire types; there
//!   is no second description that could differ.
//! * [`routes`] of a document is what the server must route; the server's tests compare the two.
//!
//! Never: a server's address, version of a build, or anything else that differs between runs.

mod build;
mod cinema;
mod concert;
mod native;
mod native_sales;
mod page;
mod race;
mod shop;
mod theatre;

pub use page::{PAGE_CSP, error_index, error_page, page};

use serde_json::Value;

/// An API that has a document of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Api {
    /// `/v1`, health, metrics and documentation.
    Native,
    /// Cinema seat locks.
    Cinema,
    /// The order race.
    Race,
    /// Concert reservations and payments.
    Concert,
    /// The shop with balances, orders and payments.
    Shop,
    /// Theatre bookings.
    Theatre,
}

impl Api {
    /// All of them, the native one first.
    pub const ALL: [Self; 6] = [
        Self::Native,
        Self::Cinema,
        Self::Race,
        Self::Concert,
        Self::Shop,
        Self::Theatre,
    ];

    /// Name of its golden file and, for dialects, of `/openapi/<name>.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Native => "boxoffice",
            Self::Cinema => "cinema",
            Self::Race => "race",
            Self::Concert => "concert",
            Self::Shop => "shop",
            Self::Theatre => "theatre",
        }
    }

    /// The API with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|api| api.name() == name)
    }
}

/// Builds the document of an API.
#[must_use]
pub fn document(api: Api) -> Value {
    match api {
        Api::Native => native::document(),
        Api::Cinema => cinema::document(),
        Api::Race => race::document(),
        Api::Concert => concert::document(),
        Api::Shop => shop::document(),
        Api::Theatre => theatre::document(),
    }
}

/// The document as it is stored under `openapi/` and served: indented, with a final newline.
#[must_use]
pub fn render(document: &Value) -> String {
    format!("{document:#}\n")
}

/// Method (`GET`) and path template (`/v1/shows/{show}`) of every call in a document.
#[must_use]
pub fn routes(document: &Value) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for (path, item) in document
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        for method in item.as_object().into_iter().flat_map(|item| item.keys()) {
            routes.push((method.to_ascii_uppercase(), path.clone()));
        }
    }
    routes
}
