//! The limit of the disk: one batch after the other into a file that was written before, each
//! followed by fdatasync.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The size of the file; it is written round and round.
const FILE_BYTES: u64 = 64 << 20;

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
}
