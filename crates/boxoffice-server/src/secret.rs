//! The house's secret: what hold tokens and the ids of bookings and orders are made with.
//!
//! Invariants: the same secret gives the same tokens for ever, so that a replayed reply carries
//! the token of the first; a token proves a hold and a fence, an id proves that this house gave
//! it. Never: stored in the journal, in a feed or an export.

use std::fmt;

use boxoffice_engine::ids::{BookingId, Fence, HoldId, OrderId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// 32 random bytes, made once for a house.
#[derive(Clone)]
pub struct Secret {
    keyed: Hmac<Sha256>,
    print: [u8; 16],
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Characters of ids and tokens: no vowels, nothing that reads like something else.
const ALPHABET: &[u8; 32] = b"0123456789bcdfghjkmnpqrstvwxyz_-";

impl Secret {
    /// Takes the secret's bytes.
    #[must_use]
    pub fn new(bytes: &[u8; SECRET_BYTES]) -> Self {
        let keyed = Hmac::new_from_slice(bytes).expect("an HMAC takes keys of any length");
        let digest = Sha256::new()
            .chain_update(b"boxoffice secret")
            .chain_update(bytes)
            .finalize();
        let mut print = [0; 16];
        print.copy_from_slice(&digest[..16]);
        Self { keyed, print }
    }

    /// What the journal keeps of the secret: enough to notice another one.
    #[must_use]
    pub fn print(&self) -> [u8; 16] {
        self.print
    }

    /// The token of a hold at a fence.
    #[must_use]
    pub fn token(&self, hold: HoldId, fence: Fence) -> String {
        let mut text = format!("{}.", fence.0);
        base32(&self.tag(b"token", hold.0, fence.0)[..20], &mut text);
        text
    }

    /// The fence at which this token was given for the hold, if it was.
    #[must_use]
    pub fn check_token(&self, hold: HoldId, token: &str) -> Option<Fence> {
        let fence = Fence(token.split_once('.')?.0.parse().ok()?);
        same(self.token(hold, fence).as_bytes(), token.as_bytes()).then_some(fence)
    }

    /// The id of a hold, for people and clients.
    #[must_use]
    pub fn hold_id(&self, hold: HoldId) -> String {
        self.id("h_", hold.0)
    }

    /// The id of a booking.
    #[must_use]
    pub fn booking_id(&self, booking: BookingId) -> String {
        self.id("b_", booking.0)
    }

    /// The id of an order.
    #[must_use]
    pub fn order_id(&self, order: OrderId) -> String {
        self.id("o_", order.0)
    }

    /// The hold with this id, if this house gave it.
    #[must_use]
    pub fn hold(&self, id: &str) -> Option<HoldId> {
        self.number("h_", id).map(HoldId)
    }

    /// The booking with this id, if this house gave it.
    #[must_use]
    pub fn booking(&self, id: &str) -> Option<BookingId> {
        self.number("b_", id).map(BookingId)
    }

    /// The order with this id, if this house gave it.
    #[must_use]
    pub fn order(&self, id: &str) -> Option<OrderId> {
        self.number("o_", id).map(OrderId)
    }

    fn id(&self, prefix: &str, number: u64) -> String {
        let mut text = String::with_capacity(40);
        text.push_str(prefix);
        text.push_str(&number.to_string());
        text.push('.');
        base32(&self.tag(prefix.as_bytes(), number, 0)[..10], &mut text);
        text
    }

    fn number(&self, prefix: &str, id: &str) -> Option<u64> {
        let number = id.strip_prefix(prefix)?.split_once('.')?.0.parse().ok()?;
        same(self.id(prefix, number).as_bytes(), id.as_bytes()).then_some(number)
    }

    fn tag(&self, kind: &[u8], number: u64, fence: u32) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        mac.update(kind);
        mac.update(&number.to_be_bytes());
        mac.update(&fence.to_be_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Compares in time that does not depend on where the two differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |diff, (x, y)| diff | (x ^ y)) == 0
}

fn base32(bytes: &[u8], out: &mut String) {
    let mut bits = 0_u32;
    let mut n_bits = 0_u32;
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        n_bits += 8;
        while n_bits >= 5 {
            n_bits -= 5;
            out.push(char::from(ALPHABET[((bits >> n_bits) & 31) as usize]));
        }
        bits &= (1 << n_bits) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_proves_its_hold_and_fence_only() {
        let secret = Secret::new(&[7; 32]);
        let token = secret.token(HoldId(5), Fence(2));
        assert_eq!(secret.check_token(HoldId(5), &token), Some(Fence(2)));
        assert_eq!(secret.check_token(HoldId(6), &token), None);
        assert_eq!(
            secret.check_token(HoldId(5), &token.replacen('2', "1", 1)),
            None
        );
        assert_eq!(Secret::new(&[8; 32]).check_token(HoldId(5), &token), None);
        assert_eq!(secret.check_token(HoldId(5), ""), None);
    }

    #[test]
    fn an_id_of_one_kind_is_none_of_another() {
        let secret = Secret::new(&[7; 32]);
        let id = secret.order_id(OrderId(12));
        assert_eq!(secret.order(&id), Some(OrderId(12)));
        assert_eq!(secret.booking(&id.replacen("o_", "b_", 1)), None);
        assert_eq!(secret.order("o_12"), None);
        assert_eq!(secret.order(&id.replacen("12", "012", 1)), None);
    }
}
