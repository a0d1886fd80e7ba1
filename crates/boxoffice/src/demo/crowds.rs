//! The crowds of the theatre, the order race, the cinema and the concert: scripts in `crowds/`.

use stampede_metrics::units::{format_bytes, format_count, format_rate};

use super::script::ScriptDone;
use super::table::Act;
use super::{Stage, TAKEN};

/// What the script runs of `cinema.js`' 2 minutes and of `concert.js`' 2 minutes.
const CINEMA_SCALE: &str = "0.05";
const HOT_CINEMA_SCALE: &str = "0.03";
const CONCERT_SCALE: &str = "0.04";
/// Seats that everybody wants; nobody lets them go.
const HOT_SEATS: u64 = 12;

/// `simultaneous-booking.md`: five requests for one seat, for each of the hall's 100 in turn.
pub(super) fn simultaneous(stage: &mut Stage) -> anyhow::Result<Act> {
    stage.free("theatre:1", &TAKEN)?;
    let done = stage.run_script("theatre.js", &[], true)?;
    let mut act = Act::new(
        "simultaneous booking",
        "5 requests at once for each of 100 theatre seats (theatre.js)",
    );
    judge(&mut act, &done);
    act.exactly("winners", 100, done.count("bookings"));
    act.exactly("clear refusals", 400, done.count("rejections"));
    act.exactly("sold twice", 0, done.count("double_bookings"));
    act.exactly("errors, or no answer", 0, done.count("other_answers"));
    met(&mut act, &done);
    act.exactly(
        "seats booked afterwards",
        100,
        stage.totals("theatre:1")?.booked,
    );
    act.latency(
        "slowest answer",
        "63.51ms",
        done.trend_us("http_req_duration", "max"),
    );
    act.latency(
        "slowest winner's answer",
        "51.47ms",
        done.observed.winners_us_max,
    );
    Ok(act)
}

/// `order-race.md`: 100 users at each of 16 seats.
pub(super) fn order_race(stage: &mut Stage) -> anyhow::Result<Act> {
    stage.free("race:1:1", &TAKEN)?;
    let done = stage.run_script("order-race.js", &[], true)?;
    let mut act = Act::new("order race", "100 users × 16 seats (order-race.js)");
    judge(&mut act, &done);
    act.exactly("winners", 16, done.count("booking_success"));
    act.exactly("clear refusals", 1_584, done.count("booking_failed"));
    act.exactly("errors, or no answer", 0, done.count("system_errors"));
    met(&mut act, &done);
    act.exactly("seats held afterwards", 16, stage.totals("race:1:1")?.held);
    let order = "http_req_duration{name:order}";
    act.figure(
        "requests/s",
        "203.7",
        format_rate(done.requests_per_second()),
    );
    act.latency("median", "305ms", done.trend_us(order, "med"));
    act.latency("p95", "980ms", done.trend_us(order, "p(95)"));
    act.latency("slowest", "6.53s", done.trend_us(order, "max"));
    act.latency("winners' average", "3.58s", done.observed.winners_us_avg());
    let received = format_bytes(done.rate("data_received"));
    act.figure("received", "103 KB/s", format!("{received}/s"));
    Ok(act)
}

/// `seat-lock-concurrency.md`, with its pauses shortened to a tenth.
pub(super) fn cinema(stage: &mut Stage) -> anyhow::Result<Act> {
    let settings = [("SCALE", CINEMA_SCALE), ("THINK", "0.1")];
    let done = stage.run_script("cinema.js", &settings, true)?;
    let mut act = Act::new(
        "cinema seat locks",
        "100 users lock 1-3 seats, wait 0.1-0.4 s, release (cinema.js)",
    );
    judge_cinema(&mut act, &done);
    let held = &done.observed;
    act.holds(
        "holds watched",
        "some",
        format_count(held.n_holds),
        held.n_holds > 0,
    );
    act.exactly("seats held by two at once", 0, held.double_holds);
    let (released, _) = done.check("the lock is released");
    act.exactly("locks released", done.count("seat_lock_success"), released);
    act.exactly("seats held afterwards", 0, seats_held(stage)?);
    act.figure(
        "locks granted",
        "1538",
        format_count(done.count("seat_lock_success")),
    );
    act.figure(
        "conflicts",
        "415",
        format_count(done.count("seat_lock_conflict")),
    );
    act.figure(
        "nothing free to attempt",
        "not counted",
        format_count(done.count("empty_maps")),
    );
    lock_latency(&mut act, &done);
    Ok(act)
}

