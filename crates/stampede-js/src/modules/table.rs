//! The list of the modules that exist, by the name that a script imports.
//!
//! Invariants: a name stands once; `k6/x/*` and `k6/browser` never do.

use super::Provider::{self, Native};
use super::{crypto, data, encoding, execution, html, http, k6, metrics, secrets, sockets, timers};
use crate::jslib::BY_ADDRESS;

/// The modules by name, in the order in which an error lists them.
const MODULES: &[(&str, Provider)] = &[
    ("k6", Native(k6::install)),
    ("k6/crypto", Native(crypto::install)),
    ("k6/data", Native(data::install)),
    ("k6/encoding", Native(encoding::install)),
    ("k6/execution", Native(execution::install)),
    ("k6/html", Native(html::install)),
    ("k6/http", Native(http::install)),
    ("k6/metrics", Native(metrics::install)),
    ("k6/secrets", Native(secrets::install)),
    ("k6/timers", Native(timers::install)),
    ("k6/websockets", Native(sockets::install_websockets)),
    (
        "k6/experimental/websockets",
        Native(sockets::install_websockets),
    ),
    ("k6/ws", Native(sockets::install_ws)),
];

/// The module that a script means by `specifier` (a name, or an `https://` address).
pub(crate) fn find(specifier: &str) -> Option<Provider> {
    if let Some(address) = specifier.strip_prefix("https://") {
        let address = address.split(['?', '#']).next().unwrap_or(address);
        return BY_ADDRESS
            .iter()
            .find(|(pattern, _)| matches(pattern, address))
            .map(|(_, provider)| *provider);
    }
    MODULES
        .iter()
        .find(|(name, _)| *name == specifier)
        .map(|(_, provider)| *provider)
}

/// What exists, for the error about a name that does not.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    MODULES.iter().chain(BY_ADDRESS).map(|(name, _)| *name)
}

/// Whether every segment of `address` equals the pattern's, `*` standing for any one segment.
fn matches(pattern: &str, address: &str) -> bool {
    let mut segments = address.split('/');
    pattern.split('/').all(|wanted| {
        segments
            .next()
            .is_some_and(|is| wanted == "*" || wanted == is)
    }) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment() {
        assert!(matches("a/*/c", "a/1.2.0/c"));
        assert!(!matches("a/*/c", "a/1/2/c"));
        assert!(!matches("a/*", "a"));
    }
}
