//! The HTTP core against clients that write raw bytes, honest and hostile.
//!
//! Never: a sleep. Tests set short timeouts and wait for what they cause.

mod body;
mod head;
mod life;
mod limits;
mod memory;
mod protocol;

use std::future::pending;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use boxoffice_server::auth::Principal;
use boxoffice_server::http::{
    Body, BodySender, Head, HttpOptions, HttpStats, Rejection, Request, Response, ServeFailed,
    Service, bind,
};
use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::sync::{Semaphore, oneshot};

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A timeout that a test waits for while it serves honest clients: on a busy machine they need a
/// good part of it, though they do not dawdle.
const SHORT_MS: u64 = 1_000;

/// The largest body that `/echo` takes.
const ECHO_BYTES_MAX: usize = 1_024;

/// The largest body that `/upload` and `/gate` take.
const UPLOAD_BYTES_MAX: usize = 1024 * 1024;

/// What `/big` answers with: more than the kernel's socket buffers take.
const BIG_BYTES: usize = 32 * 1024 * 1024;

/// Routes that make the core's behaviour visible.
struct Probe {
    /// `/gate` waits for a permit.
    gate: Semaphore,
    gate_entered: AtomicUsize,
    gate_left: AtomicUsize,
    handled: AtomicUsize,
    stream: std::sync::Mutex<Option<BodySender>>,
}

impl Service for Probe {
    fn screen(&self, head: &Head<'_>) -> Result<Principal, Box<Response>> {
        if head.headers.contains_key("x-refuse") {
            return Err(Box::new(answer(StatusCode::UNAUTHORIZED, "refused")));
        }
        assert!(
            !head.headers.contains_key("x-panic"),
            "a screen that panics"
        );
        Ok(Principal::OPEN)
    }

    fn body_bytes_max(&self, _method: &Method, path: &str) -> usize {
        match path {
            "/echo" => ECHO_BYTES_MAX,
            "/upload" | "/gate" => UPLOAD_BYTES_MAX,
            _ => 0,
        }
    }

    async fn handle(&self, request: Request) -> Response {
        self.handled.fetch_add(1, Ordering::SeqCst);
        match request.uri.path() {
            "/constant" => answer(StatusCode::OK, "constant"),
            "/echo" => Response::new(Body::Full(request.body)),
            "/upload" => answer(StatusCode::OK, request.body.len().to_string()),
            "/method" => answer(StatusCode::OK, request.method.as_str().to_owned()),
            "/peer" => {
                let text = format!("{} tls={}", request.peer.ip(), request.tls);
                answer(StatusCode::OK, text)
            }
            "/big" => Response::new(Body::from(vec![b'x'; BIG_BYTES])),
            "/gate" => {
                self.gate_entered.fetch_add(1, Ordering::SeqCst);
                self.gate.acquire().await.unwrap().forget();
                self.gate_left.fetch_add(1, Ordering::SeqCst);
                answer(StatusCode::OK, "through")
            }
            "/panic" => panic!("a handler that panics"),
            "/stream" => {
                let (sender, body) = Body::channel(4);
                *self.stream.lock().unwrap() = Some(sender);
                Response::new(body)
            }
            _ => answer(StatusCode::NOT_FOUND, "unknown"),
        }
    }

    fn reject(&self, _head: &Head<'_>, rejection: Rejection) -> Response {
        answer(rejection.status(), format!("{rejection:?}"))
    }
}

fn answer(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response
}

/// A server on a free port of loopback.
struct Server {
    probe: Arc<Probe>,
    address: SocketAddr,
    stats: Arc<HttpStats>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeFailed>>>,
}

impl Server {
    fn start(set: impl FnOnce(&mut HttpOptions)) -> Self {
        let mut options = HttpOptions::new(vec!["127.0.0.1:0".parse().unwrap()]);
        options.threads = 2;
        // Nothing here waits for a timeout that its test did not shorten.
        options.drain_timeout_ms = 20_000;
        set(&mut options);
        let bound = bind(options).unwrap();
        let address = bound.addresses()[0];
        let stats = bound.stats();
        let probe = Arc::new(Probe {
            gate: Semaphore::new(0),
            gate_entered: AtomicUsize::new(0),
            gate_left: AtomicUsize::new(0),
            handled: AtomicUsize::new(0),
            stream: std::sync::Mutex::new(None),
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Arc::clone(&probe);
        let thread = thread::spawn(move || {
            bound.serve(service, async {
                if stopped.await.is_err() {
                    pending::<()>().await;
                }
            })
        });
        Self {
            probe,
            address,
            stats,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn connect(&self) -> Client {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Client {
            socket,
            unread: Vec::new(),
        }
    }

    fn handled(&self) -> usize {
        self.probe.handled.load(Ordering::SeqCst)
    }

    fn entered(&self) -> usize {
        self.probe.gate_entered.load(Ordering::SeqCst)
    }

    fn left(&self) -> usize {
        self.probe.gate_left.load(Ordering::SeqCst)
    }

    fn signal_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    fn join(&mut self) {
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.probe.gate.add_permits(1_000);
        *self
            .probe
            .stream
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let served = thread.join();
            if !thread::panicking() {
                served.unwrap().unwrap();
            }
        }
    }
}

/// A client that writes what it is told, byte by byte.
struct Client {
    socket: TcpStream,
    unread: Vec<u8>,
}

/// An answer as it came over the wire.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Client {
    fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.socket.write_all(bytes.as_ref()).unwrap();
    }

    fn ask(&mut self, request: &str) -> Answer {
        self.write(request);
        self.answer().expect("an answer")
    }

    fn get(&mut self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
    }

    fn more(&mut self) -> bool {
        let mut bytes = [0; 64 * 1024];
        match self.socket.read(&mut bytes) {
            Ok(0) | Err(_) => false,
            Ok(read) => {
                self.unread.extend_from_slice(&bytes[..read]);
                true
            }
        }
    }

    fn find(&self, needle: &[u8]) -> Option<usize> {
        self.unread
            .windows(needle.len())
            .position(|window| window == needle)
    }

    /// Reads one answer. `None` if the server closed before it was complete.
    fn answer(&mut self) -> Option<Answer> {
        let head_bytes = loop {
            if let Some(at) = self.find(b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more() {
                return None;
            }
        };
        let head = String::from_utf8(self.unread.drain(..head_bytes).collect()).unwrap();
        let head = head.to_ascii_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse::<usize>().unwrap());
        while self.unread.len() < length {
            if !self.more() {
                return None;
            }
        }
        let body = String::from_utf8(self.unread.drain(..length).collect()).unwrap();
        Some(Answer { status, head, body })
    }

    /// Whether the server closes without saying anything more.
    fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        match self.socket.read(&mut byte) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    fn finish_writing(&self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
    }
}

/// Waits for something that must happen.
fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < deadline, "this never happened: {what}");
        thread::yield_now();
    }
}

/// A chunk of a stream.
fn chunk(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}
