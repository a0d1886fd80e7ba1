//! What the dialects share on the way to the writer and back: asking, stamping, rendering.
//!
//! Invariants: a request asks at most one command that changes something; every reply that went
//! through the writer carries its position, index and timing.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_api::{ErrorCode, Problem, Timestamp};
use boxoffice_engine::command::{Action, Caller, Command, Key};
use boxoffice_engine::ids::{Name, Position, Principal, ShowIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::reply::{Refusal, Reply, Rule};
use boxoffice_engine::time::Instant;
use boxoffice_writer::request::Answered;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Serialize, Serializer};

use crate::auth::Role;
use crate::house::House;
use crate::http::{Body, Request, Response};
use crate::metrics::HouseMetrics;
use crate::problem::{self, Asked};
use crate::v1::stamp;
use crate::v1::tally::Tally;
use crate::views::{SeatStates, Views};

const DEADLINE: HeaderName = HeaderName::from_static("boxoffice-deadline");

/// How long a read waits for what was durable when it came; a view is usually there within one
/// millisecond.
const VIEW_WAIT: Duration = Duration::from_secs(2);

/// The bytes that most answers fit in.
const BODY_BYTES_USUAL: usize = 384;
/// The headers that most answers have, those of the HTTP core included.
const HEADERS_USUAL: usize = 10;

/// The house's side of a dialect, for one request.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) house: &'a House,
    pub(super) views: &'a Views,
    pub(super) tally: &'a Tally,
    pub(super) metrics: &'a HouseMetrics,
    pub(super) request: &'a Request,
}

impl<'a> Desk<'a> {
    /// Asks the writer.
    ///
    /// # Errors
    /// The problem of a command that got no reply.
    pub(super) async fn ask(
        &self,
        action: Action,
        key: Option<Key>,
    ) -> Result<Answered, Problem<'static>> {
        let deadline_us = self.deadline_us()?;
        let principal = self.request.principal;
        let caller = Caller {
            principal: Principal(principal.number),
            admin: principal.may(Role::Admin),
        };
        let command = Command {
            caller,
            key,
            action,
        };
        let outcome = self.house.ask(command, deadline_us).await;
        let answered = outcome.map_err(|why| problem::of_unavailable(why, true))?;
        self.metrics.answered(&answered.timing);
        if let Reply::Refused(refusal) = &answered.answer.reply {
            self.count(refusal);
        }
        Ok(answered)
    }

    /// Counts a refusal for the metrics of its show.
    fn count(&self, refusal: &Refusal) {
        let code = match refusal.rule {
            Rule::SeatUnavailable => ErrorCode::SeatUnavailable,
            Rule::SoldOut(_) => ErrorCode::SoldOut,
            Rule::BuyerLimit(_) | Rule::SessionHolds(_) => ErrorCode::LimitReached,
            Rule::ShowClosed => ErrorCode::ShowClosed,
            Rule::NotOnSale(_) => ErrorCode::NotOnSale,
            // The others are about no show, or about no seats that anybody else could want.
            _ => return,
        };
        let layout = refusal.show.and_then(|show| self.house.layouts.show(show));
        if let Some(layout) = layout {
            self.tally.refused(code, refusal, layout.n_seats());
        }
    }

    fn deadline_us(&self) -> Result<Option<u64>, Problem<'static>> {
        let Some(value) = self.request.headers.get(DEADLINE) else {
            return Ok(None);
        };
        let time = value.to_str().ok().and_then(Timestamp::parse);
        match time {
            Some(time) => Ok(Some(time.as_micros())),
            None => Err(problem::malformed(
                "Boxoffice-Deadline must be a moment as RFC 3339 writes it; nothing was changed.",
            )),
        }
    }

    /// The newest layout of the dialect's show with this number.
    pub(super) fn show(&self, prefix: &str, number: u64) -> Option<Arc<Layout>> {
        self.house.layouts.by_id(&format!("{prefix}{number}"))
    }

    /// The seats of a show, not older than anything that was answered before this request came,
    /// unless the views lag for longer than [`VIEW_WAIT`]: clients of these formats read what they
    /// wrote, and cannot name a position. Nothing is shown of views that stand still for good.
    pub(super) async fn seats(&self, show: ShowIdx) -> Option<Arc<SeatStates>> {
        let newest = self.house.feed.newest();
        // A view that lags for longer is shown as it is.
        drop(self.views.reached(newest, VIEW_WAIT).await);
        self.views
            .seats(show)
            .filter(|_seats| !self.views.has_failed())
    }

    /// A header's text; `Some(None)` for one that is there but is no text.
    pub(super) fn header(self, name: &HeaderName) -> Option<Option<&'a str>> {
        let value = self.request.headers.get(name)?;
        Some(value.to_str().ok())
    }
}

/// The problem that a refusal is, in the words of the native API.
pub(super) fn refusal<'a>(refusal: &'a Refusal, layout: Option<&'a Layout>) -> Problem<'a> {
    problem::of_refusal(refusal, layout, &Asked::Other)
}

/// The status of a problem in the dialects: as in the native API, but what is wrong with a request
/// is always 400, as the originals have it.
pub(super) fn status(problem: &Problem<'_>) -> StatusCode {
    match problem.code {
        ErrorCode::Validation | ErrorCode::IdempotencyKeyReused => StatusCode::BAD_REQUEST,
        code => StatusCode::from_u16(code.status()).expect("error codes have statuses of HTTP"),
    }
}

