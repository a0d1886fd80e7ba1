//! The recording server's second port: TLS with a certificate of its own, HTTP/2 if the client
//! takes it.
//!
//! Invariants: it answers as the plain port does; what is kept of a request has lower-case header
//! names, because HTTP/2 has no others.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{Request, Shared, answer};

/// The port, and what keeps it open.
#[derive(Debug)]
pub(super) struct Tls {
    port: u16,
    /// Dropping it ends the thread and its connections.
    _stop: tokio::sync::oneshot::Sender<Infallible>,
}

impl Tls {
    /// Listens on a free port of loopback.
    ///
    /// # Errors
    /// If no port can be had or no certificate can be made.
    pub(super) fn start(shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
        listener
            .set_nonblocking(true)
            .context("cannot prepare the socket")?;
        let port = listener
            .local_addr()
            .context("a bound socket has an address")?
            .port();
        let acceptor = TlsAcceptor::from(Arc::new(config()?));
        let (stop, stopped) = tokio::sync::oneshot::channel::<Infallible>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start a runtime")?;
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                    return;
                };
                tokio::select! {
                    () = accept_all(&listener, &acceptor, &shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { port, _stop: stop })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }
}

fn config() -> anyhow::Result<ServerConfig> {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::generate_simple_self_signed(names).context("cannot make a certificate")?;
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der())
        .map_err(|reason| anyhow::anyhow!("the key made is no key: {reason}"))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS versions")?
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .context("the certificate made is refused")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn accept_all(
    listener: &tokio::net::TcpListener,
    acceptor: &TlsAcceptor,
    shared: &Arc<Shared>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            // A failed handshake or a broken connection is the client's affair: a script that
            // refuses our certificate is one of the things under test.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let connection = shared.next_connection();
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(serve(request, connection, &shared).await) }
            });
            drop(
                auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
    }
}

async fn serve(
    request: hyper::Request<hyper::body::Incoming>,
    connection: usize,
    shared: &Shared,
) -> hyper::Response<Full<Bytes>> {
    let at = shared.started.elapsed();
    let (head, body) = request.into_parts();
    // A body that broke off is kept as empty; the comparison shows it.
    let body = body
        .collect()
        .await
        .map(|whole| whole.to_bytes())
        .unwrap_or_default();
    let target = head
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let request = Request {
        at,
        connection,
        method: head.method.to_string(),
        target: target.to_owned(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect(),
        body: body.to_vec(),
    };
    shared.keep(&request);
    let answer = answer(&request, shared);
    let mut builder = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    builder
        .body(Full::new(Bytes::from(answer.body)))
        .unwrap_or_default()
}
