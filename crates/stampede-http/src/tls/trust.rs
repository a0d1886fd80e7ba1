//! Whom to believe: the system's authorities, those of a file, or anyone.
//!
//! Invariants: certificates are verified unless the user said otherwise; even then the server has
//! to prove that it holds the key of the one it shows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Which server certificates are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of the operating system's authorities.
    System,
    /// Those signed by a certificate in this PEM file.
    File(PathBuf),
    /// Every one: for test servers with a certificate that nobody signed.
    Anything,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
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
    /// This system has no authorities.
    #[error("this system has no root certificates in a place we know")]
    NoSystemBundle,
    /// The cryptography library refused the configuration.
    #[error("TLS cannot be configured")]
    Config(#[source] Error),
}

/// A configuration that accepts what `trust` says, for those who speak HTTP themselves.
///
/// # Errors
/// When certificates cannot be read.
pub fn trusting(trust: &Trust) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Config)?;
    let builder = match trust {
        Trust::Anything => builder
            .dangerous()
            .with_custom_certificate_verifier(blind_verifier(&provider)),
        Trust::File(path) => builder.with_root_certificates(file_roots(path)?),
        Trust::System => {
            let roots = roots(&[]);
            if roots.is_empty() {
                return Err(TlsError::NoSystemBundle);
            }
            builder.with_root_certificates(roots)
        }
    };
    Ok(builder.with_no_client_auth())
}

fn file_roots(path: &Path) -> Result<RootCertStore, TlsError> {
    let failure = |reason: String| TlsError::Bundle {
        path: path.to_owned(),
        reason,
    };
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path);
    for certificate in certificates.map_err(|error| failure(error.to_string()))? {
        let certificate = certificate.map_err(|error| failure(error.to_string()))?;
        // A system bundle may hold certificates of kinds that this library does not know.
        roots.add_parsable_certificates([certificate]);
    }
    if roots.is_empty() {
        return Err(failure("it holds no certificate".to_owned()));
    }
    Ok(roots)
}

/// The system's authorities and those given beside them. What cannot be read is left out: a
/// server that needs it fails with an unknown authority, which says what to do.
pub(super) fn roots(extra_pem: &[u8]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(extra_pem).flatten());
    roots
}

/// Verifies as browsers do.
pub(super) fn verifier(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    if roots.is_empty() {
        // The builder refuses an empty store; a verifier that refuses everybody says why.
        return Ok(Arc::new(Nobody(Blind(Arc::clone(provider)))));
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
    Ok(verifier.map_err(|error| error.to_string())?)
}

/// Believes anyone who holds the key of what he shows.
pub(super) fn blind_verifier(provider: &Arc<CryptoProvider>) -> Arc<dyn ServerCertVerifier> {
    Arc::new(Blind(Arc::clone(provider)))
}

#[derive(Debug)]
struct Blind(Arc<CryptoProvider>);

impl ServerCertVerifier for Blind {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Believes nobody: the machine has no authorities.
#[derive(Debug)]
struct Nobody(Blind);

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
