//! What the recording server answers, by path.
//!
//! Invariants: the same requests get the same answers, so that what two programs make of them can
//! be compared.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Request, Shared};

/// The text that the four compressed answers hold is
/// `{"compressed":"yes, all of it, all of it, all of it"}`.
const GZIP: &str = "1f8b0800000000000203ab564acecf2d284a2d2e4e4d51b252aa4c2dd65148ccc951c84f53c82cc1\
    ce54aa05000c086da235000000";
const DEFLATE: &str = "789cab564acecf2d284a2d2e4e4d51b252aa4c2dd65148ccc951c84f53c82cc1ce54aa0500e9c\
    011a6";
const BROTLI: &str = "1b3400f8ad8e7758cdac8c13d97f2a8ad46163797bf22dadac74fa5a0484856d9ab1d155db5c4a\
    d20a5315c0364d760fd4458f1e01";
const ZSTD: &str = "28b52ffd04582d0100f87b22636f6d70726573736564223a227965732c20616c6c206f6620697422\
    7d010059294eb1e295bb";

/// A page with something for every selector.
const HTML: &str = "<!doctype html><html><head><title>A page</title></head><body>\
    <h1 id=\"top\" class=\"big red\">Head <b>line</b></h1>\
    <form id=\"f\" action=\"/echo\" method=\"post\">\
    <input name=\"user\" value=\"ann\"><input type=\"hidden\" name=\"csrf\" value=\"t0k\">\
    <select name=\"seat\"><option value=\"1\">one</option>\
    <option value=\"2\" selected>two</option></select>\
    <textarea name=\"note\">a &amp; b</textarea><input type=\"submit\" value=\"Go\"></form>\
    <ul><li data-n=\"1\">first</li><li data-n=\"2\">second</li><li>third</li></ul>\
    <a href=\"/redirect/1\">next</a></body></html>";

/// The longest delay that can be asked for.
const DELAY_MS_MAX: u64 = 10_000;

/// The most bytes that can be asked for.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// How the answer leaves.
#[derive(Debug, Default)]
pub(crate) enum Manner {
    /// With its length.
    #[default]
    Whole,
    /// In chunks.
    Chunked,
    /// With a length that is longer than the body, then closed.
    Short,
    /// Nothing: the connection is closed.
    Close,
    /// Nothing: the connection is reset.
    Reset,
    /// Bytes that are not HTTP.
    Garbage,
}

/// What to send.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Status code.
    pub(crate) status: u16,
    /// Without `Content-Length`.
    pub(crate) headers: Vec<(String, String)>,
    /// Text or bytes.
    pub(crate) body: Vec<u8>,
    /// How it leaves.
    pub(crate) manner: Manner,
}

impl Answer {
    fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![header("Content-Type", "text/plain; charset=utf-8")],
            body: body.as_bytes().to_vec(),
            manner: Manner::Whole,
        }
    }

    fn json(value: &Value) -> Self {
        Self {
            headers: vec![header("Content-Type", "application/json")],
            ..Self::text(200, &value.to_string())
        }
    }

    fn in_manner(body: &str, manner: Manner) -> Self {
        Self {
            manner,
            ..Self::text(200, body)
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push(header(name, value));
        self
    }

    /// The words after the status code.
    pub(crate) fn reason(&self) -> &'static str {
        match self.status {
            200 => "OK",
            201 => "Created",
            204 => "No Content",
            301 => "Moved Permanently",
            302 => "Found",
            303 => "See Other",
            304 => "Not Modified",
            307 => "Temporary Redirect",
            308 => "Permanent Redirect",
            400 => "Bad Request",
            401 => "Unauthorized",
            404 => "Not Found",
            409 => "Conflict",
            429 => "Too Many Requests",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "Other",
        }
    }

    /// Whether HTTP lets this status have a body.
    pub(crate) fn may_have_body(&self) -> bool {
        !matches!(self.status, 204 | 304)
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Answers one request.
pub(crate) fn answer(request: &Request, shared: &Shared) -> Answer {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((&request.target, ""));
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["status", code] => {
            let status = number(code).and_then(|code| u16::try_from(code).ok());
            Answer::text(status.unwrap_or(400), &format!("status {code}"))
        }
        ["echo"] => Answer::json(&echo(request, path, query)),
        ["json"] => Answer::json(&document()),
        ["html"] => Answer {
            headers: vec![header("Content-Type", "text/html; charset=utf-8")],
            ..Answer::text(200, HTML)
        },
        ["redirect", "0"] => Answer::text(200, "arrived"),
        ["redirect", left] => {
            let next = number(left).unwrap_or(1).saturating_sub(1);
            Answer::text(302, "").with("Location", &format!("/redirect/{next}"))
        }
        ["redirect-to", status, rest @ ..] => {
            let status = number(status).and_then(|code| u16::try_from(code).ok());
            let to = format!("/{}", rest.join("/"));
            Answer::text(status.unwrap_or(302), "").with("Location", &to)
        }
        ["cookies", rest @ ..] => cookies(request, rest, query),
        ["basic", ..] => authorized(request, "Basic ", "Basic realm=\"suite\""),
        ["digest", ..] => authorized(
            request,
            "Digest ",
            "Digest realm=\"suite\", qop=\"auth\", nonce=\"n0nce\", opaque=\"0paque\"",
        ),
        ["compressed", coding] => compressed(coding),
        ["delay", ms] => late(number(ms).unwrap_or(0)),
        ["close"] => Answer::in_manner("", Manner::Close),
        ["reset"] => Answer::in_manner("", Manner::Reset),
        ["garbage"] => Answer::in_manner("", Manner::Garbage),
        ["short"] => Answer::in_manner("short", Manner::Short),
        ["chunked"] => Answer::in_manner("a body that comes in chunks", Manner::Chunked),
        ["bytes", count] => {
            let count = number(count).and_then(|count| usize::try_from(count).ok());
            Answer::text(200, &"x".repeat(count.unwrap_or(0).min(BYTES_MAX)))
        }
        ["binary"] => Answer {
            headers: vec![header("Content-Type", "application/octet-stream")],
            body: (0..=u8::MAX).collect(),
            ..Answer::text(200, "")
        },
        ["headers"] => Answer::text(200, "headers")
            .with("X-Multi", "one")
            .with("X-Multi", "two")
            .with("x-lower-case", "kept")
            .with("Server-Timing", "db;dur=12.5"),
        ["hits", name] => Answer::text(200, &shared.hit(name).to_string()),
        ["flaky", name] => {
            let is_odd = shared.hit(name) % 2 == 1;
            Answer::text(if is_odd { 503 } else { 200 }, "flaky")
        }
        ["empty"] => Answer::text(204, ""),
        _ => Answer::text(200, "ok"),
    }
}

