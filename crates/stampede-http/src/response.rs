//! What came of one hop of a request: the response, its figures, or why there is none.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};

use crate::code;
use crate::compression::Encoding;
use crate::cookie::{Cookie, cookie_header, parse_set_cookie};
use crate::error::{HttpError, Stage};
use crate::headers::Headers;
use crate::meter::Hold;
use crate::request::{Request, RequestCookie};
use crate::url::mask;

/// The version of HTTP that was spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proto {
    /// No response came.
    #[default]
    None,
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
}

impl Proto {
    /// As scripts read it: `HTTP/1.1`, or nothing.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2.0",
        }
    }
}

/// The phases of one hop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Until there was a connection: the rate limit, resolving, dialling and TLS included.
    pub blocked: Duration,
    /// Resolving the name.
    pub looking_up: Duration,
    /// Dialling.
    pub connecting: Duration,
    /// The handshake of TLS.
    pub tls_handshaking: Duration,
    /// From having a connection to the last byte of the request.
    pub sending: Duration,
    /// From the last byte of the request to the first of the response.
    pub waiting: Duration,
    /// From the first byte of the response to its last.
    pub receiving: Duration,
}

impl Timings {
    /// Sending, waiting and receiving together: what `http_req_duration` is made of.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.sending + self.waiting + self.receiving
    }
}

/// What TLS agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// `tls1.2` or `tls1.3`.
    pub version: &'static str,
    /// The suite's registered name.
    pub cipher_suite: &'static str,
}

/// What came of one hop.
///
/// Without an error it has a status. With one it has none, whatever had come before: a body cut
/// short has status 0 and the part that came, as in k6.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Response {
    /// The request as the script asked for it.
    pub request: Rc<Request>,
    /// The method of this hop.
    pub method: Rc<str>,
    /// The address of this hop, without user and password unless it is the first.
    pub url: Rc<str>,
    /// The status, 0 if there is none.
    pub status: u16,
    /// The phrase beside the status, as the server wrote it or as the registry has it.
    pub reason: Cow<'static, str>,
    /// The version of HTTP.
    pub proto: Proto,
    /// The headers.
    pub headers: Headers,
    /// The body, decompressed; `None` when none was wanted or no head came.
    pub body: Option<Bytes>,
    /// Who answered.
    pub remote: Option<SocketAddr>,
    /// What TLS agreed on.
    pub tls: Option<TlsInfo>,
    /// The phases.
    pub timings: Timings,
    /// Bytes written for this hop, below TLS; the handshake of a new connection included.
    pub bytes_sent: u64,
    /// Bytes read for this hop, below TLS; the handshake of a new connection included.
    pub bytes_received: u64,
    /// What went wrong.
    pub error: Option<HttpError>,
    /// The cookies of the first hop as they were sent.
    pub sent_cookies: Vec<RequestCookie>,
    /// What was sent as `User-Agent` unless the request has its own.
    pub user_agent: Option<HeaderValue>,
    /// Whether this hop was sent to be asked for a digest: a 401 is what it is meant to get.
    pub awaits_challenge: bool,
    /// Whether the address asked for more redirects than are followed when neither the request nor
    /// the options say how many.
    pub is_redirect_limit: bool,
    /// Counts the bytes of the body.
    pub(crate) hold: Hold,
}

impl Response {
    /// A response that never came.
    pub(crate) fn failed(request: Rc<Request>, method: Rc<str>, url: Rc<str>) -> Self {
        Self {
            request,
            method,
            url,
            status: 0,
            reason: Cow::Borrowed(""),
            proto: Proto::None,
            headers: Headers::default(),
            body: None,
            remote: None,
            tls: None,
            timings: Timings::default(),
            bytes_sent: 0,
            bytes_received: 0,
            error: None,
            sent_cookies: Vec::new(),
            user_agent: None,
            awaits_challenge: false,
            is_redirect_limit: false,
            hold: Hold::default(),
        }
    }

    /// The number that scripts read as `error_code`: of the error, of a 4xx or 5xx, or 0.
    #[must_use]
    pub fn error_code(&self) -> u16 {
        match &self.error {
            Some(error) => error.code,
            None if self.status >= 400 => code::STATUS_BASE.saturating_add(self.status),
            None => 0,
        }
    }

    /// The text that scripts read as `error`.
    #[must_use]
    pub fn error_text(&self) -> &str {
        self.error.as_ref().map_or("", |error| error.text.as_str())
    }

    /// `200 OK`, or nothing without a status.
    #[must_use]
    pub fn status_text(&self) -> String {
        if self.status == 0 {
            return String::new();
        }
        if self.reason.is_empty() {
            return self.status.to_string();
        }
        format!("{} {}", self.status, self.reason)
    }

    /// The address with stars for user and password, as k6 writes it into tags.
    #[must_use]
    pub fn masked_url(&self) -> Cow<'_, str> {
        mask::masked(&self.url)
    }

    /// The cookies that this hop set.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.headers
            .values("set-cookie")
            .filter_map(parse_set_cookie)
            .collect()
    }

    /// The headers of the first hop as scripts read them at `request.headers`: without `Host` and
    /// `Content-Length`, which the connection adds.
    #[must_use]
    pub fn sent_headers(&self) -> Headers {
        let mut headers = HeaderMap::new();
        if let Some(user_agent) = &self.user_agent {
            headers.insert(header::USER_AGENT, user_agent.clone());
        }
        for (name, value) in self.request.headers() {
            if *name != header::CONTENT_LENGTH {
                headers.insert(name.clone(), value.clone());
            }
        }
        if !self.request.compression.is_empty() && !headers.contains_key(header::CONTENT_ENCODING) {
            let value = Encoding::header(&self.request.compression);
            headers.insert(header::CONTENT_ENCODING, value);
        }
        if let Some(cookies) = cookie_header(&self.sent_cookies) {
            headers.insert(header::COOKIE, cookies);
        }
        Headers(headers)
    }

    /// Ends this hop with an error: what had come of the head is taken back.
    pub(crate) fn fail(&mut self, error: HttpError) {
        if error.stage != Stage::Body {
            self.body = None;
        }
        self.status = 0;
        self.reason = Cow::Borrowed("");
        self.proto = Proto::None;
        self.headers = Headers::default();
        self.error = Some(error);
    }
}