/// The next step that the seed proposes: no pauses, nobody lets go, the same few seats for all.
pub(super) fn hot_cinema(stage: &mut Stage) -> anyhow::Result<Act> {
    for showtime in 1..=3 {
        stage.free(&format!("cinema:{showtime}"), &TAKEN)?;
    }
    let hot_seats = HOT_SEATS.to_string();
    let settings = [
        ("SCALE", HOT_CINEMA_SCALE),
        ("THINK", "0"),
        ("RELEASE", "0"),
        ("HOT_SEATS", hot_seats.as_str()),
    ];
    let done = stage.run_script("cinema.js", &settings, false)?;
    let mut act = Act::new(
        "cinema, real contention",
        "100 users, no pause, all want the same 12 seats (cinema.js)",
    );
    judge_cinema(&mut act, &done);
    act.exactly("seats locked", HOT_SEATS, done.count("seats_locked"));
    act.exactly("seats held afterwards", HOT_SEATS, seats_held(stage)?);
    let (granted, conflicts) = (
        done.count("seat_lock_success"),
        done.count("seat_lock_conflict"),
    );
    act.holds(
        "conflicts",
        "more than grants",
        format_count(conflicts),
        conflicts > granted,
    );
    act.figure("locks granted", "—", format_count(granted));
    act.figure("requests/s", "—", format_rate(done.requests_per_second()));
    lock_latency(&mut act, &done);
    for showtime in 1..=3 {
        stage.free(&format!("cinema:{showtime}"), &TAKEN)?;
    }
    Ok(act)
}

/// `concert-reservation-plan.md`: people browse, reserve any of 1,000 seats, and pay.
pub(super) fn concert(stage: &mut Stage) -> anyhow::Result<Act> {
    // What is paid for stays so; reservations of a run before must not expire in this one.
    stage.free("concert:1", &["held"])?;
    let before = stage.totals("concert:1")?;
    let done = stage.run_script("concert.js", &[("SCALE", CONCERT_SCALE)], false)?;
    let after = stage.totals("concert:1")?;
    let mut act = Act::new(
        "concert",
        "50 browse, 50 reserve seats at random, 5 pay, no pauses (concert.js)",
    );
    judge(&mut act, &done);
    act.exactly(
        "server errors (5xx), or no answer",
        0,
        done.count("system_errors"),
    );
    let reserved = done.count("successful_reservations");
    act.exactly(
        "seats no longer free",
        reserved,
        before.free.saturating_sub(after.free),
    );
    let paid = done.count("successful_payments");
    act.exactly(
        "seats paid for",
        paid,
        after.booked.saturating_sub(before.booked),
    );
    let (_, wrong) = done.check("paid once, refused otherwise");
    act.exactly("paid twice or not as wanted", 0, wrong);
    act.figure("requests/s", "—", format_rate(done.requests_per_second()));
    act.figure(
        "told that the seat is taken",
        "—",
        format_count(done.count("business_failures")),
    );
    let browsing = done.trend_us("http_req_duration{scenario:browsing}", "p(95)");
    act.latency("p95 of browsing", "200ms asked", browsing);
    act.latency(
        "p95",
        "500ms asked",
        done.trend_us("http_req_duration", "p(95)"),
    );
    Ok(act)
}

/// What must be so of every script: it went as planned, and said nothing of anything wrong.
pub(super) fn judge(act: &mut Act, done: &ScriptDone) {
    let mut said = done.problems.clone();
    said.extend(done.lines.iter().cloned());
    let holds = said.is_empty();
    let actual = if holds {
        "all met".to_owned()
    } else {
        said.join("; ")
    };
    act.holds("the script's own thresholds", "all met", actual, holds);
}

fn judge_cinema(act: &mut Act, done: &ScriptDone) {
    judge(act, done);
    let (_, wrong) = done.check("the lock has the seats that were asked for");
    act.exactly("locks on other seats than asked", 0, wrong);
    act.exactly(
        "server errors (5xx), or no answer",
        0,
        done.count("system_errors"),
    );
    let (_, odd) = done.check("the lock is granted or refused");
    act.exactly("neither granted nor refused", 0, odd);
}

/// That a race was one.
fn met(act: &mut Act, done: &ScriptDone) {
    let met = done.observed.together_max;
    act.holds(
        "met in flight on one seat",
        "2 or more",
        met.to_string(),
        met >= 2,
    );
}

fn seats_held(stage: &mut Stage) -> anyhow::Result<u64> {
    let mut held = 0;
    for showtime in 1..=3 {
        held += stage.totals(&format!("cinema:{showtime}"))?.held;
    }
    Ok(held)
}

fn lock_latency(act: &mut Act, done: &ScriptDone) {
    let p95 = done.trend_us("http_req_duration{name:lock_seats}", "p(95)");
    act.latency("lock p95", "43.82ms", p95);
}
