//! One request from its head to its response: checks, body, handler, and what goes wrong between.
//!
//! Invariants: no timer is made for a body that is already there. A handler whose client leaves is
//! carried on as a task of its own. A panic of the routes ends here, as a 500.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Uri};
use hyper::body::{Body as _, Incoming};
use tokio::time::Sleep;

use super::body::Body;
use super::conn::{ActiveRequest, Conn};
use super::forwarded::Client;
use super::intake::{BodyBudget, DISCARD_BYTES_MAX, Intake};
use super::server::Shared;
use super::service::{Rejection, Request, Response, Service};
use super::target::check_head;
use crate::auth::Principal;

/// The client broke the body off or sent what is none: there is nobody to answer.
#[derive(Debug, thiserror::Error)]
#[error("the request's body did not arrive")]
pub(super) struct BodyBroken(#[source] hyper::Error);

type Handling = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What turns the requests of one connection into responses.
#[derive(Debug)]
pub(super) struct Dispatch<S> {
    pub(super) shared: Arc<Shared<S>>,
    pub(super) conn: Arc<Conn>,
    pub(super) client: Client,
}

/// A request under way.
pub(super) struct Exchange<S: Service> {
    shared: Arc<Shared<S>>,
    stage: Stage,
    active: Option<ActiveRequest>,
    aftermath: Aftermath,
}

enum Stage {
    Reading(Box<Reading>),
    Handling(Handling),
    Answered(Option<Box<Response>>),
}

/// A body on its way in.
struct Reading {
    parts: Parts,
    client: Client,
    conn: Arc<Conn>,
    received: Instant,
    principal: Principal,
    body: Incoming,
    intake: Intake,
    timeout_ms: u64,
    /// Made when the body is not there at once.
    timeout: Option<Pin<Box<Sleep>>>,
}

/// What is needed to answer when the request itself went down with its handler.
struct Aftermath {
    method: Method,
    uri: Uri,
    origin: Option<HeaderValue>,
    client: Client,
}

impl<S: Service> hyper::service::Service<http::Request<Incoming>> for Dispatch<S> {
    type Response = Response;
    type Error = BodyBroken;
    type Future = Exchange<S>;

    fn call(&self, request: http::Request<Incoming>) -> Exchange<S> {
        let received = Instant::now();
        let active = self.conn.begin();
        let (parts, body) = request.into_parts();
        let client = self
            .client
            .of_request(&parts.headers, &self.shared.trusted_proxies);
        let aftermath = Aftermath {
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            origin: parts.headers.get(ORIGIN).cloned(),
            client,
        };
        let service = &self.shared.service;
        let stage = aftermath
            .catch(&self.shared, || {
                self.admit(service, parts, body, client, received)
            })
            .unwrap_or_else(|response| Stage::Answered(Some(response)));
        Exchange {
            shared: Arc::clone(&self.shared),
            stage,
            active: Some(active),
            aftermath,
        }
    }
}

impl<S: Service> Dispatch<S> {
    /// Decides on the head: an answer, the handler, or the body first.
    fn admit(
        &self,
        service: &Arc<S>,
        parts: Parts,
        body: Incoming,
        client: Client,
        received: Instant,
    ) -> Stage {
        let head = client.head(&parts.method, &parts.uri, &parts.headers);
        let reject = |rejection| Stage::Answered(Some(Box::new(service.reject(&head, rejection))));
        if let Err(rejection) = check_head(&parts.method, &parts.uri, parts.version, &parts.headers)
        {
            return reject(rejection);
        }
        let principal = match service.screen(&head) {
            Ok(principal) => principal,
            Err(response) => return Stage::Answered(Some(response)),
        };
        if body.is_end_stream() {
            let request = request(parts, client, Bytes::new(), received, principal);
            return Stage::Handling(handle(Arc::clone(service), request));
        }
        let bytes_max = service.body_bytes_max(&parts.method, parts.uri.path());
        let announced = body.size_hint();
        if (bytes_max as u64).saturating_add(DISCARD_BYTES_MAX) < announced.lower() {
            return reject(Rejection::BodyTooLarge { bytes_max });
        }
        Stage::Reading(Box::new(Reading {
            parts,
            client,
            conn: Arc::clone(&self.conn),
            received,
            principal,
            body,
            intake: Intake::new(bytes_max, announced.exact()),
            timeout_ms: self.shared.body_timeout_ms,
            timeout: None,
        }))
    }
}

fn handle<S: Service>(service: Arc<S>, request: Request) -> Handling {
    Box::pin(async move { service.handle(request).await })
}

fn request(
    parts: Parts,
    client: Client,
    body: Bytes,
    received: Instant,
    principal: Principal,
) -> Request {
    Request {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
        peer: client.peer,
        local: client.local,
        tls: client.tls,
        received,
        principal,
    }
}

impl Reading {
    /// Reads on. `Ok(None)` when the body is complete.
    fn poll(
        &mut self,
        bodies: &Arc<BodyBudget>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Rejection>, BodyBroken>> {
        loop {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    // Trailers mean nothing to us.
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    if let Some(rejection) = self.intake.take(bodies, data) {
                        return Poll::Ready(Ok(Some(rejection)));
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(BodyBroken(error))),
                Poll::Ready(None) => {
                    self.conn.body_awaited(false);
                    return Poll::Ready(Ok(self.intake.verdict()));
                }
                Poll::Pending => {
                    ready!(self.poll_timeout(cx));
                    self.conn.body_awaited(false);
                    let timeout_ms = self.timeout_ms;
                    return Poll::Ready(Ok(Some(Rejection::BodyTimeout { timeout_ms })));
                }
            }
            if self.body.is_end_stream() {
                self.conn.body_awaited(false);
                return Poll::Ready(Ok(self.intake.verdict()));
            }
        }
    }

    fn poll_timeout(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeout = self.timeout.get_or_insert_with(|| {
            self.conn.body_awaited(true);
            Box::pin(tokio::time::sleep(Duration::from_millis(self.timeout_ms)))
        });
        timeout.as_mut().poll(cx)
    }

    fn into_request(self) -> Request {
        let body = self.intake.into_bytes();
        request(self.parts, self.client, body, self.received, self.principal)
    }
}

impl Aftermath {
    /// Runs code of the routes; a panic becomes a logged 500.
    fn catch<S: Service, T>(
        &self,
        shared: &Shared<S>,
        run: impl FnOnce() -> T,
    ) -> Result<T, Box<Response>> {
        // What the routes share is theirs to keep consistent over a panic; the core shares nothing
        // with them but what is dropped here.
        catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
            shared.stats.handler_panicked();
            tracing::error!(
                method = %self.method,
                path = self.uri.path(),
                panic = panic_text(panic.as_ref()),
                "a handler panicked; its request was answered with 500"
            );
            let mut headers = HeaderMap::new();
            if let Some(origin) = &self.origin {
                headers.insert(ORIGIN, origin.clone());
            }
            let head = self.client.head(&self.method, &self.uri, &headers);
            let reject = || shared.service.reject(&head, Rejection::Internal);
            Box::new(
                catch_unwind(AssertUnwindSafe(reject)).unwrap_or_else(|_panic| {
                    let mut response = Response::new(Body::empty());
                    *response.status_mut() = Rejection::Internal.status();
                    response
                }),
            )
        })
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("not a text")
}

