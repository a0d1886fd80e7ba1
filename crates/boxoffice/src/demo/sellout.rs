//! Buyers who want any seat of one show until it is sold out, whatever happens to the server.
//!
//! Each attempt has its own idempotency key. Without an answer the buyer asks again with the same
//! key, until there is one: that is what makes a crash harmless.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use stampede_run::wire::{Connection, RequestBuffer, Target};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause before the server is asked again that did not answer.
const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// A crowd that is not done after this long gives up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(30);

/// The crowd.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SellOut {
    pub(super) address: SocketAddr,
    pub(super) show: String,
    pub(super) buyers: u32,
    pub(super) seats: u32,
    /// Sets keys of different runs apart.
    pub(super) run: u64,
}

/// A booking that the server acknowledged.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Bought {
    pub(super) buyer: String,
    pub(super) seat: String,
    pub(super) booking: String,
    pub(super) key: String,
    pub(super) status: u16,
    pub(super) body: String,
}

/// What became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SellOutResult {
    pub(super) bought: Vec<Bought>,
    pub(super) refused: u64,
    /// Requests that were sent again because no answer came.
    pub(super) repeated: u64,
    /// Answers of 503 after which the same request was sent again.
    pub(super) unavailable: u64,
    /// Answers that are neither a booking nor a refusal nor a 503.
    pub(super) wrong: Vec<String>,
    pub(super) elapsed_ms: u64,
    pub(super) gave_up: bool,
}

#[derive(Deserialize)]
struct Booked {
    booking: String,
}

#[derive(Default)]
struct Shared {
    sold: AtomicU64,
    repeated: AtomicU64,
    unavailable: AtomicU64,
}

/// What one buyer brings home.
#[derive(Default)]
struct Basket {
    bought: Vec<Bought>,
    refused: u64,
    wrong: Vec<String>,
    gave_up: bool,
}

/// Runs the crowd to the last seat.
pub(super) fn sell_out(job: &SellOut) -> anyhow::Result<SellOutResult> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let shared = Arc::new(Shared::default());
    let started = Instant::now();
    let baskets = runtime.block_on(async {
        let mut buyers = tokio::task::JoinSet::new();
        for number in 0..job.buyers {
            let buyer = Buyer {
                job: job.clone(),
                name: format!("buyer-{number}"),
                number,
                shared: Arc::clone(&shared),
                give_up_at: started + GIVE_UP_AFTER,
                connection: None,
            };
            buyers.spawn(buyer.shop());
        }
        buyers.join_all().await
    });
    let mut result = SellOutResult {
        bought: Vec::new(),
        refused: 0,
        repeated: shared.repeated.load(Ordering::Relaxed),
        unavailable: shared.unavailable.load(Ordering::Relaxed),
        wrong: Vec::new(),
        elapsed_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        gave_up: false,
    };
    for basket in baskets {
        result.bought.extend(basket.bought);
        result.refused += basket.refused;
        result.wrong.extend(basket.wrong);
        result.gave_up |= basket.gave_up;
    }
    Ok(result)
}

struct Buyer {
    job: SellOut,
    name: String,
    number: u32,
    shared: Arc<Shared>,
    give_up_at: Instant,
    connection: Option<Connection>,
}

impl Buyer {
    async fn shop(mut self) -> Basket {
        let mut basket = Basket::default();
        // Every buyer walks all seats from a place of its own, so that they meet all the time.
        let offset = self.number.wrapping_mul(2_654_435_761) % self.job.seats;
        for step in 0..self.job.seats {
            if self.shared.sold.load(Ordering::Relaxed) >= u64::from(self.job.seats) {
                break;
            }
            let seat = format!("S{}", (offset + step) % self.job.seats + 1);
            let key = format!("{}-{}-{step}", self.job.run, self.name);
            let Some((status, body)) = self.ask(&seat, &key).await else {
                basket.gave_up = true;
                break;
            };
            self.file(&mut basket, seat, key, status, body);
        }
        basket
    }

    fn file(&self, basket: &mut Basket, seat: String, key: String, status: u16, body: String) {
        match (status, serde_json::from_str::<Booked>(&body)) {
            (201, Ok(Booked { booking })) => {
                self.shared.sold.fetch_add(1, Ordering::Relaxed);
                let buyer = self.name.clone();
                basket.bought.push(Bought {
                    buyer,
                    seat,
                    booking,
                    key,
                    status,
                    body,
                });
            }
            (409, _) => basket.refused += 1,
            _ => basket.wrong.push(format!("{status} {body}")),
        }
    }

    /// Asks until there is an answer other than 503; always the same request with the same key.
    async fn ask(&mut self, seat: &str, key: &str) -> Option<(u16, String)> {
        let target = Target::at(self.job.address);
        let body = format!(
            r#"{{"buyer":"{}","show":"{}","seats":["{seat}"]}}"#,
            self.name, self.job.show
        );
        let mut request = RequestBuffer::new();
        request
            .begin(&target, "POST", "/v1/bookings")
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .end(body.as_bytes());
        while Instant::now() < self.give_up_at {
            match self.exchange(&target, request.bytes()).await {
                Some((503, _)) => {
                    self.shared.unavailable.fetch_add(1, Ordering::Relaxed);
                }
                Some(answer) => return Some(answer),
                None => {
                    self.shared.repeated.fetch_add(1, Ordering::Relaxed);
                    self.connection = None;
                }
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        None
    }

    async fn exchange(&mut self, target: &Target, request: &[u8]) -> Option<(u16, String)> {
        if self
            .connection
            .as_ref()
            .is_none_or(|open| !open.is_usable())
        {
            self.connection = Connection::open(target, REQUEST_TIMEOUT).await.ok();
        }
        let connection = self.connection.as_mut()?;
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        let answer = connection.exchange(request, false, deadline).await.ok()?;
        Some((
            answer.status,
            String::from_utf8_lossy(&answer.body).into_owned(),
        ))
    }
}
