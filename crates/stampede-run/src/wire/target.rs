//! Where requests go: a URL taken apart, and its address looked up once.
//!
//! Invariant: a [`Target`] is resolved before anything is timed; no request waits for a name.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Uri;
use thiserror::Error;
use tokio::net::TcpStream;

use super::tls::Tls;

/// An absolute `http` or `https` URL in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// Whether the scheme is `https`.
    pub https: bool,
    /// The host without brackets.
    pub host: String,
    /// The port, also if it is the scheme's default.
    pub port: u16,
    /// What the `Host` header says.
    pub authority: String,
    /// Path and query, at least `/`.
    pub path: String,
}

/// Why a URL or its host cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The text is not an absolute URL with a scheme that we speak.
    #[error("'{url}' is not an absolute http:// or https:// URL")]
    Url {
        /// What was given.
        url: String,
    },
    /// The host has no address.
    #[error("the host '{host}' has no address: {reason}")]
    Lookup {
        /// The name that was looked up.
        host: String,
        /// What the resolver said.
        reason: String,
    },
}

impl Url {
    /// Takes an absolute URL apart.
    ///
    /// # Errors
    /// When it has no host, another scheme than `http` or `https`, or user information.
    pub fn parse(text: &str) -> Result<Url, TargetError> {
        let failure = || TargetError::Url {
            url: text.to_owned(),
        };
        let uri: Uri = text.parse().map_err(|_| failure())?;
        let https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(failure()),
        };
        let authority = uri.authority().ok_or_else(failure)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(failure());
        }
        Ok(Url {
            https,
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if https { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            path: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        })
    }

    /// Scheme and authority, as in `http://127.0.0.1:8080`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!(
            "{}://{}",
            if self.https { "https" } else { "http" },
            self.authority
        )
    }
}

/// A server: its address and how to speak to it.
#[derive(Debug, Clone)]
pub struct Target {
    address: SocketAddr,
    host: Arc<str>,
    host_header: Arc<str>,
    tls: Option<Tls>,
}

impl Target {
    /// Looks the URL's host up and tries which of its addresses answers. `tls` must be given for
    /// `https`.
    ///
    /// # Errors
    /// When the host has no address. A host that does not answer is found when connecting.
    pub async fn resolve(url: &Url, tls: Option<Tls>) -> Result<Target, TargetError> {
        let failure = |reason: String| TargetError::Lookup {
            host: url.host.clone(),
            reason,
        };
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host((url.host.as_str(), url.port))
            .await
            .map_err(|error| failure(error.to_string()))?
            .collect();
        let mut address = *addresses
            .first()
            .ok_or_else(|| failure("the resolver knows none".to_owned()))?;
        if addresses.len() > 1 {
            // `localhost` is often both ::1 and 127.0.0.1 with a server on only one of them.
            for candidate in addresses {
                if TcpStream::connect(candidate).await.is_ok() {
                    address = candidate;
                    break;
                }
            }
        }
        Ok(Target {
            address,
            host: url.host.as_str().into(),
            host_header: url.authority.as_str().into(),
            tls: if url.https { tls } else { None },
        })
    }

    /// A plain HTTP target at a known address.
    #[must_use]
    pub fn at(address: SocketAddr) -> Target {
        Target {
            address,
            host: address.ip().to_string().into(),
            host_header: address.to_string().into(),
            tls: None,
        }
    }

    /// The address that connections go to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The value of the `Host` header.
    #[must_use]
    pub fn host_header(&self) -> &str {
        &self.host_header
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn urls_are_taken_apart() {
        let url = Url::parse("http://127.0.0.1:8000/api/book-seat/?x=1").expect("a good URL");
        assert_eq!((url.host.as_str(), url.port), ("127.0.0.1", 8000));
        assert_eq!(url.path, "/api/book-seat/?x=1");
        assert_eq!(url.origin(), "http://127.0.0.1:8000");
        let url = Url::parse("https://[::1]").expect("a good URL");
        assert_eq!((url.host.as_str(), url.port, url.https), ("::1", 443, true));
        assert_eq!(url.path, "/");
    }

    #[test]
    fn what_is_no_absolute_url_is_refused() {
        for text in [
            "",
            "/path",
            "localhost:80/x",
            "ftp://h/x",
            "http://",
            "http://u:p@h/",
            "http://h /",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
    }
}
