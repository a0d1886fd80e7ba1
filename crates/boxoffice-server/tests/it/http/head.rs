//! Heads that are slow, large, repeated or no HTTP at all.

use super::{SHORT_MS, Server, wait_until};

#[test]
fn a_head_that_never_ends_is_cut_off_and_an_idle_neighbour_is_not() {
    let server = Server::start(|options| options.header_timeout_ms = SHORT_MS);
    let mut idle = server.connect();
    let mut slow = server.connect();
    slow.write("GET /constant HTTP/1.1\r\nHost: a\r\n");
    assert!(slow.is_closed());
    wait_until("the close is counted", || {
        server.stats.timed_out_total() == 1
    });
    assert_eq!(idle.get("/constant").body, "constant");
    assert_eq!(server.handled(), 1);
}

#[test]
fn a_trickled_head_does_not_extend_its_time() {
    let server = Server::start(|options| options.header_timeout_ms = SHORT_MS);
    let mut slow = server.connect();
    slow.socket
        .set_read_timeout(Some(std::time::Duration::from_millis(5)))
        .unwrap();
    slow.write("GET /constant HTTP/1.1\r\nX: ");
    let closed = (0..4_000).any(|_n_byte| {
        use std::io::{ErrorKind, Read as _, Write as _};
        // The read waits for 5 ms, so that a byte goes out now and then.
        let waited = slow.socket.read(&mut [0]);
        let gone = match waited {
            Ok(read) => read == 0,
            Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        gone || slow.socket.write_all(b"a").is_err()
    });
    assert!(closed);
    wait_until("the close is counted", || {
        server.stats.timed_out_total() == 1
    });
    assert_eq!(server.handled(), 0);
}

#[test]
fn a_second_head_on_a_connection_has_its_own_time() {
    let server = Server::start(|options| options.header_timeout_ms = SHORT_MS);
    let mut client = server.connect();
    assert_eq!(client.get("/constant").status, 200);
    client.write("GET /con");
    assert!(client.is_closed());
    wait_until("the close is counted", || {
        server.stats.timed_out_total() == 1
    });
}

#[test]
fn heads_over_the_limits_are_refused_and_those_below_are_not() {
    let server = Server::start(|options| options.header_bytes_max = 16 * 1024);
    let with_header = |bytes: usize| {
        format!(
            "GET /constant HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
            "a".repeat(bytes)
        )
    };
    assert_eq!(server.connect().ask(&with_header(15 * 1024)).status, 200);
    for bytes in [17 * 1024, 200 * 1024] {
        let answer = server.connect().ask(&with_header(bytes));
        assert_eq!((answer.status, answer.body.as_str()), (431, "HeadTooLarge"));
    }
    let with_headers = |headers: usize| {
        let lines = (0..headers)
            .map(|n_header| format!("X{n_header}: a\r\n"))
            .collect::<String>();
        format!("GET /constant HTTP/1.1\r\nHost: a\r\n{lines}\r\n")
    };
    assert_eq!(server.connect().ask(&with_headers(99)).status, 200);
    assert_eq!(server.connect().ask(&with_headers(101)).status, 431);
    let target = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(100_000));
    let answer = server.connect().ask(&target);
    assert_eq!((answer.status, answer.body.as_str()), (431, "HeadTooLarge"));
    assert_eq!(server.handled(), 2);
}

#[test]
fn what_is_not_http_is_answered_with_400_and_closed() {
    let server = Server::start(|_options| {});
    for garbage in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET /constant\r\n\r\n",
        "GET /constant HTTP/9.9\r\n\r\n",
        "GET /con stant HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /constant HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET /constant HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
        "GET /constant HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET /constant HTTP/1.1\r\n Host: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    ] {
        let mut client = server.connect();
        client.write(garbage);
        let answer = client
            .answer()
            .unwrap_or_else(|| panic!("no answer to {garbage:?}"));
        assert_eq!(answer.status, 400, "{garbage:?}: {answer:?}");
        assert_eq!(answer.body, "HeadMalformed", "{garbage:?}");
        assert!(answer.head.contains("connection: close"), "{answer:?}");
        assert_eq!(answer.head.matches("date: ").count(), 1, "{answer:?}");
        assert!(client.is_closed(), "{garbage:?}");
    }
    assert_eq!(server.handled(), 0);
}

