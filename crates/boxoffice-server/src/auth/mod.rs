//! Who may do what: API keys, and the protection of an open house from foreign web pages.
//!
//! Invariants: a house is open for use only while it listens on loopback alone and never had a key.
//! A secret is shown once and stored as its SHA-256; every decision is a pure function of a
//! request's head and of what is configured.
//!
//! Never: say in an answer whether a key never existed, was revoked or is malformed.

mod cors;
mod gate;
mod host;
mod key;
mod principal;
mod ring;
mod store;

pub use cors::{Cors, OriginMalformed};
pub use gate::{Access, BodyRule, Denied, Gate, KEY_HEADER, RouteRule, Verdict};
pub use host::{HostRule, ListenRefused, check_listen};
pub use key::{KEYS_MAX, Key, KeysDamaged, NAME_CHARS_MAX};
pub use principal::{Principal, Role};
pub use ring::KeyRing;
pub use store::{KeyStore, KeyStoreFailed, NewKey};
