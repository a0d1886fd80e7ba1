//! A small language for tables of commands: one command per line, its reply behind `=>`.
//!
//! `hold s ann seats=A1,A2@half ttl=5s key=k1 as=2 => held 1 …`: words, then options in any order.

use std::collections::BTreeMap;

use boxoffice_engine::command::{
    AccountRule, Action, Book, Caller, CancelBooking, Charge, Command, ExtendHold, Hold, HoldRef,
    Key, List, OrderClaim, PayFrom, PayOrder, PlaceOrder, Proof, PutProduct, PutShow, Refund,
    ReleaseSeat, Restock, SeatHoldRef, SeatKey, SessionRef, TariffKey, Want,
};
use boxoffice_engine::ids::{BookingId, Fence, HoldId, Name, OrderId, Principal, SeatIdx, Text};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::spec::{AreaSpec, RowSeats, RowSpec, SectionSpec, ShowSpec, Tariff};
use boxoffice_engine::time::Instant;

/// One parsed line: words and `name=value` options.
pub(crate) struct Line<'a> {
    text: &'a str,
    words: Vec<&'a str>,
    options: BTreeMap<&'a str, &'a str>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap_or_else(|| panic!("{text:?} is no name"))
}

/// `10s`, `5ms` or `7us` in microseconds.
pub(crate) fn micros(text: &str) -> u64 {
    let (digits, scale) = match text {
        t if t.ends_with("us") => (&t[..t.len() - 2], 1),
        t if t.ends_with("ms") => (&t[..t.len() - 2], 1_000),
        t if t.ends_with('s') => (&t[..t.len() - 1], 1_000_000),
        t => panic!("{t:?} has no unit"),
    };
    digits.parse::<u64>().unwrap() * scale
}

