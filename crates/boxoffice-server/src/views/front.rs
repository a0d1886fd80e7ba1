//! What the readers of one show share: prepared maps, stream frames and the wake-up.

use boxoffice_engine::ids::Position;
use tokio::sync::{Mutex, watch};

use super::frames::Frames;
use super::map::Prepared;

/// See the module.
#[derive(Debug)]
pub(super) struct Front {
    /// The position of the show's last change.
    pub(super) changed: watch::Sender<u64>,
    /// The full map, if somebody asked for it.
    pub(super) full: Mutex<Option<Prepared>>,
    /// The compact map, if somebody asked for it.
    pub(super) compact: Mutex<Option<Prepared>>,
    /// What streams send.
    pub(super) frames: Mutex<Frames>,
}

impl Front {
    pub(super) fn new(changed: Position) -> Self {
        Self {
            changed: watch::Sender::new(changed.0),
            full: Mutex::new(None),
            compact: Mutex::new(None),
            frames: Mutex::new(Frames::default()),
        }
    }

    /// Wakes those who wait for a change.
    pub(super) fn wake(&self, changed: Position) {
        self.changed.send_replace(changed.0);
    }
}
