//! The native API under `/v1`: every call is checked, asked as one command, and rendered.
//!
//! Invariants: checks go from the head (headers, query) over the body (shape, then values) to the
//! engine; a refusal before the engine leaves no trace. Every reply that read or wrote state
//! carries its position.
//! Never: more than one command for one request; a decision of its own.

mod account;
mod booking;
mod buyer;
mod claim;
mod hold;
mod journal;
mod order;
pub(crate) mod product;
mod render;
pub mod route;
mod seat;
pub(crate) mod show;
pub mod stamp;
pub mod tally;

use std::sync::Arc;
use std::time::SystemTime;

use boxoffice_api::v1::decode;
use boxoffice_api::v1::query::ListQuery;
use boxoffice_api::{ErrorCode, Faults, Problem, Timestamp, Validate};
use boxoffice_engine::command::{Action, Caller, Command, Key};
use boxoffice_engine::ids::{Name, Position, Principal, ShowIdx, Text};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::Currency;
use boxoffice_writer::request::{Answered, Unavailable};
use http::HeaderName;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::auth::Role;
use crate::house::House;
use crate::http::{Request, Response};
use crate::idempotency;
use crate::problem::{self, Asked};
use route::{Call, Resource, Verb};

/// The header with the moment after which a request must not be decided.
pub const DEADLINE: HeaderName = HeaderName::from_static("boxoffice-deadline");

/// Bytes of a body that is one request's worth.
pub const BODY_BYTES_MAX: usize = 64 * 1_024;
/// Bytes of a body that describes a whole show.
pub const SHOW_BODY_BYTES_MAX: usize = 64 * 1_024 * 1_024;

/// One request on its way through.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) app: &'a App,
    pub(crate) request: &'a Request,
    pub(crate) call: Call<'a>,
    /// The request's id.
    pub(crate) id: &'a str,
}

/// What the engine is asked, and what its refusal would have to be explained with.
pub(crate) struct Ask {
    action: Action,
    asked: Asked,
}

impl Ask {
    fn plain(action: Action) -> Self {
        Self {
            action,
            asked: Asked::Other,
        }
    }
}

/// Answers a native call.
pub(crate) async fn handle(cx: &Context<'_>) -> Response {
    if let Err(problem) = cx.check_headers() {
        return cx.refuse(problem);
    }
    match (cx.call.resource, cx.call.verb) {
        (Resource::Shows, _) => show::list(cx).await,
        (Resource::Show(show), Verb::Get) => show::read(cx, show).await,
        (Resource::Show(show), _) => show::put(cx, show).await,
        (Resource::Seats(show), _) => show::seats(cx, show).await,
        (Resource::Stream(show), _) => show::stream(cx, show).await,
        (Resource::SeatHistory(show, seat), _) => seat::history(cx, show, seat).await,
        (Resource::OrderHistory(order), _) => order::history(cx, order).await,
        (Resource::Account(buyer), _) => account::read(cx, buyer).await,
        (Resource::Journal, _) => journal::feed(cx).await,
        _ => match ask(cx) {
            Ok(ask) => cx.answer(ask).await,
            Err(problem) => cx.refuse(problem),
        },
    }
}

