//! What the server knows of an open connection, and the register of them all.
//!
//! Invariants: a connection is in the register from its accept until its task has been dropped.
//! Everything that changes per request is one relaxed atomic of the connection itself, so that
//! timeouts cost a request no timer: the sweeper reads these marks a few times a second.
//!
//! Never: a lock on the way of a request.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Instant;

use tokio::task::AbortHandle;

/// Eviction looks at every connection once and remembers this many candidates.
const EVICTION_CANDIDATES_MAX: usize = 64;

/// No mark: instants are microseconds since the server's start, from 1.
pub(super) const NEVER: u64 = 0;

/// Microseconds since the server's start, never `NEVER`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    pub(super) fn now_us(self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros())
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }
}

/// What the server asks of a connection's task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Order {
    /// Go on.
    None = 0,
    /// Give the buffers back if no request is under way.
    Park = 1,
    /// Finish what is under way, then close.
    Drain = 2,
}

/// One open connection.
#[derive(Debug)]
pub(super) struct Conn {
    id: u64,
    clock: Clock,
    /// Requests under way, streamed answers included.
    active: AtomicU32,
    /// Since when it has waited for its client with no request under way.
    idle_since_us: AtomicU64,
    /// When the first byte of an unfinished head arrived.
    head_since_us: AtomicU64,
    /// Since when the client has not sent the rest of a body.
    body_since_us: AtomicU64,
    /// Start of the window in which a client that does not read must take some bytes.
    blocked_since_us: AtomicU64,
    /// Bytes written since the start of that window.
    blocked_bytes: AtomicU64,
    parked: AtomicBool,
    order: AtomicU8,
    waker: OnceLock<Waker>,
    abort: OnceLock<AbortHandle>,
}

/// A request under way; its drop ends it.
#[derive(Debug)]
pub(super) struct ActiveRequest {
    conn: Arc<Conn>,
}

/// Why the sweeper closes or wakes a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    /// The head did not arrive in time.
    Head,
    /// The client does not read.
    Write,
    /// No request for too long.
    Idle,
    /// Idle long enough to give its buffers back.
    Parkable,
}

/// The limits that the sweeper applies, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) header_us: u64,
    pub(super) idle_us: u64,
    pub(super) write_us: u64,
    pub(super) park_us: u64,
}

impl Conn {
    fn new(id: u64, clock: Clock) -> Self {
        Self {
            id,
            clock,
            active: AtomicU32::new(0),
            idle_since_us: AtomicU64::new(clock.now_us()),
            head_since_us: AtomicU64::new(NEVER),
            body_since_us: AtomicU64::new(NEVER),
            blocked_since_us: AtomicU64::new(NEVER),
            blocked_bytes: AtomicU64::new(0),
            parked: AtomicBool::new(true),
            order: AtomicU8::new(Order::None as u8),
            waker: OnceLock::new(),
            abort: OnceLock::new(),
        }
    }

    /// Marks a request's head as complete.
    pub(super) fn begin(self: &Arc<Self>) -> ActiveRequest {
        self.head_since_us.store(NEVER, Ordering::Relaxed);
        self.active.fetch_add(1, Ordering::Relaxed);
        ActiveRequest {
            conn: Arc::clone(self),
        }
    }

    /// Marks that bytes arrived; without a request under way they begin a head.
    pub(super) fn bytes_read(&self) {
        if self.active.load(Ordering::Relaxed) == 0
            && self.head_since_us.load(Ordering::Relaxed) == NEVER
        {
            self.head_since_us
                .store(self.clock.now_us(), Ordering::Relaxed);
        }
    }

    /// Forgets a begun head: on HTTP/2 frames arrive between requests too.
    pub(super) fn head_done(&self) {
        self.head_since_us.store(NEVER, Ordering::Relaxed);
    }

