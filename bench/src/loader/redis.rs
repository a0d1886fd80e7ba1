//! Locks seats in Redis as the seeds' cinema does: `SET NX PX`, then a script that deletes the key
//! only if it still holds the caller's token.
//!
//! Every connection waits for each answer, as the clients over HTTP do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::figures::per_second;
use crate::job::{Locked, LocksJob};

const RELEASE: &str =
    "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end";
/// The life of a lock.
const TTL_MS: &str = "600000";
/// The longest answer that any of these commands gets.
const ANSWER_BYTES_MAX: usize = 1_024;

/// Locks and releases for as long as the job says.
///
/// # Errors
/// If Redis does not answer as it should.
pub(super) fn locks(job: &LocksJob) -> anyhow::Result<Locked> {
    let n_threads = job.threads.clamp(1, job.connections.max(1));
    let start = Instant::now() + Duration::from_millis(50);
    let window = Arc::new((
        start + Duration::from_millis(job.warm_up_ms),
        start + Duration::from_millis(job.warm_up_ms + job.duration_ms),
    ));
    let totals = std::thread::scope(|scope| {
        let share = |thread_idx: usize| {
            let lanes: Vec<_> = (thread_idx..job.connections).step_by(n_threads).collect();
            let window = Arc::clone(&window);
            scope.spawn(move || run_share(job, &lanes, *window))
        };
        let threads: Vec<_> = (0..n_threads).map(share).collect();
        let mut totals = (0, 0);
        for thread in threads {
            let (pairs, wrong) = thread.join().expect("a loader thread does not panic")?;
            totals = (totals.0 + pairs, totals.1 + wrong);
        }
        anyhow::Ok(totals)
    })?;
    let duration = Duration::from_millis(job.duration_ms);
    Ok(Locked {
        pairs_per_second: per_second(totals.0, duration),
        wrong: totals.1,
    })
}

type Window = (Instant, Instant);

fn run_share(job: &LocksJob, lanes: &[usize], window: Window) -> anyhow::Result<(u64, u64)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for &lane_idx in lanes {
            let mut redis = Redis::open(job).await?;
            let script = redis.load_script().await?;
            let seats = (job.n_seats / job.connections as u64).max(1);
            running.spawn(run_lane(redis, script, lane_idx as u64, seats, window));
        }
        let mut totals = (0, 0);
        while let Some(lane) = running.join_next().await {
            let (pairs, wrong) = lane??;
            totals = (totals.0 + pairs, totals.1 + wrong);
        }
        Ok(totals)
    })
}

async fn run_lane(
    mut redis: Redis,
    script: String,
    lane_idx: u64,
    seats: u64,
    window: Window,
) -> anyhow::Result<(u64, u64)> {
    let (mut pairs, mut wrong) = (0, 0);
    for sequence in 0_u64.. {
        let now = Instant::now();
        if window.1 <= now {
            break;
        }
        let key = format!("seat:show:{}", lane_idx * seats + sequence % seats);
        // As long as the token that boxoffice gives out.
        let token = format!("{lane_idx:08x}{sequence:024x}");
        let is_locked = redis
            .ask(&["SET", &key, &token, "NX", "PX", TTL_MS])
            .await?
            == "+OK";
        let is_released = redis.ask(&["EVALSHA", &script, "1", &key, &token]).await? == ":1";
        let is_right = is_locked && is_released;
        wrong += u64::from(!is_right);
        let end = Instant::now();
        pairs += u64::from(is_right && window.0 <= end && end < window.1);
    }
    Ok((pairs, wrong))
}

/// One connection.
struct Redis {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Redis {
    async fn open(job: &LocksJob) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(job.address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            request: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// Loads the script and returns its digest.
    async fn load_script(&mut self) -> anyhow::Result<String> {
        self.send(&["SCRIPT", "LOAD", RELEASE]).await?;
        // `$40`, then the digest.
        while self.answer.iter().filter(|byte| **byte == b'\n').count() < 2 {
            self.receive().await?;
        }
        let text = String::from_utf8_lossy(&self.answer);
        let digest = text.lines().nth(1).context("no digest of the script")?;
        Ok(digest.trim().to_owned())
    }

    /// Asks something that is answered in one line.
    async fn ask(&mut self, words: &[&str]) -> anyhow::Result<&str> {
        self.send(words).await?;
        while !self.answer.ends_with(b"\r\n") {
            self.receive().await?;
        }
        Ok(std::str::from_utf8(&self.answer)?.trim_end())
    }

    async fn send(&mut self, words: &[&str]) -> anyhow::Result<()> {
        self.request.clear();
        self.answer.clear();
        self.request
            .extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            self.request
                .extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
        }
        Ok(self.stream.write_all(&self.request).await?)
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        let n_read = self.stream.read_buf(&mut self.answer).await?;
        if n_read == 0 || ANSWER_BYTES_MAX < self.answer.len() {
            bail!(
                "Redis answered something else: {}",
                String::from_utf8_lossy(&self.answer)
            );
        }
        Ok(())
    }
}
