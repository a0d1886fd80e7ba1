//! The headers of a reply that went through the writer, and the making of JSON responses.
//!
//! Invariants: every answer of the writer, a refusal included, goes out with its position, its
//! index within the position and where its time went.

use boxoffice_writer::request::{Answered, Timing};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::header_text::HeaderText;
use crate::http::{Body, Response};

/// Three leads of at most 13 bytes, each with 7 digits, a point and 3 digits.
const TIMING_BYTES_MAX: usize = 3 * (13 + 7 + 1 + 3);

/// The journal position that a reply rests on.
pub const POSITION: HeaderName = HeaderName::from_static("boxoffice-position");
/// Orders the replies within one position.
pub const INDEX: HeaderName = HeaderName::from_static("boxoffice-index");
/// Names the request, in problems and logs too.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("boxoffice-request-id");
/// Says that an earlier use of the same key was answered like this.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Where the time went.
pub const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Puts what the writer says about an answer on its response.
pub fn stamp(headers: &mut HeaderMap, answered: &Answered) {
    headers.insert(POSITION, HeaderValue::from(answered.position.0));
    headers.insert(INDEX, HeaderValue::from(answered.index));
    headers.insert(SERVER_TIMING, server_timing(answered.timing));
    if answered.answer.replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
}

/// Says of a response that never went to the writer that it did not wait for it.
pub fn time_if_unstamped(headers: &mut HeaderMap) {
    const NONE: HeaderValue =
        HeaderValue::from_static("queue;dur=0.000, decide;dur=0.000, commit;dur=0.000");
    headers.entry(SERVER_TIMING).or_insert(NONE);
}

/// `queue;dur=0.123, decide;dur=0.004, commit;dur=1.250`, in milliseconds.
fn server_timing(timing: Timing) -> HeaderValue {
    let mut text = HeaderText::<TIMING_BYTES_MAX>::default();
    for (lead, us) in [
        ("queue;dur=", timing.queue_us),
        (", decide;dur=", timing.decide_us),
        (", commit;dur=", timing.commit_us),
    ] {
        text.push(lead.as_bytes());
        text.push_decimal(u64::from(us / 1_000));
        text.push(b".");
        let thousandth = |place: u32| b'0' + u8::try_from(us / place % 10).unwrap_or_default();
        text.push(&[thousandth(100), thousandth(10), thousandth(1)]);
    }
    text.value()
}

/// A response in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = Response::new(Body::from(boxoffice_api::v1::to_json(body)));
    *response.status_mut() = status;
    // Room for everything that is put on a response, so that the map is allocated once.
    response.headers_mut().reserve(10);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamped_response_keeps_its_times_and_every_other_gets_some() {
        let mut headers = HeaderMap::new();
        headers.insert(SERVER_TIMING, HeaderValue::from_static("queue;dur=1.000"));
        time_if_unstamped(&mut headers);
        assert_eq!(headers[SERVER_TIMING], "queue;dur=1.000");
        headers.remove(SERVER_TIMING);
        time_if_unstamped(&mut headers);
        assert!(
            headers[SERVER_TIMING]
                .to_str()
                .unwrap()
                .starts_with("queue;dur=0.000")
        );
    }

    #[test]
    fn server_timing_is_in_milliseconds() {
        let timing = Timing {
            queue_us: 123,
            decide_us: 4,
            commit_us: 61_250,
        };
        let value = server_timing(timing);
        assert_eq!(
            value,
            "queue;dur=0.123, decide;dur=0.004, commit;dur=61.250"
        );
    }
}
