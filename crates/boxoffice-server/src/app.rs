//! The routes of a server: who may ask is settled on the head, the rest by its path.
//!
//! Invariants: a request is refused in a fixed order: host and origin, key, role, path and method,
//! headers and query, body, engine. Every response carries its request's id. What is logged is a
//! failure of ours or a slow request, never an ordinary one.
//! Never: answer for a house that is not ready, except about the server itself.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use boxoffice_api::{ErrorCode, Problem};
use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};

use crate::auth::{Access, BodyRule, Gate, Principal, Role, RouteRule, Verdict};
use crate::header_text::HeaderText;
use crate::house::House;
use crate::http::{Body, Head, HttpStats, Rejection, Request, Response, Service, decode_component};
use crate::metrics::{Exposition, HouseMetrics};
use crate::v1::route::{Call, Resource, Unrouted, Verb, route};
use crate::v1::tally::Tally;
use crate::v1::{self, Context, stamp};
use crate::views::Views;
use crate::{dialects, pages, problem};

/// A request that takes longer is logged, in milliseconds, unless it waits by its own wish.
const SLOW_REQUEST_MS: u128 = 1_000;

/// What an operator may choose about the routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppOptions {
    /// Whether the dialects are served beside the native API.
    pub dialects: bool,
    /// Whether every change needs an `Idempotency-Key`.
    pub idempotency_key_required: bool,
}

/// Everything that answers requests.
#[derive(Debug)]
pub struct App {
    /// The house behind it.
    pub house: House,
    /// What the house looks like to those who watch.
    pub views: Arc<Views>,
    /// What the operator chose.
    pub options: AppOptions,
    /// Counts what is answered.
    pub tally: Tally,
    /// What the writer reports.
    pub metrics: Arc<HouseMetrics>,
    http_stats: OnceLock<Arc<HttpStats>>,
    gate: Gate,
    ids: RequestIds,
    is_ready: AtomicBool,
}

impl App {
    /// The routes of a house that is not ready yet. `run` tells this run of the server from others
    /// in request ids; any number will do.
    #[must_use]
    pub fn new(
        house: House,
        views: Arc<Views>,
        metrics: Arc<HouseMetrics>,
        gate: Gate,
        options: AppOptions,
        run: u32,
    ) -> Self {
        Self {
            house,
            views,
            options,
            gate,
            tally: Tally::default(),
            metrics,
            http_stats: OnceLock::new(),
            ids: RequestIds { run },
            is_ready: AtomicBool::new(false),
        }
    }

    /// Starts answering: recovery is done, what the house starts with is durable, and the views
    /// have caught up.
    pub fn set_ready(&self) {
        self.is_ready.store(true, Ordering::Release);
    }

    /// Adds the figures of the sockets to `/metrics`, once they are bound. Later calls do nothing.
    pub fn set_http_stats(&self, stats: Arc<HttpStats>) {
        self.http_stats.get_or_init(|| stats);
    }

    /// Whether [`Self::set_ready`] was called. What does not need the views goes on without them;
    /// `/readyz` asks for both.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Answers, and tells which call it was, for the counts.
    async fn answer(&self, request: &Request, id: &str) -> (Option<usize>, Response) {
        if self.options.dialects {
            let response = if self.is_ready() {
                dialects::handle(self, request).await
            } else {
                dialects::refuse(request.uri.path(), &problem::recovering())
            };
            if let Some(response) = response {
                return (None, response);
            }
        }
        let Ok(path) = decode_component(request.uri.path()) else {
            return (
                None,
                refuse(problem::of_rejection(&Rejection::TargetMalformed), id),
            );
        };
        let call = match route(&request.method, &path) {
            Ok(call) => call,
            Err(unrouted) => return (None, refuse_unrouted(unrouted, id)),
        };
        let response = match self.page(call, request, id) {
            Some(response) => response,
            None if self.is_ready() => {
                v1::handle(&Context {
                    app: self,
                    request,
                    call,
                    id,
                })
                .await
            }
            None => refuse(problem::recovering(), id),
        };
        (Some(call.number()), response)
    }

