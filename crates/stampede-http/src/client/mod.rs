//! A client: the connections of one virtual user and what is sent over them.

mod alarm;
mod batch;
mod dial;
mod failure;
mod garbage;
mod hop;
mod http1;
mod http2;
mod payload;
mod plan;
mod pool;
mod progress;
mod socket;
mod target;
mod upgrade;
mod wire;

pub use socket::{Message, Socket};

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use http::header::{self, HeaderValue};
use tokio::task::coop;

use crate::code;
use crate::cookie::{CookieJar, cookie_header, parse_set_cookie};
use crate::environment::Environment;
use crate::error::{HttpError, Stage};
use crate::limits::TIMEOUT_MAX;
use crate::meter::Meter;
use crate::request::{Request, RequestCookie};
use crate::response::Response;
use crate::url::Url;
use alarm::Alarm;
use plan::Hop;
use pool::Pool;
use progress::Progress;
use target::Target;
use wire::Counter;

/// Bytes that went over the wire, below TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes written.
    pub sent_bytes: u64,
    /// Bytes read.
    pub received_bytes: u64,
}

/// One request of a batch with the jar it uses.
#[derive(Clone, Debug)]
pub struct Job {
    /// What to send.
    pub request: Rc<Request>,
    /// Where its cookies come from and go to.
    pub jar: Rc<RefCell<CookieJar>>,
}

/// The client of one virtual user. A clone is the same client.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Rc<Inner>,
}

struct Inner {
    environment: Arc<Environment>,
    local_ip: Option<IpAddr>,
    counter: Arc<Counter>,
    pool: RefCell<Pool>,
    meter: Rc<Meter>,
    /// The user's own, because a value that threads share is slow to copy.
    user_agent: Option<HeaderValue>,
    alarm: Cell<Option<Alarm>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("local_ip", &self.local_ip)
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client without connections. `client_idx` is the number of its user, which chooses among
    /// several local addresses.
    #[must_use]
    pub fn new(environment: Arc<Environment>, client_idx: usize) -> Self {
        let ips = &environment.options.local_ips;
        let local_ip = client_idx
            .checked_rem(ips.len())
            .and_then(|idx| ips.get(idx).copied());
        let (counter, pool) = (Arc::default(), RefCell::default());
        let meter = Rc::new(Meter::new(Arc::clone(&environment)));
        let user_agent = environment.user_agent.as_ref();
        let user_agent = user_agent.map(|shared| {
            HeaderValue::from_bytes(shared.as_bytes()).expect("it is a value already")
        });
        Self {
            inner: Rc::new(Inner {
                environment,
                local_ip,
                counter,
                pool,
                meter,
                user_agent,
                alarm: Cell::new(None),
            }),
        }
    }

    /// Sends a request and follows its redirects. `observe` sees every hop when it ends, the last
    /// one included, which is also the result; only an address that is none has no hop.
    ///
    /// Runs on a tokio runtime with IO and time. Dropping the future closes its connection.
    pub async fn send(
        &self,
        request: Rc<Request>,
        jar: &RefCell<CookieJar>,
        observe: &dyn Fn(&Response),
    ) -> Response {
        let began = Instant::now();
        let target = match Target::read(&request.url) {
            Ok(target) => target,
            Err(error) => return invalid_url(request, &error.to_string()),
        };
        let first = Hop::first(&request, &self.inner.environment, target);
        let mut hop = match first {
            Ok(hop) => hop,
            Err(error) => {
                let (method, url) = (Rc::clone(&request.method), Rc::from(&*request.url));
                let mut response = Response::failed(request, method, url);
                response.fail(error);
                observe(&response);
                return response;
            }
        };
        let deadline = deadline(began, request.timeout);
        let mut hop_began = began;
        let mut first_cookies = None;
        loop {
            let (header, cookies) = cookies_for(&hop, &request, jar);
            let mut progress = Progress::new(&request, &hop, &self.inner.meter, hop_began);
            let running = self.run_hop(&hop, &request, header, &mut progress);
            let outcome = self.until(deadline, hop_began, running).await;
            let error = match outcome {
                None => Some(timed_out(&progress)),
                // Timers count in milliseconds; a timeout may be shorter.
                Some(Ok(())) if progress.has_ended_after(deadline.into_std()) => {
                    Some(HttpError::new(code::TIMEOUT, Stage::Head, TIMED_OUT))
                }
                Some(result) => result.err(),
            };
            let mut response = progress.finish(error);
            response.awaits_challenge = !hop.is_answered;
            response.sent_cookies = first_cookies.get_or_insert(cookies).clone();
            response.user_agent.clone_from(&self.inner.user_agent);
            match self.after(&hop, &request, jar, &mut response) {
                Some(next) => {
                    observe(&response);
                    hop = next;
                    hop_began = Instant::now();
                }
                None => {
                    observe(&response);
                    return response;
                }
            }
        }
    }

