//! Reads answers and journal entries of the real house in the model's words.

use boxoffice_engine::codec::from_bytes;
use boxoffice_engine::event::{self, Event};
use boxoffice_engine::ids::{Name, OrderId, ShowIdx};
use boxoffice_engine::reply::{
    AccountView, BookingStatus, BookingView, ClaimView, HoldView, OrderStatus, OrderView,
    PaymentView, Places, ProductView, Refusal, Reply, Rule, SeatStatus,
};

use super::wire::{number, rules};
use crate::model::words;
use crate::model::words::{
    AccountSeen, Answer, BookingSeen, Cause, Claim, Fact, HoldSeen, Item, Movement, OrderSeen,
    PaymentSeen, ProductSeen, Refused, Source, Standing, Status,
};

/// What the model has no word for.
type Read<T> = Option<T>;

fn id(name: &Name) -> Read<u32> {
    number(name.as_str())
}

fn places(of: Option<&Places>) -> Option<(u32, u32)> {
    of.map(|places| (places.area.0, places.quantity))
}

fn claim(view: &ClaimView) -> Claim {
    Claim {
        show: view.show.0,
        seats: view.seats.iter().map(|seat| seat.seat.0).collect(),
        places: places(view.places.as_ref()),
    }
}

fn hold(view: &HoldView) -> Read<HoldSeen> {
    Some(HoldSeen {
        hold: view.hold.0,
        fence: view.fence.0,
        buyer: id(&view.buyer)?,
        claim: claim(&view.claim),
        amount: view.amount.0,
        placed_at: view.placed_at.0,
        expires_at: view.expires_at.0,
    })
}

fn maybe_hold(view: Option<&HoldView>) -> Read<Option<HoldSeen>> {
    match view {
        None => Some(None),
        Some(view) => hold(view).map(Some),
    }
}

fn booking(view: &BookingView) -> Read<BookingSeen> {
    Some(BookingSeen {
        booking: view.booking.0,
        buyer: id(&view.buyer)?,
        confirmed: view.status == BookingStatus::Confirmed,
        claim: claim(&view.claim),
        amount: view.amount.0,
        booked_at: view.booked_at.0,
        order: view.order.map(|order| order.0),
    })
}

fn status(of: OrderStatus) -> Status {
    match of {
        OrderStatus::PendingPayment => Status::Pending,
        OrderStatus::Paid => Status::Paid,
        OrderStatus::Expired => Status::Expired,
        OrderStatus::Cancelled => Status::Cancelled,
        OrderStatus::Refunded => Status::Refunded,
    }
}

fn order(view: &OrderView) -> Read<OrderSeen> {
    let items = view.items.iter().map(|item| {
        Some(Item {
            product: id(&item.id)?,
            quantity: item.quantity,
            refunded: item.refunded,
            unit_price: item.unit_price.0,
        })
    });
    Some(OrderSeen {
        order: view.order.0,
        buyer: id(&view.buyer)?,
        status: status(view.status),
        items: items.collect::<Read<_>>()?,
        claim: view.claim.as_ref().map(claim),
        total: view.total.0,
        refunded: view.refunded.0,
        placed_at: view.placed_at.0,
        pay_by: view.pay_by.0,
        paid_at: view.paid_at.map(|at| at.0),
        booking: view.booking.map(|booking| booking.0),
    })
}

fn payment(view: &PaymentView) -> Read<PaymentSeen> {
    let reference = match &view.reference {
        None => None,
        Some(reference) => Some(number(reference.as_str())?),
    };
    Some(PaymentSeen {
        order: view.order.0,
        buyer: id(&view.buyer)?,
        status: status(view.status),
        amount: view.amount.0,
        balance: view.balance.map(|balance| balance.0),
        booking: view.booking.map(|booking| booking.0),
        reference,
        at: view.at.0,
    })
}

fn account(view: &AccountView) -> Read<AccountSeen> {
    Some(AccountSeen {
        buyer: id(&view.buyer)?,
        balance: view.balance.0,
        version: view.version,
        amount: view.amount.0,
        at: view.at.0,
    })
}

fn product(view: &ProductView) -> Read<ProductSeen> {
    Some(ProductSeen {
        product: id(&view.id)?,
        price: view.price.0,
        initial: view.initial,
        restocked: view.restocked,
        sold: view.sold,
    })
}

