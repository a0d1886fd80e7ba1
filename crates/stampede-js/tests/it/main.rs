//! Scripts in virtual users, against a small server on the loopback.

mod http;
mod k6;
mod limits;
mod load;
mod server;
mod stage;