    /// Takes the cookies of a response and finds the hop that follows it. A redirect to nowhere
    /// fails the hop itself.
    fn after(
        &self,
        hop: &Hop,
        request: &Request,
        jar: &RefCell<CookieJar>,
        response: &mut Response,
    ) -> Option<Hop> {
        if response.error.is_some() {
            return None;
        }
        store_cookies(&hop.target.url, response, jar);
        match hop.next(request, response) {
            Ok(Some(next)) => Some(next),
            Ok(None) => {
                let is_chosen =
                    request
                        .redirects_max
                        .or(self.inner.environment.options.redirects_max);
                response.is_redirect_limit = is_chosen.is_none() && hop.is_redirected(response);
                None
            }
            Err(error) => {
                response.fail(error);
                None
            }
        }
    }

    /// The output of a future, unless its deadline comes first. A turn that has used up its budget
    /// looks at the clock itself: a server that floods us leaves none for the timer.
    async fn until<F: Future>(
        &self,
        deadline: tokio::time::Instant,
        now: Instant,
        running: F,
    ) -> Option<F::Output> {
        if deadline <= now.into() {
            return None;
        }
        let mut running = pin!(running);
        let alarm = self.inner.alarm.take();
        let mut alarm = alarm.unwrap_or_else(|| Alarm::new(deadline));
        let outcome = poll_fn(|cx| {
            if let Poll::Ready(output) = running.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            let is_spent = !coop::has_budget_remaining();
            if is_spent && deadline <= tokio::time::Instant::now() {
                return Poll::Ready(None);
            }
            alarm.poll(deadline, cx).map(|()| None)
        });
        let outcome = outcome.await;
        self.inner.alarm.set(Some(alarm));
        outcome
    }

    /// Tells the client that an iteration has ended: with `noVUConnectionReuse` its idle
    /// connections are closed.
    pub fn end_iteration(&self) {
        if self.inner.environment.options.no_vu_connection_reuse {
            self.close_idle();
        }
    }

    /// Closes the idle connections.
    pub fn close_idle(&self) {
        self.inner.pool.borrow_mut().clear();
    }

    /// The bytes that went over the wire since the last call.
    #[must_use]
    pub fn take_traffic(&self) -> Traffic {
        Traffic {
            sent_bytes: self.inner.counter.take_sent(),
            received_bytes: self.inner.counter.take_received(),
        }
    }
}

/// When a timeout ends. One that the clock cannot count to does not end in practice.
fn deadline(began: Instant, timeout: Duration) -> tokio::time::Instant {
    let end = began.checked_add(timeout);
    end.unwrap_or(began + TIMEOUT_MAX).into()
}

fn invalid_url(request: Rc<Request>, reason: &str) -> Response {
    let method = Rc::clone(&request.method);
    let mut response = Response::failed(request, method, Rc::from(""));
    let text = format!("invalid URL: {reason}");
    response.fail(HttpError::new(code::INVALID_URL, Stage::Prepare, text));
    response
}

const TIMED_OUT: &str = "request timeout";

fn timed_out(progress: &Progress) -> HttpError {
    let stage = if progress.response.status == 0 {
        Stage::Head
    } else {
        Stage::Body
    };
    HttpError::new(code::TIMEOUT, stage, TIMED_OUT)
}

fn store_cookies(url: &Url, response: &Response, jar: &RefCell<CookieJar>) {
    for line in response.headers.0.get_all(header::SET_COOKIE) {
        if let Some(cookie) = parse_set_cookie(line.as_bytes()) {
            jar.borrow_mut().set(url, &cookie);
        }
    }
}

/// The header for a hop: the script's own header, then the request's cookies, then the jar's.
fn cookies_for(
    hop: &Hop,
    request: &Request,
    jar: &RefCell<CookieJar>,
) -> (Option<HeaderValue>, Vec<RequestCookie>) {
    let mut cookies = request.cookies.clone();
    let jar = jar.borrow();
    if !jar.is_empty() {
        let is_replaced = |name: &str| {
            request
                .cookies
                .iter()
                .any(|cookie| cookie.replace && cookie.name == name)
        };
        for (name, value) in jar.cookies_for_url(&hop.target.url) {
            if !is_replaced(&name) {
                cookies.push(RequestCookie {
                    name,
                    value,
                    replace: false,
                });
            }
        }
    }
    let written = cookie_header(&cookies);
    let own = request.header(&header::COOKIE).filter(|_| !hop.is_stripped);
    let line = match (own, written) {
        (Some(own), Some(written)) => {
            let line = [own.as_bytes(), b"; ", written.as_bytes()].concat();
            HeaderValue::from_bytes(&line).ok()
        }
        (Some(own), None) => Some(own.clone()),
        (None, written) => written,
    };
    (line, cookies)
}
