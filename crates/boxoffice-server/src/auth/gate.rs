//! Decides on a request's head alone whether it may go further, and as whom.
//!
//! Invariants: checks run in one order: host, origin, preflight, key, role, type of the body. A key
//! in `Boxoffice-Key` is the only one looked at, so that the Bearer token stays the dialect's own.

use std::time::Instant;

use boxoffice_api::ErrorCode;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, Method};

use super::cors::Cors;
use super::host::HostRule;
use super::principal::{Principal, Role};
use super::ring::KeyRing;
use crate::http::Head;

/// The header for a key where the Bearer token belongs to somebody else, as in the dialects.
pub const KEY_HEADER: HeaderName = HeaderName::from_static("boxoffice-key");

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a key: health.
    Public,
    /// Holders of a key of at least this role; in an open house everybody.
    Role(Role),
}

/// Which bodies a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRule {
    /// JSON, and it says so.
    Json,
    /// JSON of an existing system's client: it need not say so, unless a web page sent it.
    JsonOrUnsaid,
    /// A form, as token endpoints take it.
    Form,
}

/// What a route asks of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteRule {
    /// Who may use it.
    pub access: Access,
    /// What it takes.
    pub body: BodyRule,
}

/// A request that may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// To its route, as this principal.
    Admitted(Principal),
    /// To be answered with 204 and `Cors::decorate_preflight`.
    Preflight,
}

/// Why a request goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// `Host` is not ours, and the house is open: a page may have bent its name to us.
    Host,
    /// A page of another origin sent it.
    Origin,
    /// No key, or none that works.
    Key,
    /// The key works and may not do this.
    Role,
    /// The body is not declared as what the route takes.
    ContentType,
}

/// Everything that the decision rests on.
#[derive(Debug)]
pub struct Gate {
    /// Whether the house listens on loopback alone: without keys it is open then.
    loopback: bool,
    hosts: HostRule,
    cors: Cors,
    keys: KeyRing,
}

impl Denied {
    /// What the client is told.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Host => ErrorCode::BadHost,
            Self::Origin => ErrorCode::CrossOrigin,
            Self::Key => ErrorCode::Unauthorized,
            Self::Role => ErrorCode::Forbidden,
            Self::ContentType => ErrorCode::UnsupportedMediaType,
        }
    }
}

impl Gate {
    /// A gate for a house that listens on loopback alone, or not.
    #[must_use]
    pub fn new(loopback: bool, hosts: HostRule, cors: Cors, keys: KeyRing) -> Self {
        Self {
            loopback,
            hosts,
            cors,
            keys,
        }
    }

    /// The rules for web pages, to decorate answers with.
    #[must_use]
    pub fn cors(&self) -> &Cors {
        &self.cors
    }

    /// Whether the house is open for use: on loopback, until its first key is made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.loopback && !self.keys.is_any()
    }

    /// Decides on a request.
    ///
    /// # Errors
    /// `Denied`; the request has had no effect then.
    pub fn decide(
        &self,
        head: &Head<'_>,
        rule: RouteRule,
        now: Instant,
    ) -> Result<Verdict, Denied> {
        self.keys.look(now);
        let open = self.is_open();
        if open && !self.hosts.allows(head.uri, head.headers) {
            return Err(Denied::Host);
        }
        if self.cors.is_foreign(head) {
            return Err(Denied::Origin);
        }
        if Cors::is_preflight(head) {
            return Ok(Verdict::Preflight);
        }
        let principal = match rule.access {
            Access::Public => Principal {
                number: 0,
                role: Role::Seller,
            },
            Access::Role(_) if open => Principal::OPEN,
            Access::Role(role) => {
                let secret = secret(head.headers).ok_or(Denied::Key)?;
                let principal = self.keys.authenticate(secret, now).ok_or(Denied::Key)?;
                if !principal.may(role) {
                    return Err(Denied::Role);
                }
                principal
            }
        };
        if takes(rule.body, head.method, head.headers) {
            Ok(Verdict::Admitted(principal))
        } else {
            Err(Denied::ContentType)
        }
    }
}

/// The key's secret: what `Boxoffice-Key` says, and only without that header the Bearer token.
/// Of two such headers none is believed.
fn secret(headers: &HeaderMap) -> Option<&[u8]> {
    let mut given = headers.get_all(KEY_HEADER).iter();
    match (given.next(), given.next()) {
        (None, _) => bearer(headers),
        (Some(secret), None) => Some(secret.as_bytes().trim_ascii()),
        (Some(_), Some(_)) => None,
    }
}

/// The secret of `Authorization: Bearer`, whose scheme is written in any case.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, secret) = value.split_at_checked(b"Bearer ".len())?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then(|| secret.trim_ascii())
}

