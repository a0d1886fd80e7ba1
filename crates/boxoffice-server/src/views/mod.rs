//! Views: what the house looks like to those who watch. They follow the journal and never ask the
//! writer.
//!
//! | file | what |
//! | --- | --- |
//! | `core`, `show`, `states`, `window` | the state that entries are applied to |
//! | `map`, `render` | `GET …/seats`: whole, compact, or since a position |
//! | `stream`, `frames` | `GET …/stream`: Server-Sent Events |
//! | `journal`, `envelope` | `GET /v1/journal`: CloudEvents |
//! | `history`, `links` | what happened to a seat, an order, an account |
//! | `follow`, `entries` | the thread that feeds all this; reading the journal |
//!
//! Invariants: a view is at one position and shows all of every entry up to it and nothing of the
//! next; positions only grow; `total = free + held + booked`, always. A reader holds the follower
//! up for no longer than it takes to copy a few hundred pointers or to write one window of changes;
//! whole maps are drawn from snapshots.
//! Never: decides, talks to the writer, or waits without a bound.

mod core;
mod entries;
mod envelope;
mod follow;
mod frames;
mod front;
mod history;
mod journal;
mod lines;
mod links;
mod map;
mod refusal;
mod render;
mod seed;
mod show;
mod states;
mod stream;
mod window;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard};
use std::time::Duration;

use boxoffice_api::v1::show_view::Totals;
use boxoffice_engine::ids::{Name, Position, ProductIdx, SeatIdx, ShowIdx};
use boxoffice_writer::feed::{Committed, Feed};
use boxoffice_writer::layouts::Layouts;
use tokio::sync::watch;

use self::core::Core;
use crate::secret::Secret;
use entries::Readers;
use front::Front;

pub use entries::{EntryError, OpenReader};
pub use follow::{FollowFailed, Follower, start};
pub use history::{HistoryLine, LINES_MAX, Page};
pub use journal::FEED_STREAMS_MAX;
pub use map::{Changes, FULL_SEATS_MAX, SeatMap};
pub use refusal::Refusal;
pub use seed::{Seed, ShowSeed};
pub use states::{AreaClaims, SeatStates, Status};
pub use stream::STREAMS_MAX;

/// How long a read waits at the most for what was durable when it came, in milliseconds. A view is
/// usually there within one; a view that lags for longer is served as it is.
const FRESH_WAIT_MS: u64 = 20;
/// How long a read waits for a show that exists but that the view has not seen, in milliseconds.
const NEW_SHOW_WAIT_MS: u64 = 5_000;

/// All views of a house.
#[derive(Debug)]
pub struct Views {
    core: RwLock<Core>,
    position: watch::Sender<u64>,
    /// Whether the follower has failed: the views stand still for good.
    has_failed: AtomicBool,
    /// Wakes whoever waits for that, and for nothing else.
    failure: watch::Sender<bool>,
    layouts: Arc<Layouts>,
    secret: Arc<Secret>,
    feed: Arc<Feed>,
    readers: Arc<Readers>,
    n_streams: Arc<AtomicUsize>,
    n_feed_streams: Arc<AtomicUsize>,
    prepared_bytes: Arc<AtomicUsize>,
}

/// Figures for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Where the views stand.
    pub position: u64,
    /// Entries that they have still to apply.
    pub lag_entries: u64,
    /// Open seat streams.
    pub streams: usize,
    /// Open journal streams.
    pub feed_streams: usize,
    /// Bytes of the maps that are ready to be sent.
    pub prepared_bytes: usize,
}

impl Views {
    /// Views of a house before its first event. `open_reader` opens the journal for reading; it is
    /// called from any thread.
    #[must_use]
    pub fn new(
        layouts: Arc<Layouts>,
        secret: Arc<Secret>,
        feed: Arc<Feed>,
        open_reader: OpenReader,
    ) -> Self {
        Self {
            core: RwLock::new(Core::new(Arc::clone(&layouts))),
            position: watch::Sender::new(0),
            has_failed: AtomicBool::new(false),
            failure: watch::Sender::new(false),
            layouts,
            secret,
            feed,
            readers: Arc::new(Readers::new(open_reader)),
            n_streams: Arc::default(),
            n_feed_streams: Arc::default(),
            prepared_bytes: Arc::default(),
        }
    }

    /// Starts from a snapshot instead of the journal's first entry. Call it before [`start`].
    pub fn seed(&self, seed: Seed) {
        let mut core = self.core_mut();
        assert_eq!(
            core.position,
            Position(0),
            "views are seeded before they follow"
        );
        core.seed(seed);
        let position = core.position;
        drop(core);
        self.position.send_replace(position.0);
    }

    /// Applies the next entry. Called by the follower only.
    pub fn apply(&self, entry: &Committed) {
        self.apply_all([entry]);
    }

