//! The cinema crowd: look at the map, lock some seats, think, release them, all over again.
//!
//! While it runs it keeps every lock it was granted, and at the end decides whether two sessions
//! ever held the same seat at the same time. Counting successes could not see that.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::exclusive::{Hold, Violation, violations};
use super::session::{Ending, Said, Session};
use super::{Crowd, CrowdError, CrowdResult, User, json_request, run};
use crate::wire::RequestBuffer;

const STEPS: [&str; 4] = ["ticket types", "map", "lock", "release"];
const TICKET_TYPES: usize = 0;
const MAP: usize = 1;
const LOCK: usize = 2;
const RELEASE: usize = 3;

/// The most seats that one user locks at once.
const SEATS_PER_LOCK_MAX: u64 = 3;

/// Locks of one user that are kept for the judgement; later ones are counted as unchecked.
const HOLDS_PER_USER_MAX: usize = 20_000;

/// How long users look at their seats before they let them go.
const THINK: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(4));

/// What the users of the cinema want.
#[derive(Debug, Clone)]
pub struct Cinema {
    /// The showtimes; each user takes a random one in each iteration.
    pub showtimes: Vec<u64>,
    /// Let all users want the first so many seats of the map, free or not, as with a map that is
    /// out of date; else any that are free.
    pub hot_seats: Option<u32>,
}

/// What the cinema crowd did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CinemaResult {
    /// What all crowds report.
    pub crowd: CrowdResult,
    /// Locks that were granted.
    pub locks_won: u64,
    /// Seats in them.
    pub seats_locked: u64,
    /// Locks that were refused with 409.
    pub conflicts: u64,
    /// Locks that were refused otherwise.
    pub refused: u64,
    /// Locks of which nobody knows whether they were granted.
    pub unknown: u64,
    /// Iterations that attempted nothing, because no seat was free.
    pub empty_maps: u64,
    /// Iterations that attempted nothing, because the map or the ticket types could not
    /// be read.
    pub failed_maps: u64,
    /// Releases that were confirmed.
    pub releases: u64,
    /// Granted locks that are not on exactly the seats that were asked for.
    pub wrong_grants: u64,
    /// Seats of granted locks that were judged.
    pub holds_checked: u64,
    /// Seats of granted locks that were too many to be judged.
    pub holds_unchecked: u64,
    /// How often two sessions held a seat at the same time; must be 0.
    pub violations: u64,
    /// The first of these.
    pub violations_listed: Vec<Violation>,
}

/// Runs the cinema crowd.
///
/// # Errors
/// When the crowd makes no sense or cannot connect.
pub fn cinema(crowd: &Crowd, cinema: &Cinema) -> Result<CinemaResult, CrowdError> {
    let (result, members) = run(crowd, &STEPS, |number| Moviegoer {
        number,
        cinema: cinema.clone(),
        session_id: String::new(),
        ticket_types: Vec::new(),
        holds: Vec::new(),
        counts: Counts::default(),
        request: RequestBuffer::new(),
    })?;
    let mut counts = Counts::default();
    let mut holds = Vec::new();
    for member in members {
        counts.add(&member.counts);
        holds.extend(member.holds);
    }
    let holds_checked = holds.len() as u64;
    let (n_violations, violations_listed) = violations(holds);
    Ok(CinemaResult {
        crowd: result,
        locks_won: counts.locks_won,
        seats_locked: counts.seats_locked,
        conflicts: counts.conflicts,
        refused: counts.refused,
        unknown: counts.unknown,
        empty_maps: counts.empty_maps,
        failed_maps: counts.failed_maps,
        releases: counts.releases,
        wrong_grants: counts.wrong_grants,
        holds_checked,
        holds_unchecked: counts.holds_unchecked,
        violations: n_violations,
        violations_listed,
    })
}

