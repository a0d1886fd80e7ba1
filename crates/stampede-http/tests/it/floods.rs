//! Servers that send more than anybody asked for take neither the thread nor the memory.

use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::task::Poll;

use stampede_http::limits::{READ_BYTES_MAX, READ_BYTES_PER_UNIT};
use stampede_http::{BodyKind, Request};

use crate::server::{Reply, Server, User, run, user};

/// The most that one turn reads: what tokio's budget of 128 units allows, and the last read.
const TURN_BYTES_MAX: u64 = (128 * READ_BYTES_PER_UNIT + READ_BYTES_MAX) as u64;

/// A server on a thread of its own that says `head`, and then fills the connection for ever.
fn flood(head: &'static [u8], more: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The request is short: one read has it all.
        let _n_read = stream.read(&mut [0; 4_096]).unwrap();
        let more = more.repeat(1 << 14);
        let mut said = stream.write_all(head);
        while said.is_ok() {
            said = stream.write_all(&more);
        }
    });
    address
}

/// Asks a server that floods us and answers the most bytes that one turn of the task read.
async fn longest_turn(address: SocketAddr) -> u64 {
    const ENOUGH_BYTES: u64 = 64 << 20;
    tokio::task::spawn_local(async move {
        let user = user();
        let mut endless = Request::new("GET", format!("http://{address}/"));
        endless.body_kind = BodyKind::None;
        let mut sent = pin!(user.send(endless));
        let (mut all, mut longest) = (0, 0);
        poll_fn(|cx| {
            let polled = sent.as_mut().poll(cx);
            let bytes = user.client.take_traffic().received_bytes;
            all += bytes;
            longest = longest.max(bytes);
            match polled {
                Poll::Ready(response) => panic!("it ended with {response:?}"),
                Poll::Pending if all < ENOUGH_BYTES => Poll::Pending,
                Poll::Pending => Poll::Ready(()),
            }
        })
        .await;
        longest
    })
    .await
    .unwrap()
}

#[test]
fn a_server_that_floods_us_has_no_more_than_its_turn() {
    run(async {
        let body = flood(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 64]);
        let longest = longest_turn(body).await;
        assert!(longest <= TURN_BYTES_MAX, "{longest} bytes in one turn");
        let hints = flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n");
        let longest = longest_turn(hints).await;
        assert!(longest <= TURN_BYTES_MAX, "{longest} bytes in one turn");
    });
}

fn filled(path: &str) -> Reply {
    let bytes = match path {
        "/large" => 3 << 20,
        _ => 1 << 20,
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n");
    Reply::Say([head.into_bytes(), vec![b'a'; bytes]].concat())
}

#[test]
fn bodies_that_do_not_fit_into_the_memory_of_their_user_fail() {
    run(async {
        let server = Server::start(|asked| filled(asked.path())).await;
        let user = User::new(|options| options.client_bodies_bytes_max = 2 << 20);
        let one = user.get(server.url("/")).await;
        let two = user.get(server.url("/")).await;
        assert_eq!((one.status, two.status), (200, 200));
        let three = user.get(server.url("/")).await;
        let wanted =
            "does not fit into the memory of its virtual user, whose bodies may hold 2 MiB";
        assert!(
            three.error_text().contains(wanted),
            "{}",
            three.error_text()
        );
        assert_eq!(
            (three.status, three.body.as_deref().map(<[u8]>::len)),
            (0, Some(0))
        );
        // What nobody holds any more makes room again.
        drop((one, two));
        assert_eq!(user.get(server.url("/")).await.status, 200);
        let large = user.get(server.url("/large")).await;
        assert_eq!((large.status, large.error_code()), (0, 1000));
        let mut dropped = Request::new("GET", server.url("/large"));
        dropped.body_kind = BodyKind::None;
        assert_eq!(user.send(dropped).await.status, 200);
    });
}
