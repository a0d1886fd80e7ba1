//! Closed and open loads: what they count, and at what rate.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stampede_run::load::{Client, Load, LoadError, closed_loop, open_loop};
use stampede_run::wire::{RequestBuffer, Target};

use crate::server::{Reaction, Server};

fn load(server: &Server) -> Load {
    Load {
        target: server.target(),
        connections: 8,
        threads: 2,
        warm_up: Duration::from_millis(50),
        duration: Duration::from_millis(400),
        timeout: Duration::from_secs(5),
        expected: "200".parse().unwrap(),
    }
}

fn ask(target: Target) -> impl Fn(usize) -> Box<dyn Client> {
    move |_| {
        let target = target.clone();
        Box::new(move |_: u64, request: &mut RequestBuffer| {
            request.begin(&target, "POST", "/ask").end(b"{}");
        })
    }
}

#[test]
fn a_closed_loop_counts_every_answer_of_its_window() {
    let asked = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&asked);
    let server = Server::start(move |_| {
        let n = counter.fetch_add(1, Ordering::SeqCst);
        Reaction::json(if n.is_multiple_of(2) { 200 } else { 409 }, "{}")
    });
    let load = load(&server);
    let result = closed_loop(&load, &ask(server.target())).unwrap();
    assert!(result.answered > 100, "{result:?}");
    assert!(
        result.answered < asked.load(Ordering::SeqCst),
        "the warm-up does not count"
    );
    assert_eq!(
        result.statuses.iter().map(|(_, count)| count).sum::<u64>(),
        result.answered
    );
    assert!(
        result.expected.abs_diff(result.answered / 2) <= 8,
        "{result:?}"
    );
    assert_eq!(
        (result.unanswered, result.unsent, result.reopened),
        (0, 0, 0)
    );
    assert_eq!(result.latency.count, result.answered);
    assert!(
        result.loader_busy > 0.0 && result.loader_busy <= 1.05,
        "{}",
        result.loader_busy
    );
    assert!(result.sent_bytes > result.answered * 50);
}

#[test]
fn failures_are_counted_and_the_connection_is_opened_again() {
    let asked = AtomicU64::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) % 10 {
        9 => Reaction::Hang,
        _ => Reaction::json(200, "{}"),
    });
    let result = closed_loop(&load(&server), &ask(server.target())).unwrap();
    assert!(
        result.unanswered > 0 && result.answered > 8 * result.unanswered / 2,
        "{result:?}"
    );
    assert_eq!(result.expected, result.answered);
    assert!(result.reopened >= result.unanswered - 8, "{result:?}");
}

#[test]
fn a_silent_server_ends_the_load_and_counts_as_unanswered() {
    let server = Server::start(|_| Reaction::Silence);
    let mut load = load(&server);
    load.timeout = Duration::from_millis(100);
    let result = closed_loop(&load, &ask(server.target())).unwrap();
    assert_eq!((result.answered, result.unanswered), (0, 8));
}

#[test]
fn an_open_loop_keeps_its_rate_and_counts_from_the_intended_start() {
    let server = Server::start(|_| Reaction::json(200, "{}"));
    let load = load(&server);
    let result = open_loop(&load, 1_000.0, &ask(server.target())).unwrap();
    assert_eq!(result.answered + result.unsent, 400, "{result:?}");
    assert!(result.latency.us_max >= result.service.us_max - 1.0);
    assert!(result.latency.us_avg >= result.service.us_avg);
}

#[test]
fn an_open_loop_charges_a_stalled_server_for_everyone_who_came_meanwhile() {
    // One connection that never gets an answer: all other arrivals find it busy.
    let server = Server::start(|_| Reaction::Silence);
    let mut load = load(&server);
    (load.connections, load.timeout) = (1, Duration::from_millis(50));
    let result = open_loop(&load, 100.0, &ask(server.target())).unwrap();
    assert_eq!(
        (result.answered, result.unanswered, result.unsent),
        (0, 1, 44),
        "{result:?}"
    );
}

#[test]
fn a_client_sees_its_answers_in_order() {
    struct Counting {
        target: Target,
        tokens: Arc<Mutex<Vec<(u64, String)>>>,
        sequence: u64,
    }
    impl Client for Counting {
        fn request(&mut self, sequence: u64, request: &mut RequestBuffer) {
            self.sequence = sequence;
            request
                .begin(&self.target, "POST", "/")
                .end(sequence.to_string().as_bytes());
        }
        fn answered(&mut self, status: u16, body: &[u8]) {
            assert_eq!(status, 200);
            let body = String::from_utf8(body.to_vec()).unwrap();
            self.tokens.lock().unwrap().push((self.sequence, body));
        }
    }
    let server = Server::start(|seen| Reaction::json(200, seen.body));
    let tokens: Arc<Mutex<Vec<(u64, String)>>> = Arc::default();
    let mut load = load(&server);
    load.connections = 1;
    let clients = |_| -> Box<dyn Client> {
        Box::new(Counting {
            target: server.target(),
            tokens: Arc::clone(&tokens),
            sequence: 0,
        })
    };
    closed_loop(&load, &clients).unwrap();
    let tokens = tokens.lock().unwrap();
    for (answer_idx, (sequence, body)) in tokens.iter().enumerate() {
        assert_eq!(
            (*sequence, body),
            (answer_idx as u64, &answer_idx.to_string())
        );
    }
}

#[test]
fn a_load_that_makes_no_sense_is_refused() {
    let server = Server::start(|_| Reaction::json(200, "{}"));
    let ask = ask(server.target());
    let mut bad = load(&server);
    bad.connections = 0;
    assert!(matches!(closed_loop(&bad, &ask), Err(LoadError::Empty)));
    bad.connections = 1_000_000;
    assert!(matches!(
        closed_loop(&bad, &ask),
        Err(LoadError::Connections { .. })
    ));
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(
            open_loop(&load(&server), rate, &ask),
            Err(LoadError::Rate { .. })
        ));
    }
    let mut unreachable = load(&server);
    unreachable.target = Target::at("127.0.0.1:1".parse().unwrap());
    assert!(matches!(
        closed_loop(&unreachable, &ask),
        Err(LoadError::Open(_))
    ));
}
