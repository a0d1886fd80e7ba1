//! Records of the house itself: 1 and 2.

use crate::codec::wire_struct;

wire_struct! {
    /// Record 1: always the first event of a journal.
    pub struct HouseOpened {
        /// The house's random id.
        pub house: [u8; 16],
        /// Digest of the secret that tokens are made with: another secret is noticed at start.
        pub secret_print: [u8; 16],
    }
}

wire_struct! {
    /// Record 2: a process took over the journal.
    pub struct TermStarted {
        /// Counts the take-overs, from 1.
        pub term: u64,
    }
}
