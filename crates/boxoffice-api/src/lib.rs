//! Everything that clients see of a box office: wire types, error codes, limits and OpenAPI.
//!
//! Invariants:
//! * A request that passed [`Validate::validate`] is within [`limits`]; nothing behind it checks
//!   shapes again.
//! * Every refusal is a [`Problem`] with an [`ErrorCode`], and every code has its page.
//! * Engine types are never serialised; handlers copy from them into the types of [`v1`].
//!
//! Never: HTTP, clocks, files, environment, or a decision about who gets what.
#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic
)]

pub mod error;
pub mod limits;
pub mod money;
pub mod openapi;
pub mod problem;
pub mod read;
mod schema;
pub mod time;
pub mod v1;
pub mod validate;

pub use error::ErrorCode;
pub use money::Currency;
pub use problem::{Conflict, ConflictStatus, Problem};
pub use time::Timestamp;
pub use validate::{Fault, Faults, Validate};

use std::borrow::Cow;

/// Text in a response: borrowed from the reply where possible, owned where it was made up.
pub type Text<'a> = Cow<'a, str>;
