//! The house's secret: what hold tokens and the ids of bookings and orders are made with.
//!
//! Numbers start again where a journal was cut or a backup was restored. So a secret has epochs:
//! each counts for the numbers behind those that were given when it began, and what was given out
//! for a number that is lost proves nothing about the next grant of that number.
//!
//! Invariants: the same secret gives the same tokens for ever, so that a replayed reply carries
//! the token of the first; a token proves a hold and a fence, an id proves that this house gave
//! it. Never: stored in the journal, in a feed or an export.

use std::fmt;

use boxoffice_engine::ids::{BookingId, Fence, HoldId, OrderId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// Bytes of an epoch's secret.
pub const SECRET_BYTES: usize = 32;

/// The last numbers that were given when an epoch began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// Of holds.
    pub holds: u64,
    /// Of bookings.
    pub bookings: u64,
    /// Of orders.
    pub orders: u64,
}

impl Numbers {
    fn of(self, kind: Kind) -> u64 {
        match kind {
            Kind::Hold => self.holds,
            Kind::Booking => self.bookings,
            Kind::Order => self.orders,
        }
    }
}

/// A part of the secret, as it is kept: 32 random bytes and behind which numbers they count.
#[derive(Clone, PartialEq, Eq)]
pub struct Epoch {
    /// The random bytes.
    pub bytes: [u8; SECRET_BYTES],
    /// It counts for the numbers behind these, unless a later epoch does.
    pub after: Numbers,
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch(…, {:?})", self.after)
    }
}

/// What has numbers.
#[derive(Clone, Copy)]
enum Kind {
    Hold,
    Booking,
    Order,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Hold => "h_",
            Self::Booking => "b_",
            Self::Order => "o_",
        }
    }
}

/// The secret of a house with all its epochs, ready to use.
#[derive(Clone)]
pub struct Secret {
    /// Counts for every number that no later epoch counts for.
    first: Hmac<Sha256>,
    /// In the order in which they began.
    later: Vec<(Numbers, Hmac<Sha256>)>,
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
    /// A secret of one epoch.
    #[must_use]
    pub fn new(bytes: &[u8; SECRET_BYTES]) -> Self {
        Self::of_epochs(bytes, &[])
    }

    /// A secret of the first epoch's bytes and the later epochs, in the order in which they began.
    #[must_use]
    pub fn of_epochs(first: &[u8; SECRET_BYTES], later: &[Epoch]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"boxoffice secret")
            .chain_update(first)
            .finalize();
        let mut print = [0; 16];
        print.copy_from_slice(&digest[..16]);
        Self {
            first: keyed(first),
            later: later
                .iter()
                .map(|epoch| (epoch.after, keyed(&epoch.bytes)))
                .collect(),
            print,
        }
    }

    /// What the journal keeps of the secret's first epoch: enough to notice another secret.
    #[must_use]
    pub fn print(&self) -> [u8; 16] {
        self.print
    }

    /// The token of a hold at a fence.
    #[must_use]
    pub fn token(&self, hold: HoldId, fence: Fence) -> String {
        let mut text = format!("{}.", fence.0);
        base32(
            &self.tag(Kind::Hold, b"token", hold.0, fence.0)[..20],
            &mut text,
        );
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
        self.id(Kind::Hold, hold.0)
    }

    /// The id of a booking.
    #[must_use]
    pub fn booking_id(&self, booking: BookingId) -> String {
        self.id(Kind::Booking, booking.0)
    }

    /// The id of an order.
    #[must_use]
    pub fn order_id(&self, order: OrderId) -> String {
        self.id(Kind::Order, order.0)
    }

    /// The hold with this id, if this house gave it.
    #[must_use]
    pub fn hold(&self, id: &str) -> Option<HoldId> {
        self.number(Kind::Hold, id).map(HoldId)
    }

    /// The booking with this id, if this house gave it.
    #[must_use]
    pub fn booking(&self, id: &str) -> Option<BookingId> {
        self.number(Kind::Booking, id).map(BookingId)
    }

    /// The order with this id, if this house gave it.
    #[must_use]
    pub fn order(&self, id: &str) -> Option<OrderId> {
        self.number(Kind::Order, id).map(OrderId)
    }

    fn id(&self, kind: Kind, number: u64) -> String {
        let mut text = String::with_capacity(40);
        text.push_str(kind.prefix());
        text.push_str(&number.to_string());
        text.push('.');
        let tag = self.tag(kind, kind.prefix().as_bytes(), number, 0);
        base32(&tag[..10], &mut text);
        text
    }

    fn number(&self, kind: Kind, id: &str) -> Option<u64> {
        let rest = id.strip_prefix(kind.prefix())?;
        let number = rest.split_once('.')?.0.parse().ok()?;
        same(self.id(kind, number).as_bytes(), id.as_bytes()).then_some(number)
    }

    /// The newest epoch that began before this number was given: an older one that would count
    /// for it gave it to somebody else, or never.
    fn epoch(&self, kind: Kind, number: u64) -> &Hmac<Sha256> {
        let mut newest_first = self.later.iter().rev();
        let counts = newest_first.find(|(after, _)| after.of(kind) < number);
        counts.map_or(&self.first, |(_, keyed)| keyed)
    }

    fn tag(&self, kind: Kind, what: &[u8], number: u64, fence: u32) -> [u8; 32] {
        let mut mac = self.epoch(kind, number).clone();
        mac.update(what);
        mac.update(&number.to_be_bytes());
        mac.update(&fence.to_be_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn keyed(bytes: &[u8; SECRET_BYTES]) -> Hmac<Sha256> {
    Hmac::new_from_slice(bytes).expect("an HMAC takes keys of any length")
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

    #[test]
    fn what_was_given_for_a_lost_number_proves_nothing_about_its_next_grant() {
        let after = |holds, bookings, orders| Numbers {
            holds,
            bookings,
            orders,
        };
        let epoch = |byte, after| Epoch {
            bytes: [byte; 32],
            after,
        };
        let old = Secret::new(&[7; 32]);
        let renewed = [epoch(8, after(5, 3, 0))];
        let new = Secret::of_epochs(&[7; 32], &renewed);
        assert_eq!(new.print(), old.print());
        // What was kept still counts.
        let token = old.token(HoldId(5), Fence(2));
        assert_eq!(new.check_token(HoldId(5), &token), Some(Fence(2)));
        assert_eq!(new.hold(&old.hold_id(HoldId(5))), Some(HoldId(5)));
        assert_eq!(
            new.booking(&old.booking_id(BookingId(3))),
            Some(BookingId(3))
        );
        // What was lost does not, each kind behind its own number.
        let token = old.token(HoldId(6), Fence(1));
        assert_eq!(new.check_token(HoldId(6), &token), None);
        assert_eq!(new.hold(&old.hold_id(HoldId(6))), None);
        assert_eq!(new.booking(&old.booking_id(BookingId(4))), None);
        assert_eq!(new.order(&old.order_id(OrderId(1))), None);
        assert_eq!(new.hold(&new.hold_id(HoldId(6))), Some(HoldId(6)));
        // A second loss, further back than the first: neither of the two before counts there.
        let newest = Secret::of_epochs(&[7; 32], &[renewed[0].clone(), epoch(9, after(2, 3, 0))]);
        for lost in [3, 5, 6, 9] {
            for before in [&old, &new] {
                assert_eq!(newest.hold(&before.hold_id(HoldId(lost))), None, "{lost}");
            }
        }
        assert_eq!(newest.hold(&new.hold_id(HoldId(2))), Some(HoldId(2)));
        assert_eq!(newest.booking(&new.booking_id(BookingId(4))), None);
    }
}
