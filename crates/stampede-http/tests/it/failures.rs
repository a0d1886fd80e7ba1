//! Servers that break the rules are survived and named as k6 names them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use stampede_http::limits::HEADERS_MAX;
use stampede_http::{BodyKind, Request, Response};

use crate::server::{Reply, Server, User, ok, run, say, text, user};

/// What a script sees of a request that failed.
fn seen(response: &Response) -> (u16, u16, &str) {
    (
        response.status,
        response.error_code(),
        response.error_text(),
    )
}

fn short(url: String) -> Request {
    let mut request = Request::new("GET", url);
    request.timeout = Duration::from_millis(50);
    request
}

#[test]
fn closed_and_reset_connections_are_named() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/reset" => Reply::Reset,
            "/short" => {
                Reply::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec())
            }
            _ => Reply::SayAndClose(Vec::new()),
        })
        .await;
        let reset = user().get(server.url("/reset")).await;
        assert_eq!(seen(&reset), (0, 1220, "read: connection reset by peer"));
        assert_eq!(reset.remote, Some(server.address));
        let closed = user().post(server.url("/close"), "x").await;
        assert_eq!(seen(&closed), (0, 1000, "EOF"));
        assert_eq!(closed.body, None);
        let short = user().get(server.url("/short")).await;
        assert_eq!(seen(&short), (0, 1000, "unexpected EOF"));
        assert_eq!(text(&short), Some("abc"));
        assert_eq!(
            server.asked().len(),
            3,
            "a new connection is never tried twice"
        );
    });
}

#[test]
fn a_timeout_covers_the_head_and_the_body() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/stall" => Reply::SayAndStall(Vec::new()),
            _ => Reply::SayAndStall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec()),
        })
        .await;
        let stalled = user().send(short(server.url("/stall"))).await;
        assert_eq!(seen(&stalled), (0, 1050, "request timeout"));
        assert_eq!(stalled.body, None);
        let timings = stalled.timings;
        assert!(timings.waiting >= Duration::from_millis(40), "{timings:?}");
        assert!(timings.duration() < Duration::from_secs(5), "{timings:?}");
        let slow = user().send(short(server.url("/slow"))).await;
        assert_eq!(seen(&slow), (0, 1050, "request timeout"));
        assert_eq!(text(&slow), Some("abc"));
    });
}

#[test]
fn a_timeout_shorter_than_a_timer_counts_is_still_one() {
    run(async {
        let server = Server::start(|_| ok()).await;
        for timeout in [Duration::ZERO, Duration::from_nanos(1)] {
            let mut request = Request::new("GET", server.url("/"));
            request.timeout = timeout;
            let response = user().send(request).await;
            assert_eq!(seen(&response), (0, 1050, "request timeout"), "{timeout:?}");
            assert_eq!(response.body, None);
        }
    });
}

/// A server on a thread of its own that says `first`, and then `more` for as long as it is read.
fn flood(first: &'static [u8], more: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // The request is short: one read has it all.
        let _n_read = stream.read(&mut [0; 4_096]).unwrap();
        let more = more.repeat(1_000);
        let mut said = stream.write_all(first);
        while said.is_ok() {
            said = stream.write_all(&more);
        }
    });
    address
}

#[test]
fn a_timeout_ends_a_request_to_a_server_that_floods_us() {
    run(async {
        let body = flood(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 64]);
        let mut endless = short(format!("http://{body}/"));
        // Nothing is kept, so nothing but the time can be too much.
        endless.body_kind = BodyKind::None;
        let endless = user().send(endless).await;
        assert_eq!(endless.error_code(), 1050, "{}", endless.error_text());
        let hints = flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n");
        let never = user().send(short(format!("http://{hints}/"))).await;
        assert_eq!(never.error_code(), 1050, "{}", never.error_text());
    });
}

#[test]
fn a_timeout_covers_all_hops_together() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/first" => say("302 Found\r\nLocation: /stall", b""),
            _ => Reply::SayAndStall(Vec::new()),
        })
        .await;
        let user = user();
        let response = user.send(short(server.url("/first"))).await;
        assert_eq!(response.error_code(), 1050);
        assert_eq!(user.hops().len(), 2);
    });
}

#[test]
fn nobody_there_is_refused() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let response = user().get(format!("http://{address}/")).await;
        assert_eq!(seen(&response), (0, 1212, "dial: connection refused"));
        let error = response.error.as_ref().unwrap();
        let log = error.log_text("GET", &response.url);
        let wanted = format!("dial tcp {address}: connect: connection refused");
        assert_eq!(log, format!("Get \"http://{address}/\": {wanted}"));
        assert_eq!(response.remote, None);
        assert_eq!(response.timings.duration(), Duration::ZERO);
    });
}

