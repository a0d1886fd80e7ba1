//! Properties over random commands on a small house with jumps in time: every command keeps every
//! invariant, depends on no hash seed, and leaves a journal whose fold is the state.

use std::fmt::Write as _;

use boxoffice_engine::ids::Position;
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::Reply;
use boxoffice_engine::snapshot::{from_snapshot, to_snapshot};
use boxoffice_engine::time::Instant;

use crate::house::House;
use crate::language::Line;

/// A small generator of our own: the same seed gives the same run on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }
}

const SHOWS: &[&str] = &["s", "t"];
const BUYERS: &[&str] = &["ann", "bob", "cem"];
const PRODUCTS: &[&str] = &["p", "q"];

fn seats(random: &mut Random) -> String {
    let mut text = String::new();
    for n_th in 0..=random.below(3) {
        let comma = if n_th == 0 { "" } else { "," };
        let tariff = random.of(&["", "", "@half"]);
        let row = random.of(&["A", "B", "C"]);
        write!(text, "{comma}{row}{}{tariff}", random.below(5) + 1).unwrap();
    }
    text
}

fn want(random: &mut Random) -> String {
    match random.below(6) {
        0 => format!("places=floor:{}", random.below(4) + 1),
        1 => format!("best={}", random.below(4) + 1),
        2 => format!("best={}:section0@half", random.below(3) + 1),
        _ => format!("seats={}", seats(random)),
    }
}

fn items(random: &mut Random) -> String {
    let product = random.of(PRODUCTS);
    match random.below(3) {
        0 => format!("items=p:{},q:{}", random.below(3) + 1, random.below(3) + 1),
        _ => format!("items={product}:{}", random.below(4) + 1),
    }
}

/// A number of something that there may be: mostly a recent one.
fn recent(random: &mut Random, n: u64) -> u64 {
    n.saturating_sub(random.below(6)) + u64::from(random.one_in(9))
}

fn show(random: &mut Random) -> String {
    let rows = random.of(&["2x5,1x4", "2x5,1x4", "2x5", "2x4,1x4"]);
    let floor = random.of(&["6", "9", "3"]);
    let max = random.of(&["", "max=4", "per-hold=3"]);
    let closed = if random.one_in(9) { "closed" } else { "" };
    let not_for_sale = random.of(&["", "nfs=A1", "nfs=A2,B3"]);
    let name = random.of(SHOWS);
    format!(
        "show {name} rows={rows} areas=floor:{floor}:7 tariffs=full:100,half:50 {max} {closed} \
         {not_for_sale} ttl=5s pay=8s"
    )
}

/// One random command in the language of the tables.
fn command(random: &mut Random, house: &House) -> String {
    let counts = house.state.counts();
    let (name, buyer, product) = (random.of(SHOWS), random.of(BUYERS), random.of(PRODUCTS));
    let hold = recent(random, house.n_holds());
    let (booking, order) = (
        recent(random, counts.bookings),
        recent(random, counts.orders),
    );
    let token = random.of(&["", "", "token=2", "token=none", "buyer=ann", "fence=1"]);
    let session = random.of(&["", "", "session"]);
    let text = match random.below(30) {
        0 => show(random),
        1..=6 => format!("hold {name} {buyer} {} {session}", want(random)),
        7 => format!("read-hold {hold} {token}"),
        8 => format!("extend {hold} {token} ttl={}ms", random.below(9_000) + 100),
        9 => format!("release {hold} {token}"),
        10 => format!("release-session {name} {buyer}"),
        11 => format!("release-seat-hold {name} {buyer} A{}", random.below(5) + 1),
        12 | 13 => format!("book hold={hold} {token}"),
        14 => format!(
            "book {name} {buyer} {} {}",
            want(random),
            random.of(&["", "own"])
        ),
        15 => format!(
            "cancel-booking {booking} {}",
            random.of(&["", "seats=A1", "seats=B2"])
        ),
        16 => format!(
            "free {name} {}{} admin",
            random.of(&["A", "B"]),
            random.below(4) + 1
        ),
        17 => format!("product {product} price={} stock=9", random.below(3) * 5),
        18 => format!("restock {product} {}", random.below(5) + 1),
        19 | 20 => format!("order {buyer} {}", items(random)),
        21 => format!("order {buyer} hold={hold} {token} {}", items(random)),
        22 => format!(
            "order {buyer} show={name} {} ttl={}s",
            want(random),
            random.below(9) + 1
        ),
        23 => format!("cancel-order {order}"),
        24 | 25 => format!("pay {order}"),
        26 => {
            let amount = random.of(&["", "", "amount=7"]);
            format!("pay {order} ref=r{} {amount}", random.below(40))
        }
        27 => {
            let part = random.of(&["", "items=p:1", "items=q:2", "seats=A1", "seats=B1,B2"]);
            format!("refund {order} {part}")
        }
        28 => format!("charge {buyer} {}", random.below(500) + 1),
        _ => format!("{} {buyer}", random.of(&["orders", "bookings", "account"])),
    };
    let key = if random.one_in(3) {
        format!(
            "key=k{} fp={}",
            random.below(60),
            random.of(&["a", "a", "a", "b"])
        )
    } else {
        String::new()
    };
    let who = random.of(&["", "", "", "", "", "as=2", "as=3 admin"]);
    let who = if text.contains(" admin") { "" } else { who };
    format!("{text} {key} {who}")
}

