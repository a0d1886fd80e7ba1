//! Requests and responses of the native API under `/v1`, one file per noun.
//!
//! Invariants:
//! * Requests refuse unknown fields and judge themselves through [`Validate`].
//! * Members that are absent are `None` in requests and left out of responses, never `null`.
//! * Amounts are minor units, durations milliseconds, times RFC 3339.

pub mod account;
pub mod booking;
pub mod feed;
pub mod history;
pub mod hold;
pub mod house;
mod house_csv;
pub mod order;
mod order_schema;
pub mod product;
pub mod query;
pub mod seats;
pub mod show;
mod show_schema;
pub mod show_view;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Problem, Validate, read};

/// Reads a request body and checks it.
///
/// # Errors
/// `malformed` if it is not JSON of this shape, `validation` with all faults if values are wrong.
pub fn decode<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T, Problem<'static>> {
    let request: T = read::from_slice(body).map_err(|misread| Problem::malformed(&misread))?;
    request.validate().map_err(Problem::validation)?;
    Ok(request)
}

/// Like [`decode`], for calls whose body may be left out.
///
/// # Errors
/// Those of [`decode`], if there is a body.
pub fn decode_or_default<T>(body: &[u8]) -> Result<T, Problem<'static>>
where
    T: DeserializeOwned + Validate + Default,
{
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    decode(body)
}

/// Renders a response of this crate.
#[must_use]
pub fn to_json(response: &impl Serialize) -> Vec<u8> {
    // Most hot replies fit, so that one allocation is enough.
    let mut bytes = Vec::with_capacity(512);
    serde_json::to_writer(&mut bytes, response)
        .expect("responses have string keys and write to memory");
    bytes
}

/// The schemas of every type under `/v1`.
pub(crate) fn schemas() -> Vec<crate::schema::Named> {
    [
        show_schema::schemas(),
        show_view::schemas(),
        seats::schemas(),
        hold::schemas(),
        booking::schemas(),
        product::schemas(),
        order_schema::schemas(),
        account::schemas(),
        history::schemas(),
        feed::schemas(),
        crate::problem::schemas(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
