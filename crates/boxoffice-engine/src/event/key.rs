//! Records of idempotency keys: 70 and 71.

use crate::codec::wire_struct;
use crate::ids::Principal;
use crate::time::Instant;

wire_struct! {
    /// Record 70: a reply is kept under a key.
    pub struct KeyStored {
        /// Digest of scope and key.
        pub scope: [u8; 16],
        /// Digest of the request.
        pub fingerprint: [u8; 16],
        /// Who used it.
        pub principal: Principal,
        /// Until then a repeat gets the same reply.
        pub expires_at: Instant,
        /// The stored form of the reply.
        pub reply: Vec<u8>,
    }
}

wire_struct! {
    /// Record 71: the oldest keys, all past their retention, are forgotten.
    pub struct KeysExpired {
        /// How many, in order of their expiry.
        pub count: u32,
    }
}
