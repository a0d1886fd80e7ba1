//! HTTP/2 and TLS.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use boxoffice_server::http::{BindFailed, HttpOptions, TlsFailed, TlsOptions, bind};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{ECHO_BYTES_MAX, SHORT_MS, Server, wait_until};

type Http2 = http2::SendRequest<Full<Bytes>>;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

async fn http2<I>(io: I) -> Http2
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(io))
        .await
        .unwrap();
    tokio::spawn(connection);
    sender
}

fn post(path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let uri = format!("http://localhost{path}");
    Request::post(uri).body(Full::new(body.into())).unwrap()
}

async fn text(response: http::Response<hyper::body::Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn many_requests_share_one_http2_connection() {
    let server = Server::start(|_options| {});
    block_on(async {
        let sender = http2(TcpStream::connect(server.address).await.unwrap()).await;
        let mut waiting = Vec::new();
        for n_request in 0..100 {
            let mut sender = sender.clone();
            waiting.push(tokio::spawn(async move {
                let sent = n_request.to_string();
                let response = sender
                    .send_request(post("/echo", sent.clone()))
                    .await
                    .unwrap();
                assert_eq!(text(response).await, sent);
            }));
        }
        for waiting in waiting {
            waiting.await.unwrap();
        }
    });
    assert_eq!(server.handled(), 100);
    assert_eq!(server.stats.accepted_total(), 1);
}

#[test]
fn limits_hold_on_http2_too() {
    let server = Server::start(|options| options.body_timeout_ms = SHORT_MS);
    block_on(async {
        let mut sender = http2(TcpStream::connect(server.address).await.unwrap()).await;
        let large = vec![b'a'; ECHO_BYTES_MAX + 1];
        let response = sender.send_request(post("/echo", large)).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let mut wide = post("/echo", "");
        wide.headers_mut()
            .insert("x", "a".repeat(64 * 1024).parse().unwrap());
        match sender.send_request(wide).await {
            Ok(response) => {
                assert_eq!(
                    response.status(),
                    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
                );
            }
            Err(error) => assert!(!error.is_timeout(), "{error}"),
        }
        let mut sender = http2(TcpStream::connect(server.address).await.unwrap()).await;
        let response = sender.send_request(post("/panic", "")).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let response = sender.send_request(post("/echo", "a")).await.unwrap();
        assert_eq!(text(response).await, "a");
    });
    assert_eq!(server.handled(), 2);
}

#[test]
fn a_handler_runs_to_the_end_when_its_http2_stream_is_reset() {
    let server = Server::start(|_options| {});
    block_on(async {
        let mut sender = http2(TcpStream::connect(server.address).await.unwrap()).await;
        let waiting = tokio::spawn(sender.send_request(post("/gate", "")));
        while server.entered() < 1 {
            tokio::task::yield_now().await;
        }
        waiting.abort();
        while server.stats.carried_on() < 1 {
            tokio::task::yield_now().await;
        }
        server.probe.gate.add_permits(1);
        while 0 < server.stats.carried_on() {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.left(), 1);
        let response = sender.send_request(post("/constant", "")).await.unwrap();
        assert_eq!(text(response).await, "constant");
    });
}

#[test]
fn shutdown_finishes_http2_streams_first() {
    let mut server = Server::start(|_options| {});
    block_on(async {
        let mut sender = http2(TcpStream::connect(server.address).await.unwrap()).await;
        let waiting = tokio::spawn(async move {
            text(sender.send_request(post("/gate", "")).await.unwrap()).await
        });
        while server.entered() < 1 {
            tokio::task::yield_now().await;
        }
        server.signal_stop();
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        server.probe.gate.add_permits(1);
        assert_eq!(waiting.await.unwrap(), "through");
    });
    server.join();
}

#[test]
fn streams_that_are_opened_and_reset_in_a_row_end_their_connection() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let frame = |kind: u8, flags: u8, stream: u32, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        [&head, payload].concat()
    };
    client.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.write(frame(4, 0, 0, &[]));
    // `:method GET`, `:scheme http` and `:path /` from the static table, `:authority a` in full.
    let headers = [0x82, 0x86, 0x84, 0x01, 0x01, b'a'];
    let resets = (0..10_000_u32).flat_map(|n_stream| {
        let stream = 2 * n_stream + 1;
        [
            frame(1, 5, stream, &headers),
            frame(3, 0, stream, &[0, 0, 0, 8]),
        ]
        .concat()
    });
    // The server hangs up long before this has been written.
    let _cut_off = client.socket.write_all(&resets.collect::<Vec<_>>());
    // The client still holds its end: it is the server that hung up.
    wait_until("the connection is gone", || server.stats.connections() == 0);
    assert!(server.handled() < 10_000, "{}", server.handled());
    drop(client);
    assert_eq!(server.connect().get("/constant").status, 200);
}