#[test]
fn what_cannot_be_asked_is_not_sent() {
    run(async {
        let user = user();
        let invalid = user.get("http://[bad").await;
        let said = "invalid URL: parse \"http://[bad\": missing ']' in host";
        assert_eq!(seen(&invalid), (0, 1020, said));
        assert_eq!(user.hops(), []);
        let scheme = user.get("foo").await;
        assert_eq!(seen(&scheme), (0, 1000, "unsupported protocol scheme \"\""));
        let method = user.send(Request::new("A B", "http://127.0.0.1:1/")).await;
        assert_eq!(seen(&method), (0, 1000, "net/http: invalid method \"A B\""));
        let mut request = Request::new("GET", "http://127.0.0.1:1/");
        request.set_header("a b", b"1");
        let header = user.send(request).await;
        assert_eq!(
            seen(&header),
            (0, 1000, "net/http: invalid header field name \"a b\"")
        );
        assert_eq!(
            user.hops().len(),
            3,
            "each is a hop with an error, as in k6"
        );
    });
}

#[test]
fn blocked_names_and_addresses_are_never_dialled() {
    run(async {
        let user = User::new(|options| {
            options.blocked_ips = vec!["10.0.0.0/8".to_owned()];
            options.blocked_hostnames = vec!["*.block.org".to_owned()];
        });
        let ip = user.get("http://10.1.2.3/").await;
        assert_eq!(seen(&ip), (0, 1110, "ip is blacklisted"));
        let error = ip.error.unwrap();
        let log = error.log_text("GET", "U");
        assert_eq!(
            log,
            "Get \"U\": IP (10.1.2.3) is in a blacklisted range (10.0.0.0/8)"
        );
        let name = user.get("http://x.block.org/").await;
        assert_eq!(seen(&name), (0, 1111, "hostname is blocked"));
    });
}

#[test]
fn names_are_replaced_by_the_options() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let address = server.address.to_string();
        let user = User::new(|options| {
            options.hosts = vec![("*.wild.test".to_owned(), address)];
        });
        let response = user.get("http://a.b.WILD.test:81/").await;
        assert_eq!(
            (response.status, response.remote),
            (200, Some(server.address))
        );
        assert!(
            server.asked()[0]
                .head
                .contains("Host: a.b.WILD.test:81\r\n")
        );
    });
}

#[test]
fn garbage_instead_of_http_is_an_error() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/chunk" => {
                let head =
                    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n";
                Reply::SayAndClose(head.to_vec())
            }
            "/two" => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd";
                Reply::SayAndClose(head.to_vec())
            }
            "/encoding" => {
                let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\nabc";
                Reply::SayAndClose(head.to_vec())
            }
            "/cut" => Reply::SayAndClose(b"HTTP/1.1 200 OK\r\nX: 1\r\n".to_vec()),
            _ => Reply::SayAndClose(b"hello there\r\n\r\n".to_vec()),
        })
        .await;
        for (path, wanted) in [
            ("/chunk", "invalid byte in chunk length"),
            ("/two", "bad Content-Length"),
            ("/encoding", "unsupported transfer encoding: \"foo\""),
            ("/cut", "unexpected EOF"),
            ("/garbage", "malformed HTTP status code \"there\""),
        ] {
            let response = user().get(server.url(path)).await;
            assert_eq!(seen(&response), (0, 1000, wanted), "{path}");
        }
    });
}

#[test]
fn endless_headers_end_at_the_limit() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/many" => {
                Reply::SayForEver(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".repeat(100))
            }
            _ => Reply::SayForEver(b"HTTP/1.1 200 OK\r\nX-A: ".to_vec(), vec![b'a'; 10_000]),
        })
        .await;
        for path in ["/many", "/long"] {
            let user = user();
            let response = user.get(server.url(path)).await;
            let wanted = "net/http: server response headers exceeded 1048576 bytes; aborted";
            assert_eq!(seen(&response), (0, 1000, wanted), "{path}");
            assert!(
                user.client.take_traffic().received_bytes < 4 << 20,
                "{path}"
            );
        }
    });
}

#[test]
fn a_head_of_as_many_lines_as_the_limit_is_read() {
    run(async {
        let server = Server::start(|asked| {
            let count: usize = asked.path()[1..].parse().unwrap();
            let mut head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_owned();
            for idx in 1..count {
                head.push_str(&format!("Set-Cookie: c{idx}=v\r\n"));
            }
            head.push_str("\r\n");
            Reply::Say(head.into_bytes())
        })
        .await;
        for count in [101, 2_000, HEADERS_MAX] {
            let response = user().get(server.url(&format!("/{count}"))).await;
            assert_eq!(seen(&response), (200, 0, ""), "{count}");
            assert_eq!(response.headers.0.len(), count);
        }
        let more = user()
            .get(server.url(&format!("/{}", HEADERS_MAX + 1)))
            .await;
        let wanted = "net/http: server response has more than 4096 headers; aborted";
        assert_eq!(seen(&more), (0, 1000, wanted));
    });
}

