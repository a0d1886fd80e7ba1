//! The shop's three scripts: charge, order, and pay with one key three times in a row.

use serde_json::{Value, json};

use crate::dialects_house::{Ask, Demo, check_sound, count};

const START: i64 = 50_000_000_000;
const PRICE: i64 = 50_000;

fn charge(user: u64) -> Ask {
    Ask::post(
        &format!("/api/users/{user}/balance/charge"),
        r#"{"amount":10000}"#,
    )
}

fn order(user: u64) -> Ask {
    let body = json!({"userId": user, "items": [{"productId": 1, "quantity": 1}]});
    Ask::post("/api/orders", body.to_string())
}

fn pay(order: u64, user: u64, key: &str) -> Ask {
    let body = json!({"userId": user, "amount": 50_000, "idempotencyKey": key});
    Ask::post(&format!("/api/orders/{order}/payment"), body.to_string())
}

fn code(body: &Value) -> &str {
    body["code"].as_str().unwrap()
}

async fn new_order(demo: &Demo, user: u64) -> u64 {
    demo.send(order(user)).await.expect(201)["orderId"]
        .as_u64()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_scripts_see_what_they_check_for() {
    let demo = Demo::open().await;
    let charged = demo.send(charge(1)).await.expect(200);
    assert_eq!(charged["balance"], START + 10_000);
    let placed = demo.send(order(1)).await.expect(201);
    assert_eq!(placed["totalAmount"], PRICE);
    let id = placed["orderId"].as_u64().unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(
            demo.send(pay(id, 1, "0123456789abcdefghijABCDEFGHIJ01"))
                .await,
        );
    }
    let statuses: Vec<u16> = answers.iter().map(|got| got.status).collect();
    assert_eq!(statuses, [200, 409, 409]);
    assert_eq!(
        answers[0].json()["remainingBalance"],
        START + 10_000 - PRICE
    );
    for repeat in &answers[1..] {
        assert_eq!(code(&repeat.json()), "PAY003");
        assert_eq!(repeat.headers["idempotency-replayed"], "true");
    }
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_with_one_identity_loses_no_won() {
    let demo = Demo::open().await;
    let charges = demo.crowd((0..500).map(|_| charge(1))).await;
    check_sound(&charges);
    assert_eq!(count(&charges, 200), 500);
    let orders = demo.crowd((0..300).map(|_| order(1))).await;
    check_sound(&orders);
    assert_eq!(count(&orders, 201), 300);
    let ids: Vec<u64> = orders
        .iter()
        .map(|got| got.json()["orderId"].as_u64().unwrap())
        .collect();
    let payments = ids.iter().flat_map(|id| {
        let key = format!("key-{id}");
        [pay(*id, 1, &key), pay(*id, 1, &key), pay(*id, 1, &key)]
    });
    let payments = demo.crowd(payments).await;
    check_sound(&payments);
    assert_eq!((count(&payments, 200), count(&payments, 409)), (300, 600));
    let last = demo.send(charge(1)).await.expect(200);
    assert_eq!(last["balance"], START + 501 * 10_000 - 300 * PRICE);
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_repeats_what_its_first_use_did() {
    let demo = Demo::open().await;
    let with_key = |body: Value| Ask::post("/api/users/2/balance/charge", body.to_string());
    let first = demo
        .send(with_key(json!({"amount": 5, "idempotencyKey": "c"})))
        .await;
    let again = demo
        .send(with_key(json!({"idempotencyKey": "c", "amount": 5})))
        .await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    let other = demo
        .send(with_key(json!({"amount": 6, "idempotencyKey": "c"})))
        .await;
    assert_eq!(code(&other.expect(400)), "COMMON002");
    let body =
        json!({"userId": 2, "items": [{"productId": 1, "quantity": 2}], "idempotencyKey": "o"});
    let placed = Ask::post("/api/orders", body.to_string());
    let (first, again) = (demo.send(placed.clone()).await, demo.send(placed).await);
    assert_eq!((first.status, &first.text), (201, &again.text));
    // A refused payment keeps its refusal under its key, and another key is another try.
    let missing = demo.send(pay(999_999, 2, "p")).await.expect(404);
    let id = new_order(&demo, 2).await;
    let refused = demo.send(pay(id, 2, "p")).await;
    assert_eq!(
        (refused.status, code(&refused.json())),
        (404, code(&missing))
    );
    demo.send(pay(id, 2, "q")).await.expect(200);
    let paid = demo.send(pay(id, 2, "r")).await.expect(400);
    assert_eq!(code(&paid), "O003");
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_has_its_code() {
    let demo = Demo::open().await;
    let id = new_order(&demo, 3).await;
    let items = |items: Value| {
        Ask::post(
            "/api/orders",
            json!({"userId": 3, "items": items}).to_string(),
        )
    };
    for (ask, status, expected) in [
        (charge(10_001), 404, "U001"),
        (charge(0), 404, "U001"),
        (
            Ask::post("/api/users/x/balance/charge", r#"{"amount":1}"#),
            400,
            "COMMON002",
        ),
        (
            Ask::post("/api/users/3/balance/charge", r#"{"amount":-1}"#),
            400,
            "COMMON002",
        ),
        (
            Ask::post("/api/users/3/balance/charge", ""),
            400,
            "COMMON002",
        ),
        (order(10_001), 404, "U001"),
        (
            items(json!([{"productId": 99, "quantity": 1}])),
            404,
            "P001",
        ),
        (items(json!([])), 400, "COMMON002"),
        (
            items(json!([{"productId": 1, "quantity": 0}])),
            400,
            "COMMON002",
        ),
        (
            items(json!([{"productId": 1, "quantity": 1}, {"productId": 1, "quantity": 1}])),
            400,
            "COMMON002",
        ),
        (pay(id, 4, "a"), 400, "COMMON002"),
        (pay(999_999, 3, "b"), 404, "O002"),
        (
            Ask::post(
                "/api/orders/x/payment",
                r#"{"userId":3,"idempotencyKey":"c"}"#,
            ),
            400,
            "COMMON002",
        ),
        (
            Ask::post(&format!("/api/orders/{id}/payment"), r#"{"userId":3}"#),
            400,
            "COMMON002",
        ),
    ] {
        let refused = demo.send(ask.clone()).await;
        assert_eq!(
            (refused.status, code(&refused.json())),
            (status, expected),
            "{ask:?}"
        );
        assert!(!refused.text.contains("timeout"), "{}", refused.text);
    }
    demo.send(pay(id, 3, "d")).await.expect(200);
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stock_and_balance_run_out_with_the_originals_codes() {
    let demo = Demo::open().await;
    let many = json!({"userId": 5, "items": [{"productId": 2, "quantity": 1_000_000}]}).to_string();
    // A thousand orders of a million units each empty the product.
    let orders = demo
        .crowd((0..1_001).map(|_| Ask::post("/api/orders", many.clone())))
        .await;
    check_sound(&orders);
    assert_eq!((count(&orders, 201), count(&orders, 409)), (1_000, 1));
    let sold_out = orders.iter().find(|got| got.status == 409).unwrap();
    assert_eq!(code(&sold_out.json()), "P002");
    assert!(sold_out.text.contains("재고") && sold_out.text.contains("stock"));
    let ids: Vec<u64> = orders
        .iter()
        .filter(|got| got.status == 201)
        .map(|got| got.json()["orderId"].as_u64().unwrap())
        .collect();
    // The balance pays one of them.
    demo.send(pay(ids[0], 5, "first")).await.expect(200);
    let broke = demo.send(pay(ids[1], 5, "second")).await.expect(409);
    assert_eq!(code(&broke), "PAY001");
    let again = demo.send(pay(ids[1], 5, "second")).await.expect(409);
    assert_eq!(code(&again), "PAY001");
    demo.close();
}
