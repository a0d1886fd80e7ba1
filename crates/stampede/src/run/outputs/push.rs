//! Outputs that send: a thread with its own event loop takes samples, and sends requests at
//! intervals while the run goes on.
//!
//! Invariants: neither a slow nor a dead receiver holds up the run: the queue, what waits to be
//! sent, the requests in flight, every request's time and the time at the end are bounded. What
//! is lost is counted and told.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use stampede_http::{Client, ClientOptions, CookieJar, Environment, Request};
use stampede_js::Level;
use stampede_metrics::Sample;
use stampede_script::Output;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::grpc::Grpc;
use crate::run::log::Log;

/// Batches of samples that may wait for the thread, 512 samples each.
const BATCHES_MAX: usize = 512;
/// How long one request may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long sending what is left may take at the end of the run.
pub(super) const END_TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
/// How much of a refusal's body is told, in characters.
const REFUSAL_CHARS_MAX: usize = 200;

/// What the samples of an output become.
pub(super) trait Encoder: Send {
    /// Takes samples.
    fn add(&mut self, samples: &[Sample]);

    /// The body of the next request; `None` if there is nothing to send.
    fn take(&mut self) -> Option<Push>;

    /// The body of a request that follows everything else at the end of the run, if there is one.
    fn take_farewell(&mut self) -> Option<Push> {
        None
    }

    /// Hears that the last request did not arrive. What can be sent again shall come with the next
    /// one.
    fn failed(&mut self) {}

    /// Samples that found no room.
    fn dropped(&self) -> u64;

    /// Samples that wait for the next request.
    fn waiting(&self) -> u64 {
        0
    }
}

/// The header that proves who asks.
pub(super) fn basic_auth(username: &str, password: &str) -> (String, String) {
    let pair = BASE64_STANDARD.encode(format!("{username}:{password}"));
    ("Authorization".to_owned(), format!("Basic {pair}"))
}

/// Who asks.
pub(super) fn user_agent() -> String {
    format!("stampede/{}", env!("CARGO_PKG_VERSION"))
}

/// The body of a request.
#[derive(Debug)]
pub(super) struct Push {
    /// What is sent.
    pub(super) body: Vec<u8>,
    /// How many samples are lost if it does not arrive; 0 if the next request makes up for it.
    pub(super) samples: u64,
}

/// Where requests go.
#[derive(Debug)]
pub(super) enum Route {
    /// A POST to an address.
    Http(Http),
    /// A call of a service.
    Grpc(Grpc),
}

/// A POST to an address.
#[derive(Debug)]
pub(super) struct Http {
    environment: Arc<Environment>,
    url: String,
    headers: Vec<(String, String)>,
    /// A request without a body that goes first; its answer does not matter.
    pub(super) greeting: Option<String>,
}

impl Http {
    /// Checks where requests go.
    ///
    /// # Errors
    /// The TLS options that cannot be used.
    pub(super) fn new(
        url: String,
        headers: Vec<(String, String)>,
        mut options: ClientOptions,
    ) -> Result<Http, String> {
        options.body_bytes_max = ANSWER_BYTES_MAX;
        let environment = Environment::new(options).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            problems.join("; ")
        })?;
        Ok(Http {
            environment: Arc::new(environment),
            url,
            headers,
            greeting: None,
        })
    }

    fn request(&self, url: &str, body: Vec<u8>) -> Rc<Request> {
        let mut request = Request::new("POST", url);
        for (name, value) in &self.headers {
            request.set_header(name, value.as_bytes());
        }
        request.body = (!body.is_empty()).then(|| Bytes::from(body));
        request.timeout = REQUEST_TIMEOUT;
        Rc::new(request)
    }
}

/// How an output sends.
pub(super) struct Plan {
    /// The output's name.
    pub(super) name: &'static str,
    /// Where requests go.
    pub(super) route: Route,
    /// The time between requests.
    pub(super) interval: Duration,
    /// The most requests in flight.
    pub(super) in_flight_max: usize,
    /// How long sending what is left may take, usually [`END_TIMEOUT`].
    pub(super) end_timeout: Duration,
}