/// A certificate for `localhost` in two files.
struct Certificate {
    directory: tempfile::TempDir,
    connector: TlsConnector,
}

impl Certificate {
    fn new(alpn: &[&[u8]]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(directory.path().join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(
            directory.path().join("key.pem"),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        let cert = CertificateDer::from_pem_slice(made.cert.pem().as_bytes()).unwrap();
        roots.add(cert).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Self {
            directory,
            connector: TlsConnector::from(Arc::new(config)),
        }
    }

    fn options(&self) -> TlsOptions {
        TlsOptions {
            cert_path: self.path("cert.pem"),
            key_path: self.path("key.pem"),
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    async fn connect(&self, server: &Server) -> TlsStream<TcpStream> {
        let tcp = TcpStream::connect(server.address).await.unwrap();
        self.connector
            .connect(ServerName::try_from("localhost").unwrap(), tcp)
            .await
            .unwrap()
    }
}

#[test]
fn tls_serves_whichever_protocol_the_client_prefers() {
    let (both, old) = (
        Certificate::new(&[b"h2", b"http/1.1"]),
        Certificate::new(&[]),
    );
    let server = Server::start(|options| options.tls = Some(both.options()));
    block_on(async {
        let stream = both.connect(&server).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut sender = http2(stream).await;
        let response = sender.send_request(post("/peer", "")).await.unwrap();
        assert_eq!(text(response).await, "127.0.0.1 tls=true");
    });
    let server = Server::start(|options| {
        options.tls = Some(old.options());
        options.park_after_ms = 20;
    });
    block_on(async {
        let io = TokioIo::new(old.connect(&server).await);
        let (mut sender, connection) = http1::handshake(io).await.unwrap();
        tokio::spawn(connection);
        for _n_round in 0..2 {
            let mut request = post("/peer", "");
            *request.uri_mut() = "/peer".parse().unwrap();
            request
                .headers_mut()
                .insert("host", "localhost".parse().unwrap());
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(text(response).await, "127.0.0.1 tls=true");
            while server.stats.parked() < 1 {
                tokio::task::yield_now().await;
            }
        }
    });
}

#[test]
fn a_tls_handshake_that_never_comes_is_cut_off() {
    let certificate = Certificate::new(&[]);
    let server = Server::start(|options| {
        options.tls = Some(certificate.options());
        options.handshake_timeout_ms = 60;
    });
    assert!(server.connect().is_closed());
    wait_until("the close is counted", || {
        server.stats.timed_out_total() == 1
    });
    // Plain text is no handshake; the alert that answers it is no HTTP.
    let mut plain = server.connect();
    plain.write("GET /constant HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut said = Vec::new();
    let _reset = plain.socket.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    assert_eq!(server.handled(), 0);
}

#[test]
fn files_that_are_no_certificate_or_no_key_are_named() {
    let certificate = Certificate::new(&[]);
    let other = Certificate::new(&[]);
    let start = |cert: &Path, key: &Path| {
        let mut options = HttpOptions::new(vec!["127.0.0.1:0".parse().unwrap()]);
        let (cert_path, key_path) = (cert.to_owned(), key.to_owned());
        options.tls = Some(TlsOptions {
            cert_path,
            key_path,
        });
        bind(options).map(|_bound| ())
    };
    let (cert, key) = (certificate.path("cert.pem"), certificate.path("key.pem"));
    let missing = certificate.path("missing.pem");
    start(&cert, &key).unwrap();
    for (cert, key, named) in [
        (&missing, &key, &missing),
        (&cert, &missing, &missing),
        (&key, &key, &key),
        (&cert, &cert, &cert),
    ] {
        let Err(BindFailed::Tls(failed)) = start(cert, key) else {
            panic!("{cert:?} {key:?}")
        };
        assert!(
            failed.to_string().contains(named.to_str().unwrap()),
            "{failed}"
        );
    }
    let mixed = start(&cert, &other.path("key.pem"));
    assert!(
        matches!(mixed, Err(BindFailed::Tls(TlsFailed::Unusable(_)))),
        "{mixed:?}"
    );
}
