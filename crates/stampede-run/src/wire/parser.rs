//! An incremental parser of HTTP/1.1 responses: bytes in, one response out.
//!
//! Invariants:
//! * The result does not depend on how the bytes were cut into pieces.
//! * Memory is bounded: a head by [`HEAD_BYTES_MAX`], a kept body by [`BODY_KEPT_BYTES_MAX`]
//!   (the rest of a longer body is read and dropped).
//!
//! Never: does IO or panics, whatever the bytes are.

use thiserror::Error;

/// The longest response head that is accepted.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// The part of a body that is kept; what follows is read and forgotten.
pub const BODY_KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;

const HEADERS_MAX: usize = 64;

/// The longest line that announces a chunk: its size and extensions.
const CHUNK_LINE_BYTES_MAX: usize = 4 * 1024;

/// Why bytes were not an HTTP/1.1 response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The head is not HTTP/1.x.
    #[error("the answer is not HTTP/1.1")]
    Head,
    /// The head is longer than [`HEAD_BYTES_MAX`].
    #[error("the answer's head is longer than 64 KiB")]
    HeadTooLong,
    /// `Content-Length` is no number, or two of them differ.
    #[error("the answer's Content-Length makes no sense")]
    Length,
    /// A chunk's size or end is malformed.
    #[error("the answer's chunked body is malformed")]
    Chunk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Length { left: u64 },
    ChunkSize,
    ChunkData { left: u64 },
    ChunkEnd { left: usize },
    Trailer,
    UntilClose,
    Done,
}

/// Parses one response after another on one connection.
#[derive(Debug)]
pub struct Parser {
    state: State,
    request_is_head: bool,
    status: u16,
    closes: bool,
    retry_after_seconds: Option<u64>,
    body: Vec<u8>,
}

impl Default for Parser {
    fn default() -> Parser {
        Parser::new()
    }
}

impl Parser {
    /// Makes a parser that expects the head of a response.
    #[must_use]
    pub fn new() -> Parser {
        Parser {
            state: State::Head,
            request_is_head: false,
            status: 0,
            closes: false,
            retry_after_seconds: None,
            body: Vec::new(),
        }
    }

    /// Starts on the next response; one to a `HEAD` request has no body whatever its head says.
    pub fn begin(&mut self, request_is_head: bool) {
        self.state = State::Head;
        self.request_is_head = request_is_head;
        self.status = 0;
        self.closes = false;
        self.retry_after_seconds = None;
        self.body.clear();
    }

    /// The status code; 0 before a head was read.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the server will close the connection after this response.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// `Retry-After`, if it was given in seconds.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }

    /// The body so far, at most [`BODY_KEPT_BYTES_MAX`] of it.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Hands the body over and leaves an empty one.
    pub fn take_body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    /// Whether the response is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Tells that the connection ended; true if that completes the response.
    pub fn end_of_stream(&mut self) -> bool {
        if self.state == State::UntilClose {
            self.state = State::Done;
        }
        self.is_done()
    }

    /// Reads from `input` and returns how many bytes it used; call again with what is left and
    /// what came after it, until [`Parser::is_done`].
    ///
    /// # Errors
    /// When the bytes are not an HTTP/1.1 response. The connection cannot be used any more.
    pub fn advance(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        let mut used = 0;
        loop {
            let rest = &input[used..];
            let step = match self.state {
                State::Head => self.read_head(rest)?,
                State::Length { left } => self.read_counted(rest, left, Counted::Length),
                State::ChunkData { left } => self.read_counted(rest, left, Counted::Chunk),
                State::ChunkSize => self.read_chunk_size(rest)?,
                State::ChunkEnd { left } => self.read_chunk_end(rest, left)?,
                State::Trailer => self.read_trailer(rest)?,
                State::UntilClose => {
                    self.keep(rest);
                    rest.len()
                }
                State::Done => 0,
            };
            used += step;
            // No progress means that more bytes are needed, or that nothing is left to do.
            if step == 0 || used == input.len() {
                return Ok(used);
            }
        }
    }

