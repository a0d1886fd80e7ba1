//! Large bodies from many clients at once: the memory that they share, and what becomes of it.

use super::{Client, Server, UPLOAD_BYTES_MAX, wait_until};

/// The largest body that never asks for shared memory.
const SMALL_BYTES_MAX: usize = 64 * 1024;

/// Room for three uploads, and not for a fourth.
const BUDGET_BYTES: usize = 4 * UPLOAD_BYTES_MAX;

fn server(bytes_max: usize) -> Server {
    Server::start(|options| options.body_memory_bytes_max = bytes_max)
}

fn head(path: &str, bytes: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {bytes}\r\n\r\n")
}

/// A client that has sent all of an upload but its last byte.
fn nearly_sent(server: &Server, path: &str) -> Client {
    let mut client = server.connect();
    client.write(head(path, UPLOAD_BYTES_MAX));
    client.write(vec![b'a'; UPLOAD_BYTES_MAX - 1]);
    client
}

fn upload(client: &mut Client, bytes: usize) -> (u16, String) {
    client.write(head("/upload", bytes));
    client.write(vec![b'a'; bytes]);
    let answer = client.answer().unwrap();
    (answer.status, answer.body)
}

#[test]
fn large_bodies_share_their_memory_and_who_finds_none_left_is_told_so() {
    let server = server(BUDGET_BYTES);
    let mut clients = Vec::new();
    for n_client in 1..=3 {
        clients.push(nearly_sent(&server, "/upload"));
        wait_until("it has its memory", || {
            server.stats.body_bytes() == n_client * UPLOAD_BYTES_MAX
        });
    }
    let mut refused = nearly_sent(&server, "/upload");
    wait_until("it is refused", || server.stats.bodies_refused_total() == 1);
    // It is read to its end, so that its client sees the answer, but not kept.
    refused.write("a");
    let answer = refused.answer().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (503, "BodiesFull"));
    assert_eq!(server.stats.body_bytes(), 3 * UPLOAD_BYTES_MAX);
    assert_eq!(refused.get("/constant").body, "constant");
    for mut client in clients {
        client.write("a");
        let answer = client.answer().unwrap();
        assert_eq!(answer.body, UPLOAD_BYTES_MAX.to_string());
    }
    wait_until("all is given back", || server.stats.body_bytes() == 0);
    let again = upload(&mut refused, UPLOAD_BYTES_MAX);
    assert_eq!(again, (200, UPLOAD_BYTES_MAX.to_string()));
    assert!(server.stats.body_bytes_peak() <= BUDGET_BYTES);
    assert_eq!(server.stats.bodies_refused_total(), 1);
}

#[test]
fn a_crowd_of_uploads_never_takes_more_than_the_budget() {
    let server = server(BUDGET_BYTES);
    let statuses = std::thread::scope(|scope| {
        let uploads = (0..16).map(|_n_client| {
            scope.spawn(|| {
                let mut client = server.connect();
                (0..8)
                    .map(|_n_upload| upload(&mut client, UPLOAD_BYTES_MAX).0)
                    .collect::<Vec<_>>()
            })
        });
        let uploads = uploads.collect::<Vec<_>>();
        let joined = uploads
            .into_iter()
            .flat_map(|upload| upload.join().unwrap());
        joined.collect::<Vec<_>>()
    });
    let count = |status| statuses.iter().filter(|seen| **seen == status).count();
    assert_eq!(count(200) + count(503), 16 * 8);
    assert_eq!(count(200), server.handled());
    assert_eq!(count(503) as u64, server.stats.bodies_refused_total());
    assert!(0 < count(200));
    assert!(server.stats.body_bytes_peak() <= BUDGET_BYTES);
    wait_until("all is given back", || server.stats.body_bytes() == 0);
}

#[test]
fn small_bodies_pass_while_there_is_no_memory_for_large_ones() {
    let server = server(0);
    let mut client = server.connect();
    let small = upload(&mut client, SMALL_BYTES_MAX);
    assert_eq!(small, (200, SMALL_BYTES_MAX.to_string()));
    assert_eq!(upload(&mut client, SMALL_BYTES_MAX + 1).0, 503);
    assert_eq!(upload(&mut client, 1).0, 200);
    assert_eq!(server.handled(), 2);
}

#[test]
fn a_client_that_leaves_in_the_middle_gives_its_memory_back() {
    let server = server(BUDGET_BYTES);
    let clients = [(); 3].map(|()| nearly_sent(&server, "/upload"));
    wait_until("they have their memory", || {
        server.stats.body_bytes() == 3 * UPLOAD_BYTES_MAX
    });
    drop(clients);
    wait_until("it is given back", || server.stats.body_bytes() == 0);
    assert_eq!(server.handled(), 0);
}

#[test]
fn a_body_that_takes_too_long_gives_its_memory_back() {
    let server = Server::start(|options| {
        options.body_memory_bytes_max = BUDGET_BYTES;
        // Long enough for the head start below, however busy the machine.
        options.body_timeout_ms = 2_000;
    });
    let mut client = server.connect();
    client.write(head("/upload", UPLOAD_BYTES_MAX));
    // More than what is small.
    client.write(vec![b'a'; 2 * SMALL_BYTES_MAX]);
    assert_eq!(client.answer().unwrap().status, 408);
    assert!(0 < server.stats.body_bytes_peak());
    wait_until("it is given back", || server.stats.body_bytes() == 0);
}

#[test]
fn memory_is_kept_until_the_handler_is_done_with_the_body() {
    let server = server(BUDGET_BYTES);
    let mut client = nearly_sent(&server, "/gate");
    client.write("a");
    wait_until("the handler waits", || server.entered() == 1);
    assert_eq!(server.stats.body_bytes(), UPLOAD_BYTES_MAX);
    server.probe.gate.add_permits(1);
    assert_eq!(client.answer().unwrap().body, "through");
    wait_until("it is given back", || server.stats.body_bytes() == 0);
}
