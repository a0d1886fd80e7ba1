//! What goes over the wire for one hop, and which hop follows it.
//!
//! Invariants: headers stand in the order and spelling of Go: `Host`, `User-Agent`, the length,
//! then all others by name. Secrets do not follow a redirect to another host.

use std::rc::Rc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, Scheme, Uri};
use http::{Method, StatusCode};

use super::payload::Payload;
use super::target::Target;
use crate::auth::{self, Challenge};
use crate::code;
use crate::compression::{Encoding, compress};
use crate::environment::Environment;
use crate::error::{HttpError, Stage};
use crate::limits::REDIRECTS_DEFAULT;
use crate::request::{Auth, Request};
use crate::response::Response;
use crate::url::Url;

/// One hop of a request.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub(super) target: Rc<Target>,
    pub(super) method: Method,
    pub(super) method_text: Rc<str>,
    body: Option<Bytes>,
    /// The script's own `Host`, while it holds.
    host: Option<HeaderValue>,
    referer: Option<HeaderValue>,
    authorization: Option<HeaderValue>,
    /// Whether it has left the host that its secrets were meant for.
    pub(super) is_stripped: bool,
    /// Whether a redirect took its body, and with it the headers that describe it.
    is_bodiless: bool,
    redirects: u32,
    redirects_max: u32,
    /// Whether a challenge has been answered or must not be.
    pub(super) is_answered: bool,
    credentials: Option<(String, String)>,
    first_url: Option<Box<Url>>,
}

