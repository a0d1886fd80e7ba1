//! What happened, as the journal has it, in the model's own words.

use super::{Answer, Claim, Item, ShowRules, Us};

/// Why something was given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Cause {
    Buyer,
    Expired,
    Replaced,
    Operator,
    Cancelled,
    Refunded,
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Movement {
    Charge,
    Payment(u64),
    Refund(u64),
    Credit(u64),
}

/// What a booking was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Source {
    Direct,
    Hold(u64),
    Order(u64),
}

/// Something that happened, as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub enum Fact {
    Opened,
    Term(u64),
    ShowPut {
        show: u32,
        rules: ShowRules,
    },
    ProductPut {
        product: u32,
        price: i64,
        initial: u64,
    },
    HoldPlaced {
        hold: u64,
        buyer: u32,
        principal: u32,
        claim: Claim,
        amount: i64,
        expires_at: Us,
        session: bool,
    },
    HoldExtended {
        hold: u64,
        fence: u32,
        expires_at: Us,
    },
    HoldReleased {
        hold: u64,
        cause: Cause,
        claim: Claim,
    },
    BookingMade {
        booking: u64,
        buyer: u32,
        principal: u32,
        source: Source,
        claim: Claim,
        amount: i64,
    },
    BookingCancelled {
        booking: u64,
        cause: Cause,
        claim: Claim,
    },
    Restocked {
        product: u32,
        n: u32,
    },
    OrderPlaced {
        order: u64,
        buyer: u32,
        principal: u32,
        items: Vec<Item>,
        claim: Option<Claim>,
        hold: Option<u64>,
        total: i64,
        pay_by: Us,
    },
    OrderPaid {
        order: u64,
        amount: i64,
        outside: Option<u64>,
        booking: Option<u64>,
        again: bool,
    },
    OrderClosed {
        order: u64,
        cause: Cause,
        claim: Option<Claim>,
    },
    OrderRefunded {
        order: u64,
        items: Vec<(u32, u32)>,
        amount: i64,
        whole: bool,
    },
    OutsideRecorded {
        reference: u64,
        order: u64,
        amount: i64,
        credited: bool,
    },
    AccountChanged {
        buyer: u32,
        principal: u32,
        movement: Movement,
        amount: i64,
        balance: i64,
    },
    KeyStored {
        key: u64,
        body: u64,
        answer: Box<Answer>,
        expires_at: Us,
    },
    KeysExpired(u32),
}
