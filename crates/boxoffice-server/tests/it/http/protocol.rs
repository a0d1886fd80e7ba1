//! HTTP/2 and TLS.
