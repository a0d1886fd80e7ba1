//! Between the model's words and the engine's types: what an HTTP front does with JSON.
//!
//! Invariants: what has no counterpart in the model's words is an error, never dropped.

use boxoffice_engine::command::{
    AccountRule, Action, Book, Caller, CancelBooking, Charge, Command, ExtendHold, Hold, HoldRef,
    Key, List, OrderClaim, PayFrom, PayOrder, PlaceOrder, Proof, PutProduct, PutShow, Refund,
    ReleaseSeat, Restock, SeatKey, SessionRef, TariffKey, Want,
};
use boxoffice_engine::ids::{BookingId, Fence, HoldId, Name, OrderId, Principal, SeatIdx, Text};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::spec::{AreaSpec, RowSeats, RowSpec, SectionSpec, ShowSpec};
use boxoffice_engine::time::Instant;

use crate::model::Request;
use crate::model::words::{self, Ask, OrderTakes, Right, ShowRules};

/// Rows that a list asks for.
const LIST_ROWS: usize = 100;

pub(super) fn name(kind: &str, number: impl std::fmt::Display) -> Name {
    Name::new(&format!("{kind}-{number}")).expect("a word and a number make a name")
}

/// The number in a name that [`name`] made.
pub(super) fn number<T: std::str::FromStr>(name: &str) -> Option<T> {
    name.rsplit('-').next()?.parse().ok()
}

fn seat_name(seat: u32) -> Name {
    name("s", seat)
}

fn currency() -> Currency {
    Currency::new("EUR").expect("three capital letters")
}

/// The command that a front would make of a request.
pub(super) fn command(request: &Request) -> Command {
    let digest = |number: u64| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes
    };
    Command {
        caller: Caller {
            principal: Principal(request.asker.principal),
            admin: request.asker.admin,
        },
        key: request.key.map(|(key, body)| Key {
            scope: digest(key),
            fingerprint: digest(body),
        }),
        action: action(&request.ask),
    }
}

fn want(want: &words::Want) -> Want {
    match want {
        words::Want::Seats(seats) => {
            // Both ways of naming a seat.
            let key = |seat: &u32| match seat % 2 {
                0 => SeatKey::Index(SeatIdx(*seat)),
                _ => SeatKey::Named(seat_name(*seat)),
            };
            Want::Seats(
                seats
                    .iter()
                    .map(|seat| (key(seat), TariffKey::Default))
                    .collect(),
            )
        }
        words::Want::Places { area, n } => Want::Places {
            area: name("area", area),
            quantity: *n,
            tariff: TariffKey::Default,
        },
        words::Want::Best { n } => Want::Best {
            quantity: *n,
            section: None,
            tariff: TariffKey::Default,
        },
    }
}

fn hold_ref(right: &Right) -> HoldRef {
    let (proof, buyer) = match right.proof {
        words::Proof::None => (Proof::None, None),
        words::Proof::Token(fence) => (Proof::Token(Fence(fence)), None),
        words::Proof::Buyer(buyer) => (Proof::Buyer, Some(name("buyer", buyer))),
    };
    HoldRef {
        hold: HoldId(right.hold),
        proof,
        buyer,
        fence: right.fence.map(Fence),
    }
}

fn items(of: &[(u32, u32)]) -> Vec<(Name, u32)> {
    of.iter()
        .map(|(product, n)| (name("product", product), *n))
        .collect()
}

fn seats(of: &[u32]) -> Vec<Name> {
    of.iter().map(|seat| seat_name(*seat)).collect()
}

fn list(buyer: u32) -> List {
    List {
        buyer: name("buyer", buyer),
        before: 0,
        rows_max: LIST_ROWS,
    }
}

