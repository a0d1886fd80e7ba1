//! How many requests one thread sends: 64 clients over plain HTTP/1.1 with kept connections.
//!
//! `cargo run --release -p stampede-http --example http_speed [seconds] [address]`. Without an
//! address it asks a server of its own on another thread, which answers a constant.

#![expect(
    clippy::print_stdout,
    reason = "printing figures is all that this program does"
)]

use std::cell::{Cell, RefCell};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stampede_http::{Client, ClientOptions, CookieJar, Environment, Request};

const CLIENTS: usize = 64;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";

fn main() {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let url = args.next().unwrap_or_else(own_server);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("the system has what a runtime needs");
    let cpu_before = cpu();
    let started = Instant::now();
    let count = tokio::task::LocalSet::new()
        .block_on(&runtime, run(&url, started + Duration::from_secs(seconds)));
    let (took, cpu) = (started.elapsed().as_secs_f64(), cpu() - cpu_before);
    let count = f64::from(count);
    println!(
        "{:.0} requests/s, {:.0} per second of this thread's CPU",
        count / took,
        count / cpu
    );
}

async fn run(url: &str, end: Instant) -> u32 {
    let environment = Arc::new(Environment::new(ClientOptions::new()).expect("nothing is set"));
    let count = Rc::new(Cell::new(0));
    let users: Vec<_> = (0..CLIENTS)
        .map(|idx| {
            let client = Client::new(Arc::clone(&environment), idx);
            tokio::task::spawn_local(user(client, url.to_owned(), end, Rc::clone(&count)))
        })
        .collect();
    for user in users {
        user.await.expect("no user panics");
    }
    count.get()
}

async fn user(client: Client, url: String, end: Instant, count: Rc<Cell<u32>>) {
    let jar = RefCell::new(CookieJar::new());
    while Instant::now() < end {
        let mut request = Request::new("POST", url.clone());
        request.body = Some(bytes::Bytes::from_static(b"{\"seat\":\"14C\"}"));
        request.set_header("Content-Type", b"application/json");
        let response = client.send(Rc::new(request), &jar, &|_| {}).await;
        assert_eq!(response.status, 200, "{:?}", response.error);
        count.set(count.get() + 1);
    }
}

/// Seconds of CPU that this thread has used.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |idx: usize| {
        fields
            .get(idx)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

/// A server of one thread per connection, which is enough for a constant.
fn own_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || answer(connection));
        }
    });
    format!("http://{address}/book")
}

fn answer(mut connection: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = connection.read(&mut buffer) {
        if connection.write_all(ANSWER).is_err() {
            return;
        }
    }
}