    fn read_head(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut head = httparse::Response::new(&mut headers);
        let length = match head.parse(input) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if input.len() <= HEAD_BYTES_MAX => return Ok(0),
            Ok(httparse::Status::Partial) => return Err(ParseError::HeadTooLong),
            Err(_) => return Err(ParseError::Head),
        };
        let status = head.code.unwrap_or(0);
        if (100..200).contains(&status) && status != 101 {
            // An interim response: the real one follows.
            return Ok(length);
        }
        let framing = Framing::of(head.headers)?;
        self.status = status;
        self.closes = framing.closes || head.version == Some(0) && !framing.keeps_alive;
        self.retry_after_seconds = framing.retry_after_seconds;
        self.state = self.body_state(&framing);
        Ok(length)
    }

    fn body_state(&mut self, framing: &Framing) -> State {
        if self.request_is_head || matches!(self.status, 101 | 204 | 304) {
            return State::Done;
        }
        if framing.chunked {
            return State::ChunkSize;
        }
        match framing.length {
            Some(0) => State::Done,
            Some(left) => State::Length { left },
            None => {
                self.closes = true;
                State::UntilClose
            }
        }
    }

    fn read_counted(&mut self, input: &[u8], left: u64, counted: Counted) -> usize {
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        self.keep(&input[..used]);
        let left = left - used as u64;
        self.state = match (left, counted) {
            (0, Counted::Length) => State::Done,
            (0, Counted::Chunk) => State::ChunkEnd { left: 2 },
            (_, Counted::Length) => State::Length { left },
            (_, Counted::Chunk) => State::ChunkData { left },
        };
        used
    }

    fn read_chunk_size(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        match httparse::parse_chunk_size(input) {
            Ok(httparse::Status::Complete((length, 0))) => {
                self.state = State::Trailer;
                Ok(length)
            }
            Ok(httparse::Status::Complete((length, left))) => {
                self.state = State::ChunkData { left };
                Ok(length)
            }
            Ok(httparse::Status::Partial) if input.len() <= CHUNK_LINE_BYTES_MAX => Ok(0),
            Ok(httparse::Status::Partial) | Err(_) => Err(ParseError::Chunk),
        }
    }

    fn read_chunk_end(&mut self, input: &[u8], left: usize) -> Result<usize, ParseError> {
        let used = left.min(input.len());
        if input[..used] != b"\r\n"[2 - left..2 - left + used] {
            return Err(ParseError::Chunk);
        }
        let left = left - used;
        self.state = if left == 0 {
            State::ChunkSize
        } else {
            State::ChunkEnd { left }
        };
        Ok(used)
    }

    /// Skips trailer lines up to the empty one.
    fn read_trailer(&mut self, input: &[u8]) -> Result<usize, ParseError> {
        match input.iter().position(|&byte| byte == b'\n') {
            Some(line_end) => {
                if input[..line_end].trim_ascii().is_empty() {
                    self.state = State::Done;
                }
                Ok(line_end + 1)
            }
            None if input.len() <= HEAD_BYTES_MAX => Ok(0),
            None => Err(ParseError::Chunk),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = BODY_KEPT_BYTES_MAX - self.body.len();
        self.body.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[derive(Debug, Clone, Copy)]
enum Counted {
    Length,
    Chunk,
}

/// What the headers say about where the body ends.
#[derive(Debug, Default)]
struct Framing {
    length: Option<u64>,
    chunked: bool,
    closes: bool,
    keeps_alive: bool,
    retry_after_seconds: Option<u64>,
}

impl Framing {
    fn of(headers: &[httparse::Header<'_>]) -> Result<Framing, ParseError> {
        let mut framing = Framing::default();
        for header in headers {
            let value = header.value.trim_ascii();
            if header.name.eq_ignore_ascii_case("content-length") {
                let length = number(value).ok_or(ParseError::Length)?;
                if framing.length.is_some_and(|other| other != length) {
                    return Err(ParseError::Length);
                }
                framing.length = Some(length);
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                framing.chunked |= has_token(value, b"chunked");
            } else if header.name.eq_ignore_ascii_case("connection") {
                framing.closes |= has_token(value, b"close");
                framing.keeps_alive |= has_token(value, b"keep-alive");
            } else if header.name.eq_ignore_ascii_case("retry-after") {
                framing.retry_after_seconds = number(value);
            }
        }
        Ok(framing)
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    // `u64::from_str` alone would accept a plus sign.
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn has_token(list: &[u8], token: &[u8]) -> bool {
    list.split(|&byte| byte == b',')
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::{HEAD_BYTES_MAX, ParseError, Parser};

    /// Feeds `bytes` in pieces of `piece` bytes and returns status, body and what was left.
    fn parse(bytes: &[u8], piece: usize) -> Result<(u16, Vec<u8>, usize, bool), ParseError> {
        let mut parser = Parser::new();
        let mut pending = Vec::new();
        let mut fed = 0;
        while !parser.is_done() && fed < bytes.len() {
            let next = (fed + piece).min(bytes.len());
            pending.extend_from_slice(&bytes[fed..next]);
            fed = next;
            let used = parser.advance(&pending)?;
            pending.drain(..used);
        }
        let left = pending.len() + bytes.len() - fed;
        let done = parser.end_of_stream();
        Ok((parser.status(), parser.take_body(), left, done))
    }

    #[test]
    fn every_framing_gives_the_same_body_however_it_is_cut() {
        for (bytes, status, body) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"[..], 200, &b"hello"[..]),
            (b"HTTP/1.1 409 C\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=1\r\nllo\r\n0\r\n\r\n",
                409, b"hello"),
            (b"HTTP/1.1 409 C\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n",
                409, b"hello"),
            (b"HTTP/1.0 200 OK\r\n\r\nhello", 200, b"hello"),
            (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
            (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 2\r\n\r\nok", 201, b"ok"),
        ] {
            for piece in [1, 2, 3, 7, 1_000] {
                let expected = (status, body.to_vec(), 0, true);
                assert_eq!(parse(bytes, piece), Ok(expected), "piece {piece}");
            }
        }
    }

    #[test]
    fn bytes_after_the_response_are_left_alone() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\n";
        assert_eq!(parse(bytes, 1_000), Ok((200, b"ok".to_vec(), 16, true)));
    }

    #[test]
    fn an_answer_that_stops_early_is_not_done() {
        for bytes in [
            &b""[..],
            b"HTTP/1.1 200 OK\r\nContent-Le",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        ] {
            assert!(!parse(bytes, 3).expect("well formed so far").3);
        }
    }

    #[test]
    fn nonsense_is_named() {
        for (bytes, expected) in [
            (&b"garbage\r\n\r\n"[..], ParseError::Head),
            (b"HTTP/2 200\r\n\r\n", ParseError::Head),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
                ParseError::Length,
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                ParseError::Length,
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                ParseError::Chunk,
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
                ParseError::Chunk,
            ),
        ] {
            assert_eq!(parse(bytes, 1_000), Err(expected));
        }
        let mut endless = b"HTTP/1.1 200 OK\r\nA: ".to_vec();
        endless.resize(HEAD_BYTES_MAX + 10, b'a');
        assert_eq!(parse(&endless, endless.len()), Err(ParseError::HeadTooLong));
    }

    #[test]
    fn whether_the_connection_closes_is_told() {
        for (head, closes) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"[..], false),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                true,
            ),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true),
            (
                b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
                false,
            ),
        ] {
            let mut parser = Parser::new();
            parser.advance(head).expect("a good head");
            assert_eq!(parser.closes(), closes);
        }
    }
}