    /// Applies the next entries, and wakes readers once.
    pub(super) fn apply_all<'a>(&self, entries: impl IntoIterator<Item = &'a Committed>) {
        let mut changed = Vec::new();
        let mut core = self.core_mut();
        for entry in entries {
            changed.extend(core.apply(entry));
        }
        let position = core.position;
        drop(core);
        for (front, changed) in changed {
            front.wake(changed);
        }
        self.position.send_replace(position.0);
    }

    /// Where the views stand.
    #[must_use]
    pub fn position(&self) -> Position {
        Position(*self.position.borrow())
    }

    /// Whether everything up to `position` is in the views.
    #[must_use]
    pub fn caught_up(&self, position: Position) -> bool {
        position <= self.position()
    }

    /// Whether the views stand still for good: what they show is right as of their position, and
    /// only a restart brings them further.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Acquire)
    }

    /// Says that the follower has failed, and lets go who waits for it.
    pub(super) fn set_failed(&self) {
        self.has_failed.store(true, Ordering::Release);
        self.position.send_modify(|_unchanged| {});
        self.failure.send_replace(true);
    }

    /// Waits until the views have failed, which usually never happens.
    async fn failed(&self) {
        let mut failure = self.failure.subscribe();
        // The sender lives as long as `self`.
        drop(failure.wait_for(|has_failed| *has_failed).await);
    }

    /// Durable entries that are not in the views yet.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.feed.newest().0.saturating_sub(self.position().0)
    }

    /// Figures for metrics.
    #[must_use]
    pub fn figures(&self) -> Figures {
        use Ordering::Relaxed;
        Figures {
            position: self.position().0,
            lag_entries: self.lag(),
            streams: self.n_streams.load(Relaxed),
            feed_streams: self.n_feed_streams.load(Relaxed),
            prepared_bytes: self.prepared_bytes.load(Relaxed),
        }
    }

    /// Waits until everything up to `position` is in the views.
    ///
    /// # Errors
    /// [`Refusal::Behind`] after `wait`, and at once when it cannot come true any more.
    pub async fn reached(&self, position: Position, wait: Duration) -> Result<(), Refusal> {
        if self.caught_up(position) {
            return Ok(());
        }
        let mut watch = self.position.subscribe();
        let ended = |at: &u64| position.0 <= *at || self.has_failed();
        // Whether the wait ran out or the views failed, their position tells how far they came.
        drop(tokio::time::timeout(wait, watch.wait_for(ended)).await);
        if self.caught_up(position) {
            return Ok(());
        }
        Err(Refusal::Behind {
            wanted: position.0,
            reached: self.position().0,
        })
    }

    /// Waits, briefly, until what is durable now is in the views: a client then sees what it has
    /// just done, without naming a position.
    pub async fn fresh(&self) {
        let newest = self.feed.newest();
        // A view that lags for longer is served as it is; its position tells.
        drop(
            self.reached(newest, Duration::from_millis(FRESH_WAIT_MS))
                .await,
        );
    }

    /// A show as it is now: cheap, and never changes afterwards.
    #[must_use]
    pub fn seats(&self, show: ShowIdx) -> Option<Arc<SeatStates>> {
        self.core().shows.get(show.at()).map(show::Show::states)
    }

    /// A show with everything up to `position`, which may be a moment away.
    ///
    /// # Errors
    /// [`Refusal::Behind`] after `wait`, [`Refusal::NotFound`] for a show that was not there then.
    pub async fn seats_at(
        &self,
        show: ShowIdx,
        position: Position,
        wait: Duration,
    ) -> Result<Arc<SeatStates>, Refusal> {
        self.reached(position, wait).await?;
        self.seats(show).ok_or(Refusal::NotFound("show"))
    }

    /// As [`Self::seats`], by the show's id.
    #[must_use]
    pub fn states_of(&self, show: &str) -> Option<Arc<SeatStates>> {
        self.core().show_by_id(show).map(show::Show::states)
    }

    /// The counts of a show, and the position of its last change.
    #[must_use]
    pub fn totals(&self, show: ShowIdx) -> Option<(Totals, Position)> {
        self.core()
            .shows
            .get(show.at())
            .map(|show| (show.totals(), show.changed))
    }

    /// The newest position that touched a seat, 0 for none: where its history starts.
    #[must_use]
    pub fn last_of_seat(&self, show: ShowIdx, seat: SeatIdx) -> Option<Position> {
        self.core().shows.get(show.at()).map(|show| show.last(seat))
    }

    /// A product's id.
    #[must_use]
    pub fn product(&self, product: ProductIdx) -> Option<Name> {
        self.core().products.get(product.at()).cloned()
    }

    /// What the show's readers share; waits for a show that was put a moment ago.
    async fn front(&self, show: &str) -> Result<Arc<Front>, Refusal> {
        let find = || {
            self.core()
                .show_by_id(show)
                .map(|show| Arc::clone(&show.front))
        };
        if let Some(front) = find() {
            return Ok(front);
        }
        if self.layouts.by_id(show).is_some() {
            let wait = Duration::from_millis(NEW_SHOW_WAIT_MS);
            self.reached(self.feed.newest(), wait).await?;
        }
        find().ok_or(Refusal::NotFound("show"))
    }

    fn core(&self) -> RwLockReadGuard<'_, Core> {
        self.core
            .read()
            .expect("an entry was applied in part: serving it would be a lie")
    }

    /// As [`Self::core`], for who has begun an answer and has to end it.
    fn core_if_whole(&self) -> Result<RwLockReadGuard<'_, Core>, Refusal> {
        self.core.read().map_err(|_poisoned| Refusal::Failed)
    }

    fn core_mut(&self) -> std::sync::RwLockWriteGuard<'_, Core> {
        self.core
            .write()
            .expect("an entry was applied in part: serving it would be a lie")
    }
}