/// Moves time: mostly a little, sometimes exactly to the next deadline or just before it.
fn pass_time(random: &mut Random, house: &mut House) {
    let now = house.now.at.0;
    let next = house.state.next_deadline().map_or(now, |at| at.0);
    let later = match random.below(12) {
        0 => next,
        1 => next.saturating_sub(1),
        2 => now + random.below(4_000_000),
        3 => now + random.below(20_000_000),
        4 if random.one_in(8) => now + 600_000_000,
        _ => now + random.below(300_000),
    };
    house.now.at = Instant(later.max(now));
}

/// Runs one seed and says how many commands were granted.
fn run(seed: u64, n_commands: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut house = House::new();
    let mut n_granted = 0;
    for name in SHOWS {
        let row =
            format!("show {name} rows=2x5,1x4 areas=floor:6:7 tariffs=full:100,half:50 ttl=5s");
        house.ask(&Line::new(&row).command());
    }
    for _ in 0..n_commands {
        pass_time(&mut random, &mut house);
        if random.one_in(12) {
            let max = random.of(&["1", "4096"]).parse().unwrap();
            house.expire(max);
        }
        let row = command(&mut random, &house);
        let answer = house.ask(&Line::new(&row).command());
        n_granted += u64::from(!matches!(answer.reply, Reply::Refused(_)));
        if random.one_in(50) {
            check_snapshot(&house, random.next());
        }
    }
    house.check_same();
    n_granted
}

/// A snapshot comes back as the state, under any seed, and decides on as the state does.
fn check_snapshot(house: &House, seed: u64) {
    let bytes = to_snapshot(&house.state);
    let back = from_snapshot(&bytes, Seed(seed)).expect("a state's own snapshot is sound");
    assert!(
        to_snapshot(&back) == bytes,
        "a snapshot comes back as it was"
    );
    assert_eq!(back.counts(), house.state.counts());
    assert_eq!(back.next_deadline(), house.state.next_deadline());
    assert_eq!(
        (back.time(), back.position()),
        (house.state.time(), house.state.position())
    );
    house.check_decides_alike(&back, Position(house.now.position.0 + 1));
}

#[test]
fn random_commands_keep_every_invariant() {
    let (n_seeds, n_commands) = (40, 400);
    let mut n_granted = 0;
    for seed in 1..=n_seeds {
        let granted = std::panic::catch_unwind(|| run(seed, n_commands));
        n_granted += granted.unwrap_or_else(|_| panic!("seed {seed} of random commands fails"));
    }
    // A generator that is only refused would prove nothing.
    assert!(
        n_granted > n_seeds * n_commands / 3,
        "only {n_granted} commands were granted"
    );
}
