//! TLS: which versions, suites, authorities and certificates are used, and the names of failures.
//!
//! Invariants: sessions are never resumed, so every connection costs the server a whole handshake
//! and virtual users do not look like one user; certificates of the system are read once, when
//! the first connection needs them.

mod certificates;
mod failure;
mod trust;

pub(crate) use failure::tls_failure;
pub use trust::{TlsError, Trust, trusting};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};

use crate::environment::OptionError;
use crate::options::{TlsOptions, TlsVersion};
use crate::response::TlsInfo;
use certificates::Identity;

/// One configuration per identity and offer of HTTP/2.
type Configs = HashMap<(Option<usize>, bool), Arc<ClientConfig>>;

/// Compiled options of TLS.
#[derive(Debug)]
pub(crate) struct TlsSetup {
    provider: Arc<CryptoProvider>,
    versions: Vec<&'static SupportedProtocolVersion>,
    is_verified: bool,
    identities: Vec<Identity>,
    extra_roots_pem: Vec<u8>,
    roots: OnceLock<Arc<RootCertStore>>,
    configs: Mutex<Configs>,
}

impl TlsSetup {
    pub(crate) fn new(options: &TlsOptions) -> Result<Self, Vec<OptionError>> {
        let mut errors = Vec::new();
        let versions = versions(options).unwrap_or_else(|problem| {
            errors.push(OptionError {
                option: "tlsVersion",
                problem,
            });
            Vec::new()
        });
        let provider = provider(&options.cipher_suites).unwrap_or_else(|problem| {
            errors.push(OptionError {
                option: "tlsCipherSuites",
                problem,
            });
            ring::default_provider()
        });
        let mut identities = Vec::new();
        for certificate in &options.client_certificates {
            match Identity::new(certificate) {
                Ok(identity) => identities.push(identity),
                Err(problem) => errors.push(OptionError {
                    option: "tlsAuth",
                    problem,
                }),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            provider: Arc::new(provider),
            versions,
            is_verified: !options.insecure_skip_verify,
            identities,
            extra_roots_pem: options.extra_roots_pem.clone(),
            roots: OnceLock::new(),
            configs: Mutex::new(HashMap::new()),
        })
    }

    /// The configuration for a host, with or without an offer of HTTP/2.
    pub(crate) fn config(&self, host: &str, with_http2: bool) -> Result<Arc<ClientConfig>, String> {
        let host = host.to_ascii_lowercase();
        let identity_idx = self
            .identities
            .iter()
            .position(|identity| identity.is_for(&host));
        let key = (identity_idx, with_http2);
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(&key) {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(self.build(identity_idx, with_http2)?);
        configs.insert(key, Arc::clone(&config));
        Ok(config)
    }

    fn build(&self, identity_idx: Option<usize>, with_http2: bool) -> Result<ClientConfig, String> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&self.versions)
            .map_err(|error| error.to_string())?;
        let builder = if self.is_verified {
            let roots = self
                .roots
                .get_or_init(|| Arc::new(trust::roots(&self.extra_roots_pem)));
            let verifier = trust::verifier(Arc::clone(roots), &self.provider)?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        } else {
            let verifier = trust::blind_verifier(&self.provider);
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        };
        let identity = identity_idx.and_then(|idx| self.identities.get(idx));
        let mut config = match identity {
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(|error| error.to_string())?,
            None => builder.with_no_client_auth(),
        };
        config.resumption = rustls::client::Resumption::disabled();
        config.alpn_protocols = match with_http2 {
            true => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            false => vec![b"http/1.1".to_vec()],
        };
        Ok(config)
    }
}

