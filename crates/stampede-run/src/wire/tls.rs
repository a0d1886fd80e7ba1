//! TLS for `https` targets: which certificates are trusted, and the handshake's configuration.
//!
//! Invariant: certificates are verified unless the user asked for [`Trust::Anything`].

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use thiserror::Error;
use tokio_rustls::TlsConnector;

/// Where the operating systems we know keep their root certificates.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Which server certificates are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of the operating system's bundle.
    System,
    /// Those signed by a certificate in this PEM file.
    File(PathBuf),
    /// Every one: for test servers with a certificate that nobody signed.
    Anything,
}

/// Why TLS cannot be set up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The file cannot be read as PEM certificates.
    #[error("cannot read certificates from {}: {reason}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// There is no known bundle on this system.
    #[error("this system has no bundle of root certificates in a place we know")]
    NoSystemBundle,
    /// The cryptography library refused the configuration.
    #[error("TLS cannot be configured")]
    Config(#[source] rustls::Error),
}

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
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Config)?;
        let config = match trust {
            Trust::Anything => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AcceptAnything { provider }))
                .with_no_client_auth(),
            Trust::File(path) => builder
                .with_root_certificates(roots(path.clone())?)
                .with_no_client_auth(),
            Trust::System => {
                let path = SYSTEM_BUNDLES
                    .iter()
                    .map(PathBuf::from)
                    .find(|path| path.exists())
                    .ok_or(TlsError::NoSystemBundle)?;
                builder
                    .with_root_certificates(roots(path)?)
                    .with_no_client_auth()
            }
        };
        Ok(Tls {
            connector: TlsConnector::from(Arc::new(config)),
        })
    }

    pub(super) fn connector(&self) -> &TlsConnector {
        &self.connector
    }
}

fn roots(path: PathBuf) -> Result<RootCertStore, TlsError> {
    let failure = |reason: String| TlsError::Bundle {
        path: path.clone(),
        reason,
    };
    let mut store = RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(&path).map_err(|error| failure(error.to_string()))?
    {
        let certificate = certificate.map_err(|error| failure(error.to_string()))?;
        // A system bundle may hold certificates of kinds that this library does not know.
        store.add_parsable_certificates([certificate]);
    }
    if store.is_empty() {
        return Err(failure("it holds no certificate".to_owned()));
    }
    Ok(store)
}

/// Accepts every certificate, but still checks that the server holds its key.
#[derive(Debug)]
struct AcceptAnything {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AcceptAnything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
