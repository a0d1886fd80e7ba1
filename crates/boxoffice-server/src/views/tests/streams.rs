//! Seat streams: nothing lost, nothing repeated, nothing kept for the slow.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_engine::event::Source;
use boxoffice_engine::ids::Position;
use bytes::Bytes;
use http::HeaderValue;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::http::Body;
use crate::views::testing::{SHOW, TestHouse, show_put, spec};
use crate::views::{Refusal, STREAMS_MAX};

/// A client that keeps a picture of the map, as a browser would.
struct Client {
    body: Body,
    id: u64,
    statuses: Vec<u8>,
    resets: usize,
    raw: Vec<Bytes>,
}

impl Client {
    async fn connect(house: &TestHouse, last_event_id: Option<u64>) -> Self {
        let id = last_event_id.map(HeaderValue::from);
        let response = house
            .views
            .stream_response("opera", id.as_ref())
            .await
            .unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let body = response.into_body();
        let id = last_event_id.unwrap_or(0);
        Self {
            body,
            id,
            statuses: Vec::new(),
            resets: 0,
            raw: Vec::new(),
        }
    }

    /// Reads up to the next event and returns its data.
    async fn event(&mut self) -> Value {
        loop {
            let frame = tokio::time::timeout(Duration::from_secs(5), self.body.frame()).await;
            let frame = frame
                .expect("an event is due")
                .expect("the stream goes on")
                .unwrap();
            let bytes = frame.into_data().unwrap();
            let text = std::str::from_utf8(&bytes).unwrap().to_owned();
            assert!(text.ends_with("\n\n"), "{text:?}");
            if text.starts_with("id: ") {
                self.raw.push(bytes);
                return self.take(&text);
            }
        }
    }

    fn take(&mut self, text: &str) -> Value {
        let mut lines = text.trim_end().split('\n');
        let mut field = |name: &str| {
            let line = lines.next().unwrap();
            line.strip_prefix(name)
                .unwrap_or_else(|| panic!("{name} in {text:?}"))
                .to_owned()
        };
        let (id, event) = (field("id: ").parse::<u64>().unwrap(), field("event: "));
        let data: Value = serde_json::from_str(&field("data: ")).unwrap();
        assert!(lines.next().is_none(), "one line of data");
        assert_eq!(data["position"], json!(id));
        assert!(
            self.id < id || event == "reset",
            "ids only grow: {} then {id}",
            self.id
        );
        if event == "reset" {
            self.resets += 1;
            self.statuses.clear();
            for row in data["sections"][0]["rows"].as_array().unwrap() {
                self.statuses
                    .extend(row["states"].as_str().unwrap().bytes());
            }
        } else {
            assert_eq!((event.as_str(), &data["since"]), ("seats", &json!(self.id)));
        }
        self.id = id;
        data
    }

    /// Applies what an event says to the picture.
    fn draw(&mut self, house: &TestHouse, data: &Value) {
        let states = house.views.seats(SHOW).unwrap();
        for change in data["changes"].as_array().into_iter().flatten() {
            let seat = states
                .layout()
                .seat(change["seat"].as_str().unwrap())
                .unwrap();
            self.statuses[seat.at()] = change["status"].as_str().unwrap().as_bytes()[0];
        }
    }

    async fn follow_to(&mut self, house: &TestHouse, position: Position) {
        while self.id < position.0 {
            let data = self.event().await;
            self.draw(house, &data);
        }
        assert_eq!(self.id, position.0);
        let states = house.views.seats(SHOW).unwrap();
        let shown = states.layout().rows.iter().flat_map(|row| row.seats.iter());
        let shown: Vec<u8> = shown.map(|seat| states.status(seat).letter()).collect();
        assert_eq!(self.statuses, shown, "the client's picture is the server's");
    }
}

#[tokio::test]
async fn a_stream_starts_with_the_map_and_goes_on_with_changes() {
    let mut house = TestHouse::with_show(spec(2, 5, 0));
    let hold = house.hold(1, &[3]);
    house.commit(vec![hold]);
    let mut client = Client::connect(&house, None).await;
    let start = client.event().await;
    assert_eq!((&start["reset"], &start["held"]), (&json!(true), &json!(1)));
    for seat in [7, 2, 9] {
        let book = house.book(u64::from(seat), Source::Direct, &[seat]);
        let at = house.commit(vec![book]);
        client.follow_to(&house, at).await;
    }
    assert_eq!(client.resets, 1);
}

