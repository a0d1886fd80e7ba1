//! Cookies: reading `Set-Cookie`, writing `Cookie`, and the jar between them.

mod jar;
mod text;

pub use jar::CookieJar;
pub(crate) use text::{cookie_header, parse_set_cookie};

use std::time::SystemTime;

/// One cookie as a server or a script sets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The domain it is for; empty for the host that set it alone.
    pub domain: String,
    /// The path it is for; empty for the directory of the address that set it.
    pub path: String,
    /// When it ends.
    pub expires: Option<SystemTime>,
    /// For how many seconds it lives: 0 says nothing, less ends it at once.
    pub max_age_s: i64,
    /// Whether it goes over TLS only.
    pub secure: bool,
    /// Whether pages may not read it.
    pub http_only: bool,
}

impl Cookie {
    /// A cookie that says nothing but its name and value.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            ..Self::default()
        }
    }
}
