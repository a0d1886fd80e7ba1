//! Whole maps, changes, and their tags.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_api::v1::query::{SeatsForm, SeatsQuery};
use boxoffice_engine::event::Source;
use boxoffice_engine::ids::{HoldId, Position};
use boxoffice_engine::spec::RowSeats;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::http::{Body, Response};
use crate::views::render::draw;
use crate::views::testing::{SHOW, TestHouse, name, places, show_put, spec};
use crate::views::{Changes, FULL_SEATS_MAX, Refusal};

fn query(text: &str) -> SeatsQuery {
    SeatsQuery::parse(text).unwrap()
}

fn body(response: Response) -> Value {
    let Body::Full(bytes) = response.into_body() else {
        panic!("a map is one buffer")
    };
    serde_json::from_slice(&bytes).unwrap()
}

async fn get(house: &TestHouse, text: &str) -> Value {
    body(
        house
            .views
            .seats_response("opera", &query(text), None)
            .await
            .unwrap(),
    )
}

#[tokio::test]
async fn the_full_form_lists_every_seat_with_its_status() {
    let mut shown = spec(1, 2, 7);
    shown.sections[0].rows[0].not_for_sale = vec![name("A2")];
    let mut house = TestHouse::with_show(shown);
    let hold = house.hold(1, &[0]);
    house.commit(vec![hold]);
    let map = get(&house, "").await;
    let seat = |seat: &str, number: u32, status: &str| {
        json!({"seat": seat, "section": "main", "row": "A", "number": number, "price": 100,
            "status": status})
    };
    assert_eq!(
        map,
        json!({
            "show": "opera", "form": "full", "position": 3,
            "total": 8, "free": 7, "held": 1, "booked": 0, "not_for_sale": 1,
            "seats": [seat("A1", 1, "held"), seat("A2", 2, "not_for_sale")],
            "areas": [{"id": "floor", "price": 50, "total": 7, "free": 7, "held": 0, "booked": 0,
                "not_for_sale": 0}],
        })
    );
}

#[tokio::test]
async fn the_compact_form_has_one_letter_for_each_seat() {
    let mut shown = spec(2, 4, 0);
    shown.sections[0].rows[1].seats = RowSeats::Named(vec![name("x"), name("y")]);
    shown.sections[0].rows[0].not_for_sale = vec![name("A4")];
    let mut house = TestHouse::with_show(shown);
    let events = vec![house.hold(1, &[1]), house.book(1, Source::Direct, &[5])];
    house.commit(events);
    let map = get(&house, "form=compact").await;
    assert_eq!(
        map["sections"],
        json!([{"section": "main", "rows": [
            {"row": "A", "price": 100, "prefix": "A", "states": "fhfx"},
            {"row": "B", "price": 100, "seats": ["x", "y"], "states": "fb"},
        ]}])
    );
    assert_eq!(
        (&map["form"], &map["total"]),
        (&json!("compact"), &json!(5))
    );
}

/// Every patched buffer must be what a fresh drawing of the same states is, byte for byte.
#[tokio::test]
async fn a_patched_map_is_byte_for_byte_a_fresh_one() {
    let mut house = TestHouse::with_show(spec(3, 40, 9));
    let mut held_responses = Vec::new();
    let mut sending = std::collections::HashMap::new();
    for round in 0..60_u32 {
        let seat = round * 7 % 120;
        let event = match round % 3 {
            0 => house.hold(u64::from(round), &[seat]),
            1 => house.book(u64::from(round), Source::Direct, &[seat]),
            _ => house.release(u64::from(round), &[seat]),
        };
        house.commit(vec![event]);
        for form in [SeatsForm::Full, SeatsForm::Compact] {
            let map = house.views.seat_map("opera", form).await.unwrap();
            let states = house.views.seats(SHOW).unwrap();
            assert_eq!(map.bytes, draw(&states, form).bytes);
            assert_eq!(map.position, states.position());
            // Someone is sending the newest one, and some for ever: none may change under them.
            let copy = map.bytes.to_vec();
            match round % 4 {
                0 => held_responses.push((map.bytes, copy)),
                1 | 2 => drop(sending.insert(form == SeatsForm::Full, (map.bytes, copy))),
                _ => {}
            }
            assert!(sending.values().all(|(sent, copy)| sent == copy));
        }
    }
    assert!(held_responses.iter().all(|(sent, copy)| sent == copy));
}

