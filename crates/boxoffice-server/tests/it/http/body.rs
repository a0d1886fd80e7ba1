//! Bodies that are slow, large, mislabelled or streamed.

use super::{BIG_BYTES, ECHO_BYTES_MAX, Server, chunk, wait_until};

fn post(length: &str, body: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[test]
fn a_body_that_never_ends_is_answered_with_408() {
    let server = Server::start(|options| options.body_timeout_ms = 60);
    let mut client = server.connect();
    let answer = client.ask(&post("10", "abc"));
    assert_eq!(answer.status, 408);
    assert_eq!(answer.body, "BodyTimeout { timeout_ms: 60 }");
    assert!(client.is_closed());
    assert_eq!(server.handled(), 0);
}

#[test]
fn bodies_in_one_piece_in_pieces_and_in_chunks_arrive_whole() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    assert_eq!(client.ask(&post("3", "abc")).body, "abc");
    assert_eq!(client.ask(&post("0", "")).body, "");
    let whole = "0123456789".repeat(ECHO_BYTES_MAX / 10);
    client.write(post(&whole.len().to_string(), ""));
    for piece in whole.as_bytes().chunks(100) {
        client.write(piece);
    }
    assert_eq!(client.answer().unwrap().body, whole);
    let chunked = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n";
    assert_eq!(client.ask(chunked).body, "abcdefg");
    assert_eq!(server.handled(), 4);
}

#[test]
fn a_body_at_the_limit_is_taken_and_one_byte_more_is_not() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let at_limit = "a".repeat(ECHO_BYTES_MAX);
    assert_eq!(
        client
            .ask(&post(&at_limit.len().to_string(), &at_limit))
            .body,
        at_limit
    );
    let above = "a".repeat(ECHO_BYTES_MAX + 1);
    let answer = client.ask(&post(&above.len().to_string(), &above));
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.body,
        format!("BodyTooLarge {{ bytes_max: {ECHO_BYTES_MAX} }}")
    );
    // What was too large has been read away: the connection goes on.
    let far_above = "a".repeat(512 * 1024);
    assert_eq!(
        client
            .ask(&post(&far_above.len().to_string(), &far_above))
            .status,
        413
    );
    assert_eq!(client.get("/constant").body, "constant");
    assert_eq!(server.handled(), 2);
}

#[test]
fn an_announced_huge_body_is_refused_at_once() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    assert_eq!(client.ask(&post("10000000000", "")).status, 413);
    assert!(client.is_closed());
}

#[test]
fn an_endless_chunked_body_is_refused_while_it_is_sent() {
    use std::io::Write as _;
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    client.write("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    let piece = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    // Without a limit this would be a gibibyte.
    for _n_piece in 0..16 * 1024 {
        if client.socket.write_all(piece.as_bytes()).is_err() {
            break;
        }
        if client.socket.peek_now() {
            break;
        }
    }
    assert_eq!(
        client.answer().expect("the refusal is not lost").status,
        413
    );
    assert_eq!(server.handled(), 0);
}

/// Whether something can be read without waiting.
trait PeekNow {
    fn peek_now(&self) -> bool;
}

impl PeekNow for std::net::TcpStream {
    fn peek_now(&self) -> bool {
        self.set_nonblocking(true).unwrap();
        let peeked = self.peek(&mut [0]);
        self.set_nonblocking(false).unwrap();
        peeked.is_ok()
    }
}

#[test]
fn lengths_that_are_no_lengths_are_refused() {
    let server = Server::start(|_options| {});
    for length in [
        "abc",
        "-1",
        "+1",
        "1 1",
        "0x10",
        "1.5",
        "99999999999999999999999",
        "",
    ] {
        let mut client = server.connect();
        assert_eq!(client.ask(&post(length, "abc")).status, 400, "{length:?}");
        assert!(client.is_closed(), "{length:?}");
    }
    let mut client = server.connect();
    let two = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc";
    assert_eq!(client.ask(two).status, 400);
    assert!(client.is_closed());
    let unknown = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nabc";
    assert_eq!(server.connect().ask(unknown).status, 400);
    assert_eq!(server.handled(), 0);
}

#[test]
fn a_length_beside_chunks_does_not_smuggle_a_second_request() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let answer = client.ask(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
         0\r\n\r\nGET /constant HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert_eq!(answer.body, "");
    // Whatever came behind the chunks may be another's view of this request: it is not answered.
    assert!(client.answer().is_none());
    assert_eq!(server.handled(), 1);
}

#[test]
fn an_expectation_is_answered_before_the_body() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    let head =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(client.ask(head).status, 100);
    assert_eq!(client.ask("abc").body, "abc");
}

#[test]
fn a_client_that_does_not_read_is_closed() {
    let server = Server::start(|options| options.write_timeout_ms = 60);
    let mut client = server.connect();
    client.write("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the close is counted", || {
        0 < server.stats.timed_out_total()
    });
    wait_until("the connection is gone", || server.stats.connections() == 0);
    drop(client);
}

#[test]
fn a_client_that_reads_slowly_but_steadily_gets_everything() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    assert_eq!(client.get("/big").body.len(), BIG_BYTES);
    assert_eq!(server.stats.timed_out_total(), 0);
}

#[test]
fn a_stream_arrives_chunk_by_chunk_and_ends_with_its_sender() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    client.write("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the stream is open", || {
        server.probe.stream.lock().unwrap().is_some()
    });
    let sender = server.probe.stream.lock().unwrap().take().unwrap();
    for text in ["one", "two"] {
        sender.try_send(chunk(text)).unwrap();
        while client.find(text.as_bytes()).is_none() {
            assert!(client.more());
        }
    }
    drop(sender);
    while client.find(b"0\r\n\r\n").is_none() {
        assert!(client.more());
    }
    client.unread.clear();
    assert_eq!(client.get("/constant").status, 200);
}

#[test]
fn a_stream_whose_client_left_tells_its_sender() {
    let server = Server::start(|_options| {});
    let mut client = server.connect();
    client.write("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    wait_until("the stream is open", || {
        server.probe.stream.lock().unwrap().is_some()
    });
    let sender = server.probe.stream.lock().unwrap().take().unwrap();
    drop(client);
    wait_until("the sender is told", || {
        let _full_or_gone = sender.try_send(chunk("still there?"));
        sender.is_closed()
    });
    wait_until("the connection is gone", || server.stats.connections() == 0);
}
