//! Replies as the tables write them.

use boxoffice_engine::ids::ShowIdx;
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{
    AccountView, BookingView, ClaimView, HoldView, Missing, OrderStatus, OrderView, PaymentView,
    ProductView, Refusal, Reply, Rule, SeatStatus, Shape,
};
use boxoffice_engine::state::State;
use boxoffice_engine::time::Instant;

/// The reply in the words of the tables; its first words are what coverage counts.
pub(crate) fn reply(state: &State, reply: &Reply) -> String {
    match reply {
        Reply::Refused(refusal) => refused(state, refusal),
        Reply::ShowPut(put) => {
            let how = if put.created { "created" } else { "changed" };
            format!("show {} {how}", put.show)
        }
        Reply::HoldPlaced(view) => format!("held {}", hold(state, view)),
        Reply::Hold(view) => format!("hold {}", hold(state, view)),
        Reply::HoldExtended(view) => format!("extended {}", hold(state, view)),
        Reply::HoldReleased(None) => "released nothing".to_owned(),
        Reply::HoldReleased(Some(view)) => format!("released {}", hold(state, view)),
        Reply::Session(None) => "no session".to_owned(),
        Reply::Session(Some(view)) => format!("session {}", hold(state, view)),
        Reply::Booked(view) => format!("booked {}", booking(state, view)),
        Reply::Booking(view) => format!("booking {}", booking(state, view)),
        Reply::BookingCancelled(view) => format!("booking-cancelled {}", booking(state, view)),
        Reply::SeatReleased(released) => {
            let seat = state
                .layout(released.show)
                .unwrap()
                .seat_name(released.seat)
                .to_owned();
            match released.booking {
                Some(booking) => format!("freed {seat} booking {booking}"),
                None => format!("freed {seat}"),
            }
        }
        Reply::Bookings(views) => {
            let rows: Vec<_> = views.iter().map(|view| view.booking.to_string()).collect();
            format!("bookings {}", rows.join(",")).trim_end().to_owned()
        }
        Reply::Orders(views) => {
            let row = |view: &OrderView| format!("{}:{}", view.order, order_status(view.status));
            let rows: Vec<_> = views.iter().map(row).collect();
            format!("orders {}", rows.join(",")).trim_end().to_owned()
        }
        Reply::ProductCreated(view) => format!("product-created {}", product(view)),
        Reply::Product(view) => format!("product {}", product(view)),
        Reply::OrderPlaced(view) => format!("ordered {}", order(state, view)),
        Reply::Order(view) => format!("order {}", order(state, view)),
        Reply::OrderCancelled(view) => format!("order-cancelled {}", order(state, view)),
        Reply::Paid(view) => format!("paid {}", payment(view)),
        Reply::Credited(view) => format!("credited {}", payment(view)),
        Reply::Refunded(view) => format!("refunded {}", payment(view)),
        Reply::Account(view) => format!("account {}", account(view)),
        Reply::Charged(view) => format!("charged {}", account(view)),
    }
}

/// Milliseconds since the start, with microseconds where there are some.
fn moment(at: Instant) -> String {
    let (ms, us) = (at.0 / 1_000, at.0 % 1_000);
    if us == 0 {
        format!("{ms}ms")
    } else {
        format!("{}us", at.0)
    }
}

fn claim(state: &State, claim: &ClaimView) -> String {
    let layout = state.layout(claim.show).unwrap();
    let mut parts = Vec::new();
    for seat in &claim.seats {
        let tariff = &layout.tariffs[usize::from(seat.tariff)].code;
        let tariff = if seat.tariff == 0 {
            String::new()
        } else {
            format!("@{tariff}")
        };
        parts.push(format!(
            "{}{tariff}:{}",
            layout.seat_name(seat.seat),
            seat.price
        ));
    }
    if let Some(places) = &claim.places {
        let area = &layout.areas[places.area.at()].id;
        parts.push(format!("{area}x{}:{}", places.quantity, places.price));
    }
    if parts.is_empty() {
        "-".to_owned()
    } else {
        parts.join(",")
    }
}

fn hold(state: &State, view: &HoldView) -> String {
    format!(
        "{} f{} {} {} ={} until {}",
        view.hold,
        view.fence,
        view.buyer,
        claim(state, &view.claim),
        view.amount,
        moment(view.expires_at)
    )
}

fn booking(state: &State, view: &BookingView) -> String {
    let of_order = view
        .order
        .map_or_else(String::new, |order| format!(" order {order}"));
    format!(
        "{} {} {} ={} {:?}{of_order}",
        view.booking,
        view.buyer,
        claim(state, &view.claim),
        view.amount,
        view.status
    )
}

fn product(view: &ProductView) -> String {
    format!(
        "{} @{} stock {} sold {}",
        view.id,
        view.price,
        view.stock(),
        view.sold
    )
}

pub(crate) fn order_status(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::PendingPayment => "pending",
        OrderStatus::Paid => "paid",
        OrderStatus::Expired => "expired",
        OrderStatus::Cancelled => "cancelled",
        OrderStatus::Refunded => "refunded",
    }
}

