//! The theatre's client: five requests for one seat at once, again after a reset.

use serde_json::{Value, json};

use crate::dialects_house::{Ask, Demo, check_sound, count};

const SEAT_10: &str = r#"{"seat_id": 10, "show_id": 1}"#;

fn seat_status(hall: &Value, id: u64) -> &str {
    let seats = hall["seats"].as_array().unwrap();
    let seat = seats.iter().find(|seat| seat["id"] == id).unwrap();
    seat["status"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_five_simultaneous_requests_books_the_seat_and_a_reset_repeats_it() {
    let demo = Demo::open().await;
    for _ in 0..3 {
        let answers = demo
            .crowd((0..5).map(|_| Ask::post("/api/book-seat/", SEAT_10)))
            .await;
        check_sound(&answers);
        assert_eq!((count(&answers, 200), count(&answers, 409)), (1, 4));
        let won = answers.iter().find(|got| got.status == 200).unwrap().json();
        assert_eq!(won["status"], "success");
        assert_eq!(won["message"], "Seat booked successfully");
        assert_eq!(won["seat"], "A10");
        assert!(won["booking_id"].is_u64());
        for lost in answers.iter().filter(|got| got.status == 409) {
            let text = r#"{"status":"error","message":"Seat is already booked by another user"}"#;
            assert_eq!(lost.text, text);
        }
        let hall = demo.send(Ask::get("/api/hall-layout/1/")).await.expect(200);
        assert_eq!(seat_status(&hall, 10), "BOOKED");
        demo.send(Ask::post("/api/cancel-booking/", SEAT_10))
            .await
            .expect(200);
        demo.send(Ask::post("/api/cancel-booking", SEAT_10))
            .await
            .expect(404);
        let hall = demo.send(Ask::get("/api/hall-layout/1")).await.expect(200);
        assert_eq!(seat_status(&hall, 10), "AVAILABLE");
    }
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_its_owner_releases_or_books_over_a_lock() {
    let demo = Demo::open().await;
    let of = |user: u64| json!({"seat_id": 1, "show_id": 1, "user_id": user}).to_string();
    let post = |path: &str, body: &str| demo.send(Ask::post(path, body));
    let locked = post("/api/lock-seat/", &of(1)).await.expect(200);
    assert_eq!(locked["message"], "Seat locked for 5 minutes");
    let hall = demo.send(Ask::get("/api/hall-layout/1/")).await.expect(200);
    assert_eq!(seat_status(&hall, 1), "LOCKED");
    // A second lock of its own is a conflict like anyone's.
    for user in [1, 2] {
        let refused = post("/api/lock-seat/", &of(user)).await.expect(409);
        assert_eq!(refused["message"], "Seat is held by another user");
    }
    post("/api/book-seat/", &of(2)).await.expect(409);
    let nothing = post("/api/release-lock/", &of(2)).await.expect(200);
    assert_eq!(nothing["message"], "No lock found to release");
    let anonymous = r#"{"seat_id":1,"show_id":1}"#;
    let nothing = post("/api/release-lock/", anonymous).await.expect(200);
    assert_eq!(nothing["message"], "No lock found to release");
    // A lock is no booking that a reset could free.
    post("/api/cancel-booking/", anonymous).await.expect(404);
    post("/api/book-seat/", &of(1)).await.expect(200);
    let booked = post("/api/lock-seat/", &of(3)).await.expect(409);
    assert_eq!(booked["message"], "Seat is already booked");
    let body = json!({"seat_id": 2, "show_id": 1}).to_string();
    post("/api/lock-seat/", &body).await.expect(200);
    let released = post("/api/release-lock/", &body).await.expect(200);
    assert_eq!(released["message"], "Seat lock released");
    demo.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_seats_and_bad_bodies_change_nothing() {
    let demo = Demo::open().await;
    for (path, body, status) in [
        ("/api/book-seat/", r#"{"seat_id":101,"show_id":1}"#, 400),
        ("/api/book-seat/", r#"{"seat_id":1,"show_id":99}"#, 400),
        ("/api/book-seat/", r#"{"seat_id":"1","show_id":1}"#, 400),
        ("/api/book-seat/", "", 400),
        ("/api/book-seat/", "{", 400),
        ("/api/lock-seat/", r#"{"seat_id":101,"show_id":1}"#, 404),
        ("/api/lock-seat/", r#"{"seat_id":1,"show_id":99}"#, 404),
        ("/api/lock-seat/", r#"{"seat_id":-1,"show_id":1}"#, 400),
        ("/api/release-lock/", r#"{"seat_id":101,"show_id":1}"#, 400),
        ("/api/release-lock/", "[]", 400),
        ("/api/cancel-booking/", r#"{"seat_id":1,"show_id":99}"#, 404),
        (
            "/api/cancel-booking/",
            r#"{"seat_id":null,"show_id":1}"#,
            400,
        ),
    ] {
        let refused = demo.send(Ask::post(path, body)).await.expect(status);
        assert_eq!(refused["status"], "error", "{path} {body}");
    }
    demo.send(Ask::get("/api/hall-layout/99/"))
        .await
        .expect(404);
    demo.send(Ask::get("/api/hall-layout/x/")).await.expect(404);
    let hall = demo.send(Ask::get("/api/hall-layout/1/")).await.expect(200);
    assert_eq!(hall["price"], "350.00");
    let seats = hall["seats"].as_array().unwrap();
    assert_eq!(seats.len(), 100);
    assert!(seats.iter().all(|seat| seat["status"] == "AVAILABLE"));
    let shows = demo.send(Ask::get("/api/shows/")).await.expect(200);
    assert_eq!(shows.as_array().unwrap().len(), 1);
    demo.close();
}
