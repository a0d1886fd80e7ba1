//! The closed loop: every connection sends its next request as soon as the last is answered.

use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::tally::{SharedTally, Tally, Times, Window, with};
use super::{Client, ClientFactory, Load, LoadError, LoadResult};
use crate::wire::{Connection, RequestBuffer};

/// How long a connection rests before it is opened again after a failure.
const REOPEN_PAUSE: Duration = Duration::from_millis(10);

/// Runs a closed loop. Blocks; call it outside of async code.
///
/// # Errors
/// When the load makes no sense or a connection cannot be opened at the start.
pub fn closed_loop(load: &Load, clients: ClientFactory<'_>) -> Result<LoadResult, LoadError> {
    load.check()?;
    run_threads(load, clients, |share| run_share(load, share))
}

/// One thread's connections and what they count into.
pub(super) struct Share {
    pub(super) lanes: Vec<(Connection, Box<dyn Client>)>,
    pub(super) tally: SharedTally,
    pub(super) window: Window,
    pub(super) thread_idx: usize,
    pub(super) n_threads: usize,
}

/// Opens the connections on all threads, starts them together and adds up what they saw.
pub(super) fn run_threads<F>(
    load: &Load,
    clients: ClientFactory<'_>,
    run: impl Fn(Share) -> F + Sync,
) -> Result<LoadResult, LoadError>
where
    F: Future<Output = ()>,
{
    let shares = load.shares();
    let n_threads = shares.len();
    let barrier = Barrier::new(n_threads);
    let start: Mutex<Option<Instant>> = Mutex::new(None);
    let failed: Mutex<Option<LoadError>> = Mutex::new(None);
    let all = Mutex::new(Tally::default());
    let (barrier, start_at, failed_at, all_at, run) = (&barrier, &start, &failed, &all, &run);
    std::thread::scope(|scope| {
        for (thread_idx, connections) in shares.into_iter().enumerate() {
            scope.spawn(move || {
                let opened = open_share(load, &connections);
                let (runtime, connections_open) = match opened {
                    Ok(opened) => opened,
                    Err(error) => {
                        *failed_at.lock().expect("no thread panics here") = Some(error);
                        barrier.wait();
                        return;
                    }
                };
                barrier.wait();
                if failed_at.lock().expect("no thread panics here").is_some() {
                    return;
                }
                let start = *start_at
                    .lock()
                    .expect("no thread panics here")
                    .get_or_insert_with(Instant::now);
                let tally = SharedTally::default();
                let lanes = connections_open
                    .into_iter()
                    .zip(&connections)
                    .map(|(connection, &connection_idx)| (connection, clients(connection_idx)))
                    .collect();
                let share = Share {
                    lanes,
                    tally: Arc::clone(&tally),
                    window: Window::starting_at(start, load),
                    thread_idx,
                    n_threads,
                };
                let cpu_before = thread_cpu();
                runtime.block_on(run(share));
                let cpu = thread_cpu().saturating_sub(cpu_before);
                // Tasks that are still waiting for an answer hold the tally until they are gone.
                drop(runtime);
                with(&tally, |tally| {
                    tally.cpu = cpu;
                    all_at.lock().expect("no thread panics here").merge(tally);
                });
            });
        }
    });
    if let Some(error) = failed.into_inner().expect("no thread panics here") {
        return Err(error);
    }
    let start = start
        .into_inner()
        .expect("no thread panics here")
        .expect("every thread started");
    let all = all.into_inner().expect("no thread panics here");
    Ok(all.result(load, start.elapsed(), n_threads))
}

type Opened = (tokio::runtime::Runtime, Vec<Connection>);

fn open_share(load: &Load, connections: &[usize]) -> Result<Opened, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LoadError::Runtime)?;
    let opened = runtime.block_on(async {
        let mut opened = Vec::with_capacity(connections.len());
        for _ in connections {
            opened.push(Connection::open(&load.target, load.timeout).await?);
        }
        Ok::<_, LoadError>(opened)
    })?;
    Ok((runtime, opened))
}

/// The time this thread has computed so far.
fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

async fn run_share(load: &Load, share: Share) {
    let mut lanes = JoinSet::new();
    for (connection, client) in share.lanes {
        let lane = ClosedLane {
            load: load.clone(),
            tally: Arc::clone(&share.tally),
            window: share.window,
        };
        lanes.spawn(lane.run(connection, client));
    }
    finish(load, &share.tally, share.window, lanes).await;
}

/// Waits for all lanes, but not longer than the timeout after the window; each that is still at
/// work then has an unanswered request.
pub(super) async fn finish(
    load: &Load,
    tally: &SharedTally,
    window: Window,
    mut lanes: JoinSet<()>,
) {
    let all = async { while lanes.join_next().await.is_some() {} };
    if tokio::time::timeout_at((window.end + load.timeout).into(), all)
        .await
        .is_err()
    {
        with(tally, |tally| tally.unanswered += lanes.len() as u64);
        lanes.shutdown().await;
    }
}

/// Opens a connection again after a failure, until it succeeds or the window ends.
pub(super) async fn reopen(load: &Load, until: Instant) -> Option<Connection> {
    while Instant::now() < until {
        if let Ok(connection) = Connection::open(&load.target, load.timeout).await {
            return Some(connection);
        }
        tokio::time::sleep(REOPEN_PAUSE).await;
    }
    None
}

struct ClosedLane {
    load: Load,
    tally: SharedTally,
    window: Window,
}

impl ClosedLane {
    async fn run(self, mut connection: Connection, mut client: Box<dyn Client>) {
        let mut request = RequestBuffer::new();
        let mut sequence = 0;
        let mut start = Instant::now();
        while start < self.window.end {
            client.request(sequence, &mut request);
            sequence += 1;
            let reply = connection
                .exchange_in_place(request.bytes(), request.is_head())
                .await;
            let end = Instant::now();
            match reply {
                Ok(status) => {
                    if self.window.counts(end) {
                        let times = Times {
                            intended: start,
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
                let Some(opened) = reopen(&self.load, self.window.end).await else {
                    return;
                };
                with(&self.tally, |tally| tally.reopened += 1);
                connection = opened;
            }
            start = Instant::now();
        }
        with(&self.tally, |tally| tally.connection_done(&connection));
    }
}