fn order(state: &State, view: &OrderView) -> String {
    let mut parts = Vec::new();
    for item in &view.items {
        let back = if item.refunded > 0 {
            format!("-{}", item.refunded)
        } else {
            String::new()
        };
        parts.push(format!("{}x{}{back}", item.id, item.quantity));
    }
    if let Some(seats) = &view.claim {
        parts.push(claim(state, seats));
    }
    let booking = view
        .booking
        .map_or_else(String::new, |booking| format!(" booking {booking}"));
    let back = if view.refunded > Amount::ZERO {
        format!("-{}", view.refunded)
    } else {
        String::new()
    };
    format!(
        "{} {} {} {} ={}{back} by {}{booking}",
        view.order,
        view.buyer,
        order_status(view.status),
        parts.join(","),
        view.total,
        moment(view.pay_by)
    )
}

fn payment(view: &PaymentView) -> String {
    let balance = view
        .balance
        .map_or_else(String::new, |b| format!(" balance {b}"));
    let booking = view
        .booking
        .map_or_else(String::new, |b| format!(" booking {b}"));
    let reference = view
        .reference
        .as_ref()
        .map_or_else(String::new, |r| format!(" ref {r}"));
    let status = order_status(view.status);
    format!(
        "{} {} {status} {}{balance}{booking}{reference}",
        view.order, view.buyer, view.amount
    )
}

fn account(view: &AccountView) -> String {
    format!(
        "{} {} v{} moved {}",
        view.buyer, view.balance, view.version, view.amount
    )
}

fn refused(state: &State, refusal: &Refusal) -> String {
    let mut text = format!("refused {}", rule(&refusal.rule));
    for conflict in &refusal.conflicts {
        let show: ShowIdx = refusal.show.unwrap();
        let seat = state
            .layout(show)
            .unwrap()
            .seat_name(conflict.seat)
            .to_owned();
        let status = match conflict.status {
            SeatStatus::Free => "free",
            SeatStatus::Held => "held",
            SeatStatus::Booked => "booked",
            SeatStatus::NotForSale => "not-for-sale",
        };
        let free_at = conflict
            .free_at
            .map_or_else(String::new, |at| format!("@{}", moment(at)));
        text.push_str(&format!(" {seat}:{status}{free_at}"));
    }
    text
}

/// The rule in kebab case, with what it carries in brackets.
pub(crate) fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Shape(shape) => format!("shape({})", shape_name(shape)),
        Rule::KeyReused => "key-reused".to_owned(),
        Rule::KeysExhausted => "keys-exhausted".to_owned(),
        Rule::NotFound(missing) => format!("not-found({})", missing_name(missing)),
        Rule::ShowClosed => "show-closed".to_owned(),
        Rule::NotOnSale(at) => format!("not-on-sale({})", moment(*at)),
        Rule::HoldExpired => "hold-expired".to_owned(),
        Rule::FenceStale(fence) => format!("fence-stale({fence})"),
        Rule::ExtendTooFar(at) => format!("extend-too-far({})", moment(*at)),
        Rule::SessionHolds(hold) => format!("session-holds({hold})"),
        Rule::OrderNotPending(status) => format!("order-not-pending({})", order_status(*status)),
        Rule::OrderExpired => "order-expired".to_owned(),
        Rule::OrderPaid(order) => format!("order-paid({order})"),
        Rule::NotRefundable(status) => format!("not-refundable({})", order_status(*status)),
        Rule::RefundTooMuch => "refund-too-much".to_owned(),
        Rule::ReferenceUsed => "reference-used".to_owned(),
        Rule::InUse => "in-use".to_owned(),
        Rule::Exists => "exists".to_owned(),
        Rule::ExistsWithDifferentBody => "exists-with-different-body".to_owned(),
        Rule::SeatUnavailable => "seat-unavailable".to_owned(),
        Rule::SoldOut(left) => format!("sold-out({left})"),
        Rule::BuyerLimit(max) => format!("buyer-limit({max})"),
        Rule::InsufficientBalance(balance) => format!("insufficient-balance({balance})"),
        Rule::AmountRange => "amount-range".to_owned(),
        Rule::HouseFull => "house-full".to_owned(),
        Rule::Busy => "busy".to_owned(),
    }
}

fn shape_name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Empty => "empty",
        Shape::Duplicate => "duplicate",
        Shape::TooMany => "too-many",
        Shape::OutOfRange => "out-of-range",
        Shape::Currency => "currency",
        Shape::Layout => "layout",
    }
}

fn missing_name(missing: &Missing) -> String {
    match missing {
        Missing::Show => "show".to_owned(),
        Missing::Seat(seat) => format!("seat:{seat}"),
        Missing::SeatNumber(number) => format!("seat-number:{number}"),
        Missing::Area => "area".to_owned(),
        Missing::Section => "section".to_owned(),
        Missing::Tariff => "tariff".to_owned(),
        Missing::Hold => "hold".to_owned(),
        Missing::Booking => "booking".to_owned(),
        Missing::Product(product) => format!("product:{product}"),
        Missing::Order => "order".to_owned(),
        Missing::Account => "account".to_owned(),
        Missing::BookedSeat => "booked-seat".to_owned(),
        Missing::Buyer => "buyer".to_owned(),
    }
}
