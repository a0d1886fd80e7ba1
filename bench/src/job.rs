//! What the loader's process is asked to do, and what it answers.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// A job of the loader.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Load for a while; answered with a `LoadResult` of stampede.
    Load(LoadJob),
    /// Book seats until all are booked; answered with [`Filled`].
    Fill(FillJob),
    /// Races, each about seats of a show of its own; answered with [`Raced`].
    Race(RaceJob),
    /// The shop crowd; answered with [`Shopped`].
    Shop(ShopJob),
    /// Locks in Redis; answered with [`Locked`].
    RedisLocks(LocksJob),
}

/// Load over HTTP.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LoadJob {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) threads: usize,
    pub(crate) warm_up_ms: u64,
    pub(crate) duration_ms: u64,
    /// Arrivals per second; without, each connection asks again when it was answered.
    pub(crate) per_second: Option<f64>,
    /// Statuses that are as they should be.
    pub(crate) expected: String,
    pub(crate) work: Work,
}

/// What each connection asks for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Work {
    /// A booking of another seat with every request.
    Book(Seats),
    /// The same request again and again.
    Repeat {
        method: String,
        path: String,
        body: String,
    },
    /// An order of one piece of this product.
    Order { product: String },
    /// A hold on one of the connection's own seats, then its release.
    HoldRelease { show: String, n_seats: u64 },
}

/// Seats of several shows of the same size, taken one after the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Seats {
    pub(crate) shows: Vec<String>,
    pub(crate) per_show: u64,
}

/// Every seat of some shows.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FillJob {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) seats: Seats,
    /// Seats of each booking, neighbours.
    pub(crate) seats_per_booking: u64,
    /// Bookings to make.
    pub(crate) bookings: u64,
}

/// What came of a [`FillJob`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Filled {
    /// Bookings that were confirmed.
    pub(crate) booked: u64,
    /// How long it took.
    pub(crate) seconds: f64,
}

/// One race.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RaceJob {
    pub(crate) address: SocketAddr,
    pub(crate) clients: u32,
    pub(crate) seats: u64,
    /// A show for each race.
    pub(crate) shows: Vec<String>,
}

/// What came of a [`RaceJob`], race by race.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Raced {
    pub(crate) requests_per_second: Vec<f64>,
    /// Seats with exactly one winner and everybody else told that they lost.
    pub(crate) one_winner: u64,
    pub(crate) several_winners: u64,
    pub(crate) system_errors: u64,
    pub(crate) unanswered: u64,
}

/// The shop crowd without think time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ShopJob {
    pub(crate) address: SocketAddr,
    pub(crate) users: u32,
    pub(crate) duration_ms: u64,
    /// Another for each crowd: with the same one, users repeat their idempotency keys.
    pub(crate) seed: u64,
}

/// What came of a [`ShopJob`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Shopped {
    pub(crate) requests_per_second: f64,
    pub(crate) orders: u64,
    pub(crate) system_errors: u64,
    pub(crate) unanswered: u64,
    pub(crate) retries: u64,
    pub(crate) payments_wrong: u64,
    pub(crate) problems: Vec<String>,
    /// The slowest of the steps' 99th percentiles.
    pub(crate) us_p99: f64,
}

/// Locks in Redis, as [`Work::HoldRelease`] over HTTP.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LocksJob {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) threads: usize,
    pub(crate) warm_up_ms: u64,
    pub(crate) duration_ms: u64,
    pub(crate) n_seats: u64,
}

/// What came of a [`LocksJob`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Locked {
    /// Locks that were taken and released within the measured time, per second.
    pub(crate) pairs_per_second: f64,
    /// Answers that were not as they should be.
    pub(crate) wrong: u64,
}
