//! The cinema's client: find the movie, pick seats, lock them, change one's mind, book.

use serde_json::{Value, json};

use crate::dialects_house::{Ask, Demo, check_sound, count};

fn session(ask: Ask, number: u64) -> Ask {
    ask.header(
        "x-session-id",
        &format!("3f2504e0-4f89-11d3-9a0c-{number:012x}"),
    )
}

fn lock(showtime: u64, seats: &[u64]) -> Ask {
    let seats: Vec<Value> = seats
        .iter()
        .map(|seat| json!({"showtimeSeatId": seat, "ticketTypeId": 1}))
        .collect();
    let body = json!({"showtimeId": showtime, "seats": seats});
    Ask::post("/seat-locks", body.to_string())
}

fn release(showtime: u64) -> Ask {
    Ask::delete(&format!("/seat-locks/showtime/{showtime}"))
}

async fn availability(demo: &Demo, showtime: u64) -> Value {
    demo.send(Ask::get(&format!(
        "/seat-locks/availability/showtime/{showtime}"
    )))
    .await
    .expect(200)
}

fn len(list: &Value) -> usize {
    list.as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_of_the_script_finds_its_movie_showtimes_and_seats() {
    let demo = Demo::open().await;
    let movies = demo.send(Ask::get("/movies")).await.expect(200);
    let movie = &movies[0];
    assert_eq!(movie["title"], "K6 Performance Test Movie");
    let path = format!("/showtimes/movie/{}/upcoming", movie["movieId"]);
    let showtimes = demo.send(Ask::get(&path)).await.expect(200);
    let ids: Vec<_> = showtimes
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["showtimeId"])
        .collect();
    assert_eq!(ids, [1, 2, 3]);
    let types = demo
        .send(Ask::get("/ticket-types?showtimeId=1"))
        .await
        .expect(200);
    let codes: Vec<_> = types
        .as_array()
        .unwrap()
        .iter()
        .map(|t| &t["code"])
        .collect();
    assert_eq!(codes, ["adult", "student", "senior"]);
    let free = demo
        .send(Ask::get("/showtime-seats/showtime/1/available"))
        .await
        .expect(200);
    assert_eq!(len(&free), 100);
    assert_eq!(free[0]["showtimeSeatId"], 1_000_001);
    demo.send(Ask::get("/actuator/health")).await.expect(200);
    for path in [
        "/ticket-types?showtimeId=9",
        "/showtime-seats/showtime/9",
        "/seat-locks/availability/showtime/9",
        "/seat-locks/availability/9",
    ] {
        demo.send(Ask::get(path)).await.expect(404);
    }
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_that_locks_and_releases_never_shares_a_seat_and_leaves_all_free() {
    let demo = Demo::open().await;
    for round in 0..3 {
        // Every session wants two neighbours out of twenty seats.
        let asks = (0..100_u64).map(|n| {
            let seat = 1_000_001 + (n + round) % 19;
            session(lock(1, &[seat, seat + 1]), n)
        });
        let answers = demo.crowd(asks).await;
        check_sound(&answers);
        let granted: Vec<Value> = answers
            .iter()
            .filter(|got| got.status == 201)
            .map(|got| got.json())
            .collect();
        assert_eq!(granted.len() + count(&answers, 409), 100);
        let mut seats: Vec<u64> = granted
            .iter()
            .flat_map(|body| body["lockedSeats"].as_array().unwrap())
            .map(|seat| seat["showtimeSeatId"].as_u64().unwrap())
            .collect();
        let n_seats = seats.len();
        assert_eq!(n_seats, granted.len() * 2);
        seats.sort_unstable();
        seats.dedup();
        assert_eq!(seats.len(), n_seats);
        let map = availability(&demo, 1).await;
        assert_eq!(
            (len(&map["lockedSeats"]), len(&map["availableSeats"])),
            (n_seats, 100 - n_seats)
        );
        let releases = demo.crowd((0..100).map(|n| session(release(1), n))).await;
        check_sound(&releases);
        assert_eq!(count(&releases, 200), 100);
        assert_eq!(len(&availability(&demo, 1).await["availableSeats"]), 100);
    }
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_shared_identity_has_one_lock_in_a_showtime() {
    let demo = Demo::open().await;
    let shared = |ask: Ask| ask.header("authorization", "Bearer shared-token");
    let answers = demo
        .crowd((0..50).map(|n| shared(lock(1, &[1_000_001 + n]))))
        .await;
    check_sound(&answers);
    assert_eq!((count(&answers, 201), count(&answers, 409)), (1, 49));
    let granted = answers.iter().find(|got| got.status == 201).unwrap();
    assert_eq!(granted.headers["x-lock-owner-type"], "USER");
    assert_eq!(len(&availability(&demo, 1).await["lockedSeats"]), 1);
    let own = shared(Ask::get("/seat-locks/availability/1"));
    let info = demo.send(own.clone()).await.expect(200)["sessionLockInfo"].clone();
    assert_eq!(info["lockId"], granted.json()["lockId"]);
    // A lock elsewhere that is refused leaves the old one, one that is granted takes its place.
    demo.send(session(lock(2, &[2_000_001]), 9))
        .await
        .expect(201);
    demo.send(shared(lock(2, &[2_000_001]))).await.expect(409);
    assert_eq!(len(&availability(&demo, 1).await["lockedSeats"]), 1);
    demo.send(shared(lock(2, &[2_000_002]))).await.expect(201);
    assert_eq!(len(&availability(&demo, 1).await["lockedSeats"]), 0);
    assert_eq!(len(&availability(&demo, 2).await["lockedSeats"]), 2);
    assert!(
        demo.send(own)
            .await
            .expect(200)
            .get("sessionLockInfo")
            .is_none()
    );
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_becomes_a_booking_once_and_only_for_its_owner() {
    let demo = Demo::open().await;
    let locked = demo
        .send(session(lock(1, &[1_000_001, 1_000_002]), 1))
        .await
        .expect(201);
    assert_eq!(locked["totalPrice"], 24_000);
    let body = json!({"lockId": locked["lockId"], "guestInfo": {"name": "A"}, "snackCombos": []});
    let preview = Ask::post("/bookings/price-preview", body.to_string());
    let confirm = Ask::post("/bookings/confirm", body.to_string());
    let total = demo.send(session(preview.clone(), 1)).await.expect(200);
    assert_eq!(
        total,
        json!({"subtotal": 24_000, "discount": 0, "total": 24_000})
    );
    for ask in [&preview, &confirm] {
        demo.send(session(ask.clone(), 2)).await.expect(410);
        demo.send(ask.clone()).await.expect(401);
    }
    let booked = demo.send(session(confirm.clone(), 1)).await.expect(200);
    assert_eq!(
        (&booked["status"], &booked["finalPrice"]),
        (&json!("PENDING_PAYMENT"), &json!(24_000))
    );
    assert_eq!(len(&booked["seats"]), 2);
    demo.send(session(confirm, 1)).await.expect(410);
    demo.send(session(preview, 1)).await.expect(410);
    // The order keeps the seats; the session may lock others.
    demo.send(session(lock(1, &[1_000_001]), 3))
        .await
        .expect(409);
    demo.send(session(lock(1, &[1_000_003]), 1))
        .await
        .expect(201);
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_is_settled_before_anything_else() {
    let demo = Demo::open().await;
    for ask in [
        Ask::post("/seat-locks", "{"),
        Ask::delete("/seat-locks/showtime/x"),
        Ask::post("/bookings/confirm", ""),
        Ask::post("/bookings/price-preview", "[]"),
    ] {
        demo.send(ask.clone()).await.expect(401);
        demo.send(ask.clone().header("x-session-id", "no-uuid"))
            .await
            .expect(400);
        demo.send(ask.clone().header("authorization", "Bearer "))
            .await
            .expect(400);
        demo.send(session(ask, 1)).await.expect(400);
    }
    let malformed = Ask::get("/seat-locks/availability/1").header("x-session-id", "x");
    demo.send(malformed).await.expect(400);
    demo.send(Ask::get("/movies").header("x-session-id", "x"))
        .await
        .expect(200);
    for (ask, status) in [
        (lock(1, &[2_000_001]), 404),
        (lock(1, &[1_000_101]), 404),
        (lock(9, &[9_000_001]), 404),
        (lock(1, &[1_000_001, 1_000_001]), 400),
        (lock(1, &[]), 400),
        (release(9), 404),
    ] {
        demo.send(session(ask, 1)).await.expect(status);
    }
    demo.close();
}