/// Whether a route that takes `rule` takes this body. Without one there is nothing to declare.
fn takes(rule: BodyRule, method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || !has_body(headers) {
        return true;
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return false;
    }
    let Some(content_type) = headers.get(CONTENT_TYPE) else {
        return rule == BodyRule::JsonOrUnsaid && !headers.contains_key(ORIGIN);
    };
    let Ok(content_type) = content_type.to_str() else {
        return false;
    };
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let essence = essence.trim().to_ascii_lowercase();
    let utf8 = parameters.split(';').all(is_utf8_or_no_charset);
    let wanted = match rule {
        BodyRule::Json | BodyRule::JsonOrUnsaid => {
            essence == "application/json"
                || (essence.starts_with("application/") && essence.ends_with("+json"))
        }
        BodyRule::Form => essence == "application/x-www-form-urlencoded",
    };
    wanted && utf8
}

fn is_utf8_or_no_charset(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let value = value.trim().trim_matches('"');
    !name.trim().eq_ignore_ascii_case("charset")
        || value.eq_ignore_ascii_case("utf-8")
        || value.eq_ignore_ascii_case("utf8")
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).map(http::HeaderValue::as_bytes);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != b"0")
}

#[cfg(test)]
mod tests {
    use http::Uri;
    use jiff::Timestamp;

    use super::*;
    use crate::auth::{KeyStore, NewKey};

    const ADMIN: RouteRule = RouteRule {
        access: Access::Role(Role::Admin),
        body: BodyRule::Json,
    };
    const SELLER: RouteRule = RouteRule {
        access: Access::Role(Role::Seller),
        body: BodyRule::Json,
    };
    const PUBLIC: RouteRule = RouteRule {
        access: Access::Public,
        body: BodyRule::Json,
    };

    struct Case {
        gate: Gate,
        admin: NewKey,
        seller: NewKey,
        revoked: NewKey,
    }

    fn gate(directory: &std::path::Path, loopback: bool) -> Gate {
        let keys = KeyRing::open(directory, Instant::now()).unwrap();
        let cors = Cors::new(&["https://seats.example".to_owned()]).unwrap();
        Gate::new(loopback, HostRule::new(&[]), cors, keys)
    }

    fn keyed() -> Case {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        let make = |role| store.create("till", role, Timestamp::UNIX_EPOCH).unwrap();
        let (admin, seller, revoked) = (make(Role::Admin), make(Role::Seller), make(Role::Admin));
        store
            .revoke(revoked.key.number, Timestamp::UNIX_EPOCH)
            .unwrap();
        Case {
            gate: gate(directory.path(), true),
            admin,
            seller,
            revoked,
        }
    }

