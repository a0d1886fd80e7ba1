//! The open loop: requests arrive at a fixed rate, whether or not the server keeps up.
//!
//! Latency counts from when a request should have started, so that a server which stalls is charged
//! for everyone who would have come meanwhile. An arrival that finds all connections busy waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::closed::{Share, finish, reopen, run_threads};
use super::tally::{SharedTally, Times, Window, with};
use super::{Client, ClientFactory, Load, LoadError, LoadResult, RATE_PER_SECOND_MAX};
use crate::wire::{Connection, RequestBuffer};

/// Runs an open loop of `per_second` arrivals, evenly spaced. Blocks; call it outside of async
/// code.
///
/// # Errors
/// When the load makes no sense or a connection cannot be opened at the start.
pub fn open_loop(
    load: &Load,
    per_second: f64,
    clients: ClientFactory<'_>,
) -> Result<LoadResult, LoadError> {
    if !(per_second > 0.0 && per_second <= RATE_PER_SECOND_MAX) {
        return Err(LoadError::Rate { per_second });
    }
    load.check()?;
    run_threads(load, clients, |share| run_share(load, per_second, share))
}

/// One thread's part of the arrivals: every `n_threads`-th, from its own index on.
#[derive(Debug)]
struct Arrivals {
    window: Window,
    per_second: f64,
    thread_idx: u64,
    n_threads: u64,
    /// A permit is an arrival that is due.
    due: Semaphore,
    taken: AtomicU64,
}

impl Arrivals {
    /// When arrival `n` of this thread should start.
    fn intended(&self, n: u64) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "arrivals stay far below 2^53")]
        let place = (n * self.n_threads + self.thread_idx) as f64;
        self.window.start + Duration::from_secs_f64(place / self.per_second)
    }

    /// Takes the next arrival, as soon as it is due; none when the window is over.
    async fn next(&self) -> Option<Instant> {
        // The semaphore is closed when no arrival will follow.
        self.due.acquire().await.ok()?.forget();
        Some(self.intended(self.taken.fetch_add(1, Ordering::Relaxed)))
    }

    /// Makes arrivals due when their time has come, until the window ends; returns how many there
    /// were. Blocks its own thread, whose sleep is exact to some ten microseconds where the
    /// runtime's timer only knows milliseconds.
    fn pace(&self) -> u64 {
        let mut n_due = 0;
        loop {
            let next = self.intended(n_due);
            if next >= self.window.end {
                return n_due;
            }
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            let now = Instant::now();
            let mut n_new = 0;
            // Whoever wakes up late makes all arrivals due that were missed.
            while self.intended(n_due + n_new) <= now.min(self.window.end) {
                n_new += 1;
            }
            n_due += n_new;
            self.due.add_permits(usize::try_from(n_new).unwrap_or(0));
        }
    }
}

async fn run_share(load: &Load, per_second: f64, share: Share) {
    let arrivals = Arc::new(Arrivals {
        window: share.window,
        per_second,
        thread_idx: share.thread_idx as u64,
        n_threads: share.n_threads as u64,
        due: Semaphore::new(0),
        taken: AtomicU64::new(0),
    });
    let mut lanes = JoinSet::new();
    for (connection, client) in share.lanes {
        let lane = OpenLane {
            load: load.clone(),
            tally: Arc::clone(&share.tally),
            arrivals: Arc::clone(&arrivals),
        };
        lanes.spawn(lane.run(connection, client));
    }
    let pacer = Arc::clone(&arrivals);
    let n_due = tokio::task::spawn_blocking(move || pacer.pace())
        .await
        .expect("the pacer neither panics nor is cancelled");
    // What no connection took within the window is not sent any more.
    arrivals.due.forget_permits(usize::MAX >> 3);
    arrivals.due.close();
    let n_taken = arrivals.taken.load(Ordering::Relaxed);
    with(&share.tally, |tally| {
        tally.unsent += n_due.saturating_sub(n_taken);
    });
    finish(load, &share.tally, share.window, lanes).await;
}

struct OpenLane {
    load: Load,
    tally: SharedTally,
    arrivals: Arc<Arrivals>,
}

impl OpenLane {
    async fn run(self, mut connection: Connection, mut client: Box<dyn Client>) {
        let mut request = RequestBuffer::new();
        let mut sequence = 0;
        while let Some(intended) = self.arrivals.next().await {
            client.request(sequence, &mut request);
            sequence += 1;
            let start = Instant::now();
            let reply = connection
                .exchange_in_place(request.bytes(), request.is_head())
                .await;
            let end = Instant::now();
            match reply {
                Ok(status) => {
                    // Every arrival of the window counts, also if its answer came later: leaving
                    // out the late ones would leave out the worst.
                    if intended >= self.arrivals.window.measured {
                        let times = Times {
                            intended,
                            start,
                            end,
                        };
                        let is_expected = self.load.expected.contains(status);
                        with(&self.tally, |tally| {
                            tally.answer(status, is_expected, times);
                        });
                    }
                    client.answered(status, connection.body());
                }
                Err(_) => with(&self.tally, |tally| tally.unanswered += 1),
            }
            if !connection.is_usable() {
                with(&self.tally, |tally| tally.connection_done(&connection));
                let Some(opened) = reopen(&self.load, self.arrivals.window.end).await else {
                    return;
                };
                with(&self.tally, |tally| tally.reopened += 1);
                connection = opened;
            }
        }
        with(&self.tally, |tally| tally.connection_done(&connection));
    }
}