/// The problem of a path that is known but not with this method.
pub(super) fn method_not_allowed() -> Problem<'static> {
    Problem::new(
        ErrorCode::MethodNotAllowed,
        "This path does not take that method; nothing was changed. The header Allow names those \
         that it takes.",
    )
}

/// Puts what a problem says in headers: when to try again.
pub(super) fn with_retry_after(mut response: Response, problem: &Problem<'_>) -> Response {
    if let Some(retry_after_ms) = problem.retry_after_ms {
        let seconds = HeaderValue::from(retry_after_ms.div_ceil(1_000).max(1));
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// Names the methods that a path takes.
pub(super) fn with_allow(mut response: Response, allow: &'static str) -> Response {
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allow));
    response
}

/// A JSON response.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(BODY_BYTES_USUAL);
    serde_json::to_writer(&mut bytes, body).expect("plain structs are written to memory");
    finished(status, "application/json", Bytes::from(bytes))
}

/// A response that is always the same.
pub(super) fn fixed(
    status: StatusCode,
    content_type: &'static str,
    body: &'static str,
) -> Response {
    finished(status, content_type, Bytes::from_static(body.as_bytes()))
}

/// A response of a text.
pub(super) fn text(status: StatusCode, body: String) -> Response {
    finished(status, "text/plain", Bytes::from(body))
}

fn finished(status: StatusCode, content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(Body::Full(body));
    *response.status_mut() = status;
    // Room for everything that is put on a response, so that the map is allocated once.
    response.headers_mut().reserve(HEADERS_USUAL);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Adds where a reply stands in the journal and where its time went.
pub(super) fn stamped(mut response: Response, answered: &Answered) -> Response {
    stamp::stamp(response.headers_mut(), answered);
    response
}

/// Adds the position of the view that a reply was read from.
pub(super) fn at_position(mut response: Response, position: Position) -> Response {
    response
        .headers_mut()
        .insert(stamp::POSITION, HeaderValue::from(position.0));
    response
}

/// A dialect's name for something with a number.
pub(super) fn name(prefix: &str, number: u64) -> Name {
    Name::new(&format!("{prefix}{number}")).expect("a short prefix and digits are a name")
}

/// The number in a dialect's name.
pub(super) fn number_of(name: &Name, prefix: &str) -> Option<u64> {
    super::fields::number(name.as_str().strip_prefix(prefix)?)
}

/// A moment as the dialects write it.
pub(super) fn time(at: Instant) -> Timestamp {
    Timestamp::from_micros(at.0)
}

/// The wall clock, for answers that no journal time belongs to.
pub(super) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = since.map_or(0, |since| {
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    });
    Timestamp::from_micros(micros)
}

/// Digits behind the point of a currency's major unit, by ISO 4217.
fn minor_digits(currency: Currency) -> usize {
    match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// An amount in major units with the currency's decimals, but at least `decimals_min`.
pub(super) fn decimal(amount: Amount, currency: Currency, decimals_min: usize) -> String {
    let digits = minor_digits(currency);
    let sign = if amount.0 < 0 { "-" } else { "" };
    let padded = format!("{:0width$}", amount.0.unsigned_abs(), width = digits + 1);
    let (whole, part) = padded.split_at(padded.len() - digits);
    let decimals = digits.max(decimals_min);
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{part:0<decimals$}")
}

/// An amount as a JSON number in major units: whole where the currency has no minor unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Price(pub(super) Amount, pub(super) Currency);

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if minor_digits(self.1) == 0 {
            return serializer.serialize_i64(self.0.0);
        }
        // A double keeps 15 digits, which is all that a reader of JSON numbers keeps as well.
        let number: f64 = decimal(self.0, self.1, 0)
            .parse()
            .expect("digits and a point");
        serializer.serialize_f64(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    #[test]
    fn amounts_are_shown_in_major_units() {
        for (amount, code, decimals_min, shown) in [
            (35_000, "INR", 2, "350.00"),
            (5, "EUR", 2, "0.05"),
            (-5, "EUR", 0, "-0.05"),
            (350, "KRW", 2, "350.00"),
            (350, "KRW", 0, "350"),
            (1_500, "KWD", 2, "1.500"),
            (0, "EUR", 2, "0.00"),
        ] {
            assert_eq!(decimal(Amount(amount), currency(code), decimals_min), shown);
        }
        let json =
            |amount, code| serde_json::to_string(&Price(Amount(amount), currency(code))).unwrap();
        assert_eq!(json(12_000, "KRW"), "12000");
        assert_eq!(json(1_250, "EUR"), "12.5");
        assert_eq!(json(999_999_999_999_999, "EUR"), "9999999999999.99");
    }

    #[test]
    fn what_is_wrong_with_a_request_is_400() {
        let status_of = |code| status(&Problem::new(code, ""));
        assert_eq!(status_of(ErrorCode::Validation), StatusCode::BAD_REQUEST);
        assert_eq!(
            status_of(ErrorCode::IdempotencyKeyReused),
            StatusCode::BAD_REQUEST
        );
        assert_eq!(
            status_of(ErrorCode::Overloaded),
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
