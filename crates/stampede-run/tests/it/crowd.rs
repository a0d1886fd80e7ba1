//! Crowds: a right server is never accused, and what a wrong one does is found and added up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};
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
    /// Every payment is granted.
    GrantsAll,
    /// Every third request is answered 503 first.
    Overloaded,
    /// Every fifth request is done, and the connection closed without an answer.
    LosesAnswers,
    /// Every fifth request is answered 500 and not done.
    Fails,
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
        let crowd = &result.crowd;
        let counted = (crowd.unanswered > 0, crowd.system_errors > 0);
        assert_eq!(counted, (bug == Bug::LosesAnswers, bug == Bug::Fails));
        assert!(!crowd.problems.is_empty(), "{bug:?}");
        assert_eq!(
            result.payments_wrong, 0,
            "{:?}",
            result.payments_wrong_listed
        );
    }
}

#[test]
fn a_crowd_that_makes_no_sense_is_refused() {
    let server = shop_server(Bug::None, Box::leak(Box::default()));
    let wanted = Shop {
        products: vec![1],
        charge_amount: 1,
        quantity: 1,
    };
    let mut bad = crowd(&server, 0, 1);
    assert!(matches!(
        shop(&bad, &wanted),
        Err(CrowdError::Users { users: 0 })
    ));
    bad.users = 1;
    bad.think_factor = f64::NAN;
    assert!(matches!(
        shop(&bad, &wanted),
        Err(CrowdError::ThinkFactor { .. })
    ));
    bad.think_factor = 0.0;
    drop(server);
    assert!(matches!(shop(&bad, &wanted), Err(CrowdError::Open(_))));
}
