//! Scripts in virtual users, against a small server on the loopback.

#[cfg(test)]
mod http;
#[cfg(test)]
mod jslib;
#[cfg(test)]
mod k6;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod load;
#[cfg(test)]
mod observed;
#[cfg(test)]
mod server;
#[cfg(test)]
mod sockets;
#[cfg(test)]
mod stage;
