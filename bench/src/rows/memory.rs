//! Resident memory with a show of a million seats, half of them booked in pairs.

use std::time::{Duration, Instant};

use crate::call::put_show;
use crate::children::{Server, load, new_house};
use crate::context::Context;
use crate::figures::{Series, Unit, float};
use crate::job::{FillJob, Filled, Job, Seats};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "resident memory, show of 1,000,000 seats, half booked in pairs";

const SEATS: u64 = 1_000_000;
const SEATS_QUICK: u64 = 200_000;
const SHOW: &str = "large";
/// No snapshot falls into the run.
pub(super) const NO_SNAPSHOTS: [&str; 2] = ["--snapshot-every-entries", "1000000000"];
/// How long a snapshot may take.
const SNAPSHOT_MAX: Duration = Duration::from_secs(120);

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let n_seats = context.sized(SEATS, SEATS_QUICK);
    let (server, _directory) = new_house(context, &NO_SNAPSHOTS)?;
    let before = server.memory_kib("VmRSS")?;
    put_show(server.address, SHOW, n_seats)?;
    let job = FillJob {
        address: server.address,
        connections: super::CONNECTIONS,
        seats: Seats {
            shows: vec![SHOW.to_owned()],
            per_show: n_seats,
        },
        seats_per_booking: 2,
        bookings: n_seats / 4,
    };
    let filled: Filled = load(context, &Job::Fill(job))?;
    anyhow::ensure!(
        filled.booked == n_seats / 4,
        "only {} bookings",
        filled.booked
    );
    let now = server.memory_kib("VmRSS")?;
    let largest = server.memory_kib("VmHWM")?;
    let data = server.data().to_owned();
    drop(server);
    let again = Server::start(context, &data, &["--snapshot-every-entries", "1"])?;
    let recovered = again.memory_kib("VmRSS")?;
    let taken = wait_for_snapshot(&again);
    let peak = again.memory_kib("VmHWM")?;
    let snapshot = match taken {
        Ok(bytes) => format!("{} with a snapshot of {}", mb(peak), mb(bytes / 1_024)),
        Err(error) => format!("no snapshot: {error}"),
    };
    let note = format!(
        "{n_seats} seats; {} when empty, {} after the bookings, {} after a restart; \
         peak {snapshot}",
        mb(before),
        mb(now),
        mb(recovered),
    );
    Ok(vec![
        Line::ours(
            "memory",
            "resident memory, largest",
            Unit::Megabytes,
            Series::one(megabytes(largest)),
        )
        .target(Judged::OursAtMost, 250.0, 120.0)
        .note(&note),
    ])
}

fn mb(kib: u64) -> String {
    Unit::Megabytes.format(megabytes(kib))
}

/// The system counts memory in KiB.
fn megabytes(kib: u64) -> f64 {
    float(kib) * 1_024.0 / 1e6
}

/// Waits until a snapshot is listed, and returns its size.
fn wait_for_snapshot(server: &Server) -> anyhow::Result<u64> {
    let directory = server.data().join("snapshots");
    let start = Instant::now();
    let mut last = 0;
    while start.elapsed() < SNAPSHOT_MAX {
        std::thread::sleep(Duration::from_millis(500));
        let files = std::fs::read_dir(&directory)?.filter_map(Result::ok);
        let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
        let largest = sizes.max().unwrap_or(0);
        // Complete once it does not grow any more; the manifest alone is small.
        if 64 * 1_024 < largest && largest == last {
            return Ok(largest);
        }
        last = largest;
    }
    anyhow::bail!("none within {} s", SNAPSHOT_MAX.as_secs())
}
