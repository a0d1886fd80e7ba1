//! Shows that are put at the same time: each is what its own request says.

use std::sync::Barrier;

use serde_json::json;

use crate::support::TestServer;

/// Whoever puts a new show guesses its number, and all but one of these guess wrong.
#[test]
fn shows_that_are_put_at_once_do_not_take_each_others_seats() {
    const SHOWS: usize = 12;
    let server = TestServer::start();
    let barrier = Barrier::new(SHOWS);
    for price in [100, 200] {
        std::thread::scope(|scope| {
            for n in 1..=SHOWS {
                let (server, barrier) = (&server, &barrier);
                scope.spawn(move || {
                    let rows = [json!({"row": format!("R{n}"), "seats": n})];
                    let section = json!({"id": "s", "price": price, "rows": rows});
                    let show = json!({"name": "N", "currency": "EUR", "sections": [section]});
                    barrier.wait();
                    let path = format!("/v1/shows/n{n}");
                    let put = server.send("PUT", &path, &show.to_string());
                    assert_eq!(put.json()["total"], n, "{put:?}");
                });
            }
        });
        for n in 1..=SHOWS {
            let seats = server
                .send("GET", &format!("/v1/shows/n{n}/seats"), "")
                .ok(200);
            let seats = seats["seats"].as_array().unwrap();
            assert_eq!(seats.len(), n);
            assert_eq!(seats[0]["seat"], format!("R{n}-1"));
            let show = server.send("GET", &format!("/v1/shows/n{n}"), "").ok(200);
            assert_eq!(show["sections"][0]["price"], price);
        }
    }
}
