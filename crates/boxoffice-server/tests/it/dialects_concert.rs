//! The concert's client: browsing, reserving and paying, where only 5xx is an error.

use serde_json::json;

use crate::dialects_house::{Ask, Demo, check_sound, count};

fn reserve(seat: u64, user: u64) -> Ask {
    let body = json!({"concertId": 1, "seatNumber": seat, "userId": user});
    Ask::post("/reservations", body.to_string()).header("x-user-id", &user.to_string())
}

fn pay(reservation: u64, user: u64) -> Ask {
    let body = json!({"userId": user, "reservationId": reservation, "amount": 10_000});
    Ask::post("/payments", body.to_string()).header("x-user-id", &user.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_on_few_seats_gets_each_once_and_no_error() {
    let demo = Demo::open().await;
    // Half of the crowd is one and the same user.
    let asks = (0..1_000).map(|n| reserve(n % 50 + 1, if n % 2 == 0 { 1 } else { n % 97 + 2 }));
    let answers = demo.crowd(asks).await;
    check_sound(&answers);
    assert_eq!((count(&answers, 200), count(&answers, 409)), (50, 950));
    let taken = answers.iter().find(|got| got.status == 409).unwrap().json();
    assert_eq!(taken["code"], "SEAT_ALREADY_RESERVED");
    let winners: Vec<(u64, u64)> = answers
        .iter()
        .filter(|got| got.status == 200)
        .map(|got| {
            let body = got.json();
            (
                body["reservationId"].as_u64().unwrap(),
                body["userId"].as_u64().unwrap(),
            )
        })
        .collect();
    // Everyone pays twice at once: money is taken once.
    let asks = winners
        .iter()
        .flat_map(|(id, user)| [pay(*id, *user), pay(*id, *user)]);
    let answers = demo.crowd(asks).await;
    check_sound(&answers);
    assert_eq!((count(&answers, 200), count(&answers, 400)), (50, 50));
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_cannot_be_paid_is_400() {
    let demo = Demo::open().await;
    let reserved = demo.send(reserve(7, 42)).await.expect(200);
    let id = reserved["reservationId"].as_u64().unwrap();
    demo.send(reserve(7, 42)).await.expect(409);
    demo.send(pay(id, 43)).await.expect(400);
    demo.send(pay(id + 1_000, 42)).await.expect(400);
    let other_header = pay(id, 42).header("x-user-id", "43");
    demo.send(other_header).await.expect(400);
    let paid = demo.send(pay(id, 42)).await.expect(200);
    assert_eq!(
        (&paid["amount"], &paid["status"]),
        (&json!(10_000), &json!("PAID"))
    );
    demo.send(pay(id, 42)).await.expect(400);
    let poor = demo.send(reserve(8, 10_001)).await.expect(200);
    demo.send(pay(poor["reservationId"].as_u64().unwrap(), 10_001))
        .await
        .expect(400);
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_seats_and_bad_bodies_are_400() {
    let demo = Demo::open().await;
    demo.send(reserve(1_001, 1)).await.expect(400);
    let without_header = r#"{"concertId":1,"seatNumber":1000,"userId":1}"#;
    demo.send(Ask::post("/reservations", without_header))
        .await
        .expect(200);
    for body in [
        "",
        "{}",
        "[]",
        r#"{"concertId":9,"seatNumber":1,"userId":1}"#,
    ] {
        demo.send(Ask::post("/reservations", body))
            .await
            .expect(400);
        demo.send(Ask::post("/payments", body)).await.expect(400);
    }
    let concerts = demo.send(Ask::get("/concerts")).await.expect(200);
    assert_eq!(concerts[0]["concertId"], 1);
    assert_eq!(concerts[0]["totalSeats"], 1_000);
    assert_eq!(concerts[0]["price"], 10_000);
    demo.close();
}
