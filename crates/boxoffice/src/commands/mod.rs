//! The commands beside `serve` and `demo`, one file each.

pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod journal;
pub(crate) mod key;
pub(crate) mod seat;
