//! A user's part in a scenario of the closed model: one iteration after the other.
//!
//! Invariants: no iteration begins after the soft end; the one under way is cut short at the hard
//! end, by one timer for the whole part and not one per iteration.

use std::time::Instant;

use stampede_js::Vu;
use tokio::task::spawn_local;

use crate::dropped;
use crate::job::{Limit, Slot};
use crate::worker::Worker;

/// Runs a user's part to its end and puts the user back.
pub(crate) async fn run(worker: &Worker, user: u64, mut slot: Slot) {
    let mut vu = worker.take(user);
    if let Err(error) = worker.join(&mut vu, &slot.running).await {
        worker.complain(&error, &slot.running);
        worker.put_back(user, vu);
        return;
    }
    worker.enter(&slot.running);
    let interrupter = vu.interrupter();
    let hard_end = slot.hard_end.min(slot.running.hard_end);
    let watchdog = spawn_local(async move {
        tokio::time::sleep_until(hard_end.into()).await;
        interrupter.stop();
    });
    let vu = iterate(worker, user, vu, &mut slot).await;
    watchdog.abort();
    if let Limit::Each(left) = slot.limit
        && !worker.outfit.stop.is_stopped()
    {
        // Its own time was up before its iterations were.
        dropped::record(
            &worker.recorder,
            &worker.outfit.settings,
            &slot.running,
            left,
        );
    }
    worker.leave(&slot.running);
    if let Some(vu) = vu {
        worker.put_back(user, vu);
    }
}

/// `None` when the user was lost and could not be made anew.
async fn iterate(worker: &Worker, user: u64, mut vu: Vu, slot: &mut Slot) -> Option<Vu> {
    let running = &slot.running;
    while !worker.outfit.stop.is_stopped() && Instant::now() < slot.soft_end && slot.limit.take() {
        if worker.iterate(&mut vu, running).await || worker.outfit.stop.is_stopped() {
            continue;
        }
        // What it did to itself may not be undone: another takes its place.
        drop(vu);
        vu = match worker.remake(user, running).await {
            Ok(vu) => vu,
            Err(error) => {
                worker.complain(&error, running);
                return None;
            }
        };
    }
    Some(vu)
}
