//! How many iterations of a usual script one thread runs per second.
//!
//! `cargo run --release -p stampede-js --example iterations [USERS] [SECONDS] [SCRIPT]`: the users
//! of one thread post to a server on another thread that answers without thinking. Without a
//! script, each iteration is a POST, two checks, a JSON body read back, and two metrics.

use std::cell::{Cell, RefCell};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stampede_http::{Client, ClientOptions, Environment};
use stampede_js::{
    Bundle, BundleOptions, Iteration, KeptLog, LocalFiles, NoRunInfo, Scenario, Settings, Vu,
    VuConfig, VuLimits,
};
use stampede_metrics::{Detail, MetricPlan, Recorder, Registry, builtin};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SCRIPT: &str = r#"
import http from 'k6/http';
import { check } from 'k6';
import { Counter, Rate } from 'k6/metrics';
const won = new Counter('won');
const errors = new Rate('errors');
const params = { headers: { 'Content-Type': 'application/json' } };
export default function () {
  const body = JSON.stringify({ seat: Math.floor(Math.random() * 1000), user: __VU });
  const r = http.post(__ENV.BASE + '/book', body, params);
  const ok = check(r, {
    'status is 200': (r) => r.status === 200,
    'is booked': (r) => JSON.parse(r.body).ok === true,
  });
  won.add(1);
  errors.add(!ok);
}
"#;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 42\r\n\r\n\
{\"ok\":true,\"id\":12345,\"state\":\"confirmed\"}";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u64| {
        let given = arguments.next();
        given.map_or(default, |text| text.parse().expect("a number"))
    };
    let (users, seconds) = (number(64), number(3));
    let script = arguments
        .next()
        .map(|path| std::fs::read(path).expect("the script is read"));
    let address = serve();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the runtime starts");
    let local = tokio::task::LocalSet::new();
    local.block_on(
        &runtime,
        run(users, Duration::from_secs(seconds), script, address),
    );
}

async fn run(users: u64, period: Duration, script: Option<Vec<u8>>, address: SocketAddr) {
    let registry = Arc::new(Registry::new());
    let began = Instant::now();
    let bundle = load(script, address, Arc::clone(&registry)).await;
    let plan = MetricPlan::new(registry, &[], Detail::Totals).expect("the plan is right");
    let recorder = Rc::new(RefCell::new(Recorder::new(Arc::new(plan))));
    let environment = Arc::new(Environment::new(ClientOptions::new()).expect("options are right"));
    let scenario = Arc::new(Scenario {
        name: "default".to_owned(),
        exec: "default".to_owned(),
        ..Scenario::default()
    });
    let settings = Arc::new(Settings::default());
    let before = resident_kb();
    let mut tasks = Vec::new();
    let stop = Rc::new(Cell::new(false));
    for idx in 0..users {
        let config = VuConfig {
            id_in_instance: idx + 1,
            id_in_test: idx + 1,
            settings: Arc::clone(&settings),
            recorder: Rc::clone(&recorder),
            client: Client::new(Arc::clone(&environment), 0),
            info: Rc::new(NoRunInfo),
        };
        let mut vu = Vu::new(&bundle, config).await.expect("the user starts");
        vu.activate(Arc::clone(&scenario))
            .await
            .expect("the user joins");
        let stop = Rc::clone(&stop);
        tasks.push(tokio::task::spawn_local(async move {
            while !stop.get() {
                vu.iterate(Iteration::default())
                    .await
                    .expect("the iteration works");
            }
            vu
        }));
    }
    let started = began.elapsed();
    let began = Instant::now();
    tokio::time::sleep(period).await;
    stop.set(true);
    let mut vus = Vec::new();
    for task in tasks {
        vus.push(task.await.expect("the user ends"));
    }
    let elapsed = began.elapsed().as_secs_f64();
    let sinks = recorder.borrow_mut().take();
    let count = |metric| {
        sinks
            .metric(metric)
            .map_or(0, stampede_metrics::Sink::samples)
    };
    let (iterations, requests) = (count(builtin::ITERATIONS), count(builtin::HTTP_REQS));
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = iterations as f64 / elapsed;
    #[expect(clippy::print_stdout, reason = "this is what the example is for")]
    {
        println!("{users} users ready after {started:?}");
        println!("{iterations} iterations, {requests} requests, {rate:.0} iterations/s");
        println!(
            "{} KiB per user",
            (resident_kb().saturating_sub(before)) / users.max(1)
        );
    }
}

/// Loads the script.
async fn load(script: Option<Vec<u8>>, address: SocketAddr, registry: Arc<Registry>) -> Bundle {
    Bundle::load(BundleOptions {
        path: PathBuf::from("/example.js"),
        source: Some(script.unwrap_or_else(|| SCRIPT.as_bytes().to_vec())),
        env: [("BASE".to_owned(), format!("http://{address}"))].into(),
        files: Arc::new(LocalFiles),
        log: Arc::new(KeptLog::default()),
        secrets: stampede_js::Secrets::default(),
        registry,
        limits: VuLimits::default(),
        compatibility: stampede_js::Compatibility::default(),
    })
    .await
    .expect("the script loads")
}

/// Resident memory of this process in KiB, where the system says so.
fn resident_kb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4
}

/// Starts a server that answers every request alike, on one thread of its own.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    listener.set_nonblocking(true).expect("it can be polled");
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("the runtime starts");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("it can be polled");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer_all(stream));
            }
        });
    });
    address
}

/// Answers whatever comes: the client sends one request at a time, in one segment.
async fn answer_all(mut stream: TcpStream) {
    let mut buffer = [0; 16_384];
    stream.set_nodelay(true).ok();
    while let Ok(1..) = stream.read(&mut buffer).await {
        if stream.write_all(ANSWER).await.is_err() {
            return;
        }
    }
}