    fn decide(
        gate: &Gate,
        method: &Method,
        lines: &[(&'static str, &str)],
        rule: RouteRule,
    ) -> Result<Verdict, Denied> {
        let headers = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let (uri, address) = (
            Uri::from_static("/v1/shows/a"),
            "127.0.0.1:80".parse().unwrap(),
        );
        let head = Head {
            method,
            uri: &uri,
            headers: &headers,
            peer: address,
            local: address,
            tls: false,
        };
        gate.decide(&head, rule, Instant::now())
    }

    #[test]
    fn an_open_house_admits_local_programs_and_no_foreign_page() {
        let directory = tempfile::tempdir().unwrap();
        let gate = gate(directory.path(), true);
        let local = ("host", "localhost:8080");
        let json = [
            ("content-length", "2"),
            ("content-type", "application/json"),
        ];
        let open = Ok(Verdict::Admitted(Principal::OPEN));
        let put = |lines: &[_]| decide(&gate, &Method::PUT, lines, ADMIN);
        assert_eq!(put(&[&[local], &json[..]].concat()), open);
        // A dialect's client sends its own token, which is no key of ours.
        assert_eq!(
            put(&[local, ("authorization", "Bearer of-another-system")]),
            open
        );
        assert_eq!(put(&[("host", "evil.example")]), Err(Denied::Host));
        assert_eq!(put(&[]), Err(Denied::Host));
        assert_eq!(
            put(&[local, ("origin", "http://evil.example")]),
            Err(Denied::Origin)
        );
        assert_eq!(
            put(&[local, ("content-length", "2")]),
            Err(Denied::ContentType)
        );
    }

    #[test]
    fn a_house_with_keys_admits_their_holders_by_role() {
        let case = keyed();
        let bearer = |secret: &str| format!("Bearer {secret}");
        let ask = |authorization: &str, rule| {
            decide(
                &case.gate,
                &Method::POST,
                &[("authorization", authorization)],
                rule,
            )
        };
        let admin = Ok(Verdict::Admitted(Principal {
            number: 1,
            role: Role::Admin,
        }));
        let seller = Ok(Verdict::Admitted(Principal {
            number: 2,
            role: Role::Seller,
        }));
        assert_eq!(ask(&bearer(&case.admin.secret), ADMIN), admin);
        assert_eq!(ask(&bearer(&case.admin.secret), SELLER), admin);
        assert_eq!(ask(&bearer(&case.seller.secret), SELLER), seller);
        assert_eq!(
            ask(&format!("bEARER  {}", case.seller.secret), SELLER),
            seller
        );
        assert_eq!(ask(&bearer(&case.seller.secret), ADMIN), Err(Denied::Role));
        assert_eq!(ask(&bearer(&case.revoked.secret), SELLER), Err(Denied::Key));
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Basic x",
            &case.admin.secret,
        ] {
            assert_eq!(ask(wrong, SELLER), Err(Denied::Key), "{wrong}");
        }
        assert_eq!(
            decide(&case.gate, &Method::POST, &[], SELLER),
            Err(Denied::Key)
        );
        let public = decide(&case.gate, &Method::GET, &[], PUBLIC);
        assert_eq!(
            public,
            Ok(Verdict::Admitted(Principal {
                number: 0,
                role: Role::Seller
            }))
        );
    }

    #[test]
    fn a_key_in_its_own_header_leaves_the_bearer_token_alone() {
        const BEARER: &str = "authorization";
        const KEY: &str = "boxoffice-key";
        let case = keyed();
        let (admin, seller) = (&*case.admin.secret, &*case.seller.secret);
        let of_admin = format!("Bearer {admin}");
        let number = |lines: &[_], rule| match decide(&case.gate, &Method::POST, lines, rule) {
            Ok(Verdict::Admitted(principal)) => Ok(principal.number),
            Ok(Verdict::Preflight) => Ok(0),
            Err(denied) => Err(denied),
        };
        for (lines, found) in [
            (&[(KEY, seller)][..], Ok(2)),
            (
                &[(KEY, seller), (BEARER, "Bearer of-another-system")],
                Ok(2),
            ),
            (&[(KEY, seller), (BEARER, "Basic YTpi")], Ok(2)),
            // The better key in the Bearer token does not count either.
            (&[(KEY, seller), (BEARER, &of_admin)], Ok(2)),
            (&[(KEY, "wrong"), (BEARER, &of_admin)], Err(Denied::Key)),
            (&[(KEY, ""), (BEARER, &of_admin)], Err(Denied::Key)),
            (&[(KEY, &case.revoked.secret)], Err(Denied::Key)),
            (&[(KEY, &of_admin)], Err(Denied::Key)),
        ] {
            assert_eq!(number(lines, SELLER), found, "{lines:?}");
        }
        assert_eq!(number(&[(KEY, seller)], ADMIN), Err(Denied::Role));
        assert_eq!(number(&[(KEY, admin)], ADMIN), Ok(1));
        let mut twice = HeaderMap::new();
        for secret in [seller, admin] {
            twice.append(KEY_HEADER, secret.parse().unwrap());
        }
        assert_eq!(secret(&twice), None);
    }

    #[test]
    fn beyond_loopback_no_house_is_open() {
        let directory = tempfile::tempdir().unwrap();
        let gate = gate(directory.path(), false);
        let host = [("host", "localhost")];
        assert_eq!(decide(&gate, &Method::GET, &host, SELLER), Err(Denied::Key));
    }

    #[test]
    fn preflights_of_configured_pages_need_no_key() {
        let case = keyed();
        let ask = |origin| {
            let lines = [
                ("origin", origin),
                ("access-control-request-method", "POST"),
            ];
            decide(&case.gate, &Method::OPTIONS, &lines, ADMIN)
        };
        assert_eq!(ask("https://seats.example"), Ok(Verdict::Preflight));
        assert_eq!(ask("https://evil.example"), Err(Denied::Origin));
    }

    #[test]
    fn bodies_are_declared_as_what_their_route_takes() {
        use BodyRule::{Form, Json, JsonOrUnsaid};
        let form = "application/x-www-form-urlencoded";
        for (content_type, takers) in [
            (Some("application/json"), &[Json, JsonOrUnsaid][..]),
            (
                Some("Application/JSON; charset=UTF-8"),
                &[Json, JsonOrUnsaid],
            ),
            (
                Some("application/json;charset=\"utf-8\""),
                &[Json, JsonOrUnsaid],
            ),
            (Some("application/merge-patch+json"), &[Json, JsonOrUnsaid]),
            (Some("application/json; charset=latin1"), &[]),
            (Some("application/jsonp"), &[]),
            (Some("text/plain"), &[]),
            (Some("text/json"), &[]),
            (Some("multipart/form-data"), &[]),
            (Some(""), &[]),
            (Some(form), &[Form]),
            (None, &[JsonOrUnsaid]),
        ] {
            for rule in [Json, JsonOrUnsaid, Form] {
                let mut headers = HeaderMap::new();
                if let Some(content_type) = content_type {
                    headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
                }
                assert!(
                    takes(rule, &Method::POST, &headers),
                    "no body: {content_type:?}"
                );
                headers.insert(CONTENT_LENGTH, "2".parse().unwrap());
                let want = takers.contains(&rule);
                assert_eq!(
                    takes(rule, &Method::POST, &headers),
                    want,
                    "{content_type:?} {rule:?}"
                );
                headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
                assert!(!takes(rule, &Method::POST, &headers));
            }
        }
        let mut page = HeaderMap::new();
        page.insert(ORIGIN, "https://seats.example".parse().unwrap());
        page.insert(TRANSFER_ENCODING, "chunked".parse().unwrap());
        assert!(!takes(JsonOrUnsaid, &Method::POST, &page));
    }
}