#[tokio::test]
async fn an_unchanged_map_is_served_from_the_same_memory() {
    let mut house = TestHouse::with_show(spec(2, 30, 0));
    house.commit(vec![show_put(
        boxoffice_engine::ids::ShowIdx(1),
        "play",
        spec(1, 2, 0),
    )]);
    let first = house
        .views
        .seat_map("opera", SeatsForm::Full)
        .await
        .unwrap();
    let again = house
        .views
        .seat_map("opera", SeatsForm::Full)
        .await
        .unwrap();
    assert_eq!(first.bytes.as_ptr(), again.bytes.as_ptr());
    assert_eq!(first.etag, again.etag);
    assert_eq!(house.views.figures().prepared_bytes, first.bytes.len());
}

#[tokio::test]
async fn a_known_tag_answers_304_until_this_show_changes() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let views = Arc::clone(&house.views);
    let ask = async |tag: Option<&HeaderValue>| {
        views
            .seats_response("opera", &query(""), tag)
            .await
            .unwrap()
    };
    let first = ask(None).await;
    let tag = first.headers()["etag"].clone();
    // Another show's change moves the view, not this tag.
    let at = house.commit(vec![show_put(
        boxoffice_engine::ids::ShowIdx(1),
        "play",
        spec(1, 2, 0),
    )]);
    let second = ask(Some(&tag)).await;
    assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(second.headers()["etag"], tag);
    assert_eq!(second.headers()["boxoffice-position"], at.0.to_string());
    let several = HeaderValue::from_str(&format!("\"x\", W/{}", tag.to_str().unwrap())).unwrap();
    assert_eq!(ask(Some(&several)).await.status(), StatusCode::NOT_MODIFIED);
    let hold = house.hold(1, &[0]);
    house.commit(vec![hold]);
    let third = ask(Some(&tag)).await;
    assert_eq!(third.status(), StatusCode::OK);
    assert_ne!(third.headers()["etag"], tag);
    // The two forms are different bytes and have different tags.
    let compact = views.seat_map("opera", SeatsForm::Compact).await.unwrap();
    assert_ne!(compact.etag, third.headers()["etag"]);
}

#[tokio::test]
async fn since_gives_each_changed_seat_once_as_it_is_now() {
    let mut house = TestHouse::with_show(spec(1, 5, 10));
    let start = house.views.position();
    let events = vec![house.hold(1, &[0, 3])];
    let first = house.commit(events);
    let events = vec![
        house.book(1, Source::Hold(HoldId(1)), &[3]),
        house.hold(2, &[4]),
    ];
    let second = house.commit(events);
    let all = get(&house, &format!("since={start}")).await;
    assert_eq!(
        all["changes"],
        json!([
            {"seat": "A1", "status": "held"},
            {"seat": "A4", "status": "booked"},
            {"seat": "A5", "status": "held"},
        ])
    );
    assert_eq!(
        (&all["since"], &all["position"]),
        (&json!(start.0), &json!(second.0))
    );
    let newest = get(&house, &format!("since={first}")).await;
    assert_eq!(newest["changes"].as_array().unwrap().len(), 2);
    let none = get(&house, &format!("since={second}")).await;
    assert_eq!(none["changes"], json!([]));
    let mut event = house.hold(3, &[]);
    let boxoffice_engine::event::Event::HoldPlaced(hold) = &mut event else {
        unreachable!()
    };
    hold.places = places(4);
    house.commit(vec![event]);
    let areas = get(&house, &format!("since={second}")).await;
    assert_eq!(areas["areas"][0]["held"], json!(4));
}

