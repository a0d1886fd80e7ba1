//! The cinema's lock-wait-release crowd and the shop's charge, order and pay crowd.

use anyhow::bail;
use stampede_metrics::units::{format_count, format_rate, format_share};
use stampede_run::crowd::CrowdResult;
use stampede_run::crowd::cinema::CinemaResult;
use stampede_run::crowd::shop::ShopResult;

use super::Stage;
use super::job::{CinemaJob, Done, Job, ShopJob};
use super::table::Act;

/// Users of the cinema, as in `seat-lock-concurrency.md`.
const CINEMA_USERS: u32 = 100;
/// Products that the shop's users order.
const PRODUCTS: [u64; 2] = [1, 2];
const CHARGE: u64 = 10_000;

/// `seat-lock-concurrency.md`, with its pauses shortened to a tenth.
pub(super) fn cinema(stage: &mut Stage) -> anyhow::Result<Act> {
    let result = run_cinema(stage, 5_000, 0.1, None)?;
    let mut act = Act::new(
        "cinema seat locks",
        "100 users lock 1-3 seats, wait 0.1-0.4 s, release",
    );
    judge_cinema(&mut act, stage, &result)?;
    act.figure("locks granted", "1538", format_count(result.locks_won));
    act.figure("conflicts", "415", format_count(result.conflicts));
    act.figure(
        "nothing free to attempt",
        "not counted",
        format_count(result.empty_maps),
    );
    lock_latency(&mut act, &result);
    Ok(act)
}

/// The next step that the seed proposes: no pauses, the same few seats for everybody.
pub(super) fn hot_cinema(stage: &mut Stage) -> anyhow::Result<Act> {
    let result = run_cinema(stage, 3_000, 0.0, Some(4))?;
    let mut act = Act::new(
        "cinema, real contention",
        "100 users, no pause, 4 seats in each hall",
    );
    judge_cinema(&mut act, stage, &result)?;
    act.holds(
        "conflicts",
        "more than grants",
        format_count(result.conflicts),
        result.conflicts > result.locks_won,
    );
    act.figure("locks granted", "—", format_count(result.locks_won));
    act.figure(
        "requests/s",
        "—",
        format_rate(result.crowd.requests_per_second),
    );
    lock_latency(&mut act, &result);
    Ok(act)
}

fn run_cinema(
    stage: &mut Stage,
    duration_ms: u64,
    think_factor: f64,
    hot_seats: Option<u32>,
) -> anyhow::Result<CinemaResult> {
    let address = stage.address;
    let job = CinemaJob {
        address,
        users: CINEMA_USERS,
        duration_ms,
        think_factor,
        hot_seats,
    };
    match stage.run_apart(&Job::Cinema(job))? {
        Done::Cinema(result) => Ok(*result),
        _ => bail!("the load process answered another question"),
    }
}

fn judge_cinema(act: &mut Act, stage: &mut Stage, result: &CinemaResult) -> anyhow::Result<()> {
    act.exactly("seats held by two at once", 0, result.violations);
    act.exactly("locks on other seats than asked", 0, result.wrong_grants);
    no_errors(act, &result.crowd);
    act.exactly("locks released", result.locks_won, result.releases);
    let mut held = 0;
    for showtime in 1..=3 {
        held += stage.totals(&format!("cinema:{showtime}"))?.held;
    }
    act.exactly("seats held afterwards", 0, held);
    Ok(())
}

fn lock_latency(act: &mut Act, result: &CinemaResult) {
    if let Some(step) = result.crowd.steps.iter().find(|step| step.name == "lock") {
        act.latency("lock p95", "43.82ms", step.latency.us_p95);
    }
}

fn no_errors(act: &mut Act, crowd: &CrowdResult) {
    act.exactly("server errors (5xx) after retries", 0, crowd.system_errors);
    act.exactly("no answer", 0, crowd.unanswered);
    act.figure(
        "503 retried with the same key",
        "—",
        format_count(crowd.retries),
    );
}

