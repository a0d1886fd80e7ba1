//! The target's process: one thread, one epoll loop, one answer.
//!
//! Invariants: a request counts as arrived when its last byte was read, and as answered when the
//! kernel took the answer; memory grows with connections and remembered times only, both bounded.
//! Never: chunked bodies or several requests in flight on one connection; no load tester sends them
//! here, and one that did would be cut off and show.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context as _, bail};
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;

use super::percentiles::{TIMES_MAX, summary};
use super::{Count, Mode, Say, monotonic_ns};
use crate::children::tell;

/// What every request is answered with.
const BODY: &str = concat!(
    r#"{"orderId":1234567,"userId":1,"orderNumber":"ORD-1234567","items":[{"productId":1,"#,
    r#""productName":"Keyboard","quantity":1,"unitPrice":50000,"subtotal":50000}],"#,
    r#""totalAmount":50000,"status":"PENDING_PAYMENT","createdAt":"2026-01-01T00:00:00Z"}"#
);
/// Pending connections; Linux has no more unless it is told to.
const BACKLOG: i32 = 4_096;
/// Events of one turn of the loop.
const EVENTS_MAX: usize = 1_024;
/// The largest request.
const REQUEST_BYTES_MAX: usize = 64 * 1_024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// Delays of [`Mode::Delay`], in microseconds: the shortest, and how many there are.
const DELAY_US_MIN: u64 = 1_000;
const DELAYS: u64 = 29_000;
/// Prime to [`DELAYS`], so that the delays come in a scattered order and each as often as another.
const DELAY_STEP: u64 = 10_007;

const LISTENER: u64 = u64::MAX;
const STDIN: u64 = u64::MAX - 1;

/// One client.
struct Connection {
    stream: TcpStream,
    /// What was read of the next request.
    input: Vec<u8>,
    /// Tells it from an earlier connection in the same place.
    generation: u64,
    /// When the last answer was given.
    answered_ns: Option<u64>,
}

/// An answer that is not due yet: when, for which connection, and when its request had arrived.
type Due = Reverse<(u64, usize, u64, u64)>;

struct Server {
    epoll: OwnedFd,
    listener: TcpListener,
    answer: Vec<u8>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    generation: u64,
    due: BinaryHeap<Due>,
    mode: Mode,
    answered: u64,
    first_ns: Option<u64>,
    times_ns: Vec<u64>,
    said: Vec<u8>,
    chunk: Vec<u8>,
}

/// Serves until stdin ends.
///
/// # Errors
/// If it cannot listen, or is told something that it does not know.
pub(crate) fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    // The standard library queues 128, too few for thousands of users who come together.
    rustix::net::listen(&listener, BACKLOG)?;
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(
        &epoll,
        &listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    epoll::add(
        &epoll,
        std::io::stdin(),
        EventData::new_u64(STDIN),
        EventFlags::IN,
    )?;
    tell(&listener.local_addr()?)?;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let server = Server {
        epoll,
        listener,
        answer: answer.into_bytes(),
        connections: Vec::new(),
        free: Vec::new(),
        generation: 0,
        due: BinaryHeap::new(),
        mode: Mode::Plain,
        answered: 0,
        first_ns: None,
        times_ns: Vec::new(),
        said: Vec::new(),
        chunk: vec![0; REQUEST_BYTES_MAX],
    };
    server.run()
}