fn versions(options: &TlsOptions) -> Result<Vec<&'static SupportedProtocolVersion>, String> {
    let min = options.version_min.unwrap_or(TlsVersion::Tls12);
    let max = options.version_max.unwrap_or(TlsVersion::Tls13);
    let known = [
        (TlsVersion::Tls12, &rustls::version::TLS12),
        (TlsVersion::Tls13, &rustls::version::TLS13),
    ];
    let wanted = known
        .into_iter()
        .filter(|(version, _)| min <= *version && *version <= max);
    let wanted: Vec<_> = wanted.map(|(_, supported)| supported).collect();
    if wanted.is_empty() {
        return Err(
            "this client speaks \"tls1.2\" and \"tls1.3\"; none is in the range".to_owned(),
        );
    }
    Ok(wanted)
}

/// As in Go the list restricts TLS 1.2 alone; the suites of TLS 1.3 are always offered.
fn provider(names: &[String]) -> Result<CryptoProvider, String> {
    let mut provider = ring::default_provider();
    if names.is_empty() {
        return Ok(provider);
    }
    let mut wanted = Vec::new();
    for name in names {
        let with_hash = format!("{name}_SHA256");
        let known = provider
            .cipher_suites
            .iter()
            .map(|suite| suite_name(suite.suite()));
        match known
            .into_iter()
            .find(|known| *known == name || *known == with_hash)
        {
            Some(known) => wanted.push(known),
            None => {
                let offered: Vec<&str> = provider
                    .cipher_suites
                    .iter()
                    .map(|suite| suite_name(suite.suite()))
                    .collect();
                let offered = offered.join(", ");
                return Err(format!(
                    "{name:?} cannot be offered by this client; it knows {offered}"
                ));
            }
        }
    }
    provider
        .cipher_suites
        .retain(|suite| suite.tls13().is_some() || wanted.contains(&suite_name(suite.suite())));
    Ok(provider)
}

/// The registered name, which is also Go's.
fn suite_name(suite: rustls::CipherSuite) -> &'static str {
    let name = suite.as_str().unwrap_or("");
    match name {
        "TLS13_AES_128_GCM_SHA256" => "TLS_AES_128_GCM_SHA256",
        "TLS13_AES_256_GCM_SHA384" => "TLS_AES_256_GCM_SHA384",
        "TLS13_CHACHA20_POLY1305_SHA256" => "TLS_CHACHA20_POLY1305_SHA256",
        _ => name,
    }
}

/// What a finished handshake agreed on.
pub(crate) fn agreed(connection: &rustls::ClientConnection) -> Option<TlsInfo> {
    let version = match connection.protocol_version()? {
        ProtocolVersion::TLSv1_2 => "tls1.2",
        ProtocolVersion::TLSv1_3 => "tls1.3",
        _ => "",
    };
    let cipher_suite = suite_name(connection.negotiated_cipher_suite()?.suite());
    Some(TlsInfo {
        version,
        cipher_suite,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(change: impl FnOnce(&mut TlsOptions)) -> Result<TlsSetup, Vec<OptionError>> {
        let mut options = TlsOptions::default();
        change(&mut options);
        TlsSetup::new(&options)
    }

    #[test]
    fn only_versions_that_can_be_spoken_are_offered() {
        let one = setup(|options| options.version_max = Some(TlsVersion::Tls12)).unwrap();
        assert_eq!(one.versions.len(), 1);
        assert_eq!(setup(|_| {}).unwrap().versions.len(), 2);
        let errors = setup(|options| options.version_max = Some(TlsVersion::Tls11)).unwrap_err();
        assert_eq!(errors[0].option, "tlsVersion");
    }

    #[test]
    fn suites_are_known_by_gos_names() {
        let go = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305";
        let setup = setup(|options| options.cipher_suites = vec![go.to_owned()]).unwrap();
        let names: Vec<&str> = setup
            .provider
            .cipher_suites
            .iter()
            .map(|suite| suite_name(suite.suite()))
            .collect();
        assert!(
            names.contains(&"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
            "{names:?}"
        );
        assert!(names.contains(&"TLS_AES_128_GCM_SHA256"), "{names:?}");
        assert!(
            !names.contains(&"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
            "{names:?}"
        );
    }
}
