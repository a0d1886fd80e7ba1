//! A demo house in memory behind its real routes, and a client that speaks to them.
//!
//! Everything but the sockets is the real thing: routes, gate, writer, journal and views.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_engine::decide::Rules;
use boxoffice_engine::names::Seed;
use boxoffice_engine::state::State;
use boxoffice_journal::Journal as _;
use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_server::app::{App, AppOptions};
use boxoffice_server::auth::{Cors, Gate, HostRule, KeyRing, Principal};
use boxoffice_server::demo_house::{self, Counts};
use boxoffice_server::http::{Body, Request, Service as _};
use boxoffice_server::opening::{Parts, StartedHouse, start_house};
use boxoffice_server::secret::Secret;
use boxoffice_writer::watch::WriterOptions;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// How long the views may stay behind before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running demo house.
pub(crate) struct Demo {
    pub(crate) app: Arc<App>,
    pub(crate) filled: Counts,
    started: StartedHouse,
    _keys: TempDir,
}

/// A request of a client.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    content_type: &'static str,
    body: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Ask {
    pub(crate) fn get(target: &str) -> Self {
        Self::new(Method::GET, target, "")
    }

    pub(crate) fn post(target: &str, body: impl Into<String>) -> Self {
        Self::new(Method::POST, target, body)
    }

    pub(crate) fn delete(target: &str) -> Self {
        Self::new(Method::DELETE, target, "")
    }

    fn new(method: Method, target: &str, body: impl Into<String>) -> Self {
        Self {
            method,
            target: target.to_owned(),
            headers: Vec::new(),
            content_type: "application/json",
            body: body.into(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn form(mut self) -> Self {
        self.content_type = "application/x-www-form-urlencoded";
        self
    }

    fn request(self) -> Request {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        if !self.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        }
        Request {
            method: self.method,
            uri: self.target.parse().unwrap(),
            headers,
            body: Bytes::from(self.body),
            peer: SocketAddr::from(([127, 0, 0, 1], 1)),
            local: SocketAddr::from(([127, 0, 0, 1], 2)),
            tls: false,
            received: Instant::now(),
            principal: Principal::OPEN,
        }
    }
}

impl Got {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The body, after a look at the status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }

    /// Whether the answer says where it stands in the journal and where its time went.
    pub(crate) fn is_stamped(&self) -> bool {
        ["boxoffice-position", "boxoffice-index", "server-timing"]
            .iter()
            .all(|name| self.headers.contains_key(*name))
    }
}

impl Demo {
    /// Opens a house in memory and fills it.
    pub(crate) async fn open() -> Self {
        let storage = MemoryStorage::new();
        let journal = MemoryJournal::open(&storage);
        let parts = Parts {
            open_reader: journal.reader_opener(),
            journal: Box::new(journal),
            state: State::new(Seed(7)),
            house_id: [1; 16],
            secret: Arc::new(Secret::new(&[7; 32])),
            options: WriterOptions {
                rules: Rules::standard(),
                free_bytes_min: 0,
            },
        };
        let started = start_house(parts).unwrap();
        let filled = demo_house::fill(&started.house).await.unwrap();
        let keys = tempfile::tempdir().unwrap();
        let ring = KeyRing::open(keys.path(), Instant::now()).unwrap();
        let gate = Gate::new(true, HostRule::new(&[]), Cors::new(&[]).unwrap(), ring);
        let options = AppOptions {
            dialects: true,
            idempotency_key_required: false,
        };
        let (house, views) = (started.house.clone(), Arc::clone(&started.views));
        let metrics = Arc::clone(&started.metrics);
        let app = Arc::new(App::new(house, views, metrics, gate, options, 1));
        app.set_ready();
        Self {
            app,
            filled,
            started,
            _keys: keys,
        }
    }

    /// Sends one request.
    pub(crate) async fn send(&self, ask: Ask) -> Got {
        send(&self.app, ask).await
    }

    /// Sends all requests at once.
    pub(crate) async fn crowd(&self, asks: impl IntoIterator<Item = Ask>) -> Vec<Got> {
        let mut crowd = JoinSet::new();
        for ask in asks {
            let app = Arc::clone(&self.app);
            crowd.spawn(async move { send(&app, ask).await });
        }
        crowd.join_all().await
    }

    /// Ends the house; everything that it let in has been answered.
    pub(crate) fn close(self) {
        drop(self.app);
        self.started.stop().unwrap();
    }
}

async fn send(app: &App, ask: Ask) -> Got {
    if ask.method == Method::GET {
        // On a busy machine the views may be behind for longer than a read waits for them.
        let newest = app.house.feed.newest();
        app.views.reached(newest, PATIENCE).await.unwrap();
    }
    let response = app.handle(ask.request()).await;
    let Body::Full(bytes) = response.body() else {
        panic!("dialects answer whole bodies")
    };
    Got {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// How many answers have this status.
pub(crate) fn count(answers: &[Got], status: u16) -> usize {
    answers.iter().filter(|got| got.status == status).count()
}

/// No answer is a fault of the server, and every one is stamped.
#[track_caller]
pub(crate) fn check_sound(answers: &[Got]) {
    for got in answers {
        assert!(got.status < 500 && got.is_stamped(), "{got:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_house_writes_only_what_is_missing() {
    let demo = Demo::open().await;
    assert_eq!(
        demo.filled,
        Counts {
            made: 20_016,
            found: 0
        }
    );
    let charge = Ask::post("/api/users/1/balance/charge", r#"{"amount":1}"#);
    let charged = demo.send(charge.clone()).await.expect(200);
    let again = demo_house::fill(&demo.app.house).await.unwrap();
    assert_eq!(
        again,
        Counts {
            made: 0,
            found: 20_016
        }
    );
    let charged_again = demo.send(charge).await.expect(200);
    let balance = |body: &Value| body["balance"].as_i64().unwrap();
    assert_eq!(balance(&charged), 50_000_000_001);
    assert_eq!(balance(&charged_again), 50_000_000_002);
    demo.close();
}