/// Starts the thread of an output.
///
/// # Errors
/// When the system gives no thread or no event loop.
pub(super) fn start(
    plan: Plan,
    encoder: Box<dyn Encoder>,
    log: &Arc<Log>,
) -> Result<Box<dyn Output>, String> {
    let name = plan.name;
    let (sender, receiver) = channel(BATCHES_MAX);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("--out {name}: the system gives no event loop: {error}"))?;
    let log = Arc::clone(log);
    let thread = std::thread::Builder::new()
        .name(format!("out {name}"))
        .spawn(move || {
            let pusher = Pusher {
                link: Rc::new(Link::new(&plan.route)),
                plan: Rc::new(plan),
                encoder,
                log,
                flying: JoinSet::new(),
                flying_samples: 0,
                tally: Tally::default(),
            };
            LocalSet::new().block_on(&runtime, pusher.run(receiver))
        })
        .map_err(|error| format!("--out {name}: the system gives no thread: {error}"))?;
    Ok(Box::new(Handle {
        name,
        sender: Some(sender),
        thread: Some(thread),
        refused: 0,
    }))
}

/// The end of an output that the run sees.
struct Handle {
    name: &'static str,
    sender: Option<Sender<Vec<Sample>>>,
    thread: Option<JoinHandle<Tally>>,
    /// Samples that found the queue full.
    refused: u64,
}

impl Output for Handle {
    fn write(&mut self, samples: &[Sample]) -> Result<(), String> {
        let sender = self.sender.as_ref();
        if sender.is_none_or(|sender| sender.try_send(samples.to_vec()).is_err()) {
            self.refused += samples.len() as u64;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        drop(self.sender.take());
        let tally = match self.thread.take().map(JoinHandle::join) {
            None => return Ok(()),
            Some(Ok(tally)) => tally,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        };
        tally.verdict(self.name, self.refused)
    }
}

/// How sending went.
#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    failed: u64,
    /// Samples in requests that failed, that found no room, or that were left at the end.
    lost_samples: u64,
    /// Why the latest request failed, if it did.
    error: Option<String>,
    /// What was told last, so that a dead receiver fills no log.
    told: Option<String>,
}

impl Tally {
    fn verdict(&self, name: &str, refused: u64) -> Result<(), String> {
        let lost = self.lost_samples + refused;
        let failed = format!("{} of {} requests failed", self.failed, self.requests);
        match &self.error {
            None if lost == 0 => Ok(()),
            None if self.failed == 0 => Err(format!("{name}: {lost} samples found no room")),
            None => Err(format!("{name}: {failed}; {lost} samples are lost")),
            Some(error) if lost == 0 => Err(format!(
                "{name}: {failed}, the last one too, so the latest values are lost: {error}"
            )),
            Some(error) => Err(format!(
                "{name}: {failed}; {lost} samples are lost: {error}"
            )),
        }
    }
}

/// One request's end: the samples that it carried, and why it failed.
type Sent = (u64, Result<(), String>);

/// Encodes and sends, on the thread of the output.
struct Pusher {
    plan: Rc<Plan>,
    link: Rc<Link>,
    encoder: Box<dyn Encoder>,
    log: Arc<Log>,
    flying: JoinSet<Sent>,
    flying_samples: u64,
    tally: Tally,
}