/// Pages below `/cookies`: they set some, or say which came.
fn cookies(request: &Request, rest: &[&str], query: &str) -> Answer {
    match rest {
        ["set"] => query
            .split('&')
            .fold(Answer::text(200, "set"), |made, pair| {
                made.with("Set-Cookie", &format!("{pair}; Path=/"))
            }),
        ["set-and-go"] => query
            .split('&')
            .fold(Answer::text(302, ""), |made, pair| {
                made.with("Set-Cookie", &format!("{pair}; Path=/"))
            })
            .with("Location", "/cookies"),
        ["rich"] => Answer::text(200, "rich").with(
            "Set-Cookie",
            "rich=v1; Path=/cookies; Max-Age=3600; Expires=Wed, 21 Oct 2099 07:28:00 GMT; HttpOnly",
        ),
        _ => Answer::text(200, request.header("cookie").unwrap_or("none")),
    }
}

/// Answers after a while.
fn late(ms: u64) -> Answer {
    thread::sleep(Duration::from_millis(ms.min(DELAY_MS_MAX)));
    Answer::text(200, "late")
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}

fn authorized(request: &Request, scheme: &str, challenge: &str) -> Answer {
    let is_known = request
        .header("authorization")
        .is_some_and(|value| value.starts_with(scheme));
    if is_known {
        Answer::text(200, "welcome")
    } else {
        Answer::text(401, "who is there").with("WWW-Authenticate", challenge)
    }
}

fn compressed(coding: &str) -> Answer {
    let hex = match coding {
        "gzip" => GZIP,
        "deflate" => DEFLATE,
        "br" => BROTLI,
        "zstd" => ZSTD,
        _ => "",
    };
    Answer {
        headers: vec![
            header("Content-Type", "application/json"),
            header("Content-Encoding", coding),
        ],
        body: from_hex(hex),
        ..Answer::text(200, "")
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] * 16 + pair[1])
        .collect()
}

/// What came, as JSON, without what differs between programs and runs.
fn echo(request: &Request, path: &str, query: &str) -> Value {
    let mut headers = serde_json::Map::new();
    for (name, value) in &request.headers {
        let name = name.to_ascii_lowercase();
        if name != "user-agent" && name != "host" {
            headers.insert(name, json!(value));
        }
    }
    json!({
        "method": request.method,
        "path": path,
        "query": query,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    })
}

/// A document with something for every kind of path.
fn document() -> Value {
    json!({
        "name": {"first": "Ann", "last": "Lee"},
        "age": 37,
        "ratio": 0.125,
        "big": 1_234_567_890_123_u64,
        "ok": true,
        "nothing": null,
        "letters": "abcde",
        "children": ["Sara", "Alex", "Jack"],
        "dotted.key": "dot",
        "friends": [
            {"first": "Dale", "age": 44, "nets": ["ig", "fb"]},
            {"first": "Roger", "age": 68, "nets": ["fb"]},
            {"first": "Jane", "age": 47, "nets": []}
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str) -> Request {
        Request {
            at: Duration::ZERO,
            connection: 0,
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: vec![header("User-Agent", "x"), header("A", "1")],
            body: b"hi".to_vec(),
        }
    }

    fn answered(target: &str) -> Answer {
        answer(&request(target), &Shared::new())
    }

    #[test]
    fn echo_leaves_out_what_names_the_program() {
        let body = String::from_utf8(answered("/echo?a=1").body).unwrap();
        assert!(
            body.contains("\"query\":\"a=1\"") && body.contains("\"a\":\"1\""),
            "{body}"
        );
        assert!(!body.contains("user-agent"), "{body}");
    }

    #[test]
    fn redirects_count_down_and_arrive() {
        let first = answered("/redirect/2");
        assert_eq!(first.status, 302);
        assert!(first.headers.contains(&header("Location", "/redirect/1")));
        assert_eq!(answered("/redirect/0").body, b"arrived");
    }

    #[test]
    fn compressed_bodies_begin_with_their_magic_numbers() {
        assert_eq!(answered("/compressed/gzip").body[..2], [0x1f, 0x8b]);
        assert_eq!(
            answered("/compressed/zstd").body[..4],
            [0x28, 0xb5, 0x2f, 0xfd]
        );
        assert_eq!(answered("/compressed/deflate").body[0], 0x78);
        assert!(!answered("/compressed/br").body.is_empty());
    }

    #[test]
    fn a_flaky_path_fails_every_other_time() {
        let shared = Shared::new();
        let statuses: Vec<u16> = (0..3)
            .map(|_| answer(&request("/flaky/a"), &shared).status)
            .collect();
        assert_eq!(statuses, [503, 200, 503]);
    }
}
