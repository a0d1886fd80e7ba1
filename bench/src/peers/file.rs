//! The limit of the disk: one batch after the other into a file that was written before, each
//! followed by fdatasync.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use stampede_metrics::Latency;

/// The size of the file; it is written round and round.
const FILE_BYTES: u64 = 64 << 20;
/// The largest batch of [`PreallocatedFile::pace`].
const BATCH_BYTES_MAX: usize = 4 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct PreallocatedFile {
    file: File,
    offset: u64,
}

impl PreallocatedFile {
    /// Writes the whole file once, so that no later write has to find room for it.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub(crate) fn create(path: &Path) -> std::io::Result<Self> {
        let mut file = File::create(path)?;
        let zeros = vec![0; 1 << 20];
        for _ in 0..FILE_BYTES >> 20 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        Ok(Self { file, offset: 0 })
    }

    /// Writes one batch and waits until it is on the disk.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub(crate) fn commit(&mut self, batch: &[u8]) -> std::io::Result<()> {
        let n_bytes = batch.len() as u64;
        if FILE_BYTES < self.offset + n_bytes {
            self.offset = 0;
        }
        self.file.write_all_at(batch, self.offset)?;
        self.offset += n_bytes;
        self.file.sync_data()
    }

    /// How long arrivals at a steady pace wait when each commit takes all that came before it: what
    /// is left of a server that costs nothing. Each arrival brings `arrival_bytes`.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub(crate) fn pace(
        &mut self,
        per_second: f64,
        duration: Duration,
        arrival_bytes: usize,
    ) -> std::io::Result<Latency> {
        let gap = Duration::from_secs_f64(1.0 / per_second);
        let mut waits = Latency::new();
        let (start, mut next) = (Instant::now(), Duration::ZERO);
        while next < duration {
            let taken = start.elapsed();
            if taken < next {
                std::thread::sleep(next - taken);
                continue;
            }
            let first = next;
            let mut n_arrived = 0;
            while next <= taken {
                next += gap;
                n_arrived += 1;
            }
            self.commit(&vec![7; (n_arrived * arrival_bytes).min(BATCH_BYTES_MAX)])?;
            let done = start.elapsed();
            for idx in 0..n_arrived {
                let arrived = first + gap * u32::try_from(idx).unwrap_or(u32::MAX);
                waits.record(done.saturating_sub(arrived));
            }
        }
        Ok(waits)
    }
}
