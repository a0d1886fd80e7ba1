//! A whole server for tests: a house on a journal in memory behind real sockets.
//!
//! Never: a sleep, or a port that somebody else may have.

use std::future::pending;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use boxoffice_engine::decide::Rules;
use boxoffice_engine::names::Seed;
use boxoffice_journal::Journal as _;
use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_server::app::{App, AppOptions};
use boxoffice_server::auth::{Cors, Gate, HostRule, KeyRing, KeyStore, Role};
use boxoffice_server::http::{HttpOptions, ServeFailed, bind};
use boxoffice_server::opening::{Parts, StartedHouse, start_house};
use boxoffice_server::secret::Secret;
use boxoffice_writer::recovery::recover;
use boxoffice_writer::watch::WriterOptions;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The origin of a web page that the server of a test allows.
pub(crate) const ALLOWED_ORIGIN: &str = "https://seats.example";

/// How a test's server is set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setup {
    pub(crate) dialects: bool,
    pub(crate) key_required: bool,
    /// Whether the server does not say that it is ready.
    pub(crate) recovering: bool,
    /// Memory for large bodies, if not the default.
    pub(crate) body_memory_bytes_max: Option<usize>,
    /// The journal to go on with.
    pub(crate) storage: MemoryStorage,
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) app: Arc<App>,
    pub(crate) keys: KeyStore,
    address: SocketAddr,
    house: Option<StartedHouse>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeFailed>>>,
    idle: Mutex<Vec<TcpStream>>,
    _directory: TempDir,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl TestServer {
    /// An open house without a show.
    pub(crate) fn start() -> Self {
        Self::start_with(Setup::default(), &[])
    }

    /// A server with these keys: name and role of each. Their secrets come with it.
    pub(crate) fn start_keyed(roles: &[Role]) -> (Self, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        let make = |role: &Role| store.create("a test", *role, jiff::Timestamp::UNIX_EPOCH);
        let secrets = roles
            .iter()
            .map(|role| make(role).unwrap().secret)
            .collect();
        (Self::start_in(directory, Setup::default()), secrets)
    }

    /// A server set up like this.
    pub(crate) fn start_with(setup: Setup, roles: &[Role]) -> Self {
        assert!(roles.is_empty(), "keys come with start_keyed");
        Self::start_in(tempfile::tempdir().unwrap(), setup)
    }

    fn start_in(directory: TempDir, setup: Setup) -> Self {
        let house = start(&setup.storage);
        let keys = KeyRing::open(directory.path(), Instant::now()).unwrap();
        let cors = Cors::new(&[ALLOWED_ORIGIN.to_owned()]).unwrap();
        let gate = Gate::new(true, HostRule::new(&[]), cors, keys);
        let options = AppOptions {
            dialects: setup.dialects,
            idempotency_key_required: setup.key_required,
        };
        let views = Arc::clone(&house.views);
        let metrics = Arc::clone(&house.metrics);
        let app = Arc::new(App::new(
            house.house.clone(),
            views,
            metrics,
            gate,
            options,
            7,
        ));
        let mut http = HttpOptions::new(vec!["127.0.0.1:0".parse().unwrap()]);
        http.threads = 2;
        if let Some(bytes_max) = setup.body_memory_bytes_max {
            http.body_memory_bytes_max = bytes_max;
        }
        let bound = bind(http).unwrap();
        let address = bound.addresses()[0];
        app.set_http_stats(bound.stats());
        if !setup.recovering {
            app.set_ready();
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let service = Arc::clone(&app);
        let thread = thread::spawn(move || {
            bound.serve(service, async {
                if stopped.await.is_err() {
                    pending::<()>().await;
                }
            })
        });
        Self {
            app,
            keys: KeyStore::new(directory.path()),
            address,
            house: Some(house),
            stop: Some(stop),
            thread: Some(thread),
            idle: Mutex::default(),
            _directory: directory,
        }
    }

    /// Sends a request with a JSON body, or none if it is empty.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send_with(method, path, &[], body)
    }

    /// As [`Self::send`], with further headers.
    pub(crate) fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\n");
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            request.push_str(&format!("host: {}\r\n", self.address));
        }
        let is_typed = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !body.is_empty() {
            let content_type = if is_typed {
                ""
            } else {
                "content-type: application/json\r\n"
            };
            request.push_str(&format!("{content_type}content-length: {}\r\n", body.len()));
        } else if method != "GET" {
            request.push_str("content-length: 0\r\n");
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        if method == "GET" {
            self.settle();
        }
        self.exchange(request.as_bytes(), method == "HEAD")
    }

    /// Waits until the views show everything that was answered. On a busy machine they may be
    /// behind for longer than a read waits for them, and what a test reads it compares exactly.
    fn settle(&self) {
        let newest = self.app.house.feed.newest();
        let until = Instant::now() + PATIENCE;
        while !self.app.views.caught_up(newest) && !self.app.views.has_failed() {
            assert!(Instant::now() < until, "the views stay behind");
            thread::yield_now();
        }
    }

    /// Sends bytes as they are and reads one answer.
    pub(crate) fn exchange(&self, request: &[u8], is_head: bool) -> Answer {
        let idle = self.idle.lock().unwrap().pop();
        let mut socket = idle.unwrap_or_else(|| self.connect());
        // The server may answer and close before it has read all of a body that is too large.
        let written = socket.write_all(request);
        let answer = read_answer(&mut socket, is_head);
        let closes = answer
            .headers
            .get("connection")
            .is_some_and(|value| value == "close");
        if written.is_ok() && !closes {
            self.idle.lock().unwrap().push(socket);
        }
        answer
    }

    /// A connection of its own.
    pub(crate) fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        socket
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.idle
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clear();
        if let Some(stop) = self.stop.take() {
            let _gone = stop.send(());
        }
        let served = self.thread.take().map(JoinHandle::join);
        let stopped = self.house.take().map(StartedHouse::stop);
        if !thread::panicking() {
            served.unwrap().unwrap().unwrap();
            stopped.unwrap().unwrap();
        }
    }
}

