//! A value that many threads read for every request and that changes seldom.
//!
//! Each thread keeps the newest version that it has seen and only compares a number: a lock or a
//! reference count would be one cache line that all threads fight for with every request.
//!
//! Invariants: a reader sees every change that was published before it began to read.
//! Never: a reader inside of a reader's closure sees another version of the same value as older; it
//! may see a newer one.

use std::any::Any;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Values that one thread remembers; beyond it forgets all and looks again.
const SEEN_MAX: usize = 16;

/// Tells the values of a process apart, so that a thread never takes one for another.
static LAST_ID: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// What a thread remembers of one value.
struct Seen {
    id: u64,
    version: u64,
    value: Arc<dyn Any + Send + Sync>,
}

/// A shared value; see the module.
#[derive(Debug)]
pub struct ReadMostly<T> {
    id: u64,
    /// Counts changes; stored after the value, under its lock.
    version: AtomicU64,
    value: RwLock<Arc<T>>,
}

impl<T: Default + Send + Sync + 'static> Default for ReadMostly<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Send + Sync + 'static> ReadMostly<T> {
    /// A value to share.
    pub fn new(value: T) -> Self {
        Self {
            id: LAST_ID.fetch_add(1, Ordering::Relaxed),
            version: AtomicU64::new(0),
            value: RwLock::new(Arc::new(value)),
        }
    }

    /// The newest value. Costs two shared writes where [`Self::with`] costs none.
    #[must_use]
    pub fn load(&self) -> Arc<T> {
        Arc::clone(&self.value.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the newest value. A thread keeps what it looked at until it looks again.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let value = SEEN.with_borrow_mut(|seen| self.take(seen));
        // The thread's own reference is taken out and put back rather than counted: counting would
        // be the very cache line that this type is there to avoid.
        let result = look(value.value.downcast_ref().expect("an id has one type"));
        SEEN.with_borrow_mut(|seen| {
            if seen.len() == SEEN_MAX {
                seen.clear();
            }
            seen.push(value);
        });
        result
    }

    fn take(&self, seen: &mut Vec<Seen>) -> Seen {
        let version = self.version.load(Ordering::Acquire);
        if let Some(at) = seen.iter().position(|seen| seen.id == self.id) {
            let found = seen.swap_remove(at);
            if found.version == version {
                return found;
            }
        }
        let guard = self.value.read().unwrap_or_else(PoisonError::into_inner);
        Seen {
            id: self.id,
            // Under the lock the version belongs to the value.
            version: self.version.load(Ordering::Acquire),
            value: Arc::<T>::clone(&guard),
        }
    }

    /// Changes the value, on a copy where a thread still looks at the old one.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R
    where
        T: Clone,
    {
        let mut guard = self.value.write().unwrap_or_else(PoisonError::into_inner);
        let result = change(Arc::make_mut(&mut guard));
        self.version.fetch_add(1, Ordering::Release);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::{ReadMostly, SEEN_MAX};

    #[test]
    fn a_change_is_seen_by_the_next_look_of_every_thread() {
        let value = ReadMostly::new(vec![1]);
        assert_eq!(value.with(Vec::len), 1);
        value.change(|list| list.push(2));
        assert_eq!(value.with(Vec::len), 2);
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(value.with(Clone::clone), [1, 2]));
        });
        assert_eq!(*value.load(), [1, 2]);
    }

    #[test]
    fn values_are_told_apart_also_when_more_are_read_than_a_thread_remembers() {
        let values: Vec<_> = (0..3 * SEEN_MAX).map(ReadMostly::new).collect();
        for _round in 0..2 {
            for (idx, value) in values.iter().enumerate() {
                assert_eq!(value.with(|seen| *seen), idx);
            }
        }
    }

    #[test]
    fn a_look_inside_of_a_look_sees_its_own_value() {
        let (outer, inner) = (ReadMostly::new(1), ReadMostly::new(2));
        let sum = outer.with(|a| inner.with(|b| a + b + outer.with(|again| *again)));
        assert_eq!(sum, 4);
    }

    #[test]
    fn a_panic_in_a_look_leaves_the_value_readable() {
        let value = ReadMostly::new(7);
        let look = || value.with(|_| panic!("as a handler may"));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(look));
        assert!(caught.is_err());
        assert_eq!(value.with(|seen| *seen), 7);
    }
}
