//! A blocking HTTP/1.1 client on one connection, just large enough to tell a whole answer from a
//! lost one.
//!
//! Invariants: an answer is returned only when all of it has arrived.
//! Never: a retry.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// How long an answer may take before the test fails.
const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 * 1_024;

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A header by its lowercase name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether it is the answer to an earlier use of the key.
    pub(crate) fn is_replayed(&self) -> bool {
        self.header("idempotency-replayed") == Some("true")
    }

    /// The position that it carries; 0 without.
    pub(crate) fn position(&self) -> u64 {
        self.header("boxoffice-position")
            .map_or(0, |text| text.parse().unwrap())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A connection over any stream.
#[derive(Debug)]
pub(crate) struct Connection<S = TcpStream> {
    stream: S,
    authority: String,
    key: Option<String>,
    rest: Vec<u8>,
}

impl Connection {
    /// Connects without TLS.
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = tcp(address)?;
        Ok(Self::over(stream, &address.to_string()))
    }
}

/// A TCP stream with timeouts, so that a lost answer fails a test instead of stopping it.
pub(crate) fn tcp(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, ANSWER_WAIT)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_WAIT))?;
    Ok(stream)
}

impl<S: Read + Write> Connection<S> {
    /// Speaks over a stream that is connected already.
    pub(crate) fn over(stream: S, authority: &str) -> Self {
        Self {
            stream,
            authority: authority.to_owned(),
            key: None,
            rest: Vec::new(),
        }
    }

    /// Sends an API key with every request from now on.
    pub(crate) fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Asks without further headers; an empty body is none.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &str) -> io::Result<Answer> {
        self.ask_with(method, path, &[], body)
    }

    /// Reads.
    pub(crate) fn read(&mut self, path: &str) -> io::Result<Answer> {
        self.ask("GET", path, "")
    }

    /// Asks with headers.
    pub(crate) fn ask_with(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<Answer> {
        self.send(method, path, headers, body)?;
        self.receive()
    }

    /// Sends a request; its answer is still to be received.
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> io::Result<()> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.authority);
        if let Some(key) = &self.key {
            text += &format!("authorization: Bearer {key}\r\n");
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() || method != "GET" {
            text += &format!("content-length: {}\r\n", body.len());
        }
        if !body.is_empty() {
            text += "content-type: application/json\r\n";
        }
        text += "\r\n";
        text += body;
        self.stream.write_all(text.as_bytes())?;
        self.stream.flush()
    }

    /// Sends the head of a request whose body, of so many bytes, is still to be sent; the answer
    /// 100 then tells that the server waits for it.
    pub(crate) fn send_head(&mut self, method: &str, path: &str, bytes: usize) -> io::Result<()> {
        let authority = &self.authority;
        let fields = format!("content-length: {bytes}\r\nexpect: 100-continue");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: application/json\r\n\
             {fields}\r\n\r\n"
        );
        self.send_rest(&head)
    }

    /// Sends more of a request.
    pub(crate) fn send_rest(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes())?;
        self.stream.flush()
    }

    /// Receives the next answer, whole.
    pub(crate) fn receive(&mut self) -> io::Result<Answer> {
        let head_end = loop {
            if let Some(at) = self.rest.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(
                self.rest.len() <= HEAD_BYTES_MAX,
                "the head of an answer is too long"
            );
            self.more()?;
        };
        let head = String::from_utf8(self.rest[..head_end].to_vec()).expect("a head is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status
            .and_then(|text| text.parse().ok())
            .expect("a status line");
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        let body_bytes: usize = match answer.header("content-length") {
            Some(text) => text.parse().expect("a length"),
            None if matches!(status, 100 | 204 | 304) => 0,
            None => panic!("an answer without a length: {head}"),
        };
        while self.rest.len() < head_end + body_bytes {
            self.more()?;
        }
        answer.body = self.rest[head_end..head_end + body_bytes].to_vec();
        self.rest.drain(..head_end + body_bytes);
        Ok(answer)
    }

    fn more(&mut self) -> io::Result<()> {
        let mut chunk = [0; 16 * 1_024];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            n_bytes => {
                self.rest.extend_from_slice(&chunk[..n_bytes]);
                Ok(())
            }
        }
    }
}