fn start(storage: &MemoryStorage) -> StartedHouse {
    let journal = MemoryJournal::open(storage);
    let open_reader = journal.reader_opener();
    let mut reader = journal.reader().unwrap();
    let (state, _recovered) = recover(reader.as_mut(), None, Seed(1), |_| {}).unwrap();
    start_house(Parts {
        journal: Box::new(journal),
        open_reader,
        state,
        house_id: [3; 16],
        secret: Arc::new(Secret::new(&[9; 32])),
        options: WriterOptions {
            rules: Rules::standard(),
            free_bytes_min: 0,
        },
    })
    .unwrap()
}

impl Answer {
    /// The body, which must be JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The header, which must be there.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}: {self:?}"));
        value.to_str().unwrap()
    }

    /// Asserts the status and gives the body.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }

    /// Asserts that this is a problem of this kind and gives it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        let body = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{body}");
        assert_eq!(problem["status"], status);
        // What is kept under a key names no request.
        let instance = &problem["instance"];
        assert!(
            instance.is_null() || instance == self.header("boxoffice-request-id"),
            "{body}"
        );
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 20),
            "{body}"
        );
        if status == 503 || status == 429 {
            assert!(self.headers.contains_key("retry-after"), "{body}");
        }
        problem
    }
}

fn read_answer(socket: &mut TcpStream, is_head: bool) -> Answer {
    let mut unread = Vec::new();
    let head_bytes = loop {
        if let Some(at) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(socket, &mut unread);
    };
    let head = String::from_utf8(unread.drain(..head_bytes).collect()).unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let mut headers = HeaderMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let length = headers
        .get("content-length")
        .map(|value| value.to_str().unwrap());
    let length = if is_head {
        0
    } else {
        length.map_or(0, |length| length.parse().unwrap())
    };
    while unread.len() < length {
        read_more(socket, &mut unread);
    }
    assert_eq!(unread.len(), length, "one answer for one request");
    Answer {
        status,
        headers,
        body: unread,
    }
}

fn read_more(socket: &mut TcpStream, unread: &mut Vec<u8>) {
    let mut bytes = [0; 64 * 1_024];
    let read = socket.read(&mut bytes).unwrap();
    assert!(
        read > 0,
        "the server closed: {}",
        String::from_utf8_lossy(unread)
    );
    unread.extend_from_slice(&bytes[..read]);
}
