//! TLS for `https` targets: the handshake's configuration, which is the HTTP client's own.

use std::sync::Arc;

use tokio_rustls::TlsConnector;

pub use stampede_http::{TlsError, Trust};

/// A TLS client configuration, shared by all connections.
#[derive(Clone)]
pub struct Tls {
    connector: TlsConnector,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Prepares TLS that accepts what `trust` says.
    ///
    /// # Errors
    /// When certificates cannot be read.
    pub fn new(trust: &Trust) -> Result<Tls, TlsError> {
        let config = stampede_http::trusting(trust)?;
        Ok(Tls {
            connector: TlsConnector::from(Arc::new(config)),
        })
    }

    pub(super) fn connector(&self) -> &TlsConnector {
        &self.connector
    }
}
