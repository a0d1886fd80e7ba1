//! How requests and connections end: with answers, panics, clients that leave, and shutdown.

use std::net::TcpStream;
use std::sync::atomic::Ordering;

use super::{SHORT_MS, Server, wait_until};

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let requests = (0..200)
        .map(|n_request| {
            let body = n_request.to_string();
            let length = body.len();
            format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
        })
        .collect::<String>();
    client.write(requests);
    for n_request in 0..200 {
        assert_eq!(client.answer().unwrap().body, n_request.to_string());
    }
    assert_eq!(server.handled(), 200);
}

#[test]
fn a_panic_costs_its_request_alone() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let answer = client.get("/panic");
    assert_eq!((answer.status, answer.body.as_str()), (500, "Internal"));
    let screened = client.ask("GET /constant HTTP/1.1\r\nHost: a\r\nX-Panic: a\r\n\r\n");
    assert_eq!((screened.status, screened.body.as_str()), (500, "Internal"));
    assert_eq!(client.get("/constant").body, "constant");
    assert_eq!(server.stats.panicked_total(), 2);
}

#[test]
fn a_handler_runs_to_the_end_when_its_client_leaves() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    client.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the handler waits", || server.entered() == 1);
    drop(client);
    server.probe.gate.add_permits(1);
    wait_until("the handler has ended", || server.left() == 1);
    wait_until("the connection is gone", || server.stats.connections() == 0);
}

#[test]
fn a_client_that_has_finished_writing_still_gets_its_answer() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    client.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    client.finish_writing();
    wait_until("the handler waits", || server.entered() == 1);
    server.probe.gate.add_permits(1);
    assert_eq!(client.answer().unwrap().body, "through");
    assert!(client.is_closed());
    wait_until("the connection is gone", || server.stats.connections() == 0);
}

#[test]
fn a_connection_that_rests_gives_its_buffers_back_and_answers_again() {
    let server = Server::start(|options| options.park_after_ms = 20);
    let mut client = server.connect();
    for _n_round in 0..3 {
        assert_eq!(client.get("/constant").body, "constant");
        wait_until("the connection is parked", || server.stats.parked() == 1);
    }
    client.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the handler waits", || server.entered() == 1);
    assert_eq!(server.stats.parked(), 0);
    server.probe.gate.add_permits(1);
    assert_eq!(client.answer().unwrap().body, "through");
}

#[test]
fn half_a_head_survives_parking() {
    let server = Server::start(|options| options.park_after_ms = 20);
    let mut client = server.connect();
    // The first bytes of the second request arrive with the first one.
    client.write("GET /constant HTTP/1.1\r\nHost: a\r\n\r\nGET /con");
    assert_eq!(client.answer().unwrap().status, 200);
    let mut other = server.connect();
    assert_eq!(other.get("/constant").status, 200);
    wait_until("the other is parked", || server.stats.parked() == 1);
    assert_eq!(
        client.ask("stant HTTP/1.1\r\nHost: a\r\n\r\n").body,
        "constant"
    );
}

#[test]
fn an_idle_connection_is_closed_after_its_time() {
    let server = Server::start(|options| options.idle_timeout_ms = SHORT_MS);
    let mut fresh = server.connect();
    let mut used = server.connect();
    assert_eq!(used.get("/constant").status, 200);
    assert!(fresh.is_closed());
    assert!(used.is_closed());
    assert_eq!(server.stats.timed_out_total(), 0);
}

#[test]
fn shutdown_finishes_what_is_under_way_and_closes_the_rest() {
    let mut server = Server::start(|_options| {});
    let mut idle = server.connect();
    assert_eq!(idle.get("/constant").status, 200);
    let mut fresh = server.connect();
    let mut busy = server.connect();
    busy.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the handler waits", || server.entered() == 1);
    let mut left = server.connect();
    left.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the handler waits", || server.entered() == 2);
    drop(left);
    server.signal_stop();
    assert!(idle.is_closed());
    assert!(fresh.is_closed());
    wait_until("nobody listens", || {
        TcpStream::connect(server.address).is_err()
    });
    server.probe.gate.add_permits(2);
    assert_eq!(busy.answer().unwrap().body, "through");
    assert!(busy.is_closed());
    server.join();
    assert_eq!(server.left(), 2);
}

#[test]
fn shutdown_ends_streams_and_gives_up_on_others_after_its_time() {
    let mut server = Server::start(|options| options.drain_timeout_ms = 200);
    let mut stream = server.connect();
    stream.write("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the stream is open", || {
        server.probe.stream.lock().unwrap().is_some()
    });
    let mut stuck = server.connect();
    stuck.write("GET /gate HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the handler waits", || server.entered() == 1);
    server.signal_stop();
    while stream.find(b"0\r\n\r\n").is_none() {
        assert!(stream.more());
    }
    assert!(
        server
            .probe
            .stream
            .lock()
            .unwrap()
            .as_ref()
            .unwrap()
            .is_closed()
    );
    server.join();
    assert!(stuck.is_closed());
    assert_eq!(server.probe.gate_left.load(Ordering::SeqCst), 0);
}
