//! What a seed's world is like: the house, its clients, and how often what goes wrong.

use crate::model::HouseRules;
use crate::model::words::{ShowRules, Us};
use crate::rng::Rng;

/// How much goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Faults {
    /// Nothing: concurrency alone.
    None,
    /// Slow commits, lost messages, a crash now and then.
    Light,
    /// Everything, often.
    Heavy,
}

/// Probabilities in a thousand, and times.
#[derive(Debug, Clone)]
pub(super) struct Weather {
    pub(super) message_lost: u32,
    pub(super) message_twice: u32,
    /// Mean time of a message on its way.
    pub(super) message_us: Us,
    /// Mean time of a commit.
    pub(super) commit_us: Us,
    pub(super) commit_slow: u32,
    /// A commit that fails in one of many ways.
    pub(super) commit_fails: u32,
    /// Mean time between crashes of the machine; 0 for none.
    pub(super) crash_every_us: Us,
    /// Mean time between orderly restarts; 0 for none.
    pub(super) restart_every_us: Us,
    /// Mean time between steps of the wall clock; 0 for none.
    pub(super) wall_step_every_us: Us,
    /// Mean time between phases of full storage; 0 for none.
    pub(super) storage_full_every_us: Us,
    /// Whether one crowd of readers overruns the inbox.
    pub(super) flood: bool,
    /// What one reading of the clock costs; 0 is a clock too coarse to tell decisions apart.
    pub(super) tick_us: Us,
}

/// A world.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) rules: HouseRules,
    pub(super) shows: Vec<ShowRules>,
    /// Price and stock of each product.
    pub(super) products: Vec<(i64, u64)>,
    pub(super) n_clients: u32,
    /// Buyers are numbered; buyer 0 is the one identity that a crowd shares.
    pub(super) n_buyers: u32,
    /// Requests that clients begin before the world comes to rest.
    pub(super) ops_max: u64,
    /// Mean time that a client thinks between two requests.
    pub(super) think_us: Us,
    pub(super) weather: Weather,
}

/// Where true time begins, in microseconds since the Unix epoch.
pub(super) const START: Us = 1_700_000_000_000_000;

impl Plan {
    pub(super) fn new(seed: u64, faults: Option<Faults>) -> Self {
        let mut rng = Rng::new(seed, 1);
        let faults = faults.unwrap_or(match seed % 4 {
            0 => Faults::None,
            1 => Faults::Light,
            _ => Faults::Heavy,
        });
        let shows = (0..rng.within(1, 3)).map(|_| show(&mut rng)).collect();
        let n_products = rng.within(1, 3);
        let price = |rng: &mut Rng| i64::from(rng.small(50)) + 1;
        let products = (0..n_products)
            .map(|_| (price(&mut rng), rng.within(0, 30)))
            .collect();
        let n_clients = u32::try_from(rng.within(3, 14)).expect("few");
        Self {
            rules: HouseRules {
                key_effect_ms: rng.within(40, 600) * 1_000,
                key_refusal_ms: rng.within(5, 30) * 1_000,
                order_ttl_ms: rng.within(1, 20) * 1_000,
            },
            shows,
            products,
            n_clients,
            n_buyers: u32::try_from(rng.within(2, 8)).expect("few"),
            ops_max: rng.within(150, 600),
            think_us: rng.within(1, 400) * 1_000,
            weather: weather(&mut rng, seed, faults),
        }
    }
}

fn show(rng: &mut Rng) -> ShowRules {
    let n_rows = rng.within(1, 3);
    let mut next = 0..;
    let rows: Vec<Vec<u32>> = (0..n_rows)
        .map(|_| {
            let n = usize::try_from(rng.within(2, 8)).expect("few");
            next.by_ref().take(n).collect()
        })
        .collect();
    let not_for_sale = rows
        .iter()
        .flatten()
        .copied()
        .filter(|_| rng.chance(60))
        .collect();
    let areas: Vec<u32> = (0..rng.within(0, 2)).map(|_| rng.small(20) + 1).collect();
    let place_price = if areas.is_empty() {
        0
    } else {
        i64::from(rng.small(40)) + 5
    };
    ShowRules {
        rows,
        not_for_sale,
        areas,
        seat_price: i64::from(rng.small(90)) + 10,
        place_price,
        open: true,
        on_sale_at: rng
            .chance(200)
            .then(|| START + rng.within(1, 8) * 1_000_000),
        hold_ttl_ms: rng.within(200, 12_000),
        order_ttl_ms: rng.within(300, 20_000),
        per_buyer_max: rng.chance(300).then(|| rng.small(8) + 3),
        per_claim_max: if rng.chance(300) { 3 } else { 100 },
    }
}

fn weather(rng: &mut Rng, seed: u64, faults: Faults) -> Weather {
    let calm = Weather {
        message_lost: 0,
        message_twice: 0,
        message_us: rng.within(50, 2_000),
        commit_us: rng.within(20, 3_000),
        commit_slow: 5,
        commit_fails: 0,
        crash_every_us: 0,
        restart_every_us: 0,
        wall_step_every_us: 0,
        storage_full_every_us: 0,
        flood: false,
        tick_us: rng.below(3),
    };
    let every = |rng: &mut Rng, low_s: u64, high_s: u64| rng.within(low_s, high_s) * 1_000_000;
    match faults {
        Faults::None => calm,
        Faults::Light => Weather {
            message_lost: 10,
            message_twice: 10,
            commit_slow: 20,
            commit_fails: 1,
            crash_every_us: every(rng, 10, 60),
            restart_every_us: every(rng, 20, 60),
            wall_step_every_us: every(rng, 10, 60),
            ..calm
        },
        Faults::Heavy => Weather {
            message_lost: rng.small(150),
            message_twice: rng.small(150),
            message_us: rng.within(50, 30_000),
            commit_us: rng.within(50, 40_000),
            commit_slow: rng.small(100),
            commit_fails: rng.small(20),
            crash_every_us: every(rng, 1, 15),
            restart_every_us: every(rng, 5, 60),
            wall_step_every_us: every(rng, 2, 30),
            storage_full_every_us: every(rng, 4, 40),
            flood: seed % 64 == 3,
            ..calm
        },
    }
}

/// A time around `mean`: often shorter, now and then much longer.
pub(super) fn about(rng: &mut Rng, mean: Us) -> Us {
    let mut time = rng.below(mean.saturating_mul(2).max(1));
    while rng.chance(100) {
        time += rng.below(mean.saturating_mul(6).max(1));
    }
    time
}