impl<'a> Line<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut line = Self {
            text,
            words: Vec::new(),
            options: BTreeMap::new(),
        };
        for part in text.split_whitespace() {
            match part.split_once('=') {
                Some((option, value)) => assert!(line.options.insert(option, value).is_none()),
                None => line.words.push(part),
            }
        }
        line
    }

    pub(crate) fn word(&self, at: usize) -> &'a str {
        self.words
            .get(at)
            .unwrap_or_else(|| panic!("{:?} lacks a word", self.text))
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, at: usize) -> T {
        let parsed = self.word(at).parse();
        parsed.unwrap_or_else(|_| panic!("{:?}: word {at} is no number", self.text))
    }

    pub(crate) fn option(&self, option: &str) -> Option<&'a str> {
        self.options.get(option).copied()
    }

    pub(crate) fn flag(&self, flag: &str) -> bool {
        self.words.contains(&flag)
    }

    fn parsed<T: std::str::FromStr>(&self, option: &str) -> Option<T> {
        self.option(option).map(|v| v.parse().ok().unwrap())
    }

    fn ms(&self, option: &str) -> Option<u64> {
        self.option(option).map(|v| micros(v) / 1_000)
    }

    fn list(&self, option: &str) -> Vec<&'a str> {
        self.option(option).map_or_else(Vec::new, |v| {
            v.split(',').filter(|p| !p.is_empty()).collect()
        })
    }

    fn currency(&self) -> Option<Currency> {
        self.option("cur").map(|code| Currency::new(code).unwrap())
    }

    /// Every line's command: who asks, under which key, and what.
    pub(crate) fn command(&self) -> Command {
        let principal = Principal(self.parsed("as").unwrap_or(1));
        let digest = |text: &str| {
            let mut digest = [0_u8; 16];
            digest[..text.len()].copy_from_slice(text.as_bytes());
            digest
        };
        let key = self.option("key").map(|key| Key {
            scope: digest(&format!("{}/{key}", principal.0)),
            fingerprint: digest(self.option("fp").unwrap_or("same")),
        });
        let caller = Caller {
            principal,
            admin: self.flag("admin"),
        };
        Command {
            caller,
            key,
            action: self.action(),
        }
    }

    fn action(&self) -> Action {
        match self.word(0) {
            "show" => Action::PutShow(Box::new(self.put_show())),
            "hold" => Action::Hold(self.hold()),
            "read-hold" => Action::ReadHold(self.hold_ref(self.number(1))),
            "extend" => Action::ExtendHold(ExtendHold {
                hold: self.hold_ref(self.number(1)),
                ttl_ms: self.ms("ttl").unwrap(),
            }),
            "release" => Action::ReleaseHold(self.hold_ref(self.number(1))),
            "release-session" => Action::ReleaseSession(self.session()),
            "read-session" => Action::ReadSession(self.session()),
            "release-seat-hold" => Action::ReleaseSeatHold(SeatHoldRef {
                show: name(self.word(1)),
                seat: seat_key(self.word(3)),
                buyer: name(self.word(2)),
            }),
            "book" => Action::Book(self.book()),
            "read-booking" => Action::ReadBooking(BookingId(self.number(1))),
            "cancel-booking" => Action::CancelBooking(CancelBooking {
                booking: BookingId(self.number(1)),
                seats: self.list("seats").into_iter().map(name).collect(),
            }),
            "free" => Action::ReleaseSeat(ReleaseSeat {
                show: name(self.word(1)),
                seat: seat_key(self.word(2)),
                bookings_only: self.flag("bookings-only"),
            }),
            "bookings" => Action::BuyerBookings(self.rows()),
            "orders" => Action::BuyerOrders(self.rows()),
            "account" => Action::ReadAccount(name(self.word(1))),
            "charge" => Action::Charge(self.charge()),
            _ => self.shop_action(),
        }
    }

    fn shop_action(&self) -> Action {
        match self.word(0) {
            "product" => Action::PutProduct(PutProduct {
                product: name(self.word(1)),
                title: Text::new(self.option("title").unwrap_or("")).unwrap(),
                price: Amount(self.parsed("price").unwrap_or(10)),
                currency: self.currency().unwrap_or_else(eur),
                initial: self.parsed("stock"),
            }),
            "read-product" => Action::ReadProduct(name(self.word(1))),
            "restock" => Action::Restock(Restock {
                product: name(self.word(1)),
                quantity: self.number(2),
            }),
            "order" => Action::PlaceOrder(self.order()),
            "read-order" => Action::ReadOrder(OrderId(self.number(1))),
            "cancel-order" => Action::CancelOrder(OrderId(self.number(1))),
            "pay" => Action::PayOrder(PayOrder {
                order: OrderId(self.number(1)),
                buyer: self.option("buyer").map(name),
                from: match self.option("ref") {
                    None => PayFrom::Account,
                    Some(reference) => PayFrom::Outside {
                        reference: name(reference),
                        amount: self.parsed("amount").map(Amount),
                    },
                },
            }),
            "refund" => Action::Refund(Refund {
                order: OrderId(self.number(1)),
                items: self.items(),
                seats: self.list("seats").into_iter().map(name).collect(),
            }),
            other => panic!("{other:?} is no command"),
        }
    }

    fn hold(&self) -> Hold {
        Hold {
            show: name(self.word(1)),
            buyer: name(self.word(2)),
            want: self.want(),
            ttl_ms: self.ms("ttl"),
            session: self.flag("session"),
        }
    }

    fn hold_ref(&self, hold: u64) -> HoldRef {
        let proof = match (self.option("token"), self.option("buyer")) {
            (Some("none"), _) => Proof::None,
            (Some(fence), _) => Proof::Token(Fence(fence.parse().unwrap())),
            (None, Some(_)) => Proof::Buyer,
            (None, None) => Proof::Token(Fence(1)),
        };
        HoldRef {
            hold: HoldId(hold),
            proof,
            buyer: self.option("buyer").map(name),
            fence: self.parsed("fence").map(Fence),
        }
    }

    fn session(&self) -> SessionRef {
        SessionRef {
            show: name(self.word(1)),
            buyer: name(self.word(2)),
        }
    }

    fn want(&self) -> Want {
        if let Some(places) = self.option("places") {
            let (places, tariff) = tariff(places);
            let (area, quantity) = places.split_once(':').unwrap();
            return Want::Places {
                area: name(area),
                quantity: quantity.parse().unwrap(),
                tariff,
            };
        }
        if let Some(best) = self.option("best") {
            let (best, tariff) = tariff(best);
            let (quantity, section) = match best.split_once(':') {
                Some((quantity, section)) => (quantity, Some(name(section))),
                None => (best, None),
            };
            return Want::Best {
                quantity: quantity.parse().unwrap(),
                section,
                tariff,
            };
        }
        let seat = |part: &str| {
            let (seat, tariff) = tariff(part);
            (seat_key(seat), tariff)
        };
        Want::Seats(self.list("seats").into_iter().map(seat).collect())
    }

    fn book(&self) -> Book {
        match self.parsed("hold") {
            Some(hold) => Book::Hold(self.hold_ref(hold)),
            None => Book::Direct {
                show: name(self.word(1)),
                buyer: name(self.word(2)),
                want: self.want(),
                own_hold: self.flag("own"),
            },
        }
    }

    fn rows(&self) -> List {
        List {
            buyer: name(self.word(1)),
            before: self.parsed("before").unwrap_or(0),
            rows_max: self.parsed("rows").unwrap_or(100),
        }
    }

    fn items(&self) -> Vec<(Name, u32)> {
        let item = |part: &str| {
            let (product, quantity) = part.split_once(':').unwrap();
            (name(product), quantity.parse().unwrap())
        };
        self.list("items").into_iter().map(item).collect()
    }

    fn order(&self) -> PlaceOrder {
        let claim = match (self.parsed("hold"), self.option("show")) {
            (Some(hold), _) => OrderClaim::Hold(self.hold_ref(hold)),
            (None, Some(show)) => OrderClaim::Direct {
                show: name(show),
                want: self.want(),
            },
            (None, None) => OrderClaim::None,
        };
        PlaceOrder {
            buyer: name(self.word(1)),
            items: self.items(),
            claim,
            ttl_ms: self.ms("ttl"),
            account_required: self.flag("account"),
        }
    }

    fn charge(&self) -> Charge {
        let account = match (self.flag("open-only"), self.flag("charge-only")) {
            (true, _) => AccountRule::OpenOnly,
            (false, true) => AccountRule::ChargeOnly,
            (false, false) => AccountRule::OpenOrCharge,
        };
        Charge {
            buyer: name(self.word(1)),
            amount: Amount(self.number(2)),
            currency: match self.option("cur") {
                Some("none") => None,
                _ => Some(self.currency().unwrap_or_else(eur)),
            },
            account,
        }
    }

    fn put_show(&self) -> PutShow {
        let sections = self
            .option("rows")
            .map_or_else(Vec::new, |rows| self.sections(rows));
        let area = |part: &str| {
            let mut parts = part.split(':');
            AreaSpec {
                id: name(parts.next().unwrap()),
                capacity: parts.next().unwrap().parse().unwrap(),
                price: Amount(parts.next().unwrap().parse().unwrap()),
            }
        };
        let tariff = |part: &str| {
            let (code, percent) = part.split_once(':').unwrap();
            let label = Text::new(code).unwrap();
            Tariff {
                code: name(code),
                label,
                percent: percent.parse().unwrap(),
            }
        };
        let spec = ShowSpec {
            title: Text::new(self.word(1)).unwrap(),
            venue: Text::default(),
            starts_at: None,
            on_sale_at: self.option("on-sale").map(|at| Instant(micros(at))),
            open: !self.flag("closed"),
            currency: self.currency().unwrap_or_else(eur),
            hold_ttl_ms: self.ms("ttl").unwrap_or(10_000),
            order_ttl_ms: self.ms("pay").unwrap_or(20_000),
            seats_per_buyer_max: self.parsed("max"),
            seats_per_hold_max: self.parsed("per-hold"),
            tariffs: self.list("tariffs").into_iter().map(tariff).collect(),
            sections,
            areas: self.list("areas").into_iter().map(area).collect(),
        };
        PutShow {
            show: name(self.word(1)),
            spec: spec.into(),
            only_create: self.flag("only-create"),
        }
    }

    /// `2x3` is one section of rows A and B; `2x3,1x4` puts row C in a second section.
    fn sections(&self, rows: &str) -> Vec<SectionSpec> {
        let price = Amount(self.parsed("price").unwrap_or(100));
        let mut letter = b'A';
        let mut sections = Vec::new();
        for (at, part) in rows.split(',').enumerate() {
            let (n_rows, n_seats) = part.split_once('x').unwrap();
            let mut specs = Vec::new();
            for _ in 0..n_rows.parse::<u8>().unwrap() {
                let row = name(std::str::from_utf8(&[letter]).unwrap());
                let seats = RowSeats::Count(n_seats.parse().unwrap());
                let mine = |seat: &&str| seat.starts_with(char::from(letter));
                let not_for_sale = self
                    .list("nfs")
                    .into_iter()
                    .filter(mine)
                    .map(name)
                    .collect();
                specs.push(RowSpec {
                    row,
                    price: None,
                    seats,
                    not_for_sale,
                });
                letter += 1;
            }
            let id = name(&format!("section{at}"));
            sections.push(SectionSpec {
                id,
                prefix: Text::default(),
                price,
                rows: specs,
            });
        }
        sections
    }
}

fn eur() -> Currency {
    Currency::new("EUR").unwrap()
}

/// `A1` by name, `#0` by index.
fn seat_key(text: &str) -> SeatKey {
    match text.strip_prefix('#') {
        Some(index) => SeatKey::Index(SeatIdx(index.parse().unwrap())),
        None => SeatKey::Named(name(text)),
    }
}

/// `A1@half` by code, `A1@#1` by index, `A1` at the default.
fn tariff(text: &str) -> (&str, TariffKey) {
    match text.split_once('@') {
        None => (text, TariffKey::Default),
        Some((thing, code)) => match code.strip_prefix('#') {
            Some(index) => (thing, TariffKey::Index(index.parse().unwrap())),
            None => (thing, TariffKey::Code(name(code))),
        },
    }
}
