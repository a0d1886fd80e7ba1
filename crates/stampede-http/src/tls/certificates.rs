//! The certificates that the client shows, each for some hosts.

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::options::ClientCertificate;
use crate::rules::NamePattern;

/// A chain, its key, and for whom it is.
#[derive(Debug)]
pub(super) struct Identity {
    patterns: Vec<NamePattern>,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    pub(super) fn new(certificate: &ClientCertificate) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for domain in &certificate.domains {
            patterns.push(NamePattern::parse(domain)?);
        }
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(certificate.cert_pem.as_bytes()).collect();
        let chain = chain.map_err(|error| format!("the certificate is no PEM: {error}"))?;
        if chain.is_empty() {
            return Err("the certificate has no CERTIFICATE block in PEM".to_owned());
        }
        let key_pem = certificate.key_pem.as_bytes();
        if certificate.key_pem.contains("ENCRYPTED") {
            let mend =
                "decrypt it first, for example with `openssl pkey -in key.pem -out plain.pem`";
            return Err(format!("encrypted keys cannot be read; {mend}"));
        }
        let key = PrivateKeyDer::from_pem_slice(key_pem)
            .map_err(|error| format!("the key is no PEM: {error}"))?;
        Ok(Self {
            patterns,
            chain,
            key,
        })
    }

    /// Whether it is shown to a host, which is in lower case. Without domains it is for all.
    pub(super) fn is_for(&self, host: &str) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_for_its_domains() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let mut certificate = ClientCertificate {
            domains: vec!["a.com".to_owned(), "*.b.com".to_owned()],
            cert_pem: made.cert.pem(),
            key_pem: made.signing_key.serialize_pem(),
            password: None,
        };
        let identity = Identity::new(&certificate).unwrap();
        assert!(identity.is_for("a.com"));
        assert!(identity.is_for("x.b.com"));
        assert!(!identity.is_for("b.com"));
        certificate.domains.clear();
        assert!(Identity::new(&certificate).unwrap().is_for("anything"));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let mut certificate = ClientCertificate::default();
        assert!(
            Identity::new(&certificate)
                .unwrap_err()
                .contains("no CERTIFICATE block")
        );
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        certificate.cert_pem = made.cert.pem();
        certificate.key_pem = "-----BEGIN ENCRYPTED PRIVATE KEY-----".to_owned();
        assert!(
            Identity::new(&certificate)
                .unwrap_err()
                .contains("decrypt it first")
        );
        certificate.key_pem = "nothing".to_owned();
        assert!(
            Identity::new(&certificate)
                .unwrap_err()
                .contains("the key is no PEM")
        );
    }
}