#[derive(Debug, Default)]
struct Counts {
    locks_won: u64,
    seats_locked: u64,
    conflicts: u64,
    refused: u64,
    unknown: u64,
    empty_maps: u64,
    failed_maps: u64,
    releases: u64,
    wrong_grants: u64,
    holds_unchecked: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.locks_won += other.locks_won;
        self.seats_locked += other.seats_locked;
        self.conflicts += other.conflicts;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.empty_maps += other.empty_maps;
        self.failed_maps += other.failed_maps;
        self.releases += other.releases;
        self.wrong_grants += other.wrong_grants;
        self.holds_unchecked += other.holds_unchecked;
    }
}

/// One user of the cinema.
struct Moviegoer {
    number: u32,
    cinema: Cinema,
    /// Empty when a new one is due: at the start and after anything of which the end is unknown.
    session_id: String,
    ticket_types: Vec<u64>,
    holds: Vec<Hold>,
    counts: Counts,
    request: RequestBuffer,
}

impl User for Moviegoer {
    async fn iterate(&mut self, session: &mut Session) {
        if self.session_id.is_empty() {
            self.session_id = session.ids.uuid();
        }
        let showtime_idx = session.ids.below(self.cinema.showtimes.len() as u64);
        let showtime_idx = usize::try_from(showtime_idx).unwrap_or(0);
        let Some(&showtime) = self.cinema.showtimes.get(showtime_idx) else {
            // Nothing is on; a pause keeps the loop from spinning.
            tokio::time::sleep(Duration::from_millis(100)).await;
            return;
        };
        if self.ticket_types.is_empty() {
            self.read_ticket_types(session, showtime).await;
        }
        if self.ticket_types.is_empty() {
            self.counts.failed_maps += 1;
            return;
        }
        let Some(free) = self.read_map(session, showtime).await else {
            self.counts.failed_maps += 1;
            return;
        };
        let seats = self.choose(session, free);
        if seats.is_empty() {
            self.counts.empty_maps += 1;
            // Everything is taken: a buyer waits as long as one with seats would think.
            session.think(THINK.0, THINK.1).await;
            tokio::task::yield_now().await;
            return;
        }
        let said = self.lock(session, showtime, &seats).await;
        match said.ending {
            Ending::Granted => {
                let grant = Grant::read(&said, &seats);
                session.think(THINK.0, THINK.1).await;
                self.release(session, showtime, Some(grant)).await;
            }
            Ending::Refused if said.status == 409 => self.counts.conflicts += 1,
            Ending::Refused => self.counts.refused += 1,
            Ending::NotDone => {}
            Ending::Unknown => {
                self.counts.unknown += 1;
                self.release(session, showtime, None).await;
                self.session_id.clear();
            }
        }
    }
}

