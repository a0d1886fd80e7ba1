//! TLS and HTTP/2 against real servers with certificates made for the test.

use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use stampede_http::{ClientCertificate, Job, Request, TlsVersion};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto::ring};

use crate::server::{Server, User, ok, run, text};

/// An authority that the test trusts, and certificates that it signs.
struct Authority {
    cert: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

struct Signed {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    cert_pem: String,
    key_pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        Self {
            cert,
            issuer: rcgen::Issuer::new(params, key),
        }
    }

    fn sign(&self, name: &str) -> Signed {
        let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        Signed {
            chain: vec![cert.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            cert_pem: cert.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}

/// Serves HTTPS: answers with the version, the method, the authority and the body it was asked
/// with. The versions and the number of connections are kept.
async fn serve(config: ServerConfig) -> (SocketAddr, Rc<RefCell<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Rc::new(RefCell::new(0));
    let count = Rc::clone(&connections);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::task::spawn_local(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            *count.borrow_mut() += 1;
            let acceptor = acceptor.clone();
            tokio::task::spawn_local(async move {
                let Ok(tls) = acceptor.accept(tcp).await else {
                    return;
                };
                let builder = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
                let service = service_fn(answer);
                // A client that leaves is no failure of the server.
                let _left = builder.serve_connection(TokioIo::new(tls), service).await;
            });
        }
    });
    (address, connections)
}

async fn answer(
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let host = parts
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok());
    let host = parts
        .uri
        .authority()
        .map(ToString::to_string)
        .or(host.map(str::to_owned));
    let text = format!(
        "{:?} {} {} {}",
        parts.version,
        parts.method,
        host.unwrap_or_default(),
        String::from_utf8_lossy(&body)
    );
    Ok(http::Response::new(Full::new(Bytes::from(text))))
}

fn config(signed: Signed, alpn: &[&[u8]]) -> ServerConfig {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut config = builder
        .with_no_client_auth()
        .with_single_cert(signed.chain, signed.key)
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}

fn trusting(authority: &Authority) -> User {
    let pem = authority.cert.pem().into_bytes();
    User::new(|options| options.tls.extra_roots_pem = pem)
}

#[test]
fn http2_is_spoken_where_the_server_offers_it() {
    run(async {
        let authority = Authority::new();
        let (address, connections) =
            serve(config(authority.sign("localhost"), &[b"h2", b"http/1.1"])).await;
        let user = trusting(&authority);
        let url = format!("https://localhost:{}/", address.port());
        let first = user.post(url.clone(), "seat").await;
        assert_eq!(first.error, None);
        let said = format!("HTTP/2.0 POST localhost:{} seat", address.port());
        assert_eq!(
            (text(&first), first.proto.as_str()),
            (Some(said.as_str()), "HTTP/2.0")
        );
        let tls = first.tls.unwrap();
        assert_eq!(tls.version, "tls1.3");
        assert!(tls.cipher_suite.starts_with("TLS_"), "{tls:?}");
        assert!(first.timings.tls_handshaking > std::time::Duration::ZERO);
        let jobs: Vec<Job> = (0..20)
            .map(|_| Job {
                request: Rc::new(Request::new("GET", url.clone())),
                jar: Rc::default(),
            })
            .collect();
        let answers = user.client.batch(&jobs, &|_, _| {}).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        assert_eq!(*connections.borrow(), 1, "all share one connection");
        assert!(user.client.take_traffic().received_bytes > 500);
    });
}

#[test]
fn http1_is_spoken_over_tls_otherwise() {
    run(async {
        let authority = Authority::new();
        let (address, connections) = serve(config(authority.sign("localhost"), &[])).await;
        let user = trusting(&authority);
        let url = format!("https://localhost:{}/", address.port());
        for _ in 0..3 {
            let response = user.get(url.clone()).await;
            let said = format!("HTTP/1.1 GET localhost:{} ", address.port());
            assert_eq!(text(&response), Some(said.as_str()));
        }
        assert_eq!(*connections.borrow(), 1);
    });
}

#[test]
fn a_certificate_that_proves_nothing_is_named() {
    run(async {
        let authority = Authority::new();
        let (other_name, _) = serve(config(authority.sign("other.test"), &[])).await;
        let url = format!("https://localhost:{}/", other_name.port());
        let wrong = trusting(&authority).get(url.clone()).await;
        let said = (wrong.error_code(), wrong.error_text());
        assert_eq!(said, (1311, "x509: certificate doesn't match hostname"));
        assert_eq!(wrong.remote, None);
        let stranger = crate::server::user().get(url.clone()).await;
        assert_eq!(
            (stranger.error_code(), stranger.error_text()),
            (1310, "x509: unknown authority")
        );
        let blind = User::new(|options| options.tls.insecure_skip_verify = true);
        assert_eq!(blind.get(url).await.status, 200);
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let signed = Signed {
            chain: vec![own.cert.der().clone()],
            key: PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap(),
            cert_pem: String::new(),
            key_pem: String::new(),
        };
        let (own_address, _) = serve(config(signed, &[])).await;
        let url = format!("https://localhost:{}/", own_address.port());
        assert_eq!(trusting(&authority).get(url).await.error_code(), 1310);
    });
}

