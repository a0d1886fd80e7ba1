//! Opens the connections, sets all requests off at one instant and records what came back.
//!
//! Each worker thread runs a single-threaded runtime with its share of the clients. All tasks wait
//! for one gate. The workers meet at a barrier and open their gates together. A runtime runs ready
//! tasks in the order in which they became ready, so every task writes its request before the first
//! one reads its answer: each worker's share is in flight together, however fast the server is.
//!
//! Invariants:
//! * Names are resolved, connections open and requests written out before the gate opens.
//! * Exactly one record per request, also if the connection cannot be opened again.
//! * No request is ever sent twice.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::RaceError;
use super::plan::Release;
use crate::wire::{Connection, Failure, FailureKind, OpenError, Target};

/// Connections that one worker opens at the same time.
const OPENING_MAX: usize = 64;

/// Tasks that the runtime surely runs before it comes back to one that yielded.
const TASKS_PER_TURN: usize = 16;

/// The part of a body that is kept until the race is judged.
pub(super) const BODY_RECORDED_BYTES_MAX: usize = 1_024;

/// A request, ready to be written.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) resource_idx: usize,
    /// From 0.
    pub(super) client_idx: u32,
    pub(super) bytes: Vec<u8>,
    pub(super) is_head: bool,
}

/// What came of one request.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) resource_idx: usize,
    pub(super) client_idx: u32,
    /// Which of the instants set it off.
    pub(super) wave: usize,
    /// Whether the instant itself set it off, not the answer before it.
    pub(super) is_first_of_wave: bool,
    pub(super) start: Instant,
    pub(super) end: Instant,
    pub(super) reply: Result<Reply, Failure>,
}

/// An answer, as far as it is kept.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// Everything one race recorded.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) records: Vec<Record>,
    pub(super) sent_bytes: u64,
    pub(super) received_bytes: u64,
}

/// Counts finished requests, for a progress display.
#[derive(Debug, Default, Clone)]
pub struct Progress {
    inner: Arc<ProgressInner>,
}

#[derive(Debug, Default)]
struct ProgressInner {
    race: AtomicUsize,
    opened: AtomicUsize,
    finished: AtomicUsize,
}

impl Progress {
    /// The number of the race under way, from 1; 0 before the first.
    #[must_use]
    pub fn race(&self) -> usize {
        self.inner.race.load(Ordering::Relaxed)
    }

    /// Connections opened for this race.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.inner.opened.load(Ordering::Relaxed)
    }

    /// Requests of this race that are finished.
    #[must_use]
    pub fn finished(&self) -> usize {
        self.inner.finished.load(Ordering::Relaxed)
    }

    pub(super) fn begin_race(&self, number: u32) {
        self.inner.opened.store(0, Ordering::Relaxed);
        self.inner.finished.store(0, Ordering::Relaxed);
        self.inner.race.store(number as usize, Ordering::Relaxed);
    }
}

/// One connection and the requests it sends: `waves[w]` one after the other at instant `w`.
#[derive(Debug)]
struct Lane {
    waves: Vec<Vec<Prepared>>,
}

/// Runs one race; `requests` are sorted by resource, then client.
pub(super) fn release(
    target: &Target,
    requests: Vec<Prepared>,
    release: Release,
    timeout: Duration,
    progress: &Progress,
) -> Result<Recorded, RaceError> {
    let lanes = lanes(requests, release);
    let n_waves = lanes.first().map_or(0, |lane| lane.waves.len());
    let n_workers = crate::limits::workers().min(lanes.len()).max(1);
    let mut shares: Vec<Vec<Lane>> = (0..n_workers).map(|_| Vec::new()).collect();
    for (lane_idx, lane) in lanes.into_iter().enumerate() {
        shares[lane_idx % n_workers].push(lane);
    }
    let meeting = Meeting::new(n_workers);
    let recorded: Mutex<Recorded> = Mutex::default();
    let failed: Mutex<Option<RaceError>> = Mutex::default();
    std::thread::scope(|scope| {
        for share in shares {
            let worker = Worker {
                target,
                timeout,
                progress,
                meeting: &meeting,
                failed: &failed,
                n_waves,
            };
            let recorded = &recorded;
            scope.spawn(move || {
                let done = worker.run(share);
                let mut all = recorded
                    .lock()
                    .expect("no worker panics while it adds records");
                all.records.extend(done.records);
                all.sent_bytes += done.sent_bytes;
                all.received_bytes += done.received_bytes;
            });
        }
    });
    match failed
        .into_inner()
        .expect("no worker panics while it reports")
    {
        Some(error) => Err(error),
        None => Ok(recorded
            .into_inner()
            .expect("no worker panics while it adds records")),
    }
}

