//! Connections are kept, given up and replaced as Go does it.

use std::cell::Cell;
use std::time::Duration;

use stampede_http::Request;

use crate::server::{Reply, Server, User, ok, run, say, user};

#[test]
fn requests_of_one_user_share_a_connection_and_users_do_not() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let (one, other) = (user(), user());
        let first = one.get(server.url("/")).await;
        assert!(
            first.timings.connecting > Duration::ZERO,
            "{:?}",
            first.timings
        );
        let second = one.get(server.url("/")).await;
        assert_eq!(second.timings.connecting, Duration::ZERO);
        other.get(server.url("/")).await;
        let connections: Vec<usize> = server
            .asked()
            .iter()
            .map(|asked| asked.connection)
            .collect();
        assert_eq!(connections, [1, 1, 2]);
    });
}

#[test]
fn a_user_may_have_to_start_each_iteration_with_new_connections() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let user = User::new(|options| options.no_vu_connection_reuse = true);
        user.get(server.url("/")).await;
        user.get(server.url("/")).await;
        user.client.end_iteration();
        user.get(server.url("/")).await;
        let connections: Vec<usize> = server
            .asked()
            .iter()
            .map(|asked| asked.connection)
            .collect();
        assert_eq!(connections, [1, 1, 2]);
    });
}

#[test]
fn a_connection_closed_while_idle_is_replaced() {
    run(async {
        let server = Server::start(|_| {
            Reply::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())
        })
        .await;
        let user = user();
        for _ in 0..3 {
            assert_eq!(user.post(server.url("/"), "abc").await.status, 200);
        }
        assert_eq!(server.asked().len(), 3);
    });
}

/// The second request on a connection is read and then the connection closed without a word.
#[test]
fn only_what_may_be_repeated_is_sent_again_on_a_new_connection() {
    run(async {
        let silent = |count: Cell<usize>| {
            move |_: &crate::server::Asked| {
                count.set(count.get() + 1);
                if count.get() == 2 {
                    Reply::SayAndClose(Vec::new())
                } else {
                    ok()
                }
            }
        };
        let server = Server::start(silent(Cell::new(0))).await;
        let user = user();
        user.get(server.url("/")).await;
        assert_eq!(user.get(server.url("/")).await.status, 200);
        assert_eq!(server.asked().len(), 3);
        assert_eq!(user.hops().len(), 2, "the script sees one request");

        let server = Server::start(silent(Cell::new(0))).await;
        user.get(server.url("/")).await;
        let posted = user.post(server.url("/"), "x").await;
        assert_eq!((posted.status, posted.error_text()), (0, "EOF"));
        assert_eq!(server.asked().len(), 2);

        let server = Server::start(silent(Cell::new(0))).await;
        user.get(server.url("/")).await;
        let mut request = Request::new("POST", server.url("/"));
        request.body = Some("x".into());
        request.set_header("Idempotency-Key", b"k");
        assert_eq!(user.send(request).await.status, 200);
        assert_eq!(server.asked().len(), 3);
    });
}

#[test]
fn what_the_server_adds_after_a_response_is_not_the_next_one() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/more" => Reply::Say(
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\n\r\n".to_vec(),
            ),
            _ => ok(),
        })
        .await;
        let user = user();
        assert_eq!(user.get(server.url("/more")).await.status, 200);
        assert_eq!(user.get(server.url("/")).await.status, 200);
        let asked = server.asked();
        assert_ne!(asked[0].connection, asked[1].connection);
    });
}

#[test]
fn bytes_and_phases_are_those_of_the_wire() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let user = user();
        let response = user.post(server.url("/"), "abc").await;
        let asked = &server.asked()[0];
        let sent = u64::try_from(asked.head.len() + asked.body.len()).unwrap();
        assert_eq!(response.bytes_sent, sent);
        assert_eq!(response.bytes_received, 40);
        let traffic = user.client.take_traffic();
        assert_eq!((traffic.sent_bytes, traffic.received_bytes), (sent, 40));
        assert_eq!(user.client.take_traffic().sent_bytes, 0);
        let timings = response.timings;
        assert!(timings.blocked >= timings.connecting, "{timings:?}");
        assert!(timings.waiting > Duration::ZERO, "{timings:?}");
    });
}

#[test]
fn a_rate_limit_holds_for_all_users_together() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let user = User::new(|options| options.requests_per_second_max = Some(50));
        let started = std::time::Instant::now();
        for _ in 0..4 {
            user.get(server.url("/")).await;
        }
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(60), "{took:?}");
    });
}

#[test]
fn a_dropped_request_leaves_no_connection_behind() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/stall" => Reply::SayAndStall(Vec::new()),
            _ => say("200 OK", b"ok"),
        })
        .await;
        let user = user();
        user.get(server.url("/")).await;
        let stalled = user.get(server.url("/stall"));
        let dropped = tokio::time::timeout(Duration::from_millis(30), stalled).await;
        assert!(dropped.is_err());
        assert_eq!(user.get(server.url("/")).await.status, 200);
        assert_eq!(server.asked()[2].connection, 2);
    });
}
