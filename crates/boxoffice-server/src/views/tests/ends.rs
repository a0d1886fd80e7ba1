//! Streams of views that fail: they say so and end, and keep nobody waiting.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_api::v1::query::FeedQuery;
use http::HeaderValue;
use http_body_util::BodyExt as _;
use serde_json::Value;

use crate::http::Body;
use crate::views::Views;
use crate::views::testing::{TestHouse, spec};

/// Far less than the silence after which a stream shows that it lives.
const PATIENCE: Duration = Duration::from_secs(5);

/// The next chunk; `None` at the end of the stream.
async fn chunk(body: &mut Body) -> Option<String> {
    let frame = tokio::time::timeout(PATIENCE, body.frame()).await;
    let frame = frame.expect("nobody waits for views that have failed")?;
    let bytes = frame.unwrap().into_data().unwrap();
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

/// Reads the stream to its end, which must be an error.
async fn failed(mut body: Body) {
    let mut last = String::new();
    while let Some(text) = chunk(&mut body).await {
        last = text;
    }
    let data = last.strip_prefix("event: error\ndata: ").expect(&last);
    let problem: Value = serde_json::from_str(data.trim_end()).unwrap();
    assert_eq!(problem["code"], "view-behind");
    assert_eq!(problem["retry_after_ms"], 30_000);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("nothing was changed"), "{detail}");
}

async fn seat_stream(views: &Arc<Views>) -> Body {
    let response = views.stream_response("opera", None).await.unwrap();
    response.into_body()
}

async fn journal_stream(views: &Arc<Views>) -> Body {
    let accept = HeaderValue::from_static("text/event-stream");
    let query = FeedQuery {
        from: 1,
        limit: 100,
        wait_ms: 0,
    };
    let response = views.journal_response(&query, Some(&accept), None).await;
    response.unwrap().into_body()
}

/// Reads until the stream has sent everything and waits.
async fn settle(body: &mut Body, last: &str) {
    while !chunk(body).await.expect("it goes on").contains(last) {}
}

fn poison(views: &Arc<Views>) {
    let poisoner = Arc::clone(views);
    let poisoned = std::thread::spawn(move || {
        let _core = poisoner.core.write();
        panic!("an entry was applied in part");
    });
    assert!(poisoned.join().is_err());
}

#[tokio::test]
async fn streams_that_wait_end_with_an_error_when_the_views_fail() {
    let house = TestHouse::with_show(spec(1, 3, 0));
    let mut seats = seat_stream(&house.views).await;
    settle(&mut seats, "event: reset").await;
    let mut journal = journal_stream(&house.views).await;
    settle(&mut journal, "show").await;
    house.views.set_failed();
    failed(seats).await;
    failed(journal).await;
}

#[tokio::test]
async fn streams_of_views_that_hold_half_an_entry_end_with_an_error() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let mut seats = seat_stream(&house.views).await;
    settle(&mut seats, "event: reset").await;
    let mut journal = journal_stream(&house.views).await;
    settle(&mut journal, "show").await;
    // A change wakes the streams, and what they find is broken.
    let hold = house.hold(1, &[0]);
    house.commit(vec![hold]);
    poison(&house.views);
    failed(seats).await;
    house.views.set_failed();
    failed(journal).await;
}

#[tokio::test]
async fn a_journal_stream_of_failed_views_gives_what_they_saw_and_then_the_error() {
    let house = TestHouse::with_show(spec(1, 3, 0));
    house.views.set_failed();
    let mut journal = journal_stream(&house.views).await;
    settle(&mut journal, "show").await;
    failed(journal).await;
    while 0 < house.views.figures().feed_streams {
        tokio::task::yield_now().await;
    }
}
