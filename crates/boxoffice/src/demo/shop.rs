//! The shop's crowds, scripts in `crowds/`: charge one account, order one product, pay once.
//!
//! Invariants: each balance and stock is read before and after, and must have moved by exactly what
//! the answers said; a request without a clear answer may have done its part or not.

use stampede_metrics::units::{format_count, format_rate, format_share};

use super::Stage;
use super::crowds::judge;
use super::script::ScriptDone;
use super::table::Act;

/// What runs of the profile of five minutes, and of that of 90 s.
const SCALE: &str = "0.02";
const PAY_SCALE: &str = "0.04";
/// Seconds that the number of users stays the same, at this scale.
const PLATEAU_S: f64 = 60.0 * 0.02;
/// What each charge adds, and what each order costs.
const CHARGE: i128 = 10_000;
const PRICE: i128 = 50_000;
/// Every act has an account of its own.
const CHARGED: &str = "1";
const ORDERING: &str = "2";
const PAYING: &str = "3";
const PRODUCT: &str = "1";

/// A stage of `staged-load-guide.md` with the figures that it prints for it.
struct Printed {
    users: &'static str,
    shown: &'static str,
    rate: &'static str,
    p95: &'static str,
    errors: &'static str,
}

const PRINTED: [Printed; 3] = [
    Printed {
        users: "100",
        shown: "100",
        rate: "90",
        p95: "600ms",
        errors: "0%",
    },
    Printed {
        users: "500",
        shown: "500",
        rate: "280",
        p95: "1.5s",
        errors: "10%",
    },
    Printed {
        users: "1000",
        shown: "1,000",
        rate: "350",
        p95: "3s",
        errors: "20%",
    },
];

/// Up to 1,000 users charge one account.
pub(super) fn charge(stage: &mut Stage) -> anyhow::Result<Act> {
    let before = balance(stage, CHARGED)?;
    let settings = [("SCALE", SCALE), ("THINK", "0"), ("USER_ID", CHARGED)];
    let done = stage.run_script("shop-charge.js", &settings, false)?;
    let moved = balance(stage, CHARGED)? - before;
    let mut act = Act::new(
        "shop: one hot account",
        "100, 500, 1,000 users charge it, no pauses (shop-charge.js)",
    );
    judge(&mut act, &done);
    let (charged, unclear) = done.passes_and_fails("success");
    act.exactly("errors, or no answer", 0, unclear);
    let conflicts = done.count("optimistic_lock_conflicts");
    act.exactly("lost to a conflict", 0, conflicts);
    within(
        &mut act,
        "the balance grew by",
        moved,
        charged,
        unclear,
        CHARGE,
    );
    by_stage(&mut act, &done, "charges/s");
    act.figure("charges", "—", format_count(charged));
    Ok(act)
}

/// Up to 1,000 users order one product.
pub(super) fn order(stage: &mut Stage) -> anyhow::Result<Act> {
    let before = sold(stage)?;
    let settings = [
        ("SCALE", SCALE),
        ("THINK", "0"),
        ("USER_ID", ORDERING),
        ("PRODUCT_ID", PRODUCT),
    ];
    let done = stage.run_script("shop-order.js", &settings, false)?;
    let moved = sold(stage)? - before;
    let mut act = Act::new(
        "shop: one hot product",
        "100, 500, 1,000 users order it, no pauses (shop-order.js)",
    );
    judge(&mut act, &done);
    let (ordered, unclear) = done.passes_and_fails("success");
    act.exactly("errors, or no answer", 0, unclear);
    within(&mut act, "pieces sold", moved, ordered, unclear, 1);
    let timeouts = done.count("pessimistic_lock_timeouts");
    by_stage(&mut act, &done, "orders/s");
    act.figure("lock timeouts", "150", format_count(timeouts));
    act.figure("orders", "—", format_count(ordered));
    Ok(act)
}

/// 100 users order and pay three times with one key.
pub(super) fn pay(stage: &mut Stage) -> anyhow::Result<Act> {
    let before = balance(stage, PAYING)?;
    let settings = [("SCALE", PAY_SCALE), ("THINK", "0"), ("USER_ID", PAYING)];
    let done = stage.run_script("shop-pay.js", &settings, false)?;
    let moved = before - balance(stage, PAYING)?;
    let mut act = Act::new(
        "shop: pay once",
        "100 users order and pay three times with one key (shop-pay.js)",
    );
    judge(&mut act, &done);
    let (paid, unclear) = done.passes_and_fails("success");
    act.exactly("paid twice, or errors, or no answer", 0, unclear);
    let prevented = done.count("duplicate_payments_prevented");
    act.exactly("repeated payments refused", 2 * paid, prevented);
    within(&mut act, "the balance fell by", moved, paid, unclear, PRICE);
    act.figure("requests/s", "—", format_rate(done.requests_per_second()));
    act.latency(
        "p95",
        "1s asked",
        done.trend_us("http_req_duration", "p(95)"),
    );
    act.figure("orders paid", "—", format_count(paid));
    Ok(act)
}

/// Something that must have moved by `each` for every clear answer, and may have for the others.
fn within(act: &mut Act, what: &str, moved: i128, clear: u64, unclear: u64, each: i128) {
    let low = i128::from(clear) * each;
    let high = low + i128::from(unclear) * each;
    let expected = if low == high {
        low.to_string()
    } else {
        format!("{low} to {high}")
    };
    let holds = (low..=high).contains(&moved);
    act.holds(what, &expected, moved.to_string(), holds);
}

/// The figures of the guide's stages beside ours.
fn by_stage(act: &mut Act, done: &ScriptDone, rate_name: &str) {
    for printed in &PRINTED {
        let (users, shown) = (printed.users, printed.shown);
        let (failed, fine) = done.passes_and_fails(&format!("errors{{stage:{users}}}"));
        #[expect(clippy::cast_precision_loss, reason = "a count, far below 2^53")]
        let rate = (failed + fine) as f64 / PLATEAU_S;
        let p95 = done.trend_us(&format!("http_req_duration{{stage:{users}}}"), "p(95)");
        let errors = format_share(failed, (failed + fine).max(1));
        act.figure(
            &format!("{shown} users: {rate_name}"),
            printed.rate,
            format_rate(rate),
        );
        act.latency(&format!("{shown} users: p95"), printed.p95, p95);
        act.figure(&format!("{shown} users: errors"), printed.errors, errors);
    }
}

fn balance(stage: &mut Stage, user: &str) -> anyhow::Result<i128> {
    stage.settle()?;
    let account = stage.client.json(&format!("/v1/accounts/shop:{user}"))?;
    Ok(account["balance"].as_i64().unwrap_or_default().into())
}

fn sold(stage: &mut Stage) -> anyhow::Result<i128> {
    stage.settle()?;
    let product = stage.client.json(&format!("/v1/products/shop:{PRODUCT}"))?;
    Ok(product["sold"].as_u64().unwrap_or_default().into())
}