impl Moviegoer {
    async fn read_ticket_types(&mut self, session: &mut Session, showtime: u64) {
        let path = format!("/ticket-types?showtimeId={showtime}");
        json_request(&mut self.request, session.target(), "GET", &path);
        self.request.end(b"");
        let said = session.send(TICKET_TYPES, &self.request).await;
        let types = serde_json::from_slice::<Value>(&said.body).unwrap_or_default();
        self.ticket_types = types
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one.get("ticketTypeId").and_then(Value::as_u64))
            .collect();
    }

    /// The free seats (or, with hot seats, the first of all seats); none if the map cannot be read.
    async fn read_map(&mut self, session: &mut Session, showtime: u64) -> Option<Vec<u64>> {
        let path = format!("/seat-locks/availability/showtime/{showtime}");
        json_request(&mut self.request, session.target(), "GET", &path);
        self.request.header("X-Session-Id", &self.session_id);
        self.request.end(b"");
        let said = session.send(MAP, &self.request).await;
        if said.ending != Ending::Granted {
            return None;
        }
        let map: Value = serde_json::from_slice(&said.body).ok()?;
        let mut seats = seat_ids(map.get("availableSeats")?);
        if let Some(n_hot) = self.cinema.hot_seats {
            seats.extend(map.get("lockedSeats").map(seat_ids).unwrap_or_default());
            seats.sort_unstable();
            seats.truncate(usize::try_from(n_hot).unwrap_or(usize::MAX));
        }
        Some(seats)
    }

    /// One to three of the seats, at random.
    fn choose(&self, session: &mut Session, mut free: Vec<u64>) -> Vec<u64> {
        let wanted = 1 + session.ids.below(SEATS_PER_LOCK_MAX);
        let mut seats = Vec::new();
        while !free.is_empty() && (seats.len() as u64) < wanted {
            let seat_idx = usize::try_from(session.ids.below(free.len() as u64)).unwrap_or(0);
            seats.push(free.swap_remove(seat_idx));
        }
        seats
    }

    async fn lock(&mut self, session: &mut Session, showtime: u64, seats: &[u64]) -> Said {
        let seats: Vec<Value> = seats
            .iter()
            .map(|&seat| {
                let type_idx = session.ids.below(self.ticket_types.len() as u64);
                let type_idx = usize::try_from(type_idx).unwrap_or(0);
                let ticket_type = self.ticket_types.get(type_idx).copied();
                serde_json::json!({"showtimeSeatId": seat, "ticketTypeId": ticket_type})
            })
            .collect();
        let body = serde_json::json!({"showtimeId": showtime, "seats": seats}).to_string();
        json_request(&mut self.request, session.target(), "POST", "/seat-locks");
        self.request.header("X-Session-Id", &self.session_id);
        self.request.end(body.as_bytes());
        session.send(LOCK, &self.request).await
    }

    /// Releases what the session holds in a showtime. What was granted was held for certain until
    /// the release was sent.
    async fn release(&mut self, session: &mut Session, showtime: u64, grant: Option<Grant>) {
        let path = format!("/seat-locks/showtime/{showtime}");
        json_request(&mut self.request, session.target(), "DELETE", &path);
        self.request.header("X-Session-Id", &self.session_id);
        self.request.end(b"");
        let said = session.send(RELEASE, &self.request).await;
        if let Some(grant) = grant {
            self.keep(session, showtime, grant, said.start);
        }
        if said.ending == Ending::Granted {
            self.counts.releases += 1;
        } else {
            // The old session may still hold its seats; a new one does not run into itself.
            self.session_id.clear();
        }
    }

    fn keep(&mut self, session: &mut Session, showtime: u64, grant: Grant, released: Instant) {
        self.counts.locks_won += 1;
        self.counts.seats_locked += grant.seats.len() as u64;
        if !grant.is_as_asked {
            self.counts.wrong_grants += 1;
            session.note(LOCK, "the lock is not on the seats that were asked for");
        }
        let until = grant
            .expires_first
            .map_or(released, |expiry| expiry.min(released));
        for seat in grant.seats {
            if self.holds.len() >= HOLDS_PER_USER_MAX {
                self.counts.holds_unchecked += 1;
                continue;
            }
            self.holds.push(Hold {
                resource: format!("seat {seat} of showtime {showtime}"),
                session: self.number,
                grant: grant.lock_id.clone(),
                from: grant.received,
                until,
            });
        }
    }
}

/// A lock as the server described it.
struct Grant {
    lock_id: String,
    seats: Vec<u64>,
    is_as_asked: bool,
    received: Instant,
    /// The earliest instant at which it may have expired.
    expires_first: Option<Instant>,
}

impl Grant {
    fn read(said: &Said, asked: &[u64]) -> Grant {
        let lock = serde_json::from_slice::<Value>(&said.body).unwrap_or_default();
        let mut seats = lock.get("lockedSeats").map(seat_ids).unwrap_or_default();
        let mut asked = asked.to_vec();
        seats.sort_unstable();
        asked.sort_unstable();
        // The lock began after its request was sent, so it cannot end before that plus its length.
        let expires_first = lock
            .get("lockDurationMinutes")
            .and_then(Value::as_u64)
            .and_then(|minutes| minutes.checked_mul(60))
            .and_then(|seconds| said.start.checked_add(Duration::from_secs(seconds)));
        let lock_id = match lock.get("lockId") {
            Some(Value::String(id)) => id.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        Grant {
            lock_id,
            is_as_asked: seats == asked,
            seats,
            received: said.end,
            expires_first,
        }
    }
}

/// The ids in a list of seats, which are objects or bare numbers.
fn seat_ids(list: &Value) -> Vec<u64> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|seat| seat.get("showtimeSeatId").unwrap_or(seat).as_u64())
        .collect()
}