#[test]
fn an_endless_body_ends_at_the_limit_and_a_dropped_one_is_counted() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/endless" => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".to_vec();
                Reply::SayForEver(head, vec![b'x'; 100_000])
            }
            _ => say("200 OK", &vec![b'x'; 3_000_000]),
        })
        .await;
        let user = User::new(|options| options.body_bytes_max = 1_000_000);
        let endless = user.get(server.url("/endless")).await;
        assert_eq!((endless.status, endless.error_code()), (0, 1000));
        assert!(
            endless.error_text().contains("limit of 1000000 bytes"),
            "{endless:?}"
        );
        let mut request = Request::new("GET", server.url("/large"));
        request.body_kind = BodyKind::None;
        let dropped = user.send(request).await;
        assert_eq!((dropped.status, dropped.body.as_ref()), (200, None));
        assert!(
            dropped.bytes_received > 3_000_000,
            "{}",
            dropped.bytes_received
        );
    });
}

#[test]
fn bodies_are_decompressed_or_said_to_be_broken() {
    run(async {
        let server = Server::start(|asked| {
            let head = "200 OK\r\nContent-Encoding: gzip";
            match asked.path() {
                // `hello` as k6 compresses it.
                "/gzip" => say(
                    head,
                    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xcaH\xcd\xc9\xc9\x07\x04\x00\x00\xff\xff\x86\xa6\x106\x05\x00\x00\x00",
                ),
                _ => say(head, b"abcde"),
            }
        })
        .await;
        let user = user();
        assert_eq!(text(&user.get(server.url("/gzip")).await), Some("hello"));
        let broken = user.get(server.url("/broken")).await;
        let wanted = "error decompressing response body (unexpected EOF)";
        assert_eq!(seen(&broken), (0, 1701, wanted));
        assert_eq!(broken.body, None);
        let mut request = Request::new("GET", server.url("/broken"));
        request.body_kind = BodyKind::None;
        assert_eq!(user.send(request).await.status, 200);
    });
}

#[test]
fn statuses_have_numbers_and_texts() {
    run(async {
        let server = Server::start(|asked| match asked.path() {
            "/404" => say("404 Not Found", b"no"),
            "/299" => say("299 My Text", b"ok"),
            "/204" => Reply::Say(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()),
            "/100" => {
                let two =
                    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                Reply::Say(two.to_vec())
            }
            "/10" => Reply::SayAndClose(b"HTTP/1.0 200 OK\r\n\r\nold".to_vec()),
            _ => say("500 Internal Server Error", b"no"),
        })
        .await;
        let user = user();
        let missing = user.get(server.url("/404")).await;
        assert_eq!(seen(&missing), (404, 1404, ""));
        assert_eq!(
            (missing.status_text(), text(&missing)),
            ("404 Not Found".to_owned(), Some("no"))
        );
        assert_eq!(user.get(server.url("/500")).await.error_code(), 1500);
        assert_eq!(
            user.get(server.url("/299")).await.status_text(),
            "299 My Text"
        );
        assert_eq!(user.get(server.url("/204")).await.body, None);
        assert_eq!(text(&user.get(server.url("/100")).await), Some("ok"));
        let old = user.get(server.url("/10")).await;
        assert_eq!((old.proto.as_str(), text(&old)), ("HTTP/1.0", Some("old")));
    });
}

#[test]
fn a_timeout_that_no_clock_can_count_to_is_none() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let mut request = Request::new("GET", server.url("/"));
        request.timeout = Duration::MAX;
        assert_eq!(user().send(request).await.status, 200);
    });
}

#[test]
fn names_are_resolved_by_the_system_and_remembered() {
    run(async {
        let server = Server::start(|_| ok()).await;
        let user = User::new(|options| options.no_connection_reuse = true);
        let url = format!("http://LocalHost:{}/", server.address.port());
        let first = user.get(url.clone()).await;
        assert_eq!((first.status, first.remote), (200, Some(server.address)));
        assert!(first.timings.looking_up > Duration::ZERO);
        assert_eq!(user.get(url).await.timings.looking_up, Duration::ZERO);
        let missing = user.get("http://no-such-name.invalid/").await;
        assert_eq!(seen(&missing), (0, 1101, "lookup: no such host"));
    });
}
