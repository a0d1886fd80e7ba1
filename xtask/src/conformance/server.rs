//! The recording server: answers like a small site and keeps every request byte for byte.
//!
//! Invariants: header names keep the order and the case that they came in; the time of a request
//! is read when its head is complete, before anything is answered.
//!
//! Never: listens beyond loopback.

mod answer;
mod socket;
mod tls;

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

pub(crate) use answer::{Answer, Manner, answer};

/// Bytes of a request's head at most.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a request's body at most.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Headers of a request at most.
const HEADERS_MAX: usize = 128;

/// A connection that says nothing for so long is closed.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Since the server started.
    pub(crate) at: Duration,
    /// Which connection of the server brought it, from 0.
    pub(crate) connection: usize,
    /// As it came.
    pub(crate) method: String,
    /// Path and query as they came.
    pub(crate) target: String,
    /// Names and values in the order and case that they came in.
    pub(crate) headers: Vec<(String, String)>,
    /// Without the framing of chunks.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// What the connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    started: Instant,
    requests: Mutex<Vec<Request>>,
    hits: Mutex<BTreeMap<String, u64>>,
    connections: AtomicUsize,
    is_over: AtomicBool,
}

impl Shared {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            requests: Mutex::default(),
            hits: Mutex::default(),
            connections: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        }
    }

    /// Keeps a request.
    pub(crate) fn keep(&self, request: &Request) {
        locked(&self.requests).push(request.clone());
    }

    /// Counts a visit of `name` and returns how many there were, this one included.
    pub(crate) fn hit(&self, name: &str) -> u64 {
        let mut hits = locked(&self.hits);
        let count = hits.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }

    fn next_connection(&self) -> usize {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }
}

/// A thread that panicked has recorded what it recorded; the rest is still true.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    shared: Arc<Shared>,
    port: u16,
    tls: tls::Tls,
}

impl Server {
    /// Starts a server on free ports of loopback.
    ///
    /// # Errors
    /// If no port can be had.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
        let port = listener
            .local_addr()
            .context("a bound socket has an address")?
            .port();
        let shared = Arc::new(Shared::new());
        let tls = tls::Tls::start(&shared)?;
        let own = Arc::clone(&shared);
        thread::spawn(move || accept_all(&listener, &own));
        Ok(Self { shared, port, tls })
    }

    /// The port that speaks plain HTTP/1.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The port that speaks TLS and offers HTTP/2.
    pub(crate) fn tls_port(&self) -> u16 {
        self.tls.port()
    }

    /// How many requests came so far.
    pub(crate) fn seen(&self) -> usize {
        locked(&self.shared.requests).len()
    }

    /// Every request so far, by the time it came.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let mut requests = locked(&self.shared.requests).clone();
        requests.sort_by_key(|request| request.at);
        requests
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the accepting thread so that it sees the end; if this fails, it is gone already.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let own = Arc::clone(shared);
        thread::spawn(move || {
            // An error here is the client's: it went away or sent nonsense, and the
            // comparison of what was recorded shows it.
            drop(serve(stream, &own));
        });
    }
}

/// Serves one connection until either side closes it.
fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(IDLE_MAX))?;
    stream.set_nodelay(true)?;
    let connection = shared.next_connection();
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer, shared, connection)? {
        let is_last = request
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        shared.keep(&request);
        if let Some(key) = socket::key(&request) {
            return socket::serve(stream, &key, &request, shared);
        }
        let answer = answer(&request, shared);
        let goes_on = send(&mut stream, &request, &answer)?;
        if is_last || !goes_on {
            break;
        }
    }
    Ok(())
}

/// The next request, or nothing if the client closed.
fn read_request(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    shared: &Shared,
    connection: usize,
) -> io::Result<Option<Request>> {
    let (mut request, head_bytes) = loop {
        if let Some(parsed) = parse_head(buffer, connection)? {
            break parsed;
        }
        if buffer.len() > HEAD_BYTES_MAX {
            return Err(nonsense("the head is too long"));
        }
        if !read_more(stream, buffer)? {
            return Ok(None);
        }
    };
    request.at = shared.started.elapsed();
    buffer.drain(..head_bytes);
    if request.header("transfer-encoding").is_some() {
        request.body = read_chunks(stream, buffer)?;
    } else if let Some(length) = request.header("content-length") {
        let length: usize = length.parse().map_err(|_| nonsense("content-length"))?;
        if length > BODY_BYTES_MAX {
            return Err(nonsense("the body is too long"));
        }
        while buffer.len() < length && read_more(stream, buffer)? {}
        request.body = buffer.drain(..length.min(buffer.len())).collect();
    }
    Ok(Some(request))
}