#[tokio::test]
async fn a_client_that_resumes_gets_what_it_missed_and_nothing_twice() {
    let mut house = TestHouse::with_show(spec(2, 10, 0));
    let mut client = Client::connect(&house, None).await;
    client.event().await;
    let hold = house.hold(1, &[0]);
    let at = house.commit(vec![hold]);
    client.follow_to(&house, at).await;
    let (id, statuses) = (client.id, client.statuses.clone());
    drop(client);
    let mut at = at;
    for seat in 1..15 {
        let hold = house.hold(10, &[seat]);
        at = house.commit(vec![hold]);
    }
    // Another show's entries move the view, not this stream.
    house.commit(vec![show_put(
        boxoffice_engine::ids::ShowIdx(1),
        "play",
        spec(1, 1, 0),
    )]);
    let mut resumed = Client::connect(&house, Some(id)).await;
    resumed.statuses = statuses;
    let missed = resumed.event().await;
    assert_eq!(missed["changes"].as_array().unwrap().len(), 14);
    resumed.draw(&house, &missed);
    resumed.follow_to(&house, at).await;
    assert_eq!(resumed.resets, 0);
    let release = house.release(10, &[5]);
    let at = house.commit(vec![release]);
    resumed.follow_to(&house, at).await;
}

#[tokio::test]
async fn a_resume_beyond_the_window_or_from_elsewhere_starts_afresh() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let first = house.views.position();
    for round in 0..2_000_u64 {
        let event = if round % 2 == 0 {
            house.hold(round, &[1])
        } else {
            house.release(round, &[1])
        };
        house.commit(vec![event]);
    }
    for id in [first.0, 1, 1_000_000] {
        let mut client = Client::connect(&house, Some(id)).await;
        let start = client.event().await;
        assert_eq!(start["reset"], json!(true), "{id}");
        client.follow_to(&house, house.views.position()).await;
    }
}

#[tokio::test]
async fn streams_that_keep_up_share_every_frame() {
    let mut house = TestHouse::with_show(spec(2, 10, 0));
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = Client::connect(&house, None).await;
        client.event().await;
        clients.push(client);
    }
    for seat in 0..4 {
        let hold = house.hold(1, &[seat]);
        let at = house.commit(vec![hold]);
        for client in &mut clients {
            client.follow_to(&house, at).await;
        }
    }
    for client in &clients[1..] {
        let same = client.raw.iter().zip(&clients[0].raw);
        assert!(
            same.clone().all(|(a, b)| a.as_ptr() == b.as_ptr()),
            "one rendering for all"
        );
        assert_eq!(client.raw.len(), clients[0].raw.len());
    }
    assert_eq!(house.views.figures().streams, 5);
}

#[tokio::test]
async fn a_slow_client_skips_to_what_is_true_and_costs_a_few_chunks() {
    let mut house = TestHouse::with_show(spec(2, 10, 0));
    let mut slow = Client::connect(&house, None).await;
    slow.event().await;
    let mut fast = Client::connect(&house, None).await;
    fast.event().await;
    for round in 0..40_u32 {
        let event = match round % 2 {
            0 => house.hold(u64::from(round), &[round % 20]),
            _ => house.book(u64::from(round), Source::Direct, &[round % 20]),
        };
        let at = house.commit(vec![event]);
        if round % 10 == 9 {
            fast.follow_to(&house, at).await;
        }
    }
    let before = slow.raw.len();
    slow.follow_to(&house, house.views.position()).await;
    assert!(
        slow.raw.len() - before <= fast.raw.len(),
        "skips, never queues"
    );
    assert_eq!(slow.resets, 1);
}

#[tokio::test]
async fn a_changed_layout_resets_every_stream() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let mut client = Client::connect(&house, None).await;
    client.event().await;
    let at = house.commit(vec![show_put(SHOW, "opera", spec(2, 3, 0))]);
    client.follow_to(&house, at).await;
    assert_eq!((client.resets, client.statuses.len()), (2, 6));
}

#[tokio::test]
async fn a_stream_of_nothing_or_with_a_made_up_id_is_refused() {
    let house = TestHouse::with_show(spec(1, 3, 0));
    let refused = house.views.stream_response("play", None).await.unwrap_err();
    assert_eq!(refused, Refusal::NotFound("show"));
    for id in ["", "x", "-1", "+3", "99999999999999999999999"] {
        let id = HeaderValue::from_static(id);
        let refused = house
            .views
            .stream_response("opera", Some(&id))
            .await
            .unwrap_err();
        assert_eq!(refused, Refusal::BadEventId);
    }
    assert_eq!(house.views.figures().streams, 0);
}

#[tokio::test]
async fn streams_are_counted_and_a_client_that_left_gives_its_place_back() {
    let house = TestHouse::with_show(spec(1, 3, 0));
    let mut open = Vec::new();
    for _ in 0..STREAMS_MAX {
        open.push(house.views.stream_response("opera", None).await.unwrap());
    }
    let views = Arc::clone(&house.views);
    let refused = views.stream_response("opera", None).await.unwrap_err();
    assert_eq!(
        refused,
        Refusal::TooManyStreams {
            streams_max: STREAMS_MAX
        }
    );
    assert!(refused.problem().retry_after_ms.is_some());
    drop(open);
    while 0 < views.figures().streams {
        tokio::task::yield_now().await;
    }
    assert!(views.stream_response("opera", None).await.is_ok());
}
