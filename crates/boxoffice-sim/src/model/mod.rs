//! An independent model of a house: small, slow and obvious, to judge the real one by.
//!
//! It keeps plain lists and makes every sum anew from them. It never looks ahead: a claim past its
//! deadline does not count, whether its end was written or not.
//!
//! Never: types or code of the engine, the writer or the journal.

mod apply;
mod bookings;
mod claims;
mod house;
mod orders;
mod pay;
mod step;
pub mod words;

pub use house::{Asker, House, HouseRules};
pub use step::{Request, Told};
