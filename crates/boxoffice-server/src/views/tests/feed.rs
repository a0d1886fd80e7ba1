//! The journal as clients read it.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_api::v1::query::FeedQuery;
use boxoffice_engine::event::{Event, KeyStored, KeysExpired, Source, TermStarted};
use boxoffice_engine::ids::{HoldId, Principal};
use boxoffice_engine::time::Instant;
use boxoffice_writer::feed::WINDOW_ENTRIES_MAX;
use http::HeaderValue;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::http::{Body, Response};
use crate::views::testing::{TestHouse, spec, views_on};
use crate::views::{FEED_STREAMS_MAX, Refusal};

async fn page(house: &TestHouse, query: &str) -> Value {
    let query = FeedQuery::parse(query).unwrap();
    body(
        house
            .views
            .journal_response(&query, None, None)
            .await
            .unwrap(),
    )
}

fn body(response: Response) -> Value {
    let Body::Full(bytes) = response.into_body() else {
        panic!("a page is one buffer")
    };
    serde_json::from_slice(&bytes).unwrap()
}

fn key() -> Event {
    Event::KeyStored(KeyStored {
        scope: [0xab; 16],
        fingerprint: [0xcd; 16],
        principal: Principal(0),
        expires_at: Instant(1),
        reply: vec![1, 2, 3],
    })
}

#[tokio::test]
async fn an_event_has_an_envelope_and_names() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let events = vec![key(), house.hold(1, &[2, 0])];
    house.commit(events);
    let page = page(&house, "from=3").await;
    assert_eq!((&page["next"], &page["position"]), (&json!(4), &json!(3)));
    let [event] = page["events"].as_array().unwrap().as_slice() else {
        panic!("one: {page}")
    };
    let hold = house.views.secret.hold_id(HoldId(1));
    assert_eq!(
        *event,
        json!({
            "specversion": "1.0",
            "id": format!("{}/3/1", "07".repeat(16)),
            "source": "/v1/journal",
            "type": "boxoffice.hold.placed.v1",
            "subject": format!("holds/{hold}"),
            "time": "1970-01-01T00:00:03.000Z",
            "datacontenttype": "application/json",
            "position": 3,
            "index": 1,
            "data": {
                "hold": hold, "show": "opera", "buyer": "buyer:1", "principal": 3,
                "seats": [
                    {"seat": "A3", "tariff": "standard", "price": 100},
                    {"seat": "A1", "tariff": "standard", "price": 100},
                ],
                "amount": 100, "expires_at": "1970-01-01T00:01:39.000Z", "session": false,
            },
        })
    );
}

#[tokio::test]
async fn keys_and_secrets_never_reach_the_feed() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    house.commit(vec![key(), Event::KeysExpired(KeysExpired { count: 1 })]);
    let page = page(&house, "").await;
    let kinds: Vec<_> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["boxoffice.house.opened.v1", "boxoffice.show.put.v1"]
    );
    let text = page.to_string();
    // The print of the house's secret is 16 bytes of 9, the key's digests of ab and cd.
    assert!(
        !text.contains("0909") && !text.contains("abab") && !text.contains("cdcd"),
        "{text}"
    );
    assert_eq!(page["next"], json!(4));
}

#[tokio::test]
async fn pages_join_without_gap_or_overlap_in_and_behind_the_window() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let n_entries = WINDOW_ENTRIES_MAX as u64 + 700;
    for term in 0..n_entries {
        let event = || Event::TermStarted(TermStarted { term });
        house.commit(vec![event(), event(), event()]);
    }
    let mut ids = Vec::new();
    let mut from = 3;
    loop {
        let page = page(&house, &format!("from={from}&limit=100")).await;
        let events = page["events"].as_array().unwrap();
        assert!(events.len() <= 102, "entries stay whole: {}", events.len());
        ids.extend(
            events
                .iter()
                .map(|e| (e["position"].as_u64(), e["index"].as_u64())),
        );
        if events.is_empty() {
            break;
        }
        from = page["next"].as_u64().unwrap();
    }
    let expected = (3..n_entries + 3).flat_map(|at| (0..3).map(move |i| (Some(at), Some(i))));
    assert!(ids.into_iter().eq(expected));
}

