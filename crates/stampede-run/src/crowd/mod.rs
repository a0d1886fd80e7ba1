//! Crowds: virtual users who behave like the buyers of a shop for a while, and keep books about it.
//!
//! A user is a task with its own keep-alive connection. When the server says 503, the user comes
//! back later with the same idempotency key, as a well-made client does, and every retry is
//! counted. Nothing else is retried: an answer that did not come is an unknown outcome and is
//! recorded as one.
//!
//! Invariants:
//! * A request is sent again only after a 503, at most [`RETRIES_MAX`] times, with the same body.
//! * A user starts nothing after the duration is over, but finishes what it began.

mod session;
pub mod shop;
mod steps;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::task::JoinSet;

pub use session::{Ending, RETRIES_MAX, RETRY_PAUSE_MAX, Said};
pub use steps::{StepResult, Steps};

use crate::ids::Ids;
use crate::wire::{Connection, OpenError, RequestBuffer, Target};
use session::Session;

/// The most users of a crowd.
pub const USERS_MAX: u32 = 9_000;

/// Users that one thread opens connections for at the same time.
const OPENING_MAX: usize = 64;

/// What every crowd needs to know.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// The server.
    pub target: Target,
    /// Virtual users, 1 to [`USERS_MAX`].
    pub users: u32,
    /// How long users start new iterations.
    pub duration: Duration,
    /// Iterations per user, if the crowd ends before its duration does.
    pub iterations_max: Option<u64>,
    /// How long one request may take.
    pub timeout: Duration,
    /// The factor on every pause of a user: 1.0 as people do, 0.0 without any.
    pub think_factor: f64,
    /// Makes runs repeatable as far as the users' own choices go.
    pub seed: u64,
}

/// What all crowds report alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CrowdResult {
    /// Virtual users.
    pub users: u32,
    /// From the first request to the end of the last iteration.
    pub duration_ms: u64,
    /// Iterations that were begun.
    pub iterations: u64,
    /// Requests by step, retries not counted as requests of their own.
    pub steps: Vec<StepResult>,
    /// Requests that ended in a 5xx, after all retries.
    pub system_errors: u64,
    /// Requests that were not answered.
    pub unanswered: u64,
    /// Answers of 503 that were followed by a retry.
    pub retries: u64,
    /// Requests answered per second.
    pub requests_per_second: f64,
    /// Bytes of requests.
    pub sent_bytes: u64,
    /// Bytes of answers.
    pub received_bytes: u64,
    /// Texts of the first system errors and unknown outcomes.
    pub problems: Vec<String>,
}

/// Why a crowd could not come.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CrowdError {
    /// The number of users is 0 or too large.
    #[error("{users} users are outside 1 to {USERS_MAX}")]
    Users {
        /// What was asked for.
        users: u32,
    },
    /// More users than this process may open connections.
    #[error("{users} users need more connections than the {max} that this process may open")]
    Connections {
        /// What was asked for.
        users: u32,
        /// What is possible.
        max: u64,
    },
    /// The pauses' factor is negative or no number.
    #[error("a factor of {factor} on the pauses makes no sense")]
    ThinkFactor {
        /// What was asked for.
        factor: f64,
    },
    /// A connection could not be opened at the start. Nothing was sent.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system gave no runtime.
    #[error("cannot start a worker thread's runtime")]
    Runtime(#[source] std::io::Error),
}

/// One kind of user. It is asked again and again until the crowd's time is over.
pub(crate) trait User: Send + 'static {
    /// Does one round of whatever this user does.
    fn iterate(&mut self, session: &mut Session) -> impl Future<Output = ()> + Send;
}

impl Crowd {
    fn check(&self) -> Result<(), CrowdError> {
        if !(1..=USERS_MAX).contains(&self.users) {
            return Err(CrowdError::Users { users: self.users });
        }
        if !(self.think_factor >= 0.0 && self.think_factor <= 1_000.0) {
            return Err(CrowdError::ThinkFactor {
                factor: self.think_factor,
            });
        }
        let max = crate::limits::raise_connection_limit();
        if u64::from(self.users) > max {
            return Err(CrowdError::Connections {
                users: self.users,
                max,
            });
        }
        Ok(())
    }
}