    /// Marks that the client takes no more for now.
    pub(super) fn write_blocked(&self) {
        if self.blocked_since_us.load(Ordering::Relaxed) == NEVER {
            self.blocked_bytes.store(0, Ordering::Relaxed);
            self.blocked_since_us
                .store(self.clock.now_us(), Ordering::Relaxed);
        }
    }

    /// Marks that the client took `bytes`. Whoever took enough of them has a new window.
    pub(super) fn wrote(&self, bytes: usize, bytes_min: u64) {
        if self.blocked_since_us.load(Ordering::Relaxed) == NEVER {
            return;
        }
        let bytes = bytes as u64;
        let total = self
            .blocked_bytes
            .load(Ordering::Relaxed)
            .saturating_add(bytes);
        self.blocked_bytes.store(total, Ordering::Relaxed);
        if bytes_min <= total {
            self.blocked_since_us.store(NEVER, Ordering::Relaxed);
        }
    }

    /// Marks that everything written has left for the client.
    pub(super) fn write_unblocked(&self) {
        if self.blocked_since_us.load(Ordering::Relaxed) != NEVER {
            self.blocked_since_us.store(NEVER, Ordering::Relaxed);
        }
    }

    /// Marks whether a body is being waited for.
    pub(super) fn body_awaited(&self, awaited: bool) {
        let since_us = if awaited { self.clock.now_us() } else { NEVER };
        self.body_since_us.store(since_us, Ordering::Relaxed);
    }

    pub(super) fn set_parked(&self, parked: bool) {
        self.parked.store(parked, Ordering::Relaxed);
    }

    pub(super) fn is_parked(&self) -> bool {
        self.parked.load(Ordering::Relaxed)
    }

    /// Whether a request is under way.
    pub(super) fn is_at_work(&self) -> bool {
        self.active.load(Ordering::Relaxed) != 0
    }

    /// Whether nothing is under way that the protocol's buffers are needed for.
    pub(super) fn is_at_rest(&self) -> bool {
        self.active.load(Ordering::Relaxed) == 0
            && self.head_since_us.load(Ordering::Relaxed) == NEVER
            && self.blocked_since_us.load(Ordering::Relaxed) == NEVER
    }

    pub(super) fn order(&self) -> Order {
        match self.order.load(Ordering::Acquire) {
            1 => Order::Park,
            2 => Order::Drain,
            _ => Order::None,
        }
    }

    /// Gives the task an order. To drain is final.
    pub(super) fn give(&self, order: Order) {
        if order == Order::Drain {
            self.order.store(order as u8, Ordering::Release);
        } else {
            let none = Order::None as u8;
            let _given =
                self.order
                    .compare_exchange(none, order as u8, Ordering::AcqRel, Ordering::Relaxed);
        }
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }

    /// Takes an order to park back, carried out or not.
    pub(super) fn park_done(&self) {
        let (park, none) = (Order::Park as u8, Order::None as u8);
        let _taken = self
            .order
            .compare_exchange(park, none, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// Remembers how to wake the connection's task. A task keeps its waker for life.
    pub(super) fn wake_with(&self, waker: &Waker) {
        if self.waker.get().is_none() {
            let _first = self.waker.set(waker.clone());
        }
    }

    /// Remembers how to end the connection's task.
    pub(super) fn abort_with(&self, abort: AbortHandle) {
        let _first = self.abort.set(abort);
    }

    /// Closes the connection now. Handlers under way still run to their ends.
    pub(super) fn close(&self) {
        if let Some(abort) = self.abort.get() {
            abort.abort();
        }
    }

    /// What is overdue at `now_us`, if anything.
    pub(super) fn overdue(&self, now_us: u64, limits: &Limits) -> Option<Overdue> {
        let past = |since_us: u64, limit_us: u64| {
            since_us != NEVER && limit_us <= now_us.saturating_sub(since_us)
        };
        if past(
            self.blocked_since_us.load(Ordering::Relaxed),
            limits.write_us,
        ) {
            return Some(Overdue::Write);
        }
        if self.active.load(Ordering::Relaxed) != 0 {
            return None;
        }
        if past(self.head_since_us.load(Ordering::Relaxed), limits.header_us) {
            return Some(Overdue::Head);
        }
        let idle_since_us = self.idle_since_us.load(Ordering::Relaxed);
        if past(idle_since_us, limits.idle_us) {
            return Some(Overdue::Idle);
        }
        let parkable = !self.parked.load(Ordering::Relaxed) && self.is_at_rest();
        (parkable && past(idle_since_us, limits.park_us)).then_some(Overdue::Parkable)
    }

    /// How long it has kept the server waiting: connections without a request first, then those
    /// that owe us a body or do not read. `None` while the server itself is at work.
    fn waiting(&self) -> Option<(u8, u64, u64)> {
        if self.active.load(Ordering::Relaxed) == 0 {
            return Some((0, self.idle_since_us.load(Ordering::Relaxed), self.id));
        }
        let body_since_us = self.body_since_us.load(Ordering::Relaxed);
        let blocked_since_us = self.blocked_since_us.load(Ordering::Relaxed);
        let since_us = if body_since_us == NEVER {
            blocked_since_us
        } else {
            body_since_us
        };
        (since_us != NEVER).then_some((1, since_us, self.id))
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        // The mark comes first: whoever sees no request under way must see since when.
        self.conn
            .idle_since_us
            .store(self.conn.clock.now_us(), Ordering::Relaxed);
        self.conn.active.fetch_sub(1, Ordering::Release);
    }
}

/// All open connections.
#[derive(Debug)]
pub(super) struct Register {
    clock: Clock,
    inner: Mutex<RegisterInner>,
}

#[derive(Debug)]
struct RegisterInner {
    next_id: u64,
    open: HashMap<u64, Arc<Conn>>,
    /// Who waited longest when we last looked, with the mark that they had then.
    candidates: VecDeque<(u8, u64, u64)>,
}

/// Keeps a connection registered; its drop takes it out.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) conn: Arc<Conn>,
    register: Arc<Register>,
}

impl Register {
    pub(super) fn new(clock: Clock) -> Self {
        let inner = RegisterInner {
            next_id: 0,
            open: HashMap::new(),
            candidates: VecDeque::new(),
        };
        Self {
            clock,
            inner: Mutex::new(inner),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, RegisterInner> {
        // No critical section below can leave the register half changed.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(self: &Arc<Self>) -> Registered {
        let mut inner = self.lock();
        let id = inner.next_id;
        inner.next_id += 1;
        let conn = Arc::new(Conn::new(id, self.clock));
        inner.open.insert(id, Arc::clone(&conn));
        Registered {
            conn,
            register: Arc::clone(self),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// Everything that is open now.
    pub(super) fn snapshot(&self) -> Vec<Arc<Conn>> {
        self.lock().open.values().cloned().collect()
    }

    /// Takes out the connection that has waited longest for its client, for the caller to close.
    ///
    /// One look at all connections serves many calls, so a flood of new connections at the limit
    /// does not cost a scan each.
    pub(super) fn evict(&self) -> Option<Arc<Conn>> {
        let mut inner = self.lock();
        for n_scan in 0..2 {
            while let Some(candidate) = inner.candidates.pop_front() {
                let same = inner
                    .open
                    .get(&candidate.2)
                    .is_some_and(|conn| conn.waiting() == Some(candidate));
                if same {
                    return inner.open.remove(&candidate.2);
                }
            }
            if n_scan == 0 {
                let mut waiting: Vec<_> = inner
                    .open
                    .values()
                    .filter_map(|conn| conn.waiting())
                    .collect();
                waiting.sort_unstable();
                waiting.truncate(EVICTION_CANDIDATES_MAX);
                inner.candidates = waiting.into();
            }
        }
        None
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.register.lock().open.remove(&self.conn.id);
    }
}