#[tokio::test]
async fn a_long_poll_waits_for_an_event_and_no_longer_than_asked() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let empty = page(&house, "from=3&wait_ms=5").await;
    assert_eq!((&empty["events"], &empty["next"]), (&json!([]), &json!(3)));
    let hold = house.hold(1, &[0]);
    // An entry without public events does not end the wait.
    let entries = [house.store(vec![key()]), house.store(vec![hold])];
    let views = Arc::clone(&house.views);
    let waiting = tokio::spawn(async move {
        let query = FeedQuery::parse("from=3&wait_ms=30000").unwrap();
        views.journal_page(&query).await.unwrap()
    });
    for entry in &entries {
        tokio::task::yield_now().await;
        house.views.apply(entry);
    }
    let page = waiting.await.unwrap();
    assert_eq!((page.events.len(), page.next), (1, 5));
}

#[tokio::test]
async fn a_stream_resumes_in_the_middle_of_an_entry() {
    let mut house = TestHouse::with_show(spec(1, 5, 0));
    let events = vec![
        house.hold(1, &[0]),
        house.hold(2, &[1]),
        house.hold(3, &[2]),
    ];
    house.commit(events);
    let read = async |query: &str, last: Option<&'static str>, n: usize| {
        let query = FeedQuery::parse(query).unwrap();
        let accept = HeaderValue::from_static("text/event-stream");
        let last = last.map(HeaderValue::from_static);
        let response = house
            .views
            .journal_response(&query, Some(&accept), last.as_ref())
            .await;
        let mut body = response.unwrap().into_body();
        let mut text = String::new();
        while text.matches("id: ").count() < n {
            let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await;
            let bytes = frame.unwrap().unwrap().unwrap().into_data().unwrap();
            text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        let ids = text
            .lines()
            .filter_map(|line| line.strip_prefix("id: "))
            .map(str::to_owned);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(read("", None, 5).await, ["1-0", "2-0", "3-0", "3-1", "3-2"]);
    assert_eq!(read("from=3", None, 3).await, ["3-0", "3-1", "3-2"]);
    assert_eq!(read("", Some("3-0"), 2).await, ["3-1", "3-2"]);
    assert_eq!(read("", Some("2-0"), 3).await, ["3-0", "3-1", "3-2"]);
}

#[tokio::test]
async fn journal_streams_are_bounded_and_ids_must_be_ours() {
    let house = TestHouse::with_show(spec(1, 5, 0));
    let accept = HeaderValue::from_static("text/event-stream");
    let query = FeedQuery::parse("").unwrap();
    for id in ["7", "x-1", "1-", "1-4294967295"] {
        let id = HeaderValue::from_static(id);
        let refused = house
            .views
            .journal_response(&query, Some(&accept), Some(&id))
            .await;
        assert_eq!(refused.unwrap_err(), Refusal::BadEventId);
    }
    let mut open = Vec::new();
    for _ in 0..FEED_STREAMS_MAX {
        open.push(
            house
                .views
                .journal_response(&query, Some(&accept), None)
                .await
                .unwrap(),
        );
    }
    let refused = house
        .views
        .journal_response(&query, Some(&accept), None)
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        Refusal::TooManyStreams {
            streams_max: FEED_STREAMS_MAX
        }
    );
}

#[tokio::test]
async fn a_damaged_journal_is_said_and_not_skipped() {
    let mut house = TestHouse::with_show(spec(1, 5, 0));
    let book = house.book(1, Source::Direct, &[0]);
    house.commit(vec![book]);
    let (views, feed) = views_on(&house.storage, house.views.position());
    let follower = crate::views::start(Arc::clone(&views)).unwrap();
    views
        .reached(house.views.position(), Duration::from_secs(5))
        .await
        .unwrap();
    feed.close();
    follower.stop().unwrap();
    house.storage.edit(|entries| entries[1].payload[3] ^= 1);
    let query = FeedQuery::parse("from=2").unwrap();
    assert_eq!(
        views.journal_page(&query).await.unwrap_err(),
        Refusal::Unreadable
    );
}
