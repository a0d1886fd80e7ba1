//! A client under load: asks with keys, remembers every request and what was acknowledged, and
//! later repeats all of it.
//!
//! Invariants: at most the last request of a client is without an answer; a repeat is the same to
//! a byte.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use serde_json::Value;

use crate::http::{Answer, Connection};
use crate::known::Known;
use crate::operate::{self, Ask};
use crate::random::Random;

/// What was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    status: u16,
    body: Vec<u8>,
}

/// One buyer's client, over all crashes.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) buyer: String,
    pub(crate) known: Known,
    random: Random,
    history: Vec<(Ask, Option<Kept>)>,
    /// Where in the history the current life of the server began.
    life_began: usize,
}

/// What repeating found.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Repeated {
    /// Acknowledged answers that came again, the same.
    pub(crate) same: usize,
    /// Requests whose answer the crash had swallowed, and that had happened.
    pub(crate) had_happened: usize,
    /// The same, but they had not happened and did so now.
    pub(crate) happened_now: usize,
}

/// Counts acknowledged answers of all clients and tells when there are enough.
#[derive(Debug)]
pub(crate) struct Until {
    pub(crate) acknowledged: AtomicUsize,
    pub(crate) enough: usize,
    pub(crate) tell: Sender<()>,
}

impl Client {
    pub(crate) fn new(buyer: String, random: Random) -> Self {
        Self {
            buyer,
            known: Known::default(),
            random,
            history: Vec::new(),
            life_began: 0,
        }
    }

    /// How many answers were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.history
            .iter()
            .filter(|(_, kept)| kept.is_some())
            .count()
    }

    /// Asks one thing after the other until the connection breaks.
    pub(crate) fn run(&mut self, address: SocketAddr, until: &Until) {
        self.life_began = self.history.len();
        let Ok(mut connection) = Connection::open(address) else {
            return;
        };
        loop {
            let n = self.history.len();
            let ask = operate::next(&mut self.random, &self.known, &self.buyer, n);
            self.history.push((ask, None));
            let Ok(answer) = self.ask(&mut connection, n) else {
                return;
            };
            assert!(
                !answer.is_replayed(),
                "a new key was known: {:?}",
                self.history[n].0
            );
            self.learn(n, &answer);
            if until.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == until.enough {
                let told = until.tell.send(());
                told.expect("whoever waits for this waits longer");
            }
        }
    }

    /// Repeats what was asked in the last life of the server, or all, and `n_older` others; then
    /// finds out about what had no answer.
    pub(crate) fn repeat(&mut self, address: SocketAddr, n_older: Option<usize>) -> Repeated {
        let mut connection = Connection::open(address).expect("the server takes connections");
        let mut repeated = Repeated::default();
        let first = if n_older.is_some() {
            self.life_began
        } else {
            0
        };
        let mut numbers: Vec<_> = (first..self.history.len()).collect();
        let older = (0..n_older.unwrap_or(0)).map(|_| self.random.below(first));
        numbers.extend(older.filter(|n| *n < first));
        let mut unknown = None;
        for n in numbers {
            let Some(kept) = self.history[n].1.clone() else {
                unknown = Some(n);
                continue;
            };
            let again = self.ask(&mut connection, n).expect("the server answers");
            self.check_same(n, &kept, &again);
            repeated.same += 1;
        }
        if let Some(n) = unknown {
            let first = self.ask(&mut connection, n).expect("the server answers");
            if first.is_replayed() {
                repeated.had_happened += 1;
            } else {
                repeated.happened_now += 1;
            }
            self.learn(n, &first);
            let again = self.ask(&mut connection, n).expect("the server answers");
            let kept = self.history[n].1.clone().expect("it was just learnt");
            self.check_same(n, &kept, &again);
        }
        repeated
    }

    fn check_same(&self, n: usize, kept: &Kept, again: &Answer) {
        let case = || {
            let text = String::from_utf8_lossy(&kept.body).into_owned();
            format!(
                "{} {n} {:?} was answered {} {text}",
                self.buyer, self.history[n].0, kept.status
            )
        };
        assert!(again.is_replayed(), "LOST: {}; now {again:?}", case());
        let is_same = again.status == kept.status && again.body == kept.body;
        assert!(is_same, "CHANGED: {}; now {again:?}", case());
    }

    fn ask(&self, connection: &mut Connection, n: usize) -> io::Result<Answer> {
        let ask = &self.history[n].0;
        let key = format!("{}:{n}", self.buyer);
        let mut headers = vec![("idempotency-key", key.as_str())];
        if let Some(token) = &ask.token {
            headers.push(("boxoffice-hold-token", token));
        }
        connection.ask_with(ask.method, &ask.path, &headers, &ask.body)
    }

    fn learn(&mut self, n: usize, answer: &Answer) {
        let (ask, kept) = &mut self.history[n];
        let body: Value = answer.json();
        let case = format!("{} {n} {ask:?}", self.buyer);
        self.known.learn(&ask.what, answer.status, &body, &case);
        *kept = Some(Kept {
            status: answer.status,
            body: answer.body.clone(),
        });
    }
}