#[test]
fn garbage_behind_good_requests_is_answered_after_them() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let good = "GET /constant HTTP/1.1\r\nHost: a\r\n\r\n";
    let empty = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    client.write(format!("{good}{empty}{good}nonsense\r\n\r\n"));
    for body in ["constant", "", "constant", "HeadMalformed"] {
        assert_eq!(client.answer().unwrap().body, body);
    }
    assert!(client.is_closed());
    assert_eq!(server.handled(), 3);
}

#[test]
fn a_refused_head_that_wants_no_body_gets_none() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    client.write("HEAD /constant HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n");
    // The length of what a GET would get, and then nothing.
    assert!(client.answer().is_none());
    assert!(client.unread.is_empty());
}

#[test]
fn repeated_headers_that_must_be_unique_are_refused() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    for (name, first, second) in [
        ("Host", "a", "b"),
        ("Idempotency-Key", "a", "a"),
        ("Authorization", "Bearer a", "Bearer b"),
        ("Boxoffice-Hold-Token", "a", "b"),
        ("Content-Type", "application/json", "text/plain"),
        ("X-User-Id", "1", "2"),
    ] {
        let host = if name == "Host" { "" } else { "Host: a\r\n" };
        let answer = client.ask(&format!(
            "GET /constant HTTP/1.1\r\n{host}{name}: {first}\r\n{name}: {second}\r\n\r\n"
        ));
        assert_eq!(answer.status, 400, "{name}");
        let lower = name.to_ascii_lowercase();
        assert_eq!(
            answer.body,
            format!("HeaderRepeated {{ name: \"{lower}\" }}")
        );
    }
    let answer = client.ask("GET /constant HTTP/1.1\r\nHost: a\r\nAccept: a\r\nAccept: b\r\n\r\n");
    assert_eq!(answer.status, 200);
    assert_eq!(server.handled(), 1);
}

#[test]
fn a_missing_host_is_refused_from_http_1_1_only() {
    let server = Server::start(|_options| {});
    assert_eq!(
        server.connect().ask("GET /constant HTTP/1.1\r\n\r\n").body,
        "HostMissing"
    );
    let mut old = server.connect();
    assert_eq!(old.ask("GET /constant HTTP/1.0\r\n\r\n").status, 200);
    assert!(old.is_closed());
}

#[test]
fn unknown_methods_reach_the_routes_and_connect_does_not() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    assert_eq!(
        client.ask("BREW /method HTTP/1.1\r\nHost: a\r\n\r\n").body,
        "BREW"
    );
    assert_eq!(
        client.ask("get /method HTTP/1.1\r\nHost: a\r\n\r\n").body,
        "get"
    );
    let answer = client.ask("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (400, "TargetMalformed")
    );
}

#[test]
fn targets_in_absolute_form_reach_their_path() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let answer = client.ask("GET http://elsewhere:80/constant?a=b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(answer.body, "constant");
    assert_eq!(
        client.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").body,
        "unknown"
    );
}

#[test]
fn targets_that_climb_or_do_not_decode_are_refused_before_any_route() {
    let server = Server::start(|_options| {});
    for target in [
        "/../constant",
        "/a/../constant",
        "/a/./constant",
        "/%2e%2e/constant",
        "/a%2f..%2fconstant",
        "/a%5c..%5cconstant",
        "/%",
        "/%4",
        "/%zz",
        "/%00",
        "/%0a",
        "/%ff%fe",
        "*",
        "http://a/../constant",
    ] {
        let answer = server
            .connect()
            .ask(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(answer.status, 400, "{target}");
    }
    assert_eq!(server.handled(), 0);
}

#[test]
fn a_refusal_on_the_head_does_not_wait_for_the_body() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let answer =
        client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nX-Refuse: a\r\nContent-Length: 1000\r\n\r\n");
    assert_eq!((answer.status, answer.body.as_str()), (401, "refused"));
    assert_eq!(server.handled(), 0);
}

#[test]
fn forwarded_addresses_count_from_trusted_proxies_only() {
    let ask = "GET /peer HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\
               X-Forwarded-Proto: https\r\n\r\n";
    let direct = Server::start(|_options| {});
    assert_eq!(direct.connect().ask(ask).body, "127.0.0.1 tls=false");
    let behind = Server::start(|options| {
        options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    assert_eq!(behind.connect().ask(ask).body, "198.51.100.7 tls=true");
}
