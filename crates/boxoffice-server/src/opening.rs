//! Puts a recovered house together: writer, views and metrics around one journal.
//!
//! Invariants: views start where the state stands and miss nothing; [`StartedHouse::stop`] lets
//! every command that was let in be answered.
//! Never: opens files or sockets; the binary does.

use std::io;
use std::sync::Arc;

use boxoffice_engine::event::HouseOpened;
use boxoffice_engine::reply::SeatStatus;
use boxoffice_engine::state::State;
use boxoffice_journal::Journal;
use boxoffice_writer::run::{CommitLost, Running, start};
use boxoffice_writer::watch::{Watch, WriterOptions};

use crate::house::House;
use crate::metrics::HouseMetrics;
use crate::reply::ReplyTo;
use crate::secret::Secret;
use crate::views::{self, AreaClaims, Follower, OpenReader, Seed, ShowSeed, Status, Views};

/// What a house is made of.
pub struct Parts {
    /// The writer's handle.
    pub journal: Box<dyn Journal>,
    /// Opens the journal for reading.
    pub open_reader: OpenReader,
    /// What all entries led to.
    pub state: State,
    /// Used if the journal is empty.
    pub house_id: [u8; 16],
    /// What tokens and ids are made with.
    pub secret: Arc<Secret>,
    /// Settings of the writer.
    pub options: WriterOptions,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A running house without its sockets.
#[derive(Debug)]
pub struct StartedHouse {
    /// The way to the writer.
    pub house: House,
    /// What the house looks like.
    pub views: Arc<Views>,
    /// What the writer reports.
    pub metrics: Arc<HouseMetrics>,
    running: Running<ReplyTo>,
    follower: Follower,
}

/// Starts the writer and the views.
///
/// # Errors
/// When the system gives no thread.
pub fn start_house(parts: Parts) -> io::Result<StartedHouse> {
    let opened = HouseOpened {
        house: parts.house_id,
        secret_print: parts.secret.print(),
    };
    let seed = seed_of(&parts.state);
    let metrics = Arc::new(HouseMetrics::default());
    let watch: Arc<dyn Watch> = Arc::<HouseMetrics>::clone(&metrics);
    let running = start::<ReplyTo>(parts.journal, parts.state, opened, &parts.options, watch)?;
    let house = House {
        writer: running.writer.clone(),
        layouts: Arc::clone(&running.layouts),
        feed: Arc::clone(&running.feed),
        secret: parts.secret,
    };
    let views = Views::new(
        Arc::clone(&house.layouts),
        Arc::clone(&house.secret),
        Arc::clone(&house.feed),
        parts.open_reader,
    );
    if let Some(seed) = seed {
        views.seed(seed);
    }
    let views = Arc::new(views);
    let follower = views::start(Arc::clone(&views))?;
    Ok(StartedHouse {
        house,
        views,
        metrics,
        running,
        follower,
    })
}

impl StartedHouse {
    /// Lets nothing in any more, answers everybody who was let in, and ends the threads.
    ///
    /// # Errors
    /// [`CommitLost`] when the writer had to end before.
    pub fn stop(self) -> Result<(), CommitLost> {
        self.house.writer.close();
        let end = self.running.join();
        if let Err(error) = self.follower.stop() {
            tracing::error!(%error, "the views had ended before");
        }
        end
    }

    /// Waits until the writer has ended by itself or by a close of its inbox.
    ///
    /// # Errors
    /// [`CommitLost`] when it had to.
    pub fn join(self) -> Result<(), CommitLost> {
        let end = self.running.join();
        if let Err(error) = self.follower.stop() {
            tracing::error!(%error, "the views had ended before");
        }
        end
    }
}

/// What the views start from; nothing for a house before its first event.
fn seed_of(state: &State) -> Option<Seed> {
    let opened = state.house()?;
    let shows = state.outline().into_iter().map(|show| ShowSeed {
        layout: show.layout,
        statuses: show.statuses.into_iter().map(status).collect(),
        last: show.last,
        areas: show
            .areas
            .into_iter()
            .map(|(held, booked)| AreaClaims { held, booked })
            .collect(),
        changed: show.changed,
    });
    Some(Seed {
        position: state.position(),
        house: Some(opened.house),
        shows: shows.collect(),
        products: state.product_names().cloned().collect(),
    })
}

fn status(status: SeatStatus) -> Status {
    match status {
        SeatStatus::Free => Status::Free,
        SeatStatus::Held => Status::Held,
        SeatStatus::Booked => Status::Booked,
        SeatStatus::NotForSale => Status::NotForSale,
    }
}
