//! Idempotency keys and the replies kept under them.
//!
//! Invariants: I8; a key is forgotten only by a journaled event, never early.

use std::collections::BTreeSet;

use crate::ids::Principal;
use crate::names::Seed;
use crate::time::Instant;

use super::map::Map;
use super::records::KeyRecord;

/// Keys by scope, by age and by principal.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    by_scope: Map<[u8; 16], KeyRecord>,
    by_expiry: BTreeSet<(Instant, [u8; 16])>,
    by_principal: Map<Principal, usize>,
}

impl Keys {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            by_scope: Map::new(seed),
            by_expiry: BTreeSet::new(),
            by_principal: Map::new(seed),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_scope.len()
    }

    pub(crate) fn of_principal(&self, principal: Principal) -> usize {
        self.by_principal.get(&principal).copied().unwrap_or(0)
    }

    /// The most that one principal has.
    pub(crate) fn of_busiest(&self) -> usize {
        self.by_principal.iter().map(|(_, n)| *n).max().unwrap_or(0)
    }

    /// The record under a key, unless its retention is over.
    pub(crate) fn find(&self, scope: &[u8; 16], now: Instant) -> Option<&KeyRecord> {
        self.by_scope
            .get(scope)
            .filter(|record| now < record.expires_at)
    }

    pub(crate) fn store(&mut self, scope: [u8; 16], record: KeyRecord) {
        let (principal, expires_at) = (record.principal, record.expires_at);
        if let Some(old) = self.by_scope.insert(scope, record) {
            self.forget_counts(scope, &old);
        }
        let is_new = self.by_expiry.insert((expires_at, scope));
        assert!(is_new, "I8: one expiry for every key");
        let count = self.by_principal.or_insert(principal, 0);
        *count = count
            .checked_add(1)
            .expect("keys are counted below the house's limit");
    }

    /// How many of the oldest keys are past their retention, at most `max`.
    pub(crate) fn n_due(&self, now: Instant, max: usize) -> usize {
        self.by_expiry
            .iter()
            .take(max)
            .take_while(|(at, _)| *at <= now)
            .count()
    }

    pub(crate) fn forget_oldest(&mut self, n: usize, now: Instant) {
        for _ in 0..n {
            let (at, scope) = *self.by_expiry.first().expect("I8: as many as were counted");
            assert!(at <= now, "I8: a key is never forgotten early");
            let record = self
                .by_scope
                .remove(&scope)
                .expect("I8: one record for every expiry");
            self.forget_counts(scope, &record);
        }
    }

    pub(crate) fn first_expiry(&self) -> Option<Instant> {
        self.by_expiry.first().map(|(at, _)| *at)
    }

    /// All records, in no order that may reach a result.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8; 16], &KeyRecord)> {
        self.by_scope.iter()
    }

    pub(crate) fn n_expiries(&self) -> usize {
        self.by_expiry.len()
    }

    /// I8: the three tables tell the same.
    pub(crate) fn check(&self) -> bool {
        let mut counted: Map<Principal, usize> = Map::new(Seed(0));
        let mut all_expire = self.by_expiry.len() == self.by_scope.len();
        for (scope, record) in self.by_scope.iter() {
            all_expire = all_expire && self.by_expiry.contains(&(record.expires_at, *scope));
            let count = counted.or_insert(record.principal, 0);
            *count = count.saturating_add(1);
        }
        all_expire
            && counted.len() == self.by_principal.len()
            && counted
                .iter()
                .all(|(principal, n)| self.by_principal.get(principal) == Some(n))
    }

    fn forget_counts(&mut self, scope: [u8; 16], record: &KeyRecord) {
        let was_there = self.by_expiry.remove(&(record.expires_at, scope));
        assert!(was_there, "I8: one expiry for every key");
        let count = self
            .by_principal
            .get_mut(&record.principal)
            .expect("I8: keys are counted");
        *count = count.checked_sub(1).expect("I8: keys are counted");
        if *count == 0 {
            self.by_principal.remove(&record.principal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Position;

    #[test]
    fn the_busiest_principal_is_the_one_that_its_limit_meets_first() {
        let mut keys = Keys::new(Seed(1));
        assert_eq!(keys.of_busiest(), 0);
        for (n, principal) in [(1, 7), (2, 9), (3, 9), (4, 8)] {
            let record = KeyRecord {
                fingerprint: [0; 16],
                principal: Principal(principal),
                expires_at: Instant(u64::from(n)),
                last: Position(1),
                reply: Vec::new(),
            };
            keys.store([n; 16], record);
        }
        assert_eq!((keys.len(), keys.of_busiest()), (4, 2));
        keys.forget_oldest(3, Instant(3));
        assert_eq!((keys.len(), keys.of_busiest()), (1, 1));
        assert!(keys.check());
    }
}