    /// What the route of a request asks of it, before its body is read. A path that leads nowhere
    /// asks for a key too: what exists is for those who have one.
    fn rule(&self, head: &Head<'_>) -> RouteRule {
        let path = decode_component(head.uri.path()).unwrap_or_default();
        let seller = Access::Role(Role::Seller);
        if let Some(resource) = Resource::of(&path) {
            let access = match Verb::of(head.method) {
                _ if resource.is_public() => Access::Public,
                Some(verb) => Access::Role(Call { resource, verb }.role()),
                None => seller,
            };
            return RouteRule {
                access,
                body: BodyRule::Json,
            };
        }
        let is_dialect = self.options.dialects && dialects::has_path(&path);
        let body = match is_dialect {
            true if dialects::takes_form(&path) => BodyRule::Form,
            true => BodyRule::JsonOrUnsaid,
            false => BodyRule::Json,
        };
        RouteRule {
            access: seller,
            body,
        }
    }

    /// Answers a request that goes no further, in the error shape of its path.
    fn turn_away(&self, head: &Head<'_>, problem: &Problem<'static>) -> Response {
        let id = self.ids.next();
        let path = head.uri.path();
        let dialect = if self.options.dialects {
            dialects::refuse(path, problem)
        } else {
            None
        };
        let mut response =
            dialect.unwrap_or_else(|| refuse(problem.clone(), id.to_str().unwrap_or_default()));
        self.tally
            .responded(None, response.status().as_u16(), Duration::ZERO);
        let headers = response.headers_mut();
        headers.insert(stamp::REQUEST_ID, id);
        stamp::time_if_unstamped(headers);
        self.gate.cors().decorate(head.headers, headers);
        response
    }

    /// The answer of a call about the server itself.
    fn page(&self, call: Call<'_>, request: &Request, id: &str) -> Option<Response> {
        let found = match call.resource {
            Resource::Healthz => Some(pages::healthz()),
            Resource::Readyz if !self.is_ready() => {
                return Some(refuse(problem::recovering(), id));
            }
            Resource::Readyz if self.views.has_failed() => {
                return Some(refuse(problem::views_failed(), id));
            }
            Resource::Readyz => Some(pages::ready()),
            Resource::Metrics => Some(pages::metrics(self.figures())),
            Resource::OpenApi => Some(pages::native_document()),
            Resource::OpenApiDialect(file) => pages::dialect_document(file),
            Resource::Docs => Some(pages::docs()),
            Resource::DocsErrors => Some(pages::error_index()),
            Resource::DocsError(code) => pages::error_page(code),
            _ => return None,
        };
        match request.uri.query().map(boxoffice_api::v1::query::none) {
            Some(Err(faults)) => Some(refuse(problem::of_query(faults), id)),
            _ => Some(found.unwrap_or_else(|| refuse(problem::no_such_path(), id))),
        }
    }

    fn figures(&self) -> String {
        let mut page = Exposition::default();
        self.metrics.expose(
            &mut page,
            self.http_stats.get().map(Arc::as_ref),
            &self.views.figures(),
        );
        self.tally.expose(&mut page, &self.house.layouts);
        page.finish()
    }

    /// Puts the id on a response, counts it, and logs what deserves it.
    fn finish(
        &self,
        request: &Request,
        id: HeaderValue,
        call: Option<usize>,
        mut response: Response,
    ) -> Response {
        let status = response.status();
        let elapsed = request.received.elapsed();
        self.tally.responded(call, status.as_u16(), elapsed);
        if status.is_server_error() {
            log_failure(request, &id, &response);
        } else if elapsed.as_millis() > SLOW_REQUEST_MS && !waits_by_wish(request) {
            tracing::warn!(
                method = %request.method,
                path = path_of(request),
                status = status.as_u16(),
                request = id.to_str().unwrap_or_default(),
                elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
                "a request was slow"
            );
        }
        let headers = response.headers_mut();
        headers.insert(stamp::REQUEST_ID, id);
        stamp::time_if_unstamped(headers);
        self.gate.cors().decorate(&request.headers, headers);
        response
    }
}

impl Service for App {
    fn screen(&self, head: &Head<'_>) -> Result<Principal, Box<Response>> {
        match self.gate.decide(head, self.rule(head), Instant::now()) {
            Ok(Verdict::Admitted(principal)) => Ok(principal),
            Ok(Verdict::Preflight) => {
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::NO_CONTENT;
                self.gate
                    .cors()
                    .decorate_preflight(head.headers, response.headers_mut());
                Err(Box::new(response))
            }
            Err(denied) => Err(Box::new(self.turn_away(head, &problem::of_denied(denied)))),
        }
    }

