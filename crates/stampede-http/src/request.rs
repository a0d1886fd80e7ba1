//! One request as a script asks for it.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};

use crate::code;
use crate::compression::Encoding;
use crate::error::{HttpError, Stage};
use crate::headers::canonical_name;
use crate::limits;

/// How to prove who asks, with the user and password of the URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Basic, if the URL names a user.
    #[default]
    Basic,
    /// Digest: asked once without it, then with the answer to the challenge.
    Digest,
    /// NTLM, which is refused with a message.
    Ntlm,
}

/// What becomes of the response's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyKind {
    /// Kept, for text.
    #[default]
    Text,
    /// Kept, for bytes.
    Binary,
    /// Read and forgotten.
    None,
}

/// A cookie that a request brings itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestCookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether it takes the place of the jar's cookie of that name instead of going beside it.
    pub replace: bool,
}

/// One request; see [`Request::new`] for what it is before anything is set.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method, as the script wrote it.
    pub method: Rc<str>,
    /// The address, as the script wrote it.
    pub url: String,
    /// The body; `None` sends none.
    pub body: Option<Bytes>,
    /// How long everything may take, redirects included.
    pub timeout: Duration,
    /// How many redirects to follow; `None` follows as many as the options say.
    pub redirects_max: Option<u32>,
    /// How to prove who asks.
    pub auth: Auth,
    /// How to compress the body, in order.
    pub compression: Vec<Encoding>,
    /// Cookies beside those of the jar.
    pub cookies: Vec<RequestCookie>,
    /// What becomes of the response's body.
    pub body_kind: BodyKind,
    headers: Vec<(HeaderName, HeaderValue)>,
    fault: Option<HttpError>,
}

impl Request {
    /// A request without headers, body or cookies, with k6's defaults for the rest.
    #[must_use]
    pub fn new(method: impl Into<Rc<str>>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            body: None,
            timeout: limits::TIMEOUT_DEFAULT,
            redirects_max: None,
            auth: Auth::default(),
            compression: Vec::new(),
            cookies: Vec::new(),
            body_kind: BodyKind::default(),
            headers: Vec::new(),
            fault: None,
        }
    }

    /// Sets a header; the last one of a name counts. One that cannot be sent fails the request
    /// when it is sent, as in k6, before anything goes over the wire.
    pub fn set_header(&mut self, name: &str, value: &[u8]) {
        let Ok(header_name) = HeaderName::from_bytes(name.as_bytes()) else {
            let text = format!("net/http: invalid header field name {name:?}");
            self.fault
                .get_or_insert_with(|| HttpError::new(code::GENERAL, Stage::Prepare, text));
            return;
        };
        let Ok(value) = HeaderValue::from_bytes(value) else {
            let name = canonical_name(name);
            let text = format!("net/http: invalid header field value for {name:?}");
            self.fault
                .get_or_insert_with(|| HttpError::new(code::GENERAL, Stage::Prepare, text));
            return;
        };
        match self
            .headers
            .iter_mut()
            .find(|(known, _)| *known == header_name)
        {
            Some((_, known)) => *known = value,
            None => self.headers.push((header_name, value)),
        }
    }

    /// The header of that name, if it was set.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// All headers that were set, in the order of their first setting.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// What was set and cannot be sent.
    pub(crate) fn fault(&self) -> Option<&HttpError> {
        self.fault.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_header_of_a_name_counts() {
        let mut request = Request::new("GET", "http://localhost/");
        request.set_header("x-a", b"1");
        request.set_header("X-A", b"2");
        assert_eq!(request.headers().len(), 1);
        assert_eq!(request.headers()[0].1, "2");
    }

    #[test]
    fn the_first_header_that_cannot_be_sent_is_the_fault() {
        let mut request = Request::new("GET", "http://localhost/");
        request.set_header("a b", b"1");
        request.set_header("c", b"1\n2");
        let fault = request.fault().unwrap();
        assert_eq!(fault.text, "net/http: invalid header field name \"a b\"");
        assert_eq!(fault.code, code::GENERAL);
    }
}