/// Runs a crowd of users; `make` gets the user's number from 1. Blocks; call it outside of async
/// code. Returns the users as they were at the end, in no particular order.
pub(crate) fn run<U: User>(
    crowd: &Crowd,
    step_names: &'static [&'static str],
    make: impl Fn(u32) -> U + Sync,
) -> Result<(CrowdResult, Vec<U>), CrowdError> {
    crowd.check()?;
    let n_threads = crate::limits::workers();
    let gathered: Mutex<Gathered<U>> = Mutex::new(Gathered::new(step_names));
    let failed: Mutex<Option<CrowdError>> = Mutex::new(None);
    let barrier = std::sync::Barrier::new(n_threads);
    let (gathered_at, failed_at, barrier_at, make) = (&gathered, &failed, &barrier, &make);
    std::thread::scope(|scope| {
        for thread_idx in 0..n_threads {
            let numbers: Vec<u32> = (1..=crowd.users)
                .skip(thread_idx)
                .step_by(n_threads)
                .collect();
            scope.spawn(move || {
                let opened = open_connections(crowd, numbers.len());
                let (runtime, connections) = match opened {
                    Ok(opened) => opened,
                    Err(error) => {
                        *failed_at.lock().expect("no thread panics here") = Some(error);
                        barrier_at.wait();
                        return;
                    }
                };
                barrier_at.wait();
                if failed_at.lock().expect("no thread panics here").is_some() {
                    return;
                }
                let members = numbers
                    .into_iter()
                    .zip(connections)
                    .map(|(number, connection)| {
                        let ids =
                            Ids::new(crowd.seed ^ u64::from(number).wrapping_mul(0x9E37_79B9));
                        (
                            Session::new(crowd, connection, ids, step_names),
                            make(number),
                        )
                    });
                let finished = runtime.block_on(run_members(crowd, members.collect()));
                gathered_at
                    .lock()
                    .expect("no thread panics here")
                    .add(finished);
            });
        }
    });
    if let Some(error) = failed.into_inner().expect("no thread panics here") {
        return Err(error);
    }
    Ok(gathered
        .into_inner()
        .expect("no thread panics here")
        .finish(crowd))
}

type Opened = (tokio::runtime::Runtime, Vec<Connection>);

fn open_connections(crowd: &Crowd, count: usize) -> Result<Opened, CrowdError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CrowdError::Runtime)?;
    let connections = runtime.block_on(async {
        let mut connections = Vec::with_capacity(count);
        let mut opening = JoinSet::new();
        while connections.len() < count {
            while opening.len() < OPENING_MAX && connections.len() + opening.len() < count {
                let (target, timeout) = (crowd.target.clone(), crowd.timeout);
                opening.spawn(async move { Connection::open(&target, timeout).await });
            }
            if let Some(opened) = opening.join_next().await {
                connections.push(opened.expect("opening neither panics nor is cancelled")?);
            }
        }
        Ok::<_, CrowdError>(connections)
    })?;
    Ok((runtime, connections))
}

struct Finished<U> {
    user: U,
    session: Session,
    iterations: u64,
    start: Instant,
    end: Instant,
}

async fn run_members<U: User>(crowd: &Crowd, members: Vec<(Session, U)>) -> Vec<Finished<U>> {
    let start = Instant::now();
    let until = start + crowd.duration;
    let iterations_max = crowd.iterations_max.unwrap_or(u64::MAX);
    let mut running = JoinSet::new();
    for (mut session, mut user) in members {
        running.spawn(async move {
            let mut iterations = 0;
            while Instant::now() < until && iterations < iterations_max {
                iterations += 1;
                user.iterate(&mut session).await;
            }
            Finished {
                user,
                session,
                iterations,
                start,
                end: Instant::now(),
            }
        });
    }
    let mut finished = Vec::new();
    while let Some(member) = running.join_next().await {
        finished.push(member.expect("a user neither panics nor is cancelled"));
    }
    finished
}

/// What the threads bring together.
struct Gathered<U> {
    users: Vec<U>,
    steps: Steps,
    iterations: u64,
    retries: u64,
    sent_bytes: u64,
    received_bytes: u64,
    problems: Vec<String>,
    bounds: Option<(Instant, Instant)>,
}

impl<U> Gathered<U> {
    fn new(step_names: &'static [&'static str]) -> Gathered<U> {
        Gathered {
            users: Vec::new(),
            steps: Steps::new(step_names),
            iterations: 0,
            retries: 0,
            sent_bytes: 0,
            received_bytes: 0,
            problems: Vec::new(),
            bounds: None,
        }
    }

    fn add(&mut self, finished: Vec<Finished<U>>) {
        for one in finished {
            let books = one.session.close();
            self.steps.merge(&books.steps);
            self.iterations += one.iterations;
            self.retries += books.retries;
            self.sent_bytes += books.sent_bytes;
            self.received_bytes += books.received_bytes;
            self.problems.extend(books.problems);
            let (start, end) = self.bounds.unwrap_or((one.start, one.end));
            self.bounds = Some((start.min(one.start), end.max(one.end)));
            self.users.push(one.user);
        }
        self.problems.truncate(session::PROBLEMS_MAX);
    }

    fn finish(self, crowd: &Crowd) -> (CrowdResult, Vec<U>) {
        let duration = self
            .bounds
            .map_or(Duration::ZERO, |(start, end)| end - start);
        let steps = self.steps.results();
        let sum = |of: fn(&StepResult) -> u64| steps.iter().map(of).sum::<u64>();
        let answered = sum(|step| step.latency.count);
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let requests_per_second = answered as f64 / duration.as_secs_f64().max(1e-9);
        let result = CrowdResult {
            users: crowd.users,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            iterations: self.iterations,
            system_errors: sum(|step| step.system_errors),
            unanswered: sum(|step| step.unanswered),
            retries: self.retries,
            requests_per_second,
            sent_bytes: self.sent_bytes,
            received_bytes: self.received_bytes,
            problems: self.problems,
            steps,
        };
        (result, self.users)
    }
}

/// Starts a JSON request.
fn json_request(request: &mut RequestBuffer, target: &Target, method: &str, path: &str) {
    request.begin(target, method, path);
    request.header("Accept", "application/json");
    if method != "GET" {
        request.header("Content-Type", "application/json");
    }
}
