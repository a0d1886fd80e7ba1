//! The HTTP front of a house: it turns requests into commands and replies into responses.
//!
//! Never: decide anything about seats, stock or money; that is the engine's alone.

pub mod app;
pub mod auth;
pub mod demo_house;
pub mod dialects;
pub mod export;
mod header_text;
pub mod house;
pub mod house_file;
pub mod http;
pub mod idempotency;
pub mod metrics;
pub mod opening;
pub mod pages;
pub mod problem;
pub mod reply;
pub mod secret;
pub mod secret_file;
pub mod v1;
pub mod views;