/// The command of a call that is one command and its reply.
fn ask(cx: &Context<'_>) -> Result<Ask, Problem<'static>> {
    match (cx.call.resource, cx.call.verb) {
        (Resource::Holds(show), _) => hold::place(cx, show),
        (Resource::Hold(id), Verb::Patch) => hold::extend(cx, id),
        (Resource::Hold(id), Verb::Delete) => hold::release(cx, id),
        (Resource::Hold(id), _) => hold::read(cx, id),
        (Resource::Bookings, _) => booking::book(cx),
        (Resource::Booking(id), Verb::Delete) => booking::cancel(cx, id),
        (Resource::Booking(id), _) => booking::read(cx, id),
        (Resource::BuyerBookings(buyer), _) => booking::list(cx, buyer),
        (Resource::BuyerOrders(buyer), _) => order::list(cx, buyer),
        (Resource::SeatRelease(show, seat), _) => seat::release(cx, show, seat),
        (Resource::Product(id), Verb::Put) => product::put(cx, id),
        (Resource::Product(id), _) => product::read(cx, id),
        (Resource::Restock(id), _) => product::restock(cx, id),
        (Resource::Orders, _) => order::place(cx),
        (Resource::Order(id), Verb::Delete) => order::cancel(cx, id),
        (Resource::Order(id), _) => order::read(cx, id),
        (Resource::Payment(id), _) => order::pay(cx, id),
        (Resource::Refund(id), _) => order::refund(cx, id),
        (Resource::Charge(buyer), _) => account::charge(cx, buyer),
        // Whatever else there is was answered by `handle` or by the pages.
        _ => Err(problem::no_such_path()),
    }
}

impl<'a> Context<'a> {
    /// Asks the engine and renders its reply.
    async fn answer(&self, ask: Ask) -> Response {
        let Ask { action, asked } = ask;
        match self.ask(action).await {
            Ok(answered) => render::reply(self, &answered, &asked),
            Err(problem) => self.refuse(problem),
        }
    }

    /// Asks the engine.
    async fn ask(&self, action: Action) -> Result<Answered, Problem<'static>> {
        let key = self.key_maker().map(|make| make());
        self.ask_keyed(action, key).await
    }

    /// As [`Self::ask`], where the key was made before.
    async fn ask_keyed(
        &self,
        action: Action,
        key: Option<Key>,
    ) -> Result<Answered, Problem<'static>> {
        let deadline_us = deadline_us(self.request)?;
        let command = Command {
            caller: self.caller(),
            key,
            action,
        };
        let outcome = self.app.house.ask(command, deadline_us).await;
        if let Ok(answered) = &outcome {
            self.app.metrics.answered(&answered.timing);
        }
        outcome.map_err(|why| problem::of_unavailable(why, self.app.is_ready()))
    }

    fn caller(&self) -> Caller {
        let principal = self.request.principal;
        Caller {
            principal: Principal(principal.number),
            admin: principal.may(Role::Admin),
        }
    }

    /// Refuses headers that cannot be read, before anything else is.
    fn check_headers(&self) -> Result<(), Problem<'static>> {
        let deadline_us = deadline_us(self.request)?;
        if self.call.resource.is_viewed()
            && deadline_us.is_some_and(|at_us| at_us < wall_clock_us())
        {
            // What goes through the writer is judged there, at its decision.
            return Err(problem::of_unavailable(Unavailable::DeadlinePassed, true));
        }
        if self.call.verb == Verb::Get {
            return match self.call.resource {
                Resource::Shows | Resource::Show(_) | Resource::Seats(_) | Resource::Stream(_)
                    if self.app.views.has_failed() =>
                {
                    Err(problem::views_failed())
                }
                _ => Ok(()),
            };
        }
        match idempotency::header(&self.request.headers) {
            Ok(None) if self.app.options.idempotency_key_required => Err(Problem::new(
                ErrorCode::IdempotencyKeyRequired,
                "This server requires an Idempotency-Key on every change; nothing was changed. \
                 Send one that is new for every new request.",
            )),
            Ok(_) => Ok(()),
            Err(error) => Err(problem::malformed(format!(
                "The request was not read, so nothing was changed: {error}."
            ))),
        }
    }

    /// Whether the answer is kept under an idempotency key.
    fn is_keyed(&self) -> bool {
        let headers = &self.request.headers;
        self.call.verb != Verb::Get && headers.contains_key(idempotency::IDEMPOTENCY_KEY)
    }

    /// Makes the engine's idempotency key, which reads the whole body: a large one belongs into
    /// [`aside`]. Reads have no key: they are safe to repeat.
    fn key_maker(&self) -> Option<impl FnOnce() -> Key + Send + 'static> {
        if self.call.verb == Verb::Get {
            return None;
        }
        let headers = &self.request.headers;
        let key = idempotency::header(headers).ok().flatten()?.to_owned();
        let proof = headers.get(hold::HOLD_TOKEN).cloned();
        let (method, uri) = (self.request.method.clone(), self.request.uri.clone());
        let (principal, body) = (self.request.principal.number, self.request.body.clone());
        Some(move || {
            let proof = proof.as_ref().map(http::HeaderValue::as_bytes);
            idempotency::native_key(principal, &key, &method, &uri, &body, proof)
        })
    }

    /// The part of the target after `?`.
    fn query(&self) -> &'a str {
        self.request.uri.query().unwrap_or_default()
    }

    /// Refuses every query parameter.
    fn no_query(&self) -> Result<(), Problem<'static>> {
        match self.request.uri.query() {
            None => Ok(()),
            Some(query) => boxoffice_api::v1::query::none(query).map_err(problem::of_query),
        }
    }

    /// Reads the body, which must be there.
    fn body<T: DeserializeOwned + Validate>(&self) -> Result<T, Problem<'static>> {
        self.check_body()?;
        decode(&self.request.body)
    }

    /// Reads a body that may be left out.
    fn body_or_default<T>(&self) -> Result<T, Problem<'static>>
    where
        T: DeserializeOwned + Validate + Default,
    {
        if self.request.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(T::default());
        }
        self.body()
    }

    /// Refuses a body that is missing or not declared as JSON.
    fn check_body(&self) -> Result<(), Problem<'static>> {
        if self.request.body.iter().all(u8::is_ascii_whitespace) {
            return Err(problem::malformed(
                "The body is missing, so nothing was changed. Send a JSON object.",
            ));
        }
        self.check_content_type()
    }

    /// Refuses a body, on calls that have none: it would be a misunderstanding.
    fn no_body(&self) -> Result<(), Problem<'static>> {
        if self.request.body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        Err(problem::malformed(
            "This call takes no body; nothing was changed. Leave it out.",
        ))
    }

    /// Only JSON is read: a web page cannot send that to us without being asked first (CORS).
    fn check_content_type(&self) -> Result<(), Problem<'static>> {
        let value = self
            .request
            .headers
            .get(CONTENT_TYPE)
            .map(http::HeaderValue::as_bytes);
        if value.is_some_and(is_json) {
            return Ok(());
        }
        Err(Problem::new(
            ErrorCode::UnsupportedMediaType,
            "The body was not read, so nothing was changed. Send JSON, and the header \
             Content-Type: application/json.",
        ))
    }

    /// Renders a problem that rests on nothing but the request.
    pub(crate) fn refuse(&self, problem: Problem<'_>) -> Response {
        problem::to_response(&problem.for_request(self.id))
    }
}

