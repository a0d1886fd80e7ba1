//! Scripts in virtual users, against a small server on the loopback.

mod http;
mod jslib;
mod k6;
mod limits;
mod load;
mod observed;
mod server;
mod stage;
