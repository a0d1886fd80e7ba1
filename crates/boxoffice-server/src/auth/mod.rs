//! Who may do what: API keys, and the protection of an open house from foreign web pages.

mod principal;

pub use principal::{Principal, Role};