#[tokio::test]
async fn since_an_unknown_position_resets() {
    let mut house = TestHouse::with_show(spec(1, 5, 0));
    // Before the window starts: the show was put at 2.
    let reset = get(&house, "since=1").await;
    assert_eq!(
        (&reset["reset"], &reset["position"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(reset["sections"][0]["rows"][0]["states"], json!("fffff"));
    // Beyond what this house ever had.
    let reset = get(&house, "since=900").await;
    assert_eq!(reset["reset"], json!(true));
    // A changed layout cannot be told as changes.
    house.commit(vec![show_put(SHOW, "opera", spec(1, 6, 0))]);
    assert!(matches!(
        house.views.changes("opera", Position(2)),
        Ok(Changes::Unknown)
    ));
    assert_eq!(get(&house, "since=2").await["total"], json!(6));
}

/// The client's picture, built from changes alone, must always be the server's.
#[tokio::test]
async fn changes_add_up_to_the_map() {
    let mut house = TestHouse::with_show(spec(2, 20, 0));
    let mut known = vec!["free".to_owned(); 40];
    let mut since = house.views.position();
    for round in 0..200_u32 {
        let seat = round * 13 % 40;
        let event = match round % 4 {
            0 => house.hold(u64::from(round), &[seat]),
            1 | 2 => house.book(u64::from(round), Source::Direct, &[seat]),
            _ => house.cancel(u64::from(round), &[seat]),
        };
        house.commit(vec![event]);
        if round % 3 != 0 {
            continue;
        }
        let delta = get(&house, &format!("since={since}")).await;
        for change in delta["changes"].as_array().unwrap() {
            let seat = house
                .views
                .seats(SHOW)
                .unwrap()
                .layout()
                .seat(change["seat"].as_str().unwrap())
                .unwrap();
            known[seat.at()] = change["status"].as_str().unwrap().to_owned();
        }
        since = Position(delta["position"].as_u64().unwrap());
        let map = get(&house, "").await;
        let shown = map["seats"].as_array().unwrap().iter();
        let shown: Vec<_> = shown
            .map(|seat| seat["status"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(known, shown);
    }
}

#[tokio::test]
async fn min_position_waits_for_the_view_and_gives_up_in_time() {
    let mut house = TestHouse::with_show(spec(1, 2, 0));
    let refused = house
        .views
        .seats_response("opera", &query("min_position=9&wait_ms=10"), None)
        .await;
    assert_eq!(
        refused.unwrap_err(),
        Refusal::Behind {
            wanted: 9,
            reached: 2
        }
    );
    let hold = house.hold(1, &[1]);
    let entry = house.store(vec![hold]);
    let views = Arc::clone(&house.views);
    let waiting = tokio::spawn(async move {
        views
            .seats_response("opera", &query("min_position=3"), None)
            .await
            .unwrap()
    });
    tokio::task::yield_now().await;
    house.views.apply(&entry);
    assert_eq!(body(waiting.await.unwrap())["held"], json!(1));
}

#[tokio::test]
async fn a_show_that_the_view_has_not_seen_is_not_found() {
    let house = TestHouse::with_show(spec(1, 2, 0));
    let missing = house.views.seats_response("play", &query(""), None).await;
    assert_eq!(missing.unwrap_err(), Refusal::NotFound("show"));
    let problem = Refusal::NotFound("show").problem();
    assert!(
        problem
            .detail
            .starts_with("There is no such show; nothing was changed")
    );
}

#[tokio::test]
async fn a_show_beyond_the_full_form_is_drawn_compact() {
    let rows = 31;
    let per_row = 2_000;
    let mut house = TestHouse::with_show(spec(rows, per_row, 0));
    let n_seats = u64::from(rows * per_row);
    assert!(FULL_SEATS_MAX < usize::try_from(n_seats).unwrap());
    let map = get(&house, "").await;
    assert_eq!(
        (&map["form"], &map["total"]),
        (&json!("compact"), &json!(n_seats))
    );
    let hold = house.hold(1, &[0, 61_999]);
    let at = house.commit(vec![hold]);
    // A large map may lag a few milliseconds, but never behind min_position.
    let map = get(&house, &format!("min_position={at}")).await;
    assert_eq!(map["held"], json!(2));
    let last = map["sections"][0]["rows"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert!(last["states"].as_str().unwrap().ends_with("fh"));
}

#[tokio::test]
async fn a_reader_waits_for_what_was_durable_when_it_came() {
    let mut house = TestHouse::with_show(spec(1, 2, 0));
    let hold = house.hold(1, &[0]);
    let entry = house.store(vec![hold]);
    let views = Arc::clone(&house.views);
    let applying = tokio::task::spawn_blocking(move || views.apply(&entry));
    house
        .views
        .reached(Position(3), Duration::from_secs(5))
        .await
        .unwrap();
    applying.await.unwrap();
    assert_eq!(get(&house, "").await["held"], json!(1));
}
