//! Which web pages may talk to us: the server's own, and the origins that are configured.
//!
//! Never: a wildcard, or credentials of the browser.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST,
    ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method};
use thiserror::Error;

use crate::http::Head;

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// How long a browser may remember a preflight, in seconds.
const PREFLIGHT_AGE_S: HeaderValue = HeaderValue::from_static("600");

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");

const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Boxoffice-Deadline, Boxoffice-Hold-Token, Boxoffice-Key, Content-Type, \
     Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Session-Id, X-User-Id",
);

const EXPOSED: HeaderValue = HeaderValue::from_static(
    "Boxoffice-Index, Boxoffice-Position, ETag, Idempotency-Replayed, Location, Retry-After, \
     Server-Timing, X-Lock-Owner-Type",
);

/// The origins whose pages may talk to us.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    origins: Vec<String>,
}

/// A configured origin that no browser sends.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{origin}` is no origin: write scheme, host and, unless it is the usual one, port, such as \
     https://seats.example or http://localhost:3000; wildcards and paths are not possible"
)]
pub struct OriginMalformed {
    /// What was configured.
    pub origin: String,
}

impl Cors {
    /// Allows these origins, which must be written as browsers send them.
    ///
    /// # Errors
    /// `OriginMalformed` for the first that is not.
    pub fn new(origins: &[String]) -> Result<Self, OriginMalformed> {
        let origins = origins.iter().map(|origin| match normal(origin) {
            Some(normal) => Ok(normal),
            None => Err(OriginMalformed {
                origin: origin.clone(),
            }),
        });
        Ok(Self {
            origins: origins.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a page of another origin that is not configured sent this request.
    ///
    /// Browsers name the origin with everything that changes something, and mark requests that
    /// another site's page caused. Programs that are no browsers send neither.
    #[must_use]
    pub fn is_foreign(&self, head: &Head<'_>) -> bool {
        match head.headers.get(ORIGIN) {
            Some(origin) => !(self.allows(origin) || is_own(origin, head)),
            None => {
                let safe = matches!(*head.method, Method::GET | Method::HEAD | Method::OPTIONS);
                let site = head.headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes);
                !safe && matches!(site, Some(b"cross-site" | b"same-site"))
            }
        }
    }

    /// Whether a request only asks what a page may do.
    #[must_use]
    pub fn is_preflight(head: &Head<'_>) -> bool {
        *head.method == Method::OPTIONS
            && head.headers.contains_key(ORIGIN)
            && head.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    }

    /// Adds to any answer what lets the page that asked read it. `request` are its headers.
    pub fn decorate(&self, request: &HeaderMap, response: &mut HeaderMap) {
        if self.origins.is_empty() {
            return;
        }
        // Caches must not give one origin's answer to another.
        response.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = request.get(ORIGIN).filter(|origin| self.allows(origin)) {
            response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /// Adds to the empty 204 of an allowed preflight what the page may do.
    pub fn decorate_preflight(&self, request: &HeaderMap, response: &mut HeaderMap) {
        self.decorate(request, response);
        response.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        response.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        response.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE_S);
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.origins
            .iter()
            .any(|allowed| allowed.as_bytes() == origin.as_bytes())
    }
}

/// Whether a page came from this very server, as the request names it.
fn is_own(origin: &HeaderValue, head: &Head<'_>) -> bool {
    let scheme = if head.tls { "https://" } else { "http://" };
    let host = head.uri.authority().map(http::uri::Authority::as_str);
    let host = host.or_else(|| head.headers.get(HOST).and_then(|host| host.to_str().ok()));
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.strip_prefix(scheme));
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// An origin as browsers write it. `None` if it is none.
fn normal(origin: &str) -> Option<String> {
    let lower = origin.to_ascii_lowercase();
    let (scheme, host) = lower.split_once("://")?;
    let usual_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return None,
    };
    let host_chars = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    let authority = host.parse::<http::uri::Authority>().ok()?;
    if !host.chars().all(host_chars) || authority.host().is_empty() {
        return None;
    }
    let host = host.strip_suffix(usual_port).unwrap_or(host);
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    fn head<'a>(method: &'a Method, uri: &'a Uri, headers: &'a HeaderMap, tls: bool) -> Head<'a> {
        let address = "127.0.0.1:80".parse().unwrap();
        Head {
            method,
            uri,
            headers,
            peer: address,
            local: address,
            tls,
        }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let lines = lines
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
        lines.collect()
    }

