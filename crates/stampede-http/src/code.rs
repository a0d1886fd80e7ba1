//! The numbers of `error_code`, as k6 publishes them.

/// Anything without a number of its own.
pub const GENERAL: u16 = 1000;
/// A network error that is not of TCP.
pub const NON_TCP: u16 = 1010;
/// The address is not one.
pub const INVALID_URL: u16 = 1020;
/// The request did not end within its timeout.
pub const TIMEOUT: u16 = 1050;
/// The name could not be resolved.
pub const DNS: u16 = 1100;
/// The name has no address.
pub const DNS_NO_ADDRESS: u16 = 1101;
/// The address is in `blacklistIPs`.
pub const BLOCKED_ADDRESS: u16 = 1110;
/// The name is in `blockHostnames`.
pub const BLOCKED_HOSTNAME: u16 = 1111;
/// A TCP error without a number of its own.
pub const TCP: u16 = 1200;
/// The peer had closed before everything was written.
pub const TCP_BROKEN_PIPE: u16 = 1201;
/// A TCP error that the operating system named otherwise.
pub const TCP_UNKNOWN: u16 = 1202;
/// The connection could not be made.
pub const DIAL: u16 = 1210;
/// The connection was not made in time.
pub const DIAL_TIMEOUT: u16 = 1211;
/// Nobody listens there.
pub const DIAL_REFUSED: u16 = 1212;
/// The connection could not be made for a reason the operating system named otherwise.
pub const DIAL_UNKNOWN: u16 = 1213;
/// The peer reset the connection.
pub const RESET: u16 = 1220;
/// TLS failed.
pub const TLS: u16 = 1300;
/// The server does not speak TLS.
pub const TLS_HEADER: u16 = 1301;
/// The certificate's issuer is not trusted.
pub const X509_UNKNOWN_AUTHORITY: u16 = 1310;
/// The certificate is for another name.
pub const X509_HOSTNAME: u16 = 1311;
/// Added to the status of a 4xx or 5xx response: 404 is 1404.
pub const STATUS_BASE: u16 = 1000;
/// HTTP/2 failed.
pub const HTTP2: u16 = 1600;
/// The server said GOAWAY, without a known reason.
pub const HTTP2_GOAWAY: u16 = 1610;
/// The stream was reset, without a known reason.
pub const HTTP2_STREAM: u16 = 1630;
/// The connection failed, without a known reason.
pub const HTTP2_CONNECTION: u16 = 1650;
/// The response's body could not be decompressed.
pub const DECOMPRESSION: u16 = 1701;
