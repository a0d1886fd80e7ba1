//! A server for tests: a function from requests to reactions, some of which no good server has.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use stampede_run::wire::Target;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

/// A request as the tests see it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: String,
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reaction {
    /// Answers with JSON.
    Json(u16, String),
    /// Answers 503 and asks to come back later.
    ComeBack(u64),
    /// Closes the connection without an answer.
    Hang,
    /// Never answers.
    Silence,
}

impl Reaction {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Reaction {
        Reaction::Json(status, body.into())
    }
}

/// A running server; it ends when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(react: impl Fn(Seen) -> Reaction + Send + Sync + 'static) -> Server {
        let react = Arc::new(react);
        Server::serve(move |listener| accept_http(listener, react))
    }

    /// Serves over TLS with a certificate for `localhost` that nobody signed; returns it as PEM.
    pub(crate) fn start_tls(
        react: impl Fn(Seen) -> Reaction + Send + Sync + 'static,
    ) -> (Server, String) {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key.into())
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let react = Arc::new(react);
        (
            Server::serve(move |listener| accept_tls(listener, acceptor, react)),
            cert.pem(),
        )
    }

    /// Answers whatever comes with these bytes and closes.
    pub(crate) fn start_raw(bytes: &'static [u8]) -> Server {
        Server::serve(move |listener| accept_raw(listener, bytes))
    }

    fn serve<F: Future<Output = ()>>(
        run: impl FnOnce(TcpListener) -> F + Send + 'static,
    ) -> Server {
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let socket = TcpSocket::new_v4().unwrap();
                socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
                let listener = socket.listen(4_096).unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = run(listener) => {}
                    _ = stopped => {}
                }
            });
        });
        Server {
            address: told.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn target(&self) -> Target {
        Target::at(self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A failed server thread has printed its own panic.
            thread.join().unwrap_or_default();
        }
    }
}

async fn accept_http(
    listener: TcpListener,
    react: Arc<impl Fn(Seen) -> Reaction + Send + Sync + 'static>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let react = Arc::clone(&react);
        tokio::spawn(async move {
            let service = service_fn(move |request| respond(request, Arc::clone(&react)));
            // A connection that was hung up on purpose ends with an error.
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .unwrap_or_default();
        });
    }
}

async fn accept_tls(
    listener: TcpListener,
    acceptor: tokio_rustls::TlsAcceptor,
    react: Arc<impl Fn(Seen) -> Reaction + Send + Sync + 'static>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, react) = (acceptor.clone(), Arc::clone(&react));
        tokio::spawn(async move {
            // A client that does not trust the certificate goes away.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request| respond(request, Arc::clone(&react)));
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .unwrap_or_default();
        });
    }
}

async fn respond(
    request: Request<Incoming>,
    react: Arc<impl Fn(Seen) -> Reaction>,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|_| "the client left")?
        .to_bytes();
    let seen = Seen {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    match react(seen) {
        Reaction::Json(status, body) => Ok(Response::builder()
            .status(status)
            .header("content-type", "application/json")
            .body(Full::from(body))
            .unwrap()),
        Reaction::ComeBack(seconds) => Ok(Response::builder()
            .status(503)
            .header("retry-after", seconds.to_string())
            .body(Full::from(r#"{"title":"overloaded"}"#))
            .unwrap()),
        Reaction::Hang => Err("hung up on purpose"),
        Reaction::Silence => std::future::pending().await,
    }
}

async fn accept_raw(listener: TcpListener, bytes: &'static [u8]) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut request = [0_u8; 4_096];
            if stream
                .read(&mut request)
                .await
                .is_ok_and(|n_read| n_read > 0)
            {
                stream.write_all(bytes).await.unwrap_or_default();
            }
        });
    }
}
