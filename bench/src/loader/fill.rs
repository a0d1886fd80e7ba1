//! Books seats until all are booked.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::bail;
use stampede_run::wire::{Connection, RequestBuffer, Target};
use tokio::task::JoinSet;

use super::TIMEOUT;
use super::work::booking;
use crate::job::{FillJob, Filled};

/// Makes exactly the bookings of the job.
///
/// # Errors
/// If one of them is not confirmed.
pub(super) fn fill(job: &FillJob) -> anyhow::Result<Filled> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let start = Instant::now();
    let booked = runtime.block_on(async {
        let next = Arc::new(AtomicU64::new(0));
        let mut lanes = JoinSet::new();
        for _ in 0..job.connections {
            let target = Target::at(job.address);
            let connection = Connection::open(&target, TIMEOUT).await?;
            let (seats, next) = (job.seats.clone(), Arc::clone(&next));
            let (bookings, n_seats) = (job.bookings, job.seats_per_booking);
            lanes.spawn(lane(connection, target, next, bookings, move |number| {
                booking(&seats, number, n_seats)
            }));
        }
        let mut booked = 0;
        while let Some(lane) = lanes.join_next().await {
            booked += lane??;
        }
        anyhow::Ok(booked)
    })?;
    Ok(Filled {
        booked,
        seconds: start.elapsed().as_secs_f64(),
    })
}

async fn lane(
    mut connection: Connection,
    target: Target,
    next: Arc<AtomicU64>,
    bookings: u64,
    body: impl Fn(u64) -> String,
) -> anyhow::Result<u64> {
    let mut request = RequestBuffer::new();
    let mut booked = 0;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if bookings <= number {
            return Ok(booked);
        }
        request.begin(&target, "POST", "/v1/bookings");
        request.header("Content-Type", "application/json");
        request.end(body(number).as_bytes());
        match connection.exchange_in_place(request.bytes(), false).await {
            Ok(201) => booked += 1,
            Ok(status) => bail!(
                "booking {number} was answered {status}: {}",
                String::from_utf8_lossy(connection.body())
            ),
            Err(failure) => bail!("booking {number} got no answer ({failure:?})"),
        }
    }
}
