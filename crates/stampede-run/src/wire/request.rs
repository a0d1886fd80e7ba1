//! Writes the bytes of an HTTP/1.1 request.
//!
//! Invariant: `Content-Length` always matches the body, and a request without a body has one only
//! where servers expect it (POST, PUT, PATCH).

use super::Target;

/// The bytes of one request, reusable without new allocations.
#[derive(Debug, Default, Clone)]
pub struct RequestBuffer {
    bytes: Vec<u8>,
    method_is_head: bool,
    method_wants_length: bool,
}

impl RequestBuffer {
    /// Makes an empty buffer.
    #[must_use]
    pub fn new() -> RequestBuffer {
        RequestBuffer::default()
    }

    /// Starts a request to `target`: request line and `Host`. `path` includes the query.
    pub fn begin(&mut self, target: &Target, method: &str, path: &str) -> &mut RequestBuffer {
        self.bytes.clear();
        self.method_is_head = method == "HEAD";
        self.method_wants_length = matches!(method, "POST" | "PUT" | "PATCH");
        for part in [
            method,
            " ",
            path,
            " HTTP/1.1\r\nHost: ",
            target.host_header(),
            "\r\n",
        ] {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        self
    }

    /// Adds a header. Name and value must hold no line break; the callers check what users give.
    pub fn header(&mut self, name: &str, value: &str) -> &mut RequestBuffer {
        for part in [name, ": ", value, "\r\n"] {
            self.bytes.extend_from_slice(part.as_bytes());
        }
        self
    }

    /// Ends the head and adds the body.
    pub fn end(&mut self, body: &[u8]) {
        if !body.is_empty() || self.method_wants_length {
            self.header("Content-Length", &body.len().to_string());
        }
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(body);
    }

    /// The bytes to send.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the answer has no body because the method is `HEAD`.
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method_is_head
    }
}
