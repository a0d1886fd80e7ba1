//! Everything that is tested against a server with real sockets.

mod http;