impl Pusher {
    async fn run(mut self, mut queue: Receiver<Vec<Sample>>) -> Tally {
        let mut ticks = interval(self.plan.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                batch = queue.recv() => match batch {
                    Some(batch) => self.encoder.add(&batch),
                    None => break,
                },
                _ = ticks.tick() => self.send_what_is_there(),
                Some(sent) = self.flying.join_next(), if !self.flying.is_empty() => {
                    self.note(sent.unwrap_or_else(|error| (0, Err(error.to_string()))));
                }
            }
        }
        let deadline = Instant::now() + self.plan.end_timeout;
        let ended = timeout_at(deadline, self.end()).await;
        if ended.is_err() {
            self.tally.failed += self.flying.len() as u64;
            self.tally.lost_samples += self.flying_samples + self.encoder.waiting();
            let limit = self.plan.end_timeout;
            let error = format!("not everything was sent within {limit:?} of the run's end");
            self.tally.error = Some(error);
        }
        self.tally.lost_samples += self.encoder.dropped();
        self.tally
    }

    /// Starts as many requests as may fly.
    fn send_what_is_there(&mut self) {
        while self.flying.len() < self.plan.in_flight_max {
            let Some(push) = self.encoder.take() else {
                return;
            };
            self.send(push);
        }
    }

    fn send(&mut self, push: Push) {
        let (plan, link) = (Rc::clone(&self.plan), Rc::clone(&self.link));
        self.tally.requests += 1;
        self.flying_samples += push.samples;
        self.flying.spawn_local(async move {
            let sent = link.send(&plan.route, push.body).await;
            (push.samples, sent)
        });
    }

    /// Sends what is left, then the farewell.
    async fn end(&mut self) {
        self.land().await;
        self.tally.error = None;
        loop {
            self.send_what_is_there();
            if !self.land().await {
                break;
            }
            if self.tally.error.is_some() {
                // One more try would wait for the same dead receiver.
                self.tally.lost_samples += self.encoder.waiting();
                return;
            }
        }
        if let Some(push) = self.encoder.take_farewell() {
            self.send(push);
            self.land().await;
        }
    }

    /// Waits for all requests in flight; answers whether there were any.
    async fn land(&mut self) -> bool {
        let mut any = false;
        while let Some(sent) = self.flying.join_next().await {
            any = true;
            self.note(sent.unwrap_or_else(|error| (0, Err(error.to_string()))));
        }
        any
    }

    fn note(&mut self, (samples, result): Sent) {
        self.flying_samples -= samples;
        let Err(error) = result else {
            self.tally.error = None;
            return;
        };
        self.encoder.failed();
        self.tally.failed += 1;
        self.tally.lost_samples += samples;
        if self.tally.told.as_ref() != Some(&error) {
            let what = match samples {
                0 => "the values go out with the next request".to_owned(),
                samples => format!("{samples} samples are lost"),
            };
            let name = self.plan.name;
            self.log.say(
                Level::Error,
                &format!("output {name}: a request failed, {what}: {error}"),
            );
            self.tally.told = Some(error.clone());
        }
        self.tally.error = Some(error);
    }
}

/// What sends, on the thread of the output.
enum Link {
    Http {
        client: Client,
        greeted: tokio::sync::OnceCell<()>,
    },
    Grpc,
}

impl Link {
    fn new(route: &Route) -> Link {
        match route {
            Route::Http(http) => Link::Http {
                client: Client::new(Arc::clone(&http.environment), 0),
                greeted: tokio::sync::OnceCell::new(),
            },
            Route::Grpc(_) => Link::Grpc,
        }
    }

    async fn send(&self, route: &Route, body: Vec<u8>) -> Result<(), String> {
        match (self, route) {
            (Link::Http { client, greeted }, Route::Http(http)) => {
                if let Some(greeting) = &http.greeting {
                    greeted
                        .get_or_init(|| async {
                            // A database that is there already answers with an error too.
                            drop(post(client, http.request(greeting, Vec::new())).await);
                        })
                        .await;
                }
                post(client, http.request(&http.url, body)).await
            }
            (_, Route::Grpc(grpc)) => grpc.call(body).await,
            (Link::Grpc, Route::Http(_)) => unreachable!("the link was made for its route"),
        }
    }
}

async fn post(client: &Client, request: Rc<Request>) -> Result<(), String> {
    let jar = RefCell::new(CookieJar::default());
    let url = request.url.clone();
    let response = client.send(request, &jar, &|_| ()).await;
    if response.error.is_some() {
        return Err(format!("POST {url}: {}", response.error_text()));
    }
    if (200..300).contains(&response.status) {
        return Ok(());
    }
    let body = response.body.as_deref().unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    let body: String = body.trim().chars().take(REFUSAL_CHARS_MAX).collect();
    let colon = if body.is_empty() { "" } else { ": " };
    let status = response.status_text();
    Err(format!("POST {url} was answered {status}{colon}{body}"))
}

#[cfg(test)]
mod tests;