/// One stage of `staged-load-guide.md` with what it printed for that many users.
pub(super) struct ShopStage {
    pub(super) users: u32,
    pub(super) seed_rate: &'static str,
    pub(super) seed_p95: &'static str,
    pub(super) seed_errors: &'static str,
}

/// `staged-load-guide.md` at one of its stages, without pauses.
pub(super) fn shop(stage: &mut Stage, load: &ShopStage) -> anyhow::Result<Act> {
    let before = Books::read(stage, load.users)?;
    let result = run_shop(stage, load.users)?;
    let after = Books::read(stage, load.users)?;
    let crowd = format!(
        "{} users charge, order and pay three times with one key",
        load.users
    );
    let mut act = Act::new("shop", &crowd);
    no_errors(&mut act, &result.crowd);
    act.exactly("paid twice or not as wanted", 0, result.payments_wrong);
    judge_books(&mut act, &result, &before, &after);
    act.figure(
        "requests/s",
        load.seed_rate,
        format_rate(result.crowd.requests_per_second),
    );
    let p95 = result
        .crowd
        .steps
        .iter()
        .map(|step| step.latency.us_p95)
        .fold(0.0, f64::max);
    act.latency("p95 of the slowest call", load.seed_p95, p95);
    let errors = result.crowd.system_errors + result.crowd.unanswered;
    let requests: u64 = result
        .crowd
        .steps
        .iter()
        .map(|step| step.latency.count)
        .sum();
    act.figure(
        "errors",
        load.seed_errors,
        format_share(errors, requests.max(1)),
    );
    act.figure("orders paid", "—", format_count(result.total.payments));
    Ok(act)
}

fn run_shop(stage: &mut Stage, users: u32) -> anyhow::Result<ShopResult> {
    let job = ShopJob {
        address: stage.address,
        users,
        duration_ms: 2_500,
        products: PRODUCTS.to_vec(),
        charge_amount: CHARGE,
        seed: stage.run * 10_000 + u64::from(users),
    };
    match stage.run_apart(&Job::Shop(job))? {
        Done::Shop(result) => Ok(*result),
        _ => bail!("the load process answered another question"),
    }
}

/// Balances and sold units, read back from the server.
struct Books {
    balances: Vec<i64>,
    sold: Vec<u64>,
}

impl Books {
    fn read(stage: &mut Stage, users: u32) -> anyhow::Result<Self> {
        let mut balances = Vec::new();
        for user in 1..=users {
            let account = stage.client.json(&format!("/v1/accounts/shop:{user}"))?;
            balances.push(account["balance"].as_i64().unwrap_or_default());
        }
        let mut sold = Vec::new();
        for product in PRODUCTS {
            let product = stage.client.json(&format!("/v1/products/shop:{product}"))?;
            sold.push(product["sold"].as_u64().unwrap_or_default());
        }
        Ok(Self { balances, sold })
    }
}

/// Every balance and stock must be what the acknowledged requests say, within what the unknown
/// ones allow.
fn judge_books(act: &mut Act, result: &ShopResult, before: &Books, after: &Books) {
    let mut wrong = 0_u64;
    for user in &result.users {
        let idx = user.user as usize - 1;
        let moved = i128::from(after.balances[idx]) - i128::from(before.balances[idx]);
        let sure = i128::from(user.books.charged) - i128::from(user.books.paid);
        let low = sure - i128::from(user.books.paid_maybe);
        let high = sure + i128::from(user.books.charged_maybe);
        wrong += u64::from(!(low..=high).contains(&moved));
    }
    act.exactly("balances that do not add up", 0, wrong);
    let mut wrong_stock = 0_u64;
    for (idx, product) in PRODUCTS.iter().enumerate() {
        let sold = i128::from(after.sold[idx]) - i128::from(before.sold[idx]);
        let pieces = result.products.get(product).copied().unwrap_or_default();
        let low = i128::from(pieces.ordered);
        let fits = (low..=low + i128::from(pieces.maybe)).contains(&sold);
        wrong_stock += u64::from(!fits);
    }
    act.exactly("stocks that do not add up", 0, wrong_stock);
}
