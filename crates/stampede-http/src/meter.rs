//! How many bytes of bodies are kept: one budget per client, within one of all clients together.
//!
//! Invariants: what a hold has taken it gives back when it goes; the budget of all is only touched
//! by clients that keep more than [`BODIES_BYTES_FREE`], so that small responses share nothing
//! between threads.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::code;
use crate::environment::Environment;
use crate::error::{HttpError, Stage};
use crate::limits::{BODIES_BYTES_BLOCK, BODIES_BYTES_FREE};

/// What all clients keep together, beyond what each has free.
#[derive(Debug, Default)]
pub(crate) struct Store {
    granted: AtomicU64,
}

/// What one client keeps.
#[derive(Debug)]
pub(crate) struct Meter {
    environment: Arc<Environment>,
    used: Cell<u64>,
    granted: Cell<u64>,
}

/// Whose budget is used up, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    Client(u64),
    All(u64),
}

impl Meter {
    pub(crate) fn new(environment: Arc<Environment>) -> Self {
        Self {
            environment,
            used: Cell::new(0),
            granted: Cell::new(0),
        }
    }

    /// How many bytes can still be kept.
    pub(crate) fn free(&self) -> u64 {
        let options = &self.environment.options;
        let own = options
            .client_bodies_bytes_max
            .saturating_sub(self.used.get());
        let granted = self.environment.store.granted.load(Relaxed);
        let others = granted.saturating_sub(self.granted.get());
        let shared = options.all_bodies_bytes_max.saturating_sub(others);
        own.min(
            shared
                .saturating_add(BODIES_BYTES_FREE)
                .saturating_sub(self.used.get()),
        )
    }

    fn use_up_to(&self, used: u64) -> Result<(), Full> {
        let options = &self.environment.options;
        if options.client_bodies_bytes_max < used {
            return Err(Full::Client(options.client_bodies_bytes_max));
        }
        let needed = needed(used);
        let more = needed.saturating_sub(self.granted.get());
        if more > 0 {
            let max = options.all_bodies_bytes_max;
            let granted = &self.environment.store.granted;
            let grant = |all: u64| all.checked_add(more).filter(|all| *all <= max);
            granted
                .fetch_update(Relaxed, Relaxed, grant)
                .map_err(|_| Full::All(max))?;
            self.granted.set(needed);
        }
        self.used.set(used);
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        let used = self.used.get().saturating_sub(bytes);
        self.used.set(used);
        let needed = needed(used);
        let less = self.granted.get().saturating_sub(needed);
        if less > 0 {
            self.environment.store.granted.fetch_sub(less, Relaxed);
            self.granted.set(needed);
        }
    }
}

/// What a client that keeps so many bytes takes from the budget of all, in whole blocks.
fn needed(used: u64) -> u64 {
    used.saturating_sub(BODIES_BYTES_FREE)
        .div_ceil(BODIES_BYTES_BLOCK)
        .saturating_mul(BODIES_BYTES_BLOCK)
}

/// The bytes of one body, counted for as long as it lives.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    meter: Option<Rc<Meter>>,
    bytes: u64,
}

impl Hold {
    pub(crate) fn new(meter: &Rc<Meter>) -> Self {
        Self {
            meter: Some(Rc::clone(meter)),
            bytes: 0,
        }
    }

    /// Counts more bytes, unless there is no room for them.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), HttpError> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some(meter) = &self.meter {
            let used = meter.used.get().saturating_add(bytes);
            meter.use_up_to(used).map_err(named)?;
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Counts so many bytes in place of those before.
    pub(crate) fn replace(&mut self, bytes: usize) -> Result<(), HttpError> {
        self.clear();
        self.grow(bytes)
    }

    /// How many bytes can be kept beside these.
    pub(crate) fn free(&self) -> u64 {
        self.meter.as_ref().map_or(u64::MAX, |meter| meter.free())
    }

    /// Counts nothing any more.
    pub(crate) fn clear(&mut self) {
        if let Some(meter) = &self.meter
            && self.bytes > 0
        {
            meter.give_back(self.bytes);
            self.bytes = 0;
        }
    }
}

/// A copy of a response shares the bytes of its body, which the original counts.
impl Clone for Hold {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.clear();
    }
}

fn named(full: Full) -> HttpError {
    let mend = "use responseType none or discardResponseBodies for large downloads";
    let text = match full {
        Full::Client(max) => format!(
            "the response body does not fit into the memory of its virtual user, whose bodies may \
             hold {} together; {mend}",
            mebibytes(max)
        ),
        Full::All(max) => format!(
            "the response body does not fit into memory: the bodies of all virtual users may hold \
             {} together; {mend}",
            mebibytes(max)
        ),
    };
    HttpError::new(code::GENERAL, Stage::Body, text)
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ClientOptions;

    const MIB: usize = 1 << 20;

    fn environment(client_mib: u64, all_mib: u64) -> Arc<Environment> {
        let mut options = ClientOptions::new();
        options.client_bodies_bytes_max = client_mib << 20;
        options.all_bodies_bytes_max = all_mib << 20;
        Arc::new(Environment::new(options).unwrap())
    }

    #[test]
    fn a_client_keeps_no_more_than_its_budget() {
        let meter = Rc::new(Meter::new(environment(3, 100)));
        let (mut one, mut two) = (Hold::new(&meter), Hold::new(&meter));
        one.grow(2 * MIB).unwrap();
        assert_eq!(two.free(), 1 << 20);
        let error = two.grow(2 * MIB).unwrap_err();
        assert!(error.text.contains("hold 3 MiB together"), "{error}");
        drop(one);
        two.grow(3 * MIB).unwrap();
        two.replace(MIB).unwrap();
        assert_eq!(two.free(), 2 << 20);
        drop(two);
        assert_eq!(meter.environment.store.granted.load(Relaxed), 0);
    }

    #[test]
    fn all_clients_together_keep_no_more_than_the_budget_of_all() {
        let environment = environment(100, 10);
        let meters: Vec<Rc<Meter>> = (0..3)
            .map(|_| Rc::new(Meter::new(Arc::clone(&environment))))
            .collect();
        let mut holds: Vec<Hold> = meters.iter().map(Hold::new).collect();
        holds[0].grow(5 * MIB).unwrap();
        holds[1].grow(5 * MIB).unwrap();
        let error = holds[2].grow(2 * MIB).unwrap_err();
        assert!(
            error.text.contains("all virtual users may hold 10 MiB"),
            "{error}"
        );
        // What every client has free does not depend on the others.
        holds[2].grow(MIB / 8).unwrap();
        holds.remove(0);
        holds[1].grow(2 * MIB).unwrap();
        holds.clear();
        assert_eq!(environment.store.granted.load(Relaxed), 0);
    }
}