    #[test]
    fn origins_are_normalised_and_anything_else_is_refused() {
        for (origin, want) in [
            ("https://seats.example", Some("https://seats.example")),
            ("HTTPS://Seats.Example:443", Some("https://seats.example")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("*", None),
            ("null", None),
            ("https://*.example", None),
            ("https://seats.example/", None),
            ("https://user@seats.example", None),
            ("seats.example", None),
            ("file://", None),
            ("https://", None),
        ] {
            assert_eq!(normal(origin).as_deref(), want, "{origin}");
            assert_eq!(Cors::new(&[origin.to_owned()]).is_ok(), want.is_some());
        }
    }

    /// Method, headers, TLS, and whether it is foreign to `https://seats.example`.
    type Case = (Method, &'static [(&'static str, &'static str)], bool, bool);

    const REQUESTS: [Case; 16] = [
        (Method::POST, &[], false, false),
        (
            Method::POST,
            &[("origin", "https://seats.example")],
            false,
            false,
        ),
        (
            Method::POST,
            &[("origin", "http://127.0.0.1:8080")],
            false,
            false,
        ),
        (
            Method::POST,
            &[("origin", "https://127.0.0.1:8080")],
            true,
            false,
        ),
        (
            Method::POST,
            &[("origin", "https://127.0.0.1:8080")],
            false,
            true,
        ),
        (
            Method::POST,
            &[("origin", "http://127.0.0.1:3000")],
            false,
            true,
        ),
        (
            Method::POST,
            &[("origin", "http://seats.example")],
            false,
            true,
        ),
        (
            Method::POST,
            &[("origin", "https://seats.example.evil")],
            false,
            true,
        ),
        (Method::POST, &[("origin", "null")], false, true),
        (Method::POST, &[("origin", "")], false, true),
        (
            Method::GET,
            &[("origin", "https://evil.example")],
            false,
            true,
        ),
        (
            Method::POST,
            &[("sec-fetch-site", "cross-site")],
            false,
            true,
        ),
        (
            Method::DELETE,
            &[("sec-fetch-site", "same-site")],
            false,
            true,
        ),
        (
            Method::POST,
            &[("sec-fetch-site", "same-origin")],
            false,
            false,
        ),
        (Method::POST, &[("sec-fetch-site", "none")], false, false),
        // A link on a foreign page may lead here.
        (
            Method::GET,
            &[("sec-fetch-site", "cross-site")],
            false,
            false,
        ),
    ];

    #[test]
    fn pages_of_other_origins_are_foreign_unless_they_are_configured() {
        let cors = Cors::new(&["https://seats.example".to_owned()]).unwrap();
        let uri = Uri::from_static("/v1/holds");
        let host = ("host", "127.0.0.1:8080");
        for (method, lines, tls, foreign) in REQUESTS {
            let headers = headers(&[&[host], lines].concat());
            let head = head(&method, &uri, &headers, tls);
            assert_eq!(
                cors.is_foreign(&head),
                foreign,
                "{method} {lines:?} tls={tls}"
            );
        }
    }

    #[test]
    fn only_a_configured_origin_may_read_an_answer() {
        let cors = Cors::new(&["https://seats.example".to_owned()]).unwrap();
        let mut response = HeaderMap::new();
        cors.decorate(
            &headers(&[("origin", "https://evil.example")]),
            &mut response,
        );
        assert_eq!(response, headers(&[("vary", "Origin")]));
        let mut response = HeaderMap::new();
        cors.decorate_preflight(
            &headers(&[("origin", "https://seats.example")]),
            &mut response,
        );
        assert_eq!(
            response[ACCESS_CONTROL_ALLOW_ORIGIN],
            "https://seats.example"
        );
        assert!(response.contains_key(ACCESS_CONTROL_MAX_AGE));
        let mut response = HeaderMap::new();
        Cors::default().decorate(&headers(&[("origin", "https://a.example")]), &mut response);
        assert!(response.is_empty());
    }
}
