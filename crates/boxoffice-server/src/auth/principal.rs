//! The identity behind a request.

use serde::{Deserialize, Serialize};

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sells: holds, bookings, orders, payments.
    Seller,
    /// Sets up the house, and sells.
    Admin,
}

/// Who asks: the scope of idempotency keys and the right to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The key's number, from 1; 0 is everybody, in a house that is open for use.
    pub number: u32,
    /// What it may do.
    pub role: Role,
}

impl Principal {
    /// Everybody, in a house that listens on loopback and has no keys.
    pub const OPEN: Self = Self {
        number: 0,
        role: Role::Admin,
    };

    /// Whether this principal may do what needs `role`.
    #[must_use]
    pub fn may(self, role: Role) -> bool {
        role <= self.role
    }
}
