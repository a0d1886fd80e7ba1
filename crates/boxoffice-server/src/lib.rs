//! The HTTP front of a house: it turns requests into commands and replies into responses.
//!
//! Never: decide anything about seats, stock or money; that is the engine's alone.

pub mod auth;
pub mod house;
pub mod http;
pub mod metrics;
pub mod secret;