fn parse_head(buffer: &[u8], connection: usize) -> io::Result<Option<(Request, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let status = parsed.parse(buffer).map_err(|_| nonsense("the head"))?;
    let httparse::Status::Complete(head_bytes) = status else {
        return Ok(None);
    };
    let request = Request {
        at: Duration::ZERO,
        connection,
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_owned(), value)
            })
            .collect(),
        body: Vec::new(),
    };
    Ok(Some((request, head_bytes)))
}

fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let status = httparse::parse_chunk_size(buffer).map_err(|_| nonsense("a chunk's size"))?;
        let httparse::Status::Complete((skip, size)) = status else {
            if !read_more(stream, buffer)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            continue;
        };
        let size = usize::try_from(size).map_err(|_| nonsense("a chunk's size"))?;
        if body.len() + size > BODY_BYTES_MAX {
            return Err(nonsense("the body is too long"));
        }
        let whole = skip + size + 2;
        while buffer.len() < whole {
            if !read_more(stream, buffer)? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        body.extend_from_slice(&buffer[skip..skip + size]);
        buffer.drain(..whole);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut chunk = [0; 16 * 1024];
    let read = stream.read(&mut chunk)?;
    buffer.extend_from_slice(&chunk[..read]);
    Ok(read > 0)
}

fn nonsense(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Sends the answer in its manner; returns whether the connection stays.
fn send(stream: &mut TcpStream, request: &Request, answer: &Answer) -> io::Result<bool> {
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, answer.reason());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let has_body = request.method != "HEAD" && answer.may_have_body();
    match &answer.manner {
        Manner::Close => return Ok(false),
        Manner::Reset => {
            socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO))?;
            return Ok(false);
        }
        Manner::Garbage => {
            stream.write_all(b"this is not HTTP\r\n\r\n")?;
            return Ok(false);
        }
        Manner::Short => {
            let claimed = answer.body.len() + 10;
            head.push_str(&format!("Content-Length: {claimed}\r\n\r\n"));
            stream.write_all(head.as_bytes())?;
            stream.write_all(&answer.body)?;
            return Ok(false);
        }
        Manner::Chunked => {
            head.push_str("Transfer-Encoding: chunked\r\n\r\n");
            for part in answer.body.chunks(8) {
                head.push_str(&format!("{:x}\r\n", part.len()));
                head.push_str(&String::from_utf8_lossy(part));
                head.push_str("\r\n");
            }
            head.push_str("0\r\n\r\n");
            stream.write_all(head.as_bytes())?;
        }
        Manner::Whole => {
            if answer.may_have_body() {
                head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
            }
            head.push_str("\r\n");
            let mut bytes = head.into_bytes();
            if has_body {
                bytes.extend_from_slice(&answer.body);
            }
            stream.write_all(&bytes)?;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::net::Shutdown;

    use super::*;

    fn ask(server: &Server, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn a_request_is_kept_in_its_order_and_case() {
        let server = Server::start().unwrap();
        let request =
            b"POST /echo?x=1 HTTP/1.1\r\nhOst: h\r\nContent-Length: 2\r\nB: 2\r\nA: 1\r\n\r\nhi";
        let reply = ask(&server, request);
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        let kept = server.requests();
        assert_eq!(kept.len(), 1);
        assert_eq!(
            (kept[0].method.as_str(), kept[0].target.as_str()),
            ("POST", "/echo?x=1")
        );
        let names: Vec<&str> = kept[0]
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["hOst", "Content-Length", "B", "A"]);
        assert_eq!(kept[0].body, b"hi");
    }

    #[test]
    fn chunks_and_two_requests_on_one_connection_are_understood() {
        let server = Server::start().unwrap();
        let request = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
        ask(&server, request);
        let kept = server.requests();
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].body, b"abcde");
        assert_eq!(kept[1].target, "/b");
        assert_eq!(kept[0].connection, kept[1].connection);
    }

    #[test]
    fn a_lie_about_the_length_and_a_silent_close_are_told_apart() {
        let server = Server::start().unwrap();
        let short = ask(&server, b"GET /short HTTP/1.1\r\n\r\n");
        assert!(
            short.contains("Content-Length: 15") && short.ends_with("short"),
            "{short}"
        );
        assert_eq!(ask(&server, b"GET /close HTTP/1.1\r\n\r\n"), "");
    }
}
