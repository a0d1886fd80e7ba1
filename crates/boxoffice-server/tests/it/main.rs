//! Everything that is tested against a server with real sockets.

#[cfg(test)]
mod http;
