//! Decides whether two sessions ever held the same thing at the same time.
//!
//! A hold is certain from the moment its grant was received to the moment the request that may end
//! it was sent, and to its deadline at the latest. Two certain holds of different sessions that
//! overlap are a violation whatever the network did; no other pair is reported.
//!
//! Cost: O(n log n) for n holds.

use std::collections::HashMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The most violations that are told one by one.
const VIOLATIONS_LISTED_MAX: usize = 20;

/// Something held by a session for certain.
#[derive(Debug, Clone)]
pub struct Hold {
    /// What is held.
    pub resource: String,
    /// The session's number.
    pub session: u32,
    /// The grant, such as the lock's id.
    pub grant: String,
    /// When the grant was received.
    pub from: Instant,
    /// When the release was sent, or the hold could first have expired.
    pub until: Instant,
}

/// Two sessions that held the same thing at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// What both held.
    pub resource: String,
    /// The two sessions.
    pub sessions: (u32, u32),
    /// Their grants.
    pub grants: (String, String),
    /// For how long at least, in microseconds.
    pub overlap_us: u64,
    /// One sentence.
    pub sentence: String,
}

/// All violations: how many, and the first of them. Each hold is compared with the one before it
/// that lasts the longest, so a long hold that many others overlap counts once for each of them.
#[must_use]
pub fn violations(mut holds: Vec<Hold>) -> (u64, Vec<Violation>) {
    holds.retain(|hold| hold.from < hold.until);
    holds.sort_by_key(|hold| hold.from);
    let mut count = 0;
    let mut listed = Vec::new();
    let mut longest_of: HashMap<String, Hold> = HashMap::new();
    for hold in holds {
        let Some(longest) = longest_of.get_mut(&hold.resource) else {
            longest_of.insert(hold.resource.clone(), hold);
            continue;
        };
        // Two grants to one session overlap without harm only if they are the same grant.
        let is_other = longest.session != hold.session || longest.grant != hold.grant;
        if is_other && hold.from < longest.until {
            count += 1;
            if listed.len() < VIOLATIONS_LISTED_MAX {
                listed.push(violation(longest, &hold));
            }
        }
        if hold.until > longest.until {
            *longest = hold;
        }
    }
    (count, listed)
}

fn violation(first: &Hold, second: &Hold) -> Violation {
    let overlap = first.until.min(second.until) - second.from;
    let overlap_us = u64::try_from(overlap.as_micros()).unwrap_or(u64::MAX);
    Violation {
        resource: first.resource.clone(),
        sessions: (first.session, second.session),
        grants: (first.grant.clone(), second.grant.clone()),
        overlap_us,
        sentence: format!(
            "{} was held by session {} (grant {}) and by session {} (grant {}) at the same time for \
             at least {}",
            first.resource,
            first.session,
            first.grant,
            second.session,
            second.grant,
            stampede_metrics::units::format_duration(overlap)
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Hold, violations};

    /// Holds as (resource, session, from ms, until ms).
    fn count(holds: &[(&str, u32, u64, u64)]) -> u64 {
        let zero = Instant::now();
        let at = |ms| zero + Duration::from_millis(ms);
        let holds = holds
            .iter()
            .enumerate()
            .map(|(n, &(resource, session, from, until))| Hold {
                resource: resource.to_owned(),
                session,
                grant: n.to_string(),
                from: at(from),
                until: at(until),
            });
        let (count, listed) = violations(holds.collect());
        assert_eq!(count, listed.len() as u64);
        count
    }

    #[test]
    fn overlapping_holds_of_two_sessions_are_found() {
        assert_eq!(count(&[("a", 1, 0, 10), ("a", 2, 9, 20)]), 1);
        assert_eq!(count(&[("a", 2, 9, 20), ("a", 1, 0, 10)]), 1);
        assert_eq!(
            count(&[("a", 1, 0, 100), ("a", 2, 9, 20), ("a", 3, 30, 40)]),
            2
        );
        assert_eq!(
            count(&[("a", 1, 0, 10), ("a", 1, 5, 20)]),
            1,
            "two grants at once are wrong"
        );
    }

    #[test]
    fn holds_that_only_touch_or_differ_are_none() {
        assert_eq!(count(&[("a", 1, 0, 10), ("a", 2, 10, 20)]), 0);
        assert_eq!(count(&[("a", 1, 0, 10), ("b", 2, 5, 20)]), 0);
        assert_eq!(
            count(&[("a", 1, 10, 0), ("a", 2, 5, 6)]),
            0,
            "a hold that ended is none"
        );
    }

    #[test]
    fn many_random_histories_agree_with_comparing_every_pair() {
        let mut ids = crate::ids::Ids::new(7);
        let zero = Instant::now();
        for _ in 0..2_000 {
            let holds: Vec<Hold> = (0..6)
                .map(|n| {
                    let from = zero + Duration::from_millis(ids.below(12));
                    Hold {
                        resource: ["a", "b"][usize::try_from(ids.below(2)).unwrap()].to_owned(),
                        session: u32::try_from(ids.below(4)).unwrap(),
                        grant: n.to_string(),
                        from,
                        until: from + Duration::from_millis(ids.below(5)),
                    }
                })
                .collect();
            let overlaps = |a: &Hold, b: &Hold| {
                let share = a.from.max(b.from) < a.until.min(b.until);
                a.resource == b.resource && a.grant != b.grant && share
            };
            let expected = holds.iter().any(|a| holds.iter().any(|b| overlaps(a, b)));
            assert_eq!(violations(holds.clone()).0 > 0, expected, "{holds:?}");
        }
    }
}