    fn body_bytes_max(&self, method: &Method, path: &str) -> usize {
        // Nearly every body comes with a POST, whose path need not be read for this.
        if Verb::of(method) != Some(Verb::Put) {
            return v1::BODY_BYTES_MAX;
        }
        match decode_component(path).as_deref().map(Resource::of) {
            Ok(Some(Resource::Show(_))) => v1::SHOW_BODY_BYTES_MAX,
            _ => v1::BODY_BYTES_MAX,
        }
    }

    async fn handle(&self, request: Request) -> Response {
        let id = self.ids.next();
        let text = id.to_str().unwrap_or_default();
        let (call, response) = self.answer(&request, text).await;
        self.finish(&request, id, call, response)
    }

    fn idle(&self) {
        self.house.writer.idle();
    }

    fn reject(&self, head: &Head<'_>, rejection: Rejection) -> Response {
        self.turn_away(head, &problem::of_rejection(&rejection))
    }
}

/// Names requests: cheap, and unique in all runs that an operator will look through.
#[derive(Debug)]
struct RequestIds {
    run: u32,
}

/// Request ids that a thread takes at once: one number that all threads count up for every request
/// would be the slowest part of naming it.
const REQUEST_IDS_TAKEN: u64 = 1_024;

/// The first request id that no thread has taken.
static REQUEST_IDS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The next id of this thread, and where its share ends.
    static SHARE: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

impl RequestIds {
    fn next(&self) -> HeaderValue {
        let (mut number, mut end) = SHARE.get();
        if number == end {
            number = REQUEST_IDS.fetch_add(REQUEST_IDS_TAKEN, Ordering::Relaxed);
            end = number + REQUEST_IDS_TAKEN;
        }
        SHARE.set((number + 1, end));
        let mut text = HeaderText::<{ 8 + 1 + 16 }>::default();
        text.push_hex(u64::from(self.run), 8);
        text.push(b"-");
        text.push_hex(number, 1);
        text.value()
    }
}

fn refuse(problem: Problem<'_>, id: &str) -> Response {
    problem::to_response(&problem.for_request(id))
}

fn refuse_unrouted(unrouted: Unrouted, id: &str) -> Response {
    match unrouted {
        Unrouted::NoPath => refuse(problem::no_such_path(), id),
        Unrouted::NoMethod(allow) => {
            let detail = format!("This path takes {allow} only; nothing was changed.");
            let mut response = refuse(Problem::new(ErrorCode::MethodNotAllowed, detail), id);
            let allow = HeaderValue::try_from(allow).expect("methods are visible ASCII");
            response.headers_mut().insert(ALLOW, allow);
            response
        }
    }
}

/// A fault of ours is an error; a 503 is what the caller may cause as often as it likes.
fn log_failure(request: &Request, id: &HeaderValue, response: &Response) {
    let status = response.status();
    let code = response
        .extensions()
        .get::<ErrorCode>()
        .map_or("", |code| code.name());
    let request_id = id.to_str().unwrap_or_default();
    let in_doubt = code == ErrorCode::OutcomeUnknown.name();
    if status != StatusCode::SERVICE_UNAVAILABLE || in_doubt {
        tracing::error!(
            method = %request.method,
            path = path_of(request),
            status = status.as_u16(),
            code,
            request = request_id,
            "a request failed"
        );
    } else {
        tracing::debug!(
            method = %request.method,
            path = path_of(request),
            status = status.as_u16(),
            code,
            request = request_id,
            "a request was not served"
        );
    }
}

/// The path as it is logged, cut to a length that no id of ours needs.
fn path_of(request: &Request) -> &str {
    const PATH_BYTES_MAX: usize = 256;
    let path = request.uri.path();
    path.get(..PATH_BYTES_MAX).unwrap_or(path)
}

/// Whether the client asked to wait: long polls and waits for a position.
fn waits_by_wish(request: &Request) -> bool {
    request
        .uri
        .query()
        .is_some_and(|query| query.contains("wait_ms") || query.contains("position"))
}
