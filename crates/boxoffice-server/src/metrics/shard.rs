//! Which of several copies of a count a thread counts in.
//!
//! Two threads that count in one place send its cache line to and fro with every request, which
//! costs more than what is counted. Copies are added up when somebody looks.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Copies of a count. More threads than that share.
pub(super) const SHARDS: usize = 8;

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static MINE: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS);
}

/// One of [`SHARDS`] copies of something, apart from the others by what a processor fetches at
/// once.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Shard<T>(T);

/// Copies of something that many threads count in.
#[derive(Debug, Default)]
pub struct Sharded<T>([Shard<T>; SHARDS]);

impl<T> Sharded<T> {
    /// The copy of this thread.
    pub fn mine(&self) -> &T {
        &self.0[MINE.get()].0
    }

    /// All copies, to be added up.
    pub fn all(&self) -> impl Iterator<Item = &T> + Clone {
        self.0.iter().map(|shard| &shard.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::Sharded;

    #[test]
    fn what_every_thread_counted_adds_up() {
        let count = Sharded::<AtomicU64>::default();
        std::thread::scope(|scope| {
            for _thread in 0..20 {
                scope.spawn(|| count.mine().fetch_add(1, Ordering::Relaxed));
            }
        });
        let sum: u64 = count.all().map(|one| one.load(Ordering::Relaxed)).sum();
        assert_eq!(sum, 20);
    }

    #[test]
    fn copies_share_no_cache_line() {
        assert_eq!(size_of::<super::Shard<AtomicU64>>(), 128);
    }
}