fn lanes(requests: Vec<Prepared>, release: Release) -> Vec<Lane> {
    if release == Release::Burst {
        return requests
            .into_iter()
            .map(|request| Lane {
                waves: vec![vec![request]],
            })
            .collect();
    }
    let n_clients = requests
        .iter()
        .map(|request| request.client_idx + 1)
        .max()
        .unwrap_or(0);
    let mut lanes: Vec<Lane> = (0..n_clients).map(|_| Lane { waves: Vec::new() }).collect();
    for request in requests {
        let lane = &mut lanes[request.client_idx as usize];
        match lane.waves.last_mut() {
            Some(wave) if release == Release::Walk => wave.push(request),
            _ => lane.waves.push(vec![request]),
        }
    }
    lanes
}

/// Where the workers meet before each instant.
#[derive(Debug)]
struct Meeting {
    barrier: Barrier,
    n_workers: usize,
    arrived: AtomicUsize,
    is_cancelled: AtomicBool,
}

impl Meeting {
    fn new(n_workers: usize) -> Meeting {
        Meeting {
            barrier: Barrier::new(n_workers),
            n_workers,
            arrived: AtomicUsize::new(0),
            is_cancelled: AtomicBool::new(false),
        }
    }

    /// Waits for all workers; false if one of them cancelled the race. The last stretch is spun,
    /// because waking a sleeping thread takes longer than writing several requests.
    fn wait(&self, wave: usize) -> bool {
        self.barrier.wait();
        if self.is_cancelled.load(Ordering::SeqCst) {
            return false;
        }
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let everyone = self.n_workers * (wave + 1);
        while self.arrived.load(Ordering::SeqCst) < everyone {
            std::hint::spin_loop();
        }
        true
    }
}

/// One thread's part of a race.
struct Worker<'a> {
    target: &'a Target,
    timeout: Duration,
    progress: &'a Progress,
    meeting: &'a Meeting,
    failed: &'a Mutex<Option<RaceError>>,
    n_waves: usize,
}

/// A lane on its way: its connection, or none if it could not be opened again.
struct Running {
    lane: Lane,
    connection: Option<Connection>,
    sent_bytes: u64,
    received_bytes: u64,
}