fn rule(of: &Rule) -> words::Rule {
    match of {
        Rule::Shape(_) => words::Rule::Shape,
        Rule::KeyReused => words::Rule::KeyReused,
        Rule::KeysExhausted => words::Rule::KeysExhausted,
        Rule::NotFound(_) => words::Rule::NotFound,
        Rule::ShowClosed => words::Rule::ShowClosed,
        Rule::NotOnSale(at) => words::Rule::NotOnSale(at.0),
        Rule::HoldExpired => words::Rule::HoldExpired,
        Rule::FenceStale(fence) => words::Rule::FenceStale(fence.0),
        Rule::ExtendTooFar(at) => words::Rule::ExtendTooFar(at.0),
        Rule::SessionHolds(hold) => words::Rule::SessionHolds(hold.0),
        Rule::OrderNotPending(of) => words::Rule::OrderNotPending(status(*of)),
        Rule::OrderExpired => words::Rule::OrderExpired,
        Rule::OrderPaid(OrderId(order)) => words::Rule::OrderPaid(*order),
        Rule::NotRefundable(of) => words::Rule::NotRefundable(status(*of)),
        Rule::RefundTooMuch => words::Rule::RefundTooMuch,
        Rule::ReferenceUsed => words::Rule::ReferenceUsed,
        Rule::InUse => words::Rule::InUse,
        Rule::Exists => words::Rule::Exists,
        Rule::ExistsWithDifferentBody => words::Rule::ExistsWithDifferentBody,
        Rule::SeatUnavailable => words::Rule::SeatUnavailable,
        Rule::SoldOut(left) => words::Rule::SoldOut(*left),
        Rule::BuyerLimit(max) => words::Rule::BuyerLimit(*max),
        Rule::InsufficientBalance(balance) => words::Rule::InsufficientBalance(balance.0),
        Rule::AmountRange => words::Rule::AmountRange,
        Rule::HouseFull => words::Rule::HouseFull,
        Rule::Busy => words::Rule::Busy,
    }
}

fn refused(refusal: &Refusal) -> Refused {
    let standing = |of| match of {
        SeatStatus::Free => Standing::Free,
        SeatStatus::Held => Standing::Held,
        SeatStatus::Booked => Standing::Booked,
        SeatStatus::NotForSale => Standing::NotForSale,
    };
    let conflicts = refusal.conflicts.iter();
    let conflicts = conflicts.map(|c| (c.seat.0, standing(c.status), c.free_at.map(|at| at.0)));
    Refused {
        rule: rule(&refusal.rule),
        conflicts: conflicts.collect(),
    }
}

/// An answer in the model's words; `None` if it has none for it.
pub(super) fn answer(reply: &Reply) -> Read<Answer> {
    Some(match reply {
        Reply::Refused(refusal) => Answer::Refused(refused(refusal)),
        Reply::ShowPut(put) => Answer::ShowPut {
            show: put.show.0,
            created: put.created,
        },
        Reply::HoldPlaced(view) => Answer::HoldPlaced(hold(view)?),
        Reply::Hold(view) => Answer::Hold(hold(view)?),
        Reply::HoldExtended(view) => Answer::HoldExtended(hold(view)?),
        Reply::HoldReleased(view) => Answer::HoldReleased(maybe_hold(view.as_ref())?),
        Reply::Session(view) => Answer::Session(maybe_hold(view.as_ref())?),
        Reply::Booked(view) => Answer::Booked(booking(view)?),
        Reply::Booking(view) => Answer::Booking(booking(view)?),
        Reply::BookingCancelled(view) => Answer::BookingCancelled(booking(view)?),
        Reply::SeatReleased(released) => Answer::SeatReleased {
            show: released.show.0,
            seat: released.seat.0,
            booking: released.booking.map(|booking| booking.0),
        },
        Reply::Bookings(rows) => Answer::Bookings(rows.iter().map(booking).collect::<Read<_>>()?),
        Reply::Orders(rows) => Answer::Orders(rows.iter().map(order).collect::<Read<_>>()?),
        Reply::ProductCreated(view) => Answer::ProductCreated(product(view)?),
        Reply::Product(view) => Answer::Product(product(view)?),
        Reply::OrderPlaced(view) => Answer::OrderPlaced(order(view)?),
        Reply::Order(view) => Answer::Order(order(view)?),
        Reply::OrderCancelled(view) => Answer::OrderCancelled(order(view)?),
        Reply::Paid(view) => Answer::Paid(payment(view)?),
        Reply::Credited(view) => Answer::Credited(payment(view)?),
        Reply::Refunded(view) => Answer::Refunded(payment(view)?),
        Reply::Account(view) => Answer::Account(account(view)?),
        Reply::Charged(view) => Answer::Charged(account(view)?),
    })
}

fn touched(show: ShowIdx, seats: &[event::SeatRef], of: Option<&Places>) -> Claim {
    let seats = seats.iter().map(|seat| seat.seat.0).collect();
    Claim {
        show: show.0,
        seats,
        places: places(of),
    }
}