impl Hop {
    /// The first hop of a request, whose address has been read.
    pub(super) fn first(
        request: &Request,
        environment: &Environment,
        target: Rc<Target>,
    ) -> Result<Self, HttpError> {
        let failed = |text: String| HttpError::new(code::GENERAL, Stage::Prepare, text);
        if request.auth == Auth::Ntlm {
            let mend = "use basic or digest, or put a proxy that speaks it before the server";
            return Err(failed(format!(
                "authentication by NTLM is not supported; {mend}"
            )));
        }
        if let Some(fault) = request.fault() {
            return Err(fault.clone());
        }
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| failed(format!("net/http: invalid method {:?}", request.method)))?;
        let body = match (&request.body, request.compression.as_slice()) {
            (Some(body), encodings) if !encodings.is_empty() => Some(compress(body, encodings)?),
            (body, _) => body.clone(),
        };
        let url = &target.url;
        let credentials = url.username.clone().map(|username| {
            let password = url.password.clone().unwrap_or_default();
            (username, password)
        });
        let target = match request.auth {
            Auth::Digest => Rc::new(Target::new(url.without_userinfo())),
            Auth::Basic | Auth::Ntlm => target,
        };
        let authorization = match &credentials {
            Some((username, password)) => auth::basic(username, password),
            None => None,
        };
        Ok(Self {
            target,
            method,
            method_text: Rc::clone(&request.method),
            body,
            host: request.header(&header::HOST).cloned(),
            referer: None,
            authorization,
            is_stripped: false,
            is_bodiless: false,
            redirects: 0,
            redirects_max: request
                .redirects_max
                .or(environment.options.redirects_max)
                .unwrap_or(REDIRECTS_DEFAULT),
            is_answered: request.auth != Auth::Digest,
            credentials,
            first_url: None,
        })
    }

    /// Whether the address can be asked at all: a redirect may lead anywhere.
    pub(super) fn check_scheme(&self) -> Result<(), HttpError> {
        let failed = |text: String| Err(HttpError::new(code::GENERAL, Stage::Prepare, text));
        match self.target.url.scheme.as_str() {
            "http" | "https" if self.target.url.host.is_empty() => {
                failed("http: no Host in request URL".to_owned())
            }
            "http" | "https" => Ok(()),
            other => failed(format!("unsupported protocol scheme {other:?}")),
        }
    }

    /// The hop that follows a response, if one does.
    pub(super) fn next(
        &self,
        request: &Request,
        response: &Response,
    ) -> Result<Option<Self>, HttpError> {
        if !self.is_answered
            && response.status == StatusCode::UNAUTHORIZED
            && let Some(answer) = self.answer(response)
        {
            return Ok(Some(Self {
                authorization: Some(answer),
                is_answered: true,
                ..self.clone()
            }));
        }
        if !self.is_redirected(response) || self.redirects >= self.redirects_max {
            return Ok(None);
        }
        let Some(location) = response.headers.0.get(header::LOCATION) else {
            return Ok(None);
        };
        self.redirected(
            request,
            response.status,
            &String::from_utf8_lossy(location.as_bytes()),
        )
        .map(Some)
    }

    /// Whether the response leads elsewhere, whatever the limit is.
    pub(super) fn is_redirected(&self, response: &Response) -> bool {
        matches!(response.status, 301 | 302 | 303 | 307 | 308)
            && response
                .headers
                .0
                .get(header::LOCATION)
                .is_some_and(|location| !location.is_empty())
    }

    /// Whether a redirect would be followed.
    pub(super) fn is_followed(&self, response: &Response) -> bool {
        self.is_redirected(response) && self.redirects < self.redirects_max
    }

    fn redirected(
        &self,
        request: &Request,
        status: u16,
        location: &str,
    ) -> Result<Self, HttpError> {
        let url = self.target.url.join(location).map_err(|error| {
            let text = format!("failed to parse Location header {location:?}: {error}");
            HttpError::new(code::GENERAL, Stage::Head, text)
        })?;
        let is_relative = Url::parse(location).is_ok_and(|reference| reference.scheme.is_empty());
        let first_url = self
            .first_url
            .clone()
            .unwrap_or_else(|| Box::new(self.target.url.clone()));
        let is_stripped = self.is_stripped || !first_url.shares_secrets_with(&url);
        let keeps_body = matches!(status, 307 | 308);
        let keeps_method = keeps_body || matches!(self.method, Method::GET | Method::HEAD);
        let authorization = match (&url.username, is_stripped) {
            (Some(username), _) => auth::basic(username, url.password.as_deref().unwrap_or("")),
            (None, _) => None,
        };
        Ok(Self {
            method: if keeps_method {
                self.method.clone()
            } else {
                Method::GET
            },
            method_text: if keeps_method {
                Rc::clone(&self.method_text)
            } else {
                Rc::from("GET")
            },
            body: if keeps_body { self.body.clone() } else { None },
            host: if is_relative { self.host.clone() } else { None },
            referer: self.referer_for(&url, request),
            authorization,
            is_stripped,
            is_bodiless: self.is_bodiless || !keeps_body,
            redirects: self.redirects + 1,
            redirects_max: self.redirects_max,
            is_answered: self.is_answered,
            credentials: self.credentials.clone().filter(|_| !is_stripped),
            first_url: Some(first_url),
            target: Rc::new(Target::new(url)),
        })
    }

    fn referer_for(&self, next: &Url, request: &Request) -> Option<HeaderValue> {
        if self.target.url.is_https() && !next.is_https() {
            return None;
        }
        if request.header(&header::REFERER).is_some() {
            return None;
        }
        HeaderValue::from_str(&self.target.url.without_userinfo().to_string()).ok()
    }

    fn answer(&self, response: &Response) -> Option<HeaderValue> {
        let credentials = self.credentials.as_ref();
        let proof = credentials.map_or(("", ""), |(username, password)| (username, password));
        let challenge = Challenge::find(&response.headers.0)?;
        let target = self.target.url.request_target();
        challenge.answer(self.method.as_str(), &target, proof, &auth::fresh_nonce())
    }

    /// Whether the same hop may be sent twice without asking the script.
    pub(super) fn is_replayable(&self, request: &Request) -> bool {
        let is_safe = matches!(
            self.method,
            Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
        );
        let is_idempotent = || {
            request
                .headers()
                .iter()
                .any(|(name, _)| matches!(name.as_str(), "idempotency-key" | "x-idempotency-key"))
        };
        is_safe || is_idempotent()
    }

    /// The message for the wire.
    pub(super) fn message(
        &self,
        request: &Request,
        environment: &Environment,
        user_agent: Option<&HeaderValue>,
        cookies: Option<HeaderValue>,
        is_http2: bool,
    ) -> Result<http::Request<Payload>, HttpError> {
        let host = self.host.as_ref().or(self.target.host.as_ref());
        let host = host
            .cloned()
            .ok_or_else(|| unwritable("its host is no header"))?;
        let uri = self.uri(&host, is_http2)?;
        let (payload, length) = self.payload();
        let mut headers = HeaderMap::with_capacity(request.headers().len() + 6);
        if !is_http2 {
            headers.insert(header::HOST, host);
        }
        let user_agent = request.header(&header::USER_AGENT).or(user_agent);
        if let Some(user_agent) = user_agent.filter(|value| !value.is_empty()) {
            headers.insert(header::USER_AGENT, user_agent.clone());
        }
        match length {
            Length::Absent => {}
            Length::Bytes(bytes) => {
                headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
            }
            Length::Chunked if is_http2 => {}
            Length::Chunked => {
                let chunked = HeaderValue::from_static("chunked");
                headers.insert(header::TRANSFER_ENCODING, chunked);
            }
        }
        self.other_headers(request, cookies, &mut headers);
        if environment.options.no_connection_reuse && !is_http2 {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let mut message = http::Request::new(payload);
        *message.method_mut() = self.method.clone();
        *message.uri_mut() = uri;
        *message.headers_mut() = headers;
        Ok(message)
    }

    fn payload(&self) -> (Payload, Length) {
        let wants_length = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        match &self.body {
            Some(body) if !body.is_empty() => {
                (Payload::new(Some(body.clone())), Length::Bytes(body.len()))
            }
            Some(_) if wants_length => (Payload::empty_chunked(), Length::Chunked),
            None if wants_length => (Payload::new(None), Length::Bytes(0)),
            Some(_) | None => (Payload::new(None), Length::Absent),
        }
    }

    fn other_headers(
        &self,
        request: &Request,
        cookies: Option<HeaderValue>,
        headers: &mut HeaderMap,
    ) {
        let mut others: Vec<(HeaderName, HeaderValue)> =
            Vec::with_capacity(request.headers().len());
        let has = |name: &HeaderName| request.header(name).is_some();
        for (name, value) in request.headers() {
            if !self.is_left_out(name) {
                others.push((name.clone(), value.clone()));
            }
        }
        if let Some(cookies) = cookies {
            others.push((header::COOKIE, cookies));
        }
        if let Some(referer) = &self.referer {
            others.push((header::REFERER, referer.clone()));
        }
        let is_own = has(&header::AUTHORIZATION) && !self.is_stripped && !self.is_digest(request);
        if let Some(authorization) = self.authorization.as_ref().filter(|_| !is_own) {
            others.push((header::AUTHORIZATION, authorization.clone()));
        }
        if !request.compression.is_empty() && !self.is_bodiless && !has(&header::CONTENT_ENCODING) {
            others.push((
                header::CONTENT_ENCODING,
                Encoding::header(&request.compression),
            ));
        }
        others.sort_by(|(a, _), (b, _)| a.as_str().cmp(b.as_str()));
        for (name, value) in others {
            headers.insert(name, value);
        }
    }

    fn is_digest(&self, request: &Request) -> bool {
        request.auth == Auth::Digest
    }

    /// What is written elsewhere, by the connection, or not at all after a redirect.
    fn is_left_out(&self, name: &HeaderName) -> bool {
        match *name {
            header::HOST
            | header::USER_AGENT
            | header::CONTENT_LENGTH
            | header::TRANSFER_ENCODING
            | header::TRAILER
            | header::COOKIE => true,
            header::AUTHORIZATION
            | header::WWW_AUTHENTICATE
            | header::PROXY_AUTHENTICATE
            | header::PROXY_AUTHORIZATION => self.is_stripped,
            header::CONTENT_TYPE
            | header::CONTENT_ENCODING
            | header::CONTENT_LANGUAGE
            | header::CONTENT_LOCATION => self.is_bodiless,
            _ => name.as_str() == "cookie2" && self.is_stripped,
        }
    }

    fn uri(&self, host: &HeaderValue, is_http2: bool) -> Result<Uri, HttpError> {
        let path = self.target.path.clone();
        let path = path.ok_or_else(|| unwritable("its path and query are none"))?;
        if !is_http2 {
            return Ok(Uri::from(path));
        }
        let failed = |error: http::Error| unwritable(&error.to_string());
        let authority =
            Authority::try_from(host.as_bytes()).map_err(|error| failed(error.into()))?;
        let uri = Uri::builder().scheme(Scheme::HTTPS).authority(authority);
        uri.path_and_query(path).build().map_err(failed)
    }
}

fn unwritable(why: &str) -> HttpError {
    let text = format!("this request cannot be written: {why}");
    HttpError::new(code::GENERAL, Stage::Prepare, text)
}

/// How the length of the body is announced.
enum Length {
    Absent,
    Bytes(usize),
    Chunked,
}