impl Worker<'_> {
    fn run(&self, lanes: Vec<Lane>) -> Recorded {
        let runtime = match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => Some(runtime),
            Err(error) => {
                self.cancel(RaceError::Runtime(error));
                None
            }
        };
        match runtime {
            Some(runtime) => runtime.block_on(self.run_waves(lanes)),
            None => {
                // The others wait for this worker, if only to hear that nothing will happen.
                self.meeting.wait(0);
                Recorded::default()
            }
        }
    }

    fn cancel(&self, error: RaceError) {
        self.failed
            .lock()
            .expect("no worker panics while it reports")
            .get_or_insert(error);
        self.meeting.is_cancelled.store(true, Ordering::SeqCst);
    }

    async fn run_waves(&self, lanes: Vec<Lane>) -> Recorded {
        let mut recorded = Recorded::default();
        let mut running: Vec<Running> = lanes
            .into_iter()
            .map(|lane| Running {
                lane,
                connection: None,
                sent_bytes: 0,
                received_bytes: 0,
            })
            .collect();
        for wave in 0..self.n_waves {
            let mut tasks = JoinSet::new();
            let (gate, _) = watch::channel(false);
            let mut opened = self.open_missing(&mut running).await;
            if opened.is_ok() {
                // A server that is short of descriptors may have closed the first ones again.
                opened = self.open_missing(&mut running).await;
            }
            if let Err(error) = opened {
                // In a later round the server may be gone; what was recorded still counts.
                if wave == 0 {
                    self.cancel(RaceError::Open(error));
                }
            }
            for lane in running.drain(..) {
                tasks.spawn(run_lane(
                    lane,
                    wave,
                    gate.subscribe(),
                    self.target.clone(),
                    self.timeout,
                    self.progress.clone(),
                ));
            }
            // Every task runs once, up to the gate; the runtime comes back here every so often.
            for _ in 0..=tasks.len() / TASKS_PER_TURN {
                tokio::task::yield_now().await;
            }
            if !self.meeting.wait(wave) {
                return recorded;
            }
            gate.send_replace(true);
            while let Some(finished) = tasks.join_next().await {
                let (lane, records) = finished.expect("a lane neither panics nor is cancelled");
                recorded.records.extend(records);
                running.push(lane);
            }
        }
        for lane in running {
            let connection = lane.connection.as_ref();
            recorded.sent_bytes += lane.sent_bytes + connection.map_or(0, Connection::sent_bytes);
            recorded.received_bytes +=
                lane.received_bytes + connection.map_or(0, Connection::received_bytes);
        }
        recorded
    }

    /// Opens a connection for every lane that has none that is usable.
    async fn open_missing(&self, running: &mut [Running]) -> Result<(), OpenError> {
        let mut opening = JoinSet::new();
        let mut missing = Vec::new();
        for (lane_idx, lane) in running.iter_mut().enumerate() {
            lane.drop_unusable();
            if lane.connection.is_none() {
                missing.push(lane_idx);
            }
        }
        let mut result = Ok(());
        let mut next = missing.into_iter();
        loop {
            while opening.len() < OPENING_MAX && result.is_ok() {
                let Some(lane_idx) = next.next() else { break };
                let (target, timeout) = (self.target.clone(), self.timeout);
                opening.spawn(async move { (lane_idx, Connection::open(&target, timeout).await) });
            }
            let Some(opened) = opening.join_next().await else {
                return result;
            };
            match opened.expect("opening neither panics nor is cancelled") {
                (lane_idx, Ok(connection)) => {
                    running[lane_idx].connection = Some(connection);
                    self.progress.inner.opened.fetch_add(1, Ordering::Relaxed);
                }
                (_, Err(error)) => result = Err(error),
            }
        }
    }
}

impl Running {
    /// Forgets a connection that the server closed, but not what went through it.
    fn drop_unusable(&mut self) {
        let is_unusable =
            |connection: &mut Connection| !connection.is_usable() || connection.is_stale();
        if let Some(connection) = self.connection.take_if(is_unusable) {
            self.sent_bytes += connection.sent_bytes();
            self.received_bytes += connection.received_bytes();
        }
    }
}

async fn run_lane(
    mut running: Running,
    wave: usize,
    mut gate: watch::Receiver<bool>,
    target: Target,
    timeout: Duration,
    progress: Progress,
) -> (Running, Vec<Record>) {
    let requests = std::mem::take(&mut running.lane.waves[wave]);
    let mut records = Vec::with_capacity(requests.len());
    // An error means that the gate is gone: then the race was cancelled and nobody reads this.
    if gate.wait_for(|is_open| *is_open).await.is_err() {
        return (running, records);
    }
    for (request_idx, request) in requests.into_iter().enumerate() {
        if request_idx > 0 {
            running.drop_unusable();
            if running.connection.is_none() {
                running.connection = Connection::open(&target, timeout).await.ok();
            }
        }
        let start = Instant::now();
        let reply = match &mut running.connection {
            None => Err(Failure {
                kind: FailureKind::Broken,
                request_left: false,
            }),
            Some(connection) => connection
                .exchange(&request.bytes, request.is_head, start + timeout)
                .await
                .map(|answer| {
                    let mut body = answer.body;
                    body.truncate(BODY_RECORDED_BYTES_MAX);
                    Reply {
                        status: answer.status,
                        body,
                    }
                }),
        };
        progress.inner.finished.fetch_add(1, Ordering::Relaxed);
        records.push(Record {
            resource_idx: request.resource_idx,
            client_idx: request.client_idx,
            wave,
            is_first_of_wave: request_idx == 0,
            start,
            end: Instant::now(),
            reply,
        });
    }
    (running, records)
}