#[test]
fn a_server_that_does_not_speak_tls_is_named() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::task::spawn_local(async move {
            use tokio::io::AsyncWriteExt as _;
            while let Ok((mut tcp, _)) = listener.accept().await {
                tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    .await
                    .unwrap();
                tokio::task::spawn_local(async move {
                    use tokio::io::AsyncReadExt as _;
                    let mut rest = Vec::new();
                    let _left = tcp.read_to_end(&mut rest).await;
                });
            }
        });
        let user = crate::server::user();
        let response = user.get(format!("https://localhost:{port}/")).await;
        let said = (response.error_code(), response.error_text());
        assert_eq!(
            said,
            (1301, "tls: first record does not look like a TLS handshake")
        );
        assert_eq!(server.asked().len(), 0);
    });
}

#[test]
fn a_client_shows_its_certificate_to_the_hosts_it_is_for() {
    run(async {
        let authority = Authority::new();
        let mut roots = RootCertStore::empty();
        roots.add(authority.cert.der().clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .unwrap();
        let signed = authority.sign("localhost");
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(signed.chain, signed.key)
            .unwrap();
        let (address, _) = serve(server).await;
        let url = format!("https://localhost:{}/", address.port());
        let without = trusting(&authority).get(url.clone()).await;
        let said = (without.error_code(), without.error_text());
        assert_eq!(said, (1010, "remote error: tls: certificate required"));
        let shown = authority.sign("client");
        let pem = authority.cert.pem().into_bytes();
        let user = User::new(|options| {
            options.tls.extra_roots_pem = pem;
            options.tls.client_certificates = vec![ClientCertificate {
                domains: vec!["localhost".to_owned()],
                cert_pem: shown.cert_pem,
                key_pem: shown.key_pem,
                password: None,
            }];
        });
        assert_eq!(user.get(url).await.status, 200);
    });
}

#[test]
fn versions_are_limited_by_the_options() {
    run(async {
        let authority = Authority::new();
        let (address, _) = serve(config(authority.sign("localhost"), &[])).await;
        let pem = authority.cert.pem().into_bytes();
        let user = User::new(|options| {
            options.tls.extra_roots_pem = pem;
            options.tls.version_max = Some(TlsVersion::Tls12);
        });
        let response = user
            .get(format!("https://localhost:{}/", address.port()))
            .await;
        assert_eq!(response.tls.map(|tls| tls.version), Some("tls1.2"));
    });
}

/// Serves HTTP/2 and ends every request as its path says.
async fn serve_faults(config: ServerConfig) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::task::spawn_local(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let tls = acceptor.accept(tcp).await.unwrap();
            tokio::task::spawn_local(async move {
                let mut connection = h2::server::handshake(tls).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    match request.uri().path() {
                        "/reset" => respond.send_reset(h2::Reason::INTERNAL_ERROR),
                        "/short" => {
                            let head = http::Response::new(());
                            let mut body = respond.send_response(head, false).unwrap();
                            body.send_data(Bytes::from_static(b"abc"), false).unwrap();
                            tokio::task::spawn_local(async move {
                                // Only once the piece has left does the reset follow it.
                                body.reserve_capacity(1);
                                tokio::task::yield_now().await;
                                body.send_reset(h2::Reason::CANCEL);
                            });
                        }
                        "/drop" => return,
                        _ => {
                            let head = http::Response::new(());
                            respond.send_response(head, true).unwrap();
                        }
                    }
                }
            });
        }
    });
    address
}

/// The texts and numbers were seen with k6 2.2.0.
#[test]
fn failures_of_http2_are_named() {
    run(async {
        let authority = Authority::new();
        let address = serve_faults(config(authority.sign("localhost"), &[b"h2"])).await;
        let user = trusting(&authority);
        let get = async |path: &str| {
            user.get(format!("https://localhost:{}{path}", address.port()))
                .await
        };
        let seen = async |path: &str| {
            let response = get(path).await;
            (response.error_code(), response.error_text().to_owned())
        };
        assert_eq!(get("/").await.status, 200);
        let reset = "http2: stream error with http2 ErrCode INTERNAL_ERROR".to_owned();
        assert_eq!(seen("/reset").await, (1633, reset));
        let short = get("/short").await;
        let cancel = "http2: stream error with http2 ErrCode CANCEL";
        assert_eq!((short.error_code(), short.error_text()), (1639, cancel));
        // Which of the two ends notices first differs from run to run, with k6 too.
        let dropped = seen("/drop").await.0;
        assert!([1000, 1201, 1220].contains(&dropped), "{dropped}");
        let again = get("/").await.status;
        assert_eq!(again, 200, "a new connection takes over");
    });
}
