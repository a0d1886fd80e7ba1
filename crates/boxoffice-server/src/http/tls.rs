//! TLS from two PEM files, with HTTP/2 and HTTP/1.1 on offer.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem};
use thiserror::Error;

use super::options::TlsOptions;

/// Certificates of one chain.
const CHAIN_MAX: usize = 16;

/// TLS cannot be offered with these files.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsFailed {
    /// A file cannot be read.
    #[error("cannot read {}; nothing was started", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error(
        "{} holds no {wanted} in PEM format; give the certificate (with its chain) to --tls-cert \
         and its private key to --tls-key", path.display()
    )]
    NotPem {
        /// Which file.
        path: PathBuf,
        /// What was looked for.
        wanted: &'static str,
        /// Why it is none.
        source: pem::Error,
    },
    /// Certificate and key do not make a server.
    #[error("certificate and key cannot be used together: {0}")]
    Unusable(#[from] rustls::Error),
}

/// Reads the files and builds what TLS connections are accepted with.
pub(super) fn server_config(options: &TlsOptions) -> Result<Arc<ServerConfig>, TlsFailed> {
    let cert_pem = read(&options.cert_path)?;
    let key_pem = read(&options.key_path)?;
    let not_pem = |path: &Path, wanted| {
        let path = path.to_owned();
        move |source| TlsFailed::NotPem {
            path,
            wanted,
            source,
        }
    };
    let chain = CertificateDer::pem_slice_iter(&cert_pem)
        .take(CHAIN_MAX)
        .collect::<Result<Vec<_>, _>>()
        .and_then(|chain| {
            if chain.is_empty() {
                Err(pem::Error::NoItemsFound)
            } else {
                Ok(chain)
            }
        })
        .map_err(not_pem(&options.cert_path, "certificate"))?;
    let key = PrivateKeyDer::from_pem_slice(&key_pem)
        .map_err(not_pem(&options.key_path, "private key"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsFailed> {
    std::fs::read(path).map_err(|source| TlsFailed::Unreadable {
        path: path.to_owned(),
        source,
    })
}