/// One place for work that keeps a core busy for long: what is done aside is done one at a time, so
/// that most of the machine stays with those who buy.
static ASIDE: Semaphore = Semaphore::const_new(1);

/// Does what may take long, because even a short description can be that of a large show: on a
/// thread that may be kept busy, so that other connections of this thread need not wait.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let _place = ASIDE
        .acquire()
        .await
        .expect("this semaphore is never closed");
    let working = tokio::task::spawn_blocking(work).await;
    working.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The moment after which the request must not be decided, in µs of wall-clock time.
///
/// # Errors
/// `malformed` for a header that is no RFC 3339 time.
pub(crate) fn deadline_us(request: &Request) -> Result<Option<u64>, Problem<'static>> {
    let Some(value) = request.headers.get(DEADLINE) else {
        return Ok(None);
    };
    match value.to_str().ok().and_then(Timestamp::parse) {
        Some(deadline) => Ok(Some(deadline.as_micros())),
        None => Err(problem::malformed(
            "The Boxoffice-Deadline is no RFC 3339 time, such as 2026-05-01T20:00:00.000Z; the \
             request was not carried out.",
        )),
    }
}

/// The wall clock, in µs since the Unix epoch; 0 before it.
fn wall_clock_us() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Whether a media type is JSON in UTF-8, parameters apart.
fn is_json(value: &[u8]) -> bool {
    let essence = value
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    let subtype = match essence.split_at_checked(b"application/".len()) {
        Some((kind, subtype)) if kind.eq_ignore_ascii_case(b"application/") => subtype,
        _ => return false,
    };
    let suffix = subtype
        .len()
        .checked_sub(b"+json".len())
        .and_then(|at| subtype.get(at..));
    subtype.eq_ignore_ascii_case(b"json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case(b"+json"))
}

/// Which page of a history is asked for: before a position, and how many lines.
fn history_page(cx: &Context<'_>) -> Result<(Option<Position>, usize), Problem<'static>> {
    let query = ListQuery::parse(cx.query(), "before").map_err(problem::of_query)?;
    let before = query.cursor.as_deref().map(|cursor| {
        cursor.parse().map(Position).map_err(|_not_a_number| {
            let mut faults = Faults::default();
            faults.add_query("before", "must be the next of the page before");
            problem::of_query(faults)
        })
    });
    Ok((
        before.transpose()?,
        usize::try_from(query.limit).unwrap_or(usize::MAX),
    ))
}

/// An id from a path, of something that exists or not.
fn path_name(what: &'static str, id: &str) -> Result<Name, Problem<'static>> {
    Name::new(id).ok_or_else(|| problem::no_such_id(what))
}

/// An id from a path, of something that may be made by this call.
fn put_name(id: &str) -> Result<Name, Problem<'static>> {
    Name::new(id).ok_or_else(|| {
        let mut faults = Faults::default();
        let detail = "the id in the path must be 1 to 64 characters of A-Z a-z 0-9 . _ : -";
        faults.add(&boxoffice_api::validate::Pointer::ROOT, detail);
        Problem::validation(faults)
    })
}

/// An id that validation has seen.
fn valid(id: &str) -> Name {
    Name::new(id).expect("validation and the engine agree on ids")
}

fn valid_text(text: &str) -> Text {
    Text::new(text).expect("validation and the engine agree on texts")
}

fn valid_currency(code: &str) -> Currency {
    Currency::new(code).expect("validation took only codes of three capitals")
}

/// A count that validation has seen.
fn count(n: i64) -> u32 {
    u32::try_from(n).expect("validation took only counts within their limits")
}

/// A duration that validation has seen.
fn millis(ms: i64) -> u64 {
    u64::try_from(ms).expect("validation took only durations within their limits")
}

/// Looks at the newest layout of a show that a reply speaks of.
fn with_layout<R>(house: &House, show: ShowIdx, look: impl FnOnce(&Layout) -> R) -> R {
    let looked = house.layouts.with(show, look);
    looked.expect("a layout is published before replies speak of it")
}

/// The newest layout of a show that a reply speaks of.
fn layout_of(house: &House, show: ShowIdx) -> Arc<Layout> {
    house
        .layouts
        .show(show)
        .expect("a layout is published before replies speak of it")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{aside, is_json};

    #[tokio::test]
    async fn what_takes_long_is_done_on_another_thread_and_one_at_a_time() {
        let here = std::thread::current().id();
        let n_at_work = Arc::new(AtomicUsize::new(0));
        let works = (0..16).map(|_n_work| {
            let n_at_work = Arc::clone(&n_at_work);
            tokio::spawn(aside(move || {
                assert_eq!(n_at_work.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                std::thread::yield_now();
                n_at_work.fetch_sub(1, Ordering::SeqCst);
                std::thread::current().id()
            }))
        });
        for work in works.collect::<Vec<_>>() {
            assert_ne!(work.await.unwrap(), here);
        }
    }

    #[test]
    fn json_is_known_by_its_media_type() {
        for (value, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json ;charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("application/vnd.api+JSON", true),
            ("text/plain", false),
            ("text/json", false),
            ("application/jsonx", false),
            ("application/x-www-form-urlencoded", false),
            ("json", false),
            ("", false),
        ] {
            assert_eq!(is_json(value.as_bytes()), json, "{value:?}");
        }
    }
}
