//! Crowds: a right server is never accused, and what a wrong one does is found and added up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
use stampede_run::crowd::cinema::{Cinema, CinemaResult, cinema};
use stampede_run::crowd::shop::{Shop, ShopResult, shop};
use stampede_run::crowd::{Crowd, CrowdError};

use crate::server::{Reaction, Seen, Server};

fn crowd(server: &Server, users: u32, iterations: u64) -> Crowd {
    Crowd {
        target: server.target(),
        users,
        duration: Duration::from_secs(60),
        iterations_max: Some(iterations),
        timeout: Duration::from_secs(20),
        think_factor: 0.001,
        seed: 1,
    }
}

/// What is wrong with a test server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    /// Every lock and payment is granted.
    GrantsAll,
    /// Every third request is answered 503 first.
    Overloaded,
    /// Every fifth request is done, and the connection closed without an answer.
    LosesAnswers,
    /// Every fifth request is answered 500 and not done.
    Fails,
    /// Every lock is on one seat more.
    GrantsMore,
}

#[derive(Default)]
struct CinemaState {
    asked: u64,
    lock_of: HashMap<u64, String>,
}

fn cinema_server(bug: Bug) -> Server {
    let state: Mutex<CinemaState> = Mutex::default();
    Server::start(move |seen| {
        let mut state = state.lock().unwrap();
        state.asked += 1;
        if bug == Bug::Overloaded && state.asked.is_multiple_of(3) {
            return Reaction::ComeBack(0);
        }
        if bug == Bug::Fails && state.asked.is_multiple_of(5) {
            return Reaction::json(500, r#"{"message":"broken"}"#);
        }
        let reaction = cinema_reply(&mut state, bug, &seen);
        if bug == Bug::LosesAnswers && state.asked.is_multiple_of(5) {
            Reaction::Hang
        } else {
            reaction
        }
    })
}

fn cinema_reply(state: &mut CinemaState, bug: Bug, seen: &Seen) -> Reaction {
    let session = seen
        .headers
        .get("x-session-id")
        .map(|id| id.to_str().unwrap().to_owned());
    match (seen.method.as_str(), seen.path.as_str()) {
        ("GET", "/ticket-types") => Reaction::json(200, r#"[{"ticketTypeId":5}]"#),
        ("GET", _) => {
            let is_free = |seat: &u64| bug == Bug::GrantsAll || !state.lock_of.contains_key(seat);
            let free: Vec<u64> = (1..=10).filter(is_free).collect();
            let locked: Vec<u64> = (1..=10).filter(|seat| !is_free(seat)).collect();
            Reaction::json(
                200,
                json!({"availableSeats": free, "lockedSeats": locked}).to_string(),
            )
        }
        ("DELETE", "/seat-locks/showtime/7") => {
            let session = session.unwrap();
            state.lock_of.retain(|_, holder| *holder != session);
            Reaction::json(200, "{}")
        }
        ("POST", "/seat-locks") => {
            let session = session.unwrap();
            let body: Value = serde_json::from_str(&seen.body).unwrap();
            assert_eq!(
                (&body["showtimeId"], &body["seats"][0]["ticketTypeId"]),
                (&json!(7), &json!(5))
            );
            let mut seats: Vec<u64> = body["seats"]
                .as_array()
                .unwrap()
                .iter()
                .map(|seat| seat["showtimeSeatId"].as_u64().unwrap())
                .collect();
            let is_taken = seats.iter().any(|seat| state.lock_of.contains_key(seat))
                || state.lock_of.values().any(|holder| *holder == session);
            if is_taken && bug != Bug::GrantsAll {
                return Reaction::json(409, r#"{"message":"locked"}"#);
            }
            for &seat in &seats {
                state.lock_of.insert(seat, session.clone());
            }
            if bug == Bug::GrantsMore {
                seats.push(99);
            }
            let locked: Vec<Value> = seats
                .iter()
                .map(|seat| json!({"showtimeSeatId": seat}))
                .collect();
            let lock = json!({"lockId": session, "lockedSeats": locked, "lockDurationMinutes": 10});
            Reaction::json(201, lock.to_string())
        }
        _ => Reaction::json(404, "{}"),
    }
}

fn cinema_crowd(bug: Bug, hot_seats: Option<u32>) -> CinemaResult {
    let server = cinema_server(bug);
    let result = cinema(
        &crowd(&server, 12, 25),
        &Cinema {
            showtimes: vec![7],
            hot_seats,
        },
    )
    .unwrap();
    assert_eq!(result.crowd.iterations, 300);
    let json = serde_json::to_string(&result).unwrap();
    let read: CinemaResult = serde_json::from_str(&json).unwrap();
    assert_eq!(read.locks_won, result.locks_won);
    result
}

#[test]
fn a_right_cinema_has_no_violation_and_everything_adds_up() {
    for hot_seats in [None, Some(3)] {
        let result = cinema_crowd(Bug::None, hot_seats);
        assert_eq!(result.violations, 0, "{:?}", result.violations_listed);
        assert!(result.locks_won > 0 && result.holds_checked >= result.locks_won);
        assert_eq!(result.locks_won, result.releases);
        assert_eq!(
            result.locks_won + result.conflicts + result.empty_maps,
            300,
            "{result:?}"
        );
        assert_eq!(
            (result.refused, result.unknown, result.failed_maps),
            (0, 0, 0)
        );
        assert_eq!((result.wrong_grants, result.holds_unchecked), (0, 0));
        let crowd = &result.crowd;
        assert_eq!(
            (crowd.system_errors, crowd.unanswered, crowd.retries),
            (0, 0, 0)
        );
        let lock = crowd.steps.iter().find(|step| step.name == "lock").unwrap();
        assert_eq!(
            (lock.granted, lock.refused),
            (result.locks_won, result.conflicts)
        );
    }
    assert!(
        cinema_crowd(Bug::None, Some(3)).conflicts > 0,
        "hot seats make conflicts"
    );
}

#[test]
fn a_cinema_that_grants_every_lock_is_found_out() {
    let result = cinema_crowd(Bug::GrantsAll, Some(2));
    assert!(result.violations > 0);
    let sentence = &result.violations_listed[0].sentence;
    assert!(
        sentence.contains("of showtime 7 was held by session"),
        "{sentence}"
    );
}

#[test]
fn a_lock_on_other_seats_than_asked_for_is_found_out() {
    let result = cinema_crowd(Bug::GrantsMore, None);
    assert_eq!(result.wrong_grants, result.locks_won);
    assert!(result.violations > 0, "everybody holds seat 99");
}

#[test]
fn an_overloaded_cinema_is_asked_again_and_accused_of_nothing() {
    let result = cinema_crowd(Bug::Overloaded, None);
    assert!(result.crowd.retries > 100, "{}", result.crowd.retries);
    assert_eq!((result.violations, result.crowd.system_errors), (0, 0));
}

#[test]
fn lost_answers_and_failures_are_counted_and_accuse_nobody() {
    let result = cinema_crowd(Bug::LosesAnswers, None);
    assert_eq!((result.violations, result.crowd.system_errors), (0, 0));
    assert!(result.crowd.unanswered > 20 && result.unknown > 0 && result.failed_maps > 0);
    assert!(!result.crowd.problems.is_empty());
    let result = cinema_crowd(Bug::Fails, None);
    assert_eq!((result.violations, result.crowd.unanswered), (0, 0));
    assert!(result.crowd.system_errors > 20);
    assert!(
        result.crowd.problems[0].contains("500 broken"),
        "{:?}",
        result.crowd.problems
    );
}

#[derive(Debug, Default)]
struct ShopState {
    asked: u64,
    balance_of: BTreeMap<u64, u64>,
    sold_of: BTreeMap<u64, u64>,
    paid_with: BTreeMap<(String, String), u64>,
    done: HashMap<String, Value>,
    orders: u64,
    taken: u64,
    turned_away: Vec<String>,
    let_in: HashSet<String>,
}

fn shop_server(bug: Bug, state: &'static Mutex<ShopState>) -> Server {
    Server::start(move |seen| {
        let mut state = state.lock().unwrap();
        state.asked += 1;
        if bug == Bug::Overloaded && state.asked.is_multiple_of(3) {
            state.turned_away.push(seen.body);
            return Reaction::ComeBack(0);
        }
        if bug == Bug::Fails && state.asked.is_multiple_of(5) {
            return Reaction::json(500, "{}");
        }
        let reaction = shop_reply(&mut state, bug, &seen);
        state.let_in.insert(seen.body.clone());
        if bug == Bug::LosesAnswers && state.asked.is_multiple_of(5) {
            Reaction::Hang
        } else {
            reaction
        }
    })
}

fn shop_reply(state: &mut ShopState, bug: Bug, seen: &Seen) -> Reaction {
    let body: Value = serde_json::from_str(&seen.body).unwrap();
    let key = body["idempotencyKey"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = seen.path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["api", "users", user, "balance", "charge"] => {
            if let Some(answer) = state.done.get(&key) {
                return Reaction::json(200, answer.to_string());
            }
            let amount = body["amount"].as_u64().unwrap();
            *state.balance_of.entry(user.parse().unwrap()).or_default() += amount;
            let answer = json!({"chargedAmount": amount});
            state.done.insert(key, answer.clone());
            Reaction::json(200, answer.to_string())
        }
        ["api", "orders"] => {
            let item = &body["items"][0];
            let (product, quantity) = (
                item["productId"].as_u64().unwrap(),
                item["quantity"].as_u64().unwrap(),
            );
            *state.sold_of.entry(product).or_default() += quantity;
            state.orders += 1;
            let answer = json!({"orderId": state.orders, "totalAmount": quantity * 50});
            Reaction::json(201, answer.to_string())
        }
        ["api", "orders", order, "payment"] => {
            let uses = state
                .paid_with
                .entry(((*order).to_owned(), key))
                .or_default();
            *uses += 1;
            if *uses > 1 && bug != Bug::GrantsAll {
                return Reaction::json(409, r#"{"code":"PAY003"}"#);
            }
            state.taken += 100;
            Reaction::json(200, r#"{"paidAmount":100,"status":"SUCCESS"}"#)
        }
        _ => Reaction::json(404, "{}"),
    }
}

fn shop_crowd(bug: Bug) -> (ShopResult, &'static Mutex<ShopState>) {
    let state: &'static Mutex<ShopState> = Box::leak(Box::default());
    let server = shop_server(bug, state);
    let wanted = Shop {
        products: vec![1, 2, 3],
        charge_amount: 1_000,
        quantity: 2,
    };
    let result = shop(&crowd(&server, 10, 10), &wanted).unwrap();
    let json = serde_json::to_string(&result).unwrap();
    let read: ShopResult = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (read.total, &read.products),
        (result.total, &result.products)
    );
    (result, state)
}

#[test]
fn a_right_shop_agrees_with_the_users_books() {
    for bug in [Bug::None, Bug::Overloaded] {
        let (result, state) = shop_crowd(bug);
        let state = state.lock().unwrap();
        assert_eq!(
            (result.total.charges, result.total.orders),
            (100, 100),
            "{bug:?}"
        );
        assert_eq!((result.payments_as_wanted, result.payments_wrong), (100, 0));
        assert_eq!((result.total.paid, state.taken), (10_000, 10_000));
        assert_eq!(result.total.ordered, 10_000);
        for user in &result.users {
            assert_eq!(state.balance_of[&u64::from(user.user)], user.books.charged);
        }
        for (product, pieces) in &result.products {
            assert_eq!((pieces.ordered, pieces.maybe), (state.sold_of[product], 0));
        }
        assert_eq!(result.crowd.retries, state.turned_away.len() as u64);
        assert_eq!(result.crowd.retries > 0, bug == Bug::Overloaded);
        // Whoever was turned away came back with the same bytes, so with the same key.
        assert!(
            state
                .turned_away
                .iter()
                .all(|body| state.let_in.contains(body))
        );
        assert_eq!(
            (result.crowd.system_errors, result.crowd.unanswered),
            (0, 0)
        );
    }
}

#[test]
fn a_shop_that_takes_money_twice_is_found_out() {
    let (result, state) = shop_crowd(Bug::GrantsAll);
    assert_eq!((result.payments_wrong, result.payments_as_wanted), (100, 0));
    assert!(result.payments_wrong_listed[0].contains("[200, 200, 200]"));
    assert_eq!(result.total.paid, state.lock().unwrap().taken);
}

#[test]
fn what_nobody_knows_bounds_what_the_shop_did() {
    for bug in [Bug::LosesAnswers, Bug::Fails] {
        let (result, state) = shop_crowd(bug);
        let state = state.lock().unwrap();
        let total = &result.total;
        assert!(total.charged_maybe > 0 && total.orders_maybe > 0, "{bug:?}");
        let charged: u64 = state.balance_of.values().sum();
        assert!((total.charged..=total.charged + total.charged_maybe).contains(&charged));
        assert!(
            (total.paid..=total.paid + total.paid_maybe).contains(&state.taken),
            "{bug:?}"
        );
        assert!((total.orders..=total.orders + total.orders_maybe).contains(&state.orders));
        for (product, pieces) in &result.products {
            let sold = state.sold_of.get(product).copied().unwrap_or(0);
            assert!((pieces.ordered..=pieces.ordered + pieces.maybe).contains(&sold));
        }
        assert_eq!(
            result.payments_wrong, 0,
            "{:?}",
            result.payments_wrong_listed
        );
    }
}

#[test]
fn a_crowd_that_makes_no_sense_is_refused() {
    let server = cinema_server(Bug::None);
    let wanted = Cinema {
        showtimes: vec![7],
        hot_seats: None,
    };
    let mut bad = crowd(&server, 0, 1);
    assert!(matches!(
        cinema(&bad, &wanted),
        Err(CrowdError::Users { users: 0 })
    ));
    bad.users = 1;
    bad.think_factor = f64::NAN;
    assert!(matches!(
        cinema(&bad, &wanted),
        Err(CrowdError::ThinkFactor { .. })
    ));
    bad.think_factor = 0.0;
    drop(server);
    assert!(matches!(cinema(&bad, &wanted), Err(CrowdError::Open(_))));
}
