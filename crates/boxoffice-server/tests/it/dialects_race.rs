//! The order race's client: a hundred users want every one of sixteen seats at once, with one
//! token for all of them.

use serde_json::json;

use crate::dialects_house::{Ask, Demo, check_sound, count};

const LOST: &str = "Seat validation failed: one or more seats already locked";

fn order(token: &str, seats: &[&str]) -> Ask {
    let body = json!({
        "event_id": 1,
        "session_id": 1,
        "seat_ids": seats,
        "organization_id": 1,
        "discount_id": null,
    });
    bearer(Ask::post("/api/order/", body.to_string()), token)
}

fn bearer(ask: Ask, token: &str) -> Ask {
    ask.header("authorization", &format!("Bearer {token}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_users_and_sixteen_seats_make_sixteen_winners() {
    let demo = Demo::open().await;
    let seats: Vec<String> = (1..=16).map(|seat| seat.to_string()).collect();
    let asks = (0..100).flat_map(|_| seats.iter().map(|seat| order("shared", &[seat])));
    let answers = demo.crowd(asks).await;
    check_sound(&answers);
    assert_eq!((count(&answers, 201), count(&answers, 400)), (16, 1_584));
    let mut won: Vec<String> = Vec::new();
    for got in &answers {
        if got.status == 400 {
            assert_eq!(got.text, LOST);
            assert_eq!(got.headers["content-type"], "text/plain");
            continue;
        }
        let body = got.json();
        assert_eq!(
            (&body["session_id"], &body["organization_id"]),
            (&json!(1), &json!(1))
        );
        won.extend(
            body["seat_ids"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| s.as_str().unwrap().to_owned()),
        );
    }
    won.sort_unstable_by_key(|seat| seat.parse::<u32>().unwrap());
    assert_eq!(won, seats);
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_seats_are_ordered_all_or_none() {
    let demo = Demo::open().await;
    demo.send(order("a", &["3"])).await.expect(201);
    assert_eq!(demo.send(order("b", &["2", "3"])).await.text, LOST);
    demo.send(order("b", &["2", "4"])).await.expect(201);
    for seats in [&["99"][..], &["2", "2"], &["x y"], &[]] {
        let got = demo.send(order("b", seats)).await;
        assert_eq!(got.status, 400, "{seats:?}");
        assert_ne!(got.text, LOST, "{seats:?}");
    }
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_its_owners_and_a_cancel_frees_its_seats() {
    let demo = Demo::open().await;
    let placed = demo.send(order("alice", &["1", "2"])).await.expect(201);
    let id = placed["order_id"].as_str().unwrap();
    let path = format!("/api/order/{id}");
    let intent_path = format!("{path}/create-payment-intent");
    let read = demo
        .send(bearer(Ask::get(&path), "alice"))
        .await
        .expect(200);
    assert_eq!(read["status"], "pending");
    assert_eq!(read["seat_ids"], json!(["1", "2"]));
    assert_eq!(read["user_id"], placed["user_id"]);
    let intent = demo
        .send(bearer(Ask::post(&intent_path, ""), "alice"))
        .await
        .expect(200);
    assert_eq!(intent["amount"], 100_000);
    let user = placed["user_id"].as_str().unwrap();
    let of_user = format!("/api/order/user/{user}");
    let orders = demo
        .send(bearer(Ask::get(&of_user), "alice"))
        .await
        .expect(200);
    assert_eq!(orders.as_array().unwrap().len(), 1);
    for ask in [
        Ask::get(&path),
        Ask::delete(&path),
        Ask::post(&intent_path, ""),
        Ask::get(&of_user),
        Ask::get("/api/order/o_1.000000"),
        Ask::get("/api/order/1"),
    ] {
        assert_eq!(
            demo.send(bearer(ask.clone(), "mallory")).await.status,
            404,
            "{ask:?}"
        );
        assert_eq!(demo.send(ask.clone()).await.status, 401, "{ask:?}");
    }
    assert_eq!(demo.send(order("bob", &["2"])).await.text, LOST);
    assert_eq!(
        demo.send(bearer(Ask::delete(&path), "alice")).await.status,
        204
    );
    assert_eq!(
        demo.send(bearer(Ask::delete(&path), "alice")).await.status,
        204
    );
    let read = demo
        .send(bearer(Ask::get(&path), "alice"))
        .await
        .expect(200);
    assert_eq!(read["status"], "cancelled");
    demo.send(order("bob", &["2"])).await.expect(201);
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_no_token_gets_one_for_a_name_and_a_password() {
    let demo = Demo::open().await;
    let unauthorized = demo.send(Ask::post("/api/order", "{")).await;
    assert_eq!(unauthorized.status, 401);
    let form = "grant_type=password&client_id=web&username=user1&password=secret";
    let path = "/realms/event/protocol/openid-connect/token";
    let token = demo.send(Ask::post(path, form).form()).await.expect(200);
    assert_eq!(
        (&token["expires_in"], &token["token_type"]),
        (&json!(300), &json!("Bearer"))
    );
    let access_token = token["access_token"].as_str().unwrap();
    assert!(20 <= access_token.len());
    demo.send(order(access_token, &["16"])).await.expect(201);
    demo.send(Ask::post(path, "grant_type=password").form())
        .await
        .expect(400);
    demo.close();
}