/// An event in the model's words; `None` if it has none for it. `product_id` knows the products
/// by their indexes.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of event")]
pub(super) fn fact(of: &Event, product_id: &dyn Fn(u32) -> Read<u32>) -> Read<Fact> {
    let items = |of: &[event::OrderItem]| -> Read<Vec<Item>> {
        let item = |i: &event::OrderItem| {
            let product = product_id(i.product.0)?;
            Some(Item {
                product,
                quantity: i.quantity,
                refunded: 0,
                unit_price: i.unit_price.0,
            })
        };
        of.iter().map(item).collect()
    };
    Some(match of {
        Event::HouseOpened(_) => Fact::Opened,
        Event::TermStarted(e) => Fact::Term(e.term),
        Event::ShowPut(e) => Fact::ShowPut {
            show: e.show.0,
            rules: rules(&e.spec)?,
        },
        Event::ProductPut(e) => Fact::ProductPut {
            product: id(&e.id)?,
            price: e.price.0,
            initial: e.initial,
        },
        Event::HoldPlaced(e) => Fact::HoldPlaced {
            hold: e.hold.0,
            buyer: id(&e.buyer)?,
            principal: e.principal.0,
            claim: touched(e.show, &e.seats, e.places.as_ref()),
            amount: e.amount.0,
            expires_at: e.expires_at.0,
            session: e.session,
        },
        Event::HoldExtended(e) => Fact::HoldExtended {
            hold: e.hold.0,
            fence: e.fence.0,
            expires_at: e.expires_at.0,
        },
        Event::HoldReleased(e) => Fact::HoldReleased {
            hold: e.hold.0,
            cause: match e.cause {
                event::ReleaseCause::Buyer => Cause::Buyer,
                event::ReleaseCause::Expired => Cause::Expired,
                event::ReleaseCause::Replaced => Cause::Replaced,
                event::ReleaseCause::Operator => Cause::Operator,
            },
            claim: touched(e.show, &e.seats, e.places.as_ref()),
        },
        Event::BookingMade(e) => Fact::BookingMade {
            booking: e.booking.0,
            buyer: id(&e.buyer)?,
            principal: e.principal.0,
            source: match e.source {
                event::Source::Direct => Source::Direct,
                event::Source::Hold(hold) => Source::Hold(hold.0),
                event::Source::Order(order) => Source::Order(order.0),
            },
            claim: touched(e.show, &e.seats, e.places.as_ref()),
            amount: e.amount.0,
        },
        Event::BookingCancelled(e) => Fact::BookingCancelled {
            booking: e.booking.0,
            cause: match e.cause {
                event::CancelCause::Cancelled => Cause::Cancelled,
                event::CancelCause::Refunded => Cause::Refunded,
                event::CancelCause::Operator => Cause::Operator,
            },
            claim: touched(e.show, &e.seats, e.places.as_ref()),
        },
        Event::Restocked(e) => Fact::Restocked {
            product: product_id(e.product.0)?,
            n: e.quantity,
        },
        Event::OrderPlaced(e) => Fact::OrderPlaced {
            order: e.order.0,
            buyer: id(&e.buyer)?,
            principal: e.principal.0,
            items: items(&e.items)?,
            claim: e
                .show
                .map(|show| touched(show, &e.seats, e.places.as_ref())),
            hold: e.hold.map(|hold| hold.0),
            total: e.total.0,
            pay_by: e.pay_by.0,
        },
        Event::OrderPaid(e) => Fact::OrderPaid {
            order: e.order.0,
            amount: e.amount.0,
            outside: match &e.method {
                event::Method::Account => None,
                event::Method::Outside(reference) => Some(number(reference.as_str())?),
            },
            booking: e.booking.map(|booking| booking.0),
            again: e.reacquired,
        },
        Event::OrderClosed(e) => Fact::OrderClosed {
            order: e.order.0,
            cause: match e.cause {
                event::CloseCause::Cancelled => Cause::Cancelled,
                event::CloseCause::Expired => Cause::Expired,
                event::CloseCause::Operator => Cause::Operator,
            },
            claim: e
                .show
                .map(|show| touched(show, &e.seats, e.places.as_ref())),
        },
        Event::OrderRefunded(e) => Fact::OrderRefunded {
            order: e.order.0,
            items: items(&e.items)?
                .iter()
                .map(|i| (i.product, i.quantity))
                .collect(),
            amount: e.amount.0,
            whole: e.whole,
        },
        Event::OutsideRecorded(e) => Fact::OutsideRecorded {
            reference: number(e.reference.as_str())?,
            order: e.order.0,
            amount: e.amount.0,
            credited: e.credited,
        },
        Event::AccountChanged(e) => Fact::AccountChanged {
            buyer: id(&e.buyer)?,
            principal: e.principal.0,
            movement: match e.movement {
                event::Movement::Charge => Movement::Charge,
                event::Movement::Payment(order) => Movement::Payment(order.0),
                event::Movement::Refund(order) => Movement::Refund(order.0),
                event::Movement::Credit(order) => Movement::Credit(order.0),
            },
            amount: e.amount.0,
            balance: e.balance.0,
        },
        Event::KeyStored(e) => {
            let word = |bytes: [u8; 16]| {
                let [a, b, c, d, e, f, g, h, ..] = bytes;
                u64::from_be_bytes([a, b, c, d, e, f, g, h])
            };
            let reply: Reply = from_bytes(&e.reply).ok()?;
            Fact::KeyStored {
                key: word(e.scope),
                body: word(e.fingerprint),
                answer: Box::new(answer(&reply)?),
                expires_at: e.expires_at.0,
            }
        }
        Event::KeysExpired(e) => Fact::KeysExpired(e.count),
    })
}