fn session(show: u32, buyer: u32) -> SessionRef {
    SessionRef {
        show: name("show", show),
        buyer: name("buyer", buyer),
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each request")]
fn action(ask: &Ask) -> Action {
    match ask {
        Ask::PutShow { show, rules } => Action::PutShow(Box::new(PutShow {
            show: name("show", show),
            spec: spec(rules).into(),
            only_create: false,
        })),
        Ask::PutProduct {
            product,
            price,
            initial,
        } => Action::PutProduct(PutProduct {
            product: name("product", product),
            title: Text::new("Thing").expect("plain text"),
            price: Amount(*price),
            currency: currency(),
            initial: Some(*initial),
        }),
        Ask::Hold {
            show,
            buyer,
            want: wanted,
            ttl_ms,
            session,
        } => Action::Hold(Hold {
            show: name("show", show),
            buyer: name("buyer", buyer),
            want: want(wanted),
            ttl_ms: *ttl_ms,
            session: *session,
        }),
        Ask::ReadHold(right) => Action::ReadHold(hold_ref(right)),
        Ask::ExtendHold { right, ttl_ms } => Action::ExtendHold(ExtendHold {
            hold: hold_ref(right),
            ttl_ms: *ttl_ms,
        }),
        Ask::ReleaseHold(right) => Action::ReleaseHold(hold_ref(right)),
        Ask::ReadSession { show, buyer } => Action::ReadSession(session(*show, *buyer)),
        Ask::ReleaseSession { show, buyer } => Action::ReleaseSession(session(*show, *buyer)),
        Ask::BookHold(right) => Action::Book(Book::Hold(hold_ref(right))),
        Ask::BookDirect {
            show,
            buyer,
            want: wanted,
            own_hold,
        } => Action::Book(Book::Direct {
            show: name("show", show),
            buyer: name("buyer", buyer),
            want: want(wanted),
            own_hold: *own_hold,
        }),
        Ask::ReadBooking(id) => Action::ReadBooking(BookingId(*id)),
        Ask::CancelBooking { booking, seats: of } => Action::CancelBooking(CancelBooking {
            booking: BookingId(*booking),
            seats: seats(of),
        }),
        Ask::ReleaseSeat {
            show,
            seat,
            bookings_only,
        } => Action::ReleaseSeat(ReleaseSeat {
            show: name("show", show),
            seat: SeatKey::Index(SeatIdx(*seat)),
            bookings_only: *bookings_only,
        }),
        Ask::Bookings { buyer } => Action::BuyerBookings(list(*buyer)),
        Ask::Orders { buyer } => Action::BuyerOrders(list(*buyer)),
        Ask::ReadProduct(product) => Action::ReadProduct(name("product", product)),
        Ask::Restock { product, n } => Action::Restock(Restock {
            product: name("product", product),
            quantity: *n,
        }),
        Ask::PlaceOrder {
            buyer,
            items: of,
            takes,
            ttl_ms,
        } => Action::PlaceOrder(PlaceOrder {
            buyer: name("buyer", buyer),
            items: items(of),
            claim: match takes {
                OrderTakes::Nothing => OrderClaim::None,
                OrderTakes::Hold(right) => OrderClaim::Hold(hold_ref(right)),
                OrderTakes::Direct { show, want: wanted } => OrderClaim::Direct {
                    show: name("show", show),
                    want: want(wanted),
                },
            },
            ttl_ms: *ttl_ms,
            account_required: false,
        }),
        Ask::ReadOrder(id) => Action::ReadOrder(OrderId(*id)),
        Ask::CancelOrder(id) => Action::CancelOrder(OrderId(*id)),
        Ask::PayFromAccount(id) => Action::PayOrder(PayOrder {
            order: OrderId(*id),
            buyer: None,
            from: PayFrom::Account,
        }),
        Ask::PayOutside {
            order,
            reference,
            amount,
        } => Action::PayOrder(PayOrder {
            order: OrderId(*order),
            buyer: None,
            from: PayFrom::Outside {
                reference: name("ref", reference),
                amount: amount.map(Amount),
            },
        }),
        Ask::Refund {
            order,
            items: of,
            seats: these,
        } => Action::Refund(Refund {
            order: OrderId(*order),
            items: items(of),
            seats: seats(these),
        }),
        Ask::Charge { buyer, amount } => Action::Charge(Charge {
            buyer: name("buyer", buyer),
            amount: Amount(*amount),
            currency: Some(currency()),
            account: AccountRule::OpenOrCharge,
        }),
        Ask::ReadAccount(buyer) => Action::ReadAccount(name("buyer", buyer)),
    }
}

fn spec(rules: &ShowRules) -> ShowSpec {
    let rows = rules.rows.iter().enumerate().map(|(row, of)| RowSpec {
        row: name("row", row),
        price: None,
        seats: RowSeats::Named(seats(of)),
        not_for_sale: of
            .iter()
            .filter(|seat| rules.not_for_sale.contains(seat))
            .map(|seat| seat_name(*seat))
            .collect(),
    });
    let areas = rules
        .areas
        .iter()
        .enumerate()
        .map(|(area, capacity)| AreaSpec {
            id: name("area", area),
            capacity: *capacity,
            price: Amount(rules.place_price),
        });
    ShowSpec {
        title: Text::new("Show").expect("plain text"),
        venue: Text::default(),
        starts_at: None,
        on_sale_at: rules.on_sale_at.map(Instant),
        open: rules.open,
        currency: currency(),
        hold_ttl_ms: rules.hold_ttl_ms,
        order_ttl_ms: rules.order_ttl_ms,
        seats_per_buyer_max: rules.per_buyer_max,
        seats_per_hold_max: Some(rules.per_claim_max),
        tariffs: Vec::new(),
        sections: vec![SectionSpec {
            id: name("section", 0),
            prefix: Text::default(),
            price: Amount(rules.seat_price),
            rows: rows.collect(),
        }],
        areas: areas.collect(),
    }
}

/// The rules of a show, read back from its spec.
pub(super) fn rules(spec: &ShowSpec) -> Option<ShowRules> {
    let section = spec.sections.first()?;
    let seat = |name: &Name| number::<u32>(name.as_str());
    let mut rows = Vec::new();
    let mut not_for_sale = Vec::new();
    for row in &section.rows {
        let RowSeats::Named(names) = &row.seats else {
            return None;
        };
        rows.push(names.iter().map(seat).collect::<Option<Vec<u32>>>()?);
        not_for_sale.extend(
            row.not_for_sale
                .iter()
                .map(seat)
                .collect::<Option<Vec<u32>>>()?,
        );
    }
    Some(ShowRules {
        rows,
        not_for_sale,
        areas: spec.areas.iter().map(|area| area.capacity).collect(),
        seat_price: section.price.0,
        place_price: spec.areas.first().map_or(0, |area| area.price.0),
        open: spec.open,
        on_sale_at: spec.on_sale_at.map(|at| at.0),
        hold_ttl_ms: spec.hold_ttl_ms,
        order_ttl_ms: spec.order_ttl_ms,
        per_buyer_max: spec.seats_per_buyer_max,
        per_claim_max: spec.seats_per_hold_max?,
    })
}
