//! Closes connections that keep the server waiting too long, and parks those that rest.

use std::sync::Arc;
use std::time::Duration;

use super::conn::{Clock, Limits, Order, Overdue, Register};
use super::options::HttpOptions;
use super::server::HttpStats;

/// The longest time between two looks.
const TICK_MS_MAX: u64 = 250;

/// The shortest.
const TICK_MS_MIN: u64 = 5;

pub(super) fn limits(options: &HttpOptions) -> Limits {
    let us = |ms: u64| ms.saturating_mul(1_000).max(1);
    Limits {
        header_us: us(options.header_timeout_ms),
        idle_us: us(options.idle_timeout_ms),
        write_us: us(options.write_timeout_ms),
        park_us: us(options.park_after_ms),
    }
}

/// Looks at every connection again and again, for as long as it is polled.
pub(super) async fn run(
    clock: Clock,
    register: Arc<Register>,
    stats: Arc<HttpStats>,
    limits: Limits,
) {
    let shortest_us = limits
        .header_us
        .min(limits.idle_us)
        .min(limits.write_us)
        .min(limits.park_us);
    let tick_ms = (shortest_us / 8_000).clamp(TICK_MS_MIN, TICK_MS_MAX);
    let mut ticks = tokio::time::interval(Duration::from_millis(tick_ms));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let now_us = clock.now_us();
        for conn in register.snapshot() {
            match conn.overdue(now_us, &limits) {
                Some(Overdue::Parkable) => conn.give(Order::Park),
                Some(overdue) => {
                    stats.closed_overdue(overdue);
                    conn.close();
                }
                None => {}
            }
        }
    }
}
