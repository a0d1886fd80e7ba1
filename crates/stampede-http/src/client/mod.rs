//! A client: the connections of one virtual user and what is sent over them.

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
mod upgrade;
mod wire;

pub use socket::{Message, Socket};

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Poll;
use std::time::Duration;

use http::header::{self, HeaderValue};

use crate::code;
use crate::cookie::{CookieJar, cookie_header, parse_set_cookie};
use crate::environment::Environment;
use crate::error::{HttpError, Stage};
use crate::limits::TIMEOUT_MAX;
use crate::meter::Meter;
use crate::request::{Request, RequestCookie};
use crate::response::Response;
use crate::url::Url;
use plan::Hop;
use pool::Pool;
use progress::Progress;
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

#[derive(Debug)]
struct Inner {
    environment: Arc<Environment>,
    local_ip: Option<IpAddr>,
    counter: Arc<Counter>,
    pool: RefCell<Pool>,
    meter: Rc<Meter>,
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
        Self {
            inner: Rc::new(Inner {
                environment,
                local_ip,
                counter,
                pool,
                meter,
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
        let url = match Url::parse(&request.url) {
            Ok(url) => url,
            Err(error) => return invalid_url(request, &error.to_string()),
        };
        let first = Hop::first(&request, &self.inner.environment, url);
        let mut hop = match first {
            Ok(hop) => hop,
            Err(error) => {
                let (method, url) = (Rc::from(&*request.method), Rc::from(&*request.url));
                let mut response = Response::failed(request, method, url);
                response.fail(error);
                observe(&response);
                return response;
            }
        };
        let deadline = deadline(request.timeout);
        let mut first_cookies = None;
        loop {
            let (header, cookies) = cookies_for(&hop, &request, jar);
            let mut progress = Progress::new(&request, &hop, &self.inner.meter);
            let running = self.run_hop(&hop, &request, header, &mut progress);
            let outcome = until(deadline, running).await;
            let error = outcome.map_or_else(|| Some(timed_out(&progress)), Result::err);
            let mut response = progress.finish(error);
            response.awaits_challenge = !hop.is_answered;
            response.sent_cookies = first_cookies.get_or_insert(cookies).clone();
            response
                .user_agent
                .clone_from(&self.inner.environment.user_agent);
            match self.after(&hop, &request, jar, &mut response) {
                Some(next) => {
                    observe(&response);
                    hop = next;
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
        store_cookies(&hop.url, response, jar);
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
            sent_bytes: self.inner.counter.sent.swap(0, Relaxed),
            received_bytes: self.inner.counter.received.swap(0, Relaxed),
        }
    }
}

/// When a timeout ends. One that the clock cannot count to does not end in practice.
fn deadline(timeout: Duration) -> tokio::time::Instant {
    let now = tokio::time::Instant::now();
    now.checked_add(timeout).unwrap_or(now + TIMEOUT_MAX)
}

/// The output of a future, unless its deadline comes first. That is also looked at whenever the
/// future goes on: the runtime looks at its timers only between many turns, and a server that
/// floods us would put them off.
async fn until<F: Future>(deadline: tokio::time::Instant, running: F) -> Option<F::Output> {
    let mut running = pin!(running);
    let punctual = poll_fn(|context| {
        if deadline <= tokio::time::Instant::now() {
            return Poll::Ready(None);
        }
        running.as_mut().poll(context).map(Some)
    });
    let outcome = tokio::time::timeout_at(deadline, punctual).await;
    outcome.ok().flatten()
}

fn invalid_url(request: Rc<Request>, reason: &str) -> Response {
    let method = Rc::from(&*request.method);
    let mut response = Response::failed(request, method, Rc::from(""));
    let text = format!("invalid URL: {reason}");
    response.fail(HttpError::new(code::INVALID_URL, Stage::Prepare, text));
    response
}

fn timed_out(progress: &Progress) -> HttpError {
    let stage = if progress.response.status == 0 {
        Stage::Head
    } else {
        Stage::Body
    };
    HttpError::new(code::TIMEOUT, stage, "request timeout")
}

fn store_cookies(url: &Url, response: &Response, jar: &RefCell<CookieJar>) {
    for line in response.headers.values("set-cookie") {
        if let Some(cookie) = parse_set_cookie(line) {
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
        for (name, value) in jar.cookies_for_url(&hop.url) {
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
