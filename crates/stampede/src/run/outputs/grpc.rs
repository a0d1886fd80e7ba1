//! One gRPC call per request, for OTLP receivers that speak nothing else.
//!
//! Invariants: every call has its own connection, which ends with it, and one time limit for all
//! of it; at intervals of seconds that costs nothing and needs no reconnecting.

use std::fmt;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::push::{REQUEST_TIMEOUT, user_agent};

/// The method of OTLP that takes metrics.
const METHOD: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
/// How much of an answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Where calls go.
pub(super) struct Grpc {
    /// Host and port.
    endpoint: String,
    metadata: HeaderMap,
    tls: Option<(GrpcTls, ServerName<'static>)>,
}

impl fmt::Debug for Grpc {
    // Metadata may hold keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grpc")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// How to speak TLS.
pub(super) struct GrpcTls(Arc<ClientConfig>);

impl GrpcTls {
    /// Trusts the system's authorities, or those of a PEM text alone.
    ///
    /// # Errors
    /// A text without a certificate.
    pub(super) fn new(roots_pem: Option<&str>) -> Result<GrpcTls, String> {
        let mut roots = RootCertStore::empty();
        match roots_pem {
            Some(pem) => {
                let wrong = |error: &dyn fmt::Display| {
                    format!("K6_OTEL_TLS_CERTIFICATE: the file holds no certificate: {error}")
                };
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    let certificate = certificate.map_err(|error| wrong(&error))?;
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
            }
            None => {
                let found = rustls_native_certs::load_native_certs();
                roots.add_parsable_certificates(found.certs);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(GrpcTls(Arc::new(config)))
    }
}

impl Grpc {
    /// Checks where calls go.
    ///
    /// # Errors
    /// An endpoint that is none, or metadata that cannot be sent.
    pub(super) fn new(
        endpoint: String,
        metadata: Vec<(String, String)>,
        tls: Option<GrpcTls>,
    ) -> Result<Grpc, String> {
        let host = endpoint
            .rsplit_once(':')
            .map_or(&*endpoint, |(host, _)| host);
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let tls = match tls {
            None => None,
            Some(tls) => {
                let name = ServerName::try_from(host)
                    .map_err(|_| format!("the endpoint {endpoint:?} names no host"))?;
                Some((tls, name))
            }
        };
        let mut map = HeaderMap::new();
        for (name, value) in metadata {
            let parsed = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes())
                .ok()
                .zip(HeaderValue::from_str(&value).ok());
            let (name, value) =
                parsed.ok_or_else(|| format!("the header {name:?} cannot be sent"))?;
            map.insert(name, value);
        }
        Ok(Grpc {
            endpoint,
            metadata: map,
            tls,
        })
    }

    /// Sends one message and waits for the answer.
    ///
    /// # Errors
    /// What went wrong, with the endpoint.
    pub(super) async fn call(&self, message: Vec<u8>) -> Result<(), String> {
        let called = timeout(REQUEST_TIMEOUT, self.connect_and_call(message)).await;
        called
            .unwrap_or_else(|_| Err(format!("no answer in {} s", REQUEST_TIMEOUT.as_secs())))
            .map_err(|error| format!("gRPC to {}: {error}", self.endpoint))
    }

    async fn connect_and_call(&self, message: Vec<u8>) -> Result<(), String> {
        let stream = TcpStream::connect(&self.endpoint)
            .await
            .map_err(|error| error.to_string())?;
        match &self.tls {
            None => self.exchange(stream, "http", message).await,
            Some((tls, name)) => {
                let connector = TlsConnector::from(Arc::clone(&tls.0));
                let stream = connector.connect(name.clone(), stream).await;
                let stream = stream.map_err(|error| {
                    format!(
                        "{error}; a receiver without TLS needs K6_OTEL_GRPC_EXPORTER_INSECURE=true"
                    )
                })?;
                self.exchange(stream, "https", message).await
            }
        }
    }

    async fn exchange<S>(&self, stream: S, scheme: &str, message: Vec<u8>) -> Result<(), String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let handshake =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(|error| error.to_string())?;
        let connection = tokio::spawn(connection);
        let mut request = hyper::Request::post(format!("{scheme}://{}{METHOD}", self.endpoint))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .header("user-agent", user_agent())
            .body(Full::new(framed(&message)))
            .map_err(|error| error.to_string())?;
        request.headers_mut().extend(self.metadata.clone());
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| format!("the receiver does not speak HTTP/2: {error}"))?;
        let (head, body) = response.into_parts();
        if head.status != hyper::StatusCode::OK {
            return Err(format!("answered {}", head.status));
        }
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| error.to_string())?;
        connection.abort();
        // An answer without a body has its status at once.
        verdict(body.trailers().unwrap_or(&head.headers))
    }
}

/// A message with its length in front, not compressed.
fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(message.len() + 5);
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(message);
    framed.freeze()
}

fn verdict(trailers: &HeaderMap) -> Result<(), String> {
    let text = |name| {
        let value = trailers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok());
        value.unwrap_or_default()
    };
    match text("grpc-status") {
        "0" => Ok(()),
        "" => Err("the answer has no gRPC status".to_owned()),
        status => Err(format!("status {status}: {}", text("grpc-message"))),
    }
}