impl<S: Service> Exchange<S> {
    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response, BodyBroken>> {
        loop {
            match &mut self.stage {
                Stage::Reading(reading) => {
                    let rejection = ready!(reading.poll(self.shared.stats.bodies(), cx))?;
                    let Stage::Reading(reading) =
                        std::mem::replace(&mut self.stage, Stage::Answered(None))
                    else {
                        unreachable!("the stage was matched above");
                    };
                    let service = &self.shared.service;
                    let next = self.aftermath.catch(&self.shared, || match rejection {
                        Some(rejection) => {
                            let parts = &reading.parts;
                            let head =
                                reading
                                    .client
                                    .head(&parts.method, &parts.uri, &parts.headers);
                            Stage::Answered(Some(Box::new(service.reject(&head, rejection))))
                        }
                        None => {
                            Stage::Handling(handle(Arc::clone(service), reading.into_request()))
                        }
                    });
                    self.stage = next.unwrap_or_else(|response| Stage::Answered(Some(response)));
                }
                Stage::Handling(handling) => {
                    let polled = self
                        .aftermath
                        .catch(&self.shared, || handling.as_mut().poll(cx));
                    let response = match polled {
                        Ok(polled) => ready!(polled),
                        Err(response) => *response,
                    };
                    self.stage = Stage::Answered(None);
                    return Poll::Ready(Ok(response));
                }
                Stage::Answered(response) => {
                    let response = response.take().expect("a response is taken once");
                    return Poll::Ready(Ok(*response));
                }
            }
        }
    }
}

impl<S: Service> Future for Exchange<S> {
    type Output = Result<Response, BodyBroken>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut response = ready!(this.poll_response(cx))?;
        if let (Body::Stream(_), Some(active)) = (response.body(), this.active.take()) {
            response
                .body_mut()
                .attach(active, this.shared.draining.subscribe());
        }
        this.active = None;
        Poll::Ready(Ok(response))
    }
}

impl<S: Service> Drop for Exchange<S> {
    fn drop(&mut self) {
        let stage = std::mem::replace(&mut self.stage, Stage::Answered(None));
        let Stage::Handling(handling) = stage else {
            return;
        };
        // The client left: the handler goes on without it, so that a checkout never stops halfway.
        let carried = self.shared.stats.carry_on();
        let tail = async move {
            let _response = handling.await;
            drop(carried);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(tail)),
            Err(_no_runtime) => {
                tracing::error!("a handler was cut short because its thread has stopped");
            }
        }
    }
}

impl<S: Service> fmt::Debug for Exchange<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Reading(_) => "reading",
            Stage::Handling(_) => "handling",
            Stage::Answered(_) => "answered",
        };
        f.debug_struct("Exchange")
            .field("stage", &stage)
            .finish_non_exhaustive()
    }
}

/// The response type that the protocols see cannot fail on its way.
const _: fn() = || {
    fn infallible<B: hyper::body::Body<Error = Infallible>>() {}
    infallible::<Body>();
};
