//! Our own answer to a head that cannot be read, in place of the empty one that hyper writes.
//!
//! hyper answers what it cannot parse by itself, without a body and without asking anybody, and
//! then gives the connection up. There is no hook for it, so we look at what leaves: an answer of
//! nothing but status, length and date, at the end of a write while no request is under way, is
//! hyper's. It is kept back, and the routes are asked for a better one.
//!
//! Invariants: nothing that the routes answered is ever kept back; theirs have further headers.

use std::time::Duration;

use http::header::{CONNECTION, CONTENT_LENGTH, DATE};
use http::{HeaderMap, Method, Uri};
use tokio::io::AsyncWriteExt as _;

use super::body::Body;
use super::forwarded::Client;
use super::io::Socket;
use super::service::{Rejection, Response, Service};

/// Longer than any answer that hyper makes up.
const AUTOMATIC_BYTES_MAX: usize = 256;

/// How long a client may take to let us write.
const WRITE_MS_MAX: u64 = 1_000;

/// What hyper would have answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Withheld {
    is_too_large: bool,
    /// Its `Date`, which we pass on.
    date: String,
}

/// Where an answer that hyper made up begins in what is about to be written, if one ends it.
pub(super) fn withhold(bytes: &[u8]) -> Option<(usize, Withheld)> {
    // Whatever has a body of ours ends otherwise, so that this costs the usual answer nothing.
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = bytes.len().saturating_sub(AUTOMATIC_BYTES_MAX);
    let at = from + bytes[from..].windows(7).rposition(|is| is == b"HTTP/1.")?;
    let mut lines = std::str::from_utf8(&bytes[at..]).ok()?.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?;
    let is_too_large = match status {
        "400" => false,
        "414" | "431" => true,
        _ => return None,
    };
    let (mut date, mut is_empty) = (None, false);
    for line in lines.filter(|line| !line.is_empty()) {
        match line.split_once(": ")? {
            ("connection", _) => {}
            ("content-length", "0") => is_empty = true,
            ("date", value) => date = Some(value.to_owned()),
            _ => return None,
        }
    }
    let withheld = Withheld {
        is_too_large,
        date: date.filter(|_date| is_empty)?,
    };
    Some((at, withheld))
}

/// Answers in the words of the routes. `unread` is what could not be read.
pub(super) async fn say<S: Service, I: Socket>(
    service: &S,
    client: &Client,
    io: &mut I,
    withheld: &Withheld,
    unread: &[u8],
) {
    let rejection = if withheld.is_too_large {
        Rejection::HeadTooLarge
    } else {
        Rejection::HeadMalformed
    };
    let (method, uri) = guess(unread);
    let headers = HeaderMap::new();
    let response = service.reject(&client.head(&method, &uri, &headers), rejection);
    let bytes = render(response, &withheld.date, method == Method::HEAD);
    let written = async {
        io.write_all(&bytes).await?;
        io.flush().await
    };
    // A client that does not read is not told; it is closed either way.
    let _told = tokio::time::timeout(Duration::from_millis(WRITE_MS_MAX), written).await;
}

/// What the request seems to be for, so that it is answered in the shape of its path.
fn guess(unread: &[u8]) -> (Method, Uri) {
    let line = unread
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .find(|line| !line.is_empty());
    let mut words = line.unwrap_or_default().split(|byte| *byte == b' ');
    let method = words.next().map(Method::from_bytes);
    let uri = words.next().map(Uri::try_from);
    let method = method.and_then(Result::ok).unwrap_or(Method::GET);
    (method, uri.and_then(Result::ok).unwrap_or_default())
}

fn render(response: Response, date: &str, is_head: bool) -> Vec<u8> {
    let (parts, body) = response.into_parts();
    let body = match body {
        Body::Full(body) => body,
        // Nobody streams a refusal.
        Body::Stream(_) => bytes::Bytes::new(),
    };
    let mut bytes = format!(
        "HTTP/1.1 {} {}\r\nconnection: close\r\ncontent-length: {}\r\ndate: {date}\r\n",
        parts.status.as_str(),
        parts.status.canonical_reason().unwrap_or_default(),
        body.len()
    )
    .into_bytes();
    for (name, value) in &parts.headers {
        if ![CONNECTION, CONTENT_LENGTH, DATE].contains(name) {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                bytes.extend_from_slice(part);
            }
        }
    }
    bytes.extend_from_slice(b"\r\n");
    if !is_head {
        bytes.extend_from_slice(&body);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE_LINE: &str = "date: Fri, 20 Nov 2026 22:00:00 GMT\r\n\r\n";

    fn found(text: &str) -> Option<(usize, bool)> {
        withhold(text.as_bytes()).map(|(at, withheld)| (at, withheld.is_too_large))
    }

    #[test]
    fn only_an_answer_that_nobody_wrote_is_withheld() {
        let made_up = format!(
            "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n{DATE_LINE}"
        );
        assert_eq!(found(&made_up), Some((0, false)));
        let large = made_up.replace("400 Bad Request", "431 Request Header Fields Too Large");
        assert_eq!(found(&large), Some((0, true)));
        // Behind the answer to a request that came before, and behind one with a body.
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(
            found(&format!("{before}{made_up}")),
            Some((before.len(), false))
        );
        for ours in [
            made_up.replace("date:", "boxoffice-request-id: 1\r\ndate:"),
            made_up.replace("400 Bad Request", "204 No Content"),
            made_up.replace("length: 0", "length: 10"),
            made_up.replace(DATE_LINE, "\r\n"),
            before.to_owned(),
            "\r\n\r\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(found(&ours), None, "{ours}");
        }
    }

    #[test]
    fn what_could_not_be_read_is_still_answered_where_it_was_meant_to_go() {
        for (unread, method, path) in [
            ("GET /a b HTTP/1.1\r\n", Method::GET, "/a"),
            ("\r\nHEAD /v1/shows?x HTTP/9\r\n", Method::HEAD, "/v1/shows"),
            ("\0\0\0", Method::GET, "/"),
            ("POST", Method::POST, "/"),
            ("", Method::GET, "/"),
        ] {
            let (guessed, uri) = guess(unread.as_bytes());
            assert_eq!((guessed, uri.path()), (method, path), "{unread:?}");
        }
    }
}