impl Server {
    fn run(mut self) -> anyhow::Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS_MAX);
        loop {
            let timeout = self.until_due();
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), timeout.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    STDIN => {
                        if !self.listen_to_parent()? {
                            return Ok(());
                        }
                    }
                    idx => self.read(usize::try_from(idx)?),
                }
            }
            self.answer_due();
        }
    }

    /// How long until the next delayed answer; `None` for ever.
    fn until_due(&self) -> Option<Timespec> {
        let Reverse((due_ns, ..)) = self.due.peek()?;
        let ns = due_ns.saturating_sub(monotonic_ns());
        Some(Timespec {
            tv_sec: (ns / 1_000_000_000).cast_signed(),
            tv_nsec: (ns % 1_000_000_000).cast_signed(),
        })
    }

    fn accept(&mut self) -> anyhow::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("too few file descriptors?"),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let idx = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            epoll::add(
                &self.epoll,
                &stream,
                EventData::new_u64(idx as u64),
                EventFlags::IN,
            )?;
            self.generation += 1;
            self.connections[idx] = Some(Connection {
                stream,
                input: Vec::new(),
                generation: self.generation,
                answered_ns: None,
            });
        }
    }

    fn close(&mut self, idx: usize) {
        // Closing the descriptor takes it out of the epoll set.
        if self.connections[idx].take().is_some() {
            self.free.push(idx);
        }
    }

    fn read(&mut self, idx: usize) {
        // It may have been closed by an earlier event of the same turn.
        let Some(connection) = self.connections[idx].as_mut() else {
            return;
        };
        match connection.stream.read(&mut self.chunk) {
            Ok(0) => return self.close(idx),
            Ok(n_read) => connection.input.extend_from_slice(&self.chunk[..n_read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
            Err(_) => return self.close(idx),
        }
        match parse(&connection.input) {
            Parsed::Whole => {
                connection.input.clear();
                self.arrived(idx);
            }
            Parsed::Part if connection.input.len() < REQUEST_BYTES_MAX => {}
            Parsed::Part | Parsed::Other => self.close(idx),
        }
    }

    fn arrived(&mut self, idx: usize) {
        let now_ns = monotonic_ns();
        self.first_ns.get_or_insert(now_ns);
        let Some(connection) = &self.connections[idx] else {
            return;
        };
        match self.mode {
            Mode::Plain => self.answer(idx),
            Mode::Pauses => {
                if let Some(answered_ns) = connection.answered_ns {
                    self.remember(now_ns.saturating_sub(answered_ns));
                }
                self.answer(idx);
            }
            Mode::Delay => {
                let n_before = self.answered + self.due.len() as u64;
                let delay_us = DELAY_US_MIN + n_before * DELAY_STEP % DELAYS;
                let due_ns = now_ns + delay_us * 1_000;
                self.due
                    .push(Reverse((due_ns, idx, connection.generation, now_ns)));
            }
        }
    }

    fn answer(&mut self, idx: usize) {
        let Some(connection) = self.connections[idx].as_mut() else {
            return;
        };
        match connection.stream.write(&self.answer) {
            Ok(n_written) if n_written == self.answer.len() => {
                self.answered += 1;
                if self.mode == Mode::Pauses {
                    connection.answered_ns = Some(monotonic_ns());
                }
            }
            // A client that does not read a few hundred bytes is gone.
            _ => self.close(idx),
        }
    }

    fn answer_due(&mut self) {
        while let Some(&Reverse((due_ns, idx, generation, arrived_ns))) = self.due.peek() {
            if monotonic_ns() < due_ns {
                return;
            }
            self.due.pop();
            let connection = self.connections[idx].as_ref();
            if connection.is_some_and(|connection| connection.generation == generation) {
                self.answer(idx);
                self.remember(monotonic_ns().saturating_sub(arrived_ns));
            }
        }
    }

    fn remember(&mut self, time_ns: u64) {
        if self.times_ns.len() < TIMES_MAX {
            self.times_ns.push(time_ns);
        }
    }

    /// Does what the parent says; `false` at the end of stdin.
    fn listen_to_parent(&mut self) -> anyhow::Result<bool> {
        let n_read = rustix::io::read(std::io::stdin(), self.chunk.as_mut_slice())?;
        if n_read == 0 {
            return Ok(false);
        }
        self.said.extend_from_slice(&self.chunk[..n_read]);
        while let Some(end) = self.said.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.said.drain(..=end).collect();
            match serde_json::from_slice(&line).context("unknown words from the parent")? {
                Say::Begin(mode) => {
                    self.begin(mode);
                    tell(&self.count())?;
                }
                Say::Count => tell(&self.count())?,
                Say::Times => {
                    tell(&summary(&mut self.times_ns))?;
                    self.times_ns.clear();
                }
            }
        }
        if self.said.len() > REQUEST_BYTES_MAX {
            bail!("the parent says a line without an end");
        }
        Ok(true)
    }

    fn begin(&mut self, mode: Mode) {
        self.mode = mode;
        self.answered = 0;
        self.first_ns = None;
        self.times_ns.clear();
    }

    fn count(&self) -> Count {
        Count {
            answered: self.answered,
            connections: (self.connections.len() - self.free.len()) as u64,
            at_ns: monotonic_ns(),
            first_ns: self.first_ns,
        }
    }
}

/// What has been read of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parsed {
    /// All of it, and nothing else.
    Whole,
    /// More must be read.
    Part,
    /// It is none that this server takes.
    Other,
}

fn parse(input: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    let head_bytes = match request.parse(input) {
        Ok(httparse::Status::Complete(head_bytes)) => head_bytes,
        Ok(httparse::Status::Partial) => return Parsed::Part,
        Err(_) => return Parsed::Other,
    };
    let mut body_bytes = 0;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Parsed::Other;
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            let length = std::str::from_utf8(header.value).map(|text| text.trim().parse());
            let Ok(Ok(length)) = length else {
                return Parsed::Other;
            };
            body_bytes = length;
        }
    }
    match head_bytes
        .checked_add(body_bytes)
        .map(|n| n.cmp(&input.len()))
    {
        Some(Ordering::Equal) => Parsed::Whole,
        Some(Ordering::Greater) => Parsed::Part,
        Some(Ordering::Less) | None => Parsed::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_with_its_body() {
        let request = b"POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(parse(request), Parsed::Whole);
        assert_eq!(parse(&request[..request.len() - 1]), Parsed::Part);
        assert_eq!(parse(&request[..20]), Parsed::Part);
    }

    #[test]
    fn chunks_pipelines_and_garbage_are_not_taken() {
        let chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(parse(chunked), Parsed::Other);
        assert_eq!(parse(b"GET / HTTP/1.1\r\n\r\nGET"), Parsed::Other);
        assert_eq!(parse(b"\x16\x03\x01\r\n\r\n"), Parsed::Other);
    }

    #[test]
    fn the_answer_is_json() {
        let body: serde_json::Value = serde_json::from_str(BODY).unwrap();
        assert!(body["orderId"].is_u64());
    }

    #[test]
    fn every_delay_comes_once_before_any_comes_twice() {
        let delays: std::collections::HashSet<_> =
            (0..DELAYS).map(|n| n * DELAY_STEP % DELAYS).collect();
        assert_eq!(delays.len() as u64, DELAYS);
    }
}
